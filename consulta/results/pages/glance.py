"""The first page of a result: what its pictures show and its short sentences say, from finished values.

It decides positions, lengths and words, never a figure; what a result does not tell has no picture. All
horizontal positions are per cent of the width of their picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.platform.data import dimensions
from consulta.platform.web import charts, dimension_words
from consulta.platform.web.language import percent
from consulta.results.pages import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.core.texts import Text
    from consulta.results.pages.pictures import ResultPictures
    from consulta.results.values import (
        CategoryLine,
        ResultView,
        Support,
        ThemeResult,
        Topic,
    )

HALF = 0.5
MARGIN = 4.0  # per cent left free at either end of an axis
NEAR = 4.0  # per cent: two dots nearer than this would overlap
RISE = 12  # pixels between two dots of a stack
BASE = 92  # pixels from the top of a small picture to its ground line
TALLEST = 70  # pixels of the highest bar
SLOPE_TOP, SLOPE_BOTTOM = 36, 176  # pixels between which a slope runs
APART = 34  # pixels between the labels of a slope
SLOPES = 6  # a slope of more lines cannot be read


@dataclass(frozen=True, slots=True)
class Dot:
    """A comparison: where its dot stands, and whether the topic wins it."""

    x: float
    y: int
    won: bool


@dataclass(frozen=True, slots=True)
class Duels:
    """The chosen theme against each other theme: dots on an axis from `low` to `high` of a hundred."""

    dots: tuple[Dot, ...]
    half: float
    low: int
    high: int
    mean: float | None
    rows: tuple[tuple[Text, int], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """An objective as a bar: its number, where it stands, and how many of a hundred named it."""

    number: int
    name: Text
    x: float
    middle: float
    y: float
    height: float
    share: int
    of_topic: bool
    told: bool  # its figure stands above it


@dataclass(frozen=True, slots=True)
class Pips:
    """The groups of a dimension, those that support the topic first; `required` of them are asked for."""

    dimension: str
    name: str
    supporting: int
    total: int
    required: int
    rows: tuple[tuple[str, int, bool], ...]  # name, votes, whether it supports
    least: int  # votes that a group needs to be counted; 0 where no group has fewer


@dataclass(frozen=True, slots=True)
class Why:
    """A topic and the three pictures that say why it was chosen."""

    topic: Topic
    duels: Duels | None
    bars: tuple[Bar, ...]
    pips: tuple[Pips, ...]


@dataclass(frozen=True, slots=True)
class Slope:
    """A group's share of the votes and of the voice: heights of points and labels, and the figures."""

    name: str
    before: float
    after: float
    label: float
    label_after: float | None  # None: the same as that of a group before it
    votes: str
    voice: str


@dataclass(frozen=True, slots=True)
class Each:
    """A group's share of the votes and of the say, as places on one axis from zero and as figures."""

    name: str
    before: float
    after: float
    votes: str
    voice: str
    missed: bool  # it did not reach the share that the rules give it
    silent: bool


@dataclass(frozen=True, slots=True)
class Glance:
    """All that the first page of a result draws."""

    dots: charts.Dots | None
    whys: tuple[Why, ...]
    regions: tuple[tuple[CategoryLine, str, str], ...]  # line, width of its bar, percentage
    tiles: charts.TileGrid | None
    slopes: tuple[Slope, ...]
    slope_dimension: str
    slope_height: int
    shares: tuple[Each, ...]
    shares_dimension: str


def of_result(view: ResultView, pictures: ResultPictures) -> Glance:
    """Return the pictures of the first page of a result."""
    lines = dict(view.categories)
    weighed = bool(words.weighed(view))
    chosen = {theme.place for theme in view.themes for topic in view.topics if theme.key == topic.key}
    dimension, slopes = _slopes(view)
    shares_dimension, shares = _shares(view, dimension)
    return Glance(
        dots=charts.dots(
            (
                (theme.title, theme.score, theme.unweighted_score if weighed else None)
                for theme in view.themes
            ),
            chosen={place for place in chosen if place},
            places=[theme.places for theme in view.themes],
        ),
        whys=tuple(_why(view, topic) for topic in view.topics),
        regions=_regions(lines.get("subregion", ())),
        tiles=pictures.tiles,
        slopes=slopes,
        slope_dimension=dimension,
        slope_height=round(max((max(slope.label, slope.after) for slope in slopes), default=0)) + 24,
        shares=shares,
        shares_dimension=shares_dimension,
    )


# -- why


def _why(view: ResultView, topic: Topic) -> Why:
    by_points = view.rules.method == "points"
    asks_objectives = by_points and view.rules.objective_share and topic.theme.relevance is not None
    return Why(
        topic,
        _duels(topic, topic.theme.points if by_points else None),
        _bars(view, {number for number, _name in topic.focus}) if asks_objectives else (),
        tuple(found for support in topic.theme.support if (found := _pips(view, support))),
    )


def _duels(topic: Topic, points: float | None) -> Duels | None:
    if not topic.duels:
        return None
    shares = [duel.share for duel in topic.duels]
    low = math.floor(min(*shares, HALF) * 10) * 10
    high = math.ceil(max(*shares, HALF) * 10) * 10
    low, high = (low - 10 if low == high else low), (high + 10 if high - low < 2 * 10 else high)

    def at(share: float) -> float:
        return round(MARGIN + (100 * share - low) / (high - low) * (100 - 2 * MARGIN), 2)

    placed: list[Dot] = []
    for share in sorted(shares):
        x = at(share)
        stacked = sum(abs(dot.x - x) < NEAR for dot in placed)
        rise = (stacked + 1) // 2 * (RISE if stacked % 2 else -RISE)
        placed.append(Dot(x, 54 + max(-36, min(28, rise)), share > HALF))
    return Duels(
        tuple(placed),
        at(HALF),
        low,
        high,
        None if points is None else at(points),
        tuple((duel.rival.title, words.hundred(duel.share)) for duel in topic.duels),
    )


def _bars(view: ResultView, focus: set[int]) -> tuple[Bar, ...]:
    """Return the objectives that are told, in the order of their numbers; none where no ballot named any."""
    told = sorted(
        ((line.number, line.short, line.share) for line in view.objectives if line.share is not None),
        key=lambda line: line[0],
    )
    most = max((share for _number, _name, share in told), default=0.0)
    if not most:
        return ()
    step = 100 / 23
    return tuple(
        Bar(
            number,
            name,
            x=round((number - 1) * step + 0.5, 2),
            middle=round((number - 1) * step + step / 2, 2),
            y=round(BASE - share / most * TALLEST, 1),
            height=round(share / most * TALLEST, 1),
            share=words.hundred(share),
            of_topic=number in focus,
            told=number in focus or share == most,
        )
        for number, name, share in told
    )


def _pips(view: ResultView, support: Support) -> Pips | None:
    """Return the groups with votes enough; None where it is not told of each if it supports the topic."""
    if support.supporting is None or support.total is None or support.required is None:
        return None
    least = view.rules.support_min
    rows = [
        (_called(line), line.ballots, line.key in support.categories)
        for line in dict(view.categories).get(support.dimension, ())
        if not line.silent and line.ballots >= least
    ]
    return Pips(
        support.dimension,
        dimension_words.categories(support.dimension),
        support.supporting,
        support.total,
        support.required,
        # Where countries are joined there is no line for each of them.
        tuple(sorted(rows, key=lambda row: (not row[2], row[0]))) if len(rows) == support.total else (),
        least if any(few for dimension, few in view.too_few if dimension == support.dimension) else 0,
    )


def _called(line: CategoryLine) -> str:
    name = words.category(line)
    if line.dimension in dimensions.BUILT_IN:
        return name
    return f"{dimension_words.own(line.dimension)}: {name}"


# -- who


def _regions(lines: Sequence[CategoryLine]) -> tuple[tuple[CategoryLine, str, str], ...]:
    """Return the subregions with seats, the one that took part most first."""
    told = [(line, line.ballots / line.seats) for line in lines if line.seats]
    told.sort(key=lambda each: -each[1])
    return tuple((line, f"{round(part * 100, 2)}%", percent(part)) for line, part in told)


# -- weights


def _slopes(view: ResultView) -> tuple[str, tuple[Slope, ...]]:
    """Return the first dimension whose groups are few and all told, with a line for each of them."""
    balanced = view.balance.balanced if view.balance else ()
    for dimension, lines in view.categories:
        told = [(line, line.weighted) for line in lines if line.weighted is not None]
        if dimension in balanced and 1 < len(lines) == len(told) <= SLOPES:
            return dimension, _lines(told)
    return "", ()


def _lines(told: Sequence[tuple[CategoryLine, float]]) -> tuple[Slope, ...]:
    ordered = sorted(told, key=lambda each: -each[0].share)
    ends = [share for line, voice in ordered for share in (line.share, voice)]
    low, high = min(ends), max(ends)

    def at(share: float) -> float:
        part = (high - share) / (high - low) if high > low else HALF
        return round(SLOPE_TOP + part * (SLOPE_BOTTOM - SLOPE_TOP), 1)

    labels = _apart([at(line.share) for line, _voice in ordered])
    voices = sorted({percent(voice): at(voice) for _line, voice in ordered}.items(), key=lambda each: each[1])
    shown = dict(zip((text for text, _y in voices), _apart([y for _text, y in voices]), strict=True))
    return tuple(
        Slope(
            name=words.category(line),
            before=at(line.share),
            after=at(voice),
            label=label,
            label_after=shown.pop(percent(voice), None),
            votes=percent(line.share),
            voice=percent(voice),
        )
        for (line, voice), label in zip(ordered, labels, strict=True)
    )


def _apart(heights: Sequence[float]) -> list[float]:
    """Return the heights, from above to below, moved so that no two labels touch."""
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + APART) if found else height)
    return found


def _shares(view: ResultView, drawn: str) -> tuple[str, tuple[Each, ...]]:
    """Return the first other balanced dimension of which all is told, with a row for each group."""
    for dimension in view.balance.balanced if view.balance else ():
        lines = dict(view.categories)[dimension]
        if dimension != drawn and len(lines) > 1 and all(line.weighted is not None for line in lines):
            return dimension, _each(view, lines)
    return "", ()


def _each(view: ResultView, lines: Sequence[CategoryLine]) -> tuple[Each, ...]:
    most = max(max(line.share, line.weighted or 0) for line in lines) or 1.0
    missed = {(each.line.dimension, each.line.key) for each in (view.balance.short if view.balance else ())}

    def at(share: float) -> float:
        return round(2 + share / most * 96, 2)

    return tuple(
        Each(
            words.category(line) if line.members else dimension_words.brief(line.name),
            at(line.share),
            at(line.weighted or 0),
            percent(line.share),
            percent(line.weighted or 0),
            missed=(line.dimension, line.key) in missed,
            silent=line.silent,
        )
        for line in sorted(lines, key=lambda line: (line.silent, -(line.weighted or 0)))
    )


def at_the_limit(view: ResultView) -> bool:
    """Return whether the heaviest vote weighs as many times the lightest as the rules allow at most."""
    facts = view.balance
    if facts is None or facts.several_bases:
        return False
    return {at.bound for at in facts.at_bounds} >= {"lower", "upper"}


def largest_move(view: ResultView) -> ThemeResult | None:
    """Return the theme that the weights moved by most places; None if none moved or it is not told."""
    moved = [
        (abs(theme.unweighted_place - theme.place), theme)
        for theme in view.themes
        if theme.place is not None and theme.unweighted_place is not None
    ]
    if len(moved) < len(view.themes) or not words.weighed(view):
        return None
    most, theme = max(moved, key=lambda each: each[0], default=(0, None))
    return theme if most else None

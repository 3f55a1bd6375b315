"""The pictures of a result: its finished values into geometry; of a dimension, with the message above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.platform.web import charts
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import local, number, percent
from consulta.results.pages import headings, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consulta.results.values import CategoryLine, ObjectiveLine, ResultView, Step, ThemeResult

CLASSES = ((0, 0), (1, 49), (50, 74), (75, 99), (100, 100))
"""Whole percentages of participation that share a shade of the tile grid: the place in this list."""

UNTOLD = 5
"""The shade of a State of which nothing is told."""


@dataclass(frozen=True, slots=True)
class ResultPictures:
    """All pictures of a result page; what a result does not tell has none."""

    scores: charts.BarChart | None
    scores_alone: charts.BarChart | None  # where the rules ask for no weights
    turnout: tuple[tuple[str, str, charts.BarChart], ...]
    tiles: charts.TileGrid | None
    tile_classes: tuple[tuple[int, str], ...]
    voices: tuple[tuple[str, str, charts.BarChart, bool], ...]  # the last: weighted, not only agreed
    objectives: charts.BarChart | None
    pairs: charts.Matrix | None
    steps: charts.Stairs | None
    steps_message: str


def of_result(view: ResultView, width: float = charts.NARROWEST) -> ResultPictures:
    """Return the charts of a result, for a page at least `width` em wide."""
    lines = dict(view.categories)
    countries = lines.get("country", ())
    balanced = view.balance.balanced if view.balance else ()
    return ResultPictures(
        scores=_scores(view, width) if balanced else None,
        scores_alone=None if balanced else _scores_alone(view, width),
        turnout=tuple(
            (dimension, headings.turnout(view, dimension), _turnout(some, width))
            for dimension, some in view.categories
            if dimension != "country" and len(some) > 1
        ),
        tiles=charts.tiles(_places(countries)) if any(line.key for line in countries) else None,
        tile_classes=_tile_classes(view),
        voices=tuple(
            (
                dimension,
                headings.voice(view, dimension),
                _voices(lines[dimension], width),
                all(line.weighted is not None for line in lines[dimension]),
            )
            for dimension in balanced
            if len(lines[dimension]) > 1
        ),
        objectives=_objectives(view.objectives, width),
        pairs=_matrix(view),
        steps=_stairs(view) if view.steps else None,
        steps_message=headings.runoff(view) if view.steps else "",
    )


def _scores(view: ResultView, width: float) -> charts.BarChart | None:
    """Return scores without and with weights, of the themes with both figures public; None if none."""
    told = [
        charts.Pair(
            words.numbered(theme),
            theme.unweighted_score,
            percent(theme.unweighted_score),
            theme.score,
            percent(theme.score),
        )
        for theme in view.themes
        if theme.score is not None and theme.unweighted_score is not None
    ]
    return charts.pairs(told, keep_order=True, width=width) if told else None


def _scores_alone(view: ResultView, width: float) -> charts.BarChart | None:
    told = [(words.numbered(theme), theme.score) for theme in view.themes if theme.score is not None]
    rows = ((label, score, percent(score)) for label, score in told)
    return charts.bars(rows, keep_order=True, width=width) if told else None


def _matrix(view: ResultView) -> charts.Matrix | None:
    if not any(share is not None for row in view.pairs for share in row):
        return None
    return charts.matrix([local(theme.title) for theme in view.themes], view.pairs)


def _objectives(lines: Iterable[ObjectiveLine], width: float) -> charts.BarChart | None:
    told = [
        (f"{_mark(line)}{line.number}. {local(line.short)}", line.share, percent(line.share))
        for line in lines
        if line.share is not None
    ]
    return charts.bars(told, width=width) if any(share for _label, share, _text in told) else None


def _turnout(lines: Iterable[CategoryLine], width: float) -> charts.BarChart:
    rows = (
        (words.category(line), line.ballots / line.seats, ", ".join(words.turnout(line)))
        for line in lines
        if line.seats
    )
    return charts.bars(rows, width=width)


def _voices(lines: Sequence[CategoryLine], width: float) -> charts.BarChart:
    """Return the votes as cast beside the weighted ones, with targets.

    Where a weighted figure is not public, the second bar is the target, and there are no ticks.
    """
    weighted = all(line.weighted is not None for line in lines)
    rows = (
        charts.Pair(
            words.category(line),
            line.share,
            percent(line.share),
            words.voice(line) or 0.0,
            percent(words.voice(line) or 0.0),
            line.target if weighted else None,
            percent(line.target) if weighted and line.target is not None else "",
        )
        for line in lines
    )
    return charts.pairs(rows, width=width)


def _places(countries: Sequence[CategoryLine]) -> list[charts.Place]:
    """Return the countries as places of the map, in three groups.

    First those with figures of their own, then those told together, then those without figures.
    """
    alone = [
        charts.Place(
            line.key,
            words.category(line),
            number(line.ballots),
            (line.key, number(line.ballots), number(line.seats)),
            _class(round(100 * line.ballots / line.seats)),
        )
        for line in sorted(countries, key=lambda line: local(line.name))
        if not line.members
    ]
    together = [
        charts.Place("", words.category(line), "", ("", number(line.ballots), number(line.seats)), UNTOLD)
        for line in countries
        if line.members
    ]
    told = {place.code for place in alone}
    rest = sorted((local(each.name), each.iso2) for each in catalogue.countries() if each.iso2 not in told)
    untold = [
        charts.Place(code, name, words.UNTOLD, (code, words.UNTOLD, words.UNTOLD), UNTOLD, leads=False)
        for name, code in rest
    ]
    return [*alone, *together, *untold]


def _are_all_told(view: ResultView) -> bool:
    """Return whether it is told of every country by itself how many of its organisations voted."""
    countries = dict(view.categories).get("country", ())
    return bool(countries) and not any(line.members for line in countries)


def roll_map(view: ResultView, roll: Sequence[tuple[str, int]]) -> charts.TileGrid | None:
    """Return the States with how many organisations of each could vote.

    None where that is not told, or where it is told of every country how many voted.
    """
    if not roll or _are_all_told(view):
        return None
    seats, most = dict(roll), max(number for _code, number in roll)
    named = sorted((local(each.name), each.iso2) for each in catalogue.countries())
    return charts.tiles(
        charts.Place(
            code, name, number(seats[code]), (code, number(seats[code])), _part_of(seats[code], most)
        )
        if code in seats
        else charts.Place(code, name, words.UNTOLD, (code, number(0)), UNTOLD, leads=False)
        for name, code in named
    )


def _part_of(some: int, most: int) -> int:
    """Return the shade (1 to 4) of a number of organisations beside the largest."""
    return 1 + min(3, 4 * (some - 1) // most)


def _tile_classes(view: ResultView) -> tuple[tuple[int, str], ...]:
    untold = _("grouped with others, or not on the roll") if words.has_joined(view) else _("not on the roll")
    return (*((shade, _range(*ends)) for shade, ends in enumerate(CLASSES)), (UNTOLD, untold))


def _mark(line: ObjectiveLine) -> str:
    """Return the mark before an objective: a full circle, an empty circle, or none.

    Full: a topic of this round is about it. Empty: no topic of any round was.
    """
    if line.here:
        return "\N{BLACK CIRCLE} "
    return "" if line.touched else "\N{WHITE CIRCLE} "


def _class(share: int) -> int:
    return next(shade for shade, (low, high) in enumerate(CLASSES) if low <= share <= high)


def _range(low: int, high: int) -> str:
    return percent(low / 100) if low == high else f"{low}{charts.TO}{percent(high / 100)}"


def _stairs(view: ResultView) -> charts.Stairs:
    steps, themes = steps_of(view)
    left = {step.out for step in steps}
    rows = [
        (
            local(theme.title),
            [step.shares[theme.key] for step in steps if theme.key in step.shares],
            theme.key in left,
        )
        for theme in themes
    ]
    return charts.stairs(rows, [step.exhausted for step in steps])


def steps_of(view: ResultView) -> tuple[list[Step], list[ThemeResult]]:
    """Return the steps of the run-off, and the themes from the one that stays to the first that leaves."""
    steps = [step for step in view.steps if len(step.shares) > 1] or list(view.steps)
    left = [step.out for step in steps]
    return steps, sorted(
        view.themes, key=lambda theme: -left.index(theme.key) if theme.key in left else -len(left)
    )

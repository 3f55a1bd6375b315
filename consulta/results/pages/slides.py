"""The charts of a result to take away: each with its message, its figures and its drawing, declared once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Response, url_for

from consulta.platform.formats import document
from consulta.platform.labels import name_of
from consulta.platform.organiser.pages.everywhere import site_name, tagline
from consulta.platform.web import charts, dimension_words, drawing, letters, lists, taking
from consulta.platform.web.assets import asset
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import example_mark, local, long_day
from consulta.platform.web.request import house
from consulta.platform.web.taking import Chart
from consulta.results.pages import glance as glances
from consulta.results.pages import headings, opening, words
from consulta.results.pages.pictures import of_result as pictures_of
from consulta.results.pages.pictures import roll_map, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.platform.web.taking import Cells
    from consulta.results.pages.glance import Glance
    from consulta.results.pages.pictures import ResultPictures
    from consulta.results.values import CategoryLine, ResultView

FIRST_THEMES = 5  # of a result, on its card and on the home page
SHORT = 60  # seconds in which the picture of the program stands for one that is not drawn yet


def of_result(view: ResultView) -> tuple[Chart, ...]:
    """Return the charts of a result, in the order of its pages; what it does not tell has none."""
    pictures = pictures_of(view)
    glance = glances.of_result(view, pictures)
    return (
        *_ranked(view, glance),
        *_supports(glance),
        *_turnouts(view, pictures),
        *_map(view, pictures),
        *_voices(view, pictures),
        *_squares(view, pictures),
        *_steps(view, pictures),
        *_objectives(view, pictures),
        *_heard(view),
        *_alike(view),
        *_one_vote(view),
    )


def roll(view: ResultView, seats: Sequence[tuple[str, int]]) -> tuple[Chart, ...]:
    """Return the map of who could vote, by country; none where that is not told, or more is."""
    grid = roll_map(view, seats)
    if grid is None:
        return ()
    return (
        Chart(
            "roll",
            headings.places(
                [(local(name_of("country", code)), number) for code, number in seats],
                view.card.seats,
                view.card.countries,
            ),
            _("The number on a tile is how many organisations of that country could vote."),
            (_("Country"), _("Code"), _("On the roll")),
            tuple((place.label, *place.cells) for place in grid.rows),
            partial(drawing.tiles, grid=grid, classes=()),
        ),
    )


def source(view: ResultView) -> tuple[str, ...]:
    """Return where the charts of a result are from: the organiser, the round, the address of the page."""
    return site_name(), _title(view), address(view)


def chart_file(view: ResultView, name: str, ending: str, seats: Sequence[tuple[str, int]] = ()) -> Response:
    """Return a chart as SVG or CSV; 404 where the result has none of that name.

    `seats`: how many organisations of each country could vote, where that is public.
    """
    return taking.answer(
        (*of_result(view), *roll(view, seats)), name, ending, f"{view.card.key}-{name}", source(view)
    )


def card(view: ResultView) -> str:
    """Return the picture of the answer for messengers and slides, as SVG."""
    first = view.themes[:FIRST_THEMES]
    topics = lists.listed(local(topic.title) for topic in view.topics).striptags()
    example = (example_mark(),) if view.card.example else ()
    return drawing.answer(
        drawing.Answer(
            sentence=_("The organisations chose %(topics)s.", topics=topics),
            before=_("The organisations chose"),
            topics=topics,
            voted=view.ballots,
            of=ngettext("of %(num)s organisation voted", "of %(num)s organisations voted", view.card.seats),
            marks=(*example, long_day(view.closed_at, view.card.zone)),
            level=words.level_name(view.firmness),
            colour={"close": drawing.WARM, "reservations": drawing.OCHRE}.get(
                view.firmness.verdict or "", drawing.DEEP
            ),
            reservation=words.sentence("verdict", view),
            plot=first_dots(view),
            titles=[str(local(theme.title)) for theme in first],
            key=(_("Score out of 100"), _("weighted votes"), _("unweighted")),
            unweighted=_("unweighted"),
            owner=site_name(),
            tagline=tagline(),
        )
    )


def first_dots(view: ResultView) -> charts.Dots | None:
    """Return the plot of the first themes; None where their scores are not told."""
    topics, weighed = {topic.key for topic in view.topics}, bool(words.weighed(view))
    first = view.themes[:FIRST_THEMES]
    return charts.dots(
        ((theme.title, theme.score, theme.unweighted_score if weighed else None) for theme in first),
        [place for place, theme in enumerate(first, 1) if theme.key in topics],
    )


def shared_line(view: ResultView) -> str:
    """Return what is said of a result where its address is passed on: topics, how firm they are, turnout."""
    topics = lists.listed(local(topic.title) for topic in view.topics).striptags()
    level = words.level_name(view.firmness)
    voted = _("%(voted)s of %(seats)s organisations voted.", voted=view.ballots, seats=view.card.seats)
    firm = f"{level}." if level else ""
    return " ".join(filter(None, (f"{topics}.", firm, words.sentence("verdict", view), voted)))


def card_file(svg: str, ending: str) -> Response:
    """Return a picture for messengers as SVG, or as PNG drawn once and kept.

    While the PNG is not drawn, or cannot be, the answer is the same picture of the program for all, which is
    kept for a short time only: programs that ask for a PNG take nothing else.
    """
    if ending == "png":
        picture = letters.kept_picture(svg, drawing.CARD)
        if picture is not None:
            return Response(picture, mimetype="image/png")
        short = {"Cache-Control": f"public, max-age={SHORT}"}
        return Response(asset("card.png")[0], mimetype="image/png", headers=short)
    return Response(svg, mimetype=taking.SVG)


def are_drawn() -> bool:
    """Return whether this installation can make PNG pictures."""
    return document.draws_pictures()


def address(view: ResultView) -> str:
    """Return the address of the result's page."""
    return house().settings.origin + url_for("public.result", key=view.card.key)


def _title(view: ResultView) -> str:
    title, example = str(local(view.card.title)), example_mark()
    return f"{title} · {example}" if view.card.example and example not in title else title


def _hundredths(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


# -- the charts, one by one


def _ranked(view: ResultView, glance: Glance) -> Iterator[Chart]:
    plot = glance.dots
    if plot is None:
        return
    weighed = bool(words.weighed(view))
    placed = words.places_told(view)
    names = (
        _("weighted votes") if weighed else _("Score"),
        _("unweighted"),
        _("places in 90 of 100 repeated counts"),
    )
    yield Chart(
        "ranked",
        opening.ranked(view),
        _("Points out of 100, on a scale from %(low)s to %(high)s.", low=plot.low, high=plot.high),
        (
            _("Place"),
            _("Theme"),
            _("Score"),
            *([_("Unweighted")] if weighed else []),
            *([_("Best place"), _("Worst place")] if placed else []),
        ),
        tuple(
            (
                theme.place,
                str(local(theme.title)),
                _hundredths(theme.score),
                *([_hundredths(theme.unweighted_score)] if weighed else []),
                *(theme.places if placed and theme.places else ()),
            )
            for theme in view.themes
        ),
        partial(
            drawing.ranked, plot=plot, titles=[str(local(theme.title)) for theme in view.themes], names=names
        ),
    )


def _supports(glance: Glance) -> Iterator[Chart]:
    for number, why in enumerate(glance.whys, start=1):
        told = [group for group in why.pips if group.rows]
        if not told or why.topic.spread_met is None:
            continue
        most = max(told, key=lambda group: group.total)
        said = _("of %(whole)s %(groups)s support it", whole=most.total, groups=most.name)
        groups = [(f"{group.supporting}/{group.total} {group.name}", group.rows) for group in told]
        yield Chart(
            f"support-{number}",
            f"{local(why.topic.title)}: {most.supporting} {said}",
            words.sentence("supported_in", why.topic),
            (_("Group"), _("Votes"), _("Supports it")),
            tuple(
                (name, votes, _("yes") if does else _("no"))
                for group in told
                for name, votes, does in group.rows
            ),
            partial(drawing.supports, groups=groups, names=(_("Supports it"), _("Votes"))),
        )


def _turnouts(view: ResultView, pictures: ResultPictures) -> Iterator[Chart]:
    lines = dict(view.categories)
    for dimension, message, chart in pictures.turnout:
        yield Chart(
            f"turnout-{dimension}",
            message,
            _("How many organisations of each group voted, of those that could."),
            (dimension_words.name(dimension), _("Voted"), _("On the roll")),
            tuple((words.category(line), line.ballots, line.seats) for line in lines[dimension]),
            partial(drawing.bars, chart=chart),
        )


def _map(view: ResultView, pictures: ResultPictures) -> Iterator[Chart]:
    grid = pictures.tiles
    if grid is not None:
        yield Chart(
            "tiles",
            headings.map_of_votes(view),
            _("How many organisations of each State voted; the shade is their share of those that could."),
            (_("Country"), _("Code"), _("Voted"), _("On the roll")),
            tuple((place.label, *place.cells) for place in grid.rows),
            partial(drawing.tiles, grid=grid, classes=pictures.tile_classes),
        )


def _voices(view: ResultView, pictures: ResultPictures) -> Iterator[Chart]:
    lines = dict(view.categories)
    for dimension, message, chart, weighted in pictures.voices:
        series = (_("Unweighted votes"), _("Weighted") if weighted else _("Target"), _("Target"))

        def row(line: CategoryLine, *, weighted: bool = weighted) -> Cells:
            target = (_hundredths(line.target),) if weighted else ()
            return (words.category(line), _hundredths(line.share), _hundredths(words.voice(line)), *target)

        yield Chart(
            f"balance-{dimension}",
            message,
            "",
            (dimension_words.name(dimension), *(series if weighted else series[:2])),
            tuple(row(line) for line in lines[dimension]),
            partial(drawing.bars, chart=chart, series=series if chart.has_targets else series[:2]),
        )


def _squares(view: ResultView, pictures: ResultPictures) -> Iterator[Chart]:
    grid = pictures.pairs
    if grid is not None:
        titles = [str(local(theme.title)) for theme in view.themes]
        yield Chart(
            "pairs-matrix",
            headings.pairs(view),
            _(
                "Of every 100 comparisons, how many the theme in the row wins against the theme in the "
                "column."
            ),
            (_("Theme"), *titles),
            tuple(
                (title, *map(_hundredths, shares)) for title, shares in zip(titles, view.pairs, strict=True)
            ),
            partial(drawing.matrix, grid=grid),
        )


def _steps(view: ResultView, pictures: ResultPictures) -> Iterator[Chart]:
    run = pictures.steps
    if run is not None:
        steps, themes = steps_of(view)
        rest = _("Ballots with no theme left")
        yield Chart(
            "runoff-steps",
            headings.runoff(view),
            words.sentence("steps_note", view),
            (_("Theme"), *(f"{_('Step')} {number}" for number in range(1, len(steps) + 1))),
            (
                *(
                    (str(local(theme.title)), *(_hundredths(step.shares.get(theme.key)) for step in steps))
                    for theme in themes
                ),
                (rest, *(_hundredths(step.exhausted) for step in steps)),
            ),
            partial(drawing.stairs, run=run, rest=rest),
        )


def _objectives(view: ResultView, pictures: ResultPictures) -> Iterator[Chart]:
    chart = pictures.objectives
    if chart is not None:
        yield Chart(
            "objective-shares",
            headings.objectives(view),
            ngettext(
                "● objectives of the chosen theme; ○ objectives that no chosen theme had covered "
                "before this consultation",
                "● objectives of the chosen themes; ○ objectives that no chosen theme had covered "
                "before this consultation",
                len(view.topics),
            ),
            (_("Number"), _("Objective"), _("Ticked by")),
            tuple((line.number, str(local(line.short)), _hundredths(line.share)) for line in view.objectives),
            partial(drawing.bars, chart=chart),
        )


# -- for whom the topics speak, what is held together, what one vote is worth


def _heard(view: ResultView) -> Iterator[Chart]:
    for dimension, lines in view.several.by if view.several else ():
        yield Chart(
            f"heard-{dimension}",
            words.sentence("heard_title", dimension),
            words.heard_told(view, dimension),
            (dimension_words.name(dimension), _("Votes"), _("Percentage")),
            tuple((str(local(line.name)), line.ballots, _hundredths(line.share)) for line in lines),
            partial(
                drawing.bars,
                chart=charts.bars(
                    ((str(local(line.name)), line.share, str(words.hundred(line.share))) for line in lines),
                    keep_order=True,
                ),
            ),
        )


def _alike(view: ResultView) -> Iterator[Chart]:
    if view.alike:
        pairs = [(str(local(x.title)), str(local(y.title)), part) for x, y, part in view.alike]
        yield Chart(
            "alike",
            _("Which themes are often ranked side by side?"),
            _(
                "The percentage of votes%(weighed)s naming either theme that rank them side by side.",
                weighed=words.weighed(view),
            ),
            (_("Theme"), _("Theme"), _("Percentage")),
            tuple((x, y, _hundredths(part)) for x, y, part in pairs),
            partial(
                drawing.bars,
                chart=charts.bars((f"{x} + {y}", part, str(words.hundred(part))) for x, y, part in pairs),
            ),
        )


def _one_vote(view: ResultView) -> Iterator[Chart]:
    """Yield the chart of the heaviest vote beside the average one, and beside the limit where that held."""
    facts = view.balance
    if facts is None or facts.heaviest is None or not facts.balanced:
        return
    rows = [
        (_("A vote of average weight"), 1 / view.ballots),
        (_("The heaviest vote"), facts.heaviest),
        *([(_("The limit for one vote"), facts.limit)] if facts.limit is not None else []),
    ]
    yield Chart(
        "one-vote",
        _("What one vote is worth"),
        _("Per cent of the total."),
        (_("Vote"), _("Per cent of the total")),
        tuple((name, round(100 * part, 3)) for name, part in rows),
        partial(
            drawing.bars,
            chart=charts.bars(((name, part, words.part_told(part)) for name, part in rows), keep_order=True),
        ),
    )

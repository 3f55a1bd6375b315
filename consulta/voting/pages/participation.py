"""Who has voted and who has not: pictures, one table to filter and sort, and its rows as a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.data import dimensions
from consulta.formats.workbook import Sheet
from consulta.infra.alphabet import spanish
from consulta.infra.labels import name_of
from consulta.voting import participation as services
from consulta.voting.participation import SeatFilter
from consulta.web import charts, dimension_words
from consulta.web.desk import blueprint
from consulta.web.files import Export, as_file, kind_of
from consulta.web.language import local
from consulta.web.request import actor, now, reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flask import Response

    from consulta.voting.values import ParticipationView, SeatLine, TurnoutLine


def sorts() -> Mapping[str, Callable[[SeatLine], object]]:
    """Return by what the table can be sorted, in the order of its columns, with the rank of a row."""
    return {
        "organisation": lambda seat: spanish(seat.organisation),
        **{name: partial(_called, name) for name in dimensions.columns()},
        "voted": lambda seat: seat.voted_at.isoformat() if seat.voted_at else "",
    }


def _called(dimension: str, seat: SeatLine) -> object:
    return spanish(local(seat.names[dimension]) if dimension in seat.names else "")


@blueprint.get("/rounds/<key>/participation")
def participation(key: str) -> str:
    """Show the turnout by every dimension, and the organisations of the roll, filtered and sorted."""
    with reading() as work:
        view = services.participation(work, key)
    wanted = _wanted(request.args)
    sort, descending = _order(request.args)
    shown = _sorted((seat for seat in view.seats if wanted.keeps(seat)), sort, descending=descending)
    return render_template(
        "voting/participation.html",
        view=view,
        line=view.round,
        pictures=[(dimension, *_picture(dimension, lines)) for dimension, lines in view.turnout],
        seats=shown,
        wanted={"voted": wanted.voted, **wanted.categories},
        dimensions=dimensions.columns(),
        choices=_choices(view),
        headings=[_heading(key, name, sort, descending=descending) for name in sorts()],
        sort=sort,
        descending=descending,
        share=view.voted / len(view.seats) if view.seats else 0.0,
        example=view.round.example,
    )


@blueprint.post("/rounds/<key>/participation/file")
def participation_file(key: str) -> Response:
    """Return the filtered rows of the table as a file."""
    wanted = _wanted(request.form)
    with writing() as work:
        view = services.export_participation(work, key, wanted)
    sort, descending = _order(request.form)
    seats = _sorted(view.seats, sort, descending=descending)
    return as_file(_export(key, seats, wanted), kind_of(request.form.get("kind")))


def _wanted(values: Mapping[str, str]) -> SeatFilter:
    return SeatFilter(values.get("voted", ""), {name: values.get(name, "") for name in dimensions.columns()})


def _order(values: Mapping[str, str]) -> tuple[str, bool]:
    sort = values.get("sort", "")
    return (sort if sort in sorts() else "organisation"), values.get("order") == "descending"


def _sorted(seats: Iterable[SeatLine], sort: str, *, descending: bool) -> list[SeatLine]:
    by_name = sorted(seats, key=lambda seat: spanish(seat.organisation))
    rank: Callable[[SeatLine], object] = sorts()[sort]
    return sorted(by_name, key=rank, reverse=descending)  # type: ignore[arg-type]  # each rank is of one kind


def _heading(key: str, name: str, sort: str, *, descending: bool) -> dict[str, str | None]:
    """Return a column heading with the address that sorts by it.

    Where the table is already sorted by it, the address turns the order round.
    """
    labels = {
        "organisation": _("Organisation"),
        **{each: dimension_words.name(each) for each in dimensions.columns()},
        "voted": _("Voted"),
    }
    turn = name == sort and not descending
    asked: dict[str, Any] = {
        field: request.args[field] for field in ("voted", *dimensions.columns()) if request.args.get(field)
    }
    if turn:
        asked["order"] = "descending"
    now_sorted = "descending" if descending else "ascending"
    return {
        "label": labels[name],
        "url": url_for("secretariat.participation", key=key, sort=name, _anchor="seats", **asked),
        "sort": now_sorted if name == sort else None,
    }


def _choices(view: ParticipationView) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the filters: name, label, and the choices of each (the categories of the roll)."""
    voted = [("", _("all")), ("no", _("has not voted")), ("yes", _("has voted"))]
    filters = [("voted", _("Vote"), voted)]
    for dimension, lines in view.turnout:
        named = sorted(((line.key, local(line.name)) for line in lines), key=lambda pair: spanish(pair[1]))
        filters.append((dimension, dimension_words.name(dimension), [("", _("all")), *named]))
    return filters


def _picture(dimension: str, lines: tuple[TurnoutLine, ...]) -> tuple[str, str, charts.BarChart]:
    """Return the headline of a turnout chart, the heading of its first column, and its bars."""
    rows = [
        (
            local(line.name),
            line.voted / line.seats,
            _("%(part)s of %(whole)s", part=line.voted, whole=line.seats),
        )
        for line in lines
    ]
    return _message(dimension, lines), dimension_words.name(dimension), charts.bars(rows)


def _message(dimension: str, lines: tuple[TurnoutLine, ...]) -> str:
    silent = sum(not line.voted for line in lines)
    if silent and dimension == "country":
        said = _("Countries without a vote yet: %(count)s of %(whole)s", count=silent, whole=len(lines))
    elif silent == len(lines):
        said = _("No organisation has voted yet")
    elif silent and dimension == "sector":
        said = _("Sectors without a vote yet: %(count)s of %(whole)s", count=silent, whole=len(lines))
    else:
        said = _lowest(dimension, lines)
    return str(said)


def _lowest(dimension: str, lines: tuple[TurnoutLine, ...]) -> str:
    """Return the lowest turnout in words, with how many share it; `lines` has the lowest first."""
    rates = [line.voted * lines[0].seats == lines[0].voted * line.seats for line in lines]
    alike = rates.count(True)
    if alike == len(lines) > 1:
        return {
            "subregion": _("Every subregion has the same turnout"),
            "sector": _("Every sector has the same turnout"),
            "country": _("Every country has the same turnout"),
        }.get(dimension) or _(
            "Every category of “%(name)s” has the same turnout", name=dimension_words.own(dimension)
        )
    name = local(lines[0].name)
    if alike > 1:
        name = ngettext("%(name)s and %(num)s more", "%(name)s and %(num)s more", alike - 1, name=name)
    return _("Lowest turnout so far: %(name)s", name=name)


def _export(key: str, seats: list[SeatLine], wanted: SeatFilter) -> Export:
    headings = (
        *(_("Seat key"), _("Organisation"), *map(dimension_words.name, dimensions.columns())),
        *(_("Voted"), _("Time (UTC)")),
    )
    rows = tuple(
        (
            seat.seat,
            seat.organisation,
            *(local(seat.names[name]) if name in seat.names else "" for name in dimensions.columns()),
            _("yes") if seat.voted_at else _("no"),
            f"{seat.voted_at:%Y-%m-%d %H:%M}" if seat.voted_at else "",
        )
        for seat in seats
    )
    return Export(
        stem=f"{key}-participation",
        title=_("Participation in the round %(key)s", key=key),
        sheet=Sheet(_("Participation"), headings, rows),
        made_at=now(),
        facts=(
            (_("Round"), key),
            (_("Filter"), _said(wanted)),
            (_("Made by"), actor().name),
        ),
    )


def _said(wanted: SeatFilter) -> str:
    """Return a filter in words."""
    parts = {"yes": [_("has voted")], "no": [_("has not voted")]}.get(wanted.voted, [])
    parts += [local(name_of(name, value)) for name, value in wanted.categories.items() if value]
    return ", ".join(parts) or _("all")

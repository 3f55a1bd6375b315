"""Who has voted and who has not: bars on a bed of 100, a curve by day, one table, and its rows as a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flask import request

from consulta.platform.data import dimensions
from consulta.platform.telephones import shown
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.language import alphabetical, local
from consulta.platform.web.request import house, now, read
from consulta.platform.web.table import (
    ALL,
    Choice,
    Column,
    Listing,
    Search,
    Table,
    handed_out,
    moment_in_file,
)
from consulta.rounds.service import subject
from consulta.vote import participation as services
from consulta.vote.pages import curve
from consulta.vote.pages.calls import lacking_said

if TYPE_CHECKING:
    from consulta.platform.work import Work
    from consulta.vote.values import Marking, ParticipationView, SeatLine, TurnoutLine


NOT_YET = "no"
A_PAGE = 25


class Row(NamedTuple):
    """A category: how many of its organisations voted, that as a width, and the way to them."""

    name: str
    seats: int
    voted: int
    width: str
    url: str
    shown: bool  # the table shows only this one


class Bars(NamedTuple):
    """The turnout by a dimension: the message, and its rows."""

    message: str
    rows: tuple[Row, ...]


@blueprint.get("/rounds/<key>/participation", may="participation.read")
def participation(key: str) -> Page:
    """Show the turnout by every dimension, and the organisations of the roll, filtered and sorted."""
    view, table = read(_seats, key)
    return page(
        "voting/participation.html",
        view.round,
        view=view,
        bars={dimension: _bars(dimension, lines, table) for dimension, lines in view.turnout},
        chart=curve.draw(view.curve, view.round.zone, now()),
        views=[
            (label, count, table.url(voted="" if value == NOT_YET else value, page=""))
            for value, label, count in (
                (NOT_YET, _("Not yet"), view.seats - view.voted),
                ("yes", _("Have voted"), view.voted),
                (ALL, _("All"), view.seats),
            )
        ],
        shown=[NOT_YET, "yes", ALL].index(table.asked.choice("voted")),
        table=table,
        marking=view.marking and marking_said(view.marking),
        share=view.voted / view.seats if view.seats else 0.0,
        lacking=lacking_said(view.lacking),
    )


def marking_said(marking: Marking) -> str:
    """Return how many votes mark people for the panel, as a sentence."""
    some, votes = marking.some, marking.votes
    if not some:
        return _(
            "Fewer than %(step)s of the first %(votes)s votes mark people for the panel.",
            step=marking.step,
            votes=votes,
        )
    return _(
        "At least %(some)s of the first %(votes)s votes mark people for the panel.", some=some, votes=votes
    )


@handed_out("participation")
def _seats(work: Work, key: str, *, whole: bool = False) -> tuple[ParticipationView, Listing]:
    """Return the turnout, and the table of the organisations of the roll."""
    view = services.participation(work, key, house().settings.small_cell)
    names = {dimension: {line.key: local(line.name) for line in lines} for dimension, lines in view.turnout}
    table = Table(
        title=_("Participation"),
        name="participation",
        endpoint="secretariat.participation",
        key=key,
        search=Search(_("Organisation or contact")),
        choices=[
            Choice(
                "voted",
                _("Vote"),
                [(NOT_YET, _("has not voted")), ("yes", _("has voted")), (ALL, _("all"))],
                usual=NOT_YET,
            ),
            *(
                Choice(
                    name,
                    dimension_words.name(name),
                    sorted(of.items(), key=lambda pair: alphabetical(pair[1])),
                )
                for name, of in names.items()
            ),
        ],
        columns=[
            Column("seat", _("Seat key"), lambda seat: seat.seat, only="file"),
            Column("organisation", _("Organisation"), lambda seat: seat.organisation),
            *(
                Column(
                    name,
                    dimension_words.name(name),
                    partial(_called, name, in_file=whole),
                    only="file" if name == "subregion" else "",  # a page has the country beside it
                )
                for name in dimensions.columns()
            ),
            Column("contact", _("Contact"), lambda seat: _person(seat, "name"), sorts=False),
            Column("phone", _("Telephone"), _phone, sorts=False, phone="side"),
            Column("language", _("Language"), lambda seat: _person(seat, "language"), only="file"),
            Column(
                "voted",
                _("Voted"),
                lambda seat: _("yes") if seat.voted_at else _("no"),
                only="file" if not whole and _lists_silent() else "",
            ),
            moment_in_file(lambda seat: seat.voted_at),
        ],
        sort="organisation",
        size=A_PAGE,
        opens=True,
    )
    wanted = table.asked(whole=whole)
    found = services.list_seats(
        work, key, wanted, {name: names.get(name, {}) for name in dimensions.columns()}
    )
    return view, Listing(table, wanted, found, subject(view.round))


def _lists_silent() -> bool:
    """Return whether the table lists only those that have not voted: each row would say the same of it."""
    return (request.args.get("voted") or NOT_YET) == NOT_YET


def _called(dimension: str, seat: SeatLine, *, in_file: bool) -> str:
    """Return the name of a seat's category: in a file whole, on a page short."""
    if dimension not in seat.names:
        return ""
    return local(seat.names[dimension]) if in_file else dimension_words.brief(seat.names[dimension])


def _phone(seat: SeatLine) -> str:
    return shown(_person(seat, "phone"))


def _person(seat: SeatLine, name: str) -> str:
    return str(getattr(seat.people[0], name)) if seat.people else ""


def _bars(dimension: str, lines: tuple[TurnoutLine, ...], table: Listing) -> Bars:
    """Return the turnout of each category, the lowest first; each row leads to its organisations."""
    return Bars(
        _message(dimension, lines),
        tuple(
            Row(
                local(line.name),
                line.seats,
                line.voted,
                f"{100 * line.voted / line.seats:.1f}%",
                table.url(
                    **{name: line.key if name == dimension else "" for name in dimensions.columns()}, page=""
                ),
                table.asked.choice(dimension) == line.key,
            )
            for line in lines
        ),
    )


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
    if dimension in dimensions.BUILT_IN:
        return _("Lowest turnout so far: %(name)s", name=name)
    return _(
        "Lowest turnout so far by “%(dimension)s”: %(name)s",
        dimension=dimension_words.own(dimension),
        name=name,
    )

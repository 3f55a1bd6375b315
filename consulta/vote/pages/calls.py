"""Whom to call first, and what each call came to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

from consulta.platform.data import dimensions
from consulta.platform.formats import moments
from consulta.platform.labels import name_of
from consulta.platform.telephones import shown
from consulta.platform.web import dimension_words, lists
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.language import alphabetical, current, language_choices, local, percent
from consulta.platform.web.request import now, read, write
from consulta.platform.web.table import (
    Choice,
    Column,
    Listing,
    Search,
    Table,
    back,
    handed_out,
    moment_in_file,
)
from consulta.rounds.service import subject
from consulta.vote import calls as services
from consulta.vote.pages import whatsapp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.vote.calls import Calls
    from consulta.vote.lacking import Lacking
    from consulta.vote.values import CallLine, MadeCall, Order

OPEN = "open"
A_PAGE = 12
NAMED = 3  # categories that lack votes; more are counted
ANSWERS = {
    "no_answer": _l("Did not answer"),
    "again": _l("Call again"),
    "will_vote": _l("Will vote"),
    "assisted": _l("Votes with me"),
}
STATES = ((OPEN, _l("To call")), ("again", _l("Again")), ("done", _l("Done")))


@blueprint.get("/rounds/<key>/calls", may="participation.read")
def calls(key: str) -> Page:
    """Show the organisations that have not voted, in the order in which a call balances most."""
    view, table = read(_table, key)
    line = view.round
    return page(
        "voting/calls.html",
        line,
        table=table,
        answers=ANSWERS,
        views=[
            (label, getattr(view.counts, name), table.url(called="" if name == OPEN else name, page=""))
            for name, label in STATES
        ],
        shown=[name for name, _label in STATES].index(table.asked.choice("called")),
        facts=partial(_facts, view.order),
        reasons=partial(_reasons, _by_category(view.lacking)),
        lacking=lacking_said(view.lacking),
        short=bool(view.lacking),
        silent=lists.together(map(dimension_words.categories, view.order.silent)),
        there=lambda call: moments.hour(now(), call.zone, current()),
        whatsapp_text=partial(_whatsapp, line),
        takes_votes=line.state == "open" and now() < line.closes_at,
    )


@blueprint.post("/rounds/<key>/seats/<seat_key>/calls", may="participation.call")
def note_call(key: str, seat_key: str) -> Response:
    """Note what a call came to; where the organisation votes by telephone, go on to its ballot."""
    answer, said = request.form.get("answer", ""), request.form.get("note", "")
    contact = request.form.get("contact", type=int)
    name = write(services.note, key, seat_key, contact, answer, said)
    if answer == "assisted":
        return redirect(url_for("secretariat.assisted", key=key, seat_key=seat_key), 303)
    flash(_("Noted for %(organisation)s: %(answer)s.", organisation=name, answer=ANSWERS[answer]))
    return back("secretariat.calls", key=key, _anchor="table")


@handed_out("calls")
def _made(work: Work, key: str, *, whole: bool = False) -> tuple[tuple[MadeCall, ...], Listing]:
    """Return every call that was made, for the file alone."""
    made = services.made(work, key)
    title = _("Calls made")
    table = Table(
        title=title,
        name="calls",
        key=key,
        columns=[
            moment_in_file(lambda call: call.at),
            Column("organisation", _("Organisation"), lambda call: call.organisation),
            Column("contact", _("Contact"), lambda call: call.contact),
            Column("phone", _("Telephone"), lambda call: shown(call.phone)),
            Column("answer", _("Answer"), lambda call: str(ANSWERS[call.answer])),
            Column("note", _("Note"), lambda call: call.note),
            Column("staff", _("Who called"), lambda call: call.staff),
        ],
        subject=subject(services.calls_of(work, key).round),
    )
    return made, table.over(made, whole=whole)


@handed_out("call-list")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[Calls, Listing]:
    """Return the calls of a round, and the list of whom to call."""
    view = services.calls_of(work, key)
    lacking = _by_category(view.lacking)
    table = Table(
        title=_("Call list"),
        name="call-list",
        endpoint="secretariat.calls",
        key=key,
        search=Search(_("Organisation or contact")),
        choices=[
            Choice("called", _("Call"), [(name, str(label)) for name, label in STATES], usual=OPEN),
            *(
                Choice(dimensions.field_name(name), dimension_words.name(name), _named(name, keys))
                for name, keys in view.order.waiting.items()
            ),
            Choice("language", _("Language"), list(language_choices().items())),
        ],
        columns=[
            Column("organisation", _("Organisation"), lambda call: call.seat.organisation),
            *(
                Column(dimensions.field_name(name), dimension_words.name(name), partial(_category, name))
                for name in _country_first(view.order.waiting)
            ),
            Column("why", _("Why"), lambda call: " · ".join(_reasons(lacking, call))),
            Column("contact", _("Contact"), lambda call: _person(call, "name")),
            Column("phone", _("Telephone"), lambda call: shown(_person(call, "phone"))),
            Column("language", _("Language"), lambda call: _person(call, "language")),
            Column("answer", _("Last answer"), lambda call: str(ANSWERS[call.answer]) if call.answer else ""),
            Column("note", _("Note"), lambda call: call.note),
            moment_in_file(lambda call: call.called_at),
        ],
        size=A_PAGE,
    )
    wanted = table.asked(whole=whole)
    there = services.call_list(work, key, wanted, view.order)
    return view, Listing(table, wanted, there, subject(view.round))


def _whatsapp(line: RoundLine, call: CallLine) -> whatsapp.Ready:
    """Return the text for WhatsApp to the person who would be called."""
    person, seat = call.seat.people[0], call.seat
    country = seat.categories[dimensions.COUNTRY]
    return whatsapp.text(line, seat.organisation, country, person.name, person.language)


def _country_first(names: Iterable[str]) -> list[str]:
    """Return dimensions in the order of the columns of a table."""
    return sorted(names, key=lambda name: name != dimensions.COUNTRY)


def _category(dimension: str, call: CallLine) -> str:
    named = call.seat.names.get(dimension)
    return local(named) if named else ""


def _named(dimension: str, keys: Iterable[str]) -> list[tuple[str, str]]:
    named = ((key, local(name_of(dimension, key))) for key in keys)
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


def _person(call: CallLine, name: str) -> str:
    return str(getattr(call.seat.people[0], name)) if call.seat.people else ""


def lacking_said(lacking: Sequence[Lacking]) -> list[str]:
    """Return which categories need more votes to carry their shares, the nearest first, as sentences."""
    lines = [_lacking(each) for each in lacking[:NAMED]]
    if (more := len(lacking) - NAMED) > 0:
        lines.append(
            ngettext(
                "%(num)s more category cannot carry its share yet.",
                "%(num)s more categories cannot carry their shares yet.",
                more,
            )
        )
    return lines


def _lacking(each: Lacking) -> str:
    named = {
        "name": local(name_of(each.dimension, each.category)),
        "share": percent(round(each.share, 3), whole=False),
    }
    if each.more <= each.left:
        return ngettext(
            "%(name)s: with %(num)s more vote it can carry its share of %(share)s.",
            "%(name)s: with %(num)s more votes it can carry its share of %(share)s.",
            each.more,
            **named,
        )
    if not each.left:
        return _("%(name)s: all have voted, too few to carry its share of %(share)s.", **named)
    return ngettext(
        "%(name)s: its share of %(share)s takes %(more)s more votes and %(num)s organisation is left, so it"
        " gets less; each vote brings it nearer.",
        "%(name)s: its share of %(share)s takes %(more)s more votes and %(num)s organisations are left, so it"
        " gets less; each vote brings it nearer.",
        each.left,
        more=each.more,
        **named,
    )


def _by_category(lacking: Iterable[Lacking]) -> dict[tuple[str, str], Lacking]:
    return {(each.dimension, each.category): each for each in lacking}


def _reasons(lacking: Mapping[tuple[str, str], Lacking], call: CallLine) -> list[str]:
    """Return why an organisation comes first: a category of it has no vote, or too few for its share."""
    silent = [
        _reason(dimension, local(call.seat.names[dimension]), seats)
        for dimension, seats in call.silent.items()
    ]
    return silent + [
        ngettext(
            "%(name)s: %(num)s more vote for its share",
            "%(name)s: %(num)s more votes for its share",
            lacking[each].more,
            name=local(call.seat.names[each[0]]),
        )
        for each in call.seat.categories.items()
        if each in lacking and each[0] not in call.silent
    ]


def _reason(dimension: str, name: str, seats: int) -> str:
    if dimension == dimensions.SECTOR:
        return str(_("Sector without votes: %(name)s, 0 of %(seats)s", name=name, seats=seats))
    if dimension == dimensions.COUNTRY:
        return str(_("Country without votes: %(name)s, 0 of %(seats)s", name=name, seats=seats))
    own = dimension_words.own(dimension)
    return str(
        _("“%(dimension)s” without votes: %(name)s, 0 of %(seats)s", dimension=own, name=name, seats=seats)
    )


def _facts(order: Order, call: CallLine) -> str:
    """Return where an organisation belongs, and in how many of its earlier rounds it voted."""
    said = [_category(name, call) for name in _country_first(order.silent)]
    if call.earlier:
        said.append(
            ngettext(
                "voted in %(voted)s of %(num)s earlier consultation",
                "voted in %(voted)s of %(num)s earlier consultations",
                call.earlier,
                voted=call.earlier_voted,
            )
        )
    return " · ".join(said)

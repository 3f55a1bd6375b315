"""What the roll has otherwise than that of the round before, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.desk import opening
from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.language import local
from consulta.platform.web.request import read
from consulta.platform.web.table import Column, Listing, Search, Table, choice_among, handed_out
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.desk.opening import RollChange, RollChanges
    from consulta.platform.work import Work

NAMED = 20  # changes of one kind that are named; the others are counted, and stand on the page of all
KINDS: Mapping[str, object] = {
    "joined": _l("Organisations added"),
    "gone": _l("Organisations gone"),
    "renamed": _l("Organisations with another name"),
    "category": _l("Organisations with another category"),
    "base": _l("Organisations with another base value"),
    "contact_added": _l("Contacts who may vote now and could not then"),
    "contact_moved": _l("Contacts with another address"),
    "contact_silenced": _l("Contacts who could vote then and may not now"),
}
STATES: Mapping[str, object] = {
    "waiting": _l("not decided"),
    "accepted": _l("accepted"),
    "declined": _l("declined"),
}


def rows_for_second_person(key: str) -> list[tuple[str, str]]:
    """Return what a second person is shown of the roll, in the language of now: label and value."""
    return rows_of(read(opening.roll_changes, key))


def rows_of(found: RollChanges) -> list[tuple[str, str]]:
    """Return the changes of a roll by kind, the first ones of each by name: label and value."""
    if found.before is None:
        rows = [(_("Compared with"), _("no earlier consultation: this is the first"))]
    else:
        rows = [(_("Compared with"), local(found.before))]
        if not found.changes:
            rows.append((_("Roll"), _("the same organisations, with the same categories and contacts")))
    for kind, label in KINDS.items():
        some = [_sentence(each) for each in found.changes if each.kind == kind]
        if some:
            rows.append((f"{label} ({len(some)})", _first(some)))
    if found.objections:
        said = [f"{each.organisation} ({STATES[each.state]})" for each in found.objections]
        rows.append((f"{_('Objections to a change of data')} ({len(said)})", _first(said)))
    return rows


def _first(said: Sequence[str]) -> str:
    """Return the first of many in one text, and how many more there are."""
    more = len(said) - NAMED
    shown = "; ".join(said[:NAMED])
    return f"{shown} {ngettext('and %(num)s more', 'and %(num)s more', more)}" if more > 0 else shown


def _sentence(each: RollChange) -> str:
    if each.kind in {"joined", "gone"}:
        return each.organisation
    if each.kind == "renamed":
        return f"{each.was} → {each.now}"
    was, now = _value(each, each.was), _value(each, each.now)
    if each.kind == "category":
        return f"{each.organisation}: {dimension_words.name(each.dimension)}: {was} → {now}"
    if each.kind == "base":
        return f"{each.organisation}: {was} → {now}"
    addresses = " → ".join(filter(None, (was, now)))
    return f"{each.contact} ({each.organisation}): {addresses}"


def _value(each: RollChange, value: str) -> str:
    """Return how it was or is, in words: a category by its name."""
    if each.kind != "category":
        return value
    return local(name_of(each.dimension, value)) if value else _("none")


@blueprint.get("/rounds/<key>/roll-changes", endpoint="roll_changes", may="rounds.foresee")
def roll_changes(key: str) -> Page:
    """Show every change of the roll since that of the round before."""
    found, table = read(_table, key)
    line = read(rounds.round_line, key)
    return page("lifecycle/roll_changes.html", line, table=table, before=found.before, words=_cell)


@handed_out("roll-changes")
def _table(work: Work, key: str = "", *, whole: bool = False) -> tuple[RollChanges, Listing]:
    """Return the changes of the roll, and the table of them."""
    found = opening.roll_changes(work, key)
    table = Table(
        title=_("What has changed on the roll"),
        name="roll-changes",
        endpoint="secretariat.roll_changes",
        key=key,
        subject=rounds.subject(rounds.known(work, key)),
        search=Search(_("Organisation or contact"), lambda each: f"{each.organisation} {each.contact}"),
        choices=[
            choice_among("kind", _("What"), found.changes, lambda each: (each.kind, str(KINDS[each.kind])))
        ],
        columns=[
            Column("name", _("Organisation"), lambda each: each.organisation),
            Column("change", _("What"), lambda each: _cell(each, "change"), flow=True, phone="under"),
            Column("contact", _("Contact"), lambda each: each.contact),
            Column("was", _("Then"), lambda each: _value(each, each.was)),
            Column("now", _("Now"), lambda each: _value(each, each.now)),
        ],
    )
    return found, table.over(found.changes, whole=whole)


def _cell(each: RollChange, column: str) -> str:
    """Return what a cell says."""
    if column == "change":
        name = f": {dimension_words.name(each.dimension)}" if each.dimension else ""
        return f"{KINDS[each.kind]}{name}"
    if column in {"was", "now"}:
        return _value(each, getattr(each, column))
    return each.contact if column == "contact" else each.organisation

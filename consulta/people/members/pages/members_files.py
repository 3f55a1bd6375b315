"""Files of members: the empty template to fill in, and the list to download.

Both have the headings that the import reads, so that a downloaded list can be changed and imported
again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.people.members import forms as member_forms
from consulta.people.members.fields import EXAMPLES, entered, labels, needed
from consulta.platform.data import dimensions
from consulta.platform.formats.workbook import Sheet
from consulta.platform.web import dimension_words
from consulta.platform.web.files import Export, Kind, as_file
from consulta.platform.web.language import language_choices, language_name, local

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from flask import Response

    from consulta.people.members.values import ContactView, MemberLine


def template(kind: Kind, made_at: datetime) -> Response:
    """Return the empty template, with sheets of allowed values and a sheet of two examples."""
    headings = _headings()
    places = list(labels())
    lists = {
        "country": Sheet(_("Countries"), (_("Countries"),), _column(member_forms.countries())),
        "sector": Sheet(_("Sectors"), (_("Sectors"),), _column(member_forms.sectors())),
        **_added_lists(),
        "language": Sheet(
            _("Languages"), (_("Languages"),), tuple((name,) for name in language_choices().values())
        ),
        "may_vote": Sheet(_("Yes or no"), (_("Yes or no"),), ((_("yes"),), (_("no"),))),
    }
    choices = tuple((places.index(field), sheet.name) for field, sheet in lists.items())
    facts = (
        (
            _("How to fill it in"),
            _(
                "One row for each contact; an organisation with two contacts has two rows,"
                " with its name in both."
            ),
        ),
        (_("Needed"), ", ".join(local(labels()[field]) for field in needed())),
        (_("May stay empty"), _("all others; an empty cell changes nothing")),
        (_("Only the first sheet is read"), _("the examples are not imported")),
    )
    return as_file(
        Export(
            stem=_("members-template"),
            title=_("Template for the members' list"),
            sheet=Sheet(_("Members"), headings, (), choices),
            made_at=made_at,
            facts=facts,
            more_sheets=(Sheet(_("EXAMPLE"), headings, _examples()), *lists.values()),
        ),
        kind,
    )


def sheet(members: Sequence[MemberLine]) -> tuple[tuple[str, ...], Iterable[tuple[str | int, ...]]]:
    """Return the headings and rows of a file of organisations, one row per active contact.

    An organisation without an active contact has one row, with empty contact fields.
    """
    return (*_headings(), _("State")), (row for member in members for row in _rows(member))


def _headings() -> tuple[str, ...]:
    return tuple(local(label) for label in labels().values())


def _added_lists() -> dict[str, Sheet]:
    """Return by field a sheet with the categories, for each closed list that the installation adds."""
    return {
        field: Sheet(name := dimension_words.own(key), (name,), _column(member_forms.categories(key)))
        for field, key in _added().items()
        if not dimensions.own_by_key()[key].is_open
    }


def _added() -> dict[str, str]:
    return {field: key for field, key in entered().items() if key != dimensions.SECTOR}


def _column(choices: list[tuple[str, str]]) -> tuple[tuple[str], ...]:
    return tuple((name,) for _key, name in choices)


def _examples() -> tuple[tuple[str, ...], ...]:
    """Return example rows: two organisations, one of them with two contacts."""
    countries, sectors = dict(member_forms.countries()), dict(member_forms.sectors())
    added = tuple(dict(member_forms.categories(key)) for key in _added().values())
    more = tuple(next(iter(names.values()), "…") for names in added)
    first = (local(EXAMPLES[0]), countries["PE"], sectors["migrant_org"], *more, "1", _("border, women"))
    second = (local(EXAMPLES[1]), countries["JM"], sectors["ngo"], *more, "1", "")
    first_name, *others = language_choices().values()
    last_name = others[0] if others else first_name
    return (
        (*first, "EJEMPLO Ana Quispe", "ana@example.org", "+51 1 555 0100", first_name, _("yes")),
        (*first, "EJEMPLO Luis Rojas", "luis@example.org", "", first_name, _("no")),
        (*second, "EXAMPLE June Brown", "june@example.org", "+1 876 555 0100", last_name, _("yes")),
    )


def _rows(member: MemberLine) -> list[tuple[str | int, ...]]:
    organisation: tuple[str | int, ...] = (
        member.name,
        local(member.names["country"]),
        *(_said(member, key) for key in entered().values()),
        member.base,
        ", ".join(member.tags),
    )
    state = _("active") if member.active else _("deactivated")
    people = [_contact(contact) for contact in member.contacts if contact.active] or [("", "", "", "", "")]
    return [(*organisation, *person, state) for person in people]


def _said(member: MemberLine, dimension: str) -> str:
    return local(member.names[dimension]) if dimension in member.names else ""


def _contact(contact: ContactView) -> tuple[str, str, str, str, str]:
    language = language_name(contact.language)
    return contact.name, contact.email, contact.phone, language, _("yes") if contact.may_vote else _("no")

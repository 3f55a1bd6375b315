"""Files of members: the empty template to fill in, and the list to download.

Both have the headings that the import reads, so that a downloaded list can be changed and imported
again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.people.members_rows import EXAMPLES, entered, labels, needed
from consulta.people.pages import members as members_pages
from consulta.platform.data import dimensions
from consulta.platform.formats.workbook import Sheet
from consulta.platform.web import dimension_words
from consulta.platform.web.files import Export, Kind, as_file
from consulta.platform.web.language import language_choices, local

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response


def template(kind: Kind, made_at: datetime) -> Response:
    """Return the empty template, with sheets of allowed values and a sheet of two examples."""
    headings = members_pages.headings()
    places = list(labels())
    lists = {
        "country": Sheet(_("Countries"), (_("Countries"),), _column(members_pages.countries())),
        "sector": Sheet(_("Sectors"), (_("Sectors"),), _column(members_pages.categories("sector"))),
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


def _added_lists() -> dict[str, Sheet]:
    """Return by field a sheet with the categories, for each closed list that the installation adds."""
    return {
        field: Sheet(name := dimension_words.own(key), (name,), _column(members_pages.categories(key)))
        for field, key in _added().items()
        if not dimensions.own_by_key()[key].is_open
    }


def _added() -> dict[str, str]:
    return {field: key for field, key in entered().items() if key != dimensions.SECTOR}


def _column(choices: list[tuple[str, str]]) -> tuple[tuple[str], ...]:
    return tuple((name,) for _key, name in choices)


def _examples() -> tuple[tuple[str, ...], ...]:
    """Return example rows: two organisations, one of them with two contacts."""
    countries, sectors = dict(members_pages.countries()), dict(members_pages.categories("sector"))
    added = tuple(dict(members_pages.categories(key)) for key in _added().values())
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

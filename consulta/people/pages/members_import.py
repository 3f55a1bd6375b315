"""Files of members: the empty template to fill in, and the pages of an import.

The template and the list to download have the headings that the import reads.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import get_template_attribute, request

from consulta.people.members_import import IMPORTER
from consulta.people.members_rows import EXAMPLES, added_labels, entered, labels, needed
from consulta.people.pages import members
from consulta.people.pages.members import ImportForm
from consulta.platform.data import dimensions
from consulta.platform.formats.workbook import Sheet
from consulta.platform.importing.pages import Pages
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.desk import blueprint
from consulta.platform.web.files import Export, as_file, kind_of
from consulta.platform.web.language import language_choices, local
from consulta.platform.web.request import now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from consulta.platform.importing.values import Preview


@blueprint.get("/members/template", may="members.read")
def members_template() -> Response:
    """Return an empty workbook or CSV file with the headings that the import reads.

    A workbook has sheets of allowed values too, and a sheet of two examples.
    """
    headings = members.headings()
    lists = {
        "country": _list(_("Countries"), dict(members.countries())),
        "sector": _list(_("Sectors"), dict(members.categories("sector"))),
        **{
            field: _list(dimension_words.own(key), dict(members.categories(key)))
            for field, key in entered().items()
            if key != dimensions.SECTOR and not dimensions.own_by_key()[key].is_open
        },
        "language": _list(_("Languages"), language_choices()),
        "may_vote": _list(_("Yes or no"), {"yes": _("yes"), "no": _("no")}),
    }
    places = list(labels())
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
    export = Export(
        stem=_("members-template"),
        title=_("Template for the members' list"),
        sheet=Sheet(_("Members"), headings, (), choices),
        made_at=now(),
        facts=facts,
        more_sheets=(Sheet(_("EXAMPLE"), headings, _examples()), *lists.values()),
    )
    return as_file(export, kind_of(request.args.get("kind")))


def _list(title: str, names: Mapping[str, str]) -> Sheet:
    return Sheet(title, (title,), tuple((name,) for name in names.values()))


def _examples() -> tuple[tuple[str, ...], ...]:
    """Return example rows: two organisations, one of them with two contacts."""
    countries, sectors = dict(members.countries()), dict(members.categories("sector"))
    added = [members.categories(key) for key in entered().values() if key != dimensions.SECTOR]
    more = tuple(names[0][1] if names else "…" for names in added)
    first = (local(EXAMPLES[0]), countries["PE"], sectors["migrant_org"], *more, "1", _("border, women"))
    second = (local(EXAMPLES[1]), countries["JM"], sectors["ngo"], *more, "1", "")
    first_name, *others = language_choices().values()
    last_name = others[0] if others else first_name
    return (
        (*first, "EJEMPLO Ana Quispe", "ana@example.org", "+51 1 555 0100", first_name, _("yes")),
        (*first, "EJEMPLO Luis Rojas", "luis@example.org", "", first_name, _("no")),
        (*second, "EXAMPLE June Brown", "june@example.org", "+1 876 555 0100", last_name, _("yes")),
    )


def _form(view: Preview) -> ImportForm:
    form: ImportForm = ImportForm().asking(needed=bool(view.guarded))
    form.concerning = [
        (_("File"), view.line.filename),
        (_("Changes of who may vote in open consultations"), str(view.guarded)),
    ]
    return form


def _context(_key: str) -> dict[str, Any]:
    undo = _(
        "Nothing rests on it yet: undone now, the list is exactly as it was before. Later, what a "
        "consultation, a mail or a change rests on stays."
    )
    return {"subject": _("Organisation"), "undo_words": undo, "to_fill": added_labels()}


EFFECTS = ("organisations_added", "organisations_changed", "contacts_added", "contacts_changed", "unnamed")


def _effect(name: str, count: int) -> tuple[str, str, str]:
    """Return an effect in words: before the import, after it, undone."""
    words = get_template_attribute("members/effects.html", name)
    before, after, undone = (str(words(time, count)).strip() for time in range(3))
    return before, after, undone


Pages(
    importer=IMPORTER,
    path="/members/import",
    upload="members/upload.html",
    home="members",
    back=lambda: _("Members"),
    labels=labels,
    form=_form,
    options=lambda form: {"asked": form.asked()},
    effects={name: partial(_effect, name) for name in EFFECTS},
    context=_context,
    may="members.write",
    changes_roll=True,
).register()

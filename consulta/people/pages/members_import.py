"""The pages of a members' file: what they have beside those of every import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.people.members_import import IMPORTER
from consulta.people.members_rows import added_labels, labels
from consulta.people.pages import members_files
from consulta.people.pages.members import ImportForm
from consulta.platform.importing.pages import Pages
from consulta.platform.web.desk import blueprint
from consulta.platform.web.files import kind_of
from consulta.platform.web.request import now

if TYPE_CHECKING:
    from flask import Response

    from consulta.platform.importing.values import Preview


@blueprint.get("/members/template", may="members.read")
def members_template() -> Response:
    """Return an empty workbook or CSV file with the headings that the import reads."""
    return members_files.template(kind_of(request.args.get("kind")), now())


def _form(view: Preview) -> ImportForm:
    form: ImportForm = ImportForm().asking(needed=bool(view.guarded))
    form.concerning = [
        (_("File"), view.line.filename),
        (_("Changes of who may vote in open rounds"), str(view.guarded)),
    ]
    return form


def _context(_key: str) -> dict[str, Any]:
    undo = _(
        "Nothing rests on it yet: undone now, the list is exactly as it was before."
        " Later, what a round, a mail or a change rests on stays."
    )
    return {"subject": _("Organisation"), "undo_words": undo, "to_fill": added_labels()}


def _organisations_added(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s organisation is added.", "%(num)s organisations are added.", count),
        ngettext("%(num)s organisation was added.", "%(num)s organisations were added.", count),
        ngettext("%(num)s organisation is deleted.", "%(num)s organisations are deleted.", count),
    )


def _organisations_changed(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s organisation is changed.", "%(num)s organisations are changed.", count),
        ngettext("%(num)s organisation was changed.", "%(num)s organisations were changed.", count),
        ngettext("%(num)s organisation is changed back.", "%(num)s organisations are changed back.", count),
    )


def _contacts_added(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s contact is added.", "%(num)s contacts are added.", count),
        ngettext("%(num)s contact was added.", "%(num)s contacts were added.", count),
        ngettext("%(num)s contact is deleted.", "%(num)s contacts are deleted.", count),
    )


def _contacts_changed(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s contact is changed.", "%(num)s contacts are changed.", count),
        ngettext("%(num)s contact was changed.", "%(num)s contacts were changed.", count),
        ngettext("%(num)s contact is changed back.", "%(num)s contacts are changed back.", count),
    )


def _unnamed(count: int) -> tuple[str, str, str]:
    said = ngettext(
        "%(num)s organisation on the list is not in the file; it stays as it is.",
        "%(num)s organisations on the list are not in the file; they stay as they are.",
        count,
    )
    return said, "", ""


Pages(
    importer=IMPORTER,
    path="/members/import",
    upload="members/upload.html",
    home="members",
    back=lambda: _("Members"),
    labels=labels,
    form=_form,
    options=lambda form: {"asked": form.asked()},
    effects={
        "organisations_added": _organisations_added,
        "organisations_changed": _organisations_changed,
        "contacts_added": _contacts_added,
        "contacts_changed": _contacts_changed,
        "unnamed": _unnamed,
    },
    context=_context,
    may="members.write",
    changes_roll=True,
).register()

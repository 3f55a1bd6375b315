"""A members' file: uploaded, looked at row by row, imported, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.members import importing as services
from consulta.members.fields import labels
from consulta.members.forms import ImportForm, MeaningForm, MembersFileForm
from consulta.members.meanings import choices
from consulta.members.pages import members_files
from consulta.web.desk import blueprint
from consulta.web.fields import Form
from consulta.web.files import kind_of
from consulta.web.request import now, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.changes.values import Asked
    from consulta.members.values import ImportView, PreviewRow

PAGE = 100  # rows of a preview on one page
KINDS = ("error", "warning", "new", "changed", "same")


@blueprint.get("/members/template")
def members_template() -> Response:
    """Return an empty workbook or CSV file with the headings that the import reads."""
    return members_files.template(kind_of(request.args.get("kind")), now())


@blueprint.route("/members/import", methods=["GET", "POST"])
def import_members() -> BaseResponse | tuple[str, int]:
    """Choose a file; nothing is imported by that."""
    form = MembersFileForm()
    kept: list[int] = []
    if form.validate_on_submit() and form.accepts(lambda: kept.append(_keep(form))):
        return redirect(url_for("secretariat.members_import", number=kept[0]), 303)
    with reading() as work:
        earlier = services.uploads(work)
    return render_template("members/upload.html", form=form, earlier=earlier, labels=labels()), form.status


@blueprint.route("/members/import/<int:number>", methods=["GET", "POST"])
def members_import(number: int) -> BaseResponse | tuple[str, int]:
    """Show row by row what a members' file would change, and import it.

    The import runs only if its effect is still the one that was shown.
    """
    with reading() as work:
        view = services.look(work, number)
    form = ImportForm().asking(needed=bool(view.guarded))
    if (
        form.validate_on_submit()
        and form.is_confirmed()
        and form.accepts(lambda: _carry_out(number, form.seen.data or "", form.asked()))
    ):
        return redirect(url_for("secretariat.members_import", number=number), 303)
    if form.is_submitted():  # it may be another by now
        with reading() as work:
            view = services.look(work, number)
    form.seen.data = view.seen
    kind = request.args.get("kind", "")
    rows = _of_kind(view, kind)
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "members/import.html",
        form=form,
        view=view,
        rows=rows[(page - 1) * PAGE : page * PAGE],
        kind=kind if kind in KINDS else "",
        page=page,
        pages=pages,
        labels=labels(),
        choices=choices,
    ), 409 if form.refusals else form.status


@blueprint.post("/members/import/<int:number>/meaning")
def understand_import(number: int) -> BaseResponse:
    """Take a value for one of the list, in all rows that have it; the file need not be uploaded again."""
    form = MeaningForm()
    field, text, meaning = form.field.data or "", form.text.data or "", form.meaning.data or ""
    with writing() as work:
        rows = services.understand(work, number, field, text, meaning)
    flash(
        ngettext("The value is understood in %(num)s row.", "The value is understood in %(num)s rows.", rows)
    )
    return redirect(url_for("secretariat.members_import", number=number), 303)


@blueprint.route("/members/import/<int:number>/undo", methods=["GET", "POST"])
def undo_import(number: int) -> BaseResponse | tuple[str, int]:
    """Undo an import, after showing what that means."""
    form = Form()
    if form.validate_on_submit() and form.accepts(lambda: _undo(number)):
        flash(_("The import is undone. The list is as it was before."))
        return redirect(url_for("secretariat.members_import", number=number), 303)
    with reading() as work:
        view = services.look(work, number)
    return render_template("members/undo.html", form=form, view=view), 409 if form.refusals else 200


def _of_kind(view: ImportView, kind: str) -> list[PreviewRow]:
    """Return the rows of a kind, or all: errors first, then rows with warnings, then the others.

    After the import only its errors are listed.
    """
    if view.line.applied_at is not None:
        return [row for row in view.rows if row.kind == "error"]
    rows: Iterable[PreviewRow] = sorted(view.rows, key=lambda row: (row.kind != "error", not row.warnings))
    if kind == "warning":
        return [row for row in rows if row.warnings and row.kind != "error"]
    return [row for row in rows if row.kind == kind or kind not in KINDS]


def _keep(form: MembersFileForm) -> int:
    upload = form.file.data
    with writing() as work:
        return services.keep(work, upload.filename or "", upload.read())


def _carry_out(number: int, seen: str, asked: Asked | None) -> None:
    with writing() as work:
        services.carry_out(work, number, seen, asked=asked)


def _undo(number: int) -> None:
    with writing() as work:
        services.undo(work, number)

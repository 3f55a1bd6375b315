"""The pages of an import, the same for every list: a file chosen, looked at row by row, imported, undone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, url_for
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField, SelectMultipleField

from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.importing.columns import UNREAD
from consulta.platform.importing.service import choices
from consulta.platform.importing.waiting import Waiting
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import blueprint
from consulta.platform.web.fields import Boxes, Form
from consulta.platform.web.language import brief
from consulta.platform.web.request import actor, house, now, read, reading, write, writing
from consulta.platform.web.table import Choice, Column, Search, Table, handed_out, moment_in_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.core.texts import Text
    from consulta.platform.importing.service import Importer
    from consulta.platform.importing.values import Preview, PreviewRow
    from consulta.platform.models import Upload
    from consulta.platform.web.table import Listing
    from consulta.platform.work import Work


class UnlessHeld(FileRequired):
    """A file is needed, unless one waits."""

    def __call__(self, form: Form, field: FileField) -> None:
        """Raise StopValidation where no file was chosen and none waits."""
        if not form["held"].data:
            super().__call__(form, field)


class FileForm(Form):
    """A table in a file, of any kind that is read; or one that waits, with what its columns are."""

    file = FileField(_l("File (XLSX, ODS or CSV)"), [UnlessHeld()])
    held = HiddenField()
    text = SelectMultipleField(validate_choice=False)  # headings, in the order of their meanings
    meaning = SelectMultipleField(validate_choice=False)

    def said(self) -> list[tuple[str, str]]:
        """Return each heading that was answered, and what it means."""
        pairs = zip(self.text.data or (), self.meaning.data or (), strict=False)
        return [(text, meaning) for text, meaning in pairs if meaning]


class ConfirmForm(Form):
    """The word to import what was shown."""

    seen = HiddenField()


class SheetsForm(Form):
    """Which sheets of a file are read."""

    sheets = Boxes(coerce=int, validate_choice=False)  # the service knows which there are


class MeaningForm(Form):
    """What a value of a file means, for all its rows."""

    field = HiddenField()
    text = HiddenField()
    meaning = SelectField(validate_choice=False)  # the service knows which there are


if TYPE_CHECKING:
    Shown = BaseResponse | tuple[str, int]


@dataclass(frozen=True)
class Pages:
    """What the pages of a list's import have of their own.

    `path` is their address, with `<key>` of a round where the list belongs to one; `upload` the template of
    the first page; `home` the endpoint of the list. `form` confirms an import and `options` gives what the
    importer is told with it. `effects` has, by the name of an effect, its words before the import, after it,
    and after it is undone; `context` what the templates show besides, for the key of a round.
    """

    importer: Importer
    path: str
    upload: str
    home: str
    back: Callable[[], str]  # the words of the link to the list
    labels: Callable[[], Mapping[str, Text]]
    form: Callable[[Preview], Any]
    options: Callable[[Any], dict[str, Any]]
    effects: Mapping[str, Callable[[int], tuple[str, str, str]]]
    context: Callable[[str], dict[str, Any]]
    may: str  # what whoever imports must be allowed to do
    changes_roll: bool = False  # an import changes whom the next roll has

    def register(self) -> None:
        """Add the pages to those of the desk."""
        name, file = self.importer.key, f"{self.path}/<int:number>"
        for path, endpoint, view in (
            (self.path, f"import_{name}", self._choose),
            (file, f"{name}_import", self._preview),
            (f"{file}/meaning", f"understand_{name}", self._understand),
            (f"{self.path}/answers", f"remember_{name}", self._remember),
            (f"{file}/sheets", f"choose_{name}", self._sheets),
            (f"{file}/undo", f"undo_{name}", self._undo),
        ):
            only_sent = endpoint.startswith(("understand", "remember", "choose"))
            imports = endpoint == f"{name}_import"
            changes = self.changes_roll and (imports or endpoint == f"undo_{name}")
            blueprint.add_url_rule(
                path,
                endpoint,
                view,
                methods=["POST"] if only_sent else ["GET", "POST"],
                may=self.may,
                password_to_send=changes,
                two_persons="by setting" if self.changes_roll and imports else "no",
            )

        handed_out(f"{name}-files")(self._earlier)

    def _choose(self, key: str = "") -> Shown:
        """Choose a file; nothing is imported by that.

        One whose columns are not understood waits for an answer, and is then read without being chosen again.
        """
        form = FileForm()
        waiting, file = self._waiting(key), None
        if form.validate_on_submit():
            file = self._file(form, waiting, key)
            if file is None:
                form.file.errors = [_("The file is no longer here. Choose it again.")]
            elif form.does(lambda work: self.importer.keep(work, *file, key)):
                waiting.drop(form.held.data or "")
                return redirect(self._url("{}_import", key, number=form.outcome), 303)
        unknown = form.problem.params.get("columns", ()) if form.problem else ()
        form.held.data = waiting.hold(*file) if unknown and file else ""
        with reading() as work:
            (_uploads, earlier), answers = self._earlier(work, key), self.importer.answers(work, key)
        page = self._drawn(
            self.upload,
            key,
            form=form,
            earlier=earlier,
            answers=answers,
            columns=unknown,
            filename=file[0] if file else "",
        )
        return page, form.status

    def _earlier(self, work: Work, key: str, *, whole: bool = False) -> tuple[Sequence[Upload], Listing]:
        """Return the files uploaded before, and their table."""
        uploads = self.importer.uploads(work, key)
        states = {"in": _("imported"), "not": _("not imported"), "undone": _("undone")}

        def state(upload: Upload) -> str:
            return "undone" if upload.undone_at else "in" if upload.applied_at else "not"

        table = Table(
            title=_("Files uploaded before"),
            name=f"{self.importer.key}-files",
            endpoint=f"secretariat.import_{self.importer.key}",
            key=key,
            subject=self.importer.about(work, key),
            handful=True,
            opens=True,
            search=Search(_("File or who uploaded it"), lambda upload: f"{upload.filename} {_by(upload)}"),
            choices=[Choice("state", _("State"), list(states.items()), state)],
            columns=[
                Column("file", _("File"), lambda upload: upload.filename),
                Column(
                    "at",
                    _("Uploaded"),
                    lambda upload: brief(upload.created_at, DEFAULT_ZONE),
                    lambda upload: upload.created_at,
                    largest_first=True,
                    phone="under",
                ),
                moment_in_file(lambda upload: upload.created_at),
                Column("by", _("By"), _by),
                Column("state", _("State"), lambda upload: states[state(upload)], phone="side"),
            ],
        )
        return uploads, table.over(uploads, whole=whole)

    def _preview(self, number: int, key: str = "") -> Shown:
        """Show row by row what a file would change, and import it if its effect is still the one shown."""
        view = self._look(number, key)
        form = self.form(view)
        if form.validate_on_submit() and self._carried_out(form, number, key):
            return redirect(self._url("{}_import", key, number=number), 303)
        if form.is_submitted():  # it may be another by now
            view = self._look(number, key)
        form.seen.data = view.seen
        return self._shown(view, form, key), 409 if form.refusals else form.status

    def _understand(self, number: int, key: str = "") -> Shown:
        """Take a value for one of the list, in all rows that have it; the file need not be uploaded again."""
        form = MeaningForm()
        field, text, meaning = form.field.data or "", form.text.data or "", form.meaning.data or ""
        rows = write(self.importer.understand, number, field, text, meaning, key)
        said = ngettext(
            "The value is understood in %(num)s row.", "The value is understood in %(num)s rows.", rows
        )
        flash(said)
        return redirect(self._url("{}_import", key, number=number), 303)

    def _remember(self, key: str = "") -> Shown:
        """Keep what a column or a value means in later files of the list, or forget it."""
        form = MeaningForm()
        field, text, meaning = form.field.data or "", form.text.data or "", form.meaning.data or ""
        write(self.importer.remember, field, text, meaning, key)
        flash(
            _("From the next file on, “%(text)s” is understood in this way.", text=text)
            if meaning
            else _("“%(text)s” is asked again for the next file.", text=text)
        )
        return redirect(self._url("import_{}", key) + "#answers", 303)

    def _sheets(self, number: int, key: str = "") -> Shown:
        """Read other sheets of the file."""
        form = SheetsForm()
        if form.accepts(lambda: self._read_sheets(number, form.sheets.data or [], key)):
            return redirect(self._url("{}_import", key, number=number), 303)
        view = self._look(number, key)
        confirm = self.form(view)
        confirm.refusals, confirm.seen.data = form.refusals, view.seen
        return self._shown(view, confirm, key), form.status

    def _undo(self, number: int, key: str = "") -> Shown:
        """Undo an import, after showing what that means."""
        form = Form()
        if form.does(lambda work: self.importer.undo(work, number, key)):
            stay = len(self._look(number, key).stays)
            flash(
                ngettext(
                    "The import is undone, but for %(num)s organisation that stays.",
                    "The import is undone, but for %(num)s organisations that stay.",
                    stay,
                )
                if stay
                else _("The import is undone. The list is as it was before.")
            )
            return redirect(self._url("{}_import", key, number=number), 303)
        view = self._look(number, key)
        staying = Table(
            title=_("What stays, and why"),
            endpoint=f"secretariat.undo_{self.importer.key}",
            key=key,
            at={"number": number},
            columns=[
                Column("subject", self.context(key)["subject"], sorts=False),
                Column("parts", _("Contacts"), sorts=False, phone="under"),
                Column("why", _("Why it stays"), sorts=False, flow=True, phone="under"),
            ],
        ).over(view.stays)
        page = self._drawn("importing/undo.html", key, form=form, view=view, staying=staying)
        return page, 409 if form.refusals else 200

    def _shown(self, view: Preview, form: Any, key: str) -> str:
        table = self._rows(view, key)
        return self._drawn(
            "importing/preview.html", key, form=form, view=view, table=table, whole=self.importer.whole
        )

    def _rows(self, view: Preview, key: str) -> Listing:
        """Return the table of a file's rows: errors first, then rows with warnings, then the others.

        After the import it has only the rows that were left out.
        """
        done = view.line.applied_at is not None
        kinds = {
            "error": _("Errors"),
            "warning": _("To look at twice"),
            "new": _("New"),
            "changed": _("Changed"),
            "same": _("Same"),
        }
        counted = Counter(kind for row in view.rows for kind in _kinds(row))
        table = Table(
            title=_("Rows are numbered as in your file."),
            endpoint=f"secretariat.{self.importer.key}_import",
            key=key,
            at={"number": view.line.id},
            search=Search(self.context(key)["subject"], lambda row: f"{row.organisation} {row.contact}"),
            choices=[
                Choice(
                    "kind",
                    _("Kind"),
                    [(kind, f"{label} ({counted[kind]})") for kind, label in kinds.items() if counted[kind]],
                    _kinds,
                )
            ]
            if not done
            else [],
            columns=[
                Column("subject", self.context(key)["subject"], sorts=False),
                Column("kind", _("Kind"), sorts=False, phone="side"),
                Column("what", _("What it does, or what is wrong"), sorts=False, flow=True, phone="under"),
            ],
        )
        rows = [row for row in view.rows if row.kind == "error"] if done else view.rows
        return table.over(sorted(rows, key=lambda row: (row.kind != "error", not row.warnings)))

    def _drawn(self, template: str, key: str, **shown: Any) -> str:
        return render_template(
            template,
            **self.context(key),
            **shown,
            labels=self.labels(),
            choices=choices,
            unread=UNREAD,
            effects=self._words,
            changes_roll=self.changes_roll,
            home=self._url(self.home, key),
            back=self.back(),
            url=lambda name, **args: self._url(name, key, **args),
        )

    def _words(self, counts: Mapping[str, int], time: int) -> list[str]:
        """Return the effects that there are in words: before the import (0), after it (1), undone (2)."""
        told = [say(counts[name])[time] for name, say in self.effects.items() if counts.get(name)]
        return [words for words in told if words]

    def _url(self, name: str, key: str, **args: Any) -> str:
        """Return the address of a page, whose name has the list's key in place of `{}`."""
        of_round: dict[str, Any] = {"key": key} if key else {}
        return url_for(f"secretariat.{name.format(self.importer.key)}", **of_round, **args)

    def _look(self, number: int, key: str) -> Preview:
        return read(self.importer.look, number, key)

    def _file(self, form: FileForm, waiting: Waiting, key: str) -> tuple[str, bytes] | None:
        """Return the name and content of a file that was sent or that waits, once the answers are kept."""
        upload = form.file.data
        if upload:
            return upload.filename or "", upload.read()
        with writing() as work:
            for text, meaning in form.said():
                self.importer.remember(work, "", text, meaning, key)
        return waiting.find(form.held.data or "")

    def _waiting(self, key: str) -> Waiting:
        owner = f"{actor().role}:{actor().id}:{self.importer.key}:{key}"
        return Waiting(house().settings.data / "imports", owner, now())

    def _carried_out(self, form: Any, number: int, key: str) -> bool:
        def act(work: Work) -> None:
            self.importer.carry_out(work, number, form.seen.data or "", key, **self.options(form))

        confirmed: bool = not hasattr(form, "is_confirmed") or form.is_confirmed()
        return confirmed and bool(form.carries_out(act))

    def _read_sheets(self, number: int, chosen: list[int], key: str) -> None:
        write(self.importer.choose, number, chosen, key)


def _kinds(row: PreviewRow) -> tuple[str, ...]:
    """Return the kinds of a row by which the preview is filtered."""
    return (row.kind, "warning") if row.warnings and row.kind != "error" else (row.kind,)


def _by(upload: Upload) -> str:
    """Return who uploaded a file."""
    return upload.staff.name if upload.staff else _("command")

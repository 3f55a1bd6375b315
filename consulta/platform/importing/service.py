"""A file from upload to undo: stored, previewed, imported in one transaction, undone.

Nothing is written before a person has seen a preview, and the import does exactly what the preview showed:
the list is compared again when the import is requested, and must give the same. A list declares an
`Importer`: its fields, what a row becomes, and how that is written and taken back.

Every visible sheet with the needed headings is read, unless a person leaves it out; every other one is named
with the reason before anything is written. Columns that mean nothing are not kept: there may be names of
people in them. Values that are not understood (a country, a category, a role or a gender in an unknown
spelling) are asked once for all rows. An answer holds for every later file of the list, but for the letter of
a gender that means one thing in one file and another in the next.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload, load_only

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.platform.access import require
from consulta.platform.data import attributes, catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.formats.reading import read_tables
from consulta.platform.formats.table import Row, Table, column_letter
from consulta.platform.importing.cells import Notes
from consulta.platform.importing.columns import UNREAD, match
from consulta.platform.importing.values import (
    Answer,
    Counts,
    Offer,
    Plan,
    Preview,
    SheetLine,
    Undoing,
)
from consulta.platform.models import ImportAnswer, Upload
from consulta.platform.texts import line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Select

    from consulta.platform.formats.reading import Skipped
    from consulta.platform.importing.columns import Field
    from consulta.platform.importing.values import PreviewRow
    from consulta.platform.models import Round
    from consulta.platform.work import Work


REFUSED = {
    "row.sector_near": "sector",
    "row.sector_unknown": "sector",
    "row.country_near": "country",
    "row.country_unknown": "country",
    "nominee.role": "role",
    "nominee.gender": "gender",
}
CATEGORY = "category_"
"""How the field of a dimension begins that the installation adds."""


ASKED_ANEW = frozenset({("gender", "m")})
"""Field and folded text of what is asked in each file: M is *mujer* beside H, and *masculino* beside F."""
_LETTERS = {"f": "woman", "w": "woman", "h": "man", "v": "man", "nb": "non_binary"}


def offers(rows: Iterable[PreviewRow], notes: Notes) -> tuple[Offer, ...]:
    """Return the values whose meaning can be given, the one with most rows first.

    `notes` are those of the file: what a letter means is guessed from the others of its column.
    """
    texts: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        for fault in row.faults:
            field = REFUSED.get(fault.problem.code) or fault.problem.params.get("field")
            if isinstance(field, str):
                text = str(fault.problem.params["text"])
                texts.setdefault((field, fold(text)), text)
                counts.setdefault((field, fold(text)), set()).add(row.row)
    letters = {fold(notes.columns.cell(row, "gender")) for row in notes.table.rows}
    found = (
        Offer(
            key[0],
            text,
            len(counts[key]),
            _gender(text, letters) if key[0] == "gender" else _near(key[0], text),
            key in ASKED_ANEW,
        )
        for key, text in texts.items()
    )
    return tuple(sorted(found, key=lambda offer: (-offer.rows, offer.field, offer.text)))


def choices(field: str) -> Mapping[str, Text]:
    """Return the key and name of each value that a field can have; empty for other fields."""
    if field == "sector":
        return {key: sector.name for key, sector in catalogue.sectors_by_key().items()}
    if field == "country":
        return {code: country.name for code, country in catalogue.countries_by_code().items()}
    if field == "role":
        return {role.key: role.name for role in catalogue.roles()}
    if field == "gender":
        return {key: gender.name for key, gender in catalogue.genders_by_key().items()}
    added = _added(field)
    return {each.key: Text(each.names) for each in added.categories} if added else {}


def _near(field: str, text: str) -> str:
    if field == "sector":
        sector = catalogue.closest_sector(text)
        return sector.key if sector else ""
    if field == "role":
        return ""
    added = _added(field)
    if added is not None:
        return added.closest(text) or ""
    country = catalogue.closest_country(text)
    return country.iso2 if country else ""


def _gender(text: str, letters: Collection[str]) -> str:
    """Return the gender that a text probably means in a column with these texts, folded; empty: no idea."""
    if fold(text) == "m":
        as_man, as_woman = not {"f", "w"}.isdisjoint(letters), not {"h", "v"}.isdisjoint(letters)
        return "" if as_man == as_woman else "man" if as_man else "woman"
    likely = catalogue.find_gender.likely(text)
    return _LETTERS.get(fold(text)) or (likely.key if likely else "")


def _added(field: str) -> dimensions.Dimension | None:
    """Return the dimension or attribute added by the installation that a field is about, or None."""
    if not field.startswith(CATEGORY):
        return attributes.by_field(field)
    return dimensions.own_by_key().get(field.removeprefix(CATEGORY))


OFFSET = 2_000_000  # between the rows of one sheet and those of the next: more than a file may have
LEFT = "left"  # the reason of a sheet that a person left out
TOTAL = "row.total"  # the Problem of a row that is a sum of others
LONGEST = 80  # signs of such a row that are repeated
_TOTAL = re.compile(r"(gran |grand )?(sub ?)?tota(l|les|is|ls)( .*)?|suma|soma|sum")
_FIGURES = re.compile(r"\d[\d ]*( [a-z]+)?")


@dataclass(frozen=True, slots=True)
class Joined:
    """What is kept of a file: its understood columns, the headings of the others, its sheets."""

    table: Table
    unread: tuple[str, ...]
    sheets: tuple[SheetLine, ...]


def join(
    tables: Sequence[Table],
    skipped: Sequence[Skipped],
    fields: Sequence[Field],
    examples: Collection[str],
    told: Mapping[str, str] | None = None,
) -> Joined:
    """Return all sheets with the needed headings as one table, and the outcome for each sheet.

    `examples` are folded names of the template's examples: a sheet with them alone is not read. `told` is
    that of `columns.match`.

    Problems: `file.headings_missing`, `.headings_missing_among`, `.headings_doubled`; that of a sheet which
    cannot be read, or has the headings and no rows, if no other sheet has rows.
    """
    good = [table for table in tables if not match(table, fields, told).missing]
    read = [table for table in good if not _is_of_examples(table, fields, examples, told)]
    if not read:
        _tell_of_sheets(skipped, fields)
    read = read or good
    if not read:
        match(tables[0], fields, told).checked()
    left = [
        SheetLine(table.sheet or "", len(table.rows), "examples" if table in good else "headings")
        for table in tables
        if table not in read
    ]
    left += [SheetLine(each.name, each.rows, each.reason, each.problem) for each in skipped]
    lines = [SheetLine(table.sheet or "", sum(not _sums_up(row) for row in table.rows)) for table in read]
    table, unread = _below_one_another(read, fields, told)
    return Joined(table, unread, (*lines, *left) if tables[0].sheet is not None else ())


def is_read(number: int, sheets: Sequence[SheetLine]) -> bool:
    """Return whether the sheet of a row is read."""
    return not sheets or not sheets[number // OFFSET].reason


def is_total(row: Row) -> bool:
    """Return whether a kept row is a sum of others, which no list reads."""
    return row.fault is not None and row.fault.code == TOTAL


def stored(sheets: Sequence[SheetLine]) -> list[Any]:
    """Return the sheets in the form stored as JSON."""
    return [[each.name, each.rows, each.reason, _stored_problem(each.problem)] for each in sheets]


def restored(kept: Sequence[Any]) -> tuple[SheetLine, ...]:
    """Return the sheets from their stored form; the earlier form had no problem."""
    return tuple(
        SheetLine(name, rows, reason, _restored_problem(*problem)) for name, rows, reason, *problem in kept
    )


def stored_row(row: Row) -> list[Any]:
    """Return a row as JSON keeps it: number, cells, and the fault as code and parameters or None."""
    return [row.number, list(row.cells), _stored_problem(row.fault)]


def restored_row(kept: Sequence[Any], sheets: Sequence[SheetLine]) -> Row:
    """Return a row from its stored form, with the name of its sheet if several sheets are read."""
    several = sum(not each.reason for each in sheets) > 1
    row = Row(kept[0] % OFFSET, tuple(kept[1]), sheet=sheets[kept[0] // OFFSET].name if several else "")
    return replace(row, fault=_restored_problem(kept[2], row=row.label))


def _stored_problem(problem: Problem | None) -> list[Any] | None:
    return None if problem is None else [problem.code, problem.params]


def _restored_problem(kept: Sequence[Any] | None = None, **more: object) -> Problem | None:
    return None if kept is None else Problem(kept[0], **{**kept[1], **more})


def _tell_of_sheets(skipped: Sequence[Skipped], fields: Sequence[Field]) -> None:
    """Raise the problem of a sheet that cannot be read, or has the headings and nothing below them."""
    for each in skipped:
        bare = each.reason == "no_rows" and not match(Table(each.headings, ()), fields).missing
        if each.problem is not None and (bare or each.reason == "problem"):
            raise each.problem


def _is_of_examples(
    table: Table, fields: Sequence[Field], examples: Collection[str], told: Mapping[str, str] | None
) -> bool:
    columns = match(table, fields, told)
    return all(fold(columns.cell(row, fields[0].key)) in examples for row in table.rows)


def _below_one_another(
    tables: Sequence[Table], fields: Sequence[Field], told: Mapping[str, str] | None
) -> tuple[Table, tuple[str, ...]]:
    """Return one table of the understood columns of these, and the headings of the others.

    Columns of one meaning share the heading of the first sheet that has it.
    """
    headings: list[str] = []
    places: dict[str, int] = {}
    rows: list[Row] = []
    unread: dict[str, None] = {}
    for sheet, table in enumerate(tables):
        columns = match(table, fields, told).checked()
        unread |= dict.fromkeys(columns.unknown)
        target = {}
        for key, index in sorted(columns.places.items(), key=lambda item: item[1]):
            if key not in places:
                places[key] = len(headings)
                headings.append(table.headings[index])
            target[index] = places[key]
        rows.extend(_moved(row, target, len(headings), sheet, table.headings) for row in table.rows)
    width = len(headings)
    filled = tuple(replace(row, cells=row.cells + ("",) * (width - len(row.cells))) for row in rows)
    return Table(tuple(headings), filled), tuple(unread)


def _sums_up(row: Row) -> bool:
    """Return whether a row is a sum: its first filled cell says so, and the others have figures alone."""
    first, *others = [fold(cell) for cell in row.cells if cell.strip()] or [""]
    return bool(_TOTAL.fullmatch(first)) and all(map(_FIGURES.fullmatch, others))


def _moved(row: Row, target: Mapping[int, int], width: int, sheet: int, headings: Sequence[str]) -> Row:
    cells = [""] * width
    for index, place in target.items():
        cells[place] = row.cells[index]
    fault = row.fault
    if _sums_up(row):
        fault = Problem(TOTAL, text=" ".join(filter(None, row.cells))[:LONGEST])
    elif fault is not None:
        written = {column_letter(index): heading for index, heading in enumerate(headings)}
        column = str(fault.params.get("column", ""))
        fault = Problem(fault.code, **{**fault.params, "heading": written.get(column) or column})
    return Row(row.number + sheet * OFFSET, tuple(cells), fault)


class Importer(ABC):
    """What a list declares to be imported: a subclass is the declaration, one object of it the importer.

    `key` begins the names of its rights and of its acts in the log. A `whole` file is imported with all its
    rows or not at all; else its good rows are. `examples` are folded texts of the first field that a sheet of
    examples has. `at` everywhere is the key of the round to which the list belongs, empty for none.
    """

    key: ClassVar[str]
    read_right: ClassVar[str]
    whole: ClassVar[bool] = True
    examples: ClassVar[Collection[str]] = ()

    # -- the declaration

    @abstractmethod
    def fields(self) -> Sequence[Field]:
        """Return the fields of a file; the first one names what a row is about."""

    @abstractmethod
    def plan(self, work: Work, notes: Notes, place: Any) -> Plan:
        """Return what importing the rows of a file would do now."""

    @abstractmethod
    def write(self, work: Work, plan: Plan, place: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write the good rows of a plan; return the document with which `put_back` undoes it."""

    @abstractmethod
    def told(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the details of an import for the log."""

    @abstractmethod
    def done(self, document: Mapping[str, Any]) -> Mapping[str, int]:
        """Return the effects that an import had, by name."""

    @abstractmethod
    def undo_refusal(self, work: Work, upload: Upload, place: Any) -> Problem | None:
        """Return the Problem that keeps an import from being undone, or None."""

    def undoing(self, work: Work, upload: Upload, place: Any) -> Undoing:
        """Return what an undo would put back and what it would leave: all and nothing, unless said else."""
        return Undoing(upload.undo or {})

    @abstractmethod
    def put_back(self, work: Work, document: Mapping[str, Any], place: Any) -> None:
        """Restore the list to its state before an import."""

    def place(self, work: Work, at: str, *, hold: bool) -> Any:
        """Return what the list belongs to, such as a round; locked if `hold` is set."""
        return None

    def require_open(self, place: Any) -> None:
        """Raise a Problem if files can no longer be imported into the list."""
        return

    def require_own(self, tables: Sequence[Table]) -> None:
        """Raise a Problem if a file plainly has another list."""
        return

    def round_of(self, place: Any) -> Round | None:
        """Return the round to which the list belongs, or None."""
        return None

    def guarded(self, work: Work, plan: Plan) -> int:
        """Return for how many organisations an import changes who may vote in an open round."""
        return 0

    def mails(self, work: Work, plan: Plan) -> int:
        """Return how many mails an import would write at once."""
        return 0

    def subject(self, upload: Upload) -> str:
        """Return what an act of the log is about."""
        return f"round:{upload.round_id}"

    def about(self, work: Work, at: str) -> str:
        """Return what an act of the log about the whole list is about: a round, or the list."""
        found = self.round_of(self.place(work, at, hold=False))
        return f"round:{found.id}" if found else self.key

    # -- the use cases

    def keep(self, work: Work, filename: str, data: bytes, at: str = "") -> int:
        """Read a file and keep its understood columns: the id under which to look at them.

        Problems: what makes the whole file unreadable, `file.…`, and those of `place`.
        """
        require(work, f"{self.key}.write")
        tables, skipped = read_tables(line(filename), data)  # before a row is locked
        self.require_own(tables)
        said = self._said(work)
        joined = join(tables, skipped, self.fields(), self.examples, said.get("", {}))
        found = self.round_of(self.place(work, at, hold=True))
        upload = Upload(
            kind=self.key,
            round_id=found.id if found else None,
            staff_id=work.actor.staff_id,
            filename=line(filename)[:200] or "-",
            sha256=hashlib.sha256(data).hexdigest(),
            headings=list(joined.table.headings),
            unread=list(joined.unread),
            rows=[stored_row(row) for row in joined.table.rows],
            sheets=stored(joined.sheets),
            meanings=said,
            created_at=work.now,
        )
        work.session.add(upload)
        work.session.flush()
        details = {"rows": len(joined.table.rows), "sha256": upload.sha256}
        work.record(f"{self.key}.uploaded", self.subject(upload), details)
        return upload.id

    def uploads(self, work: Work, at: str = "") -> Sequence[Upload]:
        """Return the uploaded files without their rows, each with who uploaded it, newest first.

        Problems: those of `place` and `require_open`.
        """
        require(work, self.read_right)
        place = self.place(work, at, hold=False)
        self.require_open(place)
        read = (Upload.filename, Upload.created_at, Upload.applied_at, Upload.undone_at, Upload.erased_at)
        query = self._uploads(self.round_of(place)).options(load_only(*read))
        return work.session.scalars(query.order_by(Upload.id.desc())).all()

    def look(self, work: Work, number: int, at: str = "") -> Preview:
        """Return what an import of the file would do now; for an imported file, what it still leaves out.

        A file that is imported whole left nothing out.

        Problems: `import.unknown`, and those of `place`.
        """
        require(work, self.read_right)
        place = self.place(work, at, hold=False)
        upload = self._upload(work, number, place, hold=False)
        notes = self._notes(upload)
        plan = self.plan(work, notes, place)
        places = notes.columns.places
        imported = upload.applied_at is not None and upload.undo and upload.undone_at is None
        undoing = self.undoing(work, upload, place) if imported else None
        return Preview(
            line=upload,
            understood=tuple(
                (field, notes.of(field)) for field in sorted(places, key=lambda each: places[each])
            ),
            unread=(*upload.unread, *notes.columns.unknown),
            counts=plan.counts,
            rows=() if upload.applied_at and self.whole else plan.rows,
            sheets=restored(upload.sheets),
            totals=_totals(upload),
            offers=offers(plan.rows, notes),
            answers=self._answered(work, upload, notes),
            seen=plan.seen,
            done=self.done(upload.undo) if upload.undo else None,
            undo_refusal=self._undo_refusal(work, upload, place),
            stays=undoing.stays if undoing else (),
            undoes=self.done(undoing.document) if undoing else None,
            guarded=0 if upload.applied_at else self.guarded(work, plan),
            mails=0 if upload.applied_at else self.mails(work, plan),
        )

    def carry_out(self, work: Work, number: int, seen: str, at: str = "", **options: Any) -> int:
        """Write the good rows of a file and return how many; nothing if it no longer gives what was `seen`.

        `options` are those of the importer.

        Problems: `import.unknown`, `.applied`, `.undone`, `.stale`, `.nothing`, `.faulty` (of a file that is
        imported whole), those of `place` and of the importer.
        """
        require(work, f"{self.key}.write")
        place = self.place(work, at, hold=True)
        upload = self._pending(work, number, place)
        plan = self.plan(work, self._notes(upload), place)
        if self.whole and plan.counts.errors:
            raise Problem("import.faulty", count=plan.counts.errors)
        if plan.seen != seen:
            raise Problem("import.stale")
        if not plan.counts.changes:
            raise Problem("import.nothing")
        upload.undo = self.write(work, plan, place, options)
        upload.applied_at = work.now
        work.record(f"{self.key}.imported", self.subject(upload), self.told(plan, options))
        return plan.counts.good

    def understand(self, work: Work, number: int, field: str, text: str, meaning: str, at: str = "") -> int:
        """Take a value of this file for one of the list in all its rows, and return how many have it.

        It is remembered for later files of the list, unless it is asked in each; an empty `meaning` forgets
        what was said before.

        Problems: `import.unknown`, `.applied`, `.undone`, `.meaning` (none of its values, or no value of the
        list), and those of `place`.
        """
        require(work, f"{self.key}.write")
        place = self.place(work, at, hold=True)
        upload = self._pending(work, number, place)
        notes = self._notes(upload)
        rows = self.plan(work, notes, place).rows
        offered = {(each.field, fold(each.text)): each.rows for each in offers(rows, notes)}
        count = offered.get((field, fold(text)))
        if count is None and field and fold(text) in upload.meanings.get(field, {}):
            count = _rows_with(notes, field, text)
        if not count or (meaning and meaning not in choices(field)):
            raise Problem("import.meaning")
        said = {name: dict(values) for name, values in upload.meanings.items()}
        said.setdefault(field, {}).pop(fold(text), None)
        if meaning:
            said[field][fold(text)] = meaning
        upload.meanings = said
        if (field, fold(text)) not in ASKED_ANEW:
            self._keep_answer(work, field, text, meaning)
        details = {"field": field, "as": meaning, "rows": count}
        work.record(f"{self.key}.understood", self.subject(upload), details)
        return count

    def answers(self, work: Work, at: str = "") -> tuple[Answer, ...]:
        """Return what was said of columns and values of the list's files, the columns first.

        Problems: those of `place`.
        """
        require(work, self.read_right)
        self.place(work, at, hold=False)
        return self._kept(work)

    def remember(self, work: Work, field: str, text: str, meaning: str, at: str = "") -> None:
        """Keep for later files of the list what a column means, or a value; an empty `meaning` forgets it.

        `field` is empty for a column, whose meaning is a field or `columns.UNREAD`. Files that are uploaded
        already stay as they are. Problems: `import.meaning`, and those of `place`.
        """
        require(work, f"{self.key}.write")
        self.place(work, at, hold=True)
        columns = {UNREAD, *(each.key for each in self.fields())}
        known: Collection[str] = choices(field) if field else columns
        if not fold(text) or (field, fold(text)) in ASKED_ANEW or (meaning and meaning not in known):
            raise Problem("import.meaning")
        self._keep_answer(work, field, text, meaning)
        work.record(f"{self.key}.remembered", "imports", {"field": field, "text": line(text), "as": meaning})

    def _answers(self, work: Work) -> Sequence[ImportAnswer]:
        query = select(ImportAnswer).where(ImportAnswer.kind == self.key)
        return work.session.scalars(query.order_by(ImportAnswer.field, ImportAnswer.text)).all()

    def _kept(self, work: Work) -> tuple[Answer, ...]:
        return tuple(Answer(each.field, each.written, each.meaning) for each in self._answers(work))

    def _keep_answer(self, work: Work, field: str, text: str, meaning: str) -> None:
        """Keep what a column or a value means in place of what was said of it before; empty forgets it."""
        which = {"kind": self.key, "field": field, "text": fold(text)}
        work.session.execute(delete(ImportAnswer).filter_by(**which))
        if meaning:
            work.session.add(ImportAnswer(**which, written=line(text), meaning=meaning))
        work.session.flush()

    def _answered(self, work: Work, upload: Upload, notes: Notes) -> tuple[Answer, ...]:
        """Return what was said of columns and values that a file has, and with which it was read."""
        if not upload.meanings:
            return ()
        anew = (
            Answer(field, text.upper(), upload.meanings.get(field, {}).get(text, ""))
            for field, text in ASKED_ANEW
        )
        kept = (*self._kept(work), *(each for each in anew if each.meaning))
        return tuple(each for each in kept if _occurs(each, upload, notes))

    def _said(self, work: Work) -> dict[str, dict[str, str]]:
        """Return what was said of the list's files: by field, and folded text, the meaning."""
        found: dict[str, dict[str, str]] = {}
        for each in self._answers(work):
            found.setdefault(each.field, {})[each.text] = each.meaning
        return found

    def choose(self, work: Work, number: int, chosen: Collection[int], at: str = "") -> None:
        """Read these of the sheets that can be read, by their places in the preview, and no others.

        Problems: `import.unknown`, `.applied`, `.undone`, `.no_sheet` (none is chosen), and those of `place`.
        """
        require(work, f"{self.key}.write")
        upload = self._pending(work, number, self.place(work, at, hold=True))
        before = restored(upload.sheets)
        after = [
            replace(each, reason="" if index in chosen else LEFT) if each.reason in {"", LEFT} else each
            for index, each in enumerate(before)
        ]
        if all(each.reason for each in after):
            raise Problem("import.no_sheet")
        upload.sheets = stored(after)
        read = sum(not each.reason for each in after)
        work.record(f"{self.key}.sheets_chosen", self.subject(upload), {"sheets": read})

    def undo(self, work: Work, number: int, at: str = "") -> None:
        """Restore the list to its state before the import, but for what stays by `undoing`.

        That can be undone later, when nothing rests on it any more.

        Problems: `import.unknown`, `.not_applied`, `.undone`, and those of the importer.
        """
        require(work, f"{self.key}.write")
        place = self.place(work, at, hold=True)
        upload = self._upload(work, number, place, hold=True)
        refusal = self._undo_refusal(work, upload, place)
        if refusal is not None:
            raise refusal
        undoing = self.undoing(work, upload, place)
        self.put_back(work, undoing.document, place)
        if undoing.rest is None:
            upload.undone_at = work.now
        else:
            upload.undo = undoing.rest
        stay = {"stay": len(undoing.stays)} if undoing.stays else {}
        work.record(f"{self.key}.undone", self.subject(upload), stay)

    def _notes(self, upload: Upload) -> Notes:
        rows = tuple(row for row in _rows(upload) if not is_total(row))
        table = Table(tuple(upload.headings), rows)
        columns = match(table, self.fields(), upload.meanings.get("", {}))
        return Notes(table, columns, upload.meanings)

    def _uploads(self, found: Round | None) -> Select[Upload]:
        """Return a query of the files of the list, each with who uploaded it."""
        query = select(Upload).where(Upload.kind == self.key)
        query = query.where(Upload.round_id == (found.id if found else None))
        return query.options(joinedload(Upload.staff))

    def _upload(self, work: Work, number: int, place: Any, *, hold: bool) -> Upload:
        query = self._uploads(self.round_of(place)).where(Upload.id == number)
        found = work.session.scalars(query.with_for_update(of=Upload) if hold else query).first()
        upload = or_problem(found, "import.unknown")
        if upload.erased_at is not None:
            raise Problem("import.erased")
        return upload

    def _pending(self, work: Work, number: int, place: Any) -> Upload:
        """Return an uploaded file that is not imported yet, locked."""
        upload = self._upload(work, number, place, hold=True)
        if upload.applied_at is not None:
            raise Problem("import.undone" if upload.undone_at else "import.applied")
        return upload

    def _undo_refusal(self, work: Work, upload: Upload, place: Any) -> Problem | None:
        if upload.applied_at is None or upload.undo is None:
            return Problem("import.not_applied")
        if upload.undone_at is not None:
            return Problem("import.undone")
        return self.undo_refusal(work, upload, place)


def _rows(upload: Upload) -> list[Row]:
    """Return the rows of the sheets that are read."""
    lines = restored(upload.sheets)
    return [restored_row(row, lines) for row in upload.rows if is_read(row[0], lines)]


def _totals(upload: Upload) -> tuple[Problem, ...]:
    """Return what is said of the rows that are sums of others, which are not read."""
    return tuple(row.fault for row in _rows(upload) if row.fault is not None and is_total(row))


def _rows_with(notes: Notes, field: str, text: str) -> int:
    """Return how many rows of a file have this text, however spelt, in the cell of a field."""
    return sum(fold(notes.columns.cell(row, field)) == fold(text) for row in notes.table.rows)


def _occurs(answer: Answer, upload: Upload, notes: Notes) -> bool:
    """Return whether a file was read with an answer."""
    if upload.meanings.get(answer.field, {}).get(fold(answer.text)) != answer.meaning:
        return False
    if answer.field:
        return _rows_with(notes, answer.field, answer.text) > 0
    return fold(answer.text) in map(fold, notes.table.headings)


def planned(
    rows: Sequence[PreviewRow], drafts: Sequence[Any], effects: Mapping[str, int], state: str = ""
) -> Plan:
    """Return a plan with the figures of its rows; `state` stands for the list that they are compared with."""
    kinds = Counter(row.kind for row in rows)
    counts = Counts(
        rows=len(rows),
        new=kinds["new"],
        changed=kinds["changed"],
        same=kinds["same"],
        errors=kinds["error"],
        warnings=sum(bool(row.warnings) for row in rows if row.kind != "error"),
        effects=effects,
    )
    seen = hashlib.sha256((repr(rows) + state).encode()).hexdigest()
    return Plan(tuple(rows), tuple(drafts), counts, seen)

"""Attendance of a session, entered by hand or from a file, without names of people, and not public.

An uploaded file is kept as read, without the columns that are not read. It is shown row by row, and
applied whole or not at all; while the list is not changed since, it can be undone. What becomes public
of the list is decided in `factsheet_figures`.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from consulta.core.problems import Problem
from consulta.dialogues import queries as dialogues_queries
from consulta.dialogues import service as dialogues
from consulta.formats.reading import read_tables
from consulta.formats.table import Row, Table
from consulta.infra.access import require
from consulta.infra.models import AttendanceFile
from consulta.infra.texts import line
from consulta.rounds import service as rounds
from consulta.sessions import attendance_rows as files
from consulta.sessions.attendance_rows import Answers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.infra.models import Attendance, Dialogue
    from consulta.infra.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.sessions.attendance_rows import AttendanceRow

Way = Literal["replace", "add"]
MOST = 20_000  # people of one session


@dataclass(frozen=True, slots=True)
class Entry:
    """People of one organisation who gave the same answers; `id` is that of the last one written down."""

    id: int
    answers: Answers
    people: int


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that was uploaded for a session."""

    number: int
    filename: str
    uploaded_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttendanceView:
    """The list of a session and the files uploaded for it."""

    round: RoundLine
    entries: tuple[Entry, ...]
    people: int
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file says row by row; `seen` stands for the list that it was compared with."""

    round: RoundLine
    line: FileLine
    rows: tuple[AttendanceRow, ...]
    people: int  # in the good rows
    faulty: int  # rows with something wrong in them
    on_list: int  # people on the list now
    seen: str
    may_undo: bool


def list_people(work: Work, round_key: str) -> AttendanceView:
    """Return who took part in a session, and the files uploaded for it.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "attendance.read")
    round_line, dialogue = _of(work, round_key)
    people = dialogues_queries.people(work.session, dialogue.id)
    return AttendanceView(
        round=round_line,
        entries=_entries(people),
        people=len(people),
        files=tuple(_line(each) for each in dialogues_queries.files(work.session, dialogue.id)),
    )


def add(work: Work, round_key: str, answers: Answers, people: int = 1) -> None:
    """Write so many people with the same answers down.

    Problems: `round.unknown`, `dialogue.unknown`, `attendance.many`, those of `attendance_rows.faults_of`.
    """
    require(work, "attendance.write")
    dialogue = _held(work, round_key)
    said = Answers(line(answers.organisation), answers.country, answers.sector, answers.gender)
    for _, problem in files.faults_of(said, people):
        raise problem
    _require_room(len(dialogues_queries.people(work.session, dialogue.id)) + people)
    dialogues_queries.add(work.session, dialogue.id, [asdict(said)] * people)
    work.record("attendance.added", _subject(dialogue), {"people": people})


def remove(work: Work, round_key: str, attendance_id: int) -> None:
    """Take one person off the list. Problems: `round.unknown`, `dialogue.unknown`, `attendance.unknown`."""
    require(work, "attendance.write")
    dialogue = _held(work, round_key)
    if not dialogues_queries.remove(work.session, dialogue.id, attendance_id):
        raise Problem("attendance.unknown")
    work.record("attendance.removed", _subject(dialogue))


def keep(work: Work, round_key: str, filename: str, data: bytes) -> tuple[int, tuple[str, ...]]:
    """Read a file, store the columns that are read, and return its number and the headings not read.

    Problems: `round.unknown`, `dialogue.unknown`, and those of an unreadable file (`file.…`).
    """
    require(work, "attendance.write")
    table = read_tables(line(filename), data)[0][0]
    narrow = files.narrowed(table)
    dialogue = _held(work, round_key)
    upload = AttendanceFile(
        dialogue_id=dialogue.id,
        filename=line(filename)[:200] or "-",
        sha256=hashlib.sha256(data).hexdigest(),
        headings=list(narrow.headings),
        rows=[_stored(row) for row in narrow.rows],
        created_at=work.now,
    )
    work.session.add(upload)
    work.session.flush()
    work.record(
        "attendance.uploaded", _subject(dialogue), {"rows": len(narrow.rows), "sha256": upload.sha256}
    )
    return upload.id, files.unread(table)


def look(work: Work, round_key: str, number: int) -> Preview:
    """Return a preview of an uploaded file, row by row, and whether it can be undone.

    Problems: `round.unknown`, `dialogue.unknown`, `import.unknown`.
    """
    require(work, "attendance.read")
    round_line, dialogue = _of(work, round_key)
    upload = _upload(work, dialogue, number)
    read = _read(upload)
    return Preview(
        round=round_line,
        line=_line(upload),
        rows=read,
        people=sum(row.people for row in read if not row.faults),
        faulty=sum(bool(row.faults) for row in read),
        on_list=len(dialogues_queries.people(work.session, dialogue.id)),
        seen=dialogues_queries.state_of(work.session, dialogue.id),
        may_undo=_undo_refusal(work, dialogue, upload) is None,
    )


def carry_out(work: Work, round_key: str, number: int, way: Way, seen: str) -> int:
    """Write a file's people down, in place of the list or below it; nothing where a row is wrong.

    Problems: `round.unknown`, `dialogue.unknown`, `import.unknown`, `import.applied`,
    `attendance.faulty`, `attendance.stale`, `attendance.many`.
    """
    require(work, "attendance.write")
    dialogue = _held(work, round_key)
    upload = _upload(work, dialogue, number, hold=True)
    if upload.applied_at is not None:
        raise Problem("import.applied")
    read = _read(upload)
    if any(row.faults for row in read):
        raise Problem("attendance.faulty", count=sum(bool(row.faults) for row in read))
    if dialogues_queries.state_of(work.session, dialogue.id) != seen:
        raise Problem("attendance.stale")
    before = [_answers(each) for each in dialogues_queries.people(work.session, dialogue.id)]
    fresh = [asdict(row.answers) for row in read for _ in range(row.people)]
    _require_room(len(fresh) + (len(before) if way == "add" else 0))
    if way == "replace":
        dialogues_queries.clear(work.session, dialogue.id)
    dialogues_queries.add(work.session, dialogue.id, fresh)
    upload.applied_at = work.now
    upload.before = {"people": before, "after": dialogues_queries.state_of(work.session, dialogue.id)}
    work.record("attendance.imported", _subject(dialogue), {"people": len(fresh), "way": way})
    return len(fresh)


def undo(work: Work, round_key: str, number: int) -> None:
    """Restore the list of a session to its state before a file was applied.

    Problems: `round.unknown`, `dialogue.unknown`, `import.unknown`, `import.not_applied`,
    `import.undone`, `attendance.touched` (the list was changed since).
    """
    require(work, "attendance.write")
    dialogue = _held(work, round_key)
    upload = _upload(work, dialogue, number, hold=True)
    refusal = _undo_refusal(work, dialogue, upload)
    if refusal is not None:
        raise refusal
    dialogues_queries.clear(work.session, dialogue.id)
    dialogues_queries.add(work.session, dialogue.id, (upload.before or {})["people"])
    upload.undone_at = work.now
    work.record("attendance.undone", _subject(dialogue))


def _of(work: Work, round_key: str) -> tuple[RoundLine, Dialogue]:
    found, sizes = rounds.sized(work, round_key)
    return rounds.line_of(found, sizes, work.now), dialogues.written(work, found)


def _held(work: Work, round_key: str) -> Dialogue:
    return dialogues.written(work, rounds.hold(work, round_key), hold=True)


def _upload(work: Work, dialogue: Dialogue, number: int, *, hold: bool = False) -> AttendanceFile:
    found = dialogues_queries.file(work.session, dialogue.id, number, hold=hold)
    if found is None:
        raise Problem("import.unknown")
    return found


def _undo_refusal(work: Work, dialogue: Dialogue, upload: AttendanceFile) -> Problem | None:
    """Return the Problem for which a file cannot be undone; None if it can be."""
    if upload.applied_at is None or upload.before is None:
        return Problem("import.not_applied")
    if upload.undone_at is not None:
        return Problem("import.undone")
    if dialogues_queries.state_of(work.session, dialogue.id) != upload.before["after"]:
        return Problem("attendance.touched")
    return None


def _require_room(people: int) -> None:
    if people > MOST:
        raise Problem("attendance.many", most=MOST)


def _read(upload: AttendanceFile) -> tuple[AttendanceRow, ...]:
    return files.read(Table(tuple(upload.headings), tuple(_row(stored) for stored in upload.rows)))


def _answers(each: Attendance) -> dict[str, Any]:
    return {name: getattr(each, name) for name in dialogues_queries.ANSWERS}


def _entries(people: Sequence[Attendance]) -> tuple[Entry, ...]:
    """Return the list in the order in which it was written, with equal answers joined into one entry."""
    found: dict[Answers, list[int]] = {}
    for each in people:
        found.setdefault(Answers(**_answers(each)), []).append(each.id)
    return tuple(Entry(ids[-1], answers, len(ids)) for answers, ids in found.items())


def _line(upload: AttendanceFile) -> FileLine:
    return FileLine(upload.id, upload.filename, upload.created_at, upload.applied_at, upload.undone_at)


def _stored(row: Row) -> list[Any]:
    """Return a row as JSON keeps it: number, cells, and the fault as code and parameters or None."""
    fault = None if row.fault is None else [row.fault.code, row.fault.params]
    return [row.number, list(row.cells), fault]


def _row(stored: Sequence[Any]) -> Row:
    number, cells, fault = stored
    return Row(number, tuple(cells), None if fault is None else Problem(fault[0], **fault[1]))


def _subject(dialogue: Dialogue) -> str:
    return f"round:{dialogue.round_id}"

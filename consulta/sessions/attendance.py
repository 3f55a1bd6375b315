"""Attendance of a session, entered by hand or from a file, without names of people, and not public.

A file is imported whole or not at all: no row of it is known again in the next, so the rest of a file could
not be told from what is there. While the list is not changed since, it can be undone. What becomes
public of the list is decided in `figures`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.core.typed import as_written, from_stored
from consulta.panel import dialogues
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.importing.service import Importer, planned
from consulta.platform.importing.values import Change, PreviewRow
from consulta.platform.labels import name_of
from consulta.platform.texts import line
from consulta.rounds import service as rounds
from consulta.sessions import attendance_rows
from consulta.sessions import queries as dialogues_queries
from consulta.sessions.attendance_rows import FIELDS, NO_COUNTRY, Answers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.columns import Field
    from consulta.platform.importing.values import Plan
    from consulta.platform.models import Attendance, Dialogue, Round, Upload
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine

MOST = 20_000  # people of one session


@dataclass(frozen=True, slots=True)
class Entry:
    """People of one organisation who gave the same answers; `id` is that of the last one written down."""

    id: int
    answers: Answers
    people: int


@dataclass(frozen=True, slots=True)
class AttendanceView:
    """The list of a session."""

    round: RoundLine
    entries: tuple[Entry, ...]
    people: int


def list_people(work: Work, round_key: str) -> AttendanceView:
    """Return who took part in a session.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "attendance.read")
    round_line, dialogue = _of(work, round_key)
    people = dialogues_queries.people(work.session, dialogue.id)
    return AttendanceView(
        round=round_line,
        entries=_entries(people),
        people=len(people),
    )


def add(work: Work, round_key: str, answers: Answers, people: int = 1) -> None:
    """Write so many people with the same answers down.

    Problems: `round.unknown`, `dialogue.unknown`, `attendance.many`, those of `attendance_rows.faults_of`.
    """
    require(work, "attendance.write")
    dialogue = _held(work, round_key)
    said = Answers(line(answers.organisation), answers.country, answers.sector, answers.gender)
    for _, problem in attendance_rows.faults_of(said, people):
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


def _of(work: Work, round_key: str) -> tuple[RoundLine, Dialogue]:
    found, sizes = rounds.sized(work, round_key)
    return rounds.line_of(found, sizes, work.now), dialogues.written(work, found)


def _held(work: Work, round_key: str) -> Dialogue:
    return dialogues.written(work, rounds.hold(work, round_key), hold=True)


def _require_room(people: int) -> None:
    if people > MOST:
        raise Problem("attendance.many", most=MOST)


def _answers(each: Attendance) -> dict[str, Any]:
    return {name: getattr(each, name) for name in dialogues_queries.ANSWERS}


def _entries(people: Sequence[Attendance]) -> tuple[Entry, ...]:
    """Return the list in the order in which it was written, with equal answers joined into one entry."""
    found: dict[Answers, list[int]] = {}
    for each in people:
        found.setdefault(Answers(**_answers(each)), []).append(each.id)
    return tuple(Entry(ids[-1], answers, len(ids)) for answers, ids in found.items())


def _subject(dialogue: Dialogue) -> str:
    return f"round:{dialogue.round_id}"


@dataclass(frozen=True, slots=True)
class _Document:
    """What an import keeps for its undo: the list before, its digest afterwards, and how many it added."""

    people: Annotated[list[dict[str, Any]], as_written]
    after: str
    added: int


class AttendanceImporter(Importer):
    """People who took part, a row for those of one organisation with the same answers.

    Option of `carry_out`: `way`, whether the file takes the place of the list or is added to it.
    """

    key = "attendance"
    read_right = "attendance.read"

    def fields(self) -> Sequence[Field]:
        """Return the fields; names of people are not among them."""
        return FIELDS

    def place(self, work: Work, at: str, *, hold: bool) -> tuple[Round, Dialogue]:
        """Return the round and its session. Problems: `round.unknown`, `dialogue.unknown`."""
        found = rounds.hold(work, at) if hold else rounds.sized(work, at)[0]
        return found, dialogues.written(work, found, hold=hold)

    def round_of(self, place: tuple[Round, Dialogue]) -> Round:
        """Return the round of the session."""
        return place[0]

    def plan(self, work: Work, notes: Notes, place: tuple[Round, Dialogue]) -> Plan:
        """Return what importing the rows of a file would do now."""
        read = [(row.label, *attendance_rows.read(row, notes)) for row in notes.table.rows]
        rows = [_preview(number, answers, people, notes) for number, answers, people in read]
        good = [(answers, people) for number, answers, people in read if number not in notes.faults]
        session, dialogue = work.session, place[1].id
        effects = {
            "people": sum(people for _, people in good),
            "on_list": len(dialogues_queries.people(session, dialogue)),
        }
        return planned(rows, good, effects, dialogues_queries.state_of(session, dialogue))

    def write(
        self, work: Work, plan: Plan, place: tuple[Round, Dialogue], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the people down; return the list as it was, and a digest of it as it is now.

        Raise Problem `attendance.many` if the list becomes too long.
        """
        session, dialogue = work.session, place[1].id
        before = [_answers(each) for each in dialogues_queries.people(session, dialogue)]
        fresh = [asdict(answers) for answers, people in plan.drafts for _ in range(people)]
        _require_room(len(fresh) + (len(before) if options["way"] == "add" else 0))
        if options["way"] == "replace":
            dialogues_queries.clear(session, dialogue)
        dialogues_queries.add(session, dialogue, fresh)
        return {"people": before, "after": dialogues_queries.state_of(session, dialogue), "added": len(fresh)}

    def told(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return how many people were written down, and in which way."""
        return {"people": plan.counts.effects["people"], "way": options["way"]}

    def done(self, document: Mapping[str, Any]) -> Mapping[str, int]:
        """Return how many people were written down."""
        return {"people": from_stored(_Document, document).added}

    def undo_refusal(self, work: Work, upload: Upload, place: tuple[Round, Dialogue]) -> Problem | None:
        """Return Problem `attendance.touched` if the list was changed since, or None."""
        if (
            dialogues_queries.state_of(work.session, place[1].id)
            != from_stored(_Document, upload.undo or {}).after
        ):
            return Problem("attendance.touched")
        return None

    def put_back(self, work: Work, document: Mapping[str, Any], place: tuple[Round, Dialogue]) -> None:
        """Write the list anew as it was before."""
        dialogues_queries.clear(work.session, place[1].id)
        dialogues_queries.add(work.session, place[1].id, from_stored(_Document, document).people)


IMPORTER = AttendanceImporter()


def _preview(row: str, answers: Answers, people: int, notes: Notes) -> PreviewRow:
    faults = tuple(notes.faults.get(row, ()))
    said = {
        "sector": name_of("sector", answers.sector) if answers.sector else None,
        "gender": catalogue.genders_by_key()[answers.gender].name if answers.gender else None,
        "people": Text.name(str(people)),
    }
    return PreviewRow(
        row=row,
        kind="error" if faults else "new",
        organisation=answers.organisation,
        country=name_of("country", answers.country) if answers.country else NO_COUNTRY,
        contact="",
        changes=tuple(Change(field, None, text) for field, text in said.items() if text is not None),
        faults=faults,
        warnings=(),
    )

"""Attendance of a session, entered by hand or from a file, without names of people, and not public.

Names and addresses of people are no column that is read, and are not kept. Nothing is guessed: a text that
only resembles a country or a sector is a fault, told with the likely meaning. A file is imported whole or
not at all: no row of it is known again in the next, so the rest of a file could not be told from what is
there. While the list is not changed since, it can be undone. What becomes public of the list is decided in
`figures`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from sqlalchemy import delete, insert, select

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.core.typed import as_written, from_stored
from consulta.panel import dialogues
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.importing.cells import Cells
from consulta.platform.importing.columns import declared
from consulta.platform.importing.service import Importer, planned
from consulta.platform.importing.values import Change, PreviewRow
from consulta.platform.labels import name_of
from consulta.platform.log import seals
from consulta.platform.models import Attendance
from consulta.platform.texts import line
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from consulta.platform.data.catalogue import Sector
    from consulta.platform.formats.table import Row
    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.columns import Field
    from consulta.platform.importing.values import Plan
    from consulta.platform.models import Dialogue, Round, Upload
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


LABELS: Mapping[str, Text] = catalogue.terms("attendance")
"""The headings of our own template, in the order of its columns."""

SYNONYMS: Mapping[str, str] = {
    "organisation": "Organización;Organisation;Organization;Institución;Institution;Entidad"
    ";Organização;Instituição;Entidade",
    "country": "Código de país;Country code;ISO;Estado;State;Código do país",
    "sector": "Sector principal;Main sector;Setor principal",
    "group": "Parte;Tipo;Type;Party",
    "gender": "Sexo;Género declarado;Self-declared gender",
    "people": "Número de personas;Cantidad;Number of people;Count;Número de pessoas;Quantidade",
}
FIELDS = declared(LABELS, SYNONYMS, ("organisation", "country", "sector"))
NAME_MAX = 200
MOST_PEOPLE = 500  # of one organisation with one answer, in one row
NO_COUNTRY = catalogue.term("no_country", "regional")
_NO_COUNTRY = frozenset({"regional", *map(fold, NO_COUNTRY.values()), "sin pais", "sem pais", "no country"})
GROUPS: Mapping[str, Text] = catalogue.terms("groups")
_GROUPS = {
    **{fold(name): key for key, names in GROUPS.items() for name in names.values()},
    **dict.fromkeys(
        ("government", "gobierno", "gobiernos", "governos", "governments", "estado"), "government"
    ),
    **dict.fromkeys(("civil_society", "civil society", "sociedad civil", "mecanismo"), "civil_society"),
    **dict.fromkeys(
        ("united_nations", "united nations", "naciones unidas", "onu", "un", "un_system"), "united_nations"
    ),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers stored for a person who took part; the person's name is not among them."""

    organisation: str
    country: str  # "" for who speaks for no country
    sector: str
    gender: str | None = None


def group_of(sector: str) -> str:
    """Return the group for which a sector speaks: `government`, `united_nations` or `civil_society`.

    Civil society has all sectors except governments and the United Nations.
    """
    found = catalogue.sectors_by_key()[sector].group
    return {"government": "government", "un_system": "united_nations"}.get(found, "civil_society")


def _read_row(row: Row, notes: Notes) -> tuple[Answers, int]:
    """Return the answers of a row and how many people share them; add all faults to `notes`."""
    cells = Cells(row, notes)
    organisation = cells.text("organisation")
    if not organisation:
        cells.fault("organisation", Problem("nominee.missing"))
    elif len(organisation) > NAME_MAX:
        cells.fault("organisation", Problem("attendance.organisation", most=NAME_MAX))
    country = None if fold(cells.text("country")) in _NO_COUNTRY else cells.country()
    sector = _sector(cells)
    gender = cells.text("gender")
    known = catalogue.find_gender(cells.meant("gender")) if gender else None
    if gender and known is None:
        cells.fault("gender", Problem("nominee.gender", text=gender))
    people = _people(cells)
    answers = Answers(
        organisation,
        country.iso2 if country else "",
        sector.key if sector else "",
        known.key if known else None,
    )
    return answers, people


def _people(cells: Cells) -> int:
    text = cells.text("people")
    number = int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else 0 if text else 1
    if not 1 <= number <= MOST_PEOPLE:
        cells.fault("people", Problem("attendance.people", most=MOST_PEOPLE))
        return 1
    return number


def _sector(cells: Cells) -> Sector | None:
    """Return the sector of a row; a fault if it is missing, or if the group is unknown or contradicts it."""
    if not cells.text("sector"):
        cells.fault("sector", Problem("nominee.missing"))
    found = cells.sector()
    group = cells.one_of("group", _GROUPS, "attendance.group")
    if found and group and group != group_of(found.key):
        problem = Problem("attendance.other_group", text=cells.text("group"), sector=found.name)
        cells.fault("group", problem)
    return found


MOST = 20_000  # people of one session


@dataclass(frozen=True, slots=True)
class Entry:
    """People of one organisation who gave the same answers; `id` is that of the last one written down."""

    id: int
    answers: Answers
    people: int


@dataclass(frozen=True, slots=True)
class AttendanceView:
    """The list of a session, in the order in which it was written, equal answers joined."""

    round: RoundLine
    entries: tuple[Entry, ...]

    @property
    def people(self) -> int:
        """Return how many people are on the list."""
        return sum(each.people for each in self.entries)


def list_people(work: Work, round_key: str) -> AttendanceView:
    """Return who took part in a session.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "attendance.read")
    found, sizes = rounds.sized(work, round_key)
    numbers: dict[Answers, list[int]] = {}
    for number, answers in _listed(work.session, dialogues.written(work, found)):
        numbers.setdefault(answers, []).append(number)
    return AttendanceView(
        rounds.line_of(found, sizes, work.now),
        tuple(Entry(some[-1], answers, len(some)) for answers, some in numbers.items()),
    )


def people(session: Session, dialogue: Dialogue) -> list[Answers]:
    """Return the answers of each person on the list of a session."""
    return [answers for _number, answers in _listed(session, dialogue)]


def add(work: Work, round_key: str, answers: Answers, people: int = 1) -> None:
    """Write so many people with the same answers down.

    Problems: `round.unknown`, `dialogue.unknown`, `attendance.organisation`, `attendance.country`,
    `nominee.sector`, `nominee.gender`, `attendance.people`, `attendance.many`.
    """
    require(work, "attendance.write")
    dialogue = _held(work, round_key)
    organisation = line(answers.organisation)
    if not 1 <= len(organisation) <= NAME_MAX:
        raise Problem("attendance.organisation", most=NAME_MAX)
    if answers.country and answers.country not in catalogue.countries_by_code():
        raise Problem("attendance.country", text=answers.country)
    if answers.sector not in catalogue.sectors_by_key():
        raise Problem("nominee.sector", text=answers.sector)
    if answers.gender is not None and answers.gender not in catalogue.genders_by_key():
        raise Problem("nominee.gender", text=answers.gender)
    if not 1 <= people <= MOST_PEOPLE:
        raise Problem("attendance.people", most=MOST_PEOPLE)
    _require_room(len(_listed(work.session, dialogue)) + people)
    _add(work.session, dialogue, [asdict(replace(answers, organisation=organisation))] * people)
    work.record("attendance.added", f"round:{dialogue.round_id}", {"people": people})


def remove(work: Work, round_key: str, attendance_id: int) -> None:
    """Take one person off the list. Problems: `round.unknown`, `dialogue.unknown`, `attendance.unknown`."""
    require(work, "attendance.write")
    dialogue = _held(work, round_key)
    found = work.session.get(Attendance, attendance_id)
    if found is None or found.dialogue_id != dialogue.id:
        raise Problem("attendance.unknown")
    work.session.delete(found)
    work.record("attendance.removed", f"round:{dialogue.round_id}")


def _held(work: Work, round_key: str) -> Dialogue:
    return dialogues.written(work, rounds.hold(work, round_key), hold=True)


def _require_room(people: int) -> None:
    if people > MOST:
        raise Problem("attendance.many", most=MOST)


def _listed(session: Session, dialogue: Dialogue) -> list[tuple[int, Answers]]:
    """Return the number and the answers of each person, in the order in which they were entered."""
    query = select(
        Attendance.id, Attendance.organisation, Attendance.country, Attendance.sector, Attendance.gender
    ).where(Attendance.dialogue_id == dialogue.id)
    return [(row[0], Answers(*row[1:])) for row in session.execute(query.order_by(Attendance.id))]


def _add(session: Session, dialogue: Dialogue, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(Attendance), [{**row, "dialogue_id": dialogue.id} for row in rows])
        seals.touch_list(session, dialogue.id)


def _clear(session: Session, dialogue: Dialogue) -> None:
    session.execute(delete(Attendance).where(Attendance.dialogue_id == dialogue.id))
    seals.touch_list(session, dialogue.id)


def _state_of(session: Session, dialogue: Dialogue) -> str:
    """Return a digest of the list; it differs after every change."""
    listed = [[number, *asdict(answers).values()] for number, answers in _listed(session, dialogue)]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


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
        found = rounds.hold(work, at) if hold else rounds.known(work, at)
        return found, dialogues.written(work, found, hold=hold)

    def round_of(self, place: tuple[Round, Dialogue]) -> Round:
        """Return the round of the session."""
        return place[0]

    def plan(self, work: Work, notes: Notes, place: tuple[Round, Dialogue]) -> Plan:
        """Return what importing the rows of a file would do now."""
        read = [(row.label, *_read_row(row, notes)) for row in notes.table.rows]
        rows = [_preview(number, answers, people, notes) for number, answers, people in read]
        good = [(answers, people) for number, answers, people in read if number not in notes.faults]
        effects = {
            "people": sum(people for _, people in good),
            "on_list": len(_listed(work.session, place[1])),
        }
        return planned(rows, good, effects, _state_of(work.session, place[1]))

    def write(
        self, work: Work, plan: Plan, place: tuple[Round, Dialogue], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the people down; return the list as it was, and a digest of it as it is now.

        Raise Problem `attendance.many` if the list becomes too long.
        """
        before = [asdict(answers) for answers in people(work.session, place[1])]
        fresh = [asdict(answers) for answers, count in plan.drafts for _ in range(count)]
        _require_room(len(fresh) + (len(before) if options["way"] == "add" else 0))
        if options["way"] == "replace":
            _clear(work.session, place[1])
        _add(work.session, place[1], fresh)
        return {"people": before, "after": _state_of(work.session, place[1]), "added": len(fresh)}

    def told(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return how many people were written down, and in which way."""
        return {"people": plan.counts.effects["people"], "way": options["way"]}

    def done(self, document: Mapping[str, Any]) -> Mapping[str, int]:
        """Return how many people were written down."""
        return {"people": from_stored(_Document, document).added}

    def undo_refusal(self, work: Work, upload: Upload, place: tuple[Round, Dialogue]) -> Problem | None:
        """Return Problem `attendance.touched` if the list was changed since, or None."""
        after = from_stored(_Document, upload.undo or {}).after
        return Problem("attendance.touched") if _state_of(work.session, place[1]) != after else None

    def put_back(self, work: Work, document: Mapping[str, Any], place: tuple[Round, Dialogue]) -> None:
        """Write the list anew as it was before."""
        _clear(work.session, place[1])
        _add(work.session, place[1], from_stored(_Document, document).people)


IMPORTER = AttendanceImporter()


def _preview(row: str, answers: Answers, people: int, notes: Notes) -> PreviewRow:
    faults = tuple(notes.faults.get(row, ()))
    changes = {
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
        changes=tuple(Change(field, None, text) for field, text in changes.items() if text is not None),
        faults=faults,
        warnings=(),
    )

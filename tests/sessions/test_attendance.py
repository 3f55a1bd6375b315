"""Who took part: understood row by row, written whole or not at all, taken back, and without names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.platform.formats.delimited import write_csv
from consulta.platform.models import Upload
from consulta.sessions import attendance
from consulta.sessions.attendance import IMPORTER, Answers, group_of
from tests.cases import for_each
from tests.drafts import KEY, make_open, reading, writing
from tests.panel.dialogues.test_dialogues import command, save

if TYPE_CHECKING:
    from consulta.platform.importing.values import Preview
    from consulta.platform.work import Bench
    from consulta.sessions.attendance import AttendanceView

HEADINGS = ["Nombre", "Organización", "Country", "Sector", "Grupo", "Género", "Personas"]
GOOD = [
    ["Ana Pérez", "Ministerio de Prueba", "Perú", "Gobierno nacional", "Gobierno", "Mujer", "2"],
    ["Luis Díaz", "Red de Prueba", "jm", "ONG", "sociedad civil", "", ""],
    ["Eva Ruiz", "Agencia de Prueba", "Regional", "ONU", "", "Prefiero no contestar", "1"],
]


@pytest.fixture
def desk(bench: Bench) -> Bench:
    """A round whose session is written down."""
    make_open(bench)
    save(bench, command())
    return bench


def upload(bench: Bench, rows: list[list[str]], headings: list[str] | None = None) -> int:
    with writing(bench) as work:
        return IMPORTER.keep(work, "lista.csv", write_csv(headings or HEADINGS, rows), KEY)


def look(bench: Bench, number: int) -> Preview:
    with reading(bench) as work:
        return IMPORTER.look(work, number, KEY)


def listed(bench: Bench) -> AttendanceView:
    with reading(bench) as work:
        return attendance.list_people(work, KEY)


def carry_out(bench: Bench, number: int, way: str = "replace", seen: str | None = None) -> int:
    seen = look(bench, number).seen if seen is None else seen
    with writing(bench) as work:
        return IMPORTER.carry_out(work, number, seen, KEY, way=way)


def test_a_file_is_shown_then_written_then_taken_back(desk: Bench) -> None:
    with writing(desk) as work:
        attendance.add(work, KEY, Answers("  Red  Primera ", "MX", "ngo", "man"), 3)
    before = listed(desk).entries
    assert [(entry.answers.organisation, entry.people) for entry in before] == [("Red Primera", 3)]
    number = upload(desk, GOOD)
    shown = look(desk, number)
    assert (shown.counts.effects, shown.counts.errors) == ({"people": 4, "on_list": 3}, 0)
    assert shown.undo_refusal.code == "import.not_applied"
    assert shown.unread == ("Nombre",)
    assert listed(desk).entries == before
    assert carry_out(desk, number) == 3
    after = listed(desk)
    assert after.people == 4
    assert [entry.answers for entry in after.entries] == [
        Answers("Ministerio de Prueba", "PE", "gov_national", "woman"),
        Answers("Red de Prueba", "JM", "ngo", None),
        Answers("Agencia de Prueba", "", "un_system", "no_answer"),
    ]
    with pytest.raises(Problem, match=r"import\.applied"):
        carry_out(desk, number)
    with writing(desk) as work:
        IMPORTER.undo(work, number, KEY)
    assert [(entry.answers, entry.people) for entry in listed(desk).entries] == [
        (entry.answers, entry.people) for entry in before
    ]
    with writing(desk) as work, pytest.raises(Problem, match=r"import\.undone"):
        IMPORTER.undo(work, number, KEY)
    carry_out(desk, upload(desk, GOOD[1:2]), "add")
    assert listed(desk).people == 4, "added to those who were there"


def test_names_of_people_are_not_kept(desk: Bench) -> None:
    number = upload(desk, GOOD)
    with reading(desk) as work:
        kept = work.session.get(Upload, number)
        assert kept is not None
        said = repr((kept.headings, kept.rows))
    assert "Ana" not in said
    assert "Nombre" not in said
    assert "Ministerio de Prueba" in said


@for_each(
    "place, cell, code",
    [
        (1, "", "nominee.missing"),
        (1, "x" * 201, "attendance.organisation"),
        (2, "", "row.country_missing"),
        (2, "España", "row.country_unknown"),
        (2, "Atlántida", "row.country_unknown"),
        (2, "Ecuadro", "row.country_near"),
        (3, "Piratas", "row.sector_unknown"),
        (3, "Sindicado", "row.sector_near"),
        (4, "Marcianos", "attendance.group"),
        (4, "Naciones Unidas", "attendance.other_group"),
        (5, "quizá", "nominee.gender"),
        (6, "0", "attendance.people"),
        (6, "muchas", "attendance.people"),
        (6, "501", "attendance.people"),
    ],
)
def test_one_wrong_cell_is_told_and_keeps_the_whole_file_out(
    desk: Bench, place: int, cell: str, code: str
) -> None:
    row = list(GOOD[0])
    row[place] = cell
    number = upload(desk, [*GOOD[1:], row])
    shown = look(desk, number)
    (fault,) = [fault for each in shown.rows for fault in each.faults]
    assert (fault.problem.code, fault.row, fault.column) == (code, "4", HEADINGS[place])
    assert (shown.counts.errors, shown.counts.effects["people"]) == (1, 2)
    with pytest.raises(Problem, match=r"import\.faulty"):
        carry_out(desk, number)
    assert listed(desk).people == 0


def test_nothing_is_written_over_a_list_that_changed_meanwhile(desk: Bench) -> None:
    first, second = upload(desk, GOOD), upload(desk, GOOD[:1])
    seen = look(desk, second).seen
    carry_out(desk, first)
    with pytest.raises(Problem, match=r"import\.stale"):
        carry_out(desk, second, seen=seen)
    last = listed(desk).entries[-1]
    with writing(desk) as work:
        attendance.remove(work, KEY, last.id)
        attendance.add(work, KEY, Answers("Otra", "PE", "ngo"))
    assert look(desk, first).undo_refusal.code == "attendance.touched"
    with writing(desk) as work, pytest.raises(Problem, match=r"attendance\.touched"):
        IMPORTER.undo(work, first, KEY)
    with writing(desk) as work, pytest.raises(Problem, match=r"attendance\.unknown"):
        attendance.remove(work, KEY, 999)


def test_by_hand_the_same_holds_as_in_a_file(desk: Bench) -> None:
    for answers, people, code in (
        (Answers("", "PE", "ngo"), 1, "attendance.organisation"),
        (Answers("Red", "ES", "ngo"), 1, "attendance.country"),
        (Answers("Red", "PE", "pirates"), 1, "nominee.sector"),
        (Answers("Red", "PE", "ngo", "maybe"), 1, "nominee.gender"),
        (Answers("Red", "PE", "ngo"), 0, "attendance.people"),
    ):
        with writing(desk) as work, pytest.raises(Problem, match=code.replace(".", r"\.")):
            attendance.add(work, KEY, answers, people)
    assert listed(desk).people == 0


@for_each(
    "sector, group",
    [
        ("gov_local", "government"),
        ("parliament", "government"),
        ("un_system", "united_nations"),
        ("ngo", "civil_society"),
        ("red_cross", "civil_society"),
    ],
)
def test_a_group_follows_from_the_sector(sector: str, group: str) -> None:
    assert group_of(sector) == group

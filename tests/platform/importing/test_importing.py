"""What every import has: sheets that are said and chosen, values answered, nothing written unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.panel.nominees_import import IMPORTER as NOMINEES
from consulta.people.members_import import IMPORTER as MEMBERS
from consulta.platform.models import LogEntry, Upload
from consulta.sessions.attendance import IMPORTER as ATTENDANCE
from tests.drafts import KEY, make_draft, make_open, reading, writing
from tests.panel.dialogues.test_dialogues import command, save
from tests.people.members.test_members_sheets import workbook
from tests.platform.formats.other_files import N_A, ods, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.importing.service import Importer
    from consulta.platform.importing.values import Preview
    from consulta.platform.work import Bench

LISTS: dict[str, tuple[Importer, str, tuple[str, ...], tuple[str, ...], dict[str, Any]]] = {
    "members": (MEMBERS, "", ("Organización", "País", "Sector"), ("Red {}", "Perú", "ONG"), {}),
    "nominees": (
        NOMINEES,
        KEY,
        ("Nombre", "Organización", "Rol", "País", "Sector"),
        ("Ana {}", "Red", "Mecanismo", "Perú", "ONG"),
        {},
    ),
    "attendance": (
        ATTENDANCE,
        KEY,
        ("Organización", "País", "Sector"),
        ("Red {}", "Perú", "ONG"),
        {"way": "replace"},
    ),
}


class Desk:
    """A list and its importer."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.bench = bench
        self.importer, self.at, self.headings, self._row, self._options = LISTS[name]
        if name == "nominees":
            make_draft(bench, 2)
        if name == "attendance":
            make_open(bench)
            save(bench, command())

    def row(self, number: int, **cells: str) -> tuple[str, ...]:
        filled = zip(self.headings, self._row, strict=True)
        return tuple(cells.get(heading, text.format(number)) for heading, text in filled)

    def keep(self, data: bytes) -> int:
        with writing(self.bench) as work:
            return self.importer.keep(work, "lista", data, self.at)

    def look(self, number: int) -> Preview:
        with reading(self.bench) as work:
            return self.importer.look(work, number, self.at)

    def choose(self, number: int, sheets: Sequence[int]) -> None:
        with writing(self.bench) as work:
            self.importer.choose(work, number, sheets, self.at)

    def carry_out(self, number: int, seen: str) -> int:
        with writing(self.bench) as work:
            return self.importer.carry_out(work, number, seen, self.at, **self._options)

    def undo(self, number: int) -> None:
        with writing(self.bench) as work:
            self.importer.undo(work, number, self.at)


@pytest.fixture(params=LISTS)
def desk(request: pytest.FixtureRequest, bench: Bench) -> Desk:
    return Desk(bench, request.param)


def test_sheets_with_the_headings_are_read_together_and_can_be_left_out(desk: Desk) -> None:
    number = desk.keep(
        workbook(
            ("Norte", [desk.headings, desk.row(1)]),
            ("Presupuesto", [("Rubro", "Monto"), ("Papel", "12")]),
            ("Sur", [desk.headings, desk.row(2), desk.row(3)]),
        )
    )
    both = desk.look(number)
    assert [(each.name, each.rows, each.reason) for each in both.sheets] == [
        ("Norte", 1, ""),
        ("Sur", 2, ""),
        ("Presupuesto", 1, "headings"),
    ]
    assert [str(each.row) for each in both.rows] == ["2 (Norte)", "2 (Sur)", "3 (Sur)"]
    desk.choose(number, [1])
    one = desk.look(number)
    assert [str(each.row) for each in one.rows] == ["2", "3"]
    assert [each.reason for each in one.sheets] == ["left", "", "headings"]
    with pytest.raises(Problem, match=r"import\.stale"):
        desk.carry_out(number, both.seen)
    with pytest.raises(Problem, match=r"import\.no_sheet"):
        desk.choose(number, [2])
    assert desk.carry_out(number, one.seen) == 2
    with pytest.raises(Problem, match=r"import\.applied"):
        desk.choose(number, [0, 1])


def test_a_fault_names_sheet_row_and_column(desk: Desk) -> None:
    spoilt = desk.row(2, País="#REF!")
    number = desk.keep(workbook(("A", [desk.headings, desk.row(1)]), ("B", [desk.headings, spoilt])))
    (broken,) = [each for each in desk.look(number).rows if each.faults]
    fault = broken.faults[0]
    assert (str(fault.row), fault.column, fault.problem.code) == ("2 (B)", "País", "file.cell_error")
    assert str(fault.problem.params["row"]) == "2 (B)"


def test_errors_in_cells_of_ods_keep_a_row_out(desk: Desk) -> None:
    """An error that became an empty cell would have been read as nothing to change."""
    of_calc = ods(("A", [row(*desk.headings), row(*desk.row(1)), row(*desk.row(2)[:-1], N_A)]))
    view = desk.look(desk.keep(of_calc))
    assert [bool(each.faults) for each in view.rows] == [False, True]
    assert view.rows[1].faults[0].problem.code == "file.cell_error"


def test_nothing_is_written_before_the_preview_is_confirmed_and_all_of_it_is_put_back(desk: Desk) -> None:
    number = desk.keep(ods(("A", [row(*desk.headings), row(*desk.row(1)), row(*desk.row(2))])))
    before = desk.look(number)
    assert (before.counts.new, before.counts.errors, before.done) == (2, 0, None)
    assert before.undo_refusal is not None
    with pytest.raises(Problem, match=r"import\.stale"):
        desk.carry_out(number, "0" * 64)
    assert desk.look(number).seen == before.seen
    assert desk.carry_out(number, before.seen) == 2
    after = desk.look(number)
    assert (after.undo_refusal, sum((after.done or {}).values())) == (None, 2)
    desk.undo(number)
    again = desk.keep(ods(("A", [row(*desk.headings), row(*desk.row(1)), row(*desk.row(2))])))
    assert desk.look(again).seen == before.seen, "the list is as it was"
    with pytest.raises(Problem, match=r"import\.undone"):
        desk.undo(number)


def test_a_value_is_answered_once_for_all_its_rows(desk: Desk) -> None:
    rows = [desk.row(number, Sector="Gente de mar") for number in (1, 2)]
    number = desk.keep(workbook(("A", [desk.headings, *rows])))
    (offer,) = desk.look(number).offers
    assert (offer.field, offer.rows) == ("sector", 2)
    with writing(desk.bench) as work:
        desk.importer.understand(work, number, "sector", "gente de mar", "trade_union", desk.at)
    assert (desk.look(number).counts.errors, desk.look(number).offers) == (0, ())


def test_columns_that_mean_nothing_are_said_and_not_kept(desk: Desk) -> None:
    data = workbook(("A", [(*desk.headings, "Apodo"), (*desk.row(1), "Pepe 0000")]))
    view = desk.look(desk.keep(data))
    assert view.unread == ("Apodo",)
    with reading(desk.bench) as work:
        kept = work.session.get_one(Upload, view.line.id)
        assert "Pepe 0000" not in repr(kept.rows)


def test_an_upload_of_one_list_is_none_of_another(bench: Bench) -> None:
    desk = Desk(bench, "nominees")
    number = desk.keep(workbook(("A", [desk.headings, desk.row(1)])))
    with reading(bench) as work, pytest.raises(Problem, match=r"import\.unknown"):
        MEMBERS.look(work, number)


def test_each_step_is_in_the_log(desk: Desk) -> None:
    number = desk.keep(workbook(("A", [desk.headings, desk.row(1)])))
    desk.carry_out(number, desk.look(number).seen)
    desk.undo(number)
    with reading(desk.bench) as work:
        acts = list(work.session.scalars(select(LogEntry.action).order_by(LogEntry.seq)))
    assert [act for act in acts if act.startswith(desk.importer.key)] == [
        f"{desk.importer.key}.{act}" for act in ("uploaded", "imported", "undone")
    ]

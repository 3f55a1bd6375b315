"""A members' file from upload to undo."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.people import members
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.people.members_import import IMPORTER as MEMBERS
from consulta.platform import database as db
from consulta.platform.listing import PAGE, Wanted
from consulta.platform.models import Contact, LogEntry, Nomination, Organisation, Round, Upload
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from tests import members_file
from tests.cases import for_each
from tests.changing import ASKED
from tests.factories import build_link, build_organisation, build_round, build_seat, moment, open_now
from tests.texts import TWO

if TYPE_CHECKING:
    from consulta.platform.importing.values import Preview, PreviewRow

HEADINGS = "Organización;País;Sector;Valor base;Etiquetas;Contacto;Correo electrónico;Idioma;Puede votar"


def csv(*lines: str, headings: str = HEADINGS) -> bytes:
    return "\r\n".join([headings, *lines]).encode()


def keep(bench: Bench, data: bytes, filename: str = "integrantes.csv") -> int:
    with bench.work(COMMAND, moment()) as work:
        return MEMBERS.keep(work, filename, data)


def look(bench: Bench, number: int) -> Preview:
    with bench.read(COMMAND, moment()) as work:
        return MEMBERS.look(work, number)


def carry_out(bench: Bench, number: int, seen: str | None = None) -> None:
    with bench.work(COMMAND, moment()) as work:
        MEMBERS.carry_out(work, number, seen or MEMBERS.look(work, number).seen)


def undo(bench: Bench, number: int) -> None:
    with bench.work(COMMAND, moment()) as work:
        MEMBERS.undo(work, number)


def imported(bench: Bench, *lines: str) -> int:
    number = keep(bench, csv(*lines))
    carry_out(bench, number)
    return number


def everything(bench: Bench) -> list[Any]:
    """All organisations and contacts, column by column."""
    with bench.read(COMMAND, moment()) as work:
        return [
            tuple(row)
            for model in (Organisation, Contact)
            for row in work.session.execute(select(*model.__table__.columns).order_by(model.id))
        ]


def codes(row: PreviewRow) -> list[str]:
    return [note.problem.code for note in (*row.faults, *row.warnings)]


# -- the file of two hundred rows


def files() -> list[Any]:
    made = members_file.fixture()
    # In Windows-1252 doubly encoded letters look like UTF-8: then the whole file is read as that.
    plain = members_file.fixture([each for each in members_file.MISTAKES if each.name != "broken letters"])
    return [
        pytest.param(members_file.as_xlsx(made), made, id="workbook"),
        pytest.param(members_file.as_csv(made), made, id="commas"),
        pytest.param(members_file.as_csv(made, ";", "utf-8"), made, id="semicolons"),
        pytest.param(members_file.as_csv(made, "\t", "utf-8"), made, id="tabs"),
        pytest.param(members_file.as_csv(plain, ";", "cp1252"), plain, id="windows-1252"),
    ]


@pytest.mark.parametrize(("data", "made"), files())
def test_each_mistake_is_told_where_it_is_and_nothing_else(
    bench: Bench, data: bytes, made: members_file.Fixture
) -> None:
    view = look(bench, keep(bench, data))
    found = {
        int(row.row): {(note.column, note.problem.code, True) for note in row.faults}
        | {(note.column, note.problem.code, False) for note in row.warnings}
        for row in view.rows
    }
    expected = {
        number: {(each.column, each.code, each.fault) for each in made.expected.get(number, ())}
        for number in made.rows
    }
    assert found == expected
    assert {int(row.row) for row in view.rows if row.kind == "error"} == made.wrong
    assert view.counts.rows == members_file.ROWS
    assert view.counts.errors == len(made.wrong)
    assert view.unread == ()


@pytest.mark.deep
def test_the_good_rows_are_imported_and_then_the_same(bench: Bench) -> None:
    made = members_file.fixture()
    number = keep(bench, members_file.as_xlsx(made))
    before = look(bench, number)
    carry_out(bench, number, before.seen)
    with bench.read(COMMAND, moment()) as work:
        names = {line.name for line in members.list_members(work, Wanted()).rows}
    after = look(bench, number)
    assert "=HYPERLINK(1)" in {row.organisation for row in after.rows if row.kind == "same"}
    assert len(names) == PAGE
    assert after.counts.errors == before.counts.errors == len(made.wrong)
    assert after.counts.same == after.counts.good == before.counts.good
    assert after.done is not None
    assert after.done["organisations_added"] == before.counts.effects["organisations_added"]
    assert after.done["contacts_added"] == before.counts.effects["contacts_added"]


def test_nothing_is_written_by_looking(bench: Bench) -> None:
    number = keep(bench, members_file.as_xlsx(members_file.fixture()))
    look(bench, number)
    assert everything(bench) == []


# -- rows against rows


def test_several_rows_of_one_organisation_are_its_contacts(bench: Bench) -> None:
    imported(
        bench,
        "Red Andina;PE;ONG;2;a;Ana;ana@example.org;es;sí",
        "RED ANDINA;Perú;;;b, a;Luis;luis@example.org;en;no",
        "Red  Andina;PER;NGO;2;;;june@example.org;;",
    )
    with bench.read(COMMAND, moment()) as work:
        (line,) = members.list_members(work, Wanted()).rows
    assert (line.name, line.categories["sector"], line.base, line.tags) == (
        "Red Andina",
        "ngo",
        2,
        ["a", "b"],
    )
    assert [(c.name, c.email, c.language, c.may_vote) for c in line.contacts] == [
        ("Ana", "ana@example.org", "es", True),
        ("Luis", "luis@example.org", "en", False),
        ("june@example.org", "june@example.org", "es", True),
    ]


def test_a_contact_is_written_to_in_the_language_of_its_country(bench: Bench) -> None:
    imported(bench, "Open Doors;Jamaica;NGO;;;;june@example.org;;", "Puertas;Perú;NGO;;;;ana@example.org;;")
    with bench.read(COMMAND, moment()) as work:
        lines = members.list_members(work, Wanted()).rows
    assert {line.country: line.contacts[0].language for line in lines} == {"JM": "en", "PE": "es"}


def test_rows_that_contradict_each_other_are_both_left_out_and_named(bench: Bench) -> None:
    view = look(
        bench,
        keep(
            bench,
            csv(
                "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí",
                "Puertas;CL;ONG;1;;Eva;eva@example.org;es;sí",
                "Red Andina;PE;Sindicato;1;;Luis;luis@example.org;es;sí",
                "Red Andina;PE;;;;Mar;mar@example.org;es;sí",
            ),
        ),
    )
    assert [row.kind for row in view.rows] == ["error", "new", "error", "error"]
    for row in (view.rows[0], view.rows[2], view.rows[3]):
        (fault,) = row.faults
        params = fault.problem.params
        assert fault.problem.code == "row.sector_differs"
        assert (fault.column, params["first"], params["second"]) == ("Sector", "2", "4")
        assert params["other"]["es"] == "Sindicato"


def test_a_row_without_sector_needs_another_that_gives_it(bench: Bench) -> None:
    view = look(
        bench,
        keep(
            bench,
            csv(
                "Red Andina;PE;ONG;1;;Ana;ana@;es;sí",
                "Red Andina;PE;;;;Luis;luis@example.org;es;sí",
            ),
        ),
    )
    assert [codes(row) for row in view.rows] == [["row.email"], ["row.sector_missing"]]


def test_the_order_of_rows_and_columns_does_not_matter(bench: Bench) -> None:
    data = csv("ana@example.org,NGO,Peru,Red Andina", headings="E-mail,Sector,Country,Organisation").replace(
        b";", b","
    )
    view = look(bench, keep(bench, data))
    assert view.counts.new == 1
    assert view.understood == (
        ("email", "E-mail"),
        ("sector", "Sector"),
        ("country", "Country"),
        ("organisation", "Organisation"),
    )


def test_columns_that_mean_nothing_are_named(bench: Bench) -> None:
    data = csv("Red Andina;PE;ONG;555", headings="Organización;País;Sector;Presupuesto")
    assert look(bench, keep(bench, data)).unread == ("Presupuesto",)


# -- rows against the list


def test_what_changes_is_told_from_what_to_what(bench: Bench) -> None:
    imported(bench, "Red Andina;PE;ONG;1;a;Ana;ana@example.org;es;sí")
    number = keep(bench, csv("RED ANDINA;PE;Sindicato;3;b;Ana María;ana@example.org;en;no"))
    (row,) = look(bench, number).rows
    assert row.kind == "changed"
    assert [(each.field, each.old and each.old.best("en"), each.new.best("en")) for each in row.changes] == [
        ("sector", "Non-governmental organisation", "Trade union"),
        ("base", "1", "3"),
        ("tags", "a", "b"),
        ("contact", "Ana", "Ana María"),
        ("language", "Spanish", "English"),
        ("may_vote", "yes", "no"),
    ]
    carry_out(bench, number)
    with bench.read(COMMAND, moment()) as work:
        (line,) = members.list_members(work, Wanted()).rows
    assert (line.name, line.categories["sector"], line.base, line.tags) == (
        "Red Andina",
        "trade_union",
        3,
        ["b"],
    )
    assert line.contacts[0].language == "en"


@pytest.mark.parametrize("name", ["RED RAICES", "red raíces.", "Red-Raíces"])
def test_a_name_that_differs_in_capitals_or_signs_stays_as_it_was(bench: Bench, name: str) -> None:
    imported(bench, "Red Raíces;PE;ONG;1;;Ana;ana@example.org;es;sí")
    number = keep(bench, csv(f"{name};PE;;;;Luz;luz@example.org;;"))
    (row,) = look(bench, number).rows
    assert (row.kind, [note.problem.code for note in row.warnings]) == ("changed", ["row.spelt_on_list"])
    assert [each.field for each in row.changes] == ["contact"]
    carry_out(bench, number)
    with bench.read(COMMAND, moment()) as work:
        (line,) = members.list_members(work, Wanted()).rows
    assert (line.name, len(line.contacts)) == ("Red Raíces", 2)


def test_two_spellings_in_one_file_are_one_organisation_with_the_first_name(bench: Bench) -> None:
    rows = ("Red Raíces;PE;ONG;1;;Ana;ana@example.org;es;sí", "RED RAICES;PE;;;;Luz;luz@example.org;;")
    view = look(bench, keep(bench, csv(*rows)))
    assert [[note.problem.code for note in row.warnings] for row in view.rows] == [[], ["row.spelt_in_file"]]
    assert (view.counts.effects["organisations_added"], view.counts.effects["contacts_added"]) == (1, 2)


def test_an_empty_cell_and_an_absent_column_change_nothing(bench: Bench) -> None:
    imported(bench, "Red Andina;PE;ONG;4;a;Ana;ana@example.org;en;no")
    empty = look(bench, keep(bench, csv("Red Andina;PE;;;;;ana@example.org;;")))
    absent = look(bench, keep(bench, csv("Red Andina;PE;ONG", headings="Organización;País;Sector")))
    assert empty.counts.same == absent.counts.same == 1


def test_a_new_contact_of_a_known_organisation_is_a_change(bench: Bench) -> None:
    imported(bench, "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí")
    view = look(bench, keep(bench, csv("Red Andina;PE;ONG;1;;Luis;luis@example.org;es;sí")))
    assert view.rows[0].kind == "changed"
    assert (view.counts.effects["contacts_added"], view.counts.effects["organisations_changed"]) == (1, 0)
    assert view.rows[0].changes[0].new["en"] == "Luis <luis@example.org>, Spanish, may vote"


def test_organisations_that_the_file_does_not_name_are_counted_and_stay(bench: Bench) -> None:
    imported(bench, "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí", "Puertas;CL;ONG;;;;eva@example.org;;")
    number = keep(bench, csv("Red Andina;PE;Sindicato;1;;;;;"))
    assert look(bench, number).counts.effects["unnamed"] == 1
    carry_out(bench, number)
    with bench.read(COMMAND, moment()) as work:
        assert members.list_members(work, Wanted(chosen={"active": "yes"})).found == 2


def test_what_is_on_the_list_is_looked_at_for_likeness(bench: Bench) -> None:
    imported(
        bench,
        "Mesa de Movilidad Humana;PE;ONG;1;;Ana;ana@example.org;es;sí",
        "Puertas Abiertas;CL;ONG;1;;Eva;eva@example.org;es;sí",
    )
    view = look(
        bench,
        keep(
            bench,
            csv(
                "Mesa de Mobilidad Humana;PE;ONG;1;;Luis;luis@example.org;es;sí",
                "Puertas Abiertas;BO;ONG;1;;Eva;EVA@example.org;es;sí",
            ),
        ),
    )
    assert [row.kind for row in view.rows] == ["new", "new"]
    assert [codes(row) for row in view.rows] == [
        ["row.near_on_list"],
        ["row.elsewhere_on_list", "row.address_shared"],
    ]
    assert view.rows[1].warnings[0].problem.params["country"]["es"] == "Chile"


def test_what_is_deactivated_stays_so_and_is_said(bench: Bench) -> None:
    imported(
        bench,
        "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí",
        "Puertas;CL;ONG;1;;Eva;eva@example.org;es;sí",
    )
    with bench.work(COMMAND, moment()) as work:
        first, second = members.list_members(work, Wanted()).rows
        members.switch_organisation(work, second.id, active=False)
        members.switch_contact(work, first.id, first.contacts[0].id, active=False)
    view = look(
        bench,
        keep(
            bench,
            csv(
                "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí",
                "Puertas;CL;ONG;1;;Eva;eva@example.org;es;sí",
            ),
        ),
    )
    by_name = {row.organisation: row for row in view.rows}
    inactive, silent = (second.name, first.name)
    assert codes(by_name[inactive]) == ["row.inactive"]
    assert codes(by_name[silent]) == ["row.no_contact", "row.contact_inactive"]
    assert view.counts.changes == 0


# -- seen and done are the same


def test_a_preview_gone_stale_is_not_imported(bench: Bench) -> None:
    number = keep(bench, csv("Red Andina;PE;ONG;2;;Ana;ana@example.org;es;sí"))
    seen = look(bench, number).seen
    with bench.work(COMMAND, moment()) as work:
        members.add_organisation(work, OrganisationCommand("Red Andina", "PE", {"sector": "media"}))
    before = everything(bench)
    with pytest.raises(Problem, match=r"import\.stale"):
        carry_out(bench, number, seen)
    assert everything(bench) == before
    anew = look(bench, number)
    assert anew.rows[0].kind == "changed"
    carry_out(bench, number, anew.seen)


def test_what_does_not_touch_the_preview_does_not_make_it_stale(bench: Bench) -> None:
    number = keep(bench, csv("Red Andina;PE;ONG;2;;Ana;ana@example.org;es;sí"))
    seen = look(bench, number).seen
    with bench.work(COMMAND, moment()) as work:
        members.add_organisation(
            work, OrganisationCommand("Sindicato del Mar", "CL", {"sector": "trade_union"})
        )
    carry_out(bench, number, seen)
    assert look(bench, number).counts.same == 1


def test_a_file_is_imported_once(bench: Bench) -> None:
    number = imported(bench, "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí")
    with pytest.raises(Problem, match=r"import\.applied"):
        carry_out(bench, number)


def test_a_file_that_changes_nothing_is_not_imported(bench: Bench) -> None:
    line = "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí"
    imported(bench, line)
    with pytest.raises(Problem, match=r"import\.nothing"):
        imported(bench, line)


def test_the_file_is_kept_as_it_was_read(bench: Bench) -> None:
    number = keep(bench, csv("Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí"), "mi lista.csv")
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.get_one(Upload, number)
        assert kept.filename == "mi lista.csv"
        assert kept.rows == [
            [2, ["Red Andina", "PE", "ONG", "1", "", "Ana", "ana@example.org", "es", "sí"], None]
        ]


@for_each(
    "data, code",
    [
        (b"", "file.empty"),
        (HEADINGS.encode(), "file.no_rows"),
        (b"Nombre;Correo\r\nRed;a@example.org", "file.headings_missing"),
        (b"Nombre;Name;Country;Sector\r\nRed;Red;PE;ONG", "file.headings_doubled"),
        (b"PK\x03\x04 nothing", "file.damaged"),
        (b"\x89PNG\r\n", "file.unknown_kind"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_nothing_behind(bench: Bench, data: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        keep(bench, data)
    assert caught.value.code == code
    with bench.read(COMMAND, moment()) as work:
        assert MEMBERS.uploads(work) == ()


# -- undo


@pytest.mark.usefixtures("one_moment")
def test_undoing_puts_everything_back(bench: Bench) -> None:
    imported(
        bench,
        "Red Andina;PE;ONG;1;a;Ana;ana@example.org;es;sí",
        "Puertas;CL;ONG;1;;Eva;eva@example.org;es;sí",
    )
    before = everything(bench)
    number = imported(
        bench,
        "RED ANDINA;PE;Sindicato;3;b;Ana María;ana@example.org;en;no",
        "Red Andina;PE;;;;Luis;luis@example.org;es;sí",
        "Nueva Casa;BO;ONG;1;;Mar;mar@example.org;es;sí",
    )
    assert everything(bench) != before
    undo(bench, number)
    assert everything(bench) == before
    assert look(bench, number).line.undone_at is not None


@for_each("code", ["import.undone", "import.not_applied"])
def test_only_what_was_imported_can_be_undone_and_once(bench: Bench, code: str) -> None:
    number = keep(bench, csv("Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí"))
    if code == "import.undone":
        carry_out(bench, number)
        undo(bench, number)
        with pytest.raises(Problem, match=r"import\.undone"):
            carry_out(bench, number)
    with pytest.raises(Problem, match=code):
        undo(bench, number)


def test_what_a_later_round_has_on_its_roll_stays_and_the_rest_is_undone(bench: Bench) -> None:
    imported(bench, "Puertas;CL;ONG;1;;Eva;eva@example.org;es;sí")
    number = imported(
        bench,
        "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí",
        "Puertas;CL;Sindicato;1;;Eva;eva@example.org;en;sí",
        "Nueva Casa;BO;ONG;1;;Mar;mar@example.org;es;sí",
    )
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session))
        a_round.opened_at = moment() + timedelta(seconds=1)
        red = work.session.scalars(select(Organisation).where(Organisation.name == "Red Andina")).one()
        build_seat(work.session, a_round, red)
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Round, 1).state = "closed"
    view = look(bench, number)
    assert view.undo_refusal is None
    assert [(each.name, each.parts, each.reason.code) for each in view.stays] == [
        ("Red Andina", ("Ana",), "import.on_roll")
    ]
    assert view.stays[0].reason.params["round"]
    undo(bench, number)
    with bench.read(COMMAND, moment()) as work:
        kept = {each.name: each for each in members.list_members(work, Wanted()).rows}
        assert sorted(kept) == ["Puertas", "Red Andina"]
        assert [each.language for each in kept["Puertas"].contacts] == ["es"]
    after = look(bench, number)
    assert after.line.undone_at is None, "what stays can be undone later"
    assert after.undo_refusal is not None
    assert after.undo_refusal.code == "import.on_roll"
    with pytest.raises(Problem, match=r"import\.on_roll"):
        undo(bench, number)


def test_an_import_of_before_a_round_that_does_not_have_it_is_undone(bench: Bench) -> None:
    number = imported(bench, "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí")
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session)).opened_at = moment() + timedelta(seconds=1)
    undo(bench, number)
    assert everything(bench) == []
    assert look(bench, number).line.undone_at is not None


def test_what_mail_or_another_record_names_stays(bench: Bench) -> None:
    number = imported(
        bench,
        "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí",
        "Nueva Casa;BO;ONG;1;;Mar;mar@example.org;es;sí",
    )
    with bench.work(COMMAND, moment()) as work:
        mar = work.session.scalars(select(Contact).where(Contact.name == "Mar")).one()
        proposed = {"said": {"name": "Rosa"}, "state": "declined", "proposed_at": work.now, "reason": "x"}
        found = build_round(work.session)
        work.session.add(
            Nomination(round_id=found.id, organisation_id=mar.organisation_id, contact_id=mar.id, **proposed)
        )
    assert [(each.name, each.reason.code) for each in look(bench, number).stays] == [
        ("Nueva Casa", "import.used")
    ]
    undo(bench, number)
    assert [row[1] for row in everything(bench)] == ["Nueva Casa", 2], "it stays with its contact"


def test_a_round_opened_before_does_not_matter(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session)).opened_at = moment() - timedelta(hours=1)
    number = imported(bench, "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí")
    undo(bench, number)
    assert everything(bench) == []


@pytest.mark.parametrize("touch", ["organisation", "contact", "another contact", "switched off"])
def test_what_was_changed_since_is_not_undone(bench: Bench, touch: str) -> None:
    number = imported(bench, "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí")
    with bench.work(COMMAND, moment()) as work:
        (line,) = members.list_members(work, Wanted()).rows
        if touch == "organisation":
            members.change_organisation(
                work, line.id, OrganisationCommand("Red Andina", "PE", {"sector": "media"})
            )
        elif touch == "contact":
            change = ContactCommand("Ana", "otra@example.org")
            members.change_contact(work, line.id, line.contacts[0].id, change)
        elif touch == "another contact":
            members.add_contact(work, line.id, ContactCommand("Luis", "luis@example.org"))
        else:
            members.switch_organisation(work, line.id, active=False)
    before = everything(bench)
    with pytest.raises(Problem, match=r"import\.touched") as caught:
        undo(bench, number)
    assert caught.value.params["name"] == "Red Andina"
    assert everything(bench) == before


def test_a_contact_with_a_link_is_not_deleted(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session))
        a_round.opened_at = moment() - timedelta(hours=1)
        member = build_organisation(work.session, "Red Andina", email="ana@example.org")
        seat = build_seat(work.session, a_round, member)
        seat_id = seat.id
    number = keep(bench, csv("Red Andina;PE;ONG;1;;Luis;luis@example.org;es;sí"))
    with pytest.raises(Problem, match=r"access\.reason"):
        carry_out(bench, number)
    with bench.work(COMMAND, moment()) as work:
        assert MEMBERS.look(work, number).guarded == 1
        MEMBERS.carry_out(work, number, MEMBERS.look(work, number).seen, asked=ASKED)
    with pytest.raises(Problem, match=r"import\.guarded"):
        undo(bench, number)
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Round, 1).state = "closed"
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.scalars(select(Contact).where(Contact.email == "luis@example.org")).one()
        build_link(work.session, work.session.get_one(type(seat), seat_id), contact)
    with pytest.raises(Problem, match=r"import\.linked"):
        undo(bench, number)


def test_imports_are_undone_from_the_last_one_back(bench: Bench) -> None:
    first = imported(bench, "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí")
    second = imported(bench, "Red Andina;PE;Sindicato;1;;Luis;luis@example.org;es;sí")
    with pytest.raises(Problem, match=r"import\.touched"):
        undo(bench, first)
    undo(bench, second)
    undo(bench, first)
    assert everything(bench) == []


# -- who, and what is kept of it


def test_nobody_but_staff_may(bench: Bench) -> None:
    number = keep(bench, csv("Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí"))
    seen = look(bench, number).seen
    for actor in (ANONYMOUS, Actor("voter", 1, seat_id=1)):
        with bench.work(actor, moment()) as work:
            for act in (
                lambda work=work: MEMBERS.keep(work, "x.csv", csv("Red;PE;ONG;;;;;;")),
                lambda work=work: MEMBERS.look(work, number),
                lambda work=work: MEMBERS.uploads(work),
                lambda work=work: MEMBERS.carry_out(work, number, seen),
                lambda work=work: MEMBERS.undo(work, number),
            ):
                with pytest.raises(Problem, match=r"access\.denied"):
                    act()


def test_the_log_keeps_numbers_and_no_names(bench: Bench) -> None:
    number = imported(bench, "Red Andina;PE;ONG;1;;Ana Quispe;ana@example.org;es;sí", "Mala;Marte;ONG;;;;;;")
    undo(bench, number)
    with bench.read(COMMAND, moment()) as work:
        entries = work.session.execute(
            select(LogEntry.action, LogEntry.subject, LogEntry.details)
            .where(LogEntry.subject != "seals")
            .order_by(LogEntry.seq)
        ).all()
    assert [(entry.action, entry.subject) for entry in entries] == [
        ("members.uploaded", f"members_import:{number}"),
        ("members.imported", f"members_import:{number}"),
        ("members.undone", f"members_import:{number}"),
    ]
    assert json.loads(entries[1].details) == {
        "rows": 1,
        "left_out": 1,
        "organisations_added": 1,
        "organisations_changed": 0,
        "contacts_added": 1,
        "contacts_changed": 0,
    }
    assert not any("Ana" in entry.details or "example.org" in entry.details for entry in entries)


@pytest.mark.deep
def test_the_demonstration_is_imported_without_a_fault(bench: Bench) -> None:
    from consulta.platform.data import catalogue  # noqa: PLC0415 - only this test reads the demonstration

    number = keep(bench, catalogue.demo_file("members.csv"))
    view = look(bench, number)
    assert view.counts.errors == 0
    with bench.work(COMMAND, moment()) as work:
        MEMBERS.carry_out(work, number, view.seen, example=True)
    with bench.read(COMMAND, moment()) as work:
        assert all(line.example for line in members.list_members(work, Wanted()).rows)


# -- size, and the other database


@pytest.mark.usefixtures("one_moment")
def test_the_same_on_both_databases(migrated_url: str) -> None:
    engine = db.connect(migrated_url)
    try:
        bench = Bench(engine, TWO)
        imported(bench, "Red Andina;PE;ONG;1;a;Ana;ana@example.org;es;sí")
        before = everything(bench)
        number = imported(
            bench,
            "Red Andina;PE;Sindicato;3;b;Ana María;ana@example.org;en;no",
            "Ñandú;BO;ONG;1;;Mar;mar@example.org;es;sí",
        )
        undo(bench, number)
        assert everything(bench) == before
        with pytest.raises(Problem, match=r"member\.duplicate"), bench.work(COMMAND, moment()) as work:
            members.add_organisation(work, OrganisationCommand("RED  andina", "PE", {"sector": "ngo"}))
    finally:
        engine.dispose()

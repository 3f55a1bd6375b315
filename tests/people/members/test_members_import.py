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
from consulta.platform.listing import PAGE, Wanted
from consulta.platform.models import Contact, LogEntry, Nomination, Organisation, Round, Upload
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from tests import members_file
from tests.changing import ASKED
from tests.factories import build_link, build_organisation, build_round, build_seat, moment, open_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.importing.values import Preview, PreviewRow
    from consulta.platform.work import Work

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


def preview(bench: Bench, *lines: str) -> Preview:
    return look(bench, keep(bench, csv(*lines)))


def imported(bench: Bench, *lines: str) -> int:
    number = keep(bench, csv(*lines))
    carry_out(bench, number)
    return number


def listed(bench: Bench) -> tuple[Any, ...]:
    with bench.read(COMMAND, moment()) as work:
        return members.list_members(work, Wanted()).rows


ANA = "Red Andina;PE;ONG;1;;Ana;ana@example.org;es;sí"
EVA = "Puertas;CL;ONG;1;;Eva;eva@example.org;es;sí"
MAR = "Nueva Casa;BO;ONG;1;;Mar;mar@example.org;es;sí"


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
    assert everything(bench) == [], "nothing is written by looking"
    carry_out(bench, number, before.seen)
    after = look(bench, number)
    assert "=HYPERLINK(1)" in {row.organisation for row in after.rows if row.kind == "same"}
    assert len(listed(bench)) == PAGE
    assert after.counts.errors == before.counts.errors == len(made.wrong)
    assert after.counts.same == after.counts.good == before.counts.good
    assert after.done is not None
    for effect in ("organisations_added", "contacts_added"):
        assert after.done[effect] == before.counts.effects[effect]


# -- rows against rows


def test_several_rows_of_one_organisation_are_its_contacts(bench: Bench) -> None:
    imported(
        bench,
        "Red Andina;PE;ONG;2;a;Ana;ana@example.org;es;sí",
        "RED ANDINA;Perú;;;b, a;Luis;luis@example.org;en;no",
        "Red  Andina;PER;NGO;2;;;rosa@example.org;;",
        "Open Doors;Jamaica;NGO;;;;june@example.org;;",
    )
    other, line = listed(bench)
    assert (line.name, line.categories["sector"], line.base, line.tags) == (
        "Red Andina",
        "ngo",
        2,
        ["a", "b"],
    )
    assert [(c.name, c.email, c.language, c.may_vote) for c in line.contacts] == [
        ("Ana", "ana@example.org", "es", True),
        ("Luis", "luis@example.org", "en", False),
        ("rosa@example.org", "rosa@example.org", "es", True),
    ]
    assert other.contacts[0].language == "en", "it is written to in the language of its country"


def test_rows_that_contradict_each_other_are_both_left_out_and_named(bench: Bench) -> None:
    view = preview(
        bench,
        ANA,
        EVA,
        "Red Andina;PE;Sindicato;1;;Luis;luis@example.org;es;sí",
        "Red Andina;PE;;;;Mar;mar@example.org;es;sí",
    )
    assert [row.kind for row in view.rows] == ["error", "new", "error", "error"]
    for row in (view.rows[0], view.rows[2], view.rows[3]):
        (fault,) = row.faults
        params = fault.problem.params
        assert fault.problem.code == "row.sector_differs"
        assert (fault.column, params["first"], params["second"]) == ("Sector", "2", "4")
        assert params["other"]["es"] == "Sindicato"
    view = preview(
        bench, "Red Andina;PE;ONG;1;;Ana;ana@;es;sí", "Red Andina;PE;;;;Luis;luis@example.org;es;sí"
    )
    assert [codes(row) for row in view.rows] == [["row.email"], ["row.sector_missing"]]


def test_columns_stand_in_any_order_and_those_that_mean_nothing_are_named(bench: Bench) -> None:
    headings = "E-mail;Sector;Presupuesto;Country;Organisation"
    view = look(bench, keep(bench, csv("ana@example.org;NGO;555;Peru;Red Andina", headings=headings)))
    assert view.counts.new == 1
    assert [heading for _field, heading in view.understood] == ["E-mail", "Sector", "Country", "Organisation"]
    assert view.unread == ("Presupuesto",)


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
    phone = csv(
        "Red Andina;PE;;ana@example.org;+51 1 555 0142", headings="Organización;País;Sector;Correo;Celular"
    )
    for code in ("changed", "same"):
        with_phone = keep(bench, phone)
        assert look(bench, with_phone).rows[0].kind == code
        if code == "changed":
            carry_out(bench, with_phone)
    (line,) = listed(bench)
    assert line.contacts[0].phone == "+5115550142"
    assert (line.name, line.categories["sector"], line.base, line.tags) == (
        "Red Andina",
        "trade_union",
        3,
        ["b"],
    )
    assert line.contacts[0].language == "en"


def test_a_name_that_differs_in_capitals_or_signs_stays_as_it_was(bench: Bench) -> None:
    first = "Red Raíces;PE;ONG;1;;Ana;ana@example.org;es;sí"
    view = preview(bench, first, "RED RAICES;PE;;;;Luz;luz@example.org;;")
    assert [codes(row) for row in view.rows] == [[], ["row.spelt_in_file"]]
    assert (view.counts.effects["organisations_added"], view.counts.effects["contacts_added"]) == (1, 2)
    imported(bench, first)
    for name in ("RED RAICES", "red raíces.", "Red-Raíces"):
        (row,) = preview(bench, f"{name};PE;;;;Luz;luz@example.org;;").rows
        assert (row.kind, codes(row)) == ("changed", ["row.spelt_on_list"])
        assert [each.field for each in row.changes] == ["contact"]
    imported(bench, "RED RAICES;PE;;;;Luz;luz@example.org;;")
    (line,) = listed(bench)
    assert (line.name, len(line.contacts)) == ("Red Raíces", 2)


def test_what_a_file_does_not_say_stays_as_it_is(bench: Bench) -> None:
    imported(bench, "Red Andina;PE;ONG;4;a;Ana;ana@example.org;en;no", EVA)
    empty = preview(bench, "Red Andina;PE;;;;;ana@example.org;;")
    absent = look(bench, keep(bench, csv("Red Andina;PE;ONG", headings="Organización;País;Sector")))
    assert empty.counts.same == absent.counts.same == empty.counts.effects["unnamed"] == 1
    view = preview(bench, "Red Andina;PE;ONG;4;;Luis;luis@example.org;es;sí")
    assert view.rows[0].kind == "changed"
    assert (view.counts.effects["contacts_added"], view.counts.effects["organisations_changed"]) == (1, 0)
    assert view.rows[0].changes[0].new["en"] == "Luis <luis@example.org>, Spanish, may vote"
    imported(bench, "Red Andina;PE;Sindicato;1;;;;;")
    assert all(line.active for line in listed(bench))


def test_what_is_on_the_list_is_looked_at_for_likeness(bench: Bench) -> None:
    imported(
        bench,
        "Mesa de Movilidad Humana;PE;ONG;1;;Ana;ana@example.org;es;sí",
        "Puertas Abiertas;CL;ONG;1;;Eva;eva@example.org;es;sí",
    )
    view = preview(
        bench,
        "Mesa de Mobilidad Humana;PE;ONG;1;;Luis;luis@example.org;es;sí",
        "Puertas Abiertas;BO;ONG;1;;Eva;EVA@example.org;es;sí",
        "Puertas Abierta;BO;ONG;1;;Sol;sol@example.org;es;sí",
    )
    assert [row.kind for row in view.rows] == ["new"] * 3
    assert [codes(row) for row in view.rows] == [
        ["row.near_on_list"],
        ["row.elsewhere_on_list", "row.address_shared"],
        ["row.near_in_file"],
    ]
    assert view.rows[1].warnings[0].problem.params["country"]["es"] == "Chile"
    assert view.rows[2].warnings[0].problem.params["other"] == "3"


def test_what_is_deactivated_stays_so_and_is_said(bench: Bench) -> None:
    imported(bench, ANA, EVA)
    with bench.work(COMMAND, moment()) as work:
        silent, inactive = members.list_members(work, Wanted()).rows
        members.switch_organisation(work, inactive.id, active=False)
        members.switch_contact(work, silent.id, silent.contacts[0].id, active=False)
    view = preview(bench, ANA, EVA)
    by_name = {row.organisation: row for row in view.rows}
    assert codes(by_name[inactive.name]) == ["row.inactive"]
    assert codes(by_name[silent.name]) == ["row.no_contact", "row.contact_inactive"]
    assert view.counts.changes == 0


# -- undo


@pytest.mark.usefixtures("one_moment")
def test_undoing_puts_everything_back_from_the_last_one_on(either: Bench) -> None:
    with either.work(COMMAND, moment()) as work:  # rounds whose roll does not have them do not matter
        open_now(build_round(work.session)).opened_at = moment() - timedelta(hours=1)
        open_now(build_round(work.session, "2028-1")).opened_at = moment() + timedelta(seconds=1)
    first = imported(either, "Red Andina;PE;ONG;1;a;Ana;ana@example.org;es;sí")
    before = everything(either)
    number = imported(
        either,
        "RED ANDINA;PE;Sindicato;3;b;Ana María;ana@example.org;en;no",
        "Red Andina;PE;;;;Luis;luis@example.org;es;sí",
        MAR,
    )
    assert everything(either) != before
    with pytest.raises(Problem, match=r"import\.touched"):
        undo(either, first)
    undo(either, number)
    assert everything(either) == before
    assert look(either, number).line.undone_at is not None
    for act in (undo, carry_out):
        with pytest.raises(Problem, match=r"import\.undone"):
            act(either, number)
    duplicate = OrganisationCommand("RED  andina", "PE", {"sector": "ngo"})
    with pytest.raises(Problem, match=r"member\.duplicate"), either.work(COMMAND, moment()) as work:
        members.add_organisation(work, duplicate)
    undo(either, first)
    assert everything(either) == []
    with pytest.raises(Problem, match=r"import\.not_applied"):
        undo(either, keep(either, csv(ANA)))


def test_what_mail_or_another_record_names_stays(bench: Bench) -> None:
    number = imported(bench, ANA, MAR)
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


def test_what_was_changed_since_is_not_undone(bench: Bench) -> None:
    media = OrganisationCommand("Red Andina", "PE", {"sector": "media"})
    touches: list[Callable[[Work, Any], object]] = [
        lambda work, line: members.change_organisation(work, line.id, media),
        lambda work, line: members.change_contact(
            work, line.id, line.contacts[0].id, ContactCommand("Ana", "otra@example.org")
        ),
        lambda work, line: members.add_contact(work, line.id, ContactCommand("Luis", "luis@example.org")),
        lambda work, line: members.switch_organisation(work, line.id, active=False),
    ]
    for place, touch in enumerate(touches):
        name = f"Red Andina {place}"
        number = imported(bench, f"{name};PE;ONG;1;;Ana;ana{place}@example.org;es;sí")
        with bench.work(COMMAND, moment()) as work:
            (line,) = (each for each in members.list_members(work, Wanted()).rows if each.name == name)
            media = OrganisationCommand(name, "PE", {"sector": "media"})
            touch(work, line)
        before = everything(bench)
        with pytest.raises(Problem, match=r"import\.touched") as caught:
            undo(bench, number)
        assert caught.value.params["name"] == name
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


# -- who, and what is kept of it


def test_nobody_but_staff_may(bench: Bench) -> None:
    number = keep(bench, csv(ANA))
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
    number = keep(bench, csv(ANA), "mi lista.csv")
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.get_one(Upload, number)
        assert kept.filename == "mi lista.csv", "the file is kept as it was read"
        assert kept.rows == [[2, ANA.split(";"), None]]

"""Nominees by form and by file: everything that can be wrong, and nothing written where something is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.panel import nominees
from consulta.panel.nominees_import import IMPORTER
from consulta.panel.proposals import ContactCommand
from consulta.rounds import service as rounds
from consulta.vote import answers
from tests.drafts import KEY, Counted, join_members, make_draft, nominee_command, reading, writing

if TYPE_CHECKING:
    from consulta.platform.importing.values import RowFault
    from consulta.platform.models import Nominee
    from consulta.platform.work import Bench

HEADINGS = "Nombre;Organización;Rol;País;Sector;Género;Idioma;Correo;Temas;Recent;Apoyo externo"
ROW = "Rosa Quispe;Ministerio;Gobierno nacional;Perú;Gobierno nacional;Mujer;;rosa@example.org;;;"


def listed(bench: Bench) -> tuple[Nominee, ...]:
    with reading(bench) as work:
        return nominees.list_nominees(work, KEY).nominees


def kept(bench: Bench) -> list[dict[str, Any]]:
    """The data of all nominees, as they are compared."""
    return [nominees.said_of(each) for each in listed(bench)]


@dataclass(frozen=True)
class Report:
    """What came of a file: how many were added (none where anything is wrong)."""

    rows: int
    added: int
    faults: tuple[RowFault, ...]
    ignored: tuple[str, ...]


def imported(bench: Bench, filename: str, data: bytes) -> Report:
    """Look at a file, and import its good rows if there are any."""
    with writing(bench) as work:
        number = IMPORTER.keep(work, filename, data, KEY)
    before = kept(bench)
    with reading(bench) as work:
        view = IMPORTER.look(work, number, KEY)
    assert kept(bench) == before
    with writing(bench) as work:
        if view.counts.changes:
            IMPORTER.carry_out(work, number, view.seen, KEY)
        else:
            with pytest.raises(Problem, match=r"import\.nothing"):
                IMPORTER.carry_out(work, number, view.seen, KEY)
    added = len(listed(bench)) - len(before)
    assert added == view.counts.effects["added"]
    faults = tuple(fault for row in view.rows for fault in row.faults)
    return Report(view.counts.rows, added, faults, view.unread)


def take(bench: Bench, *lines: str, headings: str = HEADINGS) -> Report:
    return imported(bench, "n.csv", "\n".join([headings, *lines]).encode())


def test_a_nominee_who_cannot_be_is_refused(bench: Bench) -> None:
    make_draft(bench, 2)
    with writing(bench) as work:
        assert nominees.save_nominee(work, KEY, nominee_command()) == "n01"
    for values, code in [
        ({"name": " "}, "nominee.name"),
        ({"name": "x" * 201}, "nominee.name"),
        ({"organisation": ""}, "nominee.organisation"),
        ({"role": "king"}, "nominee.role"),
        ({"country": ""}, "nominee.country"),
        ({"country": "ES"}, "nominee.country"),
        ({"sector": "nothing"}, "nominee.sector"),
        ({"gender": "m"}, "nominee.gender"),
        ({"language": "xx"}, "nominee.language"),
        ({"email": "rosa en example.org"}, "nominee.email"),
        ({"topics": ("none",)}, "nominee.topic"),
        ({"topics": ("tema_numero_1", "tema_numero_1")}, "nominee.topic"),
        ({"recent": -1}, "nominee.recent"),
        ({"recent": 1001}, "nominee.recent"),
        ({"support": 10_001}, "nominee.support"),
        ({"name": "ROSA QUISPÉ"}, "nominee.twin"),
        ({"kind": "thing"}, "nominee.kind"),
        ({"languages": ("xx",)}, "nominee.languages"),
    ]:
        with pytest.raises(Problem) as refused, writing(bench) as work:
            nominees.save_nominee(work, KEY, nominee_command(**({"name": "Otra"} | values)))
        assert refused.value.code == code
        assert [nominee.name for nominee in listed(bench)] == ["Rosa Quispe"]


def test_keys_are_counted_on_and_never_used_again(bench: Bench) -> None:
    make_draft(bench, 2)
    with writing(bench) as work:
        for name in ("A", "B", "C"):
            nominees.save_nominee(work, KEY, nominee_command(name=name))
        nominees.delete_nominee(work, KEY, "n02")
        assert nominees.save_nominee(work, KEY, nominee_command(name="D")) == "n04"
        assert nominees.save_nominee(work, KEY, nominee_command(name="Dora", gender="woman"), "n04") == "n04"
    assert [(nominee.key, nominee.name) for nominee in listed(bench)] == [
        ("n01", "A"),
        ("n03", "C"),
        ("n04", "Dora"),
    ]


def test_a_file_is_understood_as_people_write_it(either: Bench) -> None:
    bench = either
    make_draft(bench, 3)
    report = take(
        bench,
        ROW,
        "Town of Kingston;Kingston;Local government;jamaica;Local authority;;;;Theme number 2; ;250",
        "Ana;Red;mecanismo;BRA;ONG;Prefiero no contestar;EN;ANA@Example.org;tema_numero_1; 2;",
    )
    assert (report.rows, report.added, report.faults, report.ignored) == (3, 3, (), ())
    rosa, town, ana = listed(bench)
    assert (rosa.role, rosa.country, rosa.gender, rosa.language, rosa.topics) == (
        "gov_national",
        "PE",
        "woman",
        "es",
        [],
    )
    assert (town.key, town.country, town.language, town.topics, town.support, town.recent) == (
        "n02",
        "JM",
        "en",
        ["tema_numero_2"],
        250,
        0,
    )
    assert (ana.country, ana.gender, ana.language, ana.email, ana.recent) == (
        "BR",
        "no_answer",
        "en",
        "ana@example.org",
        2,
    )


def test_what_a_file_says_of_manners_and_consents_is_kept_and_silence_is_no(bench: Bench) -> None:
    make_draft(bench, 2)
    headings = (
        "Name,Organisation,Role,Country,Sector,Person or institution,Who comes for the institution,"
        "Languages spoken,Form of address,Speaks for,Agrees to be contacted,Agrees to be on lists,"
        "Acepta que se le nombre ante gobiernos"
    )
    report = take(
        bench,
        'A,B,mechanism,PE,ngo,,,"español; kichwa, Inglés",Dra.,"Red Sur; Red Norte",Sí,no,x',
        "Oficina,Ciudad,gov_local,PE,local_government,Institución,Luz Roca,,,,,,",
        headings=headings,
    )
    assert report.faults == ()
    ana, office = listed(bench)
    assert (ana.kind, ana.languages, ana.address_form) == ("person", ["es", "qu", "en"], "Dra.")
    assert (ana.speaks_for, ana.origin, ana.on_ballot) == (["Red Sur", "Red Norte"], "file", True)
    assert (ana.consent_contact, ana.consent_listed, ana.consent_governments) == (True, False, True)
    assert (office.kind, office.delegate, office.address_form) == ("institution", "Luz Roca", "")
    assert (office.consent_contact, office.consent_listed, office.consent_governments) == (False,) * 3
    wrong = take(bench, "C,D,mechanism,PE,ngo,cosa,,klingon,,,quizás,,", headings=headings)
    assert [(fault.column, fault.problem.code) for fault in wrong.faults] == [
        ("Person or institution", "nominee.kind"),
        ("Languages spoken", "nominee.languages"),
        ("Agrees to be contacted", "nominee.yes_no"),
    ]


def test_a_file_has_post_parts_of_the_name_and_telephone(bench: Bench) -> None:
    """In the words of our template and in others; without them nothing is guessed."""
    make_draft(bench)
    basic = "Name,Organisation,Role,Country,Sector"
    for number, more in enumerate(
        ("Cargo,Nombres,Apellidos,Teléfono", "Job title,First name,Surname,Celular")
    ):
        report = take(
            bench,
            f"Ana{number},B,mechanism,PE,ngo,Directora, Ana  María ,Ponce Barrera,+507 600-0000",
            f"Luz{number} Roca,B,mechanism,PE,ngo,,,,",
            headings=f"{basic},{more}",
        )
        assert report.faults == ()
    for ana, luz in (listed(bench)[:2], listed(bench)[2:]):
        assert (ana.post, ana.given_name, ana.family_name) == ("Directora", "Ana María", "Ponce Barrera")
        assert ana.phone == "+507 600-0000"
        assert (luz.post, luz.given_name, luz.family_name, luz.phone) == ("", "", "", "")
    wrong = take(bench, f"C,D,mechanism,PE,ngo,{'x' * 201}", headings=f"{basic},Post")
    assert [(fault.column, fault.problem.code) for fault in wrong.faults] == [("Post", "nominee.post")]


def test_a_bad_row_is_left_out_and_named(bench: Bench) -> None:
    make_draft(bench, 2)
    cases = [
        (";Ministerio;mechanism;PE;ngo;;;;;;", "Nombre", "nominee.name"),
        ("A;;mechanism;PE;ngo;;;;;;", "Organización", "nominee.organisation"),
        ("A;B;;PE;ngo;;;;;;", "Rol", "nominee.missing"),
        ("A;B;jefa;PE;ngo;;;;;;", "Rol", "nominee.role"),
        ("A;B;mechanism;;ngo;;;;;;", "País", "row.country_missing"),
        ("A;B;mechanism;Perúu;ngo;;;;;;", "País", "row.country_near"),
        ("A;B;mechanism;Francia;ngo;;;;;;", "País", "row.country_unknown"),
        ("A;B;mechanism;PE;cofradía de vecinos;;;;;;", "Sector", "row.sector_unknown"),
        ("A;B;mechanism;PE;ngo;M;;;;;", "Género", "nominee.gender"),
        ("A;B;mechanism;PE;ngo;;klingon;;;;", "Idioma", "nominee.language"),
        ("A;B;mechanism;PE;ngo;;;a@@b;;;", "Correo", "nominee.email"),
        ("A;B;mechanism;PE;ngo;;;;otro tema;;", "Temas", "nominee.topic"),
        ("A;B;mechanism;PE;ngo;;;;;dos;", "Recent", "nominee.whole"),
        ("A;B;mechanism;PE;ngo;;;;;;-3", "Apoyo externo", "nominee.whole"),
        ("A;B;mechanism;PE;ngo;;;;;;99999", "Apoyo externo", "nominee.support"),
        ("Rosa Quispe;ministerio;mechanism;PE;ngo;;;;;;", "Nombre", "nominee.twin_row"),
        ("A;B;mechanism;PE;ngo;;;;;;;una celda de más", "L", "file.extra_cell"),
    ]
    report = take(bench, ROW, *(row for row, _column, _code in cases))
    found = {fault.row: (fault.column, fault.problem.code) for fault in report.faults}
    for number, (row, column, code) in enumerate(cases, start=3):
        assert found.pop(str(number)) == (column, code), row
    assert not found
    assert [each.name for each in listed(bench)] == ["Rosa Quispe"]


def test_who_is_there_already_stays_as_it_is_however_spelt(bench: Bench) -> None:
    """A file is corrected and sent again: its good rows of before are known, and change nothing."""
    make_draft(bench, 2)
    take(bench, ROW, "A;B;mechanism;Francia;ngo;;;;;;")
    before = kept(bench)
    assert len(before) == 1
    with writing(bench) as work:
        shouted = ROW.replace("Rosa Quispe", "ROSA QUISPÉ")
        data = "\n".join([HEADINGS, ROW, "A;B;mechanism;Perú;ngo;;;;;;"]).encode()
        number = IMPORTER.keep(work, "n.csv", data, KEY)
        again = IMPORTER.look(work, number, KEY)
        other = IMPORTER.look(work, IMPORTER.keep(work, "n.csv", f"{HEADINGS}\n{shouted}".encode(), KEY), KEY)
    assert [(row.kind, row.warnings) for row in again.rows] == [("same", ()), ("new", ())]
    ((row,),) = (other.rows,)
    assert (row.kind, [each.problem.code for each in row.warnings]) == ("same", ["nominee.there"])
    with writing(bench) as work:
        IMPORTER.carry_out(work, number, again.seen, KEY)
    assert kept(bench)[:1] == before
    assert [each.name for each in listed(bench)] == ["Rosa Quispe", "A"]


def test_a_file_says_of_which_government_each_is(bench: Bench) -> None:
    make_draft(bench, 2)
    with writing(bench) as work:
        places = ["Tapachula (México)", "Lima (Perú)", "Lima (Argentina)", "Alcaldía de Tapachula (México)"]
        answers.keep(work, {"t": {"n": [], "l": places}})
        answers.join(work, 4, 1)
    headings = "Name,Organisation,Role,Country,Sector,Government it belongs to"
    report = take(
        bench,
        "A,B,gov_national,MX,gov_national,méxico",
        '"C","D",gov_local,PE,local_government,"Lima (Peru)"',
        "E,F,Local government,MX,local_government,TAPACHULA",
        "G,H,mechanism,PE,ngo,",
        headings=headings,
    )
    assert report.faults == ()
    assert [each.government for each in listed(bench)] == ["MX", "2", "1", ""]
    wrong = take(
        bench,
        "I,J,gov_national,MX,gov_national,Francia",
        "K,L,gov_local,PE,local_government,Lima",
        "M,N,mechanism,MX,ngo,México",
        headings=headings,
    )
    assert [(fault.column, fault.problem.code) for fault in wrong.faults] == [
        ("Government it belongs to", "nominee.government"),
        ("Government it belongs to", "nominee.government"),
        ("Government it belongs to", "nominee.government_role"),
    ]


def test_a_long_file_costs_no_query_a_row(bench: Bench) -> None:
    make_draft(bench, 2)
    counted = Counted(bench)
    take(bench, *(f"Persona {n};Red;mechanism;PE;ngo;;;;;;" for n in range(3)))
    few = counted.since()
    take(bench, *(f"Gente {n};Red;mechanism;PE;ngo;;;;;;" for n in range(300)))
    assert counted.since() <= few
    assert len(listed(bench)) == 303
    assert listed(bench)[-1].key == "n303"


def test_there_is_an_end_to_nominees(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nominees, "MOST_NOMINEES", 3)
    make_draft(bench, 2)
    with pytest.raises(Problem, match=r"nominee\.many"):
        take(bench, *(f"Persona {n};Red;mechanism;PE;ngo;;;;;;" for n in range(4)))
    assert listed(bench) == ()


def test_after_the_opening_only_the_way_to_reach_somebody_can_be_put_right(bench: Bench) -> None:
    join_members(bench, "PE", "MX")
    make_draft(bench)
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command())
        opening.open_round(work, KEY)
        nominees.correct_contact(
            work,
            KEY,
            "n01",
            ContactCommand(
                email="Nueva@example.org",
                language="en",
                languages=("es", "qu"),
                address_form=" Sra.  Ministra ",
                delegate="Luz Roca",
                speaks_for=("Red Sur", "Red Norte"),
                consent_contact=True,
                consent_governments=True,
            ),
        )
    (rosa,) = listed(bench)
    assert (rosa.email, rosa.language, rosa.languages) == ("nueva@example.org", "en", ["es", "qu"])
    assert (rosa.name, rosa.address_form, rosa.delegate) == ("Rosa Quispe", "Sra. Ministra", "Luz Roca")
    assert (rosa.organisation, rosa.speaks_for) == ("Ministerio de Prueba", ["Red Sur", "Red Norte"])
    assert (rosa.consent_contact, rosa.consent_listed, rosa.consent_governments) == (True, False, True)
    for wrong, code in (
        (ContactCommand(email="no"), "nominee.email"),
        (ContactCommand(language="xx"), "nominee.language"),
        (ContactCommand(languages=("es", "es")), "nominee.languages"),
        (ContactCommand(languages=("klingon",)), "nominee.languages"),
        (ContactCommand(address_form="x" * 121), "nominee.address_form"),
        (ContactCommand(delegate="x" * 201), "nominee.delegate"),
        (ContactCommand(phone="1" * 61), "nominee.phone"),
        (ContactCommand(given_name="x" * 201), "nominee.given_name"),
        (ContactCommand(speaks_for=("",)), "nominee.speaks_for"),
        (ContactCommand(speaks_for=("Red",) * 21), "nominee.speaks_for"),
    ):
        with pytest.raises(Problem) as refused, writing(bench) as work:
            nominees.correct_contact(work, KEY, "n01", wrong)
        assert refused.value.code == code
    with pytest.raises(Problem, match=r"nominee\.unknown"), writing(bench) as work:
        nominees.correct_contact(work, KEY, "n99", ContactCommand())
    with writing(bench) as work:
        rounds.cancel_round(work, KEY, "Fue una prueba.")
    with pytest.raises(Problem, match=r"round\.frozen"), writing(bench) as work:
        nominees.correct_contact(work, KEY, "n01", ContactCommand())


def test_an_import_is_undone_while_nobody_changed_its_nominees(bench: Bench) -> None:
    make_draft(bench, 2)
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command(name="Antes"))
        number = IMPORTER.keep(work, "n.csv", "\n".join([HEADINGS, ROW]).encode(), KEY)
        IMPORTER.carry_out(work, number, IMPORTER.look(work, number, KEY).seen, KEY)
        assert [row.kind for row in IMPORTER.look(work, number, KEY).rows] == ["same"], "nothing was left out"
    assert [each.name for each in listed(bench)] == ["Antes", "Rosa Quispe"]
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command(name="Rosa Q."), "n02")
    with writing(bench) as work, pytest.raises(Problem, match=r"nominee\.touched"):
        IMPORTER.undo(work, number, KEY)
    with writing(bench) as work:
        again = IMPORTER.keep(work, "n.csv", "\n".join([HEADINGS, ROW]).encode(), KEY)
        IMPORTER.carry_out(work, again, IMPORTER.look(work, again, KEY).seen, KEY)
    with writing(bench) as work:
        IMPORTER.undo(work, again, KEY)
    assert [each.name for each in listed(bench)] == ["Antes", "Rosa Q."]

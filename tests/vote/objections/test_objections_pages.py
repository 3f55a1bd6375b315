"""Objections on pages: the door behind a closing mail, the desk with its two people, what everybody reads."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.app import create_app
from consulta.core.counting.choice import Entries
from consulta.desk import moves, opening
from consulta.platform import accounts
from consulta.platform.work import COMMAND, Actor
from consulta.results import checks
from consulta.results import service as results
from consulta.rounds import links, themes
from consulta.rounds import service as rounds
from consulta.vote import assisted
from consulta.vote.values import CastBallot
from tests import sessions_aged
from tests.benches import PASSWORD, STAFF, Visitor, voter_visitor
from tests.drafts import BASE, KEY, round_command, theme_command
from tests.factories import build_organisation, moment
from tests.lived import once
from tests.objecting import closing_mails, leave, vote_by

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

DESK = f"/es/secretariat/rounds/{KEY}"
LIST = f"{DESK}/objections"
SECOND = "esteban@example.org"
STOLEN = {
    "answer": "yes",
    "choice": "not_ours",
    "sure": "yes",
    "who": "Rosa Quispe",
    "text": "Nadie de nuestra organización\n\nenvió ese voto.",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that gives three days to object."""
    return replace(settings, objection_hours=72)


@once
def closed(
    bench: Bench, ago: int, *silent: int, secrecy: str = "pseudonymous", hours: int = 72
) -> list[CastBallot]:
    """A round of five organisations, closed so many hours ago and counted."""
    ended = moment() - timedelta(hours=ago)
    began = ended - timedelta(hours=20)
    cast = opened(bench, began, *silent, secrecy=secrecy)
    with bench.work(COMMAND, ended) as work:
        moves.close(work, KEY, "Ya votaron quienes querían.", hours)
    with bench.work(COMMAND, ended) as work:
        results.count(work, KEY)
    return cast


@once
def opened(bench: Bench, began: datetime, *silent: int, secrecy: str = "pseudonymous") -> list[CastBallot]:
    with bench.work(COMMAND, began) as work:
        for number, country in enumerate(("CO", "GT", "JM", "MX", "PE"), start=1):
            language = "en" if country == "PE" else "es"
            build_organisation(
                work.session,
                f"Red {number:03d}",
                country=country,
                email=f"c{number}@example.org",
                language=language,
            )
        rounds.create_round(work, round_command(closes_local="2037-03-05T17:00", secrecy=secrecy))
        for number in range(1, 7):
            themes.save_theme(work, KEY, theme_command(number))
        opening.open_round(work, KEY)
        issued = links.issue_links(work, KEY, BASE, revoke=True)
    return [
        vote_by(bench, link, began + timedelta(hours=number), first=number)
        for number, link in enumerate(issued, start=1)
        if number not in silent
    ]


def door(bench: Bench, seat: int, lang: str = "es") -> str:
    return f"/{lang}/r/{closing_mails(bench)[seat - 1].token}"


def second_person(app: Flask, bench: Bench) -> Visitor:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, SECOND, "Esteban Quirós", PASSWORD, "secretariat")
    visitor = Visitor(app.test_client())
    visitor.submit("/es/account/sign-in", {"email": SECOND, "password": PASSWORD})
    return visitor


def later(bench: Bench, hours: int) -> None:
    """Let so many hours pass, for the round that waits: everything that was, was that much earlier."""
    with bench.work(COMMAND, moment()) as work:
        found = rounds.hold(work, KEY)
        assert found.objections_until is not None
        found.objections_until -= timedelta(hours=hours)
        left = found.closed_at
    assert left is not None
    leave(bench, left)


def test_a_stolen_vote_is_objected_by_the_link_of_the_closing_mail_and_taken_out_by_two(
    app: Flask, bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    cast = closed(bench, 1)
    other = second_person(app, bench)
    address = door(bench, 1)
    assert "Red 001" not in visitor.get(address).text, "looking at the link tells nothing"
    page = visitor.post(address)
    for told in ("Red 001", cast[0].receipt, "Contacto de Red 001"):
        assert told in page.text
    sent = visitor.post(address, STOLEN)
    assert sent.status_code == 200
    assert "espera una decisión" in sent.text

    uphold(staff_visitor, other)
    assert staff_visitor.submit(LIST, {}, to=f"{DESK}/recount").status_code == 303
    waits = staff_visitor.get(f"{DESK}/publish")
    assert 'name="typed"' not in waits.text, "it still waits"
    later(bench, 72)
    assert staff_visitor.submit(f"{DESK}/publish", {"typed": KEY}).status_code == 303
    public = visitor.get(f"/es/rounds/{KEY}/result/figures")
    assert "Votos retirados" in public.text
    looked = visitor.post(f"/es/rounds/{KEY}/receipts", {"code": cast[0].receipt})
    assert "se retiró" in looked.text
    assert "Tema número" not in looked.text.split("<form")[0], "what it says is not told to who has its code"
    after = visitor.post(address)
    assert "aceptada" in after.text
    assert cast[0].receipt in after.text


def test_the_organisation_and_the_desk_read_that_the_vote_was_taken_out(
    app: Flask, bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    began = moment() - timedelta(hours=30)
    opened(bench, began)
    with bench.work(COMMAND, began + timedelta(hours=9)) as work:
        own = links.issue_links(work, KEY, BASE, revoke=True)[0].url.rpartition("/")[2]
        moves.close(work, KEY, "Ya votaron quienes querían.", 72)
        results.count(work, KEY)
    member = voter_visitor(app, own)
    assert "se retiró del recuento" not in member.get(f"/es/ballot/{KEY}").text
    visitor.post(door(bench, 1), STOLEN)
    uphold(staff_visitor, second_person(app, bench))
    assert "se retiró del recuento" in member.get(f"/es/ballot/{KEY}").text
    assert "se retiró del recuento" in member.get(f"/es/ballot/{KEY}/receipt").text
    (number,) = re.findall(rf"{LIST}/(\d+)", staff_visitor.get(LIST).text)
    seat = re.findall(r'href="([^"]+/seats/[^"]+)"', staff_visitor.get(f"{LIST}/{number}").text)[0]
    assert "retirado del recuento" in staff_visitor.get(seat).text


def uphold(staff_visitor: Visitor, other: Visitor) -> None:
    """Two people uphold the one objection; until the ballots are counted again nothing can be published."""
    desk = staff_visitor.get(LIST)
    assert "Red 001" in desk.text
    (number,) = re.findall(rf"{LIST}/(\d+)", desk.text)
    one = f"{LIST}/{number}"
    why = {"uphold-reason": "No es una dirección de la organización."}
    asked = staff_visitor.submit(one, why, to=f"{one}/uphold")
    assert asked.headers["Location"] == LIST
    again = staff_visitor.get(one)
    assert f"{one}/confirm" not in again.text, "the same person is not offered to confirm"
    assert staff_visitor.submit(one, {}, to=f"{one}/confirm").status_code == 422
    assert other.submit(one, {}, to=f"{one}/confirm").headers["Location"] == LIST

    stale = staff_visitor.get(f"{DESK}/publish")
    assert "contarse de nuevo" in stale.text
    assert 'name="typed"' not in stale.text


def test_who_is_silent_reads_that_and_objects_in_english(bench: Bench, visitor: Visitor) -> None:
    closed(bench, 1, 5)
    address = door(bench, 5, "en")
    page = visitor.post(address)
    assert "It is listed as not having voted." in page.text
    assert 'value="missing"' in page.text
    assert 'value="not_ours"' not in page.text
    said = {**STOLEN, "choice": "missing"}
    assert "We voted" not in visitor.post(address, {**said, "choice": "not_ours"}).text.split("<h1>")[0]
    sent = visitor.post(address, said)
    assert "awaiting a decision" in sent.text
    (number,) = re.findall(r'name="objection" value="(\d+)"', sent.text)
    gone = visitor.post(address, {"answer": "yes", "choice": "withdraw", "sure": "yes", "objection": number})
    assert "withdrawn" in gone.text
    twice = visitor.post(address, {"answer": "yes", "choice": "withdraw", "sure": "yes", "objection": number})
    assert twice.status_code == 422


@pytest.mark.parametrize(
    "change",
    [{"sure": ""}, {"choice": ""}, {"choice": "missing"}, {"who": ""}, {"text": ""}, {"text": "x" * 3001}],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    bench: Bench, visitor: Visitor, change: dict[str, str]
) -> None:
    closed(bench, 1)
    answer = visitor.post(door(bench, 1), {**STOLEN, **change})
    assert answer.status_code == 422
    if change.get("choice") != "":
        assert (
            change.get("text") or STOLEN["text"] if "text" not in change else change["text"]
        ) in answer.text
    assert visitor.post(door(bench, 1)).text.count("espera una decisión") == 0


def test_after_its_time_the_door_says_so_and_an_objection_is_refused_with_words(
    bench: Bench, visitor: Visitor
) -> None:
    closed(bench, 72)
    later(bench, 1)
    page = visitor.post(door(bench, 1))
    assert "El plazo para objetar terminó" in page.text
    assert 'name="text"' not in page.text
    refused = visitor.post(door(bench, 1), STOLEN)
    assert refused.status_code == 422
    assert "No se registró nada" in refused.text


def test_the_closing_page_says_how_many_mails_and_shows_one_and_the_closing_sends_them(
    bench: Bench, staff_visitor: Visitor
) -> None:
    opened(bench, moment() - timedelta(hours=20), 5)
    page = staff_visitor.get(f"{DESK}/close")
    assert "5 correos" in page.text
    assert "72 horas" in page.text
    assert "Figura entre las que votaron" in page.text
    staff_visitor.submit(f"{DESK}/close", {"typed": KEY, "reason": "Ya votaron."})
    mails = closing_mails(bench)
    assert [mail.address for mail in mails] == [f"c{number}@example.org" for number in range(1, 6)]
    assert [mail.language for mail in mails] == ["es", "es", "es", "es", "en"]
    home = staff_visitor.get(DESK)
    assert "Lea el resultado" in home.text or "Leer el resultado" in home.text


def test_publishing_waits_and_says_until_when_and_why(bench: Bench, staff_visitor: Visitor) -> None:
    closed(bench, 1)
    page = staff_visitor.get(f"{DESK}/publish")
    assert "No antes del" in page.text
    assert "Faltan por enviar 5 correos de cierre" in page.text, "the mails have not left yet"
    refused = staff_visitor.submit(LIST, {"typed": KEY}, to=f"{DESK}/publish")
    assert refused.status_code == 422
    assert "no puede publicarse antes del" in refused.text
    public = staff_visitor.get(f"/es/rounds/{KEY}")
    assert "puede objetar hasta el" in public.text


def test_undecided_objections_ask_for_a_reason_that_everybody_reads(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    closed(bench, 71)
    visitor.post(door(bench, 1), STOLEN)
    later(bench, 1)
    page = staff_visitor.get(f"{DESK}/publish")
    assert "sin decidir" in page.text
    assert staff_visitor.submit(f"{DESK}/publish", {"typed": KEY}).status_code == 422
    reason = "No respondieron a tres llamadas."
    answer = staff_visitor.submit(f"{DESK}/publish", {"typed": KEY, "reason": reason})
    assert answer.status_code == 303
    assert reason in visitor.get(f"/es/rounds/{KEY}/result/figures").text


def test_the_password_is_asked_for_inside_the_form_and_nothing_typed_is_lost(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    closed(bench, 1)
    visitor.post(door(bench, 1), STOLEN)
    with bench.work(COMMAND, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(hours=1))
    (number,) = re.findall(rf"{LIST}/(\d+)", staff_visitor.get(LIST).text)
    one = f"{LIST}/{number}"
    assert 'name="uphold-password"' in staff_visitor.get(one).text
    why = {"uphold-reason": "No es su dirección.", "uphold-password": "otra frase bastante larga"}
    wrong = staff_visitor.submit(one, why, to=f"{one}/uphold")
    assert wrong.status_code == 422
    assert "No es su dirección." in wrong.text
    assert "Esta no es su contraseña" in wrong.text
    right = staff_visitor.submit(one, {**why, "uphold-password": PASSWORD}, to=f"{one}/uphold")
    assert right.status_code == 303


def test_a_scanner_that_presses_the_button_of_the_door_objects_to_nothing(
    bench: Bench, visitor: Visitor
) -> None:
    closed(bench, 1)
    for form in ({}, {"answer": "yes"}, {"answer": "yes", "choice": "not_ours"}):
        visitor.post(door(bench, 1), form)
    assert "espera una decisión" not in visitor.post(door(bench, 1)).text


def test_a_scrutineer_reads_the_objections_and_takes_the_first_count(
    app: Flask, bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    closed(bench, 1, secrecy="aggregate")
    visitor.post(door(bench, 1), STOLEN)
    with bench.work(COMMAND, moment()) as work:
        person = accounts.add_staff(
            work, "elena@example.org", "Elena", PASSWORD, "scrutineer", organisation="Red"
        )
        checks.appoint(work, KEY, person.id)
    watching = Visitor(app.test_client())
    watching.submit("/es/account/sign-in", {"email": "elena@example.org", "password": PASSWORD})
    page = watching.get(f"/es/scrutiny/rounds/{KEY}")
    assert "envió ese voto." in page.text
    assert "c1@example.org" not in page.text, "no address"
    (number,) = re.findall(rf"{LIST}/(\d+)", staff_visitor.get(LIST).text)
    staff_visitor.submit(f"{LIST}/{number}", {"uphold-reason": "Es así."}, to=f"{LIST}/{number}/uphold")
    staff_visitor.submit(LIST, {}, to=f"{DESK}/recount")
    taken = watching.submit(
        f"/es/scrutiny/rounds/{KEY}", {"kind": "first_result"}, to=f"/es/scrutiny/rounds/{KEY}/document"
    )
    assert taken.headers["Content-Disposition"] == f'attachment; filename="{KEY}-first-result.json"'


def test_without_a_time_to_object_pages_say_so(
    bench: Bench, settings: Settings, staff_visitor: Visitor, visitor: Visitor
) -> None:
    app = create_app(replace(settings, objection_hours=0), bench)
    opened(bench, moment() - timedelta(hours=20))
    desk = Visitor(app.test_client())
    desk.submit("/es/account/sign-in", {"email": STAFF, "password": PASSWORD})
    page = desk.get(f"{DESK}/close")
    assert "No se fijó un plazo" in page.text
    desk.submit(f"{DESK}/close", {"typed": KEY, "reason": "Ya votaron."})
    assert [mail.token for mail in closing_mails(bench)] == [None] * 5
    assert desk.submit(f"{DESK}/publish", {"typed": KEY}).status_code == 303
    assert "No se fijó un plazo" in visitor.get(f"/es/rounds/{KEY}/result/figures").text


def test_where_staff_had_replaced_it_the_vote_of_the_organisation_counts_again(
    app: Flask, bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    began = moment() - timedelta(hours=30)
    cast = opened(bench, began)
    with bench.work(COMMAND, began + timedelta(hours=9)) as work:
        own = links.issue_links(work, KEY, BASE, revoke=True)[0].url.rpartition("/")[2]
    with bench.work(Actor("secretariat", None, "Mariana"), began + timedelta(hours=10)) as work:
        asked = assisted.Request("Rosa Quispe, directora", "Llamó por teléfono")
        entries = Entries({"tema_numero_6": 1})
        stolen = assisted.cast(work, KEY, "s001", entries, "call", asked, by_two=True)
    assert isinstance(stolen, CastBallot)
    with bench.work(COMMAND, began + timedelta(hours=11)) as work:
        moves.close(work, KEY, "Ya votaron quienes querían.", 72)
        results.count(work, KEY)
    member, address = voter_visitor(app, own), door(bench, 1)
    assert "en lugar de este voto contará el último" in visitor.post(address).text
    visitor.post(address, STOLEN)
    uphold(staff_visitor, second_person(app, bench))
    assert "En su lugar cuenta el último voto" in visitor.post(address).text
    assert "el último voto propio" in staff_visitor.get(LIST).text
    current = member.get(f"/es/ballot/{KEY}").text
    assert ("vuelve a contar este" in current, cast[0].receipt in current) == (True, True)
    assert "vuelve a contar este" in member.get(f"/es/ballot/{KEY}/receipt").text
    taken = member.get(f"/es/ballot/{KEY}/receipt?version=2").text
    assert "se retiró del recuento" in taken
    assert "vuelve a contar" not in taken
    assert staff_visitor.submit(LIST, {}, to=f"{DESK}/recount").status_code == 303
    later(bench, 72)
    assert staff_visitor.submit(f"{DESK}/publish", {"typed": KEY}).status_code == 303
    figures = visitor.get(f"/es/rounds/{KEY}/result/figures").text
    assert "En lugar de 1 de ellos cuenta el último voto" in figures
    for code, said in ((cast[0].receipt, "se contó"), (stolen.receipt, "se retiró")):
        assert said in visitor.post(f"/es/rounds/{KEY}/receipts", {"code": code}).text

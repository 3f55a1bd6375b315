"""An organisation is registered in an open round: who must agree, what is refused, and what comes of it."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform import accounts
from consulta.platform.mailer import kinds
from consulta.platform.models import (
    Ballot,
    Head,
    Link,
    LogEntry,
    Message,
    Organisation,
    PendingAct,
    Registration,
    Round,
    Seat,
    SeatAddress,
    Staff,
)
from consulta.platform.work import COMMAND, WORKER, Actor
from consulta.results import checks
from consulta.rounds import addresses, links, notices
from consulta.rounds import service as rounds
from consulta.vote.changes import registrations
from consulta.vote.changes.values import Asked
from tests.accounts.sign_in.test_confirmation import hidden
from tests.apps import app_over
from tests.benches import PASSWORD, Visitor
from tests.drafts import BASE, KEY, NOW, hand_out, make_open
from tests.factories import moment
from tests.objecting import people, vote_by
from tests.registering import WAIT, WHY, appointed, newcomer, one_left_out, registered, told
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work

ASKED = NOW + timedelta(days=3)
ENDS = NOW + timedelta(days=32, hours=7)  # of the voting
IN_ENGLISH = "It was admitted to the Mechanism after the opening"
READER = kinds.Reader("", "UTC", "", "")  # nothing of it stands in these mails
ROUND = f"/es/secretariat/rounds/{KEY}"


def ask(bench: Bench, organisation: int, actor: Actor = COMMAND, at: datetime = ASKED, why: str = WHY) -> int:
    with bench.work(actor, at) as work:
        return registrations.ask(work, KEY, organisation, Asked(why, WAIT, Text({"en": IN_ENGLISH})))


def due(bench: Bench, at: datetime) -> tuple[str, ...]:
    with bench.read(WORKER, at) as work:
        return registrations.due(work)


def seats(bench: Bench) -> list[tuple[str, str, bool]]:
    with bench.read(COMMAND, NOW) as work:
        found = work.session.scalars(select(Seat).order_by(Seat.position))
        return [(seat.key, seat.name, seat.registered_at is not None) for seat in found]


def acts(bench: Bench) -> list[str]:
    with bench.read(COMMAND, NOW) as work:
        rows = select(LogEntry.action).order_by(LogEntry.seq)
        return [
            each for each in work.session.scalars(rows) if each.split(".")[0] in {"rounds", "registrations"}
        ]


def faults(bench: Bench) -> list[str]:
    with bench.read(COMMAND, NOW) as work:
        return checks.faults(work)


def assert_told_in_both_languages(work: Work) -> None:
    """In the mail to the contact and to the scrutineer, the reason is in the reader's language."""
    query = select(Message).where(Message.kind.in_(("registered", "staff_notice"))).order_by(Message.kind)
    invitation, notice = work.session.scalars(query)
    assert invitation.address == "red.tardia@example.org"
    for place, each in (("reason", invitation), ("changed", notice)):
        words = kinds.find(each.kind).words(work, each, READER)
        assert IN_ENGLISH in words["en"][place]
        assert WHY in words["es"][place]


@pytest.mark.parametrize("secrecy", ["open", "aggregate"])
def test_after_the_wait_the_organisation_has_a_seat_a_link_and_a_row_with_a_head(
    bench: Bench, secrecy: str
) -> None:
    make_open(bench, secrecy=secrecy)
    appointed(bench, ASKED)
    number = newcomer(bench, ASKED)
    ask(bench, number)
    assert due(bench, ASKED + WAIT) == (), "the notice to the scrutineer still waits"
    told(bench, ASKED + timedelta(hours=1))
    assert due(bench, ASKED + WAIT) == (), "the wait is counted from the last notice"
    assert len(seats(bench)) == 3
    (one,) = due(bench, ASKED + WAIT + timedelta(hours=1))
    with bench.work(WORKER, ASKED + WAIT + timedelta(hours=1)) as work:
        assert registrations.carry_out(work, one)
        assert not registrations.carry_out(work, one), "once"
    assert seats(bench)[3:] == [("s004", "Red Tardía", True)]
    with bench.read(COMMAND, NOW) as work:
        assert_told_in_both_languages(work)
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "rounds.registered")).one()
        said = json.loads(row.details)
        assert (said["number"], said["seats"], said["reason"]) == (1, 4, WHY)
        heads = {head.size: head.root for head in work.session.scalars(select(Head))}
        assert row.seq in heads, "a head ends with the row"
        assert said["head"] == [root for size, root in sorted(heads.items()) if size < row.seq][-1]
        assert "Red Tardía" not in row.details
        assert not any("@" in each for each in said.values() if isinstance(each, str))
    with bench.work(COMMAND, ASKED + 2 * WAIT) as work:
        (own,) = [
            each for each in links.further_links(work, KEY, BASE) if each.email == "red.tardia@example.org"
        ]
    vote_by(bench, own, ASKED + 2 * WAIT)
    with bench.read(COMMAND, NOW) as work:
        assert work.session.scalars(select(Ballot.young)).one(), (
            "marked as of an address of after the opening"
        )
    assert faults(bench) == []


def test_seats_that_have_sent_nothing_get_other_pseudonyms_and_no_other_seat_does(bench: Bench) -> None:
    make_open(bench, secrecy="pseudonymous")
    issued = hand_out(bench, KEY)
    vote_by(bench, issued[0], NOW + timedelta(days=1))
    before = pseudonyms(bench)
    appointed(bench, ASKED)
    registered(bench, ASKED, newcomer(bench, ASKED))
    after = pseudonyms(bench)
    voted = {key for key in before if before[key] == after[key]}
    assert len(voted) == 1
    with bench.read(COMMAND, NOW) as work:
        assert set(work.session.scalars(select(Seat.key).join(Ballot))) == voted
    assert faults(bench) == []
    assert can_be_withdrawn(bench) == ([], [True])
    ask(bench, newcomer(bench, ASKED, "Otra red", email="o@example.org"))
    assert can_be_withdrawn(bench) == ([False], [True]), "also while another one waits"


def can_be_withdrawn(bench: Bench) -> tuple[list[bool], list[bool]]:
    """Of those that wait, and of those that are decided."""
    with bench.read(COMMAND, ASKED) as work:
        page = registrations.registrations_page(work, KEY)
    waiting, decided = ([each.can_be_withdrawn for each in some] for some in (page.waiting, page.decided))
    return waiting, decided


def test_where_all_have_voted_a_secret_vote_could_be_told_apart_and_nothing_is_done(bench: Bench) -> None:
    make_open(bench, secrecy="pseudonymous")
    for link in hand_out(bench, KEY):
        vote_by(bench, link, NOW + timedelta(days=1))
    appointed(bench, ASKED)
    with pytest.raises(Problem, match=r"registration\.all_voted"):
        registered(bench, ASKED, newcomer(bench, ASKED))
    assert len(seats(bench)) == 3


def pseudonyms(bench: Bench) -> dict[str, str]:
    with bench.read(COMMAND, NOW) as work:
        return {seat.key: seat.pseudonym for seat in work.session.scalars(select(Seat))}


def test_a_scrutineer_stops_it_and_what_is_withdrawn_never_was_on_the_roll(bench: Bench) -> None:
    make_open(bench)
    luz, eva = people(bench, "Luz", "Eva")
    looks = Actor("scrutineer", appointed(bench, ASKED), "Escruta")
    number = ask(bench, newcomer(bench, ASKED), luz)
    with bench.work(looks, ASKED) as work:
        checks.stop_registration(work, KEY, number, "No la conocemos")
    told(bench, ASKED)
    assert due(bench, ASKED + 2 * WAIT) == ()
    with bench.read(COMMAND, NOW) as work:
        mails = work.session.scalars(select(Message).where(Message.kind == "staff_notice"))
        assert sum(each.facts["what"] == "registration_stopped" for each in mails) == 2, "the secretariat"
    with bench.work(eva, ASKED) as work:
        registrations.withdraw(work, KEY, number, "Se confirmó por teléfono que no corresponde")
    assert acts(bench)[-3:] == ["registrations.asked", "registrations.stopped", "registrations.withdrawn"]
    assert len(seats(bench)) == 3
    assert faults(bench) == []
    again = ask(bench, organisation_of(bench, number), luz, ASKED + timedelta(hours=1))
    assert again != number, "it can be asked for again"


def take_effect(bench: Bench) -> None:
    """Let the notices leave, and the two hours after them go by."""
    told(bench, moment())
    (one,) = due(bench, moment() + timedelta(hours=3))
    with bench.work(WORKER, moment() + timedelta(hours=3)) as work:
        assert registrations.carry_out(work, one)


def test_a_second_person_lets_it_take_effect_after_two_hours_and_who_asked_cannot(bench: Bench) -> None:
    make_open(bench)
    luz, eva = people(bench, "Luz", "Eva")
    looks = Actor("scrutineer", appointed(bench, ASKED), "Escruta")
    number = ask(bench, newcomer(bench, ASKED), luz)
    with bench.work(looks, ASKED) as work:
        checks.stop_registration(work, KEY, number, "No la conocemos")
    own = []
    for each in (luz, eva, COMMAND):
        with bench.read(each, ASKED) as work:
            own += [line.own for line in registrations.registrations_page(work, KEY).waiting]
    assert own == [True, False, False], "who asked is shown no button to confirm"
    with bench.work(luz, ASKED) as work, pytest.raises(Problem, match=r"access\.second"):
        registrations.confirm(work, KEY, number, "Es así")
    with bench.work(eva, ASKED) as work:
        assert not registrations.confirm(work, KEY, number, "La llamamos: es miembro desde el lunes")
    assert due(bench, ASKED + 2 * WAIT) == (), "the notices still wait"
    told(bench, ASKED)
    two = ASKED + timedelta(hours=2)
    assert due(bench, two - timedelta(seconds=1)) == ()
    (one,) = due(bench, two)
    with bench.work(WORKER, two) as work:
        assert registrations.carry_out(work, one)
    assert seats(bench)[-1] == ("s004", "Red Tardía", True)
    with bench.work(luz, ASKED) as work, pytest.raises(Problem, match=r"access\.decided"):
        registrations.withdraw(work, KEY, number, "Tarde")
    assert faults(bench) == []


def organisation_of(bench: Bench, number: int) -> int:
    with bench.read(COMMAND, NOW) as work:
        return work.session.get_one(Registration, number).organisation_id


def test_what_is_refused_says_why(bench: Bench) -> None:
    make_open(bench)
    with bench.read(COMMAND, NOW) as work:
        (first, *_) = work.session.scalars(select(Seat.organisation_id).order_by(Seat.position))
    number = newcomer(bench, ASKED)

    def refused(code: str, organisation: int, at: datetime = ASKED, why: str = WHY) -> None:
        with pytest.raises(Problem) as raised:
            ask(bench, organisation, at=at, why=why)
        assert raised.value.code == code

    refused("registration.alone", number)
    appointed(bench, ASKED)
    refused("registration.organisation", first)
    refused("access.reason", number, why=" ")
    refused("registration.too_late", number, at=ENDS - WAIT)
    refused("registration.over", number, at=ENDS + timedelta(minutes=1))
    with bench.work(COMMAND, ASKED) as work:
        one = work.session.get_one(Organisation, first)
        name, country, one.name = one.name, one.country, "Con otro nombre"
        one.name_key = "con otro nombre"
    refused("registration.named", newcomer(bench, ASKED, name.upper(), country, email="x@example.org"))
    ask(bench, number)
    refused("registration.organisation", number)
    with bench.read(COMMAND, ASKED) as work:
        assert [addresses.count_undecided_registrations(work.session, key) for key in (KEY, "2027-2")] == [
            1,
            0,
        ]
    with bench.work(WORKER, ASKED) as work:
        assert not registrations.carry_out(work, "999")
    with bench.work(COMMAND, ASKED) as work:
        rounds.close_round(work, KEY, "Todas votaron")
    refused("registration.over", newcomer(bench, ASKED, "Otra red", email="o@example.org"))
    assert due(bench, ASKED + 3 * WAIT) == ()


def test_targets_that_name_shares_take_no_organisation_of_another_category(bench: Bench) -> None:
    shares = {"caribbean": 0.5, "mesoamerica": 0.5}
    make_open(bench, "MX", "JM", rules={"balance": {"subregion": shares}})
    with bench.read(COMMAND, NOW) as work:
        known = set(work.session.scalars(select(Round)).one().rules["balance"]["subregion"])
    assert known == set(shares)
    appointed(bench, ASKED)
    with pytest.raises(Problem, match=r"registration\.target"):
        ask(bench, newcomer(bench, ASKED, country="AR"))


def test_seat_row_and_link_come_together_or_not_at_all(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    make_open(bench)
    appointed(bench, ASKED)
    ask(bench, newcomer(bench, ASKED))
    told(bench, ASKED)
    (one,) = due(bench, ASKED + WAIT)
    before = acts(bench), counts(bench)

    def killed(*_given: object) -> None:
        raise MemoryError

    monkeypatch.setattr(notices, "seat_registered", killed)
    with pytest.raises(MemoryError), bench.work(WORKER, ASKED + WAIT) as work:
        registrations.carry_out(work, one)
    assert (acts(bench), counts(bench)) == before
    monkeypatch.undo()
    with bench.work(WORKER, ASKED + WAIT) as work:
        assert registrations.carry_out(work, one)
    assert faults(bench) == []


def counts(bench: Bench) -> list[int]:
    with bench.read(COMMAND, NOW) as work:
        return [
            len(list(work.session.scalars(select(each.id)))) for each in (Seat, SeatAddress, Link, Message)
        ]


def test_a_row_changed_by_hand_is_found(bench: Bench) -> None:
    make_open(bench)
    appointed(bench, ASKED)
    registered(bench, ASKED, newcomer(bench, ASKED))
    with bench.engine.begin() as connection:
        connection.execute(Registration.__table__.update().values(reason="Otro motivo"))  # type: ignore[attr-defined]
    assert any("why it was registered" in fault for fault in faults(bench))
    with bench.engine.begin() as connection:
        connection.execute(Seat.__table__.update().values(registered_at=None))  # type: ignore[attr-defined]
    assert any("late registrations" in fault for fault in faults(bench))


# -- on pages


def test_the_desk_asks_a_scrutineer_stops_and_all_read_how_many_and_why(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    start = moment()
    number = one_left_out(bench, start)
    assert "Inscribir a una organización" in staff_visitor.get(f"{ROUND}/access").text
    asked = {"organisation": number, "why_es": WHY, "why_en": "It was left out", "password": PASSWORD}
    answer = staff_visitor.submit(f"{ROUND}/registrations/new", asked)
    one = answer.headers["Location"]
    own = staff_visitor.get(one).text
    assert "Retirar la inscripción" in own
    assert "Confirmar como segunda persona" not in own, "who asked does not confirm"
    stop_by_page(signed_in(app, "escruta@example.org"), one.rpartition("/")[2])
    decision = {"why": "La llamamos por teléfono", "password": PASSWORD, "act": "confirm"}
    eva = signed_in(app, "eva@example.org")
    eva.submit(one, decision)
    assert "dos horas después" in Page(eva.get(f"{ROUND}/access")).text
    take_effect(bench)
    for path in (f"/es/rounds/{KEY}", f"/es/rounds/{KEY}/roll"):
        public = Page(app.test_client().get(path)).text
        assert "1 organización inscrita después de la apertura" in public
        assert WHY in public
        other = app.test_client().get(path.replace("/es/", "/en/")).text
        assert "It was left out" in other
        assert WHY not in other
    assert "1 organización del padrón" in staff_visitor.get(f"{ROUND}/participation").text
    assert "inscribió a la organización número 1" in staff_visitor.get(f"{ROUND}/log").text


def stop_by_page(looks: Visitor, number: str) -> None:
    """A scrutineer reads of the registration, and stops it."""
    seen = Page(looks.get(f"/es/scrutiny/rounds/{KEY}")).text
    assert "Red Tardía" in seen
    assert WHY in seen
    answer = looks.submit(f"/es/scrutiny/rounds/{KEY}/registrations/{number}", {"why": "No la conocemos"})
    assert "La inscripción está detenida" in looks.get(answer.headers["Location"]).text


def signed_in(app: Flask, email: str) -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD})
    return visitor


def two_of_the_secretariat(settings: Settings, bench: Bench, start: datetime) -> tuple[Visitor, Visitor]:
    """Ana and Eva, signed in where two persons are wanted."""
    with bench.work(COMMAND, start) as work:
        accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "secretariat")
    app = app_over(replace(settings, two_persons="auto"), bench)
    ana, eva = Visitor(app.test_client()), Visitor(app.test_client())
    for visitor, email in ((ana, "ana@example.org"), (eva, "eva@example.org")):
        visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD})
    return ana, eva


def asks_about(bench: Bench) -> list[bool]:
    """Return of each mail that asks for a confirmation whether it names the organisation."""
    with bench.read(COMMAND, moment()) as work:
        mails = [each.facts for each in work.session.scalars(select(Message))]
        return ["Red Tardía" in each["act"]["es"] for each in mails if each.get("what") == "asked"]


def test_the_log_says_who_asked_and_who_confirmed(settings: Settings, bench: Bench) -> None:
    organisation = one_left_out(bench, moment())
    ana, eva = two_of_the_secretariat(settings, bench, moment())
    path = f"{ROUND}/registrations/new"
    entered = {"organisation": str(organisation), "why_es": WHY, "why_en": IN_ENGLISH, "password": PASSWORD}
    page = eva.get(ana.submit(path, entered).headers["Location"])
    assert eva.post(path, {name: value[0] for name, value in hidden(page).items()}).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "registrations.asked")).one()
        details = json.loads(row.details)
        named = {each.id: each.name for each in work.session.scalars(select(Staff))}
        assert [named[details[each]] for each in ("asked_by", "confirmed_by")] == ["Ana", "Eva"]
    log = html.unescape(eva.get(f"{ROUND}/log").text)
    assert "confirmó la inscripción después de la apertura" in log
    assert "que pidió Ana" in log


def test_a_second_person_confirms_by_page_that_it_is_asked_for(settings: Settings, bench: Bench) -> None:
    """The page of the request has no field for a password, and the form asked for one: no one got through."""
    organisation = one_left_out(bench, moment())
    ana, eva = two_of_the_secretariat(settings, bench, moment())
    path = f"{ROUND}/registrations/new"
    entered = {"organisation": str(organisation), "why_es": WHY, "why_en": IN_ENGLISH, "password": PASSWORD}
    pending = ana.submit(path, entered).headers["Location"]
    page = eva.get(pending)
    assert "Red Tardía" in page.text, "whom it is about, not its number"
    fields = {name: value[0] for name, value in hidden(page).items()}
    assert "password" not in fields
    assert "Red Tardía" in page.text[: page.text.index("</h1>")], "in the title too"
    assert asks_about(bench) == ["Red Tardía" in page.text]
    assert eva.post(path, fields).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        (made,) = work.session.scalars(select(Registration))
        assert (made.organisation_id, made.state) == (organisation, "waiting")
        assert made.staff is not None
        assert made.staff.name == "Ana", "who asked for it, not who confirmed that"
        told_of = [each.facts for each in work.session.scalars(select(Message))]
        assert [each["who"] for each in told_of if each.get("what") == "registration_asked"] == ["Ana"]
        one = f"{ROUND}/registrations/{made.id}"
    assert "Confirmar como segunda persona" not in ana.get(one).text
    decided = {"why": "Lo confirmó por teléfono", "password": PASSWORD, "act": "confirm"}
    assert eva.submit(one, decided).status_code == 303
    take_effect(bench)
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Registration.state)).one() == "done"
    log = html.unescape(eva.get(f"{ROUND}/log").text)
    assert "vale: lo confirmó una segunda persona" in log
    assert ": staff" not in log


def test_an_organisation_that_cannot_be_registered_is_refused_to_who_asks(
    settings: Settings, bench: Bench
) -> None:
    """And not to the second person, who would read it a day later."""
    organisation = one_left_out(bench, moment())
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        shares = {"caribbean": 0.5, "mesoamerica": 0.5}
        found.rules = {**found.rules, "balance": {"subregion": shares}}
    ana, _eva = two_of_the_secretariat(settings, bench, moment())
    entered = {"organisation": str(organisation), "why_es": WHY, "why_en": IN_ENGLISH, "password": PASSWORD}
    refused = ana.submit(f"{ROUND}/registrations/new", entered)
    said = html.unescape(refused.text)
    assert refused.status_code == 422
    assert 'id="organisation-error"' in said, "it stands at the organisation"
    assert WHY in said
    assert IN_ENGLISH in said
    assert f'selected value="{organisation}"' in said
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(PendingAct)).all() == []

"""Nobody votes for a silent organisation unseen: the attacks of `audited.md` 4 and `attacked.md` H1 again.

A person of the secretariat with one password tries every way to bring a link to another address while voting
is open. Each time the true contact is told before, no link goes out in time, and a vote that comes at last is
marked and told to everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.desk import mail as mail_desk
from consulta.desk import moves, opening
from consulta.desk.mail import finish
from consulta.people import new_link
from consulta.platform import accounts
from consulta.platform.data.folding import fold
from consulta.platform.models import (
    AccessChange,
    Ballot,
    Contact,
    Link,
    LogEntry,
    Message,
    Organisation,
    PendingAct,
    Round,
    Seat,
    SeatAddress,
    Staff,
)
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Actor
from consulta.results import checks
from consulta.rounds import addresses, links, notices, themes
from consulta.rounds import service as rounds
from consulta.rounds.letters.service import Finished, Post
from consulta.vote import assisted
from tests.accounts.sign_in.test_confirmation import age, hidden
from tests.apps import app_over
from tests.benches import PASSWORD, STAFF, Visitor, voter_visitor
from tests.cases import for_each
from tests.drafts import round_command, theme_command
from tests.factories import moment
from tests.platform.mailer.desk import Clock, messages, worker_at
from tests.polling import Voter, open_round
from tests.vote.test_scanner import Scanner
from tests.vote.test_vote import Page, ballots, vote

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

EVIL = "persona.dos@evil.example"
KEY = "2027-1"
ROUND = f"/es/secretariat/rounds/{KEY}"
CHANGES = f"{ROUND}/access"
SURE = {"why": "La contacto anterior dejó la organización", "password": PASSWORD}
CONTACT = {"email": EVIL, "name": "Persona Dos", "language": "es", "may_vote": "y"}
SECOND = "otra@example.org"


@dataclass
class Scene:
    """An open round, with the true contact of a silent organisation, and who is signed in at the desk."""

    app: Flask
    bench: Bench
    settings: Settings
    desk: Visitor
    voter: Voter
    round_id: int
    member: int
    true: str
    clock: Clock

    @property
    def contacts(self) -> str:
        return f"/es/secretariat/members/{self.member}/contacts"

    @property
    def own(self) -> str:
        """The page of the true contact."""
        return f"{self.contacts}/{self.voter.contact_id}"

    def after(self, **time: float) -> None:
        """Let the worker do what is due when that much time has passed."""
        self.clock.forward(**time)
        with worker_at(self.bench, self.settings, clock=self.clock) as worker:
            worker.look()
            worker.look()

    def told(self, kind: str) -> list[str]:
        """To which addresses mail of a kind goes, in order."""
        return [each.address for each in messages(self.bench, kind)]

    def token_of_notice(self, address: str = "") -> str:
        """What stands in the link of the newest notice to an address."""
        found = [
            each for each in messages(self.bench, "access_asked") if each.address == (address or self.true)
        ]
        with self.bench.read(WORKER, moment()) as work:
            mail = finish(work, found[-1].id, Post("http://localhost"))
        assert isinstance(mail, Finished)
        text = mail.mail.halves[0].text
        return text.partition("/es/r/")[2].split()[0]

    def answer(self, token: str, choice: str, **more: str) -> TestResponse:
        visitor = Visitor(self.app.test_client())
        data = {"choice": choice, "sure": "y", "answer": "yes", "note": "No la conocemos"} | more
        return visitor.post(f"/es/r/{token}", data)

    def change(self) -> AccessChange:
        with self.bench.read(COMMAND, moment()) as work:
            found = work.session.scalars(select(AccessChange).order_by(AccessChange.id.desc())).first()
            work.session.expunge_all()
        assert found is not None
        return found


@pytest.fixture
def scene(app: Flask, bench: Bench, settings: Settings, staff_visitor: Visitor) -> Scene:
    voter, _ = open_round(bench, opened_at=moment() - timedelta(hours=1))
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.get_one(Contact, voter.contact_id)
        member, true = contact.organisation_id, contact.email
        contact.organisation.name_key = fold(contact.organisation.name)
        for email, fields in (
            ("lee@evil.example", {"may_vote": False}),
            ("baja@evil.example", {"active": False}),
        ):
            contact.organisation.contacts.append(
                Contact(name=email, email=email, created_at=moment() - timedelta(days=90), **fields)
            )
        round_id = work.session.scalars(select(Round.id).where(Round.key == KEY)).one()
    return Scene(app, bench, settings, staff_visitor, voter, round_id, member, true, Clock(moment()))


def second(scene: Scene) -> Visitor:
    """A second person of the secretariat."""
    with scene.bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, SECOND, "Segunda persona", PASSWORD, "secretariat")
    visitor = Visitor(scene.app.test_client())
    assert visitor.submit("/es/account/sign-in", {"email": SECOND, "password": PASSWORD}).status_code == 303
    return visitor


def number_of(scene: Scene, email: str) -> int:
    with scene.bench.read(COMMAND, moment()) as work:
        return work.session.scalars(select(Contact.id).where(Contact.email == email)).one()


# -- the ways


def by_address(scene: Scene, **more: str) -> TestResponse:
    return scene.desk.submit(scene.own, CONTACT | more)


def by_new_contact(scene: Scene, **more: str) -> TestResponse:
    return scene.desk.submit(f"{scene.contacts}/new", CONTACT | more)


def by_replacing(scene: Scene, **more: str) -> TestResponse:
    return scene.desk.submit(f"{scene.own}/replace", CONTACT | more)


def by_switching_on(scene: Scene, **more: str) -> TestResponse:
    """The attacker's contact was on the list before the opening, deactivated."""
    page = f"{scene.contacts}/{number_of(scene, 'baja@evil.example')}/active"
    return scene.desk.submit(page, {"active": "yes"} | more)


def by_letting_vote(scene: Scene, **more: str) -> TestResponse:
    """The attacker's contact was on file at the opening, and might not vote."""
    page = f"{scene.contacts}/{number_of(scene, 'lee@evil.example')}"
    return scene.desk.submit(page, CONTACT | {"email": "lee@evil.example"} | more)


def by_import(scene: Scene, **more: str) -> TestResponse:
    with scene.bench.read(COMMAND, moment()) as work:
        member = work.session.get_one(Organisation, scene.member)
        row = f"{member.name};{member.country};{member.categories['sector']};Persona Dos;{EVIL}"
    text = f"organizacion;pais;sector;contacto;correo\n{row}\n"
    page = "/es/secretariat/members/import"
    kept = scene.desk.submit(page, {"file": (BytesIO(text.encode()), "miembros.csv")})
    assert kept.status_code == 303, kept.text
    seen = Page(scene.desk.get(kept.location)).text
    assert "cambia quién puede votar" in seen
    found = scene.desk.get(kept.location).text.partition('name="seen"')[2].partition('value="')[2]
    return scene.desk.submit(kept.location, {"seen": found.partition('"')[0]} | more)


WAYS: dict[str, tuple[Callable[..., TestResponse], str]] = {
    "address": (by_address, EVIL),
    "new": (by_new_contact, EVIL),
    "replace": (by_replacing, EVIL),
    "switch on": (by_switching_on, "baja@evil.example"),
    "let vote": (by_letting_vote, "lee@evil.example"),
    "import": (by_import, EVIL),
}


@for_each("way", WAYS)
def test_without_the_password_and_a_reason_nothing_changes(scene: Scene, way: str) -> None:
    act, _ = WAYS[way]
    with scene.bench.read(COMMAND, moment()) as work:
        before = work.session.execute(select(Contact.email, Contact.active, Contact.may_vote)).all()
    for more in ({}, {"why": SURE["why"], "password": "no es esta"}, {"password": PASSWORD, "why": " "}):
        assert act(scene, **more).status_code == 422, more
    with scene.bench.read(COMMAND, moment()) as work:
        assert work.session.execute(select(Contact.email, Contact.active, Contact.may_vote)).all() == before
    assert scene.told("access_asked") == []
    assert Visitor(scene.app.test_client()).post(f"/es/v/{scene.voter.token}").status_code == 303


def test_where_there_is_a_second_person_nobody_changes_alone_who_may_vote(scene: Scene) -> None:
    """As a thief of one password would: each way only asks, until another person has confirmed it."""
    other = second(scene)
    scene.app = app_over(replace(scene.settings, two_persons="auto"), scene.bench)
    scene.desk, other = Visitor(scene.app.test_client()), Visitor(scene.app.test_client())
    for visitor, email in ((scene.desk, STAFF), (other, SECOND)):
        visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD})
    with scene.bench.read(COMMAND, moment()) as work:
        before = work.session.execute(select(Contact.email, Contact.active, Contact.may_vote)).all()
    ways = {
        **{name: act for name, (act, _evil) in WAYS.items()},
        "switch off": lambda scene, **more: scene.desk.submit(f"{scene.own}/active", more),
    }
    for name, act in ways.items():
        assert "/pending/" in act(scene, **SURE).headers.get("Location", ""), name
    with scene.bench.read(COMMAND, moment()) as work:
        assert work.session.execute(select(Contact.email, Contact.active, Contact.may_vote)).all() == before
        asked = work.session.scalars(select(PendingAct).where(PendingAct.state == "waiting")).all()
        number = next(each.id for each in asked if each.endpoint == "secretariat.members_import")
        path = next(each.path for each in asked if each.id == number)
    assert scene.told("access_asked") == []
    page = other.get(f"/es/secretariat/pending/{number}")
    assert "miembros.csv" in page.text
    fields = {name: value[0] for name, value in hidden(page).items()}
    assert "password" not in fields
    own = scene.desk.post(path, fields | {"csrf_token": scene.desk.token(scene.desk.get(scene.own))})
    assert (own.status_code, scene.told("access_asked")) == (422, []), "nobody confirms what they asked for"
    age(scene.bench)
    again = other.post(path, fields)
    assert again.status_code == 422, "the password is asked for in place"
    kept = {name: value[0] for name, value in hidden(again).items()}
    assert other.post(path, kept | {"confirm_password": PASSWORD}).status_code == 303
    assert scene.told("access_asked") == [scene.true], "and then it waits as ever"
    assert scene.change().address == EVIL
    assert asker(scene) == STAFF, "who asked for it, not who confirmed that"


def asker(scene: Scene) -> str:
    """The address of who asked for the change."""
    with scene.bench.read(COMMAND, moment()) as work:
        return work.session.get_one(Staff, scene.change().staff_id).email


def try_every_other_way(scene: Scene, evil: str) -> None:
    """The desk's link again, a stranger's request, a reminder, more time, a command: none reaches it."""
    number = number_of(scene, evil)
    again = scene.desk.submit(f"{ROUND}/mail/contacts/{number}/resend", SURE)
    assert (again.status_code, "todavía no se envía ningún enlace" in again.text) == (422, True)
    with scene.bench.work(ANONYMOUS, moment()) as work:
        new_link.ask(work, evil)
    with scene.bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        notices.remind(work, found, moment())
        notices.deadline_moved(work, found, moment())
        notices.voting_opened(work, found)
        given = links.further_links(work, KEY, "http://localhost")
        assert evil not in {each.email for each in given}


def the_vote_is_marked(scene: Scene, evil: str) -> None:
    """A vote by the address that waited: marked in the ballot, the log, the receipt and at the desk."""
    with scene.bench.work(COMMAND, moment()) as work:
        people = [
            (seat, contact)
            for seat, contact, _ in notices.outbox_queries.people(
                work.session, scene.round_id, scene.voter.seat_id
            )
            if contact.email == evil
        ]
        (token,) = links.give(work, people)
    assert vote(voter_visitor(scene.app, token), t2=1).status_code == 303
    with scene.bench.read(COMMAND, moment()) as work:
        ballot = work.session.scalars(select(Ballot)).one()
        assert (ballot.young, ballot.assisted) == (True, False)
        cast = work.session.scalars(select(LogEntry.details).where(LogEntry.action == "ballot.cast")).one()
        assert '"young":true' in cast
    assert {scene.true, evil} <= set(scene.told("receipt"))
    receipt = next(each for each in messages(scene.bench, "receipt") if each.address == scene.true)
    with scene.bench.read(WORKER, moment()) as work:
        mail = finish(work, receipt.id, Post("http://localhost"))
    assert isinstance(mail, Finished)
    assert "contacto o dirección que se agregó después de la apertura" in mail.mail.halves[0].text
    seat = Page(scene.desk.get(f"{ROUND}/seats/{scene.voter.seat}")).text
    assert "contacto o dirección nuevos" in seat
    assert "contacto o dirección nuevos" in scene.desk.get(f"{ROUND}/participation?voted=yes").text


@pytest.mark.parametrize("way", WAYS)
def test_a_silent_organisations_vote_is_not_stolen_unseen(scene: Scene, way: str) -> None:
    act, evil = WAYS[way]
    assert act(scene, **SURE).status_code == 303
    assert scene.true in scene.told("access_asked"), "the true contact is told at once"
    assert evil not in scene.told("access_asked")
    scene.after(minutes=1)
    assert {each.state for each in messages(scene.bench, "access_asked")} == {"sent"}

    try_every_other_way(scene, evil)
    scene.after(hours=23)
    assert evil not in to_whom_links_went(scene)
    assert ballots(scene.bench) == []

    # When nobody objects it goes out at last, and the vote that comes by it is marked.
    scene.after(hours=2)
    scene.after(minutes=1)
    assert evil in to_whom_links_went(scene)
    outcome = [each.address for each in messages(scene.bench, "access_decided")]
    assert scene.true in outcome
    the_vote_is_marked(scene, evil)


def to_whom_links_went(scene: Scene) -> set[str]:
    """The addresses of every mail with a link to vote, sent or waiting, and of every link there is."""
    inviting = ("invitation", "reminder", "new_link", "extension")
    mailed = {
        each.address for each in messages(scene.bench) if each.kind in inviting and each.state != "cancelled"
    }
    with scene.bench.read(COMMAND, moment()) as work:
        query = select(Contact.email).join(Link, Link.contact_id == Contact.id)
        return mailed | set(work.session.scalars(query.where(Link.revoked_at.is_(None))))


def test_the_theft_of_the_audit_step_by_step(scene: Scene) -> None:
    """audited.md 4: add a contact, deactivate the true one, resend, vote, and put everything back."""
    assert by_new_contact(scene, **SURE).status_code == 303
    off = scene.desk.submit(f"{scene.own}/active", {"active": "no"} | SURE)
    assert off.status_code == 303
    resent = scene.desk.submit(f"{ROUND}/mail/contacts/{number_of(scene, EVIL)}/resend", SURE)
    assert resent.status_code == 422
    assert scene.told("access_decided") == [scene.true], "that it was switched off is told"
    token = scene.token_of_notice()
    scene.after(minutes=5)
    assert to_whom_links_went(scene) == {scene.true, address_of_other(scene)}
    assert scene.answer(token, "object").status_code == 200
    scene.after(hours=30)
    assert EVIL not in to_whom_links_went(scene)
    back = scene.desk.submit(f"{scene.own}/active", {"active": "yes"} | SURE)
    assert back.status_code == 303
    assert vote(voter_visitor(scene.app, scene.voter.token), t1=1).status_code == 303
    with scene.bench.read(COMMAND, moment()) as work:
        assert not work.session.scalars(select(Ballot)).one().young


def address_of_other(scene: Scene) -> str:
    """The address of the other organisation's contact."""
    with scene.bench.read(COMMAND, moment()) as work:
        query = select(Contact.email).where(Contact.organisation_id != scene.member)
        return work.session.scalars(query).one()


def test_an_address_changed_and_changed_back_votes_again_and_nothing_waits(scene: Scene) -> None:
    assert by_address(scene, **SURE).status_code == 303
    assert Visitor(scene.app.test_client()).post(f"/es/v/{scene.voter.token}").status_code == 404, "it ended"
    back = scene.desk.submit(scene.own, CONTACT | SURE | {"email": scene.true})
    assert back.status_code == 303
    assert scene.change().state == "withdrawn"
    scene.after(hours=30)
    assert EVIL not in to_whom_links_went(scene)
    assert [each.address for each in messages(scene.bench, "new_link")] == [scene.true]


def test_the_true_contact_receives_the_receipt_though_switched_off_and_its_address_changed(
    scene: Scene,
) -> None:
    """A person who was on file is told, also where mail to them is paused or was marked as not arriving."""
    by_replacing(scene, **SURE)
    with scene.bench.work(COMMAND, moment()) as work:
        contact = work.session.get_one(Contact, scene.voter.contact_id)
        contact.paused, contact.bounced_at = True, moment()
    scene.after(hours=25)
    assert [each.state for each in messages(scene.bench, "access_asked")] == ["sent"]
    assert [each.state for each in messages(scene.bench, "access_decided") if each.address == scene.true]


@pytest.mark.parametrize("way", ["address", "new", "switch on"])
def test_an_objection_stops_it_and_is_seen(scene: Scene, way: str) -> None:
    act, evil = WAYS[way]
    act(scene, **SURE)
    answered = scene.answer(scene.token_of_notice(), "object")
    assert (answered.status_code, "Su oposición quedó registrada" in answered.text) == (200, True)
    assert scene.change().state == "objected"
    scene.after(hours=48)
    assert evil not in to_whom_links_went(scene)
    page = Page(scene.desk.get(CHANGES))
    assert "con oposición" in page.text
    assert "No la conocemos" in page.text
    assert "con oposición" in Page(scene.desk.get(f"/es/secretariat/members/{scene.member}")).text or (
        "Alguien se opuso" in scene.desk.get(f"/es/secretariat/members/{scene.member}").text
    )
    # Who asked cannot confirm it, nor ask for it anew and wait.
    own = scene.desk.submit(f"{CHANGES}/{scene.change().id}", SURE | {"act": "confirm"})
    assert own.status_code == 422
    assert scene.change().state == "objected"


def test_after_an_objection_another_change_of_the_seat_does_not_come_by_waiting(scene: Scene) -> None:
    by_new_contact(scene, **SURE)
    scene.answer(scene.token_of_notice(), "object")
    by_address(scene, **SURE, email="tercera@evil.example")
    scene.after(hours=1)
    scene.after(hours=48)
    assert not {EVIL, "tercera@evil.example"} & to_whom_links_went(scene)
    assert "solo si lo confirma una segunda persona" in Page(scene.desk.get(CHANGES)).text


def test_a_second_person_confirms_also_after_an_objection_and_gives_a_reason(scene: Scene) -> None:
    by_address(scene, **SURE)
    scene.answer(scene.token_of_notice(), "object")
    other = second(scene)
    page = f"{CHANGES}/{scene.change().id}"
    assert other.submit(page, {"act": "confirm", "password": PASSWORD, "why": ""}).status_code == 422
    assert other.submit(page, {"act": "confirm", "password": "no", "why": "Llamé"}).status_code == 422
    assert scene.change().state == "objected"
    sure = {"act": "confirm", "password": PASSWORD, "why": "Llamé a la presidenta"}
    assert other.submit(page, sure).status_code == 303
    assert "dos horas después" in Page(other.get(CHANGES)).text, "its notice has not left yet"
    assert other.submit(page, sure).status_code == 422, "it is confirmed"
    for time in ({"minutes": 1}, {"hours": 1, "minutes": 58}):
        scene.after(**time)
        assert (scene.change().state, EVIL in to_whom_links_went(scene)) == ("objected", False)
    scene.after(minutes=3)
    assert (scene.change().state, scene.change().decided_how) == ("done", "staff")
    assert EVIL in to_whom_links_went(scene)
    said = [each for each in messages(scene.bench, "access_decided") if each.facts.get("outcome") == "staff"]
    with scene.bench.read(WORKER, moment()) as work:
        mail = finish(work, said[0].id, Post("http://localhost"))
    assert isinstance(mail, Finished)
    assert "Llamé a la presidenta" in mail.mail.halves[0].text


def test_an_objection_after_a_second_person_confirmed_stops_it_again(scene: Scene) -> None:
    by_address(scene, **SURE)
    token = scene.token_of_notice()
    scene.after(minutes=1)
    other, page = second(scene), f"{CHANGES}/{scene.change().id}"
    sure = {"act": "confirm", "password": PASSWORD, "why": "Llamé a la presidenta"}
    assert other.submit(page, sure).status_code == 303
    assert "Entra en vigor" in Page(other.get(page)).text
    assert scene.answer(token, "object").status_code == 200
    scene.after(hours=30)
    assert (scene.change().state, scene.change().confirmed_at) == ("objected", None)
    assert EVIL not in to_whom_links_went(scene)
    assert other.submit(page, sure).status_code == 303, "it can be confirmed anew"
    scene.after(hours=3)
    assert scene.change().state == "done"


def test_a_notice_that_could_not_be_delivered_does_not_hold_up_a_second_person(scene: Scene) -> None:
    by_address(scene, **SURE)
    with scene.bench.work(COMMAND, moment()) as work:
        for each in work.session.scalars(select(Message).where(Message.kind == "access_asked")):
            each.state, each.token, each.left_at = "failed", None, moment()
    sure = {"act": "confirm", "password": PASSWORD, "why": "Llamé a la presidenta"}
    assert second(scene).submit(f"{CHANGES}/{scene.change().id}", sure).status_code == 303
    scene.after(hours=1, minutes=59)
    assert scene.change().state == "waiting", "two hours since it was asked for"
    scene.after(minutes=2)
    assert scene.change().state == "done"


def test_an_address_of_the_opening_accepts_and_the_link_goes_at_once(scene: Scene) -> None:
    by_address(scene, **SURE)
    token = scene.token_of_notice()
    for spoilt in ({"sure": ""}, {"choice": ""}, {"choice": "nada"}):
        sent = {"choice": "accept", "sure": "y", "answer": "yes"} | spoilt
        answer = Visitor(scene.app.test_client()).post(f"/es/r/{token}", {k: v for k, v in sent.items() if v})
        assert answer.status_code == 422, spoilt
    assert scene.change().state == "waiting"
    assert scene.answer(token, "accept").status_code == 200
    assert (scene.change().state, scene.change().decided_how) == ("done", "address")
    assert EVIL in to_whom_links_went(scene)
    with scene.bench.read(COMMAND, moment()) as work:
        actors = work.session.scalars(select(LogEntry.actor).where(LogEntry.action == "access.decided")).all()
    assert actors == [f"addressee:{scene.voter.contact_id}"]
    late = scene.answer(token, "object")
    assert late.status_code == 422, "it is decided"


def test_a_contact_that_could_not_vote_at_the_opening_is_told_and_cannot_accept(scene: Scene) -> None:
    with scene.bench.work(COMMAND, moment()) as work:
        lee = work.session.scalars(select(Contact).where(Contact.email == "lee@evil.example")).one()
        work.session.add(
            SeatAddress(
                seat_id=scene.voter.seat_id, contact_id=lee.id, address=lee.email, name="Lee", language="es",
                at_opening=True, votes=False, since=moment(),
            )
        )  # fmt: skip
    by_new_contact(scene, **SURE)
    assert scene.told("access_asked") == [scene.true, "lee@evil.example"]
    refused = scene.answer(scene.token_of_notice("lee@evil.example"), "accept")
    assert refused.status_code == 422
    assert scene.change().state == "waiting"
    assert scene.answer(scene.token_of_notice("lee@evil.example"), "object").status_code == 200


def test_the_wait_begins_when_the_notices_left(scene: Scene) -> None:
    by_address(scene, **SURE)
    scene.after(hours=48)  # nothing was sent before
    assert [each.state for each in messages(scene.bench, "access_asked")] == ["sent"]
    assert scene.change().state == "waiting"
    scene.after(hours=23)
    assert scene.change().state == "waiting"
    scene.after(hours=2)
    assert scene.change().state == "done"


def test_the_secretariat_holds_back_nothing_that_is_owed(scene: Scene) -> None:
    """Neither paused nor out of the queue: notices, the receipt of an assisted vote, the closing mail."""
    with scene.bench.work(Actor("secretariat", 1), moment()) as work:
        mail_desk.pause_mail(work)
    by_address(scene, **SURE)
    with scene.bench.work(Actor("secretariat", 1), moment()) as work:
        seat = work.session.get_one(Seat, scene.voter.seat_id).key
        asked = assisted.Request("Nadie", "Ninguna")
        assisted.cast(work, KEY, seat, Entries({"t1": 1}), "una-clave", asked, by_two=True)
    with scene.bench.work(Actor("secretariat", 1), moment()) as work:
        moves.close(work, KEY, "Prueba", 72)
        mail_desk.drop_waiting(work, KEY)
    scene.after(minutes=1)
    owed = {each.kind: each.state for each in messages(scene.bench) if each.address == scene.true}
    assert owed["receipt"] == owed["closing"] == "sent"
    assert owed["access_asked"] == "cancelled", "voting has closed"


def test_where_nobody_can_be_told_a_second_person_is_needed(scene: Scene) -> None:
    by_address(scene, **SURE)
    with scene.bench.work(COMMAND, moment()) as work:
        for each in work.session.scalars(select(Message).where(Message.kind == "access_asked")):
            each.state, each.token, each.left_at = "failed", None, moment()
    scene.after(hours=48)
    assert scene.change().state == "waiting"
    assert "solo si lo confirma una segunda persona" in Page(scene.desk.get(CHANGES)).text


def test_a_notice_taken_for_somebody_who_could_not_vote_does_not_stand_for_the_one_that_was_refused(
    scene: Scene,
) -> None:
    """The mailbox of the true contact is dead; a contact of the attacker's has been on file since before."""
    lee = number_of(scene, "lee@evil.example")
    with scene.bench.work(COMMAND, moment()) as work:
        work.session.add(
            SeatAddress(
                seat_id=scene.voter.seat_id, contact_id=lee, address="lee@evil.example", name="Lee",
                language="es", at_opening=True, votes=False, since=moment(),
            )
        )  # fmt: skip
    by_address(scene, **SURE)
    with scene.bench.work(COMMAND, moment()) as work:
        of_true = select(Message).where(Message.kind == "access_asked", Message.address == scene.true)
        for each in work.session.scalars(of_true):
            each.state, each.token, each.left_at = "failed", None, moment()
    scene.after(hours=48)
    scene.after(hours=48)
    assert {each.state for each in messages(scene.bench, "access_asked")} == {"failed", "sent"}
    assert scene.change().state == "waiting"
    assert "solo si lo confirma una segunda persona" in Page(scene.desk.get(CHANGES)).text


def test_a_change_that_is_withdrawn_leaves_the_contact_as_it_was(scene: Scene) -> None:
    by_address(scene, **SURE)
    page = f"{CHANGES}/{scene.change().id}"
    assert scene.desk.submit(page, SURE | {"act": "withdraw"}).status_code == 303
    with scene.bench.read(COMMAND, moment()) as work:
        assert work.session.get_one(Contact, scene.voter.contact_id).email == scene.true
    assert [each.address for each in messages(scene.bench, "new_link")] == [scene.true]
    again = scene.desk.post(
        page, SURE | {"act": "withdraw", "csrf_token": Visitor.token(scene.desk.get(scene.own))}
    )
    assert again.status_code == 422, "it is decided"
    scene.after(hours=48)
    assert EVIL not in to_whom_links_went(scene)


def test_a_replacement_that_is_withdrawn_lets_the_contact_who_was_there_vote_again(scene: Scene) -> None:
    by_replacing(scene, **SURE)
    page = f"{CHANGES}/{scene.change().id}"
    assert scene.desk.submit(page, SURE | {"act": "withdraw"}).status_code == 303
    with scene.bench.read(COMMAND, moment()) as work:
        assert work.session.get_one(Contact, scene.voter.contact_id).active
    assert [each.address for each in messages(scene.bench, "new_link")] == [scene.true]
    scene.after(hours=48)
    assert EVIL not in to_whom_links_went(scene)


def test_what_needs_no_guard_asks_for_nothing(scene: Scene) -> None:
    """A name, a language, an organisation without a seat: no password, no notice."""
    named = CONTACT | {"email": scene.true, "name": "Otro nombre", "language": "en"}
    assert scene.desk.submit(scene.own, named).status_code == 303
    assert scene.told("access_asked") + scene.told("access_decided") == []


# -- the door of notices


def test_the_link_of_a_notice_tells_and_changes_nothing_until_its_button(scene: Scene) -> None:
    """SE-1, SE-2: the same page for every token, without a cookie and without a row."""
    by_address(scene, **SURE)
    token = scene.token_of_notice()
    visitor = Visitor(scene.app.test_client())
    pages = [visitor.get(f"/es/r/{each}") for each in (token, "x" * 43, "abc")]
    assert {(page.status_code, page.data) for page in pages} == {(200, pages[0].data)}
    assert all("Set-Cookie" not in page.headers for page in pages)
    assert scene.voter.organisation not in pages[0].text
    for wrong in ("x" * 43, "abc"):
        assert visitor.post(f"/es/r/{wrong}").status_code == 404
    asked = visitor.post(f"/es/r/{token}")
    assert scene.voter.organisation in asked.text
    assert "p…@evil.example" in asked.text
    assert EVIL not in asked.text
    assert scene.change().state == "waiting"
    broken = f"Aviso: http://localhost/es/r/{token[:20]}=\r\n {token[20:]}\r\n\r\nMás"
    assert visitor.post("/es/r/", {"link": broken}).status_code == 200


def test_a_scanner_neither_objects_nor_accepts(scene: Scene) -> None:
    by_address(scene, **SURE)
    scanner = Scanner(scene.app)
    scanner.open(f"/es/r/{scene.token_of_notice()}")
    assert scanner.sent, "it pressed every button it found"
    assert scene.change().state == "waiting"


def test_the_log_has_digests_and_reasons_and_no_address(scene: Scene) -> None:
    """TR-11: what an auditor needs, by organisation, without any person's address."""
    by_address(scene, **SURE)
    scene.answer(scene.token_of_notice(), "object")
    with scene.bench.read(COMMAND, moment()) as work:
        rows: dict[str, Any] = {
            each.action: each.details
            for each in work.session.scalars(select(LogEntry).where(LogEntry.action.like("access.%")))
        }
    assert set(rows) == {"access.asked", "access.objected"}
    assert '"kind":"address"' in rows["access.asked"]
    assert SURE["why"] in rows["access.asked"]
    assert not any("@" in details for details in rows.values())
    assert "pidió que se pueda votar por" in Page(scene.desk.get(f"{ROUND}/log")).text


def test_a_scrutineer_sees_what_changed_and_who_objected(scene: Scene) -> None:
    by_address(scene, **SURE)
    scene.answer(scene.token_of_notice(), "object")
    with scene.bench.work(COMMAND, moment()) as work:
        person = accounts.add_staff(
            work, "e@example.org", "Escrutadora", PASSWORD, "scrutineer", organisation="R"
        )
        checks.appoint(work, KEY, person.id)
    visitor = Visitor(scene.app.test_client())
    visitor.submit("/es/account/sign-in", {"email": "e@example.org", "password": PASSWORD})
    seen = Page(visitor.get(f"/es/scrutiny/rounds/{KEY}")).text
    assert scene.voter.organisation in seen
    assert "con oposición" in seen
    assert "No la conocemos" in seen
    assert SURE["why"] in seen


def test_a_notice_about_what_was_decided_meanwhile_is_not_sent(scene: Scene) -> None:
    by_address(scene, **SURE)
    assert scene.answer(scene.token_of_notice(), "accept").status_code == 200
    scene.after(minutes=1)
    assert [(each.state, each.reason) for each in messages(scene.bench, "access_asked")] == [
        ("cancelled", "mail.decided")
    ]
    assert scene.true in scene.told("access_decided")


# -- another round, opened at once


def open_another(scene: Scene) -> str:
    """A second round that opens while the first one is open; its key."""
    closes = f"{moment() + timedelta(days=20):%Y-%m-%dT17:00}"
    with scene.bench.work(COMMAND, moment()) as work:
        key = rounds.create_round(work, round_command(key="2027-2", closes_local=closes))
        for number in range(1, 7):
            themes.save_theme(work, key, theme_command(number))
        opening.open_round(work, key)
    return key


@pytest.mark.parametrize("way", WAYS)
def test_a_second_round_opened_at_once_lets_nobody_vote_before_the_wait(scene: Scene, way: str) -> None:
    act, evil = WAYS[way]
    assert act(scene, **SURE).status_code == 303
    key = open_another(scene)
    scene.after(minutes=1)
    assert evil not in to_whom_links_went(scene)
    told = [each.address for each in messages(scene.bench, "access_asked")]
    assert told.count(scene.true) == 2, "told for each of the two rounds"
    scene.after(hours=25)
    assert evil in to_whom_links_went(scene)
    with scene.bench.read(COMMAND, moment()) as work:
        seat_id = work.session.scalars(select(Seat.id).join(Seat.round).where(Round.key == key)).first()
        assert seat_id is not None
        contact = work.session.scalars(select(Contact.id).where(Contact.email == evil)).one()
        assert addresses.is_young(work.session, seat_id, contact), "its vote is marked there as well"
        on_file = {each.address for each in addresses.of_round(work.session, scene.round_id + 1)}
        assert scene.true in on_file


@pytest.mark.parametrize("closed", [False, True])
def test_an_objection_made_in_one_round_holds_in_the_next(scene: Scene, closed: bool) -> None:
    by_address(scene, **SURE)
    token = scene.token_of_notice()
    scene.after(minutes=1)
    assert scene.answer(token, "object").status_code == 200
    if closed:
        with scene.bench.work(COMMAND, moment()) as work:
            moves.close(work, KEY, "Prueba")
    open_another(scene)
    scene.after(hours=72)
    assert EVIL not in to_whom_links_went(scene)
    assert scene.change().state == "objected"
    on_file = [each.address for each in messages(scene.bench, "access_asked")]
    assert on_file.count(scene.true) == 2


def test_a_scrutineer_stops_a_change_and_all_are_told_why(scene: Scene) -> None:
    reason = "Nadie de la organización conoce esta dirección"
    with scene.bench.work(COMMAND, moment()) as work:
        for email, round_key in (("ojo@example.org", KEY), ("otro@example.org", "")):
            person = accounts.add_staff(
                work, email, "Escrutadora", PASSWORD, "scrutineer", organisation="Red de Mujeres"
            )
            if round_key:
                checks.appoint(work, round_key, person.id)
    by_address(scene, **SURE)
    number = scene.change().id
    page = f"/es/scrutiny/rounds/{KEY}/changes/{number}"
    stranger, visitor = Visitor(scene.app.test_client()), Visitor(scene.app.test_client())
    for each, email in ((stranger, "otro@example.org"), (visitor, "ojo@example.org")):
        each.submit("/es/account/sign-in", {"email": email, "password": PASSWORD})
    assert stranger.get(page).status_code in {404, 422}, "of this round alone"
    assert f"/changes/{number}" in visitor.get(f"/es/scrutiny/rounds/{KEY}").text
    assert visitor.submit(page, {"why": " "}).status_code == 422
    assert scene.change().state == "waiting"
    assert visitor.submit(page, {"why": reason}).status_code == 303
    assert (scene.change().state, scene.change().stopped) == ("objected", reason)
    assert scene.told("access_decided")[-1] == EVIL, "the contact is told too"
    with scene.bench.read(WORKER, moment()) as work:
        mail = finish(work, messages(scene.bench, "access_decided")[-1].id, Post("http://localhost"))
    assert isinstance(mail, Finished)
    assert reason in mail.mail.halves[0].text
    assert [each.address for each in messages(scene.bench, "staff_notice")][-1:] == [STAFF]
    scene.after(hours=25)
    assert scene.change().state == "objected", "the wait does not let it take effect"
    assert visitor.submit(f"/es/scrutiny/rounds/{KEY}", {"why": reason}, to=page).status_code in {409, 422}
    assert reason in scene.desk.get(f"{CHANGES}/{number}").text

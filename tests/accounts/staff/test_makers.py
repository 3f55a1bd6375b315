"""A person with two accounts is one person: what a thief of one administrator's account did alone, again.

The thief invites a puppet, lets it ask and confirms, or asks and lets it confirm, or has two puppets, or has
another administrator confirm the invitation; closes a round early, adds a contact and registers an
organisation. Only a person who does not go back to them confirms.
"""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.accounts import staff
from consulta.platform import accounts
from consulta.platform.models import AccessChange, Contact, LogEntry, Message, Registration, Seat, Staff
from consulta.platform.work import COMMAND, Actor
from tests.accounts.sign_in.test_confirmation import hidden
from tests.accounts.staff.test_two_persons import ask_at, confirm_at, signed_in, state, what_is_asked
from tests.apps import app_over
from tests.benches import PASSWORD, Visitor
from tests.drafts import KEY
from tests.factories import moment
from tests.polling import open_round
from tests.registering import appointed, one_left_out

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work

BOSS, EVA, DEPUTY = "jefa@example.org", "eva@example.org", "segunda@example.org"
SOCK, SECOND_SOCK = "titere@evil.example", "titere2@evil.example"
CLOSE = f"/es/secretariat/rounds/{KEY}/close"
INVITE = "/es/secretariat/staff/invite"
WHY = "Ya votaron las que iban a votar"


@pytest.fixture
def desk(settings: Settings, bench: Bench) -> Flask:
    """What a small organisation has: an administrator, a person of the secretariat, a scrutineer."""
    open_round(bench, KEY, opened_at=moment() - timedelta(hours=1))
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, BOSS, "Jefa", PASSWORD, "admin")
        accounts.add_staff(work, EVA, "Eva", PASSWORD, "secretariat")
    appointed(bench, moment())
    return app_over(replace(settings, two_persons="auto"), bench)


def number_of(bench: Bench, email: str) -> int | None:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalars(select(Staff.id).where(Staff.email == email)).first()


def puppet(bench: Bench, email: str, by: str = BOSS, asked_by: str = "", role: str = "secretariat") -> None:
    """An account that began by an invitation, which another person confirmed if one asked for it."""
    maker = number_of(bench, by)
    with bench.work(Actor("admin", maker, by), moment()) as work:
        if asker := number_of(bench, asked_by):
            work.confirms(asker)
        accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, role)  # type: ignore[arg-type]


def told(bench: Bench, what: str) -> list[str]:
    with bench.read(COMMAND, moment()) as work:
        mails = work.session.scalars(select(Message).where(Message.kind == "staff_notice"))
        return sorted(each.address for each in mails if each.facts["what"] == what)


def confirm_by_force(visitor: Visitor, reader: Visitor, pending: str, path: str) -> TestResponse:
    """Confirm with the fields that another person is shown: the own page has no button."""
    fields = {name: value[0] for name, value in hidden(reader.get(pending)).items()}
    fields["csrf_token"] = visitor.token(visitor.get(pending))
    return visitor.post(path, fields)


@pytest.mark.attack("A1")
def test_a_person_of_the_secretariat_confirms_that_a_second_voice_is_invited(
    desk: Flask, bench: Bench
) -> None:
    boss, eva = signed_in(desk, BOSS), signed_in(desk, EVA)
    entered = {"email": SOCK, "name": "Títere", "role": "secretariat"}
    pending = ask_at(boss, INVITE, **entered)
    assert "/pending/" in pending, "an administrator alone invites nobody who can confirm"
    assert number_of(bench, SOCK) is None
    assert told(bench, "asked") == [EVA]
    shown = what_is_asked(eva, pending)
    assert {SOCK, "Títere"} <= set(shown.values())
    done = confirm_at(eva, pending, INVITE)
    assert done.status_code == 303
    assert eva.get(done.headers["Location"]).status_code == 200, "and not a page that is not hers"
    assert number_of(bench, SOCK)
    assert told(bench, "account_made") == sorted([BOSS, EVA, "escruta@example.org"])
    with bench.read(COMMAND, moment()) as work:
        rows = select(LogEntry).where(LogEntry.action == "staff.added").order_by(LogEntry.seq.desc())
        row = work.session.scalars(rows).first()
        assert row is not None
        assert (row.actor, json.loads(row.details)["asked_by"]) == (
            f"secretariat:{number_of(bench, EVA)}",
            number_of(bench, BOSS),
        )
    assert eva.get(INVITE).status_code == 403, "by herself she invites nobody"
    forged = entered | {"confirmed_act": "99", "csrf_token": eva.token(eva.get(pending))}
    assert eva.post(INVITE, forged).status_code == 404


@pytest.mark.parametrize(
    ("act", "waits"), [("disable", False), ("link", False), ("role", True), ("enable", True)]
)
@pytest.mark.attack("A1")
def test_what_gives_rights_waits_for_another_person_and_what_ends_them_does_not(
    desk: Flask, bench: Bench, act: str, waits: bool
) -> None:
    """A link to the only other person is sent by one: she cannot confirm without it."""
    with bench.work(COMMAND, moment()) as work:
        lee = accounts.add_staff(work, "lee@example.org", "Lee", PASSWORD, "reader").id
        if act == "enable":
            work.session.get_one(Staff, lee).role = "secretariat"
            accounts.disable_staff(work, "lee@example.org")
    subject = number_of(bench, EVA) if act in {"disable", "link"} else lee
    page = f"/es/secretariat/staff/{subject}"
    boss = signed_in(desk, BOSS)
    sent = boss.submit(page, {"act": act, "role": "mail", "reason": WHY})
    assert ("/pending/" in sent.headers["Location"]) is waits
    if waits:
        assert confirm_at(signed_in(desk, EVA), sent.headers["Location"], page).status_code == 303
        assert told(bench, f"account_{'role' if act == 'role' else 'enabled'}") == sorted(
            [BOSS, EVA, "escruta@example.org"]
        )


@pytest.mark.parametrize(("asks", "confirms"), [(SOCK, BOSS), (BOSS, SOCK), (SOCK, SECOND_SOCK)])
@pytest.mark.attack("A1")
def test_nobody_closes_a_round_with_an_account_of_the_own_making(
    desk: Flask, bench: Bench, asks: str, confirms: str
) -> None:
    for email in (SOCK, SECOND_SOCK):
        puppet(bench, email)
    pending = ask_at(signed_in(desk, asks), CLOSE, typed=KEY, reason=WHY)
    eva, other = signed_in(desk, EVA), signed_in(desk, confirms)
    assert told(bench, "asked") == [EVA], "who could not confirm is not asked to"
    page = html.unescape(other.get(pending).text)
    assert "confirmed_act" not in page
    assert "últimos siete días" in page
    refused = confirm_by_force(other, eva, pending, CLOSE)
    assert (refused.status_code, state(bench)) == (422, "open")
    assert confirm_at(eva, pending, CLOSE).status_code == 303
    assert state(bench) == "closed"


@pytest.mark.parametrize(("asks", "confirms"), [(SOCK, DEPUTY), (DEPUTY, SOCK), (SOCK, BOSS)])
@pytest.mark.attack("A1")
def test_an_account_goes_back_to_who_asked_for_it_and_to_who_was_made_to_confirm_it(
    desk: Flask, bench: Bench, asks: str, confirms: str
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, DEPUTY, "Segunda", PASSWORD, "admin")
    puppet(bench, SOCK, by=DEPUTY, asked_by=BOSS)
    pending = ask_at(signed_in(desk, asks), CLOSE, typed=KEY, reason=WHY)
    refused = confirm_by_force(signed_in(desk, confirms), signed_in(desk, EVA), pending, CLOSE)
    assert (refused.status_code, state(bench)) == (422, "open")
    apart = ask_at(signed_in(desk, BOSS), CLOSE, typed=KEY, reason=WHY)
    assert confirm_at(signed_in(desk, DEPUTY), apart, CLOSE).status_code == 303, "these two are two"


@pytest.mark.attack("A1")
def test_a_contact_or_an_organisation_that_a_puppet_asked_for_is_not_confirmed_by_its_maker(
    settings: Settings, bench: Bench
) -> None:
    organisation = one_left_out(bench, moment())
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, BOSS, "Jefa", PASSWORD, "admin")
    desk = app_over(replace(settings, two_persons="auto"), bench)
    puppet(bench, SOCK)
    sock = number_of(bench, SOCK)
    with bench.work(COMMAND, moment()) as work:
        seat = open_seat(work)
        for row in (
            AccessChange(
                seat_id=seat.id, contact_id=contact_of(work, seat), kind="added", before="",
                address=work.session.get_one(Contact, contact_of(work, seat)).email,
            ),
            Registration(round_id=seat.round_id, organisation_id=organisation),
        ):  # fmt: skip
            row.staff_id, row.reason, row.wait = sock, WHY, 86400
            row.asked_at, row.due_at = moment(), moment() + timedelta(days=1)
            work.session.add(row)
    boss, eva = signed_in(desk, BOSS), signed_in(desk, EVA)
    decided = {"act": "confirm", "why": WHY, "password": PASSWORD}
    for page in (f"/es/secretariat/rounds/{KEY}/access/1", f"/es/secretariat/rounds/{KEY}/registrations/1"):
        refused = boss.submit(page, decided)
        assert refused.status_code == 422, page
        assert "últimos 7 días" in html.unescape(refused.text)
        done = eva.submit(page, decided)
        assert done.status_code == 303, html.unescape(done.text)
    with bench.read(COMMAND, moment()) as work:
        states = [work.session.scalars(select(each.state)).one() for each in (AccessChange, Registration)]
    assert states == ["waiting", "waiting"], "and nothing takes effect before two hours have gone by"


def open_seat(work: Work) -> Seat:
    return work.session.scalars(select(Seat).order_by(Seat.id)).first()  # type: ignore[return-value]


def contact_of(work: Work, seat: Seat) -> int:
    query = select(Contact.id).where(Contact.organisation_id == seat.organisation_id)
    return work.session.scalars(query.order_by(Contact.id)).first()  # type: ignore[return-value]


def one(bench: Bench, asker: str, confirmer: str) -> bool:
    first, second = number_of(bench, asker), number_of(bench, confirmer)
    assert first is not None
    assert second is not None
    with bench.read(COMMAND, moment() + timedelta(seconds=1)) as work:
        return staff.are_one(work, first, second, "rounds.close")


def test_the_first_two_accounts_act_together_and_a_third_takes_nobodys_place(
    settings: Settings, bench: Bench
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, BOSS, "Jefa", PASSWORD, "admin")
    puppet(bench, EVA)
    assert not one(bench, BOSS, EVA), "an installation of one day can open a round"
    puppet(bench, SOCK, by=BOSS, asked_by="")
    assert not one(bench, BOSS, EVA)
    assert one(bench, BOSS, SOCK), "who came later does not stand for who was there"
    assert one(bench, SOCK, EVA)
    with bench.work(Actor("admin", number_of(bench, BOSS)), moment()) as work:
        staff.switch(work, number_of(bench, EVA) or 0, WHY, active=False)
    assert one(bench, BOSS, SOCK), "nor where the other one was just ended"


@given(
    made=st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 6)).filter(lambda each: each[0] != each[1]), max_size=9
    )
)
def test_going_back_is_the_same_as_walking_from_maker_to_maker(made: list[tuple[int, int]]) -> None:
    found = staff._goes_back(made)
    for account in range(1, 7):
        reached, todo = set(), [account]
        while todo:
            if (each := todo.pop()) not in reached:
                reached.add(each)
                todo += [maker for maker, subject in made if subject == each]
        assert found[account] == reached

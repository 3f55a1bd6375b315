"""Accounts of staff: begun by a link, roles that differ, and what an administrator may do with them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.accounts import staff
from consulta.core.problems import Problem
from consulta.desk import mail as mail_acts
from consulta.platform import access, accounts
from consulta.platform.models import Link, LogEntry, Staff
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Actor
from consulta.rounds.letters.service import Finished, Post
from tests.benches import PASSWORD, Visitor
from tests.deep import some
from tests.factories import moment
from tests.queued import messages
from tests.shell.site.test_access import address, furnished, rules
from tests.views import ROUTES

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench, Work

__all__ = ["furnished"]
SIGN_IN, DESK = "/es/account/sign-in", "/es/secretariat/"
BOSS = "jefa@example.org"
OTHER = "quince gatos cruzan lentos"
WHY = "Entra al equipo"


def add(bench: Bench, email: str = BOSS, role: accounts.StaffRole = "admin") -> int:
    with bench.work(COMMAND, moment()) as work:
        return accounts.add_staff(work, email, email.partition("@")[0], PASSWORD, role).id


def signed_in(app: Flask, email: str = BOSS, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.submit(SIGN_IN, {"email": email, "password": password}).status_code == 303
    return visitor


@pytest.fixture
def boss(app: Flask, bench: Bench) -> Visitor:
    add(bench)
    return signed_in(app)


def test_the_list_shows_accounts_that_have_never_signed_in(bench: Bench, boss: Visitor) -> None:
    add(bench, "nueva@example.org", "mail")
    for order in ("", "?sort=at", "?sort=-at"):
        page = boss.get(f"{DESK}staff{order}")
        assert page.status_code == 200
        assert "nueva@example.org" in page.text


def test_an_invited_person_begins_by_the_link_and_no_other_knows_the_password(
    app: Flask, bench: Bench, boss: Visitor
) -> None:
    before = len(messages(bench))
    asked = {"email": "nueva@example.org", "name": "Nueva Colega", "role": "mail"}
    assert boss.submit("/es/secretariat/staff/invite", asked).status_code == 303
    (mail,) = (each for each in messages(bench)[before:] if "account" not in each.facts)
    assert (mail.kind, mail.address) == ("staff_link", "nueva@example.org")
    guest = Visitor(app.test_client())
    wrong = guest.submit(SIGN_IN, {"email": "nueva@example.org", "password": OTHER})
    assert wrong.status_code == 422
    opened = guest.post(f"/es/j/{mail.token}")
    assert opened.headers["Location"].endswith("/account/join")
    page = opened.headers["Location"]
    assert guest.submit(page, {"name": "Nueva", "password": "corta"}).status_code == 422
    assert guest.submit(page, {"name": "Nueva", "password": OTHER}).status_code == 303
    assert guest.get(DESK).status_code == 200
    assert Visitor(app.test_client()).post(f"/es/j/{mail.token}").status_code == 404, "it works once"
    assert signed_in(app, "nueva@example.org", OTHER).get(DESK).status_code == 200


def test_another_link_ends_the_one_before_and_one_without_factors_ends_sessions(bench: Bench) -> None:
    number = add(bench, "ana@example.org", "secretariat")
    add(bench)
    with bench.work(COMMAND, moment()) as work:
        session = accounts.start_session(work, staff_id=number)
        staff.send_link(work, number, WHY)
    with bench.work(COMMAND, moment()) as work:
        assert accounts.resume(work, session) is not None
        staff.send_link(work, number, WHY, anew=True)
        assert accounts.resume(work, session) is None
        made = work.session.scalars(select(Link).order_by(Link.id)).all()
        assert [each.revoked_at is None for each in made] == [False, True]
        assert {each.expires_at - each.created_at for each in made} == {timedelta(days=3)}


def taken(work: Work, act: str, number: int) -> None:
    """Take the administration from an account."""
    if act == "role":
        staff.change_role(work, number, "secretariat", WHY)
    else:
        staff.switch(work, number, WHY, active=False)


@pytest.mark.parametrize("act", ["role", "disable"])
def test_one_administrator_is_always_left(bench: Bench, act: str) -> None:
    first, second = add(bench), add(bench, "otra@example.org")
    me = Actor("admin", first)
    with bench.work(me, moment()) as work, pytest.raises(Problem, match=r"staff\.own"):
        staff.change_role(work, first, "reader", WHY)
    with bench.work(COMMAND, moment()) as work:
        taken(work, act, second)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"staff\.last_admin"):
        taken(work, act, first)


def test_each_change_is_told_and_logged_with_its_reason(app: Flask, bench: Bench, boss: Visitor) -> None:
    number = add(bench, "ana@example.org", "secretariat")
    hers, before = signed_in(app, "ana@example.org"), len(messages(bench))
    page = f"/es/secretariat/staff/{number}"
    assert boss.submit(page, {"act": "role", "role": "reader"}).status_code == 422, "without a reason"
    assert boss.submit(page, {"act": "role", "role": "reader", "reason": WHY}).status_code == 303
    assert hers.get(DESK).status_code == 303, "its sessions have ended"
    assert boss.submit(page, {"act": "disable", "reason": WHY}).status_code == 303
    assert boss.submit(page, {"act": "enable", "reason": WHY}).status_code == 303
    told = [each.facts for each in messages(bench)[before:] if "account" not in each.facts]
    assert [each["what"] for each in told] == ["role", "disabled", "enabled"]
    assert {each["reason"] for each in told} == {WHY}
    with bench.read(COMMAND, moment()) as work:
        acts = work.session.scalars(select(LogEntry.action).where(LogEntry.subject == f"staff:{number}"))
        assert {"staff.role", "staff.disabled", "staff.enabled"} <= set(acts.all())


def test_ones_own_password_and_sessions(app: Flask, bench: Bench) -> None:
    add(bench)
    here, elsewhere, third = (signed_in(app) for _ in range(3))
    page = here.get("/es/account/")
    assert page.text.count("/sessions/") == 3, "two to end, and all others"
    with bench.read(COMMAND, moment()) as work:
        numbers = [each.id for each in accounts.list_sessions(work, 1)]
    assert here.submit("/es/account/", to=f"/es/account/sessions/{numbers[0]}/end").status_code == 303
    assert third.get(DESK).status_code == 303
    own = "/es/account/password"
    assert here.submit(own, {"password": "no es esta frase", "new": OTHER}).status_code == 422
    assert here.submit(own, {"password": PASSWORD, "new": "password1234"}).status_code == 422
    assert here.submit(own, {"password": PASSWORD, "new": OTHER}).status_code == 303
    assert (here.get(DESK).status_code, elsewhere.get(DESK).status_code) == (200, 303)
    assert messages(bench)[-1].facts["what"] == "password"


def test_nobody_ends_a_session_of_another(app: Flask, bench: Bench) -> None:
    add(bench)
    add(bench, "ana@example.org", "secretariat")
    hers, mine = signed_in(app, "ana@example.org"), signed_in(app)
    with bench.read(COMMAND, moment()) as work:
        (number,) = [each.id for each in accounts.list_sessions(work, 2)]
    mine.submit("/es/account/", to=f"/es/account/sessions/{number}/end")
    assert hers.get(DESK).status_code == 200


@pytest.mark.parametrize("role", ["reader", "mail"])
def test_a_role_does_what_the_table_says_and_nothing_else(
    app: Flask, bench: Bench, furnished: str, role: accounts.StaffRole
) -> None:
    add(bench, "ana@example.org", role)
    visitor = signed_in(app, "ana@example.org")
    token = visitor.token(visitor.get("/es/account/confirm"))
    wrong = []
    for rule, method in some(rules(app), 2, role == "mail"):
        action = ROUTES[rule.endpoint]
        roles = access.ACTIONS[action]
        if action == "account.own" or "anonymous" in roles or not roles & access.STAFF:
            continue
        url = address(app, rule)
        answer = visitor.get(url) if method == "GET" else visitor.post(url, {"csrf_token": token})
        if (answer.status_code == 403) is (role in roles):
            wrong.append((method, url, answer.status_code))
    assert wrong == []


def test_each_role_may_do_what_the_one_before_may_and_a_scrutineer_nothing_at_the_desk() -> None:
    def may(role: str) -> set[str]:
        return {action for action, roles in access.ACTIONS.items() if role in roles}

    steps = [may(role) for role in ("anonymous", "reader", "mail", "secretariat", "admin")]
    assert all(less < more for less, more in pairwise(steps))
    assert {"links.issue", "mail.write"} <= steps[2] - steps[1]
    assert steps[4] - steps[3] == {"parts.write", "staff.read", "staff.write", "settings.write", "mail.test"}
    own = {"account.confirm", "account.own", "scrutiny.read", "access.stop"}
    assert may("scrutineer") - steps[0] == own


def test_a_disabled_account_has_no_link_that_works(app: Flask, bench: Bench) -> None:
    add(bench)
    with bench.work(COMMAND, moment()) as work:
        person, token = staff.create(work, "nueva@example.org", "Nueva", "reader")
        number = person.id
        staff.switch(work, number, WHY, active=False)
    assert Visitor(app.test_client()).post(f"/es/j/{token}").status_code == 404
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"staff\.inactive"):
        staff.send_link(work, number, WHY)
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.get_one(Staff, number).active is False


def test_what_is_done_with_accounts_is_told_and_a_new_second_voice_to_all_staff_and_scrutineers(
    bench: Bench,
) -> None:
    """The thief of an administrator's password invites an accomplice: the owner hears of it."""
    boss, second, reader = add(bench), add(bench, "otra@example.org"), add(bench, "lee@example.org", "reader")
    add(bench, "ana@example.org", "secretariat")
    add(bench, "escruta@example.org", "scrutineer")
    others = (BOSS, "otra@example.org", "lee@example.org", "ana@example.org", "escruta@example.org")
    actor = Actor("admin", boss, "Jefa", confirmed_at=moment())
    with bench.work(actor, moment()) as work:
        new = staff.invite(work, "complice@example.org", "Cómplice", "admin")
        staff.change_role(work, reader, "secretariat", WHY)
        staff.send_link(work, reader, WHY, anew=True)
        staff.switch(work, second, WHY, active=False)
    told = [
        (each.address, each.facts["what"], each.facts.get("account"))
        for each in messages(bench)
        if "account" in each.facts
    ]
    assert told == [
        *((email, "account_made", new) for email in others),
        *((email, "account_role", reader) for email in others if email != "lee@example.org"),
        *((email, "account_link", reader) for email in (BOSS, "otra@example.org")),
        (BOSS, "account_disabled", second),
    ]
    (first, *_) = (each for each in messages(bench) if each.facts.get("what") == "account_made")
    with bench.read(WORKER, moment()) as work:
        made = mail_acts.finish(work, first.id, Post("https://voto.example.org"))
    assert isinstance(made, Finished)
    said = " ".join(made.kept.split())
    assert "Jefa invitó al sitio a Cómplice (complice@example.org), con el rol «administración»." in said


def test_a_new_link_clears_the_wait_after_failures(bench: Bench) -> None:
    number = add(bench, "ana@example.org", "secretariat")
    for _ in range(6):
        with bench.read(ANONYMOUS, moment()) as work:
            tried = accounts.try_password(work, "ana@example.org", OTHER, "192.0.2.1")
        with bench.work(ANONYMOUS, moment()) as work:
            assert accounts.sign_in(work, tried) is None
    waits = []
    for send in (False, True):
        with bench.work(COMMAND, moment()) as work:
            if send:
                staff.send_link(work, number, WHY)
            waits.append(bool(accounts.wait_of(work, "ana@example.org", "192.0.2.1")))
    assert waits == [True, False]


@pytest.mark.parametrize(("length", "is_taken"), [(0, False), (1, True), (500, True), (501, False)])
def test_a_reason_has_one_to_five_hundred_signs(bench: Bench, length: int, is_taken: bool) -> None:
    number = add(bench, "ana@example.org", "secretariat")
    with bench.work(COMMAND, moment()) as work, suppress(Problem):
        staff.change_role(work, number, "reader", f" {'x' * length} ")
    with bench.read(COMMAND, moment()) as work:
        assert (work.session.get_one(Staff, number).role == "reader") is is_taken


def test_another_role_and_the_end_of_all_sessions_end_them(bench: Bench) -> None:
    first, second = add(bench), add(bench, "ana@example.org", "secretariat")
    with bench.work(COMMAND, moment()) as work:
        mine, stays, hers = (accounts.start_session(work, staff_id=each) for each in (first, first, second))

    def open_ones() -> list[bool]:
        with bench.read(ANONYMOUS, moment()) as work:
            return [accounts.session_of(work, each) is not None for each in (mine, stays, hers)]

    with bench.work(COMMAND, moment()) as work:
        staff.change_role(work, second, "reader", WHY)
    assert open_ones() == [True, True, False]
    with bench.work(COMMAND, moment()) as work:
        again = accounts.start_session(work, staff_id=second)
        staff.end_all_sessions(work, mine)
    assert open_ones() == [True, False, False]
    with bench.read(ANONYMOUS, moment()) as work:
        assert accounts.session_of(work, again) is None
        told = select(LogEntry.subject).where(LogEntry.action == "staff.all_sessions_ended")
        assert work.session.scalars(told).all() == ["staff"]


def test_a_second_person_is_another_one_of_the_secretariat_who_has_begun(bench: Bench) -> None:
    first = Actor("admin", add(bench))
    add(bench, "lee@example.org", "reader")

    def second() -> bool:
        with bench.read(first, moment()) as work:
            return staff.has_second(work)

    assert not second()
    with bench.work(COMMAND, moment()) as work:
        person, _token = staff.create(work, "ana@example.org", "Ana", "secretariat")
    assert not second(), "she has not begun"
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Staff, person.id).password_hash = "begun"
    assert second()

"""Signing in: one answer for every failure, a lock after five, out means out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.services import accounts
from consulta.services.work import ANONYMOUS, COMMAND
from tests.benches import PASSWORD, STAFF, Visitor
from tests.factories import moment

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.services.work import Bench

SIGN_IN = "/es/account/sign-in"


def add(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")


def sign_in(bench: Bench, password: str, now: datetime, source: str = "192.0.2.1") -> str | None:
    with bench.read(ANONYMOUS, now) as work:
        tried = accounts.try_password(work, STAFF, password, source)
    with bench.work(ANONYMOUS, now) as work:
        return accounts.sign_in(work, tried)


def test_wrong_password_and_unknown_address_get_the_same_page(bench: Bench, visitor: Visitor) -> None:
    add(bench)
    wrong = visitor.submit(SIGN_IN, {"email": STAFF, "password": "otra cosa larga"})
    unknown = visitor.submit(SIGN_IN, {"email": "nadie@example.org", "password": "otra cosa larga"})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.count('role="alert"') == unknown.text.count('role="alert"') == 1


def test_five_failures_close_the_address_for_a_quarter_of_an_hour(bench: Bench) -> None:
    add(bench)
    now = moment()
    for _ in range(5):
        assert sign_in(bench, "no es esta frase", now) is None
    assert sign_in(bench, PASSWORD, now) is None
    assert sign_in(bench, PASSWORD, now + timedelta(minutes=16)) is not None


def test_knocking_at_a_closed_address_does_not_keep_it_closed(bench: Bench) -> None:
    add(bench)
    now = moment()
    for minute in range(15):
        sign_in(bench, "no es esta frase", now + timedelta(minutes=minute))
    assert sign_in(bench, PASSWORD, now + timedelta(minutes=16)) is not None


def test_a_stranger_who_fails_on_purpose_keeps_nobody_else_out(bench: Bench, staff_visitor: Visitor) -> None:
    for _ in range(8):
        assert sign_in(bench, "no es esta frase", moment(), "198.51.100.7") is None
        assert sign_in(bench, "no es esta frase", moment(), "2001:db8::7") is None
    assert sign_in(bench, PASSWORD, moment(), "198.51.100.7") is None
    assert sign_in(bench, PASSWORD, moment(), "2001:db8::8") is None, "the same network"
    assert sign_in(bench, PASSWORD, moment(), "192.0.2.1") is not None
    assert staff_visitor.submit("/es/account/confirm", {"password": PASSWORD}).status_code == 303


def test_failures_from_everywhere_close_an_address_in_the_end(bench: Bench) -> None:
    add(bench)
    now = moment()
    with bench.read(ANONYMOUS, now) as work:
        wrong = accounts.try_password(work, STAFF, "no es esta frase", "192.0.2.1")
    for number in range(accounts.FAILURES_EVERYWHERE):
        subjects = ((f"network {number}", accounts.FAILURES_MAX), wrong.subjects[1])
        with bench.work(ANONYMOUS, now) as work:
            assert accounts.sign_in(work, replace(wrong, subjects=subjects)) is None
    assert sign_in(bench, PASSWORD, now, "203.0.113.9") is None


def test_five_wrong_passwords_close_the_confirmation_of_that_session(staff_visitor: Visitor) -> None:
    for _ in range(5):
        answer = staff_visitor.submit("/es/account/confirm", {"password": "no es esta frase"})
        assert answer.status_code == 422
    assert staff_visitor.submit("/es/account/confirm", {"password": PASSWORD}).status_code == 422


def test_a_password_that_changed_meanwhile_opens_nothing(bench: Bench) -> None:
    add(bench)
    with bench.read(ANONYMOUS, moment()) as work:
        tried = accounts.try_password(work, STAFF, PASSWORD)
    with bench.work(COMMAND, moment()) as work:
        accounts.set_password(work, STAFF, "otra frase bastante larga")
    with bench.work(ANONYMOUS, moment()) as work:
        assert accounts.sign_in(work, tried) is None


def test_comparing_a_password_keeps_nobody_from_writing(
    bench: Bench, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(bench)
    matches = accounts._matches

    def slow(stored: str, password: str) -> bool:
        with bench.work(COMMAND, moment()) as work:
            work.record("meanwhile", "test")
        return matches(stored, password)

    monkeypatch.setattr(accounts, "_matches", slow)
    assert visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD}).status_code == 303


def test_signing_out_ends_the_session_on_the_server(app: Flask, staff_visitor: Visitor) -> None:
    with staff_visitor.client.session_transaction() as session:
        held = dict(session)
    token = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    assert staff_visitor.post("/es/account/sign-out", {"csrf_token": token}).status_code == 303
    thief = Visitor(app.test_client())
    with thief.client.session_transaction() as session:
        session.update(held)
    answer = thief.get("/es/account/confirm")
    assert answer.status_code == 303
    assert "sign-in" in answer.headers["Location"]


def test_nobody_is_sent_to_another_site(bench: Bench, visitor: Visitor) -> None:
    add(bench)
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "\\evil"):
        answer = visitor.submit(
            SIGN_IN, {"email": STAFF, "password": PASSWORD}, to=f"{SIGN_IN}?next={target}"
        )
        assert answer.status_code == 303
        assert "evil" not in answer.headers["Location"]


def test_a_post_without_token_or_from_another_site_is_refused(visitor: Visitor) -> None:
    data = {"email": STAFF, "password": PASSWORD}
    assert visitor.post(SIGN_IN, data).status_code == 403
    other = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.submit(SIGN_IN, data, headers=other).status_code == 403


@pytest.mark.parametrize("password", ["corta", "x" * 201])
def test_a_password_has_its_length(bench: Bench, password: str) -> None:
    with pytest.raises(Problem, match=r"staff\.password"), bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Ana", password, "secretariat")


def test_a_new_password_ends_the_sessions(bench: Bench) -> None:
    add(bench)
    with bench.work(COMMAND, moment()) as work:
        token = accounts.sign_in(work, accounts.try_password(work, STAFF, PASSWORD))
        assert token is not None
        work.session.flush()
        assert accounts.resume(work, token) is not None
        accounts.set_password(work, STAFF, "otra frase bastante larga")
        work.session.expire_all()
        assert accounts.resume(work, token) is None

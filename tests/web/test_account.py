"""Signing in: one answer for every failure, a lock after five, out means out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.services import accounts
from consulta.services.work import COMMAND
from tests.benches import PASSWORD, STAFF, Visitor
from tests.factories import moment

if TYPE_CHECKING:
    from flask import Flask

    from consulta.services.work import Bench

SIGN_IN = "/es/account/sign-in"


def add(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")


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
        with bench.work(COMMAND, now) as work:
            assert accounts.sign_in(work, STAFF, "no es esta frase") is None
    with bench.work(COMMAND, now) as work:
        assert accounts.sign_in(work, STAFF, PASSWORD) is None
    with bench.work(COMMAND, now + timedelta(minutes=16)) as work:
        assert accounts.sign_in(work, STAFF, PASSWORD) is not None


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
        token = accounts.sign_in(work, STAFF, PASSWORD)
        assert token is not None
        work.session.flush()
        assert accounts.resume(work, token) is not None
        accounts.set_password(work, STAFF, "otra frase bastante larga")
        work.session.expire_all()
        assert accounts.resume(work, token) is None

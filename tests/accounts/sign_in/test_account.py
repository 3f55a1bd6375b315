"""Signing in: one answer for every failure, slower after five and never closed, out means out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from consulta.platform import accounts
from consulta.platform.models import Attempt, Challenge
from consulta.platform.web.gate import Lane
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.shell.cli import main
from tests.benches import PASSWORD, STAFF, Visitor
from tests.factories import moment

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Bench

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


def test_five_failures_slow_the_address_down_and_never_close_it(bench: Bench) -> None:
    """The wait doubles from one failure to the next and ends at five minutes, however many there were."""
    add(bench)
    now = moment()
    waits = []
    for _ in range(12):
        assert sign_in(bench, "no es esta frase", now) is None
        with bench.read(ANONYMOUS, now) as work:
            waits.append(accounts.wait_of(work, STAFF, "192.0.2.1"))
        now += waits[-1]
    assert [each.total_seconds() for each in waits[:9]] == [0, 0, 0, 0, 10, 20, 40, 80, 160]
    assert max(waits) == timedelta(minutes=5)
    assert sign_in(bench, PASSWORD, now - timedelta(seconds=1)) is None, "not yet"
    assert sign_in(bench, PASSWORD, now) is not None


def test_nothing_is_compared_while_there_is_a_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    add(bench)
    for _ in range(accounts.FAILURES_FREE):
        sign_in(bench, "no es esta frase", moment())
    monkeypatch.setattr(accounts, "_matches", None)  # calling it would be an error
    with bench.read(ANONYMOUS, moment()) as work:
        assert accounts.try_password(work, STAFF, PASSWORD, "192.0.2.1").wait


def test_a_stranger_who_fails_on_purpose_keeps_nobody_else_out(bench: Bench, staff_visitor: Visitor) -> None:
    for _ in range(8):
        assert sign_in(bench, "no es esta frase", moment(), "198.51.100.7") is None
        assert sign_in(bench, "no es esta frase", moment(), "2001:db8:1:2::7") is None
    assert sign_in(bench, PASSWORD, moment(), "198.51.100.200") is None, "the same network of 24 bits"
    assert sign_in(bench, PASSWORD, moment(), "2001:db8:1:ffff::8") is None, "the same network of 48 bits"
    assert sign_in(bench, PASSWORD, moment(), "192.0.2.1") is not None
    assert staff_visitor.submit("/es/account/confirm", {"password": PASSWORD}).status_code == 303


def test_no_number_of_failures_from_many_networks_keeps_a_clean_one_out(bench: Bench) -> None:
    """The attack that once closed the account to everybody: five wrong passwords from each network."""
    add(bench)
    with bench.read(ANONYMOUS, moment()) as work:
        wrong = accounts.try_password(work, STAFF, "no es esta frase")
    for number in range(40):
        counted = accounts._counted(STAFF, f"2001:db8:{number:x}::1", "")
        for _ in range(accounts.FAILURES_FREE):
            with bench.work(ANONYMOUS, moment()) as work:
                assert accounts.sign_in(work, replace(wrong, counted=counted)) is None
    assert sign_in(bench, PASSWORD, moment(), "2001:db8:ffff::1") is not None
    assert sign_in(bench, PASSWORD, moment(), "192.0.2.1") is not None


def test_a_network_that_fails_for_many_addresses_has_to_wait(bench: Bench) -> None:
    add(bench)
    now = moment()
    for number in range(accounts.NETWORK_FAILURES):
        email = f"persona{number}@example.org"
        with bench.read(ANONYMOUS, now) as work:
            tried = accounts.try_password(work, email, "no es esta frase", f"203.0.113.{number}")
        assert not tried.wait
        with bench.work(ANONYMOUS, now) as work:
            accounts.sign_in(work, tried)
    with bench.read(ANONYMOUS, now) as work:
        for email in (STAFF, "otra@example.org"):
            assert accounts.wait_of(work, email, "203.0.113.250") == accounts.FAILURES_WINDOW
            assert not accounts.wait_of(work, email, "203.0.114.1")


def fail_often(bench: Bench, source: str = "127.0.0.1") -> None:
    """So many failures for the address from one network that both counters are full."""
    counted = accounts._counted(STAFF, source, "")
    with bench.work(ANONYMOUS, moment()) as work:
        for subject in (counted.slowed, counted.network or ""):
            rows = [Attempt(subject_sha256=subject, at=work.now) for _ in range(accounts.NETWORK_FAILURES)]
            work.session.add_all(rows)


def test_a_device_of_an_earlier_sign_in_is_not_slowed_by_strangers(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """The worst case: a forgotten proxy setting, so that everybody comes from one address."""
    fail_often(bench)
    data = {"email": STAFF, "password": PASSWORD}
    stranger = Visitor(app.test_client())
    answer = stranger.submit(SIGN_IN, data)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "segundos" in answer.text
    assert staff_visitor.submit(SIGN_IN, data).status_code == 303
    cookie = staff_visitor.client.get_cookie("consulta_device")
    assert cookie is not None
    assert STAFF not in cookie.value
    stranger.client.set_cookie(
        "consulta_device", cookie.value[:-9] + ("B" if cookie.value[-9] == "A" else "A") + cookie.value[-8:]
    )
    assert stranger.submit(SIGN_IN, data).status_code == 429, "a cookie that nobody signed is none"
    other = Visitor(app.test_client())
    other.client.set_cookie("consulta_device", cookie.value)
    assert other.submit(SIGN_IN, {**data, "email": "otra@example.org"}).status_code == 429, "of one account"


@pytest.mark.parametrize("mends", ["unlock", "link", "enable"])
def test_an_operator_lifts_the_waits(
    bench: Bench, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, mends: str
) -> None:
    add(bench)
    fail_often(bench)
    data = {"email": STAFF, "password": PASSWORD}
    assert visitor.submit(SIGN_IN, data).status_code == 429
    monkeypatch.setenv("CONSULTA_DATABASE", str(bench.engine.url))
    monkeypatch.setenv("CONSULTA_SECRET", "a secret of the tests, long enough and varied")
    done = CliRunner().invoke(main, ["staff", mends, STAFF])
    assert done.exit_code == 0, done.output
    assert visitor.submit(SIGN_IN, data).status_code == 303


def test_passwords_are_compared_one_at_a_time_and_nobody_waits(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """While one stranger is compared the next is turned away at once; a known device only waits its turn."""
    data = {"email": STAFF, "password": PASSWORD}
    stranger = Visitor(app.test_client())
    token = stranger.token(stranger.get(SIGN_IN))
    with app.extensions["consulta"].gate.strangers.entered() as room:
        assert room
        answer = stranger.post(SIGN_IN, {"csrf_token": token, **data})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "3"
        assert staff_visitor.submit(SIGN_IN, data).status_code == 303
    assert stranger.post(SIGN_IN, {"csrf_token": token, **data}).status_code == 303
    with app.extensions["consulta"].gate.strangers.entered():
        shown = stranger.submit(SIGN_IN, {**data, "email": "otra@example.org"})
    assert "Secretaría de prueba" in shown.text, "the page of a person signed in is nobody else's"
    with app.extensions["consulta"].gate.strangers.entered():
        again = Visitor(app.test_client()).submit(SIGN_IN, data)
    assert "Secretaría de prueba" not in again.text


def test_a_lane_lets_in_a_burst_and_then_so_many_a_second() -> None:
    seconds = [100.0]
    lane = Lane(rate=5, burst=3, clock=lambda: seconds[0])

    def comes() -> bool:
        with lane.entered() as room:
            return room

    assert [comes() for _ in range(5)] == [True, True, True, False, False]
    assert not lane.is_free()
    admitted = 0
    for _ in range(100):
        seconds[0] += 0.02
        admitted += comes()
    assert 9 <= admitted <= 11, "two seconds of flood"
    seconds[0] += 60
    assert [comes() for _ in range(4)] == [True, True, True, False]


def test_five_wrong_passwords_slow_the_confirmation_of_that_session(staff_visitor: Visitor) -> None:
    for _ in range(5):
        answer = staff_visitor.submit("/es/account/confirm", {"password": "no es esta frase"})
        assert answer.status_code == 422
    assert staff_visitor.submit("/es/account/confirm", {"password": PASSWORD}).status_code == 422


def test_a_password_that_changed_meanwhile_opens_nothing(bench: Bench) -> None:
    add(bench)
    with bench.read(ANONYMOUS, moment()) as work:
        tried = accounts.try_password(work, STAFF, PASSWORD)
    with bench.work(COMMAND, moment()) as work:
        accounts.give_password(work, accounts.person(work, 1), "otra frase bastante larga")
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


def test_a_new_password_ends_the_sessions(bench: Bench) -> None:
    add(bench)
    with bench.work(COMMAND, moment()) as work:
        token = accounts.sign_in(work, accounts.try_password(work, STAFF, PASSWORD))
        assert token is not None
        work.session.flush()
        assert accounts.resume(work, token) is not None
        accounts.give_password(work, accounts.person(work, 1), "otra frase bastante larga")
        work.session.expire_all()
        assert accounts.resume(work, token) is None


def test_questions_for_passkeys_have_a_limit_that_a_known_browser_does_not_feel(
    app: Flask, bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = Lane(rate=2.0, burst=3.0, patience=1.0, clock=lambda: 0.0)
    monkeypatch.setattr(app.extensions["consulta"].gate, "questions", standing)
    stranger = Visitor(app.test_client())
    token = stranger.token(stranger.get("/es/account/sign-in"))
    answers = [stranger.post("/es/account/passkey", {"csrf_token": token}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    with bench.read(ANONYMOUS, moment()) as work:
        kept = work.session.scalar(select(func.count()).select_from(Challenge)) or 0
    assert kept == 3
    assert staff_visitor.submit("/es/account/confirm", {}, to="/es/account/passkey").status_code == 200

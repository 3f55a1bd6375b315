"""The second step of signing in: asked where there is one, each code once, and no way around it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from sqlalchemy import func, select

from consulta.app import create_app
from consulta.core.problems import Problem
from consulta.platform import accounts
from consulta.platform.models import Attempt, LogEntry, Message, Passkey, RecoveryCode, Staff
from consulta.platform.work import ANONYMOUS, COMMAND
from tests.accounts.sign_in.test_confirmation import hidden
from tests.benches import PASSWORD, STAFF, Visitor
from tests.factories import moment

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

pytestmark = pytest.mark.usefixtures("one_moment")
CODES = "/es/account/second-step/codes"
SIGN_IN, SECOND, DESK = "/es/account/sign-in", "/es/account/second", "/es/secretariat/"
STEP = timedelta(seconds=30)


def add(bench: Bench, email: str = STAFF) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, email, "Ana", PASSWORD, "secretariat")


def half(bench: Bench, now: datetime, email: str = STAFF) -> str:
    """The token of a session after the password, which one is required to complete."""
    with bench.read(ANONYMOUS, now) as work:
        tried = accounts.try_password(work, email, PASSWORD, "192.0.2.1")
    with bench.work(ANONYMOUS, now) as work:
        token = accounts.sign_in(work, tried, required=True)
    assert token is not None
    return token


def with_codes(bench: Bench, now: datetime, email: str = STAFF) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """Give an account codes by time; the first of them is used."""
    token = half(bench, now, email)
    with bench.work(ANONYMOUS, now) as work:
        key, asked = accounts.offer_codes(work, token)
    made = pyotp.TOTP(key)
    with bench.work(ANONYMOUS, now) as work:
        recovery = accounts.accept_codes(work, token, asked, made.at(now))
    return made, recovery


def resumes(bench: Bench, token: str, now: datetime) -> bool:
    with bench.read(ANONYMOUS, now) as work:
        return accounts.resume(work, token) is not None


def try_code(bench: Bench, token: str, code: str, now: datetime, device: str = "") -> bool:
    with bench.work(ANONYMOUS, now) as work:
        return accounts.try_code(work, token, code, "192.0.2.1", device)


def test_a_password_alone_opens_nothing(bench: Bench) -> None:
    add(bench)
    now = moment()
    token = half(bench, now)
    assert not resumes(bench, token, now)
    with bench.read(ANONYMOUS, now) as work:
        assert accounts.session_of(work, token) is None
        found = accounts.waiting(work, token)
        assert found is not None
        assert (found.email, found.factors.any) == (STAFF, False)
    with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"staff\.unknown"):
        accounts.owner(work, token)


def test_a_code_opens_once_and_never_again(bench: Bench) -> None:
    add(bench)
    now = moment() + STEP
    made, recovery = with_codes(bench, moment())
    assert len(set(recovery)) == accounts.CODES
    token = half(bench, now)
    assert try_code(bench, token, made.at(now), now)
    assert resumes(bench, token, now)
    again = half(bench, now)
    assert not try_code(bench, again, made.at(now), now), "used"
    assert not resumes(bench, again, now)
    later = now + STEP
    assert try_code(bench, again, made.at(later), later)


def test_one_code_sent_twice_at_once_opens_one_session(either: Bench, monkeypatch: Any) -> None:
    """As where a thief sends on at once what its owner types; without a lock both would find it unused."""
    add(either)
    now = moment() + STEP
    made, _ = with_codes(either, moment())
    both, compare = Barrier(2), accounts._step_of

    def together(*asked: Any) -> int | None:
        with suppress(BrokenBarrierError):
            both.wait(1)
        return compare(*asked)

    tokens = [half(either, now), half(either, now)]
    monkeypatch.setattr(accounts, "_step_of", together)
    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(lambda token: try_code(either, token, made.at(now), now), tokens))
    assert sorted(opened) == [False, True]


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_telephone_may_be_half_a_minute_wrong(bench: Bench, steps: int, fits: bool) -> None:
    add(bench)
    made, _ = with_codes(bench, moment() - 10 * STEP)
    now = moment()
    assert try_code(bench, half(bench, now), made.at(now + steps * STEP), now) is fits


def test_a_recovery_code_works_once_and_is_kept_as_a_digest(bench: Bench) -> None:
    add(bench)
    now = moment()
    _, recovery = with_codes(bench, now)
    with bench.read(COMMAND, now) as work:
        kept = work.session.scalars(select(RecoveryCode.code_sha256)).all()
    assert not set(recovery) & set(kept)
    assert try_code(bench, half(bench, now), recovery[3].upper().replace("-", " "), now)
    assert not try_code(bench, half(bench, now), recovery[3], now)
    assert try_code(bench, half(bench, now), recovery[4], now)


def test_wrong_codes_slow_down_and_a_known_device_has_a_counter_of_its_own(bench: Bench) -> None:
    add(bench)
    now = moment() + STEP
    made, _ = with_codes(bench, moment())
    token = half(bench, now)
    for _ in range(accounts.FAILURES_FREE):
        assert not try_code(bench, token, "000000", now)
    assert not try_code(bench, token, made.at(now), now), "not compared before the wait is over"
    with bench.read(ANONYMOUS, now) as work:
        assert accounts.factor_wait(work, 1, "192.0.2.1", "") == accounts.WAIT_FIRST
        assert not accounts.factor_wait(work, 1, "192.0.2.1", "a browser known before")
        assert not accounts.factor_wait(work, 1, "198.51.100.1", "")
    assert try_code(bench, token, made.at(now), now, "a browser known before")
    later = now + STEP
    assert try_code(bench, half(bench, later), made.at(later), later)
    assert not try_code(bench, half(bench, later), "000000", later)
    with bench.read(ANONYMOUS, later) as work:
        assert not accounts.factor_wait(work, 1, "192.0.2.1", ""), (
            "what failed before the right code is forgotten"
        )


def test_many_networks_together_have_thirty_tries(bench: Bench) -> None:
    add(bench)
    made, _ = with_codes(bench, moment())
    now = moment() + STEP
    token = half(bench, now)
    for number in range(accounts.TRIES):
        with bench.work(ANONYMOUS, now) as work:
            assert not accounts.try_code(work, token, "000000", f"10.{number}.0.1")
    with bench.work(ANONYMOUS, now) as work:
        assert not accounts.try_code(work, token, made.at(now), "10.200.0.1")
    with bench.work(ANONYMOUS, now) as work:
        assert accounts.try_code(work, token, made.at(now), "10.200.0.1", "known")


def test_half_a_sign_in_ends_after_ten_minutes(bench: Bench) -> None:
    add(bench)
    made, _ = with_codes(bench, moment())
    now = moment() + STEP
    token = half(bench, now)
    late = now + accounts.WAITING_LIFE
    assert not try_code(bench, token, made.at(late), late)
    assert try_code(bench, half(bench, late), made.at(late), late)


def test_half_a_sign_in_changes_no_second_step_of_an_account_that_has_one(bench: Bench) -> None:
    add(bench)
    now = moment()
    with_codes(bench, now)
    token = half(bench, now)
    for act in (accounts.offer_codes, accounts.new_recovery):
        with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"access\.denied"):
            act(work, token)
    with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"access\.denied"):
        accounts.remove_codes(work, token, required=False)


def test_the_last_second_step_stays_where_one_is_required(bench: Bench) -> None:
    add(bench)
    now = moment() + STEP
    made, _ = with_codes(bench, moment())
    token = half(bench, now)
    try_code(bench, token, made.at(now), now)
    with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"factor\.last"):
        accounts.remove_codes(work, token, required=True)
    with bench.work(ANONYMOUS, now) as work:
        accounts.remove_codes(work, token, required=False)
        assert not accounts.of(work, 1).any


def test_a_new_second_step_ends_the_other_sessions(bench: Bench) -> None:
    add(bench)
    now = moment()
    with bench.read(ANONYMOUS, now) as work:
        tried = accounts.try_password(work, STAFF, PASSWORD, "192.0.2.1")
    with bench.work(ANONYMOUS, now) as work:
        stolen, mine = accounts.sign_in(work, tried), accounts.sign_in(work, tried)
    assert stolen is not None
    assert mine is not None
    with bench.work(ANONYMOUS, now) as work:
        key, asked = accounts.offer_codes(work, mine)
    with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"factor\.late"):
        accounts.accept_codes(work, mine, "another token", pyotp.TOTP(key).at(now))
    with bench.work(ANONYMOUS, now) as work:
        accounts.accept_codes(work, mine, asked, pyotp.TOTP(key).at(now))
    assert [resumes(bench, token, now) for token in (stolen, mine)] == [False, True]


def test_an_offered_key_is_of_the_person_to_whom_it_was_offered(bench: Bench) -> None:
    add(bench)
    add(bench, "otra@example.org")
    now = moment()
    mine, hers = half(bench, now), half(bench, now, "otra@example.org")
    with bench.work(ANONYMOUS, now) as work:
        key, asked = accounts.offer_codes(work, mine)
    with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"factor\.late"):
        accounts.accept_codes(work, hers, asked, pyotp.TOTP(key).at(now))
    late = now + accounts.SETUP_LIFE
    with bench.work(ANONYMOUS, now) as work:
        token = accounts.start_session(work, staff_id=1)
    with bench.work(ANONYMOUS, late) as work, pytest.raises(Problem, match=r"factor\.late"):
        accounts.accept_codes(work, token, asked, pyotp.TOTP(key).at(late))


def test_codes_and_failures_of_one_person_are_no_others(bench: Bench) -> None:
    """Another's failures are not counted, and neither new codes nor a sign-in touch what is another's."""
    add(bench)
    add(bench, "otra@example.org")
    now = moment() + STEP
    made, old = with_codes(bench, moment())
    hers, _ = with_codes(bench, moment(), "otra@example.org")
    mine, other = half(bench, now), half(bench, now, "otra@example.org")
    for _ in range(accounts.FAILURES_FREE):
        assert not try_code(bench, mine, "000000", now)
    for seconds, failed in ((0, accounts.FAILURES_FREE), (899, accounts.FAILURES_FREE), (900, 0)):
        with bench.read(ANONYMOUS, now + timedelta(seconds=seconds)) as work:
            assert [accounts.failures(work, number) for number in (1, 2)] == [failed, 0]
    assert try_code(bench, other, hers.at(now), now)

    def left() -> list[int]:
        with bench.read(ANONYMOUS, now) as work:
            return [accounts.of(work, number).recovery for number in (1, 2)]

    with bench.read(ANONYMOUS, now) as work:
        assert accounts.factor_wait(work, 1, "192.0.2.1", ""), "the other's sign-in clears nothing here"
    assert left() == [accounts.CODES, accounts.CODES]
    assert try_code(bench, mine, made.at(now), now, "known")
    with bench.work(ANONYMOUS, now) as work:
        assert len(accounts.new_recovery(work, mine)) == accounts.CODES
    assert left() == [accounts.CODES, accounts.CODES]
    with bench.read(COMMAND, now) as work:
        assert "staff.recovery" in work.session.scalars(select(LogEntry.action)).all()
    again = half(bench, now + STEP)
    assert not try_code(bench, again, old[0], now + STEP, "known"), "those of before are worth nothing"


def test_a_passkey_that_is_taken_away_ends_the_other_sessions(bench: Bench) -> None:
    """As where it was a thief's; how passkeys are made and answer is tried in a browser."""
    add(bench)
    now = moment()
    with bench.work(COMMAND, now) as work:
        for number in (1, 2):
            made = {"credential_id": f"c{number}", "credential": "", "counter": 0, "created_at": now}
            work.session.add(Passkey(staff_id=1, name=f"Llave {number}", **made))
        stolen, mine = (
            accounts.start_session(work, staff_id=1, factor="passkey", confirmed=now) for _ in range(2)
        )
    with bench.read(ANONYMOUS, now) as work:
        found = [accounts.passkey(work.session, name) for name in ("c2", "c1", "c3")]
        assert [each and each.id for each in found] == [2, 1, None]
        assert accounts.with_codes(work.session) == [], "a passkey is no key for codes"
    with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"factor\.unknown"):
        accounts.remove_passkey(work, mine, 9, required=True)
    with bench.work(ANONYMOUS, now) as work:
        accounts.remove_passkey(work, mine, 1, required=True)
    assert [resumes(bench, token, now) for token in (stolen, mine)] == [False, True]
    with bench.work(ANONYMOUS, now) as work, pytest.raises(Problem, match=r"factor\.last"):
        accounts.remove_passkey(work, mine, 2, required=True)


# -- by the pages


@pytest.fixture
def strict(settings: Settings, bench: Bench) -> Flask:
    """An application in which every account needs a second step."""
    return create_app(replace(settings, second_factor="required"), bench)


def send(visitor: Visitor, page: TestResponse, data: dict[str, str], url: str) -> TestResponse:
    """Send the form of a page with its hidden fields."""
    return visitor.post(url, {name: value[0] for name, value in hidden(page).items()} | data)


def key_on(page: str) -> str:
    return page.partition("secret=")[2].partition("&")[0]


def test_a_first_sign_in_leads_to_a_second_step_and_then_to_the_desk(strict: Flask, bench: Bench) -> None:
    add(bench)
    visitor = Visitor(strict.test_client())
    answer = visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD})
    assert answer.headers["Location"].startswith(SECOND)
    assert "/account/sign-in" in visitor.get(DESK).headers["Location"], "nothing is open yet"
    led = visitor.get(SECOND)
    assert "/account/second-step" in led.headers["Location"]
    page = visitor.submit("/es/account/second-step", {}, to=CODES)
    key = key_on(page.text)
    assert "<svg" in page.text
    wrong = send(visitor, page, {"code": "000000"}, CODES)
    assert wrong.status_code == 422
    assert key_on(wrong.text) == key, "the same key, so that the telephone's code fits"
    done = send(visitor, wrong, {"code": pyotp.TOTP(key).now()}, CODES)
    assert done.status_code == 200
    assert done.text.count("<li><code>") == accounts.CODES
    assert visitor.get(DESK).status_code == 200
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.scalars(select(Staff)).one()
        assert kept.second_factor is not None
        assert key not in kept.second_factor
        assert work.keys.decrypt(kept.second_factor, f"codes of {kept.id}") == key
        told = work.session.scalars(select(LogEntry.action).where(LogEntry.subject == "staff:1")).all()
    assert {"staff.factor_added", "account.signed_in"} <= set(told)


@pytest.mark.deep
def test_the_second_step_is_asked_and_a_strange_browser_is_told_by_mail(strict: Flask, bench: Bench) -> None:
    add(bench)
    made, _ = with_codes(bench, moment() - 10 * STEP)
    visitor = Visitor(strict.test_client())
    visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD})
    assert visitor.submit(SECOND, {"code": "12"}).status_code == 422
    assert visitor.get(DESK).status_code == 303
    assert visitor.submit(SECOND, {"code": made.now()}).status_code == 303
    assert visitor.get(DESK).status_code == 200
    with bench.read(COMMAND, moment()) as work:
        facts = [each.facts for each in work.session.scalars(select(Message)).all()]
    assert [(each["what"], each["organisation"]) for each in facts] == [("device", "")]


def test_five_wrong_codes_after_the_right_password_are_told(strict: Flask, bench: Bench) -> None:
    add(bench)
    with_codes(bench, moment() - 10 * STEP)
    visitor = Visitor(strict.test_client())
    visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD})
    for _ in range(5):
        assert visitor.submit(SECOND, {"code": "12"}).status_code == 422
    slowed = visitor.submit(SECOND, {"code": "12"})
    assert (slowed.status_code, slowed.headers["Retry-After"].isdecimal()) == (429, True)
    with bench.read(COMMAND, moment()) as work:
        assert [each.facts["what"] for each in work.session.scalars(select(Message))] == ["codes"]
        assert work.session.scalar(select(func.count()).select_from(Attempt)) == 10


def test_a_form_whose_session_ended_is_sent_with_the_code(strict: Flask, bench: Bench) -> None:
    add(bench)
    made, recovery = with_codes(bench, moment() - 10 * STEP)
    visitor = Visitor(strict.test_client())
    visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD})
    visitor.submit(SECOND, {"code": made.now()})
    page = visitor.get("/es/account/password")
    with visitor.client.session_transaction() as session:
        session["staff_seen"] = 0
    asked = send(
        visitor, page, {"password": PASSWORD, "new": "quince gatos cruzan lentos"}, "/es/account/password"
    )
    assert asked.status_code == 422
    given = {"confirm_email": STAFF, "confirm_password": PASSWORD}
    without = send(visitor, asked, given, "/es/account/password")
    assert without.status_code == 422
    done = send(visitor, without, given | {"confirm_code": recovery[0]}, "/es/account/password")
    # The passwords of the form were not carried: the page asks for them, and the session is open again.
    assert done.status_code == 422
    assert visitor.get(DESK).status_code == 200

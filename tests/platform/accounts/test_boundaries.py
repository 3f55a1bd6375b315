"""Sessions and failed sign-ins at their boundaries: one second before, and exactly at the moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from consulta.accounts import provider
from consulta.core.problems import Problem
from consulta.platform import accounts, security
from consulta.platform.models import Attempt, LogEntry
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from tests.benches import PASSWORD, STAFF
from tests.cases import for_each
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from consulta.platform.work import Bench, Work

    Acts = tuple[Callable[[Work], object], ...]

pytestmark = pytest.mark.usefixtures("one_moment")

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
WINDOW = timedelta(minutes=15)
SOURCE = "192.0.2.1"


def add(bench: Bench, email: str = STAFF, password: str = PASSWORD) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, email, "Ana", password, "secretariat")


def sign_in(bench: Bench, now: datetime, password: str = PASSWORD, email: str = STAFF) -> str | None:
    with bench.read(ANONYMOUS, now) as work:
        tried = accounts.try_password(work, email, password, SOURCE)
    with bench.work(ANONYMOUS, now) as work:
        return accounts.sign_in(work, tried)


def resumes(bench: Bench, token: str, now: datetime) -> bool:
    with bench.read(ANONYMOUS, now) as work:
        return accounts.resume(work, token) is not None


def wait(bench: Bench, now: datetime) -> float:
    with bench.read(ANONYMOUS, now) as work:
        return accounts.wait_of(work, STAFF, SOURCE).total_seconds()


def attempts(bench: Bench) -> int:
    with bench.read(ANONYMOUS, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(Attempt)) or 0


def test_a_session_ends_twelve_hours_after_the_sign_in(bench: Bench) -> None:
    add(bench)
    token = sign_in(bench, moment())
    assert token is not None
    life = timedelta(hours=12)
    assert [resumes(bench, token, moment() + after) for after in (life - SECOND, life)] == [True, False]


def test_a_session_of_before_its_account_was_disabled_never_comes_back(bench: Bench) -> None:
    add(bench)
    add(bench, "otra@example.org")
    token, other = sign_in(bench, moment()), sign_in(bench, moment(), email="otra@example.org")
    assert token is not None
    assert other is not None
    with bench.work(COMMAND, moment()) as work:
        accounts.disable_staff(work, STAFF)
    assert not resumes(bench, token, moment())
    with bench.work(COMMAND, moment()) as work:
        accounts.enable_staff(work, STAFF)
    assert not resumes(bench, token, moment())
    assert resumes(bench, other, moment()), "that of another account goes on"


def test_sessions_are_listed_and_each_ended_by_its_own_person_alone(bench: Bench) -> None:
    add(bench)
    add(bench, "otra@example.org")
    first, second = (sign_in(bench, moment() + SECOND * number) or "" for number in (0, 1))
    with bench.work(ANONYMOUS, moment() + 2 * SECOND) as work:
        accounts.start_session(work, staff_id=1, factor="waiting")
        work.session.flush()
        listed = accounts.list_sessions(work, 1)
        here = [accounts.session_of(work, token) for token in (second, first)]
        assert list(listed) == here, "the newest first, and none that waits"
        assert not accounts.list_sessions(work, 2)
        accounts.end_one(work, 2, listed[0].id)
        assert accounts.resume(work, second) is not None, "of another person"
        for number in (listed[0].id, listed[0].id, 99):
            accounts.end_one(work, 1, number)
        assert accounts.resume(work, second) is None
        assert accounts.resume(work, first) is not None
        ended = select(func.count()).where(LogEntry.action == "staff.sessions_ended")
        assert work.session.scalar(ended) == 1


def test_a_password_that_is_too_long_is_none_whatever_is_stored(bench: Bench) -> None:
    long = "zumo" + "qvjwkxbzp" * 30
    assert not accounts._matches(accounts.hashing.hasher.hash(long), long)
    assert accounts._matches(accounts.hashing.hasher.hash(long[:200]), long[:200])


def test_a_failure_counts_for_a_quarter_of_an_hour(bench: Bench) -> None:
    """Five failures, and a sixth five seconds before they count no more: its wait of 20 seconds ends then."""
    add(bench)
    start = moment()
    for _ in range(5):
        assert wait(bench, start) == 0
        sign_in(bench, start, "no es esta frase")
    assert wait(bench, start) == 10
    sign_in(bench, start + WINDOW - 5 * SECOND, "no es esta frase")
    assert wait(bench, start + WINDOW - SECOND) == 16
    assert wait(bench, start + WINDOW) == 0


def test_a_network_waits_for_as_long_from_its_first_failure_on(bench: Bench) -> None:
    start = moment()
    with bench.work(ANONYMOUS, start) as work:
        subject = accounts._counted(STAFF, SOURCE, "").network or ""
        work.session.add_all(Attempt(subject_sha256=subject, at=start + SECOND * n) for n in range(29))
    assert wait(bench, start + timedelta(minutes=1)) == 0
    with bench.work(ANONYMOUS, start) as work:
        work.session.add(Attempt(subject_sha256=subject, at=start + SECOND * 29))
    assert wait(bench, start + timedelta(minutes=1)) == 14 * 60
    assert wait(bench, start + WINDOW - SECOND) == 1
    assert wait(bench, start + WINDOW) == 0


@pytest.mark.parametrize(("after", "kept"), [(timedelta(hours=1) - SECOND, 4), (timedelta(hours=1), 2)])
def test_a_failure_is_forgotten_after_an_hour(bench: Bench, after: timedelta, kept: int) -> None:
    """Each is stored twice: for the address there, and for the network."""
    add(bench)
    sign_in(bench, moment(), "no es esta frase")
    sign_in(bench, moment() + after, "no es esta frase")
    assert attempts(bench) == kept


@pytest.mark.parametrize(("length", "is_taken"), [(11, False), (12, True), (200, True), (201, False)])
def test_a_password_has_twelve_to_two_hundred_characters(bench: Bench, length: int, is_taken: bool) -> None:
    password = ("zumo" + "qvjwkxbzp" * 30)[:length]
    if is_taken:
        add(bench, password=password)
        assert sign_in(bench, moment(), password) is not None
    else:
        with pytest.raises(Problem, match=r"staff\.password"):
            add(bench, password=password)


@for_each(
    "password",
    ["aaaaaaaaaaaa", "password1234", "contraseña123", "qwertyuiop12", "123456789012", "Ana.Ana.Ana.Ana"],
)
def test_a_password_that_is_easily_guessed_is_refused(bench: Bench, password: str) -> None:
    with pytest.raises(Problem, match=r"staff\.guessed"):
        add(bench, password=password)


def test_a_network_has_24_bits_of_an_old_address_and_48_of_a_new_one() -> None:
    old = {security.network(each) for each in ("192.0.2.0", "192.0.2.255", "::ffff:192.0.2.7")}
    assert old == {"192.0.2.0/24"}
    assert security.network("192.0.3.0") == "192.0.3.0/24"
    new = {security.network(each) for each in ("2001:db8:1::", "2001:db8:1:ffff:ffff::1")}
    assert new == {"2001:db8:1::/48"}
    assert security.network("2001:db8:2::") == "2001:db8:2::/48"
    assert security.network("no address") == "no address"


def test_a_network_asks_sixty_questions_in_a_quarter_of_an_hour(bench: Bench) -> None:
    with bench.work(ANONYMOUS, moment()) as work:
        assert [accounts.may_ask(work, SOURCE) for _ in range(61)] == [True] * 60 + [False]
        assert accounts.may_ask(work, "198.51.100.7"), "another network"
    with bench.work(ANONYMOUS, moment() + WINDOW - SECOND) as work:
        assert not accounts.may_ask(work, SOURCE)
    with bench.work(ANONYMOUS, moment() + WINDOW) as work:
        assert accounts.may_ask(work, SOURCE)


def test_in_a_practice_the_team_enters_by_no_password_from_a_browser_that_was_never_in(bench: Bench) -> None:
    add(bench)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "eva@example.org", "Eva", PASSWORD, "scrutineer", organisation="Liga")
    bench.practice = True
    with bench.read(ANONYMOUS, moment()) as work:
        tried = [
            accounts.try_password(work, email, PASSWORD, SOURCE, device).staff_id
            for email in (STAFF, "eva@example.org", "nobody@example.org")
            for device in ("", "one of before")
        ]
    assert tried == [None, 1, 2, 2, None, None]


def test_an_account_is_told_as_it_was_made_and_listed(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        made = accounts.add_staff(work, f" {STAFF.upper()} ", " Ana ", PASSWORD, "mail")
        assert (made.id, made.email, made.name, made.role, made.active) == (1, STAFF, "Ana", "mail", True)
        assert accounts.list_staff(work) == [made]
        with pytest.raises(Problem, match=r"staff\.guessed"):
            accounts.require_password("password1234")


def test_each_act_on_an_account_and_each_sign_in_is_in_the_log(bench: Bench) -> None:
    add(bench)
    acts: Acts = (
        lambda work: accounts.disable_staff(work, STAFF),
        lambda work: accounts.enable_staff(work, STAFF),
    )
    for act in acts:
        with bench.work(COMMAND, moment()) as work:
            act(work)
    assert sign_in(bench, moment())
    with bench.read(COMMAND, moment()) as work:
        acts_told = select(LogEntry.action).where(LogEntry.subject == "staff:1").order_by(LogEntry.seq)
        assert work.session.scalars(acts_told).all() == [
            *("staff.added", "staff.disabled", "staff.enabled"),
            "account.signed_in",
        ]


@pytest.mark.parametrize("actor", [ANONYMOUS, Actor("voter", 1, seat_id=1), Actor("secretariat", 1)])
def test_accounts_are_changed_by_no_other_than_who_may(bench: Bench, actor: Actor) -> None:
    add(bench)
    acts: Acts = (
        lambda work: accounts.add_staff(work, "otra@example.org", "Otra", PASSWORD, "admin"),
        accounts.list_staff,
        lambda work: accounts.enable_staff(work, STAFF),
        lambda work: accounts.disable_staff(work, STAFF),
        lambda work: accounts.unlock_staff(work, STAFF),
    )
    for act in acts:
        with pytest.raises(Problem, match=r"access\.denied"), bench.work(actor, moment()) as work:
            act(work)


def test_a_sign_in_clears_its_own_failures_and_no_others(bench: Bench) -> None:
    add(bench)
    add(bench, "otra@example.org")
    for email in (STAFF, "otra@example.org"):
        assert sign_in(bench, moment(), "wrong", email) is None
    before = attempts(bench)
    assert sign_in(bench, moment() + SECOND)
    assert attempts(bench) == before - 1


def test_what_was_asked_of_a_provider_is_answered_once_within_ten_minutes(bench: Bench) -> None:
    life = timedelta(minutes=10)
    with bench.work(ANONYMOUS, moment()) as work:
        first, second = (provider.ask(work, {"number": number}) for number in (1, 2))
    with bench.work(ANONYMOUS, moment() + life - SECOND) as work:
        assert [provider.answered(work, first) for _ in range(2)] == [{"number": 1}, {}]
    with bench.work(ANONYMOUS, moment() + life) as work:
        assert provider.answered(work, second) == {}


@pytest.mark.parametrize("ahead", [-HOUR, SECOND])
def test_a_provider_whose_clock_is_ahead_confirms_no_session_in_the_future(
    bench: Bench, ahead: timedelta
) -> None:
    add(bench)
    now = moment()
    with bench.work(ANONYMOUS, now) as work:
        token = provider.sign_in_by_provider(
            work, provider.Said(STAFF, now + ahead, two_steps=True), required=False
        )
        found = accounts.session_of(work, token or "")
        assert found is not None
        assert found.confirmed_at == min(now, now + ahead)
        signed_in = select(func.count()).where(LogEntry.action == "account.signed_in")
        assert work.session.scalar(signed_in) == 1
    later = provider.Said(STAFF, now + SECOND + ahead, two_steps=True)
    with bench.work(Actor("secretariat", 1), now + SECOND) as work:
        for said in (replace(later, email="otra@example.org"), replace(later, asked_at=None)):
            assert not provider.confirm_by_provider(work, token or "", said)
        assert not provider.confirm_by_provider(work, "no token", later)
        assert provider.confirm_by_provider(work, token or "", later)
    with bench.read(ANONYMOUS, now + SECOND) as work:
        found = accounts.session_of(work, token or "")
        assert found is not None
        assert found.confirmed_at == now + SECOND + min(ahead, timedelta(0))

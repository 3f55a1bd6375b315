"""Mail at its boundaries: exactly when a lease ends, a wait is over, and two days have passed.

Each boundary is looked at one second before, exactly at it, and one second after.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.platform.mailer import outbox
from consulta.platform.mailer.queries import outbox as queries
from consulta.platform.mailer.transport import Outcome
from consulta.platform.models import MAIL, Delivery, Message
from tests.cases import for_each
from tests.drafts import NOW
from tests.platform.mailer.desk import deliveries, messages, open_round, working

if TYPE_CHECKING:
    from consulta.platform.work import Bench

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LATER = Outcome("later", 451, "4.7.1 try later")
LEASE = timedelta(minutes=10)
WAITS = [30, 120, 600, 1800, 3600, 7200, 14_400]
TWO_DAYS = timedelta(hours=48)


def claim(bench: Bench, now: datetime = NOW, worker: str = "one", rate: int | None = None) -> int | None:
    with working(bench, now) as work:
        return outbox.claim(work, worker, rate)


def is_due(bench: Bench, now: datetime) -> bool:
    with working(bench, now) as work:
        return outbox.is_due(work)


def put_off(bench: Bench, now: datetime, chance: float = 0.5) -> Message:
    """Claim the only message at that moment, and let the server put it off."""
    number = claim(bench, now)
    assert number is not None
    with working(bench, now) as work:
        outbox.settle(work, number, "one", LATER, None, chance)
    (message,) = messages(bench)
    return message


@pytest.mark.parametrize(("after", "free"), [(LEASE - SECOND, False), (LEASE, True), (LEASE + SECOND, True)])
def test_what_is_lent_is_lent_again_exactly_when_its_time_ends(
    bench: Bench, after: timedelta, free: bool
) -> None:
    open_round(bench, 1)
    number = claim(bench)
    assert number is not None
    assert outbox.LEASE == LEASE
    (lent,) = messages(bench)
    assert (lent.claimed_by, lent.claimed_until, lent.attempts) == ("one", NOW + LEASE, 1)
    assert is_due(bench, NOW + after) is free
    with working(bench, NOW + after) as work:
        assert (outbox.holders(work) == ("one",)) is not free
    assert (claim(bench, NOW + after, "two", rate=1) == number) is free, "then it is in no worker's hand"
    assert [each.outcome for each in deliveries(bench)] == (["interrupted"] if free else [])


@pytest.mark.parametrize(("after", "due"), [(-SECOND, False), (timedelta(0), True), (SECOND, True)])
def test_a_message_is_due_exactly_at_its_moment(bench: Bench, after: timedelta, due: bool) -> None:
    open_round(bench, 1)
    (queued,) = messages(bench)
    assert queued.due_at == queued.queued_at == NOW
    assert is_due(bench, NOW + after) is due
    assert (claim(bench, NOW + after) is not None) is due


@for_each("attempt", range(1, 10))
def test_each_attempt_waits_as_long_as_its_number_says(attempt: int) -> None:
    """The first waits half a minute, the seventh and all after it four hours; chance moves it by a fifth."""
    seconds = WAITS[min(attempt, len(WAITS)) - 1]
    found = [outbox.next_wait(attempt, chance).total_seconds() for chance in (0, 0.5, 1)]
    assert found == pytest.approx([0.8 * seconds, seconds, 1.2 * seconds])


@for_each("attempt", range(1, 10))
def test_where_the_server_is_not_there_no_mail_waits_longer_than_ten_minutes(attempt: int) -> None:
    """It had waited for up to four hours after the server was back."""
    seconds = min(WAITS[min(attempt, len(WAITS)) - 1], 600)
    found = [outbox.next_wait(attempt, chance, ours=True).total_seconds() for chance in (0, 0.5, 1)]
    assert found == pytest.approx([0.8 * seconds, seconds, 1.2 * seconds])


def test_before_any_attempt_the_wait_is_the_first_one() -> None:
    assert outbox.next_wait(0, 0.5) == timedelta(seconds=30)


def test_what_was_put_off_is_tried_exactly_when_its_wait_is_over(bench: Bench) -> None:
    """The waits one after another, each counted from the attempt before it."""
    open_round(bench, 1)
    now = NOW
    for number, seconds in enumerate(WAITS, start=1):
        message = put_off(bench, now)
        assert (message.attempts, message.tried_at, message.claimed_by) == (number, NOW, None)
        wait = timedelta(seconds=seconds)
        assert message.due_at == now + wait
        assert not is_due(bench, now + wait - SECOND)
        assert is_due(bench, now + wait)
        now += wait


@pytest.mark.parametrize(
    ("after", "state", "reason"),
    [
        (TWO_DAYS - SECOND, "queued", None),
        (TWO_DAYS, "failed", "mail.gave_up"),
        (TWO_DAYS + SECOND, "failed", "mail.gave_up"),
    ],
)
def test_two_days_after_the_first_attempt_it_is_given_up(
    bench: Bench, after: timedelta, state: str, reason: str | None
) -> None:
    """Counted from the first attempt, and not from the moment in which the message was queued."""
    open_round(bench, 1)
    first = NOW + timedelta(hours=5)
    assert put_off(bench, first).tried_at == first
    message = put_off(bench, first + after)
    assert (message.state, message.reason, message.tried_at) == (state, reason, first)
    assert (message.token is None) is (state == "failed"), "its link goes with it"


@pytest.mark.parametrize(
    ("after", "free"),
    [(timedelta(seconds=59), False), (timedelta(seconds=60), True), (timedelta(seconds=61), True)],
)
def test_the_rate_looks_back_on_exactly_a_minute(bench: Bench, after: timedelta, free: bool) -> None:
    open_round(bench, 2)
    number = claim(bench, rate=1)
    assert number is not None
    assert claim(bench, rate=1) is None, "what is in hand counts"
    with working(bench) as work:
        outbox.settle(work, number, "one", Outcome("sent", 250, "ok"), None, 0.5)
    assert (claim(bench, NOW + after, rate=1) is not None) is free


@pytest.mark.parametrize(("rate", "claims"), [(1, 1), (2, 2), (3, 3)])
def test_so_many_are_lent_at_once_as_the_rate_says_and_no_more(bench: Bench, rate: int, claims: int) -> None:
    open_round(bench, 4)
    found = [claim(bench, rate=rate) for _ in range(4)]
    assert sum(number is not None for number in found) == claims
    assert len(set(found) - {None}) == claims


def test_what_a_reader_waits_for_goes_first_and_then_what_waits_longest(bench: Bench) -> None:
    open_round(bench, 3)
    with working(bench) as work:
        _, second, third = work.session.scalars(select(Message).order_by(Message.id))
        third.kind, second.due_at = "urgent", NOW - SECOND
        work.session.flush()
        assert queries.next_due(work.session, NOW, ["urgent"], MAIL) is third
        assert queries.next_due(work.session, NOW, [], MAIL) is second
        assert queries.next_due(work.session, NOW - SECOND, ["urgent"], MAIL) is second, (
            "the only one that is due"
        )


def test_refusals_are_counted_from_the_last_mail_that_was_taken(bench: Bench) -> None:
    """From the least code on, and from that moment on."""
    open_round(bench, 1)

    def refused() -> list[tuple[int, int | None, str]]:
        return queries.refused_since_taken(work.session, NOW, 500, MAIL)

    def answer(outcome: str, code: int, after: timedelta = timedelta(0)) -> None:
        said = Delivery(message_id=1, at=NOW + after, outcome=outcome, code=code, said=f"{code}")
        work.session.add(said)
        work.session.flush()

    with working(bench) as work:
        answer("refused", 550)
        assert refused() == [(1, 550, "550")]
        answer("later", 500)
        answer("later", 499)
        answer("refused", 554, -SECOND)
        assert refused() == [(1, 550, "550"), (1, 500, "500")]
        answer("sent", 250)
        assert refused() == []
        answer("refused", 551)
        assert refused() == [(1, 551, "551")]


def test_what_is_dropped_counts_as_no_attempt(bench: Bench) -> None:
    open_round(bench, 1)
    number = claim(bench)
    assert number is not None
    with working(bench) as work:
        outbox.drop(work, number, "two", "mail.over")
    assert [(each.state, each.attempts) for each in messages(bench)] == [("queued", 1)], (
        "another has it in hand"
    )
    with working(bench) as work:
        outbox.drop(work, number, "one", "mail.over")
    (left,) = messages(bench)
    assert (left.state, left.reason, left.attempts, left.token) == ("cancelled", "mail.over", 0, None)


def test_a_worker_that_died_gives_back_what_it_had_in_hand_and_nothing_else(bench: Bench) -> None:
    open_round(bench, 3)
    one, two = claim(bench, worker="one"), claim(bench, worker="two")
    with working(bench) as work:
        assert outbox.release(work, "one") == 1
        assert outbox.release(work, "one") == 0, "once"
        assert outbox.holders(work) == ("two",)
    claimed = {claim(bench, worker="three"), claim(bench, worker="three")}
    assert one in claimed
    assert two not in claimed


@pytest.mark.parametrize(
    ("beyond", "due"), [(timedelta(0), False), (SECOND, True)], ids=["the-longest-wait", "longer"]
)
def test_after_the_clock_was_set_back_nothing_waits_longer_than_the_longest_wait(
    bench: Bench, beyond: timedelta, due: bool
) -> None:
    open_round(bench, 1)
    longest = timedelta(seconds=WAITS[-1])
    with working(bench) as work:
        work.session.scalars(select(Message)).one().due_at = NOW + longest + beyond
    with working(bench) as work:
        outbox.limit_waits_after_clock_set_back(work)
    assert is_due(bench, NOW) is due


def test_a_mail_waits_for_its_letter_exactly_as_long_as_its_patience(bench: Bench) -> None:
    """The try does not count, and it is due again after the wait; lent no more, nothing of it changes."""
    open_round(bench, 1)
    number = claim(bench)
    assert number is not None
    end = NOW + 2 * MINUTE
    for worker, now, waits in (
        ("two", NOW, False),
        ("one", end + SECOND, False),
        ("one", end, True),
        ("one", end, False),
    ):
        with working(bench, now) as work:
            assert outbox.put_back(work, number, worker, MINUTE, 2 * MINUTE) is waits
        (message,) = messages(bench)
        lent = message.claimed_by is not None
        assert (lent, message.attempts, message.due_at) == (
            (True, 1, NOW) if lent else (False, 0, end + MINUTE)
        )
    assert (is_due(bench, end + MINUTE - SECOND), is_due(bench, end + MINUTE)) == (False, True)


@for_each("code, about", [(549, False), (550, True), (551, True), (552, False), (553, True)])
def test_which_refusals_are_about_the_address(code: int, about: bool) -> None:
    assert outbox.is_about_address(Outcome("refused", code, "no")) is about
    assert outbox.is_about_address(Outcome("refused", code, "5.1.1 no such mailbox"))
    assert not outbox.is_about_address(Outcome("refused", code, "5.7.1 not wanted"))


@pytest.mark.parametrize("worker", ["one", "two"])
def test_what_was_dropped_stays_so_after_a_late_report_that_it_left(bench: Bench, worker: str) -> None:
    """The attempt is written down all the same."""
    open_round(bench, 1)
    number = claim(bench)
    assert number is not None
    with working(bench) as work:
        outbox.drop(work, number, "one", "mail.over")
        outbox.settle(work, number, worker, Outcome("sent", 250, "ok"), None, 0.5)
    (message,) = messages(bench)
    assert (message.state, message.reason, message.code) == ("cancelled", "mail.over", None)
    assert [each.outcome for each in deliveries(bench)] == ["sent"]

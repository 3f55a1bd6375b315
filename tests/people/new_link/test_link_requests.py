"""“Send me a new link”: who gets one, how often, what it ends (nothing), and that asking tells nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_string
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from consulta.core.problems import Problem
from consulta.people import new_link
from consulta.platform import accounts, door, security
from consulta.platform.mailer import outbox
from consulta.platform.models import Attempt, Contact, LinkRequest, Message, Seat
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Actor
from tests.drafts import NOW
from tests.factories import moment, put_on_file
from tests.platform.mailer.desk import change_contacts, messages, worker_at
from tests.platform.mailer.desk import open_round as mailed
from tests.polling import Voter, change_round, open_round
from tests.smtp import mail_server

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

ADDRESS = "rosa@example.org"


def ask(bench: Bench, email: str = ADDRESS, source: str = "192.0.2.1", now: datetime | None = None) -> None:
    with bench.work(ANONYMOUS, now or moment()) as work:
        new_link.ask(work, email, source)


def answer(bench: Bench, now: datetime | None = None) -> int:
    """What the worker does: every request that waits, answered."""
    with bench.read(WORKER, now or moment()) as work:
        numbers = new_link.due(work)
    sent = 0
    for number in numbers:
        with bench.work(WORKER, now or moment()) as work:
            sent += new_link.answer(work, number) or 0
    return sent


def mails(bench: Bench) -> list[tuple[int | None, str, str | None]]:
    """Of each message with a new link: for which seat, to which address, its token."""
    with bench.read(COMMAND, moment()) as work:
        rows = list(
            work.session.scalars(select(Message).where(Message.kind == "new_link").order_by(Message.id))
        )
        assert all(outbox.open_token(work, row) for row in rows)
        return [(row.seat_id, row.address, row.token) for row in rows]


def waiting(bench: Bench) -> int:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(LinkRequest)) or 0


def named(bench: Bench, *voters: Voter, email: str = ADDRESS, **values: object) -> None:
    """Let these contacts have that address."""
    with bench.work(COMMAND, moment()) as work:
        for voter in voters:
            contact = work.session.get_one(Contact, voter.contact_id)
            contact.email = email
            for name, value in values.items():
                setattr(contact, name, value)
            put_on_file(work.session, work.session.get_one(Seat, voter.seat_id), contact)


def opens(bench: Bench, token: str | None) -> bool:
    with bench.work(ANONYMOUS, moment()) as work:
        return token is not None and door.enter(work, "v", token) is not None


def test_the_contact_gets_a_link_and_the_earlier_ones_go_on(either: Bench) -> None:
    """A stranger who knows an address must not be able to cut its contact off."""
    voter, _ = open_round(either)
    named(either, voter)
    with either.work(ANONYMOUS, moment()) as work:
        entrance = door.enter(work, "v", voter.token)
    ask(either, "  Rosa@Example.ORG ")
    assert answer(either) == 1
    ((seat, address, token),) = mails(either)
    assert (seat, address) == (voter.seat_id, ADDRESS)
    assert token != voter.token
    assert opens(either, token)
    assert opens(either, voter.token), "the link in the first message still opens, also after the new one did"
    assert entrance is not None
    with either.read(ANONYMOUS, moment()) as work:
        assert door.resume(work, "voter", entrance.token) == voter.actor, "and its session goes on"


def test_an_address_of_several_organisations_gets_a_message_for_each(either: Bench) -> None:
    first, second, _ = open_round(either, seats=3)
    (other,) = open_round(either, "2027-2", seats=1)
    named(either, first, second, other)
    ask(either)
    assert answer(either) == 3
    assert {seat for seat, _, _ in mails(either)} == {first.seat_id, second.seat_id, other.seat_id}
    assert len({token for _, _, token in mails(either)}) == 3


def test_whoever_cannot_vote_now_gets_nothing_and_the_request_is_gone(bench: Bench) -> None:
    voter, _ = open_round(bench)
    may = {"active": True, "may_vote": True}
    for number, (contact, of_round) in enumerate(
        (
            ({"active": False, "may_vote": True}, {}),
            ({"active": True, "may_vote": False}, {}),
            (may, {"state": "draft"}),
            (may, {"state": "open", "closes_at": moment()}),
            (may, {"state": "closed"}),
        )
    ):
        named(bench, voter, email=f"rosa{number}@example.org", **contact)
        change_round(bench, **of_round)
        for email in (
            f"rosa{number}@example.org",
            f"nadie{number}@example.org" if number else "esto no es nada",
        ):
            ask(bench, email, source=f"198.51.{number}.1")
        assert waiting(bench) == (2 if number else 1), "what is no address is passed over"
        assert answer(bench) == 0, (contact, of_round)
        assert mails(bench) == []
        assert waiting(bench) == 0, "strangers' addresses are not kept"


def test_asking_writes_the_same_for_every_address(bench: Bench) -> None:
    """SE-12: the statements are the same, so the time is, and so is all that a page could show."""
    voter, _ = open_round(bench)
    named(bench, voter)
    seen: list[str] = []
    event.listen(bench.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    statements = []
    for email in (ADDRESS, "nadie@example.org"):
        seen.clear()
        ask(bench, email, source=email)
        statements.append(list(seen))
    assert statements[0] == statements[1]
    assert not any("contacts" in statement or "links " in statement for statement in statements[0])


def test_three_an_hour_for_an_address(bench: Bench) -> None:
    """SE-13: the fourth is passed over; an hour after the first there is room again.

    Requests for other links leave room: else one who asks for the data of an address kept it from its ballot.
    """
    voter, _ = open_round(bench)
    named(bench, voter)
    now = moment()
    for _each in range(30):
        with bench.work(ANONYMOUS, now) as work:
            new_link.ask(work, ADDRESS, "203.0.113.1", "own")
    for minutes in (0, 10, 20, 30, 59):
        ask(bench, source=f"198.51.{minutes}.1", now=now + timedelta(minutes=minutes))
    with bench.read(ANONYMOUS, now) as work:
        purposes = work.session.scalars(select(LinkRequest.purpose).order_by(LinkRequest.id))
        assert purposes.all() == ["own"] * 3 + ["vote"] * 3
    assert answer(bench) == 3
    ask(bench, source="203.0.113.1", now=now + timedelta(minutes=61))
    assert answer(bench) == 1


def test_thirty_an_hour_from_a_network(bench: Bench) -> None:
    now = moment()
    for number in range(35):
        ask(bench, f"nadie{number}@example.org", f"192.0.2.{number + 1}", now)
    assert waiting(bench) == 30
    ask(bench, "otra@example.org", "198.51.100.1", now)
    assert waiting(bench) == 31, "another network is not kept from asking"
    for first, second, same in (
        ("192.0.2.1", "192.0.2.200", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("", "", True),
    ):
        assert (security.network(first) == security.network(second)) is same, "a network is its prefix"


def test_a_failed_sign_in_does_not_make_the_hour_shorter(bench: Bench) -> None:
    """Both count in one table; each forgets only what nobody counts any more."""
    voter, _ = open_round(bench)
    named(bench, voter)
    now = moment()
    for _ in range(3):
        ask(bench, now=now)
    later = now + timedelta(minutes=20)
    with bench.read(ANONYMOUS, later) as work:
        tried = accounts.try_password(work, "nadie@example.org", "no es esta frase")
    with bench.work(ANONYMOUS, later) as work:
        assert accounts.sign_in(work, tried) is None
    ask(bench, source="203.0.113.7", now=later)
    assert waiting(bench) == 3
    with bench.read(ANONYMOUS, now) as work:
        kept = work.session.scalars(select(Attempt.subject_sha256)).all()
    assert not any(ADDRESS in subject for subject in kept)


def test_two_workers_answer_once(either: Bench) -> None:
    voter, _ = open_round(either)
    named(either, voter)
    ask(either)
    for actor in (ANONYMOUS, Actor("secretariat", 1)):  # the worker alone looks whose an address is
        with pytest.raises(Problem, match=r"access\.denied"), either.read(actor, moment()) as work:
            new_link.due(work)
    with either.read(WORKER, moment()) as work:
        (number,) = new_link.due(work)
    with either.work(WORKER, moment()) as work:
        assert new_link.answer(work, number) == 1
    with either.work(WORKER, moment()) as work:
        assert new_link.answer(work, number) is None
    assert len(mails(either)) == 1


def test_from_the_request_to_the_mail_that_opens_the_ballot(bench: Bench, settings: Settings) -> None:
    """The worker sends it like any mail; of the request nothing is left, of the token only its digest."""
    mailed(bench)
    with bench.work(ANONYMOUS, NOW) as work:
        new_link.ask(work, "c1.1@example.org", "192.0.2.1")
    with worker_at(bench, settings) as worker:
        worker.look()
    (message,) = messages(bench, "new_link")
    assert (message.state, message.address, message.token) == ("sent", "c1.1@example.org", None)
    sent = [path.read_text("utf-8") for path in sorted((settings.data / "mail").glob("*.eml"))]
    letter = message_from_string(next(text for text in sent if message.message_id in text), policy=default)
    body = letter.get_body(("plain",))
    assert body is not None
    links = re.findall(r"/v/([A-Za-z0-9_-]{43})$", body.get_content(), re.MULTILINE)
    assert len(set(links)) == 1
    with bench.work(ANONYMOUS, NOW) as work:
        assert door.enter(work, "v", links[0]) is not None
    assert waiting(bench) == 0


@pytest.mark.parametrize("values", [{"paused": True}, {"bounced_at": NOW, "bounce_reason": "550 5.1.1"}])
def test_whoever_asks_gets_it_though_mail_to_them_is_paused_or_did_not_arrive(
    bench: Bench, settings: Settings, values: dict[str, object]
) -> None:
    mailed(bench, 1)
    change_contacts(bench, "c1.1@example.org", **values)
    ask(bench, "c1.1@example.org", now=NOW)
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
        worker.look()
    assert box.addresses == ["c1.1@example.org"]
    assert [m.state for m in messages(bench, "new_link")] == ["sent"]
    assert messages(bench, "invitation")[0].state == "cancelled", "what nobody asked for is not sent"

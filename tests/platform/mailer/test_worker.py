"""The worker against a mail server that misbehaves: each gets one mail, and nothing blocks the rest."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from email.utils import getaddresses
from itertools import pairwise
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from consulta.core.counting.choice import Entries
from consulta.desk import mail
from consulta.platform import door
from consulta.platform.listing import Wanted
from consulta.platform.work import ANONYMOUS, Bench
from consulta.vote import service as voting
from tests.cases import for_each
from tests.changing import ASKED
from tests.deep import DEEP
from tests.drafts import KEY, NOW, reading, writing
from tests.platform.mailer.desk import (
    Clock,
    change_contacts,
    change_round,
    deliveries,
    messages,
    open_round,
    settings_for,
    worker_at,
    working,
)
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.rounds.letters import service as letters
    from consulta.shell.worker.loop import Worker

EVERYBODY = ["c1.1@example.org", "c2.1@example.org", "c3.1@example.org"]


def until_empty(bench: Bench, worker: Worker, clock: Clock, most: int = 40) -> None:
    """Look again and again, an hour apart, until nothing waits."""
    for _ in range(most):
        worker.look()
        if not messages(bench, state="queued"):
            return
        clock.forward(hours=1)
    pytest.fail("messages wait for ever")


def vote(bench: Bench, token: str, theme: str = "tema_numero_1") -> None:
    with bench.work(ANONYMOUS, NOW) as work:
        entrance = door.enter(work, "v", token)
    assert entrance is not None
    voter = entrance.actor
    with bench.work(voter, NOW) as work:
        voting.cast(work, KEY, Entries({theme: 1}), token)


def test_each_gets_one_mail_and_it_is_kept_without_its_link(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    tokens = [str(m.token) for m in messages(bench)]
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
        worker.look()
    assert sorted(box.addresses) == EVERYBODY
    assert box.recipients == [[address] for address in box.addresses]
    assert set(box.senders) == {"voto@example.org"}
    assert {tuple(a for _, a in getaddresses(m.get_all("To", []))) for m in box.messages} == {
        (address,) for address in EVERYBODY
    }
    for raw, token in zip((raw.decode() for _, raw in box.taken), tokens, strict=True):
        assert f"\r\nhttps://voto.example.org/es/v/{token}\r\n" in raw
    for each in messages(bench):
        assert (each.state, each.token, each.transport, each.code) == ("sent", None, "smtp", 250)
        assert "https://voto.example.org/es/v/■■■■■■■■" in str(each.body)
    assert [(d.outcome, d.code) for d in deliveries(bench)] == [("sent", 250)] * 3
    assert box.connections == 1, "one connection serves them all"


def test_no_token_stays_anywhere(bench: Bench, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """SE-5: not in the database, not in what is logged, not in what a server that quotes it said."""
    open_round(bench)
    tokens = [str(m.token) for m in messages(bench)]
    said = {f"c{number}.1@example.org": token for number, token in enumerate(tokens, start=1)}

    def quote(recipient: str, number: int) -> str | None:
        return f"554 spam: https://voto.example.org/es/v/{said[recipient]}" if "c2" in recipient else None

    with (
        caplog.at_level(logging.DEBUG),
        mail_server(Box(data=quote)) as (_, port),
        worker_at(bench, settings, port) as worker,
    ):
        worker.look()
    assert [m.state for m in messages(bench)] == ["sent", "failed", "sent"]
    assert "■■■■■■■■" in str(messages(bench)[1].said)
    stored = b"".join(path.read_bytes() for path in settings.data.iterdir() if path.is_file())
    assert b"c1.1@example.org" in stored, "it is the files of the database that are looked through"
    logged = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("mail."))  # the server
    assert "mail.sent message=1" in logged
    for token in tokens:
        assert token.encode() not in stored
        assert token not in logged
    assert "@example.org" not in logged


def test_a_refused_recipient_fails_at_once_and_keeps_nobody_waiting(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    box = Box(rcpt=lambda recipient, _: "550 5.1.1 no such user" if "c1" in recipient else None)
    with mail_server(box) as (_, port), worker_at(bench, settings, port) as worker:
        worker.look()
    first, *others = messages(bench)
    assert (first.state, first.reason, first.code, first.said) == (
        "failed",
        "mail.refused",
        550,
        "5.1.1 no such user",
    )
    assert [m.state for m in others] == ["sent", "sent"]
    assert box.tried["c1.1@example.org"] == 1
    with reading(bench) as work:
        (trouble,) = mail.undelivered(work, KEY)
    assert (trouble.line.contact.email, trouble.why, trouble.steps) == (
        "c1.1@example.org",
        "mail.why_mailbox",
        ("correct", "telephone"),
    )
    assert trouble.line.condition == "bounced", "no later mail goes to an address that does not exist"


@pytest.mark.deep
@pytest.mark.parametrize("answer", ["550 5.7.1 blocked by policy", "552 message too big", "554 no"])
def test_a_mail_that_is_refused_says_nothing_of_the_address(
    bench: Bench, settings: Settings, answer: str
) -> None:
    open_round(bench, 1)
    with (
        mail_server(Box(data=lambda *_: answer)) as (_, port),
        worker_at(bench, settings, port) as worker,
    ):
        worker.look()
    assert [m.state for m in messages(bench)] == ["failed"]
    with reading(bench) as work:
        (line,) = mail.mail_list(work, KEY, Wanted()).rows
    assert line.condition == "failed"


@pytest.mark.deep
def test_greylisting_is_no_failure(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    clock = Clock()
    box = Box(rcpt=lambda _, number: "451 4.7.1 greylisted" if number <= 2 else None)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        worker.look()
        assert box.addresses == []
        assert {m.state for m in messages(bench)} == {"queued"}
        worker.look()
        assert set(box.tried.values()) == {1}, "nobody is tried again before the time has come"
        until_empty(bench, worker, clock)
    assert sorted(box.addresses) == EVERYBODY
    assert {m.attempts for m in messages(bench)} == {3}
    assert Counter(d.outcome for d in deliveries(bench)) == {"later": 6, "sent": 3}


@pytest.mark.deep
def test_a_server_that_never_takes_it_is_given_up_after_two_days(bench: Bench, settings: Settings) -> None:
    open_round(bench, 1)
    clock = Clock()
    with (
        mail_server(Box(data=lambda *_: "451 try later")) as (box, port),
        worker_at(bench, settings, port, clock) as worker,
    ):
        until_empty(bench, worker, clock, 60)
    (failed,) = messages(bench)
    assert (failed.state, failed.reason, failed.token) == ("failed", "mail.gave_up", None)
    assert failed.left_at is not None
    assert timedelta(hours=48) <= failed.left_at - NOW <= timedelta(hours=54)
    assert 10 <= box.tried["c1.1@example.org"] <= 40
    times = [d.at for d in deliveries(bench)]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[-1] > waits[0], "the waits grow"


INVITED = 300 if DEEP else 60


@pytest.mark.deep
@pytest.mark.slow
def test_hundreds_of_invitations_while_every_second_message_is_put_off(
    bench: Bench, settings: Settings
) -> None:
    """Nobody is lost and nobody gets two, whichever messages the server puts off."""
    open_round(bench, INVITED)
    clock, seen = Clock(), iter(range(100_000))
    box = Box(data=lambda *_: "451 4.3.2 try again" if next(seen) % 2 else None)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        until_empty(bench, worker, clock, 200)
    assert len(box.addresses) == len(set(box.addresses)) == INVITED
    assert {m.state for m in messages(bench)} == {"sent"}
    ids = [str(m["Message-ID"]) for m in box.messages]
    assert len(set(ids)) == INVITED


@pytest.mark.deep
def test_a_connection_that_dies_before_the_answer_costs_a_second_mail_with_the_same_id(
    bench: Bench, settings: Settings
) -> None:
    """The server took it and nobody can know: it is sent again, and recognised by its Message-ID (ML-2)."""
    open_round(bench)
    clock = Clock()
    box = Box(hang_up=lambda recipient, number: "c2" in recipient and number == 1)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        until_empty(bench, worker, clock)
    assert Counter(box.addresses) == {
        "c1.1@example.org": 1,
        "c2.1@example.org": 2,
        "c3.1@example.org": 1,
    }
    twice = [m["Message-ID"] for a, m in zip(box.addresses, box.messages, strict=True) if "c2" in a]
    assert len(set(twice)) == 1


@pytest.mark.deep
def test_a_server_that_is_not_there_is_left_alone_and_found_again(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    clock = Clock()
    with mail_server() as (_, port):
        pass
    with worker_at(bench, settings, port, clock) as worker:
        worker.look()
        first = len(deliveries(bench))
        worker.look()
        assert len(deliveries(bench)) == first <= 2, "it does not knock again and again"
        assert {m.state for m in messages(bench)} == {"queued"}
    with mail_server() as (box, port), worker_at(bench, settings, port, clock) as worker:
        until_empty(bench, worker, clock)
    assert sorted(box.addresses) == EVERYBODY


def test_a_slow_server_is_waited_for_and_no_longer_than_allowed(bench: Bench, settings: Settings) -> None:
    open_round(bench, 1)
    clock = Clock()
    box = Box(pause=0.3)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        worker.look()
    assert [m.state for m in messages(bench)] == ["sent"]


def test_a_mail_that_cannot_be_made_keeps_no_other_waiting(
    bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consulta.rounds.letters import service as services  # noqa: PLC0415 - to break one of its functions

    open_round(bench)
    finish = services.finish

    def broken(work: object, number: int, post: letters.Post) -> object:
        if number == messages(bench)[0].id:
            raise ZeroDivisionError("a mistake of ours")
        return finish(work, number, post)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "finish", broken)
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
    assert sorted(box.addresses) == EVERYBODY[1:]
    first = messages(bench)[0]
    assert (first.state, first.attempts) == ("queued", 1)
    assert first.said is not None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"paused": True}, "mail.paused"),
        ({"active": False}, "mail.inactive"),
        ({"may_vote": False}, "mail.inactive"),
        ({"bounced_at": NOW}, "mail.bounced"),
    ],
)
def test_what_became_of_a_contact_meanwhile_is_looked_at_when_it_is_sent(
    bench: Bench, settings: Settings, values: dict[str, object], reason: str
) -> None:
    open_round(bench)
    change_contacts(bench, "c1.1@example.org", **values)
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
    assert sorted(box.addresses) == EVERYBODY[1:]
    first = messages(bench)[0]
    assert (first.state, first.reason, first.token, first.attempts) == ("cancelled", reason, None, 0)


def test_an_invitation_to_a_round_that_is_over_is_not_sent(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    change_round(bench, state="cancelled")
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
    assert box.addresses == []
    assert {(m.state, m.reason) for m in messages(bench)} == {("cancelled", "mail.over")}


def test_a_corrected_address_gets_no_link_of_the_old_one_and_the_old_one_its_receipt(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 1)
    vote(bench, str(messages(bench)[0].token))
    from consulta.people import members  # noqa: PLC0415 - only here

    with writing(bench) as work:
        (member,) = members.list_members(work, Wanted()).rows
        contact = member.contacts[0]
        members.change_contact(
            work, member.id, contact.id, members.ContactCommand("Ana", "nueva@example.org"), ASKED
        )
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
    assert box.addresses == ["c1.1@example.org"] * 2, "receipt and notice go to the address of the opening"
    invitation, receipt, notice = messages(bench)
    assert (invitation.state, invitation.reason) == ("cancelled", "mail.link_ended")
    assert (receipt.kind, receipt.state, receipt.address) == ("receipt", "sent", "c1.1@example.org")
    assert (notice.kind, notice.state, notice.address) == ("access_asked", "sent", "c1.1@example.org")


def test_paused_mail_waits_and_goes_when_it_is_resumed(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    with writing(bench) as work:
        mail.pause_mail(work)
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
        assert box.addresses == []
        with writing(bench) as work:
            mail.resume_mail(work)
        worker.look()
    assert sorted(box.addresses) == EVERYBODY


@pytest.mark.deep
def test_no_more_than_the_rate_goes_in_a_minute(bench: Bench, settings: Settings) -> None:
    open_round(bench, 7)
    clock = Clock()
    sent = []
    with mail_server() as (box, port), worker_at(bench, settings, port, clock, rate=3) as worker:
        for _ in range(4):
            worker.look()
            worker.look()
            sent.append(len(box.addresses))
            clock.forward(seconds=61)
    assert sent == [3, 6, 7, 7]


def test_a_receipt_does_not_wait_behind_invitations(bench: Bench, settings: Settings) -> None:
    open_round(bench, 3)
    vote(bench, str(messages(bench)[2].token))
    with mail_server() as (box, port), worker_at(bench, settings, port) as worker:
        worker.look()
    assert box.addresses == ["c3.1@example.org", *EVERYBODY]


def test_in_test_mode_everything_goes_to_one_address_and_says_so(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    with (
        mail_server() as (box, port),
        worker_at(bench, settings, port, test_address="prueba@example.org") as worker,
    ):
        worker.look()
    assert box.addresses == ["prueba@example.org"] * 3
    for message, meant in zip(box.messages, EVERYBODY, strict=True):
        assert message["Subject"].startswith("[PRUEBA] Consulta: vote hasta")
        assert len(message["Subject"]) <= 70
        body = message.get_body(("plain",))
        assert body is not None
        assert f"Este mensaje es una prueba. En funcionamiento real iría a {meant}." in body.get_content()
        assert f"In real use it would go to {meant}." in body.get_content()


def test_without_a_mail_server_each_mail_is_a_file_for_its_owner_alone(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench)
    with worker_at(bench, settings) as worker:
        worker.look()
    folder: Path = settings.data / "mail"
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [f"{m.id:06d}-invitation.eml" for m in messages(bench)]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {m.transport for m in messages(bench)} == {"file"}
    assert b"To: Contacto de Red 001 <c1.1@example.org>\r\n" in files[0].read_bytes()


@for_each("workers", [3])
def test_several_workers_send_each_message_once(either: Bench, settings: Settings, workers: int) -> None:
    open_round(either, 30)
    start = Barrier(workers)

    def run(port: int) -> None:
        with worker_at(either, settings, port) as worker:
            start.wait()
            worker.look()

    with mail_server(Box(pause=0.005)) as (box, port):
        threads = [Thread(target=run, args=(port,)) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(box.addresses) == len(set(box.addresses)) == 30
    assert {(m.state, m.attempts) for m in messages(either)} == {("sent", 1)}
    assert box.connections >= 2, "more than one of them sent"


def test_what_a_dead_worker_had_in_hand_is_sent_by_another_after_its_time(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 1)
    clock = Clock()
    from consulta.platform.mailer import outbox  # noqa: PLC0415 - only here

    with working(bench) as work:
        assert outbox.claim(work, "dead", None) is not None
    with mail_server() as (box, port), worker_at(bench, settings, port, clock) as worker:
        worker.look()
        assert box.addresses == [], "it may still be alive"
        clock.forward(minutes=11)
        worker.look()
    assert box.addresses == EVERYBODY[:1]
    assert [d.outcome for d in deliveries(bench)] == ["interrupted", "sent"]


def test_the_worker_stops_after_what_it_has_in_hand(bench: Bench, settings: Settings) -> None:
    open_round(bench, 5)
    with mail_server(Box(pause=0.05)) as (box, port), worker_at(bench, settings, port) as worker:

        def stop_after(recipient: str, _number: int) -> str | None:
            if "c2" in recipient:
                worker.stop()
            return None

        box.data = stop_after
        thread = Thread(target=worker.run)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
    assert len(box.addresses) == 2
    assert Counter(m.state for m in messages(bench)) == {"sent": 2, "queued": 3}
    assert all(m.claimed_by is None for m in messages(bench))


def test_nothing_is_held_while_the_server_talks(either: Bench, settings: Settings) -> None:
    """RL-4: a vote is taken while a mail server dawdles."""
    open_round(either, 1)

    def write_meanwhile(*_: object) -> None:
        with writing(either) as work:
            work.session.execute(text("UPDATE rounds SET public = 'meanwhile'"))
            work.session.execute(text("UPDATE messages SET facts = '{}'"))

    with mail_server(Box(data=write_meanwhile)) as (box, port), worker_at(either, settings, port) as worker:
        worker.look()
    assert box.addresses == EVERYBODY[:1]
    assert [m.state for m in messages(either)] == ["sent"]


def test_mail_of_settings_for_a_server_goes_by_it(settings: Settings, bench: Bench) -> None:
    with mail_server() as (_, port):
        with worker_at(bench, settings, port) as worker:
            assert worker.way.name == "smtp"
        with worker_at(bench, settings_for(settings)) as worker:
            assert worker.way.name == "file"

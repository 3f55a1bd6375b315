"""What a worker does with one mail after another, over a mail server whose answers are given here."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import select, update

from consulta.core.problems import Problem
from consulta.desk import mail
from consulta.platform import document_jobs
from consulta.platform.formats import document, letter_mail
from consulta.platform.mailer.transport import Outcome
from consulta.platform.models import DocumentJob, Message
from consulta.platform.work import Bench
from consulta.rounds.letters import service as letters
from consulta.shell.worker import mail as worker_mail
from consulta.shell.worker.loop import Worker
from tests.drafts import writing
from tests.platform.mailer.desk import Clock, change_round, messages, open_round, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from consulta.platform.settings import Settings

SENT = Outcome("sent", 250)
AWAY = Outcome("later", said="no connection", ours=True)


class Answers:
    """A way for mail that gives the answers it was given, then `SENT`."""

    name: Literal["smtp", "file"] = "smtp"

    def __init__(self, *answers: Outcome) -> None:
        self.answers = list(answers)
        self.numbers: list[int] = []
        self.messages: list[EmailMessage] = []

    def send(self, message: EmailMessage, number: int, kind: str) -> Outcome:
        self.numbers.append(number)
        self.messages.append(message)
        return self.answers.pop(0) if self.answers else SENT

    def close(self) -> None:
        pass


@pytest.fixture
def begin(bench: Bench, settings: Settings) -> Callable[..., Worker]:
    """A worker over a way for mail, for a round whose invitations wait."""

    def begun(way: Answers, clock: Clock | None = None, members: int = 3, rate: int = 10_000) -> Worker:
        open_round(bench, members)
        return Worker(bench, settings_for(settings, rate=rate), way, clock or Clock())

    return begun


def states(bench: Bench) -> list[str]:
    return [each.state for each in messages(bench)]


def test_it_says_how_many_it_took_and_wipes_what_they_leave(
    bench: Bench, begin: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiped: list[Bench] = []

    def wipe(bench: Bench) -> None:
        wiped.append(bench)

    monkeypatch.setattr(Bench, "wipe", wipe)
    worker = begin(way := Answers())
    assert worker.mail.send_due() == 3
    assert len(wiped) == 1
    assert sorted(way.numbers) == sorted({each.id for each in messages(bench)})
    assert worker.mail.send_due() == 0
    assert len(wiped) == 1, "nothing was sent"


def test_the_rate_holds_for_a_server_and_not_for_files(
    bench: Bench, begin: Callable[..., Worker], settings: Settings
) -> None:
    clock = Clock()
    worker = begin(Answers(), clock, members=5, rate=2)
    assert worker.mail.send_due() == 2
    clock.forward(seconds=59)
    assert worker.mail.send_due() == 0
    clock.forward(seconds=2)
    assert worker.mail.send_due() == 2
    files = Answers()
    files.name = "file"
    with_files = Worker(bench, settings_for(settings, rate=2), files, clock)
    assert with_files.mail.send_due() == 1
    assert with_files.mail.rate is None


def test_a_server_that_is_away_is_left_alone_longer_each_time_and_used_again(
    bench: Bench, begin: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    present = [1_000.0]
    monkeypatch.setattr(worker_mail, "time", SimpleNamespace(monotonic=lambda: present[0]))
    clock = Clock()
    worker = begin(Answers(*[AWAY] * 7, SENT, AWAY), clock, members=12)
    pauses = []
    for _ in range(7):
        clock.forward(hours=1)
        present[0] += 1
        worker.mail.send_due()
        pauses.append(round(worker.mail.paused_until - present[0]))
        present[0] = worker.mail.paused_until
    # The first failure is no reason to wait: another mail is tried at once.
    assert pauses == [5, 15, 30, 60, 60, 60, 0]
    assert "failed" not in states(bench)


def test_while_it_is_left_alone_nothing_is_taken(begin: Callable[..., Worker]) -> None:
    worker = begin(way := Answers())
    worker.mail.paused_until = time.monotonic() + 60
    assert worker.mail.send_due() == 0
    assert way.numbers == []
    worker.mail.paused_until = 0.0
    worker.stop()
    assert worker.mail.send_due() == 0
    assert way.numbers == []


def test_sending_ends_so_that_rounds_do_not_wait(
    begin: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    present = [0.0]
    monkeypatch.setattr(worker_mail, "time", SimpleNamespace(monotonic=lambda: present[0]))
    worker = begin(way := Answers(), members=6)
    send = way.send

    def slow(message: EmailMessage, number: int, kind: str) -> Outcome:
        present[0] += 6
        return send(message, number, kind)

    monkeypatch.setattr(way, "send", slow)
    assert worker.mail.send_due() == 3, "none is begun after fifteen seconds"
    assert worker.mail.send_due() == 3


def test_a_mail_that_is_not_needed_any_more_is_told_in_the_log(
    bench: Bench, begin: Callable[..., Worker], caplog: pytest.LogCaptureFixture
) -> None:
    worker = begin(way := Answers())
    change_round(bench, state="closed")
    with caplog.at_level(logging.INFO, "consulta.shell.worker"):
        assert worker.mail.send_due() == 3
    assert way.numbers == []
    assert sum(line.startswith("mail.needless message=") for line in caplog.messages) == 3


def test_a_mail_that_cannot_be_made_is_logged_and_the_others_go(
    bench: Bench,
    begin: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = begin(way := Answers())
    first = messages(bench)[0].id
    finish = mail.finish

    def broken(work: object, number: int, post: object) -> object:
        if number == first:
            raise RuntimeError("of this mail alone")
        return finish(work, number, post)  # type: ignore[arg-type]

    monkeypatch.setattr(mail, "finish", broken)
    worker.mail.send_due()
    assert f"worker.failed at=letter message={first}" in caplog.messages
    assert first not in way.numbers
    assert len(way.numbers) == 2
    (waiting,) = messages(bench, state="queued")
    assert (waiting.id, waiting.said) == (first, worker_mail.UNMADE.said)


@pytest.fixture
def lettered(begin: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Worker]:
    """A worker each of whose mails has a letter, and which asks for its document."""

    def with_letter(work: object, number: int, post: object) -> object:
        found = finish(work, number, post)  # type: ignore[arg-type]
        assert isinstance(found, letters.Finished)
        return replace(found, paper=letters.Paper("carta.pdf", f"<p>{number}</p>"))

    finish = mail.finish
    monkeypatch.setattr(mail, "finish", with_letter)
    monkeypatch.setattr(document, "to_pdf", lambda page, *_, **__: f"%PDF {page}".encode())

    def begun(way: Answers, clock: Clock | None = None, *, members: int = 1, queued: bool = True) -> Worker:
        worker = begin(way, clock, members=members)
        worker.mail._queued = queued
        return worker

    return begun


def attached(message: EmailMessage) -> list[bytes]:
    return [part.get_content() for part in message.iter_attachments()]


def jobs(bench: Bench) -> int:
    with writing(bench) as work:
        return work.session.query(DocumentJob).count()


def test_a_letter_is_made_at_once_where_documents_are_not_asked_for(
    bench: Bench, lettered: Callable[..., Worker]
) -> None:
    lettered(way := Answers(), queued=False).mail.send_due()
    (content,) = attached(way.messages[0])
    assert content.startswith(b"%PDF <p>")
    assert jobs(bench) == 0


def test_a_mail_without_a_letter_asks_for_none(bench: Bench, begin: Callable[..., Worker]) -> None:
    worker = begin(way := Answers())
    worker.mail._queued = True
    worker.mail.send_due()
    assert [attached(each) for each in way.messages] == [[], [], []]
    assert jobs(bench) == 0


def test_where_no_document_can_be_made_a_mail_goes_without_its_letter(
    bench: Bench, lettered: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "is_available", lambda: False)
    lettered(way := Answers()).mail.send_due()
    assert attached(way.messages[0]) == []
    assert jobs(bench) == 0


def test_a_mail_looks_for_its_letter_after_five_seconds_and_waits_ten_minutes_for_it(
    bench: Bench, lettered: Callable[..., Worker]
) -> None:
    clock = Clock()
    worker = lettered(way := Answers(), clock)
    worker.mail.send_due()
    assert (way.numbers, jobs(bench)) == ([], 1)
    (waiting,) = messages(bench)
    assert waiting.due_at == clock.now + timedelta(seconds=5)
    began = clock.now
    while clock.now - began < timedelta(minutes=9, seconds=50):
        clock.forward(seconds=10)
        worker.mail.send_due()
    assert (way.numbers, jobs(bench)) == ([], 1), "asked for once"
    clock.forward(seconds=20)
    worker.mail.send_due()
    assert len(way.numbers) == 1
    assert len(attached(way.messages[0])) == 1


def test_a_full_queue_of_documents_is_asked_for_nothing(
    bench: Bench, lettered: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_jobs, "is_full", lambda *_: True)
    worker = lettered(way := Answers())
    assert worker.mail.send_due() == 1
    assert (way.numbers, jobs(bench)) == ([], 0)


def test_one_that_is_put_back_lets_the_next_go(bench: Bench, lettered: Callable[..., Worker]) -> None:
    worker = lettered(way := Answers(), members=2)
    assert worker.mail.send_due() == 2
    assert (way.numbers, jobs(bench)) == ([], 2)


def test_a_letter_that_was_made_goes_with_its_mail_and_is_kept_apart_from_public_documents(
    bench: Bench, lettered: Callable[..., Worker]
) -> None:
    clock = Clock()
    worker = lettered(way := Answers(), clock)
    worker.mail.send_due()
    with writing(bench) as work:
        assert work.session.scalars(select(DocumentJob.shared)).one() is False
    assert worker.documents.make() == 1
    clock.forward(seconds=10)
    worker.mail.send_due()
    (content,) = attached(way.messages[0])
    assert content.startswith(b"%PDF <p>")


@pytest.mark.parametrize("queued", [True, False])
def test_a_mail_goes_without_a_letter_that_could_not_be_made(
    lettered: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    queued: bool,
) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise Problem("document.unmade")

    monkeypatch.setattr(document, "to_pdf", broken)
    monkeypatch.setattr(document_jobs, "state", lambda *_: "failed")
    worker = lettered(way := Answers(), queued=queued)
    worker.mail.send_due()
    (number,) = way.numbers
    assert attached(way.messages[0]) == []
    why = f"message={number}" if queued else "code=document.unmade"
    assert f"letter.not_printed {why}" in caplog.messages


def test_a_mail_that_has_no_form_is_refused_and_a_database_that_is_away_keeps_it(
    bench: Bench, begin: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = begin(way := Answers(), members=1)

    def away(*_: object) -> object:
        raise Problem("store.unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(mail, "finish", away)
        with pytest.raises(Problem, match=r"store\.unavailable"):
            worker.mail.send_due()
    with writing(bench) as work:
        work.session.execute(update(Message).values(claimed_by=None, claimed_until=None))

    def without_form(*_: object) -> object:
        raise ValueError("an address that no mail can have")

    monkeypatch.setattr(letter_mail, "compose", without_form)
    worker.mail.send_due()
    (refused,) = messages(bench)
    assert way.numbers == []
    assert (refused.state, refused.said) == ("failed", "5.1.3")

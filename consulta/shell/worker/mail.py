"""Mail that is due, sent one by one with its letter; a mail server that fails is left alone for a while."""

from __future__ import annotations

import logging
import secrets
import time
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from consulta.core.problems import Problem
from consulta.desk import mail as mail_acts
from consulta.platform import document_jobs
from consulta.platform.data import catalogue
from consulta.platform.formats import document, letter_mail
from consulta.platform.mailer import outbox, transport
from consulta.platform.mailer.queries.mail import OWN
from consulta.platform.mailer.transport import Outcome
from consulta.platform.models import MAIL
from consulta.rounds.letters import service as letters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consulta.platform.mailer.transport import Transport
    from consulta.platform.settings import MailSettings
    from consulta.platform.work import Work
    from consulta.shell.worker.running import Running

AT_ONCE = 15.0  # seconds of sending before all else is looked at again
PAUSES = (0.0, 5.0, 15.0, 30.0, 60.0)  # seconds without the mail server after so many failures in a row
LETTER = timedelta(seconds=5)  # after which a mail looks again for its letter
LETTER_PATIENCE = timedelta(minutes=10)  # after which the letter of a mail is made at once
PUBLISHED = "published"  # the kind that leads to a result, which readers share
UNMADE = Outcome("later", said=f"{OWN}this mail could not be made; the log says why")
_CHANCES = 1000
_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Sending:
    """What a worker sends on one channel, one message after another."""

    channel = MAIL
    post: letters.Post

    def __init__(self, running: Running, rate: int | None = None) -> None:
        self.running = running
        self.rate = rate
        self.paused_until = 0.0  # of the monotonic clock
        self._failures = 0

    def _use_present_settings(self) -> None:
        """Read the settings anew: they may have been changed at the desk."""
        self.running.read_settings()

    def send_due(self) -> int:
        """Take due messages one by one and send or drop each; return how many were taken.

        It ends when none is due, when the worker is told to stop, after `AT_ONCE` seconds so that rounds
        do not wait, or while the mail server is left alone.
        """
        self._use_present_settings()
        until, sent = time.monotonic() + AT_ONCE, 0
        number = self._claim() if self._goes_on(until) else None
        while number is not None:
            number = self._send(number, until)
            sent += 1
        if sent:
            self.running.bench.wipe()
        return sent

    def _goes_on(self, until: float) -> bool:
        """Return whether another message may be taken, before this moment of the monotonic clock."""
        return not self.running.stopping.is_set() and self.paused_until <= time.monotonic() < until

    def _claim(self) -> int | None:
        with self.running.read() as work:
            if not outbox.is_due(work, self.channel):
                return None
        with self.running.work() as work:
            return outbox.claim(work, self.running.name, self.rate, self.channel)

    def _finished(self, finish: Callable[[Work, int, letters.Post], Answer], number: int) -> Answer | None:
        """Return what `finish` makes of a message; None where an unexpected error prevented it.

        Such an error is logged and must not prevent other messages. A Problem is raised.
        """
        try:
            with self.running.read() as work:
                return finish(work, number, self.post)
        except Problem:
            raise
        except Exception:  # noqa: BLE001 - whatever is wrong with one message, the others go
            _log.exception("worker.failed at=letter message=%d", number)
            return None

    @abstractmethod
    def _send(self, number: int, until: float) -> int | None:
        """Send one message that was lent, and return the number of the next that is lent, or None."""

    def _drop(self, number: int, reason: str, until: float) -> int | None:
        with self.running.work() as work:
            outbox.drop(work, number, self.running.name, reason)
            following = self._next(work, until)
        _log.info("%s.needless message=%d reason=%s", self.channel, number, reason)
        return following

    def _settle(self, number: int, outcome: Outcome, sent: outbox.Sent | None, until: float) -> int | None:
        """Write down what became of a message and take the next, in one unit of work."""
        with self.running.work() as work:
            chance = secrets.randbelow(_CHANCES) / _CHANCES
            outcome = outbox.settle(work, number, self.running.name, outcome, sent, chance)
            self._back_off(outcome)
            following = self._next(work, until)
        _log.info("%s.%s message=%d code=%s", self.channel, outcome.result, number, outcome.code)
        return following

    def _next(self, work: Work, until: float) -> int | None:
        return (
            outbox.claim(work, self.running.name, self.rate, self.channel) if self._goes_on(until) else None
        )

    def _back_off(self, outcome: Outcome) -> None:
        """Set the pause before what sends is used again; it grows with failures in succession.

        Only failures of the connection or of the installation's own settings count.
        """
        self._failures = self._failures + 1 if outcome.ours else 0
        pause = PAUSES[min(self._failures, len(PAUSES)) - 1] if self._failures else 0.0
        self.paused_until = time.monotonic() + pause


class Mail(Sending):
    """The mail that a worker sends; where documents are queued, letters are asked for like these."""

    def __init__(self, running: Running, way: Transport | None, *, queued: bool) -> None:
        super().__init__(running)
        self._given = way  # else the one that the settings name
        self._use(running.settings.mail)
        self._queued = queued

    def _use(self, mail: MailSettings) -> None:
        """Send by these settings from now on."""
        settings = self.running.settings
        self._used = mail
        self.way = self._given or transport.of_settings(mail, settings.mail_folder)
        self.post = letters.Post(settings.base_url, mail.test_address, mail.sender)
        self.sender = letter_mail.Sender(mail.sender_name, mail.sender, mail.reply_to, settings.host)
        # The rate protects a server; mail that is written to files needs none.
        self.rate = mail.rate if self.way.name == "smtp" else None

    def _use_present_settings(self) -> None:
        """Read the settings anew; where those of mail were changed at the desk, use them from now on."""
        self.running.read_settings()
        mail = self.running.settings.mail
        if mail != self._used:
            self.way.close()
            self._use(mail)
            # What failed before was another server, or another password.
            self.paused_until, self._failures = 0.0, 0
            _log.info("mail.settings transport=%s", self.way.name)

    def _send(self, number: int, until: float) -> int | None:
        """Send one message that was lent, and return the number of the next that is lent, or None.

        Nothing is held while the server talks. What became of the one and who has the next are stored
        together: that halves what others wait for.
        """
        self._use_present_settings()
        found = self._finished(mail_acts.finish, number)
        if isinstance(found, letters.Needless):
            return self._drop(number, found.reason, until)
        papers: tuple[letter_mail.Attachment, ...] = ()
        if found and self._waits_for_pictures(found):
            return self._claim() if self._goes_on(until) else None
        if found:
            paper = self._printed(found)
            if paper is None and self._waits_for_letter(number):
                return self._claim() if self._goes_on(until) else None
            papers = _made_here(found.paper) if paper is None else paper
        outcome = self._hand_over(found, papers) if found else UNMADE
        sent = self._kept(found) if found else None
        return self._settle(number, outcome, sent, until)

    def _kept(self, found: letters.Finished) -> outbox.Sent:
        subject = letters.hide(found.mail.subject, found.secrets)
        return outbox.Sent(self.way.name, found.mail.address, subject, found.kept)

    def _printed(self, found: letters.Finished) -> tuple[letter_mail.Attachment, ...] | None:
        """Return the letter of a mail as one PDF attachment; None where it is still to be made.

        It is asked for like any document, so that no mail waits for the one that is being made. Where it
        cannot be made the mail goes without it: it is complete.
        """
        if found.paper is None or not document.is_available():
            return ()
        if not self._queued:
            return _made_here(found.paper)
        said = (found.paper.page, catalogue.letter_style(), "")
        digest = document_jobs.digest_of(said)
        with self.running.read() as work:
            content = document_jobs.content(work.session, digest, shared=False)
            state = document_jobs.state(work.session, digest)
            asked = state is None and not document_jobs.is_full(work.session)
        if content is not None:
            return (_as_attachment(found.paper, content),)
        if state == "failed":
            _log.warning("letter.not_printed message=%d", found.number)
            return ()
        if asked:
            with self.running.work() as work:
                document_jobs.ask(work.session, digest, said, work.now, shared=False)
        return None

    def _waits_for_pictures(self, found: letters.Finished) -> bool:
        """Put a mail that tells of a publication back while the pictures to share are drawn."""
        if not self._queued or found.kind != PUBLISHED:
            return False
        with self.running.read() as work:
            drawn = document_jobs.are_drawn(work.session, work.now)
        return not drawn and self._waits_for_letter(found.number)

    def _waits_for_letter(self, number: int) -> bool:
        """Put a mail back until its letter is made; return False where it has waited long enough."""
        with self.running.work() as work:
            return outbox.put_back(work, number, self.running.name, LETTER, LETTER_PATIENCE)

    def _hand_over(self, found: letters.Finished, papers: Sequence[letter_mail.Attachment]) -> Outcome:
        """Send a mail; what the server said is kept without what opens a ballot."""
        mail = replace(found.mail, attachments=(*papers, *found.mail.attachments))
        try:
            message = letter_mail.compose(mail, self.sender, self.running.clock())
        except ValueError:
            return Outcome("refused", said="5.1.3", recipient=True)
        outcome = self.way.send(message, found.number, found.kind)
        return replace(outcome, said=letters.hide(outcome.said, found.secrets))


def _made_here(paper: letters.Paper | None) -> tuple[letter_mail.Attachment, ...]:
    """Return a letter as one PDF attachment, made at once: no attachment where it cannot be made."""
    if paper is None:
        return ()
    try:
        content = document.to_pdf(paper.page, catalogue.letter_style(), "", patient=True)
    except Problem as problem:
        _log.warning("letter.not_printed code=%s", problem.code)
        return ()
    return (_as_attachment(paper, content),)


def _as_attachment(paper: letters.Paper, content: bytes) -> letter_mail.Attachment:
    return letter_mail.Attachment(paper.name, content, ("application", "pdf"))

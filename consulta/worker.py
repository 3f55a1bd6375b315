"""The worker: openings, closings, counts and reminders at their hour, and mail, without a click.

The module decides in which order due things are done and how long to rest between. Each is a unit of
work of its own, and one that fails does not prevent the others. Several workers can run at once, in one
process or in many: each thing is done once, and nothing is lost if a worker is killed (decision 17).
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from consulta.accounts import factors
from consulta.admission import service as admission
from consulta.backups import service as backups
from consulta.changes import registrations
from consulta.changes import service as access_changes
from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.follow_up_calls import answering, asking, digests, following
from consulta.formats import document, letter_mail, shelf
from consulta.infra import document_jobs
from consulta.infra.log import signing
from consulta.infra.work import ANONYMOUS, WORKER
from consulta.letters import service as letters
from consulta.lifecycle import planning, reminders
from consulta.mail_desk import finishing
from consulta.mailer import outbox, transport
from consulta.mailer.queries.mail import OWN
from consulta.mailer.transport import Outcome
from consulta.monitoring import health
from consulta.new_link import service as link_requests
from consulta.open_data import service as open_data
from consulta.own_data import service as own_data
from consulta.panel import votes as panel_votes
from consulta.practice import filling, place
from consulta.practice import service as practices
from consulta.reasons import parting
from consulta.retention import people
from consulta.retention import service as retention
from consulta.rounds import clock as times
from consulta.rounds import heads
from consulta.staff import acts
from consulta.theme_proposals import phase as theme_phase
from consulta.witnesses import keys, telling
from consulta.witnesses import service as witnesses
from consulta.your_vote import service as your_vote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from consulta.infra.settings import Settings
    from consulta.infra.work import Bench, Work
    from consulta.mailer.transport import Transport

DOCUMENTS = 1.0  # seconds between two looks for documents to make
PAPER = timedelta(seconds=5)  # after which a mail looks again for its letter
PAPER_PATIENCE = timedelta(minutes=10)  # after which the letter of a mail is made at once
REST = 2.0  # seconds between two looks when nothing is due
ROUND = 15.0  # seconds of sending before openings and closings are looked at again
SULK = (0.0, 5.0, 15.0, 30.0, 60.0)  # seconds to leave a mail server alone after so many failures in a row
PIECE = 5.0  # seconds of working out what votes did before all else is looked at again
TOLD_AT_ONCE = 50  # votes of which it is worked out together what they did
TELLING = timedelta(hours=1)  # from one line with the head of the log to the next, while a round is open
HEADS = timedelta(minutes=1)  # from one look for mails with heads to the next
BACKUP_AGAIN = 600.0  # seconds from a backup that failed to the next try
ERASING = timedelta(hours=1)  # from one look at what is to be erased to the next
ERASURES = "erasures.jsonl"  # of the data folder
STOPPING = 30.0  # seconds that a stopping worker gets for the mail in hand
UNMADE = Outcome("later", said=f"{OWN}this mail could not be made; the log says why")
_CHANCES = 1000
_NAMES: WeakValueDictionary[str, Worker] = WeakValueDictionary()  # the workers of this process
_log = logging.getLogger(__name__)


def now() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


class Worker:
    """One worker over a bench; `stop` ends it after what it has in hand."""

    def __init__(
        self,
        bench: Bench,
        settings: Settings,
        way: Transport | None = None,
        clock: Callable[[], datetime] = now,
        ask_for: Callable[[str, str], None] | None = None,
        apart: Callable[[Work], int] | None = None,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        _NAMES[self.name] = self
        self.bench = bench
        self.settings = settings
        self.clock = clock
        # How far the clock of the database is ahead; one that is set by hand is not compared with it.
        self._apart = apart or (health.seconds_apart if clock is now else lambda _: 0)
        self.way = way or transport.of_settings(settings.mail, settings.mail_folder)
        self.post = letters.Post(settings.base_url, settings.mail.test_address, settings.mail.sender)
        self.sender = letter_mail.Sender(
            settings.mail.sender_name, settings.mail.sender, settings.mail.reply_to, settings.host
        )
        # The rate protects a server; mail that is written to files needs none.
        self.rate = settings.mail.rate if self.way.name == "smtp" else None
        self._ask_for = ask_for  # asks for the documents of what was published, in all languages
        self._published: set[tuple[str, str, str]] = set()
        self._stop = Event()
        self._told_at: datetime | None = None
        self._erased_at: datetime | None = None
        self._failures = 0
        self._sulks_until = 0.0
        self._beat_at: datetime | None = None
        self._heads_at: datetime | None = None
        self._backup: Thread | None = None
        self._backup_at = 0.0
        self._told: your_vote.OneByOne | None = None  # the round whose votes are being told
        self._practice: tuple[str, Worker] | None = None  # of the practice that there is

    def run(self) -> None:
        """Do what is due until told to stop."""
        _log.info("worker.started transport=%s", self.way.name)
        try:
            self._safely("leases", self.free_leases)
            self._safely("key", self._begin_key)
            self._safely("codes", self._encrypt_keys)
            Thread(target=self._run_documents, name="documents", daemon=True).start()
            while not self._stop.is_set():
                self.look()
                self._stop.wait(REST)
        finally:
            self._leave_practice()
            self.way.close()
            _log.info("worker.stopped")

    def stop(self) -> None:
        """End after the mail in hand."""
        self._stop.set()

    def free_leases(self) -> None:
        """Take over at once the mail that a worker of this machine had in hand when it was killed."""
        with self.bench.read(WORKER, self.clock()) as work:
            dead = [name for name in outbox.holders(work) if name != self.name and _is_dead(name)]
        for name in dead:
            with self.bench.work(WORKER, self.clock()) as work:
                freed = outbox.release(work, name)
            _log.info("worker.took_over messages=%d", freed)

    def look(self) -> None:
        """Do once all that is due now."""
        self._safely("beat", self._tell_beat)
        self._safely("clock", self._watch_clock)
        self._safely("day", self._begin_day)
        self._each("themes open", self._by_both_clocks(theme_phase.due_openings), self._open_themes)
        self._each("themes end", self._by_both_clocks(theme_phase.due_endings), self._end_themes)
        self._each("open", self._by_both_clocks(planning.due_openings), self._open)
        self._each("close", self._by_both_clocks(planning.due_closings), self._close)
        self._each("count", planning.due_counts, self._count)
        self._each("reasons", parting.due, self._part)
        self._tell_votes()
        self._each("remind", reminders.due_rounds, self._remind)
        self._each("links", link_requests.due, self._answer)
        self._look_at_changes()
        self._each("follow-up", asking.due_reminders, self._remind_asked)
        self._each("digests", digests.due, self._tell_followers)
        self._each("follows", following.to_forget, self._forget_follow)
        self._each("applications", admission.to_forget, self._forget_application)
        self._safely("checkpoints", self._checkpoint)
        self._safely("heads", self._send_heads)
        self._safely("data", self._renew_data)
        self._safely("backup", self._begin_backup)
        self._safely("retention", self._erase_due)
        self._safely("mail", self.send_due)
        self._safely("head", self._tell_head)
        if not self.settings.practice:
            self._each("practice", practices.leaving, self._drop_practice)
            self._each("practice", practices.waiting, self._make_practice)
            self._safely("practice", self._practise)

    def _tell_beat(self) -> None:
        """Keep that this worker does its work, twice a minute at most."""
        now = self.clock()
        if self._beat_at is not None and timedelta() <= now - self._beat_at < health.BEAT:
            return
        with self.bench.work(WORKER, now) as work:
            health.beat(work)
        self._beat_at = now

    # -- rounds

    def _watch_clock(self) -> None:
        with self.bench.read(WORKER, self.clock()) as work:
            back = times.seconds_back(work)
            back = 0 if times.is_told_back(work, back) else back
        if back:
            with self.bench.work(WORKER, self.clock()) as work:
                if times.record_back(work):
                    _log.warning("clock.back seconds=%d", back)
                    outbox.limit_waits_after_clock_set_back(work)

    def _begin_day(self) -> None:
        with self.bench.read(WORKER, self.clock()) as work:
            begun = heads.day_has_begun(work)
        if not begun:
            with self.bench.work(WORKER, self.clock()) as work:
                heads.begin_day(work)

    def _begin_key(self) -> None:
        """Make the key of checkpoints, where this installation never had one."""
        with self.bench.read(WORKER, self.clock()) as work:
            known = witnesses.verifiers(work)
        if not known:
            with self.bench.work(WORKER, self.clock()) as work:
                keys.make_first(work, self.settings)

    def _encrypt_keys(self) -> None:
        """Encrypt what is in the clear or of a former secret: keys of codes by time, links of waiting mail.

        The log says which accounts have a key that none opens.
        """
        with self.bench.work(WORKER, self.clock()) as work:
            factors.encrypt_keys(work)
            outbox.encrypt_tokens(work)
            left = factors.unreadable(work)
        if left:
            _log.warning("codes.unreadable accounts=%s", ",".join(map(str, left)))

    def _checkpoint(self) -> None:
        """Take the head of the hour where it is due, and sign the heads that wait for it.

        Where the key is missing, they wait: the desk says so.
        """
        with self.bench.read(WORKER, self.clock()) as work:
            hour, waiting = witnesses.is_due(work)
            known = witnesses.verifiers(work)
        if hour:
            with self.bench.work(WORKER, self.clock()) as work:
                witnesses.take_hourly(work)
        signer = signing.signer_of(self.settings.data, known) if hour or waiting else None
        if signer is not None:
            with self.bench.work(WORKER, self.clock()) as work:
                signed = witnesses.sign(work, signer)
            _log.info("checkpoints.signed number=%d", signed)

    def _send_heads(self) -> None:
        """Write the mails with heads of the log that scrutineers are due; looked at once a minute."""
        now, rhythm = self.clock(), self.settings.head_mails
        if self._heads_at is not None and timedelta() <= now - self._heads_at < HEADS:
            return
        self._heads_at = now
        with self.bench.read(WORKER, now) as work:
            due = telling.due(work, rhythm)
        for name in due:
            with self.bench.work(WORKER, now) as work:
                telling.tell(work, name, rhythm)

    def _tell_head(self) -> None:
        """Write the log's size and root to the server's own log, once an hour while a round is open."""
        now = self.clock()
        if self._told_at is not None and timedelta() <= now - self._told_at < TELLING:
            return
        with self.bench.read(WORKER, now) as work:
            found = heads.current_size_and_root(work)
        if found is not None:
            self._told_at = now
            _log.info("log.head %d:%s", *found)

    def _open(self, key: str) -> None:
        try:
            with self.bench.work(WORKER, self.clock()) as work:
                done = planning.open_as_planned(work, key, self.settings.roll, self.settings.small_cell)
        except Problem as problem:
            if problem.code == "store.unavailable":
                raise
            with self.bench.work(WORKER, self.clock()) as work:
                planning.refuse_opening(work, key, problem)
            _log.warning("round.not_opened key=%s code=%s", key, problem.code)
            return
        if done:
            _log.info("round.opened key=%s", key)

    def _open_themes(self, key: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            queued = theme_phase.open_as_planned(work, key)
        if queued is not None:
            _log.info("theme_phase.opened key=%s messages=%d", key, queued)

    def _end_themes(self, key: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            done = theme_phase.end_as_promised(work, key)
        if done:
            _log.info("theme_phase.ended key=%s", key)

    def _by_both_clocks(self, due: Callable[[Work], list[str]]) -> Callable[[Work], list[str]]:
        """Return what names the rounds of which an hour has come: by the clock of the database too.

        So a worker whose clock is ahead opens and closes nothing before its promised hour.
        """

        def asked(work: Work) -> list[str]:
            found = due(work)
            apart = self._apart(work) if found else 0
            if apart > -times.SLACK:
                return found
            _log.warning("clock.ahead seconds=%d rounds=%s", -apart, ",".join(found))
            return due(replace(work, now=work.now + timedelta(seconds=apart)))

        return asked

    def _close(self, key: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            done = planning.close_as_promised(work, key, self.settings.objection_hours)
        if done:
            _log.info("round.closed key=%s", key)

    def _count(self, key: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            planning.count(work, key)
        _log.info("round.counted key=%s", key)

    def _part(self, key: str) -> None:
        """Part the reasons of a round that has ended from their organisations."""
        with self.bench.work(WORKER, self.clock()) as work:
            texts = parting.part(work, key, self.settings.small_cell, secrets.randbelow)
        self.bench.wipe()
        _log.info("round.reasons_parted key=%s texts=%d", key, texts)

    def _tell_votes(self) -> None:
        self._each("your vote", your_vote.due, self._work_out)
        self._each("panels by votes", your_vote.panels_due, self._work_out_panel)

    def _work_out(self, key: str) -> None:
        """Work out what the votes of a published round did."""
        with self.bench.read(WORKER, self.clock()) as work:
            self._told = your_vote.task_of(work, key, self._told)
        self._tell(key, your_vote.keep, your_vote.finish)

    def _work_out_panel(self, key: str) -> None:
        """Work out what they did to its panel."""
        with self.bench.read(WORKER, self.clock()) as work:
            self._told = panel_votes.task_of(work, key, self.settings.small_cell, self._told)
        self._tell(key, your_vote.keep_panels, your_vote.finish_panels)

    def _tell(
        self,
        key: str,
        keep: Callable[[Work, Mapping[int, str]], int],
        finish: Callable[[Work, str], bool],
    ) -> None:
        """Work out the votes of the task at hand; what is left after a while waits for the next look.

        Nothing is held meanwhile, and each batch is kept by itself. What was read for the round stays for the
        next look, so that a large round is read once.
        """
        began, kept, task = time.monotonic(), 0, self._told

        def is_over() -> bool:
            return self._stop.is_set() or time.monotonic() - began >= PIECE

        while task is not None and task.waiting:
            told = your_vote.work_out(task, TOLD_AT_ONCE, is_over)
            with self.bench.work(WORKER, self.clock()) as work:
                kept += keep(work, told)
            if is_over():
                break
        done = task is None or not task.waiting
        if done:
            self._told = None
            with self.bench.work(WORKER, self.clock()) as work:
                done = finish(work, key)
        _log.info("round.votes_told key=%s seats=%d done=%s", key, kept, done)

    def _remind(self, key: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            queued = reminders.remind_as_planned(work, key)
        if queued is not None:
            _log.info("round.reminded key=%s messages=%d", key, queued)

    def _answer(self, number: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            queued = link_requests.answer(
                work,
                number,
                admission.answer_request,
                own=own_data.answer_request,
                follow_up=answering.ask_link,
            )
        if queued is not None:
            _log.info("links.answered messages=%d", queued)

    def _forget_application(self, number: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            admission.forget(work, number)
        _log.info("application.forgotten application=%s", number)

    def _remind_asked(self, number: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            queued = asking.remind(work, number)
        if queued is not None:
            _log.info("follow_up.reminded call=%s messages=%d", number, queued)

    def _tell_followers(self, key: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            digests.tell(work, key)

    def _forget_follow(self, number: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            following.forget(work, number)
        _log.info("follow_up.forgotten follow=%s", number)

    def _look_at_changes(self) -> None:
        """Carry out the changes whose wait is over; tell of acts that no other person confirmed."""
        self._each("access", access_changes.due, self._change_access)
        self._each("registrations", registrations.due, self._register)
        self._each("acts", acts.due, self._tell_ended)

    def _change_access(self, number: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            done = access_changes.carry_out(work, number)
        if done:
            _log.info("access.changed change=%s", number)

    def _register(self, number: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            done = registrations.carry_out(work, number)
        if done:
            _log.info("round.registered registration=%s", number)

    def _tell_ended(self, number: str) -> None:
        with self.bench.work(WORKER, self.clock()) as work:
            told = acts.tell_ended(work, number)
        if told:
            _log.info("act.ended act=%s", number)

    def _begin_backup(self) -> None:
        """Take a backup where it is due, in a thread of its own: neither rounds nor mail wait for it."""
        folder = self.settings.backups.folder
        if folder is None or time.monotonic() < self._backup_at:
            return
        if self._backup is not None and self._backup.is_alive():
            return
        with self.bench.read(WORKER, self.clock()) as work:
            due = backups.is_due(work, folder)
        if due:
            self._backup_at = time.monotonic() + BACKUP_AGAIN
            self._backup = Thread(
                target=self._safely, args=("backup", lambda: self._take_backup(folder)), daemon=True
            )
            self._backup.start()

    def _take_backup(self, folder: Path) -> None:
        """Take a backup, and hand it to the command of the installation."""
        made = backups.take(self.bench, self.settings.backups, folder, self.clock())
        self._backup_at = 0.0
        _log.info("backup.taken file=%s", made.path.name)
        backups.hand_over(self.settings.backups, made)

    # -- documents

    def _run_documents(self) -> None:
        """Make documents until told to stop, in a thread of its own: neither rounds nor mail wait for it."""
        while not self._stop.wait(DOCUMENTS):
            self._safely("documents", self.make_documents)

    def make_documents(self) -> int:
        """Make the documents that wait, each in a process with limits, and return how many were made."""
        if self._ask_for is not None:
            self._safely("published", self._ask_for_published)
        made = 0
        while not self._stop.is_set() and self._make_document():
            made += 1
        shelf.sweep(self.settings.data, self.clock().timestamp())
        with self.bench.read(WORKER, self.clock()) as work:
            old = document_jobs.are_old(work.session, work.now)
        if old:
            with self.bench.work(WORKER, self.clock()) as work:
                document_jobs.sweep(work.session, work.now)
        return made

    def _make_document(self) -> bool:
        """Make the document that waits longest; return whether there was one to try."""
        with self.bench.read(WORKER, self.clock()) as work:
            if not document_jobs.is_due(work.session, work.now):
                return False
        with self.bench.work(WORKER, self.clock()) as work:
            job = document_jobs.claim(work.session, work.now)
        if job is None:
            return False
        path = shelf.path_of(self.settings.data, job.digest, job.ending, shared=job.shared)
        try:
            if job.ending == "png":
                content = document.to_png(job.page, job.style, patient=True)
            else:
                content = document.to_pdf(job.page, job.style, job.picture_style, patient=True)
            shelf.keep(path, content)
        except Problem as error:
            _log.warning("document.not_made job=%d cause=%s", job.id, error)
            with self.bench.work(WORKER, self.clock()) as work:
                document_jobs.fail(work.session, job.id, work.now)
            return True
        except OSError as error:  # a full disk passes: no reader has to ask again
            _log.warning("document.not_kept job=%d cause=%s", job.id, error)
            with self.bench.work(WORKER, self.clock()) as work:
                document_jobs.put_back(work.session, job.id, work.now)
            return True
        with self.bench.work(WORKER, self.clock()) as work:
            document_jobs.made(work.session, job.id)
        _log.info("document.made job=%d", job.id)
        return True

    def _ask_for_published(self) -> None:
        """Ask once for the documents of each result and factsheet that was published lately."""
        with self.bench.read(WORKER, self.clock()) as work:
            lately = document_jobs.published(work.session, work.now)
        for each in lately:
            if each not in self._published and self._ask_for is not None:
                self._published.add(each)
                self._ask_for(*each[:2])

    def _erase_due(self) -> None:
        """Announce what is to be erased, and erase what was announced, a batch in a unit of work."""
        now = self.clock()
        if self._erased_at is not None and timedelta() <= now - self._erased_at < ERASING:
            return
        on_request = self._repeat_erasures()
        found, done = self._erase_announced(now)
        if found:
            with self.bench.work(WORKER, self.clock()) as work:
                retention.record(work, found)
            _log.info("retention.erased rows=%d", sum(found.values()))
        if found or on_request:
            self._delete_files()
            self.bench.wipe()
        if done:
            self._erased_at = now

    def _erase_announced(self, now: datetime) -> tuple[dict[str, int], bool]:
        """Erase what was announced; return how many rows of which kinds, and whether nothing is left."""
        days, began, erased = self.settings.kept_days, time.monotonic(), Counter[str]()
        with self.bench.work(WORKER, now) as work:
            ready = retention.look(work, days)
        for name in ready:
            rows = 1
            while rows and not self._stop.is_set():
                if time.monotonic() - began >= ROUND:
                    return {each: count for each, count in erased.items() if count}, False
                with self.bench.work(WORKER, self.clock()) as work:
                    rows = retention.erase(work, name, days)
                erased[name] += rows
        return {each: count for each, count in erased.items() if count}, True

    def _repeat_erasures(self) -> bool:
        """Erase anew who was erased on request where a restored database has them back.

        Return whether anything was erased on request since the last look, of which files may still be there.

        The list of erasures is a file beside the database: numbers and moments, and no data of people.
        """
        path = self.settings.data / ERASURES
        try:
            known = path.read_text("utf-8").splitlines() if path.exists() else []
        except UnicodeDecodeError:
            _log.warning("retention.unreadable file=%s", path.name)
            return True
        with self.bench.read(WORKER, self.clock()) as work:
            missing = people.missing(work, known)
            told = set(people.listed(work)) - set(known)
        if missing:
            with self.bench.work(WORKER, self.clock()) as work:
                count = people.again(work, missing)
            _log.info("retention.erased_again rows=%d", count)
        if told:
            with open(path, "a", encoding="utf-8", opener=_private) as file:
                file.writelines(f"{line}\n" for line in sorted(told))
                file.flush()
                os.fsync(file.fileno())
        return bool(missing or told)

    def _delete_files(self) -> None:
        """Delete the files of mails whose texts were erased, where mails are written to files."""
        folder = self.settings.mail_folder
        files = {number: path for path in folder.glob("*.eml") if (number := path.name.partition("-")[0])}
        numbers = [int(each) for each in files if each.isdecimal()]
        with self.bench.read(WORKER, self.clock()) as work:
            gone = retention.are_erased(work, numbers)
        for name, path in files.items():
            if name.isdecimal() and int(name) in gone:
                path.unlink(missing_ok=True)

    def _renew_data(self) -> None:
        """Make the packages of open data of which something published has changed."""
        place = open_data.place_of(self.settings)
        with self.bench.read(WORKER, self.clock()) as work:
            due = open_data.due(work, place)
        for each in due:
            self._safely("data", lambda each=each: self._make_data(place, each))  # type: ignore[misc]

    def _make_data(self, place: open_data.Place, due: open_data.Due) -> None:
        with self.bench.read(ANONYMOUS, self.clock()) as work:
            made = open_data.build(work, place, due.kind, due.key)
        with self.bench.work(WORKER, self.clock()) as work:
            version = open_data.keep(work, made, due.stamp)
        if version is not None:
            _log.info("data.published kind=%s key=%s version=%d", due.kind, due.key, version)

    # -- practice

    def _make_practice(self, key: str) -> None:
        """Make the practice that was asked for; where that fails, the desk says so."""
        made = False
        try:
            filling.make(self.settings, self.bench, key, self.clock())
            made = True
        finally:
            with self.bench.work(WORKER, self.clock()) as work:
                wanted = practices.settle(work, key, made=made)
            if not made or not wanted:
                place.drop(self.settings, key)
        _log.info("practice.made")

    def _drop_practice(self, key: str) -> None:
        """Delete the place of a practice that was deleted."""
        self._leave_practice()
        place.drop(self.settings, key)
        with self.bench.work(WORKER, self.clock()) as work:
            practices.gone(work, key)
        _log.info("practice.gone")

    def _practise(self) -> None:
        """Do in the practice, where there is one, what is due there."""
        with self.bench.read(WORKER, self.clock()) as work:
            key = next(iter(practices.ready(work)), None)
        if self._practice is not None and self._practice[0] != key:
            self._leave_practice()
        if key is not None and self._practice is None:
            own = place.settings_of(self.settings, key)
            way = None if self.way.name == "file" else self.way  # files of mails lie in its own folder
            self._practice = (key, Worker(place.bench_of(own), own, way, self.clock))
        if self._practice is not None:
            self._practice[1].look()

    def _leave_practice(self) -> None:
        if self._practice is not None:
            self._practice[1].bench.engine.dispose()
            self._practice = None

    # -- mail

    def send_due(self) -> int:
        """Take due messages one by one and send or drop each; return how many were taken.

        It ends when none is due, when the worker is told to stop, after `ROUND` seconds so that rounds
        do not wait, or while the mail server is left alone.
        """
        until, sent = time.monotonic() + ROUND, 0
        number = self._claim() if self._goes_on(until) else None
        while number is not None:
            number = self._send(number, until)
            sent += 1
        if sent:
            self.bench.wipe()
        return sent

    def _goes_on(self, until: float) -> bool:
        """Return whether another message may be taken, before this moment of the monotonic clock."""
        return not self._stop.is_set() and self._sulks_until <= time.monotonic() < until

    def _claim(self) -> int | None:
        with self.bench.read(WORKER, self.clock()) as work:
            if not outbox.is_due(work):
                return None
        with self.bench.work(WORKER, self.clock()) as work:
            return outbox.claim(work, self.name, self.rate)

    def _send(self, number: int, until: float) -> int | None:
        """Send one message that was lent, and return the number of the next that is lent, or None.

        Nothing is held while the server talks. What became of the one and who has the next are stored
        together: that halves what others wait for.
        """
        found = self._finished(number)
        if isinstance(found, letters.Needless):
            with self.bench.work(WORKER, self.clock()) as work:
                outbox.drop(work, number, self.name, found.reason)
                following = self._next(work, until)
            _log.info("mail.needless message=%d reason=%s", number, found.reason)
            return following
        papers: tuple[letter_mail.Attachment, ...] = ()
        if found:
            paper = self._printed(found)
            if paper is None and self._waits_for_paper(number):
                return self._claim() if self._goes_on(until) else None
            papers = _made_here(found.paper) if paper is None else paper
        outcome = self._hand_over(found, papers) if found else UNMADE
        sent = self._kept(found) if found else None
        with self.bench.work(WORKER, self.clock()) as work:
            chance = secrets.randbelow(_CHANCES) / _CHANCES
            outcome = outbox.settle(work, number, self.name, outcome, sent, chance)
            self._back_off(outcome)
            following = self._next(work, until)
        _log.info("mail.%s message=%d code=%s", outcome.result, number, outcome.code)
        return following

    def _next(self, work: Work, until: float) -> int | None:
        return outbox.claim(work, self.name, self.rate) if self._goes_on(until) else None

    def _kept(self, found: letters.Finished) -> outbox.Sent:
        subject = letters.hide(found.mail.subject, found.secrets)
        return outbox.Sent(self.way.name, found.mail.address, subject, found.kept)

    def _finished(self, number: int) -> letters.Finished | letters.Needless | None:
        """Return the finished mail of a message; None where an unexpected error prevented it.

        Such an error is logged and must not prevent other mails. A Problem is raised.
        """
        try:
            with self.bench.read(WORKER, self.clock()) as work:
                return finishing.finish(work, number, self.post)
        except Problem:
            raise
        except Exception:  # noqa: BLE001 - whatever is wrong with one mail, the others go
            _log.exception("worker.failed at=letter message=%d", number)
            return None

    def _printed(self, found: letters.Finished) -> tuple[letter_mail.Attachment, ...] | None:
        """Return the letter of a mail as one PDF attachment; None where it is still to be made.

        It is asked for like any document, so that no mail waits for the one that is being made. Where it
        cannot be made the mail goes without it: it is complete.
        """
        if found.paper is None or not document.is_available():
            return ()
        if self._ask_for is None:
            return _made_here(found.paper)
        said = (found.paper.page, catalogue.letter_style(), "")
        digest = shelf.digest_of(said)
        with suppress(OSError):
            content = shelf.path_of(self.settings.data, digest, "pdf", shared=False).read_bytes()
            return (_as_attachment(found.paper, content),)
        with self.bench.read(WORKER, self.clock()) as work:
            state = document_jobs.state(work.session, digest)
            asked = state is None and not document_jobs.is_full(work.session)
        if state == "failed":
            _log.warning("letter.not_printed message=%d", found.number)
            return ()
        if asked:
            with self.bench.work(WORKER, self.clock()) as work:
                document_jobs.ask(work.session, digest, said, work.now, shared=False)
        return None

    def _waits_for_paper(self, number: int) -> bool:
        """Put a mail back until its letter is made; return False where it has waited long enough."""
        with self.bench.work(WORKER, self.clock()) as work:
            return outbox.put_back(work, number, self.name, PAPER, PAPER_PATIENCE)

    def _hand_over(self, found: letters.Finished, papers: Sequence[letter_mail.Attachment]) -> Outcome:
        """Send a mail; what the server said is kept without what opens a ballot."""
        mail = replace(found.mail, attachments=(*papers, *found.mail.attachments))
        try:
            message = letter_mail.compose(mail, self.sender, self.clock())
        except ValueError:
            return Outcome("refused", said="5.1.3", recipient=True)
        outcome = self.way.send(message, found.number, found.kind)
        return replace(outcome, said=letters.hide(outcome.said, found.secrets))

    def _back_off(self, outcome: Outcome) -> None:
        """Set the pause before the mail server is used again; it grows with failures in succession.

        Only failures of the connection or of the installation's own settings count.
        """
        self._failures = self._failures + 1 if outcome.ours else 0
        pause = SULK[min(self._failures, len(SULK)) - 1] if self._failures else 0.0
        self._sulks_until = time.monotonic() + pause

    # -- one thing after another

    def _each(self, name: str, due: Callable[[Work], Iterable[str]], act: Callable[[str], None]) -> None:
        """Call `act` for each key that `due` returns; one that fails does not prevent the others."""
        keys: list[str] = []
        self._safely(name, lambda: keys.extend(self._asked(due)))
        for key in keys:
            self._safely(name, lambda key=key: act(key))  # type: ignore[misc]  # the key of this turn

    def _asked(self, due: Callable[[Work], Iterable[str]]) -> list[str]:
        with self.bench.read(WORKER, self.clock()) as work:
            return list(due(work))

    def _safely(self, name: str, act: Callable[[], object]) -> None:
        """Call `act`; log a failure and return, so that the next thing is still done."""
        try:
            act()
        except Problem as problem:
            _log.warning("worker.failed at=%s code=%s", name, problem.code)
        except Exception:  # noqa: BLE001 - a worker that ends leaves everything undone
            _log.exception("worker.failed at=%s", name)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_dead(worker: str) -> bool:
    """Return whether a worker was a process of this machine that has ended.

    It is False for workers of other machines, of which nothing is known.
    """
    host, _, rest = worker.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdecimal() or os.name != "posix":
        return False
    if int(rest) == os.getpid():
        return _NAMES.get(worker) is None  # this very number, of a process before: as in a container
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


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


class Beside:
    """A worker in a thread of a process that does something else, such as serving pages."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._thread = Thread(target=worker.run, name="worker", daemon=True)

    def __enter__(self) -> Beside:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop()
        self._thread.join(STOPPING)

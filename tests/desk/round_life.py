"""A house in which everything can happen in any order: acts through services, and what holds after each."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import moves, opening, reminders
from consulta.people import member_changes, members, new_link
from consulta.people.members import ContactCommand
from consulta.people.members_import import IMPORTER as MEMBERS
from consulta.platform import accounts, door
from consulta.platform.deadlines import local
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer import outbox
from consulta.platform.mailer.transport import Outcome
from consulta.platform.models import (
    AccessChange,
    Ballot,
    Contact,
    CurrentBallot,
    Link,
    LogEntry,
    Message,
    Objection,
    Round,
    Seat,
    SeatAddress,
    Staff,
)
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.results import checks, page
from consulta.results import service as results
from consulta.rounds import ballots, public_rounds
from consulta.rounds import links as links_acts
from consulta.rounds import notices as notices_acts
from consulta.rounds import service as rounds
from consulta.shell.worker.loop import Worker
from consulta.vote import assisted, objections
from consulta.vote import service as voting
from consulta.vote.changes import service as access_changes
from consulta.vote.values import CastBallot
from tests.changing import ASKED
from tests.drafts import BASE, KEY, NOW, do, make_draft
from tests.platform.mailer.desk import Clock
from tests.results.checks.published import archive_of, unpacked, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work
    from consulta.rounds.ballots import ClosingMails

STAFF = Actor("secretariat", None, "Mariana")
ZONE = "America/Panama"
OBJECTION_HOURS = 24
HEADINGS = "Organización;País;Sector;Contacto;Correo electrónico;Idioma;Puede votar"
COUNTRIES = ("Perú", "México", "Jamaica", "Colombia", "Guatemala")
Fate = Literal["sent", "later", "refused"]


@dataclass
class Post:
    """The edge of the house: what becomes of each mail is set, and what went is remembered."""

    bench: Bench
    clock: Clock
    fate: Fate = "sent"
    tokens: list[str] = field(default_factory=list)  # of all links that ever waited or went
    wrong: list[str] = field(default_factory=list)  # the worker goes on, whatever is raised here
    gone: Counter[int] = field(default_factory=Counter)
    name: Literal["smtp", "file"] = "file"

    def send(self, message: EmailMessage, number: int, kind: str) -> Outcome:
        with self.bench.read(COMMAND, self.clock()) as work:
            found = work.session.get_one(Message, number)
            if found.token and found.kind in mail_kinds.invitations() and found.token not in self.tokens:
                self.tokens.append(found.token)
            if kind == "reminder" and work.session.get(CurrentBallot, found.seat_id) is not None:  # ML-11
                self.wrong.append(f"{message['To']} is reminded and has voted")
        if self.fate == "sent":
            self.gone[number] += 1
        codes = {"sent": 250, "later": 451, "refused": 550}
        return Outcome(self.fate, codes[self.fate], "5.1.1 as told", recipient=self.fate == "refused")

    def close(self) -> None:
        """Nothing is kept open."""


class House:
    """One installation with one round, its clock, its worker and all links that ever went out."""

    def __init__(self, bench: Bench, settings: Settings) -> None:
        self.bench = bench
        self.clock = Clock(NOW)
        self.post = Post(bench, self.clock)
        self.worker = Worker(bench, settings, self.post, self.clock)
        self.tokens = self.post.tokens
        self.accepted: dict[int, tuple[str, ...]] = {}  # seat → the ranking acknowledged last
        self.versions: Counter[int] = Counter()
        self.made = self.made_up = 0
        self.excluded: set[int] = set()  # seats whose vote was taken out after an objection
        make_draft(bench, 6)
        do(
            bench,
            accounts.add_staff,
            "otra@example.org",
            "Otra persona",
            "una frase bastante larga",
            "secretariat",
        )
        with bench.read(COMMAND, NOW) as work:
            self.second = Actor("secretariat", work.session.scalars(select(Staff.id)).one())

    # -- acts; each answers the code of its refusal, or nothing

    def act(self, what: Callable[..., object], *arguments: object, actor: Actor = STAFF) -> str:
        try:
            with self.bench.work(actor, self.clock()) as work:
                what(work, *arguments)
        except Problem as problem:
            return problem.code
        self.collect()
        return ""

    def collect(self) -> None:
        """Read over the shoulder of the outbox: a link is there until its mail has gone."""
        with self.bench.read(COMMAND, self.clock()) as work:
            query = select(Message).where(
                Message.token.is_not(None), Message.kind.in_(mail_kinds.invitations())
            )
            waiting = list(work.session.scalars(query))
            assert all(outbox.open_token(work, each) for each in waiting)
            found = [each.token for each in waiting]
            self.tokens += [token for token in found if token and token not in self.tokens]

    def import_members(self, count: int) -> None:
        rows = [HEADINGS]
        for number in range(self.made + 1, self.made + count + 1):
            land = COUNTRIES[number % len(COUNTRIES)]
            rows += [
                f"Red {number:03d};{land};ONG;Persona {number}.{who};c{number}.{who}@example.org;es;sí"
                for who in (1, 2)
            ]
        with self.bench.work(STAFF, self.clock()) as work:
            upload = MEMBERS.keep(work, "integrantes.csv", "\n".join(rows).encode())
            MEMBERS.carry_out(work, upload, MEMBERS.look(work, upload).seen)
        self.made += count

    def vote(self, pick: int, ranking: tuple[str, ...], form: int) -> None:
        """By a link that went out at any time; the next one where that opens nothing any more."""
        entrance = None
        for turn in range(len(self.tokens)):
            with self.bench.work(ANONYMOUS, self.clock()) as work:
                entrance = door.enter(work, "v", self.tokens[(pick + turn) % len(self.tokens)])
            if entrance is not None:
                break
        if entrance is None:
            return
        with self.bench.read(ANONYMOUS, self.clock()) as work:
            voter = door.resume(work, "voter", entrance.token)
        assert voter is not None
        entries = Entries({key: place for place, key in enumerate(ranking, start=1)})
        with self.bench.work(voter, self.clock()) as work:
            answer = voting.cast(work, KEY, entries, f"form-{entrance.actor.seat_id}-{form}")
        self._acknowledge(entrance.actor.seat_id, answer)

    def vote_by_call(self, pick: int, ranking: tuple[str, ...], form: int) -> None:
        with self.bench.read(COMMAND, self.clock()) as work:
            seats = work.session.execute(select(Seat.id, Seat.key).order_by(Seat.id)).all()
        if not seats:
            return
        number, key = seats[pick % len(seats)]
        entries = Entries({theme: place for place, theme in enumerate(ranking, start=1)})
        with self.bench.work(STAFF, self.clock()) as work:
            asked = assisted.Request("Rosa Quispe", "Sin conexión")
            answer = assisted.cast(work, KEY, key, entries, f"call-{number}-{form}", asked, by_two=True)
        self._acknowledge(number, answer)

    def _acknowledge(self, seat: int, answer: object) -> None:
        """A vote that was taken, and for the first time, is what the seat says now."""
        state = self.round().state
        if isinstance(answer, CastBallot) and answer.version > self.versions[seat]:
            assert state == "open", "only an open round takes votes"
            assert self.clock() < self.round().closes_at, "and only before its end"
            self.versions[seat] = answer.version
            self.accepted[seat] = answer.choice.ranking

    def vote_before_the_reminder_goes(self, ranking: tuple[str, ...], form: int) -> None:
        """By the very link that waits in it."""
        self.remind()
        self.vote(-1, ranking, form)
        self.work_on_mail("sent")

    def work_on_mail(self, fate: Fate) -> None:
        self.post.fate = fate
        self.worker.look()
        self.collect()

    def replace_contact(self, pick: int) -> None:
        with self.bench.read(COMMAND, self.clock()) as work:
            people = work.session.execute(
                select(Contact.organisation_id, Contact.id).where(Contact.active).order_by(Contact.id)
            ).all()
        if not people:
            return
        self.made += 1
        organisation, contact = people[pick % len(people)]
        heir = ContactCommand(name="Nueva persona", email=f"nueva{self.made}@example.org")
        assert self.act(member_changes.replace_contact, organisation, contact, heir, ASKED) == ""
        assert self._working_links(contact) == 0, "the links of who left end"

    def _contacts(self) -> list[tuple[int, int, str, bool]]:
        with self.bench.read(COMMAND, self.clock()) as work:
            query = select(Contact.organisation_id, Contact.id, Contact.name, Contact.active)
            return [
                (row[0], row[1], row[2], row[3]) for row in work.session.execute(query.order_by(Contact.id))
            ]

    def change_address(self, pick: int) -> None:
        """To an address nobody knows, or back to the first one."""
        people = self._contacts()
        if people:
            self.made_up += 1
            organisation, contact, name, _ = people[pick % len(people)]
            address = (
                f"otra{self.made_up}@example.org"
                if pick % 3
                else name.replace("Persona ", "c") + "@example.org"
            )
            self.act(
                member_changes.change_contact, organisation, contact, ContactCommand(name, address), ASKED
            )

    def switch_contact(self, pick: int) -> None:
        people = self._contacts()
        if people:
            organisation, contact, _, active = people[pick % len(people)]

            def switch(work: Work) -> None:
                members.switch_contact(work, organisation, contact, active=not active, asked=ASKED)

            assert self.act(switch) == ""

    def _waiting_changes(self) -> list[int]:
        with self.bench.read(COMMAND, self.clock()) as work:
            query = select(AccessChange.id).where(AccessChange.state.in_(("waiting", "objected")))
            return list(work.session.scalars(query.order_by(AccessChange.id)))

    def answer_a_notice(self, pick: int) -> None:
        """By a link that was in any notice: an objection, more often than not."""
        with self.bench.read(COMMAND, self.clock()) as work:
            query = select(Link.id).where(Link.seat_address_id.is_not(None)).order_by(Link.id)
            links_of_notices = list(work.session.scalars(query))
        if links_of_notices:

            def answer(work: Work) -> None:
                link = work.session.get_one(Link, links_of_notices[pick % len(links_of_notices)])
                reader = replace(work, actor=door.addressee(work, link))
                access_changes.answer(reader, link, "accept" if pick % 3 == 0 else "object", "")

            self.act(answer)

    def decide_a_change(self, pick: int) -> None:
        """By the second person, or withdrawn by who asked."""
        waiting = self._waiting_changes()
        if waiting:
            number = waiting[pick % len(waiting)]
            if pick % 2:
                self.act(access_changes.withdraw, KEY, number, "Fue un error")
            else:
                self.act(access_changes.confirm, KEY, number, "Se llamó", actor=self.second)

    def revoke_link(self, pick: int) -> None:
        with self.bench.read(COMMAND, self.clock()) as work:
            people = list(work.session.scalars(select(Contact.id).where(Contact.active).order_by(Contact.id)))
        if people and self.act(links_acts.issue_link, KEY, people[pick % len(people)], BASE) == "":
            assert self._working_links(people[pick % len(people)]) == 1, "the new one, and no other"

    def _working_links(self, contact: int) -> int:
        with self.bench.read(COMMAND, self.clock()) as work:
            found = work.session.scalars(select(Link).where(Link.contact_id == contact))
            return sum(door.reader(work, link) is not None for link in found)

    def ask_for_a_link(self, pick: int) -> None:
        self.act(new_link.ask, f"c{1 + pick % max(self.made, 1)}.1@example.org", "192.0.2.1", actor=ANONYMOUS)

    def open(self) -> None:
        before = self.round().state
        refused = self.act(opening.open_round, KEY)
        over = self.clock() >= self.round().closes_at
        assert (refused == "") == (before == "draft" and not over), "nothing opens twice"

    def remind(self) -> None:
        def now(work: object) -> None:
            reminders.remind_now(work, KEY, confirmed=True)  # type: ignore[arg-type]  # called by `act`

        self.act(now)

    def plan_reminder(self, hours: int) -> None:
        self.act(reminders.plan_reminder, KEY, local(self.clock() + timedelta(hours=hours), ZONE))

    def extend(self, hours: int) -> None:
        before = self.round()
        later = local(before.closes_at + timedelta(hours=hours), ZONE)
        if self.act(moves.move_deadline, KEY, later, "Cortes de luz") == "":
            assert (before.state, self.round().state) == ("open", "open")

    def close(self) -> None:
        before = self.round().state
        refused = self.act(moves.close, KEY, "Ya votaron quienes querían", OBJECTION_HOURS)
        assert (refused == "") == (before == "open")
        if not refused:
            self.act(results.count_after_closing, KEY)

    def object(self, pick: int) -> None:
        """By the link of a closing mail: the vote is not ours, or ours is missing."""
        with self.bench.read(COMMAND, self.clock()) as work:
            query = select(Link.id).where(Link.purpose == notices_acts.OBJECTING)
            links = list(work.session.scalars(query.order_by(Link.id)))
        if not links:
            return
        before = self.round()
        until = before.objections_until
        over = before.state != "closed" or until is None or self.clock() >= until

        def say(work: Work) -> None:
            link = work.session.get_one(Link, links[pick % len(links)])
            claim = "not_ours" if link.seat_address.seat_id in self.accepted else "missing"
            reader = replace(work, actor=door.addressee(work, link))
            objections.make(reader, link, objections.Said(claim, "Rosa", "No es así."))

        refused = self.act(say, actor=ANONYMOUS)
        assert refused in ({"objection.over"} if over else {"", "objection.many"})

    def decide(self, pick: int) -> None:
        """Uphold or reject the objection that waits longest; the worker does not count anew by itself."""
        with self.bench.read(COMMAND, self.clock()) as work:
            waiting = list(work.session.scalars(select(Objection).where(Objection.state == "open")))
            number, seat, claim = (
                (waiting[0].id, waiting[0].seat_id, waiting[0].claim) if waiting else (0, 0, "")
            )
        if not waiting:
            return
        if pick % 2:
            assert self.act(objections.reject, KEY, number, "No es así") == ""
            return
        refused = self.act(objections.uphold, KEY, number, "Es así")
        assert refused in {"", "objection.published", "objection.uncounted"}
        if not refused:
            assert self.act(objections.confirm, KEY, number) == "objection.same_person"
            assert self.act(objections.confirm, KEY, number, actor=self.second) == ""
        if not refused and claim == "not_ours":
            self.excluded.add(seat)

    def publish_in_time(self) -> None:
        """Publish once the closing mails have left and the time for objections is over."""
        while self.closing_mails().waiting:
            self.work_on_mail("sent")
            self.clock.forward(hours=1)
        with self.bench.read(COMMAND, self.clock()) as work:
            until = rounds.round_line(work, KEY).objections_until
        if until is not None and self.clock() < until:
            self.clock.forward(hours=math.ceil((until - self.clock()) / timedelta(hours=1)))
        self.publish()

    def closing_mails(self) -> ClosingMails:
        with self.bench.read(COMMAND, self.clock()) as work:
            return ballots.closing_mails(work.session, work.session.scalars(select(Round.id)).one())

    def publish(self) -> None:
        before = self.round()
        refused = self.act(lambda work: results.publish(work, KEY, reason="Lo sabemos"))
        if not refused:
            assert before.objections_until is not None
            assert self.clock() >= before.objections_until, "nothing is published before its time"
            timed = before.objections_until != before.closed_at
            assert not (timed and self.closing_mails().waiting), "nor before every closing mail left"
            assert self.round().left_out == len(self.excluded), "nor with a ballot that was taken out"

    # -- what is seen

    def round(self) -> Round:
        with self.bench.read(COMMAND, self.clock()) as work:
            found = work.session.scalars(select(Round)).one()
            work.session.expunge_all()
            return found

    def require_sound(self) -> None:
        """SE-7, RP-1, the chain, and: what was acknowledged is what counts."""
        self.require_nobody_unseen()
        found = self.round()
        with self.bench.read(STAFF, self.clock()) as work:
            assert checks.faults(work) == []
            counting = {
                seat: tuple(key for tier in ranking for key in tier)
                for seat, ranking in work.session.execute(
                    select(CurrentBallot.seat_id, Ballot.ranking).join(
                        Ballot, Ballot.id == CurrentBallot.ballot_id
                    )
                )
            }
            assert counting == self.accepted
            assert work.session.scalar(select(func.count()).select_from(Ballot)) == self.versions.total()
            if found.state in {"draft", "open"}:
                for look in (
                    lambda: page.staff_page(work, KEY),
                    lambda: results.document(work, KEY, "bundle"),
                ):
                    with pytest.raises(Problem):
                        look()
            if found.state != "published":
                with pytest.raises(Problem):
                    page.published_page(work, KEY)
            if found.state == "draft":
                with pytest.raises(Problem):
                    public_rounds.round_page(work, KEY)
            acts = Counter(work.session.scalars(select(LogEntry.action)))
            assert max(acts[f"rounds.{act}"] for act in ("opened", "closed", "published")) <= 1
            assert acts["rounds.counted"] <= 1 + len(self.excluded)
            assert acts["ballots.excluded"] == len(self.excluded)
            if acts["rounds.counted"] and set(self.accepted) - self.excluded:
                bundle = results.assemble(work, KEY)
                counted = {seat: said for seat, said in self.accepted.items() if seat not in self.excluded}
                said = sorted(
                    tuple(key for tier in ballot.ranking for key in tier) for ballot in bundle.ballots
                )
                assert said == sorted(counted.values()), "accepted is counted, unless it was taken out"
        assert self.post.wrong == []
        assert all(times == 1 for times in self.post.gone.values()), "nobody gets one mail twice"

    def require_nobody_unseen(self) -> None:
        """SE-25: no link to an address of which nobody was told, and each vote by such an address marked."""
        with self.bench.read(COMMAND, self.clock()) as work:
            since = {
                (each.seat_id, each.contact_id, each.address.lower())
                for each in work.session.scalars(select(SeatAddress))
                if each.at_opening and each.votes
            }
            changes = list(work.session.scalars(select(AccessChange).where(AccessChange.state == "done")))
            inviting = select(Message).where(
                Message.kind.in_(mail_kinds.invitations()), Message.state != "cancelled"
            )
            for mail in work.session.scalars(inviting):
                if (mail.seat_id, mail.contact_id, mail.address.lower()) in since:
                    continue
                let = [
                    each
                    for each in changes
                    if (each.seat_id, each.contact_id, each.address.lower())
                    == (mail.seat_id, mail.contact_id, mail.address.lower())
                ]
                assert let, f"{mail.kind} to {mail.address}, of which no change tells"
                assert any(self._was_told(work, each) for each in let), (
                    f"{mail.address} by {let[0].decided_how}"
                )
            for ballot in work.session.scalars(select(Ballot).where(~Ballot.assisted)):
                contacts = {(seat, contact) for seat, contact, _ in since}
                if (ballot.seat_id, ballot.contact_id) not in contacts:
                    assert ballot.young, "a vote by a contact added after the opening is marked"

    def _was_told(self, work: Work, change: AccessChange) -> bool:
        """Whether a change was confirmed, accepted, or waited for after every notice had left."""
        if change.decided_how in {"staff", "address"}:
            return True
        notices = [
            each
            for each in work.session.scalars(select(Message).where(Message.kind == "access_asked"))
            if each.facts["change"] == change.id
        ]
        assert change.decided_at is not None
        left = [each.left_at for each in notices if each.state == "sent" and each.left_at is not None]
        wait = timedelta(seconds=change.wait)
        return bool(left) and change.objected_at is None and max(left) + wait <= change.decided_at

    def require_kept_for_good(self) -> None:
        """TR-7: ballots and log refuse every change."""
        for change in (
            update(Ballot).values(version=99),
            delete(Ballot),
            update(LogEntry).values(action="x"),
            delete(LogEntry),
        ):
            with self.bench.read(COMMAND, self.clock()) as work:
                table = change.table
                if not work.session.scalar(select(func.count()).select_from(table)):
                    continue
            with pytest.raises(DBAPIError), self.bench.work(COMMAND, self.clock()) as work:
                work.session.execute(change)

    def require_verifiable(self) -> None:
        """Whatever happened: the whole house holds together, and who has the archive can check it."""
        with self.bench.read(COMMAND, self.clock()) as work:
            assert {check.name: check.faults for check in checks.whole(work) if check.faults} == {}
        if self.round().state == "published":
            status, said = verify(unpacked(archive_of(self.bench, KEY)))
            assert status == 0, said

"""The phase of proposing themes: planned in a draft, opened with one mail, extended and ended.

Its rules (how many proposals and supports an organisation has, when the proposals of others are seen, how
themes come on the ballot) can be changed until it opens, and never after: the row of the log that tells of
the opening has all of them. Once open, its end can only move forward, as that of a vote, or come early with
a reason that is public.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, or_, select

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform import deadlines, door
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.mailer.queries import mail
from consulta.platform.mailer.readers import TOLD
from consulta.platform.messages import N_
from consulta.platform.models import (
    Contact,
    Message,
    Organisation,
    Round,
    ThemePhase,
    ThemeProposal,
    ThemeSupport,
)
from consulta.platform.parts import Part
from consulta.platform.texts import line
from consulta.platform.work import Actor
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters.mass_mail import PROPOSED, Readers
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import draft, hold, known, subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.mailer.kinds import Words
    from consulta.platform.models import Link
    from consulta.platform.work import Work

Shown = Literal["at_once", "at_end"]
Rule = Literal["support", "secretariat"]
Stage = Literal["planned", "open", "over"]

MOST_SUPPORTS, MOST_PROPOSALS, MOST_THEMES, SUBREGIONS = 100, 20, 100, 3
REASON_MAX = 300
HOUR = timedelta(hours=1)


PROPOSE_THEMES = "propose_themes"
WAY = "t"
# Kinds of mail that bring such a link.
CALL, REMINDER, EXTENSION = "theme_call", "theme_reminder", "theme_extension"


@dataclass(frozen=True, slots=True)
class ThemePhaseView:
    """The phase of proposing themes of a round: its hours and its rules, which its opening froze.

    `rule` is `support` where the `themes` most supported ones go on the ballot that have support from at
    least `subregions` subregions, and `secretariat` where the secretariat chooses, with reasons. `shown`
    says when members see the proposals of others.
    """

    stage: Stage
    zone: str
    opens_at: datetime | None  # when it is to open by itself
    opens_local: str | None
    closes_at: datetime
    closes_local: str
    promised_at: datetime | None  # the end that was promised first, where it was moved since
    opened_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    shown: Shown
    supports: int  # how many a member may support; 0: none
    most: int  # proposals of one organisation
    rule: Rule
    themes: int
    subregions: int

    @property
    def on(self) -> bool:
        """Return whether members can propose now."""
        return self.stage == "open"


@dataclass(frozen=True, slots=True)
class PhaseCommand:
    """The phase as the secretariat sets it; the hour is in the zone of the round."""

    closes_local: str
    shown: Shown = "at_once"
    supports: int = 3
    most: int = 3
    rule: Rule = "support"
    themes: int = 10
    subregions: int = 2


_MAY_PROPOSE = (  # contacts who may vote, of all members
    select(Contact)
    .join(Contact.organisation)
    .where(Organisation.active, Contact.active, Contact.may_vote)
    .order_by(Contact.id)
)


def of_round(work: Work, round_key: str) -> ThemePhaseView | None:
    """Return the phase of a round; None where it has none. Problem: `round.unknown`."""
    require(work, "theme_phase.read")
    return phase_view(work, known(work, round_key))


def phase_of(session: Session, round_id: int) -> ThemePhase | None:
    """Return the phase of a round; None where it has none."""
    return session.scalars(select(ThemePhase).where(ThemePhase.round_id == round_id)).first()


def phase_view(work: Work, found: Round) -> ThemePhaseView | None:
    """Return the phase of a round as it stands now; None where it has none."""
    row = phase_of(work.session, found.id)
    if row is None or (row.opened_at is None and found.state != State.DRAFT.value):
        return None  # a phase that never opened is none once its round is no draft
    return copied(ThemePhaseView, row, stage=_stage(row, found, work.now))


def _stage(row: ThemePhase, found: Round, now: datetime) -> Stage:
    """Return whether a phase is planned, open or over: it is over when its hour or its draft is."""
    if row.opened_at is None:
        return "planned"
    on = row.ended_at is None and now < row.closes_at and found.state == State.DRAFT.value
    return "open" if on else "over"


def plan(work: Work, round_key: str, command: PhaseCommand) -> None:
    """Set the phase of a draft, for the first time or in place of what was planned.

    Problems: `round.unknown`, `round.frozen`, `theme_phase.frozen` (it has opened), `theme_phase.numbers`,
    `theme_phase.late` (it would end after the voting), `plan.past`, those of `deadlines.resolve`.
    """
    require(work, "theme_phase.write")
    found = draft(work, round_key)
    row = phase_of(work.session, found.id)
    if row is not None and row.opened_at is not None:
        raise Problem("theme_phase.frozen")
    if not _fits(command):
        raise Problem("theme_phase.numbers")
    closes_at = deadlines.resolve(command.closes_local, found.zone)
    if closes_at <= work.now or (row is not None and row.opens_at is not None and closes_at <= row.opens_at):
        raise Problem("plan.past")
    if closes_at >= found.closes_at:
        raise Problem("theme_phase.late")
    if row is None:
        row = ThemePhase(round_id=found.id)
        work.session.add(row)
    row.zone, row.closes_at = found.zone, closes_at
    for name, value in asdict(command).items():
        setattr(row, name, value)
    if command.shown == "at_end":
        row.supports = 0  # what is not seen while the phase is on cannot be supported
    work.session.flush()
    work.record("theme_phase.planned", subject(found), {"until": deadlines.as_text(closes_at)})


def give_up(work: Work, round_key: str) -> None:
    """Delete a phase that has not opened. Problems: `round.unknown`, `round.frozen`, `theme_phase.frozen`."""
    require(work, "theme_phase.write")
    found = draft(work, round_key)
    row = phase_of(work.session, found.id)
    if row is None:
        return
    if row.opened_at is not None:
        raise Problem("theme_phase.frozen")
    work.session.delete(row)
    work.session.flush()
    work.record("theme_phase.given_up", subject(found))


def open_at(work: Work, round_key: str, local: str) -> None:
    """Let a planned phase open by itself at an hour of the round's zone; the worker sends the mails then.

    Problems: those of `open_now`, `plan.past`, `theme_phase.order`, those of `deadlines.resolve`.
    """
    require(work, "theme_phase.open")
    found, row = _planned(work, round_key)
    at = deadlines.resolve(local, row.zone)
    if at <= work.now:
        raise Problem("plan.past")
    if at >= row.closes_at:
        raise Problem("theme_phase.order")
    row.opens_local, row.opens_at = local, at
    work.record("theme_phase.opening_planned", subject(found), {"at": deadlines.as_text(at)})


def open_now(work: Work, round_key: str) -> int:
    """Open the phase and write to every contact who may vote; return how many are written to.

    Problems: `round.unknown`, `round.frozen`, `theme_phase.none`, `theme_phase.frozen`, `theme_phase.over`.
    """
    require(work, "theme_phase.open")
    return _open(work, *_planned(work, round_key))


def due_openings(work: Work) -> list[str]:
    """Return the keys of the drafts whose phase is to open now by itself."""
    query = (
        select(Round.key)
        .join(ThemePhase, ThemePhase.round_id == Round.id)
        .where(
            Round.state == "draft",
            ThemePhase.opened_at.is_(None),
            ThemePhase.opens_at <= work.now,
            ThemePhase.closes_at > work.now,
        )
    )
    return list(work.session.scalars(query.order_by(Round.id)))


def open_as_planned(work: Work, round_key: str) -> int | None:
    """Open a phase whose hour has come; return how many are written to, None where it was opened already."""
    require(work, "theme_phase.open")
    hold(work, round_key)
    return open_now(work, round_key) if round_key in due_openings(work) else None


def write_again(work: Work, round_key: str) -> int:
    """Send the mail with the link to contacts who have not had it yet; return how many are written to.

    Problems: `round.unknown`, `theme_phase.over`.
    """
    require(work, "theme_phase.open")
    found, _row = _opened(work, round_key)
    contacts = unwritten(work, found)
    write(work, found, contacts, CALL)
    work.record("theme_phase.written", subject(found), {"count": len(contacts)})
    return len(contacts)


def unwritten(work: Work, found: Round) -> list[Contact]:
    """Return the contacts who may vote, can be reached, and had no mail with a link to propose themes."""
    fresh = mail.unwritten(work.session, found.id, CALL)
    return [each for each in fresh if hindrance(each) is None]


def remind(work: Work, round_key: str) -> int:
    """Write to the contacts of organisations that did nothing in the phase; return how many.

    Problems: `round.unknown`, `theme_phase.over`.
    """
    require(work, "theme_phase.open")
    found, _row = _opened(work, round_key)
    had = reminded(work, found)
    contacts = [each for each in silent(work, found) if hindrance(each) is None and each.id not in had]
    write(work, found, contacts, REMINDER)
    work.record("theme_phase.reminded", subject(found), {"count": len(contacts)})
    return len(contacts)


def silent(work: Work, found: Round) -> list[Contact]:
    """Return the contacts who may vote of organisations that neither proposed nor supported a theme."""
    proposed = select(ThemeProposal.organisation_id).where(
        ThemeProposal.round_id == found.id, ThemeProposal.state != "withdrawn"
    )
    supported = (
        select(ThemeSupport.organisation_id)
        .join(ThemeProposal, ThemeProposal.id == ThemeSupport.proposal_id)
        .where(ThemeProposal.round_id == found.id)
    )
    query = _MAY_PROPOSE.where(Organisation.id.not_in(proposed), Organisation.id.not_in(supported))
    return list(work.session.scalars(query))


def remindable(work: Work, round_key: str) -> tuple[int, datetime | None]:
    """Return how many contacts can be reminded now, and when the first of the others can be; None: no one.

    Problem: `round.unknown`.
    """
    require(work, "theme_phase.read")
    found = known(work, round_key)
    had = reminded(work, found)
    waiting = [each.id for each in silent(work, found) if hindrance(each) is None]
    again = [had[each] + HOUR for each in waiting if each in had]
    return len(waiting) - len(again), min(again, default=None)


def reminded(work: Work, found: Round) -> dict[int, datetime]:
    """Return the contacts who were reminded within an hour, with when."""
    query = (
        select(Message.contact_id, Message.queued_at)
        .where(Message.round_id == found.id, Message.kind == REMINDER, Message.queued_at > work.now - HOUR)
        .order_by(Message.queued_at)
    )
    return {contact: at for contact, at in work.session.execute(query) if contact is not None}


def extend(work: Work, round_key: str, local: str) -> None:
    """Move the end of an open phase to a later hour; it never moves back.

    Problems: `round.unknown`, `theme_phase.over`, `theme_phase.earlier`, `theme_phase.late`, those of
    `deadlines.resolve`.
    """
    require(work, "theme_phase.write")
    found, row = _opened(work, round_key)
    at = deadlines.resolve(local, row.zone)
    if at <= row.closes_at:
        raise Problem("theme_phase.earlier")
    if at >= found.closes_at:
        raise Problem("theme_phase.late")
    before = row.closes_at
    row.promised_at = row.promised_at or before
    row.closes_local, row.closes_at = local, at
    details = {"before": deadlines.as_text(before), "after": deadlines.as_text(at)}
    work.record("theme_phase.moved", subject(found), details)


def tell_end(work: Work, round_key: str) -> int:
    """Write to those who can propose that the end has moved, each once for an end; return how many.

    Problems: `round.unknown`, `theme_phase.over`, `theme_phase.unmoved` (the end is the one first promised).
    """
    require(work, "theme_phase.open")
    found, row = _opened(work, round_key)
    if row.promised_at is None:
        raise Problem("theme_phase.unmoved")
    had = told_of_end(work, found)
    everybody = work.session.scalars(_MAY_PROPOSE)
    contacts = [each for each in everybody if hindrance(each) is None and each.id not in had]
    write(work, found, contacts, EXTENSION, {"until": deadlines.as_text(row.closes_at)})
    work.record("theme_phase.told", subject(found), {"count": len(contacts)})
    return len(contacts)


def told_of_end(work: Work, found: Round) -> set[int]:
    """Return the contacts who were written to that the phase ends when it ends now."""
    row = phase_of(work.session, found.id)
    until = deadlines.as_text(row.closes_at) if row is not None else ""
    query = select(Message.contact_id).where(
        Message.round_id == found.id,
        Message.kind == EXTENSION,
        Message.facts["until"].as_string() == until,
    )
    return {each for each in work.session.scalars(query) if each is not None}


def end(work: Work, round_key: str, reason: str) -> None:
    """End an open phase before its hour, with a public reason.

    Problems: `round.unknown`, `theme_phase.over`, `theme_phase.reason`.
    """
    require(work, "theme_phase.end")
    found, row = _opened(work, round_key)
    said = line(reason)
    if not said or len(said) > REASON_MAX:
        raise Problem("theme_phase.reason", most=REASON_MAX)
    row.ended_at, row.end_reason = work.now, said
    work.record("theme_phase.ended", subject(found), {"reason": said, **_numbers(work, found)})


def due_endings(work: Work) -> list[str]:
    """Return the keys of the rounds whose phase has passed its hour and is not ended yet."""
    query = (
        select(Round.key)
        .join(ThemePhase, ThemePhase.round_id == Round.id)
        .where(
            ThemePhase.opened_at.is_not(None), ThemePhase.ended_at.is_(None), ThemePhase.closes_at <= work.now
        )
    )
    return list(work.session.scalars(query.order_by(Round.id)))


def end_as_promised(work: Work, round_key: str) -> bool:
    """End a phase at its hour; return whether it was still to be ended."""
    require(work, "theme_phase.end")
    found = hold(work, round_key)
    row = phase_of(work.session, found.id)
    if row is None or row.opened_at is None or row.ended_at is not None or work.now < row.closes_at:
        return False
    row.ended_at = row.closes_at
    work.record("theme_phase.ended", subject(found), _numbers(work, found))
    return True


def _fits(command: PhaseCommand) -> bool:
    return (
        command.shown in {"at_once", "at_end"}
        and command.rule in {"support", "secretariat"}
        and 0 <= command.supports <= MOST_SUPPORTS
        and 1 <= command.most <= MOST_PROPOSALS
        and 2 <= command.themes <= MOST_THEMES  # noqa: PLR2004 - a vote needs two themes
        and 1 <= command.subregions <= SUBREGIONS
    )


def _planned(work: Work, round_key: str) -> tuple[Round, ThemePhase]:
    found = draft(work, round_key)
    row = or_problem(phase_of(work.session, found.id), "theme_phase.none")
    if row.opened_at is not None:
        raise Problem("theme_phase.frozen")
    if row.closes_at <= work.now:
        raise Problem("theme_phase.over")
    return found, row


def _opened(work: Work, round_key: str) -> tuple[Round, ThemePhase]:
    found = hold(work, round_key)
    row = phase_of(work.session, found.id)
    if row is None or found.state != State.DRAFT.value or _stage(row, found, work.now) != "open":
        raise Problem("theme_phase.over")
    return found, row


def _open(work: Work, found: Round, row: ThemePhase) -> int:
    row.opened_at = work.now
    contacts = unwritten(work, found)
    write(work, found, contacts, CALL)
    work.record("theme_phase.opened", subject(found), {"count": len(contacts), **_rules(row)})
    return len(contacts)


def _rules(row: ThemePhase) -> dict[str, Any]:
    names = ("shown", "supports", "most", "rule", "themes", "subregions")
    return {"until": deadlines.as_text(row.closes_at)} | {name: getattr(row, name) for name in names}


def _numbers(work: Work, found: Round) -> dict[str, int]:
    query = select(func.count()).where(ThemeProposal.round_id == found.id, ThemeProposal.state != "withdrawn")
    return {"proposals": work.session.scalar(query) or 0}


# -- links


def _proposer(_work: Work, link: Link) -> Actor | None:
    """Return the contact of a link; None unless it is active and may vote, and its organisation is active."""
    contact = link.contact
    if contact is None or not (contact.active and contact.may_vote and contact.organisation.active):
        return None
    return Actor("theme_proposer", link.id, contact.name)


def _place(work: Work, link: Link) -> dict[str, str] | None:
    found = rounds_queries.with_id(work.session, link.subject_id)
    return {"key": found.key} if found is not None else None


PURPOSES = (
    Purpose(
        PROPOSE_THEMES,
        way=WAY,
        subject=Round,
        role="theme_proposer",
        page="theme_proposals.own",
        texts="theme_proposals/door.html",
        reader=_proposer,
        place=_place,
        part="theme_proposals",
    ),
)


def write(
    work: Work,
    found: Round,
    contacts: Sequence[Contact],
    kind: str,
    facts: Mapping[str, object] | None = None,
    *,
    asked: bool = False,
) -> int:
    """Send each contact a mail of this kind with a link of its own; return how many are written to."""
    reached = [each for each in contacts if hindrance(each, asked=asked) is None]
    tokens = door.give(work, PROPOSE_THEMES, [Given(found.id, contact.id) for contact in reached])
    letters = []
    for contact, token in zip(reached, tokens, strict=True):
        earlier = select(func.count()).where(
            Message.round_id == found.id, Message.kind == kind, Message.contact_id == contact.id
        )
        once = f"{kind}:{found.id}:{contact.id}:{work.session.scalar(earlier) or 0}"
        said = {**(facts or {}), **({"asked": True} if asked else {})}
        letters.append(MemberLetter(kind, found, contact, once, token, said))
    work.session.flush()
    queue_for_members(work, letters)
    return len(letters)


def answer(work: Work, address: str) -> int:
    """Write to each contact with this address, for each draft whose phase has opened; return how often."""
    drafts = work.session.scalars(
        select(Round)
        .join(ThemePhase, ThemePhase.round_id == Round.id)
        .where(Round.state == State.DRAFT.value, ThemePhase.opened_at.is_not(None))
        .order_by(Round.id)
    ).all()
    contacts = work.session.scalars(_MAY_PROPOSE.where(func.lower(Contact.email) == address)).all()
    for each, contact in product(drafts, contacts):
        write(work, each, [contact], CALL, asked=True)
        work.record("links.requested", f"round:{each.id}", {"contact": contact.id})
    return len(drafts) * len(contacts)


# -- mails


def _over(work: Work, message: Message) -> str | None:
    """Return why a mail with a link is not sent; one that was asked for is sent until the round opens."""
    phase = phase_view(work, message.round)
    open_yet = phase is not None and (phase.on or (message.facts.get("asked") and phase.stage == "over"))
    return None if open_yet and message.round.state == "draft" else "mail.over"


def _moved_again(work: Work, message: Message) -> str | None:
    """Return why a mail about a later end is not sent: the phase is over, or its end has moved again."""
    phase = phase_view(work, message.round)
    if phase is not None and deadlines.as_text(phase.closes_at) != message.facts["until"]:
        return "mail.overtaken"
    return _over(work, message)


def _phase(work: Work, found: Round, zone: str) -> Words:
    phase = phase_view(work, found)
    ends = phase.closes_at if phase else found.closes_at
    said: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        words = catalogue.mail_words(language)
        limits = [
            words["theme_most" if phase is None or phase.most > 1 else "theme_most_one"].format(
                most=phase.most if phase else 3
            )
        ]
        if phase is not None and phase.supports:
            limits.append(
                words["theme_supports" if phase.supports > 1 else "theme_supports_one"].format(
                    supports=phase.supports
                )
            )
        said[language] = {
            "deadline": moments.on_clocks(ends, zone, language),
            "until": moments.brief(ends, zone, language),
            "limits": " ".join(limits),
        }
    return said


def _call(
    name: str,
    label: str,
    when: str,
    overtaken: Callable[[Work, Message], str | None],
    asked_on: tuple[str, ...],
) -> MailKind:
    """Return the entry of a kind whose link opens the proposing of themes."""
    return MailKind(
        name,
        label,
        when,
        places=("link", "limits"),
        needed=("link", "deadline"),
        before_opening=True,
        overtaken=overtaken,
        opens=(PROPOSE_THEMES,),
        words=lambda work, message, reader: _phase(work, message.round, reader.zone),
        sample=lambda work, sample: _phase(work, sample.round, sample.reader.zone),
        asked_on=asked_on,
        part="theme_proposals",
    )


KINDS = (
    _call(
        CALL,
        N_("Theme proposals open"),
        N_("When members can propose themes, to every contact who may vote."),
        _over,
        ("secretariat.open_theme_phase", "secretariat.write_theme_phase"),
    ),
    _call(
        REMINDER,
        N_("Reminder to propose themes"),
        N_("When you remind organisations that have neither proposed nor supported a theme."),
        _over,
        ("secretariat.remind_theme_phase",),
    ),
    _call(
        EXTENSION,
        N_("Deadline for theme proposals extended"),
        N_("When you have extended the deadline for proposing themes and inform every contact who may vote."),
        _moved_again,
        ("secretariat.tell_theme_phase",),
    ),
)


# -- whom the mails would go to now


def proposing(work: Work, found: Round) -> Readers:
    """Return who gets a link to propose themes: all contacts who may vote, without those who had it."""
    if found.state != State.DRAFT.value:
        return Readers(CALL, ())
    fresh = {each.id for each in mail.unwritten(work.session, found.id, CALL)}
    return mass_mail.to_some_members(work, CALL, fresh, TOLD)


def reminding(work: Work, found: Round) -> Readers:
    """Return who is reminded to propose themes: those who took no part, if it is not too soon."""
    if found.state != State.DRAFT.value:
        return Readers(REMINDER, ())
    wanted = {each.id for each in silent(work, found)}
    readers = mass_mail.to_some_members(work, REMINDER, wanted, PROPOSED)
    had = reminded(work, found)
    _count, again = remindable(work, found.key)
    told = [(TOLD, f"{each.name} ({each.organisation})") for each in readers.people if each.number in had]
    return readers._replace(
        people=[each for each in readers.people if each.number not in had],
        left_out=[*readers.left_out, *told],
        again=again,
    )


def extending(work: Work, found: Round) -> Readers:
    """Return who is told that proposing themes ends later: all contacts who may vote, once for an end."""
    if found.state != State.DRAFT.value:
        return Readers(EXTENSION, ())
    _kind, people, left_out, *_rest = mass_mail.to_members(work, EXTENSION)
    had = told_of_end(work, found)
    told = [(TOLD, f"{each.name} ({each.organisation})") for each in people if each.number in had]
    return Readers(EXTENSION, [each for each in people if each.number not in had], [*left_out, *told])


def _running(work: Work) -> Sequence[Text]:
    """Return the titles of the rounds in which members propose themes now, or from a planned hour on."""
    query = select(Round.title).join(ThemePhase, ThemePhase.round_id == Round.id)
    begins = or_(ThemePhase.opened_at.is_not(None), ThemePhase.opens_at.is_not(None))
    query = query.where(Round.state == State.DRAFT.value, begins)
    return work.session.scalars(
        query.where(ThemePhase.ended_at.is_(None), ThemePhase.closes_at > work.now)
    ).all()


def _waiting(work: Work) -> int:
    query = select(func.count()).select_from(ThemeProposal).join(Round, Round.id == ThemeProposal.round_id)
    query = query.where(ThemeProposal.state == "submitted", Round.state == State.DRAFT.value)
    return work.session.scalar(query) or 0


PARTS = (
    Part(
        "theme_proposals",
        "voting",
        N_("Theme proposals"),
        N_("Organisations propose themes and support those of others; you decide which go on the ballot."),
        running=_running,
        waiting=_waiting,
    ),
)

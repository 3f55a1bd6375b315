"""The phase in which members propose themes and people: planned, opened with one mail, extended and ended.

What is asked for and the rules for themes can be changed until it opens, and never after: the row of the log
that tells of the opening has them all. Once open, its end can only move forward, as that of a vote, or come
early with a reason that is public. After its end another one can open, during the vote for people only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform import deadlines, door, parts
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.mailer.readers import TOLD
from consulta.platform.messages import N_
from consulta.platform.models import (
    PROPOSE,
    Contact,
    Message,
    Nomination,
    Organisation,
    ProposingPhase,
    Round,
    ThemeProposal,
    ThemeSupport,
)
from consulta.platform.texts import line
from consulta.platform.work import Actor
from consulta.rounds.ending import ASKED, phase_of, stage_of
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters.mass_mail import PROPOSED, Readers
from consulta.rounds.letters.service import deadline
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import hold, known, subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from typing import Literal

    from consulta.core.texts import Text
    from consulta.platform.mailer.kinds import Sample, Words
    from consulta.platform.models import Link
    from consulta.platform.work import Work
    from consulta.rounds.ending import Asked
    from consulta.rounds.values import Phase

MOST_SUPPORTS, MOST_PROPOSALS, MOST_THEMES, SUBREGIONS = 100, 20, 100, 3
REASON_MAX = 300
HOUR = timedelta(hours=1)
WAY = "p"
PARTS_OF_IT = " ".join(ASKED.values())
# Kinds of mail; the first three bring a link to propose.
INVITATION, REMINDER, EXTENDED = "proposing", "proposing_reminder", "proposing_extended"
ENDED = "proposing_ended"


@dataclass(frozen=True, slots=True)
class PhaseCommand:
    """The phase as the secretariat sets it; the hour is in the zone of the round."""

    closes_local: str
    for_themes: bool = True
    for_people: bool = True
    shown: Literal["at_once", "at_end"] = "at_once"
    supports: int = 3
    most: int = 3
    rule: Literal["support", "secretariat"] = "support"
    themes: int = 10
    subregions: int = 2


_MAY_PROPOSE = (  # contacts who may vote, of all members
    select(Contact)
    .join(Contact.organisation)
    .where(Organisation.active, Contact.active, Contact.may_vote)
    .order_by(Contact.id)
)


def of_round(work: Work, round_key: str) -> Phase | None:
    """Return the last phase of a round; None where it has none. Problem: `round.unknown`."""
    require(work, "proposing.read")
    return phase_of(known(work, round_key), work.now)


def themes_row(found: Round) -> ProposingPhase | None:
    """Return the row of the phase in which themes were proposed for a round; None where there was none."""
    return next((row for row in found.phases if row.for_themes and row.opened_at is not None), None)


def may_ask(work: Work, found: Round) -> tuple[Asked, ...]:
    """Return what a new phase of a round can ask members for: themes once, and before the vote only."""
    may = {
        "for_themes": found.state == State.DRAFT.value and themes_row(found) is None,
        "for_people": found.state == State.DRAFT.value
        or (found.state == State.OPEN.value and work.now < found.closes_at),
    }
    return tuple(name for name, part in ASKED.items() if may[name] and parts.uses(work, part))


def plan(work: Work, round_key: str, command: PhaseCommand) -> None:
    """Set the next phase of a round, in place of what was planned.

    Problems: `round.unknown`, `proposing.frozen` (it has opened), `proposing.nothing` (nothing is asked for
    that can be), `proposing.numbers`, `proposing.late` (it would end after the voting), `plan.past`, those
    of `deadlines.resolve`.
    """
    require(work, "proposing.write")
    found = hold(work, round_key)
    row = _planned_row(found)
    if any(stage_of(each, found, work.now) == "open" for each in found.phases):
        raise Problem("proposing.frozen")
    asked = [name for name in may_ask(work, found) if getattr(command, name)]
    if not asked:
        raise Problem("proposing.nothing")
    if not _fits(command):
        raise Problem("proposing.numbers")
    closes_at = _end(work, found, command.closes_local, row.opens_at if row is not None else None)
    if row is None:
        row = ProposingPhase()
        found.phases.append(row)
    for name, value in asdict(command).items():
        setattr(row, name, value)
    for name in ASKED:
        setattr(row, name, name in asked)
    row.zone, row.closes_at = found.zone, closes_at
    if command.shown == "at_end":
        row.supports = 0  # what is not seen while the phase is on cannot be supported
    work.session.flush()
    work.record("proposing.planned", subject(found), {"until": deadlines.as_text(closes_at)})


def _end(work: Work, found: Round, local: str, opens_at: datetime | None) -> datetime:
    """Return the end of a phase. Problems: `plan.past`, `proposing.late`, those of `deadlines.resolve`."""
    closes_at = deadlines.resolve(local, found.zone)
    if closes_at <= (opens_at or work.now):
        raise Problem("plan.past")
    if closes_at > found.closes_at:
        raise Problem("proposing.late")
    return closes_at


def give_up(work: Work, round_key: str) -> None:
    """Delete a phase that has not opened; nothing where there is none. Problem: `round.unknown`."""
    require(work, "proposing.write")
    found = hold(work, round_key)
    row = _planned_row(found)
    if row is None:
        return
    found.phases.remove(row)
    work.session.delete(row)
    work.session.flush()
    work.record("proposing.given_up", subject(found))


def open_at(work: Work, round_key: str, local: str) -> None:
    """Let a planned phase open by itself at an hour of the round's zone; the worker sends the mails then.

    Problems: those of `open_now`, `plan.past`, `proposing.order`, those of `deadlines.resolve`.
    """
    require(work, "proposing.open")
    found, row = _planned(work, round_key)
    at = deadlines.resolve(local, row.zone)
    if at <= work.now:
        raise Problem("plan.past")
    if at >= row.closes_at:
        raise Problem("proposing.order")
    row.opens_local, row.opens_at = local, at
    work.record("proposing.opening_planned", subject(found), {"at": deadlines.as_text(at)})


def open_now(work: Work, round_key: str) -> int:
    """Open the phase and write to every contact who may vote; return how many are written to.

    Problems: `round.unknown`, `proposing.none`, `proposing.over`.
    """
    require(work, "proposing.open")
    found, row = _planned(work, round_key)
    row.opened_at = work.now
    contacts = unwritten(work, found)
    write(work, found, contacts, INVITATION)
    work.record("proposing.opened", subject(found), {"count": len(contacts), **_rules(row)})
    return len(contacts)


def due_openings(work: Work) -> list[str]:
    """Return the keys of the rounds of which a phase is to open now by itself."""
    query = (
        select(Round)
        .join(ProposingPhase, ProposingPhase.round_id == Round.id)
        .where(
            Round.state.in_((State.DRAFT.value, State.OPEN.value)),
            ProposingPhase.opened_at.is_(None),
            ProposingPhase.opens_at <= work.now,
            ProposingPhase.closes_at > work.now,
        )
    )
    found = work.session.scalars(query.order_by(Round.id))
    return [
        each.key for each in found if any(stage_of(row, each, work.now) == "planned" for row in each.phases)
    ]


def open_as_planned(work: Work, round_key: str) -> int | None:
    """Open a phase whose hour has come; return how many are written to, None where it was opened already."""
    require(work, "proposing.open")
    hold(work, round_key)
    return open_now(work, round_key) if round_key in due_openings(work) else None


def write_again(work: Work, round_key: str) -> int:
    """Send the mail with the link to contacts who have not had it yet; return how many are written to.

    Problems: `round.unknown`, `proposing.over`.
    """
    require(work, "proposing.open")
    found, _row = _opened(work, round_key)
    contacts = unwritten(work, found)
    write(work, found, contacts, INVITATION)
    work.record("proposing.written", subject(found), {"count": len(contacts)})
    return len(contacts)


def unwritten(work: Work, found: Round) -> list[Contact]:
    """Return the contacts who may vote, can be reached, and had no mail with a link in the last phase."""
    had = _had_mail(work, found, INVITATION, REMINDER, EXTENDED)
    return [
        each for each in work.session.scalars(_MAY_PROPOSE) if each.id not in had and hindrance(each) is None
    ]


def _had_mail(work: Work, found: Round, *kinds: str) -> set[int]:
    """Return the contacts to whom mail of these kinds was sent in the last phase of a round, or waits."""
    since = found.phases[-1].opened_at if found.phases else None
    if since is None:
        return set()
    query = select(Message.contact_id).where(
        Message.round_id == found.id,
        Message.kind.in_(kinds),
        Message.state.in_(("queued", "sent")),
        Message.queued_at >= since,
    )
    return {each for each in work.session.scalars(query) if each is not None}


def remind(work: Work, round_key: str) -> int:
    """Write to the contacts of organisations that did nothing in the phase; return how many.

    Problems: `round.unknown`, `proposing.over`.
    """
    require(work, "proposing.open")
    found, _row = _opened(work, round_key)
    had = reminded(work, found)
    contacts = [each for each in silent(work, found) if hindrance(each) is None and each.id not in had]
    write(work, found, contacts, REMINDER)
    work.record("proposing.reminded", subject(found), {"count": len(contacts)})
    return len(contacts)


def took_part(work: Work, found: Round) -> set[int]:
    """Return the organisations that proposed anything, or supported a theme, in the last phase of a round."""
    since = found.phases[-1].opened_at if found.phases else None
    if since is None:
        return set()
    of_themes = ThemeProposal.round_id == found.id, ThemeProposal.state != "withdrawn"
    queries = (
        select(ThemeProposal.organisation_id).where(*of_themes, ThemeProposal.proposed_at >= since),
        select(ThemeSupport.organisation_id)
        .join(ThemeProposal, ThemeProposal.id == ThemeSupport.proposal_id)
        .where(*of_themes, ThemeSupport.at >= since),
        select(Nomination.organisation_id).where(
            Nomination.round_id == found.id,
            Nomination.proposed_at >= since,
            Nomination.organisation_id.is_not(None),
        ),
    )
    return {number for query in queries for number in work.session.scalars(query) if number is not None}


def participation(work: Work, found: Round) -> tuple[int, int]:
    """Return how many organisations did something in the last phase, and how many can propose."""
    asked = {each.organisation_id for each in work.session.scalars(_MAY_PROPOSE)}
    return len(took_part(work, found)), len(asked)


def silent(work: Work, found: Round) -> list[Contact]:
    """Return the contacts who may vote of organisations that did nothing in the last phase."""
    active = took_part(work, found)
    return [each for each in work.session.scalars(_MAY_PROPOSE) if each.organisation_id not in active]


def remindable(work: Work, round_key: str) -> tuple[int, datetime | None]:
    """Return how many contacts can be reminded now, and when the first of the others can be; None: no one.

    Problem: `round.unknown`.
    """
    require(work, "proposing.read")
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


def extend(work: Work, round_key: str, local: str) -> int:
    """Move the end of an open phase to a later hour and tell all who may propose; return how many.

    Problems: `round.unknown`, `proposing.over`, `proposing.earlier`, `proposing.late`, those of
    `deadlines.resolve`.
    """
    require(work, "proposing.write")
    found, row = _opened(work, round_key)
    at = deadlines.resolve(local, row.zone)
    if at <= row.closes_at:
        raise Problem("proposing.earlier")
    if at > found.closes_at:
        raise Problem("proposing.late")
    before = row.closes_at
    row.promised_at = row.promised_at or before
    row.closes_local, row.closes_at = local, at
    told = write(
        work, found, list(work.session.scalars(_MAY_PROPOSE)), EXTENDED, {"until": deadlines.as_text(at)}
    )
    details = {"before": deadlines.as_text(before), "after": deadlines.as_text(at), "count": told}
    work.record("proposing.moved", subject(found), details)
    return told


def end(work: Work, round_key: str, reason: str) -> int:
    """End an open phase before its hour with a public reason, and tell all who got a link; return how many.

    Problems: `round.unknown`, `proposing.over`, `proposing.reason`.
    """
    require(work, "proposing.end")
    found, row = _opened(work, round_key)
    given = line(reason)
    if not given or len(given) > REASON_MAX:
        raise Problem("proposing.reason", most=REASON_MAX)
    people = [each for each in _linked(work, found) if hindrance(each) is None]
    row.ended_at, row.end_reason = work.now, given
    queue_for_members(
        work,
        [
            MemberLetter(ENDED, found, each, f"{ENDED}:{row.id}:{each.id}", None, {"phase": row.id})
            for each in people
        ],
    )
    details = {"reason": given, "count": len(people), **_numbers(work, found)}
    work.record("proposing.ended", subject(found), details)
    return len(people)


def _linked(work: Work, found: Round) -> list[Contact]:
    """Return the active contacts to whom a link to propose was sent in the last phase, or waits."""
    had = _had_mail(work, found, INVITATION, REMINDER, EXTENDED)
    query = select(Contact).where(Contact.id.in_(had), Contact.active).order_by(Contact.id)
    return list(work.session.scalars(query))


def due_endings(work: Work) -> list[str]:
    """Return the keys of the rounds of which a phase has passed its hour and is not ended yet."""
    query = (
        select(Round.key)
        .join(ProposingPhase, ProposingPhase.round_id == Round.id)
        .where(
            ProposingPhase.opened_at.is_not(None),
            ProposingPhase.ended_at.is_(None),
            ProposingPhase.closes_at <= work.now,
        )
    )
    return list(work.session.scalars(query.order_by(Round.id)))


def end_as_promised(work: Work, round_key: str) -> bool:
    """End a phase at its hour; return whether it was still to be ended."""
    require(work, "proposing.end")
    found = hold(work, round_key)
    row = found.phases[-1] if found.phases else None
    if row is None or row.opened_at is None or row.ended_at is not None or work.now < row.closes_at:
        return False
    row.ended_at = row.closes_at
    work.record("proposing.ended", subject(found), _numbers(work, found))
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


def _planned_row(found: Round) -> ProposingPhase | None:
    """Return the row of the phase that is to open next, or None."""
    return next((row for row in found.phases if row.opened_at is None), None)


def _planned(work: Work, round_key: str) -> tuple[Round, ProposingPhase]:
    found = hold(work, round_key)
    row = or_problem(_planned_row(found), "proposing.none")
    if row.closes_at <= work.now or stage_of(row, found, work.now) != "planned":
        raise Problem("proposing.over")
    return found, row


def _opened(work: Work, round_key: str) -> tuple[Round, ProposingPhase]:
    found = hold(work, round_key)
    row = found.phases[-1] if found.phases else None
    if row is None or stage_of(row, found, work.now) != "open":
        raise Problem("proposing.over")
    return found, row


def _rules(row: ProposingPhase) -> dict[str, Any]:
    names = ("shown", "supports", "most", "rule", "themes", "subregions") if row.for_themes else ()
    asked = {name: getattr(row, name) for name in (*ASKED, *names)}
    return {"until": deadlines.as_text(row.closes_at), **asked}


def _numbers(work: Work, found: Round) -> dict[str, int]:
    of_themes = select(func.count()).where(
        ThemeProposal.round_id == found.id, ThemeProposal.state != "withdrawn"
    )
    of_people = select(func.count()).where(
        Nomination.round_id == found.id, Nomination.organisation_id.is_not(None)
    )
    return {"proposals": (work.session.scalar(of_themes) or 0) + (work.session.scalar(of_people) or 0)}


def running(work: Work, asked: Asked) -> Sequence[Text]:
    """Return the titles of the rounds in which members propose this now, or from a planned hour on."""
    query = (
        select(Round)
        .join(ProposingPhase, ProposingPhase.round_id == Round.id)
        .where(
            getattr(ProposingPhase, asked),
            or_(ProposingPhase.opened_at.is_not(None), ProposingPhase.opens_at.is_not(None)),
            ProposingPhase.ended_at.is_(None),
            ProposingPhase.closes_at > work.now,
        )
    )
    return [
        each.title
        for each in work.session.scalars(query)
        if stage_of(each.phases[-1], each, work.now) in {"planned", "open"}
    ]


# -- links


def _proposer(_work: Work, link: Link) -> Actor | None:
    """Return the contact of a link; None unless it is active and may vote, and its organisation is active.

    The actor's id is the number of the link, by which the log tells who proposed.
    """
    contact = link.contact
    if contact is None or not (contact.active and contact.may_vote and contact.organisation.active):
        return None
    return Actor("proposer", link.id, contact.name)


def _place(work: Work, link: Link) -> dict[str, str] | None:
    found = rounds_queries.with_id(work.session, link.subject_id)
    return {"key": found.key} if found is not None else None


PURPOSES = (
    Purpose(
        PROPOSE,
        way=WAY,
        subject=Round,
        role="proposer",
        page="proposing.own",
        texts="proposing/door.html",
        reader=_proposer,
        place=_place,
        part=PARTS_OF_IT,
    ),
)


def proposer(work: Work, round_key: str) -> tuple[Round, Contact] | None:
    """Return the round and the contact of the link by which the actor came; None for another round."""
    link = door.numbered(work, PROPOSE, work.actor.id or 0)
    found = rounds_queries.with_id(work.session, link.subject_id) if link is not None else None
    if link is None or link.contact is None or found is None or found.key != round_key:
        return None
    return found, link.contact


@dataclass(frozen=True, slots=True)
class OwnProposing:
    """How many themes and people an organisation proposed in a round; None where they are not asked for."""

    round_key: str
    round_title: Text
    organisation: str
    example: bool
    here: str  # the zone of the organisation's country
    phase: Phase | None
    themes: int | None
    questions: int  # about its themes, which it has not answered
    people: int | None


def own(work: Work, round_key: str) -> OwnProposing:
    """Return what the organisation of the link proposed. Problem: `proposing.elsewhere` for another round."""
    require(work, "nominations.by_link")
    found, contact = or_problem(proposer(work, round_key), "proposing.elsewhere")
    member = contact.organisation
    states = Counter(
        work.session.scalars(
            select(ThemeProposal.state).where(
                ThemeProposal.round_id == found.id,
                ThemeProposal.organisation_id == member.id,
                ThemeProposal.state != "withdrawn",
            )
        )
    )
    people = select(func.count()).where(
        Nomination.round_id == found.id, Nomination.organisation_id == member.id
    )
    asked = {name: phase_of(found, work.now, name) for name in ASKED}
    return OwnProposing(
        found.key,
        found.title,
        member.name,
        found.example,
        catalogue.countries_by_code()[member.country].zone,
        phase_of(found, work.now),
        states.total() if asked["for_themes"] else None,
        states["returned"] if found.state == State.DRAFT.value else 0,
        work.session.scalar(people) or 0 if asked["for_people"] else None,
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
    tokens = door.give(work, PROPOSE, [Given(found.id, contact.id) for contact in reached])
    letters = []
    for contact, token in zip(reached, tokens, strict=True):
        earlier = select(func.count()).where(
            Message.round_id == found.id, Message.kind == kind, Message.contact_id == contact.id
        )
        once = f"{kind}:{found.id}:{contact.id}:{work.session.scalar(earlier) or 0}"
        told = {**(facts or {}), **({"asked": True} if asked else {})}
        letters.append(MemberLetter(kind, found, contact, once, token, told))
    work.session.flush()
    queue_for_members(work, letters)
    return len(letters)


def answer(work: Work, address: str) -> int:
    """Write to each contact with this address, for each round in which a link opens something; how often.

    That is while members propose, and until the vote opens where they proposed themes and may be asked.
    """
    rounds = work.session.scalars(
        select(Round).where(Round.state.in_((State.DRAFT.value, State.OPEN.value))).order_by(Round.id)
    )
    taking = [each for each in rounds if _opens_something(work, each)]
    contacts = work.session.scalars(_MAY_PROPOSE.where(func.lower(Contact.email) == address)).all()
    for found in taking:
        for contact in contacts:
            write(work, found, [contact], INVITATION, asked=True)
            work.record("links.requested", subject(found), {"contact": contact.id})
    return len(taking) * len(contacts)


def _opens_something(work: Work, found: Round) -> bool:
    phase = phase_of(found, work.now)
    asked_about = found.state == State.DRAFT.value and phase_of(found, work.now, "for_themes") is not None
    return phase is not None and phase.stage != "planned" and (phase.on or asked_about)


# -- mails


def _over(work: Work, message: Message) -> str | None:
    """Return why a mail with a link is not sent; one that was asked for is sent while it opens something."""
    phase = phase_of(message.round, work.now)
    asked = message.facts.get("asked") and _opens_something(work, message.round)
    return None if (phase is not None and phase.on) or asked else "mail.over"


def _moved_again(work: Work, message: Message) -> str | None:
    """Return why a mail about a later end is not sent: the phase is over, or its end has moved again."""
    row = message.round.phases[-1] if message.round.phases else None
    if row is not None and deadlines.as_text(row.closes_at) != message.facts["until"]:
        return "mail.overtaken"
    return _over(work, message)


def _words(work: Work, found: Round, zone: str) -> Words:
    phase = phase_of(found, work.now)
    ends = phase.closes_at if phase else found.closes_at
    return {
        language: {**deadline(ends, zone, language), "limits": _limits(phase, catalogue.mail_words(language))}
        for language in work.languages
    }


def _limits(phase: Phase | None, words: Mapping[str, str]) -> str:
    """Return what an organisation can propose, and how much of it, a paragraph each."""
    told = []
    if phase is None or phase.for_themes:
        most, supports = (phase.most, phase.supports) if phase else (3, 3)
        sentences = [words["propose_themes" if most > 1 else "propose_theme"].format(most=most)]
        if supports:
            name = "theme_supports" if supports > 1 else "theme_supports_one"
            sentences.append(words[name].format(supports=supports))
        told.append(" ".join(sentences))
    if phase is None or phase.for_people:
        told.append(words["propose_people"])
    return "\n\n".join(told)


def _phase_of_mail(message: Message) -> ProposingPhase | None:
    return next((row for row in message.round.phases if row.id == message.facts["phase"]), None)


def _not_ended(_work: Work, message: Message) -> str | None:
    row = _phase_of_mail(message)
    is_last = row is not None and row.ended_at is not None and row is message.round.phases[-1]
    return None if is_last else "mail.overtaken"


def _ended(work: Work, message: Message, zone: str) -> Words:
    row = _phase_of_mail(message)
    if row is None or row.ended_at is None:
        raise RuntimeError("a mail about the end of a phase that has not ended")
    return {
        language: _end_in_words(row.ended_at, row.closes_at, zone, language) | {"reason": row.end_reason}
        for language in work.languages
    }


def _sample_ended(work: Work, sample: Sample) -> Words:
    phase = phase_of(sample.round, work.now)
    before = phase.closes_at if phase else sample.round.closes_at
    return {
        language: _end_in_words(work.now, before, sample.reader.zone, language)
        | {"reason": catalogue.mail_words(language)["sample_reason_ended"]}
        for language in work.languages
    }


def _end_in_words(ends: datetime, before: datetime, zone: str, language: str) -> dict[str, str]:
    return {**deadline(ends, zone, language), "before": moments.on_clocks(before, zone, language)}


def _with_link(
    name: str,
    label: str,
    when: str,
    overtaken: Callable[[Work, Message], str | None],
    asked_on: tuple[str, ...],
    *,
    hours_entered: bool = False,
) -> MailKind:
    """Return the entry of a kind whose link opens the proposals."""
    return MailKind(
        name,
        label,
        when,
        places=("link", "limits"),
        needed=("link", "deadline"),
        before_opening=True,
        overtaken=overtaken,
        opens=(PROPOSE,),
        words=lambda work, message, reader: _words(work, message.round, reader.zone),
        sample=lambda work, sample: _words(work, sample.round, sample.reader.zone),
        asked_on=asked_on,
        hours_entered=hours_entered,
        part=PARTS_OF_IT,
    )


KINDS = (
    _with_link(
        INVITATION,
        N_("Invitation to propose"),
        N_("When members can propose themes or people, to every contact who may vote."),
        _over,
        ("secretariat.open_proposing", "secretariat.write_proposers"),
    ),
    _with_link(
        REMINDER,
        N_("Reminder to propose"),
        N_("When you remind organisations that have not proposed or supported anything."),
        _over,
        ("secretariat.remind_proposers",),
    ),
    _with_link(
        EXTENDED,
        N_("Deadline for proposals extended"),
        N_("When you extend the deadline for proposals, to every contact who may vote."),
        _moved_again,
        ("secretariat.extend_proposing",),
        hours_entered=True,
    ),
    MailKind(
        ENDED,
        N_("Proposals ended early"),
        N_("When you end proposals earlier than announced, to everyone who received a link to propose."),
        places=("before", "reason"),
        needed=("deadline", "before"),
        before_opening=True,
        overtaken=_not_ended,
        told_of="phase",
        words=lambda work, message, reader: _ended(work, message, reader.zone),
        sample=_sample_ended,
        asked_on=("secretariat.end_proposing",),
        hours_entered=True,
        part=PARTS_OF_IT,
    ),
)


# -- whom the mails would go to now


def inviting(work: Work, found: Round) -> Readers:
    """Return who gets a link to propose: all contacts who may vote, without those who had one."""
    phase = phase_of(found, work.now)
    if phase is None or phase.stage == "over":
        return Readers(INVITATION, ())
    had = _had_mail(work, found, INVITATION, REMINDER, EXTENDED)
    return _without(mass_mail.to_members(work, INVITATION), had, TOLD)


def reminding(work: Work, found: Round) -> Readers:
    """Return who is reminded to propose: those who took no part, if it is not too soon."""
    if not _is_on(work, found):
        return Readers(REMINDER, ())
    readers = mass_mail.to_members(work, REMINDER)
    active = {each.number for each in readers.people} - {each.id for each in silent(work, found)}
    _count, again = remindable(work, found.key)
    readers = _without(readers, active, PROPOSED)
    return _without(readers, set(reminded(work, found)), TOLD)._replace(again=again)


def extending(work: Work, found: Round) -> Readers:
    """Return who is told that proposing ends later: all contacts who may vote."""
    return mass_mail.to_members(work, EXTENDED) if _is_on(work, found) else Readers(EXTENDED, ())


def ending(work: Work, found: Round) -> Readers:
    """Return who is told that proposing ends now: all who got a link to propose in this phase."""
    told = _linked(work, found) if _is_on(work, found) else []
    return mass_mail.to_contacts(
        ENDED, [(each.organisation.name, each.organisation.country, each) for each in told]
    )


def _is_on(work: Work, found: Round) -> bool:
    phase = phase_of(found, work.now)
    return phase is not None and phase.on


def _without(readers: Readers, numbers: Collection[int], why: str) -> Readers:
    """Return these readers without the contacts with these numbers, who are left out for this reason."""
    out = [(why, f"{each.name} ({each.organisation})") for each in readers.people if each.number in numbers]
    return readers._replace(
        people=[each for each in readers.people if each.number not in numbers],
        left_out=[*readers.left_out, *out],
    )

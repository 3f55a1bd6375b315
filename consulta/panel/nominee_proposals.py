"""Proposals by members at the secretariat's desk: their deadline; admitting, declining, joining.

This module decides which proposals resemble an existing nominee or proposal, and never joins them by
itself: two people with one name stay two people where the secretariat says so. A person admitted before
the opening is on the ballot; one admitted later can be chosen for the panel and is on no ballot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.panel import dialogues, nominees, proposals
from consulta.panel.nominees import likely
from consulta.panel.proposals import said_of
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer import news
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import hindrance
from consulta.platform.mailer.queries import mail
from consulta.platform.messages import N_
from consulta.platform.models import PROPOSE, Nomination, Nominee
from consulta.platform.texts import line
from consulta.rounds import notices, public_rounds
from consulta.rounds import service as rounds_of
from consulta.rounds.ending import phase_of
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.mass_mail import to_contacts
from consulta.rounds.service import draft, hold, subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.panel.nominees import Alike
    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Contact, Message, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Readers
    from consulta.rounds.values import Phase, RoundLine, ThemeLine


REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class ProposalsDesk:
    """The proposals of a round at the desk, with what their rows do not say, by number."""

    round: RoundLine
    phase: Phase
    themes: tuple[ThemeLine, ...]
    nominees: tuple[Nominee, ...]
    proposals: tuple[Nomination, ...]  # those that wait first
    alike: Mapping[int, tuple[Alike, ...]]  # of those that wait: who may be the same
    also: Mapping[int, tuple[str, ...]]  # further organisations whose proposals were joined with it
    reconsiderable: frozenset[int]
    written: Mapping[str, int]  # state of the mails with a link to propose → how many
    unwritten: int  # contacts of a draft who have no such link, and could be written to
    untold: int  # organisations that have not been told what became of their proposals, and can be
    out_of_reach: tuple[str, ...]  # those that cannot be told by mail

    def by(self, one: Nomination) -> tuple[str | None, ...]:
        """Return the organisations that made a proposal; None for the secretariat."""
        return (one.organisation.name if one.organisation else None, *self.also.get(one.id, ()))


def summary(work: Work, round_key: str) -> tuple[Phase, int]:
    """Return until when members propose in a round, and how many proposals wait.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "rounds.read")
    found = rounds_of.known(work, round_key)
    return phase_of(found, work.now), proposals.waiting(work.session, found.id)


def desk(work: Work, round_key: str) -> ProposalsDesk:
    """Return the proposals of a round. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = rounds_of.sized(work, round_key, contents=True)
    made = proposals.of_round(work.session, found.id)
    also: dict[int, tuple[str, ...]] = {}
    for each in made:
        if each.into_id is not None and each.organisation is not None:
            also[each.into_id] = (*also.get(each.into_id, ()), each.organisation.name)
    news = proposals.untold(work, found)
    return ProposalsDesk(
        round=rounds_of.line_of(found, sizes, work.now),
        phase=phase_of(found, work.now),
        themes=tuple(map(public_rounds.theme_line, found.themes)),
        nominees=tuple(found.nominees),
        proposals=tuple(sorted(made, key=lambda each: (each.state != "waiting", each.id))),
        alike=_alike(found, made),
        also=also,
        reconsiderable=frozenset(each.id for each in made if _may_reconsider(found, each)),
        written=proposals.written(work.session, found.id),
        unwritten=len(_reachable(work, found)) if found.state == State.DRAFT.value else 0,
        untold=sum(each.contact is not None for each in news),
        out_of_reach=tuple(each.organisation.name for each in news if each.contact is None),
    )


def set_phase(work: Work, round_key: str, local: str) -> None:
    """Let members propose until an hour in the round's zone, for the first time or in place of another.

    Before the vote, every contact without a link to propose gets one by mail; beside it the ballot leads.

    Problems: `round.unknown`, `nomination.closed`, `nomination.late`, `plan.past`, those of `resolve`.
    """
    require(work, "nominees.write")
    found = hold(work, round_key)
    if found.state not in {State.DRAFT.value, State.OPEN.value}:
        raise Problem("nomination.closed")
    until = deadlines.resolve(local, found.zone)
    if until <= work.now:
        raise Problem("plan.past")
    if until > found.closes_at:
        raise Problem("nomination.late")
    before, was_on = found.nominations_until, phase_of(found, work.now).on
    found.nominations_until = until
    if found.state == State.DRAFT.value:
        _write(work, found)
    if was_on and before is not None and until < before:
        notices.proposals_end_earlier(work, found, before, until)
    after = {"after": deadlines.as_text(until)}
    if was_on and before is not None:
        work.record("nominations.moved", subject(found), {"before": deadlines.as_text(before)} | after)
    else:
        work.record("nominations.opened", subject(found), after)


def write(work: Work, round_key: str) -> int:
    """Send a link to propose to the contacts of a draft who have none; how many are written to.

    Problems: `round.unknown`, `round.frozen`, `nomination.over`.
    """
    require(work, "nominees.write")
    found = draft(work, round_key)
    if not phase_of(found, work.now).on:
        raise Problem("nomination.over")
    return _write(work, found)


def tell(work: Work, round_key: str) -> int:
    """Tell each organisation by one mail what became of its proposals, if it has not been told.

    Return how many mails. Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "nominees.write")
    found = hold(work, round_key)
    count = proposals.tell(work, found)
    if count:
        work.record("nominations.told", subject(found), {"count": count})
    return count


def telling(work: Work, found: Round) -> Readers:
    """Return who would be told now what became of proposals, and what each would read."""
    news = proposals.untold(work, found)
    chosen = [
        (each.organisation.name, each.organisation.country, each.contact) for each in news if each.contact
    ]
    out = [(each.why, each.organisation.name) for each in news if each.contact is None]
    return to_contacts(proposals.KIND, chosen, out)


def _reachable(work: Work, found: Round) -> list[Contact]:
    """Return the contacts without a link to propose to whom mail can be sent."""
    return [each for each in mail.unwritten(work.session, found.id, "nomination") if hindrance(each) is None]


def _write(work: Work, found: Round) -> int:
    count = proposals.write(work, found, _reachable(work, found))
    if count:
        work.record("nominations.written", subject(found), {"count": count})
    return count


def end_phase(work: Work, round_key: str) -> None:
    """Let members propose no more, from now on, and tell all who got a link.

    Problems: `round.unknown`, `nomination.over`.
    """
    require(work, "nominees.write")
    found = hold(work, round_key)
    if not phase_of(found, work.now).on:
        raise Problem("nomination.over")
    before = found.nominations_until or found.closes_at
    found.nominations_until = work.now
    notices.proposals_end_earlier(work, found, before, work.now)
    work.record("nominations.ended", subject(found))


def ending(work: Work, found: Round) -> Readers:
    """Return who would be told that the time for proposals is shorter: all who got a link to propose."""
    told = mail.told(work.session, found.id, "nomination")
    return to_contacts(
        "nomination_end", [(each.organisation.name, each.organisation.country, each) for each in told]
    )


def admit(work: Work, round_key: str, number: int, *, distinct: bool = False) -> str:
    """Make a nominee of a proposal; the nominee's key. `distinct` says that who is alike is another person.

    Themes that are gone since are left out. Problems: `round.unknown`, `round.frozen`, `nomination.unknown`,
    `nomination.decided`, `nomination.alike`, `nominee.many`, and those of `proposals.faults`.
    """
    require(work, "nominees.write")
    found = nominees.changeable(work, round_key)
    row = _waiting(work, found, number)
    alike = _alike(found, proposals.of_round(work.session, found.id))
    same = [each for each in alike.get(row.id, ()) if each.is_nominee]
    if same and not distinct:
        raise Problem("nomination.alike", name=same[0].name, institution=same[0].institution)
    said, keys = said_of(row), {theme.key for theme in found.themes}
    said = replace(said, topics=tuple(topic for topic in said.topics if topic in keys))
    nominee = nominees.join(work, found, said, "member", distinct=distinct)
    work.session.flush()
    for each in (row, *proposals.joined_row(work.session, row.id)):
        each.nominee_id = nominee.id
    row.state, row.decided_at = "admitted", work.now
    work.record("nominations.admitted", subject(found), {"nomination": number, "nominee": nominee.key})
    return nominee.key


def decline(work: Work, round_key: str, number: int, reason: str) -> None:
    """Decline a proposal and those joined with it; the proposers are told the reason.

    Problems: `round.unknown`, `round.frozen`, `nomination.unknown`, `.decided`, `.reason`.
    """
    require(work, "nominees.write")
    found = nominees.changeable(work, round_key)
    row = _waiting(work, found, number)
    if not 0 < len(line(reason)) <= REASON_MAX:
        raise Problem("nomination.reason", most=REASON_MAX)
    together = (row, *proposals.joined_row(work.session, row.id))
    for each in together:
        each.state, each.reason, each.decided_at = "declined", line(reason), work.now
    work.record("nominations.declined", subject(found), {"nomination": number, "reason": line(reason)})


def merge(work: Work, round_key: str, number: int, target: str) -> None:
    """Join a proposal with a nominee (by key) or another that waits (by number): both mean the same.

    What the other says stays as it is; who proposed the same is kept. Problems: `round.unknown`,
    `round.frozen`, `nomination.unknown`, `nomination.decided`, `nomination.target`.
    """
    require(work, "nominees.write")
    found = nominees.changeable(work, round_key)
    row = _waiting(work, found, number)
    together = (row, *proposals.joined_row(work.session, row.id))
    nominee = nominees.find_row(work.session, found.id, target)
    other = proposals.find(work.session, found.id, int(target)) if target.isdecimal() else None
    if nominee is not None:
        for each in together:
            each.nominee_id, each.into_id = nominee.id, None
    elif other is not None and other is not row and other.state == "waiting":
        for each in together:
            each.into_id = other.id
    else:
        raise Problem("nomination.target")
    for each in together:
        each.state, each.decided_at = "merged", work.now
    work.record("nominations.merged", subject(found), {"nomination": number, "into": target})


def merge_nominees(work: Work, round_key: str, nominee_key: str, into_key: str) -> None:
    """Join a nominee with another that means the same: the first is deleted, its proposers are kept.

    The data of the other stay unchanged. The deleted nominee must be on no ballot that opened and on no
    stored panel, and not designated; its data are kept among the proposals.
    Problems: `round.unknown`, `round.frozen`, `nominee.unknown`, `nomination.target`,
    `nominee.designated`.
    """
    require(work, "nominees.write")
    found = nominees.changeable(work, round_key)
    nominee = nominees.loose(work, found, nominee_key)
    into = nominees.find_row(work.session, found.id, into_key)
    if into is None or into is nominee:
        raise Problem("nomination.target")
    if nominee.outside is not None:
        raise Problem("nominee.designated")
    if nominee.origin != "member":
        work.session.add(
            Nomination(
                round_id=found.id,
                said=nominees.said_of(nominee),
                state="merged",
                nominee_id=into.id,
                proposed_at=nominee.created_at,
                decided_at=work.now,
            )
        )
    proposed = proposals.of_nominee(work.session, nominee.id)
    for each in proposed:
        each.nominee_id, each.state, each.into_id, each.decided_at = into.id, "merged", None, work.now
    work.session.flush()
    found.nominees.remove(nominee)
    work.session.delete(nominee)
    work.record("nominees.merged", subject(found), {"nominee": nominee_key, "into": into_key})


def reconsider(work: Work, round_key: str, number: int) -> None:
    """Let a proposal wait again that was declined or joined by mistake.

    What was declined before the opening stays declined after it: the ballot is frozen without them.

    Problems: `round.unknown`, `round.frozen`, `nomination.unknown`, `nomination.settled`.
    """
    require(work, "nominees.write")
    found = nominees.changeable(work, round_key)
    row = or_problem(proposals.find(work.session, found.id, number), "nomination.unknown")
    if not _may_reconsider(found, row):
        raise Problem("nomination.settled")
    joined = proposals.joined_row(work.session, row.id)
    for each in joined:
        if each.state == "declined":
            each.state, each.reason = "merged", ""
    row.state, row.reason, row.decided_at = "waiting", "", None
    row.nominee_id = row.into_id = None
    work.record("nominations.reconsidered", subject(found), {"nomination": number})


def _may_reconsider(found: Round, row: Nomination) -> bool:
    if row.organisation_id is None or found.state == State.CANCELLED.value:
        return False
    if row.state == "merged":
        return True
    since_opening = found.opened_at is None or (
        row.decided_at is not None and row.decided_at > found.opened_at
    )
    return row.state == "declined" and since_opening


def _alike(found: Round, made: list[Nomination]) -> dict[int, tuple[Alike, ...]]:
    return likely(found.nominees, [each for each in made if each.state == "waiting"])


def _waiting(work: Work, found: Round, number: int) -> Nomination:
    row = or_problem(proposals.find(work.session, found.id, number), "nomination.unknown")
    if row.state != "waiting":
        raise Problem("nomination.decided")
    return row


def _proposing_over(work: Work, message: Message) -> str | None:
    return None if phase_of(message.round, work.now).on else "mail.over"


def _until(work: Work, found: Round, zone: str) -> Words:
    ends = phase_of(found, work.now).until or found.closes_at
    return {language: letters.deadline(ends, zone, language) for language in work.languages}


def _ends_otherwise(_work: Work, message: Message) -> str | None:
    until = message.round.nominations_until
    said = message.facts["until"]
    return None if until is not None and round(until.timestamp()) == said else "mail.overtaken"


def _shorter(work: Work, message: Message, reader: Reader) -> Words:
    until, before = (datetime.fromtimestamp(message.facts[name], UTC) for name in ("until", "before"))
    return _hours(work, until, before, reader.zone)


def _sample_shorter(work: Work, sample: Sample) -> Words:
    found = sample.round
    until = found.nominations_until or found.closes_at
    return _hours(work, work.now if phase_of(found, work.now).on else until, until, sample.reader.zone)


def _hours(work: Work, until: datetime, before: datetime, zone: str) -> Words:
    return {
        language: {
            **letters.deadline(until, zone, language),
            "before": moments.on_clocks(before, zone, language),
        }
        for language in work.languages
    }


def _decided_otherwise(work: Work, message: Message) -> str | None:
    return None if proposals.is_current(work, message) else "mail.overtaken"


def _decisions(work: Work, message: Message, _reader: Reader) -> Words:
    names = proposals.names(work, message.round)
    told = [{**each, "proposed": names[each["number"]]} for each in news.items_of(message)]
    return _in_words(work, told)


def _sample_decisions(work: Work, sample: Sample) -> Words:
    """Return what the reader would be told now, or an invented decision."""
    untold = proposals.untold(work, sample.round)
    theirs = next((each.items for each in untold if each.contact and each.contact.id == sample.contact), None)
    if theirs is not None:
        return _in_words(work, theirs)
    facts = {"decision": "admitted", "reason": "", "into": "", "on_ballot": False}
    return {
        language: _said(language, [{**facts, "proposed": catalogue.mail_words(language)["sample_guest"]}])
        for language in work.languages
    }


def _in_words(work: Work, items: Sequence[Mapping[str, object]]) -> Words:
    return {language: _said(language, items) for language in work.languages}


def _said(language: str, items: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return who was proposed, and what was decided about each."""
    words = catalogue.mail_words(language)
    return {
        "proposed": "; ".join(str(each["proposed"]) for each in items),
        "decision": "\n\n".join(f"{each['proposed']}:\n{_decision(words, each)}" for each in items),
    }


def _decision(words: Mapping[str, str], facts: Mapping[str, object]) -> str:
    name = "proposal_ballot" if facts["on_ballot"] else f"proposal_{facts['decision']}"
    if facts["decision"] == "merged" and facts["into"]:
        name = "proposal_joined"
    return words[name].format(reason=facts["reason"], into=facts["into"])


def _not_to_invite(work: Work, message: Message) -> str | None:
    """Return why an institution is not invited any more: it is no nominee, or the session has begun."""
    found = public_rounds.round_of(work.session, message.facts["round"])
    gone = found is None or nominees.find_row(work.session, found.id, message.facts["nominee"]) is None
    return "mail.over" if gone or (found is not None and dialogues.has_begun(work, found)) else None


def _institution(work: Work, message: Message, reader: Reader) -> Words:
    found = rounds_of.known(work, message.facts["round"])
    return nominees.words(work, found, reader.base_url)


KINDS = (
    MailKind(
        "nomination",
        N_("Proposals for the panel"),
        N_("When you open proposals before the vote, to every contact who may vote."),
        places=("link",),
        needed=("link", "deadline"),
        before_opening=True,
        overtaken=_proposing_over,
        opens=(PROPOSE,),
        words=lambda work, message, reader: _until(work, message.round, reader.zone),
        sample=lambda work, sample: _until(work, sample.round, sample.reader.zone),
        asked_on=("secretariat.nomination_phase", "secretariat.write_proposers"),
        hours_entered=True,
        part="people_proposals",
    ),
    MailKind(
        "nomination_end",
        N_("Shorter deadline for proposals"),
        N_("When you end proposals earlier than announced, to everyone who received a link to propose."),
        places=("before",),
        needed=("deadline", "before"),
        before_opening=True,
        overtaken=_ends_otherwise,
        told_of="until",
        words=_shorter,
        sample=_sample_shorter,
        asked_on=("secretariat.end_proposals", "secretariat.nomination_phase"),
        part="people_proposals",
    ),
    MailKind(
        proposals.KIND,
        N_("Decisions on proposals for the panel"),
        N_("When you send it: one to each organisation, about all its proposals decided since the last one."),
        places=("proposed", "decision"),
        needed=("decision",),
        overtaken=_decided_otherwise,
        words=_decisions,
        sample=_sample_decisions,
        asked_on=("secretariat.tell_proposers",),
        part="people_proposals",
    ),
    MailKind(
        nominees.KIND,
        N_("Institution of a named government"),
        N_("When you ask the institution of a government named by organisations to name a person."),
        places=("topic", "date", "page"),
        needed=("topic",),
        readers="others",
        overtaken=_not_to_invite,
        words=_institution,
        part="people_proposals",
    ),
)

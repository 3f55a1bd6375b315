"""Proposals by members at the secretariat's desk: admitting, declining, joining.

This module decides which proposals resemble an existing nominee or proposal, and never joins them by
itself: two people with one name stay two people where the secretariat says so. A person admitted before
the opening is on the ballot; one admitted later can be chosen for the panel and is on no ballot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.panel import dialogues, nominees, proposals
from consulta.panel.nominees import likely
from consulta.panel.proposals import said_of
from consulta.platform.access import require
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.platform.models import Nomination, Nominee
from consulta.platform.texts import line
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds_of
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.panel.nominees import Alike
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Message, Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine, ThemeLine


REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class ProposalsDesk:
    """The proposals of a round at the desk, with what their rows do not say, by number."""

    round: RoundLine
    themes: tuple[ThemeLine, ...]
    nominees: tuple[Nominee, ...]
    proposals: tuple[Nomination, ...]  # those that wait first
    alike: Mapping[int, tuple[Alike, ...]]  # of those that wait: who may be the same
    also: Mapping[int, tuple[str, ...]]  # further organisations whose proposals were joined with it
    reconsiderable: frozenset[int]

    def by(self, one: Nomination) -> tuple[str | None, ...]:
        """Return the organisations that made a proposal; None for the secretariat."""
        return (one.organisation.name if one.organisation else None, *self.also.get(one.id, ()))


def desk(work: Work, round_key: str) -> ProposalsDesk:
    """Return the proposals of a round. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = rounds_of.sized(work, round_key, contents=True)
    made = proposals.of_round(work.session, found.id)
    also: dict[int, tuple[str, ...]] = {}
    for each in made:
        if each.into_id is not None and each.organisation is not None:
            also[each.into_id] = (*also.get(each.into_id, ()), each.organisation.name)
    return ProposalsDesk(
        round=rounds_of.line_of(found, sizes, work.now),
        themes=tuple(map(public_rounds.theme_line, found.themes)),
        nominees=tuple(found.nominees),
        proposals=tuple(sorted(made, key=lambda each: (each.state != "waiting", each.id))),
        alike=_alike(found, made),
        also=also,
        reconsiderable=frozenset(each.id for each in made if _may_reconsider(found, each)),
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

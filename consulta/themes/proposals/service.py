"""Members propose themes, change and take back proposals, answer questions, and support those of others.

It decides when each of these is possible and what an organisation sees. Everything is recorded as a step of
the proposal (`trail`). The log names the proposal and no organisation, since the log of a round may be
published where votes have no names.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.core.trust.receipts import ALPHABET
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.models import Round, ThemeProposal, ThemeSupport
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import paragraphs
from consulta.platform.work import Actor
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import hold, subject
from consulta.themes.proposals import links, queries, shown, trail
from consulta.themes.proposals.likeness import alike, shape
from consulta.themes.proposals.reading import lines, phase_view
from consulta.themes.proposals.rules import cleaned, faults
from consulta.themes.proposals.values import OwnThemes

if TYPE_CHECKING:
    from consulta.platform.models import Contact, Organisation
    from consulta.platform.work import Work
    from consulta.themes.proposals.rules import ThemeProposalCommand
    from consulta.themes.proposals.values import OtherTheme, ThemePhaseView

RECEIVED = "theme_received"  # the kind of mail that confirms a proposal
ANSWER_MAX = 1000
_GROUP, _GROUPS = 4, 2


class _Proposer(NamedTuple):
    """The round, the organisation and the contact of a link, with the phase."""

    round: Round
    organisation: Organisation
    contact: Contact
    phase: ThemePhaseView


def own(work: Work, round_key: str, small_cell: int = SMALL_CELL) -> OwnThemes:
    """Return what the actor's organisation proposed and supports, and what it sees of others.

    Raise Problem `theme_proposal.elsewhere` if the link is of another round.
    """
    require(work, "theme_proposals.propose")
    me = _proposer(work, round_key)
    everything = lines(work, me.round)
    mine = tuple(each for each in everything if each.organisation_id == me.organisation.id)
    supported = queries.supported_by(work.session, me.round.id, me.organisation.id)
    seen = me.phase.stage == "over" or me.phase.shown == "at_once"
    others: tuple[OtherTheme, ...] = ()
    if seen:
        others = tuple(
            shown.as_seen(each, me.round.secrecy, small_cell, supported=each.id in supported)
            for each in everything
            if each.organisation_id != me.organisation.id
        )
    return OwnThemes(
        round_key=me.round.key,
        round_title=me.round.title,
        organisation=me.organisation.name,
        example=me.round.example,
        secrecy=me.round.secrecy,
        here=catalogue.countries_by_code()[me.organisation.country].zone,
        phase=me.phase,
        room=me.phase.most - sum(each.part_of is None for each in mine),
        supports_left=me.phase.supports - len(supported),
        proposals=mine,
        seen=seen,
        others=others,
        draft=me.round.state == "draft",
    )


def similar(
    work: Work, round_key: str, command: ThemeProposalCommand, without: int = 0
) -> tuple[OtherTheme, ...]:
    """Return the proposals that may mean the same as one that is being written, the most alike first.

    Of those of other organisations only such as the member sees; `without` is the number of the proposal
    that is being changed.
    """
    require(work, "theme_proposals.propose")
    view = own(work, round_key)
    mine = [
        replace(shown.as_seen(each, "aggregate", SMALL_CELL, supported=False), mine=True)
        for each in view.proposals
        if each.number != without
    ]
    there = [*mine, *view.others]
    shapes = [shape([*each.title.values()], [*each.why.values()], each.objectives) for each in there]
    written = shape([command.title], [command.why], command.objectives)
    return tuple(there[place] for place in alike(written, shapes))


def check(work: Work, round_key: str, command: ThemeProposalCommand) -> None:
    """Raise the Problem with which `propose` would refuse a proposal now; change nothing."""
    require(work, "theme_proposals.propose")
    me = _proposer(work, round_key)
    said, made = cleaned(command), _made(work, me)
    if _same(made, said) is None:
        _require_new(me, made, said)


def propose(work: Work, round_key: str, command: ThemeProposalCommand) -> int:
    """Propose a theme, and return its number. The same text sent twice is one proposal.

    Problems: `theme_proposal.elsewhere`, `theme_phase.over`, `theme_proposal.twin`, `theme_proposal.many`,
    those of `rules.faults`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)  # so that two contacts of an organisation cannot pass its limit together
    me = _proposer(work, round_key)
    said = cleaned(command)
    made = _made(work, me)
    same = _same(made, said)
    if same is not None:
        return same.number
    _require_new(me, made, said)
    row = ThemeProposal(
        round_id=me.round.id,
        number=queries.next_number(work.session, me.round.id),
        reference=new_reference(),
        organisation_id=me.organisation.id,
        contact_id=me.contact.id,
        language=said.language,
        proposed_at=work.now,
        state="submitted",
        question="",
        answer="",
        into_id=None,
    )
    _put(row, said)
    work.session.add(row)
    work.session.flush()
    trail.take(work, row, "submitted", after=trail.content(row))
    _record(work, "theme_proposals.proposed", me.round, row)
    _confirm(work, me, row)
    return row.number


def change(work: Work, round_key: str, number: int, command: ThemeProposalCommand, answer: str = "") -> None:
    """Change a proposal that waits, or answer what the secretariat asked about it.

    A proposal can be changed while the phase is on. One that was returned with a question can be answered,
    and changed with the answer, until the round opens.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown`, `theme_proposal.decided`,
    `theme_phase.over`, `theme_proposal.answer`, `theme_proposal.twin`, those of `rules.faults`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me, row = _mine(work, round_key, number)
    said = cleaned(command)
    returned = row.state == "returned"
    if returned and me.round.state != "draft":
        raise Problem("theme_phase.over")
    if not returned:
        _require_on(me.phase)
    told = paragraphs(answer)
    if returned and not 1 <= len(told) <= ANSWER_MAX:
        raise Problem("theme_proposal.answer", most=ANSWER_MAX, count=len(told))
    _require_right(said)
    if any(_is_twin(each, said) for each in _made(work, me) if each is not row):
        raise Problem("theme_proposal.twin", title=said.title)
    before = trail.content(row)
    if not returned and before == _content(said):
        return
    row.language = said.language
    _put(row, said)
    details: dict[str, Any] = {"before": before, "after": trail.content(row)}
    if returned:
        row.answer = told
        trail.take(work, row, "answered", question=row.question, answer=told, **details)
        _record(work, "theme_proposals.answered", me.round, row)
    else:
        trail.take(work, row, "edited", **details)
        _record(work, "theme_proposals.edited", me.round, row)


def withdraw(work: Work, round_key: str, number: int) -> None:
    """Take back a proposal that waits; who supported it has that support again.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown`, `theme_proposal.decided`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me, row = _mine(work, round_key, number)
    trail.take(work, row, "withdrawn")
    _record(work, "theme_proposals.withdrawn", me.round, row)


def support(work: Work, round_key: str, number: int) -> None:
    """Support a proposal of another organisation; a second time changes nothing.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown` (or it is not seen yet),
    `theme_phase.over`, `theme_proposal.own`, `theme_proposal.decided`, `theme_proposal.supports`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me = _proposer(work, round_key)
    _require_on(me.phase)
    row = queries.find(work.session, me.round.id, number)
    if row is None or row.state == "withdrawn" or me.phase.shown != "at_once":
        raise Problem("theme_proposal.unknown")
    if row.organisation_id == me.organisation.id:
        raise Problem("theme_proposal.own")
    if queries.support(work.session, row.id, me.organisation.id) is not None:
        return
    if row.state not in {"submitted", "returned", "admitted"}:
        raise Problem("theme_proposal.decided")
    given = queries.supported_by(work.session, me.round.id, me.organisation.id)
    if len(given) >= me.phase.supports:
        raise Problem("theme_proposal.supports", most=me.phase.supports)
    work.session.add(
        ThemeSupport(
            proposal_id=row.id, organisation_id=me.organisation.id, contact_id=me.contact.id, at=work.now
        )
    )
    work.session.flush()
    _record(work, "theme_proposals.supported", me.round, row)


def unsupport(work: Work, round_key: str, number: int) -> None:
    """Take back a support while the phase is on; where there is none, nothing changes.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown`, `theme_phase.over`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me = _proposer(work, round_key)
    _require_on(me.phase)
    row = or_problem(queries.find(work.session, me.round.id, number), "theme_proposal.unknown")
    found = queries.support(work.session, row.id, me.organisation.id)
    if found is not None:
        work.session.delete(found)
        work.session.flush()
        _record(work, "theme_proposals.unsupported", me.round, row)


# -- parts


def _proposer(work: Work, round_key: str) -> _Proposer:
    """Return who comes by the link. Raise Problem `theme_proposal.elsewhere` for another round's address."""
    link = door.numbered(work, links.PROPOSE_THEMES, work.actor.id or 0)
    found = rounds_queries.with_id(work.session, link.subject_id) if link is not None else None
    if link is None or link.contact is None or found is None or found.key != round_key:
        raise Problem("theme_proposal.elsewhere")
    phase = or_problem(phase_view(work, found), "theme_proposal.elsewhere")
    return _Proposer(found, link.contact.organisation, link.contact, phase)


def _mine(work: Work, round_key: str, number: int) -> tuple[_Proposer, ThemeProposal]:
    me = _proposer(work, round_key)
    row = queries.find(work.session, me.round.id, number)
    if row is None or row.organisation_id != me.organisation.id or row.state == "withdrawn":
        raise Problem("theme_proposal.unknown")
    if row.state not in trail.WAITING:
        raise Problem("theme_proposal.decided")
    return me, row


def _made(work: Work, me: _Proposer) -> list[ThemeProposal]:
    """Return what the organisation proposed itself, without what it took back and parts of a split."""
    return [
        row
        for row in queries.of_round(work.session, me.round.id)
        if row.organisation_id == me.organisation.id and row.state != "withdrawn" and row.part_of_id is None
    ]


def _require_on(phase: ThemePhaseView) -> None:
    if not phase.on:
        raise Problem("theme_phase.over")


def _require_right(said: ThemeProposalCommand) -> None:
    for problem in faults(said):
        raise problem


def _require_new(me: _Proposer, made: list[ThemeProposal], said: ThemeProposalCommand) -> None:
    _require_on(me.phase)
    _require_right(said)
    if any(_is_twin(row, said) for row in made):
        raise Problem("theme_proposal.twin", title=said.title)
    if len(made) >= me.phase.most:
        raise Problem("theme_proposal.many", most=me.phase.most)


def _same(made: list[ThemeProposal], said: ThemeProposalCommand) -> ThemeProposal | None:
    """Return the proposal that says exactly this: the form was sent twice."""
    return next((row for row in made if _content(said) == trail.content(row)), None)


def _is_twin(row: ThemeProposal, said: ThemeProposalCommand) -> bool:
    """Return whether a proposal has the same title, but for accents and the like."""
    return fold(said.title) in {fold(title) for title in row.title.values()}


def _content(said: ThemeProposalCommand) -> dict[str, Any]:
    return {
        "title": {said.language: said.title},
        "why": {said.language: said.why},
        "objectives": list(said.objectives),
        "countries": list(said.countries),
        "populations": list(said.populations),
    }


def _put(row: ThemeProposal, said: ThemeProposalCommand) -> None:
    """Write a proposal into its row: what was translated before no longer holds."""
    row.title, row.why = Text({said.language: said.title}), Text({said.language: said.why})
    row.objectives, row.countries = list(said.objectives), list(said.countries)
    row.populations = list(said.populations)


def new_reference() -> str:
    """Return a new reference, such as `T-7K3M-9QXR`: 40 random bits."""
    letters = [secrets.choice(ALPHABET) for _ in range(_GROUP * _GROUPS)]
    parts = ["".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP)]
    return "-".join(("T", *parts))


def _record(work: Work, action: str, found: Round, row: ThemeProposal) -> None:
    """Record an act without its author: only the step in the database tells who it was."""
    work = replace(work, actor=Actor("theme_proposer"))
    work.record(action, subject(found), {"proposal": row.number})


def _confirm(work: Work, me: _Proposer, row: ThemeProposal) -> None:
    """Send the contact the reference of a proposal."""
    if hindrance(me.contact) is None:
        once = f"{RECEIVED}:{row.id}"
        letter = MemberLetter(RECEIVED, me.round, me.contact, once, None, {"proposal": row.number})
        queue_for_members(work, [letter])

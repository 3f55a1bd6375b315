"""Members propose people and institutions for the panel: while the secretariat lets them, so many each.

It decides when a proposal is taken and what an organisation sees of its own. A proposal is a row of its own:
who was proposed becomes a nominee only when the secretariat admits them (`nominees.proposals`).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.panel.proposals import queries
from consulta.panel.proposals.rules import faults, person
from consulta.panel.proposals.values import NominationState, NomineeCommand, OwnProposals, Proposal
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.door import service as door
from consulta.platform.models import PROPOSE, Nomination, Round
from consulta.platform.texts import address, line
from consulta.rounds.ballots.queries import ballots
from consulta.rounds.proposing import phase_of
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import hold, subject, theme_line

if TYPE_CHECKING:
    from consulta.platform.models import Organisation
    from consulta.platform.work import Work

MOST = 20  # proposals of one organisation in a round
_LISTS = ("languages", "speaks_for", "topics")


class _Proposer(NamedTuple):
    """The organisation for which a proposal is made, its contact, and the round."""

    round: Round
    organisation: Organisation
    contact_id: int | None


def own(work: Work, round_key: str) -> OwnProposals:
    """Return the proposals of the actor's organisation.

    Raise Problem `nomination.elsewhere` if the round is another one.
    """
    require(work, "nominations.propose")
    found, organisation, _ = _proposer(work, round_key)
    made = queries.of_round(work.session, found.id, organisation.id)
    return OwnProposals(
        round_key=found.key,
        round_title=found.title,
        organisation=organisation.name,
        example=found.example,
        before_vote=found.state == State.DRAFT.value,
        here=catalogue.countries_by_code()[organisation.country].zone,
        phase=phase_of(found, work.now),
        room=MOST - len(made),
        themes=tuple(theme_line(theme) for theme in found.themes),
        proposals=tuple(proposal_of(each) for each in made),
    )


def propose(work: Work, round_key: str, command: NomineeCommand, *, agreed: bool) -> int:
    """Propose a person or an institution for the panel, and return the number of the proposal.

    `agreed` states that the person agreed to the consents.

    Problems: `nomination.elsewhere`, `.over`, `.agreed`, `.twin`, `.many`, and those of
    `proposals.rules.faults`.
    """
    require(work, "nominations.propose")
    hold(work, round_key)  # so that two contacts of an organisation cannot pass its limit together
    found, organisation, contact_id = _proposer(work, round_key)
    if not phase_of(found, work.now).on:
        raise Problem("nomination.over")
    institution = command.organisation or (command.name if command.kind == "institution" else "")
    said = replace(command, recent=0, support=None, organisation=institution)
    for _, problem in faults(said, {theme.key for theme in found.themes}, ()):
        raise problem
    if not agreed and (said.consent_contact or said.consent_listed or said.consent_governments):
        raise Problem("nomination.agreed")
    made = queries.of_round(work.session, found.id, organisation.id)
    wanted = person(said.name, said.organisation)
    if any(_is_twin(each, wanted) for each in made):
        raise Problem("nomination.twin", name=line(said.name))
    if len(made) >= MOST:
        raise Problem("nomination.many", most=MOST)
    row = Nomination(
        round_id=found.id,
        organisation_id=organisation.id,
        contact_id=contact_id,
        said=_kept(said),
        state="waiting",
        proposed_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    _record(work, "nominations.proposed", found, row.id, organisation)
    return row.id


def withdraw(work: Work, round_key: str, number: int) -> None:
    """Take back a proposal that waits: nothing of it is kept. What was joined with it waits by itself again.

    Problems: `nomination.elsewhere`, `nomination.unknown`, `nomination.decided`.
    """
    require(work, "nominations.propose")
    hold(work, round_key)
    found, organisation, _ = _proposer(work, round_key)
    row = queries.find(work.session, found.id, number)
    if row is None or row.organisation_id != organisation.id:
        raise Problem("nomination.unknown")
    if row.state != "waiting":
        raise Problem("nomination.decided")
    joined = queries.joined(work.session, row.id)
    for each in joined:
        each.state, each.into_id, each.decided_at = "waiting", None, None
    work.session.delete(row)
    _record(work, "nominations.withdrawn", found, number, organisation)


# -- what the desk shares


def proposal_of(row: Nomination) -> Proposal:
    """Return a proposal in its original words, with its outcome."""
    return Proposal(
        number=row.id,
        said=said_of(row),
        state=cast("NominationState", row.state),
        organisation=row.organisation.name if row.organisation else None,
        contact=row.contact.name if row.contact else "",
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        reason=row.reason,
        nominee=row.nominee.key if row.nominee else None,
        nominee_name=row.nominee.name if row.nominee else "",
        into=row.into_id,
        on_ballot=row.nominee is not None and row.nominee.on_ballot,
    )


def said_of(row: Nomination) -> NomineeCommand:
    """Return the data of the person or institution proposed."""
    values: dict[str, Any] = {
        name: tuple(value) if name in _LISTS else value for name, value in row.said.items()
    }
    return NomineeCommand(**values)


def _kept(said: NomineeCommand) -> dict[str, Any]:
    """Return the data of a proposal in the form in which it is stored."""
    texts = {name: line(getattr(said, name)) for name in ("name", "organisation", "address_form")}
    return asdict(said) | texts | {"email": address(said.email) or "" if said.email else ""}


def _record(work: Work, action: str, found: Round, number: int, organisation: Organisation) -> None:
    work.record(action, subject(found), {"nomination": number, "organisation": organisation.id})


def _is_twin(row: Nomination, wanted: tuple[str, str]) -> bool:
    return row.state != "declined" and person(row.said["name"], row.said["organisation"]) == wanted


def _proposer(work: Work, round_key: str) -> _Proposer:
    """Return the proposer: the contact of the actor's seat or link, with round and organisation.

    Raise Problem `nomination.elsewhere` if the address is of another round.
    """
    if work.actor.role == "proposer":
        link = door.numbered(work, PROPOSE, work.actor.id or 0)
        found = rounds_queries.with_id(work.session, link.subject_id) if link is not None else None
        if link is None or link.contact is None or found is None or found.key != round_key:
            raise Problem("nomination.elsewhere")
        return _Proposer(found, link.contact.organisation, link.contact_id)
    seat = ballots.seat(work.session, work.actor.seat_id or 0)
    if seat is None or seat.round.key != round_key:
        raise Problem("nomination.elsewhere")
    return _Proposer(seat.round, seat.organisation, work.actor.id)

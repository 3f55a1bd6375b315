"""What a vote did: worked out in the worker once a result is published, and shown to its organisation alone.

It decides who comes by a link and what is read from the kept documents. What may be told is decided in
`telling`, before anything is kept. Working out holds no lock: rows are written in small batches, so that it
can stop at any moment and go on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.addresses.queries import addresses
from consulta.ballots.queries import ballots as ballot_queries
from consulta.core.counting import versions
from consulta.core.counting.effects import Effects
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.door import service as door
from consulta.door.purposes import Purpose
from consulta.door.service import Given
from consulta.infra import documents
from consulta.infra.access import require
from consulta.infra.models import Seat
from consulta.infra.work import Actor
from consulta.notices.service import YOUR_VOTE
from consulta.results import public_figures, summaries
from consulta.rounds.queries import rounds
from consulta.rounds.secrecy import what_is_public
from consulta.your_vote import queries
from consulta.your_vote.telling import Telling
from consulta.your_vote.values import Told, YourVote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.values import Seat as CountedSeat
    from consulta.infra.models import Ballot, Link, Round
    from consulta.infra.work import Work
    from consulta.your_vote.values import Panel, Standing

WAY = "y"
LIFE = timedelta(days=365)  # a result is read again when the next round is prepared


# -- whom a link lets in


def _reader(work: Work, link: Link) -> Actor | None:
    """Return the contact of a link, as for voting: active, allowed to vote, at an address for the seat.

    The addresses of a seat are those of while voting was open: a contact that came later, or whose address
    changed since, reads nothing of a vote of before.
    """
    contact = link.contact
    if contact is None or not contact.active or not contact.may_vote:
        return None
    if not addresses.allowed(work.session, [(link.subject_id, contact.id)]):
        return None
    return Actor("vote_reader", contact.id, contact.name, seat_id=link.subject_id)


def _place(work: Work, link: Link) -> dict[str, str] | None:
    seat = work.session.get(Seat, link.subject_id)
    return {"key": seat.round.key} if seat is not None and seat.round.state != State.DRAFT else None


PURPOSES = (
    Purpose(
        YOUR_VOTE,
        way=WAY,
        subject=Seat,
        role="vote_reader",
        page="your_vote.own",
        texts="your_vote/door.html",
        reader=_reader,
        life=LIFE,
        place=_place,
    ),
)


# -- the page


def own(work: Work, key: str) -> YourVote:
    """Return what the organisation of the session is told of its vote in a round.

    Raise Problem `vote.elsewhere` if the seat of the session is of another round.
    """
    require(work, "your_vote.read")
    seat = ballot_queries.seat(work.session, work.actor.seat_id or 0)
    if seat is None or seat.round.key != key:
        raise Problem("vote.elsewhere")
    found, ballot = seat.round, ballot_queries.current(work.session, seat.id)
    kept = queries.find(work.session, seat.id) if found.state == State.PUBLISHED else None
    return YourVote(
        organisation=seat.name,
        round_key=found.key,
        round_title=found.title,
        titles={theme.key: theme.title for theme in found.themes},
        state=_state(work, found, ballot, is_told=kept is not None),
        told=Told.parse(kept) if kept is not None else None,
        panel=_panel(work, found),
        balanced=bool((found.rules or {}).get("balance", True)),
    )


def _state(work: Work, found: Round, ballot: Ballot | None, *, is_told: bool) -> Standing:
    if found.state != State.PUBLISHED:
        return "unpublished"
    if is_told:
        return "told"
    if ballot is None:
        return "silent"
    if ballot.abstains:
        return "abstained"
    return "taken_out" if queries.is_out(work.session, ballot.id) else "waiting"


def _panel(work: Work, found: Round) -> Panel:
    """Return how the published panel depends on single votes.

    Where no ballot endorses anybody, support is what was given from outside, and the panel follows from the
    topics. Else it follows from each person's support, which is public in no round.
    """
    if found.panel_version is None:
        return "none"
    summary = summaries.find(work, found)
    return "hidden" if summary is None or any(summary.support.values()) else "topics"


def hand_out(work: Work, key: str) -> tuple[str, str]:
    """Return an organisation of a round whose vote was worked out, and the token of a link; for commands.

    Raise Problem `vote.unknown` if there is none with a contact that may read it.
    """
    require(work, "links.hand_out")
    found = rounds.whole(work.session, key)
    first = queries.first_told(work.session, found.id) if found is not None else None
    if first is None:
        raise Problem("vote.unknown")
    seat, contact_id = first
    (token,) = door.give(work, YOUR_VOTE, [Given(seat.id, contact_id)])
    work.record(
        "your_vote.handed_out",
        f"seat:{seat.id}",
        {"purpose": YOUR_VOTE, "contact": contact_id},
    )
    return seat.name, token


# -- what the worker does


@dataclass(slots=True)
class Task:
    """What is left to work out for a round: seats by their name in the bundle, and how to tell of them."""

    telling: Telling
    seats: Mapping[str, CountedSeat]
    waiting: dict[str, int]


def due(work: Work) -> list[str]:
    """Return the keys of the published rounds for which something is left to work out."""
    require(work, "your_vote.make")
    return queries.due(work.session)


def task_of(work: Work, key: str) -> Task | None:
    """Return what is left for a round; None where nothing is. Problem: `result.uncounted`."""
    require(work, "your_vote.make")
    found = rounds.whole(work.session, key)
    waiting = queries.waiting(work.session, found.id) if found is not None else {}
    if found is None or not waiting:
        return None
    bundle, result = (documents.find(work.session, found.id, kind) for kind in ("bundle", "result"))
    if bundle is None or result is None:
        raise Problem("result.uncounted")
    file, counted = bundle.content.encode(), result.content.encode()
    public = None if "bundle" in what_is_public(found.secrecy) else public_figures.find(work, found)
    if "bundle" not in what_is_public(found.secrecy) and public is None:
        public = {"detail": "topics"}
    effects = Effects(versions.of_bundle(file).read(file))
    seats = {seat.seat: seat for seat in effects.bundle.seats}
    return Task(Telling(effects, versions.of_result(counted).read_result(counted), public), seats, waiting)


def work_out(task: Task, most: int) -> dict[int, str]:
    """Return what is told of the next seats, by their id, and take them off the task."""
    told = {}
    for name in list(task.waiting)[:most]:
        told[task.waiting.pop(name)] = task.telling.of_seat(task.seats[name]).to_text()
    return told


def keep(work: Work, told: Mapping[int, str]) -> int:
    """Keep what was worked out, once for each seat; return how many are new."""
    require(work, "your_vote.make")
    return queries.keep(work.session, told, work.now)


def finish(work: Work, key: str) -> bool:
    """Note that nothing is left for a round; return whether that is so."""
    require(work, "your_vote.make")
    found = rounds.whole(work.session, key, hold=True)
    if found is None or queries.waiting(work.session, found.id):
        return False
    found.effects_made = True
    return True

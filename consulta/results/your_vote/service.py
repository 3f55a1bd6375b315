"""What a vote did: worked out in the worker once a result is published, and shown to its organisation alone.

It decides who comes by a link and what is read from the kept documents. What may be told is decided in
`telling`, before anything is kept. Working out holds no lock: rows are written in small batches, so that it
can stop at any moment and go on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from consulta.core.counting import bundle as bundles
from consulta.core.counting.effects import Effects
from consulta.core.counting.result import Result
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.door.service import Given
from consulta.platform.models import Seat
from consulta.platform.work import Actor
from consulta.results import kept as kept_results
from consulta.results.your_vote import queries
from consulta.results.your_vote.telling import Telling
from consulta.results.your_vote.values import Told, ToldPanel, YourVote
from consulta.rounds.addresses.queries import addresses
from consulta.rounds.ballots.queries import ballots as ballot_queries
from consulta.rounds.notices.service import YOUR_VOTE
from consulta.rounds.queries import rounds
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.models import Ballot, Link, Round
    from consulta.platform.work import Work
    from consulta.results.your_vote.values import Standing

WAY = "y"
LIFE = timedelta(days=365)  # of a link: long enough to read a result again while the next round is prepared


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
    seat = queries.seat(work.session, link.subject_id)
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
    # What a vote did shows what it said: it is for those who could vote when it was sent.
    unread = ballot is not None and not addresses.could_vote(
        work.session, seat.id, work.actor.id or 0, ballot.cast_at
    )
    is_shown = found.state == State.PUBLISHED and not unread
    kept = queries.find(work.session, seat.id) if is_shown else None
    is_public = found.panel_version is not None
    panel = ToldPanel.parse(kept.panel) if is_public and kept is not None and kept.panel else None
    return YourVote(
        organisation=seat.name,
        round_key=found.key,
        round_title=found.title,
        titles={theme.key: theme.title for theme in found.themes},
        state="unread" if unread else _state(work, found, ballot, is_told=kept is not None),
        told=Told.parse(kept.told) if kept is not None else None,
        panel=panel,
        panel_version=found.panel_version,
        balanced=bool((found.rules or {}).get("balance", True)),
        example=found.example,
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


def hand_out(work: Work, key: str) -> tuple[str, str]:
    """Return an organisation of a round whose vote was worked out, and the token of a link; for commands.

    Raise Problem `vote.unknown` if there is none with a contact that may read it.
    """
    require(work, "links.hand_out")
    found = rounds.whole(work.session, key)
    first = or_problem(
        queries.first_told(work.session, found.id) if found is not None else None, "vote.unknown"
    )
    seat, contact_id = first
    (token,) = door.give(work, YOUR_VOTE, [Given(seat.id, contact_id)])
    work.record(
        "your_vote.handed_out",
        f"seat:{seat.id}",
        {"purpose": YOUR_VOTE, "contact": contact_id},
    )
    return seat.name, token


# -- what the worker does


class OneByOne(Protocol):
    """Seats of a round that wait, and what is kept of each."""

    waiting: dict[str, int]

    def of_seat(self, name: str) -> str:
        """Return what is kept of a seat, by its name in the bundle."""


class Kept(NamedTuple):
    """The files of a counted round, and its public figures where ballots are not public."""

    bundle: bytes
    result: bytes
    public: Mapping[str, Any] | None

    def telling(self) -> Telling:
        """Return what is told of its votes. It reads the bundle whole, and takes its time."""
        effects = Effects(bundles.parse(self.bundle))
        return Telling(effects, Result.parse(self.result), self.public)


@dataclass(slots=True)
class Task:
    """What is left to work out for a round: seats by their name in the bundle, and how to tell of them.

    `telling` is made by the first seat, outside of any unit of work.
    """

    kept: Kept
    waiting: dict[str, int]
    _telling: Telling | None = None

    @property
    def telling(self) -> Telling:
        """Return what is told of the votes of the round."""
        if self._telling is None:
            self._telling = self.kept.telling()
        return self._telling

    def of_seat(self, name: str) -> str:
        """Return what is kept of a seat."""
        return self.telling.of_seat(self.telling.seats[name]).to_text()


def due(work: Work) -> list[str]:
    """Return the keys of the published rounds for which something is left to work out."""
    require(work, "your_vote.make")
    return queries.due(work.session)


def task_of(work: Work, key: str, before: object = None) -> Task | None:
    """Return what is left for a round; None where nothing is. Problem: `result.uncounted`.

    `before` is the task of an earlier look: what it has worked out of the same files is not done again.
    """
    require(work, "your_vote.make")
    found = rounds.whole(work.session, key)
    waiting = queries.waiting(work.session, found.id) if found is not None else {}
    if found is None or not waiting:
        return None
    kept = kept_of(work, found)
    same = isinstance(before, Task) and before.kept == kept
    known = before._telling if isinstance(before, Task) and same else None  # noqa: SLF001 - of this module
    return Task(kept, waiting, known)


def kept_of(work: Work, found: Round) -> Kept:
    """Return what was kept of a round, for the worker. Problem: `result.uncounted`."""
    require(work, "your_vote.make")
    bundle, result = (documents.find(work.session, found.id, kind) for kind in ("bundle", "result"))
    if bundle is None or result is None:
        raise Problem("result.uncounted")
    is_public = "bundle" in what_is_public(found.secrecy)
    public = None if is_public else kept_results.stored(work, found) or {"detail": "topics"}
    return Kept(bundle.content.encode(), result.content.encode(), public)


def work_out(task: OneByOne, most: int, until: Callable[[], bool] = lambda: False) -> dict[int, str]:
    """Return what is told of the next seats, by their id, and take them off the task; at least of one.

    After each it is asked whether to stop: one of a large round can take long.
    """
    told = {}
    for name in list(task.waiting)[:most]:
        told[task.waiting.pop(name)] = task.of_seat(name)
        if until():
            break
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


# -- the same of the panel, once one is public (`panel.votes` works it out)


def panels_due(work: Work) -> list[str]:
    """Return the keys of the rounds with a public panel for which something of it is left to work out."""
    require(work, "your_vote.make")
    return queries.panels_due(work.session)


def panels_waiting(work: Work, found: Round) -> dict[str, int]:
    """Return the seats of which nothing about the panel is kept yet: id by name in the bundle."""
    require(work, "your_vote.make")
    return queries.waiting_panels(work.session, found.id)


def told_version(work: Work, found: Round) -> int | None:
    """Return the version of the panel that is told of: of some seats already, or else the public one."""
    require(work, "your_vote.make")
    kept = queries.any_panel(work.session, found.id)
    return ToldPanel.parse(kept).version if kept else found.panel_version


def keep_panels(work: Work, told: Mapping[int, str]) -> int:
    """Keep what was worked out about the panel, once for each seat; return how many are new."""
    require(work, "your_vote.make")
    return queries.keep_panels(work.session, told)


def finish_panels(work: Work, key: str) -> bool:
    """Note that nothing about the panel is left for a round; return whether that is so."""
    require(work, "your_vote.make")
    found = rounds.whole(work.session, key, hold=True)
    if found is None or queries.waiting_panels(work.session, found.id):
        return False
    found.panel_effects_made = True
    return True

"""What an organisation reads of its vote, as frozen values and as they are kept."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping  # noqa: TC003 - `typed` reads the hints when the program runs
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

from sqlalchemy import select

from consulta.core.counting import bundle as bundles
from consulta.core.counting.effects import Effects
from consulta.core.counting.result import Result
from consulta.core.panel.steady import differing
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.typed import in_full, percent, read_document
from consulta.platform import documents, door
from consulta.platform.access import require
from consulta.platform.data.dimensions import grouped, in_order
from consulta.platform.door import Given, Purpose
from consulta.platform.models import Ballot, Contact, CurrentBallot, Round, Seat, VoteEffect
from consulta.platform.models.conditions import may_get_links, still_counts
from consulta.platform.work import Actor
from consulta.results import public_figures
from consulta.results.public_figures import HEAVY, MANY, TELLING
from consulta.rounds import addresses, ballots
from consulta.rounds.ballots import is_excluded
from consulta.rounds.notices import YOUR_VOTE
from consulta.rounds.queries import rounds
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from consulta.core.counting.effects import Decided, Effect
    from consulta.core.panel.votes import Behind, Panel, PanelEffects
    from consulta.core.texts import Text
    from consulta.core.values import Seat as values_Seat
    from consulta.platform.models import Link
    from consulta.platform.work import Work


FORMAT = "consulta-your-vote/1"
PANEL_FORMAT = "consulta-your-vote-panel/1"

Bound: TypeAlias = Literal["", "cap", "upper", "lower"]
Side: TypeAlias = Literal["fewer", "more", "even"]
Why: TypeAlias = Literal["", "few", "small", "nothing"]
"""Why something is not told: too few ballots in the round, too few in the group, nothing left to count."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a weight is what it is, in one dimension: what part of the votes a category cast, and of the say.

    `side` says how the part of the votes compares with that of the say. The parts are in per cent, None
    where only the side is told.
    """

    dimension: str
    category: str
    side: Side
    cast_percent: float | None
    say_percent: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """What would have been; `topics` and `order` are None where they are not told, and `why` says why."""

    what: Literal["without", "average", "away"]
    dimension: str
    category: str
    topics: tuple[str, ...] | None
    order: tuple[str, ...] | None
    why: Why


@dataclass(frozen=True, slots=True)
class Told:
    """What an organisation is told of its vote.

    `weight` is in millionths of the mean weight, rounded to quarters where `rounded`; None where it is not
    told. `order` is the result's, None where that is not public; then `pairs` and `kept` are None too.
    `places` has for each topic the place on the ballot, 0 where the ballot does not name it.
    """

    base: int
    weight: int | None
    rounded: bool
    bound: Bound
    reasons: tuple[Reason, ...]
    topics: tuple[str, ...]
    order: tuple[str, ...] | None
    places: Mapping[str, int]
    pairs: int | None
    kept: int | None
    changes: tuple[Change, ...]

    def to_text(self) -> str:
        """Return what is kept of it."""
        return json.dumps({"format": FORMAT, **in_full(self)}, ensure_ascii=False)

    @staticmethod
    def parse(text: str) -> Told:
        """Return it from what is kept. Problem: `your_vote.json`, with the path."""
        return read_document(Told, text.encode(), "your_vote.json", FORMAT)


WhyNot: TypeAlias = Literal["", "few", "small", "nothing", "none", "search"]
"""Why the panel is not told: as `Why`; no panel keeps the rules; or the search did not show which is best."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many places of the panel would have gone to other people; None where `why` says why not."""

    what: Literal["without", "average", "away"]
    dimension: str
    category: str
    others: int | None
    why: WhyNot


@dataclass(frozen=True, slots=True)
class ToldPanel:
    """What an organisation is told of the panel: `size` places, which the rules fill from the votes.

    `endorsed`: whether any vote endorses people. Where `why` is not empty nothing is told of any change.
    `version`: which version of the panel was public when it was worked out.
    """

    size: int
    endorsed: bool
    why: Literal["", "none", "search", "changed"]
    changes: tuple[Places, ...]
    version: int

    def to_text(self) -> str:
        """Return what is kept of it."""
        return json.dumps({"format": PANEL_FORMAT, **in_full(self)}, ensure_ascii=False)

    @staticmethod
    def parse(text: str) -> ToldPanel:
        """Return it from what is kept. Problem: `your_vote.json`, with the path."""
        return read_document(ToldPanel, text.encode(), "your_vote.json", PANEL_FORMAT)


Standing: TypeAlias = Literal["told", "waiting", "silent", "abstained", "taken_out", "unpublished", "unread"]


@dataclass(frozen=True, slots=True)
class YourVote:
    """The page of an organisation. Without `told`, `state` says why there is nothing to tell.

    Without `panel` what votes did to it is still being worked out; without `panel_version` none is public.
    """

    organisation: str
    round_key: str
    round_title: Text
    titles: Mapping[str, Text]
    state: Standing
    told: Told | None
    panel: ToldPanel | None
    panel_version: int | None
    balanced: bool
    example: bool = False


def _waiting_panels(session: Session, round_id: int) -> dict[str, int]:
    """Return the seats of which something is kept, and nothing of the panel: id by name in the bundle."""
    query = (
        select(Seat.pseudonym, Seat.id)
        .join(VoteEffect, VoteEffect.seat_id == Seat.id)
        .where(Seat.round_id == round_id, VoteEffect.panel.is_(None))
        .order_by(Seat.pseudonym)
    )
    return {row.pseudonym: row.id for row in session.execute(query)}


def _waiting(session: Session, round_id: int) -> dict[str, int]:
    """Return the seats whose ballot counts and of which nothing is kept yet: id by name in the bundle."""
    query = (
        select(Seat.pseudonym, Seat.id)
        .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .outerjoin(VoteEffect, VoteEffect.seat_id == Seat.id)
        .where(
            Seat.round_id == round_id,
            Ballot.abstains.is_(False),
            still_counts(CurrentBallot.ballot_id),
            VoteEffect.seat_id.is_(None),
        )
        .order_by(Seat.pseudonym)
    )
    return {row.pseudonym: row.id for row in session.execute(query)}


@dataclass(frozen=True, slots=True)
class PanelTelling:
    """What may be told of the panel of a round; groups below `small_cell` are small.

    `version` is the one of the panel that is public.
    """

    telling: Telling
    panels: PanelEffects
    small_cell: int
    version: int

    def of_seat(self, seat: values_Seat) -> ToldPanel:
        """Return what the organisation of a seat is told of the panel."""
        official = self.panels.official
        size, endorsed = len(official.members), self.panels.is_endorsed
        if not official.members or not official.proven:
            return ToldPanel(size, endorsed, "none" if not official.members else "search", (), self.version)
        dimensions = away(seat)
        effect = self.telling.effects.of_seat(seat.seat, dimensions)
        found = self.panels.of_seat(effect, dimensions)
        answers = {
            ("without", ""): found.without,
            ("average", ""): found.average,
            **{("away", dimension): found.away[dimension] for dimension in dimensions},
        }
        return ToldPanel(
            size,
            endorsed,
            "",
            tuple(
                self._places(seat, change, answers[change.what, change.dimension])
                for change in self.telling.of_seat(seat).changes
            ),
            self.version,
        )

    def _places(self, seat: values_Seat, change: Change, found: Panel | None) -> Places:
        why = self._why(seat, change, found)
        others = None if why or found is None else differing(self.panels.official.members, found.members)
        return Places(change.what, change.dimension, change.category, others, why)

    def _why(self, seat: values_Seat, change: Change, found: Panel | None) -> WhyNot:
        """Return why an answer is not told; nothing where it is."""
        if change.why or found is None:
            return change.why or "nothing"
        if self.panels.is_endorsed and not self._has_many():
            return "few"
        if self.panels.is_endorsed and change.what == "away" and not self._is_large(seat, change.dimension):
            return "small"
        if not found.members:
            return "none"
        return "" if found.proven else "search"

    def _has_many(self) -> bool:
        """Return whether many ballots endorse people, and more than can be told apart each of the panel.

        There must be so many ballots that some may endorse no one: otherwise it would tell that all do.
        """
        ballots = self.telling.effects.crowd().ballots
        return (
            _is_even(self.panels.behind())
            and ballots >= MANY + POOLED + self._least
            and self.panels.fewest() >= self._least
        )

    def _is_large(self, seat: values_Seat, dimension: str) -> bool:
        effects, whole = self.telling.effects, self.panels.behind()
        crowd, left = effects.crowd_away(seat.seat, dimension), self.panels.behind_away(seat.seat, dimension)
        if crowd is None or left is None or whole is None or not _is_even(left):
            return False
        gone = effects.crowd().ballots - crowd.ballots
        return gone >= 2 * self._least and whole.ballots - left.ballots >= self._least

    @property
    def _least(self) -> int:
        """Return how many ballots no organisations that pool their pages tell apart."""
        return self.small_cell + POOLED


def _is_even(found: Behind | None) -> bool:
    return found is not None and found.ballots >= MANY + POOLED and found.heaviest <= HEAVY


POOLED = 2
"""How many organisations that pool what they read are to learn nothing of a third."""

ORDERS = 2
"""How many orders a page has at most, beside that of the result and one for each dimension."""

QUARTER = 250_000
"""Millionths: weights are told in quarters where who took part is not public."""

EVEN = Fraction(1, 200)
"""Parts of the votes and of the say that differ by less are called even."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What may be told in a round. `public` are its public figures; None where ballots are public."""

    effects: Effects
    result: Result
    public: Mapping[str, Any] | None
    seats: Mapping[str, values_Seat] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seats", {seat.seat: seat for seat in self.effects.bundle.seats})

    def of_seat(self, seat: values_Seat) -> Told:
        """Return what the organisation of a seat is told of its vote."""
        dimensions = away(seat)
        effect = self.effects.of_seat(seat.seat, dimensions)
        weight, reasons = self._weight(seat, effect)
        official, ordered = self.effects.official, self._is_ordered()
        places = self.effects.places_on(seat.seat)
        return Told(
            base=seat.base,
            weight=weight,
            rounded=self.public is not None and weight is not None,
            bound=self._bound(seat) if self.public is None else "",
            reasons=reasons,
            topics=official.topics,
            order=official.order if ordered else None,
            places={topic: places[topic] or 0 for topic in official.topics},
            pairs=effect.pairs if ordered else None,
            kept=effect.kept if ordered else None,
            changes=(
                self._change("without", effect.without),
                self._change("average", effect.average),
                *(self._away(seat, dimension, effect.away[dimension]) for dimension in dimensions),
            ),
        )

    # -- the weight

    def _weight(self, seat: values_Seat, effect: Effect) -> tuple[int | None, tuple[Reason, ...]]:
        """Return the weight and its reasons: in a round of totals in quarters, and of shown categories."""
        balanced = {d: _category(seat, d) for d in in_order(self.effects.bundle.rules.balance)}
        reasons = tuple(self._reason(dimension, own) for dimension, own in balanced.items())
        if self.public is None:
            return effect.weight, reasons
        if not self._has_figures() or not all(pair in self._shown() for pair in balanced.items()):
            return None, ()
        return max(QUARTER, QUARTER * round(Fraction(effect.weight, QUARTER))), reasons

    def _reason(self, dimension: str, category: str) -> Reason:
        """Return the reason in one dimension; in a round of totals by the public line, and without parts."""
        if self.public is not None:
            shown = self._shown().get((dimension, category), {})
            cast, say = (Fraction(shown.get(f"{name}_percent") or 0, 100) for name in ("share", "target"))
            return Reason(dimension, category, _side(cast, say), None, None)
        lines = self.result.weights.margins
        line = next(each for each in lines if (each.dimension, each.category) == (dimension, category))
        side = _side(line.share, line.weighted)
        return Reason(dimension, category, side, percent(line.share), percent(line.weighted))

    def _bound(self, seat: values_Seat) -> Bound:
        for cell in self.result.weights.cells:
            same = all(_category(seat, d) == own for d, own in cell.categories.items())
            if same and getattr(cell, "each", seat.base) == seat.base:
                return (cell.at_bound or "") if self.effects.bundle.rules.balance else ""
        return ""

    # -- what would have been

    def _change(self, what: Any, found: Decided | None) -> Change:
        if found is None:
            return Change(what, "", "", None, None, "nothing")
        if not self._has_many(POOLED):
            return Change(what, "", "", None, None, "few")
        return Change(what, "", "", found.topics, found.order if self._tells_orders() else None, "")

    def _away(self, seat: values_Seat, dimension: str, found: Decided | None) -> Change:
        """Return what would have been without a category: in a round of totals only of lines that are shown.

        For these the public figures have the topic. The order is told where many ballots are left, none of
        them heavy, and of the category itself more than could be told apart.
        """
        category, why = seat.categories[dimension], ""
        topics = order = None
        if self.public is not None and not self._has_many(0):
            why = "few"
        elif self.public is not None and (dimension, category) not in self._without_public():
            why = "small"
        elif found is None:
            why = "nothing"
        else:
            topics = found.topics
            order = found.order if self._tells_orders() and self._leaves_many(seat, dimension) else None
        told: Why = why  # type: ignore[assignment]
        return Change("away", dimension, category, topics, order, told)

    # -- what stands behind an answer

    def _has_figures(self) -> bool:
        return self.public is not None and self.public.get("detail") == "figures"

    def _has_many(self, more: int) -> bool:
        """Return whether there are many ballots, none of them heavy; always where ballots are public."""
        if self.public is None:
            return True
        crowd = self.effects.crowd()
        return self._has_figures() and crowd.ballots >= MANY + more and crowd.heaviest <= HEAVY

    def _leaves_many(self, seat: values_Seat, dimension: str) -> bool:
        if self.public is None:
            return True
        left = self.effects.crowd_away(seat.seat, dimension)
        gone = self.effects.crowd().ballots - (left.ballots if left else 0)
        enough = left is not None and left.ballots >= MANY + POOLED and left.heaviest <= HEAVY
        return enough and gone >= int(self.public["small_cell"]) + POOLED

    def _shown(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Return the lines of categories that stand by themselves in the public table of who took part."""
        lines: Sequence[Mapping[str, Any]] = (self.public or {}).get("participation", ())
        return {
            (line["dimension"], line["categories"][0]): line for line in lines if len(line["categories"]) == 1
        }

    def _without_public(self) -> set[tuple[str, str]]:
        firmness = (self.public or {}).get("firmness") or {}
        return {(line["dimension"], line["category"]) for line in firmness.get("leave_one_out", ())}

    def _is_ordered(self) -> bool:
        """Return whether the result's order of all themes is public."""
        method = self.effects.bundle.rules.method
        return self.public is None or bool((self.public.get("order") or {}).get(method))

    def _tells_orders(self) -> bool:
        """Return whether the orders on the pages of some who pool them say little beside the ballots.

        In bits, as with the orders of the public figures.
        """
        if self.public is None:
            return True
        bundle = self.effects.bundle
        themes, ballots = len(bundle.themes), len(bundle.ballots) - POOLED
        ranks = min(bundle.rules.max_ranks, themes)
        ways = sum(math.perm(themes, number) for number in range(1, ranks + 1))
        said = ballots * math.log2(ways)
        pages = POOLED * (ORDERS + max(len(away(seat)) for seat in bundle.seats))
        orders = pages * math.log2(math.factorial(themes))
        return self._is_ordered() and orders <= TELLING * said


def away(seat: values_Seat) -> tuple[str, ...]:
    """Return the dimensions of which the category of a seat is left out as a whole: all but the country."""
    return grouped([seat.categories])


def _side(cast: Fraction, say: Fraction) -> Side:
    if abs(cast - say) < EVEN:
        return "even"
    return "fewer" if cast < say else "more"


def _category(seat: values_Seat, dimension: str) -> str:
    return seat.country if dimension == "country" else seat.categories.get(dimension, "")


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
    seat = ballots.seat(work.session, work.actor.seat_id or 0)
    if seat is None or seat.round.key != key:
        raise Problem("vote.elsewhere")
    found, ballot = seat.round, ballots.current(work.session, seat.id)
    # What a vote did shows what it said: it is for those who could vote when it was sent.
    unread = ballot is not None and not addresses.could_vote(
        work.session, seat.id, work.actor.id or 0, ballot.cast_at
    )
    is_shown = found.state == State.PUBLISHED and not unread
    kept = work.session.get(VoteEffect, seat.id) if is_shown else None
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
    return "taken_out" if is_excluded(work.session, ballot.id) else "waiting"


def hand_out(work: Work, key: str) -> tuple[str, str]:
    """Return an organisation of a round whose vote was worked out, and the token of a link; for commands.

    Raise Problem `vote.unknown` if there is none with a contact that may read it.
    """
    require(work, "links.hand_out")
    found = rounds.whole(work.session, key)
    query = (
        select(Seat, Contact.id)
        .join(VoteEffect, VoteEffect.seat_id == Seat.id)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .where(Contact.active, Contact.may_vote, may_get_links())
        .order_by(Seat.position, Contact.id)
    )
    of_round = query.where(Seat.round_id == (0 if found is None else found.id)).limit(1)
    seat, contact_id = or_problem(work.session.execute(of_round).first(), "vote.unknown")
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
    query = select(Round.key).where(Round.state == State.PUBLISHED.value, Round.effects_made.is_(False))
    return list(work.session.scalars(query.order_by(Round.id)))


def task_of(work: Work, key: str, before: object = None) -> Task | None:
    """Return what is left for a round; None where nothing is. Problem: `result.uncounted`.

    `before` is the task of an earlier look: what it has worked out of the same files is not done again.
    """
    require(work, "your_vote.make")
    found = rounds.whole(work.session, key)
    waiting = _waiting(work.session, found.id) if found is not None else {}
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
    public = None if is_public else public_figures.kept(work, found) or {"detail": "topics"}
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
    known = set(work.session.scalars(select(VoteEffect.seat_id).where(VoteEffect.seat_id.in_(list(told)))))
    fresh = {seat: text for seat, text in told.items() if seat not in known}
    work.session.add_all(
        VoteEffect(seat_id=seat, told=text, made_at=work.now) for seat, text in fresh.items()
    )
    work.session.flush()
    return len(fresh)


def finish(work: Work, key: str) -> bool:
    """Note that nothing is left for a round; return whether that is so."""
    require(work, "your_vote.make")
    found = rounds.whole(work.session, key, hold=True)
    if found is None or _waiting(work.session, found.id):
        return False
    found.effects_made = True
    return True


# -- the same of the panel, once one is public (`panel.votes` works it out)


def panels_due(work: Work) -> list[str]:
    """Return the keys of the rounds with a public panel for which something of it is left to work out."""
    require(work, "your_vote.make")
    query = select(Round.key).where(
        Round.state == State.PUBLISHED.value,
        Round.effects_made,
        Round.panel_version.is_not(None),
        Round.panel_effects_made.is_(False),
    )
    return list(work.session.scalars(query.order_by(Round.id)))


def panels_waiting(work: Work, found: Round) -> dict[str, int]:
    """Return the seats of which nothing about the panel is kept yet: id by name in the bundle."""
    require(work, "your_vote.make")
    return _waiting_panels(work.session, found.id)


def told_version(work: Work, found: Round) -> int | None:
    """Return the version of the panel that is told of: of some seats already, or else the public one."""
    require(work, "your_vote.make")
    query = (
        select(VoteEffect.panel)
        .join(Seat, Seat.id == VoteEffect.seat_id)
        .where(Seat.round_id == found.id, VoteEffect.panel.is_not(None))
    )
    kept = work.session.scalars(query.order_by(Seat.id).limit(1)).first()
    return ToldPanel.parse(kept).version if kept else found.panel_version


def keep_panels(work: Work, told: Mapping[int, str]) -> int:
    """Keep what was worked out about the panel, once for each seat; return how many are new."""
    require(work, "your_vote.make")
    rows = work.session.scalars(
        select(VoteEffect).where(VoteEffect.seat_id.in_(list(told)), VoteEffect.panel.is_(None))
    ).all()
    for row in rows:
        row.panel = told[row.seat_id]
    work.session.flush()
    return len(rows)


def finish_panels(work: Work, key: str) -> bool:
    """Note that nothing about the panel is left for a round; return whether that is so."""
    require(work, "your_vote.make")
    found = rounds.whole(work.session, key, hold=True)
    if found is None or _waiting_panels(work.session, found.id):
        return False
    found.panel_effects_made = True
    return True

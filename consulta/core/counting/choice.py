"""One ballot: the entries made on it, the faults in them, and the choice that they express.

The module decides which entries make a ballot and how places become a ranking. It does not know who
votes, whether the round is open, or how the entries came.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from consulta.core.problems import Problem

Part = Literal["theme", "ranking", "objectives", "endorsements", "field"]


@dataclass(frozen=True, slots=True)
class Entries:
    """What was entered, as it came: theme → place, ticked objectives, ticked nominees, further fields."""

    places: Mapping[str, int]
    objectives: tuple[int, ...] = ()
    endorsements: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)  # field → option


@dataclass(frozen=True, slots=True)
class Paper:
    """What can be chosen, in the order in which it stands, and how much of it."""

    themes: tuple[str, ...]
    max_ranks: int
    objectives: tuple[int, ...] = ()
    max_objectives: int = 0
    nominees: tuple[str, ...] = ()
    max_endorsements: int = 0
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # further field → its options

    @property
    def places(self) -> int:
        """Return the number of places to give: the lesser of `max_ranks` and the number of themes."""
        return min(self.max_ranks, len(self.themes))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a ballot says: themes best first, objectives by number, nominees as they stand on the paper.

    `fields` has the option chosen in each further field; one without an answer is not in it.
    """

    ranking: tuple[str, ...]
    objectives: tuple[int, ...] = ()
    endorsements: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to put right, and where: `key` is that of the theme or of the field."""

    part: Part
    problem: Problem
    key: str = ""


def faults(entries: Entries, paper: Paper) -> tuple[Fault, ...]:
    """Return all that is wrong with the entries, from the top of the paper to its foot.

    A gap between places is no fault: the themes keep their order.
    """
    return (
        *_ranking(entries, paper),
        *_objectives(entries, paper),
        *_endorsements(entries, paper),
        *_fields(entries, paper),
    )


def choice(entries: Entries, paper: Paper) -> Choice:
    """Return what the entries say, places closed up; where they are faulty, as much of it as makes sense."""
    standing = {key: at for at, key in enumerate(paper.themes)}
    placed = [key for key in entries.places if key in standing]
    return Choice(
        tuple(sorted(placed, key=lambda key: (entries.places[key], standing[key]))),
        tuple(number for number in paper.objectives if number in entries.objectives),
        tuple(key for key in paper.nominees if key in entries.endorsements),
        {
            key: entries.fields[key]
            for key, options in paper.fields.items()
            if entries.fields.get(key) in options
        },
    )


def has_gaps(entries: Entries) -> bool:
    """Return whether the places given are not exactly 1, 2, 3 … without a gap or a repetition."""
    return sorted(entries.places.values()) != list(range(1, len(entries.places) + 1))


def entries_of(said: Choice) -> Entries:
    """Return the entries that say a choice."""
    places = {key: place for place, key in enumerate(said.ranking, 1)}
    return Entries(places, said.objectives, said.endorsements, said.fields)


def _ranking(entries: Entries, paper: Paper) -> Iterator[Fault]:
    count = len(entries.places)
    if not count:
        yield Fault("ranking", Problem("vote.none"))
    if not entries.places.keys() <= set(paper.themes):
        yield Fault("ranking", Problem("vote.theme"))
    if count > paper.places:
        yield Fault("ranking", Problem("vote.many", count=count, max=paper.places))
    given = Counter(entries.places.values())
    for key in paper.themes:
        place = entries.places.get(key)
        if place is None:
            continue
        if not 1 <= place <= paper.places:
            yield Fault("theme", Problem("vote.place", max=paper.places), key)
        elif given[place] > 1:
            yield Fault("theme", Problem("vote.place_twice", place=place), key)


def _objectives(entries: Entries, paper: Paper) -> Iterator[Fault]:
    ticked = set(entries.objectives)
    if not ticked <= set(paper.objectives):
        yield Fault("objectives", Problem("vote.objective"))
    elif len(ticked) > paper.max_objectives:
        yield Fault("objectives", Problem("vote.objectives", count=len(ticked), max=paper.max_objectives))


def _endorsements(entries: Entries, paper: Paper) -> Iterator[Fault]:
    ticked = set(entries.endorsements)
    if not ticked <= set(paper.nominees):
        yield Fault("endorsements", Problem("vote.nominee"))
    elif len(ticked) > paper.max_endorsements:
        yield Fault(
            "endorsements", Problem("vote.endorsements", count=len(ticked), max=paper.max_endorsements)
        )


def _fields(entries: Entries, paper: Paper) -> Iterator[Fault]:
    for key, option in entries.fields.items():
        if option not in paper.fields.get(key, ()):
            yield Fault("field", Problem("vote.field"), key)

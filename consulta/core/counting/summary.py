"""What pages and the choice of a panel need of a counted bundle, in a small document beside the result.

It is made with the count and has the same size for a hundred ballots and for a million, so that no page reads
the bundle. It decides how the support of nominees is worked out of groups of equal ballots; the figures are
those of `panel.choose.support`. It is not for the public: it has the support also where endorsements are
kept apart.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, cast

from consulta.core.counting.result import Result, Topic
from consulta.core.counting.tables import TIERS
from consulta.core.panel.choose import MOST_SUPPORT
from consulta.core.typed import read_document, to_plain

FORMAT = "consulta-summary/1"


class Alike(NamedTuple):
    """Ballots of seats with the same categories and base, with the same endorsements, and how many."""

    categories: Mapping[str, str]  # with the country
    base: int
    endorsements: Sequence[str]
    ballots: int


class Ranked(NamedTuple):
    """Ballots of seats with the same categories and base that rank the themes alike, and how many."""

    categories: Mapping[str, str]  # with the country
    base: int
    ranking: Sequence[Sequence[str]]
    ballots: int


@dataclass(frozen=True, slots=True)
class HeardPart:
    """How many ballots a category cast, and which part of their value names a topic in its first tiers."""

    dimension: str
    category: str
    ballots: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a count that are read often: documents, topics, values of ballots, endorsements.

    `lightest` and `heaviest` are the smallest and the largest value of a ballot: base times
    micro-weight. `support` gives for each endorsed nominee the part of the value of all ballots that
    endorses the nominee, in ten-thousandths (0 to 10,000). `heard` is there for several topics:
    it has every dimension but the country.
    """

    bundle_sha256: str
    result_sha256: str
    seed: str
    ballots: int
    topics: tuple[Topic, ...]
    lightest: int
    heaviest: int
    bases: tuple[int, ...]
    support: Mapping[str, int]
    heard: tuple[HeardPart, ...] | None = None

    def to_json(self) -> bytes:
        """Return the summary as a file."""
        content = {"format": FORMAT, **cast("dict[str, object]", to_plain(self))}
        return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()

    @staticmethod
    def parse(data: bytes) -> "Summary":
        """Return the summary in a file.

        Raise Problem `summary.json`, with the path of the fault, if the file is not valid.
        """
        return read_document(Summary, data, "summary.json", FORMAT)


def summary_of(
    result: Result,
    result_sha256: str,
    ballots: Iterable[Alike],
    ranked: Iterable[Ranked] = (),
) -> Summary:
    """Return the summary of a result and the ballots that it counts, of which there is at least one.

    `ranked` are the same ballots by what they rank; they are read where `tells_heard` says so.
    """
    worth_of = worth_by(result)
    number = total = 0
    worth: set[int] = set()
    bases: set[int] = set()
    endorsed: dict[str, int] = {}
    for alike in ballots:
        value = worth_of(alike.categories, alike.base)
        number += alike.ballots
        total += value * alike.ballots
        worth.add(value)
        bases.add(alike.base)
        for key in alike.endorsements:
            endorsed[key] = endorsed.get(key, 0) + value * alike.ballots
    return Summary(
        bundle_sha256=result.bundle_sha256,
        result_sha256=result_sha256,
        seed=result.seed,
        ballots=number,
        topics=result.topics,
        lightest=min(worth),
        heaviest=max(worth),
        bases=tuple(sorted(bases)),
        support={key: round(Fraction(MOST_SUPPORT * endorsed[key], total)) for key in sorted(endorsed)},
        heard=_heard([topic.key for topic in result.topics], ranked, worth_of)
        if tells_heard(result)
        else None,
    )


def tells_heard(result: Result) -> bool:
    """Return whether a summary has who is heard by the topics: for several."""
    return len(result.topics) > 1


def worth_by(result: Result) -> Callable[[Mapping[str, str], int], int]:
    """Return what gives the value of a ballot, by the categories and the base of its seat."""
    micro = {(frozenset(cell.categories.items()), cell.each): cell.micro for cell in result.weights.cells}
    dimensions = [*result.weights.cells[0].categories]

    def worth_of(categories: Mapping[str, str], base: int) -> int:
        cell = frozenset((dimension, categories.get(dimension, "")) for dimension in dimensions)
        return base * micro[cell, base]

    return worth_of


def _heard(
    topics: Sequence[str], ranked: Iterable[Ranked], worth_of: Callable[[Mapping[str, str], int], int]
) -> tuple[HeardPart, ...]:
    """Return, by dimension and category, what part of the value has a topic in its first tiers (9.4)."""
    chosen = {*topics}
    number: dict[tuple[str, str], int] = {}
    whole: dict[tuple[str, str], int] = {}
    named: dict[tuple[str, str], int] = {}
    for each in ranked:
        value = worth_of(each.categories, each.base) * each.ballots
        tiers = [tier for tier in each.ranking if tier][:TIERS]
        has_one = any(not chosen.isdisjoint(tier) for tier in tiers)
        for place in each.categories.items():
            number[place] = number.get(place, 0) + each.ballots
            whole[place] = whole.get(place, 0) + value
            named[place] = named.get(place, 0) + value * has_one
    return tuple(
        HeardPart(*place, number[place], Fraction(named[place], whole[place]))
        for place in sorted(whole)
        if place[0] != "country"
    )

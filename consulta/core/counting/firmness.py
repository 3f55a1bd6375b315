"""How firm the topic is (section 3.6): how few ballots would change it, whose absence would, and chance.

It decides nothing about the topic: it asks the contest again, with ballots re-cast, left out or drawn anew.
The topic is the first of those chosen.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import shake_128
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting.contest import Contest
from consulta.core.counting.profile import SAFE, Nets, Profile, planes_of
from consulta.core.counting.result import LeftOut, LevelWith
from consulta.core.counting.tally import OBJECTIVES, Survey
from consulta.core.counting.weights import Balance

REPLICATES = 1000
AT_ONCE = 2**22
"""How many figures of blocks are held at once; and four times as many drawn ballots, mostly a byte each."""

PIECE = 2**15
"""Of how many ballots at a time what they say is multiplied: more would not stay in the cache."""

OF_EVERY_HUNDRED = (5, 95)
"""The places of a theme that are told: those that so many of every hundred replicates do not exceed."""

LEFT_OUT = ("country", "sector", "subregion")
"""The dimensions whose categories are left out one by one in a result, where the ballots have them."""


def margin(contest: Contest, weights: Sequence[int], order: Sequence[int], topic: int) -> LevelWith:
    """Return the smallest number of ballots that, re-cast, bring a rival's score up to the topic's.

    Re-cast means the rival alone first and the topic alone last. The rival then gains on ballot i
    2(m-1)v_i - (d_i(rival) - d_i(topic)) comparisons, d_i(x) being what the ballot gives x; the ballots with
    most to gain go first. Weights and relevance are held. Of equal rivals the first in the order is named.
    """
    sums = contest.worth(weights).sums()
    scores = contest.scores(sums)
    gains = _Gains.of(contest.profile, weights, topic)
    found: list[tuple[int, int]] = []
    leads = [(scores.parts[topic] - scores.parts[rival], place, rival) for place, rival in enumerate(order)]
    for lead, place, rival in sorted(leads):
        if rival == topic:
            continue
        hopeless = found and scores.step and gains.at_least(lead, scores.step) > min(found)[0]
        if lead > 0 and (not scores.step or hopeless):
            break  # nor can those who are further behind do with less
        ballots = gains.enough(rival, Fraction(lead, scores.step)) if lead > 0 else 0
        if ballots is not None:
            found.append((ballots, place))
    if not found:
        return LevelWith(None, None)
    ballots, place = min(found)
    return LevelWith(ballots, contest.keys[order[place]])


@dataclass(frozen=True, slots=True)
class _Gains:
    """What re-casting brings. Ballots of one `kind` have the same value, `values[kind]`."""

    profile: Profile
    topic: int
    nets: Nets
    kinds: npt.NDArray[np.signedinteger[Any]]
    values: Sequence[int]

    @staticmethod
    def of(profile: Profile, weights: Sequence[int], topic: int) -> "_Gains":
        values, blocks = [*weights, 0], profile.block_of_ballots()
        blocks[profile.bases == 0] = len(weights)  # what fills up a block is worth nothing
        bits = len(profile.planes)
        if bits == 1:  # every base is one
            return _Gains(profile, topic, Nets(profile), blocks, values)
        found, kinds = np.unique(blocks * np.int64(1 << bits) + profile.bases, return_inverse=True)
        worth = [values[own >> bits] * (own % (1 << bits)) for own in found.tolist()]
        return _Gains(profile, topic, Nets(profile), kinds, worth)

    def at_least(self, lead: int, step: int) -> int:
        """Return how many ballots a lead takes if each gains as much as any could."""
        most = 4 * (self.profile.themes - 1) * max(self.values)
        return -(-lead // (step * most))

    def enough(self, rival: int, needed: Fraction) -> int | None:
        """Return how many ballots, largest gains first, reach the gain `needed`; None if all do not."""
        # 2(m-1) - (d(rival) - d(topic)) / v: from nothing to 4(m-1).
        span = 4 * self.profile.themes - 3
        steps = self.kinds * np.int64(span) + (span // 2 + self.nets.of(self.topic) - self.nets.of(rival))
        found, counts = np.unique(steps, return_counts=True)
        gains = sorted(
            (
                (self.values[kind] * step, number)
                for kind, step, number in zip(
                    (found // span).tolist(), (found % span).tolist(), counts.tolist(), strict=True
                )
            ),
            reverse=True,
        )
        reached = ballots = 0
        for gain, number in gains:
            if gain and reached + gain * number >= needed:
                return ballots + int(-(-(needed - reached) // gain))
            reached += gain * number
            ballots += number
        return None


def leave_one_out(
    contest: Contest, balance: Balance, dimensions: Iterable[str] = LEFT_OUT
) -> tuple[LeftOut, ...]:
    """Return for every category of these dimensions the topic without its ballots, weights computed anew."""
    profile = contest.profile
    found = []
    for dimension in dimensions:
        for code, category in enumerate(profile.categories.get(dimension, ())):
            if category:
                left = np.where(profile.codes[dimension] == code, 0, profile.base)
                micro = balance.micro_weights(balance.cells.base_of(left))
                topic = None
                if micro is not None:
                    weights = np.where(left > 0, np.array(balance.cells.to_blocks(micro), dtype=object), 0)
                    topic = contest.keys[contest.topics(weights.tolist())[0]]
                found.append(LeftOut(dimension, category, topic))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What the replicates gave.

    `percent`: in how many of a hundred the topic was the same, rounded, of two to the even one. `places`: for
    each theme, the places in the order that 5 and 95 of a hundred replicates did not exceed.
    """

    percent: int
    places: tuple[tuple[int, int], ...]


def resampling(
    contest: Contest, balance: Balance, micro: Sequence[int], seed: str, topic: int, replicates: int
) -> Redrawn | None:
    """Return what replicates of the count give; None without any.

    In a replicate ballots are drawn with replacement inside cells. Cells stand in their order, ballots in a
    cell by the tiers of all themes, objectives, base and the categories that spread looks at. Replicate r
    takes the bytes of SHAKE-128("seed|resample|r") as whole numbers of 32 bits, lowest byte first, one for
    each ballot drawn; of k ballots in a cell u draws the one numbered u·k / 2³², rounded down. Weights are
    computed anew where what was drawn has another base.
    """
    if not replicates:
        return None
    urn = _Urn.of(contest, balance)
    most_kept = AT_ONCE // len(balance.cells.base)
    anew: dict[tuple[int, ...], Sequence[int]] = {balance.cells.base: micro}
    hits: int = 0
    at_place = np.zeros((len(contest.keys), len(contest.keys)), dtype=np.int64)
    for first in range(0, replicates, urn.at_once):
        # Where cells hold few ballots, the same are drawn again and again.
        alike: dict[bytes, list[Drawn]] = {}
        for r in range(first, min(first + urn.at_once, replicates)):
            counts = urn.draw(seed, r)
            alike.setdefault(counts.tobytes(), []).append(counts)
        drawn = [each[0] for each in alike.values()]
        for counts, survey, times in zip(drawn, urn.surveys(drawn), map(len, alike.values()), strict=True):
            base = balance.cells.base_of(survey.base)
            if base not in anew:
                if len(anew) > most_kept:
                    anew = {balance.cells.base: micro}
                anew[base] = balance.micro_weights(base) or micro
            weights = balance.cells.to_blocks(anew[base])
            order, topics = contest.decided(weights, survey, urn.profile(counts))
            hits += times * (topics[0] == topic)
            at_place[order, range(len(order))] += times
    return Redrawn(round(Fraction(100 * hits, replicates)), places_of(at_place, replicates))


def places_of(at_place: "Counts", replicates: int) -> tuple[tuple[int, int], ...]:
    """Return the two places told of each theme; `at_place` has how often it stood at each."""
    reached = at_place.cumsum(axis=1)
    low, high = ((reached < -(-part * replicates // 100)).sum(axis=1) + 1 for part in OF_EVERY_HUNDRED)
    return tuple(zip(low.tolist(), high.tolist(), strict=True))


Counts = npt.NDArray[np.int64]
Drawn = npt.NDArray[np.unsignedinteger[Any]]
"""How often each ballot was drawn."""


@dataclass(frozen=True, slots=True)
class _Urn:
    """The ballots in the order in which they are drawn: cell after cell.

    `columns` are their places in the profile; `starts` and `sizes` say, for each, where its cell begins and
    how many ballots it has; `equal` is the first of the ballots that say the same and count alike. `by_block`
    has each block's ballots as places in this order, and `features` what each says, column for column as in a
    survey.
    """

    contest: Contest
    columns: Counts
    starts: Counts
    sizes: Counts
    equal: Counts
    by_block: Sequence[Counts]
    features: npt.NDArray[np.unsignedinteger[Any]]

    @staticmethod
    def of(contest: Contest, balance: Balance) -> "_Urn":
        profile = contest.profile
        real = np.flatnonzero(profile.bases)
        block = profile.block_of_ballots()[real]
        cell = balance.cells.of_block[block]
        spread = [profile.codes[dimension][block] for dimension in sorted(contest.rules.spread)]
        # What sorts first comes last here.
        keys = (
            *spread[::-1],
            profile.bases[real],
            profile.objectives[real],
            *profile.places[::-1, real],
            cell,
        )
        order = np.lexsort(keys)
        sizes = np.bincount(cell)
        differs = np.ones(len(order), dtype=np.bool_)
        differs[1:] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
        return _Urn(
            contest=contest,
            columns=real[order],
            starts=np.repeat(np.cumsum(sizes) - sizes, sizes),
            sizes=np.repeat(sizes, sizes),
            equal=np.maximum.accumulate(np.where(differs, np.arange(len(order)), 0)),
            by_block=members_of(block[order], len(profile.starts)),
            features=features(profile, real[order]),
        )

    @property
    def at_once(self) -> int:
        """Return how many replicates are computed together."""
        return at_once(len(self.columns), len(self.by_block) * self.features.shape[1])

    def draw(self, seed: str, replicate: int) -> Drawn:
        """Return how often each ballot is drawn, of equal ones all together at the first."""
        ballots = len(self.columns)
        stream = shake_128(f"{seed}|resample|{replicate}".encode()).digest(4 * ballots)
        numbers = np.frombuffer(stream, dtype="<u4").astype(np.int64)
        counts = np.bincount(self.equal[self.starts + (numbers * self.sizes >> 32)], minlength=ballots)
        return counts.astype(
            np.min_scalar_type(int(counts.max()))
        )  # mostly a byte, and many are held at once

    def surveys(self, drawn: Sequence[Drawn]) -> list[Survey]:
        """Return what the blocks of each replicate say."""
        survey = self.contest.survey
        bases = self.contest.profile.bases[self.columns].astype(np.int64)
        # Sums in double precision are exact, and many at a time, up to 2⁵³.
        most = max(int((each * bases).sum()) for each in drawn) * int(self.features.max())
        kind: type = np.float64 if most < 2**53 else np.int64 if most < SAFE else object
        counts = np.zeros((len(drawn), len(self.by_block), self.features.shape[1]), dtype=np.int64)
        for block, here in enumerate(self.by_block):
            for piece in pieces(here):
                worth = np.stack([each[piece] for each in drawn]) * bases[piece]
                found: npt.NDArray[Any] = worth.astype(kind) @ self.features[piece].astype(kind)
                counts[:, block] += found.astype(np.int64)
        return [replace(survey, counts=each) for each in counts]

    def profile(self, counts: Drawn) -> Callable[[], Profile]:
        """Return how to make the profile of a replicate, for methods that look at whole rankings."""

        def drawn() -> Profile:
            profile = self.contest.profile
            bases = np.zeros(len(profile.bases), dtype=np.int64)
            bases[self.columns] = counts * profile.bases[self.columns].astype(np.int64)
            return replace(
                profile,
                base=np.add.reduceat(bases, profile.starts * profile.unit),
                planes=planes_of(bases, profile.unit),
            )

        return drawn


def members_of(group: npt.NDArray[np.integer[Any]], groups: int) -> list[Counts]:
    """Return of each group where its members stand, in their order."""
    order = np.argsort(group, kind="stable")
    return np.split(order, np.cumsum(np.bincount(group, minlength=groups))[:-1])


def pieces(places: Counts) -> Iterator[Counts]:
    """Yield places in pieces of which what they say is small."""
    return (places[start : start + PIECE] for start in range(0, len(places), PIECE))


def at_once(ballots: int, figures: int) -> int:
    """Return how many replicates are computed together, each of so many ballots and figures of blocks."""
    return max(1, min(4 * AT_ONCE // max(ballots, 1), AT_ONCE // max(figures, 1)))


def features(profile: Profile, columns: Counts) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Return what each ballot says: one, whether it names an objective, comparisons won, objectives named."""
    marks = profile.objectives[columns]
    # One column at a time: together, as whole numbers of 64 bits, they would be a dozen times the ballots.
    small = 2 * (profile.themes - 1) <= np.iinfo(np.uint8).max
    shape = (len(columns), 2 + profile.themes + OBJECTIVES)
    features: npt.NDArray[Any] = np.ones(shape, dtype=np.uint8 if small else np.uint16)
    features[:, 1] = marks != 0
    few = 4 * len(columns) < profile.places.shape[1]  # then the others need not be looked at
    nets = Nets(replace(profile, places=profile.places[:, columns]) if few else profile)
    for theme in range(profile.themes):
        own = nets.of(theme)
        features[:, 2 + theme] = (own if few else own[columns]) + (profile.themes - 1)
    for k in range(OBJECTIVES):
        features[:, 2 + profile.themes + k] = marks >> np.uint32(k) & 1
    return features

"""How firm the result is (section 3.6): what it takes to change it, without a group, at random."""

from __future__ import annotations

import hashlib
import itertools
from array import array
from collections import defaultdict
from fractions import Fraction

from consulta.data.verify.program.bundle import Ballots
from consulta.data.verify.program.tally import Count, Worth
from consulta.data.verify.program.values import ALWAYS_THERE, sha256
from consulta.data.verify.program.weights import Capped

REPLICATES = 1000


def gains_of(worth, rival, topic, most):
    """What changes of ballots would bring a rival, the largest first, and how many bring so much."""
    found, wins, size = defaultdict(int), worth.rankings.wins, worth.rankings.size
    for _, ranking, _, value in worth.each():
        found[value * (most - wins[ranking * size + rival] + wins[ranking * size + topic])] += 1
    return sorted(found.items(), reverse=True)


def leave_one_out(box, dimensions=ALWAYS_THERE):
    found, ballots = [], box.round.ballots
    for dimension in dimensions:
        for category in sorted(ballots.categories(dimension)):
            rest = {
                kind: number
                for kind, number in ballots.numbers.items()
                if ballots.kinds[kind][0].get(dimension) != category
            }
            micro = box.balance.micro(rest) if rest else None
            topic = None
            if micro is not None:
                worth = Worth(ballots, box.balance.values(micro, rest))
                topic = box.round.keys[Count(box.round, box.ties, worth).topics()[0][0]]
            found.append({"dimension": dimension, "category": category, "topic": topic})
    return found


def without_theme(box):
    """9.5: the topic when a theme is taken off every ballot; weights, objectives and tie order stay."""
    a_round, found = box.round, []
    for x in box.count.themes:
        if x != box.topics[0] and len(box.count.themes) > 2:
            rest = a_round.without(x)
            worth = box.worth.but(rankings=box.worth.rankings.without(x))
            ties = [tie for y, tie in enumerate(box.ties) if y != x]
            topic = Count(rest, ties, worth).topics()[0][0]
            found.append({"theme": a_round.keys[x], "topic": rest.keys[topic]})
    return found


def other_targets(box):
    """9.5: the topic under each combination of named rules, the last dimension changing fastest."""
    dimensions, a_round = box.balance.dimensions, box.round
    found = []
    if not 1 <= len(dimensions) <= 4:
        return found
    for rules in itertools.product(("equal", "roll", "sqrt"), repeat=len(dimensions)):
        targets = dict(zip(dimensions, rules))
        balance = Capped(a_round, targets, box.balance.bounds)
        numbers = a_round.ballots.numbers
        worth = Worth(a_round.ballots, balance.values(balance.micro(numbers), numbers))
        topic = Count(a_round, box.ties, worth).topics()[0][0]
        found.append({"targets": targets, "topic": a_round.keys[topic]})
    return found


class Urn:
    """Ballots in the order in which they are drawn, as columns of numbers."""

    def __init__(self, box):
        a_round, self.box = box.round, box
        ballots, spread, cells = a_round.ballots, sorted(a_round.rules["spread"]), defaultdict(list)
        cell = {kind: box.balance.cell(kind) for kind in ballots.numbers}
        for number, kind in enumerate(ballots.kind):
            cells[cell[kind]].append(number)

        def said(number):
            held, base = ballots.kinds[ballots.kind[number]]
            tiers = tuple(ballots.rankings.tiers_of(ballots.ranking[number]))
            return tiers, ballots.mask[number], base, tuple(held[dimension] for dimension in spread)

        self.ballots = Ballots(ballots.kinds, ballots.rankings)
        self.cells, self.equal = [], array("I")  # of each ballot, the first of those that are equal
        for each in sorted(cells):
            inside, before = sorted((said(number), number) for number in cells[each]), None
            self.cells.append((each, len(self.ballots), len(inside)))
            for told, number in inside:
                self.equal.append(self.equal[-1] if told == before else len(self.ballots))
                self.ballots.add(ballots.kind[number], ballots.ranking[number], ballots.mask[number])
                before = told

    def draw(self, replicate):
        """How often each ballot is drawn, of equal ones all together at the first."""
        total = len(self.ballots)
        text = f"{self.box.round.seed}|resample|{replicate}"
        stream = hashlib.shake_128(text.encode("ascii")).digest(4 * total)
        counts = [0] * total
        for _, first, size in self.cells:
            for at in range(first, first + size):
                number = int.from_bytes(stream[4 * at : 4 * at + 4], "little")
                counts[self.equal[first + (number * size >> 32)]] += 1
        return counts

    def worth(self, counts):
        balance, micro, numbers = self.box.balance, self.box.micro, defaultdict(int)
        for kind, times in zip(self.ballots.kind, counts):
            if times:
                numbers[kind] += times
        return Worth(self.ballots, balance.values(micro, numbers), counts, numbers)


def resampling(box):
    """In how many of a hundred replicates the topic is the same; and the places of the themes."""
    urn, hits, known = Urn(box), 0, {}  # by the digest of what was drawn: often the same is drawn again
    themes = range(len(box.round.keys))
    at_place = [[0 for _ in themes] for _ in themes]
    for replicate in range(REPLICATES):
        counts = urn.draw(replicate)
        drawn = sha256(str(counts).encode("ascii"))
        if drawn not in known:
            count = Count(box.round, box.ties, urn.worth(counts))
            order = count.order()
            known[drawn] = order, count.topics(order)[0][0] == box.topics[0]
        order, same_topic = known[drawn]
        hits += same_topic
        for place, x in enumerate(order):
            at_place[x][place] += 1
    return round(Fraction(100 * hits, REPLICATES)), places_told(box.round.keys, at_place)


def places_told(keys, at_place):
    """Of each theme the places that 5 and 95 of a hundred replicates do not exceed."""
    found = []
    for key, times in zip(keys, at_place):
        ends = []
        for part in (5, 95):
            reached, place = 0, 0
            while reached * 100 < part * REPLICATES:
                reached += times[place]
                place += 1
            ends.append(place)
        found.append({"theme": key, "best": ends[0], "worst": ends[1]})
    return found

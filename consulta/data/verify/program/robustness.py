"""How many could change it (section 9.5), and what the result says of its firmness."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from consulta.data.verify.program.firmness import (
    gains_of,
    leave_one_out,
    other_targets,
    resampling,
    without_theme,
)
from consulta.data.verify.program.report import added_dimensions, voices_in
from consulta.data.verify.program.values import same


class Recast:
    """The values and wins of the ballots, to ask what a change of some of them would do."""

    def __init__(self, box):
        self.box, self.count, self.topic = box, box.count, box.topics[0]
        self.order = self.count.by_points()
        self.supported, self.required = self.count.spread()
        self.most = 2 * (len(self.count.themes) - 1)

    def passes(self, rival, moved):
        """Whether a rival stands before the topic once it has gained so many comparisons on it."""
        count, topic = self.count, self.topic
        worth = Fraction(1000 - count.share, 1000 * self.most * count.value)
        behind = (
            count.score(topic) - count.score(rival) - worth * moved,
            count.won[topic] - count.won[rival] - moved,
            count.relevance(topic) - count.relevance(rival),
            count.ties[rival] - count.ties[topic],
        )
        return behind < (0, 0, 0, 0)

    def to_pass(self, rival):
        """The fewest ballots, the rival alone first and the topic alone last, with which the rival passes."""
        if self.passes(rival, 0):
            return 0
        moved = taken = 0
        for gain, number in gains_of(self.count.worth, rival, self.topic, self.most):
            if self.passes(rival, moved + gain * number):
                few, many = 0, number  # so few are not enough, so many are
                while many - few > 1:
                    middle = (few + many) // 2
                    if self.passes(rival, moved + gain * middle):
                        many = middle
                    else:
                        few = middle
                return taken + many
            moved, taken = moved + gain * number, taken + number
        return None

    def in_categories(self, dimension, theme, wanted):
        """For each category that supports a theme (or does not), the fewest ballots with which that turns."""
        found, rankings = [], self.count.worth.rankings
        for name, kinds in self.count.counted[dimension].items():
            if (name in self.supported[theme][dimension]) is not wanted:
                continue
            ballots = Counter()
            for _, ranking, _, value in self.count.worth.each(kinds):
                ballots[rankings.wins[ranking * rankings.size + theme], value] += 1
            won = sum(value * wins * number for (wins, value), number in ballots.items())
            half = self.most * sum(value * number for (_, value), number in ballots.items()) // 2
            changes = [
                (-value * wins if wanted else value * (self.most - wins), number)
                for (wins, value), number in ballots.items()
            ]
            taken = 0
            for change, number in sorted(changes, reverse=not wanted):
                for _ in range(number):
                    if (won >= half) is wanted:
                        won, taken = won + change, taken + 1
            found.append(taken)
        return sorted(found)

    def to_spread(self, rival):
        """The fewest ballots, the rival alone first, with which it has the spread that it lacks."""
        most = 0
        for dimension, required in self.required.items():
            missing = required - len(self.supported[rival][dimension])
            if missing > 0:
                most = max(most, sum(self.in_categories(dimension, rival, False)[:missing]))
        return most

    def has_spread(self, theme):
        return all(len(self.supported[theme][d]) >= n for d, n in self.required.items())

    def ratio(self, theme):
        return min(Fraction(len(self.supported[theme][d]), n) for d, n in self.required.items() if n)

    def to_lose(self):
        """The fewest ballots, the topic alone last, with which it has no spread; and in which dimension."""
        ways = []
        for dimension, required in sorted(self.required.items()):
            if required:
                spare = len(self.supported[self.topic][dimension]) - required
                costs = self.in_categories(dimension, self.topic, True)
                ways.append((sum(costs[: spare + 1]), dimension))
        return min(ways) if ways else None

    def nearest(self, costs):
        known = [
            (ballots, place, rival) for place, (rival, ballots) in enumerate(costs) if ballots is not None
        ]
        if not known:
            return None
        ballots, _, rival = min(known)
        return {"ballots": ballots, "rival": self.box.round.keys[rival]}

    def margin(self):
        found = {"level": None, "choosable": None, "support": None, "at_least": None, "enough": None}
        if self.box.round.rules["method"] != "points":
            return found
        rivals = [theme for theme in self.order if theme != self.topic]
        passing = {rival: self.to_pass(rival) for rival in rivals}
        if not self.has_spread(self.topic):
            alike = [rival for rival in rivals if self.ratio(rival) == self.ratio(self.topic)]
            found["choosable"] = self.nearest([(rival, passing[rival]) for rival in alike])
            found["at_least"] = 1
            found["enough"] = found["choosable"] and found["choosable"]["ballots"]
            return found
        able = [rival for rival in rivals if self.has_spread(rival)]
        found["choosable"] = self.nearest([(rival, passing[rival]) for rival in able])
        found["level"] = self.nearest(
            [
                (rival, None if passing[rival] is None else max(passing[rival], self.to_spread(rival)))
                for rival in rivals
            ]
        )
        lost = self.to_lose()
        found["support"] = lost and {"ballots": lost[0], "dimension": lost[1]}
        found["at_least"] = self.smaller(found["level"], found["support"])
        found["enough"] = self.smaller(found["choosable"], found["support"] if able else None)
        return found

    @staticmethod
    def smaller(*figures):
        return min((figure["ballots"] for figure in figures if figure), default=None)


def check_robustness(box):
    """How few ballots could have changed the topic, where the archive says so."""
    expected = {
        "format": "consulta-robustness/2",
        "bundle_sha256": box.files.digest("bundle.json"),
        "seed": box.round.seed,
        "method": box.round.rules["method"],
        "topic": box.round.keys[box.topics[0]],
        "margin": Recast(box).margin(),
    }
    added = added_dimensions(box.round)
    if added:
        expected.update({"leave_one_out": lines} if (lines := leave_one_out(box, added)) else {})
        untold = set(added) - {*box.round.rules["balance"], *box.round.rules["spread"]}
        if untold:
            expected["voices"] = voices_in(box.round, box.worth, box.count, untold)
    if "places" in box.json("robustness.json"):  # not in rounds counted before they were kept
        told = box.json("robustness.json")["places"]
        expected["places"] = told if box.elsewhere else box.place_ranges
    same(expected, box.json("robustness.json"), "robustness.json")
    margin = expected["margin"]
    if margin["enough"] is None:
        return "margin_none", {}
    return "margin", {"a": margin["at_least"], "b": margin["enough"]}


def check_firmness(box):
    given = box.json("result.json").get("firmness")
    if box.elsewhere:
        return box.elsewhere, {"n": box.round.turnout}
    keys = box.round.keys
    expected = {
        "margin": Recast(box).margin(),
        "leave_one_out": leave_one_out(box),
        "without_theme": without_theme(box),
        "other_targets": other_targets(box),
        "unweighted": keys[box.plain.topics()[0][0]],
        "country_equal": keys[box.level.topics()[0][0]],
    }
    without = {name: value for name, value in given.items() if name != "resampling_percent"}
    same(expected, without, "result.json", "firmness")
    percent, box.place_ranges = resampling(box)
    same(percent, given.get("resampling_percent"), "result.json", "firmness.resampling_percent")
    for number, (told, theme) in enumerate(zip(box.place_ranges, box.json("result.json")["themes"])):
        same([told["best"], told["worst"]], theme.get("places"), "result.json", f"themes[{number}].places")
    return "percent", {"n": percent}

"""Public figures of a round whose ballots are not public: `public.json`, made at publication.

This module decides every figure that a page or an archive may show in the mode `aggregate`; no exact
figure leaves it. `docs/methods/secrecy.md` describes the attacks against which its rules protect and how
a figure is read. In short:
* fewer than twice `small_cell` ballots in all, or one with over a quarter of all weight: turnout and
topics;
* who took part: in the blocks that `suppression` finds safe when it attacks them;
* numbers of ballots: only where `small_cell` or more have the thing counted, and as many have not;
* figures by weight: in steps so wide that in every small cell each number of ballots up to two more or
  fewer could be made up for by others; where even tenths are too fine, none;
* a second order, and how firm the result is: only of many ballots none of which is heavy, and coarsely;
* all of them together say less than half of the ballots' information.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from consulta.core.counting import bundle as bundles
from consulta.core.counting import tally, weights
from consulta.core.disclosure.blocks import joined
from consulta.core.disclosure.blur import Figure
from consulta.core.disclosure.suppression import Block, Cell, blocks
from consulta.core.problems import Problem
from consulta.platform import documents
from consulta.platform.data.dimensions import others

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

    from consulta.core.values import Bundle, Seat
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work

FORMAT = "consulta-public/1"
STEPS = (1, 2, 5, 10)
"""Per cent to which figures by weight may be rounded; the finest that hides small cells is taken."""

DOMINANT = Fraction(1, 4)
"""From this part of all weight a single ballot could be read from the order of the themes."""

DECISIVE = Fraction(1, 2)
"""From this part of a category's weight a single ballot decides alone what the category supports."""

TELLING = Fraction(1, 2)
"""Of what the ballots say, in bits, the part that figures of one kind may say at most."""

KIND = "public"
MOST = 0.8
"""Of the figures that can be told at some step, the part for which a finer one is taken."""

MANY = 50
"""From so many ballots on it is told, in tenths, how many equal ballots they count for; see `HEAVY`."""

HEAVY = Fraction(1, 10)
"""Of many ballots none heavier than this, more than one order is told, and how firm the topic is.

Two orders by other weights, a share of repetitions: each is an exact sum of what single ballots say, and a
reader who has the seed can repeat the draws.
"""

METHODS = ("points", "schulze", "runoff")
TENS = 10
OBJECTIVES = range(1, 24)
Facts = dict[str, Any]


def keep(work: Work, found: Round, small_cell: int) -> Document:
    """Make the public figures of a counted round and keep them. Problem: `result.uncounted`."""
    kinds = ("bundle", "result", "robustness")
    file, result, robustness = (documents.find(work.session, found.id, kind) for kind in kinds)
    if file is None or result is None or robustness is None:
        raise Problem("result.uncounted")
    bundle = bundles.parse(file.content.encode())
    content = figures(bundle, json.loads(result.content), small_cell, json.loads(robustness.content))
    return documents.keep(work.session, found.id, KIND, to_json(content), work.now)


def kept(work: Work, found: Round) -> Facts | None:
    """Return the kept public figures of a round; None where there are none, as where ballots are public.

    What a figure of None says is that it is not told. Of few ballots there are the topics alone (`detail`).
    """
    document = documents.find(work.session, found.id, KIND)
    return json.loads(document.content) if document else None


def to_json(content: Facts) -> str:
    """Return the figures as the text of a JSON file."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def figures(bundle: Bundle, facts: Facts, small_cell: int, robustness: Facts) -> Facts:
    """Return the figures of a bundle, its result and what stands beside it that may be public.

    Categories below `small_cell` are small.
    """
    least = max(small_cell, 1)
    head = {
        "format": FORMAT,
        "round": bundle.round.key,
        "small_cell": least,
        "seats": len(bundle.seats),
        "countries": len({seat.country for seat in bundle.seats}),
        "ballots": len(bundle.ballots),
    }
    ballots = _ballots(bundle, facts)
    heaviest = max(float(ballots.weighted.max()), float(ballots.plain.max()))
    if len(bundle.ballots) < 2 * least or heaviest > DOMINANT:
        return {**head, "detail": "topics", "topics": [{"key": topic["key"]} for topic in facts["topics"]]}
    return {**head, "detail": "figures", **_Figures(bundle, facts, ballots, least, robustness).all()}


# -- the ballots as an attacker would have to guess them


@dataclass(frozen=True, slots=True)
class _Ballots:
    """Of each ballot its part of all weight and of all base, its cell, and what it says."""

    weighted: npt.NDArray[np.float64]
    plain: npt.NDArray[np.float64]
    cell: npt.NDArray[np.int64]  # ballots of equal weight and base in the same categories
    places: npt.NDArray[np.int64]  # (ballots, themes): 1 is the best tier; unranked is behind all
    objectives: npt.NDArray[np.bool_]  # (ballots, 23)
    seats: tuple[Seat, ...]


def _ballots(bundle: Bundle, facts: Facts) -> _Ballots:
    by_name = {seat.seat: seat for seat in bundle.seats}
    seats = tuple(by_name[ballot.seat] for ballot in bundle.ballots)
    balanced = sorted(bundle.rules.balance)
    micro = {
        (tuple(sorted(cell["categories"].items())), cell["each"]): cell["micro"]
        for cell in facts["weights"]["cells"]
    }
    cells = [(*((d, _category(seat, d)) for d in balanced),) for seat in seats]
    bases = np.array([seat.base for seat in seats], dtype=float)
    values = bases * np.array(
        [micro[cell, seat.base] for cell, seat in zip(cells, seats, strict=True)], dtype=float
    )
    labels: dict[object, int] = {}
    column = {theme.key: number for number, theme in enumerate(bundle.themes)}
    places = np.full((len(seats), len(column)), len(column) + 1)
    named = np.zeros((len(seats), len(OBJECTIVES)), dtype=bool)
    for number, ballot in enumerate(bundle.ballots):
        for tier, keys in enumerate(ballot.ranking, start=1):
            places[number, [column[key] for key in keys]] = tier
        named[number, [each - 1 for each in ballot.objectives]] = True
    return _Ballots(
        weighted=values / values.sum(),
        plain=bases / bases.sum(),
        cell=np.array(
            [labels.setdefault(pair, len(labels)) for pair in zip(cells, bases.tolist(), strict=True)]
        ),
        places=places,
        objectives=named,
        seats=seats,
    )


def _category(seat: Seat, dimension: str) -> str:
    return seat.country if dimension == "country" else seat.categories[dimension]


class _Figures:
    """The figures of one round, each by its rule."""

    def __init__(
        self, bundle: Bundle, facts: Facts, ballots: _Ballots, least: int, robustness: Facts
    ) -> None:
        self.bundle, self.facts, self.ballots, self.least = bundle, facts, ballots, least
        self.robustness = robustness
        self.count = len(bundle.ballots)
        self.keys = [theme.key for theme in bundle.themes]
        self.wins = [self._wins(column) for column in range(len(self.keys))]
        self.step, self.points_told = self._points_told()
        self.blocks = blocks(_cells(bundle), least)
        rankings = sum(
            math.perm(len(self.keys), ranks)
            for ranks in range(1, min(bundle.rules.max_ranks, len(self.keys)) + 1)
        )
        self.said = self.count * math.log2(rankings)  # by the rankings of all ballots, in bits
        self.urgent = self._urgent()
        heaviest = max(float(ballots.weighted.max()), float(ballots.plain.max()))
        self.is_even = self.count >= MANY and heaviest <= HEAVY

    def all(self) -> Facts:
        """Return all figures, ready to be written."""
        return {
            "step": self.step,
            "topics": [self._topic(topic) for topic in self.facts["topics"]],
            "order": self._orders(),
            **({"condorcet_winner": self.facts.get("condorcet_winner")} if self.is_even else {}),
            "firmness": self._firmness(),
            "themes": self._themes(),
            "pairs": self._pairs(),
            "objectives": [{"number": n, "percent": p} for n, p in self.urgent.items()],
            "participation": [self._line(block) for block in self.blocks],
            "weights": {"met": self.facts["weights"]["met"], "effective_percent": self._effective()},
        }

    # -- figures by weight

    def _wins(self, column: int) -> npt.NDArray[np.float64]:
        """Return for each ballot the share (0 to 1) of its comparisons that a theme wins.

        The array has one value per ballot; equal places count half.
        """
        mine, places = self.ballots.places[:, [column]], self.ballots.places
        won = (mine < places).sum(axis=1) + ((mine == places).sum(axis=1) - 1) / 2
        return np.asarray(won / (places.shape[1] - 1))

    def _is_blurred(self, part: npt.NDArray[np.float64], step: int, *, plain: bool = False) -> bool:
        shares = self.ballots.plain if plain else self.ballots.weighted
        return Figure(shares, part, self.ballots.cell).is_blurred(step, self.least)

    def _percent(self, text: str) -> int | None:
        return None if self.step is None else _rounded(Fraction(text), self.step)

    def _tells_little(self, figures: int, said: float) -> bool:
        """Return whether this number of percentages stays within the limit of information.

        They may give at most half (`TELLING`) of the information of the ballots, `said`, in bits. False
        if no step is told.
        """
        return self.step is not None and figures * math.log2(100 / self.step + 1) <= TELLING * said

    def _points_told(self) -> tuple[int | None, frozenset[int]]:
        """Return the step of figures by weight, and the themes whose points can be told in it.

        The step is the finest at which most of the themes are told that can be told at all; it is None
        if there is none. All points together are known, so a single hidden theme hides the nearest other
        one too.
        """
        told = {
            step: {x for x, part in enumerate(self.wins) if self._is_blurred(part, step)} for step in STEPS
        }
        step = _finest(told)
        if step is None:
            return None, frozenset()
        hidden = [x for x in range(len(self.keys)) if x not in told[step]]
        if len(hidden) == 1:
            points = [Fraction(theme["points"]) for theme in self.facts["themes"]]
            near = min(told[step], key=lambda x: (abs(points[x] - points[hidden[0]]), x))
            return step, frozenset(told[step] - {near})
        return step, frozenset(told[step])

    def _pairs(self) -> list[list[int | None]]:
        """Return per hundred comparisons by weight those that the row's theme wins over the column's.

        The table has one row and one column per theme; None where the figure is not told.
        """
        size = len(self.keys)
        every = list(combinations(range(size), 2))
        told = {pair: self._pair(*pair) for pair in every}
        if not self._tells_little(len(every), self.said):
            told = dict.fromkeys(every)
        _hide_partners(told, frozenset(range(size)) - self.points_told)
        table: list[list[int | None]] = [[None] * size for _ in range(size)]
        for (x, y), percent in told.items():
            if percent is not None:
                table[x][y], table[y][x] = percent, 100 - percent
        return table

    def _pair(self, x: int, y: int) -> int | None:
        places = self.ballots.places
        part = (np.sign(places[:, y] - places[:, x]) + 1) / 2
        if self.step is None or not self._is_blurred(part, self.step):
            return None
        pairs = self.facts["pairs"]
        return _rounded(Fraction(pairs[x][y], pairs[x][y] + pairs[y][x]), self.step)

    def _urgent(self) -> dict[int, int | None]:
        """Return per objective the percentage of those naming any that hold it urgent, by weight.

        None where few do, or few do not. The step is the finest at which most of the objectives are told
        that can be told at all.
        """
        naming = self.ballots.objectives.any(axis=1)
        choices = sum(
            math.comb(len(OBJECTIVES), names) for names in range(1, self.bundle.rules.max_objectives + 1)
        )
        said = int(naming.sum()) * math.log2(max(choices, 1))
        if not self._tells_little(len(OBJECTIVES), said):
            return dict.fromkeys(OBJECTIVES)
        shares = self.ballots.weighted[naming] / self.ballots.weighted[naming].sum()
        figures = {
            number: Figure(shares, column.astype(float), self.ballots.cell[naming])
            for number, column in zip(OBJECTIVES, self.ballots.objectives[naming].T, strict=True)
        }
        steps = [step for step in STEPS if step >= (self.step or max(STEPS))]
        told = {step: {n for n, f in figures.items() if f.is_blurred(step, self.least)} for step in steps}
        step = _finest(told)
        if step is None:
            return dict.fromkeys(OBJECTIVES)
        shares_told = {line["number"]: Fraction(line["share"]) for line in self.facts["objectives"]}
        return {n: _rounded(shares_told[n], step) if n in told[step] else None for n in OBJECTIVES}

    def _themes(self) -> list[Facts]:
        first, mentions = self._first(), self._mentions()
        return [
            {
                "key": theme["key"],
                "place": theme["place"] if "official" in self._told_orders() else None,
                **self._scores(theme, self.bundle.themes[number].objectives, number),
                "first": first[theme["key"]],
                "mentions": mentions[theme["key"]],
                "mean_place": (
                    round(Fraction(theme["mean_place"]))
                    if theme.get("mean_place") and mentions[theme["key"]] is not None
                    else None
                ),
                **self._support(theme),
            }
            for number, theme in enumerate(self.facts["themes"])
        ]

    def _scores(self, theme: Facts, objectives: Sequence[int], number: int) -> Facts:
        told = number in self.points_told
        plain = self.step is not None and self._is_blurred(self.wins[number], self.step, plain=True)
        every = all(self.urgent[number] is not None for number in objectives)
        return {
            "score_percent": self._percent(theme["score"]) if told else None,
            "points_percent": self._percent(theme["points"]) if told else None,
            "relevance_percent": self._percent(theme["relevance"]) if every else None,
            "unweighted_percent": (
                self._percent(theme["unweighted"]) if told and plain and theme.get("unweighted") else None
            ),
        }

    # -- orders

    def _told_orders(self) -> set[str]:
        """Return the names of the orders of the themes that may be told: all, the official, or none.

        The official one is named `official`, and by its method.
        """
        said = TELLING * self.said
        one = math.log2(math.factorial(len(self.keys)))
        if self.is_even and one * len(self.facts["order"]) <= said:
            return {"official", *self.facts["order"]}
        return {"official", self.bundle.rules.method} if one <= said else set()

    def _orders(self) -> Facts:
        told = self._told_orders()
        return {name: keys for name, keys in self.facts["order"].items() if name in told}

    def _topic(self, topic: Facts) -> Facts:
        focus = sorted(topic["focus"], key=lambda number: (-(self.urgent[number] or 0), number))
        return {"key": topic["key"], "spread_met": topic["spread_met"], "focus": focus}

    def _firmness(self) -> Facts | None:
        """Return the topics if something else were asked; None unless many ballots stand behind it.

        By the other methods they are told only with every order, and with the support of every theme: by
        the orders the methods would tell the support of a theme that stands before the topics.
        """
        if not self.is_even:
            return None
        facts = self.facts["firmness"]
        single = {
            (block.dimension, block.categories[0]) for block in self.blocks if len(block.categories) == 1
        }
        drawn = facts["resampling"]
        told = set(METHODS) <= self._told_orders() and all(
            self._support(theme)["spread_met"] is not None for theme in self.facts["themes"]
        )
        return {
            "percent": TENS * (drawn["percent"] // TENS) if drawn else None,
            "methods": facts["methods"] if told else None,
            "leave_one_out": [
                line
                for line in (*facts["leave_one_out"], *self.robustness.get("leave_one_out", ()))
                if (line["dimension"], line["category"]) in single
            ],
        }

    # -- numbers of ballots

    def _is_told(self, count: int) -> bool:
        return self.least <= count <= self.count - self.least

    def _first(self) -> dict[str, int | None]:
        """Return the number of first places of each theme; None for small ones.

        They add up to the ballots, so small ones are hidden together.
        """
        counts = {theme["key"]: theme.get("first") or 0 for theme in self.facts["themes"]}
        together = joined(
            [frozenset({key}) for key in counts],
            lambda block: sum(counts[key] for key in block),
            lambda block: self._is_told(sum(counts[key] for key in block)),
        )
        shown = {min(block) for block in together if len(block) == 1}
        return {key: count if key in shown else None for key, count in counts.items()}

    def _mentions(self) -> dict[str, int | None]:
        counts = {theme["key"]: theme.get("mentions") or 0 for theme in self.facts["themes"]}
        return {key: count if self._is_told(count) else None for key, count in counts.items()}

    # -- support across the region

    def _named(self, dimension: str) -> set[str]:
        """Return the categories whose support may be told.

        They are shown by themselves, and none of their ballots alone decides the support.
        """
        found = set()
        for block in self.blocks:
            if block.dimension == dimension and len(block.categories) == 1:
                (category,) = block.categories
                inside = [_category(seat, dimension) == category for seat in self.ballots.seats]
                shares = self.ballots.weighted[np.array(inside)]
                if shares.max() <= float(DECISIVE) * shares.sum():
                    found.add(category)
        return found

    def _support(self, theme: Facts) -> Facts:
        lines = [self._in(dimension, theme) for dimension in sorted(self.bundle.rules.spread)]
        chosen = any(topic["key"] == theme["key"] for topic in self.facts["topics"])
        told = chosen or all(line["met"] is not None for line in lines)
        return {"spread_met": theme["spread_met"] if told else None, "support": lines}

    def _in(self, dimension: str, theme: Facts) -> Facts:
        """Return in which categories a theme is supported, without giving away unnamed ones.

        Names are left out where the support of an unnamed category would follow from them, or from their
        being left out; `met` is None where it would follow from that.
        """
        ballots = Counter(_category(seat, dimension) for seat in self.ballots.seats)
        enough = self.bundle.rules.support_min
        voting = {category for category, number in ballots.items() if number >= enough}
        required = tally.required(self.bundle.rules.spread[dimension], len(voting))
        supporting = set(theme["supported"][dimension])
        named = self._named(dimension) & voting
        met = len(supporting) >= required
        hidden = len(voting - named)
        names_told = _are_named(len(named), hidden, len(supporting & named), required, met=met)
        return {
            "dimension": dimension,
            "met": met if names_told or 1 < required < len(voting) else None,
            "named": sorted(named) if names_told else [],
            "supporting": sorted(supporting & named) if names_told else [],
        }

    # -- who took part

    def _line(self, block: Block) -> Facts:
        """Return a line of the table of who took part.

        The weighted share of a category is given only if no category of its dimension is hidden.
        """
        lines = {
            voice["category"]: voice
            for voice in self.facts.get("voices") or ()
            if voice["dimension"] == block.dimension
        }
        whole = all(len(b.categories) == 1 for b in self.blocks if b.dimension == block.dimension)
        balanced = block.dimension in self.bundle.rules.balance
        weighted = lines[block.categories[0]]["weighted"] if whole and balanced and lines else None
        return {
            "dimension": block.dimension,
            "categories": list(block.categories),
            "seats": block.seats,
            "ballots": block.ballots,
            "share_percent": round(Fraction(100 * block.ballots, self.count)),
            "target_percent": self._target(block) if balanced else None,
            "needed": self._needed(block) if balanced else None,
            "weighted_percent": self._percent(weighted) if weighted else None,
        }

    def _target(self, block: Block) -> int:
        """Return the target of these categories in per cent, as if all of the roll had voted."""
        roll = weights.roll_of(self.bundle.seats, [block.dimension])[block.dimension]
        shares = weights.targets(self.bundle.rules.balance[block.dimension], roll, set(roll))
        return round(100 * sum(shares[category] for category in block.categories))

    def _needed(self, block: Block) -> int | None:
        """Return how many votes a category by itself takes for its share.

        None where an organisation of the roll counts more than once: then it would tell which of them voted.
        """
        if len(block.categories) > 1 or any(seat.base > 1 for seat in self.bundle.seats):
            return None
        needed: int = next(
            line["needed"]
            for line in self.facts["weights"]["reach"]
            if (line["dimension"], line["category"]) == (block.dimension, block.categories[0])
        )
        return needed

    def _effective(self) -> int | None:
        if self.count < MANY:
            return None
        return TENS * round(TENS * float(self.facts["weights"]["effective_ballots"]) / self.count)


def _rounded(share: Fraction, step: int) -> int:
    return step * round(100 * share / step)


def _finest(told: Mapping[int, Collection[int]]) -> int | None:
    """Return the finest step that tells at least 80 per cent (`MOST`) of the most any step tells.

    Return None if no step tells any figure.
    """
    most = max(map(len, told.values()))
    return next((step for step in sorted(told) if len(told[step]) >= MOST * most), None) if most else None


def _hide_partners(told: dict[tuple[int, int], int | None], hidden: Collection[int]) -> None:
    """Hide enough pairs that none follows from the others.

    A theme's points are the mean of its pairs. If the points of a theme are `hidden`, or one of its
    pairs is, two of its pairs are hidden.
    """
    themes = {x for pair in told for x in pair}
    waiting = sorted(themes)
    while waiting:
        x = waiting.pop(0)
        mine = [pair for pair in told if x in pair]
        shown = sorted(
            (pair for pair in mine if told[pair] is not None), key=lambda pair: _middle(told[pair])
        )
        missing = len(mine) - len(shown)
        if not shown or missing > 1 or (missing == 0 and x not in hidden):
            continue
        pair = shown.pop()
        told[pair] = None
        waiting += sorted({x, *pair})


def _middle(percent: int | None) -> int:
    return abs((percent or 0) - 50)


def _are_named(named: int, hidden: int, supporting: int, required: int, *, met: bool) -> bool:
    """Return whether it may be told which of the named categories support a theme.

    `supporting` is how many of the `named` do, `required` how many of all the rule asks for, and `met`
    whether so many do. For a reader who knows this rule, each of the `hidden` may then support the theme or
    not. To leave names out only where all or none of the hidden must support it would say just that: they
    are left out one category before it, too. If all are asked for, or one alone, it is not told whether the
    rule is met, and the names that would say so are left out.
    """
    if hidden == 0:
        return True
    if required >= named + hidden:
        return supporting < named - 1
    if required <= 1:
        return supporting > 1
    missing = required - supporting
    return missing < hidden - 1 if met else missing - 1 > 1


def _cells(bundle: Bundle) -> list[Cell]:
    """Return the cells of the roll, with the number of seats and of votes in each.

    A cell is a combination of subregion, country, sector and all other dimensions.
    """
    voted = {ballot.seat for ballot in bundle.ballots}
    more = others({name for seat in bundle.seats for name in seat.categories})
    found: dict[tuple[str, ...], list[int]] = {}
    for seat in bundle.seats:
        names = (seat.categories["subregion"], seat.country, seat.categories["sector"])
        place = (*names, *(seat.categories.get(name, "") for name in more))
        count = found.setdefault(place, [0, 0])
        count[0] += 1
        count[1] += seat.seat in voted
    return [
        Cell(place[0], place[1], place[2], count[0], count[1], tuple(zip(more, place[3:], strict=True)))
        for place, count in sorted(found.items())
    ]

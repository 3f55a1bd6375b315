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
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from consulta.core.counting import profile, tally, weights
from consulta.core.disclosure.blocks import joined
from consulta.core.disclosure.blur import Figure
from consulta.core.disclosure.suppression import Block, Cell, blocks
from consulta.core.problems import Problem
from consulta.platform import documents
from consulta.platform.data.dimensions import others

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

    from consulta.core.counting.profile import Profile
    from consulta.core.values import Bundle
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


class Alike(NamedTuple):
    """Seats of the roll that are alike: their categories, how many there are, and how many voted."""

    places: Mapping[str, str]  # dimension → category, the country among them
    base: int
    seats: int
    ballots: int


@dataclass(frozen=True, slots=True)
class Ground:
    """What figures are made of, beside the result: a bundle's head, its roll, and its ballots as columns."""

    head: Bundle
    roll: Sequence[Alike]
    profile: Profile  # over every dimension of the roll; ballots of a block in the order of their seats

    @classmethod
    def of(cls, bundle: Bundle) -> Ground:
        """Return what the figures of a whole bundle are made of."""
        voted = {ballot.seat for ballot in bundle.ballots}
        found: dict[tuple[tuple[tuple[str, str], ...], int], list[int]] = {}
        for seat in bundle.seats:
            places = (*sorted({**seat.categories, "country": seat.country}.items()),)
            count = found.setdefault((places, seat.base), [0, 0])
            count[0] += 1
            count[1] += seat.seat in voted
        roll = [Alike(dict(places), base, *count) for (places, base), count in found.items()]
        dimensions = {name for alike in roll for name in alike.places}
        return cls(replace(bundle, seats=(), ballots=()), roll, profile.from_bundle(bundle, dimensions))


def keep(work: Work, found: Round, ground: Ground, small_cell: int) -> Document:
    """Make the public figures of a counted round and keep them. Problem: `result.uncounted`."""
    result, robustness = (documents.find(work.session, found.id, kind) for kind in ("result", "robustness"))
    if result is None or robustness is None:
        raise Problem("result.uncounted")
    content = figures(ground, json.loads(result.content), small_cell, json.loads(robustness.content))
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


def figures(ground: Ground, facts: Facts, small_cell: int, robustness: Facts) -> Facts:
    """Return the figures of a round, its result and what stands beside it that may be public.

    Categories below `small_cell` are small.
    """
    least, count = max(small_cell, 1), ground.profile.total
    head = {
        "format": FORMAT,
        "round": ground.head.round.key,
        "small_cell": least,
        "seats": sum(alike.seats for alike in ground.roll),
        "countries": len({alike.places["country"] for alike in ground.roll}),
        "ballots": count,
    }
    ballots = _Ballots.of(ground, facts)
    if count < 2 * least or ballots.heaviest > DOMINANT:
        return {**head, "detail": "topics", "topics": [{"key": topic["key"]} for topic in facts["topics"]]}
    return {**head, "detail": "figures", **_Figures(ground, facts, ballots, least, robustness).all()}


# -- the ballots as an attacker would have to guess them


@dataclass(frozen=True, slots=True)
class _Ballots:
    """Of each ballot its part of all weight and of all base, its cell, and what it says."""

    weighted: npt.NDArray[np.float64]
    plain: npt.NDArray[np.float64]
    cell: npt.NDArray[np.int64]  # ballots of equal weight and base in the same categories
    places: npt.NDArray[
        np.integer[Any]
    ]  # (themes, ballots): the best tier is the lowest; unranked the highest
    objectives: npt.NDArray[np.bool_]  # (23, ballots)
    held: Mapping[str, npt.NDArray[np.int64]]  # dimension → by ballot, a place in `categories`
    categories: Mapping[str, tuple[str, ...]]

    @property
    def heaviest(self) -> float:
        """Return the largest part of all weight, or of all base, that a ballot has."""
        return max(float(self.weighted.max()), float(self.plain.max()))

    @classmethod
    def of(cls, ground: Ground, facts: Facts) -> _Ballots:
        """Return the ballots of a round, weighted as its result says."""
        found, balanced = ground.profile, sorted(ground.head.rules.balance)
        micro = {
            (tuple(sorted(cell["categories"].items())), cell["each"]): cell["micro"]
            for cell in facts["weights"]["cells"]
        }
        names = {d: [found.categories[d][code] for code in found.codes[d].tolist()] for d in balanced}
        bases = profile.bases_of(found)
        cells = [
            (tuple((d, names[d][block]) for d in balanced), base) for block, base in enumerate(bases)
        ]  # of each block
        labels = {cell: label for label, cell in enumerate(dict.fromkeys(cells))}
        block = found.block_of_ballots()[found.real]
        plain = np.array(bases, dtype=float)
        weighted = plain * np.array([micro[cell] for cell in cells], dtype=float)
        marks = found.objectives[found.real]
        return cls(
            weighted=weighted[block] / weighted[block].sum(),
            plain=plain[block] / plain[block].sum(),
            cell=np.array([labels[cell] for cell in cells])[block],
            places=found.places[:, found.real],
            objectives=np.array([marks >> np.uint32(n - 1) & np.uint32(1) for n in OBJECTIVES], dtype=bool),
            held={d: codes[block] for d, codes in found.codes.items()},
            categories=found.categories,
        )

    def by_category(self, dimension: str) -> dict[str, int]:
        """Return how many ballots each category of a dimension has, where it has any."""
        counts = np.bincount(self.held[dimension], minlength=len(self.categories[dimension])).tolist()
        return dict(zip(self.categories[dimension], counts, strict=True))


class _Figures:
    """The figures of one round, each by its rule."""

    def __init__(
        self, ground: Ground, facts: Facts, ballots: _Ballots, least: int, robustness: Facts
    ) -> None:
        self.head, self.roll, self.facts, self.ballots = ground.head, ground.roll, facts, ballots
        self.least, self.robustness = least, robustness
        self.count = len(ballots.cell)
        self.keys = [theme.key for theme in self.head.themes]
        self.wins = [self._wins(column) for column in range(len(self.keys))]
        self.step, self.points_told = self._points_told()
        self.blocks = blocks(_cells(self.roll), least)
        rankings = sum(
            math.perm(len(self.keys), ranks)
            for ranks in range(1, min(self.head.rules.max_ranks, len(self.keys)) + 1)
        )
        self.said = self.count * math.log2(rankings)  # by the rankings of all ballots, in bits
        self.urgent = self._urgent()
        self.is_even = self.count >= MANY and ballots.heaviest <= HEAVY

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
        mine, places = self.ballots.places[column], self.ballots.places
        won = (mine < places).sum(axis=0) + ((mine == places).sum(axis=0) - 1) / 2
        return np.asarray(won / (len(places) - 1))

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
        part = (places[x] < places[y]) + (places[x] == places[y]) / 2
        if self.step is None or not self._is_blurred(part, self.step):
            return None
        pairs = self.facts["pairs"]
        return _rounded(Fraction(pairs[x][y], pairs[x][y] + pairs[y][x]), self.step)

    def _urgent(self) -> dict[int, int | None]:
        """Return per objective the percentage of those naming any that hold it urgent, by weight.

        None where few do, or few do not. The step is the finest at which most of the objectives are told
        that can be told at all.
        """
        naming = self.ballots.objectives.any(axis=0)
        choices = sum(
            math.comb(len(OBJECTIVES), names) for names in range(1, self.head.rules.max_objectives + 1)
        )
        said = int(naming.sum()) * math.log2(max(choices, 1))
        if not self._tells_little(len(OBJECTIVES), said):
            return dict.fromkeys(OBJECTIVES)
        shares = self.ballots.weighted[naming] / self.ballots.weighted[naming].sum()
        figures = {
            number: Figure(shares, column.astype(float), self.ballots.cell[naming])
            for number, column in zip(OBJECTIVES, self.ballots.objectives[:, naming], strict=True)
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
                **self._scores(theme, self.head.themes[number].objectives, number),
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
        return {"official", self.head.rules.method} if one <= said else set()

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
                code = self.ballots.categories[dimension].index(category)
                shares = self.ballots.weighted[self.ballots.held[dimension] == code]
                if shares.max() <= float(DECISIVE) * shares.sum():
                    found.add(category)
        return found

    def _support(self, theme: Facts) -> Facts:
        lines = [self._in(dimension, theme) for dimension in sorted(self.head.rules.spread)]
        chosen = any(topic["key"] == theme["key"] for topic in self.facts["topics"])
        told = chosen or all(line["met"] is not None for line in lines)
        return {"spread_met": theme["spread_met"] if told else None, "support": lines}

    def _in(self, dimension: str, theme: Facts) -> Facts:
        """Return in which categories a theme is supported, without giving away unnamed ones.

        Names are left out where the support of an unnamed category would follow from them, or from their
        being left out; `met` is None where it would follow from that.
        """
        enough, ballots = self.head.rules.support_min, self.ballots.by_category(dimension)
        voting = {category for category, number in ballots.items() if number >= enough}
        required = tally.required(self.head.rules.spread[dimension], len(voting))
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
        balanced = block.dimension in self.head.rules.balance
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
        roll = self._standing(block.dimension)
        shares = weights.targets(self.head.rules.balance[block.dimension], roll, set(roll))
        return round(100 * sum(shares[category] for category in block.categories))

    def _standing(self, dimension: str) -> dict[str, weights.Standing]:
        """Return category → its standing in the roll."""
        found: dict[str, weights.Standing] = {}
        for alike in self.roll:
            name = alike.places.get(dimension, "")
            so_far = found.get(name, weights.Standing(0, 0))
            found[name] = weights.Standing(so_far.seats + alike.seats, so_far.base + alike.seats * alike.base)
        return {name: found[name] for name in sorted(found)}

    def _needed(self, block: Block) -> int | None:
        """Return how many votes a category by itself takes for its share.

        None where an organisation of the roll counts more than once: then it would tell which of them voted.
        """
        if len(block.categories) > 1 or any(alike.base > 1 for alike in self.roll):
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


def _cells(roll: Iterable[Alike]) -> list[Cell]:
    """Return the cells of the roll, with the number of seats and of votes in each.

    A cell is a combination of subregion, country, sector and all other dimensions.
    """
    roll = tuple(roll)
    more = others({name for alike in roll for name in alike.places} - {"country"})
    found: dict[tuple[str, ...], list[int]] = {}
    for alike in roll:
        names = tuple(alike.places[name] for name in ("subregion", "country", "sector"))
        count = found.setdefault((*names, *(alike.places.get(name, "") for name in more)), [0, 0])
        count[0] += alike.seats
        count[1] += alike.ballots
    return [
        Cell(place[0], place[1], place[2], count[0], count[1], tuple(zip(more, place[3:], strict=True)))
        for place, count in sorted(found.items())
    ]

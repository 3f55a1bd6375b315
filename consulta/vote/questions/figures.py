"""What is told of the answers to a round's questions: with the weights of the vote, and without.

Every figure that leaves this module is one that its reader may have. The rules, in short:
* nothing of a question that fewer than `least` organisations answered, but where votes are public with names;
* by group: blocks of categories that `suppression` finds safe; in them only options that `least` chose and
  `least` did not, with further ones hidden so that no hidden one can be worked out;
* where votes are not public with names, options that few chose, or few did not, are hidden for all answers
  together too, also at the desk: the weight of one organisation would tell which one it is;
* for the public of such a round (`coarse`) weighted figures stand in steps wide enough to hide small cells,
  and quantiles are told from fifty answers on.

Answers come by a neutral name and are never told one by one. It knows no database.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from consulta.core import survey
from consulta.core.disclosure import blur, sums
from consulta.core.disclosure.suppression import Block, Cell, blocks
from consulta.platform.data import dimensions
from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.vote.questions.values import Answer, Question

FORMAT = "consulta-questions/1"
STEPS = (1, 2, 5, 10)
MANY, HEAVY, DOMINANT = 50, 0.1, 0.25
PARTS = {"low": (1, 4), "middle": (1, 2), "high": (3, 4)}
REACH = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|https?://\S+|(?:\+?\d[\s().-]?){7,}")
HIDDEN = "[…]"
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Voter:
    """An organisation whose vote counts, and what it answered; `cell`: those of equal weight."""

    weight: int
    cell: int
    categories: Mapping[str, str]  # in each dimension, the country too
    said: Mapping[str, Answer]
    placed: frozenset[str] = frozenset()  # themes on its ballot


@dataclass(frozen=True, slots=True)
class Standing:
    """How many organisations of the same categories the roll has."""

    categories: Mapping[str, str]
    seats: int


@dataclass(frozen=True, slots=True)
class Rules:
    """How much a reader is told: `least` is the smallest group, `coarse` for the public where no names are.

    `named`: votes are public with names. `desk`: for the secretariat, with exact quantiles and all texts.
    """

    least: int
    coarse: bool
    named: bool = False
    desk: bool = False


def figures(
    questions: Iterable[Question],
    voters: Sequence[Voter],
    ballots: int,
    roll: Sequence[Standing],
    rules: Rules,
) -> Facts:
    """Return all that is told of the answers of organisations; `ballots`: how many votes counted."""
    return {
        "format": FORMAT,
        "small_cell": rules.least,
        "coarse": rules.coarse,
        "voted": ballots,
        "questions": [_of_question(each, voters, ballots, roll, rules) for each in questions],
    }


def _of_question(
    question: Question, voters: Sequence[Voter], ballots: int, roll: Sequence[Standing], rules: Rules
) -> Facts:
    some = [voter for voter in voters if question.key in voter.said]
    head: Facts = {"key": question.key, "kind": question.kind, "answered": len(some), "told": True}
    enough = 2 * rules.least if rules.coarse else rules.least
    if not some or (len(some) < enough and not rules.named):
        told = len(some) if rules.named or not some or rules.desk else None
        return {**head, "answered": told, "told": False}
    hidden = rules.coarse and 0 < ballots - len(some) < rules.least
    if hidden:
        head["answered"] = None  # how many did not answer would be a small group
    if question.kind == "text":
        return {**head, "texts": _texts(question, some, rules)}
    if question.kind == "governments":
        return {**head, "themes": _of_themes(question.key, some, rules)}
    whole = _Whole(question, some, ballots, rules)
    groups = _groups(question, some, roll, rules)
    if hidden:  # their sum would tell it
        groups = [{**group, "answered": None} for group in groups]
    return {**head, **whole.all(count=not hidden), "groups": groups}


def _texts(question: Question, some: Sequence[Voter], rules: Rules) -> list[str]:
    """Return the texts in alphabetical order; for the public without e-mail addresses, links and numbers."""
    if not (question.shown or rules.desk):
        return []
    said = sorted((voter.said[question.key] for voter in some), key=lambda text: (fold(text), text))
    return said if rules.desk else [REACH.sub(HIDDEN, text) for text in said]


def codes_of(question: Question) -> range:
    """Return the numbers of the options or steps of a question; none of a number."""
    if question.kind == "scale":
        return range(1, question.steps + 1)
    return range(1, len(question.options) + 1)


def chose(question: Question, voter: Voter, code: int) -> bool:
    """Return whether an organisation chose an option or a step."""
    said = voter.said[question.key]
    return code in said if isinstance(said, list) else said == code


def value_of(question: Question, voter: Voter) -> float:
    """Return an answer on a scale, or a number."""
    return float(voter.said[question.key])


def span_of(question: Question) -> tuple[float, float]:
    """Return the smallest and the largest answer that a scale or a number allows."""
    return (1, question.steps) if question.kind == "scale" else (question.least, question.greatest)


def _of_themes(key: str, some: Sequence[Voter], rules: Rules) -> list[Facts]:
    """Return for each theme the governments that were named, most weight first.

    Of those that fewer than `least` named, the desk is told the names alone, and the public how many.
    """
    found: list[Facts] = []
    for theme in sorted({theme for voter in some for theme in voter.said[key]}):
        voters = [voter for voter in some if theme in voter.said[key] and theme in voter.placed]
        enough = 2 * rules.least if rules.coarse else rules.least
        if voters and (len(voters) >= enough or rules.named or rules.desk):
            kinds = {kind: _named(key, theme, kind, voters, rules) for kind in ("n", "l")}
            found.append({"theme": theme, "answered": len(voters), **kinds})
    return found


def _named(key: str, theme: str, kind: str, voters: Sequence[Voter], rules: Rules) -> Facts:
    """Return the governments of a kind that were named for a theme: `rows` with figures, and the others."""
    weights = [voter.weight for voter in voters]
    cells = [voter.cell for voter in voters]
    rows: list[Facts] = []
    others: list[Any] = []
    for name in sorted({each for voter in voters for each in voter.said[key][theme][kind]}, key=str):
        part = [float(name in voter.said[key][theme][kind]) for voter in voters]
        count = int(sum(part))
        share = survey.mean(part, weights, len(voters))
        if share is None or count < rules.least:
            others.append(name)
            continue
        weighted: float | None = round(100 * share.value, 1)
        told: int | None = count
        if not rules.named and 0 < len(voters) - count < rules.least:
            told = weighted = None  # few did not name it
        elif rules.coarse and count == len(voters):
            told = weighted = None  # each that answered did
        elif rules.coarse:
            figure = blur.of(weights, part, cells)
            step = next((each for each in STEPS if figure.is_blurred(each, rules.least)), None)
            weighted = None if step is None else step * round(100 * share.value / step)
        rows.append({"name": name, "count": told, "weighted": weighted})
    rows.sort(key=lambda row: (-(row["weighted"] or 0), -(row["count"] or 0), str(row["name"])))
    return {"rows": rows, "others": others if rules.desk else len(others)}


class _Whole:
    """The figures of a question over all organisations that answered it."""

    def __init__(self, question: Question, some: Sequence[Voter], ballots: int, rules: Rules) -> None:
        self.question, self.some, self.ballots, self.rules = question, some, ballots, rules
        self.weights = [voter.weight for voter in some]
        self.cells = [voter.cell for voter in some]
        self.heaviest = max(self.weights) / sum(self.weights)

    def all(self, *, count: bool) -> Facts:
        """Return the figures; without `count` no numbers, from which follows how many answered."""
        found: Facts = {}
        if self.question.kind != "number":
            found["rows"] = self._rows() if count else [{**row, "count": None} for row in self._rows()]
        if self.question.kind in {"scale", "number"}:
            values = [value_of(self.question, voter) for voter in self.some]
            found["mean"] = self._mean(values)
            found["quantiles"] = self._quantiles(values)
        return found

    def _rows(self) -> list[Facts]:
        codes = codes_of(self.question)
        parts = {code: [float(chose(self.question, voter, code)) for voter in self.some] for code in codes}
        counts = {code: int(sum(part)) for code, part in parts.items()}
        if self.rules.named:
            return [self._exact(code, counts[code], part) for code, part in parts.items()]
        shown = {code: self._large(count) for code, count in counts.items()}
        if not self.rules.coarse:
            if self.question.kind != "several":  # all together are known
                shown = sums.second_hidden(shown, counts)
            return [
                self._exact(code, counts[code], part) if shown[code] else _untold(code)
                for code, part in parts.items()
            ]
        weighted = {code: self._weighted(part) for code, part in parts.items()}
        if self.question.kind != "several":  # all together are known
            shown = sums.second_hidden(shown, counts)
            kept = sums.second_hidden({code: each is not None for code, each in weighted.items()}, counts)
            weighted = {code: each if kept[code] else None for code, each in weighted.items()}
        return [
            {
                "code": code,
                "count": counts[code] if shown[code] else None,
                "percent": round(100 * counts[code] / len(self.some)) if shown[code] else None,
                "weighted": weighted[code],
                "error": None,
            }
            for code in codes
        ]

    def _exact(self, code: int, count: int, part: Sequence[float]) -> Facts:
        found = survey.mean(part, self.weights, self.ballots)
        assert found is not None  # noqa: S101 - some have answered
        return {
            "code": code,
            "count": count,
            "percent": round(100 * count / len(self.some), 1),
            "weighted": round(100 * found.value, 1),
            "error": None if found.error is None else round(100 * found.error, 1),
        }

    def _large(self, count: int) -> bool:
        return sums.is_large(count, len(self.some), self.rules.least)

    def _weighted(self, part: Sequence[float]) -> int | None:
        """Return a weighted share in per cent, in the finest step that hides small cells, or None."""
        if self.heaviest > DOMINANT:
            return None
        figure = blur.of(self.weights, part, self.cells)
        step = next((each for each in STEPS if figure.is_blurred(each, self.rules.least)), None)
        if step is None:
            return None
        found = survey.mean(part, self.weights, self.ballots)
        return None if found is None else step * round(100 * found.value / step)

    def _mean(self, values: Sequence[float]) -> Facts:
        """Return the mean without and with weights; both in steps of the span where figures are coarse."""
        plain = survey.mean(values, [1] * len(values), self.ballots)
        found = survey.mean(values, self.weights, self.ballots)
        assert plain is not None  # noqa: S101 - some have answered
        assert found is not None  # noqa: S101 - the same
        if not self.rules.coarse:
            return {"plain": plain.value, "weighted": found.value, "error": found.error}
        low, high = span_of(self.question)
        part = [(each - low) / (high - low) for each in values]

        def coarse(weights: Sequence[int], value: float) -> float | None:
            if max(weights) / sum(weights) > DOMINANT:
                return None
            figure = blur.of(weights, part, self.cells)
            step = next((each for each in STEPS if figure.is_blurred(each, self.rules.least)), None)
            return None if step is None else _stepped(value, low, (high - low) * step / 100)

        return {
            "plain": coarse([1] * len(values), plain.value),
            "weighted": coarse(self.weights, found.value),
            "error": None,
        }

    def _quantiles(self, values: Sequence[float]) -> Facts | None:
        """Return quarters and half without and with weights; None where they could be one organisation's."""
        if self.rules.coarse and (len(values) < MANY or self.heaviest > HEAVY):
            return None
        exact = self.rules.desk or self.question.kind == "scale"
        weighed = {"plain": [1] * len(values), "weighted": self.weights}
        return {
            name: {
                part: _told(survey.quantile(values, weights, share), exact=exact)
                for part, share in PARTS.items()
            }
            for name, weights in weighed.items()
        }


def _untold(code: int) -> Facts:
    return {"code": code, "count": None, "percent": None, "weighted": None, "error": None}


def _told(value: float | None, *, exact: bool) -> float | None:
    """Return an answer as it may be told: a number to two figures, since it is some organisation's own."""
    return value if value is None or exact else float(f"{value:.1e}")


def _stepped(value: float, low: float, step: float) -> float:
    return round(low + step * round((value - low) / step), 6)


# -- by group


def _groups(question: Question, some: Sequence[Voter], roll: Sequence[Standing], rules: Rules) -> list[Facts]:
    """Return the figures of blocks of categories: those of a dimension that is cut into two or more."""
    if not roll:  # those who answered belong to no group
        return []
    found: list[Facts] = []
    shown = dimensions.grouped(standing.categories for standing in roll)
    laid = _laid(_cells(some, roll, dimensions.others(shown)), rules.least)
    for dimension in shown:
        parts = [block for block in laid if block.dimension == dimension]
        if len(parts) < 2:  # noqa: PLR2004 - one block is the whole
            continue
        inside = [
            [voter for voter in some if voter.categories[dimension] in block.categories] for block in parts
        ]
        table = _table(question, inside, rules)
        for block, voters, told in zip(parts, inside, table, strict=True):
            found.append(
                {
                    "dimension": dimension,
                    "categories": list(block.categories),
                    "answered": len(voters),
                    **told,
                }
            )
    return found


@lru_cache(maxsize=64)
def _laid(cells: tuple[Cell, ...], least: int) -> tuple[Block, ...]:
    """Return the blocks that may be shown: questions that the same organisations answered share them."""
    return blocks(cells, least)


def _cells(some: Sequence[Voter], roll: Sequence[Standing], more: Sequence[str]) -> tuple[Cell, ...]:
    """Return the cells of the roll, with the number of answers in each; `more`: the dimensions added."""
    names = (*Cell._fields[:3], *more)
    answered = Counter(tuple(voter.categories[name] for name in names) for voter in some)
    seats = Counter[tuple[str, ...]]()
    for standing in roll:
        seats[tuple(standing.categories[name] for name in names)] += standing.seats
    return tuple(
        Cell(place[0], place[1], place[2], count, answered[place], tuple(zip(more, place[3:], strict=True)))
        for place, count in sorted(seats.items())
    )


def _table(question: Question, inside: Sequence[Sequence[Voter]], rules: Rules) -> list[Facts]:
    if question.kind in {"scale", "number"}:
        return _means(question, inside, rules)
    codes = list(codes_of(question))
    counts = [[sum(chose(question, voter, code) for voter in some) for code in codes] for some in inside]
    shown = [
        [rules.least <= count <= len(some) - rules.least and not _dominated(some) for count in row]
        for some, row in zip(inside, counts, strict=True)
    ]
    hide_partners(shown, counts, rows=question.kind != "several")
    table: list[Facts] = []
    for some, flags in zip(inside, shown, strict=True):
        cells: list[int | None] = []
        for code, flag in zip(codes, flags, strict=True):
            part = [float(chose(question, voter, code)) for voter in some]
            cells.append(_share(some, part, rules) if flag else None)
        table.append({"weighted": cells})
    if rules.coarse:  # a figure that no step hides is one hidden more
        kept = [[cell is not None for cell in row["weighted"]] for row in table]
        hide_partners(kept, counts, rows=question.kind != "several")
        for row, flags in zip(table, kept, strict=True):
            row["weighted"] = [c if flag else None for c, flag in zip(row["weighted"], flags, strict=True)]
    return table


def _share(some: Sequence[Voter], part: Sequence[float], rules: Rules) -> int | None:
    weights = [voter.weight for voter in some]
    found = survey.mean(part, weights, len(some))
    step: int | None = 1
    if rules.coarse:
        figure = blur.of(weights, part, [voter.cell for voter in some])
        step = next((each for each in STEPS if figure.is_blurred(each, rules.least)), None)
    return None if found is None or step is None else step * round(100 * found.value / step)


def _means(question: Question, inside: Sequence[Sequence[Voter]], rules: Rules) -> list[Facts]:
    told: list[float | None] = []
    for some in inside:
        weights = [voter.weight for voter in some]
        values = [value_of(question, voter) for voter in some]
        found = survey.mean(values, weights, len(some))
        if found is None or len(some) < 2 * rules.least or _dominated(some):
            told.append(None)
            continue
        low, high = span_of(question)
        part = [(each - low) / (high - low) for each in values]
        figure = blur.of(weights, part, [voter.cell for voter in some])
        steps = [each for each in STEPS if figure.is_blurred(each, rules.least)] if rules.coarse else [1]
        told.append(_stepped(found.value, low, (high - low) * steps[0] / 100) if steps else None)
    shown = [[each is not None] for each in told]
    hide_partners(shown, [[len(some)] for some in inside], rows=False)
    return [{"mean": each if flag else None} for each, (flag,) in zip(told, shown, strict=True)]


def _dominated(some: Sequence[Voter]) -> bool:
    weights = [voter.weight for voter in some]
    return not weights or max(weights) / sum(weights) > DOMINANT


def hide_partners(shown: list[list[bool]], counts: Sequence[Sequence[int]], *, rows: bool) -> None:
    """Hide more cells of a table until none that is hidden follows from its row or column alone.

    The sums of columns are known from the figures of all together; those of rows where a row is a whole.
    """
    changed = True
    while changed:
        changed = False
        for line in _lines(shown, rows=rows):
            open_cells = [(row, column) for row, column in line if shown[row][column]]
            if len(line) - len(open_cells) == 1 and open_cells:
                row, column = min(open_cells, key=lambda cell: (counts[cell[0]][cell[1]], cell))
                shown[row][column] = False
                changed = True


def _lines(shown: Sequence[Sequence[bool]], *, rows: bool) -> list[list[tuple[int, int]]]:
    down = [[(row, column) for row in range(len(shown))] for column in range(len(shown[0]) if shown else 0)]
    across = [[(row, column) for column in range(len(shown[row]))] for row in range(len(shown))]
    return down + across if rows else down

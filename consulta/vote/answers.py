"""What is told of answers, as values: a stored document, or what `figures` made, read as soon as it is there.

`figures` decides what is told and how it is written. A figure that is not told is None.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from consulta.core import survey
from consulta.core.counting.files import Cell as files_Cell
from consulta.core.counting.files import cells_of
from consulta.core.disclosure import blur, sums
from consulta.core.disclosure.suppression import Block, Cell, blocks
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State, accepts_ballots, has_result
from consulta.core.trust import record
from consulta.core.typed import from_stored
from consulta.platform import documents, seen
from consulta.platform.access import require
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.data.most_named import SIZES as MOST_NAMED
from consulta.platform.models import AnswerSheet, LocalGovernment
from consulta.platform.parts import uses
from consulta.platform.settings import SMALL_CELL
from consulta.rounds import addresses, ballots, public_rounds
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.secrecy import what_is_public
from consulta.rounds.service import line_of, sized, subject
from consulta.vote import questions as questions_acts
from consulta.vote.questions import (
    GovernmentLine,
    NamedGovernment,
    PublishedAnswers,
    ResultsView,
    Sheet,
    digest,
    of_round,
)
from consulta.vote.questions import read as rules_read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from consulta.core.reading import Node
    from consulta.core.texts import Text
    from consulta.platform.models import Round, Seat
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.vote.questions import Answer, Question, Said


def _figure(node: Node) -> float:
    """Return a number as it is written: a whole one stays one."""
    node.number()
    return node.value  # type: ignore[return-value]


def _name(node: Node) -> int | str:
    return node.text() if isinstance(node.value, str) else node.whole()


def _others(node: Node) -> int | tuple[int | str, ...]:
    return tuple(_name(each) for each in node.items()) if isinstance(node.value, list) else node.whole()


Figure: TypeAlias = Annotated[float, _figure] | None
Name: TypeAlias = Annotated[int | str, _name]
"""The code of a State, or the number of a local government."""


@dataclass(frozen=True, slots=True)
class Row:
    """An option or a step: how many chose it, in per cent without and with weights, and its error."""

    code: int
    count: int | None = None
    percent: Figure = None
    weighted: Figure = None
    error: Figure = None


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean without and with weights, and the standard error of the weighted one."""

    plain: Figure = None
    weighted: Figure = None
    error: Figure = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The lower quartile, the median and the upper quartile of answers."""

    low: Figure = None
    middle: Figure = None
    high: Figure = None


NO_PARTS = Parts()


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quartiles and median without and with weights."""

    plain: Parts = NO_PARTS
    weighted: Parts = NO_PARTS


@dataclass(frozen=True, slots=True)
class Group:
    """A block of categories of a dimension: its shares of each option, or (where it has none) its mean."""

    dimension: str
    categories: tuple[str, ...]
    answered: int | None
    weighted: tuple[Figure, ...] | None = None
    mean: Figure = None


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A government that organisations named."""

    name: Name
    count: int | None
    weighted: Figure


@dataclass(frozen=True, slots=True)
class Named:
    """The governments of a kind; `others` are those that few named, or how many these are."""

    rows: tuple[NamedRow, ...]
    others: Annotated[int | tuple[int | str, ...], _others]


@dataclass(frozen=True, slots=True)
class ForTheme:
    """The governments that were named for a theme, national and local ones."""

    theme: str
    answered: int
    n: Named
    l: Named  # noqa: E741 - the name in the document

    def of(self, kind: str) -> Named:
        """Return the governments of a kind: `n` or `l`."""
        return self.n if kind == "n" else self.l


@dataclass(frozen=True, slots=True)
class Answered:
    """What is told of the answers to a question; None is what its kind does not have."""

    key: str
    kind: str
    answered: int | None
    told: bool
    rows: tuple[Row, ...] | None = None
    mean: Mean | None = None
    quantiles: Quantiles | None = None
    groups: tuple[Group, ...] = ()
    texts: tuple[str, ...] = ()
    themes: tuple[ForTheme, ...] = ()


def _place(node: Node) -> tuple[str, str | None]:
    name, country = node.pair()
    return name.text(), None if country.is_null() else country.text()


Places: TypeAlias = Mapping[str, Annotated[tuple[str, str | None], _place]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of the answers of a round; `places`: name and country of local governments, by number."""

    small_cell: int
    coarse: bool
    voted: int
    questions: tuple[Answered, ...]
    places: Places = field(default_factory=dict)

    def by_key(self) -> dict[str, Answered]:
        """Return what is told of each question, by its key."""
        return {each.key: each for each in self.questions}


def read(stored: str | Mapping[str, Any]) -> Facts:
    """Return the value of a kept document, or of what `figures` made."""
    return from_stored(Facts, stored)


FORMAT = "consulta-questions/1"
STEPS = (1, 2, 5, 10)
MANY, HEAVY, DOMINANT = 50, 0.1, 0.25
PARTS = {"low": (1, 4), "middle": (1, 2), "high": (3, 4)}
REACH = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|https?://\S+|(?:\+?\d[\s().-]?){7,}")
HIDDEN = "[…]"
FigureFacts = dict[str, Any]


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
) -> FigureFacts:
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
) -> FigureFacts:
    some = [voter for voter in voters if question.key in voter.said]
    head: FigureFacts = {"key": question.key, "kind": question.kind, "answered": len(some), "told": True}
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


def _of_themes(key: str, some: Sequence[Voter], rules: Rules) -> list[FigureFacts]:
    """Return for each theme the governments that were named, most weight first.

    Of those that fewer than `least` named, the desk is told the names alone, and the public how many.
    """
    found: list[FigureFacts] = []
    for theme in sorted({theme for voter in some for theme in voter.said[key]}):
        voters = [voter for voter in some if theme in voter.said[key] and theme in voter.placed]
        enough = 2 * rules.least if rules.coarse else rules.least
        if voters and (len(voters) >= enough or rules.named or rules.desk):
            kinds = {kind: _named(key, theme, kind, voters, rules) for kind in ("n", "l")}
            found.append({"theme": theme, "answered": len(voters), **kinds})
    return found


def _named(key: str, theme: str, kind: str, voters: Sequence[Voter], rules: Rules) -> FigureFacts:
    """Return the governments of a kind that were named for a theme: `rows` with figures, and the others."""
    weights = [voter.weight for voter in voters]
    cells = [voter.cell for voter in voters]
    rows: list[FigureFacts] = []
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

    def all(self, *, count: bool) -> FigureFacts:
        """Return the figures; without `count` no numbers, from which follows how many answered."""
        found: FigureFacts = {}
        if self.question.kind != "number":
            found["rows"] = self._rows() if count else [{**row, "count": None} for row in self._rows()]
        if self.question.kind in {"scale", "number"}:
            values = [value_of(self.question, voter) for voter in self.some]
            found["mean"] = self._mean(values)
            found["quantiles"] = self._quantiles(values)
        return found

    def _rows(self) -> list[FigureFacts]:
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

    def _exact(self, code: int, count: int, part: Sequence[float]) -> FigureFacts:
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

    def _mean(self, values: Sequence[float]) -> FigureFacts:
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

    def _quantiles(self, values: Sequence[float]) -> FigureFacts | None:
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


def _untold(code: int) -> FigureFacts:
    return {"code": code, "count": None, "percent": None, "weighted": None, "error": None}


def _told(value: float | None, *, exact: bool) -> float | None:
    """Return an answer as it may be told: a number to two figures, since it is some organisation's own."""
    return value if value is None or exact else float(f"{value:.1e}")


def _stepped(value: float, low: float, step: float) -> float:
    return round(low + step * round((value - low) / step), 6)


# -- by group


def _groups(
    question: Question, some: Sequence[Voter], roll: Sequence[Standing], rules: Rules
) -> list[FigureFacts]:
    """Return the figures of blocks of categories: those of a dimension that is cut into two or more."""
    if not roll:  # those who answered belong to no group
        return []
    found: list[FigureFacts] = []
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


def _table(question: Question, inside: Sequence[Sequence[Voter]], rules: Rules) -> list[FigureFacts]:
    if question.kind in {"scale", "number"}:
        return _means(question, inside, rules)
    codes = list(codes_of(question))
    counts = [[sum(chose(question, voter, code) for voter in some) for code in codes] for some in inside]
    shown = [
        [rules.least <= count <= len(some) - rules.least and not _dominated(some) for count in row]
        for some, row in zip(inside, counts, strict=True)
    ]
    hide_partners(shown, counts, rows=question.kind != "several")
    table: list[FigureFacts] = []
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


def _means(question: Question, inside: Sequence[Sequence[Voter]], rules: Rules) -> list[FigureFacts]:
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


_COMMON = frozenset(
    {
        "de",
        "del",
        "la",
        "las",
        "los",
        "el",
        "da",
        "do",
        "of",
        "the",
        "municipio",
        "municipalidad",
        "alcaldia",
        "ayuntamiento",
        "intendencia",
        "gobierno",
        "prefeitura",
        "municipality",
        "city",
        "government",
        "ciudad",
        "cidade",
        "gad",
        "distrito",
    }
)
"""Words that say nothing of which local government is meant."""

ALIKE = 0.86  # of the letters of two names, the part that they share in the same order


def keep(work: Work, named: questions_acts.Named) -> dict[str, dict[str, list[str | int]]]:
    """Return what was named with local governments by their numbers; new ones are added to the list."""
    own: set[int] = set()
    return {
        theme: {
            questions_acts.NATIONAL: list(kinds[questions_acts.NATIONAL]),
            questions_acts.LOCAL: list(
                dict.fromkeys(_number(work, each, own) for each in kinds[questions_acts.LOCAL])
            ),
        }
        for theme, kinds in named.items()
    }


def _number(work: Work, text: str, own: set[int]) -> int:
    """Return the number of a local government, and add it to `own`, what this answer names.

    A name without a country is that of the only one of this name, if people may be told of it: else the page,
    which shows it with its country, would say that another organisation wrote it.
    """
    place = questions_acts.place(text)
    rows = questions_acts.local_governments(work.session)
    found = next((row for row in rows if row.name_key == place.key), None)
    if found is None and place.country is None:
        known = {row.id for row in _told_governments(work)} | own
        same = [row for row in rows if fold(row.name) == fold(place.name) and row.into_id is None]
        found = same[0] if len(same) == 1 and same[0].id in known else None
    if found is None:
        found = LocalGovernment(
            name=place.name, country=place.country, name_key=place.key, created_at=work.now
        )
        questions_acts.add(work.session, found)
    own.add(found.id)
    return found.id


def _told_governments(work: Work) -> list[LocalGovernment]:
    """Return the local governments of which people may be told that they were written.

    Those that came while a round is open wait for its end: members, and staff who see who votes, would
    else read what an organisation answers.
    """
    since = questions_acts.open_since(work.session)
    return [
        row
        for row in questions_acts.local_governments(work.session)
        if since is None or row.created_at < since
    ]


def roots(work: Work) -> dict[int, GovernmentLine]:
    """Return by number each local government that was ever written, as the one with which it is joined."""
    rows = {row.id: row for row in questions_acts.local_governments(work.session)}
    found: dict[int, GovernmentLine] = {}
    for number, row in rows.items():
        root = row
        while root.into_id is not None:
            root = rows[root.into_id]
        found[number] = GovernmentLine(root.id, root.name, root.country)
    return found


def listed(work: Work) -> tuple[GovernmentLine, ...]:
    """Return the local governments, each once, with those that may be the same."""
    require(work, "rounds.read")
    rows = _told_governments(work)
    told = {row.id for row in rows}
    own = sorted((row for row in rows if row.into_id is None), key=lambda row: (fold(row.name), row.id))
    joined: dict[int, list[str]] = {}
    for number, root in roots(work).items():
        if number != root.number and number in told:
            joined.setdefault(root.number, []).append(next(row.name for row in rows if row.id == number))
    return tuple(
        GovernmentLine(
            row.id,
            row.name,
            row.country,
            tuple(sorted(joined.get(row.id, ()))),
            tuple(other.id for other in own if other.id != row.id and _alike(row, other)),
        )
        for row in own
    )


def joined(work: Work) -> tuple[tuple[int, str, str], ...]:
    """Return the spellings that are joined: number, how it was written, and with which one."""
    require(work, "rounds.read")
    found = roots(work)
    rows = [row for row in _told_governments(work) if row.into_id is not None]
    rows.sort(key=lambda row: (fold(row.name), row.id))
    return tuple((row.id, row.name, found[row.id].name) for row in rows)


def _alike(one: LocalGovernment, other: LocalGovernment) -> bool:
    """Return whether two names may mean the same place: in one country, or where one has none."""
    if one.country and other.country and one.country != other.country:
        return False
    first, second = (set(fold(each.name).split()) - _COMMON for each in (one, other))
    return bool(first and second) and (
        first <= second or second <= first or _near(" ".join(sorted(first)), " ".join(sorted(second)))
    )


def _near(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def join(work: Work, number: int, into: int) -> None:
    """Let one local government be a spelling of another. Problem: `governments.unknown`."""
    require(work, "rounds.write")
    rows = {row.id: row for row in _told_governments(work)}
    if number == into or number not in rows or into not in rows or rows[into].into_id is not None:
        raise Problem("governments.unknown")
    if rows[number].into_id is not None:
        raise Problem("governments.unknown")
    rows[number].into_id = into
    if rows[into].country is None:
        rows[into].country = rows[number].country
    work.session.flush()
    work.record("governments.joined", f"government:{number}", {"into": into})


def part(work: Work, number: int) -> None:
    """Let a spelling stand for itself again. Problem: `governments.unknown`."""
    require(work, "rounds.write")
    row = next((row for row in questions_acts.local_governments(work.session) if row.id == number), None)
    if row is None or row.into_id is None:
        raise Problem("governments.unknown")
    row.into_id = None
    work.session.flush()
    work.record("governments.parted", f"government:{number}", {})


def names(work: Work, own: Collection[int] = ()) -> Mapping[int, GovernmentLine]:
    """Return the local governments as they are offered to be chosen, by number; also those that are `own`."""
    shown = {row.id for row in _told_governments(work)} | set(own)
    return {number: line for number, line in roots(work).items() if number in shown}


def all_names(work: Work) -> Mapping[int, GovernmentLine]:
    """Return all local governments that were ever written, each once, by its number."""
    return {line.number: line for line in roots(work).values()}


KIND = "result"


def desk(work: Work, round_key: str, small_cell: int = SMALL_CELL) -> ResultsView:
    """Return the figures of a counted round's answers for the secretariat.

    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "result.read")
    found, sizes = sized(work, round_key, contents=True)
    voters = [voter for voter, _said in answers_of(work, found)]
    questions = of_round(work, found)
    return ResultsView(
        round=line_of(found, sizes, work.now),
        secrecy=found.secrecy,
        questions=questions,
        facts=read(
            _with_places(
                work,
                figures(
                    questions,
                    voters,
                    questions_acts.ballots(work.session, found.id),
                    roll_of(work, found),
                    Rules(max(small_cell, 1), coarse=False, named=_named_results(found), desk=True),
                ),
            )
        ),
        themes=_titles(found),
    )


def named_for(
    work: Work, found: Round, topics: Collection[str], small_cell: int
) -> tuple[NamedGovernment, ...]:
    """Return the governments that organisations named for the topics of a counted round, most weight first.

    Of those named by fewer organisations than `small_cell`, the name alone. Empty where none was asked for.
    """
    require(work, "panel.read")
    return _figures_for(
        work, found, topics, Rules(max(small_cell, 1), coarse=False, named=_named_results(found), desk=True)
    )


def _figures_for(
    work: Work, found: Round, topics: Collection[str], rules: Rules
) -> tuple[NamedGovernment, ...]:
    questions = [each for each in of_round(work, found) if each.kind == "governments"]
    if not questions or documents.find(work.session, found.id, KIND) is None:
        return ()
    voters = [voter for voter, _said in answers_of(work, found)]
    made_of = figures(questions, voters, questions_acts.ballots(work.session, found.id), [], rules)
    (told,) = read(made_of).questions
    places = roots(work)
    made: list[NamedGovernment] = []
    for theme in told.themes:
        if theme.theme not in topics:
            continue
        for kind in (questions_acts.NATIONAL, questions_acts.LOCAL):
            told_of = theme.of(kind)
            others = told_of.others if isinstance(told_of.others, tuple) else ()
            for row in (*told_of.rows, *(NamedRow(name, None, None) for name in others)):
                count, weighted = row.count, row.weighted
                if isinstance(row.name, str):
                    made.append(NamedGovernment(kind, row.name, "", count, weighted))
                else:
                    line = places[row.name]
                    made.append(NamedGovernment(kind, line.country, line.name, count, weighted, line.number))
    return tuple(made)


def most_named(work: Work, found: Round, topics: Collection[str], small_cell: int) -> list[dict[str, Any]]:
    """Return the governments that organisations named most for the topics of a counted round, by rank.

    Only those that at least `small_cell` organisations named, by the weighted figures of `named_for`; equal
    ones have one rank. `keys` are what a nominee's government may be: each spelling of a local one.
    Empty where none was asked for.
    """
    require(work, "panel.read")
    spellings: dict[int, list[str]] = {}
    for number, root in roots(work).items():
        spellings.setdefault(root.number, []).append(str(number))
    shares: dict[str, tuple[float, NamedGovernment]] = {}
    for each in _figures_for(
        work, found, topics, Rules(max(small_cell, 1), coarse=False, named=True, desk=True)
    ):
        if each.weighted is not None and each.weighted > shares.get(each.key, (-1.0, each))[0]:
            shares[each.key] = (each.weighted, each)
    ranked: list[dict[str, Any]] = []
    for share, each in sorted(shares.values(), key=lambda pair: (-pair[0], pair[1].kind, pair[1].key)):
        rank = 1 + sum(other > share for other, _ in shares.values())
        keys = [each.key] if each.number is None else spellings[each.number]
        ranked.append({"rank": rank, "kind": each.kind, "code": each.code, "name": each.name, "keys": keys})
    return [each for each in ranked if each["rank"] <= max(MOST_NAMED)]


def publish(work: Work, found: Round, small_cell: int) -> None:
    """Keep what is published of the answers with the result; nothing where the round asks no questions."""
    questions = of_round(work, found)
    if not questions:
        return
    voters = [voter for voter, _said in answers_of(work, found)]
    facts = figures(
        questions,
        voters,
        questions_acts.ballots(work.session, found.id),
        roll_of(work, found),
        Rules(max(small_cell, 1), coarse=not _named_results(found), named=_named_results(found)),
    )
    content = (
        json.dumps({"round": found.key, **_with_places(work, facts)}, ensure_ascii=False, indent=1) + "\n"
    )
    sha256 = record.digest(content.encode())
    questions_acts.keep_figures(work.session, found.id, content, sha256, work.now)
    work.record("questions.published", subject(found), {"figures_sha256": sha256})


def published(work: Work, round_key: str) -> PublishedAnswers:
    """Return what was published of the answers of a round. Problem: `round.unknown` where nothing was."""
    require(work, "published.read")
    found = public_rounds.opened(work, round_key)
    there = or_problem(
        questions_acts.figures(work.session, found.id) if found.state == State.PUBLISHED else None,
        "round.unknown",
        key=round_key,
    )
    return PublishedAnswers(
        public_rounds.card_of(work, found),
        found.secrecy,
        of_round(work, found),
        read(there.content),
        _titles(found),
    )


def are_published(work: Work, round_key: str) -> bool:
    """Return whether there is a public page of the answers of a round."""
    require(work, "published.read")
    found = public_rounds.opened(work, round_key)
    if found.state != State.PUBLISHED or not uses(work, "questions"):
        return False
    return questions_acts.figures(work.session, found.id) is not None


def answers_of(work: Work, found: Round) -> list[tuple[Voter, Said]]:
    """Return the organisations whose votes count and that answered, each with its weight.

    Problems: `round.not_closed`, `result.uncounted`.
    """
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=found.key)
    result = or_problem(documents.find(work.session, found.id, KIND), "result.uncounted")
    seen.note(work, found)
    weights = _Weights(cells_of(result.content))
    places = roots(work)
    asked = [each.key for each in of_round(work, found) if each.kind == "governments"]
    return [
        (weights.voter(_under_roots(said, asked, places)), said)
        for said in questions_acts.sheets(work.session, found.id)
    ]


def _under_roots(said: Said, asked: list[str], places: Mapping[int, GovernmentLine]) -> Said:
    """Return answers with each local government as the one with which it is joined."""
    answers = dict(said.said)
    for key in asked:
        if key in answers:
            answers[key] = {
                theme: {
                    questions_acts.NATIONAL: kinds[questions_acts.NATIONAL],
                    questions_acts.LOCAL: [places[number].number for number in kinds[questions_acts.LOCAL]],
                }
                for theme, kinds in answers[key].items()
            }
    return said._replace(said=answers)


def _with_places(work: Work, facts: dict[str, Any]) -> dict[str, Any]:
    """Return figures with name and country of the local governments in them alone, by number."""
    found = [theme.of(questions_acts.LOCAL) for one in read(facts).questions for theme in one.themes]
    told = {int(row.name) for kind in found for row in kind.rows}
    told |= {int(name) for kind in found if isinstance(kind.others, tuple) for name in kind.others}
    lines = all_names(work)
    return facts | {"places": {str(each): [lines[each].name, lines[each].country] for each in sorted(told)}}


def _titles(found: Round) -> dict[str, Text]:
    return {theme.key: theme.title for theme in found.themes}


def roll_of(work: Work, found: Round) -> list[Standing]:
    """Return how many organisations of the same categories the roll of a round has."""
    kinds = rounds_queries.turnout_by_kind(work.session, found.id)
    return [Standing(kind.categories, kind.seats) for kind in kinds]


class _Weights:
    """The weights of a stored result, by the categories over which it balanced."""

    def __init__(self, cells: Sequence[files_Cell]) -> None:
        self.micro = {(_key(cell.categories), cell.each): cell.micro for cell in cells}
        self.dimensions = tuple(cells[0].categories) if cells else ()
        self.numbers: dict[object, int] = {}

    def voter(self, said: Said) -> Voter:
        """Return an organisation with its weight."""
        categories = {**said.categories, "country": said.country}
        cell = _key({name: categories[name] for name in self.dimensions})
        micro = self.micro.get((cell, said.base), 0)
        number = self.numbers.setdefault((cell, said.base), len(self.numbers))
        placed = frozenset(key for tier in said.ranking for key in tier)
        return Voter(said.base * micro, number, categories, said.said, placed)


def _key(categories: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(categories.items()))


def _named_results(found: Round) -> bool:
    return "seats" in what_is_public(found.secrecy)


def own(work: Work, round_key: str) -> Sheet:
    """Return the questions for the organisation of the session, with its answers.

    Raise Problem `answers.elsewhere` if its seat is of another round.
    """
    require(work, "answers.write")
    return _sheet(work, _own_seat(work, round_key))


def send(work: Work, round_key: str, raw: Mapping[str, Sequence[str]], asked: str, seen: int) -> int:
    """Store the answers of the organisation of the session, in place of those before; return their version.

    `asked` is the digest of the questions that the form showed, `seen` the version of the answers.
    Problems: `answers.elsewhere`, and those of `_store`.
    """
    require(work, "answers.write")
    seat = _own_seat(work, round_key)
    return _store(work, seat, raw, asked, seen)


def for_seat(work: Work, round_key: str, seat_key: str) -> Sheet:
    """Return the questions for a seat, to be filled in for it, without what it answered before.

    Problem: `seat.unknown`.
    """
    require(work, "ballot.assist")
    return _sheet(work, _seat(work, round_key, seat_key), hidden=True)


def enter(
    work: Work, round_key: str, seat_key: str, raw: Mapping[str, Sequence[str]], asked: str, seen: int
) -> int:
    """Store the answers that staff enter for a seat; the log says that they did, and not what.

    Problems: `seat.unknown`, and those of `_store`.
    """
    require(work, "ballot.assist")
    seat = _seat(work, round_key, seat_key)
    version = _store(work, seat, raw, asked, seen, assisted=True)
    work.record("answers.entered", f"seat:{seat.id}", {"version": version})
    return version


def _store(
    work: Work,
    seat: Seat,
    raw: Mapping[str, Sequence[str]],
    asked: str,
    seen: int,
    *,
    assisted: bool = False,
) -> int:
    """Store the answers of a seat, and return their version.

    Problems: `answers.none` (the round asks nothing), `answers.over`, `answers.unvoted`, `answers.foreign`
    (the form shows other questions), `answers.changed` (others were stored meanwhile), the first fault of an
    answer.
    """
    ballots.hold(work.session, seat.id)
    work.session.refresh(seat.round)
    questions = of_round(work, seat.round)
    if not questions:
        raise Problem("answers.none")
    if not takes_answers(work, seat.round):
        raise Problem("answers.over")
    if not _has_voted(work, seat):
        raise Problem("answers.unvoted")
    if asked != digest(questions):
        raise Problem("answers.foreign")
    every = assisted or not _could_vote(work, seat, _voted_at(work, seat))
    found = rules_read(questions, raw, [key for key, _title in _themes(work, seat, every=every)])
    for problem in found.faults.values():
        raise problem
    said = {
        question.key: keep(work, found.said[question.key])
        if question.kind == "governments"
        else found.said[question.key]
        for question in questions
        if question.key in found.said
    }
    kept = questions_acts.sheet(work.session, seat.id)
    if seen != (kept.version if kept else 0):
        raise Problem("answers.changed")
    if kept is None:
        kept = AnswerSheet(
            round_id=seat.round_id,
            seat_id=seat.id,
            version=1,
            said=said,
            assisted=assisted,
            answered_at=work.now,
        )
        questions_acts.add(work.session, kept)
        return 1
    kept.version, kept.said = kept.version + 1, said
    kept.assisted, kept.answered_at = assisted, work.now
    work.session.flush()
    return kept.version


def takes_answers(work: Work, found: Round) -> bool:
    """Return whether a round takes answers now."""
    return accepts_ballots(State(found.state)) and work.now < found.closes_at


def asks(work: Work, found: Round) -> int:
    """Return how many questions a round asks."""
    return questions_acts.asked(work.session, found.id)


def imagined(work: Work, found: Round, organisation: str) -> Sheet:
    """Return the questions of a round as an organisation would see them; it may be a draft."""
    questions = of_round(work, found)
    themes = tuple((theme.key, theme.title) for theme in found.themes[:2])
    return _filled(
        found,
        questions,
        organisation,
        seat="",
        here=found.zone,
        themes=themes,
        named=_named_answers(work, questions),
    )


def _named_answers(
    work: Work, questions: Sequence[Question], kept: AnswerSheet | None = None
) -> Mapping[int, GovernmentLine]:
    """Return the local governments that can be chosen, and those in the answers that are kept.

    None where the round does not ask for any.
    """
    asked = [each.key for each in questions if each.kind == "governments"]
    said = [kept.said.get(key, {}) for key in asked] if kept else []
    own = {number for themes in said for kinds in themes.values() for number in kinds[questions_acts.LOCAL]}
    return names(work, own) if asked else {}


def _themes(work: Work, seat: Seat, *, every: bool) -> tuple[tuple[str, Text], ...]:
    """Return the themes for which a seat is asked: those that its vote places, in its order.

    With `every` all of the round: staff, and contacts of after the vote, do not see how it voted.
    """
    titles = {theme.key: theme.title for theme in seat.round.themes}
    if every:
        return tuple(titles.items())
    ballot = ballots.current(work.session, seat.id)
    placed = [key for tier in ballot.ranking for key in tier] if ballot else []
    return tuple((key, titles[key]) for key in placed)


def _sheet(work: Work, seat: Seat, *, hidden: bool = False) -> Sheet:
    kept = questions_acts.sheet(work.session, seat.id)
    questions = of_round(work, seat.round)
    # Who could not vote yet when the vote, or the answers, were sent reads nothing of them.
    every = hidden or not _could_vote(work, seat, _voted_at(work, seat))
    unread = not hidden and kept is not None and (every or not _could_vote(work, seat, kept.answered_at))
    hidden = hidden or unread
    return _filled(
        seat.round,
        questions,
        seat.name,
        seat=seat.key,
        here=catalogue.countries_by_code()[seat.country].zone,
        takes=takes_answers(work, seat.round),
        voted=_has_voted(work, seat),
        kept=kept,
        hidden=hidden,
        unread=unread,
        themes=_themes(work, seat, every=every),
        named=_named_answers(work, questions, None if hidden else kept),
    )


def _filled(
    found: Round,
    questions: tuple[Question, ...],
    organisation: str,
    *,
    seat: str,
    here: str,
    takes: bool = True,
    voted: bool = True,
    kept: AnswerSheet | None = None,
    hidden: bool = False,
    unread: bool = False,
    themes: tuple[tuple[str, Text], ...] = (),
    named: Mapping[int, GovernmentLine] | None = None,
) -> Sheet:
    return Sheet(
        round_key=found.key,
        round_title=found.title,
        secrecy=found.secrecy,
        example=found.example,
        seat=seat,
        organisation=organisation,
        here=here,
        zone=found.zone,
        closes_at=found.closes_at,
        takes_answers=takes,
        voted=voted,
        questions=questions,
        digest=digest(questions),
        said=dict(kept.said) if kept and not hidden else {},
        version=kept.version if kept else 0,
        answered_at=kept.answered_at if kept else None,
        unread=unread,
        themes=themes,
        governments=named or {},
    )


def _has_voted(work: Work, seat: Seat) -> bool:
    ballot = ballots.current(work.session, seat.id)
    return ballot is not None and not ballot.abstains


def _voted_at(work: Work, seat: Seat) -> datetime | None:
    ballot = ballots.current(work.session, seat.id)
    return ballot.cast_at if ballot is not None else None


def _could_vote(work: Work, seat: Seat, at: datetime | None) -> bool:
    """Return whether the voter of the session could vote at a moment already; True for None and for staff."""
    if at is None or work.actor.seat_id is None:
        return True
    return addresses.could_vote(work.session, seat.id, work.actor.id or 0, at)


def _own_seat(work: Work, round_key: str) -> Seat:
    seat = ballots.seat(work.session, work.actor.seat_id or 0)
    if seat is None or seat.round.key != round_key:
        raise Problem("answers.elsewhere")
    return seat


def _seat(work: Work, round_key: str, seat_key: str) -> Seat:
    number = ballots.seat_id(work.session, round_key, seat_key)
    return or_problem(ballots.seat(work.session, number) if number is not None else None, "seat.unknown")


def previewed(work: Work, round_key: str) -> tuple[RoundLine, Sheet]:
    """Return the questions of a round for an invented organisation. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = sized(work, round_key)
    name = catalogue.mail_words(work.languages[0])["sample_organisation"]
    return line_of(found, sizes, work.now), imagined(work, found, name)

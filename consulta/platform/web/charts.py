"""Positions of the marks of a chart, computed from values alone.

The module decides lengths, line breaks, order and shades; it knows nothing of rounds, languages or
colours. Horizontal lengths are percentages and vertical ones are em, so that a chart keeps the size of
its letters from a narrow phone to a printed sheet. The macros in `templates/web/charts.html` draw the
values that are computed here.

In a ranked dot plot a row is a theme, with its score with weights as a dot and without as a ring on one axis;
beside it, on an axis of places, a line says between which places the theme stood in repeated counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


NARROWEST = 18.5
"""Width in em of a picture on the narrowest page that must hold it (320 px, less the margins)."""

SHEET = 52.0
"""The same on a printed sheet, whose width is known: 130 mm in letters of 7 points."""

LETTER = 0.6
"""Width in em of an average letter, on the generous side."""

TO = "\N{EN DASH}"

FIGURE = 0.68
"""Width in em of an average character of a bold figure, on the generous side."""

LINE = 1.25
BAR = 1.1
GAP = 0.85
BETWEEN = 0.15


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label, with the height of its baseline."""

    text: str
    y: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar: where it lies, how long it is, and where its figure stands."""

    y: str
    width: str
    text: str
    text_x: str
    text_y: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The target of the bars of a row."""

    x: str
    top: str
    bottom: str
    text: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """A label above its bars, with the target where there is one."""

    label: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    target: Tick | None


@dataclass(frozen=True, slots=True)
class BarChart:
    """Rows of one bar, or of two (before and after), on one axis that starts at zero."""

    rows: tuple[BarRow, ...]
    height: str
    has_targets: bool
    bar: str = f"{BAR}em"
    both: str = f"{2 * BAR + BETWEEN:.2f}em"


@dataclass(frozen=True, slots=True)
class Pair:
    """Values of one row of a paired bar chart: two values and, where one was agreed, the target."""

    label: str
    first: float
    first_text: str
    second: float
    second_text: str
    target: float | None = None
    target_text: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a matrix and its shade, from 0 (none) to 5 (strongest)."""

    text: str
    shade: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One row of a matrix, with its number in the order given."""

    number: int
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A square of shares; `ranges` says which percentages each shade stands for."""

    rows: tuple[MatrixRow, ...]
    ranges: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Stair:
    """A theme on the stairs of a run-off: a cell for each step that it is in; `leaves`: after the last."""

    label: str
    cells: tuple[Cell, ...]
    leaves: bool


@dataclass(frozen=True, slots=True)
class Stairs:
    """A run-off as stairs: every row is as long as its theme stays; `rest` is what no theme has any more."""

    rows: tuple[Stair, ...]
    rest: tuple[Cell, ...]
    ranges: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A State for the tile grid: what its tile says, and the class (0 to 5) that shades it.

    `leads`: there is something to read about it, where tiles are links.
    """

    code: str
    label: str
    figure: str
    cells: tuple[str, ...]
    shade: int
    leads: bool = True


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: where it lies, the heights of its two lines, and what it stands for."""

    x: str
    y: str
    middle: str
    upper: str
    lower: str
    place: Place


@dataclass(frozen=True, slots=True)
class TileGrid:
    """The 33 States as tiles of one size, near their neighbours; `rows` are those of the table, by name."""

    tiles: tuple[Tile, ...]
    rows: tuple[Place, ...]
    height: str
    width: str = "9.2%"
    side: str = "2.35em"


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a ring: its outline in a square of a hundred, and what it says."""

    path: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Donut:
    """Parts of a whole as a ring that begins at the top; `middle` stands in it."""

    slices: tuple[Slice, ...]
    middle: str


def bars(
    rows: Iterable[tuple[str, float, str]], *, keep_order: bool = False, width: float = NARROWEST
) -> BarChart:
    """Return a bar chart of the rows (label, value, figure in words).

    Rows are ordered longest first, or as given where `keep_order` is true. `width` is the width of the
    page in em.
    """
    told = [(label, [(value, text)], None, "") for label, value, text in rows]
    return _chart(told, width, keep_order=keep_order)


def pairs(rows: Iterable[Pair], *, keep_order: bool = False, width: float = NARROWEST) -> BarChart:
    """Return a chart with two bars a row (before, after) on one axis, and targets as ticks.

    Rows are ordered by `second`, largest first, or as given where `keep_order` is true. `width` is the
    width of the page in em.
    """
    told = [
        (
            row.label,
            [(row.first, row.first_text), (row.second, row.second_text)],
            row.target,
            row.target_text,
        )
        for row in rows
    ]
    return _chart(told, width, keep_order=keep_order)


def _chart(
    rows: Sequence[tuple[str, Sequence[tuple[float, str]], float | None, str]],
    width: float,
    *,
    keep_order: bool,
) -> BarChart:
    """Return a chart of rows: label, bars (value, figure in words), target and its figure."""
    ordered = rows if keep_order else sorted(rows, key=lambda row: -row[1][-1][0])
    bars = [bar for row in ordered for bar in row[1]]
    values = [*(value for value, _text in bars), *(row[2] or 0.0 for row in ordered)]
    scale = _Scale(values, [text for _value, text in bars], width)
    drawn: list[BarRow] = []
    y = 0.0
    for label, told, target, target_text in ordered:
        lines, under = _label(label, y, width)
        tops = [under + place * (BAR + BETWEEN) for place in range(len(told))]
        bottom = tops[-1] + BAR
        tick = None
        if target is not None:
            at = _percent(scale.at(target))
            tick = Tick(at, _em(under - BETWEEN), _em(bottom + BETWEEN), target_text)
        marks = (
            _mark(scale, value, text, top, target) for (value, text), top in zip(told, tops, strict=True)
        )
        drawn.append(BarRow(label, lines, tuple(marks), tick))
        y = bottom + GAP
    return BarChart(tuple(drawn), _em(y), any(row.target is not None for row in drawn))


def matrix(keys: Sequence[str], shares: Sequence[Sequence[float | None]]) -> Matrix:
    """Return a square matrix of shares (0 to 1), row against column, as whole percentages.

    `shares` has one row per key and one column per key. `None` means that the share is not public and is
    shown as a dash; the diagonal is empty.
    """
    rows = tuple(
        MatrixRow(
            row + 1,
            label,
            tuple(Cell("", SELF) if row == column else _cell(share) for column, share in enumerate(line)),
        )
        for row, (label, line) in enumerate(zip(keys, shares, strict=True))
    )
    return Matrix(rows, _ranges(SHADES))


def stairs(rows: Iterable[tuple[str, Sequence[float], bool]], rest: Sequence[float]) -> Stairs:
    """Return a run-off as stairs: each theme with its shares (0 to 1) in the steps that it is in.

    `rows`: label, shares, and whether the theme leaves after its last step. `rest`: the share that no
    theme has, step by step.
    """
    return Stairs(
        tuple(
            Stair(label, tuple(_cell(share, PARTS) for share in shares), leaves)
            for label, shares, leaves in rows
        ),
        tuple(_cell(share, PARTS) for share in rest),
        _ranges(PARTS),
    )


def donut(rows: Iterable[tuple[str, float, str]], middle: str = "") -> Donut:
    """Return the rows (label, value, figure in words) as slices of a ring, in the order given.

    Rows with the value zero are left out; at least two must remain.
    """
    given = [row for row in rows if row[1] > 0]
    whole = sum(value for _, value, _ in given)
    drawn, before = [], 0.0
    for label, value, text in given:
        drawn.append(Slice(_ring(before / whole, (before + value) / whole), label, text))
        before += value
    return Donut(tuple(drawn), middle)


def _ring(start: float, end: float) -> str:
    """Return the outline (SVG path) of a ring slice between two shares of the turn.

    Shares are 0 to 1, clockwise from the top.
    """
    large = int(end - start > 1 / 2)
    outer, inner = RING
    a, b, c, d = _at(start, outer), _at(end, outer), _at(end, inner), _at(start, inner)
    return f"M{a}A{outer} {outer} 0 {large} 1 {b}L{c}A{inner} {inner} 0 {large} 0 {d}Z"


def _at(share: float, radius: float) -> str:
    turn = 2 * math.pi * share
    return f"{50 + radius * math.sin(turn):.2f} {50 - radius * math.cos(turn):.2f}"


RING = (48, 29)
"""Outer and inner radius of a ring in a square of a hundred."""

SELF = -1
"""The shade of the place of a row against itself."""

SHADES = (30, 40, 50, 60, 70)
"""Percentages at which the next shade of a matrix begins."""

PARTS = (5, 10, 20, 30, 50)
"""The same for parts of a whole that several share."""

_MAP = """
    .. MX .. .. .. BS .. .. .. ..
    .. GT BZ .. CU .. .. .. KN AG
    .. SV HN .. JM HT DO .. .. DM
    .. .. NI .. .. .. .. .. .. LC
    .. .. CR .. .. .. .. .. VC BB
    .. .. .. PA .. .. .. .. GD ..
    .. .. .. .. CO VE .. .. TT ..
    .. .. .. EC .. .. GY SR .. ..
    .. .. .. .. PE .. BR .. .. ..
    .. .. .. .. .. BO PY .. .. ..
    .. .. .. .. CL AR UY .. .. ..
"""
TILES: dict[str, tuple[int, int]] = {
    code: (column, row)
    for row, line in enumerate(_MAP.strip().splitlines())
    for column, code in enumerate(line.split())
    if code != ".."
}
"""Column and row of each State: neighbours near each other, all of one size, no border drawn."""

ROW = 2.55


def tiles(places: Iterable[Place]) -> TileGrid:
    """Return the places as a tile grid.

    Places whose code the grid does not have are only in its table.
    """
    rows = tuple(places)
    laid = tuple(_tile(place, *TILES[place.code]) for place in rows if place.code in TILES)
    bottom = max(row for _, row in TILES.values()) + 1
    return TileGrid(laid, rows, _em(bottom * ROW))


def _tile(place: Place, column: int, row: int) -> Tile:
    top = row * ROW
    return Tile(
        _percent(10.0 * column),
        _em(top),
        _percent(10.0 * column + 4.6),
        _em(top + 1.0),
        _em(top + 2.0),
        place,
    )


def _ranges(edges: Sequence[int]) -> tuple[tuple[int, str], ...]:
    """Return each shade with the range of whole percentages that it stands for."""
    lows, highs = (0, *edges), (*(edge - 1 for edge in edges), 100)
    return tuple(
        (shade, f"{low}{TO}{high}") for shade, (low, high) in enumerate(zip(lows, highs, strict=True))
    )


class _Scale:
    """Values to percentages of the width, leaving room for the longest figure after the longest bar."""

    def __init__(self, values: Sequence[float], texts: Sequence[str], width: float) -> None:
        self.top = max(values, default=0.0) or 1.0
        longest = max((len(text) for text in texts), default=0)
        self.room = min(50.0, 100 * (longest * FIGURE + 0.5) / width)

    def at(self, value: float) -> float:
        return (100 - self.room) * max(value, 0.0) / self.top


def _mark(scale: _Scale, value: float, text: str, y: float, target: float | None) -> Mark:
    """Return a bar whose figure stands right of it, or right of the target where they would overlap."""
    end = scale.at(value)
    at = end
    if target is not None and end <= scale.at(target) < end + scale.room:
        at = scale.at(target)
    return Mark(_em(y), _percent(end), text, _percent(at), _em(y + 0.85))


def _label(label: str, y: float, width: float) -> tuple[tuple[Line, ...], float]:
    """Return the label in lines that fit the page, and the height (em) at which the next mark begins."""
    pieces = wrap(label, int(width / LETTER) + 1) or [""]
    lines = tuple(Line(piece, _em(y + 0.95 + LINE * place)) for place, piece in enumerate(pieces))
    return lines, y + LINE * len(pieces) + 0.2


def _cell(share: float | None, edges: Sequence[int] = SHADES) -> Cell:
    if share is None:
        return Cell(TO, 0)
    percent = round(100 * share)
    return Cell(str(percent), sum(percent >= edge for edge in edges))


def _em(value: float) -> str:
    return f"{value:.2f}em"


def _percent(value: float) -> str:
    return f"{value:.2f}%"


MARGIN = 4.0  # per cent on either side, so that no dot is cut
FIFTH = 5  # places from one named on the axis to the next
STEP = 10  # points between two lines of the grid


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line of the grid: where it stands, and its points of a hundred."""

    x: float
    points: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Between which places a theme stood, where both stand on their axis, and where its own place does."""

    best: int
    worst: int
    start: float
    end: float
    x: float


@dataclass(frozen=True, slots=True)
class DotRow:
    """A theme: where its score stands with weights (`x`) and without (`ring`), and the points of both.

    `ring` and `unweighted` are None where the score without weights is not there. `chosen`: it is a topic.
    `reach` is None where it is not known between which places the theme stood.
    """

    place: int
    title: object
    x: float
    points: int
    ring: float | None
    unweighted: int | None
    chosen: bool
    reach: Reach | None


@dataclass(frozen=True, slots=True)
class Dots:
    """The rows in their order, the grid that all of them share, and that of the places."""

    rows: tuple[DotRow, ...]
    ticks: tuple[GridLine, ...]
    places: tuple[GridLine, ...]  # none where no places are known

    @property
    def low(self) -> int:
        """Return the points at which the axis begins."""
        return self.ticks[0].points

    @property
    def high(self) -> int:
        """Return the points at which the axis ends."""
        return self.ticks[-1].points


def dots(
    rows: Iterable[tuple[object, float | None, float | None]],
    chosen: Collection[int] = (1,),
    places: Sequence[tuple[int, int] | None] = (),
) -> Dots | None:
    """Return the plot of titles with their scores, 0 to 1, with and without weights, in their order.

    `chosen`: the places of the themes that were chosen; `places`: for each theme, between which places it
    stood in repeated counts, where that is known of all.
    Return None where there are no rows or any score with weights is not there. The axis runs over whole
    tens of points, at least one step wide, and holds every score.
    """
    found = list(rows)
    scores = [score for _title, score, _unweighted in found]
    known = [score for score in scores if score is not None]
    if not found or len(known) < len(scores):
        return None
    every = [*known, *(unweighted for _title, _score, unweighted in found if unweighted is not None)]
    low = math.floor(min(every) * 100 / STEP) * STEP
    high = max(math.ceil(max(every) * 100 / STEP) * STEP, low + STEP)

    def at(score: float) -> float:
        return round(MARGIN + (score * 100 - low) / (high - low) * (100 - 2 * MARGIN), 2)

    reaches = _reaches([each for each in places if each is not None], len(found))
    return Dots(
        tuple(
            DotRow(
                place,
                title,
                at(score),
                round(score * 100),
                None if unweighted is None else at(unweighted),
                None if unweighted is None else round(unweighted * 100),
                chosen=place in chosen,
                reach=reaches[place - 1] if reaches else None,
            )
            for place, (title, score, unweighted) in enumerate(found, 1)
            if score is not None
        ),
        tuple(GridLine(at(points / 100), points) for points in range(low, high + 1, STEP)),
        tuple(GridLine(_at_place(place, len(found)), place) for place in _marked(len(found)))
        if reaches
        else (),
    )


def _reaches(places: Sequence[tuple[int, int]], themes: int) -> list[Reach]:
    """Return the reach of every theme, in their order; none where it is not known of each."""
    if len(places) < themes:
        return []
    return [
        Reach(best, worst, *(_at_place(place, themes) for place in (best, worst, own)))
        for own, (best, worst) in enumerate(places, 1)
    ]


def _at_place(place: int, themes: int) -> float:
    return round(MARGIN + (place - 1) / max(themes - 1, 1) * (100 - 2 * MARGIN), 2)


def _marked(themes: int) -> list[int]:
    """Return the places that the axis names: the first, every fifth, and the last if it stands free."""
    return sorted({1, *range(FIFTH, themes - 1, FIFTH), themes})

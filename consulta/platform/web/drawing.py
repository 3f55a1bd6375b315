"""Pictures that stand alone: SVG for slides and messengers, in pixels, with their colours in them.

It draws what `charts` and `ranking` have laid out, and knows nothing of rounds. All is said by attributes,
since pages forbid styles inside a document; nothing is fetched, and the letters are those of the machine that
shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING

from markupsafe import escape

from consulta.platform.web import charts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.web.charts import DotRow, Dots

PAPER, INK, MUTED, DEEP = "#fbf9f4", "#1d2521", "#55605a", "#0b5a5e"
WARM, OCHRE, HAIR, LINE, ON_DEEP = "#a63f23", "#b7791f", "#d9d2c3", "#7f8a83", "#ffffff"
SANS = "'Liberation Sans', 'Noto Sans', Arial, 'DejaVu Sans', sans-serif"
SERIF = "'Liberation Serif', Georgia, 'Noto Serif', 'DejaVu Serif', serif"
LETTER = 0.56
"""Width of an average letter in its own height, on the generous side: letters differ between machines."""

WIDTH = 960
EDGE = 40
CARD = (1200, 630)
"""Size of the picture for messengers and slides."""
CARD_EDGE = 72
SHADES = ("#fbf9f4", "#dfe9e7", "#b7d0ce", "#7fadab", "#3f8284", DEEP)
"""Shades of matrices and tiles, from none to the strongest; the last two are dark."""
DARK = 4
UNTOLD = 5
"""The shade of a tile of which nothing is told, as `charts.Place` has it."""


@dataclass(slots=True)
class Canvas:
    """A picture that grows: elements of SVG, in the order in which they are drawn."""

    parts: list[str] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, line: str = "") -> None:
        """Draw a box; `line` is the colour of its outline."""
        around = f' stroke="{line}"' if line else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
            f'fill="{fill}"{around}/>'
        )

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 1
    ) -> None:
        """Draw a line."""
        (a, b), (c, d) = start, end
        self.parts.append(
            f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"/>'
        )

    def dot(self, x: float, y: float, radius: float, *, ring: bool = False) -> None:
        """Draw a dot, or a ring for what has no weights."""
        look = f'fill="{PAPER}" stroke="{OCHRE}" stroke-width="2.5"' if ring else f'fill="{DEEP}"'
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {look}/>')

    def text(
        self,
        x: float,
        y: float,
        words: object,
        size: float = 18,
        *,
        colour: str = INK,
        anchor: str = "start",
        weight: int = 400,
        family: str = SANS,
    ) -> None:
        """Write one line of text with its foot at `y`."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-family="{family}" font-size="{size}" font-weight="{weight}" '
            f'fill="{colour}" text-anchor="{anchor}">{escape(str(words))}</text>'
        )

    def lines(
        self,
        x: float,
        y: float,
        words: object,
        size: float,
        width: float,
        *,
        colour: str = INK,
        weight: int = 400,
        family: str = SANS,
    ) -> float:
        """Write words in lines that fit a width; return the foot of the next line."""
        for piece in fitting(words, size, width):
            self.text(x, y, piece, size, colour=colour, weight=weight, family=family)
            y += size * 1.25
        return y

    def two_lines(
        self, x: float, middle: float, words: object, size: float, width: float, *, weight: int = 400
    ) -> None:
        """Write words in one or two lines around the height of their middle; the rest is left out."""
        pieces = fitting(words, size, width)[:2]
        foot = middle + size * 0.35 - size * 0.6 * (len(pieces) - 1)
        for number, piece in enumerate(pieces):
            self.text(x, foot + size * 1.2 * number, piece, size, weight=weight)

    def svg(self, width: float, height: float, title: object) -> str:
        """Return the picture as a document on paper."""
        box = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">'
            f"<title>{escape(str(title))}</title>"
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="{PAPER}"/>'
            + "".join(self.parts)
            + "</svg>"
        )


def fitting(words: object, size: float, width: float) -> list[str]:
    """Return words as lines that fit a width in letters of this size."""
    return wrap(str(words), max(8, int(width / (size * LETTER))), break_on_hyphens=False) or [""]


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around a picture: its message, what it shows, and below it where it is from."""

    title: str
    note: str
    source: str


def framed(words: Words, canvas: Canvas, height: float) -> str:
    """Return a drawn body of this height under its message and above its source."""
    head, inside = Canvas(), WIDTH - 2 * EDGE
    y = head.lines(EDGE, EDGE + 24, words.title, 28, inside, weight=700, family=SERIF)
    y = head.lines(EDGE, y, words.note, 16, inside, colour=MUTED) if words.note else y
    head.parts.append(f'<g transform="translate({EDGE} {y:.1f})">{"".join(canvas.parts)}</g>')
    foot = head.lines(EDGE, y + height + 36, words.source, 14, inside, colour=MUTED)
    return head.svg(WIDTH, foot + 8, words.title)


def _part(length: str) -> float:
    return float(length.rstrip("%em")) / 100


def bars(words: Words, chart: charts.BarChart, series: Sequence[str] = ()) -> str:
    """Return rows of one bar, or of two, the first an outline; `series` names the two and the target."""
    canvas, y = Canvas(), 12.0
    left, room = 360, WIDTH - 2 * EDGE - 360
    for number, name in enumerate(series):
        x = left + number * room / 3
        if number == 2:  # noqa: PLR2004 - the third is the target
            canvas.line((x + 9, y - 12), (x + 9, y + 4), WARM, 3)
        else:
            canvas.rect(x, y - 11, 18, 14, PAPER if number == 0 else DEEP, OCHRE if number == 0 else DEEP)
        canvas.text(x + 26, y + 2, name, 14, colour=MUTED)
    y += 24 if series else 0
    for row in chart.rows:
        label = fitting(row.label, 16, left - 16)
        height = max(24 * len(row.marks), 20 * len(label)) + 10
        for number, piece in enumerate(label):
            canvas.text(0, y + 16 + 20 * number, piece, 16)
        for number, mark in enumerate(row.marks):
            top = y + 24 * number
            plain = len(row.marks) > 1 and number == 0
            canvas.rect(
                left, top, room * _part(mark.width), 20, PAPER if plain else DEEP, OCHRE if plain else ""
            )
            canvas.text(
                left + room * _part(mark.text_x) + 8, top + 15, mark.text, 15, weight=400 if plain else 700
            )
        if row.target:
            x = left + room * _part(row.target.x)
            canvas.line((x, y - 3), (x, y + 24 * len(row.marks)), WARM, 3)
        y += height
    canvas.line((left, 30 if series else 6), (left, y), LINE)
    return framed(words, canvas, y)


TITLES = 380
"""Where the axis of scores begins, right of places and titles."""
STEP = 40.0
TOP = 48.0


def ranked(words: Words, plot: Dots, titles: Sequence[str], names: tuple[str, str, str]) -> str:
    """Return the ranked dot plot; `names` says what a dot, a ring and a line of places stand for."""
    canvas, inside = Canvas(), WIDTH - 2 * EDGE
    scores = (TITLES, 300 if plot.places else 420)
    places = (sum(scores) + 60, inside - sum(scores) - 60)
    _ranked_key(canvas, plot, names)
    bottom = TOP + STEP * len(plot.rows)
    for ticks, (start, width) in ((plot.ticks, scores), (plot.places, places)):
        for tick in ticks:
            at = start + width * tick.x / 100
            canvas.line((at, TOP), (at, bottom), HAIR)
            canvas.text(at, TOP - 6, tick.points, 13, colour=MUTED, anchor="middle")
    for number, (row, title) in enumerate(zip(plot.rows, titles, strict=True), start=1):
        y = TOP + STEP * (number - 0.5)
        canvas.line((0, TOP + STEP * number), (inside, TOP + STEP * number), HAIR)
        canvas.text(0, y + 6, row.place, 18, colour=DEEP if row.chosen else MUTED, weight=600, family=SERIF)
        canvas.two_lines(36, y, title, 14, TITLES - 56, weight=700 if row.chosen else 400)
        _scores(canvas, row, y, scores)
        if row.reach:
            best, worst, own = (
                places[0] + places[1] * each / 100 for each in (row.reach.start, row.reach.end, row.reach.x)
            )
            canvas.line((best, y), (worst, y), DEEP, 3)
            canvas.dot(own, y, 5)
    return framed(words, canvas, bottom)


def _ranked_key(canvas: Canvas, plot: Dots, names: tuple[str, str, str]) -> None:
    weighted, plain, places = names
    x = 0.0
    for name, shown in (
        (weighted, True),
        (plain, any(row.ring is not None for row in plot.rows)),
        (places, bool(plot.places)),
    ):
        if shown:
            if name == places:
                canvas.line((x - 4, 8), (x + 20, 8), DEEP, 3)
            canvas.dot(x + 8, 8, 6, ring=name == plain)
            canvas.text(x + 26, 13, name, 14, colour=MUTED)
            x += 54 + len(name) * 14 * LETTER


def _scores(canvas: Canvas, row: DotRow, y: float, axis: tuple[int, int]) -> None:
    start, width = axis
    at = start + width * row.x / 100
    if row.ring is not None:
        ring = start + width * row.ring / 100
        canvas.line((ring, y), (at, y), LINE, 2)
        canvas.dot(ring, y, 6, ring=True)
    canvas.dot(at, y, 8 if row.chosen else 7)
    canvas.text(start + width + 36, y + 6, row.points, 17, anchor="end", weight=700)


def tiles(words: Words, grid: charts.TileGrid, classes: Sequence[tuple[int, str]]) -> str:
    """Return the map of tiles, with what each shade stands for beside it."""
    canvas, step, side = Canvas(), 56, 52
    for tile in grid.tiles:
        column, row = charts.TILES[tile.place.code]
        x, y = column * step, row * step
        shade = _tile_shade(tile.place.shade)
        canvas.rect(x, y, side, side, SHADES[shade], LINE)
        colour = ON_DEEP if shade >= DARK else INK
        canvas.text(x + side / 2, y + 23, tile.place.code, 16, colour=colour, anchor="middle", weight=700)
        canvas.text(x + side / 2, y + 43, tile.place.figure, 15, colour=colour, anchor="middle")
    for number, (shade, name) in enumerate(classes):
        canvas.rect(600, 8 + 32 * number, 22, 22, SHADES[_tile_shade(shade)], LINE)
        canvas.lines(632, 25 + 32 * number, name, 15, 240)
    return framed(words, canvas, step * (1 + max(row for _column, row in charts.TILES.values())))


def _tile_shade(shade: int) -> int:
    """Return the shade of a class: those of participation skip one, so that all can be told apart."""
    return 0 if shade == UNTOLD else (0, 1, 2, 3, 5)[shade]


def matrix(words: Words, grid: charts.Matrix) -> str:
    """Return a square of figures, rows against columns, both by their numbers."""
    canvas, left = Canvas(), 330
    side = min(44.0, (WIDTH - 2 * EDGE - left) / max(len(grid.rows), 1))
    for row in grid.rows:
        at = left + side * (row.number - 0.5)
        canvas.text(at, 14, row.number, 13, colour=MUTED, anchor="middle")
        y = 22 + side * (row.number - 1)
        canvas.two_lines(0, y + side / 2, f"{row.number}. {row.label}", 13, left - 12)
        for column, cell in enumerate(row.cells):
            x = left + side * column
            canvas.rect(x, y, side, side, SHADES[max(cell.shade, 0)] if cell.shade >= 0 else HAIR, PAPER)
            colour = ON_DEEP if cell.shade >= DARK else INK
            canvas.text(x + side / 2, y + side / 2 + 5, cell.text, 14, colour=colour, anchor="middle")
    return framed(words, canvas, 22 + side * len(grid.rows))


def stairs(words: Words, run: charts.Stairs, rest: str) -> str:
    """Return a run-off as stairs, themes against steps; `rest` names what no theme has any more."""
    canvas, left = Canvas(), 330
    height, side = 44.0, min(88.0, (WIDTH - 2 * EDGE - left) / max(len(run.rest), 1))
    for number in range(len(run.rest)):
        canvas.text(left + side * (number + 0.5), 14, number + 1, 13, colour=MUTED, anchor="middle")
    rows = [*run.rows, charts.Stair(rest, run.rest, leaves=False)]
    for number, row in enumerate(rows):
        y = 22 + height * number
        canvas.two_lines(0, y + height / 2, row.label, 13, left - 12)
        for step, cell in enumerate(row.cells):
            x = left + side * step
            shade = 0 if number == len(run.rows) else cell.shade
            canvas.rect(x, y, side, height, SHADES[shade], HAIR)
            colour = ON_DEEP if shade >= DARK else INK
            out = " ✕" if row.leaves and step + 1 == len(row.cells) else ""
            canvas.text(x + side / 2, y + height / 2 + 5, cell.text + out, 14, colour=colour, anchor="middle")
    return framed(words, canvas, 22 + height * len(rows))


def supports(
    words: Words, groups: Sequence[tuple[str, Sequence[tuple[str, int, bool]]]], names: tuple[str, str]
) -> str:
    """Return who supports something: for each heading its rows of name, votes and whether it does.

    `names` are the words for "supports" and for the votes.
    """
    canvas, y, right = Canvas(), 18.0, 640
    supporting, votes = names
    canvas.rect(0, y - 14, 18, 18, DEEP, DEEP)
    canvas.text(28, y, supporting, 14, colour=MUTED)
    canvas.text(right, y, votes, 14, colour=MUTED, anchor="end")
    for heading, rows in groups:
        y += 40
        canvas.text(0, y, heading, 18, weight=700, family=SERIF)
        for name, count, does in rows:
            y += 30
            canvas.rect(0, y - 14, 18, 18, DEEP if does else PAPER, DEEP)
            canvas.text(28, y, fitting(name, 16, right - 110)[0], 16, weight=700 if does else 400)
            canvas.text(right, y, count, 16, anchor="end")
    return framed(words, canvas, y + 12)


@dataclass(frozen=True, slots=True)
class Card:
    """What the picture of a site says to messengers: whose it is, a sentence, where."""

    owner: str
    sentence: str
    address: str


def card(said: Card) -> str:
    """Return the picture of a site for messengers; the sentence is as large as it fits."""
    canvas, (width, height), inside = Canvas(), CARD, CARD[0] - 2 * CARD_EDGE
    canvas.rect(0, 0, 20, height, DEEP)
    _bars(canvas, CARD_EDGE, 58, WARM, DEEP)
    canvas.text(CARD_EDGE + 64, 89, fitting(said.owner, 30, inside - 64)[0], 30, weight=700, family=SERIF)
    y, foot = 160.0, height - 118
    size, pieces = _largest(said.sentence, (76, 66, 58, 50, 44, 38, 32, 26, 20), inside, foot - 32 - y)
    for piece in pieces:
        y += size * 1.15
        canvas.text(CARD_EDGE, y, piece, size, weight=700, family=SERIF)
    canvas.line((CARD_EDGE, foot), (width - CARD_EDGE, foot), INK)
    canvas.text(CARD_EDGE, height - 40, said.address, 20, colour=MUTED)
    return canvas.svg(width, height, said.sentence)


def _bars(canvas: Canvas, x: float, y: float, first: str, rest: str) -> None:
    """Draw the mark of the program."""
    for number, length in enumerate((44, 32, 20)):
        canvas.rect(x, y + 15 * number, length, 9, first if number == 0 else rest)


def _largest(words: str, sizes: Sequence[int], width: float, height: float) -> tuple[int, list[str]]:
    """Return the largest of sizes in which words fit a box, or the last one, and the lines in it."""
    for size in sizes:
        pieces = fitting(words, size, width)
        if len(pieces) * size * 1.15 <= height:
            break
    return size, pieces


LEFT, CROPPED, RIGHT = 302, 900, 1160
"""Where the answer begins and ends on its card: messengers crop it to the square between the first two."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the picture of a result says to messengers and slides."""

    sentence: str  # all of the answer, as its title
    before: str  # "The organisations chose"
    topics: str
    voted: int
    of: str  # "of 161 organisations voted"
    marks: tuple[str, ...]  # below these: an example, the day
    level: str  # "" where none is told
    colour: str  # of the box around it
    reservation: str
    plot: Dots | None
    titles: Sequence[str]  # of the rows of the plot
    key: tuple[str, str, str]  # score, weighted, unweighted
    unweighted: str  # "unweighted"
    owner: str
    tagline: str


def answer(said: Answer) -> str:
    """Return the picture of an answer; all that matters stands where a square in its middle shows it."""
    canvas, (width, height) = Canvas(), CARD
    canvas.rect(0, 0, LEFT - 40, height, DEEP)
    _bars(canvas, 40, 44, "#f0a58c", ON_DEEP)
    size, pieces = _largest(f"{said.voted}", (84, 72, 60, 48, 36), LEFT - 90, 84 * 1.15)
    canvas.text(40, 232, pieces[0], size, colour=ON_DEEP, weight=600, family=SERIF)
    canvas.lines(40, 268, said.of, 23, LEFT - 100, colour=ON_DEEP)
    pieces = [piece for mark in said.marks for piece in fitting(mark, 20, LEFT - 90)]
    for number, piece in enumerate(pieces):
        canvas.text(40, height - 42 - 28.0 * (len(pieces) - 1 - number), piece, 20, colour=ON_DEEP)
    canvas.text(LEFT, 76, said.before, 34, weight=600, family=SERIF)
    size, pieces = _largest(said.topics, (48, 44, 40, 36, 32, 28, 24), CROPPED - LEFT, 128)
    y = 84.0
    for piece in pieces:
        y += size * 1.1
        canvas.text(LEFT, y, piece, size, colour=DEEP, weight=600, family=SERIF)
    y = _level(canvas, max(y, 172.0) + 22, said) if said.level or said.reservation else max(y, 172.0) + 40
    if said.plot is not None:
        _first(canvas, y, said, said.plot)
    canvas.text(LEFT, height - 24, fitting(said.owner, 20, CROPPED - LEFT)[0], 20, weight=700)
    owner = len(fitting(said.owner, 20, CROPPED - LEFT)[0]) * 20 * LETTER
    room = RIGHT - LEFT - owner - 20
    if said.tagline and len(fitting(said.tagline, 18, room)) == 1:
        canvas.text(RIGHT, height - 24, said.tagline, 18, colour=MUTED, anchor="end")
    return canvas.svg(width, height, said.sentence)


def _level(canvas: Canvas, y: float, said: Answer) -> float:
    """Draw how firm the answer is in a box; return the height below it."""
    size, pieces = (
        _largest(said.reservation, (20, 18, 17, 16), CROPPED - LEFT - 48, 46)
        if said.reservation
        else (20, [])
    )
    height = 14 + (28 if said.level else 0) + size * 1.2 * len(pieces)
    canvas.rect(LEFT, y, CROPPED - LEFT, height, PAPER, said.colour)
    canvas.rect(LEFT, y, 12, height, said.colour)
    foot = y + 4.0
    if said.level:
        foot += 24
        canvas.text(LEFT + 30, foot, said.level, 22, weight=700)
    for piece in pieces:
        foot += size * 1.2
        canvas.text(LEFT + 30, foot, piece, size)
    return y + height + 18


def _first(canvas: Canvas, top: float, said: Answer, plot: Dots) -> None:
    """Draw the first themes as dots, in rows down to the line of the organiser."""
    foot = CARD[1] - 84
    step, start, end = (foot - top) / max(len(plot.rows), 1), 690, 846
    canvas.line((LEFT, top), (RIGHT, top), INK)
    for row, title in zip(plot.rows, said.titles, strict=True):
        middle = top + step * (row.place - 0.5)
        canvas.line((LEFT, middle + step / 2), (RIGHT, middle + step / 2), HAIR)
        weight = 700 if row.chosen else 400
        canvas.text(LEFT, middle + 7, row.place, 21, colour=DEEP, weight=600, family=SERIF)
        canvas.two_lines(LEFT + 30, middle, title, 17, start - LEFT - 36, weight=weight)
        x = start + (end - start) * row.x / 100
        if row.ring is not None:
            ring = start + (end - start) * row.ring / 100
            canvas.line((ring, middle), (x, middle), LINE, 3)
            canvas.dot(ring, middle, 7, ring=True)
            canvas.text(
                RIGHT, middle + 7, f"{said.unweighted} {row.unweighted}", 18, colour=MUTED, anchor="end"
            )
        canvas.dot(x, middle, 10 if row.chosen else 8)
        canvas.text(CROPPED, middle + 7, row.points, 22, weight=700, anchor="end")
    score, weighted, unweighted = said.key
    rings = any(row.ring is not None for row in plot.rows)
    legend = f"{score}: ● {weighted}  ○ {unweighted}" if rings else score
    canvas.text(LEFT, foot + 22, legend, 14, colour=MUTED)
    for tick in (plot.ticks[0], plot.ticks[-1]):
        x = start + (end - start) * tick.x / 100
        canvas.text(x, foot + 22, tick.points, 14, colour=MUTED, anchor="middle")

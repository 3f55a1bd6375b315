"""Public ballots in the formats of PrefLib, and as rows.

PrefLib has four kinds of files: orders that are strict (`so`) or have ties (`to`), of all alternatives (`c`)
or of some (`i`); the narrowest that holds every ballot is taken. A line is a number of voters and an order,
best first, tied alternatives in braces. The format has no weights but that number: one file counts ballots,
the other one the weight of the ballots, in millionths of the mean weight times the base, which are whole
numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.counting import bundle as bundles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.core.counting.files import Cell
    from consulta.core.values import Ballot, Seat

Order = tuple[tuple[int, ...], ...]


class Ballots(NamedTuple):
    """The public ballots of a round: rows of the table, and PrefLib's files by name."""

    rows: list[dict[str, Any]]
    files: Mapping[str, bytes]


class Heading(NamedTuple):
    """What the head of a file says: the round's key and title, and the day of publication."""

    key: str
    title: str
    day: str


def of_round(
    bundle_file: bytes, cells: Sequence[Cell], titles: Mapping[str, str], heading: Heading
) -> Ballots:
    """Return the ballots of a round whose bundle is public.

    `cells` are the weights of its result, `titles` those of the themes by key.
    """
    bundle = bundles.parse(bundle_file)
    seats = {seat.seat: seat for seat in bundle.seats}
    weigh = _Weigh(cells)
    numbers = {theme.key: number for number, theme in enumerate(bundle.themes, start=1)}
    counted: Counter[Order] = Counter()
    weighted: Counter[Order] = Counter()
    rows: list[dict[str, Any]] = []
    for ballot in sorted(bundle.ballots, key=lambda each: each.seat):
        seat = seats[ballot.seat]
        value = weigh.value(seat)
        rows.append({"round": heading.key, **_row(seat, ballot, value)})
        order = _order(ballot, numbers)
        if order:
            counted[order] += 1
            weighted[order] += value
    names = [titles[theme.key] for theme in bundle.themes]
    kind = kind_of(counted, len(names))
    stem = f"ballots.{kind}", f"ballots-weighted.{kind}"
    said = (
        "each line: how many ballots, and their order",
        ("each line: the weight of all ballots of an order, in millionths of the mean weight"),
    )
    return Ballots(
        rows,
        {
            name: _file(name, kind, each, names, heading, description).encode()
            for name, each, description in zip(stem, (counted, weighted), said, strict=True)
        },
    )


class _Weigh:
    """The weights of a result by category and base."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.dimensions = tuple(sorted(cells[0].categories)) if cells else ()
        self.micro = {
            (tuple(cell.categories[name] for name in self.dimensions), cell.each): cell.micro
            for cell in cells
        }

    def value(self, seat: Seat) -> int:
        """Return what a ballot of this seat counts for, in millionths."""
        categories = {**seat.categories, "country": seat.country}
        cell = tuple(categories[name] for name in self.dimensions)
        return seat.base * self.micro.get((cell, seat.base), 0)


def _row(seat: Seat, ballot: Ballot, value: int) -> dict[str, Any]:
    others = {name: key for name, key in seat.categories.items() if name not in {"subregion", "sector"}}
    return {
        "seat": seat.seat,
        "country": seat.country,
        "subregion": seat.categories["subregion"],
        "sector": seat.categories["sector"],
        "other_categories": [f"{name}={others[name]}" for name in sorted(others)],
        "base": seat.base,
        "weight_millionths": value,
        "ranking": " > ".join(" = ".join(sorted(tier)) for tier in ballot.ranking),
        "objectives": sorted(ballot.objectives),
    }


def _order(ballot: Ballot, numbers: Mapping[str, int]) -> Order:
    return tuple(tuple(sorted(numbers[key] for key in tier)) for tier in ballot.ranking)


def kind_of(orders: Iterable[Order], alternatives: int) -> str:
    """Return the narrowest of PrefLib's kinds that holds these orders: soc, soi, toc or toi."""
    found = list(orders)
    ties = any(len(tier) > 1 for order in found for tier in order)
    whole = all(sum(map(len, order)) == alternatives for order in found)
    return f"{'t' if ties else 's'}o{'c' if whole else 'i'}"


def _file(
    name: str, kind: str, orders: Counter[Order], names: list[str], heading: Heading, description: str
) -> str:
    def line(text: str) -> str:
        return " ".join(text.split())

    head = [
        ("FILE NAME", name),
        ("TITLE", heading.title),
        ("DESCRIPTION", description),
        ("DATA TYPE", kind),
        ("MODIFICATION TYPE", "original"),
        ("RELATES TO", ""),
        ("RELATED FILES", ""),
        ("PUBLICATION DATE", heading.day),
        ("MODIFICATION DATE", heading.day),
        ("NUMBER ALTERNATIVES", str(len(names))),
        ("NUMBER VOTERS", str(sum(orders.values()))),
        ("NUMBER UNIQUE ORDERS", str(len(orders))),
        *((f"ALTERNATIVE NAME {number}", each) for number, each in enumerate(names, start=1)),
    ]
    lines = [f"# {label}: {line(text)}".rstrip() for label, text in head]
    ordered = sorted(orders.items(), key=lambda each: (-each[1], each[0]))
    return "\n".join([*lines, *(f"{number}: {_written(order)}" for order, number in ordered)]) + "\n"


def _written(order: Order) -> str:
    return ",".join(
        str(tier[0]) if len(tier) == 1 else "{" + ",".join(map(str, tier)) + "}" for tier in order
    )

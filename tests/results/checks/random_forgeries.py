"""Archives changed at random places, some of them with all digests and heads made to fit."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from consulta.core.trust import record
from tests.results.checks.forging import Files, chain_again, row_of, rows_of, sum_again, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

JSON = (
    "bundle.json",
    "result.json",
    "robustness.json",
    "public.json",
    "opening.json",
    "archive.json",
    "package.json",
    "checkpoints.json",
    "panel.json",
    "registered.json",
    "reopened.json",
    "stamps.json",
)
LINES = ("heads.txt", "receipts.csv", "SHA256SUMS", "roll.csv", "log.jsonl")
TOLD = {
    "bundle.json": (("rounds.counted", "bundle_sha256"), ("rounds.published", "bundle_sha256")),
    "result.json": (("rounds.counted", "result_sha256"),),
    "robustness.json": (("rounds.counted", "robustness_sha256"),),
    "public.json": (("rounds.published", "public_sha256"),),
    "package.json": (("rounds.opened", "package_sha256"),),
    "stamps.json": (("rounds.published", "stamps_sha256"),),
}


class Luck:
    """Numbers at random, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def below(self, most: int) -> int:
        """A number from 0 to `most` - 1."""
        self._drawn += 1
        return int(sha256(f"{self._seed}|{self._drawn}".encode()).hexdigest(), 16) % most

    def choice(self, of: Sequence[Any]) -> Any:
        """One of these."""
        return of[self.below(len(of))]


def random_forgery(files: Files, luck: Luck, change: Callable[[Any, Luck], Any] | None = None) -> Files:
    """Change one thing of an archive; most times, make what follows from it fit.

    `change` changes a value of JSON: `changed` where nothing is said, or `unfit`.
    """
    change = change or changed
    way = luck.below(4)
    if way == 0:
        return _lines(files, luck)
    if way == 1:
        return _row(files, luck, change)
    name = luck.choice([name for name in JSON if name in files])
    content = (
        json.dumps(change(json.loads(files[name]), luck), ensure_ascii=False, indent=1) + "\n"
    ).encode()
    if name == "opening.json":
        content = record.canonical(json.loads(content))
    forged = {**files, name: content}
    if name not in TOLD or luck.below(5) == 0:
        return sum_again(forged)
    rows = rows_of(files)
    for action, field in TOLD[name]:
        if any(row.get("action") == action for row in rows):
            tell(row_of(rows, action), **{field: record.digest(content)})
    return chain_again(forged, rows)


def _lines(files: Files, luck: Luck) -> Files:
    name = luck.choice([name for name in LINES if name in files])
    lines = files[name].split(b"\n")
    place = luck.below(len(lines) - 1)
    line = bytearray(lines[place])
    if line and luck.below(10) < 7:
        line[luck.below(len(line))] = ord(luck.choice("0123456789abcdef ,-"))
        lines[place] = bytes(line)
    else:
        lines[place : place + 1] = luck.choice([[], [lines[place], lines[place]]])
    forged = {**files, name: b"\n".join(lines)}
    return forged if name == "SHA256SUMS" or luck.below(5) == 0 else sum_again(forged)


def _row(files: Files, luck: Luck, change: Callable[[Any, Luck], Any]) -> Files:
    rows = rows_of(files)
    row = luck.choice([row for row in rows if "details" in row])
    row["details"] = record.canonical(change(json.loads(row["details"]), luck)).decode()
    return chain_again(files, rows)


def changed(value: Any, luck: Luck) -> Any:
    """The same value of JSON with one leaf or one list of it changed."""
    value = json.loads(json.dumps(value))
    place = luck.choice([*_places(value, [])])
    if not place:
        return value[:-1]
    inside = value
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = _another(inside[place[-1]], luck)
    return value


def _places(part: Any, place: list[Any]) -> Iterator[list[Any]]:
    """Where each leaf and each list stands that is not empty."""
    if not isinstance(part, (dict, list)):
        yield place
        return
    if isinstance(part, list) and part:
        yield place
    for step, inside in part.items() if isinstance(part, dict) else enumerate(part):
        yield from _places(inside, [*place, step])


def _another(value: Any, luck: Luck) -> Any:
    if isinstance(value, list):
        return luck.choice([value[:-1], value[::-1], value + value[:1]])
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return luck.choice([value + 1, value - 1, -value, float(value) + 0.5, float(value), value == 1])
    if value is None:
        return luck.choice([0, 1, "x"])
    return luck.choice([f"{value}x", value.upper(), value[1:]])


DEEP = "[" * 400 + "]" * 400
UNFIT: tuple[Any, ...] = (
    *(0, 1, -1, 2, True, False, None, "", "x", [], {}, [[]], {"x": 1}, [None], ["x"], [1], json.loads(DEEP)),
    *(10**9, 10**18, 10**99, -(10**99), 0.5, 1.0, 1e308, -0.0, 5e-324),
    *("0/0", "1/0", "-1/3", "aa", "0" * 64, "1" * 5000, "=1", "andean", "PE", "equal", "sqrt", "roll"),
    *("9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00+00:00", "__proto__", "constructor"),
)
"""Values that stand where another kind of value has to, or that no count can be made with."""


def unfit(value: Any, luck: Luck) -> Any:
    """The same value of JSON with one part of it exchanged, left out, or one more that none knows."""
    value = json.loads(json.dumps(value))
    places = [*_parts(value, [])]
    depth = luck.choice(sorted({len(place) for place in places}))
    place = luck.choice([each for each in places if len(each) == depth])
    if not place:
        return luck.choice(UNFIT)
    inside = value
    for step in place[:-1]:
        inside = inside[step]
    if luck.below(6) == 0:
        del inside[place[-1]]
    elif luck.below(8) == 0 and isinstance(inside, dict):
        inside[luck.choice(["zz", ""])] = luck.choice(UNFIT)
    else:
        inside[place[-1]] = luck.choice(UNFIT)
    return value


def _parts(part: Any, place: list[Any]) -> Iterator[list[Any]]:
    """Where each part stands, the whole first."""
    yield place
    if isinstance(part, (dict, list)):
        for step, inside in part.items() if isinstance(part, dict) else enumerate(part):
            yield from _parts(inside, [*place, step])

"""Values: how they are written and read, what it means that two differ, and how that is told."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DIGITS = 100  # no number of an archive is longer
LINE = 90  # signs of a value that is told
ALWAYS_THERE = ("country", "sector", "subregion")  # dimensions


class UnfitError(Exception):
    """An archive that is not taken on: the code of a sentence, and its values."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class First:
    """What a difference means to people: the code of a sentence of the table `first`, and its values."""

    code: str
    values: Mapping[str, Any]


class DiffersError(Exception):
    """Something is not as it should be: where, what was expected, what is there, and what that means."""

    def __init__(self, file: str, place: str, expected: str, found: str, first: First | None = None) -> None:
        super().__init__(f"{file} {place}: {expected} / {found}")
        self.file, self.place, self.expected, self.found = file, place, expected, found
        self.first = first


def strict(file: str) -> Any:
    """What refuses a repeated key, NaN, infinity and numbers without end in the JSON of a file."""

    def pairs(items: Any) -> Any:
        found = dict(items)
        if len(found) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise DiffersError(file, json.dumps(twice), "one key", "the same key twice")
        return found

    def constant(name: str) -> None:
        raise DiffersError(file, name, "a number", name)

    def whole(digits: str) -> Any:
        need(len(digits) <= DIGITS, file, short(digits), "a shorter number", f"{len(digits)} digits")
        return int(digits)

    def decimal(digits: str) -> Any:
        found = float(digits)
        need(abs(found) < float("inf"), file, short(digits), "a number", "one without end")
        return found

    return {
        "object_pairs_hook": pairs,
        "parse_constant": constant,
        "parse_int": whole,
        "parse_float": decimal,
    }


def strict_json(data: bytes, file: str) -> Any:
    """JSON in UTF-8 without a repeated key, NaN or infinity."""
    try:
        return json.loads(data.decode("utf-8"), **strict(file))
    except (ValueError, RecursionError) as error:
        raise DiffersError(file, "(file)", "JSON", not_read(error)) from error


def not_read(error: Exception) -> Any:
    """Why a text is none of JSON in UTF-8."""
    if isinstance(error, UnicodeDecodeError):
        return "another encoding"
    return f"another sign at {error.pos}" if isinstance(error, json.JSONDecodeError) else "too deep"


class Listed:
    """A list whose items are read one by one."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def __len__(self) -> int:
        return sum(1 for _ in self)


def same(expected: Any, given: Any, file: str, place: str = "") -> None:
    """Raise the first difference between two JSON values, in the order of the expected one."""
    if isinstance(expected, dict) and isinstance(given, dict):
        same_objects(expected, given, file, place)
    elif isinstance(expected, (list, Listed)) and isinstance(given, (list, Listed)):
        for number, pair in enumerate(zip(expected, given, strict=False)):
            same(pair[0], pair[1], file, f"{place}[{number}]")
        if len(expected) != len(given):
            last = f"{place}[{min(len(expected), len(given))}]"
            raise DiffersError(file, last, f"{len(expected)} entries", str(len(given)))
    elif isinstance(expected, bool) != isinstance(given, bool) or expected != given:
        raise DiffersError(file, place or "(file)", short(expected), short(given))


def same_objects(expected: Any, given: Any, file: str, place: str) -> None:
    """Raise the first difference between two objects."""
    for name in [*expected, *(name for name in given if name not in expected)]:
        inside = f"{place}.{name}" if place else name
        if name not in given:
            raise DiffersError(file, inside, short(expected[name]), "(nothing)")
        if name not in expected:
            raise DiffersError(file, inside, "(nothing)", short(given[name]))
        same(expected[name], given[name], file, inside)


def short(value: Any) -> str:
    """Return a value as a text that fits a line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=few)
    return text if len(text) <= LINE else text[: LINE - 3] + "..."


def few(items: Any) -> Any:
    """As many items of a list as a line has room for."""
    return [*itertools.islice(items, 9)]


def plain(text: str) -> Any:
    """A text from an archive for a terminal: nothing in it can move the cursor or pass for another line."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def need(
    condition: object, file: str, place: str, expected: object, found: object, first: First | None = None
) -> None:
    """Raise DiffersError unless a condition holds."""
    if not condition:
        raise DiffersError(file, place, short(expected), short(found), first)


def moment(text: str) -> Any:
    """The moment of a text such as 2027-03-05T22:00:00Z."""
    return datetime.fromisoformat(f"{text[:19]}+00:00")


def others(names: Iterable[str]) -> Any:
    """The dimensions that an installation added, by name."""
    return sorted(set(names) - set(ALWAYS_THERE))


def whole_number(value: Any) -> Any:
    """A whole number of the rules, as it is: true is not 1, and false is not 0."""
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def of_kind(kind: Any, value: Any) -> Any:
    """A value that has to be of this kind, as it is."""
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, 0 or more; true is none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

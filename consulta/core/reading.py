"""Strict reading of JSON from untrusted sources, with the path of anything that is wrong.

The module decides how large a file may be and what counts as well-formed (UTF-8, no key twice, no NaN,
text that can be written again) and returns values one by one with their place in the file. It does not
know what the file is about.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from consulta.core.problems import Problem

MOST_BYTES = 64_000_000
MOST_VALUES = 8_000_000
"""What a file may hold at most: what a quarter of a million ballots take."""

STRUCTURE = (b",", b"[", b"{")
"""No value is without one of these before it, but the first: counting them takes no memory."""

MANY = 1000
"""So many objects with a name twice are enough: no more are looked at."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""What stands in memory for a character that is none."""

SIMPLE_NAME = re.compile(r"[^\W\d][\w-]*")
"""Names that are written bare in a path; others are written as in JSON, inside brackets."""


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value, its path in the file, and the code of the problem to raise when it is not as wanted."""

    value: object
    path: str
    code: str

    def refuse(self, reason: str) -> NoReturn:
        """Raise the problem: this place is wrong, for the reason named."""
        raise Problem(self.code, path=self.path or "(file)", reason=reason)

    def text(self) -> str:
        """Return a string that UTF-8 can carry."""
        if not isinstance(self.value, str):
            self.refuse("text")
        if not self.value.isascii() and SURROGATE.search(self.value):
            self.refuse("unicode")
        return self.value

    def name(self) -> str:
        """Return a string that names something: not empty, and in Unicode's composed form (NFC).

        Names that look alike must be alike, or two categories would hide in one.
        """
        name = self.text()
        if not name:
            self.refuse("empty")
        if not name.isascii() and not unicodedata.is_normalized("NFC", name):
            self.refuse("normal")
        return name

    def word(self, *allowed: str) -> str:
        """Return one of the words allowed."""
        word = self.text()
        if word not in allowed:
            self.refuse("word")
        return word

    def whole(self) -> int:
        """Return a whole number; `true` and `1.0` are none."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.refuse("whole")
        return self.value

    def number(self) -> float:
        """Return a number, whole or not."""
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            self.refuse("number")
        try:
            number = float(self.value)
        except OverflowError:
            self.refuse("number")
        if not math.isfinite(number):
            self.refuse("number")
        return number

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            self.refuse("flag")
        return self.value

    def items(self) -> Iterator["Node"]:
        """Yield the items of a list."""
        return (Node(item, f"{self.path}[{index}]", self.code) for index, item in enumerate(self._list()))

    def pair(self) -> tuple["Node", "Node"]:
        """Return the two items of a list of two."""
        if len(self._list()) != 2:  # noqa: PLR2004 - that is what a pair is
            self.refuse("pair")
        first, second = self.items()
        return first, second

    def names(self) -> tuple[str, ...]:
        """Return a list of names."""
        names = self._list()
        # A file is full of short lists of plain names: these need no look one by one.
        if all(type(name) is str and name and name.isascii() for name in names):
            return tuple(names)
        return tuple(item.name() for item in self.items())

    def wholes(self) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        numbers = self._list()
        if all(type(number) is int for number in numbers):
            return tuple(numbers)
        return tuple(item.whole() for item in self.items())

    def _list(self) -> Sequence[Any]:
        if not isinstance(self.value, list | tuple):
            self.refuse("list")
        return self.value

    def entries(self) -> dict[str, "Node"]:
        """Return the entries of an object whose keys are names, in the order written."""
        if not isinstance(self.value, Mapping):
            self.refuse("object")
        entries = {key: Node(item, self.at(key), self.code) for key, item in self.value.items()}
        for key, node in entries.items():
            Node(key, node.path, self.code).name()
        return entries

    def fields(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, "Node"]:
        """Return the fields of an object; refuse a missing or an unknown one with its path."""
        if not isinstance(self.value, Mapping):
            self.refuse("object")
        required = (*required,)
        known = {*required, *optional}
        for name in self.value:
            if name not in known:
                Node(name, self.at(name), self.code).name()
                Node(None, self.at(name), self.code).refuse("unknown")
        for name in required:
            if name not in self.value:
                Node(None, self.at(name), self.code).refuse("missing")
        return {name: Node(item, self.at(name), self.code) for name, item in self.value.items()}

    def is_null(self) -> bool:
        """Return whether the value is null."""
        return self.value is None

    def at(self, name: object) -> str:
        """Return the path of a name inside this value."""
        return inside(self.path, name)


def inside(path: str, name: object) -> str:
    """Return the path of a name inside an object; it is one line for any name."""
    if not isinstance(name, str) or not SIMPLE_NAME.fullmatch(name):
        return f"{path}[{json.dumps(name, default=repr)}]"
    return f"{path}.{name}" if path else name


def read_json(data: bytes, code: str) -> Node:
    """Return the root of a JSON file, or refuse the file with this code."""
    if len(data) > MOST_BYTES or sum(map(data.count, STRUCTURE)) > MOST_VALUES:
        Node(None, "", code).refuse("size")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        Node(None, "", code).refuse("utf8")
    hooks = Hooks()
    try:
        value = json.loads(text, object_pairs_hook=hooks.pairs, parse_constant=hooks.constant)
    except EnoughError:
        Node(None, "", code).refuse("twice")
    except (ValueError, RecursionError):
        Node(None, "", code).refuse("json")
    if hooks.found:
        raise hooks.fault(value, code)
    return Node(value, "", code)


class EnoughError(Exception):
    """Too many objects have a name twice."""


class Hooks:
    """What the decoder lets pass and we do not. Hooks know no paths: those are looked for afterwards.

    `found` has by identity each value that is wrong: why, the value itself, and the name that is there twice.
    Of the constants it has the first, for what comes later in the file is not asked for. A file that is read
    in parts has `found` of each part alone; how many were found before is kept.
    """

    def __init__(self) -> None:
        self.found: dict[int, tuple[str, object, str | None]] = {}
        self.constants = 0
        self.faults = 0

    def pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Return an object, and remember it if a name is there twice."""
        entries = dict(pairs)
        if len(entries) < len(pairs):
            if self.faults > MANY:
                raise EnoughError
            counts = Counter(name for name, _ in pairs)
            twice = next(name for name in entries if counts[name] > 1)
            self.found[id(entries)] = ("twice", entries, twice)
            self.faults += 1
        return entries

    def constant(self, constant: str) -> float:
        """Return NaN or an infinity, and remember the first."""
        number = float(constant)
        if not self.constants:
            self.found[id(number)] = ("number", number, None)
            self.faults += 1
        self.constants += 1
        return number

    def mark(self) -> tuple[int, int]:
        """Return what `back` takes, before a part is read that may have to be read again."""
        return self.constants, self.faults

    def back(self, mark: tuple[int, int]) -> None:
        """Forget what was found since, in a part that is read again."""
        self.constants, self.faults = mark
        self.found.clear()

    def fault(self, root: object, code: str, start: str = "") -> Problem:
        """Return a Problem with this code for the first fault in the order of the file, with its path.

        `start` is the path of the root.
        """
        steps, value = next(at for at in _walk(root) if id(at[1]) in self.found)
        reason, _, twice = self.found[id(value)]
        path = start
        for step in (*steps, twice)[1:]:
            if step is not None:
                path = f"{path}[{step}]" if isinstance(step, int) else inside(path, step)
        return Problem(code, path=path or "(file)", reason=reason)


def _walk(root: object) -> Iterator[tuple[list[str | int | None], object]]:
    """Yield every value in the order of the file, with the steps that lead to it from the root on.

    The list of steps is always the same one. Nothing is held for values that have not been reached.
    """
    steps: list[str | int | None] = [None]
    waiting: list[Iterator[tuple[Any, object]]] = [iter([(None, root)])]
    while waiting:
        for step, value in waiting[-1]:
            steps[-1] = step
            yield steps, value
            if isinstance(value, dict | list):
                waiting.append(iter(value.items() if isinstance(value, dict) else enumerate(value)))
                steps.append(None)
                break
        else:
            waiting.pop()
            steps.pop()

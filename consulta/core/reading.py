"""Reading JSON from strangers: strict, with the path of whatever is wrong.

It decides what counts as well-formed (UTF-8, no key twice, no NaN, text that can be written again) and hands
out values one by one with their place in the file. It does not know what the file is about.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from consulta.core.problems import Problem

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
        if any("\ud800" <= sign <= "\udfff" for sign in self.value):
            self.refuse("unicode")
        return self.value

    def name(self) -> str:
        """Return a string that names something: not empty, and in Unicode's composed form (NFC).

        Names that look alike must be alike, or two categories would hide in one.
        """
        name = self.text()
        if not name:
            self.refuse("empty")
        if not unicodedata.is_normalized("NFC", name):
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

    def items(self) -> list["Node"]:
        """Return the items of a list."""
        if not isinstance(self.value, list | tuple):
            self.refuse("list")
        return [Node(item, f"{self.path}[{index}]", self.code) for index, item in enumerate(self.value)]

    def pair(self) -> tuple["Node", "Node"]:
        """Return the two items of a list of two."""
        items = self.items()
        if len(items) != 2:  # noqa: PLR2004 - that is what a pair is
            self.refuse("pair")
        return items[0], items[1]

    def entries(self) -> dict[str, "Node"]:
        """Return the entries of an object whose keys are names, in the order written."""
        if not isinstance(self.value, Mapping):
            self.refuse("object")
        entries = {key: Node(item, self._at(key), self.code) for key, item in self.value.items()}
        for key, node in entries.items():
            Node(key, node.path, self.code).name()
        return entries

    def fields(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, "Node"]:
        """Return the fields of an object; one that is missing or not known is refused by its path."""
        required = tuple(required)
        fields = self.entries()
        for name, node in fields.items():
            if name not in {*required, *optional}:
                node.refuse("unknown")
        for name in required:
            if name not in fields:
                Node(None, self._at(name), self.code).refuse("missing")
        return fields

    def is_null(self) -> bool:
        """Whether the value is null."""
        return self.value is None

    def _at(self, name: object) -> str:
        return inside(self.path, name)


def inside(path: str, name: object) -> str:
    """Return the path of a name inside an object, in one line whatever the name is."""
    if not isinstance(name, str) or not SIMPLE_NAME.fullmatch(name):
        return f"{path}[{json.dumps(name, default=repr)}]"
    return f"{path}.{name}" if path else name


def read_json(data: bytes, code: str) -> Node:
    """Return the root of a JSON file, or refuse the file with this code."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        Node(None, "", code).refuse("utf8")
    hooks = _Hooks({})
    try:
        value = json.loads(text, object_pairs_hook=hooks.pairs, parse_constant=hooks.constant)
    except (ValueError, RecursionError):
        Node(None, "", code).refuse("json")
    root = Node(value, "", code)
    if hooks.found:
        hooks.refuse_first(root)
    return root


@dataclass(frozen=True, slots=True)
class _Hooks:
    """What the decoder lets pass and we do not. Hooks know no paths: those are looked for afterwards.

    `found` has by identity each value that is wrong: why, the value itself, and the name that is there twice.
    """

    found: dict[int, tuple[str, object, str | None]]

    def pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Return an object, and remember it if a name is there twice."""
        entries = dict(pairs)
        if len(entries) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            twice = next(name for name in entries if counts[name] > 1)
            self.found[id(entries)] = ("twice", entries, twice)
        return entries

    def constant(self, constant: str) -> float:
        """Return NaN or an infinity, and remember it."""
        number = float(constant)
        self.found[id(number)] = ("number", number, None)
        return number

    def refuse_first(self, root: Node) -> NoReturn:
        """Refuse the first of them in the file, by its path."""
        waiting = [root]
        while True:
            node = waiting.pop()
            if id(node.value) in self.found:
                reason, _, name = self.found[id(node.value)]
                path = node.path if name is None else inside(node.path, name)
                Node(None, path, node.code).refuse(reason)
            if isinstance(node.value, dict):
                parts = [Node(part, inside(node.path, name), node.code) for name, part in node.value.items()]
            else:
                parts = node.items() if isinstance(node.value, list) else []
            waiting.extend(reversed(parts))

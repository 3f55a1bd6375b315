"""Strict reading of a JSON file that is an object with a few very long lists, without holding it.

Items of the long lists are handed on one by one and forgotten; everything else of the file is kept, and is
small. What is refused, and in which order, is what `reading.read_json` refuses of the same file: its size,
then its encoding, then its form, then a name twice or a number that is none, with its path. Only the limits
are larger.
"""

import codecs
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn, TypeAlias

from consulta.core.problems import Problem
from consulta.core.reading import MANY, MOST_BYTES, MOST_VALUES, STRUCTURE, EnoughError, Hooks, Node

MOST_STREAMED_BYTES = 1_000_000_000
MOST_STREAMED_VALUES = 100_000_000
"""What a file may hold whose long lists are read item by item."""

CHUNK = 2**20
"""How many bytes are read at a time."""

LONGEST_WORD = 16
"""A fault so near to the end of what has been read may be a word cut there, such as `-Infinity`."""

SPACE = frozenset(" \t\n\r")
MARKS = tuple(mark.decode() for mark in STRUCTURE)

Take: TypeAlias = Callable[[int, object], None]
"""What is done with an item of a long list: its number and its value. It raises nothing but too much."""


class Given:
    """In place of a long list: its items were handed on."""


GIVEN = Given()


@dataclass(frozen=True, slots=True)
class Streamed:
    """The root of a file, `GIVEN` where its long lists were, and the SHA-256 of the file."""

    root: Node
    digest: str


def read_stream(file: BinaryIO, code: str, kept: Container[str], lists: Mapping[str, Take]) -> Streamed:
    """Return the root of a file, having handed on the items of `lists`; refuse the file with this code.

    Values of names that are not in `kept` are not kept: None stands in their place.
    """
    text = _Text(file, code)
    try:
        value = _Reader(text, kept, lists).root()
    except Problem:
        raise
    except EnoughError:
        text.drain()
        Node(None, "", code).refuse("twice")
    except (ValueError, RecursionError):
        text.drain()
        Node(None, "", code).refuse("json")
    return Streamed(Node(value, "", code), text.sha256.hexdigest())


class _Text:
    """The text of a file from `at` on, as far as it has been read; what is before it is forgotten."""

    def __init__(self, file: BinaryIO, code: str) -> None:
        self.file, self.code = file, code
        self.sha256 = hashlib.sha256()
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.bytes = self.values = 0
        self.text, self.at, self.ended = "", 0, False

    def more(self) -> bool:
        """Read on, more where much is waiting; return whether there was anything."""
        if self.ended:
            return False
        waiting = len(self.text) - self.at
        if waiting > MOST_BYTES or (
            waiting > CHUNK and sum(self.text.count(mark, self.at) for mark in MARKS) > MOST_VALUES
        ):
            self.refuse("large")
        self.text = self.text[self.at :] + self._next(max(CHUNK, waiting))
        self.at = 0
        return True

    def _next(self, size: int) -> str:
        data = self.file.read(size)
        self.ended = not data
        self.sha256.update(data)
        self.bytes += len(data)
        self.values += sum(map(data.count, STRUCTURE))
        if self.bytes > MOST_STREAMED_BYTES or self.values > MOST_STREAMED_VALUES:
            self.refuse("large")
        try:
            return self.decoder.decode(data, final=self.ended)
        except UnicodeDecodeError:
            self._skim()
            self.refuse("utf8")

    def _skim(self) -> None:
        """Look at the rest of the file for its size alone."""
        while data := self.file.read(CHUNK):
            self.bytes += len(data)
            self.values += sum(map(data.count, STRUCTURE))
            if self.bytes > MOST_STREAMED_BYTES or self.values > MOST_STREAMED_VALUES:
                self.refuse("large")

    def drain(self) -> None:
        """Look at the rest of the file for what is refused before its form."""
        self.text, self.at = "", 0
        while not self.ended:
            self._next(CHUNK)

    def refuse(self, reason: str) -> NoReturn:
        Node(None, "", self.code).refuse(reason)

    def sign(self) -> str:
        """Return the next character that is no space, without taking it; nothing at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in SPACE:
                    return self.text[self.at]
                self.at += 1
            if not self.more():
                return ""

    def take(self, sign: str) -> None:
        """Take this character, which must come next."""
        if self.sign() != sign:
            raise ValueError(sign)
        self.at += 1


class _Reader:
    """The values of a file in their order, and the first fault that the decoder lets pass."""

    def __init__(self, text: _Text, kept: Container[str], lists: Mapping[str, Take]) -> None:
        self.text, self.kept, self.lists = text, kept, lists
        self.hooks = Hooks()
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self.hooks.pairs, parse_constant=self.hooks.constant
        )
        self.fault: Problem | None = None
        self.held = self.values = 0

    def root(self) -> object:
        """Return the root, an object without its long lists, or whatever else it is."""
        if self.text.sign() != "{":
            value = self.value("")
            self._end()
            if self.fault:
                raise self.fault
            return value
        names: Counter[str] = Counter()
        root = self._fields(names)
        self._end()
        twice = next((name for name, times in names.items() if times > 1), None)
        if twice is not None:
            if self.hooks.faults > MANY:
                raise EnoughError
            Node(None, Node(root, "", self.text.code).at(twice), self.text.code).refuse("twice")
        if self.fault:
            raise self.fault
        return root

    def _fields(self, names: Counter[str]) -> dict[str, object]:
        root: dict[str, object] = {}
        self.text.take("{")
        if self.text.sign() == "}":
            self.text.take("}")
            return root
        while True:
            if self.text.sign() != '"':
                raise ValueError("name")
            name = str(self.value(""))
            names[name] += 1
            self.text.take(":")
            root[name] = self._field(name, again=names[name] > 1)
            if self.text.sign() == "}":
                break
            self.text.take(",")
        self.text.take("}")
        return root

    def _end(self) -> None:
        if self.text.sign():
            raise ValueError("more")

    def _field(self, name: str, *, again: bool) -> object:
        path = Node(None, "", self.text.code).at(name)
        if name not in self.lists or again or self.text.sign() != "[":
            value = self.value(path)
            return value if name in self.kept else None
        self.text.take("[")
        take, number = self.lists[name], 0
        if self.text.sign() == "]":
            self.text.take("]")
            return GIVEN
        while True:
            item = self.value(path, number)
            if not self.fault:
                take(number, item)
            number += 1
            if self.text.sign() == "]":
                break
            self.text.take(",")
        self.text.take("]")
        return GIVEN

    def value(self, path: str, number: int | None = None) -> object:
        """Return the next value; of an item of a long list its number is told."""
        text = self.text
        text.sign()
        value, end = self._decoded()
        if number is None:
            self._hold(text.text, text.at, end)
        text.at = end
        if self.hooks.found:
            if self.fault is None:
                start = path if number is None else f"{path}[{number}]"
                self.fault = self.hooks.fault(value, text.code, start)
            self.hooks.found.clear()
        return value

    def _decoded(self) -> tuple[object, int]:
        """Return the next value and where it ends, reading on until it is whole."""
        text = self.text
        while True:
            found = self.hooks.mark()
            try:
                value, end = self.decoder.raw_decode(text.text, text.at)
                if end < len(text.text) or text.ended:
                    return value, end  # at the end of what was read a number may go on
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(text.text) - LONGEST_WORD
                if not cut or text.ended:
                    raise
            self.hooks.back(found)
            text.more()

    def _hold(self, text: str, start: int, end: int) -> None:
        """Refuse a file that has too much beside its long lists."""
        self.held += end - start
        self.values += sum(text.count(mark, start, end) for mark in MARKS)
        if self.held > MOST_BYTES or self.values > MOST_VALUES:
            self.text.refuse("large")


def unread(root: Node, name: str) -> Any:
    """Return nothing where a list was handed on; refuse what is there instead, which is no list."""
    node = Node(root.value[name], root.at(name), root.code)  # type: ignore[index]
    if node.value is not GIVEN:
        node.items()

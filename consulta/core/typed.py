"""Frozen dataclasses as JSON and back: `from_plain` reads what `to_plain` wrote, or refuses with the path.

It decides how figures are written. Fractions are strings "p/q" in lowest terms; beside each stands its
`…_percent`, rounded to `PERCENT_DIGITS` decimals, half to even. A field with a default is left out where it
has that value; `in_full` writes it too. A field of type `Annotated[…, read]` is read by the function `read`.
It knows no document.
"""

import json
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from fractions import Fraction
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from consulta.core.reading import Node, read_json
from consulta.core.texts import Text

DIGITS = 6
PERCENT_DIGITS = 2
NO_PART = frozenset({"mean_place", "ballot_limit", "times"})
"""Fractions that are written without a percentage."""

FRACTION = re.compile(r"[0-9]{1,999}/[1-9][0-9]{0,998}")

Value = TypeVar("Value")


def rounded(figure: Fraction, digits: int = DIGITS) -> float:
    """Return an exact figure rounded once, half to even."""
    return float(round(figure, digits))


def percent(figure: Fraction) -> float:
    """Return a fraction in per cent, rounded."""
    return rounded(100 * figure, PERCENT_DIGITS)


def to_plain(value: object) -> object:
    """Return a value's JSON form; a field that is a fraction is followed by its percentage.

    A field with a default is left out where it has that value.
    """
    if is_dataclass(value):
        written: dict[str, object] = {}
        for part in fields(value):
            content = getattr(value, part.name)
            if part.default is not MISSING and content == part.default:
                continue
            written[part.name] = to_plain(content)
            if isinstance(content, Fraction) and part.name not in NO_PART:
                written[f"{part.name}_percent"] = percent(content)
        return written
    if isinstance(value, Mapping):
        return {name: to_plain(content) for name, content in value.items()}
    if isinstance(value, tuple):
        return [to_plain(content) for content in value]
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return value


def in_full(value: Any) -> dict[str, Any]:
    """Return the JSON form of a dataclass without fractions, with every field written out."""
    return {part.name: _whole(getattr(value, part.name)) for part in fields(value)}


def _whole(value: Any) -> Any:
    if is_dataclass(value):
        return in_full(value)
    if isinstance(value, Mapping):
        return {name: _whole(content) for name, content in value.items()}
    return [_whole(content) for content in value] if isinstance(value, tuple) else value


def from_plain(kind: type[Value], node: Node) -> Value:
    """Return the value of a dataclass from its JSON form. Problem: the node's code, with the path."""
    return cast("Value", _read(kind, node))


def from_stored(kind: type[Value], stored: str | Mapping[str, Any], code: str = "stored.json") -> Value:
    """Return a dataclass read from a document that the program stored; fields it does not have are ignored.

    A field that the document lacks gets its default. Raise Problem `code` for a wrong type.
    """
    told = json.loads(stored) if isinstance(stored, str) else stored
    known = {name: told[name] for name in _shape(cast("type", kind)).hints if name in told}
    return from_plain(kind, Node(known, "", code))


def as_written(node: Node) -> Any:
    """Return a value as it stands in the document, unchecked: for fields whose type depends on others."""
    return node.value


def part(kind: type[Value]) -> Callable[[Node], Value]:
    """Return the function that reads a dataclass inside a document of the program, as `from_stored` does."""
    return lambda node: from_stored(kind, cast("Mapping[str, Any]", node.value), node.code)


def read_document(kind: type[Value], data: bytes, code: str, version: str) -> Value:
    """Return the value of a dataclass from a file that says this version in its `format`. Problem: `code`."""
    root = read_json(data, code)
    entries = root.entries()
    if "format" not in entries:
        Node(None, "format", code).refuse("missing")
    entries.pop("format").word(version)
    return from_plain(kind, Node({name: node.value for name, node in entries.items()}, "", code))


def _read(kind: Any, node: Node) -> object:
    """Return the value of a declared type from its JSON form."""
    if is_dataclass(kind):
        return _read_dataclass(cast("type", kind), node)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if node.is_null() else _read(arguments[0], node)
    if origin is tuple:
        return tuple(_read(arguments[0], item) for item in node.items())
    if origin is Literal:
        return node.word(*arguments)
    if origin is Mapping:
        return {name: _read(arguments[1], item) for name, item in node.entries().items()}
    return (arguments[1] if origin is Annotated else READERS[kind])(node)


class _Shape(NamedTuple):
    """The fields of a dataclass: their types, the percentages beside fractions, and what may be missing."""

    hints: Mapping[str, Any]
    percents: tuple[str, ...]
    optional: frozenset[str]


@cache
def _shape(kind: type) -> _Shape:
    hints = get_type_hints(kind, include_extras=True)
    fractions = (name for name, hint in hints.items() if hint is Fraction and name not in NO_PART)
    optional = {
        part.name
        for part in fields(kind)
        if part.default is not MISSING or part.default_factory is not MISSING
    }
    return _Shape(hints, tuple(f"{name}_percent" for name in fractions), frozenset(optional))


def _read_dataclass(kind: type, node: Node) -> object:
    hints, percents, optional = _shape(kind)
    entries = node.fields((*(name for name in hints if name not in optional), *percents), optional)
    for name in percents:
        entries[name].number()
    return kind(**{name: _read(hint, entries[name]) for name, hint in hints.items() if name in entries})


def read_fraction(node: Node) -> Fraction:
    """Return a fraction that is written "p/q"."""
    if not FRACTION.fullmatch(node.text()):
        node.refuse("fraction")
    return Fraction(node.text())


def read_words(node: Node) -> Text:
    """Return a text in the languages in which it is there, or the same in all."""
    if not isinstance(node.value, Mapping):
        node.refuse("object")
    return Text({name: Node(said, node.at(name), node.code).text() for name, said in node.value.items()})


READERS = {
    bool: Node.flag,
    int: Node.whole,
    float: Node.number,
    str: Node.text,
    Fraction: read_fraction,
    Text: read_words,
}
"""How plain types are read."""

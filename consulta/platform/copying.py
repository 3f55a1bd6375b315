"""Frozen values made from rows: what has the same name is copied."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")


def copied(kind: type[Value], *sources: object, **given: Any) -> Value:
    """Return a value of this dataclass: its fields are `given`, or attributes of the same name.

    The first of the `sources` that has the attribute counts. No default of a field is used.

    Raise AttributeError if a field is neither given nor an attribute of a source.
    """
    names = [name for name in _names(kind) if name not in given]
    if len(sources) == 1:
        return kind(**{name: getattr(sources[0], name) for name in names}, **given)
    return kind(**{name: _first(sources, name) for name in names}, **given)


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _first(sources: tuple[object, ...], name: str) -> object:
    return getattr(next((each for each in sources if hasattr(each, name)), sources[-1]), name)

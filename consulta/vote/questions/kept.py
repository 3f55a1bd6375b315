"""What is told of answers, as values: a stored document, or what `figures` made, read as soon as it is there.

`figures` decides what is told and how it is written. A figure that is not told is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, TypeAlias

from consulta.core.typed import from_stored

if TYPE_CHECKING:
    from typing import Any

    from consulta.core.reading import Node


def _figure(node: Node) -> float:
    """Return a number as it is written: a whole one stays one."""
    node.number()
    return node.value  # type: ignore[return-value]


def _name(node: Node) -> int | str:
    return node.text() if isinstance(node.value, str) else node.whole()


def _others(node: Node) -> int | tuple[int | str, ...]:
    return tuple(_name(each) for each in node.items()) if isinstance(node.value, list) else node.whole()


Figure: TypeAlias = Annotated[float, _figure] | None
Name: TypeAlias = Annotated[int | str, _name]
"""The code of a State, or the number of a local government."""


@dataclass(frozen=True, slots=True)
class Row:
    """An option or a step: how many chose it, in per cent without and with weights, and its error."""

    code: int
    count: int | None = None
    percent: Figure = None
    weighted: Figure = None
    error: Figure = None


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean without and with weights, and the standard error of the weighted one."""

    plain: Figure = None
    weighted: Figure = None
    error: Figure = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The lower quartile, the median and the upper quartile of answers."""

    low: Figure = None
    middle: Figure = None
    high: Figure = None


NO_PARTS = Parts()


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quartiles and median without and with weights."""

    plain: Parts = NO_PARTS
    weighted: Parts = NO_PARTS


@dataclass(frozen=True, slots=True)
class Group:
    """A block of categories of a dimension: its shares of each option, or (where it has none) its mean."""

    dimension: str
    categories: tuple[str, ...]
    answered: int | None
    weighted: tuple[Figure, ...] | None = None
    mean: Figure = None


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A government that organisations named."""

    name: Name
    count: int | None
    weighted: Figure


@dataclass(frozen=True, slots=True)
class Named:
    """The governments of a kind; `others` are those that few named, or how many these are."""

    rows: tuple[NamedRow, ...]
    others: Annotated[int | tuple[int | str, ...], _others]


@dataclass(frozen=True, slots=True)
class ForTheme:
    """The governments that were named for a theme, national and local ones."""

    theme: str
    answered: int
    n: Named
    l: Named  # noqa: E741 - the name in the document

    def of(self, kind: str) -> Named:
        """Return the governments of a kind: `n` or `l`."""
        return self.n if kind == "n" else self.l


@dataclass(frozen=True, slots=True)
class Answered:
    """What is told of the answers to a question; None is what its kind does not have."""

    key: str
    kind: str
    answered: int | None
    told: bool
    rows: tuple[Row, ...] | None = None
    mean: Mean | None = None
    quantiles: Quantiles | None = None
    groups: tuple[Group, ...] = ()
    texts: tuple[str, ...] = ()
    themes: tuple[ForTheme, ...] = ()


def _place(node: Node) -> tuple[str, str | None]:
    name, country = node.pair()
    return name.text(), None if country.is_null() else country.text()


Places: TypeAlias = Mapping[str, Annotated[tuple[str, str | None], _place]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of the answers of a round; `places`: name and country of local governments, by number."""

    small_cell: int
    coarse: bool
    voted: int
    questions: tuple[Answered, ...]
    places: Places = field(default_factory=dict)

    def by_key(self) -> dict[str, Answered]:
        """Return what is told of each question, by its key."""
        return {each.key: each for each in self.questions}


def read(stored: str | Mapping[str, Any]) -> Facts:
    """Return the value of a kept document, or of what `figures` made."""
    return from_stored(Facts, stored)

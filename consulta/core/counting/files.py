"""Files counted and verified: what the command `count`, the checks and open data ask of stored documents."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated, BinaryIO, TypeAlias

from consulta.core.counting import columns, count
from consulta.core.typed import from_stored, part

Source: TypeAlias = bytes | Callable[[], AbstractContextManager[BinaryIO]]
"""A file: what is in it, or what opens it, perhaps more than once."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The weight of ballots of the same categories and base, in millionths."""

    categories: Mapping[str, str]
    each: int
    micro: int


@dataclass(frozen=True, slots=True)
class _Weights:
    cells: tuple[Annotated[Cell, part(Cell)], ...]


@dataclass(frozen=True, slots=True)
class _Weighted:
    weights: Annotated[_Weights, part(_Weights)]


def cells_of(result_file: str) -> tuple[Cell, ...]:
    """Return the weights of a stored result. Problem: `result.json`."""
    return from_stored(_Weighted, result_file, "result.json").weights.cells


def count_file(source: Source) -> bytes:
    """Return the result's file of a bundle's file. Problems: those of `bundle.parse`."""
    return count.count(_read(source)).to_json()


def verify_files(bundle_file: Source, result_file: bytes, robustness_file: bytes | None = None) -> str | None:
    """Return the path of the first place where a new count of a bundle gives something else, if any.

    Problems: those of `bundle.parse`; `result.json` and `robustness.json`.
    """
    bundle = _read(bundle_file)
    difference = count.verify(bundle, result_file)
    if difference is not None or robustness_file is None:
        return difference
    return count.verify_robustness(bundle, robustness_file)


def _read(source: Source) -> columns.Columns:
    with BytesIO(source) if isinstance(source, bytes) else source() as file:
        return columns.read(file)

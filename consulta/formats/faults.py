"""Faults in single cells of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consulta.core.problems import Problem


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault in one cell of a file: row number of the spreadsheet, column, and reason."""

    row: int
    column: str
    problem: Problem

"""What is wrong in one cell of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consulta.core.problems import Problem


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one cell of a file: its row as a spreadsheet counts, its column, and why."""

    row: int
    column: str
    problem: Problem

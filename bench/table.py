"""What was measured as rows, and the rows as tables that read the same on a screen and in Markdown."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADINGS = ("n", "program", "computes", "build s", "run s", "both s", "× ours", "peak MB", "compared")
LEFT = {1, 2, 8}


@dataclass(frozen=True, slots=True)
class Row:
    """One program on one input. Without `run` it was not measured, and `compared` says why."""

    size: int
    program: str
    computes: str
    compared: str
    build: float = 0.0
    run: float | None = None
    memory: int = 0
    ratio: float | None = None
    believed: bool = True

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts. A time whose answer is not believed stands in brackets."""
        if self.run is None:
            return (power(self.size), self.program, self.computes, "", "", "", "", "", self.compared)
        times = [seconds(each) for each in (self.build, self.run, self.build + self.run)]
        if not self.believed:
            times = [f"({each})" for each in times]
        ratio = "" if self.ratio is None or not self.believed else times_ours(self.ratio)
        memory = f"{self.memory / 1e6:.0f}"
        return (power(self.size), self.program, self.computes, *times, ratio, memory, self.compared)


def power(size: int) -> str:
    """Return 10³ for 1000 and so on; other numbers as they are."""
    digits = str(size)
    if digits.strip("0") == "1":
        return "10" + "⁰¹²³⁴⁵⁶⁷⁸⁹"[len(digits) - 1]
    return digits


def seconds(value: float) -> str:
    """Return seconds with three digits that say something."""
    for limit, digits in ((100, 0), (10, 1), (1, 2), (0.1, 3), (0.01, 4)):
        if value >= limit:
            return f"{value:.{digits}f}"
    return f"{value:.5f}"


def times_ours(ratio: float) -> str:
    """Return how many times as long as ours something took."""
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"


def markdown(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], left: set[int]) -> str:
    """Return a table whose columns line up."""
    widths = [max(3, *(len(row[at]) for row in (headings, *rows))) for at in range(len(headings))]

    def line(cells: tuple[str, ...]) -> str:
        padded = [
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = tuple("-" * width if at in left else "-" * (width - 1) + ":" for at, width in enumerate(widths))
    return "\n".join([line(headings), line(rule), *map(line, rows)])


def section(title: str, text: str, rows: list[Row]) -> str:
    """Return one part of the report."""
    return f"## {title}\n\n{text}\n\n{markdown(HEADINGS, [row.cells() for row in rows], LEFT)}\n"


def machine() -> str:
    """Return what it was measured on."""
    memory = ""
    pages = {"SC_PAGE_SIZE", "SC_PHYS_PAGES"}
    if hasattr(os, "sysconf") and pages <= os.sysconf_names.keys():
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    return (
        f"{_processor()}, {os.cpu_count()} cores{memory}, {platform.system()}; "
        f"Python {platform.python_version()}, "
        f"NumPy {version('numpy')}, SciPy {version('scipy')}"
    )


def _processor() -> str:
    said = Path("/proc/cpuinfo")
    if said.exists():
        for line in said.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

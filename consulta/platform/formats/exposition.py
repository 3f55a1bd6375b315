"""Figures in the text format of Prometheus (version 0.0.4), as monitoring programs read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Family:
    """One figure: its name, what it says, and its values, each with its labels."""

    name: str
    kind: Literal["counter", "gauge"]
    told: str
    samples: tuple[tuple[tuple[tuple[str, str], ...], float], ...]


def one(name: str, told: str, value: float) -> Family:
    """Return a figure with one value and no label."""
    return Family(name, "gauge", told, (((), float(value)),))


def written(families: Iterable[Family]) -> str:
    """Return the figures as text; those without a value are left out."""
    lines: list[str] = []
    for family in families:
        if not family.samples:
            continue
        lines.append(f"# HELP {family.name} {_escaped(family.told)}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        for labels, value in family.samples:
            said = ",".join(f'{name}="{_quoted(text)}"' for name, text in labels)
            lines.append(f"{family.name}{f'{{{said}}}' if said else ''} {_number(value)}")
    return "".join(f"{line}\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)

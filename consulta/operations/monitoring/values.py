"""What pages about the state of the installation receive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failing"]
"""`warning`: people should look, and the service does its work; `failing`: it does not."""


@dataclass(frozen=True)
class Report:
    """The state of the installation, and what of it only those who look after it are told."""

    state: State
    backup: int | None = None  # seconds since the newest backup; None where none is kept
    clock: int = 0  # seconds by which another machine's clock is ahead of this one's, or behind (below 0)

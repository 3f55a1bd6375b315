"""What pages about the state of the installation receive."""

from __future__ import annotations

from typing import Literal

State = Literal["ok", "warning", "failing"]
"""`warning`: people should look, and the service does its work; `failing`: it does not."""

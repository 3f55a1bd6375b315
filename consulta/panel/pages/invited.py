"""The state of an invitation in words."""

from __future__ import annotations

from flask_babel import gettext as _

from consulta.infra.messages import MESSAGES

BADGES = {"accepted": "met", "attended": "met", "declined": "short", "no_answer": "over", "invited": "now"}


def state_name(state: str) -> str:
    """A state of an invitation as a word."""
    said: str = _(MESSAGES[f"invited.{state}"])
    return said


def badge(state: str) -> tuple[str, str]:
    """A state of an invitation as a badge: its shape and its word."""
    return BADGES.get(state, ""), state_name(state)

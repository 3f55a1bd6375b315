"""The state of an invitation in words."""

from __future__ import annotations

from flask_babel import gettext as _

from consulta.platform.messages import MESSAGES

BADGES = {"accepted": "met", "attended": "met", "declined": "short", "no_answer": "over", "invited": "now"}


def state_name(state: str) -> str:
    """Return the name of a state of an invitation."""
    said: str = _(MESSAGES[f"invited.{state}"])
    return said


def badge(state: str) -> tuple[str, str]:
    """Return a state of an invitation as a badge: shape and word."""
    return BADGES.get(state, ""), state_name(state)

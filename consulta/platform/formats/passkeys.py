"""What browsers are given and say of passkeys, as JSON (WebAuthn)."""

from __future__ import annotations

import json
from typing import Any


def answer(text: str) -> dict[str, Any]:
    """Return what a browser said. Raise ValueError if it is no JSON object."""
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    return said


def options(made: Any) -> dict[str, Any]:
    """Return the options that a library made, as plain values: bytes are base64url."""
    found: dict[str, Any] = json.loads(json.dumps(dict(made)))
    return found

"""Objections in words, for the desk and for scrutineers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATES = {
    "open": ("now", _l("pending a decision")),
    "asked": ("over", _l("waits for a second person")),
    "upheld": ("met", _l("upheld")),
    "rejected": ("short", _l("rejected")),
    "withdrawn": ("", _l("withdrawn")),
}
"""States of an objection: the shape of the badge, and the word."""

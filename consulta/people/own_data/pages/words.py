"""What was asked for, its states, and what became of a change, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, object] = {
    "categories": _l("Other categories"),
    "address": _l("Another address"),
    "added": _l("A new contact"),
    "off": _l("A contact removed"),
    "objection": _l("Objection to a change"),
}
STATES: Mapping[str, tuple[str, object]] = {
    "waiting": ("now", _l("Pending")),
    "accepted": ("met", _l("Accepted")),
    "declined": ("short", _l("Declined")),
    "withdrawn": ("", _l("Withdrawn")),
}
DONE: Mapping[str, object] = {
    "done": _l("It is changed, and the other contacts are told by mail."),
    "waits": _l("Your request is recorded. The secretariat decides, and you are told by mail."),
    "nothing": _l("Nothing was different, so nothing changed."),
    "withdrawn": _l("The request is withdrawn."),
}

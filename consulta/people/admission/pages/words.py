"""The states of applications and of sponsors in words, with their signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping

STATES: Mapping[str, tuple[str, object]] = {
    "unconfirmed": ("", _l("Address to be confirmed")),
    "sponsors": ("now", _l("Sponsors pending")),
    "review": ("now", _l("To be reviewed")),
    "returned": ("short", _l("Returned")),
    "admitted": ("met", _l("Admitted")),
    "declined": ("short", _l("Declined")),
    "withdrawn": ("", _l("Withdrawn")),
}
SPONSOR: Mapping[str, tuple[str, object]] = {
    "named": ("", _l("Not asked yet")),
    "asked": ("now", _l("Asked, has not answered")),
    "confirmed": ("met", _l("Sponsors it")),
    "refused": ("short", _l("Does not sponsor it")),
}

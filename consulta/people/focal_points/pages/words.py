"""How focal points stand, in words, with their signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping

STANDINGS: Mapping[str, tuple[str, object]] = {
    "named": ("now", _l("To be confirmed")),
    "asked": ("now", _l("Asked, has not answered")),
    "coming": ("", _l("Term to come")),
    "active": ("met", _l("In term")),
    "expiring": ("short", _l("Term ends within 60 days")),
    "left": ("short", _l("Organisation not a member any more")),
    "over": ("", _l("Term over")),
    "replaced": ("", _l("Replaced")),
    "declined": ("", _l("Declined")),
    "refused": ("short", _l("Does not accept")),
    "withdrawn": ("", _l("Withdrawn")),
    "ended": ("", _l("Ended early")),
}
SHOWS: Mapping[str, object] = {
    "both": _l("name, e-mail and telephone"),
    "email": _l("name and e-mail"),
    "name": _l("name alone"),
    "unlisted": _l("no name"),
}
DONE: Mapping[str, object] = {
    "named": _l("The person is named. The secretariat decides, and then asks the person."),
    "withdrawn": _l("The naming is withdrawn."),
}

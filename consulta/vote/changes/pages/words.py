"""Changes of who may vote, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, object] = {
    "added": _l("New contact"),
    "address": _l("Another address"),
    "replaced": _l("Takes the place of a contact"),
    "switched_on": _l("May vote from now on"),
    "import": _l("From a members' file"),
}
# How a change was decided.
HOW: Mapping[str, object] = {
    "wait": _l("in force: no objection in time"),
    "address": _l("in force: accepted from an address on file at the opening"),
    "staff": _l("in force: confirmed by a second person"),
    "withdrawn": _l("withdrawn"),
    "changed": _l("overtaken by another change"),
}

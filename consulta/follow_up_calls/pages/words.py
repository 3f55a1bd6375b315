"""What can be followed by mail, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping

THINGS: Mapping[str, object] = {
    "recommendation": _l("This recommendation"),
    "country": _l("All recommendations to this country"),
    "session": _l("All recommendations of this session"),
}

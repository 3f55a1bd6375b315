"""The follow-up of recommendations in words: its steps, and what can be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping

STEPS: Mapping[str, object] = {
    "not_begun": _l("Not begun"),
    "preparing": _l("Under preparation"),
    "under_way": _l("Under way, with first results"),
    "mostly": _l("Largely done"),
    "done": _l("Done"),
}
KINDS: Mapping[str, object] = {
    "recommendation": _l("Recommendation"),
    "challenge": _l("Challenge"),
    "initiative": _l("Initiative"),
}
THINGS: Mapping[str, object] = {
    "recommendation": _l("This recommendation"),
    "country": _l("All recommendations to this country"),
    "session": _l("All recommendations of this session"),
}

"""Words of the pages about checkpoints."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

REASONS = {
    "opening": _l("opening of a round"),
    "hourly": _l("every hour"),
    "closing": _l("closing of a round"),
    "publication": _l("publication"),
}

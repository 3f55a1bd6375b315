"""The digests of what a round froze when it opened, each of a part of the later bundle.

They are written into the log at opening: so the rules, the themes and the roll of a published bundle can be
held against what they were before the first vote. It decides the bytes; not when they are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting.rules import rules_to_dict
from consulta.core.trust import record
from consulta.core.typed import in_full

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.core.values import Rules, Seat, Theme


def digests(rules: Rules, themes: Iterable[Theme], seats: Iterable[Seat]) -> dict[str, str]:
    """Return the SHA-256 of the canonical JSON of each part: as in the bundle, every field written out.

    Themes keep their order; seats are ordered by name.
    """
    parts = {
        "rules_sha256": rules_to_dict(rules),
        "themes_sha256": [in_full(theme) for theme in themes],
        "roll_sha256": [in_full(seat) for seat in sorted(seats, key=lambda seat: seat.seat)],
    }
    return {name: record.digest(record.canonical(part)) for name, part in parts.items()}

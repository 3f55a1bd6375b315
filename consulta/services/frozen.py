"""What a round froze, as the bundle of its count has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core import bundle as core
from consulta.core import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.store.models import Round, Seat


def themes_of(found: Round) -> tuple[core.Theme, ...]:
    """The themes, in the order of the ballot's list."""
    return tuple(
        core.Theme(t.key, core.LocalText(t.title_es, t.title_en), tuple(t.objectives)) for t in found.themes
    )


def roll_of(seats: Iterable[Seat]) -> tuple[core.Seat, ...]:
    """The roll under its pseudonyms, in the order of these: no place tells of an organisation."""
    return tuple(
        core.Seat(s.pseudonym, s.country, {"subregion": s.subregion, "sector": s.sector}, s.base)
        for s in sorted(seats, key=lambda seat: seat.pseudonym)
    )


def digests(found: Round, seats: Iterable[Seat]) -> dict[str, str]:
    """What the log keeps of rules, themes and roll when the round opens."""
    return parts.digests(core.parse_rules(found.rules), themes_of(found), roll_of(seats))

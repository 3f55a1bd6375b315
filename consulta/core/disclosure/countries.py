"""From how many ballots on a country is shown separately where ballots are public without names."""

from __future__ import annotations

LEAST = 2
"""A setting below this joins nothing: one ballot alone is enough then."""


def country_minimum(secrecy: str, small_cell: int) -> int | None:
    """Return how many ballots a country needs in a round that opens now; None where none is joined."""
    return small_cell if secrecy == "pseudonymous" and small_cell >= LEAST else None

"""What a ballot's form carries: places and ticked boxes, as many as there are themes and objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting.choice import Entries

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

PLACE = "place-"
KEY_MAX = 64  # of what makes a vote sent twice one vote: ours has 22, and it is kept with the vote for ever
_NOWHERE = 0  # a place or a number that no ballot has
_DIGITS_MAX = 4


def read_entries(form: MultiDict[str, str]) -> Entries:
    """Return the entries of a ballot as they were sent.

    A value that is not a whole number becomes 0, a place or an objective that does not exist.
    """
    places = {
        name.removeprefix(PLACE): as_number(value)
        for name, value in form.items()
        if name.startswith(PLACE) and value.strip()
    }
    return Entries(
        places,
        tuple(as_number(value) for value in form.getlist("objectives")),
        tuple(form.getlist("endorsements")),
    )


def as_number(text: str) -> int:
    """Return the text as a whole number; 0 where it is not one, or has too many digits."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS_MAX else _NOWHERE

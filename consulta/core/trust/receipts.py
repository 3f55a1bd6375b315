"""The receipt code: a ballot's record as twelve letters and figures that can be read out.

The module decides what a code covers and how a digest becomes a code. What a record shows (round, seat,
what was chosen) may be published; the rest (when it was sent, in which order the themes were shown,
which version it is) is covered by a seal, together with a key that cannot be guessed. So a person who
has the published ballot and its seal can compute the code, and neither code nor seal reveals anything
else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consulta.core.trust import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALPHABET = "34679CDFHJKMNPRTWXY"
"""No two of them look alike on a poor screen, in handwriting or in print; no vowels, so no words."""

GROUPS, GROUP_LENGTH = 3, 4


@dataclass(frozen=True, slots=True)
class Choices:
    """What a ballot says, as it is stored and counted."""

    ranking: Sequence[Sequence[str]]
    objectives: Sequence[int]
    endorsements: Sequence[str]
    fields: Mapping[str, str] = field(default_factory=dict)  # that are published with the ballot


@dataclass(frozen=True, slots=True)
class Sealed:
    """The part of a ballot that is never published.

    Besides the database, only the voter's own page knows `key`.
    """

    cast_at: str
    key: str
    shown: Sequence[str]
    version: int
    head: str
    assisted: bool = False
    young: bool = False  # sent by a contact or from an address that is new
    abstains: bool = False  # an abstention
    endorsements: Sequence[str] | None = None
    """Only where they are kept apart from what is published; else they are among the choices."""

    fields: Mapping[str, str] = field(default_factory=dict)  # that are published nowhere


def seal(hidden: Sealed) -> str:
    """Return the SHA-256 that stands for the part of a ballot that is not published.

    Only an assisted vote, a young vote and an abstention are marked as such. Endorsements stand here only
    where they are kept apart, and fields only where one that is sealed has an answer.
    """
    return record.digest(
        record.canonical(
            {
                "cast_at": hidden.cast_at,
                "head": hidden.head,
                "key": hidden.key,
                "shown": list(hidden.shown),
                "version": hidden.version,
                **({"assisted": True} if hidden.assisted else {}),
                **({"young": True} if hidden.young else {}),
                **({"abstains": True} if hidden.abstains else {}),
                **({} if hidden.endorsements is None else {"endorsements": list(hidden.endorsements)}),
                **({"fields": dict(hidden.fields)} if hidden.fields else {}),
            }
        )
    )


def ballot_record(round_key: str, seat: str, choices: Choices, seal: str) -> dict[str, object]:
    """Return what a code covers; `seat` is what the counted bundle calls the seat."""
    return {
        "round": round_key,
        "seat": seat,
        "ranking": [list(tier) for tier in choices.ranking],
        "objectives": list(choices.objectives),
        "endorsements": list(choices.endorsements),
        **({"fields": dict(choices.fields)} if choices.fields else {}),
        "seal": seal,
    }


def receipt_code(ballot_record: object) -> str:
    """Return the code of a record, like `3CDF-7HJK-9MNP`: 50 bits of the SHA-256 of its canonical JSON."""
    number = int(record.digest(record.canonical(ballot_record)), 16)
    letters = []
    for _ in range(GROUPS * GROUP_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    code = "".join(letters)
    return "-".join(code[at : at + GROUP_LENGTH] for at in range(0, len(code), GROUP_LENGTH))


def as_code(text: str) -> str | None:
    """Return the code in typed text, in any case, with any spaces and hyphens; None if it is none."""
    letters = "".join(sign for sign in text.upper() if sign.isalnum())
    if len(letters) != GROUPS * GROUP_LENGTH or not set(letters) <= set(ALPHABET):
        return None
    return "-".join(letters[at : at + GROUP_LENGTH] for at in range(0, len(letters), GROUP_LENGTH))

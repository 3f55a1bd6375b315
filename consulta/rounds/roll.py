"""The roll of a round as a file, available from the opening on: name, categories and base; no contacts.

The module decides the content of the file whose digest is in the log; who may read it is decided in
`roll_page`. An installation whose members must be protected shows the names only to staff, and to the
contacts and scrutineers of the round. Its file then has a column of keys made with secret random bits,
so that names cannot be guessed by comparing digests with the public one. The file never has the key or
the pseudonym of a seat: it shows who can vote, and nothing of a ballot.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal, get_args

from consulta.core.trust import record
from consulta.platform.data import dimensions
from consulta.platform.formats import delimited
from consulta.platform.models import Seat
from consulta.rounds import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.platform.models import Organisation, Round

Shown = Literal["public", "members"]
SHOWN: tuple[Shown, ...] = get_args(Shown)
HEADINGS = ("organisation", "country", "sector")
BASE = "base"
KEYED = ("key",)
KEY_LENGTH = 32
PSEUDONYM_BYTES = 8


def file(found: Round, seats: Iterable[Seat]) -> bytes:
    """Return the roll as a CSV file, by country and name as frozen; its SHA-256 is in the log.

    Organisations that were registered after the opening come last, in the order of their registrations.
    The installation's dimensions come after the sector, by key; the subregion follows from the country.
    """
    protected = found.roll_shown == "members"
    ordered = sorted(seats, key=lambda seat: seat.position)
    salt = frozen.salt_of(found) if protected else b""
    added = dimensions.others(name for seat in ordered for name in seat.categories)
    lines = [
        [
            *(seat.name, seat.country, *(seat.categories.get(name, "") for name in ("sector", *added))),
            *(str(seat.base), *([_key(salt, seat)] if protected else [])),
        ]
        for seat in ordered
    ]
    return delimited.write_csv([*HEADINGS, *added, BASE, *(KEYED if protected else ())], lines)


def new_seat(found: Round, organisation: Organisation, number: int) -> Seat:
    """Return a seat for an organisation as it is now, at a place of the roll."""
    key = f"s{number:03d}"
    return Seat(
        round_id=found.id,
        organisation_id=organisation.id,
        key=key,
        pseudonym=pseudonym(found, key),
        position=number,
        name=organisation.name,
        country=organisation.country,
        categories=dimensions.categories_of(organisation.country, organisation.categories),
        base=organisation.base,
    )


def pseudonym(found: Round, key: str) -> str:
    """Return a seat's name in the counted bundle: its key if the vote is open, else a random text.

    The keys follow the roll: a reader who knows the members would infer the organisation from the
    number.
    """
    return key if found.secrecy == "open" else secrets.token_hex(PSEUDONYM_BYTES)


def _key(salt: bytes, seat: Seat) -> str:
    """Return a text for a seat that cannot be guessed and is the same each time.

    It is made with the random bits of the stored package, since the round's secret is public once a
    bundle is.
    """
    return record.sealed(salt, "roll", record.digest(seat.key.encode()))[:KEY_LENGTH]

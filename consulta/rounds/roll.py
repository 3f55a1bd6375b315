"""The roll of a round as a file, available from the opening on: name, categories and base; no contacts.

The module decides the content of the file whose digest is in the log; who may read it is decided in
`roll_page`. An installation whose members must be protected shows the names only to staff, and to the
contacts and scrutineers of the round. Its file then has a column of keys made with secret random bits,
so that names cannot be guessed by comparing digests with the public one. The file never has the key or
the pseudonym of a seat: it shows who can vote, and nothing of a ballot.
"""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Literal, get_args

from consulta.core.problems import Problem
from consulta.core.trust import record
from consulta.platform.access import STAFF, require
from consulta.platform.data import dimensions
from consulta.platform.formats import delimited
from consulta.platform.models import Seat
from consulta.rounds import acts, frozen, public_rounds, registered
from consulta.rounds.queries import scrutineers
from consulta.rounds.values import Member, RollView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.platform.models import Organisation, Round
    from consulta.platform.work import Work


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


def page(work: Work, key: str, small_cell: int) -> RollView:
    """Return the roll of a round as the reader may see it. Raise Problem `round.unknown` if none.

    If the names are protected, other readers see how many organisations each category has; categories of
    fewer than `small_cell` are shown together.
    """
    require(work, "published.read")
    found = public_rounds.opened(work, key)
    kinds = public_rounds.kinds(work.session, found.id)
    names = dimensions.in_order({name for categories, _ in kinds for name in categories})
    return RollView(
        card=public_rounds.card_of(work, found),
        shown=found.roll_shown,
        members=_members(work, found) if _may_read(work, found) else None,
        numbers=tuple((name, numbers(_sums(name, kinds), small_cell)) for name in names),
        sha256=_digest(work, found),
        registered=registered.registered_of(work, found),
    )


def by_country(work: Work, key: str) -> tuple[tuple[str, int], ...]:
    """Return how many organisations of each country could vote, by code; empty where names are protected.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "published.read")
    found = public_rounds.opened(work, key)
    return tuple(public_rounds.by_country(work.session, found.id)) if found.roll_shown == "public" else ()


def _members(work: Work, found: Round) -> tuple[Member, ...]:
    return tuple(
        Member(name, {"country": country, **categories}, base)
        for name, country, categories, base in public_rounds.members(work.session, found.id)
    )


def _sums(dimension: str, kinds: Iterable[tuple[Mapping[str, str], int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for categories, number in kinds:
        sums[categories.get(dimension, "")] += number
    return sums


def download(work: Work, key: str) -> bytes:
    """Return the content of the roll's file.

    Raise Problem `round.unknown` if there is no such file, also for readers who may not see it.
    """
    require(work, "published.read")
    found = public_rounds.opened(work, key)
    if not _may_read(work, found):
        raise Problem("round.unknown", key=key)
    return file(found, found.seats)


def _may_read(work: Work, found: Round) -> bool:
    """Return whether the reader may see the names on the roll.

    All readers may if they are public; otherwise staff, the round's voters and its scrutineers.
    """
    if found.roll_shown == "public" or work.actor.role in STAFF:
        return True
    if work.actor.role == "scrutineer" and work.actor.id is not None:
        return scrutineers.find(work.session, found.id, work.actor.id) is not None
    return work.actor.role == "voter" and public_rounds.is_on_roll(work.session, found.id, work.actor.seat_id)


def _digest(work: Work, found: Round) -> str | None:
    """Return the digest of the roll's file from the log's last row that tells it, or None."""
    rows = (acts.last(work, found, act, acts.Roll) for act in (acts.REGISTERED, acts.OPENED))
    return next((row.members_sha256 for row in rows if row and row.members_sha256), None)


def numbers(categories: Iterable[str] | Mapping[str, int], least: int) -> tuple[tuple[str, int], ...]:
    """Return the number of seats in each category, the largest first; small ones joined, last.

    Categories below `least` are joined under an empty key, with the smallest others if needed, so that
    the joined line has at least two categories and `least` seats.
    """
    counts = Counter(categories).most_common()
    shown = [each for each in counts if each[1] >= least]
    joined = counts[len(shown) :]
    while joined and shown and (len(joined) == 1 or sum(number for _, number in joined) < least):
        joined.append(shown.pop())
    return (*shown, *([("", sum(number for _, number in joined))] if joined else ()))

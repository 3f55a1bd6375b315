"""What voting asks of the rows: a seat with its round, the versions of its ballot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, cast, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consulta.platform.models import Assistance, Ballot, CurrentBallot, Nominee, Round, Seat, Theme

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

SENDERS = (joinedload(Ballot.contact), joinedload(Ballot.assistance).joinedload(Assistance.staff))
_SEATS = "consulta.seats"

# Statements of every vote are made once: making and naming one costs more than running it.
_SEAT = select(Seat).join(Seat.round).where(Seat.id == bindparam("seat")).options(contains_eager(Seat.round))
_LISTS = {  # read by statements of their own: what a loader makes anew each time costs more than they do
    name: select(kind).where(kind.round_id == bindparam("round")).order_by(first)
    for name, kind, first in (("themes", Theme, Theme.position), ("nominees", Nominee, Nominee.key))
}
_TIMES = select(Round.key, Round.state, Round.closes_at).join(Round.seats).where(Seat.id == bindparam("seat"))
_ROUND_HELD = (
    select(Round.id)
    .join(Round.seats)
    .where(Seat.id == bindparam("seat"))
    .with_for_update(read=True, of=Round)
)
_SEAT_HELD = select(Seat.id).where(Seat.id == bindparam("seat")).with_for_update()
_HAS_CURRENT = select(CurrentBallot.ballot_id).where(CurrentBallot.seat_id == bindparam("seat"))
_CURRENT = (
    select(Ballot)
    .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
    .where(CurrentBallot.seat_id == bindparam("seat"))
    .options(*SENDERS)
)
_VERSION = (
    select(Ballot)
    .where(Ballot.seat_id == bindparam("seat"), Ballot.version == bindparam("number"))
    .options(*SENDERS)
)
_SENT_BEFORE = (
    select(Ballot)
    .where(
        Ballot.seat_id == bindparam("seat"),
        Ballot.idempotency_key == bindparam("idempotency_key"),
        Ballot.content_sha256 == bindparam("content"),
    )
    .options(*SENDERS)
)
_LAST_VERSION = select(func.max(Ballot.version)).where(Ballot.seat_id == bindparam("seat"))


def seat(session: Session, seat_id: int) -> Seat | None:
    """Return a seat with its round, the round's themes and its nominees, or None.

    It is read once in a unit of work, and kept as long as that.
    """
    kept: dict[int, Seat] = session.info.setdefault(_SEATS, {})
    if seat_id not in kept:
        found = session.scalars(_SEAT, {"seat": seat_id}).first()
        if found is None:
            return None
        for name, rows in _LISTS.items():
            if name not in found.round.__dict__:
                read = session.scalars(rows, {"round": found.round_id})
                set_committed_value(found.round, name, list(read))
        kept[seat_id] = found
    return kept[seat_id]


def times(session: Session, seat_id: int) -> tuple[str, str, datetime] | None:
    """Return key, state and deadline of a seat's round, or None; nothing else of it is read."""
    row = session.execute(_TIMES, {"seat": seat_id}).first()
    return None if row is None else (row.key, row.state, row.closes_at)


def seat_id(session: Session, round_key: str, seat_key: str) -> int | None:
    """Return the id of the seat with this key in a round, or None."""
    query = select(Seat.id).join(Seat.round).where(Round.key == round_key, Seat.key == seat_key)
    return session.scalar(query)


def hold(session: Session, seat_id: int) -> None:
    """Keep the round from closing and the seat from a second vote until this transaction ends.

    Votes share the round among themselves; only closing waits for them, and they for it. SQLite holds
    everything from the start of the transaction.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    session.execute(_ROUND_HELD, {"seat": seat_id})
    session.execute(_SEAT_HELD, {"seat": seat_id})


def current(session: Session, seat_id: int) -> Ballot | None:
    """Return the version of the seat's ballot that counts, with its sender, or None."""
    if session.scalar(_HAS_CURRENT, {"seat": seat_id}) is None:  # of most pages of a first vote
        return None
    return session.scalars(_CURRENT, {"seat": seat_id}).first()


def version(session: Session, seat_id: int, number: int) -> Ballot | None:
    """Return one version of the seat's ballot, with its sender, or None."""
    return session.scalars(_VERSION, {"seat": seat_id, "number": number}).first()


def sent_before(session: Session, seat_id: int, idempotency_key: str, content_sha256: str) -> Ballot | None:
    """Return the version that the same form with the same content has already made, or None."""
    told = {"seat": seat_id, "idempotency_key": idempotency_key, "content": content_sha256}
    return session.scalars(_SENT_BEFORE, told).first()


def versions(session: Session, seat_id: int) -> list[Ballot]:
    """Return every version of the seat's ballot, the newest first, with its sender."""
    query = select(Ballot).where(Ballot.seat_id == seat_id).options(*SENDERS)
    return list(session.scalars(query.order_by(Ballot.version.desc())))


def last_own(session: Session, seat_id: int) -> Ballot | None:
    """Return the newest version that the organisation of a seat sent itself, or None."""
    query = select(Ballot).where(Ballot.seat_id == seat_id, Ballot.assisted.is_(False))
    return session.scalars(query.order_by(Ballot.version.desc()).limit(1)).first()


def assisted_since(session: Session, moment: datetime) -> int:
    """Return how many votes staff entered since a moment, in all rounds."""
    query = select(func.count()).where(Ballot.assisted, Ballot.cast_at > moment)
    return session.scalars(query).one()


def last_version(session: Session, seat_id: int) -> int:
    """Return the number of the newest version of a seat that has one."""
    return session.scalars(_LAST_VERSION, {"seat": seat_id}).one()


def store(session: Session, made: Ballot) -> None:
    """Write a version of a ballot, with who asked staff for it."""
    session.add(made)
    session.flush()


def make_current(session: Session, ballot: Ballot, *, first: bool) -> None:
    """Let this version count, in place of the one before; `first`: there is none."""
    pointer = None if first else session.get(CurrentBallot, ballot.seat_id)
    if pointer is None:
        session.add(CurrentBallot(seat_id=ballot.seat_id, ballot_id=ballot.id))
    else:
        pointer.ballot_id = ballot.id
    session.flush()


def alike(session: Session, seat: Seat, *, joined: bool) -> int:
    """Return how many seats of a round have the categories, base and country of `seat`, itself included.

    With `joined`, which is for rounds that join countries, the country is not compared.
    """
    mine = aliased(Seat)
    its = select(cast(mine.categories, Text)).where(mine.id == seat.id).scalar_subquery()
    same = [cast(Seat.categories, Text) == its, Seat.base == seat.base]
    if not joined:
        same.append(Seat.country == seat.country)
    query = select(func.count()).select_from(Seat).where(Seat.round_id == seat.round_id, *same)
    return session.scalars(query).one()

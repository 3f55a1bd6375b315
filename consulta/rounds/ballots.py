"""What voting asks of the rows: a seat with its round, the versions of its ballot."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime  # noqa: TC003 - a row's type, read when the program runs
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, Text, bindparam, case, cast, func, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consulta.core.trust.receipts import Choices, Sealed, ballot_record, receipt_code, seal
from consulta.platform.data.dimensions import SUBREGION
from consulta.platform.data.joined import CODES
from consulta.platform.models import (
    Assistance,
    Ballot,
    BallotExclusion,
    CurrentBallot,
    LogEntry,
    Message,
    Nominee,
    Objection,
    Round,
    Seat,
    Staff,
    Theme,
)
from consulta.platform.models.conditions import still_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, FromClause
    from sqlalchemy.orm import Session

    from consulta.core.values import Rules
    from consulta.platform.work import Work


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


WHOLE = (
    joinedload(Objection.seat),
    joinedload(Objection.seat_address),
    joinedload(Objection.ballot).joinedload(Ballot.contact),
    joinedload(Objection.ballot).joinedload(Ballot.assistance),
    joinedload(Objection.asker),
    joinedload(Objection.decider),
)


CLOSING_WAITS = (Message.kind == "closing", Message.state == "queued")
CLOSING_LEFT = (Message.kind == "closing", Message.state == "sent")


class ClosingMails(NamedTuple):
    """The progress of a round's closing mails. A failed one no longer counts as waiting."""

    waiting: int = 0
    left_at: datetime | None = None  # of the last one that was delivered


class Numbers(NamedTuple):
    """How many objections a round has in each state, and how many ballots were taken out."""

    open: int = 0
    withdrawn: int = 0
    asked: int = 0
    upheld: int = 0
    rejected: int = 0
    excluded: int = 0
    alone: int = 0  # of those upheld, by one person, where there was no second one
    restored: int = 0  # of the ballots taken out, those in whose place an earlier one counts

    @property
    def made(self) -> int:
        """Return the number of all objections, including withdrawn ones."""
        return self.open + self.withdrawn + self.asked + self.upheld + self.rejected

    @property
    def undecided(self) -> int:
        """Return the number of objections that wait for a decision, or for a second person."""
        return self.open + self.asked


def last_ballots(*, at_closing: bool) -> FromClause:
    """Return seats and ballots as `CurrentBallot` has them: those that count.

    With `at_closing` those that counted when voting closed: `CurrentBallot` may have an earlier version of a
    seat since, whose ballot was taken out.
    """
    if not at_closing:
        counts = still_counts(CurrentBallot.ballot_id)
        return select(CurrentBallot.seat_id, CurrentBallot.ballot_id).where(counts).subquery()
    taken_out = select(Ballot.seat_id, Ballot.id.label("ballot_id")).join(
        BallotExclusion, BallotExclusion.ballot_id == Ballot.id
    )
    untouched = select(CurrentBallot.seat_id, CurrentBallot.ballot_id).where(
        CurrentBallot.seat_id.not_in(select(taken_out.subquery().c.seat_id))
    )
    return union_all(untouched, taken_out).subquery()


def earlier_own(session: Session, ballot: Ballot) -> Ballot | None:
    """Return the vote that counts if this ballot is taken out, or None.

    It is the newest earlier version that the organisation sent itself: not entered by staff, nor sent by a
    contact or from an address added after the opening. None where that version is an abstention, and where
    this ballot is itself such a version: the organisation disowned its own vote.
    """
    if ballot.abstains or not (ballot.assisted or ballot.young):
        return None
    query = select(Ballot).where(
        Ballot.seat_id == ballot.seat_id,
        Ballot.version < ballot.version,
        Ballot.assisted.is_(False),
        Ballot.young.is_(False),
    )
    own = session.scalars(query.order_by(Ballot.version.desc()).limit(1)).first()
    return None if own is None or own.abstains else own


def marked_at_closing(session: Session, round_id: int) -> list[tuple[Seat, Ballot]]:
    """Return the ballots that counted at the closing and that the organisation did not send itself."""
    last = last_ballots(at_closing=True)
    query = (
        select(Seat, Ballot)
        .join(last, last.c.seat_id == Seat.id)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .where(Seat.round_id == round_id, Ballot.abstains.is_(False), or_(Ballot.assisted, Ballot.young))
    )
    return [(seat, ballot) for seat, ballot in session.execute(query)]


def restored(session: Session, ballot: Ballot) -> Ballot | None:
    """Return the ballot that counts in place of one that was taken out, or None."""
    query = (
        select(Ballot)
        .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
        .where(CurrentBallot.seat_id == ballot.seat_id, Ballot.version < ballot.version)
    )
    return session.scalars(query).first()


def taken_out_after(session: Session, current: Ballot) -> int:
    """Return the version in whose place this ballot counts again, since it was taken out; 0 if none was."""
    query = (
        select(Ballot.version)
        .join(BallotExclusion, BallotExclusion.ballot_id == Ballot.id)
        .where(Ballot.seat_id == current.seat_id, Ballot.version > current.version)
    )
    return session.scalars(query).first() or 0


def of_round(session: Session, round_id: int) -> list[Objection]:
    """Return every objection of a round, the oldest first."""
    query = select(Objection).where(Objection.round_id == round_id).options(*WHOLE)
    return list(session.scalars(query.order_by(Objection.id)))


def of_seat(session: Session, seat_id: int) -> list[Objection]:
    """Return every objection of a seat, the oldest first."""
    query = select(Objection).where(Objection.seat_id == seat_id).options(*WHOLE)
    return list(session.scalars(query.order_by(Objection.id)))


def find(session: Session, round_id: int, number: int) -> Objection | None:
    """Return one objection of a round, or None."""
    query = select(Objection).where(Objection.round_id == round_id, Objection.id == number)
    return session.scalars(query.options(*WHOLE)).first()


def numbers(session: Session, round_id: int) -> Numbers:
    """Return how many objections there are in each state, and how many ballots were taken out.

    `alone` counts the upheld ones that one person both asked for and decided.
    """
    query = select(Objection.state, func.count()).where(Objection.round_id == round_id)
    states = {row[0]: row[1] for row in session.execute(query.group_by(Objection.state))}
    alone = select(func.count()).where(
        Objection.round_id == round_id,
        Objection.state == "upheld",
        Objection.asked_by == Objection.decided_by,
    )
    out = excluded(session, round_id)
    return Numbers(
        excluded=len(out),
        alone=session.scalar(alone) or 0,
        restored=sum(restored(session, ballot) is not None for _, ballot, _ in out),
        **states,
    )


def excluded(
    session: Session, round_id: int, *, abstains: bool = False
) -> list[tuple[Seat, Ballot, Objection]]:
    """Return the ballots that were taken out, by receipt code; this order carries no information.

    Abstentions that were taken out are not among them, since no count had them; with `abstains` these alone.
    """
    query = (
        select(Seat, Ballot, Objection)
        .select_from(BallotExclusion)
        .join(Ballot, Ballot.id == BallotExclusion.ballot_id)
        .join(Seat, Seat.id == Ballot.seat_id)
        .join(Objection, Objection.id == BallotExclusion.objection_id)
        .where(BallotExclusion.round_id == round_id, Ballot.abstains.is_(abstains))
        .order_by(Ballot.receipt)
    )
    return [(seat, ballot, objection) for seat, ballot, objection in session.execute(query)]


def any_excluded(session: Session, round_id: int) -> bool:
    """Return whether any ballot or abstention of a round was taken out."""
    query = select(BallotExclusion.id).where(BallotExclusion.round_id == round_id)
    return session.scalars(query.limit(1)).first() is not None


def is_excluded(session: Session, ballot_id: int) -> bool:
    """Return whether a ballot was taken out of the count."""
    query = select(BallotExclusion.id).where(BallotExclusion.ballot_id == ballot_id)
    return session.scalar(query) is not None


def seat_of(session: Session, seat_id: int) -> tuple[Seat, Round] | None:
    """Return a seat with its round, or None; the round is locked for this transaction and read anew."""
    query = select(Seat, Round).join(Round, Round.id == Seat.round_id).where(Seat.id == seat_id)
    held = query.with_for_update(of=Round).execution_options(populate_existing=True)
    found = session.execute(held).first()
    return None if found is None else (found[0], found[1])


def current_ballot(session: Session, seat_id: int) -> Ballot | None:
    """Return the ballot of a seat that counted at the closing, with its sender, or None."""
    last = last_ballots(at_closing=True)
    query = (
        select(Ballot)
        .join(last, last.c.ballot_id == Ballot.id)
        .where(last.c.seat_id == seat_id)
        .options(joinedload(Ballot.contact), joinedload(Ballot.assistance))
    )
    return session.scalars(query).first()


def deciders(session: Session) -> list[int]:
    """Return the accounts that may decide an objection: active ones of the secretariat."""
    query = select(Staff.id).where(Staff.active, Staff.role.in_(("secretariat", "admin")))
    return list(session.scalars(query.order_by(Staff.id)))


def at_closing(session: Session, round_id: int) -> dict[int, int]:
    """Return a mapping from seat to the ballot that counted at the closing.

    Ballots that were taken out since are included.
    """
    last = last_ballots(at_closing=True)
    query = (
        select(last.c.seat_id, last.c.ballot_id)
        .join(Seat, Seat.id == last.c.seat_id)
        .where(Seat.round_id == round_id)
    )
    return {row.seat_id: row.ballot_id for row in session.execute(query)}


def closing_mails(session: Session, round_id: int) -> ClosingMails:
    """Return how many closing mails of a round wait, and when the last delivered one left."""
    of_round = Message.round_id == round_id
    waiting = session.scalar(select(func.count()).where(of_round, *CLOSING_WAITS))
    return ClosingMails(
        waiting or 0, session.scalar(select(func.max(Message.left_at)).where(of_round, *CLOSING_LEFT))
    )


class ArchiveNumbers(NamedTuple):
    """How many ballots count, were replaced, are assisted votes, and came too late; how many seats abstained.

    An abstention is no ballot: neither it nor the vote that replaced it is counted as replaced.
    """

    ballots: int
    replaced: int
    assisted: int
    late: int
    abstained: int


class Seated(NamedTuple):
    """What a list of ballots says of the seat of each, as a row of `Seat` has it."""

    pseudonym: str
    name: str
    country: str
    categories: dict[str, str]
    base: int


class Cast(NamedTuple):
    """What a list of ballots and its seals are made of, as a row of `Ballot` has it."""

    receipt: str
    ranking: list[list[str]]
    shown: list[str]
    version: int
    cast_at: datetime
    idempotency_key: str
    head: str
    assisted: bool
    young: bool
    abstains: bool
    endorsements: list[str]
    endorsements_sealed: bool
    fields: dict[str, Any]
    fields_sealed: dict[str, Any]


def counted(session: Session, round_id: int, *, at_closing: bool = False) -> Iterator[tuple[Seated, Cast]]:
    """Yield every seat that voted, with the ballot that counts, by receipt code.

    This order carries no information. With `at_closing` also the ballots that were taken out since.
    """
    return _last(session, round_id, at_closing=at_closing, abstains=False)


def abstentions(session: Session, round_id: int) -> list[tuple[Seated, Cast]]:
    """Return every seat that had abstained when the round closed, with its abstention, by receipt code."""
    return list(_last(session, round_id, at_closing=True, abstains=True))


def abstained(session: Session, round_id: int, *, at_closing: bool = False) -> int:
    """Return how many seats abstained and did not vote later; `at_closing`: see `counted`."""
    last = last_ballots(at_closing=at_closing)
    query = (
        select(func.count())
        .select_from(last)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .where(Ballot.round_id == round_id, Ballot.abstains)
    )
    return session.scalars(query).one()


def _last(
    session: Session, round_id: int, *, at_closing: bool, abstains: bool
) -> Iterator[tuple[Seated, Cast]]:
    last, seat = last_ballots(at_closing=at_closing), len(Seated._fields)
    columns = [getattr(kind, name) for kind, row in ((Seat, Seated), (Ballot, Cast)) for name in row._fields]
    query = (
        select(*columns)
        .select_from(last)
        .join(Seat, Seat.id == last.c.seat_id)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .where(Seat.round_id == round_id, Ballot.abstains.is_(abstains))
        .order_by(Ballot.receipt)
    )
    for row in _stream(session, query):
        yield Seated(*row[:seat]), Cast(*row[seat:])


def ballots(session: Session, round_id: int) -> int:
    """Return how many ballots count."""
    query = (
        select(func.count())
        .select_from(CurrentBallot)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Ballot.round_id == round_id, Ballot.abstains.is_(False), still_counts(CurrentBallot.ballot_id))
    )
    return session.scalars(query).one()


def pseudonym(session: Session, ballot: Ballot) -> str:
    """Return the name of a ballot's seat in the bundle."""
    return session.scalars(select(Seat.pseudonym).where(Seat.id == ballot.seat_id)).one()


def by_code(session: Session, round_id: int, code: str) -> tuple[Ballot, bool, bool] | None:
    """Return the ballot of a round with this receipt code and two booleans, or None.

    The booleans are whether it was the seat's last ballot, and whether it was taken out since.
    """
    found = session.execute(
        select(Ballot, CurrentBallot.ballot_id.is_not(None))
        .outerjoin(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
        .where(Ballot.round_id == round_id, Ballot.receipt == code)
    ).first()
    return None if found is None else (found[0], bool(found[1]), is_excluded(session, found[0].id))


def votes(session: Session, round_id: int) -> frozenset[str]:
    """Return the subjects by which the log names the seats of a round, such as `seat:12`."""
    return frozenset(
        f"seat:{seat}" for seat in session.scalars(select(Seat.id).where(Seat.round_id == round_id))
    )


def cast_rows(session: Session, round_id: int) -> Iterator[LogEntry]:
    """Return an iterator over the log's rows of the votes of a round, oldest first; abstentions have none."""
    seats = votes(session, round_id)
    query = select(LogEntry).where(LogEntry.action == "ballot.cast").order_by(LogEntry.seq)
    return (row for row in session.scalars(query).yield_per(1000) if row.subject in seats)


def archive_numbers(session: Session, round_id: int, *, at_closing: bool = False) -> ArchiveNumbers:
    """Return the numbers of ballots that a published round must state.

    Late ones are counted by organisation, not by attempt. With `at_closing`, ballots that were taken out
    since are among those that count.
    """
    votes = [Ballot.round_id == round_id, Ballot.abstains.is_(False)]
    versions = session.scalars(select(func.count()).where(*votes)).one()
    last = last_ballots(at_closing=at_closing)
    current = (
        select(func.count(), func.count(case((Ballot.assisted, 1))))
        .select_from(last)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .where(*votes)
    )
    ballots, assisted = session.execute(current).one()
    refused = session.scalars(select(LogEntry.subject).where(LogEntry.action == "ballot.late").distinct())
    tried = {int(subject.partition(":")[2]) for subject in refused}
    seats = session.scalars(select(Seat.id).where(Seat.round_id == round_id)) if tried else ()
    late = sum(seat in tried for seat in seats)
    out = 0 if at_closing else len(excluded(session, round_id))
    none = abstained(session, round_id, at_closing=at_closing)
    return ArchiveNumbers(ballots, versions - ballots - out, assisted, late, none)


def acts(session: Session, subject: str, action: str) -> list[LogEntry]:
    """Return every row of the log with this subject and action, the oldest first."""
    query = select(LogEntry).where(LogEntry.subject == subject, LogEntry.action == action)
    return list(session.scalars(query.order_by(LogEntry.seq)))


def last_act(session: Session, subject: str, action: str) -> LogEntry | None:
    """Return the newest row of the log with this subject and action, or None."""
    query = select(LogEntry).where(LogEntry.subject == subject, LogEntry.action == action)
    return session.scalars(query.order_by(LogEntry.seq.desc()).limit(1)).first()


AT_ONCE = 10_000


class RollRow(NamedTuple):
    """Seats of the roll that are alike."""

    country: str
    categories: str  # JSON
    seats: int
    base: int  # of all of them together
    each: int  # of one


class KindRow(NamedTuple):
    """Seats of the roll that are alike in all categories, country and base included."""

    categories: dict[str, str]
    base: int
    country: str


class SeatRow(NamedTuple):
    """A seat under its pseudonym."""

    pseudonym: str
    country: str
    categories: str  # JSON
    base: int


class BallotRow(NamedTuple):
    """A ballot that counts, under its seat's pseudonym; its parts are JSON."""

    pseudonym: str
    ranking: str
    objectives: str
    endorsements: str


class GroupRow(NamedTuple):
    """Ballots that are alike in all that the count of the topic looks at; their parts are JSON."""

    country: str
    categories: str
    base: int
    ranking: str
    objectives: str
    ballots: int


class EndorsedRow(NamedTuple):
    """Ballots of seats that are alike, with the same endorsements; these and their categories are JSON."""

    country: str
    categories: str
    base: int
    endorsements: str
    ballots: int


def roll(session: Session, round_id: int) -> list[RollRow]:
    """Return the roll in groups of seats of the same categories and base."""
    alike = (Seat.country, _text(Seat.categories))
    query = (
        select(*alike, func.count(), func.sum(Seat.base), Seat.base)
        .where(Seat.round_id == round_id)
        .group_by(*alike, Seat.base)
    )
    return [RollRow(*row[:2], int(row[2]), int(row[3]), int(row[4])) for row in session.execute(query)]


def kinds(session: Session, round_id: int) -> list[KindRow]:
    """Return the kinds of seats on the roll, each once."""
    query = select(*_kind()).where(Seat.round_id == round_id).distinct()
    return [_kind_of(*row) for row in session.execute(query)]


def ballots_by_kind(
    session: Session, round_id: int, *, at_closing: bool = False
) -> list[tuple[KindRow, int]]:
    """Return how many ballots that count each kind of seat has, where it has any."""
    query = _current(*_kind(), func.count(), round_id=round_id, at_closing=at_closing).group_by(*_kind())
    return [(_kind_of(*row), ballots) for *row, ballots in session.execute(query)]


def _kind() -> tuple[ColumnElement[Any], ...]:
    return _text(Seat.categories), Seat.base.expression, Seat.country.expression


def _kind_of(categories: str, base: int, country: str) -> KindRow:
    return KindRow(json.loads(categories), base, country)


def seats(session: Session, round_id: int) -> Iterator[SeatRow]:
    """Yield the seats of the roll in the order of their pseudonyms."""
    columns: tuple[Any, ...] = (Seat.pseudonym, Seat.country, _text(Seat.categories), Seat.base)
    query = select(*columns)
    for row in _stream(session, query.where(Seat.round_id == round_id).order_by(_in_code_order(session))):
        yield SeatRow(*row)


def any_ballot(session: Session, round_id: int) -> bool:
    """Return whether there is a ballot to count."""
    return session.execute(_current(Ballot.id, round_id=round_id).limit(1)).first() is not None


def current_ballots(session: Session, round_id: int, *, at_closing: bool = False) -> Iterator[BallotRow]:
    """Return the ballot that counts for each seat that voted, in the order of the pseudonyms.

    With `at_closing`, also those that were taken out since: the ballots of the first count. Endorsements that
    are kept apart are not in it: `endorsements` has those.
    """
    query = _current(
        Seat.pseudonym,
        _text(Ballot.ranking),
        _text(Ballot.objectives),
        case((Ballot.endorsements_sealed, "[]"), else_=_text(Ballot.endorsements)),
        round_id=round_id,
        at_closing=at_closing,
    )
    for row in _stream(session, query.order_by(_in_code_order(session))):
        yield BallotRow(*row)


def endorsements(session: Session, round_id: int) -> dict[str, tuple[str, ...]]:
    """Return whom the ballot that counts of each seat endorses, by pseudonym, kept apart or not."""
    query = _current(Seat.pseudonym, Ballot.endorsements, round_id=round_id)
    return {pseudonym: tuple(said) for pseudonym, said in session.execute(query)}


def endorsed(session: Session, round_id: int) -> Iterator[EndorsedRow]:
    """Yield the ballots that count, those of like seats that endorse the same together, in no order.

    Endorsements that are kept apart are among them.
    """
    alike = (Seat.country, _text(Seat.categories), Seat.base, _text(Ballot.endorsements))
    for row in _stream(session, _current(*alike, func.count(), round_id=round_id).group_by(*alike)):
        yield EndorsedRow(*row)


def groups(session: Session, round_id: int) -> Iterator[GroupRow]:
    """Yield the ballots that count, in groups of equal ones, in no order."""
    alike = _counted_rows()
    for row in _stream(session, _current(*alike, func.count(), round_id=round_id).group_by(*alike)):
        yield GroupRow(*row)


def one_by_one(session: Session, round_id: int) -> Iterator[GroupRow]:
    """Yield the ballots that count, each a group of its own, in the order of the pseudonyms."""
    query = _current(*_counted_rows(), round_id=round_id).order_by(_in_code_order(session))
    for row in _stream(session, query):
        yield GroupRow(*(*row, 1))


def _counted_rows() -> tuple[ColumnElement[Any], ...]:
    """Return what the count of the topics looks at."""
    return (
        Seat.country.expression,
        _text(Seat.categories),
        Seat.base.expression,
        _text(Ballot.ranking),
        _text(Ballot.objectives),
    )


def _current(*columns: Any, round_id: int, at_closing: bool = False) -> Select[Any]:
    last = last_ballots(at_closing=at_closing)
    return (
        select(*columns)
        .select_from(last)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .join(Seat, Seat.id == last.c.seat_id)
        .where(Ballot.round_id == round_id, Ballot.abstains.is_(False))
    )


def _text(column: Any) -> ColumnElement[str]:
    """Return a column of JSON as the text in which it is stored."""
    return cast(column, Text)


def _in_code_order(session: Session) -> ColumnElement[str]:
    """Return the expression that sorts pseudonyms by code points, for any language of the database."""
    plain: ColumnElement[str] = Seat.pseudonym.expression
    return plain.collate("C") if session.get_bind().dialect.name == "postgresql" else plain


def _stream(session: Session, query: Select[Any]) -> Iterable[Sequence[Any]]:
    return session.execute(query.execution_options(yield_per=AT_ONCE))


LATE = 12  # a closing mail that leaves after this part of the time to object makes that time longer


def objections_end(found: Round, mails: ClosingMails, now: datetime) -> datetime | None:
    """Return until when organisations can object to how they appear; None while it has not closed.

    The moment that was fixed at the closing, where the closing mails left soon after it. Where one left later
    than a twelfth of that time, the whole time runs from when the last one left; where one still waits, from
    now. A mail that failed delays nothing.
    """
    until, closed = found.objections_until, found.closed_at
    if until is None or closed is None or until <= closed:
        return until
    time, told = until - closed, now if mails.waiting else mails.left_at
    return max(until, told + time) if told is not None and told - closed > time / LATE else until


def awaits_objections(found: Round, mails: ClosingMails, now: datetime) -> bool:
    """Return whether organisations can still object to how they appear, so that no result may be public."""
    until, closed = objections_end(found, mails, now), found.closed_at
    return until is not None and closed is not None and closed < until and now < until


def seal_of(ballot: Ballot | Cast) -> str:
    """Return the seal over the unpublished data of a ballot."""
    return seal(
        Sealed(
            cast_at=ballot.cast_at.isoformat(timespec="microseconds"),
            key=ballot.idempotency_key,
            shown=ballot.shown,
            version=ballot.version,
            head=ballot.head,
            assisted=ballot.assisted,
            young=ballot.young,
            abstains=ballot.abstains,
            endorsements=ballot.endorsements if ballot.endorsements_sealed else None,
            fields=ballot.fields_sealed,
        )
    )


def record_of(ballot: Ballot, round_key: str, pseudonym: str) -> dict[str, object]:
    """Return the record that the receipt code of a ballot covers."""
    endorsements = [] if ballot.endorsements_sealed else ballot.endorsements
    said = Choices(ballot.ranking, ballot.objectives, endorsements, ballot.fields)
    return ballot_record(round_key, pseudonym, said, seal_of(ballot))


def code_of(ballot: Ballot, round_key: str, pseudonym: str) -> str:
    """Return the receipt code computed from a ballot's stored data."""
    return receipt_code(record_of(ballot, round_key, pseudonym))


class Group(NamedTuple):
    """Seats of the same categories, base and country."""

    categories: tuple[tuple[str, str], ...]  # dimension and category, by dimension
    base: int
    country: str

    @property
    def subregion(self) -> str:
        """Return the key of the subregion, which every seat has."""
        return dict(self.categories)[SUBREGION]


Codes = dict[Group, str]


def group_of(categories: Mapping[str, str], base: int, country: str) -> Group:
    """Return the group of a seat with these categories, this base and this country."""
    return Group(tuple(sorted(categories.items())), base, country)


def asks_for_country(rules: Rules) -> bool:
    """Return whether the rules count by country, which joined countries would change."""
    return "country" in rules.balance or "country" in rules.spread


def codes_of(work: Work, found: Round, *, at_closing: bool = False) -> Codes:
    """Return the code of each group of the roll whose country is joined; empty where none is.

    What was joined when the round was first counted stays joined in a second count, after ballots were taken
    out: from two bundles that join differently, smaller groups could be worked out. With `at_closing` the
    codes are those of the first count.
    """
    if found.joined_below is None:
        return {}
    seats, first = _counted(work, found.id, at_closing=True)
    codes = joined(seats, first, found.joined_below)
    if at_closing:
        return codes
    _, now = _counted(work, found.id, at_closing=False)
    return codes if now == first else joined(seats, now, found.joined_below, codes)


def _counted(work: Work, round_id: int, *, at_closing: bool) -> tuple[list[Group], Counter[Group]]:
    """Return the groups of the roll, and how many ballots each has."""
    seats = [group_of(*row) for row in kinds(work.session, round_id)]
    found = ballots_by_kind(work.session, round_id, at_closing=at_closing)
    return seats, Counter({group_of(*kind): ballots for kind, ballots in found})


def joined(
    seats: Iterable[Group], ballots: Mapping[Group, int], least: int, already: Iterable[Group] = ()
) -> Codes:
    """Return the code of each group whose country is joined, with those that were joined already."""
    cells: defaultdict[tuple[object, int], list[Group]] = defaultdict(list)
    for group in sorted(set(seats)):
        cells[group.categories, group.base].append(group)
    before = frozenset(already)
    return {
        group: CODES[group.subregion]
        for cell in cells.values()
        for group in _together(cell, ballots, least, before)
    }


def _together(
    cell: list[Group], ballots: Mapping[Group, int], least: int, before: frozenset[Group]
) -> set[Group]:
    """Return the groups of one cell whose countries are joined."""
    together = {group for group in cell if group in before or ballots.get(group, 0) < least}
    rest = sorted(set(cell) - together, key=lambda group: (ballots.get(group, 0), group))
    while together and rest and sum(ballots.get(group, 0) for group in together) < least:
        together.add(rest.pop(0))
    return together

"""What an archive reads besides its round's documents: the log up to a head, the ballots, their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, func, select

from consulta.platform.models import Ballot, CurrentBallot, LogEntry, Seat
from consulta.platform.models.conditions import still_counts
from consulta.rounds.ballots.queries.exclusions import excluded, is_excluded, last_ballots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


class Numbers(NamedTuple):
    """How many ballots count, were replaced, are assisted votes, and came too late; how many seats abstained.

    An abstention is no ballot: neither it nor the vote that replaced it is counted as replaced.
    """

    ballots: int
    replaced: int
    assisted: int
    late: int
    abstained: int


def rows(session: Session, size: int) -> Iterator[LogEntry]:
    """Return an iterator over the first `size` rows of the log."""
    query = select(LogEntry).where(LogEntry.seq <= size).order_by(LogEntry.seq)
    return iter(session.scalars(query).yield_per(1000))


def counted(session: Session, round_id: int, *, at_closing: bool = False) -> list[tuple[Seat, Ballot]]:
    """Return every seat that voted, with the ballot that counts, by receipt code.

    This order carries no information. With `at_closing` also the ballots that were taken out since.
    """
    return _last(session, round_id, at_closing=at_closing, abstains=False)


def abstentions(session: Session, round_id: int) -> list[tuple[Seat, Ballot]]:
    """Return every seat that had abstained when the round closed, with its abstention, by receipt code."""
    return _last(session, round_id, at_closing=True, abstains=True)


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


def _last(session: Session, round_id: int, *, at_closing: bool, abstains: bool) -> list[tuple[Seat, Ballot]]:
    last = last_ballots(at_closing=at_closing)
    query = (
        select(Seat, Ballot)
        .join(last, last.c.seat_id == Seat.id)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .where(Seat.round_id == round_id, Ballot.abstains.is_(abstains))
        .order_by(Ballot.receipt)
    )
    return [(seat, ballot) for seat, ballot in session.execute(query)]


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


def numbers(session: Session, round_id: int, *, at_closing: bool = False) -> Numbers:
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
    seats = set(session.scalars(select(Seat.id).where(Seat.round_id == round_id)))
    refused = session.scalars(select(LogEntry.subject).where(LogEntry.action == "ballot.late").distinct())
    late = sum(int(subject.partition(":")[2]) in seats for subject in refused)
    out = 0 if at_closing else len(excluded(session, round_id))
    none = abstained(session, round_id, at_closing=at_closing)
    return Numbers(ballots, versions - ballots - out, assisted, late, none)


def acts(session: Session, subject: str, action: str) -> list[LogEntry]:
    """Return every row of the log with this subject and action, the oldest first."""
    query = select(LogEntry).where(LogEntry.subject == subject, LogEntry.action == action)
    return list(session.scalars(query.order_by(LogEntry.seq)))


def last_act(session: Session, subject: str, action: str) -> LogEntry | None:
    """Return the newest row of the log with this subject and action, or None."""
    query = select(LogEntry).where(LogEntry.subject == subject, LogEntry.action == action)
    return session.scalars(query.order_by(LogEntry.seq.desc()).limit(1)).first()

"""What the desk asks of the seats of a roll: contacts, working links, votes by day, and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consulta.platform.data import dimensions
from consulta.platform.listing import alphabetical, page_of, says
from consulta.platform.models import (
    VOTE,
    Ballot,
    Call,
    Contact,
    CurrentBallot,
    Link,
    Nominee,
    Organisation,
    Reminder,
    Round,
    Seat,
    Staff,
)
from consulta.platform.models.conditions import still_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from consulta.platform.listing import Found, Wanted
    from consulta.vote.values import Order

AGAIN = ("no_answer", "again")
"""Answers after which an organisation is called again."""

_mine, _its_round = aliased(Seat), aliased(Round)
_EARLIER_ID = (
    select(Ballot.id)
    .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
    .join(Seat, Seat.id == Ballot.seat_id)
    .join(Round, Round.id == Seat.round_id)
    .join(_mine, _mine.organisation_id == Seat.organisation_id)
    .join(_its_round, _its_round.id == _mine.round_id)
    .where(
        _mine.id == bindparam("seat"),
        Round.id != _its_round.id,
        Round.example == _its_round.example,
        or_(Round.state == "closed", Round.state == "published"),
        Ballot.abstains.is_(False),
        still_counts(Ballot.id),
    )
    .order_by(Round.closed_at.desc(), Round.id.desc())
    .limit(1)
)
_WITH_THEMES = joinedload(Ballot.seat).joinedload(Seat.round).selectinload(Round.themes)


def find(session: Session, round_id: int, key: str) -> Seat | None:
    """Return a seat with its organisation and the organisation's contacts, or None."""
    query = (
        select(Seat)
        .where(Seat.round_id == round_id, Seat.key == key)
        .options(joinedload(Seat.organisation).selectinload(Organisation.contacts))
    )
    return session.scalars(query).first()


def links_since(session: Session, seat_id: int, now: datetime) -> dict[int, datetime]:
    """Return a mapping from contact id to the creation of the contact's newest valid link.

    Contacts without a valid link are left out.
    """
    working = (
        select(Link.contact_id, func.max(Link.created_at))
        .where(
            Link.purpose == VOTE,
            Link.subject_id == seat_id,
            Link.revoked_at.is_(None),
            Link.expires_at > now,
        )
        .group_by(Link.contact_id)
    )
    return {number: since for number, since in session.execute(working) if number is not None}


def earlier_vote(session: Session, seat_id: int) -> Ballot | None:
    """Return the vote of a seat's organisation that counts in the last round that closed before, or None.

    Rounds of the example and real ones do not mix. An abstention, and a vote that was taken out, is none.
    """
    found = session.scalar(_EARLIER_ID, {"seat": seat_id})
    return None if found is None else session.get(Ballot, found, options=[_WITH_THEMES])


def people(session: Session, organisations: Collection[int] | None, round_id: int) -> list[Contact]:
    """Return the active contacts who may vote of these organisations, those with a telephone first.

    None asks for those of the whole roll.
    """
    query = select(Contact).where(Contact.active, Contact.may_vote)
    if organisations is None:
        query = query.join(Seat, Seat.organisation_id == Contact.organisation_id).where(
            Seat.round_id == round_id
        )
    else:
        query = query.where(Contact.organisation_id.in_(organisations))
    return list(session.scalars(query.order_by(Contact.phone == "", Contact.id)))


def voted_before(session: Session, round_id: int, moments: Sequence[datetime]) -> tuple[int, ...]:
    """Return for each moment how many seats of a round had sent their first vote before it.

    Votes that do not count any more are left out.
    """
    if not moments:
        return ()
    first = (
        select(func.min(Ballot.cast_at).label("at"))
        .join(CurrentBallot, CurrentBallot.seat_id == Ballot.seat_id)
        .where(Ballot.round_id == round_id, still_counts(CurrentBallot.ballot_id))
        .group_by(Ballot.seat_id)
        .subquery()
    )
    sums = [func.count(case((first.c.at < moment, 1))) for moment in moments]
    return tuple(session.execute(select(*sums)).one())


def versions(session: Session, round_id: int) -> list[tuple[int, datetime, bool]]:
    """Return the votes of a round in the order in which they came: seat, when, whether it marks anyone.

    All versions of a seat are there, abstentions too, unless its last one does not count any more. Empty if
    the ballot has no people.
    """
    people = exists().where(Nominee.round_id == round_id, Nominee.on_ballot)
    query = (
        select(Ballot.seat_id, Ballot.cast_at, Ballot.endorsements)
        .join(CurrentBallot, CurrentBallot.seat_id == Ballot.seat_id)
        .where(Ballot.round_id == round_id, still_counts(CurrentBallot.ballot_id), people)
        .order_by(Ballot.cast_at, Ballot.id)
    )
    return [(seat, at, bool(marked)) for seat, at, marked in session.execute(query)]


def round_before(session: Session, found: Round) -> tuple[Round, int] | None:
    """Return the round that opened last before this one, with the number of its seats, or None.

    Rounds of an example are compared with one another, and so are the others.
    """
    query = (
        select(Round)
        .where(
            Round.opened_at < found.opened_at,
            Round.state.in_(("closed", "published")),
            Round.example == found.example,
        )
        .order_by(Round.opened_at.desc())
        .limit(1)
    )
    before = session.scalars(query).first()
    if before is None:
        return None
    seats = session.scalar(select(func.count()).where(Seat.round_id == before.id)) or 0
    return before, seats


def reminders(session: Session, round_id: int) -> list[Reminder]:
    """Return the reminders of a round, sent and planned, in order of time."""
    return list(
        session.scalars(select(Reminder).where(Reminder.round_id == round_id).order_by(Reminder.due_at))
    )


def _has_voted() -> ColumnElement[bool]:
    return exists().where(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))


def _last_call() -> ColumnElement[Any]:
    return select(func.max(Call.id)).where(Call.seat_id == Seat.id).correlate(Seat).scalar_subquery()


def call_list(
    session: Session,
    round_id: int,
    wanted: Wanted,
    there: Order,
    told: Callable[[Seat, Call | None, str | None], Any],
) -> Found:
    """Return the seats without a vote in the order in which a call balances most, each as `told` makes it.

    Seats without a telephone number come last. They are chosen by `called` ("open", "again", "done"), by the
    category in a dimension of `there.waiting` (named as by `dimensions.field_name`) and by the `language` of
    a contact.
    """
    zero = case((Seat.id > 0, 0))
    place = case(dict(there.places), value=Seat.country, else_=0) if there.places else zero
    helped = (case((_category(name).in_(list(keys)), 1), else_=0) for name, keys in there.short.items())
    reached = exists().where(
        Contact.organisation_id == Seat.organisation_id, Contact.active, Contact.may_vote, Contact.phone != ""
    )
    chosen = {
        "open": Call.id.is_(None),
        "again": Call.answer.in_(AGAIN),
        "done": Call.answer.not_in(AGAIN),
    }
    where: list[ColumnElement[bool]] = []
    if wanted.choice("called") in chosen:
        where.append(chosen[wanted.choice("called")])
    where += [
        _category(name) == category
        for name in there.waiting
        if (category := wanted.choice(dimensions.field_name(name)))
    ]
    if wanted.choice("language"):
        where.append(
            exists().where(
                Contact.organisation_id == Seat.organisation_id,
                Contact.active,
                Contact.may_vote,
                Contact.language == wanted.choice("language"),
            )
        )
    if wanted.text:
        where.append(names(wanted.text))
    query = (
        select(Seat, Call, Staff.name)
        .select_from(Seat)
        .outerjoin(Call, Call.id == _last_call())
        .outerjoin(Staff, Staff.id == Call.staff_id)
        .where(Seat.round_id == round_id, ~_has_voted())
    )
    ties = (
        case((reached, 0), else_=1),
        sum(helped, start=zero).desc(),
        *(
            case((_category(name).in_(list(keys)), 0), else_=1)
            for name, keys in there.silent.items()
            if name != dimensions.COUNTRY
        ),
        place,
        alphabetical(Seat.name, wanted.language),
        Seat.position,
    )
    return page_of(session, query, wanted, where, {}, ties, told)


def _category(dimension: str) -> ColumnElement[Any]:
    found: ColumnElement[Any] = Seat.categories[dimension].as_string()
    return Seat.country.expression if dimension == dimensions.COUNTRY else found


def names(text: str) -> ColumnElement[bool]:
    """Return the condition that a row's seat, or one of its contacts, has the words of `text` in its name."""
    return or_(
        says(text, Seat.name),
        exists().where(
            Contact.organisation_id == Seat.organisation_id, Contact.active, says(text, Contact.name)
        ),
    )


def call_counts(session: Session, round_id: int) -> tuple[int, int, int]:
    """Return how many seats without a vote were never called, are to be called again, and are done."""
    query = (
        select(
            func.count(case((Call.id.is_(None), 1))),
            func.count(case((Call.answer.in_(AGAIN), 1))),
            func.count(case((Call.answer.not_in(AGAIN), 1))),
        )
        .select_from(Seat)
        .outerjoin(Call, Call.id == _last_call())
        .where(Seat.round_id == round_id, ~_has_voted())
    )
    never, again, done = session.execute(query).one()
    return never, again, done


def earlier_rounds(
    session: Session, found: Round, organisations: Collection[int]
) -> dict[int, tuple[int, int]]:
    """Return by organisation how many rounds before this one had it on the roll, and in how many it voted."""
    counts = and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
    query = (
        select(Seat.organisation_id, func.count(), func.count(CurrentBallot.ballot_id))
        .join(Round, Round.id == Seat.round_id)
        .outerjoin(CurrentBallot, counts)
        .where(
            Seat.organisation_id.in_(organisations),
            Round.opened_at < found.opened_at,
            Round.state.in_(("closed", "published")),
        )
        .group_by(Seat.organisation_id)
    )
    return {number: (rounds, voted) for number, rounds, voted in session.execute(query)}


def calls(session: Session, round_id: int) -> list[tuple[Call, Seat, Contact | None, str | None]]:
    """Return every call of a round, the newest first, with its seat, who was called and who called."""
    query = (
        select(Call, Seat, Contact, Staff.name)
        .join(Seat, Seat.id == Call.seat_id)
        .outerjoin(Contact, Contact.id == Call.contact_id)
        .outerjoin(Staff, Staff.id == Call.staff_id)
        .where(Seat.round_id == round_id)
        .order_by(Call.id.desc())
    )
    return [(call, seat, contact, staff) for call, seat, contact, staff in session.execute(query)]


def first_seats(session: Session, round_id: int, text: str, key: str, most: int) -> list[Seat]:
    """Return the seat with this key, and the first others, whose names have each word of `text`."""
    query = select(Seat).where(Seat.round_id == round_id, says(text, Seat.name))
    chosen = session.scalars(query.where(Seat.key == key)).all()
    others = session.scalars(query.where(Seat.key != key).order_by(Seat.position).limit(most - len(chosen)))
    return [*chosen, *others]


def imagined(found: Round, position: int, name: str, country: str, organisation: int | None = None) -> Seat:
    """Return a seat of a round that has no roll yet; it is in no session and is never stored.

    `organisation` is the number of the organisation; None for one that is invented.
    """
    seat = Seat(
        id=None,
        round_id=found.id,
        organisation_id=organisation,
        key=f"p{position}",
        position=position,
        name=name,
        country=country,
        base=1,
    )
    set_committed_value(seat, "round", found)
    return seat

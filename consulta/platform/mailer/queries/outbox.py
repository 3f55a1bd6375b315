"""What the outbox asks of the rows: messages put in each once, lent to one worker, and told of."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consulta.platform.listing import PAGE, says
from consulta.platform.log import seals
from consulta.platform.mailer.gateway import TRY_LATER
from consulta.platform.models import (
    Ballot,
    Contact,
    CurrentBallot,
    Delivery,
    Invitation,
    MailText,
    Message,
    Organisation,
    PlainText,
    Seat,
    Staff,
    Switch,
    TextVersion,
)
from consulta.platform.models.conditions import may_get_links, still_counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Select, SQLColumnExpression
    from sqlalchemy.orm import Session

PAUSED, RESTORED = "mail_paused", "mail_restored"
RECEIPTS = ("receipt", "replacement", "abstention")
_RECEIPTS_OF = select(Message.once).where(
    Message.round_id == bindparam("round"),
    Message.seat_id == bindparam("seat"),
    Message.contact_id.is_not(None),
    or_(*(Message.kind == kind for kind in RECEIPTS)),
    Message.state != "cancelled",
)
_LOCK = 0x6D61696C  # any fixed number: workers that count what is under way wait for one another on it


def add(session: Session, messages: Sequence[dict[str, Any]]) -> None:
    """Store new messages in one statement; a message that exists already (`once`) is left unchanged."""
    if not messages:
        return
    name = session.get_bind().dialect.name
    seals.touch(session, seals.OF_MAIL, session.execute(_fresh(name), list(messages)).mappings())


@cache
def _fresh(name: str) -> Any:
    """Return the statement for new messages in the words of a database."""
    dialect = postgresql if name == "postgresql" else sqlite
    sealed = [getattr(Message, each) for each in ("id", *seals.MAIL, "state", "reason")]
    return dialect.insert(Message).on_conflict_do_nothing(index_elements=["once"]).returning(*sealed)


def people(
    session: Session, round_id: int, seat_id: int | None = None, *, waiting: bool = False
) -> list[tuple[Seat, Contact, bool]]:
    """Return the contacts who may vote for each seat of a round, or for one seat.

    Each comes with its seat and with whether the seat has voted, which it has by an abstention too (`counted`
    has votes alone); those of a seat that was withdrawn are left out. With `waiting` also those who may get
    no link yet, since a change that brought their address waits.
    """
    query = (
        select(Seat, Contact, CurrentBallot.seat_id.is_not(None))
        .select_from(Seat)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .outerjoin(
            CurrentBallot,
            and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id)),
        )
        .where(Seat.round_id == round_id, Seat.withdrawn_at.is_(None), Contact.active, Contact.may_vote)
        .order_by(Seat.position, Contact.id)
    )
    if seat_id is not None:
        query = query.where(Seat.id == seat_id)
    if not waiting:
        query = query.where(may_get_links())
    return [(seat, contact, voted) for seat, contact, voted in session.execute(query)]


def counted(session: Session, round_id: int, seat_id: int | None = None) -> set[int]:
    """Return the seats of a round whose vote counts, or that seat.

    Neither an abstention counts nor a ballot that was taken out.
    """
    query = (
        select(CurrentBallot.seat_id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Ballot.round_id == round_id, Ballot.abstains.is_(False), still_counts(CurrentBallot.ballot_id))
    )
    return set(session.scalars(query if seat_id is None else query.where(CurrentBallot.seat_id == seat_id)))


def receipts_of(session: Session, ballot: Ballot) -> int:
    """Return to how many people a receipt of this version was written."""
    about = tuple(f"{kind}:{ballot.id}:" for kind in RECEIPTS)
    found = session.scalars(_RECEIPTS_OF, {"round": ballot.round_id, "seat": ballot.seat_id})
    return sum(once.startswith(about) for once in found)


# -- sending


def hold(session: Session) -> None:
    """Let no other worker take a message until this transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def refused_since_taken(
    session: Session, since: datetime, least: int, channel: str
) -> list[tuple[int, int | None, str]]:
    """Return the refusals of a channel after the last message that was taken: message, code, words.

    None of before `since` is among them.

    Refusals are the answers whose code is `least` or more.
    Those count too after which the mail was put off, since the server refused everything.
    """
    taken = (
        select(Delivery.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.outcome == "sent", Message.channel == channel)
        .order_by(Delivery.id.desc())
        .limit(1)
    ).scalar_subquery()
    query = (
        select(Delivery.message_id, Delivery.code, Delivery.said)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            *(Delivery.id > func.coalesce(taken, 0), Delivery.at >= since, Delivery.code >= least),
            *(Delivery.code != TRY_LATER, Message.channel == channel),
        )
    )
    return [(message, code, said) for message, code, said in session.execute(query)]


def is_due(session: Session, now: datetime, channel: str, *, owed: bool = False) -> bool:
    """Return whether any message waits to be sent now; with `owed` only one to an address on file."""
    return session.scalars(_due(now, channel, owed=owed).limit(1)).first() is not None


def next_due(
    session: Session, now: datetime, urgent: Sequence[str], channel: str, *, owed: bool = False
) -> Message | None:
    """Return the message to send next, locked, or None: `urgent` kinds first, then the longest due.

    People wait for messages of the `urgent` kinds. With `owed` only messages to addresses on file are
    considered.
    """
    rank = case((Message.kind.in_(urgent), 0), else_=1)
    query = (
        select(Message)
        .where(Message.id.in_(_due(now, channel, owed=owed)))
        .order_by(rank, Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).first()


def under_way(session: Session, since: datetime, now: datetime, channel: str) -> int:
    """Return how many attempts were made since then, plus the messages that workers hold now."""
    of_channel = Message.channel == channel
    tried = select(func.count()).select_from(Delivery).join(Message, Message.id == Delivery.message_id)
    made = session.scalar(tried.where(Delivery.at > since, of_channel)) or 0
    in_hand = select(func.count()).where(Message.state == "queued", Message.claimed_until > now, of_channel)
    return made + (session.scalar(in_hand) or 0)


def bring_forward(session: Session, now: datetime, due: datetime, lease: datetime) -> None:
    """Make messages due now that would wait beyond `due`, and end leases beyond `lease` then."""
    waiting = update(Message).where(Message.state == "queued")
    session.execute(waiting.where(Message.due_at > due).values(due_at=now))
    session.execute(waiting.where(Message.claimed_until > lease).values(claimed_until=lease))


def holders(session: Session, now: datetime) -> list[str]:
    """Return the names of the workers that hold messages now."""
    query = (
        select(Message.claimed_by).where(Message.state == "queued", Message.claimed_until > now).distinct()
    )
    return [name for name in session.scalars(query) if name is not None]


def release(session: Session, worker: str, now: datetime) -> int:
    """End the time for which a worker was lent messages; how many."""
    held = update(Message).where(Message.state == "queued", Message.claimed_by == worker)
    freed = session.scalars(
        held.where(Message.claimed_until > now).values(claimed_until=now).returning(Message.id)
    )
    return len(freed.all())


def lent(session: Session, number: int, worker: str) -> Message | None:
    """Return a message that this worker holds, locked, or None."""
    query = select(Message).where(
        Message.id == number, Message.state == "queued", Message.claimed_by == worker
    )
    return session.scalars(query.with_for_update()).first()


def message(session: Session, number: int, *, hold: bool = False) -> Message | None:
    """Return a message with its round, contact and seat, or None; `hold` makes others wait for it."""
    if hold:
        return session.get(Message, number, with_for_update=True, populate_existing=True)
    related = (
        joinedload(Message.round),
        joinedload(Message.contact),
        joinedload(Message.seat).joinedload(Seat.current),
        joinedload(Message.invitation).joinedload(Invitation.nominee),
    )
    return session.get(Message, number, options=related)


def ballot(session: Session, ballot_id: int) -> Ballot | None:
    """Return a ballot with its sender, or with the person who asked for it, or None."""
    return session.get(Ballot, ballot_id, options=[joinedload(Ballot.contact), joinedload(Ballot.assistance)])


def is_paused(session: Session) -> bool:
    """Return whether no mail is sent for now except what is owed to addresses on file."""
    return session.get(Switch, PAUSED) is not None


def holding(session: Session) -> set[str]:
    """Return what keeps mail from leaving now: `PAUSED`, `RESTORED`, both or neither."""
    return set(session.scalars(select(Switch.name).where(Switch.name.in_((PAUSED, RESTORED)))))


def held_since(session: Session) -> datetime | None:
    """Return when this database was restored from a backup, while its mail is held; else None."""
    found = session.get(Switch, RESTORED)
    return found.at if found is not None else None


def hold_all(session: Session, at: datetime) -> None:
    """Hold all mail of a database that was restored from a backup at this moment."""
    found = session.get(Switch, RESTORED)
    if found is None:
        session.add(Switch(name=RESTORED, at=at))
    else:
        found.at = at
    session.flush()


def _due(now: datetime, channel: str, *, owed: bool) -> Any:
    free = or_(Message.claimed_until.is_(None), Message.claimed_until <= now)
    due = select(Message.id).where(
        and_(Message.state == "queued", Message.channel == channel, Message.due_at <= now, free)
    )
    return due.where(Message.to_address) if owed else due


# -- texts


def texts(session: Session, round_id: int) -> list[MailText]:
    """Return the texts that the secretariat wrote for a round."""
    return list(session.scalars(select(MailText).where(MailText.round_id == round_id)))


def plain_texts(session: Session) -> list[PlainText]:
    """Return the texts that the secretariat wrote for mails about no round."""
    return list(session.scalars(select(PlainText)))


def plain_text(session: Session, kind: str, language: str) -> PlainText | None:
    """Return one text that the secretariat wrote for mails about no round, or None."""
    return session.get(PlainText, (kind, language))


def text_versions(session: Session, round_id: int | None, kind: str) -> list[tuple[TextVersion, str | None]]:
    """Return every version of the texts of a kind, the newest first, with the name of who wrote it."""
    of_round = TextVersion.round_id.is_(None) if round_id is None else TextVersion.round_id == round_id
    query = select(TextVersion, Staff.name).outerjoin(Staff, Staff.id == TextVersion.staff_id)
    rows = session.execute(query.where(of_round, TextVersion.kind == kind).order_by(TextVersion.id.desc()))
    return [(version, name) for version, name in rows]


def text_of(session: Session, round_id: int, kind: str, language: str) -> MailText | None:
    """Return one text that the secretariat wrote for a round, or None."""
    return session.get(MailText, (round_id, kind, language))


def readers(
    session: Session, round_id: int, text: str = "", chosen: int | None = None, most: int = PAGE
) -> list[tuple[int, str, str, str]]:
    """Return contacts to whom mails of a round may be addressed: `chosen`, and the first of the others.

    Each comes as number, organisation, own name, country. They are those of the roll; while there is no
    roll, those of the active members. Where `text` is given, each of its words is in the name of the
    organisation or of the contact.
    """
    on_roll = (
        select(Contact.id, Seat.name, Contact.name, Seat.country)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .where(Seat.round_id == round_id, Contact.active, Contact.may_vote)
        .order_by(Seat.position, Contact.id)
    )
    member = (
        select(Contact.id, Organisation.name, Contact.name, Organisation.country)
        .join(Contact, Contact.organisation_id == Organisation.id)
        .where(Organisation.active, Contact.active, Contact.may_vote)
        .order_by(Organisation.name, Contact.id)
    )

    def found(query: Select[int, str, str, str], name: SQLColumnExpression[str]) -> list[Any]:
        matching = query.where(says(text, name, Contact.name)) if text else query
        first = session.execute(matching.where(Contact.id == chosen)).all() if chosen is not None else []
        if len(first) >= most:
            return [*first]
        return [*first, *session.execute(matching.where(Contact.id != (chosen or 0)).limit(most))]

    rows = found(on_roll, Seat.name)
    if not rows and session.execute(on_roll.limit(1)).first() is None:
        rows = found(member, Organisation.name)
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def hold_token(message: Message, token: str) -> None:
    """Let a message that was read hold this token; nothing of it is written."""
    set_committed_value(message, "token", token)


def with_tokens(session: Session) -> Sequence[Message]:
    """Return the messages that wait with a link."""
    return session.scalars(select(Message).where(Message.token.is_not(None)).order_by(Message.id)).all()

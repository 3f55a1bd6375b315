"""Who may vote: addresses of seats, links, changes, objections, scrutineers, sessions and limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.base import (
    ALL,
    AS_ROW,
    CONTACTS,
    DELETED,
    LANGUAGE,
    NUMBER,
    PSEUDONYM,
    PUBLISHED,
    RECORD,
    STAFF,
    Base,
    Kept,
    Row,
    goes,
    stays,
    until,
)
from consulta.platform.models.installation import Staff
from consulta.platform.models.members import Contact, Organisation
from consulta.platform.models.rounds import Ballot, Round, Seat


class SeatAddress(Row):
    """An address on file for a seat since the round opened, or since later. Never changed (trigger).

    Long after the round, address and name are erased (`retention`); the trigger allows that and no more.

    Receipts and notices about who may vote are sent to each of them, even after changes of its contact.
    A link to vote is sent only to an address that has a row with `votes`.
    """

    __tablename__ = "seat_addresses"
    kept = Kept(
        "To which addresses links, receipts and notices of a seat went: guards against votes for another.",
        CONTACTS,
        stays(RECORD),
    )
    written_once = True
    blanked: ClassVar[Mapping[str, str]] = {"address": "'erased:' || OLD.id", "name": "''"}
    __table_args__ = (
        UniqueConstraint("seat_id", "contact_id", "address", "votes"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    address: Mapped[str] = mapped_column(info=goes("roll_contacts", PSEUDONYM))
    name: Mapped[str] = mapped_column(info=goes("roll_contacts"))  # of the contact, as it was then
    language: Mapped[str]
    at_opening: Mapped[bool]  # on file when the round opened, or until shortly before
    votes: Mapped[bool]  # a link to vote may go there; others are only told
    # A vote from there is marked: it is of after the opening, or could not vote 30 days before it.
    young: Mapped[bool] = mapped_column(default=False, server_default=false())
    since: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact] = relationship()


class FormerAddress(Row):
    """An address to which mail of an organisation went until it was changed or its contact switched off.

    A round that opens soon afterwards keeps it among those that are told (`SeatAddress`).
    """

    __tablename__ = "former_addresses"
    kept = Kept(
        "Addresses that were changed lately: a round that opens soon tells them of its votes.",
        CONTACTS,
        goes("former_addresses", DELETED),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    address: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    until: Mapped[datetime]


class Call(Row):
    """A call of the secretariat to an organisation of a roll that had not voted, and what came of it."""

    __tablename__ = "calls"
    kept = Kept("Telephone calls to organisations that had not voted.", CONTACTS, stays(NUMBER))
    __table_args__ = (
        CheckConstraint("answer IN ('no_answer', 'again', 'will_vote', 'assisted')", name="answer"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), index=True)
    # Who was called
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id"), index=True, info=goes("roll_contacts")
    )
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who called
    answer: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="", info=goes("roll_contacts"))
    at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact | None] = relationship()
    staff: Mapped[Staff | None] = relationship()


class AccessChange(Row):
    """A change that lets a contact of a seat vote at an address that could not, until it is decided."""

    __tablename__ = "access_changes"
    kept = Kept(
        "Changes of who may vote while a round is open: requests, notices, objections.",
        CONTACTS,
        stays(RECORD),
    )
    __table_args__ = (
        CheckConstraint("kind IN ('added', 'address', 'replaced', 'switched_on', 'import')", name="kind"),
        CheckConstraint("state IN ('waiting', 'objected', 'done', 'withdrawn')", name="state"),
        Index(None, "seat_id", "contact_id"),
        Index(None, "state", "due_at"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    kind: Mapped[str]
    # The one that would get a link
    address: Mapped[str] = mapped_column(info=goes("roll_contacts", PSEUDONYM))
    # The contact's address before, where it was another
    before: Mapped[str] = mapped_column(info=goes("roll_contacts"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # whose place is taken
    reason: Mapped[str] = mapped_column(info=goes("roll_contacts"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who asked; none: a command
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]  # when the wait ends, if all were told by then
    wait: Mapped[int]  # seconds that must pass after the last notice left
    state: Mapped[str] = mapped_column(default="waiting")
    objected_at: Mapped[datetime | None]
    objected_by_id: Mapped[int | None] = mapped_column(ForeignKey("seat_addresses.id"))
    objection: Mapped[str] = mapped_column(default="", info=goes("roll_contacts"))  # what was written with it
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # a scrutineer
    # Why the scrutineer stopped it
    stopped: Mapped[str] = mapped_column(default="", server_default="", info=goes("roll_contacts"))
    confirmed_at: Mapped[datetime | None]  # by a second person, since the last objection; it waits still
    decided_at: Mapped[datetime | None]
    # "wait", "address", "staff", "withdrawn", "changed", "closed"
    decided_how: Mapped[str | None] = mapped_column(info=AS_ROW)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # The reason of the person who decided
    decision: Mapped[str] = mapped_column(default="", info=goes("roll_contacts"))

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact] = relationship(foreign_keys=[contact_id])
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
    objected_by: Mapped[SeatAddress | None] = relationship()
    stopped_by: Mapped[Staff | None] = relationship(foreign_keys=[stopped_by_id])


class Registration(Row):
    """The late registration of an organisation in an open round, from when it is asked for; never deleted.

    Its seat is made, with its links, when it takes effect, and not before.
    """

    __tablename__ = "registrations"
    kept = Kept(
        "Late registrations of organisations in an open round: requests, notices, whether stopped or made.",
        "",
        stays(RECORD),
    )
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'stopped', 'done', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'done') = (seat_id IS NOT NULL)", name="seat"),
        UniqueConstraint("seat_id"),
        Index(None, "state", "due_at"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str] = mapped_column(info=AS_ROW)  # public once it takes effect, in the first language
    words: Mapped[Text] = mapped_column(info=AS_ROW)  # the same in each language that it was written in
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who asked; none: a command
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]  # when the wait ends, if every scrutineer was told by then
    wait: Mapped[int]  # seconds that must pass after the last notice left
    state: Mapped[str] = mapped_column(default="waiting")
    stopped_at: Mapped[datetime | None]
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # a scrutineer
    # Why the scrutineer stopped it
    stopped: Mapped[str] = mapped_column(default="", server_default="", info=goes("roll_contacts"))
    confirmed_at: Mapped[datetime | None]  # by a second person, since the last objection; it waits still
    decided_at: Mapped[datetime | None]
    decided_how: Mapped[str | None] = mapped_column(info=AS_ROW)  # "wait", "staff", "withdrawn"
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # The reason of who decided
    decision: Mapped[str] = mapped_column(default="", server_default="", info=goes("roll_contacts"))
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))
    # Why the seat was withdrawn before its first vote, by language; public
    withdrawal: Mapped[Text | None] = mapped_column(info=AS_ROW)

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation] = relationship()
    seat: Mapped[Seat | None] = relationship()
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])
    stopped_by: Mapped[Staff | None] = relationship(foreign_keys=[stopped_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])


# Purposes of links that more than their feature names.
VOTE, PROPOSE, ANSWER, OBJECTING = "vote", "propose", "answer", "own_objection"


class Link(Row):
    """A link given by mail, for one purpose (`door/purposes.py`); only the digest of its token is kept."""

    __tablename__ = "links"
    kept = Kept(
        "Personal links, as digests: who acts by them. A link that ended opens nothing.",
        ALL,
        goes("links", DELETED),
    )
    __table_args__ = (
        UniqueConstraint("token_sha256"),
        Index(None, "purpose", "subject_id"),
    )

    purpose: Mapped[str]
    subject_id: Mapped[int]  # what it is about: the id of a row, by purpose
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)  # the reader, or:
    seat_address_id: Mapped[int | None] = mapped_column(ForeignKey("seat_addresses.id"), index=True)
    token_sha256: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]  # when its question was answered last
    choice: Mapped[str | None]  # what was answered

    contact: Mapped[Contact | None] = relationship()
    seat_address: Mapped[SeatAddress | None] = relationship()


class Objection(Row):
    """A statement of an organisation, after the closing, that it appears wrongly; and what was decided."""

    __tablename__ = "objections"
    kept = Kept("Objections of organisations to how they appear, and decisions.", CONTACTS, stays(RECORD))
    __table_args__ = (
        CheckConstraint("claim IN ('not_ours', 'missing', 'other')", name="claim"),
        CheckConstraint("state IN ('open', 'withdrawn', 'asked', 'upheld', 'rejected')", name="state"),
        CheckConstraint("claim <> 'not_ours' OR ballot_id IS NOT NULL", name="ballot"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), index=True)
    ballot_id: Mapped[int | None] = mapped_column(ForeignKey("ballots.id"))  # that counted then, if any
    claim: Mapped[str]
    seat_address_id: Mapped[int] = mapped_column(ForeignKey("seat_addresses.id"))  # to which its link went
    who: Mapped[str] = mapped_column(info=goes("roll_contacts"))  # the name that the person wrote
    text: Mapped[str] = mapped_column(info=AS_ROW)
    state: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="", info=AS_ROW)  # of the decision, told to the organisation
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who wants it upheld
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    seat: Mapped[Seat] = relationship()
    ballot: Mapped[Ballot | None] = relationship()
    seat_address: Mapped[SeatAddress] = relationship()
    asker: Mapped[Staff | None] = relationship(foreign_keys=[asked_by])
    decider: Mapped[Staff | None] = relationship(foreign_keys=[decided_by])


class Scrutineer(Base):
    """A person appointed to read everything on which a round's count depends."""

    __tablename__ = "scrutineers"
    kept = Kept("Who was appointed to read what a count depends on.", STAFF, stays(PUBLISHED))

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    appointed_at: Mapped[datetime]

    round: Mapped[Round] = relationship()
    staff: Mapped[Staff] = relationship()


class SignedIn(Row):
    """A session on the server, of staff or of who came by a link; the cookie holds only a reference."""

    __tablename__ = "sessions"
    kept = Kept(
        "Sessions on the server; of staff with a part of the network, to see which are theirs.",
        ALL,
        goes("sign_ins", DELETED, but="the newest of each account stays, which says when it signed in last"),
    )
    __table_args__ = (
        UniqueConstraint("token_sha256"),
        CheckConstraint("(staff_id IS NULL) <> (link_id IS NULL)", name="owner"),
    )

    token_sha256: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]  # when the password was last given
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # How the second factor was given: waiting, none (not asked for), codes, passkey, recovery, provider,
    # practice (at the desk from which a practice was entered).
    factor: Mapped[str] = mapped_column(default="none", server_default="none")
    network: Mapped[str] = mapped_column(default="", server_default="")  # of staff: 24 or 48 bits of it
    browser: Mapped[str] = mapped_column(default="", server_default="")  # of staff: in a word or two
    # Of all but these two, with a key that is not in the database; empty once it has ended.
    signature: Mapped[str] = mapped_column(default="", server_default="")

    staff: Mapped[Staff | None] = relationship()
    link: Mapped[Link | None] = relationship()


class Attempt(Row):
    """Something that may only be tried so often, by the digest of what was tried (never the address)."""

    __tablename__ = "attempts"
    kept = Kept(
        "Digests of what was tried, so that it is not tried too often.", ALL, goes("sign_ins", DELETED)
    )
    __table_args__ = (Index(None, "subject_sha256", "at"),)

    subject_sha256: Mapped[str]
    at: Mapped[datetime]


class LinkRequest(Row):
    """An address for which a new link was requested; deleted when it is answered, known or not."""

    __tablename__ = "link_requests"
    kept = Kept(
        "Addresses for which a new link was requested, until the worker answers.",
        ALL,
        until("it is answered, within a minute"),
    )
    __table_args__ = (CheckConstraint("purpose IN ('vote', 'own', 'follow_up')", name="purpose"),)

    address: Mapped[str]
    # "own": to one's own data; "follow_up": to answer what became of recommendations
    purpose: Mapped[str] = mapped_column(default="vote", server_default="vote")
    at: Mapped[datetime]

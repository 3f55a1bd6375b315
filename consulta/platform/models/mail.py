"""Invitations and every mail with its deliveries, texts and reminders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.platform.models.base import (
    ALL,
    AS_ROW,
    DELETED,
    ERASED,
    GUESTS,
    HASHED,
    LANGUAGE,
    OURS,
    RECORD,
    Base,
    Kept,
    Row,
    goes,
    stays,
    until,
)
from consulta.platform.models.members import Contact
from consulta.platform.models.rounds import Nominee, Round, Seat

INVITED = (
    "state IN ('proposed', 'invited', 'opened', 'accepted', 'declined', 'no_answer', 'replaced', 'attended')"
)


class Invitation(Row):
    """An invitation of a person to the panel of a round, and its state."""

    __tablename__ = "invitations"
    kept = Kept("Invitations to the panel and their states.", GUESTS, stays(RECORD))
    __table_args__ = (
        UniqueConstraint("round_id", "nominee_id"),
        CheckConstraint(INVITED, name="state"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    nominee_id: Mapped[int] = mapped_column(ForeignKey("nominees.id"), index=True)
    state: Mapped[str] = mapped_column(default="proposed")
    changed_at: Mapped[datetime]  # when it came to this state
    told: Mapped[int | None]  # which sequence of the session was written to them last
    created_at: Mapped[datetime]

    round: Mapped[Round] = relationship()
    nominee: Mapped[Nominee] = relationship()
    events: Mapped[list[InvitationEvent]] = relationship(
        back_populates="invitation", order_by="InvitationEvent.id"
    )


class InvitationEvent(Row):
    """One step of an invitation: to which state, when, by whom. Never changed (trigger)."""

    __tablename__ = "invitation_events"
    kept = Kept("The steps of an invitation.", GUESTS, stays(HASHED))
    written_once = True
    __table_args__ = (CheckConstraint(INVITED, name="state"),)

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    state: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(info=AS_ROW)  # as the log writes it: ids, never names

    invitation: Mapped[Invitation] = relationship(back_populates="events")
    words: Mapped[InvitationWords | None] = relationship(back_populates="event")


class InvitationWords(Base):
    """The text that a person wrote with a step, which may have to be deleted one day.

    So it is stored apart from the step, which is kept for good.
    """

    __tablename__ = "invitation_words"
    kept = Kept(
        "What guests wrote with an answer, and whom they propose instead.",
        GUESTS,
        goes("guest_notes", DELETED),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("invitation_events.id"), primary_key=True)
    note: Mapped[str] = mapped_column(default="")
    colleague: Mapped[str] = mapped_column(default="")  # whom they propose in their place
    colleague_contact: Mapped[str] = mapped_column(default="")

    event: Mapped[InvitationEvent] = relationship(back_populates="words")


MAIL, GATEWAY = "mail", "gateway"  # the channels of messages


class Message(Row):
    """A mail or message to one person, from the change that asks for it until it has left or is needless."""

    __tablename__ = "messages"
    kept = Kept(
        "Mails: what was sent to whom, when, and with which result.",
        ALL,
        stays("as long as the installation: that a mail was sent, to which number, when, with which result"),
    )
    __table_args__ = (
        UniqueConstraint("once"),
        UniqueConstraint("message_id"),
        CheckConstraint("state IN ('queued', 'sent', 'failed', 'cancelled')", name="state"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("state = 'queued' OR token IS NULL", name="token"),
        CheckConstraint("channel IN ('mail', 'gateway')", name="channel"),
        Index(None, "state", "due_at"),
        Index(None, "round_id", "contact_id"),
    )

    # None only of a mail about no round, which `letters.plain` makes and nothing else reads.
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), nullable=True)
    kind: Mapped[str] = mapped_column(info=AS_ROW)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)  # to a guest
    once: Mapped[str] = mapped_column(info=AS_ROW)  # what must not be sent twice
    # By mail, or through the program for SMS and WhatsApp; `address` is a number then
    channel: Mapped[str] = mapped_column(default=MAIL, server_default=MAIL)
    language: Mapped[str]
    address: Mapped[str] = mapped_column(info=goes("mail_addresses"))
    to_address: Mapped[bool] = mapped_column(default=False, server_default=false())  # even if it was changed
    # What cannot be looked up when it is sent; nothing secret
    facts: Mapped[dict[str, Any]] = mapped_column(info=goes("mail_texts"))
    # The personal link's, encrypted, only while it waits
    token: Mapped[str | None] = mapped_column(info=until("the mail has left", ERASED))
    # The left half of its Message-ID, the same in every attempt
    message_id: Mapped[str] = mapped_column(info=AS_ROW)
    state: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str | None] = mapped_column(info=AS_ROW)  # the code of why it was cancelled
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # The worker that has it in hand
    claimed_by: Mapped[str | None] = mapped_column(info=until("the mail has left", ERASED))
    claimed_until: Mapped[datetime | None] = mapped_column(info=until("the mail has left", ERASED))
    tried_at: Mapped[datetime | None]  # for the first time
    left_at: Mapped[datetime | None]  # when it left the queue
    code: Mapped[int | None]  # of the last answer
    said: Mapped[str | None] = mapped_column(info=goes("mail_addresses"))  # the last answer
    transport: Mapped[str | None] = mapped_column(info=AS_ROW)  # "smtp", "file" or "gateway", once sent
    subject: Mapped[str | None] = mapped_column(info=goes("mail_texts"))  # as it was sent
    # As it was sent, without link and receipt code
    body: Mapped[str | None] = mapped_column(info=goes("mail_texts"))
    body_sha256: Mapped[str | None] = mapped_column(info=AS_ROW)  # of the body, once that was erased

    round: Mapped[Round] = relationship()
    contact: Mapped[Contact | None] = relationship()
    seat: Mapped[Seat | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()


class Delivery(Row):
    """One attempt to send a message, and what the mail server said. Never changed (trigger).

    What the server said is erased with the address of the message: the trigger allows that and no more.
    """

    __tablename__ = "deliveries"
    kept = Kept("Attempts to send mails, and what mail servers answered.", ALL, stays(RECORD))
    written_once = True
    blanked: ClassVar[Mapping[str, str]] = {"said": "''"}
    __table_args__ = (
        CheckConstraint("outcome IN ('sent', 'later', 'refused', 'interrupted')", name="outcome"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str]
    code: Mapped[int | None]
    said: Mapped[str] = mapped_column(default="", info=goes("mail_addresses"))


class MailText(Base):
    """A mail's text in one language as the secretariat changed it for a round."""

    __tablename__ = "mail_texts"
    kept = Kept("Texts of mails that the secretariat changed.", "", stays(OURS))
    __table_args__ = (CheckConstraint(LANGUAGE, name="language"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True, info=AS_ROW)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(info=AS_ROW)
    body: Mapped[str] = mapped_column(info=AS_ROW)
    changed_at: Mapped[datetime]


class PlainText(Base):
    """The text of a mail about no round in one language as the secretariat changed it."""

    __tablename__ = "plain_texts"
    kept = Kept("Texts of mails about no round.", "", stays(OURS))
    __table_args__ = (CheckConstraint(LANGUAGE, name="language"),)

    kind: Mapped[str] = mapped_column(primary_key=True, info=AS_ROW)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(info=AS_ROW)
    body: Mapped[str] = mapped_column(info=AS_ROW)
    changed_at: Mapped[datetime]


class TextVersion(Row):
    """What the text of a kind of mail became, in one language, and by whom; of a round, or of none."""

    __tablename__ = "text_versions"
    kept = Kept("Every version of a text of a mail, and who wrote it.", "", stays(OURS))
    __table_args__ = (CheckConstraint(LANGUAGE, name="language"),)

    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"), index=True)
    kind: Mapped[str] = mapped_column(info=AS_ROW)
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(info=AS_ROW)
    body: Mapped[str] = mapped_column(info=AS_ROW)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class Reminder(Row):
    """A moment at which those who have not voted are reminded; done once."""

    __tablename__ = "reminders"
    kept = Kept("When those who have not voted are reminded.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("round_id", "due_at"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    local: Mapped[str] = mapped_column(info=AS_ROW)  # "2027-03-03T09:00", in the round's zone
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    queued: Mapped[int | None]  # how many messages it made

    round: Mapped[Round] = relationship()

"""Member organisations, their contacts and focal points, admission, and what was imported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.platform.models.base import (
    AS_ROW,
    CONTACTS,
    LANGUAGE,
    NUMBER,
    OURS,
    PSEUDONYM,
    Kept,
    Row,
    first_language,
    goes,
    stays,
)
from consulta.platform.models.installation import Staff


class Organisation(Row):
    """A member of the Mechanism: it votes as one, through any of its contacts."""

    __tablename__ = "organisations"
    kept = Kept(
        "The members: who is consulted, and the categories by which votes are weighted.", "", stays(OURS)
    )
    __table_args__ = (
        UniqueConstraint("name_key", "country"),
        CheckConstraint("base BETWEEN 1 AND 1000000", name="base"),
    )

    name: Mapped[str] = mapped_column(info=AS_ROW)
    # The name without accents, case and spacing: what makes two names the same
    name_key: Mapped[str] = mapped_column(info=AS_ROW)
    country: Mapped[str] = mapped_column(String(2))
    # Dimension -> category, of those that are entered: the sector, and what the installation adds.
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)
    base: Mapped[int] = mapped_column(default=1)
    tags: Mapped[list[Any]] = mapped_column(default=list, info=AS_ROW)
    active: Mapped[bool] = mapped_column(default=True)
    web: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)
    # "2027-03-05", the day of its admission; None where it is not known
    member_since: Mapped[str | None] = mapped_column(info=AS_ROW)
    example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    contacts: Mapped[list[Contact]] = relationship(back_populates="organisation", order_by="Contact.id")


class Contact(Row):
    """A person of an organisation, with the address and the language in which to write to them."""

    __tablename__ = "contacts"
    kept = Kept(
        "The people of members: to send them links, notices and receipts, and to call them.",
        CONTACTS,
        stays(NUMBER),
    )
    __table_args__ = (
        UniqueConstraint("organisation_id", "email"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(info=goes("contacts", PSEUDONYM))
    email: Mapped[str] = mapped_column(index=True, info=goes("contacts", PSEUDONYM))
    phone: Mapped[str] = mapped_column(default="", server_default="", info=goes("contacts"))
    language: Mapped[str] = mapped_column(default=first_language)
    may_vote: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    paused: Mapped[bool] = mapped_column(default=False, server_default=false())  # not written to for now
    # When mail to this address was found not to arrive
    bounced_at: Mapped[datetime | None] = mapped_column(info=goes("contacts"))
    bounce_reason: Mapped[str | None] = mapped_column(info=goes("contacts"))  # what was reported then
    # The number to which personal links also go by SMS or WhatsApp, as it was when that was chosen
    messages_to: Mapped[str] = mapped_column(default="", server_default="", info=goes("contacts"))
    messages_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    access_since: Mapped[datetime | None]  # since when it may vote at this address; None: since it was added

    organisation: Mapped[Organisation] = relationship(back_populates="contacts")

    @property
    def by_message(self) -> bool:
        """Return whether links also go to the number by SMS or WhatsApp, and it was chosen for this one."""
        return bool(self.messages_to) and self.messages_to == self.phone


APPLYING = "state IN ('unconfirmed', 'sponsors', 'review', 'returned', 'admitted', 'declined', 'withdrawn')"


class Application(Row):
    """An application of an organisation to become a member, from the form to its decision."""

    __tablename__ = "applications"
    kept = Kept(
        "Applications of organisations to become members, to decide on them.",
        "people of applicants",
        stays("an application that was not confirmed is deleted after 7 days; others " + OURS),
    )
    __table_args__ = (
        CheckConstraint(APPLYING, name="state"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("state <> 'admitted' OR admitted_on IS NOT NULL", name="admitted"),
        Index(None, "name_key", "country"),
    )

    name: Mapped[str] = mapped_column(info=AS_ROW)
    name_key: Mapped[str] = mapped_column(info=AS_ROW)  # as of an organisation
    other_names: Mapped[str] = mapped_column(default="", info=AS_ROW)
    country: Mapped[str] = mapped_column(String(2))
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict, info=AS_ROW)
    about: Mapped[str] = mapped_column(info=AS_ROW)
    web: Mapped[str] = mapped_column(default="", info=AS_ROW)
    # {"name", "email", "phone", "language"}: the first one applies
    people: Mapped[list[Any]] = mapped_column(info=goes("applications"))
    email: Mapped[str] = mapped_column(index=True, info=goes("applications"))  # of the first one
    language: Mapped[str]
    criteria: Mapped[str] = mapped_column(info=AS_ROW)  # those accepted, as they were shown
    state: Mapped[str] = mapped_column(default="unconfirmed")
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    question: Mapped[str] = mapped_column(default="", info=AS_ROW)  # with which it was returned
    answer: Mapped[str] = mapped_column(default="", info=AS_ROW)
    reason: Mapped[str] = mapped_column(default="", info=AS_ROW)  # of the decision, told to the applicant
    admitted_on: Mapped[str | None] = mapped_column(info=AS_ROW)  # "2027-03-05"
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who decided last
    example: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()
    staff: Mapped[Staff | None] = relationship()
    sponsorships: Mapped[list[Sponsorship]] = relationship(
        back_populates="application", order_by="Sponsorship.id", cascade="all, delete-orphan"
    )


class Sponsorship(Row):
    """A member that an application names as its sponsor, and what it answered."""

    __tablename__ = "sponsorships"
    kept = Kept("Which members sponsor an application, and what they answered.", CONTACTS, stays(NUMBER))
    __table_args__ = (
        UniqueConstraint("application_id", "organisation_id"),
        CheckConstraint("state IN ('named', 'asked', 'confirmed', 'refused', 'replaced')", name="state"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[str] = mapped_column(default="named")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # who answered for it
    note: Mapped[str] = mapped_column(default="", info=AS_ROW)
    answered_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="sponsorships")
    organisation: Mapped[Organisation] = relationship()
    contact: Mapped[Contact | None] = relationship()


class Correction(Row):
    """A change of its own data that a member asked for and that the secretariat decides on."""

    __tablename__ = "corrections"
    kept = Kept(
        "Changes of their own data that members requested, to decide on them.", CONTACTS, stays(NUMBER)
    )
    __table_args__ = (
        CheckConstraint("kind IN ('categories', 'address', 'added', 'off', 'objection')", name="kind"),
        CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="state"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    kind: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # whom it is about
    # Country and categories, or the values of the contact
    said: Mapped[dict[str, Any]] = mapped_column(
        info=goes("corrections", but="what is not name, address, telephone or a note stays")
    )
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="", info=AS_ROW)  # of the decision, told to the member
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    asked_by: Mapped[Contact] = relationship(foreign_keys=[asked_by_id])
    contact: Mapped[Contact | None] = relationship(foreign_keys=[contact_id])


class FocalPoint(Row):
    """A person whom a member names for a territory, from the naming to the end of the term."""

    __tablename__ = "focal_points"
    kept = Kept(
        "The people whom members name for territories, to ask them, to write to them, to list them.",
        "focal points",
        stays(NUMBER),
    )
    __table_args__ = (
        CheckConstraint("kind IN ('state', 'place')", name="kind"),
        CheckConstraint(
            "state IN ('named', 'asked', 'accepted', 'replaced',"
            " 'declined', 'refused', 'withdrawn', 'ended')",
            name="state",
        ),
        CheckConstraint("shows IN ('unlisted', 'name', 'email', 'both')", name="shows"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("ends >= starts", name="term"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[str]  # a State of the list, or a territory of reception under any name
    country: Mapped[str] = mapped_column(default="", info=AS_ROW)  # of a State
    place: Mapped[str] = mapped_column(default="", info=AS_ROW)  # the name of a territory of reception
    territory: Mapped[str] = mapped_column(index=True, info=AS_ROW)  # the key of the two, one a territory
    name: Mapped[str] = mapped_column(info=goes("focal_points"))
    # Empty once the person or the secretariat declined
    email: Mapped[str] = mapped_column(info=goes("focal_points"))
    phone: Mapped[str] = mapped_column(default="", info=goes("focal_points"))
    language: Mapped[str]
    starts: Mapped[str | None] = mapped_column(info=AS_ROW)  # "2027-03-05": the first day of the term
    ends: Mapped[str | None] = mapped_column(info=AS_ROW)  # the last day
    state: Mapped[str] = mapped_column(default="named")
    # What the person lets the public see
    shows: Mapped[str] = mapped_column(default="unlisted", info=goes("focal_points"))
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    # Why it was declined or ended, told to those concerned
    reason: Mapped[str] = mapped_column(default="", info=AS_ROW)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("focal_points.id"))
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # None: by the secretariat
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who decided last
    named_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    named_by: Mapped[Contact | None] = relationship()
    staff: Mapped[Staff | None] = relationship()


class Upload(Row):
    """One uploaded file of a list: its rows as read, and what to put back if its import is undone."""

    __tablename__ = "uploads"
    kept = Kept(
        "Uploaded lists: their rows as read, until they are imported and an undo is not needed any more.",
        "people in imported lists",
        stays(NUMBER),
    )

    kind: Mapped[str] = mapped_column(info=AS_ROW)  # which list: the key of its importer
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    filename: Mapped[str] = mapped_column(info=AS_ROW)
    sha256: Mapped[str] = mapped_column(info=AS_ROW)
    headings: Mapped[list[Any]] = mapped_column(info=goes("uploads"))
    # Headings of other columns
    unread: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=goes("uploads"))
    rows: Mapped[list[Any]] = mapped_column(info=goes("uploads"))
    # Name, rows, why not read
    sheets: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=goes("uploads"))
    # Field, value, key
    meanings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=goes("uploads"))
    undo: Mapped[dict[str, Any] | None] = mapped_column(info=goes("uploads"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # when its rows, and what to put back, were erased

    staff: Mapped[Staff | None] = relationship()


class ImportAnswer(Row):
    """What the secretariat said that a column or a value means, in every imported file of a list."""

    __tablename__ = "import_answers"
    kept = Kept(
        "What columns and values of imported lists mean, so that the question comes only once.",
        "",
        stays(OURS),
    )
    __table_args__ = (UniqueConstraint("kind", "field", "text"),)

    kind: Mapped[str] = mapped_column(info=AS_ROW)  # which list: the key of its importer
    field: Mapped[str] = mapped_column(info=AS_ROW)  # of a value; "" of a column
    text: Mapped[str] = mapped_column(info=AS_ROW)  # the value or the heading, folded
    written: Mapped[str] = mapped_column(info=AS_ROW)  # as it was written first
    # The key of a value, or of a field; "-" of a column that is not read
    meaning: Mapped[str] = mapped_column(info=AS_ROW)

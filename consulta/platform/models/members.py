"""Member organisations, their contacts and focal points, admission, and what was imported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.platform.models.columns import LANGUAGE, Row, first_language
from consulta.platform.models.staff import Staff


class Organisation(Row):
    """A member of the Mechanism: it votes as one, through any of its contacts."""

    __tablename__ = "organisations"
    __table_args__ = (
        UniqueConstraint("name_key", "country"),
        CheckConstraint("base BETWEEN 1 AND 1000000", name="base"),
    )

    name: Mapped[str]
    name_key: Mapped[str]  # the name without accents, case and spacing: what makes two names the same
    country: Mapped[str] = mapped_column(String(2))
    # Dimension -> category, of those that are entered: the sector, and what the installation adds.
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    base: Mapped[int] = mapped_column(default=1)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    web: Mapped[str] = mapped_column(default="", server_default="")
    member_since: Mapped[str | None]  # "2027-03-05", the day of its admission; None where it is not known
    example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    contacts: Mapped[list[Contact]] = relationship(back_populates="organisation", order_by="Contact.id")


class Contact(Row):
    """A person of an organisation, with the address and the language in which to write to them."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("organisation_id", "email"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default=first_language)
    may_vote: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    paused: Mapped[bool] = mapped_column(default=False, server_default=false())  # not written to for now
    bounced_at: Mapped[datetime | None]  # when mail to this address was found not to arrive
    bounce_reason: Mapped[str | None]  # what was reported then
    created_at: Mapped[datetime]
    access_since: Mapped[datetime | None]  # since when it may vote at this address; None: since it was added

    organisation: Mapped[Organisation] = relationship(back_populates="contacts")


APPLYING = "state IN ('unconfirmed', 'sponsors', 'review', 'returned', 'admitted', 'declined', 'withdrawn')"


class Application(Row):
    """An application of an organisation to become a member, from the form to its decision."""

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint(APPLYING, name="state"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("state <> 'admitted' OR admitted_on IS NOT NULL", name="admitted"),
        Index(None, "name_key", "country"),
    )

    name: Mapped[str]
    name_key: Mapped[str]  # as of an organisation
    other_names: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(String(2))
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict)
    about: Mapped[str]
    web: Mapped[str] = mapped_column(default="")
    people: Mapped[list[Any]]  # {"name", "email", "phone", "language"}: the first one applies
    email: Mapped[str] = mapped_column(index=True)  # of the first one
    language: Mapped[str]
    criteria: Mapped[str]  # those accepted, as they were shown
    state: Mapped[str] = mapped_column(default="unconfirmed")
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    question: Mapped[str] = mapped_column(default="")  # with which it was returned
    answer: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")  # of the decision, told to the applicant
    admitted_on: Mapped[str | None]  # "2027-03-05"
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
    __table_args__ = (
        UniqueConstraint("application_id", "organisation_id"),
        CheckConstraint("state IN ('named', 'asked', 'confirmed', 'refused', 'replaced')", name="state"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[str] = mapped_column(default="named")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # who answered for it
    note: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="sponsorships")
    organisation: Mapped[Organisation] = relationship()
    contact: Mapped[Contact | None] = relationship()


class Correction(Row):
    """A change of its own data that a member asked for and that the secretariat decides on."""

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("kind IN ('categories', 'address', 'added', 'off', 'objection')", name="kind"),
        CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="state"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    kind: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # whom it is about
    said: Mapped[dict[str, Any]]  # country and categories, or the values of the contact
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="")  # of the decision, told to the member
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    asked_by: Mapped[Contact] = relationship(foreign_keys=[asked_by_id])
    contact: Mapped[Contact | None] = relationship(foreign_keys=[contact_id])


class FocalPoint(Row):
    """A person whom a member names for a territory, from the naming to the end of the term."""

    __tablename__ = "focal_points"
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
    country: Mapped[str] = mapped_column(default="")  # of a State
    place: Mapped[str] = mapped_column(default="")  # the name of a territory of reception
    territory: Mapped[str] = mapped_column(index=True)  # the key of the two, one a territory
    name: Mapped[str]
    email: Mapped[str]  # empty once the person or the secretariat declined
    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    starts: Mapped[str | None]  # "2027-03-05": the first day of the term
    ends: Mapped[str | None]  # the last day
    state: Mapped[str] = mapped_column(default="named")
    shows: Mapped[str] = mapped_column(default="unlisted")  # what the person lets the public see
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    reason: Mapped[str] = mapped_column(default="")  # why it was declined or ended, told to those concerned
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

    kind: Mapped[str]  # which list: the key of its importer
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    filename: Mapped[str]
    sha256: Mapped[str]
    headings: Mapped[list[Any]]
    unread: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # headings of other columns
    rows: Mapped[list[Any]]
    sheets: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # name, rows, why not read
    meanings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # field, value, key
    undo: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # when its rows, and what to put back, were erased


class ImportAnswer(Row):
    """What the secretariat said that a column or a value means, in every imported file of a list."""

    __tablename__ = "import_answers"
    __table_args__ = (UniqueConstraint("kind", "field", "text"),)

    kind: Mapped[str]  # which list: the key of its importer
    field: Mapped[str]  # of a value; "" of a column
    text: Mapped[str]  # the value or the heading, folded
    written: Mapped[str]  # as it was written first
    meaning: Mapped[str]  # the key of a value, or of a field; "-" of a column that is not read

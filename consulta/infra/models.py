"""The tables: columns, constraints and relationships; no rule of the consultation.

What the database itself must hold is said here by named constraints; what may never change once written
(ballots, documents, the log) is guarded by triggers, which the first migration creates.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    false,
    func,
    true,
)
from sqlalchemy import Text as Words
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.data import tongues

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Rows that are written once: the migration guards them with triggers, the tests try to break them.
APPEND_ONLY = (
    "ballot_exclusions",
    "ballots",
    "checkpoint_keys",
    "checkpoints",
    "cosignatures",
    "deliveries",
    "documents",
    "evidence",
    "heads",
    "invitation_events",
    "log",
    "minutes_versions",
    "receipt_heads",
    "recommendation_texts",
    "reports",
    "seat_addresses",
    "synthesis_versions",
    "theme_proposal_events",
    "timestamps",
)


# The code of a language; which there are is in the list of languages (`data/tongues.toml`), not here.
LANGUAGE = "length(language) BETWEEN 2 AND 8"
THEME_PROPOSAL_STATES = (
    "state IN ('submitted', 'returned', 'admitted', 'declined', 'merged', 'split', 'withdrawn')"
)


class Instant(TypeDecorator[datetime]):
    """A moment with its zone, always UTC outside; SQLite keeps it without a zone, PostgreSQL with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC for the database; raise ValueError if it has no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment from the database in UTC, always with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Translated(TypeDecorator[Text]):
    """A text in several languages, kept as one JSON value: language → words."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Text | None, dialect: Dialect) -> dict[str, str]:
        """Return the value to store: the words by language; empty for no text."""
        return dict(value or {})

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> Text:
        """Return the text of a stored value; a text without words for NULL."""
        return Text(value or {})


def _first_language() -> str:
    return tongues.codes()[0]


class Base(DeclarativeBase):
    """Root of the mapped classes."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Words(),
        Text: Translated(),
        datetime: Instant(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Row(Base):
    """A row that is known by a number of its own."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


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
    language: Mapped[str] = mapped_column(default=_first_language)
    may_vote: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    paused: Mapped[bool] = mapped_column(default=False, server_default=false())  # not written to for now
    bounced_at: Mapped[datetime | None]  # when mail to this address was found not to arrive
    bounce_reason: Mapped[str | None]  # what was reported then
    created_at: Mapped[datetime]

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
        CheckConstraint("kind IN ('categories', 'address', 'added', 'off')", name="kind"),
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


class FormerAddress(Row):
    """An address to which mail of an organisation went until it was changed or its contact switched off.

    A round that opens soon afterwards keeps it among those that are told (`SeatAddress`).
    """

    __tablename__ = "former_addresses"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    address: Mapped[str]
    name: Mapped[str]
    language: Mapped[str]
    until: Mapped[datetime]


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


class Round(Row):
    """One consultation, from draft to published; its rules are frozen as one text when it opens."""

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("state IN ('draft', 'open', 'closed', 'published', 'cancelled')", name="state"),
        CheckConstraint("secrecy IN ('open', 'pseudonymous', 'aggregate')", name="secrecy"),
    )

    key: Mapped[str]
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    question: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    state: Mapped[str] = mapped_column(default="draft")
    secrecy: Mapped[str] = mapped_column(default="aggregate")
    example: Mapped[bool] = mapped_column(default=False)
    zone: Mapped[str]  # IANA name: the zone in which the deadline was promised
    closes_local: Mapped[str]  # the promise itself, "2027-03-05T17:00", in that zone
    closes_at: Mapped[datetime]  # the same moment
    promised_at: Mapped[datetime | None]  # the end that was promised at the opening, where it was moved since
    opens_local: Mapped[str | None]  # when it is to open by itself, in that zone too
    opens_at: Mapped[datetime | None]  # the same moment
    opens_refused: Mapped[str | None]  # the code of what kept it from opening then
    # Whether two persons agreed on that opening: a change of the draft gives it up.
    opens_agreed: Mapped[bool] = mapped_column(default=False, server_default=false())
    nominations_until: Mapped[datetime | None]  # when members stop proposing; None where they never could
    rules: Mapped[dict[str, Any]]  # section 1.1 of the rules of counting, without "panel"
    panel_rules: Mapped[dict[str, Any]]  # section 5.1; edited after the count too
    panel_version: Mapped[int | None]  # which version of the panel is public
    panel_named: Mapped[dict[str, Any] | None]  # whom that publication confirmed and named, by key
    # The governments most named as the panel was chosen; None where its rules do not ask for them.
    most_named: Mapped[list[Any] | None]
    panel_trial: Mapped[dict[str, Any] | None]  # a change of the newest panel that is being tried
    # From the opening on: endorsements are in no bundle, and in receipts behind the seal.
    endorsements_apart: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Countries of fewer ballots than this stand together in what is counted and published; None: none does.
    joined_below: Mapped[int | None]
    # Canonical JSON of all that the opening froze, the roll too: read only where it is asked for.
    frozen: Mapped[str | None] = mapped_column(deferred=True)
    frozen_sha256: Mapped[str | None]
    roll_shown: Mapped[str | None]  # to whom the roll is shown by name; None: opened before it was said
    commitment: Mapped[str | None]
    secret: Mapped[str | None]
    public: Mapped[str] = mapped_column(default="")  # the public value, once it is known
    public_source: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # from where, as announced
    public_local: Mapped[str] = mapped_column(default="", server_default="")  # from when on, in that zone
    public_at: Mapped[datetime | None]  # the same moment; None where none was announced
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # No result is public before; the moment of the closing where there is no such time, and None in a round
    # that closed before there was one.
    objections_until: Mapped[datetime | None]
    effects_made: Mapped[bool] = mapped_column(default=False, server_default=false())  # of all its votes
    left_out: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # excluded ballots in the newest count
    published_at: Mapped[datetime | None]
    result_seen_at: Mapped[datetime | None]  # by any person, first; from then on the round stays closed
    # How often it was opened again after a closing by mistake, and the last document of before that (its id):
    # what was counted by then is no result.
    reopenings: Mapped[int] = mapped_column(default=0, server_default="0")
    void_until: Mapped[int] = mapped_column(default=0, server_default="0")

    themes: Mapped[list[Theme]] = relationship(back_populates="round", order_by="Theme.position")
    nominees: Mapped[list[Nominee]] = relationship(back_populates="round", order_by="Nominee.key")
    seats: Mapped[list[Seat]] = relationship(back_populates="round", order_by="Seat.position")


class Theme(Row):
    """A candidate theme of a round, with the objectives it serves."""

    __tablename__ = "themes"
    __table_args__ = (UniqueConstraint("round_id", "key"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    description: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    objectives: Mapped[list[Any]]  # 1 to 5 numbers, ascending
    # Who proposed it, as it may be told, since it went on the ballot: {"organisations": 7, "subregions": 3},
    # or {"fewer": 5}; empty for a theme of the secretariat's own.
    backing: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    round: Mapped[Round] = relationship(back_populates="themes")


class Nominee(Row):
    """A person or institution proposed for the panel of a round."""

    __tablename__ = "nominees"
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("recent >= 0", name="recent"),
        CheckConstraint("kind IN ('person', 'institution')", name="kind"),
        CheckConstraint("origin IN ('secretariat', 'member', 'file', 'outside')", name="origin"),
        CheckConstraint("support IS NULL OR support BETWEEN 0 AND 10000", name="support"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    key: Mapped[str]
    name: Mapped[str]
    organisation: Mapped[str]
    role: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))
    sector: Mapped[str]
    gender: Mapped[str | None]
    language: Mapped[str] = mapped_column(default=_first_language)
    email: Mapped[str] = mapped_column(default="")
    topics: Mapped[list[Any]]  # theme keys; none means any topic
    recent: Mapped[int] = mapped_column(default=0)
    support: Mapped[int | None]
    kind: Mapped[str] = mapped_column(default="person", server_default="person")
    delegate: Mapped[str] = mapped_column(default="", server_default="")  # who comes for an institution
    languages: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # that the person speaks
    address_form: Mapped[str] = mapped_column(default="", server_default="")  # "Sra. Ministra"; never guessed
    speaks_for: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # names of organisations
    about: Mapped[str] = mapped_column(default="", server_default="")  # one line on who it is, on the ballot
    consent_contact: Mapped[bool] = mapped_column(default=False, server_default=false())
    consent_listed: Mapped[bool] = mapped_column(default=False, server_default=false())
    consent_governments: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Of which State (its code) or local government (its number) it is, as the secretariat said; "": of none.
    government: Mapped[str] = mapped_column(default="", server_default="")
    origin: Mapped[str] = mapped_column(default="secretariat", server_default="secretariat")
    on_ballot: Mapped[bool] = mapped_column(default=True, server_default=true())  # frozen with the opening
    outside: Mapped[dict[str, Any] | None]  # who designated this nominee outside of the tool, when, by what
    example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    round: Mapped[Round] = relationship(back_populates="nominees")


class Nomination(Row):
    """A member's proposal of a person for the panel: its text and its state.

    Where the secretariat joined two nominees, the removed one is also stored here; it belongs to no
    member.
    """

    __tablename__ = "nominations"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'admitted', 'declined', 'merged')", name="state"),
        CheckConstraint("state IN ('admitted', 'merged') OR nominee_id IS NULL", name="nominee"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # who proposed for it
    said: Mapped[dict[str, Any]]  # what was written of the nominee
    state: Mapped[str] = mapped_column(default="waiting")
    nominee_id: Mapped[int | None] = mapped_column(ForeignKey("nominees.id"), index=True)  # who it became
    into_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))  # joined with one that waits
    reason: Mapped[str] = mapped_column(default="")  # why it was declined
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    contact: Mapped[Contact | None] = relationship()
    nominee: Mapped[Nominee | None] = relationship()


class ThemePhase(Row):
    """The phase in which members propose themes for a round: its hours and its rules, frozen at opening."""

    __tablename__ = "theme_phases"
    __table_args__ = (
        UniqueConstraint("round_id"),
        CheckConstraint("shown IN ('at_once', 'at_end')", name="shown"),
        CheckConstraint("rule IN ('support', 'secretariat')", name="rule"),
        CheckConstraint("supports BETWEEN 0 AND 100", name="supports"),
        CheckConstraint("most BETWEEN 1 AND 20", name="most"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    zone: Mapped[str]  # IANA name: the zone in which the hours were announced
    opens_local: Mapped[str | None]  # when it is to open by itself, in that zone; None: by hand
    opens_at: Mapped[datetime | None]  # the same moment
    closes_local: Mapped[str]
    closes_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]  # the end that was promised at the opening, where it was moved since
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # by the worker at its hour, or earlier by the secretariat
    end_reason: Mapped[str] = mapped_column(default="")  # why it ended early
    shown: Mapped[str]  # when members see the proposals of others
    supports: Mapped[int]  # how many proposals of others an organisation may support; 0: none
    most: Mapped[int]  # proposals of one organisation
    # How themes come on the ballot: the most supported ones, or the secretariat's choice with reasons.
    rule: Mapped[str]
    themes: Mapped[int]  # how many go on the ballot
    subregions: Mapped[int]  # a theme goes on by its support only with support from so many subregions
    # What went on, once it is chosen: the proposals in the order of the rule, and why each does or does not.
    choice: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    round: Mapped[Round] = relationship()


class ThemeProposal(Row):
    """A theme that a member proposes for a round, or a part of one that was split: its words and its state.

    Each step is also a row of `ThemeProposalEvent`, which is kept for good.
    """

    __tablename__ = "theme_proposals"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        UniqueConstraint("reference"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint(THEME_PROPOSAL_STATES, name="state"),
        CheckConstraint("(state = 'merged') = (into_id IS NOT NULL)", name="into"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]  # in its round, from 1
    reference: Mapped[str]  # what its proposer keeps: "T-7K3M-9QXR"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # who proposed for it
    language: Mapped[str]  # in which it was written
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # further languages: translations
    why: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    objectives: Mapped[list[Any]]  # 1 to 5 numbers, ascending
    countries: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # codes
    populations: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # keys of `terms`
    state: Mapped[str] = mapped_column(default="submitted")
    reason: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # of a decision; public
    # Why one that was admitted is not on the ballot, where the secretariat chooses; public.
    not_taken: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    question: Mapped[str] = mapped_column(default="", server_default="")  # of a returned one
    answer: Mapped[str] = mapped_column(default="", server_default="")  # to the last question
    into_id: Mapped[int | None] = mapped_column(ForeignKey("theme_proposals.id"), index=True)  # merged into
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("theme_proposals.id"), index=True)  # split from
    theme_id: Mapped[int | None] = mapped_column(
        ForeignKey("themes.id", ondelete="SET NULL"), index=True
    )  # on the ballot
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation] = relationship()
    contact: Mapped[Contact | None] = relationship()
    events: Mapped[list[ThemeProposalEvent]] = relationship(
        back_populates="proposal", order_by="ThemeProposalEvent.id"
    )
    supports: Mapped[list[ThemeSupport]] = relationship(order_by="ThemeSupport.id")


class ThemeProposalEvent(Row):
    """One step of a proposed theme: what was done, when, by whom. Never changed (trigger)."""

    __tablename__ = "theme_proposal_events"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('submitted', 'edited', 'withdrawn', 'answered', 'returned', 'admitted', 'declined',"
            " 'merged', 'split', 'made', 'translated', 'reworded', 'undone')",
            name="kind",
        ),
        CheckConstraint(THEME_PROPOSAL_STATES, name="state"),
    )

    proposal_id: Mapped[int] = mapped_column(ForeignKey("theme_proposals.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]  # of the proposal after this step
    at: Mapped[datetime]
    actor: Mapped[str]  # as the log writes it: ids, never names
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    details: Mapped[dict[str, Any]]  # what changed: {"before": …, "after": …}, question, answer, reason …

    proposal: Mapped[ThemeProposal] = relationship(back_populates="events")
    staff: Mapped[Staff | None] = relationship()
    contact: Mapped[Contact | None] = relationship()


class ThemeSupport(Row):
    """The support of an organisation for the proposal of another; deleted when it is taken back."""

    __tablename__ = "theme_supports"
    __table_args__ = (UniqueConstraint("proposal_id", "organisation_id"),)

    proposal_id: Mapped[int] = mapped_column(ForeignKey("theme_proposals.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()


class Seat(Row):
    """An organisation on the frozen roll of a round, with the categories it had at opening."""

    __tablename__ = "seats"
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        UniqueConstraint("round_id", "organisation_id"),
        Index(None, "round_id", "pseudonym", unique=True),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    key: Mapped[str]
    pseudonym: Mapped[str]  # what the counted bundle calls it: drawn at opening; its key in an open round
    position: Mapped[int]
    name: Mapped[str]  # as it was at opening
    country: Mapped[str] = mapped_column(String(2))
    # Dimension -> category of every dimension but the country, in the order of `dimensions.categories_of`.
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    base: Mapped[int]

    round: Mapped[Round] = relationship(back_populates="seats")
    organisation: Mapped[Organisation] = relationship()
    current: Mapped[CurrentBallot | None] = relationship(back_populates="seat")


class SeatAddress(Row):
    """An address on file for a seat since the round opened, or since later. Never changed (trigger).

    Long after the round, address and name are erased (`retention`); the trigger allows that and no more.

    Receipts and notices about who may vote are sent to each of them, even after changes of its contact.
    A link to vote is sent only to an address that has a row with `votes`.
    """

    __tablename__ = "seat_addresses"
    __table_args__ = (
        UniqueConstraint("seat_id", "contact_id", "address", "votes"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    address: Mapped[str]
    name: Mapped[str]  # of the contact, as it was then
    language: Mapped[str]
    at_opening: Mapped[bool]  # on file when the round opened, or until shortly before
    votes: Mapped[bool]  # a link to vote may go there; others are only told
    since: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact] = relationship()


class Call(Row):
    """A call of the secretariat to an organisation of a roll that had not voted, and what came of it."""

    __tablename__ = "calls"
    __table_args__ = (
        CheckConstraint("answer IN ('no_answer', 'again', 'will_vote', 'assisted')", name="answer"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)  # who was called
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who called
    answer: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact | None] = relationship()
    staff: Mapped[Staff | None] = relationship()


class AccessChange(Row):
    """A change that lets a contact of a seat vote at an address that could not, until it is decided."""

    __tablename__ = "access_changes"
    __table_args__ = (
        CheckConstraint("kind IN ('added', 'address', 'replaced', 'switched_on', 'import')", name="kind"),
        CheckConstraint("state IN ('waiting', 'objected', 'done', 'withdrawn')", name="state"),
        Index(None, "seat_id", "contact_id"),
        Index(None, "state", "due_at"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    kind: Mapped[str]
    address: Mapped[str]  # the one that would get a link
    before: Mapped[str]  # the contact's address before, where it was another
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # whose place is taken
    reason: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who asked; none: a command
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]  # when the wait ends, if everybody was told by then
    wait: Mapped[int]  # seconds that must pass after the last notice left
    state: Mapped[str] = mapped_column(default="waiting")
    objected_at: Mapped[datetime | None]
    objected_by_id: Mapped[int | None] = mapped_column(ForeignKey("seat_addresses.id"))
    objection: Mapped[str] = mapped_column(default="")  # what was written with it
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # a scrutineer
    stopped: Mapped[str] = mapped_column(default="", server_default="")  # why the scrutineer stopped it
    decided_at: Mapped[datetime | None]
    decided_how: Mapped[str | None]  # "wait", "address", "staff", "withdrawn", "changed", "closed"
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str] = mapped_column(default="")  # the reason of the person who decided

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact] = relationship(foreign_keys=[contact_id])
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
    objected_by: Mapped[SeatAddress | None] = relationship()
    stopped_by: Mapped[Staff | None] = relationship(foreign_keys=[stopped_by_id])


VOTE, PROPOSE, ANSWER = "vote", "propose", "answer"  # purposes of links that more than their feature names


class Link(Row):
    """A link given by mail, for one purpose (`door/purposes.py`); only the digest of its token is kept."""

    __tablename__ = "links"
    __table_args__ = (
        UniqueConstraint("token_sha256"),
        Index(None, "purpose", "subject_id"),
    )

    was: Mapped[int | None]  # its id before revision 0029, when each purpose had a table of its own
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

    @hybrid_property
    def number(self) -> int:
        """Return the number by which the log names the link among those of its purpose."""
        return self.id if self.was is None else self.was

    @number.inplace.expression
    @classmethod
    def _number(cls) -> ColumnElement[int]:
        return func.coalesce(cls.was, cls.id)


class Ballot(Row):
    """One version of a seat's ballot. Never changed, never deleted (trigger)."""

    __tablename__ = "ballots"
    __table_args__ = (
        UniqueConstraint("seat_id", "version"),
        UniqueConstraint("seat_id", "idempotency_key", "content_sha256"),
        UniqueConstraint("receipt"),
        CheckConstraint("NOT assisted OR contact_id IS NULL", name="assisted"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    version: Mapped[int]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    ranking: Mapped[list[Any]]  # tiers, best first, each a list of theme keys
    objectives: Mapped[list[Any]]
    endorsements: Mapped[list[Any]]
    endorsements_sealed: Mapped[bool] = mapped_column(default=False, server_default=false())
    shown: Mapped[list[Any]]  # the order in which the themes stood on the page
    content_sha256: Mapped[str]
    idempotency_key: Mapped[str]
    receipt: Mapped[str]  # "ABCD-EFGH-JKLM"
    head: Mapped[str | None]  # the root of the log's newest head when it was cast: what the receipt shows
    assisted: Mapped[bool] = mapped_column(default=False, server_default=false())  # entered by staff
    young: Mapped[bool] = mapped_column(default=False, server_default=false())  # by a later contact
    abstains: Mapped[bool] = mapped_column(default=False, server_default=false())  # says nothing, on purpose
    cast_at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact | None] = relationship()
    assistance: Mapped[Assistance | None] = relationship(back_populates="ballot")


class VoteEffect(Base):
    """What the vote of a seat did, as its organisation may read it; worked out once, after publication."""

    __tablename__ = "vote_effects"

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), primary_key=True)
    told: Mapped[str]  # JSON, `your_vote/values.py`
    made_at: Mapped[datetime]


class Assistance(Base):
    """Who asked staff to enter a ballot, and why: people's words, which may have to go one day.

    So they stand apart from the ballot, which carries the mark for ever.
    """

    __tablename__ = "assistances"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"), primary_key=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    requester: Mapped[str]
    reason: Mapped[str]

    ballot: Mapped[Ballot] = relationship(back_populates="assistance")
    staff: Mapped[Staff | None] = relationship()


class CurrentBallot(Base):
    """Which version of a seat's ballot counts: one row a seat, by its primary key."""

    __tablename__ = "current_ballots"
    __table_args__ = (UniqueConstraint("ballot_id"),)

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"))

    seat: Mapped[Seat] = relationship(back_populates="current")
    ballot: Mapped[Ballot] = relationship()


CONSENT = "consent IN ('read', 'unnamed', 'named')"


class SeatReason(Base):
    """Why a seat placed a theme, in its own words, until the round's result is public.

    Then the texts are parted from their seats (`Reason`), and these rows are deleted. There is no moment and
    no sender in them.
    """

    __tablename__ = "seat_reasons"
    __table_args__ = (
        CheckConstraint(CONSENT, name="consent"),
        CheckConstraint("length(text) BETWEEN 1 AND 300", name="text"),
    )

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("themes.id"), primary_key=True, index=True)
    version: Mapped[int]  # of the seat's ballot with which it came
    text: Mapped[str]
    consent: Mapped[str]

    seat: Mapped[Seat] = relationship()
    theme: Mapped[Theme] = relationship()


class Reason(Base):
    """A reason of a published round, by a number that tells nothing of its author.

    Name, country and exact categories are there only of an organisation that agreed to be named.
    """

    __tablename__ = "reasons"
    __table_args__ = (
        CheckConstraint(CONSENT, name="consent"),
        CheckConstraint("consent = 'named' OR name = ''", name="name"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("themes.id"), index=True)  # none: few placed it
    text: Mapped[str]
    consent: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default="")  # as on the roll
    subregion: Mapped[str] = mapped_column(default="", server_default="")  # "": not told
    sector: Mapped[str] = mapped_column(default="", server_default="")

    theme: Mapped[Theme | None] = relationship()


class ReasonCode(Row):
    """A word of the secretariat for what several reasons of a round say."""

    __tablename__ = "reason_codes"
    __table_args__ = (UniqueConstraint("round_id", "name_key"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    name: Mapped[str]
    name_key: Mapped[str]  # folded: what makes two names the same


class CodedReason(Base):
    """That a reason has a code; it can have several."""

    __tablename__ = "coded_reasons"
    __table_args__ = (ForeignKeyConstraint(["round_id", "number"], ["reasons.round_id", "reasons.number"]),)

    round_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_id: Mapped[int] = mapped_column(ForeignKey("reason_codes.id"), primary_key=True, index=True)


class Synthesis(Base):
    """What is written so far of the reasons of a round, and why texts are left over."""

    __tablename__ = "syntheses"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    content: Mapped[dict[str, Any]]  # synthesis.values.Draft.stored


class SynthesisVersion(Base):
    """A synthesis as it was published, kept byte for byte. Never changed (trigger)."""

    __tablename__ = "synthesis_versions"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str]
    sha256: Mapped[str]
    published_at: Mapped[datetime]


class DataPackage(Row):
    """A version of the open data of a round or its session: which files it has, by their digests."""

    __tablename__ = "data_packages"
    __table_args__ = (
        UniqueConstraint("kind", "round_id", "version"),
        Index("ix_data_packages_sha256", "sha256"),
    )

    kind: Mapped[str]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    version: Mapped[int]
    sha256: Mapped[str]  # of the list of its files
    title: Mapped[Text]
    example: Mapped[bool]
    files: Mapped[list[Any]]  # name, digest, size
    stamp: Mapped[str]  # of what it was made, by which is known when it is to be made anew
    made_at: Mapped[datetime]


class DataWithdrawal(Base):
    """A version of open data that the desk withdrew: it is handed out no more. Never changed (trigger)."""

    __tablename__ = "data_withdrawals"

    package_id: Mapped[int] = mapped_column(
        ForeignKey("data_packages.id"), primary_key=True, autoincrement=False
    )
    reason: Mapped[Text]  # public
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class DataFile(Base):
    """A file of open data, compressed; versions of packages share those that are the same."""

    __tablename__ = "data_files"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class Objection(Row):
    """A statement of an organisation, after the closing, that it appears wrongly; and what was decided."""

    __tablename__ = "objections"
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
    who: Mapped[str]  # the name that the person wrote
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")  # of the decision, told to the organisation
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


class BallotExclusion(Row):
    """A ballot that no later count includes, since an objection to it was upheld. Never changed (trigger)."""

    __tablename__ = "ballot_exclusions"
    __table_args__ = (UniqueConstraint("ballot_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"))
    objection_id: Mapped[int] = mapped_column(ForeignKey("objections.id"))
    at: Mapped[datetime]


class Question(Row):
    """A question that a round asks beside its ranking; fixed when the round opens."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        CheckConstraint("kind IN ('one', 'several', 'scale', 'number', 'text', 'governments')", name="kind"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    key: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str]
    text: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    help: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    required: Mapped[bool] = mapped_column(default=False, server_default=false())
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # what its kind needs


class AnswerSheet(Row):
    """The answers of a seat to the questions of its round, as they are now. No part of what is counted."""

    __tablename__ = "answer_sheets"
    __table_args__ = (UniqueConstraint("seat_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    version: Mapped[int] = mapped_column(default=1)
    said: Mapped[dict[str, Any]]  # key of a question -> answer
    assisted: Mapped[bool] = mapped_column(default=False, server_default=false())
    answered_at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()


class LocalGovernment(Row):
    """A local government that an organisation named; the list grows by what is written, for every round.

    Where the secretariat found that it is another spelling of one, `into` is that one.
    """

    __tablename__ = "local_governments"
    __table_args__ = (UniqueConstraint("name_key"),)

    name: Mapped[str]
    country: Mapped[str | None] = mapped_column(String(2))
    name_key: Mapped[str]  # the folded name and the country: what makes two of them the same
    into_id: Mapped[int | None] = mapped_column(ForeignKey("local_governments.id"))
    created_at: Mapped[datetime]


class QuestionFigures(Row):
    """What was published of the answers of a round, byte for byte; a published page is drawn from it."""

    __tablename__ = "question_figures"
    __table_args__ = (UniqueConstraint("round_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    content: Mapped[str]
    sha256: Mapped[str]
    created_at: Mapped[datetime]


class Document(Row):
    """A finished document of a round, kept byte for byte: bundle, result, panel, factsheet …"""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("round_id", "kind", "version"),
        CheckConstraint(
            "kind IN ('bundle', 'result', 'unweighted', 'panel', 'public', 'archive', 'factsheet',"
            " 'robustness', 'summary')",
            name="kind",
        ),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    kind: Mapped[str]
    version: Mapped[int]
    content: Mapped[str]
    sha256: Mapped[str]
    created_at: Mapped[datetime]


class Dialogue(Row):
    """The session for which a round chooses: when, where, about what; after it, its factsheet's words."""

    __tablename__ = "dialogues"
    __table_args__ = (
        UniqueConstraint("round_id"),
        UniqueConstraint("uid"),
        CheckConstraint("ends_at > starts_at", name="ends"),
        CheckConstraint("sequence >= 0", name="sequence"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    zone: Mapped[str]  # IANA name: the zone in which the hours were announced
    starts_local: Mapped[str]  # "2027-05-20T10:00", in that zone
    starts_at: Mapped[datetime]  # the same moment
    ends_local: Mapped[str]
    ends_at: Mapped[datetime]
    place: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    links: Mapped[list[Any]] = mapped_column(default=list)  # {"label", "url"}: for who is invited
    agenda: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    topics: Mapped[list[Any]] = mapped_column(default=list)  # theme keys
    answer_by: Mapped[str] = mapped_column(
        default="", server_default=""
    )  # "2027-05-02": the day by which the panel is asked to answer; "" for none
    uid: Mapped[str]  # by which calendars know it: never changes
    sequence: Mapped[int] = mapped_column(default=0)  # rises whenever title, time, place or state change
    cancelled: Mapped[bool] = mapped_column(default=False)
    factsheet: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what is written of it so far
    factsheet_version: Mapped[int | None]  # which version of the kept document is public
    created_at: Mapped[datetime]

    round: Mapped[Round] = relationship()
    attendances: Mapped[list[Attendance]] = relationship(
        back_populates="dialogue", order_by="Attendance.id", cascade="all, delete-orphan"
    )


class Attendance(Row):
    """One person who took part in a session, without a name."""

    __tablename__ = "attendances"

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogues.id"), index=True)
    organisation: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))  # "" for who speaks for no country
    sector: Mapped[str]
    gender: Mapped[str | None]  # the person's own answer; none where nobody was asked

    dialogue: Mapped[Dialogue] = relationship(back_populates="attendances")


class Evaluation(Row):
    """How those who took part judge a session: the questions, until when, and what was published of it."""

    __tablename__ = "evaluations"
    __table_args__ = (
        UniqueConstraint("round_id"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("opened_at IS NULL OR closes_at IS NOT NULL", name="opened"),
        CheckConstraint("published_at IS NULL OR figures IS NOT NULL", name="published"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    version: Mapped[int] = mapped_column(default=1)  # rises with each change of the questions
    questions: Mapped[list[Any]]  # as `evaluation.questionnaire` writes them, in their order
    closes_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    figures: Mapped[str | None]  # what was published, as it was on that day
    sha256: Mapped[str | None]
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class EvaluationPerson(Row):
    """A person who is asked to evaluate a session; whether it answered, and not what."""

    __tablename__ = "evaluation_people"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "email"),
        CheckConstraint("source IN ('panel', 'member', 'hand')", name="source"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("NOT answered OR written_at IS NOT NULL", name="answered"),
    )

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), index=True)
    name: Mapped[str]
    organisation: Mapped[str]
    email: Mapped[str]  # in small letters
    language: Mapped[str]
    source: Mapped[str]
    written_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    answered: Mapped[bool] = mapped_column(default=False, server_default=false())

    evaluation: Mapped[Evaluation] = relationship()


class EvaluationSheet(Base):
    """What a person answered: with no person, no hour, and a number that tells no order."""

    __tablename__ = "evaluation_sheets"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # drawn by chance
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), index=True)
    said: Mapped[dict[str, Any]]  # key of a question -> answer


class Agreement(Row):
    """Something that a session agreed: what, who sees to it, by when, and since when it is done."""

    __tablename__ = "agreements"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("version > 0", name="version"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]  # never given again
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    text: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    responsible: Mapped[str]
    due: Mapped[str | None]  # "2027-08-31"
    done_on: Mapped[str | None]
    removed: Mapped[bool] = mapped_column(default=False, server_default=false())  # not in later minutes
    created_at: Mapped[datetime]


class MinutesVersion(Base):
    """The minutes of a session as they were published, kept byte for byte. Never changed (trigger)."""

    __tablename__ = "minutes_versions"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str]
    sha256: Mapped[str]
    published_at: Mapped[datetime]


class Recommendation(Row):
    """What a session recommended, found difficult or undertook: a row of its factsheet, followed afterwards.

    Until a factsheet with it is published it is a draft without a reference, and can be deleted.
    """

    __tablename__ = "recommendations"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("kind IN ('recommendation', 'challenge', 'initiative')", name="kind"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("(reference IS NULL) = (published_at IS NULL)", name="published"),
    )

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogues.id"), index=True)
    kind: Mapped[str]
    position: Mapped[int]  # among those of its kind
    reference: Mapped[str | None]  # "2023-R4": given with its first publication, and never given again
    text: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # as it is written now
    language: Mapped[str]  # in which it was written first
    topic: Mapped[str] = mapped_column(default="")  # the key of a theme of the round; "" for all topics
    objectives: Mapped[list[Any]] = mapped_column(default=list)  # 1 to 23
    # "all", "states", "local", "agencies", a State ("PE"), a local government or an agency ("I12")
    addressed: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    reason: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # of its withdrawal; public

    dialogue: Mapped[Dialogue] = relationship()
    texts: Mapped[list[RecommendationText]] = relationship(order_by="RecommendationText.version")


class RecommendationText(Base):
    """A text of a recommendation as a factsheet published it. Never changed (trigger)."""

    __tablename__ = "recommendation_texts"

    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[Text]
    factsheet: Mapped[int]  # the version of the factsheet that brought it
    published_at: Mapped[datetime]


class Institution(Row):
    """A body that answers for recommendations, and the person of it who is asked."""

    __tablename__ = "institutions"
    __table_args__ = (
        UniqueConstraint("kind", "country", "name_key"),
        CheckConstraint("kind IN ('government', 'local', 'agency')", name="kind"),
        CheckConstraint("kind = 'agency' OR country <> ''", name="country"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    kind: Mapped[str]  # of the government of a State, a local government, an agency
    country: Mapped[str] = mapped_column(String(2), default="")  # "" for an agency of the region
    name: Mapped[str]
    name_key: Mapped[str]
    person: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="")  # of the person
    email: Mapped[str] = mapped_column(default="")  # "" where there is no address
    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())  # asked from now on
    version: Mapped[int] = mapped_column(default=1)
    example: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class Evidence(Row):
    """A file that a report rests on, as it was sent. Never changed (trigger)."""

    __tablename__ = "evidence"

    name: Mapped[str]
    media: Mapped[str]  # judged by its content
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class Report(Row):
    """What a government or agency reports of a recommendation, or what an organisation sees of it.

    Each follows the earlier one of the same recommendation, side, addressee and voice, which stays.
    Never changed (trigger).
    """

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("recommendation_id", "side", "addressee", "voice", "version"),
        CheckConstraint("side IN ('reported', 'seen')", name="side"),
        CheckConstraint("step IN ('not_begun', 'preparing', 'under_way', 'mostly', 'done')", name="step"),
        CheckConstraint("entered IN ('staff', 'focal_point', 'institution', 'organisation')", name="entered"),
        CheckConstraint("received IN ('', 'letter', 'telephone', 'mail', 'meeting')", name="received"),
        CheckConstraint("(entered = 'staff') = (received <> '')", name="how"),
        CheckConstraint("(side = 'seen') = (organisation_id IS NOT NULL)", name="organisation"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendations.id"), index=True)
    side: Mapped[str]
    addressee: Mapped[str] = mapped_column(index=True)  # "PE" or "I12"
    voice: Mapped[str]  # "" for the government or agency, "O7" for an organisation
    version: Mapped[int]  # 1, 2 …: the newest counts
    step: Mapped[str]
    day: Mapped[str]  # "2027-03-05": the day of which it speaks
    text: Mapped[str]
    language: Mapped[str]  # in which it is written
    link: Mapped[str] = mapped_column(default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"), index=True)
    entered: Mapped[str]  # by whom
    received: Mapped[str] = mapped_column(default="")  # how it reached the secretariat that entered it
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    focal_point_id: Mapped[int | None] = mapped_column(ForeignKey("focal_points.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime] = mapped_column(index=True)

    recommendation: Mapped[Recommendation] = relationship()
    institution: Mapped[Institution | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class Withdrawal(Row):
    """Something of the follow-up that the desk withdrew, or a recommendation that is followed again.

    What it is about stays as it is. Never changed (trigger).
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        UniqueConstraint("report_id", "what"),
        CheckConstraint("what IN ('recommendation', 'restored', 'answer', 'evidence')", name="what"),
        CheckConstraint("(what IN ('answer', 'evidence')) = (report_id IS NOT NULL)", name="report"),
    )

    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendations.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    what: Mapped[str]
    reason: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # public
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class Staff(Row):
    """A person who can sign in: of the secretariat, or a scrutineer of some rounds."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("role IN ('reader', 'mail', 'secretariat', 'admin', 'scrutineer')", name="role"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    email: Mapped[str]
    name: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="", server_default="")  # a scrutineer's: it is public
    role: Mapped[str] = mapped_column(default="secretariat")
    language: Mapped[str] = mapped_column(default=_first_language)
    password_hash: Mapped[str]
    second_factor: Mapped[str | None]  # the key of codes by time (RFC 6238), base32; None: no such codes
    second_step: Mapped[int] = mapped_column(default=0, server_default="0")  # of the last code that was used
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    passkeys: Mapped[list[Passkey]] = relationship(back_populates="staff", order_by="Passkey.id")


class Passkey(Row):
    """A credential of WebAuthn with which a person signs in: the public key, never the private one."""

    __tablename__ = "passkeys"
    __table_args__ = (UniqueConstraint("credential_id"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str]  # as the person calls it
    credential_id: Mapped[str]  # base64url
    credential: Mapped[str]  # attested credential data, base64url
    counter: Mapped[int] = mapped_column(default=0)  # as the authenticator last told it
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship(back_populates="passkeys")


class RecoveryCode(Row):
    """A code that replaces the second factor once; only its digest is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("staff_id", "code_sha256"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    code_sha256: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Challenge(Row):
    """What a browser was asked while a second factor is set up or a passkey used; it answers once."""

    __tablename__ = "challenges"
    __table_args__ = (UniqueConstraint("token_sha256"),)

    token_sha256: Mapped[str]
    kind: Mapped[str]  # codes, passkey or sign_in
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime]


class PendingAct(Row):
    """What one person asked to have done, and another one must confirm: the form as it was sent."""

    __tablename__ = "pending_acts"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'confirmed', 'refused', 'withdrawn')", name="state"),
    )

    endpoint: Mapped[str]
    path: Mapped[str]  # with its query
    fields: Mapped[dict[str, Any]]  # of the form, without tokens and passwords; and its words for people
    state: Mapped[str] = mapped_column(default="waiting")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])


class Practice(Row):
    """A round for practice: where it is, beside the installation, and what became of it.

    Nothing else of the installation refers to it, and it has no row of a real round.
    """

    __tablename__ = "practices"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("live"),
        CheckConstraint("state IN ('asked', 'ready', 'failed', 'deleted', 'gone')", name="state"),
        CheckConstraint("(state IN ('asked', 'ready', 'failed')) = (live IS NOT NULL)", name="live"),
    )

    key: Mapped[str]  # in its address: drawn by chance, and never listed
    state: Mapped[str]
    live: Mapped[bool | None]  # true, or NULL once it is deleted: there is one at a time
    title: Mapped[str]  # emptied once it is deleted
    asked: Mapped[dict[str, Any]]  # the round whose themes it takes, and ids of who votes in it; emptied too
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who asked for it
    made_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    staff: Mapped[Staff | None] = relationship()


class Scrutineer(Base):
    """A person appointed to read everything on which a round's count depends."""

    __tablename__ = "scrutineers"

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)
    appointed_at: Mapped[datetime]

    round: Mapped[Round] = relationship()
    staff: Mapped[Staff] = relationship()


class SignedIn(Row):
    """A session on the server, of staff or of who came by a link; the cookie holds only a reference."""

    __tablename__ = "sessions"
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
    # How the second factor was given: waiting, none (not asked for), codes, passkey, recovery, proxy.
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
    __table_args__ = (Index(None, "subject_sha256", "at"),)

    subject_sha256: Mapped[str]
    at: Mapped[datetime]


class LinkRequest(Row):
    """An address for which a new link was requested; deleted when it is answered, known or not."""

    __tablename__ = "link_requests"
    __table_args__ = (CheckConstraint("purpose IN ('vote', 'own', 'follow_up')", name="purpose"),)

    address: Mapped[str]
    # "own": to one's own data; "follow_up": to answer what became of recommendations
    purpose: Mapped[str] = mapped_column(default="vote", server_default="vote")
    at: Mapped[datetime]


class LogEntry(Base):
    """Who did what to what, and when; each row carries the digest of the one before (trigger)."""

    __tablename__ = "log"
    __table_args__ = (UniqueConstraint("previous"), UniqueConstraint("digest"))

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]  # ISO 8601, UTC: part of what the digest covers
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[str]  # canonical JSON
    previous: Mapped[str]
    digest: Mapped[str]
    nonce: Mapped[str] = mapped_column(server_default="")  # so that nobody guesses a row from its digest
    outside: Mapped[str] = mapped_column(server_default="")  # canonical JSON: what can be shown alone


class Head(Row):
    """The log at a moment: how many rows it had, and the root of the tree over their digests (trigger)."""

    __tablename__ = "heads"
    __table_args__ = (
        CheckConstraint("reason IN ('opening', 'daily', 'hourly', 'closing', 'publication')", name="reason"),
    )

    size: Mapped[int]
    root: Mapped[str]
    peaks: Mapped[list[Any]]  # what the next head needs in place of the rows before it
    at: Mapped[datetime]
    reason: Mapped[str]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"))  # opened, closed or published then


class Key(Base):
    """A secret of the database itself: what the seals in the log are keyed with."""

    __tablename__ = "keys"
    __table_args__ = (CheckConstraint("name IN ('seals')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]  # hex
    scope: Mapped[int] = mapped_column(default=1, server_default="1")  # which kinds of rows it seals


class CheckpointKey(Row):
    """A public key with which checkpoints were signed from then on (trigger); the other half is a file."""

    __tablename__ = "checkpoint_keys"

    origin: Mapped[str]  # by which checkpoints call this log; the same for all its keys
    key: Mapped[str]  # as it is handed out: name, id, key
    at: Mapped[datetime]


class Checkpoint(Row):
    """A head of the log as a signed note (trigger)."""

    __tablename__ = "checkpoints"
    __table_args__ = (UniqueConstraint("head_id"), UniqueConstraint("size"))

    head_id: Mapped[int] = mapped_column(ForeignKey("heads.id"))
    key_id: Mapped[int] = mapped_column(ForeignKey("checkpoint_keys.id"))
    size: Mapped[int]
    note: Mapped[str]
    at: Mapped[datetime]  # when it was signed
    log_size: Mapped[int]  # rows of the log at that moment: whether an archive up to a head has it


class Witness(Row):
    """Who cosigns checkpoints, by a public key that the secretariat registered."""

    __tablename__ = "witnesses"
    __table_args__ = (UniqueConstraint("key"),)

    name: Mapped[str]  # of the key, in every line of a signature
    organisation: Mapped[str]  # who runs it, as everybody reads it
    key: Mapped[str]
    registered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Cosignature(Row):
    """The line by which a witness cosigned a checkpoint (trigger)."""

    __tablename__ = "cosignatures"
    __table_args__ = (UniqueConstraint("checkpoint_id", "witness_id"),)

    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    witness_id: Mapped[int] = mapped_column(ForeignKey("witnesses.id"))
    line: Mapped[str]
    time: Mapped[datetime]  # by the witness's clock
    at: Mapped[datetime]  # when it came
    log_size: Mapped[int]


class Timestamp(Row):
    """A time stamp of a checkpoint by an authority, as RFC 3161 has it (trigger)."""

    __tablename__ = "timestamps"
    __table_args__ = (UniqueConstraint("checkpoint_id", "authority"),)

    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    authority: Mapped[str]  # the name in its certificate
    response: Mapped[bytes] = mapped_column(LargeBinary)
    time: Mapped[datetime]  # that the authority gave
    at: Mapped[datetime]  # when it was brought here


class ReceiptHead(Base):
    """The log's tree just after the row of a vote, as its receipt shows it (trigger).

    It is not a `Head`: those are published with their moments, which would reveal when an organisation
    voted.
    """

    __tablename__ = "receipt_heads"
    __table_args__ = (Index(None, "size", unique=True),)

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"), primary_key=True)
    size: Mapped[int]  # the number of the row that tells of the vote
    root: Mapped[str]
    peaks: Mapped[list[Any]]  # from which the tree grows on


INVITED = (
    "state IN ('proposed', 'invited', 'opened', 'accepted', 'declined', 'no_answer', 'replaced', 'attended')"
)


class Invitation(Row):
    """An invitation of a person to the panel of a round, and its state."""

    __tablename__ = "invitations"
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
    __table_args__ = (CheckConstraint(INVITED, name="state"),)

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    state: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]  # as the log writes it: ids, never names

    invitation: Mapped[Invitation] = relationship(back_populates="events")
    words: Mapped[InvitationWords | None] = relationship(back_populates="event")


class InvitationWords(Base):
    """The text that a person wrote with a step, which may have to be deleted one day.

    So it is stored apart from the step, which is kept for good.
    """

    __tablename__ = "invitation_words"

    event_id: Mapped[int] = mapped_column(ForeignKey("invitation_events.id"), primary_key=True)
    note: Mapped[str] = mapped_column(default="")
    colleague: Mapped[str] = mapped_column(default="")  # whom they propose in their place
    colleague_contact: Mapped[str] = mapped_column(default="")

    event: Mapped[InvitationEvent] = relationship(back_populates="words")


class Message(Row):
    """A mail to one person, from the change that asks for it until it has left, failed or become needless."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("once"),
        UniqueConstraint("message_id"),
        CheckConstraint("state IN ('queued', 'sent', 'failed', 'cancelled')", name="state"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("state = 'queued' OR token IS NULL", name="token"),
        Index(None, "state", "due_at"),
        Index(None, "round_id", "contact_id"),
    )

    # None only of a mail about no round, which `letters.plain` makes and nothing else reads.
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), nullable=True)
    kind: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)  # to a guest
    once: Mapped[str]  # what must not be sent twice
    language: Mapped[str]
    address: Mapped[str]
    to_address: Mapped[bool] = mapped_column(default=False, server_default=false())  # even if it was changed
    facts: Mapped[dict[str, Any]]  # what cannot be looked up when it is sent; nothing secret
    token: Mapped[str | None]  # the personal link's, only while it waits
    message_id: Mapped[str]  # the left half of its Message-ID, the same in every attempt
    state: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str | None]  # the code of why it was cancelled
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_by: Mapped[str | None]  # the worker that has it in hand
    claimed_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]  # for the first time
    left_at: Mapped[datetime | None]  # when it left the queue
    code: Mapped[int | None]  # of the last answer
    said: Mapped[str | None]  # the last answer
    transport: Mapped[str | None]  # "smtp" or "file", once sent
    subject: Mapped[str | None]  # as it was sent
    body: Mapped[str | None]  # as it was sent, without link and receipt code
    body_sha256: Mapped[str | None]  # of the body, once that was erased

    round: Mapped[Round] = relationship()
    contact: Mapped[Contact | None] = relationship()
    seat: Mapped[Seat | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()


class Delivery(Row):
    """One attempt to send a message, and what the mail server said. Never changed (trigger).

    What the server said is erased with the address of the message: the trigger allows that and no more.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("outcome IN ('sent', 'later', 'refused', 'interrupted')", name="outcome"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str]
    code: Mapped[int | None]
    said: Mapped[str] = mapped_column(default="")


class PanelPreset(Row):
    """Rules of a panel that the installation keeps under a name of its own."""

    __tablename__ = "panel_presets"
    __table_args__ = (UniqueConstraint("name_key"),)

    name_key: Mapped[str]  # its title in the language that was the first one when it was named
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}")
    rules: Mapped[dict[str, Any]]  # section 5.1, nobody held or kept out
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # none: by a command
    created_at: Mapped[datetime]


class MailText(Base):
    """A mail's text in one language as the secretariat changed it for a round."""

    __tablename__ = "mail_texts"
    __table_args__ = (CheckConstraint(LANGUAGE, name="language"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    body: Mapped[str]
    changed_at: Mapped[datetime]


class PlainText(Base):
    """The text of a mail about no round in one language as the secretariat changed it."""

    __tablename__ = "plain_texts"
    __table_args__ = (CheckConstraint(LANGUAGE, name="language"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    body: Mapped[str]
    changed_at: Mapped[datetime]


class Reminder(Row):
    """A moment at which those who have not voted are reminded; done once."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("round_id", "due_at"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    local: Mapped[str]  # "2027-03-03T09:00", in the round's zone
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    queued: Mapped[int | None]  # how many messages it made

    round: Mapped[Round] = relationship()


class FollowUpRhythm(Base):
    """How often those are asked who can say what became of a session's recommendations."""

    __tablename__ = "follow_up_rhythms"
    __table_args__ = (
        CheckConstraint("first_months BETWEEN 1 AND 12", name="first"),
        CheckConstraint("every_months BETWEEN 2 AND 24", name="every"),
        CheckConstraint("answer_days BETWEEN 7 AND 90", name="answer"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    first_months: Mapped[int]  # from the session to the first call
    every_months: Mapped[int]  # from one call to the next
    answer_days: Mapped[int]  # from a call to the day by which an answer is asked for
    remind_days: Mapped[list[Any]]  # how many days before that day reminders go; none, one or two


class FollowUpCall(Row):
    """A call that was sent, moved or skipped; those that are as planned have no row."""

    __tablename__ = "follow_up_calls"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("state IN ('planned', 'sent', 'skipped')", name="state"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]  # 1 for the first after the session
    due_on: Mapped[str]  # "2027-08-20"
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")  # why it was moved or skipped
    answer_by: Mapped[str] = mapped_column(default="")  # of one that was sent: a day
    remind_on: Mapped[list[Any]] = mapped_column(default=list)  # the days of reminders that are to come
    reminded: Mapped[list[Any]] = mapped_column(default=list)  # pairs of a day and how many mails
    sent_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who decided last

    round: Mapped[Round] = relationship()


class FollowUpRequest(Row):
    """A person who is asked by a call: of an organisation that sees, or of an institution that reports."""

    __tablename__ = "follow_up_requests"
    __table_args__ = (
        UniqueConstraint("call_id", "addressee", "email"),
        CheckConstraint("side IN ('reported', 'seen')", name="side"),
        CheckConstraint("(side = 'seen') = (organisation_id IS NOT NULL)", name="organisation"),
        CheckConstraint("(side = 'reported') = (institution_id IS NOT NULL)", name="institution"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("follow_up_calls.id"), index=True)
    side: Mapped[str]
    addressee: Mapped[str]  # "PE" or "I12": for whom the person answers, and for no other
    name: Mapped[str]
    organisation: Mapped[str]  # the name of the organisation or institution
    country: Mapped[str]
    email: Mapped[str]  # as it was when the call was sent: it is told what is answered by its link
    language: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    focal_point_id: Mapped[int | None] = mapped_column(ForeignKey("focal_points.id"))
    asked_at: Mapped[datetime]

    call: Mapped[FollowUpCall] = relationship()
    member: Mapped[Organisation | None] = relationship()
    institution: Mapped[Institution | None] = relationship()
    contact: Mapped[Contact | None] = relationship()
    focal_point: Mapped[FocalPoint | None] = relationship()


class FollowUpAnswer(Base):
    """By whose link a report came."""

    __tablename__ = "follow_up_answers"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("follow_up_requests.id"), index=True)


class FollowUpReader(Row):
    """An address that gets a digest of what changes in the recommendations that it follows."""

    __tablename__ = "follow_up_readers"
    __table_args__ = (UniqueConstraint("email"), CheckConstraint(LANGUAGE, name="language"))

    email: Mapped[str]  # in small letters; "erased:7" once it is followed by no one and was deleted
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    made_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]  # when it ended all such mails, those of its country too
    last_on: Mapped[str] = mapped_column(default="")  # the day of its last digest

    follows: Mapped[list[Follow]] = relationship(back_populates="reader", order_by="Follow.id")


class Follow(Row):
    """What an address asked to follow: "recommendation:7", "country:PE" or "session:2027-1"."""

    __tablename__ = "follows"
    __table_args__ = (UniqueConstraint("reader_id", "what"),)

    reader_id: Mapped[int] = mapped_column(ForeignKey("follow_up_readers.id"))
    what: Mapped[str]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # by the link in the mail to it
    ended_at: Mapped[datetime | None]

    reader: Mapped[FollowUpReader] = relationship(back_populates="follows")


class FollowUpTold(Base):
    """A report that a reader was told of, or need not be: it is told no second time."""

    __tablename__ = "follow_up_told"

    reader_id: Mapped[int] = mapped_column(ForeignKey("follow_up_readers.id"), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)


class FollowUpWithdrawalTold(Base):
    """A withdrawal that a reader was told of, or need not be: it is told no second time."""

    __tablename__ = "follow_up_withdrawals_told"

    reader_id: Mapped[int] = mapped_column(ForeignKey("follow_up_readers.id"), primary_key=True)
    withdrawal_id: Mapped[int] = mapped_column(ForeignKey("withdrawals.id"), primary_key=True)


class FollowUpDigest(Base):
    """A day on which all who follow recommendations were told what changed."""

    __tablename__ = "follow_up_digests"

    day: Mapped[str] = mapped_column(primary_key=True)
    mails: Mapped[int]


class Organiser(Base):
    """The profile of the body that holds the consultations: one row; none until an administrator is asked."""

    __tablename__ = "organiser"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[dict[str, Any]]  # organiser.values.Profile.stored
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime]


class Switch(Base):
    """Something that is on while its row is there.

    `mail_paused`: the secretariat paused all mail. `mail_restored`: this database was restored from a backup,
    and no mail goes until it is released.
    """

    __tablename__ = "switches"
    __table_args__ = (CheckConstraint("name IN ('mail_paused', 'mail_restored')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Beat(Base):
    """When the worker was last seen: written by whichever worker runs, a few times a minute at most."""

    __tablename__ = "beats"
    __table_args__ = (CheckConstraint("name IN ('worker')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class DocumentJob(Row):
    """A document that the worker is to make, and what it is made from until it is made; then the row goes."""

    __tablename__ = "document_jobs"

    digest: Mapped[str] = mapped_column(unique=True)  # names the file, in the data folder
    shared: Mapped[bool]  # whether any reader may have asked: those of one person are kept for an hour
    said: Mapped[bytes] = mapped_column(LargeBinary)  # page and styles, compressed
    asked_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime | None]  # lent to a worker until then
    failed_at: Mapped[datetime | None]


class RetentionKind(Base):
    """A kind of erasure: the period by which it runs, when that was announced, and from when on it runs."""

    __tablename__ = "retention_kinds"

    kind: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]  # the period that was announced
    announced_at: Mapped[datetime | None]
    begins_at: Mapped[datetime | None]  # none while nothing was found that is to be erased
    looked_at: Mapped[datetime]  # when the worker looked last


class RetentionRun(Row):
    """An erasure by the worker: of which kind, and of how many rows."""

    __tablename__ = "retention_runs"

    kind: Mapped[str]
    rows: Mapped[int]
    at: Mapped[datetime]


class RetentionMark(Base):
    """Since when a row is out of use, as the worker saw it: of an account, a contact, an institution."""

    __tablename__ = "retention_marks"

    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime]


class Erasure(Row):
    """A row whose person was erased on request: which one, by its number, and when it had been made.

    The same stands in a file beside the database, so that a backup that is restored is erased again.
    """

    __tablename__ = "erasures"
    __table_args__ = (UniqueConstraint("kind", "number", "made_at"),)

    kind: Mapped[str]
    number: Mapped[int]
    made_at: Mapped[datetime]
    erased_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

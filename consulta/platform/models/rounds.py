"""Rounds with their themes, nominees, seats and ballots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.columns import LANGUAGE, Base, Row, first_language
from consulta.platform.models.members import Contact, Organisation
from consulta.platform.models.staff import Staff


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
    organiser_name: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # at the opening
    roll_shown: Mapped[str | None]  # to whom the roll is shown by name; None: a draft
    commitment: Mapped[str | None]
    secret: Mapped[str | None]
    public: Mapped[str] = mapped_column(default="")  # the public value, once it is known
    public_source: Mapped[Text] = mapped_column(default=Text, server_default="{}")  # from where, as announced
    public_local: Mapped[str] = mapped_column(default="", server_default="")  # from when on, in that zone
    public_at: Mapped[datetime | None]  # the same moment; None where none was announced
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # No result is public before; the moment of the closing where there is no such time.
    objections_until: Mapped[datetime | None]
    effects_made: Mapped[bool] = mapped_column(default=False, server_default=false())  # of all its votes
    panel_effects_made: Mapped[bool] = mapped_column(default=False, server_default=false())
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
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # key -> value
    language: Mapped[str] = mapped_column(default=first_language)
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


class Seat(Row):
    """An organisation on the roll of a round, with the categories of its opening, or of its registration."""

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
    registered_at: Mapped[datetime | None]  # of a late registration; None: on the roll since the opening
    withdrawn_at: Mapped[datetime | None]  # when such a registration was withdrawn; then it takes no vote

    round: Mapped[Round] = relationship(back_populates="seats")
    organisation: Mapped[Organisation] = relationship()
    current: Mapped[CurrentBallot | None] = relationship(back_populates="seat")


class Ballot(Row):
    """One version of a seat's ballot. Never changed, never deleted (trigger)."""

    __tablename__ = "ballots"
    written_once = True
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
    head: Mapped[str]  # the root of the log's newest head when it was cast, which the seal covers
    assisted: Mapped[bool] = mapped_column(default=False, server_default=false())  # entered by staff
    young: Mapped[bool] = mapped_column(default=False, server_default=false())  # see `SeatAddress`
    abstains: Mapped[bool] = mapped_column(default=False, server_default=false())  # says nothing, on purpose
    cast_at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    contact: Mapped[Contact | None] = relationship()
    assistance: Mapped[Assistance | None] = relationship(back_populates="ballot")


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


class BallotExclusion(Row):
    """A ballot that no later count includes, since an objection to it was upheld. Never changed (trigger)."""

    __tablename__ = "ballot_exclusions"
    written_once = True
    __table_args__ = (UniqueConstraint("ballot_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"))
    objection_id: Mapped[int] = mapped_column(ForeignKey("objections.id"))
    at: Mapped[datetime]

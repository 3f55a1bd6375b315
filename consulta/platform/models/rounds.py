"""Rounds with their themes, nominees, seats and ballots; proposals of themes; answers, reasons, synthesis."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.base import (
    AS_ROW,
    CONTACTS,
    HASHED,
    LANGUAGE,
    NOMINEES,
    NUMBER,
    OURS,
    PUBLISHED,
    RECORD,
    Base,
    Kept,
    Row,
    first_language,
    goes,
    stays,
    until,
)
from consulta.platform.models.installation import Staff
from consulta.platform.models.members import Contact, Organisation


class Round(Row):
    """One consultation, from draft to published; its rules are frozen as one text when it opens."""

    __tablename__ = "rounds"
    kept = Kept("The consultations: texts, rules, moments, what was frozen.", "", stays(HASHED))
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("state IN ('draft', 'open', 'closed', 'published', 'cancelled')", name="state"),
        CheckConstraint("secrecy IN ('open', 'pseudonymous', 'aggregate')", name="secrecy"),
    )

    key: Mapped[str] = mapped_column(info=AS_ROW)
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    question: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    state: Mapped[str] = mapped_column(default="draft")
    secrecy: Mapped[str] = mapped_column(default="aggregate")
    example: Mapped[bool] = mapped_column(default=False)
    zone: Mapped[str] = mapped_column(info=AS_ROW)  # IANA name: the zone in which the deadline was promised
    # The promise itself, "2027-03-05T17:00", in that zone
    closes_local: Mapped[str] = mapped_column(info=AS_ROW)
    closes_at: Mapped[datetime]  # the same moment
    promised_at: Mapped[datetime | None]  # the end that was promised at the opening, where it was moved since
    # When it is to open by itself, in that zone too
    opens_local: Mapped[str | None] = mapped_column(info=AS_ROW)
    opens_at: Mapped[datetime | None]  # the same moment
    # The code of what kept it from opening then
    opens_refused: Mapped[str | None] = mapped_column(info=AS_ROW)
    # Whether two persons agreed on that opening: a change of the draft gives it up.
    opens_agreed: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Who votes: dimension -> categories, of each of which an organisation has one; empty: all members
    voters: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)
    # Hours from the closing until a result may be published; None: as in the installation
    objection_hours: Mapped[int | None]
    # Section 1.1 of the rules of counting, without "panel"
    rules: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)
    # Section 5.1; edited after the count too
    panel_rules: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)
    panel_version: Mapped[int | None]  # which version of the panel is public
    # Whom that publication confirmed and named, by key
    panel_named: Mapped[dict[str, Any] | None] = mapped_column(info=AS_ROW)
    # The governments most named as the panel was chosen; None where its rules do not ask for them.
    most_named: Mapped[list[Any] | None] = mapped_column(info=AS_ROW)
    # A change of the newest panel that is being tried
    panel_trial: Mapped[dict[str, Any] | None] = mapped_column(info=AS_ROW)
    # From the opening on: the fields that the installation adds to the ballot, see `ballot_fields`
    ballot_fields: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=AS_ROW)
    # From the opening on: endorsements are in no bundle, and in receipts behind the seal.
    endorsements_apart: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Countries of fewer ballots than this stand together in what is counted and published; None: none does.
    joined_below: Mapped[int | None]
    # Canonical JSON of all that the opening froze, the roll too: read only where it is asked for.
    frozen: Mapped[str | None] = mapped_column(deferred=True, info=AS_ROW)
    frozen_sha256: Mapped[str | None] = mapped_column(info=AS_ROW)
    # At the opening
    organiser_name: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    # To whom the roll is shown by name; None: a draft
    roll_shown: Mapped[str | None] = mapped_column(info=AS_ROW)
    commitment: Mapped[str | None] = mapped_column(info=AS_ROW)
    secret: Mapped[str | None] = mapped_column(info=AS_ROW)
    public: Mapped[str] = mapped_column(default="", info=AS_ROW)  # the public value, once it is known
    # From where, as announced
    public_source: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    # From when on, in that zone
    public_local: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)
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
    phases: Mapped[list[ProposingPhase]] = relationship(back_populates="round", order_by="ProposingPhase.id")


class Theme(Row):
    """A candidate theme of a round, with the objectives it serves."""

    __tablename__ = "themes"
    kept = Kept("The themes of a round.", "", stays(HASHED))
    __table_args__ = (UniqueConstraint("round_id", "key"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    key: Mapped[str] = mapped_column(info=AS_ROW)
    position: Mapped[int]
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    description: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    objectives: Mapped[list[Any]] = mapped_column(info=AS_ROW)  # 1 to 5 numbers, ascending
    # Who proposed it, as it may be told, since it went on the ballot: {"organisations": 7, "subregions": 3},
    # or {"fewer": 5}; empty for a theme of the secretariat's own.
    backing: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)

    round: Mapped[Round] = relationship(back_populates="themes")


class Nominee(Row):
    """A person or institution proposed for the panel of a round."""

    __tablename__ = "nominees"
    kept = Kept(
        "People and institutions proposed for a panel: for the ballot, the panel and the invitation.",
        NOMINEES,
        stays(
            "as long as the installation: the ballot that the log binds has them, and panels"
            " that are published"
        ),
    )
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("recent >= 0", name="recent"),
        CheckConstraint("kind IN ('person', 'institution')", name="kind"),
        CheckConstraint("origin IN ('secretariat', 'member', 'file', 'outside')", name="origin"),
        CheckConstraint("support IS NULL OR support BETWEEN 0 AND 10000", name="support"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    key: Mapped[str] = mapped_column(info=AS_ROW)
    name: Mapped[str] = mapped_column(info=AS_ROW)
    organisation: Mapped[str] = mapped_column(info=AS_ROW)
    role: Mapped[str] = mapped_column(info=AS_ROW)
    country: Mapped[str] = mapped_column(String(2))
    sector: Mapped[str] = mapped_column(info=AS_ROW)
    gender: Mapped[str | None] = mapped_column(
        info=stays("as long as the installation: for figures of who was heard")
    )
    attributes: Mapped[dict[str, Any]] = mapped_column(  # key -> value
        default=dict,
        server_default="{}",
        info=stays("as long as the installation: for figures of who was heard"),
    )
    language: Mapped[str] = mapped_column(default=first_language)
    email: Mapped[str] = mapped_column(default="", info=goes("nominees"))
    topics: Mapped[list[Any]] = mapped_column(info=AS_ROW)  # theme keys; none means any topic
    recent: Mapped[int] = mapped_column(default=0)
    support: Mapped[int | None]
    kind: Mapped[str] = mapped_column(default="person", server_default="person")
    # Who comes for an institution
    delegate: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)
    # That the person speaks
    languages: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=goes("nominees"))
    # "Sra. Ministra"; never guessed
    address_form: Mapped[str] = mapped_column(default="", server_default="", info=goes("nominees"))
    # What the person is, such as "Directora general"
    post: Mapped[str] = mapped_column(default="", server_default="", info=goes("nominees"))
    # The two parts of the name, for letters; never guessed
    given_name: Mapped[str] = mapped_column(default="", server_default="", info=goes("nominees"))
    family_name: Mapped[str] = mapped_column(default="", server_default="", info=goes("nominees"))
    phone: Mapped[str] = mapped_column(default="", server_default="", info=goes("nominees"))
    # Names of organisations
    speaks_for: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=AS_ROW)
    # One line on who it is, on the ballot
    about: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)
    consent_contact: Mapped[bool] = mapped_column(
        default=False, server_default=false(), info=stays("as long as the row: what was agreed to")
    )
    consent_listed: Mapped[bool] = mapped_column(
        default=False, server_default=false(), info=stays("as long as the row: what was agreed to")
    )
    consent_governments: Mapped[bool] = mapped_column(
        default=False, server_default=false(), info=stays("as long as the row: what was agreed to")
    )
    # Of which State (its code) or local government (its number) it is, as the secretariat said; "": of none.
    government: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)
    origin: Mapped[str] = mapped_column(default="secretariat", server_default="secretariat")
    on_ballot: Mapped[bool] = mapped_column(default=True, server_default=true())  # frozen with the opening
    # Who designated this nominee outside of the tool, when, by what
    outside: Mapped[dict[str, Any] | None] = mapped_column(info=AS_ROW)
    example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    round: Mapped[Round] = relationship(back_populates="nominees")


class Nomination(Row):
    """A member's proposal of a person for the panel: its text and its state.

    Where the secretariat joined two nominees, the removed one is also stored here; it belongs to no
    member.
    """

    __tablename__ = "nominations"
    kept = Kept(
        "What members proposed for the panel, in their words, and what was decided.", NOMINEES, stays(NUMBER)
    )
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'admitted', 'declined', 'merged')", name="state"),
        CheckConstraint("state IN ('admitted', 'merged') OR nominee_id IS NULL", name="nominee"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # who proposed for it
    # What was written of the nominee
    said: Mapped[dict[str, Any]] = mapped_column(
        info=goes(
            "nominees",
            but="organisation, role, country, sector, kind stay, and the name of one that was taken up",
        )
    )
    state: Mapped[str] = mapped_column(default="waiting")
    nominee_id: Mapped[int | None] = mapped_column(ForeignKey("nominees.id"), index=True)  # who it became
    into_id: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"))  # joined with one that waits
    reason: Mapped[str] = mapped_column(default="", info=AS_ROW)  # why it was declined
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    contact: Mapped[Contact | None] = relationship()
    nominee: Mapped[Nominee | None] = relationship()


class Seat(Row):
    """An organisation on the roll of a round, with the categories of its opening, or of its registration."""

    __tablename__ = "seats"
    kept = Kept(
        "The roll of a round: organisations with the categories that they had at its opening.",
        "",
        stays(HASHED),
    )
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        UniqueConstraint("round_id", "organisation_id"),
        Index(None, "round_id", "pseudonym", unique=True),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    key: Mapped[str] = mapped_column(info=AS_ROW)
    # What the counted bundle calls it: drawn at opening; its key in an open round
    pseudonym: Mapped[str] = mapped_column(info=AS_ROW)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(info=AS_ROW)  # as it was at opening
    country: Mapped[str] = mapped_column(String(2))
    # Dimension -> category of every dimension but the country, in the order of `dimensions.categories_of`.
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)
    base: Mapped[int]
    registered_at: Mapped[datetime | None]  # of a late registration; None: on the roll since the opening
    withdrawn_at: Mapped[datetime | None]  # when such a registration was withdrawn; then it takes no vote

    round: Mapped[Round] = relationship(back_populates="seats")
    organisation: Mapped[Organisation] = relationship()
    current: Mapped[CurrentBallot | None] = relationship(back_populates="seat")


class Ballot(Row):
    """One version of a seat's ballot. Never changed, never deleted (trigger)."""

    __tablename__ = "ballots"
    kept = Kept(
        "The votes of organisations, each version; the number of the contact says by whose link.",
        "",
        stays("as long as the installation: a vote is of its organisation, and the log has its digest"),
    )
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
    ranking: Mapped[list[Any]] = mapped_column(info=AS_ROW)  # tiers, best first, each a list of theme keys
    objectives: Mapped[list[Any]] = mapped_column(info=AS_ROW)
    endorsements: Mapped[list[Any]] = mapped_column(info=AS_ROW)
    endorsements_sealed: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Option by field, of those published with the ballot and of those that are sealed; see `ballot_fields`
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)
    fields_sealed: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)
    shown: Mapped[list[Any]] = mapped_column(info=AS_ROW)  # the order in which the themes stood on the page
    content_sha256: Mapped[str] = mapped_column(info=AS_ROW)
    idempotency_key: Mapped[str] = mapped_column(info=AS_ROW)
    receipt: Mapped[str] = mapped_column(info=AS_ROW)  # "ABCD-EFGH-JKLM"
    # The root of the log's newest head when it was cast, which the seal covers
    head: Mapped[str] = mapped_column(info=AS_ROW)
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
    kept = Kept("Who requested that staff enter a vote, and why.", CONTACTS, stays(RECORD))

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"), primary_key=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    requester: Mapped[str] = mapped_column(info=goes("roll_contacts"))
    reason: Mapped[str] = mapped_column(info=goes("roll_contacts"))

    ballot: Mapped[Ballot] = relationship(back_populates="assistance")
    staff: Mapped[Staff | None] = relationship()


class CurrentBallot(Base):
    """Which version of a seat's ballot counts: one row a seat, by its primary key."""

    __tablename__ = "current_ballots"
    kept = Kept("Which version of a vote counts.", "", stays(RECORD))
    __table_args__ = (UniqueConstraint("ballot_id"),)

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"))

    seat: Mapped[Seat] = relationship(back_populates="current")
    ballot: Mapped[Ballot] = relationship()


class BallotExclusion(Row):
    """A ballot that no later count includes, since an objection to it was upheld. Never changed (trigger)."""

    __tablename__ = "ballot_exclusions"
    kept = Kept("Votes that no later count has, after an objection.", "", stays(RECORD))
    written_once = True
    __table_args__ = (UniqueConstraint("ballot_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballots.id"))
    objection_id: Mapped[int] = mapped_column(ForeignKey("objections.id"))
    at: Mapped[datetime]


class ProposingPhase(Row):
    """A phase in which members propose for a round: its hours, what is asked for, the rules for themes.

    A round can have several, one after another; that with the highest id is the present one. Themes are
    asked for in one of them at most.
    """

    __tablename__ = "proposing_phases"
    kept = Kept("The phases in which members propose themes and people.", "", stays(OURS))
    __table_args__ = (
        CheckConstraint("for_themes OR for_people", name="asked"),
        CheckConstraint("shown IN ('at_once', 'at_end')", name="shown"),
        CheckConstraint("rule IN ('support', 'secretariat')", name="rule"),
        CheckConstraint("supports BETWEEN 0 AND 100", name="supports"),
        CheckConstraint("most BETWEEN 1 AND 20", name="most"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    zone: Mapped[str] = mapped_column(info=AS_ROW)  # IANA name: the zone in which the hours were announced
    # When it is to open by itself, in that zone; None: by hand
    opens_local: Mapped[str | None] = mapped_column(info=AS_ROW)
    opens_at: Mapped[datetime | None]  # the same moment
    closes_local: Mapped[str] = mapped_column(info=AS_ROW)
    closes_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]  # the end that was promised at the opening, where it was moved since
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # by the worker at its hour, or earlier by the secretariat
    end_reason: Mapped[str] = mapped_column(default="", info=AS_ROW)  # why it ended early
    for_themes: Mapped[bool]  # what members may propose
    for_people: Mapped[bool]
    # -- rules for themes, frozen at the opening
    shown: Mapped[str]  # when members see the proposals of others
    supports: Mapped[int]  # how many proposals of others an organisation may support; 0: none
    most: Mapped[int]  # proposals of one organisation
    # How themes come on the ballot: the most supported ones, or the secretariat's choice with reasons.
    rule: Mapped[str]
    themes: Mapped[int]  # how many go on the ballot
    subregions: Mapped[int]  # a theme goes on by its support only with support from so many subregions
    # What went on, once it is chosen: the proposals in the order of the rule, and why each does or does not.
    choice: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)

    round: Mapped[Round] = relationship(back_populates="phases")


THEME_PROPOSAL_STATES = (
    "state IN ('submitted', 'returned', 'admitted', 'declined', 'merged', 'split', 'withdrawn')"
)


class ThemeProposal(Row):
    """A theme that a member proposes for a round, or a part of one that was split: its words and its state.

    Each step is also a row of `ThemeProposalEvent`, which is kept for good.
    """

    __tablename__ = "theme_proposals"
    kept = Kept(
        "Themes that members propose; the number of the contact says who wrote.", "", stays(PUBLISHED)
    )
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        UniqueConstraint("reference"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint(THEME_PROPOSAL_STATES, name="state"),
        CheckConstraint("(state = 'merged') = (into_id IS NOT NULL)", name="into"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]  # in its round, from 1
    reference: Mapped[str] = mapped_column(info=AS_ROW)  # what its proposer keeps: "T-7K3M-9QXR"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))  # who proposed for it
    language: Mapped[str]  # in which it was written
    # Further languages: translations
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    why: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    objectives: Mapped[list[Any]] = mapped_column(info=AS_ROW)  # 1 to 5 numbers, ascending
    countries: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=AS_ROW)  # codes
    # Keys of `terms`
    populations: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", info=AS_ROW)
    state: Mapped[str] = mapped_column(default="submitted")
    # Of a decision; public
    reason: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    # Why one that was admitted is not on the ballot, where the secretariat chooses; public.
    not_taken: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    question: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)  # of a returned one
    answer: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)  # to the last question
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
    kept = Kept("The steps of a proposed theme.", "", stays(HASHED))
    written_once = True
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
    actor: Mapped[str] = mapped_column(info=AS_ROW)  # as the log writes it: ids, never names
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    # What changed: {"before": …, "after": …}, question, answer, reason …
    details: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)

    proposal: Mapped[ThemeProposal] = relationship(back_populates="events")
    staff: Mapped[Staff | None] = relationship()
    contact: Mapped[Contact | None] = relationship()


class ThemeSupport(Row):
    """The support of an organisation for the proposal of another; deleted when it is taken back."""

    __tablename__ = "theme_supports"
    kept = Kept("Supports of organisations for proposed themes.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("proposal_id", "organisation_id"),)

    proposal_id: Mapped[int] = mapped_column(ForeignKey("theme_proposals.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()


CONSENT = "consent IN ('read', 'unnamed', 'named')"


class SeatReason(Base):
    """Why a seat placed a theme, in its own words, until the round's result is public.

    Then the texts are parted from their seats (`Reason`), and these rows are deleted. There is no moment and
    no sender in them.
    """

    __tablename__ = "seat_reasons"
    kept = Kept(
        "Why an organisation placed a theme, while that is known.",
        "",
        until("the result is published: then texts are parted from seats"),
    )
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
    kept = Kept(
        "Reasons without their authors, but for organisations that agreed to be named.", "", stays(PUBLISHED)
    )
    __table_args__ = (
        CheckConstraint(CONSENT, name="consent"),
        CheckConstraint("consent = 'named' OR name = ''", name="name"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("themes.id"), index=True)  # none: few placed it
    text: Mapped[str] = mapped_column(info=AS_ROW)
    consent: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)  # as on the roll
    subregion: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)  # "": not told
    sector: Mapped[str] = mapped_column(default="", server_default="", info=AS_ROW)

    theme: Mapped[Theme | None] = relationship()


class ReasonCode(Row):
    """A word of the secretariat for what several reasons of a round say."""

    __tablename__ = "reason_codes"
    kept = Kept("Words of the secretariat for reasons.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("round_id", "name_key"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    name: Mapped[str] = mapped_column(info=AS_ROW)
    name_key: Mapped[str] = mapped_column(info=AS_ROW)  # folded: what makes two names the same


class CodedReason(Base):
    """That a reason has a code; it can have several."""

    __tablename__ = "coded_reasons"
    kept = Kept("Which reasons have which words.", "", stays(OURS))
    __table_args__ = (ForeignKeyConstraint(["round_id", "number"], ["reasons.round_id", "reasons.number"]),)

    round_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_id: Mapped[int] = mapped_column(ForeignKey("reason_codes.id"), primary_key=True, index=True)


class Synthesis(Base):
    """What is written so far of the reasons of a round, and why texts are left over."""

    __tablename__ = "syntheses"
    kept = Kept("What is written of the reasons so far.", "", stays(OURS))

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)  # synthesis.values.Draft.stored


class SynthesisVersion(Base):
    """A synthesis as it was published, kept byte for byte. Never changed (trigger)."""

    __tablename__ = "synthesis_versions"
    kept = Kept("Published syntheses.", "", stays(PUBLISHED))
    written_once = True

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(info=AS_ROW)
    sha256: Mapped[str] = mapped_column(info=AS_ROW)
    published_at: Mapped[datetime]


class Question(Row):
    """A question that a round asks beside its ranking; fixed when the round opens."""

    __tablename__ = "questions"
    kept = Kept("Questions that a round asks beside its ranking.", "", stays(OURS))
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        CheckConstraint("kind IN ('one', 'several', 'scale', 'number', 'text', 'governments')", name="kind"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    key: Mapped[str] = mapped_column(info=AS_ROW)
    position: Mapped[int]
    kind: Mapped[str]
    text: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    help: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    required: Mapped[bool] = mapped_column(default=False, server_default=false())
    # What its kind needs
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)


class AnswerSheet(Row):
    """The answers of a seat to the questions of its round, as they are now. No part of what is counted."""

    __tablename__ = "answer_sheets"
    kept = Kept("Answers of organisations to the questions of a round.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("seat_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    version: Mapped[int] = mapped_column(default=1)
    said: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)  # key of a question -> answer
    assisted: Mapped[bool] = mapped_column(default=False, server_default=false())
    answered_at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()


class LocalGovernment(Row):
    """A local government that an organisation named; the list grows by what is written, for every round.

    Where the secretariat found that it is another spelling of one, `into` is that one.
    """

    __tablename__ = "local_governments"
    kept = Kept("Local governments that were named.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("name_key"),)

    name: Mapped[str] = mapped_column(info=AS_ROW)
    country: Mapped[str | None] = mapped_column(String(2))
    # The folded name and the country: what makes two of them the same
    name_key: Mapped[str] = mapped_column(info=AS_ROW)
    into_id: Mapped[int | None] = mapped_column(ForeignKey("local_governments.id"))
    created_at: Mapped[datetime]


class QuestionFigures(Row):
    """What was published of the answers of a round, byte for byte; a published page is drawn from it."""

    __tablename__ = "question_figures"
    kept = Kept("Published answers.", "", stays(PUBLISHED))
    __table_args__ = (UniqueConstraint("round_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    content: Mapped[str] = mapped_column(info=AS_ROW)
    sha256: Mapped[str] = mapped_column(info=AS_ROW)
    created_at: Mapped[datetime]

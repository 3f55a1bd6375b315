"""Themes that members propose, and their review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.columns import LANGUAGE, Row
from consulta.platform.models.kept import AS_ROW, HASHED, OURS, PUBLISHED, Kept, stays
from consulta.platform.models.members import Contact, Organisation
from consulta.platform.models.rounds import Round
from consulta.platform.models.staff import Staff


class ThemePhase(Row):
    """The phase in which members propose themes for a round: its hours and its rules, frozen at opening."""

    __tablename__ = "theme_phases"
    kept = Kept("The phase in which members propose themes.", "", stays(OURS))
    __table_args__ = (
        UniqueConstraint("round_id"),
        CheckConstraint("shown IN ('at_once', 'at_end')", name="shown"),
        CheckConstraint("rule IN ('support', 'secretariat')", name="rule"),
        CheckConstraint("supports BETWEEN 0 AND 100", name="supports"),
        CheckConstraint("most BETWEEN 1 AND 20", name="most"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
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
    shown: Mapped[str]  # when members see the proposals of others
    supports: Mapped[int]  # how many proposals of others an organisation may support; 0: none
    most: Mapped[int]  # proposals of one organisation
    # How themes come on the ballot: the most supported ones, or the secretariat's choice with reasons.
    rule: Mapped[str]
    themes: Mapped[int]  # how many go on the ballot
    subregions: Mapped[int]  # a theme goes on by its support only with support from so many subregions
    # What went on, once it is chosen: the proposals in the order of the rule, and why each does or does not.
    choice: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", info=AS_ROW)

    round: Mapped[Round] = relationship()


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

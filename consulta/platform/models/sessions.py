"""Sessions of the Mechanism: attendance, evaluation, agreements and minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.columns import LANGUAGE, Base, Row
from consulta.platform.models.rounds import Round


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
    gender: Mapped[str | None]  # the person's own answer; none where it was not asked

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
    written_once = True

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str]
    sha256: Mapped[str]
    published_at: Mapped[datetime]

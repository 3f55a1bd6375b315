"""Sessions of the Mechanism: attendance, evaluation, agreements and minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.columns import LANGUAGE, Base, Row
from consulta.platform.models.kept import AS_ROW, NUMBER, OURS, PSEUDONYM, PUBLISHED, Kept, goes, stays
from consulta.platform.models.rounds import Round


class Dialogue(Row):
    """The session for which a round chooses: when, where, about what; after it, its factsheet's words."""

    __tablename__ = "dialogues"
    kept = Kept("The sessions: hours, places, topics, factsheets.", "", stays(PUBLISHED))
    __table_args__ = (
        UniqueConstraint("round_id"),
        UniqueConstraint("uid"),
        CheckConstraint("ends_at > starts_at", name="ends"),
        CheckConstraint("sequence >= 0", name="sequence"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    zone: Mapped[str] = mapped_column(info=AS_ROW)  # IANA name: the zone in which the hours were announced
    starts_local: Mapped[str] = mapped_column(info=AS_ROW)  # "2027-05-20T10:00", in that zone
    starts_at: Mapped[datetime]  # the same moment
    ends_local: Mapped[str] = mapped_column(info=AS_ROW)
    ends_at: Mapped[datetime]
    place: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    # {"label", "url"}: for who is invited
    links: Mapped[list[Any]] = mapped_column(default=list, info=AS_ROW)
    agenda: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    topics: Mapped[list[Any]] = mapped_column(default=list, info=AS_ROW)  # theme keys
    answer_by: Mapped[str] = mapped_column(
        default="", server_default="", info=AS_ROW
    )  # "2027-05-02": the day by which the panel is asked to answer; "" for none
    uid: Mapped[str] = mapped_column(info=AS_ROW)  # by which calendars know it: never changes
    sequence: Mapped[int] = mapped_column(default=0)  # rises whenever title, time, place or state change
    cancelled: Mapped[bool] = mapped_column(default=False)
    # What is written of it so far
    factsheet: Mapped[dict[str, Any]] = mapped_column(default=dict, info=AS_ROW)
    factsheet_version: Mapped[int | None]  # which version of the kept document is public
    created_at: Mapped[datetime]

    round: Mapped[Round] = relationship()
    attendances: Mapped[list[Attendance]] = relationship(
        back_populates="dialogue", order_by="Attendance.id", cascade="all, delete-orphan"
    )


class Attendance(Row):
    """One person who took part in a session, without a name."""

    __tablename__ = "attendances"
    kept = Kept("Who took part in a session, without names.", "", stays(OURS))

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogues.id"), index=True)
    organisation: Mapped[str] = mapped_column(info=AS_ROW)
    country: Mapped[str] = mapped_column(String(2))  # "" for who speaks for no country
    sector: Mapped[str] = mapped_column(info=AS_ROW)
    # The person's own answer; none where it was not asked
    gender: Mapped[str | None] = mapped_column(info=AS_ROW)

    dialogue: Mapped[Dialogue] = relationship(back_populates="attendances")


class Evaluation(Row):
    """How those who took part judge a session: the questions, until when, and what was published of it."""

    __tablename__ = "evaluations"
    kept = Kept("The questions about a session, and their published figures.", "", stays(PUBLISHED))
    __table_args__ = (
        UniqueConstraint("round_id"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("opened_at IS NULL OR closes_at IS NOT NULL", name="opened"),
        CheckConstraint("published_at IS NULL OR figures IS NOT NULL", name="published"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    version: Mapped[int] = mapped_column(default=1)  # rises with each change of the questions
    # As `evaluation.questionnaire` writes them, in their order
    questions: Mapped[list[Any]] = mapped_column(info=AS_ROW)
    closes_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    figures: Mapped[str | None] = mapped_column(info=AS_ROW)  # what was published, as it was on that day
    sha256: Mapped[str | None] = mapped_column(info=AS_ROW)
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class EvaluationPerson(Row):
    """A person who is asked to evaluate a session; whether it answered, and not what."""

    __tablename__ = "evaluation_people"
    kept = Kept(
        "Who is asked to evaluate a session, and whether an answer came.",
        "people who took part in sessions",
        stays(NUMBER),
    )
    __table_args__ = (
        UniqueConstraint("evaluation_id", "email"),
        CheckConstraint("source IN ('panel', 'member', 'hand')", name="source"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("NOT answered OR written_at IS NOT NULL", name="answered"),
    )

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), index=True)
    name: Mapped[str] = mapped_column(info=goes("evaluation_people", PSEUDONYM))
    organisation: Mapped[str] = mapped_column(info=goes("evaluation_people"))
    email: Mapped[str] = mapped_column(info=goes("evaluation_people", PSEUDONYM))  # in small letters
    language: Mapped[str]
    source: Mapped[str]
    written_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    answered: Mapped[bool] = mapped_column(default=False, server_default=false())

    evaluation: Mapped[Evaluation] = relationship()


class EvaluationSheet(Base):
    """What a person answered: with no person, no hour, and a number that tells no order."""

    __tablename__ = "evaluation_sheets"
    kept = Kept("Answers about a session, with no person and no hour.", "", stays(OURS))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # drawn by chance
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), index=True)
    said: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)  # key of a question -> answer


class Agreement(Row):
    """Something that a session agreed: what, who sees to it, by when, and since when it is done."""

    __tablename__ = "agreements"
    kept = Kept(
        "What a session agreed, and who sees to it.",
        "people or bodies that are named as responsible",
        stays(PUBLISHED),
    )
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("version > 0", name="version"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]  # never given again
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    text: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    responsible: Mapped[str] = mapped_column(info=AS_ROW)
    due: Mapped[str | None] = mapped_column(info=AS_ROW)  # "2027-08-31"
    done_on: Mapped[str | None] = mapped_column(info=AS_ROW)
    removed: Mapped[bool] = mapped_column(default=False, server_default=false())  # not in later minutes
    created_at: Mapped[datetime]


class MinutesVersion(Base):
    """The minutes of a session as they were published, kept byte for byte. Never changed (trigger)."""

    __tablename__ = "minutes_versions"
    kept = Kept("Published minutes.", "", stays(PUBLISHED))
    written_once = True

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(info=AS_ROW)
    sha256: Mapped[str] = mapped_column(info=AS_ROW)
    published_at: Mapped[datetime]

"""What organisations answer beside the ranking: reasons and questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.columns import Base, Row
from consulta.platform.models.kept import AS_ROW, OURS, PUBLISHED, Kept, stays, until
from consulta.platform.models.rounds import Seat, Theme

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

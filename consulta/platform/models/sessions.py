"""Sessions of the Mechanism: attendance, evaluation, minutes, and the follow-up of what was recommended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consulta.core.texts import Text
from consulta.platform.models.base import (
    AS_ROW,
    LANGUAGE,
    NUMBER,
    OURS,
    PSEUDONYM,
    PUBLISHED,
    Base,
    Kept,
    Row,
    goes,
    stays,
)
from consulta.platform.models.members import Contact, FocalPoint, Organisation
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
    # As `vote.questions.plain` writes them, in their order
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


class Recommendation(Row):
    """What a session recommended, found difficult or undertook: a row of its factsheet, followed afterwards.

    Until a factsheet with it is published it is a draft without a reference, and can be deleted.
    """

    __tablename__ = "recommendations"
    kept = Kept("What sessions recommended.", "", stays(PUBLISHED))
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("kind IN ('recommendation', 'challenge', 'initiative')", name="kind"),
        CheckConstraint(LANGUAGE, name="language"),
        CheckConstraint("(reference IS NULL) = (published_at IS NULL)", name="published"),
    )

    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogues.id"), index=True)
    kind: Mapped[str]
    position: Mapped[int]  # among those of its kind
    # "2023-R4": given with its first publication, and never given again
    reference: Mapped[str | None] = mapped_column(info=AS_ROW)
    text: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)  # as it is written now
    language: Mapped[str]  # in which it was written first
    # The key of a theme of the round; "" for all topics
    topic: Mapped[str] = mapped_column(default="", info=AS_ROW)
    objectives: Mapped[list[Any]] = mapped_column(default=list, info=AS_ROW)  # 1 to 23
    # "all", "states", "local", "agencies", a State ("PE"), a local government or an agency ("I12")
    addressed: Mapped[list[Any]] = mapped_column(default=list, info=AS_ROW)
    version: Mapped[int] = mapped_column(default=1)  # rises with each change: forms say which one they saw
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    # Of its withdrawal; public
    reason: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)

    dialogue: Mapped[Dialogue] = relationship()
    texts: Mapped[list[RecommendationText]] = relationship(order_by="RecommendationText.version")


class RecommendationText(Base):
    """A text of a recommendation as a factsheet published it. Never changed (trigger)."""

    __tablename__ = "recommendation_texts"
    kept = Kept("Texts of recommendations as published.", "", stays(PUBLISHED))
    written_once = True

    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[Text] = mapped_column(info=AS_ROW)
    factsheet: Mapped[int]  # the version of the factsheet that brought it
    published_at: Mapped[datetime]


class Institution(Row):
    """A body that answers for recommendations, and the person of it who is asked."""

    __tablename__ = "institutions"
    kept = Kept(
        "Bodies that answer for recommendations, and their contact persons.",
        "people of institutions",
        stays(OURS),
    )
    __table_args__ = (
        UniqueConstraint("kind", "country", "name_key"),
        CheckConstraint("kind IN ('government', 'local', 'agency')", name="kind"),
        CheckConstraint("kind = 'agency' OR country <> ''", name="country"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    kind: Mapped[str]  # of the government of a State, a local government, an agency
    country: Mapped[str] = mapped_column(String(2), default="")  # "" for an agency of the region
    name: Mapped[str] = mapped_column(info=AS_ROW)
    name_key: Mapped[str] = mapped_column(info=AS_ROW)
    person: Mapped[str] = mapped_column(default="", info=goes("institutions"))
    role: Mapped[str] = mapped_column(default="", info=goes("institutions"))  # of the person
    email: Mapped[str] = mapped_column(default="", info=goes("institutions"))  # "" where there is no address
    phone: Mapped[str] = mapped_column(default="", info=goes("institutions"))
    language: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())  # asked from now on
    version: Mapped[int] = mapped_column(default=1)
    example: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]

    @property
    def addressee(self) -> str:
        """For whom it answers: its State, or itself."""
        return self.country if self.kind == "government" else f"I{self.id}"


class Evidence(Row):
    """A file that a report rests on, as it was sent. Never changed (trigger)."""

    __tablename__ = "evidence"
    kept = Kept("Files that reports rest on.", "", stays(PUBLISHED))
    written_once = True

    name: Mapped[str] = mapped_column(info=AS_ROW)
    media: Mapped[str] = mapped_column(info=AS_ROW)  # judged by its content
    sha256: Mapped[str] = mapped_column(index=True, info=AS_ROW)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, info=AS_ROW)
    created_at: Mapped[datetime]


class Report(Row):
    """What a government or agency reports of a recommendation, or what an organisation sees of it.

    Each follows the earlier one of the same recommendation, side, addressee and voice, which stays.
    Never changed (trigger).
    """

    __tablename__ = "reports"
    kept = Kept(
        "What governments, agencies and organisations say became of recommendations.", "", stays(PUBLISHED)
    )
    written_once = True
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
    addressee: Mapped[str] = mapped_column(index=True, info=AS_ROW)  # "PE" or "I12"
    # "" for the government or agency, "O7" for an organisation
    voice: Mapped[str] = mapped_column(info=AS_ROW)
    version: Mapped[int]  # 1, 2 …: the newest counts
    step: Mapped[str]
    day: Mapped[str] = mapped_column(info=AS_ROW)  # "2027-03-05": the day of which it speaks
    text: Mapped[str] = mapped_column(info=AS_ROW)
    language: Mapped[str]  # in which it is written
    link: Mapped[str] = mapped_column(default="", info=AS_ROW)
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
    kept = Kept("Answers and recommendations that were withdrawn, and why.", "", stays(PUBLISHED))
    written_once = True
    __table_args__ = (
        UniqueConstraint("report_id", "what"),
        CheckConstraint("what IN ('recommendation', 'restored', 'answer', 'evidence')", name="what"),
        CheckConstraint("(what IN ('answer', 'evidence')) = (report_id IS NOT NULL)", name="report"),
    )

    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendations.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    what: Mapped[str]
    reason: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)  # public
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class FollowUpRhythm(Base):
    """How often those are asked who can say what became of a session's recommendations."""

    __tablename__ = "follow_up_rhythms"
    kept = Kept("How often calls ask what became of recommendations.", "", stays(OURS))
    __table_args__ = (
        CheckConstraint("first_months BETWEEN 1 AND 12", name="first"),
        CheckConstraint("every_months BETWEEN 2 AND 24", name="every"),
        CheckConstraint("answer_days BETWEEN 7 AND 90", name="answer"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    first_months: Mapped[int]  # from the session to the first call
    every_months: Mapped[int]  # from one call to the next
    answer_days: Mapped[int]  # from a call to the day by which an answer is asked for
    # How many days before that day reminders go; none, one or two
    remind_days: Mapped[list[Any]] = mapped_column(info=AS_ROW)


class FollowUpCall(Row):
    """A call that was sent, moved or skipped; those that are as planned have no row."""

    __tablename__ = "follow_up_calls"
    kept = Kept("Calls that were sent, moved or skipped.", "", stays(OURS))
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("state IN ('planned', 'sent', 'skipped')", name="state"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]  # 1 for the first after the session
    due_on: Mapped[str] = mapped_column(info=AS_ROW)  # "2027-08-20"
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", info=AS_ROW)  # why it was moved or skipped
    answer_by: Mapped[str] = mapped_column(default="", info=AS_ROW)  # of one that was sent: a day
    # The days of reminders that are to come
    remind_on: Mapped[list[Any]] = mapped_column(default=list, info=AS_ROW)
    # Pairs of a day and how many mails
    reminded: Mapped[list[Any]] = mapped_column(default=list, info=AS_ROW)
    sent_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who decided last

    round: Mapped[Round] = relationship()


class FollowUpRequest(Row):
    """A person who is asked by a call: of an organisation that sees, or of an institution that reports."""

    __tablename__ = "follow_up_requests"
    kept = Kept(
        "The people to whom a call was sent.",
        "contacts, focal points and people of institutions",
        stays(NUMBER),
    )
    __table_args__ = (
        UniqueConstraint("call_id", "addressee", "email"),
        CheckConstraint("side IN ('reported', 'seen')", name="side"),
        CheckConstraint("(side = 'seen') = (organisation_id IS NOT NULL)", name="organisation"),
        CheckConstraint("(side = 'reported') = (institution_id IS NOT NULL)", name="institution"),
        CheckConstraint(LANGUAGE, name="language"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("follow_up_calls.id"), index=True)
    side: Mapped[str]
    # "PE" or "I12": for whom the person answers, and for no other
    addressee: Mapped[str] = mapped_column(info=AS_ROW)
    name: Mapped[str] = mapped_column(info=goes("follow_up_requests", PSEUDONYM))
    organisation: Mapped[str] = mapped_column(info=AS_ROW)  # the name of the organisation or institution
    country: Mapped[str] = mapped_column(info=AS_ROW)
    # As it was when the call was sent: it is told what is answered by its link
    email: Mapped[str] = mapped_column(info=goes("follow_up_requests", PSEUDONYM))
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
    kept = Kept("By whose link a report came.", "", stays(NUMBER))

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("follow_up_requests.id"), index=True)

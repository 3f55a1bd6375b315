"""Recommendations and what is reported of them, as pages and other features receive them: no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.labels import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

KINDS = ("recommendation", "challenge", "initiative")
LETTERS = {"recommendation": "R", "challenge": "D", "initiative": "I"}
"""What a reference has of its kind: recomendación, desafío, iniciativa."""

GROUPS = ("all", "states", "local", "agencies")
"""To whom a recommendation can be addressed without a name."""

STEPS = ("not_begun", "preparing", "under_way", "mostly", "done")
REPORTED, SEEN = "reported", "seen"
SIDES = (REPORTED, SEEN)
Sides = Literal["not_begun", "unreported", "less", "other", "same", "unseen"]
"""What the two sides say together.

Nothing is reported, and all organisations see no progress, or one sees a start; or more is reported than any
sees, or something else, or the same; or no organisation says what it sees.
"""
RECEIVED = ("letter", "telephone", "mail", "meeting")
INSTITUTION_KINDS = ("government", "local", "agency")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """The session from which a recommendation is."""

    key: str  # of its round
    title: Text
    round_title: Text
    starts_at: datetime
    zone: str
    day: str  # "2027-05-20", of its beginning, in its zone
    example: bool
    factsheet_version: int | None

    @property
    def year(self) -> int:
        """The year in which the session began."""
        return int(self.day[:4])


@dataclass(frozen=True, slots=True)
class RecommendationView:
    """A row of a factsheet as it was published."""

    reference: str
    kind: str
    text: Text
    language: str  # in which it was written first
    topic: str  # the key of a theme; "" for all topics
    topic_title: Text
    objectives: tuple[int, ...]
    addressed: tuple[str, ...]
    session: SessionLine
    published_at: datetime | None
    withdrawn_at: datetime | None
    reason: Text  # of the withdrawal

    def is_for(self, addressee: str) -> bool:
        """Return whether a State ("PE") or an institution ("I12", then with `institution_kind`) is addressed.

        Of institutions only those that are named are told here; `service.may_answer` knows their kinds.
        """
        if addressee in self.addressed or "all" in self.addressed:
            return True
        return "states" in self.addressed and addressee in catalogue.countries_by_code()

    def states(self) -> tuple[str, ...]:
        """Return the codes of all States to which it is addressed, by name or with all others."""
        if {"all", "states"} & set(self.addressed):
            return tuple(catalogue.countries_by_code())
        return tuple(each for each in self.addressed if each in catalogue.countries_by_code())


@dataclass(frozen=True, slots=True)
class Body:
    """An institution that answers for recommendations, without the person who is asked."""

    id: int
    kind: str
    country: str
    name: str

    @property
    def addressee(self) -> str:
        """For whom it answers: its State, or itself."""
        return self.country if self.kind == "government" else f"I{self.id}"


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A file on which a report rests, without its content."""

    id: int
    name: str
    media: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file to hand out."""

    name: str
    media: str
    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What the desk withdrew of a report, when and why."""

    what: str  # "answer", "evidence"
    at: datetime
    reason: Text


@dataclass(frozen=True, slots=True)
class ReportView:
    """What one side said of a recommendation, once, without what the desk withdrew of it."""

    id: int
    recommendation_id: int
    side: str
    addressee: str
    voice: str
    version: int
    step: str
    day: str  # of which it speaks
    text: str
    language: str
    link: str
    evidence: EvidenceView | None
    entered: str  # by whom: "staff", "focal_point", "institution", "organisation"
    received: str  # how it reached the secretariat; "" where it did not enter it
    institution: str
    organisation: str
    organisation_id: int | None
    focal_point_id: int | None
    entered_at: datetime
    withdrawn: Withdrawn | None = None

    @property
    def counts(self) -> bool:
        """Whether it says how far something is: an answer that was withdrawn does not."""
        return self.withdrawn is None or self.withdrawn.what != "answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person reports, as typed."""

    step: str
    day: str
    text: str
    language: str
    link: str = ""
    file: tuple[str, bytes] | None = None  # name and content


@dataclass(frozen=True, slots=True)
class Source:
    """Who reports, and how: staff for an institution or an organisation, or these by a link of their own."""

    entered: str
    received: str = ""  # of what staff enter
    institution_id: int | None = None
    organisation_id: int | None = None
    focal_point_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a recommendation at one addressee: both sides, each with its history."""

    addressee: str
    name: Text
    country: str
    reported: ReportView | None = None
    seen: tuple[ReportView, ...] = ()  # the newest of each organisation
    history: tuple[ReportView, ...] = ()  # all, the newest first

    @property
    def steps_seen(self) -> tuple[str, ...]:
        """The steps that organisations see, each once, in order."""
        return tuple(step for step in STEPS if any(each.step == step for each in self.seen))

    @property
    def disagree(self) -> bool:
        """Whether the organisations see another step than the government or agency reports."""
        return self.reported is not None and bool(self.seen) and self.steps_seen != (self.reported.step,)

    @property
    def sides(self) -> Sides | None:
        """How what organisations observe compares with what is reported; None where no one says anything."""
        steps = [STEPS.index(step) for step in self.steps_seen]
        if self.reported is None:
            return ("not_begun" if steps == [0] else "unreported") if steps else None
        if not steps:
            return "unseen"
        if not self.disagree:
            return "same"
        return "less" if max(steps) < STEPS.index(self.reported.step) else "other"

    @property
    def gone(self) -> tuple[ReportView, ...]:
        """The withdrawn answers of a side of which no answer is left."""
        left = {each.side for each in self.history if each.counts}
        return tuple(each for each in self.history if not each.counts and each.side not in left)

    @property
    def changed_at(self) -> datetime | None:
        """The moment of the newest report."""
        return self.history[0].entered_at if self.history else None


@dataclass(frozen=True, slots=True)
class Followed:
    """A published recommendation with what became of it at each of its addressees."""

    recommendation: RecommendationView
    standings: tuple[Standing, ...]  # those addressed by name, and all that answered
    waiting: tuple[str, ...] = ()  # States that are addressed, and have not reported
    texts: tuple[PublishedText, ...] = field(default=())
    changed_at: datetime | None = None  # when its words were last published, withdrawn or taken up again

    @property
    def has_news(self) -> bool:
        """Whether any side says anything of it at any addressee."""
        return any(each.sides for each in self.standings)

    def having(self, sides: Sides) -> tuple[Standing, ...]:
        """Return the addressees of which the two sides say this together."""
        return tuple(each for each in self.standings if each.sides == sides)


@dataclass(frozen=True, slots=True)
class PublishedText:
    """A text of a recommendation as a factsheet brought it."""

    version: int
    text: Text
    factsheet: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of an addressee that was asked and has not answered: since when. It names no person."""

    addressee: str
    name: Text
    side: str
    asked_on: str


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A recommendation as those see it who answer for an addressee."""

    recommendation: RecommendationView
    reported: ReportView | None  # what the government or agency reported last
    seen: tuple[ReportView, ...]  # what organisations see, the last of each
    mine: ReportView | None  # the last answer of the organisation or institution that is asked
    history: tuple[ReportView, ...]  # its earlier ones, too


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """What opens with the link of a call."""

    side: str
    addressee: str
    addressee_name: Text
    organisation: str
    name: str
    masked: str  # the address to which the link went, as far as others may read it
    session: Text
    key: str
    example: bool
    answer_by: str
    zone: str
    lines: tuple[OwnLine, ...]

    def line(self, reference: str) -> OwnLine | None:
        """Return the line of a recommendation, or None."""
        return next((each for each in self.lines if each.recommendation.reference == reference), None)

    @property
    def answered(self) -> int:
        """How many recommendations have an answer of those who are asked."""
        return sum(each.mine is not None for each in self.lines)


def name_of_addressee(addressee: str, institutions: Iterable[Body] = ()) -> Text:
    """Return the name of a State or of an institution; the key itself where it is not known."""
    if addressee in catalogue.countries_by_code():
        return name_of("country", addressee)
    found = next((each for each in institutions if f"I{each.id}" == addressee), None)
    return Text.name(found.name if found else addressee)

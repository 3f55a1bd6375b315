"""The evaluation of a session as pages show it: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.vote.questions import kept

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.panel.dialogues.service import DialogueView
    from consulta.rounds.values import RoundCard, RoundLine
    from consulta.vote.questions.values import Question

State = Literal["none", "draft", "open", "over", "published"]
Source = Literal["panel", "member", "hand"]


@dataclass(frozen=True, slots=True)
class PersonCommand:
    """A person who is to be asked; `email` in any form."""

    name: str
    organisation: str
    email: str
    language: str
    source: Source = "hand"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person who is asked, or will be; whether it answered is told nowhere but in sums."""

    number: int
    name: str
    organisation: str
    email: str
    language: str
    source: Source
    written_at: datetime | None
    reminded_at: datetime | None


@dataclass(frozen=True, slots=True)
class EvaluationDesk:
    """The evaluation of a session at the desk; `questions` are the ready-made ones while none is prepared."""

    round: RoundLine
    dialogue: DialogueView
    state: State
    version: int
    questions: tuple[Question, ...]
    people: tuple[PersonLine, ...]
    answered: int
    closes_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    refusals: tuple[Problem, ...]  # why it cannot be sent now
    remindable: int  # how many were written to, have not answered, and were not reminded

    @property
    def written(self) -> int:
        """Return how many people were written to."""
        return sum(each.written_at is not None for each in self.people)

    @property
    def unwritten(self) -> int:
        """Return how many people were not written to yet."""
        return len(self.people) - self.written

    @property
    def may_send(self) -> bool:
        """Return whether it can be sent now: to all, or to those who were added."""
        return self.unwritten > 0 if self.state == "open" else self.state == "draft" and not self.refusals


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an evaluation is: how many were written to, how many answered, and until when they can."""

    state: State
    written: int
    answered: int
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnEvaluation:
    """The evaluation as a person who is asked sees it."""

    round_key: str
    session: Text
    starts_at: datetime
    zone: str
    person: str
    questions: tuple[Question, ...]
    digest: str
    closes_at: datetime
    takes_answers: bool
    answered: bool
    least: int  # fewer answers than that are not told
    example: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What is told of the answers to a question; None is what is not told, or what its kind does not have."""

    key: str
    kind: str
    answered: int | None
    told: bool
    rows: tuple[kept.Row, ...] = ()
    mean: kept.Figure = None
    quantiles: kept.Parts = kept.NO_PARTS
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told of the answers: `asked` people were written to, `answered` of them answered."""

    questions: tuple[Question, ...]
    asked: int
    answered: int
    least: int
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class ResultsDesk:
    """The answers at the desk, once none is taken any more, and what would be published of them."""

    round: RoundLine
    desk: Figures
    public: Figures
    published_at: datetime | None
    refusals: tuple[Problem, ...]  # why it cannot be published now


@dataclass(frozen=True, slots=True)
class PublishedEvaluation:
    """The evaluation of a session as it was published."""

    card: RoundCard
    session: Text
    starts_at: datetime
    zone: str
    figures: Figures
    published_at: datetime

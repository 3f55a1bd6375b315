"""Questions of a round and answers to them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from consulta.core.texts import NOTHING, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.problems import Problem
    from consulta.rounds.values import RoundCard, RoundLine
    from consulta.vote.questions.kept import Facts

Kind = Literal["one", "several", "scale", "number", "text", "governments"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Answer = Any
"""The number of an option, several of them, a step, a number as text with a point, words, or governments."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question; its kind says which of the fields after `required` are meant.

    `most`: of how many options, or how many characters, an answer has at most. `shown`: what is written is
    published, without the name of the organisation.
    """

    key: str
    kind: Kind
    text: Text
    help: Text = NOTHING
    required: bool = False
    options: tuple[Text, ...] = ()
    most: int = 0
    steps: int = 0
    low: Text = NOTHING
    high: Text = NOTHING
    least: int = 0
    greatest: int = 0
    decimals: int = 0
    unit: Text = NOTHING
    shown: bool = False


@dataclass(frozen=True, slots=True)
class QuestionsView:
    """The questions of a round at the desk."""

    round: RoundLine
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class GovernmentLine:
    """A local government; `spellings` are other ones of it, `alike` those that may be the same."""

    number: int
    name: str
    country: str | None
    spellings: tuple[str, ...] = ()
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The questions of a round for one organisation, with its answers so far.

    `digest` names the questions as they are: a form that was made of others is refused. `voted`: the
    organisation has a vote that counts, without which nothing is asked.
    """

    round_key: str
    round_title: Text
    secrecy: str
    example: bool
    seat: str
    organisation: str
    here: str
    zone: str
    closes_at: datetime
    takes_answers: bool
    voted: bool
    questions: tuple[Question, ...]
    digest: str
    said: Mapping[str, Answer] = field(default_factory=dict)
    version: int = 0
    answered_at: datetime | None = None
    unread: bool = False  # the reader could not vote yet when the answers were sent: they are not shown
    themes: tuple[tuple[str, Text], ...] = ()  # for which governments are asked
    governments: Mapping[int, GovernmentLine] = field(default_factory=dict)  # that can be chosen


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The answers of a counted round at the desk; `facts`: what `figures` made."""

    round: RoundLine
    secrecy: str
    questions: tuple[Question, ...]
    facts: Facts
    themes: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class PublishedAnswers:
    """The answers of a published round, as they were published."""

    card: RoundCard
    secrecy: str
    questions: tuple[Question, ...]
    facts: Facts
    themes: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class NamedGovernment:
    """A government that organisations named for a topic; figures are None where too few did.

    `code`: of the State, or of the country of a local government where it is known.
    """

    kind: str  # n: national, l: local
    code: str | None
    name: str  # of a local government
    count: int | None
    weighted: float | None
    number: int | None = None  # of a local government in the list

    @property
    def key(self) -> str:
        """Return what a nominee of this government has as its government."""
        return str(self.number) if self.number is not None else self.code or ""


@dataclass(frozen=True, slots=True)
class Read:
    """Answers as they were read from a form, and what is wrong with some of them, by the question's key."""

    said: Mapping[str, Answer]
    faults: Mapping[str, Problem]

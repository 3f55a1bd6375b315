"""The minutes of a session as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.dialogues.service import DialogueView
    from consulta.rounds.values import RoundCard, RoundLine


@dataclass(frozen=True, slots=True)
class AgreementCommand:
    """An agreement as it is written; `due` is a calendar day, or empty."""

    text: Text
    responsible: str
    due: str = ""


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """Something that a session agreed; `overdue`: its day is past, and it is not done."""

    number: int
    version: int
    text: Text
    responsible: str
    due: str | None
    done_on: str | None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class MinutesDesk:
    """The minutes of a session at the desk."""

    round: RoundLine
    dialogue: DialogueView
    agreements: tuple[AgreementLine, ...]
    public_version: int | None
    is_changed: bool  # since the published version
    refusals: tuple[Problem, ...]  # why they cannot be published now
    untranslated: tuple[tuple[int, str], ...]  # number of an agreement, and a language that it lacks
    begun: bool  # the session has begun

    @property
    def overdue(self) -> int:
        """Return how many agreements are overdue."""
        return sum(each.overdue for each in self.agreements)

    @property
    def done(self) -> int:
        """Return how many agreements are done."""
        return sum(each.done_on is not None for each in self.agreements)


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of a session, published or as they would be, with what is done by now."""

    card: RoundCard
    title: Text
    starts_at: datetime
    zone: str
    place: Text
    agreements: tuple[AgreementLine, ...]
    version: int | None
    published_at: datetime | None

    @property
    def done(self) -> int:
        """Return how many agreements are done."""
        return sum(each.done_on is not None for each in self.agreements)

    def texts(self) -> tuple[Text, ...]:
        """Return every text that its readers see."""
        return (self.title, self.place, *(each.text for each in self.agreements))

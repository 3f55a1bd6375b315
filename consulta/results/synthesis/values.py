"""A synthesis as pages show it: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.core.texts import Text  # noqa: TC001 - `typed` reads the hints when the program runs
from consulta.core.typed import from_stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.problems import Problem
    from consulta.rounds.values import RoundLine

POOL = ""
"""The key of the section of reasons that stand under no theme."""


@dataclass(frozen=True, slots=True)
class Source:
    """A reason as the desk reads it."""

    number: int
    theme: str  # its key, or `POOL`
    title: Text
    objectives: tuple[int, ...]
    text: str
    consent: str
    name: str
    subregion: str
    sector: str
    codes: tuple[tuple[int, str], ...] = ()
    used: bool = False  # in a sentence
    left_over: str = ""  # why it is in none

    @property
    def standing(self) -> str:
        """Return what became of it: `used`, `left` or `open`."""
        return "used" if self.used else "left" if self.left_over else "open"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the synthesis, in the languages in which it is there, with its sources."""

    text: Text
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of a theme: in which language it was written, and its sentences."""

    original: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A synthesis as it is written so far."""

    sections: Mapping[str, Section] = field(default_factory=dict)
    left_over: Mapping[int, str] = field(default_factory=dict)

    def used(self) -> frozenset[int]:
        """Return the numbers of the sources that are in a sentence."""
        return frozenset(
            number
            for section in self.sections.values()
            for sentence in section.sentences
            for number in sentence.sources
        )

    def stored(self) -> dict[str, Any]:
        """Return the draft in the form in which it is stored."""
        return {
            "sections": {
                theme: {
                    "original": section.original,
                    "sentences": [
                        {"text": core.kept(each.text), "sources": list(each.sources)}
                        for each in section.sentences
                    ],
                }
                for theme, section in self.sections.items()
            },
            "left_over": {str(number): reason for number, reason in self.left_over.items()},
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Draft:
        """Return the draft that was stored; an empty one for None."""
        found = stored or {"sections": {}, "left_over": {}}
        return cls(
            {theme: from_stored(Section, section) for theme, section in found["sections"].items()},
            {int(number): reason for number, reason in found["left_over"].items()},
        )


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of the round, or what stands under none, with how many of its reasons are where."""

    key: str
    title: Text
    reasons: int
    open: int
    sentences: int


@dataclass(frozen=True, slots=True)
class SynthesisDesk:
    """The reasons of a round and its synthesis, for the secretariat."""

    round: RoundLine
    readable: bool  # the result is public, and the texts were parted from their organisations
    waiting: bool  # the result is public, and the worker has not parted them yet
    sources: tuple[Source, ...]
    themes: tuple[Theme, ...]
    codes: tuple[tuple[int, str, int], ...]  # id, name, how many texts have it
    draft: Draft
    seen: str  # stands for the draft as it is stored
    public_version: int | None
    published_at: datetime | None
    is_changed: bool
    refusals: tuple[Problem, ...]
    untranslated: tuple[str, ...]  # languages in which sentences are missing


@dataclass(frozen=True, slots=True)
class PublicSource:
    """A source as everybody reads it; `text` is empty where only the secretariat may read it."""

    number: int
    text: str
    name: str
    subregion: str
    sector: str


@dataclass(frozen=True, slots=True)
class PublicSection:
    """A theme of a published synthesis with its sentences and sources."""

    theme: str
    title: Text
    original: str
    sentences: tuple[Sentence, ...]
    sources: tuple[PublicSource, ...]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A reason that is in no sentence, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Published:
    """A synthesis as it is kept."""

    sections: tuple[PublicSection, ...]
    left_over: tuple[LeftOver, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the organisations said, as it was published."""

    key: str
    round_title: Text
    example: bool
    zone: str
    version: int
    published_at: datetime
    sections: tuple[PublicSection, ...]
    left_over: tuple[LeftOver, ...]
    versions: tuple[tuple[int, datetime], ...]  # the newest first

    @property
    def texts(self) -> int:
        """Return how many reasons were read."""
        return sum(len(section.sources) for section in self.sections)

"""Kept factsheets: stored documents read into values as soon as they are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from consulta.core.texts import Text  # noqa: TC001 - `typed` reads the hints when the program runs
from consulta.core.typed import from_stored
from consulta.platform import deadlines
from consulta.sessions.words import Words, of_dict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.reading import Node
    from consulta.sessions.figures import Figures


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme that the session took up, with its objectives."""

    title: Text
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Categories that are told together, with how many people; of a group, its sectors too."""

    keys: tuple[str, ...]
    people: int
    sectors: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers to the question of gender that are told together: how many people, or in per cent."""

    keys: tuple[str, ...]
    people: int | None = None
    percent: int | None = None

    @property
    def number(self) -> int:
        """Return the number of people, or of per cent."""
        return self.people if self.people is not None else self.percent or 0


@dataclass(frozen=True, slots=True)
class Gender:
    """What is told of gender; `unit` is `people` or `percent`, rounded to the nearest `step`."""

    unit: str
    lines: tuple[Answer, ...]
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of a session, as readers see them; `figures` makes them."""

    people: int
    countries: int | None
    gender: Gender | None
    groups: tuple[Line, ...]
    by_country: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Session:
    title: Text
    starts_at: str
    zone: str
    place: Text


def _words(node: Node) -> Words:
    return of_dict({name: each.value for name, each in node.entries().items()})


@dataclass(frozen=True, slots=True)
class _Stored:
    session: _Session
    topics: tuple[Topic, ...]
    words: Annotated[Words, _words]
    figures: Told | None


@dataclass(frozen=True, slots=True)
class Content:
    """What a factsheet says, kept or as it would be."""

    title: Text
    starts_at: datetime
    zone: str
    place: Text
    topics: tuple[Topic, ...]
    words: Words
    figures: Told | None

    @property
    def people(self) -> int | None:
        """Return how many people took part, where that is public."""
        return self.figures.people if self.figures else None

    @property
    def countries(self) -> int | None:
        """Return from how many countries they came, where that is public."""
        return self.figures.countries if self.figures else None


def of_stored(stored: str | Mapping[str, Any]) -> Content:
    """Return the content of a factsheet from its stored form."""
    kept = from_stored(_Stored, stored)
    session = kept.session
    starts_at = deadlines.of_text(session.starts_at)
    return Content(
        session.title, starts_at, session.zone, session.place, kept.topics, kept.words, kept.figures
    )


def told(figures: Figures) -> Told:
    """Return figures as readers see them."""
    return from_stored(Told, figures)


def figures_of(text: str) -> Figures | None:
    """Return the figures of a kept factsheet in the form in which `figures` makes and compares them."""
    found: Figures | None = json.loads(text)["figures"]
    return found


def is_same(text: str, stored: Mapping[str, Any]) -> bool:
    """Return whether a kept factsheet is this one in its stored form."""
    return bool(json.loads(text) == stored)


def written(stored: Mapping[str, Any]) -> str:
    """Return the document of a factsheet in its stored form."""
    return json.dumps(stored, ensure_ascii=False, indent=1) + "\n"


def with_figures(text: str, figures: Figures) -> str:
    """Return the document of a kept factsheet with other figures."""
    return written({**json.loads(text), "figures": figures})

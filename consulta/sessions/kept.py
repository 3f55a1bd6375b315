"""Kept factsheets: stored documents read into values as soon as they are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.infra import deadlines
from consulta.sessions.words import of_dict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.sessions.figures import Figures
    from consulta.sessions.words import Words


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme that the session took up, with its objectives."""

    title: Text
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a factsheet says, kept or as it would be."""

    title: Text
    starts_at: datetime
    zone: str
    place: Text
    topics: tuple[Topic, ...]
    words: Words
    figures: Figures | None

    @property
    def people(self) -> int | None:
        """Return how many people took part, where that is public."""
        return self.figures.get("people") if self.figures else None

    @property
    def countries(self) -> int | None:
        """Return from how many countries they came, where that is public."""
        return self.figures.get("countries") if self.figures else None


def of_stored(stored: Mapping[str, Any]) -> Content:
    """Return the content of a factsheet from its stored form."""
    session = stored["session"]
    return Content(
        title=Text(session["title"]),
        starts_at=deadlines.of_text(session["starts_at"]),
        zone=session["zone"],
        place=Text(session["place"]),
        topics=tuple(Topic(Text(each["title"]), tuple(each["objectives"])) for each in stored["topics"]),
        words=of_dict(stored["words"]),
        figures=stored["figures"],
    )


def read(text: str) -> Content:
    """Return the content of a kept factsheet."""
    return of_stored(json.loads(text))


def is_same(text: str, stored: Mapping[str, Any]) -> bool:
    """Return whether a kept factsheet is this one in its stored form."""
    return bool(json.loads(text) == stored)


def written(stored: Mapping[str, Any]) -> str:
    """Return the document of a factsheet in its stored form."""
    return json.dumps(stored, ensure_ascii=False, indent=1) + "\n"


def with_figures(text: str, figures: Figures) -> str:
    """Return the document of a kept factsheet with other figures."""
    return written({**json.loads(text), "figures": figures})

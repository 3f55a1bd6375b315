"""Minutes as they are kept: a stored document becomes a value once it is read, and is written from it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from consulta.core.counting import bundle as core
from consulta.core.texts import Text  # noqa: TC001 - `typed` reads the hints when the program runs
from consulta.core.typed import from_stored

FORMAT = "consulta-minutes/1"


@dataclass(frozen=True, slots=True)
class Session:
    """The session of which the minutes are."""

    title: Text
    starts_at: str
    zone: str
    place: Text


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement, with the day by which it is due."""

    number: int
    text: Text
    responsible: str
    due: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """What minutes say, kept or as they would be."""

    session: Session
    agreements: tuple[Agreed, ...]


def read(text: str) -> Content:
    """Return the content of kept minutes."""
    return from_stored(Content, text)


def written(content: Content) -> str:
    """Return the document of minutes."""
    session = content.session
    stored = {
        "format": FORMAT,
        "session": {
            "title": core.kept(session.title),
            "starts_at": session.starts_at,
            "zone": session.zone,
            "place": core.kept(session.place),
        },
        "agreements": [
            {
                "number": each.number,
                "text": core.kept(each.text),
                "responsible": each.responsible,
                "due": each.due,
            }
            for each in content.agreements
        ],
    }
    return json.dumps(stored, ensure_ascii=False, indent=1) + "\n"

"""A nomination: what must be said of somebody proposed for the panel, and what is wrong with what was said.

It decides about one nominee at a time, by form or by file alike. It does not know where it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.data import catalogue
from consulta.data.folding import fold
from consulta.services.texts import address, line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class NomineeCommand:
    """A nominee as proposed; no topics means any topic, no gender means that the person did not say."""

    name: str
    organisation: str
    role: str
    country: str
    sector: str
    gender: str | None = None
    language: str = "es"
    email: str = ""
    topics: tuple[str, ...] = ()
    recent: int = 0
    support: int | None = None


def person(name: str, organisation: str) -> tuple[str, str]:
    """By what somebody is known to be a nominee already: name and organisation, however they are spelt."""
    return fold(name), fold(organisation)


def faults(
    command: NomineeCommand, topics: Collection[str], taken: Collection[tuple[str, str]]
) -> Iterator[tuple[str, Problem]]:
    """What is wrong with a nominee: the field and the problem, one by one.

    `topics` are the keys of the round's themes, `taken` those who are nominees already (`person`).
    Problems: `nominee.name`, `.organisation`, `.role`, `.country`, `.sector`, `.gender`, `.language`,
    `.email`, `.topic`, `.recent`, `.support`, `.twin`.
    """
    for name in ("name", "organisation"):
        if not 0 < len(line(getattr(command, name))) <= NAME_MAX:
            yield name, Problem(f"nominee.{name}", most=NAME_MAX)
    known: dict[str, Collection[str | None]] = {
        "role": catalogue.roles_by_key(),
        "country": catalogue.countries_by_code(),
        "sector": catalogue.sectors_by_key(),
        "gender": [None, *catalogue.genders_by_key()],
        "language": {"es", "en"},
    }
    for name, values in known.items():
        if getattr(command, name) not in values:
            yield name, Problem(f"nominee.{name}", text=getattr(command, name))
    if command.email and address(command.email) is None:
        yield "email", Problem("nominee.email", text=command.email)
    wrong = [topic for topic in command.topics if topic not in topics or command.topics.count(topic) > 1]
    yield from (("topics", Problem("nominee.topic", text=topic)) for topic in dict.fromkeys(wrong))
    yield from _figures(command)
    if person(command.name, command.organisation) in taken:
        yield (
            "name",
            Problem("nominee.twin", name=line(command.name), organisation=line(command.organisation)),
        )


def _figures(command: NomineeCommand) -> Iterator[tuple[str, Problem]]:
    for name, figure in (("recent", command.recent), ("support", command.support)):
        least, most = RANGES[name]
        if figure is not None and not least <= figure <= most:
            yield name, Problem(f"nominee.{name}", least=least, most=most)

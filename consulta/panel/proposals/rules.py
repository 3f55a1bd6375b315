"""A nomination: the data needed of a person or institution proposed for the panel, and their faults.

This module checks one nominee at a time, from a form or a file alike, and does not know its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.platform.data import catalogue, tongues
from consulta.platform.data.folding import fold
from consulta.platform.texts import address, line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from consulta.panel.proposals.values import ContactCommand, NomineeCommand

NAME_MAX = 200
ABOUT_MAX = 120  # characters: 120 people still fit on the ballot's page of people
ADDRESS_FORM_MAX = 120
SPEAKS_FOR_MOST = 20
KINDS = ("person", "institution")


def person(name: str, organisation: str) -> tuple[str, str]:
    """Return the key that identifies a nominee: folded name and organisation."""
    return fold(name), fold(organisation)


def faults(
    command: NomineeCommand, topics: Collection[str], taken: Collection[tuple[str, str]]
) -> Iterator[tuple[str, Problem]]:
    """Yield the faults of a nominee as pairs of field and Problem.

    `topics` are the keys of the round's themes, `taken` those who are nominees already (`person`).
    Problems: `nominee.name`, `.organisation`, `.role`, `.country`, `.sector`, `.gender`, `.language`,
    `.email`, `.topic`, `.recent`, `.support`, `.twin`, `.kind`, `.languages`, `.speaks_for`,
    `.delegate`, `.address_form`, `.about`.
    """
    for name in ("name", "organisation"):
        if not 0 < len(line(getattr(command, name))) <= NAME_MAX:
            yield name, Problem(f"nominee.{name}", most=NAME_MAX)
    known: dict[str, Collection[str | None]] = {
        "role": catalogue.roles_by_key(),
        "country": catalogue.countries_by_code(),
        "sector": catalogue.sectors_by_key(),
        "gender": [None, *catalogue.genders_by_key()],
        "kind": KINDS,
    }
    for name, values in known.items():
        if getattr(command, name) not in values:
            yield name, Problem(f"nominee.{name}", text=getattr(command, name))
    if len(line(command.about)) > ABOUT_MAX:
        yield "about", Problem("nominee.about", most=ABOUT_MAX)
    yield from contact_faults(command)
    wrong = [topic for topic in command.topics if topic not in topics or command.topics.count(topic) > 1]
    yield from (("topics", Problem("nominee.topic", text=topic)) for topic in dict.fromkeys(wrong))
    yield from _figures(command)
    if person(command.name, command.organisation) in taken:
        yield (
            "name",
            Problem("nominee.twin", name=line(command.name), organisation=line(command.organisation)),
        )


def contact_faults(command: ContactCommand) -> Iterator[tuple[str, Problem]]:
    """Yield the faults of a nominee's contact data as pairs of field and Problem.

    These are address, languages, delegate, form of address and for whom the nominee speaks.
    """
    if command.email and address(command.email) is None:
        yield "email", Problem("nominee.email", text=command.email)
    if command.language and command.language not in tongues.codes():
        yield "language", Problem("nominee.language", text=command.language)
    if len(line(command.delegate)) > NAME_MAX:
        yield "delegate", Problem("nominee.delegate", most=NAME_MAX)
    for language in dict.fromkeys(command.languages):
        if language not in catalogue.languages_by_key() or command.languages.count(language) > 1:
            yield "languages", Problem("nominee.languages", text=language)
    if len(line(command.address_form)) > ADDRESS_FORM_MAX:
        yield "address_form", Problem("nominee.address_form", most=ADDRESS_FORM_MAX)
    names = [line(name) for name in command.speaks_for]
    if len(names) > SPEAKS_FOR_MOST or any(not 0 < len(name) <= NAME_MAX for name in names):
        yield "speaks_for", Problem("nominee.speaks_for", most=SPEAKS_FOR_MOST, long=NAME_MAX)


def _figures(command: NomineeCommand) -> Iterator[tuple[str, Problem]]:
    for name, figure in (("recent", command.recent), ("support", command.support)):
        least, most = RANGES[name]
        if figure is not None and not least <= figure <= most:
            yield name, Problem(f"nominee.{name}", least=least, most=most)

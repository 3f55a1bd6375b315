"""What a proposal of a theme needs: its words, its objectives, and whom it concerns; and its faults.

It looks at one proposal alone; how many an organisation may make is in `service`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.texts import line, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE_MAX = 120
WHY_MAX = 500
MOST_OBJECTIVES = 5


@dataclass(frozen=True, slots=True)
class ThemeProposalCommand:
    """A theme as a member proposes it, in one language."""

    language: str
    title: str
    why: str
    objectives: tuple[int, ...]
    countries: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()


def cleaned(command: ThemeProposalCommand) -> ThemeProposalCommand:
    """Return the proposal as it is kept: texts without invisible signs, choices in order, each once."""
    return replace(
        command,
        title=line(command.title),
        why=paragraphs(command.why),
        objectives=tuple(sorted(set(command.objectives))),
        countries=tuple(sorted(set(command.countries))),
        populations=tuple(key for key in catalogue.terms("populations") if key in command.populations),
    )


def faults(command: ThemeProposalCommand) -> Iterator[Problem]:
    """Yield what a cleaned proposal lacks or has too much of."""
    if not 1 <= len(command.title) <= TITLE_MAX:
        yield Problem("theme_proposal.title", most=TITLE_MAX, count=len(command.title))
    if not 1 <= len(command.why) <= WHY_MAX:
        yield Problem("theme_proposal.why", most=WHY_MAX, count=len(command.why))
    known = set(catalogue.objectives_by_number())
    if not (1 <= len(command.objectives) <= MOST_OBJECTIVES and set(command.objectives) <= known):
        yield Problem("theme.choose")
    if not set(command.countries) <= set(catalogue.countries_by_code()):
        yield Problem("theme_proposal.countries")
    if command.language not in catalogue.languages_by_key():
        yield Problem("theme_proposal.language")

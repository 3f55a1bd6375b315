"""The categories of nominees "of the five, ten or twenty governments most named": their keys and their names.

Each nominee has one with `YES` or `NO` where the panel's rules ask for them. Who is most named is decided in
`questions.results`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.data import catalogue

if TYPE_CHECKING:
    from consulta.core.texts import Text
    from consulta.core.values import PanelRules

SIZES = (5, 10, 20)
YES, NO = "yes", "no"
_PREFIX = "most_named_"
ATTRIBUTES = {f"{_PREFIX}{size}": size for size in SIZES}
"""Key of a category → how many governments are the most named for it."""


def name_of(attribute: str) -> Text | None:
    """Return the name of those who have such a category; None for any other category."""
    return catalogue.terms("most_named")[attribute] if attribute in ATTRIBUTES else None


def are_asked(rules: PanelRules) -> bool:
    """Return whether rules have a row about the governments most named."""
    rows = (*rules.quotas, *rules.shares)
    return bool(ATTRIBUTES.keys() & {*(row.attribute for row in rows), *rules.at_most, *rules.mixed})

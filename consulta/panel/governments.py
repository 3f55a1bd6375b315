"""The governments that organisations named for the topics of a round, beside its candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.data.folding import fold
from consulta.infra.access import require
from consulta.infra.settings import SMALL_CELL
from consulta.panel import service as panels
from consulta.panel.values import WantedGovernment
from consulta.questions import results as answers
from consulta.results.service import closed_round

if TYPE_CHECKING:
    from consulta.core.values import Nominee
    from consulta.infra.work import Work
    from consulta.questions.values import NamedGovernment

SHOWN = 10  # of either kind
ROLES = {"n": "gov_national", "l": "gov_local"}


def wanted(work: Work, key: str, small_cell: int = SMALL_CELL) -> tuple[WantedGovernment, ...]:
    """Return the most named governments of either kind, each with the candidates that are of it.

    Empty where the round did not ask. Problems: those of `results.service.closed_round`.
    """
    require(work, "panel.read")
    found = closed_round(work, key)
    base = panels.ground(work, found)
    named = answers.named_for(work, found, base.topics, small_cell)
    shown = []
    for kind in ROLES:
        first = [each for each in named if each.kind == kind][:SHOWN]
        shown += [WantedGovernment(each, _candidates(each, base.nominees)) for each in first]
    return tuple(shown)


def _candidates(named: NamedGovernment, nominees: tuple[Nominee, ...]) -> tuple[str, ...]:
    """Return the names of the candidates of a government: by country, a local one also by its name."""
    some = [each for each in nominees if each.role == ROLES[named.kind]]
    if named.code:
        some = [each for each in some if each.country == named.code]
    if named.kind == "l":
        place = f" {fold(named.name)} "
        some = [each for each in some if place in f" {fold(each.organisation)} {fold(each.name)} "]
    return tuple(each.name for each in some)

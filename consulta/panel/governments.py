"""The governments that organisations named for the topics of a round, beside its candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.panel import dialogues
from consulta.panel import service as panels
from consulta.panel.values import RankedGovernment, WantedGovernment
from consulta.platform.access import require
from consulta.platform.data.folding import fold
from consulta.platform.settings import SMALL_CELL
from consulta.results import tallying
from consulta.results.service import closed_round
from consulta.rounds import service as rounds
from consulta.vote import answers
from consulta.vote.answers import roots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.values import Nominee
    from consulta.platform.work import Work
    from consulta.vote.questions import NamedGovernment

SHOWN = 10  # of either kind
ROLES = {"n": "gov_national", "l": "gov_local"}


def why_not_invited(work: Work, key: str) -> Problem | None:
    """Return why no institution is invited for the panel of a round; None where one can be.

    It is `invite.unpublished`, or `invite.over` (the session has begun or is cancelled).
    """
    require(work, "panel.read")
    found = rounds.known(work, key)
    if found.state != State.PUBLISHED.value:
        return Problem("invite.unpublished")
    return Problem("invite.over") if dialogues.has_begun(work, found) else None


def wanted(work: Work, key: str, small_cell: int = SMALL_CELL) -> tuple[WantedGovernment, ...]:
    """Return the most named governments of either kind, each with the candidates that are of it.

    Empty where the round did not ask. Problems: those of `results.service.closed_round`.
    """
    require(work, "panel.read")
    found = closed_round(work, key)
    base = panels.ground(work, found)
    named = answers.named_for(work, found, base.topics, small_cell)
    places = roots(work)
    said = {
        each.key: str(places[int(each.government)].number) if each.government.isdecimal() else each.government
        for each in found.nominees
    }
    shown = []
    for kind in ROLES:
        first = [each for each in named if each.kind == kind][:SHOWN]
        shown += [WantedGovernment(each, _candidates(each, base.nominees, said)) for each in first]
    return tuple(shown)


def most_named(work: Work, key: str, small_cell: int = SMALL_CELL) -> tuple[RankedGovernment, ...]:
    """Return the governments most named by rank, with the candidates that were said to be of each.

    Empty where the round did not ask, or too few organisations named each. Problems: those of
    `results.service.closed_round`.
    """
    require(work, "panel.read")
    found = closed_round(work, key)
    ranked = answers.most_named(work, found, tallying.topics_of(work, found), small_cell)
    return tuple(
        RankedGovernment(
            each["rank"],
            each["code"] or "",
            each["name"],
            tuple(nominee.name for nominee in found.nominees if nominee.government in each["keys"]),
        )
        for each in ranked
    )


def _candidates(
    named: NamedGovernment, nominees: tuple[Nominee, ...], said: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the names of the candidates of a government: those of whom it was said, and those it may be.

    Where it was not said, the country tells, and of a local one also its name. `said`: what was, by key.
    """
    sure = [each for each in nominees if said[each.key] and said[each.key] == named.key]
    some = [each for each in nominees if each.role == ROLES[named.kind] and not said[each.key]]
    if named.code:
        some = [each for each in some if each.country == named.code]
    if named.kind == "l":
        place = f" {fold(named.name)} "
        some = [each for each in some if place in f" {fold(each.organisation)} {fold(each.name)} "]
    return tuple(each.name for each in (*sure, *some))

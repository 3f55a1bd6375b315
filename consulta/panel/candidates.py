"""Beside the candidates of a panel: what each would change on it, and the governments that were named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.panel import effects
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.panel import dialogues, trials
from consulta.panel import service as panels
from consulta.panel.reading import among, rule_row
from consulta.panel.values import CandidateEffect, RankedGovernment, WantedGovernment
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.data.folding import fold
from consulta.platform.settings import SMALL_CELL
from consulta.results import tallying
from consulta.results.service import closed_round
from consulta.rounds import service as rounds
from consulta.vote import answers
from consulta.vote.answers import roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.core.values import Nominee, PanelRules
    from consulta.panel.values import RuleRow
    from consulta.platform.work import Work
    from consulta.vote.questions import NamedGovernment


def effects_of(
    work: Work, key: str, candidates: Iterable[str], place: str = ""
) -> dict[str, CandidateEffect]:
    """Return what each of these candidates would change who does not sit, by key.

    In the `place` of a member who may leave, else in the best one. Empty if no panel was chosen. Problems:
    those of `panel.service.panel_page`.
    """
    require(work, "panel.read")
    found = closed_round(work, key)
    document = documents.find(work.session, found.id, "panel")
    if document is None:
        return {}
    base = panels.ground(work, found)
    tried = trials.standing(found, base, document)
    loose = [member for member in sorted(tried.members) if member not in tried.held]
    told = effects.of_candidates(
        tried.rules,
        base.nominees,
        base.support,
        base.topics,
        tried.members,
        [place] if place in loose else loose,
        candidates,
    )
    names = {nominee.key: nominee.name for nominee in base.nominees}
    shown = {}
    for candidate, each in told.items():
        then = among(base.nominees, tried.members - {each.leaves} | {candidate})
        shown[candidate] = CandidateEffect(
            leaves=names[each.leaves] if each.leaves else "",
            leaves_key=each.leaves or "",
            rows=_rows(each.rows, tried.rules, then),
            broken=_rows(each.broken, tried.rules, then),
            support=each.support,
            size=len(then),
        )
    return shown


def _rows(told: Iterable[effects.RowEffect], rules: PanelRules, then: list[Nominee]) -> tuple[RuleRow, ...]:
    """Return these rows as pages show rules, with their counts before and after."""
    return tuple(
        replace(rule_row(each.row, rules, then, have=each.after, ok=each.ok), was=each.before)
        for each in told
        if each.row.kind != "locked"
    )


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

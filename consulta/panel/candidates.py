"""What candidates would change on the panel that is there or being tried, for the rows of a page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.panel import effects
from consulta.panel import service as panels
from consulta.panel import trials
from consulta.panel.reading import among, rule_row
from consulta.panel.values import CandidateEffect
from consulta.platform import documents
from consulta.platform.access import require
from consulta.results.service import closed_round

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.core.values import Nominee, PanelRules
    from consulta.panel.values import RuleRow
    from consulta.platform.work import Work


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

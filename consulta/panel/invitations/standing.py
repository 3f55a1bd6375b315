"""The panel as it stands against its rules: who has accepted, and who may still.

Each rule is looked at twice: with those alone who hold their seat, and with those too who have not said no.
What a rule means for a set of people is decided in `core.panel_rows`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.panel.rows import Row, rows_of
from consulta.panel.invitations.values import Standing
from consulta.panel.reading import rule_row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from consulta.core.values import Nominee, PanelRules
    from consulta.panel.values import RuleRow


def standing(
    rules: PanelRules, people: Sequence[Nominee], coming: Collection[str], open_to: Collection[str]
) -> tuple[Standing, ...]:
    """Return each rule with how many of `coming` keep it, and how many more of `open_to` would."""
    places = {nominee.key: place for place, nominee in enumerate(people)}
    sure = frozenset(places[key] for key in coming if key in places)
    possible = sure | {places[key] for key in open_to if key in places}
    seated = [people[place] for place in sorted(possible)]
    return tuple(
        Standing(
            _rule(row, rules, seated, sure),
            max(row.counts(possible) - row.counts(sure), 0),
            is_open=bool(row.missing(sure)) and not row.missing(possible),
        )
        for row in rows_of(rules, people)
        if row.kind != "locked"
    )


def changes(
    rules: PanelRules, people: Sequence[Nominee], before: Collection[str], after: Collection[str]
) -> tuple[RuleRow, ...]:
    """Return the rules whose count of people, or fulfilment, differs between two panels.

    `before` and `after` are the keys of the people on them.
    """
    places = {nominee.key: place for place, nominee in enumerate(people)}
    was = frozenset(places[key] for key in before if key in places)
    now = frozenset(places[key] for key in after if key in places)
    seated = [people[place] for place in sorted(now)]
    return tuple(
        replace(_rule(row, rules, seated, now), was=row.counts(was))
        for row in rows_of(rules, people)
        if row.kind not in {"size", "locked"}
        and (row.counts(was) != row.counts(now) or bool(row.missing(was)) != bool(row.missing(now)))
    )


def _rule(row: Row, rules: PanelRules, seated: Sequence[Nominee], sure: frozenset[int]) -> RuleRow:
    return rule_row(row, rules, seated, have=row.counts(sure), ok=row.missing(sure) == 0)

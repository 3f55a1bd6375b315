"""Rules to start a panel from: those of the program, and those saved by the secretariat.

The demands of the rules are saved. Who is held or kept out belongs to one round, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.core.panel.rows import rows_of
from consulta.core.panel.rules import check_panel_rules, panel_rules_to_dict, parse_panel_rules
from consulta.core.problems import Problem, or_problem
from consulta.panel.reading import rule_row
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.models import PanelPreset, Staff
from consulta.platform.texts import line

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.core.values import PanelRules
    from consulta.panel.values import RuleRow
    from consulta.platform.work import Work

TITLE_MAX = 120
MOST = 100


@dataclass(frozen=True, slots=True)
class PresetView:
    """Rules to start a panel from: their source, or who saved them and when."""

    key: str  # "parity_40"; "own-3" for those of the organiser
    title: Text
    rules: PanelRules
    description: Text | None = None
    source: Text | None = None
    number: int | None = None  # of those of the organiser
    by: str | None = None
    at: datetime | None = None

    @property
    def rows(self) -> tuple[RuleRow, ...]:
        """Return what the rules ask for, row by row, without any people."""
        return tuple(rule_row(row, self.rules, (), have=None, ok=True) for row in rows_of(self.rules, ()))


def _kept(session: Session) -> list[tuple[PanelPreset, str | None]]:
    """Return all saved rules by title, each with the name of the member of staff who saved it.

    That name is None for rules that a command saved.
    """
    query = select(PanelPreset, Staff.name).outerjoin(Staff, Staff.id == PanelPreset.staff_id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(PanelPreset.name_key))]


def every(work: Work) -> tuple[PresetView, ...]:
    """Return all rules to start from: those of the program, then the saved ones by title."""
    require(work, "panel.read")
    given = (
        PresetView(
            key=each.key,
            title=each.title,
            rules=parse_panel_rules(each.panel),
            description=each.description,
            source=each.source,
        )
        for each in catalogue.presets()
    )
    own = (
        PresetView(
            key=f"own-{row.id}",
            title=row.title,
            rules=parse_panel_rules(row.rules),
            number=row.id,
            by=name,
            at=row.created_at,
        )
        for row, name in _kept(work.session)
    )
    return (*given, *own)


def save(work: Work, title: Text, rules: PanelRules) -> None:
    """Keep rules under a new name.

    Problems: `preset.title`, `preset.duplicate`, `preset.many`, and those of rules that make no sense.
    """
    require(work, "presets.write")
    check_panel_rules(rules)
    if len(_kept(work.session)) >= MOST:
        raise Problem("preset.many", most=MOST)
    row = PanelPreset(
        rules=panel_rules_to_dict(replace(rules, locked=(), barred=())),
        staff_id=work.actor.id,
        created_at=work.now,
    )
    _name(work, row, title)
    work.session.add(row)
    work.session.flush()
    work.record("preset.saved", f"preset:{row.id}", {})


def rename(work: Work, number: int, title: Text) -> None:
    """Change the title of saved rules.

    Problems: `preset.unknown`, `preset.title`, `preset.duplicate`.
    """
    require(work, "presets.write")
    row = _own(work, number)
    _name(work, row, title)
    work.record("preset.renamed", f"preset:{row.id}", {})


def delete(work: Work, number: int) -> None:
    """Delete saved rules; rounds and panels keep their own copy.

    Raise Problem `preset.unknown` if there are no such rules.
    """
    require(work, "presets.write")
    row = _own(work, number)
    work.record("preset.deleted", f"preset:{row.id}", {})
    work.session.delete(row)


def _own(work: Work, number: int) -> PanelPreset:
    return or_problem(work.session.get(PanelPreset, number), "preset.unknown")


def _name(work: Work, row: PanelPreset, title: Text) -> None:
    named = title.map(line)
    first = named.into(work.languages[0])
    if not first or any(len(name) > TITLE_MAX for name in named.values()):
        raise Problem("preset.title", most=TITLE_MAX)
    taken = {
        fold(name): each.title
        for each in every(work)
        if each.number is None or each.number != row.id
        for name in each.title.values()
    }
    for name in named.values():
        if fold(name) in taken:
            raise Problem("preset.duplicate", name=taken[fold(name)])
    row.title, row.name_key = named, first

"""The panel's rules as they stand with who accepted: finished values into geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.panel.pages.pictures import _rule
from consulta.web import charts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.invitations.values import Standing


def of_standing(rows: Iterable[Standing]) -> tuple[charts.QuotaRow, ...]:
    """Return the rules of a panel as chart rows that count those who accepted.

    Those who still may accept are in the note beside.
    """
    return charts.quotas(
        charts.Quota(
            _rule(row.rule),
            row.rule.have or 0,
            row.rule.low,
            row.rule.high,
            _standing_note(row),
        )
        for row in rows
    )


def _standing_note(row: Standing) -> str:
    notes = [] if row.rule.hard else [_("a wish")]
    if row.waiting:
        notes.append(ngettext("%(num)s may still", "%(num)s may still", row.waiting))
    return ", ".join(notes)

"""Who was heard, as bars and as a table: the same figures, one against one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask_babel import gettext as _

from consulta.infra.labels import name_of
from consulta.panel.memory import WHOLE
from consulta.web import charts
from consulta.web.language import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.panel.values import Heard


class HeardPart(NamedTuple):
    """One dimension: the people of all panels as bars, panel by panel as rows, and who was not heard."""

    dimension: str
    title: str
    heading: str
    chart: charts.BarChart
    rows: Sequence[Sequence[object]]
    absent: Sequence[str]
    whole: bool  # everybody heard is in it, also who is not named in public


def parts(view: Heard) -> list[HeardPart]:
    """Return each dimension that `view` has, in its order, as bars and a table."""
    titles = {
        "subregion": (_("By subregion"), _("Subregion")),
        "country": (_("By country"), _("Country")),
        "sector": (_("By sector"), _("Sector")),
        "gender": (_("By gender"), _("Gender")),
    }
    return [_part(view, dimension, *titles[dimension]) for dimension in view.categories]


def _part(view: Heard, dimension: str, title: str, heading: str) -> HeardPart:
    sums = view.sums(dimension)
    whole = dimension == WHOLE or not view.untold
    names = {key: local(name_of(dimension, key)) for key in sums}
    present = [key for key in sums if sums[key]]
    return HeardPart(
        dimension,
        title,
        heading,
        charts.bars((names[key], float(sums[key]), str(sums[key])) for key in present),
        [
            [names[key], *(panel.counts[dimension].get(key, 0) for panel in view.panels), sums[key]]
            for key in present
        ],
        [names[key] for key in sums if not sums[key]] if whole else [],
        whole,
    )

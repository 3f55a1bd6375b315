"""Published results and panels: what came out, and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flask import render_template, url_for
from flask_babel import gettext as _

from consulta.panel import public as public_panel
from consulta.panel.balance import balances
from consulta.panel.invitations import replacements
from consulta.platform.data import catalogue
from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import charts, drawing, taking
from consulta.platform.web.language import local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read, reading
from consulta.platform.web.taking import Chart

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from flask import Response

    from consulta.panel.invitations.values import ReplacementView
    from consulta.panel.values import PanelPublication, PublicChoice, PublishedPanel


class Event(NamedTuple):
    """Something that happened to a panel: a `choice` by hand, a `replacement` or a `publication`."""

    at: datetime
    kind: str
    told: PublicChoice | ReplacementView | PanelPublication


@blueprint.get("/rounds/<key>/panel", may="published.read")
def panel(key: str) -> str:
    """Show the published panel of a round, why each person is on it, and what was decided."""
    with reading() as work:
        published = public_panel.published_panel(work, key, house().settings.small_cell)
        replaced = replacements.public_replacements(work, key)
    return render_template(
        "panel/public.html",
        view=published,
        balances=balances(published.seats, published.rows),
        events=_events(published, replaced),
        roles=catalogue.roles(),
        takes=taking.addresses([_chart(published)], "public.panel_chart", key=key),
        example=published.card.example,
    )


@blueprint.get("/rounds/<key>/panel/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def panel_chart(key: str, chart: str, ending: str) -> Response:
    """Return the balance of a published panel to take away; 404 for a chart that it does not have."""
    published = read(public_panel.published_panel, key, house().settings.small_cell)
    card = published.card
    below = source(url_for("public.panel", key=key), str(local(card.title)), example=card.example)
    return taking.answer([_chart(published)], chart, ending, f"{key}-panel-{chart}", below)


def _chart(published: PublishedPanel) -> Chart:
    """Return the balance of a panel: how many of its people have each category, as far as it is public."""
    names = {"role": _("By role"), "subregion": _("By subregion")}
    groups = tuple(
        (
            f"{names.get(each.dimension, _('By sector'))}: "
            + (str(local(group.value)) if group.value else _("Sector not public")),
            len(group.places),
            sum(place.confirmed for place in group.places),
        )
        for each in balances(published.seats, published.rows)
        for group in each.groups
    )
    bars = charts.bars(((name, people, str(people)) for name, people, _sure in groups), keep_order=True)
    return Chart(
        "balance",
        _("Who is on it"),
        _("How many people of the panel belong to each group."),
        (_("Group"), _("People"), _("Confirmed")),
        groups,
        partial(drawing.bars, chart=bars),
    )


def _events(published: PublishedPanel, replaced: Iterable[ReplacementView]) -> list[Event]:
    """Return what happened to a panel, the oldest first."""
    events = [
        *(Event(one.at, "choice", one) for one in published.choices),
        *(Event(one.at, "replacement", one) for one in replaced),
        *(Event(one.at, "publication", one) for one in published.publications),
    ]
    return sorted(events, key=lambda event: event.at)

"""Pages for any reader: the panel of a round, its former versions, and who was heard so far."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.panel import memory, public_panel, replacements
from consulta.panel.pages.heard import map_of, parts
from consulta.panel.public import headings
from consulta.panel.public_parts import balances
from consulta.platform.data import catalogue, most_named
from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import charts, drawing, taking
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read, reading
from consulta.platform.web.taking import Chart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from consulta.panel.values import Heard, PublishedPanel


@blueprint.get("/rounds/<key>/panel", may="published.read")
def panel(key: str) -> str:
    """Show the published panel of a round, why each person is on it, and what was decided."""
    with reading() as work:
        published = public_panel.published_panel(work, key, house().settings.small_cell)
        replaced = replacements.public_replacements(work, key)
    events = [
        *((one.at, "choice", one) for one in published.choices),
        *((one.at, "replacement", one) for one in replaced),
        *((one.at, "publication", one) for one in published.publications),
    ]
    return render_template(
        "panel/public.html",
        view=published,
        balances=balances(published.seats, published.rows),
        headings=headings,
        most_named=most_named.ATTRIBUTES,
        events=sorted(events, key=lambda event: event[0]),
        roles=catalogue.roles(),
        takes=taking.addresses([_balance(published)], "public.panel_chart", key=key),
        example=published.card.example,
    )


@blueprint.get("/rounds/<key>/panel/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def panel_chart(key: str, chart: str, ending: str) -> Response:
    """Return the balance of a published panel to take away; 404 for a chart that it does not have."""
    published = read(public_panel.published_panel, key, house().settings.small_cell)
    card = published.card
    below = source(url_for("public.panel", key=key), str(local(card.title)), example=card.example)
    return taking.answer([_balance(published)], chart, ending, f"{key}-panel-{chart}", below)


def _balance(published: PublishedPanel) -> Chart:
    """Return the balance of a panel: how many of its people have each category, as far as it is public."""
    names = {"role": _("By role"), "subregion": _("By subregion")}
    groups = tuple(
        (
            f"{names[each.dimension]}: {local(group.value)}",
            len(group.places),
            group.spoke if published.is_recorded else sum(place.confirmed for place in group.places),
        )
        for each in balances(published.seats, published.rows)
        for group in each.groups
    )
    bars = charts.bars(((name, people, str(people)) for name, people, _sure in groups), keep_order=True)
    return Chart(
        "balance",
        _("Members of the panel"),
        _("The number of people on the panel in each group."),
        (_("Group"), _("People"), _("Spoke") if published.is_recorded else _("Confirmed")),
        groups,
        partial(drawing.bars, chart=bars),
    )


@blueprint.get("/rounds/<key>/panel/versions/<int:version>", may="published.read")
def former_panel(key: str, version: int) -> str:
    """Show a former version of a panel: its places, its rules, when and why it was replaced."""
    view = read(public_panel.former_panel, key, version)
    return render_template("panel/former.html", view=view, roles=catalogue.roles(), example=view.card.example)


MAP = "heard-map"


@blueprint.get("/heard", may="published.read")
def heard() -> str:
    """Show who sat on the panels that are public."""
    view = read(memory.publicly_heard)
    return render_template(
        "panel/heard_public.html",
        view=view,
        parts=parts(view),
        heard_map=map_of(view) if view.panels else None,
        takes=taking.addresses(_charts(view), "public.heard_chart"),
        example=view.example,
    )


@blueprint.get("/heard/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def heard_chart(chart: str, ending: str) -> Response:
    """Return a chart of the page to take away, as a picture or as its figures; 404 where there is none."""
    view = read(memory.publicly_heard)
    below = source(url_for("public.heard"), example=view.example)
    return taking.answer(_charts(view), chart, ending, chart, below)


def _charts(view: Heard) -> Iterator[Chart]:
    """Yield the charts of the page; none where no person was heard on a public panel."""
    if not view.panels:
        return
    shown = map_of(view)
    people = _("People")
    yield Chart(
        MAP,
        shown.message,
        _(
            "Each State is a tile near its neighbours; all are the same size. The number shows how "
            "many people from there took part in the panels."
        ),
        (_("Country"), _("Code"), people),
        tuple((place.label, *place.cells) for place in shown.tiles.rows),
        partial(drawing.tiles, grid=shown.tiles, classes=shown.classes),
    )
    for part in parts(view):
        yield Chart(
            f"heard-{part.dimension}",
            f"{_('People heard on all panels')}: {part.title}",
            _("The number of people who took part in the panels."),
            (part.heading, people),
            tuple((row.label, row.marks[0].text) for row in part.chart.rows),
            partial(drawing.bars, chart=part.chart),
        )

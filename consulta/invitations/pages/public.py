"""Published results and panels: what came out, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import render_template, request

from consulta.data import catalogue
from consulta.invitations import replacements
from consulta.panel import public as public_panel
from consulta.panel.balance import balances
from consulta.web.public import blueprint
from consulta.web.request import reading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from consulta.invitations.values import ReplacementView
    from consulta.panel.values import PanelPublication, PublicChoice, PublishedPanel


class Event(NamedTuple):
    """Something that happened to a panel: a `choice` by hand, a `replacement` or a `publication`."""

    at: datetime
    kind: str
    told: PublicChoice | ReplacementView | PanelPublication


@blueprint.get("/rounds/<key>/panel")
def panel(key: str) -> str:
    """Show the published panel of a round, why each person is on it, and what was decided."""
    with reading() as work:
        published = public_panel.published_panel(work, key)
        replaced = replacements.public_replacements(work, key)
    return render_template(
        "panel/public.html",
        view=published,
        balances=balances(published.seats, published.rows),
        events=_events(published, replaced),
        roles=catalogue.roles(),
        address=request.base_url,
        example=published.card.example,
    )


def _events(published: PublishedPanel, replaced: Iterable[ReplacementView]) -> list[Event]:
    """Return what happened to a panel, the oldest first."""
    events = [
        *(Event(one.at, "choice", one) for one in published.choices),
        *(Event(one.at, "replacement", one) for one in replaced),
        *(Event(one.at, "publication", one) for one in published.publications),
    ]
    return sorted(events, key=lambda event: event.at)

"""Pages for any reader: home, a round, and the method of count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.core.counting.firmness import REPLICATES
from consulta.data import catalogue
from consulta.infra.alphabet import spanish
from consulta.results import firmness
from consulta.rounds import public
from consulta.sessions import service as factsheets
from consulta.web.language import by_hour, current
from consulta.web.public import blueprint
from consulta.web.request import house, reading

if TYPE_CHECKING:
    from datetime import datetime


@blueprint.get("/")
def home() -> str:
    """Show the rounds: open now, being counted, and published; and the published factsheets."""
    with reading() as work:
        view = public.home(work)
        series = factsheets.series(work)
    return render_template("rounds/home.html", view=view, series=series)


@blueprint.get("/rounds/<key>")
def round_page(key: str) -> str:
    """Show what a round asks, which organisations vote, until when, its rules, and who sees what."""
    with reading() as work:
        view = public.round_page(work, key)
        factsheet = factsheets.of_round(work, key)
    return render_template(
        "rounds/public.html",
        view=view,
        factsheet=factsheet,
        example=view.card.example,
        objectives=catalogue.objectives_by_number(),
        hours=hours_of(view.card.closes_at),
        address=house().settings.base_url + url_for("public.round_page", key=key),
    )


def hours_of(moment: datetime) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each hour that the clocks of the region show at a moment, with the States where it holds.

    States are in Spanish alphabetical order.
    """
    named = ((country.zone, country.name[current()]) for country in catalogue.countries())
    return by_hour(moment, sorted(named, key=lambda pair: spanish(pair[1])))


@blueprint.get("/method")
def method() -> str:
    """Show how ballots are weighted and counted, in plain words."""
    return render_template(
        "rounds/method.html",
        margin_percent=firmness.MARGIN_PERCENT,
        margin_least=firmness.MARGIN_LEAST,
        close=firmness.CLOSE,
        repetitions=REPLICATES,
        repetitions_percent=firmness.REPETITIONS_PERCENT,
    )

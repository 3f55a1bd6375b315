"""Pages for any reader: home, a round, and the method of count."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, render_template, url_for

from consulta.core.counting.repetitions import MOST_BALLOTS, REPLICATES
from consulta.panel import dialogues
from consulta.platform.data import catalogue, dimensions
from consulta.platform.organiser.pages.everywhere import site_name
from consulta.platform.web import dimension_words, drawing, lists
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import alphabetical, by_hour, current
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, now, reading, uses
from consulta.results import page as firmness
from consulta.results import synthesis, tallying
from consulta.results.pages import opening, slides, words
from consulta.rounds import public_rounds
from consulta.rounds.pages.earlier import earlier
from consulta.rounds.pages.proposers import proposers
from consulta.rounds.values import HomeView
from consulta.sessions import evaluation, factsheets, minutes
from consulta.sessions.follow_up import figures
from consulta.sessions.follow_up import service as follow_up
from consulta.themes import proposals as proposed_themes

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.results.values import ResultView
    from consulta.rounds.values import PublicRound


PUBLIC = ("open", "closed", "published")


@blueprint.get("/", may="published.read")
def home() -> str:
    """Show who consults, the last answer, the open rounds, the way of a round, the factsheets."""
    with reading() as work:
        view = public_rounds.home(work)
        series = factsheets.series(work)
        asked = [public_rounds.round_page(work, card.key) for card in view.open]
        last = firmness.published_page(work, view.published[0].key) if view.published else None
        session = dialogues.of_round(work, last.card.key) if last else None
        chosen = tallying.titles_of_published(work)
        has_nominees = last is not None and public_rounds.round_page(work, last.card.key).nominees > 0
        followed = follow_up.published(work) if series and uses("follow_up") else ()
    return render_template(
        "site/home.html",
        view=view,
        series=series,
        asked=[(page, max(page.card.closes_at - now(), timedelta())) for page in asked],
        last=last,
        lead_of=lead_of,
        plot_title=opening.ranked(last, all_shown=False) if last else "",
        news=figures.news(followed) if followed else None,
        chosen=chosen,
        takes={"ranked": _ranked(last.card.key)} if last else {},
        dots=slides.first_dots(last) if last else None,
        steps=steps_now(
            view,
            proposing=any(page.nominations_until for page in asked),
            has_nominees=has_nominees,
            session_over=session is not None and session.ends_at <= now(),
        ),
        size=max(
            (*view.open, *view.closed, *view.published), key=lambda card: str(card.opened_at), default=None
        ),
        example=any(card.example for card in (*view.open, *view.closed, *view.published)),
    )


def lead_of(view: ResultView) -> int | None:
    """Return by how many points of 100, as shown, the only topic is ahead of the next theme.

    None where several were chosen, where another theme has more points, or where scores are not told.
    """
    if len(view.topics) != 1 or len(view.themes) == 1:
        return None
    first, second, *_rest = view.themes
    if first.key != view.topics[0].key or first.score is None or second.score is None:
        return None
    return words.hundred(first.score) - words.hundred(second.score)


def _ranked(key: str) -> tuple[str, str]:
    """Return where the themes of a result are as SVG and as CSV."""
    svg, csv = (
        url_for("public.result_chart", key=key, chart="ranked", ending=ending) for ending in ("svg", "csv")
    )
    return svg, csv


@blueprint.get("/card.<any(svg, png):ending>", may="published.read")
def card(ending: str) -> Response:
    """Return the picture of pages that have none of their own, for messengers: who consults, and what for.

    A PNG that is not drawn yet is a picture of the program (`slides.card_file`).
    """
    return slides.card_file(
        drawing.card(
            drawing.Card(
                owner=site_name(),
                sentence=_(
                    "The region's organisations choose what is discussed with governments, and who speaks."
                ),
                address=house().settings.base_url.partition("://")[2],
            )
        ),
        ending,
    )


def steps_now(view: HomeView, *, proposing: bool, has_nominees: bool, session_over: bool) -> frozenset[str]:
    """Return which steps of a round are under way: of open and closed rounds, and of the last result.

    After a result is published its panel is chosen, if it has nominees; with a panel the session is
    prepared, until it is over.
    """
    steps = {"propose"} if proposing else set()
    steps |= {"vote"} if view.open else set()
    steps |= {"result"} if view.closed else set()
    if view.published:
        after = {"session"} if view.published[0].has_panel else {"panel"} if has_nominees else set()
        steps |= {"follow"} if session_over else after
    return frozenset(steps)


def steps_done(view: PublicRound, *, session_over: bool) -> frozenset[str]:
    """Return which steps of one round are over; one that the round does not have is not among them."""
    card = view.card
    over = {
        "propose": view.nominees > 0 and view.nominations_until is None,
        "vote": card.state != "open",
        "result": card.state == "published",
        "panel": card.has_panel,
        "session": session_over,
    }
    return frozenset(step for step, is_over in over.items() if is_over)


@blueprint.get("/rounds/<key>", may="published.read")
def round_page(key: str) -> str:
    """Show where a round stands, what it asks, which organisations vote, its rules, and who sees what."""
    with reading() as work:
        view = public_rounds.round_page(work, key)
        factsheet = factsheets.of_round(work, key)
        became = follow_up.is_public(work, key)
        before = earlier(work, view.themes, example=view.card.example, before=view.card.opened_at)
        said = synthesis.is_public(work, key)
        agreed, evaluated = minutes.is_public(work, key), evaluation.is_public(work, key)
        published = view.card.state == "published"
        topics = firmness.published_page(work, key).topics if published else ()
        session = dialogues.of_round(work, key) if published else None
        themes_proposed = proposed_themes.is_public(work, key)
    proposing = view.nominations_until is not None
    over = session is not None and session.ends_at <= now()
    under_way = steps_now(
        HomeView(**{state: (view.card,) if view.card.state == state else () for state in PUBLIC}),
        proposing=proposing,
        has_nominees=view.nominees > 0,
        session_over=over,
    )
    return render_template(
        "rounds/public.html",
        proposers=proposers(view.themes),
        view=view,
        themes_proposed=themes_proposed,
        factsheet=factsheet,
        said=said,
        became=became,
        earlier=before,
        minutes=agreed,
        evaluated=evaluated,
        topics=topics,
        left=max(view.card.closes_at - now(), timedelta()),
        steps=under_way,
        done=steps_done(view, session_over=over) - under_way,
        example=view.card.example,
        objectives=catalogue.objectives_by_number(),
        hours=hours_of(view.card.closes_at),
        address=house().settings.origin + url_for("public.round_page", key=key),
    )


def hours_of(moment: datetime) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each hour that the clocks of the region show at a moment, with the States where it holds.

    States are in alphabetical order.
    """
    named = ((country.zone, country.name[current()]) for country in catalogue.countries())
    return by_hour(moment, sorted(named, key=lambda pair: alphabetical(pair[1])))


@blueprint.get("/method", may="published.read")
def method() -> str:
    """Show how ballots are weighted and counted, in plain words."""
    own = [each.key for each in dimensions.own()]
    return render_template(
        "rounds/method.html",
        further=lists.together(dimension_words.categories(each) for each in own) if own else "",
        close_below=firmness.CLOSE_BELOW,
        firm_from=firmness.FIRM_FROM,
        most_ballots=MOST_BALLOTS,
        repetitions=REPLICATES,
    )

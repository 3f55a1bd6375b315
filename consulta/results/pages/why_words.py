"""Why a topic was chosen, in one or two plain sentences for the first screen of a result.

It says only what the figures of the result tell: rounded figures compare no two themes, and what is not
told is not said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from consulta.platform.web import lists
from consulta.platform.web.language import percent
from consulta.results.pages import depends_words, words
from consulta.rounds.pages.rule_words import balance_told

if TYPE_CHECKING:
    from flask import Flask

    from consulta.results.values import ResultView, Topic


def init_app(app: Flask) -> None:
    """Give templates the filter that says why."""
    app.jinja_env.filters.update(because=because, score_told=score_told, voting_told=voting_told)


def voting_told(view: ResultView) -> str:
    """Return how the organisations voted, in a sentence."""
    rules = view.rules
    if rules.objective_share and rules.max_objectives:
        return ngettext(
            "Each chose %(num)s theme and could mark objectives.",
            "Each put up to %(num)s themes in order and could mark objectives.",
            rules.max_ranks,
        )
    return ngettext("Each chose %(num)s theme.", "Each put up to %(num)s themes in order.", rules.max_ranks)


def score_told(view: ResultView) -> list[str]:
    """Return what the score is made of, what weighting is, and how far it goes, a sentence each."""
    rules, facts, said = view.rules, view.balance, []
    if rules.method == "points" and rules.objective_share:
        said.append(
            _(
                "Score: %(comparisons)s comparisons won against other themes, %(objectives)s objectives"
                " marked.",
                comparisons=percent(1 - rules.objective_share / 1000, whole=False),
                objectives=percent(rules.objective_share / 1000, whole=False),
            )
        )
    elif rules.method == "points":
        said.append(_("Score: of every 100 comparisons with other themes, how many one wins."))
    if facts and facts.balanced:
        said.append(balance_told(rules.balance))
        if facts.times is not None and facts.times >= words.UNEQUAL:
            said.append(
                _("The heaviest counts about %(times)s times the lightest.", times=words.whole(facts.times))
            )
        said.append(_("Figures of themes are weighted."))
    return said


def because(view: ResultView) -> Markup:
    """Return why the topics were chosen; how it was decided where the figures do not tell more."""
    if view.few or any(topic.theme.place is None for topic in view.topics):
        return _decided(view)
    if len(view.topics) > 1:
        return escape(_several(view)) if _several(view) else _decided(view)
    (topic,) = view.topics
    first = _first(view, topic) if topic.theme.place == 1 else escape(_passed_over(topic))
    return Markup(" ").join(filter(None, [first or _decided(view), escape(_support(view, topic))]))


def _decided(view: ResultView) -> Markup:
    return escape(_("It was decided by %(method)s.", method=words.method_name(view.rules.method)))


def _several(view: ResultView) -> str:
    """Return how far several topics reach, or that the order begins with them; "" where neither holds."""
    if view.several is not None:
        return depends_words.heard_by_all(view)
    if {topic.theme.place for topic in view.topics} == set(range(1, len(view.topics) + 1)):
        return _("They are the first %(num)s themes in the order of all votes.", num=len(view.topics))
    if all(topic.spread_met for topic in view.topics):
        return _(
            "They are the first %(num)s themes in the order of all votes that have the support that the rules"
            " ask for.",
            num=len(view.topics),
        )
    return ""


def _first(view: ResultView, topic: Topic) -> Markup:
    """Return why a theme is the first of the order."""
    if view.rules.method == "runoff":
        last_step = Markup("{}.").format(words.steps_message(view)) if view.steps else Markup()
        return Markup(" ").join(filter(None, [_decided(view), last_step]))
    exact = topic.all_told and not (view.step and topic.level)
    if exact and topic.duels and len(topic.won) == len(topic.duels) and not _others_ahead(view, topic):
        return escape(
            ngettext(
                "It wins against the other theme.",
                "It wins against each of the other %(num)s themes.",
                len(topic.duels),
            )
        )
    if view.rules.method == "points":
        return escape(_by_points(view, topic))
    return _decided(view)


def _by_points(view: ResultView, topic: Topic) -> str:
    points, relevance = topic.theme.points, topic.theme.relevance
    if points is None:
        return ""
    if _others_ahead(view, topic) and relevance is not None:
        return _(
            "By the comparisons alone another theme would be ahead; with the objectives that organisations"
            " marked, it comes first."
        )
    others = [theme.points for theme in view.themes if theme.key != topic.key]
    most = not view.step and all(each is not None and each < points for each in others)
    figures = {"points": words.hundred(points)}
    if most and others:
        return _(
            "Of every hundred comparisons with the other themes, it wins %(points)s: more than any other"
            " theme.",
            **figures,
        )
    return _("Of every hundred comparisons with the other themes, it wins %(points)s.", **figures)


def _others_ahead(view: ResultView, topic: Topic) -> bool:
    """Return whether another theme wins more of its comparisons than the topic, as far as figures tell."""
    points = topic.theme.points
    if view.rules.method != "points" or view.step or points is None:
        return False
    return any(theme.points is not None and theme.points > points for theme in view.themes)


def _passed_over(topic: Topic) -> str:
    """Return why the themes before a topic were not chosen; "" where they do not lack support."""
    if not topic.spread_met or not topic.passed_over:
        return ""
    return ngettext(
        "The theme before it in the order lacks the support that the rules ask for.",
        "The %(num)s themes before it in the order lack the support that the rules ask for.",
        len(topic.passed_over),
    )


def _support(view: ResultView, topic: Topic) -> str:
    """Return how many groups support a topic; "" where the rules ask for no support."""
    if not topic.theme.support or topic.spread_met is None:
        return ""
    if not topic.spread_met:
        return _(
            "No theme had all the support that the rules ask for; this one came nearest and was taken for"
            " that reason."
        )
    parts = [words.supported_part(support) for support in topic.theme.support]
    if not all(parts):
        asked = [words.asked_part(dimension, share) for dimension, share in view.rules.spread.items()]
        return _(
            "It has the support that the rules ask for: that of at least %(parts)s.",
            parts=lists.listed(asked).striptags(),
        )
    return _("It has the support of %(parts)s.", parts=lists.listed(parts).striptags())

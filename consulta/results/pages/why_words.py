"""Why a topic was chosen, in one or two plain sentences for the first screen of a result.

It says only what the figures of the result tell: rounded figures compare no two themes, and what is not
told is not said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from consulta.results.pages import second_words, words

if TYPE_CHECKING:
    from flask import Flask

    from consulta.results.values import ResultView, Topic


def init_app(app: Flask) -> None:
    """Give templates the filter that says why."""
    app.jinja_env.filters.update(because=because)


def because(view: ResultView) -> Markup:
    """Return why the topics were chosen; how it was decided where the figures do not tell more."""
    if view.few or any(topic.theme.place is None for topic in view.topics):
        return _decided(view)
    if len(view.topics) > 1:
        return escape(_several(view)) if _several(view) else _decided(view)
    (topic,) = view.topics
    first = _first(view, topic) if topic.theme.place == 1 else escape(_passed_over(topic))
    return Markup(" ").join(filter(None, [first or _decided(view), escape(_support(topic))]))


def _decided(view: ResultView) -> Markup:
    return escape(_("It was decided by %(method)s.", method=words.method_name(view.rules.method)))


def _several(view: ResultView) -> str:
    """Return how far several topics reach, or that the order begins with them; "" where neither holds."""
    if view.several is not None:
        return second_words.heard_by_all(view)
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
                "It wins against the other theme%(weighed)s.",
                "It wins against each of the other %(num)s themes%(weighed)s.",
                len(topic.duels),
                weighed=words.weighed(view),
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
    figures = {"weighed": words.weighed(view), "points": words.hundred(points)}
    if most and others:
        return _(
            "Of every hundred comparisons with the other themes%(weighed)s, it wins %(points)s: more than any"
            " other theme.",
            **figures,
        )
    return _("Of every hundred comparisons with the other themes%(weighed)s, it wins %(points)s.", **figures)


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


def _support(topic: Topic) -> str:
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
        return _("It has the support that the rules ask for.")
    return _("It has the support of %(parts)s.", parts=words.listed(parts).striptags())

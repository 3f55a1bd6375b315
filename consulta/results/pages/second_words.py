"""What only results of version 2 say: what the topic depends on, what is held together, who is heard.

It decides how finished values are said in the reader's language, never a value. Rounds of version 1, and
readers who are not told these figures, get empty texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from consulta.results.pages import words
from consulta.results.pages.verdict_words import NAMED, quoted
from consulta.web import dimension_words
from consulta.web.language import local, tongue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flask import Flask

    from consulta.results.values import Depends, ResultView, ThemeResult


def init_app(app: Flask) -> None:
    """Give templates the filters that say what a result of version 2 says beside the others."""
    app.jinja_env.filters.update(
        alike_told=alike_told,
        depends_answer=depends_answer,
        depends_question=depends_question,
        depends_told=depends_told,
        several_told=several_told,
        too_few_told=too_few_told,
        targets_told=targets_told,
    )


# -- what the topic depends on


def depends_question(depends: Depends) -> str:
    """Return the question on what was tried beside the checks."""
    return str(_("Does it depend %(parts)s?", parts=words.either(_parts(depends, changed=False))))


def depends_answer(depends: Depends) -> str:
    """Return the short answer to it."""
    found = _parts(depends, changed=True)
    return str(_("Yes: %(parts)s", parts=words.listed(found)) if found else _("No"))


def _parts(depends: Depends, *, changed: bool) -> list[str]:
    """Return on what was tried, or on what of it the topic depends."""
    return [
        name
        for name, tried, found in (
            (_("on the other themes"), depends.themes_tried, depends.themes),
            (_("on how the voices are shared out"), depends.targets_tried, depends.targets),
            (_("on the objectives"), depends.alone_tried, depends.alone),
        )
        if tried and (found or not changed)
    ]


def depends_told(depends: Depends) -> list[Markup]:
    """Return what came out of each trial, as a sentence or two each."""
    told = []
    if depends.themes_tried:
        told.append(_on_themes(depends))
    if depends.targets_tried:
        told.append(_on_targets(depends))
    if depends.alone_tried:
        told.append(_on_objectives(depends))
    return told


def _on_themes(depends: Depends) -> Markup:
    changing = depends.themes
    if not changing:
        return escape(_("Whichever other theme is taken off the ballots, the topic stays the same."))
    if len(changing) > NAMED:
        return escape(
            _(
                "Without any one of %(num)s of the %(all)s other themes on the ballots, the topic would be"
                " another one.",
                num=len(changing),
                all=depends.themes_tried,
            )
        )
    sentence = escape(_("Without %(rival)s on the ballots, the topic would be %(theme)s."))
    return Markup(" ").join(
        sentence % {"rival": quoted(taken), "theme": quoted(topic)} for taken, topic in changing
    )


def _on_targets(depends: Depends) -> Markup:
    changing = depends.targets
    if not changing:
        return escape(
            ngettext(
                "The voices could be shared out in %(num)s other way (the same for each group, by its size,"
                " or by the square root of its size): the topic stays the same.",
                "The voices could be shared out in %(num)s other ways (the same for each group, by its size,"
                " or by the square root of its size): in all of them the topic stays the same.",
                depends.targets_tried,
            )
        )
    sentence = escape(
        ngettext(
            "In %(num)s of %(all)s other ways to share out the voices (the same for each group, by its size,"
            " or by the square root of its size) the topic would be %(topics)s.",
            "In %(num)s of %(all)s other ways to share out the voices (the same for each group, by its size,"
            " or by the square root of its size) the topic would be %(topics)s.",
            len(changing),
            all=depends.targets_tried,
            topics=words.TOPIC,
        )
    )
    before, _topic, after = sentence.partition(words.TOPIC)
    return before + _either(_quoted(topic for _targets, topic in changing)) + after


def _on_objectives(depends: Depends) -> Markup:
    if depends.alone is None:
        return escape(_("Without the objectives, by the comparisons alone, the topic is the same."))
    return escape(_("Without the objectives, by the comparisons alone, the topic would be %(theme)s.")) % {
        "theme": quoted(depends.alone)
    }


def targets_told(targets: Mapping[str, str]) -> str:
    """Return a way to share out the voices: each dimension with its rule."""
    rules = {
        "equal": _("the same for each"),
        "sqrt": _("by the square root of their size"),
        "roll": _("in proportion to their size"),
    }
    return "; ".join(f"{dimension_words.name(d)}: {rules[rule]}" for d, rule in targets.items())


def _quoted(themes: Iterable[ThemeResult]) -> list[Markup]:
    """Return the titles of themes in quotation marks, each once."""
    return [quoted(theme) for theme in {theme.key: theme for theme in themes}.values()]


def _either(titles: Sequence[Markup]) -> Markup:
    *before, last = titles
    if not before:
        return last
    word = tongue().either.word(last.striptags().strip(' «“"'))
    return Markup("{} {} {}").format(Markup(", ").join(before), word, last)


# -- what voters hold together


def alike_told(view: ResultView) -> list[Markup]:
    """Return each pair of themes that voters hold together, as a sentence."""
    sentence = escape(
        _(
            "Those who name %(rival)s or %(theme)s mostly hold them together: %(share)s of every hundred such"
            " votes%(weighed)s place them side by side."
        )
    )
    return [
        sentence
        % {
            "rival": quoted(x),
            "theme": quoted(y),
            "share": words.hundred(part),
            "weighed": words.weighed(view),
        }
        for x, y, part in view.alike or ()
    ]


# -- several topics


def several_told(view: ResultView) -> Markup:
    """Return for how much of the vote the topics speak, and what the other rule would have chosen."""
    told = view.several
    if told is None:
        return Markup()
    heard = _(
        "Of every hundred votes%(weighed)s, %(num)s have one of the topics among the first three themes that"
        " they name.",
        weighed=words.weighed(view),
        num=words.hundred(told.heard),
    )
    if told.same:
        same = (
            _("The first themes of the order alone would be the same topics.")
            if told.rule == "shared"
            else _("If votes that have a topic counted less for the next one, the topics would be the same.")
        )
        return escape(heard) + " " + same
    other = (
        _(
            "By the order of the themes alone the topics would be %(topics)s, which %(num)s of them have"
            " there."
        )
        if told.rule == "shared"
        else _(
            "If votes that have a topic counted less for the next one, the topics would be %(topics)s, which"
            " %(num)s of them have there."
        )
    )
    parts = {"topics": words.listed(_quoted(told.other)), "num": words.hundred(told.other_heard)}
    return escape(heard) + " " + escape(other) % parts


def too_few_told(view: ResultView) -> str:
    """Return which groups are not counted in support, since too few votes came from them."""
    names = [local(name) for _dimension, found in view.too_few for name in found]
    if not names:
        return ""
    return str(
        _(
            "Not counted in this, for fewer than %(least)s votes came from each: %(names)s.",
            least=getattr(view.rules, "support_min", 1),
            names=" · ".join(names),
        )
    )

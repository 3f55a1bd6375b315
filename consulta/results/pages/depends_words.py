"""What results say beside the order: what the topic depends on, what is held together, who is heard.

It decides how finished values are said in the reader's language, never a value.
Readers who are not told these figures, get empty texts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from consulta.data import dimensions
from consulta.results.pages import words
from consulta.results.pages.verdict_words import NAMED, quoted
from consulta.web import dimension_words, lists
from consulta.web.language import local, percent, tongue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flask import Flask

    from consulta.results.values import Depends, Heard, ResultView, ThemeResult, Topic

HALF = 50
"""Of a hundred: what most of them are more than."""


def init_app(app: Flask) -> None:
    """Give templates the filters that say what a result says of this."""
    app.jinja_env.filters.update(
        alike_answer=alike_answer,
        alike_told=alike_told,
        by_less=by_less,
        depends_answer=depends_answer,
        depends_question=depends_question,
        depends_told=depends_told,
        heard_by_all=heard_by_all,
        heard_rows=heard_rows,
        heard_title=heard_title,
        heard_told=heard_told,
        part_told=part_told,
        several_told=several_told,
        short_of_share=short_of_share,
        too_few_told=too_few_told,
        targets_by_theme=targets_by_theme,
    )


# -- what the topic depends on


def depends_question(depends: Depends) -> str:
    """Return the question whether the topic depends on the variants of the count that were tried."""
    return str(_("Does it depend %(parts)s?", parts=lists.either(_parts(depends, changed=False))))


def depends_answer(depends: Depends) -> str:
    """Return the short answer to it."""
    found = _parts(depends, changed=True)
    return str(_("Yes: %(parts)s", parts=lists.listed(found)) if found else _("No"))


def _parts(depends: Depends, *, changed: bool) -> list[str]:
    """Return on what was tried, or on what of it the topic depends."""
    return [
        name
        for name, tried, found in (
            (_("on the other themes"), depends.themes_tried, depends.themes),
            (_("on how much say each group gets"), depends.targets_tried, depends.targets),
            (_("on the objectives"), depends.alone_tried, depends.alone),
        )
        if tried and (found or not changed)
    ]


def depends_told(view: ResultView) -> list[Markup]:
    """Return what came out of each trial, as a sentence or two each; none where nothing is told."""
    depends, topic = view.depends, words.the_topic(view)
    told: list[Markup] = []
    if depends is None:
        return told
    if depends.themes_tried:
        told.append(_on_themes(depends, topic))
    if depends.targets_tried:
        told.append(_on_targets(depends, topic))
    if depends.alone_tried:
        told.append(_on_objectives(depends, topic))
    return told


def _on_themes(depends: Depends, topic: str) -> Markup:
    changing = depends.themes
    if not changing:
        return escape(
            _("Whichever other theme is taken off the ballots, %(topic)s stays the same.", topic=topic)
        )
    if len(changing) > NAMED:
        return escape(
            _(
                "Without any one of %(num)s of the %(all)s other themes on the ballots, %(topic)s would be"
                " another one.",
                num=len(changing),
                all=depends.themes_tried,
                topic=topic,
            )
        )
    sentence = escape(_("Without %(rival)s on the ballots, %(topic)s would be %(theme)s."))
    return Markup(" ").join(
        sentence % {"rival": quoted(taken), "theme": quoted(instead), "topic": topic}
        for taken, instead in changing
    )


def _on_targets(depends: Depends, topic: str) -> Markup:
    changing = depends.targets
    if not changing:
        return escape(
            ngettext(
                "The say of the groups could be set in %(num)s other way (the same for each group,"
                " by its size, or by the square root of its size): %(topic)s stays the same.",
                "The say of the groups could be set in %(num)s other ways (the same for each group,"
                " by its size, or by the square root of its size): in all of them %(topic)s stays the same.",
                depends.targets_tried,
                topic=topic,
            )
        )
    sentence = escape(
        ngettext(
            "In %(num)s of %(all)s other ways to set the say of the groups (the same for each group,"
            " by its size, or by the square root of its size) %(topic)s would be %(topics)s.",
            "In %(num)s of %(all)s other ways to set the say of the groups (the same for each group,"
            " by its size, or by the square root of its size) %(topic)s would be %(topics)s.",
            len(changing),
            all=depends.targets_tried,
            topic=topic,
            topics=words.TOPIC,
        )
    )
    before, _place, after = sentence.partition(words.TOPIC)
    return before + _either(_quoted(instead for _targets, instead in changing)) + after


def _on_objectives(depends: Depends, topic: str) -> Markup:
    if depends.alone is None:
        return escape(
            _("Without the objectives, by the comparisons alone, %(topic)s is the same.", topic=topic)
        )
    sentence = escape(_("Without the objectives, by the comparisons alone, %(topic)s would be %(theme)s."))
    return sentence % {"theme": quoted(depends.alone), "topic": topic}


def targets_by_theme(view: ResultView) -> list[tuple[ThemeResult, list[str]]]:
    """Return each theme that would be the topic under other ways to set the say, with these ways in words.

    Of a way only those dimensions are told whose rule is another than in the rules of the round; the ways
    with the fewest of them stand first.
    """
    found: dict[str, tuple[ThemeResult, list[str]]] = {}
    given = view.rules.balance.items()
    ways = [
        (dict(targets.items() - given), instead)
        for targets, instead in (view.depends.targets if view.depends else ())
    ]
    for changed, instead in sorted(ways, key=lambda way: len(way[0])):
        found.setdefault(instead.key, (instead, []))[1].append(targets_told(changed))
    return [*found.values()]


def targets_told(targets: Mapping[str, str]) -> str:
    """Return a way to share out the voices: each dimension with its rule."""
    rules = {
        "equal": _("the same for each"),
        "sqrt": _("by the square root of how many organisations it has"),
        "roll": _("by how many organisations it has"),
    }
    return "; ".join(f"{dimension_words.name(d)}: {rules[targets[d]]}" for d in dimensions.in_order(targets))


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


def alike_answer(view: ResultView) -> Markup:
    """Return the pair of themes that most hold together, and how many more pairs there are."""
    x, y, _part = max(view.alike or (), key=lambda each: each[2])
    pair = lists.both(quoted(x), quoted(y))
    more = len(view.alike or ()) - 1
    if not more:
        return pair
    return escape(
        ngettext("%(pair)s; %(num)s more pair", "%(pair)s; %(num)s more pairs", more, pair=words.TOPIC)
    ).replace(words.TOPIC, pair)


def alike_told(view: ResultView) -> list[Markup]:
    """Return each pair of themes that voters hold together, as a sentence."""
    sentence = escape(
        _(
            "Those who name %(rival)s or %(theme)s mostly hold them together: %(share)s of every hundred such"
            " votes place them side by side."
        )
    )
    return [
        sentence
        % {
            "rival": quoted(x),
            "theme": quoted(y),
            "share": _share_of_most(part),
        }
        for x, y, part in view.alike or ()
    ]


def _share_of_most(part: float) -> str | int:
    """Return a share above a half as a whole number of a hundred, which does not read as a half."""
    return words.hundred(part) if words.hundred(part) > HALF else _("more than %(num)s", num=HALF)


# -- several topics


def several_told(view: ResultView) -> Markup:
    """Return what the other rule for several topics would have chosen, and for how much of the vote."""
    told = view.several
    if told is None:
        return Markup()
    if told.same:
        return escape(
            _("Taking the first themes of the order would give the same ones.")
            if told.rule == "shared"
            else _(
                "If votes that already have a chosen theme counted less for the next one, the same themes"
                " would be chosen."
            )
        )
    other = (
        _(
            "Taking the first themes of the order would give %(topics)s, which %(num)s of every 100 have"
            " among their first three."
        )
        if told.rule == "shared"
        else _(
            "If votes that already have a chosen theme counted less for the next one, the choice would be"
            " %(topics)s, which %(num)s of every 100 have among their first three."
        )
    )
    parts = {"topics": lists.listed(_quoted(told.other)), "num": words.hundred(told.other_heard)}
    return escape(other) % parts


def heard_by_all(view: ResultView) -> str:
    """Return for how much of the vote several topics speak, in a line; "" where it is not told."""
    if view.several is None:
        return ""
    figures = {"num": words.hundred(view.several.heard)}
    if words.weighed(view):
        return _(
            "Of every 100 weighted votes, %(num)s have at least one of these themes among their first three.",
            **figures,
        )
    return _(
        "Of every 100 votes, %(num)s have at least one of these themes among their first three.", **figures
    )


def by_less(view: ResultView, topic: Topic) -> bool:
    """Return whether a topic was chosen by a count in which votes that already had one counted less."""
    shares = view.several is not None and view.several.rule == "shared"
    return shares and topic.key != view.topics[0].key


def heard_told(view: ResultView, dimension: str) -> str:
    """Return for which category of a dimension the topics speak least and most; "" where it is not told."""
    lines = dict(view.several.by).get(dimension, ()) if view.several else ()
    if len(lines) < 2:  # noqa: PLR2004 - there is nothing to compare
        return ""
    most, least = words.hundred(lines[0].share), words.hundred(lines[-1].share)
    figures = {"by": dimension_words.by(dimension), "most": most, "least": least}
    if most == least:
        return str(_("%(by)s: %(most)s of every hundred in each.", **figures))
    return str(
        _(
            "%(by)s: from %(least)s of every hundred (%(last)s) to %(most)s (%(first)s).",
            **figures,
            last=_first_of([line for line in lines[::-1] if words.hundred(line.share) == least]),
            first=_first_of([line for line in lines if words.hundred(line.share) == most]),
        )
    )


def part_told(part: float) -> str:
    """Return a part of the whole (0 to 1) as a percentage, to the nearest thousandth."""
    return percent(round(part, 3), whole=False)


def short_of_share(view: ResultView) -> str:
    """Return which groups did not reach their share, and why; without names where these are not told."""
    missed = view.balance.missed if view.balance else ()
    names = [words.category(line) for line in missed if (line.weighted or 0) < (line.target or 0)]
    if not names:
        return _(
            "Some groups did not reach their whole share, because the rules limit how much a vote may count."
        )
    if len(names) > NAMED:
        return _(
            "%(names)s and %(num)s more did not reach their whole share, because the rules limit how much a"
            " vote may count.",
            names=", ".join(names[:NAMED]),
            num=len(names) - NAMED,
        )
    return ngettext(
        "%(names)s did not reach its whole share, because the rules limit how much a vote may count.",
        "%(names)s did not reach their whole share, because the rules limit how much a vote may count.",
        len(names),
        names=lists.listed(names).striptags(),
    )


def card_line(view: ResultView) -> str:
    """Return what the picture for messengers says beside the turnout: who is heard, or the heaviest vote."""
    if view.several is not None:
        return heard_by_all(view)
    facts = view.balance
    if facts is None or facts.heaviest is None or not facts.balanced:
        return ""
    return str(
        _(
            "No vote counted for more than %(num)s of every thousand parts of the whole.",
            num=math.ceil(1000 * facts.heaviest),
        )
    )


def heard_title(dimension: str) -> str:
    """Return the title of the table and of the chart of who is heard, by a dimension."""
    return str(
        _(
            "Of every hundred votes, how many have one of the topics among their first three: %(by)s",
            by=dimension_words.name(dimension),
        )
    )


def heard_rows(view: ResultView, dimension: str) -> list[list[object]]:
    """Return the rows of that table: each category, its votes, and how many of a hundred."""
    lines = dict(view.several.by).get(dimension, ()) if view.several else ()
    return [[local(line.name), line.ballots, words.hundred(line.share)] for line in lines]


def _first_of(lines: Sequence[Heard]) -> str:
    """Return the name of the first category, and how many more share its figure."""
    name, more = local(lines[0].name), len(lines) - 1
    return str(
        ngettext("%(name)s and %(num)s more", "%(name)s and %(num)s more", more, name=name) if more else name
    )


def too_few_told(view: ResultView) -> str:
    """Return which groups are not counted in support, since too few votes came from them."""
    names = [local(name) for _dimension, found in view.too_few for name in found]
    if not names:
        return ""
    return str(
        _(
            "Not counted in this, for fewer than %(least)s votes came from each: %(names)s.",
            least=view.rules.support_min,
            names=" · ".join(names),
        )
    )

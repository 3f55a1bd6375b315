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

from consulta.platform.data import dimensions
from consulta.platform.web import dimension_words, lists
from consulta.platform.web.language import local, percent, tongue
from consulta.results.pages import verdict_words, words
from consulta.results.pages.verdict_words import NAMED, Fact, quoted, quoted_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flask import Flask

    from consulta.results.values import Depends, Heard, Reach, ResultView, ThemeResult, Tie, Topic

HALF = 50
"""Of a hundred: what most of them are more than."""


def init_app(app: Flask) -> None:
    """Give templates the filters that say what a result says of this."""
    app.jinja_env.filters.update(
        by_less=by_less,
        depends_answer=depends_answer,
        depends_question=depends_question,
        firm_facts=facts,
        heard_by_all=heard_by_all,
        heard_rows=heard_rows,
        heard_title=heard_title,
        heard_told=heard_told,
        part_told=part_told,
        several_told=several_told,
        reach_headings=reach_headings,
        reach_rows=reach_rows,
        short_of_share=short_of_share,
        too_few_told=too_few_told,
        targets_by_choice=targets_by_choice,
    )


def facts(view: ResultView) -> list[Fact]:
    """Return what is known of how firm the choice is, in the order in which pages tell it."""
    found = (*verdict_words.facts(view), _depends(view), _ties(view), _alike(view))
    return [fact for fact in found if fact is not None]


# -- what the topic depends on


def _depends(view: ResultView) -> Fact | None:
    if view.depends is None or not view.depends.tried:
        return None
    return Fact(depends_question(view.depends), depends_answer(view.depends), depends_told(view))


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
    depends = view.depends
    told: list[Markup] = []
    if depends is None:
        return told
    if depends.themes_tried:
        told += _on_themes(depends)
    if depends.targets_tried:
        told.append(_on_targets(depends))
    if depends.alone_tried:
        told.append(_on_objectives(depends))
    return told


def _on_themes(depends: Depends) -> list[Markup]:
    changing = depends.themes
    if not changing:
        return [escape(_("Whichever other theme is taken off the ballots, the choice stays the same."))]
    if len(changing) > NAMED:
        said = _(
            "Without any one of %(num)s of the %(all)s other themes on the ballots, the choice would be"
            " another.",
            num=len(changing),
            all=depends.themes_tried,
        )
        return [escape(said)]
    sentence = escape(_("Without %(rival)s on the ballots, the choice would be %(themes)s."))
    return [sentence % {"rival": quoted(taken), "themes": quoted_all(instead)} for taken, instead in changing]


def _on_targets(depends: Depends) -> Markup:
    changing = depends.targets
    if not changing:
        return escape(
            ngettext(
                "The say of the groups could be set in %(num)s other way (the same for each group,"
                " by its size, or by the square root of its size): the choice stays the same.",
                "The say of the groups could be set in %(num)s other ways (the same for each group,"
                " by its size, or by the square root of its size): in all of them the choice stays the same.",
                depends.targets_tried,
            )
        )
    sentence = escape(
        ngettext(
            "In %(num)s of %(all)s other ways to set the say of the groups (the same for each group,"
            " by its size, or by the square root of its size) the choice would be %(topics)s.",
            "In %(num)s of %(all)s other ways to set the say of the groups (the same for each group,"
            " by its size, or by the square root of its size) the choice would be %(topics)s.",
            len(changing),
            all=depends.targets_tried,
            topics=words.TOPIC,
        )
    )
    before, _place, after = sentence.partition(words.TOPIC)
    choices = {_as_set(instead): quoted_all(instead) for _targets, instead in changing}
    return before + _either([*choices.values()]) + after


def _on_objectives(depends: Depends) -> Markup:
    if depends.alone is None:
        return escape(_("Without the objectives, by the comparisons alone, the choice is the same."))
    sentence = escape(_("Without the objectives, by the comparisons alone, the choice would be %(themes)s."))
    return sentence % {"themes": quoted_all(depends.alone)}


def _as_set(themes: Iterable[ThemeResult]) -> frozenset[str]:
    return frozenset(theme.key for theme in themes)


# -- the objectives of the themes


def _ties(view: ResultView) -> Fact | None:
    """Return whether the choice depends on one objective of one theme; None where it was not tried."""
    depends = view.depends
    if depends is None or not depends.alone_tried:
        return None
    question = _("Does it depend on which objectives a theme has?")
    if not depends.ties:
        told = _(
            "Whichever single objective is taken off a theme, or added to one, the choice stays the same."
        )
        return Fact(question, _("No"), [told])
    groups: dict[tuple[bool, str, frozenset[str]], list[Tie]] = {}
    for tie in depends.ties:
        groups.setdefault((tie.added, tie.theme.key, _as_set(tie.topics)), []).append(tie)
    answer = ngettext(
        "Yes: on a single objective, in %(num)s case",
        "Yes: on a single objective, in %(num)s cases",
        len(depends.ties),
    )
    return Fact(question, answer, [_tied(some) for some in groups.values()])


def _tied(some: Sequence[Tie]) -> Markup:
    """Return what changes of one theme, each by one objective, would make of the choice."""
    first = some[0]
    parts = {
        "numbers": lists.either(sorted(tie.objective for tie in some)),
        "theme": "%(theme)s",
        "themes": "%(themes)s",
    }
    sentence = (
        ngettext(
            "Adding objective %(numbers)s to %(theme)s would make the choice %(themes)s.",
            "Adding any one of the objectives %(numbers)s to %(theme)s would make the choice %(themes)s.",
            len(some),
            **parts,
        )
        if first.added
        else ngettext(
            "Taking objective %(numbers)s off %(theme)s would make the choice %(themes)s.",
            "Taking any one of the objectives %(numbers)s off %(theme)s would make the choice %(themes)s.",
            len(some),
            **parts,
        )
    )
    return escape(sentence) % {"theme": quoted(first.theme), "themes": quoted_all(first.topics)}


def targets_by_choice(view: ResultView) -> list[tuple[Markup, list[str]]]:
    """Return each choice that other ways to set the say would give, with these ways in words.

    Of a way only those dimensions are told whose rule is another than in the rules of the round; the ways
    with the fewest of them stand first.
    """
    found: dict[frozenset[str], tuple[Markup, list[str]]] = {}
    given = view.rules.balance.items()
    ways = [
        (dict(targets.items() - given), instead)
        for targets, instead in (view.depends.targets if view.depends else ())
    ]
    for changed, instead in sorted(ways, key=lambda way: len(way[0])):
        found.setdefault(_as_set(instead), (quoted_all(instead), []))[1].append(targets_told(changed))
    return [*found.values()]


def targets_told(targets: Mapping[str, str]) -> str:
    """Return a way to share out the voices: each dimension with its rule."""
    rules = {
        "equal": _("the same for each"),
        "sqrt": _("by the square root of how many organisations it has"),
        "roll": _("by how many organisations it has"),
    }
    return "; ".join(f"{dimension_words.name(d)}: {rules[targets[d]]}" for d in dimensions.in_order(targets))


def _either(titles: Sequence[Markup]) -> Markup:
    *before, last = titles
    if not before:
        return last
    word = tongue().either.word(last.striptags().strip(' «“"'))
    return Markup("{} {} {}").format(Markup(", ").join(before), word, last)


# -- what voters hold together


def _alike(view: ResultView) -> Fact | None:
    if not view.alike:
        return None
    return Fact(_("Which themes are often put side by side?"), alike_answer(view), alike_told(view))


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
    parts = {"topics": quoted_all(told.other), "num": words.hundred(told.other_heard)}
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
    """Return which groups did not reach the share that the rules give them; "" where none is told."""
    short = view.balance.short if view.balance else ()
    if not short:
        return ""
    names = [_short_by(each) for each in short[:NAMED]]
    if len(short) > NAMED:
        return _(
            "%(names)s and %(num)s more did not reach the share that the rules give them.",
            names=", ".join(names),
            num=len(short) - NAMED,
        )
    return ngettext(
        "%(names)s did not reach the share that the rules give it.",
        "%(names)s did not reach the share that the rules give them.",
        len(names),
        names=lists.together(names),
    )


def _short_by(each: Reach) -> str:
    """Return a group that did not reach its share; where too few votes came, with how many it needed."""
    name = words.category(each.line)
    if each.line.ballots == 0:
        return _("%(name)s (no votes)", name=name)
    if not each.lacks_votes:
        return name
    return ngettext(
        "%(name)s (%(ballots)s of the %(num)s vote needed)",
        "%(name)s (%(ballots)s of the %(num)s votes needed)",
        each.needed,
        name=name,
        ballots=each.line.ballots,
    )


def reach_headings(dimension: str) -> list[str]:
    """Return the column headings of the table of shares by a dimension."""
    return [
        dimension_words.name(dimension),
        _("Share by the rules"),
        _("Share reached"),
        _("Votes"),
        _("Votes needed"),
        _("Reached"),
    ]


def reach_rows(view: ResultView, dimension: str) -> list[list[object]]:
    """Return its rows: each group with what the rules give it, what it reached, and with how many votes."""
    return [
        [
            words.category(each.line),
            percent(each.target),
            words.UNTOLD if each.line.weighted is None else percent(each.line.weighted),
            each.line.ballots,
            each.needed,
            words.UNTOLD if each.reached is None else _("yes") if each.reached else _("no"),
        ]
        for each in (view.balance.reach if view.balance else ())
        if each.line.dimension == dimension
    ]


def card_line(view: ResultView) -> str:
    """Return what the picture for messengers says beside the turnout: who is heard, or the heaviest vote."""
    if view.several is not None:
        return heard_by_all(view)
    facts = view.balance
    if facts is None or facts.heaviest is None or not facts.balanced:
        return ""
    part = math.ceil(1000 * facts.heaviest) / 1000
    return str(_("No vote counted for more than %(worth)s of the whole.", worth=part_told(part)))


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

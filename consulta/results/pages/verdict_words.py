"""The verdict on a result in one sentence, and what it rests on as questions with their answers.

Decides how finished figures are worded in the reader's language, never the verdict itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from consulta.core.counting.repetitions import MOST_BALLOTS, REPLICATES
from consulta.platform.data import dimensions
from consulta.platform.web import dimension_words, lists
from consulta.platform.web.language import local, number, spoken, tongue
from consulta.results.page import FIRM_FROM
from consulta.results.pages import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flask import Flask

    from consulta.results.values import Firmness, LeftOut, Order, ResultView, ThemeResult

NAMED = 3
"""So many groups on whose votes the choice depends are named; more are counted."""

ALL = 100
"""Of every hundred."""


class Fact(NamedTuple):
    """A question about a result, its answer in a few words, and what is said on it, sentence by sentence."""

    question: str
    answer: str | Markup
    told: Sequence[str | Markup]


def init_app(app: Flask) -> None:
    """Give templates the filters that say how firm a result is."""
    app.jinja_env.filters.update(
        first_ones=first_ones,
        level_name=level_name,
        quoted_all=quoted_all,
        verdict=verdict,
    )


def level_name(firm: Firmness) -> str:
    """Return the level in words; "" where none is told."""
    return {
        "close": _("A close result"),
        "reservations": _("Firm, with reservations"),
        "firm": _("A firm result"),
    }.get(firm.verdict or "", "")


# -- the sentence beside the level


def verdict(view: ResultView) -> str:
    """Return what weighs against the result, or how firm it is, in one sentence of at most 25 words."""
    firm, count = view.firmness, len(view.topics)
    if firm.without_repetitions:
        return _of_many(firm, count)
    if firm.percent is None:
        return ""
    if firm.verdict in {"firm", "untold"}:
        return _same(firm, count)
    if firm.percent >= FIRM_FROM:
        return _by_methods(firm, count)
    return _other_by_methods(firm, count) if firm.differing else _other(firm, count)


def _of_many(firm: Firmness, count: int) -> str:
    if not firm.differing:
        return ngettext(
            "All three methods choose the same theme; with so many votes, chance of who answered plays no"
            " part.",
            "All three methods choose the same themes; with so many votes, chance of who answered plays no"
            " part.",
            count,
        )
    return ngettext(
        "By %(methods)s, another theme would have been chosen; with so many votes, chance of who answered"
        " plays no part.",
        "By %(methods)s, the chosen themes would have differed; with so many votes, chance of who answered"
        " plays no part.",
        count,
        methods=_methods(firm.differing),
    )


def _by_methods(firm: Firmness, count: int) -> str:
    return ngettext(
        "By %(methods)s, another theme would have been chosen.",
        "By %(methods)s, the chosen themes would have differed.",
        count,
        methods=_methods(firm.differing),
    )


def _same(firm: Firmness, count: int) -> str:
    """Return in how many of a hundred cases the choice would have been the same."""
    percent = firm.percent or 0
    if percent >= ALL:
        return ngettext(
            "If as many other organisations like those that voted had voted, the same theme would"
            " practically always have been chosen.",
            "If as many other organisations like those that voted had voted, the same themes would"
            " practically always have been chosen.",
            count,
        )
    cases = _("at least %(num)s", num=percent) if firm.rounded else number(percent)
    return ngettext(
        "If as many other organisations like those that voted had voted, the same theme would have been"
        " chosen in %(cases)s of 100 cases.",
        "If as many other organisations like those that voted had voted, the same themes would have been"
        " chosen in %(cases)s of 100 cases.",
        count,
        cases=cases,
    )


def _other(firm: Firmness, count: int) -> str:
    """Return in how many of a hundred cases it would have been another one."""
    return ngettext(
        "If as many other organisations like those that voted had voted, another theme would have been"
        " chosen in %(cases)s of 100 cases.",
        "If as many other organisations like those that voted had voted, the chosen themes would have"
        " differed in %(cases)s of 100 cases.",
        count,
        cases=_other_cases(firm),
    )


def _other_by_methods(firm: Firmness, count: int) -> str:
    """Return the same, shorter, with that other methods choose otherwise."""
    cases = _other_cases(firm)
    if len(firm.differing) == 1:
        return ngettext(
            "With as many other organisations like these, another theme would have been chosen in %(cases)s"
            " of 100 cases; by another method, too.",
            "With as many other organisations like these, the chosen themes would have differed in %(cases)s"
            " of 100 cases; by another method, too.",
            count,
            cases=cases,
        )
    return ngettext(
        "With as many other organisations like these, another theme would have been chosen in %(cases)s of"
        " 100 cases; by other methods, too.",
        "With as many other organisations like these, the chosen themes would have differed in %(cases)s of"
        " 100 cases; by other methods, too.",
        count,
        cases=cases,
    )


def _other_cases(firm: Firmness) -> str:
    percent = firm.percent or 0
    if firm.rounded:
        return _("%(least)s to %(most)s", least=ALL - percent - 9, most=ALL - percent)
    return number(ALL - percent)


def _methods(orders: Iterable[Order]) -> str:
    return lists.together(words.method_name(order.name) for order in orders)


# -- which themes could be first


def first_ones(view: ResultView) -> Markup:
    """Return which themes could be the first one, in a sentence; empty where that is settled or not told.

    Of several topics it is said always: their order is no part of the verdict.
    """
    repeated = view.firmness.repeated
    found = repeated.first if repeated else ()
    alone = [theme.key for theme, _times in found] == [view.topics[0].key]
    if repeated is None or not found or (alone and len(view.topics) == 1):
        return Markup()
    cases = ALL * sum(times for _theme, times in found) // repeated.made
    themes = lists.either(quoted(theme) for theme, _times in found)
    figures = {"cases": cases, "themes": Markup(themes), "num": len(found)}  # noqa: S704 - escaped parts
    said: str
    if len(found) == 1:
        said = _("With other organisations like these, %(themes)s would be first in %(cases)s of 100 cases.")
    elif cases == ALL:
        said = _(
            "With other organisations like these, one of these %(num)s themes would be first: %(themes)s."
        )
    else:
        said = _(
            "With other organisations like these, one of these %(num)s themes would be first in %(cases)s of"
            " 100 cases: %(themes)s."
        )
    return escape(said) % figures


# -- themes in a sentence


def quoted(theme: ThemeResult) -> Markup:
    """Return a theme's title in quotation marks, for use in a sentence."""
    return _with(_("“%(title)s”"), title=spoken(theme.title))


def quoted_all(themes: Iterable[ThemeResult]) -> Markup:
    """Return the titles of themes in quotation marks, as a sentence lists them."""
    return lists.listed(quoted(theme) for theme in themes)


def _with(sentence: str, **parts: object) -> Markup:
    """Return a sentence with its parts put in; what is not markup is escaped."""
    return escape(sentence) % parts


# -- questions and answers


def facts(view: ResultView) -> tuple[Fact | None, ...]:
    """Return what the verdict rests on, and what stands beside it; None for what is not told."""
    return _chance(view), _method(view), _group(view), _worst(view)


def _chance(view: ResultView) -> Fact | None:
    firm, count = view.firmness, len(view.topics)
    question = _("Would other organisations like these have chosen the same?")
    if firm.without_repetitions:
        told = _(
            "With more than %(num)s votes this is not tried: chance of who answered plays no part.",
            num=number(MOST_BALLOTS),
        )
        return Fact(question, _("Chance plays no part"), [told])
    if firm.percent is None:
        return None
    same = _in_cases(firm, count)
    told = [*([] if same == verdict(view) else [same]), *_drawn(view)]
    return Fact(question, _answer_of_chance(firm), told)


def _answer_of_chance(firm: Firmness) -> str:
    percent = firm.percent or 0
    if percent >= ALL:
        return _("Practically always")
    if firm.rounded:
        return _(
            "In %(cases)s of 100 cases", cases=_("%(least)s to %(most)s", least=percent, most=percent + 9)
        )
    return _("In %(cases)s of 100 cases", cases=number(percent))


def _in_cases(firm: Firmness, count: int) -> str:
    """Return the sentence on the repetitions; where figures are rounded, with both ends."""
    percent = firm.percent or 0
    if not firm.rounded or percent >= ALL:
        return _same(firm, count)
    return ngettext(
        "If as many other organisations like those that voted had voted, the same theme would have been"
        " chosen in %(cases)s of 100 cases.",
        "If as many other organisations like those that voted had voted, the same themes would have been"
        " chosen in %(cases)s of 100 cases.",
        count,
        cases=_("%(least)s to %(most)s", least=percent, most=percent + 9),
    )


def _drawn(view: ResultView) -> list[str | Markup]:
    """Return how that was found, how often each theme was chosen, and what the figure cannot know."""
    repeated = view.firmness.repeated
    told: list[str | Markup] = []
    if repeated is not None:
        times = [(theme, words.hundred(number / repeated.made)) for theme, number in repeated.chosen]
        chosen = [_with(_("%(theme)s %(num)s"), theme=quoted(theme), num=num) for theme, num in times if num]
        told.append(
            _with(
                _("How often each was chosen, of every 100 times: %(themes)s."), themes=lists.listed(chosen)
            )
        )
    told.append(
        _(
            "As many votes as were cast were drawn from them by lot and counted%(weighed)s, %(times)s times;"
            " a vote could be drawn more than once.",
            weighed=words.weighed(view),
            times=number(REPLICATES),
        )
    )
    told.append(
        _(
            "The more organisations of the roll have voted, the more cautious this figure is. Of those that"
            " did not vote because of a theme it knows nothing."
        )
    )
    return told


def _method(view: ResultView) -> Fact | None:
    firm = view.firmness
    if not firm.methods or not (firm.differing or all(order.agrees for order in firm.methods)):
        return None
    told = [_by_method(order) for order in firm.methods if order.agrees is not None]
    if view.rules.method == "points" and view.rules.objective_share:
        told.append(escape(_("The other methods look at the comparisons alone, not at the objectives.")))
    answer = (
        _("Yes: by %(methods)s the choice would be another", methods=_methods(firm.differing))
        if firm.differing
        else _("No")
    )
    return Fact(_("Does it depend on the method of counting?"), answer, told)


def _by_method(order: Order) -> Markup:
    method = words.method_name(order.name)
    if order.agrees:
        return escape(_("By %(method)s, the choice is the same.", method=method))
    return _with(
        _("By %(method)s, the choice would be %(themes)s."),
        method=method,
        themes=quoted_all(order.topics or ()),
    )


def _group(view: ResultView) -> Fact | None:
    lines = view.firmness.left_out
    if not lines and not view.firmness.left_out_tried:
        return None
    question = _("Does it depend on %(groups)s?", groups=words.groups_left_out(view))
    if not lines:
        return Fact(question, _("No"), [_("Whichever of these is left out, the choice stays the same.")])
    sentence = _("Without the votes %(group)s, the choice would be %(themes)s.")
    told = [_with(sentence, group=of_group(line), themes=quoted_all(line.topics)) for line in lines]
    if view.joined_below is not None and any(line.dimension == "country" for line in lines):
        told.append(
            escape(
                _(
                    "“Other countries” are those of a subregion with few ballots in a sector: they are"
                    " counted together."
                )
            )
        )
    return Fact(question, _on_groups(lines), told)


def _on_groups(lines: Sequence[LeftOut]) -> str:
    groups = [of_group(line) for line in lines]
    if len(groups) <= NAMED:
        return _("Yes: on the votes %(groups)s", groups=lists.either(groups))
    groups.sort(key=len)  # those that take least room; the rest is one tap away
    return _(
        "Yes: on the votes %(groups)s, or of any of %(num)s more",
        groups=", ".join(groups[:NAMED]),
        num=len(groups) - NAMED,
    )


def of_group(line: LeftOut) -> str:
    """Return a category as the origin of votes in a sentence: "of Peru", "del Caribe"."""
    name = local(line.name)
    if line.dimension not in dimensions.BUILT_IN:
        return _("of “%(dimension)s: %(name)s”", dimension=dimension_words.own(line.dimension), name=name)
    if line.dimension == "sector":
        return _("of the sector “%(name)s”", name=name)
    return tongue().of.get(name) or _("of %(name)s", name=name)


def _worst(view: ResultView) -> Fact | None:
    worst = view.firmness.worst
    if worst is None:
        return None
    question = _("How few organisations could have changed it?")
    alone = _("This looks at the order of the themes alone; everything else stays as it was.")
    least = []
    if (worst.at_least or 0) > 1:
        said = _(
            "No other order on fewer than %(least)s of the %(ballots)s ballots could have changed the theme."
        )
        least = [said % {"least": worst.at_least, "ballots": view.ballots}]
    if worst.at_least is None:
        told = [_("No other order of the themes on the ballots could have changed the theme."), alone]
        return Fact(question, _("None, however they ordered the themes"), told)
    if worst.enough is None:
        told = [*least, _("No number of ballots is known to be enough."), alone]
        return Fact(question, _("It is not known"), told)
    answer = ngettext("In the worst case, %(num)s", "In the worst case, %(num)s", worst.enough)
    return Fact(question, answer, [_enough(view), *least, alone])


def _enough(view: ResultView) -> Markup:
    worst = view.firmness.worst
    if worst is None or worst.enough is None:
        return Markup()
    if worst.rival is not None:
        sentence = ngettext(
            "In the worst case: had %(num)s organisation put %(rival)s first and this theme last, another"
            " theme would have been chosen.",
            "In the worst case: had %(num)s organisations put %(rival)s first and this theme last, another"
            " theme would have been chosen.",
            worst.enough,
            rival=words.TOPIC,
        )
        return escape(sentence).replace(words.TOPIC, quoted(worst.rival))
    return escape(
        ngettext(
            "In the worst case: had %(num)s organisation put this theme last, it would have lacked the"
            " support that the rules ask for, and another theme would have been chosen.",
            "In the worst case: had %(num)s organisations put this theme last, it would have lacked the"
            " support that the rules ask for, and another theme would have been chosen.",
            worst.enough,
        )
    )

"""Figures of a result in words: lists, places, tables, and the messages that stand above its pictures.

It decides how a finished value is said in the reader's language, never the value itself. Whole sentences that
pages alone say stand in `results/words.html`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import get_template_attribute
from markupsafe import Markup, escape

from consulta.core.counting.repetitions import MOST_BALLOTS, REPLICATES
from consulta.platform.data import catalogue, dimensions
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext, pgettext
from consulta.platform.web.language import behind, hundredths, lang_of, local, number, percent, spoken, tongue
from consulta.platform.web.lists import either, listed
from consulta.results.page import FIRM_FROM

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from fractions import Fraction

    from flask import Flask

    from consulta.results.values import (
        CategoryLine,
        Depends,
        Firmness,
        Heard,
        LeftOut,
        Order,
        Repeated,
        ResultView,
        Support,
        ThemeResult,
        Tie,
        Topic,
    )

NAMED = 3
"""So many objectives are told with their names in a sentence; more only by their numbers."""


UNTOLD = "\N{EN DASH}"
"""Stands where a figure is not there, or the public may not know it."""

QUARTERS = (
    "",
    "\N{VULGAR FRACTION ONE QUARTER}",
    "\N{VULGAR FRACTION ONE HALF}",
    "\N{VULGAR FRACTION THREE QUARTERS}",
)


def init_app(app: Flask) -> None:
    """Give templates the filters that say what a result says."""
    app.jinja_env.globals.update(FIRM_FROM=FIRM_FROM, MOST_BALLOTS=MOST_BALLOTS, REPLICATES=REPLICATES)
    app.jinja_env.filters.update(
        between_places=between_places,
        by_less=by_less,
        category_line=category,
        either=offered,
        groups_left_out=groups_left_out,
        has_joined=has_joined,
        heard_rows=heard_rows,
        heard_told=heard_told,
        hundred=hundred,
        known_orders=known_orders,
        level_name=level_name,
        listed=listed,
        methods=method_name,
        of_average=hundredths,
        of_hundred=of_hundred,
        often_chosen=often_chosen,
        order_rows=order_rows,
        part_told=part_told,
        places=places,
        places_told=places_told,
        quoted_all=quoted_all,
        quoted_theme=quoted,
        reach_rows=reach_rows,
        shortest_three=shortest_three,
        some_of=dimension_words.some_of,
        steps_message=steps_message,
        targets_by_choice=targets_by_choice,
        theme_rows=theme_rows,
        thousandths=thousandths,
        ties_alike=ties_alike,
        topic_titles=topic_titles,
        votes_of=votes_of,
        weighed=weighed,
        with_names=with_names,
    )


def sentence(macro: str, about: ResultView | Topic | str) -> str:
    """Return what a macro of `results/words.html` says, as plain text."""
    said: Markup = get_template_attribute("results/words.html", macro)(about)
    return said.striptags()


def weighed(view: ResultView) -> str:
    """Return the words that a sentence adds to a figure where ballots have weights; else "".

    They fit in the middle and at the end of a sentence.
    """
    return _(", with weighted votes") if view.balance and view.balance.balanced else ""


def hundred(share: float) -> int:
    """Return a share (0 to 1) as a whole number of a hundred."""
    return round(share * 100)


def of_hundred(part: int, whole: int) -> int:
    """Return a part of a whole as a whole number of a hundred; 0 where the whole is 0."""
    return hundred(part / whole) if whole else 0


def whole(value: float) -> str:
    """Return a figure as a whole number, in the reader's notation."""
    return number(round(value))


def thousandths(part: int) -> str:
    """Return thousandths, as a rule writes them, as a percentage with the decimals that it has."""
    return percent(part / 1000, whole=False)


def has_joined(view: ResultView) -> bool:
    """Return whether any category is shown together with others."""
    return any(line.members for _dimension, lines in view.categories for line in lines)


def groups_left_out(view: ResultView) -> str:
    """Return what was left out one by one, as a sentence offers it: "a sector, a category of “Size” …"."""
    told = [name for name, _lines in view.categories if name != dimensions.COUNTRY]
    names = [dimension_words.one(name) for name in dimensions.in_order(told)]
    if view.by_country:
        names.append(dimension_words.one(dimensions.COUNTRY))
        names += [] if view.joined_below is None else [_("a group of countries")]
    return either(names)


def average_place(value: Fraction) -> str:
    """Return a mean place to the nearest quarter, such as 2½, so that no decimal sign is needed."""
    whole, quarters = divmod(round(value * 4), 4)
    return f"{whole}{QUARTERS[quarters]}"


def method_name(method: str) -> str:
    """Return the name of a method of count for use within a sentence."""
    return {
        "points": _("points"),
        "schulze": _("Schulze's method"),
        "runoff": _("instant run-off"),
    }[method]


def topic_titles(topics: Iterable[Topic]) -> list[Markup]:
    """Return the titles of the topics, set off as the answer."""
    return [Markup("<em{}>{}</em>").format(lang_of(topic.title), local(topic.title)) for topic in topics]


# -- tables


def numbered(theme: ThemeResult) -> str:
    """Return a theme's title with its place before it, where it has one."""
    title = local(theme.title)
    return behind(f"{theme.place}. ", title) if theme.place else title


def theme_rows(view: ResultView) -> list[list[object]]:
    """Return the rows of the table of all themes, one theme each."""
    return [
        [
            local(theme.title),
            _figure(theme.place),
            *([places(theme.places)] if places_told(view) else []),
            *([_figure(theme.unweighted_place)] if weighed(view) else []),
            _percent(theme.score),
            _percent(theme.points),
            _percent(theme.relevance),
            _figure(theme.first),
            _figure(theme.mentions),
            UNTOLD if theme.mean_place is None else average_place(theme.mean_place),
            *(_support_figure(support) for support in theme.support),
            _enough(theme.spread_met),
        ]
        for theme in view.themes
    ]


def places_told(view: ResultView) -> bool:
    """Return whether it is told of every theme between which places it stood in repeated counts."""
    return bool(view.themes) and all(theme.places for theme in view.themes)


def places(between: tuple[int, int] | None) -> str:
    """Return the places between which a theme stood, as short as they can be said."""
    if between is None:
        return UNTOLD
    best, worst = between
    if best == worst:
        return pgettext("place of a theme", "%(place)s", place=best)
    return pgettext("places of a theme", "%(best)s to %(worst)s", best=best, worst=worst)


def between_places(best: int, worst: int) -> str:
    """Return the same in words."""
    if best == worst:
        return _("place %(place)s", place=best)
    return _("between places %(best)s and %(worst)s", best=best, worst=worst)


def _figure(value: int | None) -> object:
    return UNTOLD if value is None else value


def _percent(share: float | None) -> str:
    return UNTOLD if share is None else percent(share)


def _support_figure(support: Support) -> str:
    if support.supporting is None:
        return _enough(support.met)
    return _("%(part)s of %(whole)s", part=support.supporting, whole=support.total)


def _enough(met: bool | None) -> str:  # noqa: FBT001 - what it says is its only argument
    if met is None:
        return UNTOLD
    return _("enough") if met else _("not enough")


def category(line: CategoryLine) -> str:
    """Return the name of a category; of several told together, how many they are.

    For countries their codes are added.
    """
    if not line.members:
        return local(line.name)
    return {
        "subregion": _("%(count)s subregions combined", count=len(line.members)),
        "sector": _("%(count)s sectors combined", count=len(line.members)),
        "country": _(
            "%(count)s countries combined: %(codes)s", count=len(line.members), codes=" ".join(line.members)
        ),
    }.get(line.dimension) or _("%(count)s categories combined", count=len(line.members))


def turnout(line: CategoryLine) -> list[str]:
    """Return the turnout of a category: "3 of 5", and the percentage ("" where it has no seats)."""
    return [
        _("%(ballots)s of %(seats)s", ballots=line.ballots, seats=line.seats),
        percent(line.ballots / line.seats) if line.seats else "",
    ]


def order_rows(view: ResultView) -> list[list[object]]:
    """Return the rows of the table of orders: each theme's place in every order of `known_orders`."""
    orders = known_orders(view)
    places = [{theme.key: place for place, theme in enumerate(order.themes, start=1)} for order in orders]
    return [[local(theme.title), *(place[theme.key] for place in places)] for theme in view.themes]


def known_orders(view: ResultView) -> list[Order]:
    """Return the alternative orders of a result: other methods, then unweighted, then country-equal.

    Orders that are not known are left out; the unweighted one also where ballots have no weights.
    """
    firm = view.firmness
    unweighted = firm.unweighted if weighed(view) else None
    return [order for order in (*firm.methods, unweighted, firm.country_equal) if order is not None]


# -- what stands beside the pictures


def voice(line: CategoryLine) -> float | None:
    """Return the weighted share (0 to 1) of a category, or its target where that share is not public.

    None where there is neither.
    """
    return line.target if line.weighted is None else line.weighted


def steps_message(view: ResultView) -> Markup:
    """Return the sentence on how the run-off ended: the last two themes and the share of each.

    Shares are of a hundred. Where one theme alone is in the last step, it is named.
    """
    last = next((step for step in reversed(view.steps) if len(step.shares) > 1), view.steps[-1])
    titles = {theme.key: spoken(theme.title) for theme in view.themes}
    ordered = sorted(last.shares.items(), key=lambda each: (each[0] == last.out, -each[1]))
    if len(ordered) < 2:  # noqa: PLR2004 - it has no rival
        return escape(_("“%(title)s” is the last one left")) % {"title": titles[ordered[0][0]]}
    (first, more), (second, less) = ordered[:2]
    sentence = escape(_("At the end, “%(first)s” has %(more)s and “%(second)s” %(less)s"))
    told = {"first": titles[first], "more": percent(more), "second": titles[second], "less": percent(less)}
    return sentence % told


# -- how firm it is, what it depends on, who is heard


def level_name(firm: Firmness) -> str:
    """Return the level in words; "" where none is told."""
    return {
        "close": _("A close result"),
        "reservations": _("Firm, with reservations"),
        "firm": _("A firm result"),
    }.get(firm.verdict or "", "")


def quoted(theme: ThemeResult) -> Markup:
    """Return a theme's title in quotation marks, for use in a sentence."""
    return escape(_("“%(title)s”")) % {"title": spoken(theme.title)}


def quoted_all(themes: Iterable[ThemeResult]) -> Markup:
    """Return the titles of themes in quotation marks, as a sentence lists them."""
    return listed(quoted(theme) for theme in themes)


def offered(items: Iterable[object]) -> Markup:
    """Return the items as a sentence offers them, as `either` does; what is not markup is escaped."""
    return Markup(either(map(escape, items)))  # noqa: S704 - escaped parts


def often_chosen(repeated: Repeated) -> list[Markup]:
    """Return how often each theme was chosen, of every hundred repetitions."""
    times = [(theme, hundred(made / repeated.made)) for theme, made in repeated.chosen]
    return [
        escape(_("%(theme)s %(num)s")) % {"theme": quoted(theme), "num": num} for theme, num in times if num
    ]


def votes_of(line: LeftOut) -> str:
    """Return a category as the origin of votes in a sentence: "of Peru", "del Caribe"."""
    name = local(line.name)
    if line.dimension not in dimensions.BUILT_IN:
        return _("of “%(dimension)s: %(name)s”", dimension=dimension_words.own(line.dimension), name=name)
    if line.dimension == "sector":
        return _("of the sector “%(name)s”", name=name)
    return tongue().of.get(name) or _("of %(name)s", name=name)


def shortest_three(groups: Iterable[str]) -> list[str]:
    """Return the three groups that take least room."""
    return sorted(groups, key=len)[:3]


def ties_alike(depends: Depends) -> list[tuple[Tie, list[int]]]:
    """Return ties of one theme that would make the same choice, together: the first, and all objectives."""
    found: dict[tuple[bool, str, frozenset[str]], list[Tie]] = {}
    for tie in depends.ties:
        found.setdefault((tie.added, tie.theme.key, _as_set(tie.topics)), []).append(tie)
    return [(ties[0], sorted(tie.objective for tie in ties)) for ties in found.values()]


def with_names(objectives: Collection[int]) -> list[str]:
    """Return objectives by number, and by short name too where a sentence has room for their names."""
    if len(objectives) > NAMED:
        return [str(each) for each in objectives]
    named = catalogue.objectives_by_number()
    return [f"{each} ({local(named[each].short)})" for each in objectives]


def _as_set(themes: Iterable[ThemeResult]) -> frozenset[str]:
    return frozenset(theme.key for theme in themes)


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
        "sqrt": _("by the square root of its number of organisations"),
        "roll": _("by its number of organisations"),
    }
    return "; ".join(f"{dimension_words.name(d)}: {rules[targets[d]]}" for d in dimensions.in_order(targets))


def by_less(view: ResultView, topic: Topic) -> bool:
    """Return whether a topic was chosen by a count in which votes that already had one counted less."""
    shares = view.several is not None and view.several.rule == "shared"
    return shares and topic.key != view.topics[0].key


def heard_told(view: ResultView, dimension: str) -> str:
    """Return for which category of a dimension the topics speak least and most; "" where it is not told."""
    lines = dict(view.several.by).get(dimension, ()) if view.several else ()
    if len(lines) < 2:  # noqa: PLR2004 - there is nothing to compare
        return ""
    most, least = hundred(lines[0].share), hundred(lines[-1].share)
    figures = {
        "by": dimension_words.by(dimension),
        "most": percent(most / 100),
        "least": percent(least / 100),
    }
    if most == least:
        return str(_("%(by)s: %(most)s in each.", **figures))
    return str(
        _(
            "%(by)s: from %(least)s (%(last)s) to %(most)s (%(first)s).",
            **figures,
            last=_first_heard([line for line in lines[::-1] if hundred(line.share) == least]),
            first=_first_heard([line for line in lines if hundred(line.share) == most]),
        )
    )


def _first_heard(lines: Sequence[Heard]) -> str:
    """Return the name of the first category, and how many more share its figure."""
    name, more = local(lines[0].name), len(lines) - 1
    return str(
        ngettext("%(name)s and %(num)s more", "%(name)s and %(num)s more", more, name=name) if more else name
    )


def heard_rows(view: ResultView, dimension: str) -> list[list[object]]:
    """Return the rows of that table: each category, its votes, and how many of a hundred."""
    lines = dict(view.several.by).get(dimension, ()) if view.several else ()
    return [[local(line.name), line.ballots, hundred(line.share)] for line in lines]


def part_told(part: float) -> str:
    """Return a part of the whole (0 to 1) as a percentage, to the nearest thousandth."""
    return percent(round(part, 3), whole=False)


def reach_rows(view: ResultView, dimension: str) -> list[list[object]]:
    """Return its rows: each group with what the rules give it, what it reached, and with how many votes."""
    return [
        [
            category(each.line),
            percent(each.target),
            UNTOLD if each.line.weighted is None else percent(each.line.weighted),
            each.line.ballots,
            each.needed,
            UNTOLD if each.reached is None else _("yes") if each.reached else _("no"),
        ]
        for each in (view.balance.reach if view.balance else ())
        if each.line.dimension == dimension
    ]

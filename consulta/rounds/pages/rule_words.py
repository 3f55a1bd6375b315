"""The rules of a round in words, for all readers alike: what the weights do, and what a topic needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.data.dimensions import in_order
from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words as words
from consulta.platform.web import lists
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import alphabetical, local, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from flask import Flask

    from consulta.core.values import Rules

_USUAL = frozenset({"subregion", "sector"})


def init_app(app: Flask) -> None:
    """Give templates the filters that say what a round balances and what a topic needs."""
    app.jinja_env.filters.update(
        balance_told=balance_told,
        cap_told=cap_told,
        categories_told=words.told,
        dimension_name=words.name,
        dimension_categories=words.categories,
        shares_told=shares_told,
        support_told=support_told,
        topic_told=topic_told,
        voters_told=voters_told,
    )


def voters_told(voters: Mapping[str, Collection[str]]) -> str:
    """Return who votes in a round, as a phrase: all members, or those of some groups."""
    if not voters:
        return str(_("all organisations of the members' list"))
    return "; ".join(
        f"{words.name(dimension)}: "
        + ", ".join(sorted((local(name_of(dimension, key)) for key in voters[dimension]), key=alphabetical))
        for dimension in in_order(voters)
    )


def balance_told(dimensions: Collection[str]) -> str:
    """Return the effect of the weights in a round that balances these dimensions, as a sentence."""
    if not dimensions:
        return str(_("In this consultation, votes are not weighted: each counts as it is."))
    if set(dimensions) == _USUAL:
        return str(
            _(
                "Each vote is weighted so that every subregion and sector has the say that this "
                "consultation's rules give it, however many organisations it has."
            )
        )
    groups = lists.together(words.every(each) for each in in_order(dimensions))
    return str(
        ngettext(
            "Each vote is weighted so that %(groups)s has the say that this consultation's rules give "
            "it, however many organisations it has.",
            "Each vote is weighted so that %(groups)s have the say that this consultation's rules "
            "give them, however many organisations they have.",
            len(dimensions),
            groups=groups,
        )
    )


def shares_told(shares: Mapping[str, float], dimension: str) -> str:
    """Return the negotiated shares of the categories of a dimension, the largest first."""
    named = sorted(((-share, local(name_of(dimension, key))) for key, share in shares.items()))
    return "; ".join(f"{name}, {percent(-share, whole=False)}" for share, name in named) + "."


def cap_told(rules: Rules) -> str:
    """Return how much one vote may be worth, as a sentence."""
    return str(
        _(
            "No vote is worth more than %(share)s of the total or, where few organisations vote, more "
            "than three times an equal share, whatever its weight.",
            share=percent(rules.max_ballot / 1000, whole=False),
        )
        + " "
        + _(
            "If the votes could not make up the total within that limit, the limit is not applied, "
            "and the result says so."
        )
    )


def topic_told(rules: Rules) -> str:
    """Return which theme of the order becomes the topic under these rules, or which become the topics."""
    said = _topics(rules)
    if rules.spread and rules.support_min > 1:
        said += " " + str(
            _(
                "%(groups)s with fewer than %(least)s votes are not considered for this.",
                groups=lists.together(words.categories(each) for each in in_order(rules.spread)),
                least=rules.support_min,
            )
        )
    return said


def _topics(rules: Rules) -> str:
    if rules.topics > 1 and rules.topics_rule == "shared":
        return _shared(rules)
    if not rules.spread:
        return ngettext(
            "The topic is the first theme in that order.",
            "The topics are the first %(num)s themes in that order.",
            rules.topics,
        )
    return ngettext(
        "The topic is the first theme in that order with support in enough %(groups)s; if none has "
        "it, the theme that comes closest.",
        "The topics are the first %(num)s themes in that order with support in enough %(groups)s; if "
        "too few have it, those that come closest.",
        rules.topics,
        groups=lists.together(words.categories(each) for each in in_order(rules.spread)),
    )


def _shared(rules: Rules) -> str:
    """Return how several topics are chosen where those who have one count less for the next."""
    first = (
        _(
            "The first of %(num)s topics is the first theme in that order with support in enough "
            "%(groups)s; if none has it, the theme that comes closest.",
            num=rules.topics,
            groups=lists.together(words.categories(each) for each in in_order(rules.spread)),
        )
        if rules.spread
        else _("The first of %(num)s topics is the first theme in that order.", num=rules.topics)
    )
    then = _(
        "Each further topic is chosen in the same way, but a vote that has a chosen topic among its "
        "first three themes counts half, and with two of them a third. The topics thus speak to more "
        "organisations."
    )
    return f"{first} {then}"


def support_told(rules: Rules) -> str:
    """Return when a theme counts as supported by a group under these rules; "" where they ask for no support.

    The other sentences that say it: `templates/rounds/method.html`, `templates/lifecycle/rules.html`.
    """
    if not rules.spread:
        return ""
    return str(
        _(
            "A theme has the support of %(groups)s if it wins at least half of its comparisons on "
            "that group's ballots alone.",
            groups=lists.either(words.one(each) for each in in_order(rules.spread)),
        )
    )

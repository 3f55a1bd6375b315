"""The rules of a round in words, for all readers alike: what the weights do, and what a topic needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.data.dimensions import in_order
from consulta.web import dimension_words as words

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask

    from consulta.core.values import Rules

_USUAL = frozenset({"subregion", "sector"})


def init_app(app: Flask) -> None:
    """Give templates the filters that say what a round balances and what a topic needs."""
    app.jinja_env.filters.update(
        balance_told=balance_told,
        categories_told=words.told,
        dimension_name=words.name,
        dimension_categories=words.categories,
        support_told=support_told,
        topic_told=topic_told,
    )


def balance_told(dimensions: Collection[str]) -> str:
    """Return the effect of the weights in a round that balances these dimensions, as a sentence."""
    if not dimensions:
        return str(_("In this round votes are not balanced: each counts as it is."))
    if set(dimensions) == _USUAL:
        return str(
            _(
                "Each vote is weighted so that every subregion and sector has the say that this round's rules"
                " give it, however many organisations it has."
            )
        )
    groups = _(" and ").join(words.every(each) for each in in_order(dimensions))
    return str(
        ngettext(
            "Each vote is weighted so that %(groups)s has the say that this round's rules give it,"
            " however many organisations it has.",
            "Each vote is weighted so that %(groups)s have the say that this round's rules give them,"
            " however many organisations they have.",
            len(dimensions),
            groups=groups,
        )
    )


def topic_told(rules: Rules) -> str:
    """Return which theme of the order becomes the topic under these rules, or which become the topics."""
    if not rules.spread:
        return ngettext(
            "The topic is the first theme of that order.",
            "The topics are the first %(num)s themes of that order.",
            rules.topics,
        )
    return ngettext(
        "The topic is the first theme of that order that has support in enough %(groups)s; where none has it,"
        " the one that comes nearest.",
        "The topics are the first %(num)s themes of that order that have support in enough %(groups)s; where"
        " too few have it, those that come nearest.",
        rules.topics,
        groups=_(" and ").join(words.categories(each) for each in in_order(rules.spread)),
    )


def support_told(dimensions: Collection[str]) -> str:
    """Return when a theme counts as supported by a group of these dimensions."""
    return str(
        _(
            "A theme has the support of %(groups)s when, among the ballots from there alone, it wins at least"
            " half of its comparisons.",
            groups=_(" or ").join(words.one(each) for each in in_order(dimensions)),
        )
    )

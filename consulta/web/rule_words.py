"""The rules of a round in words, for all readers alike: what the weights do, and what a topic needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask

    from consulta.core.rules import Rules

_USUAL = frozenset({"subregion", "sector"})


def teach(app: Flask) -> None:
    """Give templates the filters that say what a round balances and what a topic needs."""
    app.jinja_env.filters.update(balance_told=balance_told, support_told=support_told, topic_told=topic_told)


def balance_told(dimensions: Collection[str]) -> str:
    """What the weights of a round do that balances these dimensions."""
    if not dimensions:
        return str(_("In this round votes are not balanced: each counts as it is."))
    if set(dimensions) == _USUAL:
        return str(
            _(
                "Each vote is weighted so that every subregion and sector has the say that this round's rules"
                " give it, however many organisations it has."
            )
        )
    names = {"subregion": _("every subregion"), "sector": _("every sector"), "country": _("every country")}
    groups = _(" and ").join(name for key, name in names.items() if key in dimensions)
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
    names = {"subregion": _("subregions"), "sector": _("sectors"), "country": _("countries")}
    return ngettext(
        "The topic is the first theme of that order that has support in enough %(groups)s; where none has it,"
        " the one that comes nearest.",
        "The topics are the first %(num)s themes of that order that have support in enough %(groups)s; where"
        " too few have it, those that come nearest.",
        rules.topics,
        groups=_(" and ").join(name for key, name in names.items() if key in rules.spread),
    )


def support_told(dimensions: Collection[str]) -> str:
    """Return when a theme counts as supported by a group of these dimensions."""
    names = {"subregion": _("a subregion"), "sector": _("a sector"), "country": _("a country")}
    return str(
        _(
            "A theme has the support of %(groups)s when, among the ballots from there alone, it wins at least"
            " half of its comparisons.",
            groups=_(" or ").join(name for key, name in names.items() if key in dimensions),
        )
    )

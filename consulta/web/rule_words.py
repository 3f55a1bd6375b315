"""The rules of a round in words, for voters and readers alike: what the weights do, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask

_USUAL = frozenset({"subregion", "sector"})


def teach(app: Flask) -> None:
    """Give templates the filter that says what a round balances."""
    app.jinja_env.filters.update(balance_told=balance_told)


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

"""The modes of secrecy in words: their names, and who sees what, for the desk, the public and the ballot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

if TYPE_CHECKING:
    from flask import Flask


def teach(app: Flask) -> None:
    """Give templates the filters that say what a mode means."""
    app.jinja_env.filters.update(secrecy_name=name, secrecy_told=told)


def name(mode: str) -> str:
    """What a mode is called."""
    names: dict[str, str] = {
        "aggregate": _("Only totals are public"),
        "pseudonymous": _("Ballots are public, without names but recognisable in small groups"),
        "open": _("Ballots are public, with names"),
    }
    return names[mode]


def told(mode: str) -> str:
    """What everybody can read once the result is published, in one sentence."""
    sentences: dict[str, str] = {
        "aggregate": _(
            "The public only reads totals, rounded and never of a handful of organisations;"
            " the ballots themselves are read by the secretariat and by the scrutineers of the round."
        ),
        "pseudonymous": _(
            "Everybody can read every ballot without the name of its organisation, but with its country,"
            " its sector and its weight: where few share these, the organisation can be recognised."
        ),
        "open": _("Everybody can read how each organisation voted, with its name."),
    }
    return sentences[mode]


def promise(mode: str) -> str:
    """Who will see how the organisation of a ballot voted, in one sentence or two."""
    sentences: dict[str, str] = {
        "aggregate": _(
            "The contacts of your organisation see its order and, after voting closes, the secretariat"
            " and the scrutineers of the round. The public only sees totals."
        ),
        "pseudonymous": _(
            "The contacts of your organisation see its order and, after voting closes, everybody: without"
            " its name, but with its country, sector and weight, by which it can be recognised in a small"
            " group."
        ),
        "open": _(
            "The contacts of your organisation see its order and, after voting closes, everybody,"
            " with its name."
        ),
    }
    return sentences[mode]


FEW = 5
"""Of fewer organisations than these a ballot may be, each of them is told before it votes."""


def recognised(alike: int | None) -> str:
    """Tell an organisation that its ballot, public without its name, can be recognised; else nothing.

    `alike` is how many organisations of the roll have its country, sector and base.
    """
    if alike is None or alike >= FEW:
        return ""
    if alike == 1:
        return _(
            "Your organisation is the only one of its sector and base value in its country: its vote can be"
            " recognised."
        )
    return _(
        "Only %(num)s organisations have your sector and base value in your country: it will be easy to guess"
        " which vote is yours.",
        num=alike,
    )

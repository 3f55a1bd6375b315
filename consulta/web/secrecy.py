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
        "pseudonymous": _("Ballots are public, without names"),
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

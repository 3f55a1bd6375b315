"""Sentences made of the figures of the follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

if TYPE_CHECKING:
    from consulta.sessions.follow_up.figures import Earlier, Totals


def lead(told: Totals) -> str:
    """Return what became of recommendations in one or two sentences; empty where there are none."""
    if not told.followed:
        return ""
    first = ngettext(
        "%(num)s recommendation, challenge or initiative is followed.",
        "%(num)s recommendations, challenges and initiatives are followed.",
        told.followed,
    )
    if told.silent == told.followed:
        return first + " " + _("No government, agency or organisation has answered yet.")
    said = [first]
    if told.answered:
        answered = ngettext(
            "Governments or agencies report on %(num)s;",
            "Governments or agencies report on %(num)s;",
            told.answered,
        )
        begun = ngettext(
            "in %(num)s of these at least one says that it is under way or further.",
            "in %(num)s of these at least one says that they are under way or further.",
            told.begun,
        )
        if told.begun == 0:
            begun = _("none says that it is under way yet.")
        said.append(f"{answered} {begun}")
    else:
        said.append(_("No government or agency reports on any of them yet."))
    if told.differ:
        said.append(
            ngettext(
                "In %(num)s the organisations of a country see it otherwise.",
                "In %(num)s the organisations of a country see it otherwise.",
                told.differ,
            )
        )
    return " ".join(said)


def of_theme(told: Earlier) -> str:
    """Return in one line what became of earlier recommendations on the objectives of a theme."""
    if not told.followed:
        return ""
    if not told.answered:
        return ngettext(
            "%(num)s earlier recommendation on its objectives, without an answer yet",
            "%(num)s earlier recommendations on its objectives, without an answer yet",
            told.followed,
        )
    return ngettext(
        "%(num)s earlier recommendation on its objectives: %(answered)s answered, %(begun)s under way",
        "%(num)s earlier recommendations on its objectives: %(answered)s answered, %(begun)s under way",
        told.followed,
        answered=told.answered,
        begun=told.begun,
    )

"""The pictures of a panel: finished values into geometry, labels in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.platform.labels import name_of
from consulta.platform.messages import MESSAGES
from consulta.platform.web import dimension_words
from consulta.platform.web.language import local, percent, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from consulta.panel.values import (
        RuleRow,
    )


BADGES = {"accepted": "met", "attended": "met", "declined": "short", "no_answer": "over", "invited": "now"}


def state_name(state: str) -> str:
    """Return the name of a state of an invitation."""
    said: str = _(MESSAGES[f"invited.{state}"])
    return said


def badge(state: str) -> tuple[str, str]:
    """Return a state of an invitation as a badge: shape and word."""
    return BADGES.get(state, ""), state_name(state)


def init_app(app: Flask) -> None:
    """Give templates the filters that turn figures into words and rows."""
    app.jinja_env.filters.update(
        category=lambda dimension, key: local(name_of(dimension, key)),
        personal_names=personal_names,
        asked_words=_asked,
        said=say,
        why_replaced=lambda reason: _(MESSAGES[f"replaced.{reason}"]),
        rule_in_words=in_words,
        rule_asked=rule_asked,
        rule_label=rule_label,
        rule_name=rule_name,
        whole=round,
    )


def personal_names(keys: Iterable[str]) -> str:
    """Return what attributes of persons are called inside of a sentence, such as gender."""
    return ", ".join(_("gender") if key == "gender" else f"“{dimension_words.own(key)}”" for key in keys)


def _asked(row: RuleRow) -> str:
    if row.percent is not None:
        return _("at least %(percent)s in every hundred", percent=row.percent)
    if row.low == row.high:
        return _("exactly %(low)s", low=row.low)
    if row.high is None:
        return _("at least %(low)s", low=row.low)
    if row.low == 0:
        return _("at most %(high)s", high=row.high)
    return _("%(low)s to %(high)s", low=row.low, high=row.high)


def in_words(row: RuleRow) -> str:
    """Return a rule and what it asks, in a few words."""
    if row.kind in {"share", "mixed"}:
        return rule_name(row)
    return _("%(rule)s: %(asked)s", rule=rule_name(row), asked=_asked(row))


def rule_name(row: RuleRow) -> str:
    """Return what a rule is about, in a few words."""
    if row.kind == "size":
        return _("All places")
    if row.kind == "share":
        return _("%(who)s, at least %(percent)s in every hundred", who=local(row.value), percent=row.percent)
    if row.kind == "at_most":
        return {
            "organisation": _("People of one organisation"),
            "country": _("People of one country"),
        }.get(row.attribute, row.attribute)
    if row.kind == "mixed":
        return {
            "gender": _("Different genders"),
            "sector": _("Different sectors"),
        }.get(row.attribute) or _(
            "Different categories of “%(name)s”", name=dimension_words.own(row.attribute)
        )
    return local(row.value)


def rule_label(row: RuleRow) -> str:
    """Return what a rule is about, as short as it can be said."""
    return local(row.value) if row.kind == "share" else rule_name(row)


def rule_asked(row: RuleRow) -> str:
    """Return what a rule asks for, as short as it can be said."""
    if row.percent is not None:
        return _("at least %(percent)s", percent=percent(row.percent / 100))
    return _asked(row)

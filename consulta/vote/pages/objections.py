"""Objections in words, for the desk and for scrutineers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from consulta.platform.web.babel import lazy_gettext as _l
from consulta.vote import objections

if TYPE_CHECKING:
    from collections.abc import Mapping


STATES = {
    "open": ("now", _l("awaiting a decision")),
    "asked": ("over", _l("awaiting a second person")),
    "upheld": ("met", _l("upheld")),
    "rejected": ("short", _l("rejected")),
    "withdrawn": ("", _l("withdrawn")),
}
"""States of an objection: the shape of the badge, and the word."""


CHOICES: Mapping[str, object] = {
    "not_ours": _l("We did not send this vote: it is not ours"),
    "missing": _l("We voted, and our vote is missing"),
    "other": _l("Something else"),
    objections.WITHDRAW: _l("I withdraw this objection"),
}
WORDS: Mapping[str, Any] = {
    "states": STATES,
    "choices": CHOICES,
    "text_max": objections.TEXT_MAX,
    "who_max": objections.WHO_MAX,
}
MOST_DIGITS = 9
TEMPLATE = "objections/question.html"
view = objections.question
answer = objections.answer


def sent(_note: str) -> objections.Sent:
    """Return what was sent beside the choice; number 0 is no objection."""
    number = request.form.get("objection", "")
    known = number.isdecimal() and len(number) <= MOST_DIGITS
    return objections.Sent(
        request.form.get("who", ""), request.form.get("text", ""), int(number) if known else 0
    )

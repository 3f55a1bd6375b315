"""The page behind the link of a closing mail: how an organisation appears, and how to object to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import lazy_gettext as _l

from consulta.objections import service as objections
from consulta.objections.pages.words import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.infra.models import Link
    from consulta.infra.work import Work
    from consulta.objections.values import ObjectionDoor

WITHDRAW = "withdraw"
CHOICES: Mapping[str, object] = {
    "not_ours": _l("We did not send this vote: it is not ours"),
    "missing": _l("We voted, and our vote is missing"),
    "other": _l("Something else"),
    WITHDRAW: _l("I withdraw this objection"),
}
MOST_DIGITS = 9
TEMPLATE = "objections/question.html"


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows."""

    door: ObjectionDoor
    text_max: int = objections.TEXT_MAX
    who_max: int = objections.WHO_MAX
    states: Mapping[str, Any] = field(default_factory=lambda: STATES)
    choices: Mapping[str, object] = field(default_factory=lambda: CHOICES)


def view(work: Work, link: Link) -> Page:
    """Return how the link's organisation appears."""
    return Page(objections.question(work, link))


def answer(work: Work, link: Link, choice: str, _note: str) -> None:
    """Object, or withdraw an objection. Problems: those of `objections.service.make` and
    `objections.service.withdraw`."""
    if choice == WITHDRAW:
        number = request.form.get("objection", "")
        known = number.isdecimal() and len(number) <= MOST_DIGITS
        objections.withdraw(work, link, int(number) if known else 0)
        return
    said = objections.Said(choice, request.form.get("who", ""), request.form.get("text", ""))
    objections.make(work, link, said)

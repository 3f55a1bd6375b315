"""The page behind the link of a closing mail: how an organisation appears, and how to object to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import request

from consulta.services import objections
from consulta.web.objection_words import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.services.objection_views import ObjectionDoor
    from consulta.services.work import Work
    from consulta.store.models import ActionLink

WITHDRAW = "withdraw"
CHOICES = frozenset({"not_ours", "missing", "other", WITHDRAW})
TEMPLATE = "reply/objection.html"


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows."""

    door: ObjectionDoor
    text_max: int = objections.TEXT_MAX
    who_max: int = objections.WHO_MAX
    states: Mapping[str, Any] = field(default_factory=lambda: STATES)


def page(work: Work, link: ActionLink) -> Page:
    """Return how the link's organisation appears."""
    return Page(objections.door(work, link))


def answer(work: Work, link: ActionLink, choice: str, _note: str) -> None:
    """Object, or withdraw an objection. Problems: those of `objections.make` and `objections.withdraw`."""
    if choice == WITHDRAW:
        number = request.form.get("objection", "")
        objections.withdraw(work, link, int(number) if number.isdecimal() and len(number) < 10 else 0)  # noqa: PLR2004 - more digits than any number has
        return
    said = objections.Said(choice, request.form.get("who", ""), request.form.get("text", ""))
    objections.make(work, link, said)

"""The question of a mail that told of a change of an organisation's data: object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from consulta.people.own_data import objecting

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "own_data/objection.html"
CHOICES: Mapping[str, object] = {
    "object": _l("I object: this change is not right, or our organisation does not know of it"),
}
view, answer = objecting.question, objecting.answer

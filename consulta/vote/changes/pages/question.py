"""The question of a notice about who may vote: object, or accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "changes/question.html"
CHOICES: Mapping[str, object] = {
    "object": _l("I object: this change is not right, or we do not know of it"),
    "accept": _l("I accept it: the change is right, and the link may be sent now"),
}
view, answer = access_changes.question, access_changes.answer

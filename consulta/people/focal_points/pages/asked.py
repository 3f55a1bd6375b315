"""The question of the link that a focal point gets: does the person accept, and what may be public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from consulta.people.focal_points import service

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "focal_points/asked.html"
CHOICES: Mapping[str, object] = {
    "email": _l("I accept, and the public list may show my name and my e-mail address"),
    "both": _l(
        "I accept, and the public list may show my name, my e-mail address and my telephone (if given)"
    ),
    "name": _l("I accept, and the public list may show my name, without address or telephone"),
    "unlisted": _l("I accept, but the public list must not show my name"),
    "decline": _l("I do not accept"),
}
view, answer = service.look, service.answer

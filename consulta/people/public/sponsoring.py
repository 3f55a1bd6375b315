"""The question of the link that a sponsor's contact gets: does the member sponsor the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from consulta.people import admission

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "admission/sponsor.html"
CHOICES: Mapping[str, object] = {
    "confirm": _l("Yes: our organisation knows the applicant and sponsors its application"),
    "refuse": _l("No: our organisation does not sponsor the applicant"),
}
view, answer = admission.sponsor_door, admission.sponsor

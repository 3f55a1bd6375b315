"""The question of the link that a sponsor's contact gets: does the member sponsor the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.people import admission
from consulta.platform.web.babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "admission/sponsor.html"
CHOICES: Mapping[str, object] = {
    "confirm": _l("Yes: our organisation knows the applicant and sponsors its application"),
    "refuse": _l("No: our organisation does not sponsor the applicant"),
}
view, answer = admission.sponsor_door, admission.sponsor

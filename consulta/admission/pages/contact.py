"""The question of the link that a further contact of an admitted organisation gets: is this its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.admission import service as admission
from consulta.changes.values import Asked
from consulta.web.request import house

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.infra.models import Link
    from consulta.infra.work import Work

TEMPLATE = "admission/contact.html"
CHOICES: Mapping[str, object] = {
    "confirm": _l("Yes: I am a contact of this organisation, and this address is mine"),
    "refuse": _l("No: I am not a contact of this organisation"),
}
view = admission.contact_door


def answer(work: Work, link: Link, choice: str, _note: str) -> None:
    """Confirm the address, or say that it is none of the organisation's."""
    asked = Asked(_("The contact confirmed its address by a link."), house().settings.change_wait)
    admission.confirm_contact(work, link, choice, asked)

"""The question of the link that a further contact of an admitted organisation gets: is this its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.people import admission
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.request import house
from consulta.vote.changes.values import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping


TEMPLATE = "admission/contact.html"
CHOICES: Mapping[str, object] = {
    "confirm": _l("Yes: I am a contact of this organisation, and this address is mine"),
    "refuse": _l("No: I am not a contact of this organisation"),
}
view = admission.contact_door
answer = admission.confirm_contact


def sent(_note: str) -> Asked:
    """Return the reason for which the address may vote, and its wait."""
    return Asked(_("The contact confirmed their address through a link."), house().settings.change_wait)

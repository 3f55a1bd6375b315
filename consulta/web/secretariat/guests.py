"""The invitation list as a file to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.formats.workbook import Sheet
from consulta.web.language import local
from consulta.web.secretariat.files import Export

if TYPE_CHECKING:
    from consulta.services.invitations import Guest, GuestList


def export(guests: GuestList) -> Export:
    """The list, named after its round and the version of its panel."""
    topic = "; ".join(local(title) for title in guests.topics)
    facts = [
        (_("Round"), f"{guests.round_key}, {local(guests.title)}"),
        (_("Panel"), _("version %(version)s, all members", version=guests.panel_version)),
        (_("Made by"), guests.made_by),
    ]
    if guests.example:
        facts.append((_("EXAMPLE"), _("The organisations, people and results shown here are invented.")))
    headings = (
        _("Name"),
        _("Institution"),
        _("Role"),
        _("Country"),
        _("Subregion"),
        _("Language"),
        _("E-mail"),
        _("Topic"),
    )
    rows = tuple(_row(guest, topic) for guest in guests.guests)
    return Export(
        stem=f"{guests.round_key}-panel-{guests.panel_version}",
        title=_("Invitation list"),
        sheet=Sheet(_("Invitations"), headings, rows),
        made_at=guests.made_at,
        facts=tuple(facts),
    )


def _row(guest: Guest, topic: str) -> tuple[str, ...]:
    return (
        guest.name,
        guest.organisation,
        local(guest.role),
        local(guest.country),
        local(guest.subregion),
        {"es": _("Spanish"), "en": _("English")}[guest.language],
        guest.email,
        topic,
    )

"""The invitation list as a file: a workbook for people, comma-separated text for a mailing program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flask import Response
from flask_babel import gettext as _

from consulta.formats.delimited import write_csv
from consulta.formats.workbook import About, Sheet, write_xlsx
from consulta.web.language import local, moment

if TYPE_CHECKING:
    from consulta.services.invitations import Guest, GuestList

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_file(guests: GuestList, kind: Literal["xlsx", "csv"]) -> Response:
    """The list as an answer to download, named after its round and version."""
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
    topic = "; ".join(local(title) for title in guests.topics)
    rows = tuple(_row(guest, topic) for guest in guests.guests)
    if kind == "csv":
        body, mimetype = write_csv(headings, rows), "text/csv"
    else:
        sheet = Sheet(_("Invitations"), headings, rows)
        body, mimetype = write_xlsx([sheet], created=guests.made_at, about=_about(guests)), XLSX
    made = guests.made_at.strftime("%Y%m%dT%H%MZ")
    name = f"{guests.round_key}-panel-{guests.panel_version}-{made}.{kind}"
    return Response(
        body, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _row(guest: Guest, topic: str) -> tuple[str, ...]:
    language = {"es": _("Spanish"), "en": _("English")}[guest.language]
    return (
        guest.name,
        guest.organisation,
        local(guest.role),
        local(guest.country),
        local(guest.subregion),
        language,
        guest.email,
        topic,
    )


def _about(guests: GuestList) -> About:
    facts = [
        (_("Round"), f"{guests.round_key}, {local(guests.title)}"),
        (_("Panel"), _("version %(version)s, all members", version=guests.panel_version)),
        (_("Made by"), guests.made_by),
    ]
    if guests.example:
        facts.append((_("EXAMPLE"), _("The organisations, people and results shown here are invented.")))
    return About(
        name=_("About this file"),
        title=_("Invitation list"),
        generated=moment(guests.made_at),
        facts=tuple(facts),
    )

"""One organisation in one round: who can vote for it, and when and by whom it voted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.data import dimensions
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.language import brief, language_name
from consulta.platform.web.request import read
from consulta.platform.web.table import Column, Search, Table, at, handed_out, moment_in_file
from consulta.rounds.service import subject
from consulta.vote import seats as services
from consulta.vote.pages import whatsapp

if TYPE_CHECKING:
    from consulta.platform.web.table import Listing
    from consulta.platform.work import Work
    from consulta.vote.values import SeatContact, SeatView


@blueprint.get("/rounds/<key>/seats/<seat_key>", may="participation.read")
def seat(key: str, seat_key: str) -> Page:
    """Show a seat of the roll; the content of its ballots is not shown."""
    del seat_key  # what is read takes it from the address, which that of the file has too
    view, table = read(_contacts, key)
    return page(
        "voting/seat.html",
        view.round,
        view=view,
        table=table,
        seat=view.seat,
        texts=[(each, _text(view, each)) for each in view.contacts] if _may_be_written(view) else [],
    )


def _may_be_written(view: SeatView) -> bool:
    return view.takes_votes and view.seat.voted_at is None


def _text(view: SeatView, contact: SeatContact) -> whatsapp.Ready:
    seat = view.seat
    country = seat.categories[dimensions.COUNTRY]
    return whatsapp.text(view.round, seat.organisation, country, contact.name, contact.language)


@handed_out("seat-contacts")
def _contacts(work: Work, key: str, *, whole: bool = False) -> tuple[SeatView, Listing]:
    """Return the seat that the address names, and the table of its contacts."""
    view = services.seat_page(work, key, at("seat_key"))
    zone = view.round.zone
    table = Table(
        title=_("Contacts who can vote"),
        name="seat-contacts",
        endpoint="secretariat.seat",
        key=key,
        at={"seat_key": view.seat.seat},
        subject=subject(view.round),
        handful=True,
        opens=True,
        search=Search(_("Name or e-mail"), lambda contact: f"{contact.name} {contact.email}"),
        columns=[
            Column("organisation", _("Organisation"), lambda _contact: view.seat.organisation, only="file"),
            Column("contact", _("Contact"), lambda contact: contact.name, flow=True),
            Column("email", _("E-mail"), lambda contact: contact.email, flow=True, phone="under"),
            Column("language", _("Language"), lambda contact: language_name(contact.language), only="file"),
            Column(
                "since",
                _("Link since"),
                lambda contact: brief(contact.link_since, zone) if contact.link_since else _("none"),
                lambda contact: contact.link_since.timestamp() if contact.link_since else 0.0,
                largest_first=True,
                phone="side",
            ),
            moment_in_file(lambda contact: contact.link_since),
        ],
    )
    return view, table.over(view.contacts, whole=whole)

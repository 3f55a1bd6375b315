"""A ready text for WhatsApp to an organisation that has not voted: without its personal link.

It leads to the page that sends the link to the address on file, so that it may be forwarded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.organiser.pages.everywhere import site_name
from consulta.platform.web.language import offered
from consulta.platform.web.request import actor, house

if TYPE_CHECKING:
    from consulta.rounds.values import RoundLine


class Ready(NamedTuple):
    """A text that is ready to be sent, and its language."""

    language: str
    text: str


def text(line: RoundLine, organisation: str, country: str, contact: str, language: str) -> Ready:
    """Return the text to a contact of an organisation, in the contact's language where it is offered."""
    said = language if language in offered() else offered()[0]
    zone = catalogue.countries_by_code()[country].zone
    words = catalogue.mail_words(said)
    filled = words["whatsapp"].format(
        contact=contact,
        staff=actor().name,
        organiser=site_name(said),
        organisation=organisation,
        round=line.title.best(said, *offered()),
        until=moments.brief(line.closes_at, zone, said),
        new_link=f"{house().settings.base_url}/{said}/new-link",
    )
    return Ready(said, f"{words['example']}\n\n{filled}" if line.example else filled)

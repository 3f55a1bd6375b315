"""What became of the people that an organisation proposed, as its mail tells: one mail to each organisation.

This module says what there is to tell; `mailer.news` decides what of it was told. The text is made when the
mail is sent, unless a decision changed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.panel.proposals import queries
from consulta.platform.mailer import news
from consulta.platform.mailer.news import Item

if TYPE_CHECKING:
    from consulta.platform.mailer.news import News
    from consulta.platform.models import Message, Nomination, Round
    from consulta.platform.work import Work

KIND = "proposal"


def untold(work: Work, found: Round) -> list[News]:
    """Return what each organisation has not been told of its proposals for the panel of a round."""
    rows = queries.of_round(work.session, found.id)
    items = [Item(row.organisation, row.contact, _facts(row)) for row in rows if row.organisation is not None]
    return news.untold(work, found, KIND, items)


def tell(work: Work, found: Round) -> int:
    """Queue one mail to each organisation that has not been told all, and can be; return how many."""
    return news.tell(work, found, KIND, untold(work, found))


def is_current(work: Work, message: Message) -> bool:
    """Return whether a message about proposals still says the present state of all of them."""
    rows = queries.of_round(work.session, message.round_id)
    return news.is_current(message, {row.id: _facts(row) for row in rows})


def names(work: Work, found: Round) -> dict[int, str]:
    """Return who was proposed, by the number of the proposal."""
    return {row.id: row.said["name"] for row in queries.of_round(work.session, found.id)}


def _facts(row: Nomination) -> dict[str, Any]:
    return {
        "number": row.id,
        "proposed": row.said["name"],
        "decision": row.state,
        "reason": row.reason,
        "into": row.nominee.name if row.nominee and row.state == "merged" else "",
        "on_ballot": bool(row.nominee and row.nominee.on_ballot) and row.round.opened_at is None,
    }

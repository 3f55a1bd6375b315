"""The public list of receipt codes, and what somebody with a code may ask: did it count, and unchanged.

It decides who sees which ranking: everybody where ballots are public, else only the organisation's own
session. Others who have a code read there that its vote was counted as it was sent, and not how: a code that
shows the ranking to everybody would prove a vote to those who pay for it or demand it. There the codes are
not listed either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from consulta.core.receipts import as_code
from consulta.services import public, receipts
from consulta.services.access import require
from consulta.services.archive import published
from consulta.services.secrecy import what_is_public
from consulta.services.trust_views import LookedUp, ReceiptLine, ReceiptsView
from consulta.store import archive as rows
from consulta.store import public as public_rows

if TYPE_CHECKING:
    from consulta.core.texts import Text
    from consulta.services.trust_views import Ranking
    from consulta.services.work import Work
    from consulta.store.models import Ballot, Round

MOST_LINES = 500
"""More than that are for the archive's list, not for a page."""

NO_CODE = "----"


def receipts_page(work: Work, key: str) -> ReceiptsView:
    """The codes of the ballots that count with their rankings, where public. Problem: `archive.unknown`."""
    require(work, "published.read")
    found = published(work, key)
    fields = what_is_public(found.secrecy)
    total = rows.ballots(work.session, found.id)
    listed = "receipt_codes" in fields and total <= MOST_LINES
    seats, countries, _ = public_rows.sizes(work.session, found.id)
    shown, titles = "receipt_ballots" in fields, _titles(found)
    return ReceiptsView(
        card=public.card(found, seats, countries),
        shown=shown,
        total=total,
        lines=tuple(
            ReceiptLine(
                ballot.receipt,
                _ranking(ballot, titles) if shown else (),
                seat.name if "seats" in fields else "",
            )
            for seat, ballot in (rows.counted(work.session, found.id) if listed else ())
        ),
    )


def look_up(work: Work, key: str, typed: str) -> LookedUp:
    """What became of the vote with this code, and what it says where whoever asks may read that.

    Problem: `archive.unknown`.
    """
    require(work, "published.read")
    found = published(work, key)
    code = as_code(typed)
    ballot = rows.by_code(work.session, found.id, code or NO_CODE)
    titles = _titles(found)
    if ballot is None:
        return LookedUp(code, "unknown" if code else "malformed")
    cast, last, excluded = ballot
    if receipts.code_of(cast, found.key, rows.pseudonym(work.session, cast)) != cast.receipt:
        return LookedUp(code, "altered")
    if excluded:
        return LookedUp(code, "excluded")
    state: Literal["counted", "replaced"] = "counted" if last else "replaced"
    own = work.actor.role == "voter" and work.actor.seat_id == cast.seat_id
    shown = own or "receipt_ballots" in what_is_public(found.secrecy)
    return LookedUp(code, state, _ranking(cast, titles) if shown else ())


def _titles(found: Round) -> dict[str, Text]:
    return {theme.key: theme.title for theme in found.themes}


def _ranking(ballot: Ballot, titles: dict[str, Text]) -> Ranking:
    return tuple(tuple(titles[key] for key in tier) for tier in ballot.ranking)

"""The public list of receipt codes, and the look-up of one: whether its vote counted, unchanged.

This module decides who sees which ranking: any reader if ballots are public, else only the
organisation's own session. Other people who have a code read there that its vote was counted unchanged,
but not its content: a code that shows the ranking to any reader would prove a vote to those who pay for
it or demand it. In that case the codes are not listed either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from consulta.core.trust.receipts import as_code
from consulta.platform.access import require
from consulta.results.archive import published
from consulta.rounds import ballots, public_rounds
from consulta.rounds.secrecy import what_is_public
from consulta.rounds.values import LookedUp, ReceiptLine, ReceiptsView

if TYPE_CHECKING:
    from consulta.core.texts import Text
    from consulta.platform.models import Ballot, Round
    from consulta.platform.work import Work
    from consulta.rounds.values import Ranking

MOST_LINES = 500
"""More than that are for the archive's list, not for a page."""

NO_CODE = "----"


def receipts_page(work: Work, key: str) -> ReceiptsView:
    """Return the codes of the counted ballots, where public, with their rankings, where public.

    Above 500 ballots no codes are listed here: they are in the archive's list.
    Raise Problem `archive.unknown` if the round is not published.
    """
    require(work, "published.read")
    found = published(work, key)
    fields = what_is_public(found.secrecy)
    total = ballots.ballots(work.session, found.id)
    listed = "receipt_codes" in fields and total <= MOST_LINES
    shown, titles = "receipt_ballots" in fields, _titles(found)
    return ReceiptsView(
        card=public_rounds.card_of(work, found),
        shown=shown,
        total=total,
        lines=tuple(
            ReceiptLine(
                ballot.receipt,
                _ranking(ballot, titles) if shown else (),
                seat.name if "seats" in fields else "",
            )
            for seat, ballot in (ballots.counted(work.session, found.id) if listed else ())
        ),
    )


def look_up(work: Work, key: str, typed: str) -> LookedUp:
    """Return the state of the vote with this code, and its ranking if the reader may see it.

    Raise Problem `archive.unknown` if the round is not published.
    """
    require(work, "published.read")
    found = published(work, key)
    code = as_code(typed)
    ballot = ballots.by_code(work.session, found.id, code or NO_CODE)
    titles = _titles(found)
    if ballot is None:
        return LookedUp(code, "unknown" if code else "malformed")
    cast, last, excluded = ballot
    if ballots.code_of(cast, found.key, ballots.pseudonym(work.session, cast)) != cast.receipt:
        return LookedUp(code, "altered")
    if excluded:
        return LookedUp(code, "abstention_out" if cast.abstains else "excluded")
    if last and cast.abstains:
        return LookedUp(code, "abstained")
    state: Literal["counted", "replaced"] = "counted" if last else "replaced"
    own = work.actor.role == "voter" and work.actor.seat_id == cast.seat_id
    shown = own or "receipt_ballots" in what_is_public(found.secrecy)
    return LookedUp(code, state, _ranking(cast, titles) if shown else ())


def _titles(found: Round) -> dict[str, Text]:
    return {theme.key: theme.title for theme in found.themes}


def _ranking(ballot: Ballot, titles: dict[str, Text]) -> Ranking:
    return tuple(tuple(titles[key] for key in tier) for tier in ballot.ranking)

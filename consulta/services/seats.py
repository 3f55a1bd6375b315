"""One organisation in one round, as the secretariat sees it: its contacts, and when and by whom it voted.

Never how: what a ballot says is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.services import access_changes
from consulta.services.access import require
from consulta.services.participation import seat_line
from consulta.services.rounds import line_of, sized
from consulta.services.views import SeatContact, SeatView, SentVersion
from consulta.store import ballots as rows
from consulta.store import seat_addresses as addresses
from consulta.store import seats as seat_rows
from consulta.store.objections import is_excluded

if TYPE_CHECKING:
    from consulta.services.work import Work
    from consulta.store.models import Ballot


def seat_page(work: Work, round_key: str, seat_key: str) -> SeatView:
    """A seat of the roll. Problems: `round.unknown`, `seat.unknown`."""
    require(work, "participation.read")
    found, sizes = sized(work, round_key)
    seat = seat_rows.find(work.session, found.id, seat_key)
    if seat is None:
        raise Problem("seat.unknown")
    current = rows.current(work.session, seat.id)
    out = current is not None and is_excluded(work.session, current.id)
    admitted = addresses.allowed(work.session, [(seat.id, each.id) for each in seat.organisation.contacts])
    since = seat_rows.links_since(work.session, seat.id, work.now)
    return SeatView(
        round=line_of(found, sizes, work.now),
        seat=seat_line(seat, current.cast_at if current and not out else None),
        organisation_id=seat.organisation_id,
        takes_votes=found.state == "open" and work.now < found.closes_at,
        contacts=tuple(
            SeatContact(each.id, each.name, each.email, each.language, since.get(each.id))
            for each in seat.organisation.contacts
            if each.active and each.may_vote and (seat.id, each.id) in admitted
        ),
        changes=tuple(each for each in access_changes.of_round(work, found.id) if each.seat == seat.key),
        versions=tuple(
            _version(work, each, counts=each is current and not out, excluded=each is current and out)
            for each in rows.versions(work.session, seat.id)
        ),
    )


def _version(work: Work, found: Ballot, *, counts: bool, excluded: bool) -> SentVersion:
    asked = found.assistance
    return SentVersion(
        version=found.version,
        cast_at=found.cast_at,
        counts=counts,
        assisted=found.assisted,
        sent_by=addresses.sender_of(work.session, found),
        entered_by=asked.staff.name if asked and asked.staff else "",
        requester=asked.requester if asked else "",
        reason=asked.reason if asked else "",
        young=found.young,
        excluded=excluded,
    )

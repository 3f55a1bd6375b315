"""One organisation in one round, as the secretariat sees it: its contacts, and when and by whom it voted.

Never how: what a ballot says is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import or_problem
from consulta.platform.access import require
from consulta.rounds import addresses, ballots
from consulta.rounds.ballots import is_excluded
from consulta.rounds.service import line_of, sized
from consulta.vote import queries as seat_queries
from consulta.vote.changes import service as access_changes
from consulta.vote.participation import seat_line
from consulta.vote.values import SeatContact, SeatView, SentVersion

if TYPE_CHECKING:
    from consulta.platform.models import Ballot
    from consulta.platform.work import Work


def seat_page(work: Work, round_key: str, seat_key: str) -> SeatView:
    """Return a seat of the roll with its contacts, changes and versions of its ballot.

    Problems: `round.unknown`, `seat.unknown`.
    """
    require(work, "participation.read")
    found, sizes = sized(work, round_key)
    seat = or_problem(seat_queries.find(work.session, found.id, seat_key), "seat.unknown")
    current = ballots.current(work.session, seat.id)
    versions = [
        (each, is_excluded(work.session, each.id)) for each in ballots.versions(work.session, seat.id)
    ]
    counts = next((each for each, out in versions if each is current and not out), None)
    admitted = addresses.allowed(work.session, [(seat.id, each.id) for each in seat.organisation.contacts])
    since = seat_queries.links_since(work.session, seat.id, work.now)
    return SeatView(
        round=line_of(found, sizes, work.now),
        seat=seat_line(seat, counts.cast_at if counts else None),
        organisation_id=seat.organisation_id,
        takes_votes=found.state == "open" and work.now < found.closes_at,
        contacts=tuple(
            SeatContact(each.id, each.name, each.email, each.phone, each.language, since.get(each.id))
            for each in seat.organisation.contacts
            if each.active and each.may_vote and (seat.id, each.id) in admitted
        ),
        changes=tuple(each for each in access_changes.of_round(work, found.id) if each.seat == seat.key),
        versions=tuple(_version(work, each, counts=each is counts, excluded=out) for each, out in versions),
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

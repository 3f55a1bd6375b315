"""Whether what is stored holds together: the log's chain, the current ballots, the digests of documents."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.store import log
from consulta.store.models import Ballot, CurrentBallot, Document

if TYPE_CHECKING:
    from consulta.services.work import Work


def faults(work: Work) -> list[str]:
    """One line a fault, in English, for whoever runs the installation; none where all is well."""
    found = [
        f"log row {number}: its digest or its link to the row before does not hold" for number in _log(work)
    ]
    newest = (
        select(Ballot.seat_id, func.max(Ballot.version).label("version")).group_by(Ballot.seat_id).subquery()
    )
    rows = work.session.execute(
        select(newest.c.seat_id, newest.c.version, Ballot.version)
        .outerjoin(CurrentBallot, CurrentBallot.seat_id == newest.c.seat_id)
        .outerjoin(Ballot, Ballot.id == CurrentBallot.ballot_id)
    )
    found += [f"seat {seat}: its last ballot does not count" for seat, last, counts in rows if last != counts]
    for document in work.session.scalars(select(Document)).yield_per(100):
        if hashlib.sha256(document.content.encode()).hexdigest() != document.sha256:
            found.append(f"document {document.id}: its content does not match its digest")
    return found


def _log(work: Work) -> list[int]:
    return list(log.breaks(work.session))

"""Requests for a new link: taken within limits, and answered by the worker, to the address alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from consulta.platform import security
from consulta.platform.access import require
from consulta.platform.accounts import ATTEMPTS_KEPT, digest
from consulta.platform.log import seals
from consulta.platform.models import Attempt, LinkRequest
from consulta.platform.texts import address
from consulta.rounds import electorate, links, notices, proposing

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.models import Contact, Seat
    from consulta.platform.work import Work


WITHHELD = "links.withheld"  # in the log: a link that did not go to an address that the log does not tell of
WINDOW = timedelta(hours=1)
ADDRESS_MOST, NETWORK_MOST = 3, 30  # requests within that time


def ask(work: Work, email: str, source: str = "", purpose: str = "vote") -> None:
    """Store a request for a new link; ignore it if there were too many, or if it names no address.

    It is for links to vote and to propose, or (`own`) to the data of one's own organisation, or (`follow_up`)
    to answer what became of recommendations.

    Within an hour, 3 requests of a purpose are accepted for an address and 30 from a network, which is that
    of `source`: requests for other links keep no one from asking for a link to vote.
    """
    require(work, "links.request")
    wanted = address(email) or ""
    what = "new link" if purpose == "vote" else f"link to {purpose}"
    if is_within_limits(work, what, wanted, source) and wanted:
        work.session.add(LinkRequest(address=wanted, at=work.now, purpose=purpose))


def is_within_limits(work: Work, what: str, wanted: str, source: str) -> bool:
    """Return whether `what` may be asked for an address once more, and from a network; if so, note it."""
    subjects = (
        (digest(f"{what} for {wanted}"), ADDRESS_MOST),
        (digest(f"{what} from {security.network(source)}"), NETWORK_MOST),
    )
    since = work.now - WINDOW
    counts = [
        work.session.scalar(select(func.count()).where(Attempt.subject_sha256 == subject, Attempt.at > since))
        for subject, _most in subjects
    ]
    work.session.execute(delete(Attempt).where(Attempt.at <= work.now - ATTEMPTS_KEPT))
    if any((count or 0) >= most for count, (_, most) in zip(counts, subjects, strict=True)):
        security.tell("rate.limited", what=what.replace(" ", "_"))
        return False
    work.session.add_all(Attempt(subject_sha256=subject, at=work.now) for subject, _most in subjects)
    return True


def _is_as_told(work: Work, seat: Seat, contact: Contact) -> bool:
    """Return whether a contact's address is the one that the log tells of; if not, the log tells of that.

    Else one who can write to the database for an hour could be sent the link of any organisation, and put
    the address back.
    """
    work.seal()
    kinds = seals.unlike(work.session, ("contact.address", "contact.vote"), contact)
    if kinds:
        security.tell("link.withheld", contact=contact.id)
        work.record(WITHHELD, f"round:{seat.round_id}", {"contact": contact.id, "kinds": kinds})
    return not kinds


def due(work: Work) -> tuple[str, ...]:
    """Return the numbers of the requests that wait for an answer."""
    require(work, "mail.send")
    return tuple(
        str(number) for number in work.session.scalars(select(LinkRequest.id).order_by(LinkRequest.id))
    )


def answer(
    work: Work,
    number: str,
    *more: Callable[[Work, str], int],
    own: Callable[[Work, str], int] | None = None,
    follow_up: Callable[[Work, str], int] | None = None,
) -> int | None:
    """Send a link for every seat that the address can vote for, and to propose before a vote.

    Each of `more` sends other links to an address and returns how many; a request for a link to one's own
    data is answered by `own` alone, one to answer about recommendations by `follow_up` alone.

    Return how many links were sent; None if another worker answered the request. The request is deleted,
    whether or not a contact has that address.
    """
    require(work, "mail.send")
    query = delete(LinkRequest).where(LinkRequest.id == int(number))
    taken = work.session.execute(query.returning(LinkRequest.address, LinkRequest.purpose)).first()
    if taken is None:
        return None
    wanted, purpose = taken
    alone = {"own": own, "follow_up": follow_up}
    if purpose in alone:
        act = alone[purpose]
        return act(work, wanted) if act is not None else 0
    people = [
        each for each in electorate.voters_at(work.session, wanted, work.now) if _is_as_told(work, *each)
    ]
    for (seat, contact), token in zip(people, links.give(work, people), strict=True):
        notices.new_link(work, seat, contact, token, asked=True)
        work.record("links.requested", f"round:{seat.round_id}", {"contact": contact.id})
    sent = len(people) + proposing.answer(work, wanted)
    return sent + sum(each(work, wanted) for each in more)

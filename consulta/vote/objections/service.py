"""Objections after the closing: made by a link of the closing mail, decided by the secretariat.

This module decides until when an objection can be made, who may decide it, and the effect of upholding
one: the ballot stays stored, and no later count includes it. The effect on count and publication is in
`results`; the notices are in `notices`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from consulta.accounts.staff import makers
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.formats import moments
from consulta.platform.log import checkpoints
from consulta.platform.models import BallotExclusion, Objection, Round
from consulta.platform.texts import line, paragraphs
from consulta.rounds import acts, public
from consulta.rounds.addresses.queries import addresses as seat_addresses
from consulta.rounds.ballots import receipts
from consulta.rounds.ballots.objection_time import awaits_objections, objections_end
from consulta.rounds.ballots.queries import ballots as ballots_queries
from consulta.rounds.ballots.queries import exclusions as exclusions_queries
from consulta.rounds.notices import service as notices
from consulta.rounds.service import hold, line_of, sized, subject
from consulta.vote.objections.values import Appearance, ObjectionDoor, ObjectionLine, ObjectionsView, Waiting

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Ballot, Link, Seat
    from consulta.platform.work import Work

WHO_MAX, TEXT_MAX, REASON_MAX = 120, 3000, 2000
MOST = 20  # objections from one address: more than that are no objections, and they stop no other address
UNDECIDED = ("open", "asked")
WITHDRAW = "withdraw"
"""Answer by a link that takes an objection back."""
PURPOSES = (
    Purpose(
        notices.OBJECTING,
        way="r",
        subject=Round,
        role="addressee",
        page="consulta.vote.objections.pages.question",
        texts="links/notice.html",
        reader=door.addressee,
        session=False,
    ),
)


class Said(NamedTuple):
    """Content of an objection as its author writes it."""

    claim: str
    who: str
    text: str


class Sent(NamedTuple):
    """What is sent with an answer by the link: words of an objection, or the number of one to withdraw."""

    who: str
    text: str
    number: int


def is_over(work: Work, found: Round) -> bool:
    """Return whether no objection can be made any more."""
    mails = exclusions_queries.closing_mails(work.session, found.id)
    return found.state != State.CLOSED.value or not awaits_objections(found, mails, work.now)


def end_of(work: Work, found: Round) -> datetime | None:
    """Return until when objections can be made; later than was fixed where closing mails left late."""
    return objections_end(found, exclusions_queries.closing_mails(work.session, found.id), work.now)


# -- by the link of a closing mail


def question(work: Work, link: Link) -> ObjectionDoor:
    """Return how the organisation of a link appears, and its objections so far."""
    require(work, "links.open")
    reader = door.address_of(link)
    seat = reader.seat
    found = seat.round
    return ObjectionDoor(
        card=public.card_of(work, found),
        question=found.question,
        organisation=seat.name,
        reader=reader.name,
        zone=catalogue.countries_by_code()[seat.country].zone,
        appears=_appearance(work, exclusions_queries.current_ballot(work.session, seat.id)),
        until=end_of(work, found) or found.closed_at or work.now,
        over=is_over(work, found),
        lines=tuple(_line(work, each, link) for each in exclusions_queries.of_seat(work.session, seat.id)),
    )


def answer(work: Work, link: Link, choice: str, sent: Sent) -> None:
    """Object, or withdraw an objection. Problems: those of `make` and `withdraw`."""
    if choice == WITHDRAW:
        withdraw(work, link, sent.number)
    else:
        make(work, link, Said(choice, sent.who, sent.text))


def make(work: Work, link: Link, said: Said) -> int:
    """Object to how an organisation appears; the objection's number is returned.

    Every address of the organisation is told. Problems: `objection.over`, `objection.claim`, `objection.who`,
    `objection.text`, `objection.many`.
    """
    require(work, "replies.answer")
    seat, found = _seat(work, link)
    if is_over(work, found):
        raise Problem("objection.over")
    ballot = exclusions_queries.current_ballot(work.session, seat.id)
    claim = "not_ours" if ballot is not None else "missing"
    who, text = line(said.who), paragraphs(said.text)
    if said.claim not in {claim, "other"}:
        raise Problem("objection.claim")
    if not who or len(who) > WHO_MAX:
        raise Problem("objection.who", most=WHO_MAX)
    if not text or len(text) > TEXT_MAX:
        raise Problem("objection.text", most=TEXT_MAX)
    before = exclusions_queries.of_seat(work.session, seat.id)
    if sum(each.seat_address_id == link.seat_address_id for each in before) >= MOST:
        raise Problem("objection.many", most=MOST)
    made = Objection(
        round_id=found.id,
        seat_id=seat.id,
        ballot_id=ballot.id if ballot else None,
        claim=said.claim,
        seat_address_id=link.seat_address_id,
        who=who,
        text=text,
        made_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    work.record("objections.made", subject(found), {"objection": made.id, "seat": seat.key})
    notices.objection_made(work, found, made)
    return made.id


def withdraw(work: Work, link: Link, number: int) -> None:
    """Take an objection back by the link with which it was made; every address of the organisation is told.

    Problems: `objection.unknown`, `objection.decided`.
    """
    require(work, "replies.answer")
    _, found = _seat(work, link)
    made = exclusions_queries.find(work.session, found.id, number)
    if made is None or made.seat_address_id != link.seat_address_id:
        raise Problem("objection.unknown")
    if made.state != "open":
        raise Problem("objection.decided")
    made.state, made.decided_at = "withdrawn", work.now
    work.record("objections.withdrawn", subject(found), {"objection": made.id})
    notices.objection_decided(work, found, made)


# -- at the desk


def desk(work: Work, key: str) -> ObjectionsView:
    """Return the objections of a round, the oldest first. Problem: `round.unknown`."""
    require(work, "objections.read")
    found, sizes = sized(work, key)
    lines = lines_of(work, found)
    made_by = [line.seat for line in lines if line.state != "withdrawn"]
    return ObjectionsView(
        round=line_of(found, sizes, work.now),
        until=end_of(work, found),
        over=is_over(work, found),
        numbers=exclusions_queries.numbers(work.session, found.id),
        lines=lines,
        stale=is_stale(work, found),
        second=takes_two(work),
        contradicted=frozenset(line.number for line in lines if made_by.count(line.seat) > 1),
    )


def lines_of(work: Work, found: Round) -> tuple[ObjectionLine, ...]:
    """Return all objections of a round; the caller has checked that they may be read."""
    return tuple(_line(work, each) for each in exclusions_queries.of_round(work.session, found.id))


def takes_two(work: Work) -> bool:
    """Return whether upholding takes two people: another active account could confirm."""
    return any(number != work.actor.id for number in exclusions_queries.deciders(work.session))


def reject(work: Work, key: str, number: int, reason: str) -> None:
    """Reject an objection, with a reason that every address on file for the organisation is told.

    Problems: `round.unknown`, `objection.unknown`, `objection.decided`, `objection.reason`.
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, UNDECIDED)
    made.reason = _reason(reason)
    made.state, made.decided_at, made.decided_by = "rejected", work.now, work.actor.id
    work.record("objections.rejected", subject(found), {"objection": made.id, "reason": made.reason})
    notices.objection_decided(work, found, made)


def uphold(work: Work, key: str, number: int, reason: str) -> bool:
    """Say that an objection is right; whether it is upheld already, or waits for a second person.

    Problems: those of `reject`, `objection.published` (the result is public), `objection.uncounted` (the
    first count, with all that was there at the closing, is still to come).
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, ("open",))
    _require_unpublished(found)
    if documents.digest(work.session, found.id, "result") is None:
        raise Problem("objection.uncounted")
    made.reason = _reason(reason)
    made.state, made.asked_at, made.asked_by = "asked", work.now, work.actor.id
    work.record("objections.asked", subject(found), {"objection": made.id, "reason": made.reason})
    if takes_two(work):
        return False
    _settle(work, found, made)
    return True


def confirm(work: Work, key: str, number: int) -> None:
    """Confirm an objection that another person asked to uphold: it is upheld.

    The person who asked can confirm only if there is no other account that could.
    Problems: `round.unknown`, `objection.unknown`, `objection.decided`, `objection.same_person`, `act.made`
    (see `staff.makers`), `objection.published`.
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, ("asked",))
    _require_unpublished(found)
    if made.asked_by == work.actor.id and takes_two(work):
        raise Problem("objection.same_person")
    if made.asked_by != work.actor.id:
        makers.require_two(work, made.asked_by, "objections.decide")
    _settle(work, found, made)


def send_back(work: Work, key: str, number: int, reason: str) -> None:
    """Decline to confirm that an objection is upheld: it is undecided again. The reason is in the log.

    Problems: those of `reject`.
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, ("asked",))
    said = _reason(reason)
    made.state, made.asked_at, made.asked_by, made.reason = "open", None, None, ""
    work.record("objections.sent_back", subject(found), {"objection": made.id, "reason": said})


# -- what a result waits for


def waiting(work: Work, key: str) -> Waiting:
    """Return what a counted round still waits for before its result may be published.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "objections.read")
    found, _ = sized(work, key)
    return Waiting(
        until=end_of(work, found),
        over=is_over(work, found),
        numbers=exclusions_queries.numbers(work.session, found.id),
        stale=is_stale(work, found),
        recounted=found.left_out > 0,
        mails=exclusions_queries.closing_mails(work.session, found.id).waiting,
        unseen_by=tuple(
            each.organisation
            for row in acts.rows(work, found, acts.CLOSED)[-1:]
            for each in checkpoints.unseen_by(work.session, row)
        ),
    )


def is_stale(work: Work, found: Round) -> bool:
    """Return whether a ballot was taken out that the newest count includes."""
    return exclusions_queries.numbers(work.session, found.id).excluded > found.left_out


def require_publishable(work: Work, found: Round, reason: str) -> dict[str, object]:
    """Return the facts on objections that the log row of a publication holds, if it is allowed now.

    Problems: `publish.mails` (closing mails wait), `publish.waits`, `publish.unconfirmed`,
    `publish.recount`, `publish.undecided`.
    """
    told = exclusions_queries.numbers(work.session, found.id)
    mails, until = exclusions_queries.closing_mails(work.session, found.id), end_of(work, found)
    if until is not None and awaits_objections(found, mails, work.now):
        if mails.waiting and (found.objections_until or until) <= work.now:
            raise Problem("publish.mails", count=mails.waiting)
        said = Text.each(work.languages, lambda language: moments.moment(until, found.zone, language))
        raise Problem("publish.waits", until=said)
    if told.asked:
        raise Problem("publish.unconfirmed", count=told.asked)
    if is_stale(work, found):
        raise Problem("publish.recount")
    because = paragraphs(reason)
    if told.open and (not because or len(because) > REASON_MAX):
        raise Problem("publish.undecided", count=told.open, most=REASON_MAX)
    closed, ended = found.closed_at or work.now, found.objections_until
    hours = 0.0 if ended is None else (ended - closed) / timedelta(hours=1)
    counted = ("made", "withdrawn", "rejected", "upheld", "excluded", "restored", "alone")
    return {
        "objections": {
            "hours": round(hours),
            "undecided": told.open,
            **{name: getattr(told, name) for name in counted},
        },
        **({"undecided_because": because} if told.open else {}),
    }


def _settle(work: Work, found: Round, made: Objection) -> None:
    """Mark an objection as upheld; if it is about a ballot, no later count includes that ballot.

    Where the organisation did not send that ballot itself, the last one that it did send counts again.
    """
    made.state, made.decided_at, made.decided_by = "upheld", work.now, work.actor.id
    act = "objections.upheld_alone" if made.asked_by == made.decided_by else "objections.upheld"
    work.record(act, subject(found), {"objection": made.id, "reason": made.reason})
    ballot = made.ballot
    if (
        made.claim == "not_ours"
        and ballot is not None
        and not exclusions_queries.is_excluded(work.session, ballot.id)
    ):
        work.session.add(
            BallotExclusion(round_id=found.id, ballot_id=ballot.id, objection_id=made.id, at=work.now)
        )
        # This row is public: a digest that cannot be guessed, since the record holds a seal over random bits.
        covered = receipts.record_of(ballot, found.key, made.seat.pseudonym)
        own = exclusions_queries.earlier_own(work.session, ballot)
        if own is not None:
            ballots_queries.make_current(work.session, own, first=False)
        work.record(
            "abstentions.excluded" if ballot.abstains else "ballots.excluded",
            subject(found),
            {
                "objection": made.id,
                "assisted": ballot.assisted,
                "young": ballot.young,
                "restored": own is not None,
                "record_sha256": record.digest(record.canonical(covered)),
            },
        )
        work.session.flush()
    notices.objection_decided(work, found, made)


def _require_unpublished(found: Round) -> None:
    if found.state != State.CLOSED.value:
        raise Problem("objection.published")


def _reason(text: str) -> str:
    said = paragraphs(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("objection.reason", most=REASON_MAX)
    return said


def _open(work: Work, key: str, number: int, states: tuple[str, ...]) -> tuple[Round, Objection]:
    """Return an objection in one of these states, and its round, locked.

    Problems: `round.unknown`, `objection.unknown`, `objection.decided`.
    """
    found = hold(work, key)
    made = or_problem(exclusions_queries.find(work.session, found.id, number), "objection.unknown")
    if made.state not in states:
        raise Problem("objection.decided")
    return found, made


def _seat(work: Work, link: Link) -> tuple[Seat, Round]:
    found = exclusions_queries.seat_of(work.session, door.address_of(link).seat_id)
    if found is None:
        raise RuntimeError("an address of no seat")
    return found


def _appearance(work: Work, ballot: Ballot | None) -> Appearance:
    if ballot is None:
        return Appearance()
    asked = ballot.assistance
    return copied(
        Appearance,
        ballot,
        sender=asked.requester if asked else seat_addresses.sender_of(work.session, ballot),
        excluded=exclusions_queries.is_excluded(work.session, ballot.id),
        restored=exclusions_queries.restored(work.session, ballot) is not None,
        own_behind=exclusions_queries.earlier_own(work.session, ballot) is not None,
    )


def _line(work: Work, made: Objection, link: Link | None = None) -> ObjectionLine:
    return copied(
        ObjectionLine,
        made,
        number=made.id,
        seat=made.seat.key,
        organisation=made.seat.name,
        appears=_appearance(work, made.ballot),
        address=made.seat_address.address,
        at_opening=made.seat_address.at_opening,
        asker=made.asker.name if made.asker else "",
        asker_id=made.asked_by,
        decider=made.decider.name if made.decider else "",
        alone=made.state == "upheld" and made.asked_by == made.decided_by,
        mine=link is not None and made.seat_address_id == link.seat_address_id,
    )

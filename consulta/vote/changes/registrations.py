"""Late registration of an organisation in an open round: asked for with a reason, told, and then a seat.

This module decides when an organisation gets a seat after the opening. A member of staff asks for it, with a
reason that is public once it takes effect. Every scrutineer of the round is told at once. The seat is made
when the wait is over and no scrutineer has stopped it, or, where a second person of the secretariat confirms
it, two hours after the notices to the scrutineers left. Until then the organisation is on no roll, and no
count has it; what is withdrawn never is.

With the seat, in the same unit of work, come its addresses on file, its links and their mail, the row of the
log and a head over it. The rules do not change: the roll that is counted is that of the opening with the new
seat as its last. In a round of secret ballots the seats that have sent nothing get other pseudonyms with it:
else the digest of the roll at the opening would tell which ballot of the bundle is the new seat's.

Before the first vote of such a seat its registration can be withdrawn: it stays on the roll, and in every
count, as a seat that takes no vote. A public row of the log names it, so that a vote of it would be found.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.accounts import staff
from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import dimensions
from consulta.platform.data.folding import fold
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.log import heads as kept_heads
from consulta.platform.models import Registration
from consulta.rounds import addresses, binding, frozen, heads, notices, registered, roll
from consulta.rounds.acts import REGISTERED, WITHDRAWN
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.queries import scrutineers
from consulta.rounds.service import hold, known, line_of, sized, subject, takes_votes
from consulta.vote.changes import service as changes
from consulta.vote.changes.service import NOBODY_TOLD, checked_reason
from consulta.vote.changes.values import (
    Candidate,
    RegistrationsPage,
    RegistrationView,
    is_confirmed_and_ready,
    ready_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.platform.models import Organisation, Round, Seat
    from consulta.platform.work import Work
    from consulta.vote.changes.values import Asked


# -- asked


def candidates(work: Work, round_key: str) -> RegistrationsPage:
    """Return an open round with the organisations that could be registered in it.

    Problems: `round.unknown`, `registration.over`.
    """
    require(work, "registrations.ask")
    page = registrations_page(work, round_key)
    if not page.takes_more:
        raise Problem("registration.over")
    return page


def ask(work: Work, round_key: str, organisation_id: int, asked: Asked) -> int:
    """Ask for the late registration of an organisation; return its number. Every scrutineer is told.

    Problems: `round.unknown`, `registration.over`, `registration.organisation` (it is
    not active, has a seat, or waits for one), `access.reason`, `registration.alone` (no other person would
    hear of it), `registration.too_late` (the wait ends after the voting, and no second person could confirm
    it), those of `_require_fitting`.
    """
    require(work, "registrations.ask")
    found = hold(work, round_key)
    _require_running(work, found)
    reason = checked_reason(asked.reason)
    organisation = or_problem(
        next(
            (each for each in addresses.without_seat(work.session, found.id) if each.id == organisation_id),
            None,
        ),
        "registration.organisation",
    )
    _require_fitting(found, organisation, addresses.roll(work.session, found.id))
    witnesses = scrutineers.of_round(work.session, found.id)
    due_at = work.now + asked.wait
    if not staff.has_second(work):
        if not witnesses:
            raise Problem("registration.alone")
        if due_at >= found.closes_at:
            raise Problem("registration.too_late")
    made = Registration(
        round_id=found.id,
        organisation_id=organisation.id,
        reason=reason,
        words=_words(work, asked, reason),
        staff_id=asked.by or work.actor.staff_id,
        asked_at=work.now,
        due_at=due_at,
        wait=round(asked.wait.total_seconds()),
        state="waiting",
    )
    work.session.add(made)
    work.session.flush()
    work.record(
        "registrations.asked",
        subject(found),
        {
            "registration": made.id,
            "organisation": organisation.id,
            "reason": reason,
            **({"asked_by": asked.by, "confirmed_by": work.actor.staff_id} if asked.by else {}),
        },
    )
    for person in witnesses:
        facts = {**_told(work, made, organisation), "reasons": dict(made.words)}
        staff.tell(work, person, "registration_asked", facts)
    return made.id


def _words(work: Work, asked: Asked, reason: str) -> Text:
    """Return the reason by language, that of the log in the first one. Problem: `access.reason`."""
    others = {code: said for code, said in asked.words.items() if said.strip() and code != work.languages[0]}
    return Text({work.languages[0]: reason, **{code: checked_reason(said) for code, said in others.items()}})


def _told(work: Work, made: Registration, organisation: Organisation) -> dict[str, object]:
    """Return the facts of a notice: which organisation, who asks or else acts now, and the number."""
    act = dict.fromkeys(work.languages, organisation.name)
    who = made.staff.name if made.state == "waiting" and made.staff else work.actor.name
    return {"registration": made.id, "who": who, "act": act}


def _require_running(work: Work, found: Round) -> None:
    """Raise Problem `registration.over` if a round takes no votes now."""
    if not takes_votes(found, work.now):
        raise Problem("registration.over")


def _require_fitting(found: Round, organisation: Organisation, seats: Sequence[Seat]) -> None:
    """Raise a Problem if an organisation cannot be on this roll, by what was frozen at the opening.

    Problems: `registration.named` (the roll has one of the same name and country),
    `opening.without_category`, `registration.target` (the frozen targets name shares, and none for it).
    """
    kinds = dimensions.categories_of(organisation.country, organisation.categories)
    if any(
        (fold(seat.name), seat.country) == (fold(organisation.name), organisation.country) for seat in seats
    ):
        raise Problem("registration.named")
    for dimension in _dimensions(seats):
        if not kinds.get(dimension):
            name = name_of_dimension(dimension)
            raise Problem("opening.without_category", dimension=name, count=1, names=organisation.name)
    for dimension, target in parse_rules(found.rules).balance.items():
        category = organisation.country if dimension == "country" else kinds.get(dimension, "")
        if not isinstance(target, str) and category not in target:
            raise Problem("registration.target", category=name_of(dimension, category))


def _dimensions(seats: Sequence[Seat]) -> list[str]:
    """Return the dimensions that the seats of the opening have, the country not among them."""
    return list(next(seat.categories for seat in seats))


# -- decided


def due(work: Work) -> tuple[str, ...]:
    """Return the late registrations whose wait is over and that nothing stands in the way of, by numbers."""
    require(work, "mail.send")
    return tuple(
        str(number)
        for number in addresses.registrations_due(work.session, work.now)
        if _how_due(work, number)
    )


def carry_out(work: Work, number: str) -> bool:
    """Register an organisation whose wait is over; False where that was stopped or decided meanwhile.

    Problems: those of `_register`.
    """
    require(work, "mail.send")
    made = addresses.find_registration(work.session, int(number))
    if made is None:
        return False
    hold(work, made.round.key)
    made = addresses.find_registration(work.session, made.id, hold=True)
    how = "" if made is None else _how_due(work, made.id)
    if made is None or not how:
        return False
    _register(work, made, how)
    return True


def confirm(work: Work, round_key: str, number: int, reason: str) -> bool:
    """Confirm a late registration as a second person of the secretariat, also after it was stopped.

    The organisation is registered two hours after the notices to scrutineers left: now, where they did so
    before that, else later, by itself, unless a scrutineer stops it. Return whether it is registered now.

    Problems: `round.unknown`, `registration.unknown`, `access.decided`, `access.confirmed`, `access.second`,
    `act.made` (see `staff.makers`), `access.reason`, `access.late` (voting ends before), those of
    `_require_registrable`.
    """
    require(work, "registrations.decide")
    made = _undecided(work, round_key, number)
    if work.actor.id is None or work.actor.id == made.staff_id:
        raise Problem("access.second")
    staff.require_two(work, made.staff_id, "registrations.decide")
    if made.confirmed_at is not None:
        raise Problem("access.confirmed")
    made.confirmed_at = work.now
    made.decision, made.decided_by_id = checked_reason(reason), work.actor.id
    if _how_due(work, number) == "staff":
        _register(work, made, "staff")
        return True
    _require_registrable(work, made, addresses.roll(work.session, made.round_id))
    told = addresses.told_of_registrations(work.session, [number]).get(number, NOBODY_TOLD)
    changes.require_in_time(work, made.asked_at, told, made.round.closes_at)
    details = {"registration": made.id, "reason": made.decision}
    work.record("registrations.confirmed", subject(made.round), details)
    return False


def stop(work: Work, found: Round, number: int, reason: str) -> None:
    """Stop a late registration as a scrutineer of its round: no seat is made unless a second person confirms.

    The secretariat is told, with the reason. Problems: `registration.unknown`, `access.decided`,
    `access.stopped` (a scrutineer did), `access.reason`.
    """
    require(work, "access.stop")
    made = addresses.find_registration(work.session, number, hold=True)
    if made is None or made.round_id != found.id:
        raise Problem("registration.unknown")
    if made.state == "stopped":
        raise Problem("access.stopped")
    if made.state != "waiting" or found.state != State.OPEN.value:
        raise Problem("access.decided")
    said = checked_reason(reason)
    made.state, made.stopped, made.stopped_at, made.stopped_by_id = "stopped", said, work.now, work.actor.id
    made.confirmed_at, made.decided_by_id, made.decision = None, None, ""  # a second person must do it anew
    work.record("registrations.stopped", subject(found), {"registration": made.id, "reason": said})
    told = {**_told(work, made, made.organisation), "reason": said}
    del told["registration"]
    staff.tell_secretariat(work, "registration_stopped", told)


def withdraw(work: Work, round_key: str, number: int, reason: str) -> None:
    """Give a late registration up before it took effect: the organisation never was on the roll.

    Problems: `round.unknown`, `registration.unknown`, `access.decided`, `access.reason`.
    """
    require(work, "registrations.decide")
    made = _undecided(work, round_key, number)
    made.state, made.decided_how, made.decided_at = "withdrawn", "withdrawn", work.now
    made.decision, made.decided_by_id = checked_reason(reason), work.actor.staff_id
    work.record(
        "registrations.withdrawn",
        f"round:{made.round_id}",
        {"registration": made.id, "reason": made.decision},
    )


def withdrawable(work: Work, round_key: str, number: int) -> tuple[RegistrationsPage, RegistrationView]:
    """Return the late registration whose seat is to be withdrawn, with those of its round.

    Problems: `round.unknown`, those of `withdraw_seat` but the reason's.
    """
    require(work, "registrations.decide")
    found = known(work, round_key)
    _require_withdrawable(work, found, number)
    view = registrations_page(work, round_key)
    return view, next(each for each in view.decided if each.number == number)


def withdraw_seat(work: Work, round_key: str, number: int, asked: Asked) -> None:
    """Withdraw a late registration that took effect, before its seat has sent a vote.

    The seat stays on the roll and takes no vote: its links and the changes that wait for it end. The public
    row of the log names it as the bundle does, so that a vote of it would be found. Every scrutineer, the
    secretariat and every address on file for the seat are told, with the reason. The pages let it be done by
    two persons, whatever the setting.
    Problems: `round.unknown`, `registration.over`, `registration.seat_unknown`, `registration.voted`,
    `access.reason`.
    """
    require(work, "registrations.decide")
    found = hold(work, round_key)
    made, seat = _require_withdrawable(work, found, number)
    reason = checked_reason(asked.reason)
    made.withdrawal, seat.withdrawn_at = _words(work, asked, reason), work.now
    work.session.flush()
    heads.fill(work)
    head = kept_heads.newest(work.session)
    work.record(
        WITHDRAWN,
        subject(found),
        {
            "number": registered.number_of(found, seat),
            "reason": reason,
            "head": head.root if head else None,
            "seat": seat.pseudonym,
        },
    )
    heads.take_head(work, "opening", found.id)
    ended = rounds_queries.revoke_links(work.session, found.id, work.now, seat_id=seat.id)
    work.record(
        "registrations.undone",
        subject(found),
        {"registration": made.id, "seat": seat.key, "reason": reason, "links_ended": ended},
    )
    changes.give_up(work, seat)
    words = {"reason": reason, "reasons": dict(made.withdrawal)}
    facts = {"act": "unseated", "who": seat.name, "hint": "", **words}
    notices.tell(work, "access_decided", addresses.told(work, found.id, seat.id), "unseated", facts)
    told = {**_told(work, made, made.organisation), **words}
    del told["registration"]
    for person in scrutineers.of_round(work.session, found.id):
        staff.tell(work, person, "seat_withdrawn", told)
    staff.tell_secretariat(work, "seat_withdrawn", told)


def _require_withdrawable(work: Work, found: Round, number: int) -> tuple[Registration, Seat]:
    """Return a late registration with its seat; the round must be held where it is to be withdrawn.

    Problems: `registration.over`, `registration.seat_unknown`, `registration.voted`.
    """
    if not takes_votes(found, work.now):
        raise Problem("registration.over")
    made = addresses.find_registration(work.session, number)
    if made is None or made.round_id != found.id or made.seat is None or made.seat.withdrawn_at is not None:
        raise Problem("registration.seat_unknown")
    if made.seat.id not in addresses.sent_nothing(work.session, found.id):
        raise Problem("registration.voted")
    return made, made.seat


def _register(work: Work, made: Registration, how: str) -> None:
    """Make the seat of a late registration, with its addresses, links, mail, row of the log and head.

    Problems: `registration.all_voted` (see `_rename`), those of `_require_registrable`.
    """
    found, organisation = made.round, made.organisation
    seats = addresses.roll(work.session, found.id)
    _require_registrable(work, made, seats)
    _rename(work, found, seats)
    seat = roll.new_seat(found, organisation, seats[-1].position + 1)
    seat.categories = {name: seat.categories[name] for name in _dimensions(seats)}
    seat.registered_at = work.now
    work.session.add(seat)
    work.session.flush()
    made.state, made.decided_how, made.decided_at, made.seat_id = "done", how, work.now, seat.id
    seats.append(seat)
    heads.fill(work)
    head = kept_heads.newest(work.session)
    work.record(
        REGISTERED,
        subject(found),
        {
            "number": sum(each.registered_at is not None for each in seats),
            "reason": made.reason,
            "head": head.root if head else None,
            **binding.at_registration(found, seats),
            **(
                {"seat_sha256": record.digest(record.canonical(frozen.entry(seat)))}
                if found.secrecy == "open"
                else {}
            ),
        },
    )
    heads.take_head(work, "opening", found.id)
    # What is not public of it stands in a row of its own: whose seat it is, and who decided.
    work.record(
        "registrations.decided",
        subject(found),
        {"registration": made.id, "seat": seat.key, "how": how, "reason": made.decision},
    )
    addresses.keep_at_opening(work, seat.round, seat)
    changes.carry_over(work, found, seat)
    notices.seat_registered(work, found, seat, made.words)


def _require_registrable(work: Work, made: Registration, seats: Sequence[Seat]) -> None:
    """Raise a Problem if a late registration cannot take effect now.

    Problems: `registration.over`, `registration.organisation` (no longer active), those
    of `_require_fitting`.
    """
    _require_running(work, made.round)
    if not made.organisation.active:
        raise Problem("registration.organisation")
    _require_fitting(made.round, made.organisation, seats)


def _rename(work: Work, found: Round, seats: Sequence[Seat]) -> None:
    """Give the seats from which nothing came other pseudonyms, where ballots are secret.

    The roll of the opening, whose digest is public, cannot be made from the bundle then by leaving seats out.
    Problem: `registration.all_voted`, where no seat is left whose pseudonym can change.
    """
    if found.secrecy == "open":
        return
    silent = addresses.sent_nothing(work.session, found.id)
    if not silent:
        raise Problem("registration.all_voted")
    for seat in seats:
        if seat.id in silent:
            seat.pseudonym = roll.pseudonym(found, seat.key)
    work.session.flush()


def _how_due(work: Work, number: int) -> str:
    """Return how a late registration takes effect now: "staff" if confirmed, "wait", or "" if it does not."""
    made = addresses.find_registration(work.session, number)
    if made is None or made.state not in addresses.UNDECIDED_REGISTRATIONS:
        return ""
    told = addresses.told_of_registrations(work.session, [number]).get(number, NOBODY_TOLD)
    if is_confirmed_and_ready(made.confirmed_at, made.asked_at, told, work.now):
        return "staff"
    return "wait" if made.state == "waiting" and _wait_suffices(work, number) else ""


def _wait_suffices(work: Work, number: int) -> bool:
    """Return whether the wait alone lets a late registration take effect now.

    It does where a notice reached a scrutineer, none is still queued, and the last left at least the wait
    ago. Where no scrutineer was told, only a second person can confirm.
    """
    made = addresses.find_registration(work.session, number)
    if made is None or made.due_at > work.now:
        return False
    told = addresses.told_of_registrations(work.session, [number]).get(number, NOBODY_TOLD)
    if told.waiting or told.last is None:
        return False
    return told.last + timedelta(seconds=made.wait) <= work.now


def _undecided(work: Work, round_key: str, number: int) -> Registration:
    found = hold(work, round_key)
    made = addresses.find_registration(work.session, number, hold=True)
    if made is None or made.round_id != found.id:
        raise Problem("registration.unknown")
    if made.state not in addresses.UNDECIDED_REGISTRATIONS or found.state != State.OPEN.value:
        raise Problem("access.decided")
    return made


# -- looked at


def registrations_page(work: Work, round_key: str) -> RegistrationsPage:
    """Return the late registrations of a round for the desk. Problem: `round.unknown`."""
    require(work, "members.read")
    found, sizes = sized(work, round_key)
    seen = of_round(work, found.id)
    running = found.state == State.OPEN.value and work.now < found.closes_at
    return RegistrationsPage(
        line_of(found, sizes, work.now),
        tuple(each for each in seen if each.undecided),
        tuple(each for each in seen if not each.undecided),
        tuple(_candidates(work, found)) if running else (),
        takes_more=running,
        scrutineers=len(scrutineers.of_round(work.session, found.id)),
        has_second=staff.has_second(work),
    )


def _candidates(work: Work, found: Round) -> Iterator[Candidate]:
    for each in addresses.without_seat(work.session, found.id):
        voting = sum(contact.active and contact.may_vote for contact in each.contacts)
        yield Candidate(each.id, each.name, each.country, voting)


def count_waiting(work: Work, round_key: str) -> int:
    """Return how many late registrations of an open round are not decided; 0 in any other."""
    require(work, "members.read")
    return addresses.count_undecided_registrations(work.session, round_key)


def of_round(work: Work, round_id: int) -> tuple[RegistrationView, ...]:
    """Return the late registrations of a round, for a caller that has asked who may see them."""
    found = addresses.registrations_of_round(work.session, round_id)
    told = addresses.told_of_registrations(work.session, [each.id for each in found])
    is_running = any(each.seat_id is not None and each.round.state == State.OPEN.value for each in found)
    silent = addresses.sent_nothing(work.session, round_id) if is_running else set()
    views = []
    for each in found:
        notices_of, is_open = told.get(each.id, NOBODY_TOLD), each.round.state == State.OPEN.value
        due_at = each.due_at
        if notices_of.last is not None:
            due_at = max(due_at, notices_of.last + timedelta(seconds=each.wait))
        needs_second = each.state == "stopped" or not (notices_of.waiting or notices_of.taken)
        if each.confirmed_at is not None:
            ready = ready_at(each.asked_at, notices_of)
            due_at = ready if needs_second else min(due_at, ready)
        undecided = each.state in addresses.UNDECIDED_REGISTRATIONS
        views.append(
            copied(
                RegistrationView,
                each,
                number=each.id,
                round_key=each.round.key,
                zone=each.round.zone,
                organisation=each.organisation.name,
                seat=each.seat.key if each.seat else "",
                asked_by=each.staff.name if each.staff else "",
                own=work.actor.id is not None and work.actor.id == each.staff_id,
                due_at=due_at,
                state="lapsed" if undecided and not is_open else each.state,
                told=notices_of.taken,
                telling=notices_of.waiting,
                needs_second=needs_second and each.confirmed_at is None,
                too_late=due_at >= each.round.closes_at,
                stopped_by=each.stopped_by.name if each.stopped_by else "",
                decided_how=each.decided_how or "",
                decided_by=each.decided_by.name if each.decided_by else "",
                withdrawn_at=each.seat.withdrawn_at if each.seat else None,
                withdrawal=each.withdrawal or Text({}),
                can_be_withdrawn=each.seat_id in silent and work.now < each.round.closes_at,
            )
        )
    return tuple(views)

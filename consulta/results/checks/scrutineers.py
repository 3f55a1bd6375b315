"""Scrutineers: people of member organisations who look, for all the others, at everything a count stands on.

It decides who is one of which round, and what they get: until voting has closed how many have voted, then the
result, the whole bundle and the complete archive of that round, and nothing of any other. What they take away
is in the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from consulta.accounts.staff import service as staff
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State, has_result
from consulta.core.trust import record
from consulta.platform import documents, seen
from consulta.platform.access import require
from consulta.platform.models import Scrutineer
from consulta.results import archive
from consulta.results import page as result_page
from consulta.results.checks.values import ScrutineerLine, ScrutineersView, Scrutiny
from consulta.rounds import public
from consulta.rounds.queries import rounds, scrutineers
from consulta.rounds.service import hold, line_of, sized, subject
from consulta.rounds.values import archive_name
from consulta.vote import participation
from consulta.vote.changes import registrations
from consulta.vote.changes import service as access_changes
from consulta.vote.objections import service as objections

if TYPE_CHECKING:
    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.results.values import ResultView
    from consulta.rounds.values import RoundCard
    from consulta.vote.changes.values import ChangeView, RegistrationView

Kind = Literal["bundle", "result", "first_bundle", "first_result"]


def desk(work: Work, key: str) -> ScrutineersView:
    """Return the scrutineers of a round, and the people who could be appointed. Problem: `round.unknown`."""
    require(work, "scrutineers.write")
    found, sizes = sized(work, key)
    appointed = {person.id for person in scrutineers.of_round(work.session, found.id)}
    people = [
        ScrutineerLine(person.id, person.name, person.organisation, person.email, person.id in appointed)
        for person in scrutineers.people(work.session)
        if person.active or person.id in appointed
    ]
    return ScrutineersView(line_of(found, sizes, work.now), tuple(people))


def appoint(work: Work, key: str, staff_id: int) -> None:
    """Register a person as scrutineer of a round; no effect if the person is one already.

    Problems: `round.unknown`, `round.cancelled`, `scrutineer.unknown`.
    """
    require(work, "scrutineers.write")
    found = hold(work, key)
    if found.state == State.CANCELLED.value:
        raise Problem("round.cancelled", key=key)
    if all(person.id != staff_id or not person.active for person in scrutineers.people(work.session)):
        raise Problem("scrutineer.unknown")
    if scrutineers.find(work.session, found.id, staff_id) is None:
        work.session.add(Scrutineer(round_id=found.id, staff_id=staff_id, appointed_at=work.now))
        work.record("scrutineers.appointed", subject(found), {"staff": staff_id})
        _tell(work, found, staff_id, "scrutineer_appointed")


def dismiss(work: Work, key: str, staff_id: int) -> None:
    """End a person's appointment as scrutineer of a round.

    Problems: `round.unknown`, `scrutineer.unknown`.
    """
    require(work, "scrutineers.write")
    found = hold(work, key)
    appointed = or_problem(scrutineers.find(work.session, found.id, staff_id), "scrutineer.unknown")
    _tell(work, found, staff_id, "scrutineer_dismissed")
    work.session.delete(appointed)
    work.record("scrutineers.dismissed", subject(found), {"staff": staff_id})


def _tell(work: Work, found: Round, staff_id: int, what: str) -> None:
    """Tell an appointment, or its end, to the person, the other scrutineers of the round and the secretariat.

    With a stolen password it was another person than the one in whose name it was done, who is told too.
    """
    if work.actor.staff_id is None:
        return
    people = {each.id: each for each in scrutineers.people(work.session)}
    person = people[staff_id]
    said = f"{person.name} ({person.organisation}), {found.key}" if person.organisation else person.name
    facts = {"who": work.actor.name, "act": dict.fromkeys(work.languages, said), "account": staff_id}
    appointed = {each.id: each for each in scrutineers.of_round(work.session, found.id)}
    for each in {**appointed, staff_id: person}.values():
        staff.tell(work, each, what, facts)
    staff.tell_secretariat(work, what, facts)


# -- what a scrutineer gets


def mine(work: Work) -> tuple[RoundCard, ...]:
    """Return the rounds of which the actor is a scrutineer, the newest first."""
    require(work, "scrutiny.read")
    found = scrutineers.rounds_of(work.session, work.actor.id or 0)
    return tuple(public.card_of(work, each) for each in found)


def look(work: Work, key: str) -> Scrutiny:
    """Return a round for its scrutineer: turnout in numbers, objections, changes of who may vote.

    Raise Problem `round.unknown` if the actor is not a scrutineer of the round.
    """
    found = _own_round(work, key)
    opened = found.opened_at is not None
    voted, turnout = participation.turnout(work, found) if opened else (0, ())
    return Scrutiny(
        card=public.card_of(work, found),
        secrecy=found.secrecy,
        joined_below=found.joined_below,
        opened=opened,
        voted=voted,
        turnout=turnout,
        counted=_has_result(work, found),
        archived=found.state == State.PUBLISHED.value
        and documents.digest(work.session, found.id, "archive") is not None,
        package_sha256=found.frozen_sha256 or "",
        commitment=found.commitment or "",
        objections=objections.lines_of(work, found),
        objections_until=objections.end_of(work, found),
        objections_over=objections.is_over(work, found),
        recounted=found.left_out > 0,
        changes=access_changes.of_round(work, found.id),
        registrations=registrations.of_round(work, found.id),
    )


def change(work: Work, key: str, number: int) -> ChangeView:
    """Return a change of who may vote. Problems: `round.unknown`, `access.unknown`."""
    found = _own_round(work, key)
    for each in access_changes.of_round(work, found.id):
        if each.number == number:
            return each
    raise Problem("access.unknown")


def stop(work: Work, key: str, number: int, reason: str) -> None:
    """Stop a change of who may vote, with a reason (`changes.service.stop`). Problem: `round.unknown`."""
    access_changes.stop(work, _own_round(work, key), number, reason)


def registration(work: Work, key: str, number: int) -> RegistrationView:
    """Return a late registration. Problems: `round.unknown`, `registration.unknown`."""
    found = _own_round(work, key)
    for each in registrations.of_round(work, found.id):
        if each.number == number:
            return each
    raise Problem("registration.unknown")


def stop_registration(work: Work, key: str, number: int, reason: str) -> None:
    """Stop a late registration, with a reason (`changes.registrations.stop`). Problem: `round.unknown`."""
    registrations.stop(work, _own_round(work, key), number, reason)


def result(work: Work, key: str) -> ResultView:
    """Return the whole result of a round.

    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    return or_problem(result_page.kept_page(work, _closed(work, key)), "result.uncounted")


def document(work: Work, key: str, kind: Kind) -> tuple[str, bytes]:
    """Return name and content of the bundle or the result, of the newest or of the first count.

    The content is byte for byte as stored; the log records the download.
    Problems: those of `result`.
    """
    found = _closed(work, key)
    find = documents.first if kind.startswith("first_") else documents.find
    kept = or_problem(find(work.session, found.id, kind.removeprefix("first_")), "result.uncounted")
    seen.note(work, found)
    work.record("results.downloaded", subject(found), {"kind": kind, "sha256": kept.sha256})
    return f"{key}-{kind.replace('_', '-')}.json", kept.content.encode()


def complete_archive(work: Work, key: str) -> tuple[str, bytes]:
    """Return name and content of the complete archive: all data on which a published count rests.

    The log records the download.
    Problems: those of `result`, `archive.unknown`.
    """
    found = _closed(work, key)
    content = archive.build(work, found, complete=True)
    work.record("results.downloaded", subject(found), {"kind": "archive", "sha256": record.digest(content)})
    return archive_name(key, complete=True), content


def _own_round(work: Work, key: str) -> Round:
    """Return a round of which the actor is a scrutineer.

    Raise Problem `round.unknown` for any other round, whether it exists or not.
    """
    require(work, "scrutiny.read")
    found = rounds.whole(work.session, key)
    if found is None or scrutineers.find(work.session, found.id, work.actor.id or 0) is None:
        raise Problem("round.unknown", key=key)
    return found


def _closed(work: Work, key: str) -> Round:
    found = _own_round(work, key)
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=key)
    return found


def _has_result(work: Work, found: Round) -> bool:
    """Return whether a round has a result; False before its closing in any case."""
    closed = has_result(State(found.state))
    return closed and documents.digest(work.session, found.id, "result") is not None

"""Objections after the closing: made, decided by two people, and what that does to count and publication."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem
from consulta.core.values import PanelRules
from consulta.desk import moves
from consulta.panel import service as panels
from consulta.platform import documents
from consulta.platform.formats import moments
from consulta.platform.log import chain
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.kinds import Reader
from consulta.platform.models import (
    Ballot,
    Contact,
    CurrentBallot,
    Link,
    Message,
    Objection,
    Round,
    Scrutineer,
    SeatAddress,
)
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.results import archive, checks
from consulta.results import service as results
from consulta.rounds import ballots, notices, public_rounds
from consulta.rounds import service as rounds
from consulta.vote import objections, participation
from consulta.vote.objections import Said
from tests.drafts import BASE, KEY, NOW, actions, hand_out, make_open, reading, writing
from tests.factories import build_link, build_nominee, put_on_file
from tests.lived import once
from tests.objecting import by_link, closing_mails, leave, people, subjects, vote_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.work import Bench, Work
    from consulta.vote.values import CastBallot

COUNTRIES = ("CO", "GT", "JM", "MX", "PE")  # as the roll has them
CLOSED = NOW + timedelta(days=3)
DURING = CLOSED + timedelta(hours=10)
OVER = CLOSED + timedelta(hours=72)
WHY = "El voto salió de una dirección que no es de la organización."
STOLEN = Said("not_ours", "Rosa Quispe", "Nadie de nuestra organización envió ese voto.")
MISSING = Said("missing", "Rosa Quispe", "Votamos el martes.")


@once
def closed(bench: Bench, *silent: int, secrecy: str = "pseudonymous", hours: int = 72) -> list[CastBallot]:
    """A closed and counted round of five organisations; those that are not `silent` voted."""
    make_open(bench, *COUNTRIES, secrecy=secrecy)
    issued = hand_out(bench, KEY)
    cast = [
        vote_by(bench, link, NOW + timedelta(hours=number), first=number)
        for number, link in enumerate(issued, start=1)
        if number not in silent
    ]
    with writing(bench, CLOSED) as work:
        moves.close(work, KEY, "Ya votaron", hours)
    with writing(bench, CLOSED) as work:
        results.count(work, KEY)
    return cast


def token(bench: Bench, seat: int) -> str | None:
    return closing_mails(bench)[seat - 1].token


def made(bench: Bench, seat: int = 1, said: Said = STOLEN, at: Any = DURING) -> int:
    number: int = by_link(bench, token(bench, seat), at, objections.make, said)
    return number


def acting(bench: Bench, actor: Actor, act: Callable[..., Any], *arguments: Any, at: Any = DURING) -> Any:
    """Do something at the desk; before a publication the closing mails have left in time."""
    if act is results.publish:
        leave(bench, CLOSED)
    with bench.work(actor, at) as work:
        return act(work, KEY, *arguments)


def upheld(bench: Bench, number: int, staff: list[Actor]) -> None:
    assert acting(bench, staff[0], objections.uphold, number, WHY) is (len(staff) == 1)
    if len(staff) > 1:
        acting(bench, staff[1], objections.confirm, number)


def details(bench: Bench, action: str) -> list[dict[str, Any]]:
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        return [json.loads(row.details) for row in chain.acts(work.session, f"round:{found.id}", action)]


# -- made by the link of the closing mail


def test_a_link_to_object_works_until_ninety_days_after_the_time_to_object(bench: Bench) -> None:
    """So long it shows what became of the objection."""
    closed(bench)
    with reading(bench) as work:
        ends = work.session.scalars(select(Link.expires_at).where(Link.purpose == "objection"))
        assert set(ends) == {OVER + timedelta(days=90)}


def test_an_objection_is_seen_again_withdrawn_and_told_to_every_address(either: Bench) -> None:
    closed(either, 2)
    with writing(either) as work:
        contact = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        assert contact is not None
        contact.active = False
    number = made(either)
    made(either, 2, MISSING)
    assert subjects(either, "objection") == ["c1@example.org", "c2@example.org"]
    door = by_link(either, token(either, 1), DURING, objections.question)
    assert [(line.number, line.state, line.mine) for line in door.lines] == [(number, "open", True)]
    assert (door.organisation, door.appears.voted, door.over) == ("Red 001", True, False)
    silent = by_link(either, token(either, 2), DURING, objections.question)
    assert (silent.appears.voted, [line.claim for line in silent.lines]) == (False, ["missing"])
    with pytest.raises(Problem, match=r"objection\.unknown"):
        by_link(either, token(either, 2), DURING, objections.withdraw, number)
    by_link(either, token(either, 1), DURING, objections.withdraw, number)
    with pytest.raises(Problem, match=r"objection\.decided"):
        by_link(either, token(either, 1), DURING, objections.withdraw, number)
    door = by_link(either, token(either, 1), DURING, objections.question)
    assert [line.state for line in door.lines] == ["withdrawn"]
    assert subjects(either, "objection_decided") == ["c1@example.org"], "all its addresses hear of it"
    with reading(either) as work:
        told = work.session.scalars(select(Message).where(Message.kind == "objection_decided")).one()
        said = mail_kinds.find(told.kind).words(work, told, Reader("", "America/Bogota", BASE, ""))
    assert said["es"]["decision"].startswith("Se retiró")
    assert made(either) != number, "another one can be made"


def test_after_its_time_nothing_is_recorded_and_the_link_still_shows_what_became_of_it(bench: Bench) -> None:
    closed(bench)
    leave(bench, CLOSED)
    made(bench, at=OVER - timedelta(seconds=1))
    with pytest.raises(Problem, match=r"objection\.over"):
        made(bench, at=OVER)
    door = by_link(bench, token(bench, 1), OVER, objections.question)
    assert door.over
    assert len(door.lines) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said("missing", "Rosa", "Votamos."), "objection.claim"),
        (Said("anything", "Rosa", "Votamos."), "objection.claim"),
        (Said("not_ours", " ", "No es nuestro."), "objection.who"),
        (Said("not_ours", "R" * 121, "No es nuestro."), "objection.who"),
        (Said("not_ours", "Rosa", " \n"), "objection.text"),
        (Said("other", "Rosa", "x" * 3001), "objection.text"),
    ],
)
def test_what_cannot_be_an_objection_is_refused(bench: Bench, said: Said, code: str) -> None:
    closed(bench)
    with pytest.raises(Problem, match=code):
        made(bench, said=said)


def test_one_address_cannot_fill_the_desk_nor_use_up_the_objections_of_others(bench: Bench) -> None:
    closed(bench)
    for _ in range(objections.MOST):
        made(bench)
    with pytest.raises(Problem, match=r"objection\.many"):
        made(bench)
    with writing(bench) as work:
        first = work.session.scalars(select(SeatAddress).order_by(SeatAddress.id)).first()
        assert first is not None
        other = SeatAddress(
            seat_id=first.seat_id, contact_id=first.contact_id, address="otra@example.org", name="Otra",
            language="es", at_opening=True, votes=False, since=NOW,
        )  # fmt: skip
        work.session.add(other)
        work.session.flush()
        given = notices.link_to_object(work, first.seat.round, other)
    by_link(bench, given, DURING, objections.make, STOLEN)


# -- decided


def test_rejected_with_a_reason_nothing_changes_and_every_address_is_told(either: Bench) -> None:
    cast = closed(either)
    mariana, *_ = people(either, "Mariana", "Esteban")
    number = made(either)
    with pytest.raises(Problem, match=r"objection\.reason"):
        acting(either, mariana, objections.reject, number, "  ")
    acting(either, mariana, objections.reject, number, "El enlace es el de su presidenta.")
    assert subjects(either, "objection_decided") == ["c1@example.org"]
    with pytest.raises(Problem, match=r"objection\.decided"):
        acting(either, mariana, objections.uphold, number, WHY)
    acting(either, mariana, results.publish, at=OVER)
    with either.read(ANONYMOUS, OVER) as work:
        assert archive.look_up(work, KEY, cast[0].receipt).state == "counted"
        facts = archive.facts_of(work, KEY)
    assert (facts.objections.made, facts.objections.rejected, facts.objections.excluded) == (1, 1, 0)
    assert (facts.ballots, facts.objections.hours) == (5, 72)


def test_two_people_uphold_it_and_never_the_same_one_twice(either: Bench) -> None:
    closed(either)
    mariana, esteban = people(either, "Mariana", "Esteban")
    number = made(either)
    upholding = acting(either, mariana, objections.uphold, number, WHY)
    assert upholding is False, "it waits for the second person"
    with pytest.raises(Problem, match=r"objection\.same_person"):
        acting(either, mariana, objections.confirm, number)
    with pytest.raises(Problem, match=r"publish\.unconfirmed"):
        acting(either, mariana, results.publish, at=OVER)
    assert "ballots.excluded" not in actions(either)
    acting(either, esteban, objections.send_back, number, "Llamemos primero a la organización.")
    with pytest.raises(Problem, match=r"objection\.decided"):
        acting(either, esteban, objections.confirm, number)
    acting(either, esteban, objections.uphold, number, WHY)
    acting(either, mariana, objections.confirm, number)
    assert actions(either).count("ballots.excluded") == 1
    with reading(either) as work:
        kept = work.session.scalars(select(Objection)).one()
        assert (kept.asked_by, kept.decided_by) == (esteban.id, mariana.id)
        told = objections.desk(work, KEY)
        assert (told.numbers.alone, told.lines[0].alone) == (0, False)


def test_where_there_is_one_account_that_one_decides_alone(bench: Bench) -> None:
    closed(bench)
    staff = people(bench, "Mariana")
    upheld(bench, made(bench), staff)
    done = [action for action in actions(bench) if not action.startswith("seals.")]
    assert done[-3:] == ["objections.asked", "objections.upheld_alone", "ballots.excluded"]
    with reading(bench) as work:
        assert objections.desk(work, KEY).lines[0].alone, "the desk shows it"
    acting(bench, staff[0], results.count)
    acting(bench, staff[0], results.publish, at=OVER)
    with bench.read(ANONYMOUS, OVER) as work:
        facts = archive.facts_of(work, KEY)
    assert (facts.objections.upheld, facts.objections.alone) == (1, 1), "and so does what is published"


def test_a_command_and_a_scrutineer_decide_nothing(bench: Bench) -> None:
    closed(bench)
    number = made(bench)
    for actor in (COMMAND, Actor("scrutineer", 1), ANONYMOUS):
        for act, *more in (
            (objections.uphold, number, WHY),
            (objections.reject, number, WHY),
            (objections.confirm, number),
            (objections.send_back, number, WHY),
        ):
            with pytest.raises(Problem, match=r"access\.denied"):
                acting(bench, actor, act, *more)


def test_one_about_a_missing_vote_takes_nothing_out_and_is_published_as_a_number(bench: Bench) -> None:
    closed(bench, 2)
    staff = people(bench, "Mariana", "Esteban")
    upheld(bench, made(bench, 2, MISSING), staff)
    acting(bench, staff[0], results.publish, at=OVER)
    (told,) = details(bench, "rounds.published")
    assert told["objections"] == {
        "hours": 72,
        "made": 1,
        "withdrawn": 0,
        "rejected": 0,
        "upheld": 1,
        "undecided": 0,
        "excluded": 0,
        "restored": 0,
        "alone": 0,
    }
    assert "ballots.excluded" not in actions(bench)


def test_two_objections_to_one_ballot_take_it_out_once(bench: Bench) -> None:
    closed(bench)
    staff = people(bench, "Mariana")
    first, second = made(bench), made(bench)
    upheld(bench, first, staff)
    upheld(bench, second, staff)
    assert actions(bench).count("ballots.excluded") == 1
    assert actions(bench).count("objections.upheld_alone") == 2
    with writing(bench) as work:
        for seat in (1, 1, 2, 99):  # too late: one seat twice, and one of another round
            work.record("ballot.late", f"seat:{seat}", {"state": "closed"})
    with reading(bench) as work:
        found = [ballots.archive_numbers(work.session, 1, at_closing=first) for first in (True, False)]
    assert found == [(5, 0, 0, 2, 0), (4, 0, 0, 2, 0)], "the one taken out is not one that was replaced"


# -- what is counted and published


def stolen(bench: Bench) -> tuple[CastBallot, str]:
    """A vote stolen as in the audit: a contact added, the true one switched off, and back.

    What the thief's receipt says, and the seat's pseudonym.
    """
    make_open(bench, *COUNTRIES)
    issued = hand_out(bench, KEY)
    for number in (1, 2, 3, 4):
        vote_by(bench, issued[number - 1], NOW + timedelta(hours=number), first=number)
    with writing(bench) as work:
        true = work.session.scalars(select(Contact).order_by(Contact.id.desc())).first()
        assert true is not None
        evil = Contact(
            organisation_id=true.organisation_id,
            name="Persona Dos",
            email="persona.dos@evil.example.org",
            created_at=NOW,
        )
        work.session.add(evil)
        true.active = False
        work.session.flush()
        found = rounds.hold(work, KEY)
        seat = next(seat for seat in found.seats if seat.organisation_id == true.organisation_id)
        put_on_file(work.session, seat, evil, at_opening=False)
        stolen_link = build_link(work.session, seat, evil)
        pseudonym = seat.pseudonym
    cast = vote_by(bench, stolen_link, NOW + timedelta(hours=9), first=5)
    with writing(bench) as work:
        work.session.get_one(Contact, evil.id).active = False
        work.session.get_one(Contact, true.id).active = True
    with writing(bench, CLOSED) as work:
        moves.close(work, KEY, "Ya votaron", 72)
    with writing(bench, CLOSED) as work:
        results.count(work, KEY)
    return cast, pseudonym


def test_a_stolen_vote_is_told_objected_taken_out_and_published(either: Bench) -> None:
    cast, pseudonym = stolen(either)
    told = [mail for mail in closing_mails(either) if mail.address == "c5@example.org"]
    assert len(told) == 1, "the true contact reads it, though switched off when the vote was sent"
    door = by_link(either, told[0].token, DURING, objections.question)
    assert (door.appears.receipt, door.appears.sender) == (cast.receipt, "Persona Dos")
    number = by_link(either, told[0].token, DURING, objections.make, STOLEN)
    staff = people(either, "Mariana", "Esteban")
    upheld(either, number, staff)
    with pytest.raises(Problem, match=r"publish\.recount"):
        acting(either, staff[0], results.publish, at=OVER)
    acting(either, staff[0], results.count)
    acting(either, staff[0], results.publish, at=OVER)
    require_taken_out(either, pseudonym)
    with either.read(ANONYMOUS, OVER) as work:
        assert archive.look_up(work, KEY, cast.receipt).state == "excluded"
        assert archive.receipts_page(work, KEY).total == 4
        facts = archive.facts_of(work, KEY)
    assert (facts.ballots, facts.replaced, facts.objections.excluded) == (4, 0, 1)


def require_taken_out(bench: Bench, pseudonym: str) -> None:
    """Of five ballots, that of this seat is not counted any more; everything else is as it was."""
    with reading(bench, OVER) as work:
        found = work.session.scalars(select(Round)).one()
        first, second = (documents.find(work.session, found.id, "bundle", version) for version in (1, 2))
        assert first is not None
        assert second is not None
        before, after = core.parse(first.content.encode()), core.parse(second.content.encode())
        assert {ballot.seat for ballot in before.ballots} - {ballot.seat for ballot in after.ballots} == {
            pseudonym
        }
        assert [b for b in before.ballots if b.seat != pseudonym] == list(after.ballots)
        assert before.seats == after.seats, "it stays on the roll: it did not vote"
        assert work.session.scalars(select(CurrentBallot)).all()
        assert len(work.session.scalars(select(Ballot)).all()) == 5, "no ballot is ever deleted"
        assert {check.name: check.faults for check in checks.whole(work) if check.faults} == {}
        assert participation.participation(work, KEY).voted == 4


def test_the_first_count_stays_and_a_further_count_without_need_does_nothing(bench: Bench) -> None:
    closed(bench)
    staff = people(bench, "Mariana")
    upheld(bench, made(bench), staff)
    for _ in range(2):
        acting(bench, staff[0], results.count)
    upheld(bench, made(bench, 2), staff)
    acting(bench, staff[0], results.count)
    told = details(bench, "rounds.counted")
    assert [each["ballots"] for each in told] == [5, 4, 3]
    assert [each.get("excluded") for each in told] == [None, 1, 2]
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        assert [d.version for d in documents.every(work.session, found.id, "result")] == [1, 2, 3]
        assert {check.name: check.faults for check in checks.whole(work) if check.faults} == {}


def test_without_its_last_ballot_a_round_cannot_be_counted_again_nor_published(bench: Bench) -> None:
    closed(bench, 2, 3, 4, 5)
    staff = people(bench, "Mariana")
    upheld(bench, made(bench), staff)
    with pytest.raises(Problem, match=r"ballots\.none"):
        acting(bench, staff[0], results.count)
    with pytest.raises(Problem, match=r"publish\.recount"):
        acting(bench, staff[0], results.publish, at=OVER)
    acting(bench, staff[0], rounds.cancel_round, "El único voto no era de la organización.")


def test_a_panel_of_the_first_count_is_none_of_the_second(bench: Bench) -> None:
    make_open(bench, *COUNTRIES)
    issued = hand_out(bench, KEY)
    for number, link in enumerate(issued, start=1):
        vote_by(bench, link, NOW + timedelta(hours=number), first=number)
    with writing(bench) as work:
        found = rounds.hold(work, KEY)
        for key in ("n01", "n02"):
            build_nominee(work.session, found, key, role="mechanism", on_ballot=False)
    with writing(bench, CLOSED) as work:
        moves.close(work, KEY, "Ya votaron", 72)
        results.count(work, KEY)
    rules = PanelRules(size=1, roles={"mechanism": (1, 1)})
    staff = people(bench, "Mariana")
    acting(bench, staff[0], panels.choose, rules)
    upheld(bench, made(bench), staff)
    acting(bench, staff[0], results.count)
    read_result(bench)
    with reading(bench, DURING) as work:
        line = rounds.round_line(work, KEY)
        assert (line.panel_chosen, line.panel_void, line.step) == (False, True, "wait")
        assert panels.panel_page(work, KEY).decision is None
    acting(bench, staff[0], results.publish, at=OVER)
    with pytest.raises(Problem, match=r"panel\.unknown"):
        acting(bench, staff[0], panels.publish_panel, at=OVER)
    acting(bench, staff[0], panels.choose, rules, at=OVER)
    acting(bench, staff[0], panels.publish_panel, at=OVER)
    with reading(bench, OVER) as work:
        line = rounds.round_line(work, KEY)
        assert (line.panel_chosen, line.panel_void) == (True, False)


# -- waiting


def test_nothing_is_published_before_the_time_is_over(bench: Bench) -> None:
    closed(bench)
    leave(bench, CLOSED)
    for at in (CLOSED, DURING, OVER - timedelta(seconds=1)):
        with pytest.raises(Problem, match=r"publish\.waits") as refused:
            acting(bench, COMMAND, results.publish, at=at)
        assert "5" in refused.value.params["until"]["es"], "it says until when"
    acting(bench, COMMAND, results.publish, at=OVER)


def test_nothing_is_published_while_closing_mails_wait_and_each_organisation_can_object(bench: Bench) -> None:
    """The mail server, or the worker, was away for the whole time to object."""
    closed(bench)
    given = token(bench, 1)
    with pytest.raises(Problem, match=r"publish\.mails") as refused, bench.work(COMMAND, OVER) as work:
        results.publish(work, KEY)
    assert refused.value.params == {"count": 5}
    number = by_link(bench, given, OVER + timedelta(hours=5), objections.make, STOLEN)
    assert number, "an organisation that could not read its mail objects in time"


def test_the_time_to_object_runs_from_when_the_last_closing_mail_left(bench: Bench) -> None:
    closed(bench)
    given, left = token(bench, 1), CLOSED + timedelta(hours=70)
    mail = closing_mails(bench)[0]
    with bench.read(COMMAND, left) as work:
        waits = work.session.get_one(Message, mail.id)
        said = mail_kinds.find(waits.kind).words(work, waits, Reader("", "America/Bogota", BASE, "t" * 43))
    leave(bench, left)
    end = left + timedelta(hours=72)
    with reading(bench, OVER) as work:
        assert rounds.round_line(work, KEY).objections_until == end
        assert public_rounds.round_page(work, KEY).objections_until == end
    day = moments.moment(end, "America/Bogota", "es")
    assert day in said["es"]["objections"], "the mail promises the time that it gives"
    with pytest.raises(Problem, match=r"publish\.waits"):
        acting(bench, COMMAND, results.publish, at=end - timedelta(seconds=1))
    door = by_link(bench, given, end - timedelta(seconds=1), objections.question)
    assert (door.over, door.until) == (False, end)
    acting(bench, COMMAND, results.publish, at=end)


def test_mails_that_leave_soon_or_never_arrive_change_nothing(bench: Bench) -> None:
    closed(bench)
    with bench.work(COMMAND, DURING) as work:
        first = work.session.scalars(select(Message).where(Message.kind == "closing")).first()
        assert first is not None
        first.state, first.left_at, first.token = "failed", OVER - timedelta(hours=1), None
    leave(bench, CLOSED + timedelta(hours=6))
    acting(bench, COMMAND, results.publish, at=OVER)


def test_with_no_time_to_object_it_is_published_at_once_and_nobody_can_object(bench: Bench) -> None:
    closed(bench, hours=0)
    acting(bench, COMMAND, results.publish, at=CLOSED)
    (told,) = details(bench, "rounds.published")
    assert told["objections"]["hours"] == 0
    assert closing_mails(bench)[0].token is None


def test_what_is_undecided_needs_a_reason_that_is_published(bench: Bench) -> None:
    closed(bench)
    made(bench)
    with pytest.raises(Problem, match=r"publish\.undecided"):
        acting(bench, COMMAND, results.publish, at=OVER)
    leave(bench, CLOSED)
    with bench.work(COMMAND, OVER) as work:
        results.publish(work, KEY, reason="La organización no respondió a tres llamadas.")
    (told,) = details(bench, "rounds.published")
    assert told["undecided_because"] == "La organización no respondió a tres llamadas."
    staff = people(bench, "Mariana")
    with reading(bench) as work:
        number = work.session.scalars(select(Objection.id)).one()
    with pytest.raises(Problem, match=r"objection\.published"):
        acting(bench, staff[0], objections.uphold, number, WHY, at=OVER)
    acting(bench, staff[0], objections.reject, number, "No respondió.", at=OVER)


def test_of_an_objection_and_a_publication_at_once_one_gives_way(either: Bench) -> None:
    """The objection is begun a second before the time is over, the publication a second after."""
    closed(either)
    given = token(either, 1)
    leave(either, CLOSED)
    said: dict[str, str] = {}
    together = Barrier(2)

    def attempt(name: str, act: Callable[[], object]) -> None:
        together.wait()
        try:
            act()
            said[name] = "done"
        except Problem as problem:
            said[name] = problem.code

    late, early = OVER + timedelta(seconds=1), OVER - timedelta(seconds=1)
    threads = [
        Thread(
            target=attempt, args=("object", lambda: by_link(either, given, early, objections.make, STOLEN))
        ),
        Thread(
            target=attempt,
            args=("publish", lambda: acting(either, COMMAND, results.publish, at=late)),
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said in (
        {"object": "done", "publish": "publish.undecided"},
        {"object": "objection.over", "publish": "done"},
    )


@pytest.mark.parametrize("first", ["object", "publish"])
def test_whichever_comes_first_the_other_gives_way(bench: Bench, first: str) -> None:
    closed(bench)
    late, early = OVER + timedelta(seconds=1), OVER - timedelta(seconds=1)
    if first == "object":
        made(bench, at=early)
        with pytest.raises(Problem, match=r"publish\.undecided"):
            acting(bench, COMMAND, results.publish, at=late)
    else:
        acting(bench, COMMAND, results.publish, at=late)
        with pytest.raises(Problem, match=r"objection\.over"):
            made(bench, at=early)


def read_result(bench: Bench) -> None:
    """The secretariat has read the newest count."""
    with writing(bench) as work:
        rounds.hold(work, KEY).result_seen_at = DURING


def test_the_next_step_says_what_is_true(bench: Bench) -> None:
    closed(bench, 2)
    staff = people(bench, "Mariana")

    def step(at: Any) -> str:
        with reading(bench, at) as work:
            return rounds.round_line(work, KEY).step

    assert step(DURING) == "read_result"
    number = made(bench)
    assert step(DURING) == "objections"
    upheld(bench, number, staff)
    assert step(DURING) == "recount"
    acting(bench, staff[0], results.count)
    read_result(bench)
    assert step(DURING) == "wait"
    assert step(OVER) == "wait", "the closing mails have not left"
    leave(bench, CLOSED)
    assert step(OVER) == "publish"


# -- who reads them


def test_scrutineers_read_objections_and_hold_both_counts(bench: Bench) -> None:
    closed(bench, secrecy="aggregate")
    staff = people(bench, "Mariana")
    with writing(bench) as work:
        found = work.session.scalars(select(Round)).one()
        work.session.add(Scrutineer(round_id=found.id, staff_id=staff[0].id, appointed_at=NOW))
    upheld(bench, made(bench), staff)
    acting(bench, staff[0], results.count)
    scrutineer = Actor("scrutineer", staff[0].id)
    with bench.work(scrutineer, DURING) as work:
        look = checks.look(work, KEY)
        assert [(line.organisation, line.state, line.reason) for line in look.objections] == [
            ("Red 001", "upheld", WHY)
        ]
        assert look.recounted
        name, first = checks.document(work, KEY, "first_bundle")
        _, newest = checks.document(work, KEY, "bundle")
    assert name == f"{KEY}-first-bundle.json"
    assert [len(core.parse(each).ballots) for each in (first, newest)] == [5, 4]


def test_objections_of_one_seat_that_stand_against_each_other_are_marked(bench: Bench) -> None:
    assert ballots.Numbers(1, 2, 4, 8, 16).made == 31
    closed(bench, 2)
    with writing(bench, DURING) as work:
        assert waits(work) == (0, 0, False)
    first, _other = made(bench), made(bench, 2, MISSING)
    with reading(bench) as work:
        assert objections.desk(work, KEY).contradicted == frozenset()
        assert waits(work) == (2, 0, False)
    again = made(bench, 1, Said("other", "Luis Mamani", "Sí enviamos ese voto."))
    with reading(bench) as work:
        assert objections.desk(work, KEY).contradicted == {first, again}


def waits(work: Work) -> tuple[int, int, bool]:
    """For how many objections a result waits, how many ballots were taken out, whether it was recounted."""
    found = objections.waiting(work, KEY)
    return found.numbers.undecided, found.numbers.excluded, found.recounted

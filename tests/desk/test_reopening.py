"""A round that was closed by mistake is opened again: when that may be, what stays, and what begins anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import mail, moves, planning
from consulta.platform import documents, seen
from consulta.platform.mailer import outbox
from consulta.platform.models import AccessChange, Contact, LogEntry, Message, Objection, Round, Seat
from consulta.platform.work import COMMAND, WORKER, Actor
from consulta.results import checks
from consulta.results import page as result_page
from consulta.results import service as results
from consulta.rounds import public_rounds
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Post
from consulta.vote import objections
from consulta.vote import service as voting
from consulta.vote.changes.values import Asked
from consulta.vote.values import Late
from tests.cases import for_each
from tests.desk.test_rounds import ROUND
from tests.drafts import BASE, KEY, hand_out, make_draft, make_open, reading, writing
from tests.factories import moment
from tests.objecting import by_link, closing_mails, leave, people, vote_by
from tests.rounds.letters.test_mass_mail import by_mistake, counted
from tests.vote.objections.test_objections import CLOSED, COUNTRIES, STOLEN, closed, made, token, upheld

if TYPE_CHECKING:
    from consulta.platform.work import Bench, Work
    from consulta.rounds.values import RoundLine
    from tests.benches import Visitor

END = (moment() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
PROMISED, LATER = "2027-03-05T17:00", "2027-03-12T17:00"
AGAIN = CLOSED + timedelta(hours=5)
WHY = "Se cerró con un mes de adelanto"
CHANGED = Asked("Cambió mientras la votación estuvo cerrada.", timedelta(hours=24))


def reopen(
    bench: Bench, local: str = PROMISED, reason: str = WHY, at: datetime = AGAIN, actor: Actor = COMMAND
) -> tuple[Problem, ...]:
    with bench.work(actor, at) as work:
        return moves.reopen(work, KEY, local, reason, CHANGED)


def stored(bench: Bench) -> Round:
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        work.session.expunge_all()
    return found


def told(bench: Bench, action: str) -> list[dict[str, object]]:
    with reading(bench) as work:
        query = select(LogEntry.details).where(LogEntry.action == action).order_by(LogEntry.seq)
        return [json.loads(details) for details in work.session.scalars(query)]


def test_votes_stay_links_work_again_and_all_are_told(either: Bench) -> None:
    closed(either, 4, 5)
    with reading(either) as work:
        links = [each.token for each in closing_mails(either)]
    assert reopen(either) == ()
    found = stored(either)
    assert (found.state, found.closed_at, found.objections_until) == ("open", None, None)
    assert found.closes_at == datetime(2027, 3, 5, 22, 0, tzinfo=UTC), "the end that was promised"
    assert told(either, "rounds.reopened") == [
        {
            "closed_at": "2027-02-04T15:00:00Z",
            "before": "2027-03-05T22:00:00Z",
            "after": "2027-03-05T22:00:00Z",
            "reason": WHY,
        }
    ]
    with reading(either) as work:
        assert documents.digest(work.session, found.id, "bundle") is None, "what was counted is void"
        assert [each.reason for each in public_rounds.round_page(work, KEY).reopened] == [WHY]
        assert planning.due_counts(work) == []
        assert checks.faults(work) == []
        mails = list(work.session.scalars(select(Message).where(Message.kind == "reopened")))
        assert len(mails) == len(COUNTRIES), "each who may vote is told"
    door = by_link(either, links[0], AGAIN, objections.question)
    assert (door.over, door.card.state) == (True, "open")


@pytest.mark.deep
def test_the_next_closing_counts_all_votes_and_tells_every_address_again(either: Bench) -> None:
    closed(either, 4, 5)
    reopen(either)
    found = stored(either)
    with reading(either) as work:
        query = select(Message).where(Message.kind == "reopened").order_by(Message.id)
        reopened = list(work.session.scalars(query))
        assert all(outbox.open_token(work, each) for each in reopened)
        links = [each.token for each in reopened]
    vote_by(either, links[3] or "", AGAIN + timedelta(hours=1))
    vote_by(either, hand_out(either, KEY)[0], AGAIN + timedelta(hours=2), first=3)
    with either.work(WORKER, found.closes_at) as work:
        assert planning.close_as_promised(work, KEY, 72)
    with either.work(WORKER, found.closes_at) as work:
        planning.count(work, KEY)
    with reading(either) as work:
        again = documents.find(work.session, found.id, "bundle")
        assert again is not None
        assert (again.version, len(json.loads(again.content)["ballots"])) == (2, 4)
        whole = [each for each in checks.whole(work) if each.faults]
    assert whole == [], "the checks count the second closing, and know the first"
    assert len(closing_mails(either)) == 2 * len(COUNTRIES), "every address is told again how it appears"
    assert len(told(either, "rounds.closed")) == 2
    assert len([each for each in told(either, "heads.taken") if each["reason"] == "closing"]) == 2


def test_a_later_end_moves_the_promise_and_closing_mails_of_before_are_not_sent(bench: Bench) -> None:
    closed(bench)
    early = closing_mails(bench)[0]
    reopen(bench, LATER)
    found = stored(bench)
    assert (found.closes_local, found.promised_at) == (LATER, datetime(2027, 3, 5, 22, 0, tzinfo=UTC))
    post = Post(BASE)
    with bench.read(WORKER, AGAIN) as work:
        assert mail.finish(work, early.id, post) == letters.Needless("mail.over")
    with writing(bench, AGAIN + timedelta(days=1)) as work:
        moves.close(work, KEY, "Esta vez sí", 72)
    with bench.read(WORKER, AGAIN + timedelta(days=1)) as work:
        assert mail.finish(work, early.id, post) == letters.Needless("mail.over"), "it tells of the first"
        late = closing_mails(bench)[len(COUNTRIES)]
        assert isinstance(mail.finish(work, late.id, post), letters.Finished)


def read_result(bench: Bench, actor: Actor) -> None:
    """Read the result as a page does: the reading is recorded after it."""
    with bench.read(actor, AGAIN) as work:
        assert result_page.staff_page(work, KEY) is not None
    with bench.work(actor, AGAIN) as other:
        seen.keep(other, seen.noted(work))


def test_who_read_the_result_first_is_in_the_log_and_the_round_stays_closed(bench: Bench) -> None:
    closed(bench)
    staff = people(bench, "Mariana", "Esteban")
    for actor in staff:
        read_result(bench, actor)
    with reading(bench) as work:
        rows = work.session.scalars(select(LogEntry.actor).where(LogEntry.action == "results.seen")).all()
        assert checks.faults(work) == []
    assert rows == [str(staff[0])], "the first one alone"
    with pytest.raises(Problem, match=r"reopen\.seen"):
        reopen(bench)
    assert stored(bench).state == "closed"


def test_a_result_read_while_another_person_opens_the_round_is_not_shown(bench: Bench) -> None:
    closed(bench)
    (mariana,) = people(bench, "Mariana")
    with bench.read(mariana, AGAIN) as work:
        result_page.staff_page(work, KEY)
    reopen(bench)
    with pytest.raises(Problem, match=r"round\.not_closed"), bench.work(mariana, AGAIN) as other:
        seen.keep(other, seen.noted(work))
    assert told(bench, "results.seen") == []
    with pytest.raises(Problem, match=r"reopen\.state"):
        reopen(bench)


def drafted(bench: Bench) -> None:
    make_draft(bench)


def still_open(bench: Bench) -> None:
    make_open(bench)


def cancelled(bench: Bench) -> None:
    closed(bench)
    with writing(bench, AGAIN) as work:
        moves.cancel(work, KEY, "La sesión no se celebra")


def published(bench: Bench) -> None:
    closed(bench, hours=0)
    leave(bench, CLOSED)
    with writing(bench, AGAIN) as work:
        results.publish(work, KEY)


def objected(bench: Bench) -> None:
    closed(bench)
    made(bench, said=STOLEN)


def taken_out(bench: Bench) -> None:
    closed(bench)
    upheld(bench, made(bench, said=STOLEN), people(bench, "Mariana"))


def drawn(bench: Bench) -> None:
    closed(bench)
    with writing(bench) as work:
        work.session.execute(update(Round).values(public="3-5-1"))


@for_each(
    "before, code",
    [
        (drafted, "reopen.state"),
        (still_open, "reopen.state"),
        (cancelled, "reopen.state"),
        (published, "reopen.state"),
        (objected, "reopen.objections"),
        (taken_out, "reopen.excluded"),
        (drawn, "reopen.drawn"),
    ],
    fresh=True,
)
def test_what_cannot_be_opened_again(bench: Bench, before: Any, code: Any) -> None:
    before(bench)
    with pytest.raises(Problem) as refused:
        reopen(bench)
    assert refused.value.code == code
    with pytest.raises(Problem) as refused, reading(bench, AGAIN) as work:
        moves.reopenable(work, KEY)
    assert refused.value.code == code


def test_what_is_refused_changes_nothing(bench: Bench) -> None:
    closed(bench)
    for local, reason, code in (
        ("2027-02-04T12:00", WHY, "deadline.past"),
        ("2027-03-05T16:59", WHY, "reopen.earlier"),
        ("2027-06-05T17:00", WHY, "deadline.far"),
        ("", WHY, "deadline.form"),
        (PROMISED, " \n", "round.reason"),
        (PROMISED, "x" * 501, "round.reason"),
    ):
        with pytest.raises(Problem) as refused:
            reopen(bench, local, reason)
        assert refused.value.code == code
    found = stored(bench)
    assert (found.state, found.reopenings, told(bench, "rounds.reopened")) == ("closed", 0, [])


def test_an_end_that_was_promised_is_not_moved_back_nor_to_this_very_moment(bench: Bench) -> None:
    """A minute before the promise is refused, and the promise itself once its moment has come."""
    closed(bench)
    for local, at, code in (
        ("2027-03-05T16:59", AGAIN, "reopen.earlier"),
        (PROMISED, datetime(2027, 3, 5, 22, 0, tzinfo=UTC), "deadline.past"),
    ):
        with pytest.raises(Problem) as refused:
            reopen(bench, local, at=at)
        assert refused.value.code == code
    assert stored(bench).state == "closed"


def test_no_vote_counts_that_was_sent_between_closing_and_reopening(bench: Bench) -> None:
    closed(bench, 2)
    with reading(bench) as work:
        seat = work.session.scalars(select(Seat).where(Seat.position == 2)).one()
        contact = work.session.scalars(
            select(Contact).where(Contact.organisation_id == seat.organisation_id)
        ).one()
        voter = Actor("voter", contact.id, contact.name, seat.id)
    with bench.work(voter, CLOSED + timedelta(hours=1)) as work:
        late = voting.cast(work, KEY, Entries({"tema_numero_1": 1, "tema_numero_2": 2}), "k" * 16)
    assert isinstance(late, Late)
    reopen(bench)
    assert len(told(bench, "ballot.cast")) == len(COUNTRIES) - 1
    with bench.work(voter, AGAIN + timedelta(hours=1)) as work:
        again = voting.cast(work, KEY, Entries({"tema_numero_1": 1, "tema_numero_2": 2}), "k" * 16)
    assert not isinstance(again, Late), "the same form, sent again, is taken"


def test_contacts_changed_while_it_was_closed_wait_and_everybody_is_told(bench: Bench) -> None:
    """Closing and opening again is no way round the guard of who may vote."""
    closed(bench, 1)
    with writing(bench, CLOSED + timedelta(hours=1)) as work:
        contacts = list(work.session.scalars(select(Contact).order_by(Contact.id)))
        contacts[0].email = "thief@example.net"
        contacts[1].active = False
        work.session.add(
            Contact(
                organisation_id=contacts[2].organisation_id,
                name="Nueva",
                email="new@example.net",
                language="es",
                created_at=work.now,
            )
        )
    reopen(bench)
    with reading(bench) as work:
        asked = {
            (each.address, each.kind, each.before)
            for each in work.session.scalars(select(AccessChange).where(AccessChange.state == "waiting"))
        }
        assert asked == {
            ("thief@example.net", "address", "c1@example.org"),
            ("new@example.net", "added", ""),
        }
        linked = set(work.session.scalars(select(Message.address).where(Message.kind == "reopened")))
        notices = set(
            work.session.scalars(
                select(Message.address).where(Message.kind.in_(("access_asked", "access_decided")))
            )
        )
        assert checks.faults(work) == []
    assert not linked & {"thief@example.net", "new@example.net", "c2@example.org"}
    assert notices == {"c1@example.org", "c2@example.org", "c3@example.org"}


def test_objections_of_before_stay_decided_and_new_ones_can_be_made_after_the_second_closing(
    bench: Bench,
) -> None:
    closed(bench)
    number = made(bench, said=STOLEN)
    (mariana,) = people(bench, "Mariana")
    with bench.work(mariana, AGAIN) as work:
        objections.reject(work, KEY, number, "La votación se abre de nuevo")
    reopen(bench, at=AGAIN + timedelta(hours=1))
    end = stored(bench).closes_at
    with writing(bench, end) as work:
        moves.close(work, KEY, objection_hours=72)
        results.count(work, KEY)
    assert by_link(bench, token(bench, 1), end + timedelta(hours=1), objections.make, STOLEN) != number
    with reading(bench) as work:
        states = list(work.session.scalars(select(Objection.state).order_by(Objection.id)))
    assert states == ["rejected", "open"]


# -- at the desk


def test_the_page_asks_says_how_many_are_told_and_opens(staff_visitor: Visitor, bench: Bench) -> None:
    by_mistake(bench)
    page = staff_visitor.get(ROUND)
    assert f"{ROUND}/reopen" in page.text, "the way is on the round's rail"
    for place in ("", "/log", "/participation", "/reopen", "/objections"):
        assert staff_visitor.get(f"{ROUND}{place}").status_code == 200
    assert stored(bench).result_seen_at is None, "these pages show nothing of the result"
    refused = staff_visitor.submit(f"{ROUND}/reopen", {"typed": KEY, "reason": "", "closes": END})
    assert refused.status_code == 422
    assert END in refused.text, "what was entered stays"
    answer = staff_visitor.submit(f"{ROUND}/reopen", {"typed": KEY, "reason": WHY, "closes": END})
    assert answer.status_code == 303
    assert stored(bench).state == "open"
    assert WHY in staff_visitor.get(f"/es/rounds/{KEY}").text, "the public page tells it"
    assert WHY in staff_visitor.get(f"{ROUND}/log").text


@pytest.mark.deep
@pytest.mark.parametrize("place", ["result", "result/charts", "result.pdf", "panel", "publish", "dialogue"])
def test_every_page_that_reads_the_result_ends_the_way_back(
    staff_visitor: Visitor, bench: Bench, place: str
) -> None:
    counted(bench)
    staff_visitor.get(f"{ROUND}/{place}")
    assert stored(bench).result_seen_at is not None
    refused = staff_visitor.get(f"{ROUND}/reopen")
    assert refused.status_code >= 400
    assert "ya se leyó" in refused.text
    assert f"{ROUND}/reopen" not in staff_visitor.get(ROUND).text


def test_two_who_open_it_at_once_open_it_once_and_the_second_one_is_told(
    staff_visitor: Visitor, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the second one had no closing to tell of any more, and broke."""
    by_mistake(bench)
    look = moves.reopenable

    def look_and_be_overtaken(work: Work, key: str) -> RoundLine:
        line = look(work, key)
        monkeypatch.setattr(moves, "reopenable", look)
        with bench.work(COMMAND, moment()) as other:
            moves.reopen(other, KEY, END, WHY, CHANGED)
        return line

    form = {"typed": KEY, "reason": WHY, "closes": END}
    form["csrf_token"] = staff_visitor.token(staff_visitor.get(f"{ROUND}/reopen"))
    monkeypatch.setattr(moves, "reopenable", look_and_be_overtaken)
    answer = staff_visitor.post(f"{ROUND}/reopen", form)
    assert answer.status_code == 422
    assert "Solo puede reabrirse una consulta cerrada" in answer.text
    assert len(told(bench, "rounds.reopened")) == 1

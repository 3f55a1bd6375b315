"""The published numbers of who could vote: counted from what happened, and small groups not told apart."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.desk import mail
from consulta.platform.models import Ballot, BallotExclusion, Contact, LogEntry, Objection, Round, SeatAddress
from consulta.platform.work import COMMAND
from consulta.results import archive, checks
from consulta.rounds import electorate, links
from consulta.rounds import service as rounds
from consulta.rounds.values import MarkedVotes
from tests.desk.round_life import House
from tests.drafts import KEY
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from consulta.rounds.values import ElectorateNumbers

FIRST, SECOND = "tema_numero_1", "tema_numero_2"


@pytest.fixture
def house(bench: Bench, settings: Settings) -> House:
    """A contact was replaced and the new one voted, another change was objected to, a vote was called in."""
    house = House(bench, settings)
    house.import_members(3)
    house.open()
    house.work_on_mail("sent")
    house.vote(4, (FIRST, SECOND), 1)  # the third organisation, by a contact of the opening
    house.replace_contact(0)
    house.work_on_mail("sent")
    house.clock.forward(hours=25)
    house.work_on_mail("sent")
    house.work_on_mail("sent")
    house.change_address(2)  # of the second organisation
    house.answer_a_notice(-1)
    house.vote(-1, (SECOND,), 2)  # by the newest link: that of who took over
    house.vote_by_call(1, (FIRST,), 3)
    with bench.work(COMMAND, house.clock()) as work:
        contact = work.session.scalars(select(Contact).where(Contact.email == "c3.1@example.org")).one()
        mail.resend(work, KEY, contact.id, "No le llegó")
    house.clock.forward(minutes=30)
    house.close()
    return house


def numbers(house: House, small_cell: int = 5) -> ElectorateNumbers:
    with house.bench.read(COMMAND, house.clock()) as work:
        found = work.session.scalars(select(Round)).one()
        return electorate.numbers(work, found, small_cell)


def test_the_numbers_are_those_of_what_happened(house: House) -> None:
    told = numbers(house)
    assert (told.assisted, told.young, told.objected) == (1, 1, 0)
    assert (told.contacts_added, told.contacts_changed, told.contacts_ended) == (1, 1, 1)
    assert (told.changes_objected, told.changes_done) == (1, 1)
    assert (told.links_again, told.last_hour) == (1, 2)


def test_links_that_were_handed_out_in_a_file_are_counted(house: House) -> None:
    """Where there is no mail, the secretariat has every link, and could vote with each."""
    before = numbers(house).links_shown
    with house.bench.work(COMMAND, house.clock()) as work:
        rounds.hold(work, KEY).state = "open"
        made = len(links.issue_links(work, KEY, "https://voto.example.org", revoke=True))
        rounds.hold(work, KEY).state = "closed"
    assert made > 0
    assert numbers(house).links_shown == before + made


def test_subregions_are_told_only_where_no_group_is_small(house: House) -> None:
    assert numbers(house, 5).by_subregion == {}
    apart = numbers(house, 1).by_subregion
    assert sum(each.young for each in apart.values()) == 1
    assert sum(each.assisted for each in apart.values()) == 1


def test_subregions_are_not_told_where_nearly_all_have_a_marked_vote() -> None:
    """It would say of everybody there that they voted, which is told in no other figure."""

    def told(marked: int, seats: int) -> dict[str, MarkedVotes]:
        votes = [electorate.Vote("caribbean", True, False, False) for _ in range(marked)]
        return electorate._by_subregion(votes, {"caribbean": seats}, 5)

    assert told(5, 10) == {"caribbean": MarkedVotes(5, 0, 0)}
    assert told(0, 5) == {"caribbean": MarkedVotes(0, 0, 0)}
    for marked, seats in ((5, 5), (6, 10), (9, 10), (0, 4)):
        assert told(marked, seats) == {}


def test_every_number_is_of_its_own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many of each kind that every sum tells which kinds are in it."""
    end = moment()
    change, vote = electorate.Change, electorate.Vote
    kinds = [("added", ""), ("replaced", "a"), ("import", ""), ("import", "a"), ("address", "a")]
    kinds += [("switched_on", ""), ("taken_back", "")]
    rows: dict[str, Any] = {
        "changes_of": [
            change(kind, before, "done" if kind == "replaced" else "waiting", kind == "added")
            for power, (kind, before) in enumerate(kinds)
            for _ in range(2**power)
        ],
        "votes_of": [vote("caribbean", True, False, False), *[vote("caribbean", False, True, True)] * 2],
        "acts_of": {"access.ended": 5, "links.reissued": 6},
        "seats_of_subregions": {"caribbean": 3},
        "links_shown": 7,
    }
    for name, value in rows.items():
        monkeypatch.setattr(electorate, name, lambda *_, value=value, **__: value)
    hour = (end - timedelta(hours=1), end)
    monkeypatch.setattr(electorate, "cast_between", lambda _, __, *given: 8 if given == hour else 0)
    work: Any = SimpleNamespace(session=None)
    found: Any = SimpleNamespace(id=1, closed_at=end, closes_at=end + timedelta(hours=2))
    told = electorate.numbers(work, found, 1)
    assert (told.assisted, told.young, told.objected) == (1, 2, 2)
    assert (told.contacts_added, told.contacts_changed, told.contacts_ended) == (1 + 2 + 4, 8 + 16 + 32, 5)
    assert (told.changes_done, told.changes_objected) == (2, 1)
    assert (told.links_again, told.links_shown, told.last_hour) == (6, 7, 8)
    assert told.by_subregion == {"caribbean": MarkedVotes(1, 2, 2)}
    assert electorate.numbers(work, found, 2).by_subregion == {}
    assert electorate.numbers(work, found, 0).by_subregion == told.by_subregion
    rows["seats_of_subregions"]["caribbean"] = 30
    assert electorate.numbers(work, found, 2).by_subregion == {}, "one vote called in stands alone"


def test_the_closing_row_tells_them_before_a_ballot_is_taken_out(house: House) -> None:
    told = numbers(house).told()
    del told["by_subregion"]
    with house.bench.read(COMMAND, house.clock()) as work:
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "rounds.closed")).one()
        assert json.loads(row.details)["electorate"] == told
    with house.bench.work(COMMAND, house.clock()) as work:
        found = work.session.scalars(select(Round)).one()
        ballot = work.session.scalars(select(Ballot).where(Ballot.assisted)).one()
        address = work.session.scalars(select(SeatAddress)).first()
        assert address is not None
        made = Objection(
            round_id=found.id,
            seat_id=ballot.seat_id,
            ballot_id=ballot.id,
            seat_address_id=address.id,
            claim="not_ours",
            who="R",
            text="",
            state="upheld",
            reason="",
            made_at=house.clock(),
        )
        work.session.add(made)
        work.session.flush()
        work.session.add(
            BallotExclusion(round_id=found.id, ballot_id=ballot.id, objection_id=made.id, at=house.clock())
        )
    assert numbers(house).assisted == told["assisted"] - 1
    with house.bench.read(COMMAND, house.clock()) as work:
        found = work.session.scalars(select(Round)).one()
        assert electorate.at_closing(work, found) == told
        assert not [fault for fault in checks.faults(work) if "its closing bound" in fault]


def test_votes_of_the_last_hour_are_counted_to_the_second(house: House) -> None:
    with house.bench.read(COMMAND, house.clock()) as work:
        found = work.session.scalars(select(Round)).one()
        end = house.clock()
        assert electorate.cast_between(work.session, found.id, end - timedelta(minutes=29), end) == 0
        assert electorate.cast_between(work.session, found.id, end - timedelta(minutes=30), end) == 2


def test_they_are_in_the_row_of_the_publication_and_on_the_page(house: House) -> None:
    house.publish_in_time()
    with house.bench.read(COMMAND, house.clock()) as work:
        found = work.session.scalars(select(Round)).one()
        assert found.state == "published"
        facts = archive.facts(work, found)
        assert facts is not None
        assert facts.electorate == numbers(house)
        row = work.session.scalars(
            select(LogEntry.details).where(LogEntry.action == "rounds.published")
        ).one()
    assert '"young":1' in row
    house.require_verifiable()

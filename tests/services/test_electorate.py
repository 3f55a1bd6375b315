"""The published numbers of who could vote: counted from what happened, and small groups not told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.services import archive, electorate, mail_desk
from consulta.services.work import COMMAND
from consulta.store import electorate as rows
from consulta.store.models import Contact, LogEntry, Round
from tests.drafts import KEY
from tests.services.round_life import House

if TYPE_CHECKING:
    from consulta.services.work import Bench
    from consulta.settings import Settings

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
        mail_desk.resend(work, KEY, contact.id, "No le llegó")
    house.clock.forward(minutes=30)
    house.close()
    return house


def numbers(house: House, small_cell: int = 5) -> electorate.ElectorateNumbers:
    with house.bench.read(COMMAND, house.clock()) as work:
        found = work.session.scalars(select(Round)).one()
        return electorate.numbers(work, found, small_cell)


def test_the_numbers_are_those_of_what_happened(house: House) -> None:
    told = numbers(house)
    assert (told.assisted, told.young, told.objected) == (1, 1, 0)
    assert (told.contacts_added, told.contacts_changed, told.contacts_ended) == (1, 1, 1)
    assert (told.changes_objected, told.changes_done) == (1, 1)
    assert (told.links_again, told.last_hour) == (1, 2)


def test_subregions_are_told_only_where_no_group_is_small(house: House) -> None:
    assert numbers(house, 5).by_subregion == {}
    apart = numbers(house, 1).by_subregion
    assert sum(each["young"] for each in apart.values()) == 1
    assert sum(each["assisted"] for each in apart.values()) == 1


def test_votes_of_the_last_hour_are_counted_to_the_second(house: House) -> None:
    with house.bench.read(COMMAND, house.clock()) as work:
        found = work.session.scalars(select(Round)).one()
        end = house.clock()
        assert rows.cast_between(work.session, found.id, end - timedelta(minutes=29), end) == 0
        assert rows.cast_between(work.session, found.id, end - timedelta(minutes=30), end) == 2


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

"""What is no longer needed is erased on time, after a week's notice; the check and the archives hold."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from consulta.core.problems import Problem
from consulta.operations import retention
from consulta.people.members_import import IMPORTER as MEMBERS
from consulta.platform.log import chain
from consulta.platform.models import (
    AccessChange,
    Contact,
    Delivery,
    Link,
    LogEntry,
    Message,
    Nomination,
    RetentionKind,
    RetentionMark,
    Round,
    SeatAddress,
    Staff,
    Upload,
)
from consulta.platform.settings import KEPT, Settings, SettingsError
from consulta.platform.work import COMMAND, WORKER
from consulta.results import checks
from tests.cases import for_each
from tests.desk.round_life import STAFF, House
from tests.factories import moment
from tests.operations.backups.test_worker import environment

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from consulta.platform.work import Bench
    from tests.benches import Demo, Visitor

_ANNOUNCED = LogEntry.action == "retention.announced"


def look(bench: Bench, now: datetime, days: dict[str, int] | None = None) -> tuple[str, ...]:
    with bench.work(WORKER, now) as work:
        return retention.look(work, days or KEPT)


def erase_all(bench: Bench, now: datetime, *names: str) -> int:
    rows, some = 0, 0
    for name in names:
        while True:
            with bench.work(WORKER, now) as work:
                some = retention.erase(work, name, KEPT)
            rows += some
            if not some:
                break
    return rows


def faults(bench: Bench, now: datetime) -> list[str]:
    with bench.read(COMMAND, now) as work:
        return [fault for check in checks.whole(work) for fault in check.faults]


def due(bench: Bench, now: datetime) -> dict[str, int]:
    with bench.read(STAFF, now) as work:
        return {each.name: each.due for each in retention.overview(work, KEPT)[0] if each.due}


def lived(bench: Bench, settings: Settings) -> House:
    """Return a house whose round was held and published: mails, votes, a call, a change of contacts."""
    house = House(bench, settings)
    house.import_members(3)
    house.open()
    house.work_on_mail("sent")
    for number in range(2):
        house.vote(number, ("tema_numero_1", "tema_numero_2"), number + 1)
    house.vote_by_call(2, ("tema_numero_2",), 1)
    house.change_address(1)
    house.close()
    house.publish_in_time()
    house.work_on_mail("sent")
    return house


@pytest.mark.deep
def test_what_served_goes_after_its_notice_and_the_check_holds(either: Bench, settings: Settings) -> None:
    house = lived(either, settings)
    with either.read(COMMAND, house.clock()) as work:
        bodies = {each.id: each.body for each in work.session.scalars(select(Message)) if each.body}
    assert bodies
    assert due(either, house.clock()) == {}
    for _look in range(80):
        house.clock.forward(days=6)
        house.worker.erasing.erase_due()
    assert due(either, house.clock()) == {}
    assert faults(either, house.clock()) == []
    with either.read(COMMAND, house.clock()) as work:
        for each in work.session.scalars(select(Message)):
            assert each.body is each.subject is None
            assert each.address == ""
            if each.id in bodies:
                assert each.body_sha256 == hashlib.sha256((bodies[each.id] or "").encode()).hexdigest()
        assert {each.said for each in work.session.scalars(select(Delivery))} == {""}
        assert {each.name for each in work.session.scalars(select(SeatAddress))} == {""}
        assert not [each for each in work.session.scalars(select(SeatAddress)) if "@" in each.address]
        assert not [each for each in work.session.scalars(select(AccessChange)) if "@" in each.address]
        assert work.session.scalars(select(Link).where(Link.purpose == "vote")).all() == []
        assert {each.rows == [] and each.undo is None for each in work.session.scalars(select(Upload))} == {
            True
        }
        assert [each.email for each in work.session.scalars(select(Contact)) if each.active]
        told = chain.acts(work.session, "retention:roll_contacts", "retention.erased")
        assert "example.org" not in told[0].details


@pytest.mark.deep
def test_the_database_lets_a_row_written_once_be_blanked_and_nothing_else(
    either: Bench, settings: Settings
) -> None:
    house = House(either, settings)
    house.import_members(1)
    house.open()
    house.work_on_mail("sent")
    blanked = update(SeatAddress).values(address=func.concat("erased:", SeatAddress.id), name="")
    refused = [
        update(SeatAddress).values(name=""),
        update(SeatAddress).values(address="erased:", name=""),
        blanked.values(votes=~SeatAddress.votes),
        delete(SeatAddress),
        update(Delivery).values(said="", outcome="refused"),
        update(Delivery).values(said="250 other"),
        delete(Delivery),
    ]
    for statement in refused:
        with pytest.raises((DBAPIError, Problem)), either.work(COMMAND, house.clock()) as work:
            work.session.execute(statement, execution_options={"synchronize_session": False})
    with either.work(COMMAND, house.clock()) as work:
        work.session.execute(update(Delivery).values(said=""))


def test_two_workers_that_look_first_at_the_same_time_announce_once(
    either: Bench, settings: Settings
) -> None:
    house = lived(either, settings)
    house.clock.forward(days=4000)
    now = house.clock()
    with ThreadPoolExecutor(1) as pool:
        with either.work(WORKER, now) as work:
            retention.look(work, KEPT)
            other = pool.submit(look, either, now)
            wait([other], timeout=0.5)
            assert not other.done(), "it waits for the first one"
        assert other.result(timeout=30) == ()
    with either.read(COMMAND, now) as work:
        told = [each.subject for each in work.session.scalars(select(LogEntry).where(_ANNOUNCED))]
        kinds = work.session.scalars(select(RetentionKind.kind)).all()
    assert told
    assert len(told) == len(set(told))
    assert sorted(kinds) == sorted(KEPT)


@pytest.mark.deep
def test_words_of_a_proposal_do_not_keep_it_due_for_ever(either: Bench, settings: Settings) -> None:
    """A role that is written “about” is no text about the person: it would be erased again and again."""
    house = lived(either, settings)
    house.clock.forward(days=4000)
    with either.work(COMMAND, house.clock()) as work:
        said = {"name": "Ana", "organisation": "about", "role": "about", "about": ""}
        number = work.session.scalars(select(Round.id)).first()
        work.session.add(Nomination(round_id=number, said=said, state="declined", proposed_at=house.clock()))
    for days in (6, 1, 0):
        ready = look(either, house.clock())
        house.clock.forward(days=days)
    assert "nominees" in ready
    assert erase_all(either, house.clock(), "nominees") > 0
    assert "nominees" not in due(either, house.clock())
    with either.read(COMMAND, house.clock()) as work:
        kept = work.session.scalars(select(Nomination)).one().said
    assert (kept["organisation"], "about" in kept) == ("about", False)


def test_the_name_of_a_person_who_became_no_nominee_goes_with_the_proposal(
    either: Bench, settings: Settings
) -> None:
    """Proposals that no one decided before the round was over, too."""
    house = lived(either, settings)
    house.clock.forward(days=4000)
    with either.work(COMMAND, house.clock()) as work:
        number = work.session.scalars(select(Round.id)).first()
        for state in ("waiting", "declined", "merged"):
            said = {"name": f"Ana {state}", "organisation": "Red", "about": "Dirige una red"}
            row = Nomination(round_id=number, said=said, state=state, proposed_at=house.clock())
            work.session.add(row)
    look(either, house.clock())
    house.clock.forward(days=6)
    look(either, house.clock())
    house.clock.forward(days=1)
    look(either, house.clock())
    assert erase_all(either, house.clock(), "nominees") >= 3
    with either.read(COMMAND, house.clock()) as work:
        names = {each.state: each.said["name"] for each in work.session.scalars(select(Nomination))}
    assert [state for state, name in names.items() if name.startswith("Ana")] == ["merged"]
    assert "nominees" not in due(either, house.clock())


@pytest.mark.deep
def test_what_a_mail_was_to_say_goes_also_where_it_was_never_written_out(
    either: Bench, settings: Settings
) -> None:
    house = lived(either, settings)
    with either.work(COMMAND, house.clock()) as work:
        row = work.session.scalars(select(Message).where(Message.state == "sent")).first()
        assert row is not None
        row.state, row.subject, row.body, row.facts = "cancelled", None, None, {"name": "Ana Peña"}
        number = row.id
    for days in (100, 6, 1):
        house.clock.forward(days=days)
        look(either, house.clock())
    erase_all(either, house.clock(), "mail_texts")
    with either.read(COMMAND, house.clock()) as work:
        assert work.session.get_one(Message, number).facts == {}


@pytest.mark.deep
def test_the_period_of_a_link_begins_when_it_was_ended(bench: Bench, settings: Settings) -> None:
    house = lived(bench, settings)
    with bench.work(COMMAND, house.clock()) as work:
        for each in work.session.scalars(select(Link)):
            each.revoked_at, each.expires_at = house.clock(), house.clock() + timedelta(days=900)
    assert due(bench, house.clock() + timedelta(days=KEPT["links"] + 1)).get("links")
    assert not due(bench, house.clock() + timedelta(days=KEPT["links"] - 1)).get("links")


@pytest.mark.deep
def test_a_round_that_is_not_over_keeps_all(either: Bench, settings: Settings) -> None:
    house = House(either, settings)
    house.import_members(2)
    house.open()
    house.work_on_mail("sent")
    house.close()
    kinds = due(either, house.clock() + timedelta(days=4000))
    assert not kinds.keys() & {"mail_texts", "mail_addresses", "roll_contacts", "nominees", "contacts"}


def test_a_person_out_of_use_goes_two_years_later_and_not_where_it_came_back(
    bench: Bench, settings: Settings
) -> None:
    house = lived(bench, settings)
    start = house.clock()
    with bench.work(COMMAND, start) as work:
        off, back = work.session.scalars(select(Contact).order_by(Contact.id)).all()[-2:]
        off.active = back.active = False
        person = work.session.scalars(select(Staff)).one()
        person.active, person.second_factor = False, "JBSWY3DP"
        numbers = off.id, back.id
    for day in range(0, 762, 6):
        if day == 300:
            with bench.work(COMMAND, start) as work:
                work.session.get_one(Contact, numbers[1]).active = True
        house.clock.now = start + timedelta(days=day)
        house.worker.erasing.erase_due()
    with bench.read(COMMAND, house.clock()) as work:
        gone, kept = (work.session.get_one(Contact, number) for number in numbers)
        assert (gone.email, gone.name, gone.phone) == (f"erased:{gone.id}", f"— {gone.id}", "")
        assert "@" in kept.email
        person = work.session.scalars(select(Staff)).one()
        assert (person.email, person.second_factor) == (f"erased:{person.id}", None)
    assert faults(bench, house.clock()) == []


def test_a_clock_that_jumps_or_goes_back_and_a_shorter_period_are_announced_anew(
    bench: Bench, settings: Settings
) -> None:
    house = lived(bench, settings)
    start = house.clock() + timedelta(days=100)
    assert look(bench, start) == ()
    for day in range(1, 7):
        assert look(bench, start + timedelta(days=day)) == ()
    assert "mail_texts" in look(bench, start + timedelta(days=7))
    shorter = KEPT | {"mail_texts": 30}
    assert "mail_texts" not in look(bench, start + timedelta(days=8), shorter)
    with bench.work(WORKER, start + timedelta(days=8)) as work:
        assert retention.erase(work, "mail_texts", shorter) == 0
        with pytest.raises(Problem, match=r"retention\.unknown"):
            retention.erase(work, "votes", shorter)
    ahead = start + timedelta(days=5000)
    assert look(bench, ahead) == ()
    assert look(bench, start + timedelta(days=9)) == (), "the clock was set right again"
    assert look(bench, start + timedelta(days=15)) == ()
    assert "mail_texts" in look(bench, start + timedelta(days=16))
    with bench.read(COMMAND, start) as work:
        assert all(
            each.since <= start + timedelta(days=16) for each in work.session.scalars(select(RetentionMark))
        )


@for_each("value", ["0", "-1", "90d", "36501"])
def test_a_period_of_no_days_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match="CONSULTA_KEEP_MAIL_TEXTS"):
        Settings.from_env(environment(tmp_path, CONSULTA_KEEP_MAIL_TEXTS=value))


def test_periods_are_settings(tmp_path: Path) -> None:
    found = Settings.from_env(environment(tmp_path, CONSULTA_KEEP_MAIL_TEXTS="30"))
    assert found.kept_days == KEPT | {"mail_texts": 30}
    with pytest.raises(SettingsError, match="CONSULTA_KEEP_FORMER_ADDRESSES"):
        Settings.from_env(environment(tmp_path, CONSULTA_KEEP_FORMER_ADDRESSES="29"))


def test_the_desk_says_before_what_goes_and_after_what_went(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    start = moment()
    with bench.work(STAFF, start - timedelta(days=200)) as work:
        upload = MEMBERS.keep(
            work, "red.csv", b"Organizaci\xc3\xb3n;Pa\xc3\xads;Sector;Correo\nRed;PE;ONG;a@b.org\n"
        )
    assert "Nothing has been erased yet" in staff_visitor.get("/en/secretariat/retention").text
    assert look(bench, start) == ()
    first = staff_visitor.get("/en/secretariat/").text
    assert "Data no longer needed are erased" in first
    assert "Rows of imported files" in staff_visitor.get("/en/secretariat/retention").text
    now = start - timedelta(seconds=1)
    with bench.work(WORKER, now) as work:
        for row in work.session.scalars(select(RetentionKind)):
            row.announced_at = row.begins_at = row.looked_at = now
    ready = look(bench, now)
    assert "uploads" in ready
    assert erase_all(bench, now, *ready) >= 1
    page = staff_visitor.get("/en/secretariat/retention").text
    assert "Rows of imported files: 1 row" in page
    listed = staff_visitor.get("/en/secretariat/members/import").text
    assert "rows erased" in listed
    gone = staff_visitor.get(f"/en/secretariat/members/import/{upload}")
    assert gone.status_code == 422
    assert "The rows of this file were erased" in gone.text


@pytest.mark.deep
def test_the_demo_years_later(demo: Demo, settings: Settings) -> None:
    """Everything that the demonstration has, three years later: the check and all archives hold."""
    bench, now = demo.bench(settings), moment()
    assert look(bench, now) == ()
    now += timedelta(days=3 * 365)
    assert look(bench, now) == (), "everything is announced anew: the worker was away"
    for _day in range(6):
        now += timedelta(days=1)
        assert look(bench, now) == ()
    now += timedelta(days=1)
    assert erase_all(bench, now, *look(bench, now)) > 1000
    assert due(bench, now) == {}
    assert faults(bench, now) == []

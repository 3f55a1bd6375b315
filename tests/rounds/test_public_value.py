"""The public value: announced in the draft, entered after the end, never one that was known before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import undefer

from consulta.core.problems import Problem
from consulta.desk import opening, planning
from consulta.platform.models import LogEntry, Round
from consulta.platform.work import COMMAND, Actor, Bench
from consulta.results import checks
from consulta.results import service as results
from consulta.rounds import public_value
from consulta.rounds import service as rounds
from tests.cases import for_each
from tests.drafts import KEY, NOW, join_members, make_draft, make_open, refuses
from tests.drafts import round_command as command
from tests.rounds.test_secrecy import vote
from tests.texts import both

if TYPE_CHECKING:
    from tests.benches import Visitor

SOURCE = both("Tres dados en la sesión de cierre", "Three dice in the closing session")
ANNOUNCED = {"public_source": SOURCE, "public_local": "2027-03-06T10:00"}
ENDED = datetime(2027, 3, 5, 22, 0, tzinfo=UTC)
DRAWN = datetime(2027, 3, 6, 16, 0, tzinfo=UTC)  # eleven in the morning in Panama


def closed(bench: Bench, **values: Any) -> None:
    """A round in which three organisations voted, closed at its deadline."""
    make_open(bench, **values)
    vote(bench, "s001", "s002", "s003")
    with bench.work(COMMAND, NOW) as work:
        work.session.execute(text("UPDATE rounds SET closed_at = closes_at"))


def draw(
    bench: Bench,
    value: str = "4 2 6",
    local: str = "2027-03-06T10:30",
    now: datetime = DRAWN,
    actor: Actor = COMMAND,
    remark: str = "",
) -> None:
    with bench.work(actor, now) as work:
        public_value.draw(work, KEY, value, local, remark)


def stored(bench: Bench) -> Round:
    with bench.read(COMMAND, NOW) as work:
        found = work.session.scalars(select(Round).options(undefer(Round.frozen))).one()
        work.session.expunge(found)
        return found


def told(bench: Bench, action: str) -> dict[str, Any]:
    with bench.read(COMMAND, NOW) as work:
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == action)).one()
        found: dict[str, Any] = json.loads(row.details)
        return found


@pytest.mark.deep
def test_it_becomes_part_of_the_seed_and_of_the_log(either: Bench) -> None:
    closed(either, **ANNOUNCED)
    announced = {"source": {"es": SOURCE["es"], "en": SOURCE["en"]}, "not_before": "2027-03-06T15:00:00Z"}
    assert told(either, "rounds.opened")["public"] == announced
    assert json.loads(stored(either).frozen or "")["seed"]["public"] == announced
    draw(either, " 4  2 6 ", remark="Los lanzó la mesa")
    expected = {"value": "4 2 6", "at": "2027-03-06T15:30:00Z", "remark": "Los lanzó la mesa"}
    assert told(either, "rounds.drawn") == expected
    with either.work(COMMAND, DRAWN) as work:
        results.count(work, KEY)
        assert results.assemble(work, KEY).seed.public == "4 2 6"
    with either.read(COMMAND, DRAWN) as work:
        assert [fault for check in checks.whole(work) for fault in check.faults if "public" in fault] == []


def test_there_is_no_count_without_it(bench: Bench) -> None:
    closed(bench, **ANNOUNCED)
    with pytest.raises(Problem, match=r"public\.missing"), bench.work(COMMAND, DRAWN) as work:
        results.count(work, KEY)
    with bench.work(COMMAND, DRAWN) as work:
        assert results.count_after_closing(work, KEY) is False
        planning.count(work, KEY)
    with bench.read(COMMAND, DRAWN) as work:
        assert public_value.awaits(work, KEY)
        view = public_value.awaited(work, KEY)
    assert (view.source, view.not_before) == (SOURCE, datetime(2027, 3, 6, 15, 0, tzinfo=UTC))
    draw(bench)
    with bench.work(COMMAND, DRAWN) as work:
        assert not public_value.awaits(work, KEY)
        assert results.count_after_closing(work, KEY) is True


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"local": "2027-01-31T10:00"}, "public.early"),  # before the commitment
    ({"local": "2027-03-05T16:59"}, "public.early"),  # while people could still vote
    ({"local": "2027-03-06T09:59"}, "public.early"),  # before the moment announced
    ({"local": "2027-03-06T11:01"}, "public.future"),
    ({"local": "soon"}, "deadline.form"),
    ({"value": " \n"}, "public.empty"),
    ({"value": "9" * 500}, "public.empty"),
    ({"actor": Actor("scrutineer", 1)}, "access.denied"),
    ({"actor": Actor("voter", 1, seat_id=1)}, "access.denied"),
]


def test_a_value_that_could_have_been_chosen_is_refused_and_one_is_entered_once(bench: Bench) -> None:
    closed(bench, **ANNOUNCED)
    for asked, code in REFUSED:
        with pytest.raises(Problem) as refused:
            draw(bench, **asked)
        assert refused.value.code == code, asked
        assert stored(bench).public == "", asked
    draw(bench, local="2027-03-06T11:00")  # of this minute; what is still to come could be chosen
    with pytest.raises(Problem, match=r"public\.known"):
        draw(bench, "6 6 6")
    assert stored(bench).public == "4 2 6"


def test_voting_that_ended_later_than_announced_moves_the_earliest_moment(bench: Bench) -> None:
    """A person who still can vote must not know the value, whatever moment was announced."""
    closed(bench, **{**ANNOUNCED, "public_local": "2027-03-05T17:00"})
    later = ENDED + timedelta(days=2)
    with bench.work(COMMAND, NOW) as work:
        work.session.scalars(select(Round)).one().closed_at = later
    with pytest.raises(Problem, match=r"public\.early"):
        draw(bench, local="2027-03-07T16:59", now=later + timedelta(hours=1))
    draw(bench, local="2027-03-07T17:00", now=later + timedelta(hours=1))


def test_a_round_that_announced_none_takes_none(bench: Bench) -> None:
    closed(bench)
    assert told(bench, "rounds.opened")["public"] is None
    with pytest.raises(Problem, match=r"public\.unannounced"):
        draw(bench)
    with bench.work(COMMAND, DRAWN) as work:
        results.count(work, KEY)


def test_the_page_that_asks_for_it_is_only_there_while_it_is_awaited(bench: Bench) -> None:
    make_open(bench, **ANNOUNCED)
    vote(bench, "s001")
    with bench.read(COMMAND, DRAWN) as work:
        assert public_value.awaited(work, KEY).source == SOURCE
    draw(bench)
    with bench.read(COMMAND, DRAWN) as work, pytest.raises(Problem, match=r"public\.known"):
        public_value.awaited(work, KEY)


def test_while_voting_is_open_none_is_taken(bench: Bench) -> None:
    make_open(bench, **ANNOUNCED)
    with pytest.raises(Problem, match=r"round\.not_closed"):
        draw(bench)
    with pytest.raises(Problem, match=r"round\.not_closed"), bench.read(COMMAND, DRAWN) as work:
        public_value.awaited(work, KEY)


INCOMPLETE: list[tuple[dict[str, Any], str]] = [
    ({"public_source": both("Dados", "")}, "public.incomplete"),
    ({"public_source": both("", "Dice")}, "public.incomplete"),
    ({"public_source": both("", "")}, "public.incomplete"),
    ({"public_local": ""}, "public.incomplete"),
    ({"public_local": "2027-03-05T16:59"}, "public.before"),
    ({"public_local": "tomorrow"}, "deadline.form"),
]


@for_each("values, code", INCOMPLETE)
def test_a_draft_says_from_where_and_from_when_on(bench: Bench, values: Any, code: Any) -> None:
    with pytest.raises(Problem) as refused, bench.work(COMMAND, NOW) as work:
        rounds.create_round(work, command(**{**ANNOUNCED, **values}))
    assert refused.value.code == code


def test_the_opening_fixes_it_and_a_draft_may_drop_it(bench: Bench) -> None:
    join_members(bench, "PE")
    make_draft(bench, **ANNOUNCED)
    with bench.work(COMMAND, NOW) as work:
        rounds.edit_round(work, KEY, command())
        opening.open_round(work, KEY)
    assert stored(bench).public_at is None
    refuses(bench, "round.frozen", rounds.edit_round, KEY, command(**ANNOUNCED))


def test_a_value_changed_behind_the_services_is_found(bench: Bench) -> None:
    closed(bench, **ANNOUNCED)
    draw(bench)
    with bench.work(COMMAND, NOW) as work:
        work.session.execute(text("UPDATE rounds SET public = '6 6 6'"))
    with bench.read(COMMAND, NOW) as work:
        assert any("its public value is not" in fault for fault in checks.faults(work))


# -- on the pages


def test_from_the_draft_to_the_count_through_the_pages(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    closed(bench, **ANNOUNCED)
    page = visitor.get(f"/en/rounds/{KEY}").text
    assert SOURCE["en"] in page
    assert "never before voting ended" in page
    desk = f"/en/secretariat/rounds/{KEY}"
    waiting = staff_visitor.get(f"{desk}/result")
    assert (waiting.status_code, waiting.headers["Location"]) == (303, f"{desk}/public-value")
    with bench.work(COMMAND, NOW) as work:
        # The test's clock is the machine's: the round ended long before.
        moment = datetime(2020, 1, 1, 12, 0, tzinfo=UTC)
        found = work.session.scalars(select(Round)).one()
        found.closed_at, found.public_at, found.closes_at = moment, moment, moment
    form = {"value": "4 2 6", "at": "2019-12-31T10:00", "typed": KEY}
    early = staff_visitor.submit(f"{desk}/public-value", form)
    assert early.status_code == 422
    assert "too old" in early.text
    done = staff_visitor.submit(f"{desk}/public-value", {**form, "at": "2020-01-01T10:00"})
    assert done.status_code == 303
    assert "4 2 6" in visitor.get(f"/en/rounds/{KEY}").text
    assert "entered the public value 4 2 6" in staff_visitor.get(f"{desk}/log").text
    assert staff_visitor.get(f"{desk}/result").status_code == 200

"""Acts that wait for a second person, without pages: who confirms what, until when, and what is kept."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.accounts import staff
from consulta.accounts.staff import Asked
from consulta.core.problems import Problem
from consulta.platform import accounts
from consulta.platform.models import LogEntry, Message, PendingAct, Staff
from consulta.platform.work import COMMAND, Actor
from tests.benches import PASSWORD
from tests.cases import for_each
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench

pytestmark = pytest.mark.usefixtures("one_moment")

ANA, EVA, LEE, BOSS = (
    Actor(role, number, name)
    for number, (role, name) in enumerate(
        [("secretariat", "Ana"), ("secretariat", "Eva"), ("reader", "Lee"), ("admin", "Jefa")], 1
    )
)
CLOSE = Asked(
    "secretariat.close", "rounds.close", "/close", [("typed", "2027-1")], {"es": [("Round", "One")]}
)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def people(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        for each in (ANA, EVA, LEE, BOSS):
            accounts.add_staff(work, f"{each.name.lower()}@example.org", each.name, PASSWORD, each.role)  # type: ignore[arg-type]


def ask(bench: Bench, asked: Asked = CLOSE, by: Actor = ANA) -> int:
    with bench.work(by, moment()) as work:
        return staff.ask(work, asked, "/pending/{number}")


def refused(
    bench: Bench, number: int, asked: Asked = CLOSE, *, by: Actor = EVA, after: timedelta = SECOND
) -> str:
    """Return why an act is not confirmed; empty where it is."""
    with bench.work(by, moment() + after) as work:
        try:
            staff.confirm(work, number, asked)
        except Problem as problem:
            return problem.code
    return ""


def states(bench: Bench) -> list[str]:
    with bench.read(COMMAND, moment()) as work:
        return [*work.session.scalars(select(PendingAct.state).order_by(PendingAct.id))]


def as_asked(bench: Bench) -> dict[str, object]:
    """What the log tells again, when an act is decided, of the newest request by the first person."""
    with bench.read(COMMAND, moment()) as work:
        rows = select(LogEntry.details).where(LogEntry.action == "acts.asked").order_by(LogEntry.seq.desc())
        return {"asked_by": 1, **json.loads(work.session.scalars(rows).first() or "")}


def newest(bench: Bench) -> tuple[str, str, dict[str, object]]:
    """Return the newest row of the log about such an act."""
    with bench.read(COMMAND, moment()) as work:
        row = work.session.scalars(
            select(LogEntry).where(LogEntry.action.startswith("acts.")).order_by(LogEntry.seq.desc())
        ).first()
        assert row is not None
        return row.actor, row.action, json.loads(row.details)


def told(bench: Bench) -> list[tuple[str, str]]:
    """Return to whom mail about acts was written, and what it says happened."""
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.scalars(select(Message).order_by(Message.id))
        return [(each.address.partition("@")[0], each.facts["what"]) for each in rows]


def test_an_act_waits_for_a_day(bench: Bench) -> None:
    number = ask(bench)
    with bench.read(EVA, moment() + DAY - SECOND) as work:
        assert [(each.id, each.state) for each in staff.listed_acts(work)] == [(number, "waiting")]
    with bench.read(EVA, moment() + DAY) as work:
        assert staff.listed_acts(work) == []
        assert staff.look(work, number).state == "expired"
    assert refused(bench, number, after=DAY) == "act.over"
    assert refused(bench, number, after=DAY - SECOND) == ""
    assert refused(bench, number) == "act.over", "what is decided is not decided again"
    assert refused(bench, number + 1) == "act.unknown"


def test_what_is_asked_for_anew_at_the_same_address_takes_the_place_of_ones_own(bench: Bench) -> None:
    ask(bench)
    ask(bench, Asked(CLOSE.endpoint, CLOSE.action, "/other", CLOSE.fields))
    ask(bench, by=EVA)
    assert states(bench) == ["waiting", "waiting", "waiting"]
    ask(bench)
    assert states(bench) == ["withdrawn", "waiting", "waiting", "waiting"]


def test_all_others_who_can_confirm_are_told(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        staff.create(work, "new@example.org", "Nueva", "secretariat")
        accounts.add_staff(work, "gone@example.org", "Ida", PASSWORD, "secretariat")
        accounts.disable_staff(work, "gone@example.org")
    ask(bench)
    assert told(bench) == [("eva", "asked"), ("jefa", "asked")]
    with bench.read(EVA, moment()) as work:
        view = staff.look(work, 1)
    assert view.row.fields["sent"] == [["typed", "2027-1"]]
    assert (view.row.fields["shown"], view.row.staff.name) == ({"es": [["Round", "One"]]}, "Ana")
    assert (view.own, view.is_alone, view.row.decided_by) == (False, False, None)


def test_anothers_act_is_refused_with_a_reason_and_the_own_one_withdrawn_without(bench: Bench) -> None:
    number = ask(bench)

    def refuses(by: Actor, reason: str) -> bool:
        with bench.work(by, moment()) as work, suppress(Problem):
            staff.refuse(work, number, reason)
            return True
        return False

    assert not any(refuses(EVA, reason) for reason in ("", "  ", "x" * 501))
    assert not refuses(LEE, "No")
    assert refuses(EVA, f" {'x' * 500} ")
    asked_by = as_asked(bench)
    assert newest(bench) == ("secretariat:2", "acts.refused", {**asked_by, "reason": "x" * 500})
    assert told(bench)[-1] == ("ana", "refused")
    with bench.read(ANA, moment()) as work:
        view = staff.look(work, number)
    assert view.row.decided_by is not None
    assert (view.state, view.row.decided_by.name, view.own) == ("refused", "Eva", True)
    number = ask(bench)
    before = told(bench)
    assert refuses(ANA, "")
    assert newest(bench) == ("secretariat:1", "acts.withdrawn", as_asked(bench))
    assert told(bench) == before
    with bench.work(EVA, moment()) as work:
        number = staff.ask(work, CLOSE, "")
    assert refuses(ANA, "x"), "one sign is a reason"


def needed(bench: Bench, by: Actor, setting: str = "auto", after: timedelta = SECOND) -> bool:
    with bench.read(by, moment() + after) as work:
        return staff.are_needed(work, "rounds.close", setting)


def test_for_a_week_after_a_person_ended_the_others_two_are_wanted(bench: Bench) -> None:
    with bench.work(BOSS, moment()) as work:
        accounts.disable_staff(work, "eva@example.org")
        staff.change_role(work, 1, "reader", "Otra tarea")
    for after, wanted in ((SECOND, True), (7 * DAY - SECOND, True), (7 * DAY, False)):
        assert needed(bench, BOSS, after=after) is wanted


@for_each("role, wanted", [("reader", True), ("admin", False)])
def test_a_role_that_keeps_the_right_takes_nothing(bench: Bench, role: str, wanted: bool) -> None:
    with bench.work(BOSS, moment()) as work:
        staff.change_role(work, 1, role, "Otra tarea")  # type: ignore[arg-type]
    with bench.work(COMMAND, moment()) as work:
        for each in (ANA, EVA):
            work.session.get_one(Staff, each.id).active = False
    assert needed(bench, BOSS) is wanted


def test_who_asked_is_told_once_that_nobody_confirmed(bench: Bench) -> None:
    number = str(ask(bench))
    found = []
    for after in (DAY - SECOND, DAY, DAY):
        with bench.work(COMMAND, moment() + after) as work:
            found.append(staff.tell_ended(work, number))
    assert found == [False, True, False]


@pytest.mark.parametrize(("after", "code"), [(6 * DAY, "act.made"), (7 * DAY, "")])
def test_an_account_made_by_who_asks_confirms_after_a_week(bench: Bench, after: timedelta, code: str) -> None:
    with bench.work(BOSS, moment()) as work:
        made = accounts.add_staff(work, "made@example.org", "Títere", PASSWORD, "secretariat").id
    with bench.work(BOSS, moment() + after) as work:
        number = staff.ask(work, CLOSE, "")
    assert refused(bench, number, by=Actor("secretariat", made, "Títere"), after=after) == code
    with bench.work(COMMAND, moment()) as work:
        for each in (ANA, EVA):
            work.session.get_one(Staff, each.id).active = False
    if code:
        alone = Actor("secretariat", made, "Títere")
        assert refused(bench, number, by=alone, after=after) == "", "there is no other one, and was none"

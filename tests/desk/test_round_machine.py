"""A round in which everything happens in any order, mail being worked meanwhile (RL-6)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from consulta.platform import database as db
from consulta.platform.settings import Settings
from consulta.platform.work import Bench
from consulta.results import service as results
from tests.deep import examples
from tests.desk.round_life import House
from tests.drafts import KEY
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.round_life import Fate

THEMES = tuple(f"tema_numero_{number}" for number in range(1, 7))
RANKING = st.permutations(THEMES).flatmap(
    lambda order: st.integers(1, 4).map(lambda most: tuple(order[:most]))
)
PICK = st.integers(0, 30)
FORM = st.integers(0, 3)  # few, so that forms are sent again
# What can happen, and how often. One rule draws from all: rules of their own would be left out by the dozen.
ACTS = {
    "vote": 8,
    "vote_by_call": 2,
    "vote_before_the_reminder_goes": 4,
    "work_on_mail": 5,
    "time_passes": 4,
    "set_the_clock_back": 1,
    "import_members": 1,
    "open": 2,
    "replace_contact": 2,
    "change_address": 2,
    "switch_contact": 2,
    "answer_a_notice": 2,
    "decide_a_change": 2,
    "revoke_link": 2,
    "ask_for_a_link": 2,
    "remind": 1,
    "plan_reminder": 2,
    "extend": 2,
    "close": 1,
    "object": 2,
    "decide": 2,
    "publish": 1,
}
HOW_LONG = hypothesis_settings(
    max_examples=examples(10, few=2),
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),  # a shorter story of a failure would take many times as long
)


class RoundMachine(RuleBasedStateMachine):
    """The acts of everybody, each at any time."""

    migrated = b""

    @initialize(members=st.integers(2, 4), open_at_once=st.sampled_from([True, True, True, False]))
    def begin(self, members: int, open_at_once: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name)
        (path / "consulta.sqlite3").write_bytes(self.migrated)
        settings = Settings(
            data=path,
            database=f"sqlite:///{path / 'consulta.sqlite3'}",
            secret="a secret of the tests, long enough and varied",
            base_url="http://localhost",
            second_factor="optional",  # tests/accounts/staff asks for one
            two_persons="no",
        )
        self.house = House(Bench(db.connect(settings.database), TWO), settings)
        self.house.import_members(members)
        if open_at_once:
            self.house.open()

    @rule(
        act=st.sampled_from([name for name, times in ACTS.items() for _ in range(times)]),
        pick=PICK,
        ranking=RANKING,
        form=FORM,
        fate=st.sampled_from(["sent", "sent", "sent", "later", "refused"]),
    )
    def something_happens(self, act: str, pick: int, ranking: tuple[str, ...], form: int, fate: Fate) -> None:
        house = self.house
        happen: dict[str, Callable[[], object]] = {
            "vote": lambda: house.vote(pick, ranking, form),
            "vote_by_call": lambda: house.vote_by_call(pick, ranking, form),
            "vote_before_the_reminder_goes": lambda: house.vote_before_the_reminder_goes(ranking, form),
            "work_on_mail": lambda: house.work_on_mail(fate),
            "time_passes": lambda: house.clock.forward(hours=1 + 3 * pick),
            "set_the_clock_back": lambda: house.clock.forward(minutes=-1 - 10 * pick),
            "import_members": lambda: house.import_members(1),
            "open": house.open,
            "replace_contact": lambda: house.replace_contact(pick),
            "change_address": lambda: house.change_address(pick),
            "switch_contact": lambda: house.switch_contact(pick),
            "answer_a_notice": lambda: house.answer_a_notice(pick),
            "decide_a_change": lambda: house.decide_a_change(pick),
            "revoke_link": lambda: house.revoke_link(pick),
            "ask_for_a_link": lambda: house.ask_for_a_link(pick),
            "remind": house.remind,
            "plan_reminder": lambda: house.plan_reminder(1 + pick),
            "extend": lambda: house.extend(1 + pick),
            "close": house.close,
            "object": lambda: house.object(pick),
            "decide": lambda: house.decide(pick),
            "publish": house.publish,
        }
        happen[act]()

    @invariant()
    def it_holds_together(self) -> None:
        self.house.require_sound()

    def teardown(self) -> None:
        if not hasattr(self, "house"):
            return
        try:
            self.house.require_kept_for_good()
            if self.house.round().state == "open":
                self.house.close()
            for pick in (0, 1):
                self.house.object(pick)
            self.house.decide(0)
            self.house.act(results.count, KEY)
            self.house.require_sound()
            self.house.clock.forward(days=60)
            self.house.work_on_mail("sent")
            self.house.publish_in_time()
            self.house.require_sound()
            self.house.require_verifiable()
        finally:
            self.house.bench.engine.dispose()
            self.folder.cleanup()


@pytest.mark.slow
def test_whatever_the_order_one_vote_a_seat_counts_and_all_can_be_verified(migrated: bytes) -> None:
    class Machine(RoundMachine):
        pass

    Machine.migrated = migrated
    run_state_machine_as_test(Machine, settings=HOW_LONG)

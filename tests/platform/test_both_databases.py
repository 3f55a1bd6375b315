"""One story of a round on SQLite and PostgreSQL: calls, links asked for, contacts replaced, mail worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.desk.round_life import House

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

FIRST, SECOND, THIRD = (f"tema_numero_{number}" for number in (1, 2, 3))


def wait_for_the_change(house: House) -> None:
    """Who took a contact's place gets a link a day after everybody was told."""
    house.work_on_mail("sent")
    assert len(house.tokens) == 9, "one for who asked; who took over waits"
    house.clock.forward(hours=25)
    house.work_on_mail("sent")
    house.work_on_mail("sent")
    assert len(house.tokens) == 10, "and one for who took over, told of a day before"


def test_the_same_story_ends_alike_on_both(either: Bench, settings: Settings) -> None:
    house = House(either, settings)
    house.import_members(4)
    house.open()
    house.work_on_mail("sent")
    assert len(house.tokens) == 8, "two contacts each"
    house.vote(0, (FIRST, SECOND), 1)
    house.vote(1, (SECOND,), 1)  # a colleague of the same organisation
    house.vote_by_call(1, (THIRD, FIRST), 1)
    house.vote_by_call(0, (THIRD,), 2)
    house.require_sound()
    house.replace_contact(0)
    house.ask_for_a_link(2)
    wait_for_the_change(house)
    house.revoke_link(3)
    house.vote(-1, (FIRST,), 3)
    house.clock.forward(hours=30)
    house.vote_before_the_reminder_goes((SECOND, THIRD), 4)
    house.extend(5)
    house.work_on_mail("later")
    house.require_sound()
    house.close()
    house.vote(-1, (THIRD,), 5)
    house.publish_in_time()
    house.work_on_mail("sent")
    house.require_sound()
    house.require_kept_for_good()
    house.require_verifiable()
    assert house.round().state == "published"
    assert house.versions.total() >= 6

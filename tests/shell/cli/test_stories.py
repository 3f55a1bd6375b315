"""Stories told side by side: the earliest next moment first, and all of them end where one fails."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulta.shell.cli.demo.stories import Stories
from tests.cases import for_each
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Callable

BEGAN = moment()
HOURS = st.lists(st.lists(st.integers(0, 30), max_size=8).map(sorted), max_size=6)


def hour(number: int) -> timedelta:
    return timedelta(hours=number)


def writer(stories: Stories, log: list[tuple[int, str]]) -> Callable[[str, list[int]], int]:
    def write(name: str, hours: list[int]) -> int:
        for each in hours:
            stories.wait_until(BEGAN + hour(each))
            log.append((each, name))
        return len(hours)

    return write


@given(HOURS)
def test_all_happens_in_the_order_of_time_and_each_time_alike(told: list[list[int]]) -> None:
    logs: list[list[tuple[int, str]]] = []
    for _ in range(2):
        log: list[tuple[int, str]] = []
        with Stories(BEGAN) as stories:
            write = writer(stories, log)
            results = [stories.tell(write, str(number), hours) for number, hours in enumerate(told)]
        assert [each.result() for each in results] == [len(hours) for hours in told]
        logs.append(log)
    assert logs[0] == logs[1]
    assert [each for each, _name in logs[0]] == sorted(each for hours in told for each in hours)
    for number, hours in enumerate(told):
        assert [each for each, name in logs[0] if name == str(number)] == hours


def test_a_story_begins_another_and_goes_on_beside_it() -> None:
    log: list[tuple[int, str]] = []
    with Stories(BEGAN) as stories:
        write = writer(stories, log)

        def parent() -> None:
            write("parent", [2])
            stories.tell(write, "child", [3, 5])
            write("parent", [4, 6])

        stories.tell(parent)
        write("first", [1, 7])
    assert log == [
        (1, "first"),
        *((2, "parent"), (3, "child"), (4, "parent")),
        (5, "child"),
        (6, "parent"),
        (7, "first"),
    ]
    assert stories.moment == BEGAN + hour(7)


def test_no_story_goes_back() -> None:
    with pytest.raises(RuntimeError, match="goes back"), Stories(BEGAN) as stories:
        stories.tell(writer(stories, []), "one", [2, 1])


@for_each("within", [True, False])
def test_an_error_ends_all_and_is_raised(within: bool) -> None:
    log: list[tuple[int, str]] = []

    def fail() -> None:
        stories.wait_until(BEGAN + hour(2))
        raise KeyboardInterrupt

    def tell() -> None:
        with stories:
            stories.tell(writer(stories, log), "other", [1, 3, 4])
            if within:
                stories.tell(fail)
            else:
                fail()

    stories = Stories(BEGAN)
    with pytest.raises(KeyboardInterrupt):
        tell()
    assert log == [(1, "other")]

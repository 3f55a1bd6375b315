"""What rows of the log tell of the acts of a round, read as values."""

from __future__ import annotations

from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.core.typed import from_stored
from consulta.rounds import acts
from tests.results.test_results_by_hand import PUBLISHED


def published(**told: Any) -> acts.Published:
    return from_stored(acts.Published, PUBLISHED | told)


def test_the_row_of_a_publication() -> None:
    told = published()
    assert (told.late, told.late_since, told.abstained) == (3, 2, 0)
    assert (told.first_stood, told.undecided_because) == (None, "")
    assert (told.electorate.links_shown, told.electorate.by_subregion["caribbean"].assisted) == (4, 1)
    assert published(abstained=None).abstained is None


def test_of_digests_and_numbers_the_row_of_a_closing_gives_the_names() -> None:
    bound = from_stored(acts.Closed, {"bound": {"votes": "ab"}, "electorate": {"young": 1}, "late": 0})
    assert (bound.bound, bound.electorate, bound.late) == (frozenset({"votes"}), frozenset({"young"}), 0)


@pytest.mark.parametrize(
    ("wrong", "path", "reason"),
    [({"late": "2"}, "late", "whole"), ({"electorate": None}, "electorate", "object")],
)
def test_what_is_never_written_is_refused_with_its_place(
    wrong: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(Problem, match=rf"^stored\.json path='{path}' reason='{reason}'$"):
        published(**wrong)

"""What rows of the log tell of the acts of a round, read as values."""

from __future__ import annotations

from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.core.typed import from_stored
from consulta.rounds import acts
from tests.cases import for_each
from tests.results.test_results_by_hand import PUBLISHED


def published(**told: Any) -> acts.Published:
    return from_stored(acts.Published, PUBLISHED | told)


def test_the_row_of_a_publication() -> None:
    told = published()
    assert (told.late, told.late_since, told.abstained) == (3, 2, 0)
    assert (told.first_stood, told.undecided_because) == (None, "")
    assert (told.electorate.links_shown, told.electorate.by_subregion["caribbean"].assisted) == (4, 1)
    assert published(abstained=None).abstained is None


def test_the_row_of_a_closing_gives_late_votes_and_why_it_ended_early() -> None:
    closed = from_stored(acts.Closed, {"bound": {"votes": "ab"}, "late": 2, "reason": "Feriado"})
    assert (closed.late, closed.reason) == (2, "Feriado")


@for_each(
    "wrong, path, reason", [({"late": "2"}, "late", "whole"), ({"electorate": None}, "electorate", "object")]
)
def test_what_is_never_written_is_refused_with_its_place(
    wrong: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(Problem, match=rf"^stored\.json path='{path}' reason='{reason}'$"):
        published(**wrong)

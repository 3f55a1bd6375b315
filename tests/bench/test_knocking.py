"""The bench of strangers who try passwords: it ends by itself, counts both runs, and says the ratio."""

from __future__ import annotations

import pytest

from bench import knocking


@pytest.mark.slow
@pytest.mark.deep
def test_votes_go_on_beside_those_who_try_passwords_and_the_report_says_how_many() -> None:
    alone, beside, knocked = knocking.run(connections=4, seconds=1.5, seats=150)
    assert alone.seen.errors == []
    assert alone.votes > 0
    assert beside.votes > 0
    assert set(knocked.answers) <= {422, 429}
    assert knocked.answers[429] > 0, "more come than are compared"
    said = knocking.report(alone, beside, knocked, 4)
    assert f"**{beside.per_second / alone.per_second:.2f}** of those alone; 0 errors" in said

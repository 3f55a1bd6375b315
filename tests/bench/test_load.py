"""The load on this machine: everybody who votes is counted, and what goes wrong is told."""

from __future__ import annotations

import pytest

from bench import load
from tests.cases import for_each


@pytest.mark.deep
@pytest.mark.slow
def test_all_vote_while_others_dawdle_and_the_report_says_so() -> None:
    seen = load.run(seats=6, seconds=1, slow=4)
    assert seen.errors == []
    assert (seen.kept, seen.sound) == (6, True)
    assert {page: len(times) for page, times in seen.times.items()} == dict.fromkeys(load.PAGES, 6)
    said = load.report(seen, 6, 4)
    assert "6 ballots kept, 0 errors, all holds together" in said
    assert "4 clients beside them" in said


@pytest.mark.deep
@pytest.mark.slow
def test_what_goes_wrong_is_counted_and_told() -> None:
    seen = load.Seen()
    with load.served(1) as (_, server, _tokens):
        load.Voter(server.port, "x" * 43, seen).vote()
        port = server.port
    load.Voter(port, "x" * 43, seen).vote()
    assert seen.errors[0] == "BadAnswerError: enter: 404"
    assert seen.errors[1].startswith("ConnectionRefusedError")
    assert "2 errors, IT DOES NOT HOLD TOGETHER" in load.report(seen, 1, 0)


@for_each("share, time", [(0.5, 51), (0.95, 96), (1.0, 100)])
def test_a_share_of_all_takes_at_most_so_long(share: float, time: float) -> None:
    assert load.percentile([float(each) for each in range(100, 0, -1)], share) == time
    assert load.percentile([], share) == 0

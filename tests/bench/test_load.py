"""The load on this machine: everybody who votes is counted, and what goes wrong is told."""

from __future__ import annotations

import pytest

from bench import load


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


@pytest.mark.parametrize(("share", "time"), [(0.5, 51), (0.95, 96), (1.0, 100)])
def test_a_share_of_all_takes_at_most_so_long(share: float, time: float) -> None:
    assert load.percentile([float(each) for each in range(100, 0, -1)], share) == time
    assert load.percentile([], share) == 0

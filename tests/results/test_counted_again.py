"""What is counted in the database is what its bundle's file gives, however the ballots come out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting import files, repetitions
from consulta.platform import documents
from consulta.platform.work import COMMAND
from consulta.results import tallying
from consulta.rounds.queries.rounds import find
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.factories import moment

if TYPE_CHECKING:
    import pytest

    from consulta.platform.work import Bench

VOTES = mixed(19, ("t1", "t2"), ("t2",), ("t3", "t1"), silent=4)
"""Every third says the same, so that ballots of one kind are of seats whose names lie apart."""


def kept(bench: Bench, key: str) -> dict[str, bytes]:
    with bench.work(COMMAND, moment()) as work:
        found = find(work.session, key)
        assert found
        told = {
            kind: documents.find(work.session, found.id, kind) for kind in ("bundle", "result", "robustness")
        }
        return {kind: each.content.encode() for kind, each in told.items() if each}


@for_each("most", [repetitions.MOST_BALLOTS, 18])
def test_a_round_is_counted_as_its_file_is(bench: Bench, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """One by one while ballots are drawn, in groups of equal ones where there are too many."""
    monkeypatch.setattr(repetitions, "MOST_BALLOTS", most)
    monkeypatch.setattr(tallying, "MOST_BALLOTS", most)
    key = f"again-{most}"
    counted(bench, key, VOTES, {"topics": 2}, publish=False)
    told = kept(bench, key)
    assert files.count_file(told["bundle"]) == told["result"]
    assert files.verify_files(told["bundle"], told["result"], told["robustness"]) is None
    assert (b'"resampling": null' in told["result"]) is (most == 18)

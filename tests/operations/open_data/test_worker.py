"""The worker makes packages within one look, and one that cannot be made does not keep others from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consulta.operations.open_data import service
from consulta.platform.work import ANONYMOUS
from consulta.shell.worker.loop import Worker
from tests.closed import counted
from tests.factories import moment
from tests.operations.open_data.made import KEY, files, votes

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench


@pytest.mark.deep
def test_one_look_makes_what_is_missing(either: Bench, settings: Settings) -> None:
    counted(either, KEY, votes(1, 12), secrecy="open")
    Worker(either, settings).look()
    assert "ballots.csv" in files(either)
    Worker(either, settings).look()
    with either.read(ANONYMOUS, moment()) as work:
        assert [each.version for each in service.newest(work, "rounds", KEY).versions] == [1]


@pytest.mark.deep
def test_a_package_that_cannot_be_made_does_not_keep_others_from_it(
    bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted(bench, KEY, votes(1, 12), secrecy="open")
    counted(bench, "2027-2", votes(1, 12), secrecy="open")
    build = service.build

    def broken(work: Any, place: Any, kind: Any, key: str) -> Any:
        if key == KEY:
            raise ValueError("a row that its schema contradicts")
        return build(work, place, kind, key)

    monkeypatch.setattr(service, "build", broken)
    Worker(bench, settings).look()
    with bench.read(ANONYMOUS, moment()) as work:
        assert [each.key for each in service.packages(work)] == ["2027-2"]

"""A round with two topics, lived to its publication: counted, kept, checked, archived, shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.counting import files as counting
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from tests.results.checks.published import (
    PUBLISHED,
    archive_of,
    live,
    run_script,
    unpacked,
    verify,
)

if TYPE_CHECKING:
    from pathlib import Path


RULES: dict[str, Any] = {"topics": 2, "support_min": 2}


def found_by_checks(bench: Bench) -> list[str]:
    with bench.read(COMMAND, PUBLISHED) as work:
        return [fault for check in checks.whole(work) for fault in check.faults]


@pytest.mark.deep
def test_the_archive_of_a_round_with_public_ballots_is_verified(bench: Bench, tmp_path: Path) -> None:
    live(bench, **RULES)
    data = archive_of(bench)
    files = unpacked(data)
    bundle, result = json.loads(files["bundle.json"]), json.loads(files["result.json"])
    assert (bundle["format"], result["format"]) == ("consulta-bundle/3", "consulta-result/3")
    assert bundle["rules"]["version"] == 3
    assert bundle["round"]["title"] == {"es": "Consulta de prueba", "en": "Test consultation"}
    assert len(result["topics"]) == 2
    assert {cell["each"] for cell in result["weights"]["cells"]} == {1, 3}
    assert counting.verify_files(files["bundle.json"], files["result.json"], files["robustness.json"]) is None
    assert verify(files)[0] == 0
    (tmp_path / "archive.zip").write_bytes(data)
    assert run_script(str(tmp_path / "archive.zip"))[0] == 0
    assert found_by_checks(bench) == []
    for name, place in (("result.json", b'"micro": '), ("bundle.json", b'"support_min": ')):
        assert verify({**files, name: files[name].replace(place, place + b"1", 1)})[0] == 1

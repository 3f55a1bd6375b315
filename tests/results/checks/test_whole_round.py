"""A round with two topics, lived to its publication: counted, kept, checked, archived, shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting import count
from consulta.core.counting import files as counting
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.results import checks, page, public_figures, service
from tests.cases import for_each
from tests.drafts import KEY
from tests.results.checks.published import (
    PUBLISHED,
    STAFF,
    archive_of,
    live,
    run_script,
    unpacked,
    verify,
)
from tests.results.elections import election

if TYPE_CHECKING:
    from pathlib import Path

    from tests.third import Third

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


@pytest.mark.deep
@pytest.mark.parametrize("secrecy", ["open", "pseudonymous", "aggregate"])
def test_what_is_kept_is_shown(bench: Bench, secrecy: str) -> None:
    live(bench, secrecy, **RULES)
    assert verify(unpacked(archive_of(bench, complete=True)))[0] == 0
    assert found_by_checks(bench) == []
    with bench.work(STAFF, PUBLISHED) as work:
        kept = json.loads(service.document(work, KEY, "result"))
        told = page.staff_page(work, KEY)
    assert told is not None
    assert [topic.key for topic in told.topics] == [topic["key"] for topic in kept["topics"]]
    required = kept["support"]["required"]
    assert {line.dimension: line.required for line in told.themes[0].support} == required
    with bench.read(ANONYMOUS, PUBLISHED) as work:
        public = page.published_page(work, KEY)
    assert [topic.key for topic in public.topics] == [topic["key"] for topic in kept["topics"]]


@pytest.mark.deep
@pytest.mark.browser
@for_each("number", range(6))
def test_public_figures_are_those_of_the_page(third: Third, number: int) -> None:
    """Of larger rounds of totals, with networks and with categories that are too small for support."""
    made = election(number, 160 + 40 * number, 0.6, bases=(1, 1, 1, 2), sectors=6 + number)
    data = bundles.to_json(replace(made, rules=replace(made.rules, topics=2, support_min=3 + 2 * number)))
    parsed = bundles.parse(data)
    result, document = count.count(parsed), count.robustness_of_bundle(parsed)
    facts = json.loads(result.to_json())
    told = public_figures.figures(parsed, facts, json.loads(document.to_json()), 5)
    assert told["detail"] == "figures"
    files = {"bundle.json": data, "result.json": result.to_json(), "robustness.json": document.to_json()}
    assert third.of_figures({**files, "public.json": public_figures.to_json(told).encode()}) is None
    named = {line["dimension"]: {*line["named"]} for theme in told["themes"] for line in theme["support"]}
    for dimension, few in facts["support"]["too_few"].items():
        assert not named[dimension] & {*few}

"""What `make test` leaves to `make test-deep` loses no law, no value and no pair of values."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from tests import depth
from tests.conftest import ROOT
from tools import overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.infra.settings import Settings

MATRICES = (
    [("es", "en"), ("light", "dark"), (320, 360, 1280)],
    [("es", "en"), (320, 1280)],
    [(1, 2, 3), (1, 2, 3), (1, 2, 3), ("a", "b")],
)


@pytest.mark.parametrize("factors", MATRICES)
def test_every_two_values_meet_in_what_is_kept(factors: Sequence[Sequence[Any]]) -> None:
    found = depth.pairwise(*factors)
    kept = [each.values for each in found if not each.marks]
    for first, second in combinations(range(len(factors)), 2):
        met = {(each[first], each[second]) for each in kept}
        assert met == {(one, other) for one in factors[first] for other in factors[second]}
    size = 1
    for each in factors:
        size *= len(each)
    assert len({each.values for each in found}) == size, "deep keeps the whole matrix"


def test_one_of_each_kind_is_kept() -> None:
    cases = [("a", 1), ("b", 2), ("a", 3)]
    found = depth.one_of_each(lambda case: case[0], cases)
    assert [each.values for each in found] == cases
    assert [bool(each.marks) for each in found] == [False, False, True]


@pytest.mark.parametrize("lang", ["es", "en", "pt"])
def test_a_page_is_read_in_each_language(settings: Settings, lang: str) -> None:
    """Of which `make test` reads one."""
    assert settings.languages
    assert lang


@pytest.mark.parametrize("number", range(30))
def test_a_forgery_of_many_is_found(settings: Settings, number: int) -> None:
    """Of which `make test` tries some."""
    assert settings.languages
    assert number < 30


def test_of_many_cases_alike_some_are_kept_and_of_the_guards_all(request: pytest.FixtureRequest) -> None:
    items = [item for item in request.session.items if item.path == request.path]
    pages = [item for item in items if "each_language" in item.nodeid]
    many = [item for item in items if "of_many_is_found" in item.nodeid]
    assert len(many) in {0, depth.CASES if depth.quick() else 30}, "none where others were asked for"
    assert len(pages) in {0, 1 if depth.quick() else 3}
    if many and pages and not depth.quick():
        kept = set(many) - set(depth.sampled([*reversed(many)]))
        assert sorted(item.callspec.params["number"] for item in kept) == [0, 29]  # type: ignore[attr-defined]
        assert len(depth.sampled(pages)) == 2
    whole = [item for item in request.session.items if item.nodeid.startswith(depth.GUARDS)]
    assert depth.sampled(whole) == []
    assert {name for name in depth.GUARDS if not any(Path(ROOT).glob(f"{name}*"))} == set()


def test_what_is_left_out_whole_exists_and_guards_nothing() -> None:
    assert len(depth.LEFT) > 10
    for name in depth.LEFT:
        path, _, test = name.partition("::")
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), name
        assert not name.startswith(depth.GUARDS), name


def test_what_is_left_out_is_left_out(request: pytest.FixtureRequest) -> None:
    there = {item.nodeid.partition("[")[0] for item in request.session.items}
    assert not depth.quick() or not there & depth.LEFT


def test_what_is_left_out_can_be_run_alone(request: pytest.FixtureRequest) -> None:
    every = [item for item in request.session.items if item.path == request.path]

    def run(*, quick: bool, only: bool) -> list[pytest.Item]:
        config: Any = Mock(**{"getoption.return_value": only})
        items = [*every]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(depth, "DEPTH", "quick" if quick else "usual")
            depth.pytest_collection_modifyitems(config, items)
        return items

    stays, left = run(quick=True, only=False), run(quick=False, only=True)
    assert sorted(map(every.index, stays + left)) == [*range(len(every))]
    assert run(quick=False, only=False) == every
    assert (len(left) > 20) == (not depth.quick()), "of a run of make test they are gone before"


def test_a_test_is_put_aside_where_another_reaches_its_lines() -> None:
    cost = {"a": 3.0, "b": 2.0, "c": 1.5, "d": 1.0, "e": 0.1}
    lines = {name: {("x.py", 1)} for name in cost}
    lines["a"] |= {("x.py", 2)}
    assert overlap.put_aside(cost, lines, 1.0) == ["b", "c", "d"]
    assert overlap.put_aside({**cost, "a": 1.2}, lines, 1.0) == ["b", "c", "d"], "a line of its own"
    del cost["e"], lines["e"]
    lines["d"] |= {("x.py", 3)}
    assert overlap.put_aside(cost, lines, 1.0) == ["b", "c"]
    assert overlap.put_aside(cost, lines, 1.8) == ["b"]


def test_a_cheaper_one_is_put_aside_where_two_others_of_its_folder_reach_its_lines() -> None:
    own, other = ("consulta/links/service.py", 1), ("consulta/door/service.py", 1)
    lines = {f"tests/links/test_a.py::test_{number}": {own} for number in range(3)}
    lines |= {f"tests/door/test_b.py::test_{number}": {own, other} for number in range(3)}
    cost = dict.fromkeys(lines, 0.1)
    aside = overlap.put_aside(cost, lines, 0.1, 2)
    assert [name.split("/")[1] for name in aside] == ["links", "door"]
    lines["tests/links/test_a.py::test_0"].add(other)
    del lines["tests/links/test_a.py::test_2"], cost["tests/links/test_a.py::test_2"]
    assert overlap.put_aside(cost, lines, 0.1, 2)[0].startswith("tests/door/"), "two of the folder are left"
    assert overlap.put_aside(cost, lines, 0.2, 2) == []


def test_few_examples_are_still_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "DEPTH", "quick")
    assert [depth.examples(each) for each in (2, 40, 1000)] == [2, depth.FEW, depth.FEW]
    assert [depth.examples(each, few=depth.COSTLY) for each in (2, 40)] == [2, depth.COSTLY]
    assert 1 < depth.COSTLY < depth.FEW
    monkeypatch.setattr(depth, "DEPTH", "deep")
    assert depth.examples(40, few=depth.COSTLY) == 40
    assert [depth.examples(each) for each in (6, 40, 1000)] == [6, 40, 1000]


def test_the_two_commands_run_everything() -> None:
    """`make test` leaves out what is marked deep, by its depth alone; `make test-deep` leaves out nothing."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    targets = {line.partition(":")[0]: at for at, line in enumerate(lines) if re.match(r"[a-z-]+:", line)}
    end = lines.index("", targets["test"])
    (beside,) = (line.split() for line in lines[targets["test"] : end] if "PYTEST" in line)
    quick, deep = beside[:3], lines[targets["test-deep"] + 1].split()
    assert quick == ["CONSULTA_TEST_DEPTH=quick", "$(PYTEST)", "$(WORKERS)"]
    assert beside[3:] == ["||", "failed=1;", "\\"]
    assert deep == ["CONSULTA_TEST_DEPTH=deep", "$(PYTEST)", "$(WORKERS)"]
    assert lines[targets["test-left"] + 1].split() == ["$(PYTEST)", "$(WORKERS)", "--left"]
    (workers,) = [line for line in lines if line.startswith("WORKERS")]
    linux = "$(if $(LINUX),--forks auto,-n auto --dist worksteal)"
    assert workers == f"WORKERS := {linux}"
    assert "LINUX := $(filter Linux,$(shell uname -s))" in lines
    assert "PYTEST := $(LARGE) $(PY) -m pytest" in lines

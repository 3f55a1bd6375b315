"""Stories that are told once a run: a test that changed the program lives them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lived import once

if TYPE_CHECKING:
    import pytest

    from consulta.platform.work import Bench

lived: list[str] = []


@once
def story(bench: Bench, name: str) -> str:
    lived.append(bench.engine.url.render_as_string())
    return name


def test_a_story_is_copied_until_the_test_changes_the_program(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [story(bench, "one") for _ in range(3)]
    assert (told, len(lived)) == (["one"] * 3, 1)
    monkeypatch.setenv("CONSULTA_RATE", "1")
    assert (story(bench, "one"), len(lived)) == ("one", 2)
    monkeypatch.undo()
    assert (story(bench, "one"), len(lived)) == ("one", 2)
    monkeypatch.setattr("tests.house.test_lived.story", story)
    assert (story(bench, "one"), len(lived)) == ("one", 3)

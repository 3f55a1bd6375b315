"""When a result is firm: each trial at its threshold, and all of them together."""

from __future__ import annotations

import re

import pytest

from consulta.infra.paths import resource
from consulta.results import firmness
from consulta.results.firmness import Figures, is_close, level, margin_asked, trials
from consulta.results.values import Changing

FIRM = Figures(
    ballots=100,
    changing=Changing(at_least=9, enough=9, close=False),
    same_without=True,
    repetitions=97,
    same_by_methods=True,
)
FEW = {"changing": Changing(at_least=4, enough=4, close=False)}
TWO = {"changing": Changing(at_least=2, enough=2, close=True)}


def change(**values: object) -> Figures:
    return Figures(**{**{name: getattr(FIRM, name) for name in FIRM.__slots__}, **values})  # type: ignore[arg-type]


def held(figures: Figures, name: str) -> bool | None:
    return next(trial.held for trial in trials(figures) if trial.name == name)


def verdict(**values: object) -> str | None:
    figures = change(**values)
    return level(trials(figures), figures.changing)


def test_every_check_passed_is_firm() -> None:
    assert verdict() == "firm"


@pytest.mark.parametrize(
    ("ballots", "asked"), [(1, 3), (9, 3), (60, 3), (61, 4), (100, 5), (101, 6), (1_000_000, 50_000)]
)
def test_the_margin_asked_is_a_part_of_the_ballots_and_never_a_couple(ballots: int, asked: int) -> None:
    assert margin_asked(ballots) == asked
    for least, passed in ((asked, True), (asked - 1, False)):
        changing = Changing(at_least=least, enough=None, close=False)
        assert held(change(ballots=ballots, changing=changing), "margin") is passed


def test_a_topic_that_nothing_can_change_passes_and_one_of_which_nothing_is_known_does_not() -> None:
    assert held(change(changing=Changing(None, None, close=False)), "margin") is True
    assert held(change(changing=None), "margin") is None


@pytest.mark.parametrize(("percent", "passed"), [(79, False), (80, True), (100, True), (None, None)])
def test_repetitions_have_a_threshold(percent: int | None, passed: bool | None) -> None:
    assert held(change(repetitions=percent), "repetitions") is passed


@pytest.mark.parametrize("why", [TWO, {"repetitions": 79}, {"same_by_methods": False}])
@pytest.mark.parametrize("beside", [{}, {"same_without": False}, {"same_without": None}])
def test_what_makes_a_result_close_is_never_a_mere_reservation(
    why: dict[str, object], beside: dict[str, object]
) -> None:
    assert verdict(**why, **beside) == "close"


@pytest.mark.parametrize("why", [FEW, {"same_without": False}, {**FEW, "same_without": False}])
def test_a_few_heavy_ballots_and_a_part_of_the_region_are_reservations(why: dict[str, object]) -> None:
    assert verdict(**why) == "reservations"


@pytest.mark.parametrize(("enough", "close"), [(1, True), (2, True), (3, False), (None, False)])
def test_below_three_is_close(enough: int | None, close: bool) -> None:
    assert is_close(enough) is close


@pytest.mark.parametrize(
    "untold", [{"changing": None}, {"same_without": None}, {"repetitions": None}, {"same_by_methods": None}]
)
def test_what_is_not_told_is_not_called_firm(untold: dict[str, object]) -> None:
    assert verdict(**untold) == "untold"


def test_of_nothing_told_there_is_no_verdict() -> None:
    nothing = {"changing": None, "same_without": None, "repetitions": None, "same_by_methods": None}
    assert verdict(**nothing) is None


def test_the_page_about_firmness_names_the_thresholds_as_they_are() -> None:
    page = (resource("templates").parent / "docs" / "methods" / "firmness.md").read_text("utf-8")
    assert f"fewer than {firmness.MARGIN_PERCENT} of every hundred ballots" in page
    assert f"at least {firmness.REPETITIONS_PERCENT} of every hundred repetitions" in page
    assert re.search(r"and of fewer than three,", page)
    assert re.search(r"fewer than three organisations \(`CLOSE`\)", page)
    assert firmness.MARGIN_LEAST == firmness.CLOSE == 3

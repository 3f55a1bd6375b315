"""When a result is firm: each trial at its threshold, and all of them together."""

from __future__ import annotations

import re

import pytest

from consulta.paths import resource
from consulta.services import firmness
from consulta.services.firmness import Figures, is_firm, margin_asked, trials

FIRM = Figures(
    ballots=100, margin=9, unreachable=False, same_without=True, repetitions=97, same_by_methods=True
)


def change(**values: object) -> Figures:
    return Figures(**{**{name: getattr(FIRM, name) for name in FIRM.__slots__}, **values})  # type: ignore[arg-type]


def held(figures: Figures, name: str) -> bool | None:
    return next(trial.held for trial in trials(figures) if trial.name == name)


def test_all_trials_stood_is_firm() -> None:
    assert is_firm(trials(FIRM)) is True


@pytest.mark.parametrize(
    ("ballots", "asked"), [(1, 3), (9, 3), (60, 3), (61, 4), (100, 5), (101, 6), (1_000_000, 50_000)]
)
def test_the_margin_asked_is_a_part_of_the_ballots_and_never_a_couple(ballots: int, asked: int) -> None:
    assert margin_asked(ballots) == asked
    assert held(change(ballots=ballots, margin=asked), "margin") is True
    assert held(change(ballots=ballots, margin=asked - 1), "margin") is False


def test_a_topic_that_nobody_can_reach_stands_the_margin() -> None:
    assert held(change(margin=None, unreachable=True), "margin") is True
    assert held(change(margin=None), "margin") is None


@pytest.mark.parametrize(("percent", "stood"), [(79, False), (80, True), (100, True), (None, None)])
def test_repetitions_have_a_threshold(percent: int | None, stood: bool | None) -> None:
    assert held(change(repetitions=percent), "repetitions") is stood


@pytest.mark.parametrize(
    "lost", [{"margin": 4}, {"same_without": False}, {"repetitions": 12}, {"same_by_methods": False}]
)
def test_one_lost_trial_is_enough_not_to_be_firm(lost: dict[str, object]) -> None:
    assert is_firm(trials(change(**lost))) is False
    # Not even where another trial is not told.
    other = {"repetitions": None} if "repetitions" not in lost else {"same_without": None}
    assert is_firm(trials(change(**lost, **other))) is False


@pytest.mark.parametrize(
    "untold", [{"margin": None}, {"same_without": None}, {"repetitions": None}, {"same_by_methods": None}]
)
def test_what_is_not_told_is_not_called_firm(untold: dict[str, object]) -> None:
    assert is_firm(trials(change(**untold))) is None


def test_the_page_about_firmness_names_the_thresholds_as_they_are() -> None:
    page = (resource("templates").parent / "docs" / "methods" / "firmness.md").read_text("utf-8")
    assert f"at least {firmness.MARGIN_PERCENT} of every hundred ballots" in page
    assert f"at least {firmness.REPETITIONS_PERCENT} of every hundred repetitions" in page
    assert re.search(r"at least three", page)
    assert firmness.MARGIN_LEAST == 3

"""Means, shares and quantiles of answers: worked figures, a slow second version, and R's `survey`."""

from __future__ import annotations

import math
import shutil
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulta.core import survey

if TYPE_CHECKING:
    from pathlib import Path

WORKED_BY = """R 4.5.0 with survey 4.4-2:
d <- data.frame(w = c(2, 2, .5, .5, .5, 1, 1, 1.5, 1.5, .75, .75, 4),
                y = c(4, 5, 1, 2, 2, 3, NA, 5, 4, 1, NA, 3), a = c(1, 1, 0, 0, 1, 0, NA, 1, 1, 0, NA, 0))
s <- svydesign(ids = ~1, weights = ~w, data = d)
svymean(~y, s, na.rm = TRUE); svymean(~a, s, na.rm = TRUE)
svyquantile(~y, s, c(.25, .5, .75), na.rm = TRUE)
"""
WEIGHTS = tuple(round(each * 1e6) for each in (2, 2, 0.5, 0.5, 0.5, 1, 1.5, 1.5, 0.75, 4))
STEPS = (4, 5, 1, 2, 2, 3, 5, 4, 1, 3)
TICKED = (1, 1, 0, 0, 1, 0, 1, 1, 0, 0)
BALLOTS = 12  # two of them without an answer
QUARTERS = ((1, 4), (1, 2), (3, 4))

answers = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4_000_000)), min_size=1, max_size=30)


def test_the_worked_figures_of_r() -> None:
    mean = survey.mean(STEPS, WEIGHTS, BALLOTS)
    share = survey.mean(TICKED, WEIGHTS, BALLOTS)
    assert mean is not None
    assert share is not None
    assert mean.value == pytest.approx(3.49122807018, abs=1e-10)
    assert mean.error == pytest.approx(0.374468498806, abs=1e-10)
    assert share.value == pytest.approx(0.526315789474, abs=1e-10)
    assert share.error == pytest.approx(0.205545754715, abs=1e-10)
    assert [survey.quantile(STEPS, WEIGHTS, part) for part in QUARTERS] == [3, 3, 4]


def test_without_answers_there_is_no_figure_and_of_one_no_error() -> None:
    assert survey.mean((), (), 5) is None
    assert survey.quantile((), (), (1, 2)) is None
    assert survey.mean((3,), (7,), 5) == survey.Estimate(3.0, None)


def test_two_answers_have_an_error_and_a_quantile_is_reached_by_equal_weight() -> None:
    """Scores of 1 and 3 around 2 are one half each; the sum of their squares is taken 2 / 1 times."""
    assert survey.mean((1, 3), (1, 1), 2) == survey.Estimate(2.0, 1.0)
    assert survey.quantile((3, 1), (1, 1), (1, 2)) == 1
    assert survey.quantile((1, 3), (1, 2), (1, 2)) == 3


@given(answers, st.integers(0, 20))
def test_a_slow_second_version_gives_the_same(said: list[tuple[int, int]], silent: int) -> None:
    values, weights = [value for value, _ in said], [weight for _, weight in said]
    found = survey.mean(values, weights, len(said) + silent)
    total = sum(Fraction(weight) for weight in weights)
    mean = sum((Fraction(value * weight) for value, weight in said), Fraction()) / total
    assert found is not None
    assert found.value == pytest.approx(float(mean), abs=1e-9)
    if len(said) == 1:
        assert found.error is None
        return
    count = len(said) + silent  # every ballot: those without an answer add nothing to the sum
    scores = [weight * (value - mean) / total for value, weight in said] + [Fraction()] * silent
    variance = Fraction(count, count - 1) * sum((score**2 for score in scores), Fraction())
    assert found.error == pytest.approx(math.sqrt(variance), abs=1e-9)


@given(answers)
def test_a_quantile_is_the_first_answer_that_enough_weight_reaches(
    said: list[tuple[int, int]],
) -> None:
    values, weights = [value for value, _ in said], [weight for _, weight in said]
    for above, below in QUARTERS:
        reached = [
            value
            for value in sorted(set(values))
            if Fraction(sum(w for v, w in said if v <= value), sum(weights)) >= Fraction(above, below)
        ]
        assert survey.quantile(values, weights, (above, below)) == reached[0]


@given(answers)
def test_equal_weights_are_no_weights(said: list[tuple[int, int]]) -> None:
    values = [value for value, _ in said]
    found = survey.mean(values, [3] * len(said), len(said))
    assert found is not None
    assert found.value == pytest.approx(sum(values) / len(values))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_gives_the_same(tmp_path: Path) -> None:
    """Compare with R's `survey` on data that a fixed rule makes."""
    rows = [((7 * n) % 5 + 1, 250_000 + (n * n * 7919) % 3_750_000, n % 6 == 0) for n in range(1, 80)]
    lines = ["y,w"] + [f"{'NA' if silent else y},{w / 1e6}" for y, w, silent in rows]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "s.R").write_text(
        "ok <- suppressMessages(require(survey))\nif (!ok) quit(status = 3)\n"
        "d <- read.csv('d.csv')\ns <- svydesign(ids = ~1, weights = ~w, data = d)\n"
        "m <- svymean(~y, s, na.rm = TRUE)\nq <- svyquantile(~y, s, c(.25, .5, .75), na.rm = TRUE)\n"
        "cat(sprintf('%.12f', c(coef(m), SE(m), coef(q))))\n",
        encoding="utf-8",
    )
    run = subprocess.run(["Rscript", "s.R"], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S607 - of ours
    if run.returncode == 3:
        pytest.skip("R has no package survey")
    told = [float(each) for each in run.stdout.split()]
    some = [(y, w) for y, w, silent in rows if not silent]
    values, weights = [y for y, _ in some], [w for _, w in some]
    found = survey.mean(values, weights, len(rows))
    assert found is not None
    assert told[:2] == pytest.approx([found.value, found.error], abs=1e-9)
    assert told[2:] == [survey.quantile(values, weights, part) for part in QUARTERS]

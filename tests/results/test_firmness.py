"""The verdict: three levels from the repetitions and the methods alone, at their thresholds."""

from __future__ import annotations

from consulta.platform.paths import resource
from consulta.results import page as firmness
from consulta.results.page import level
from tests.cases import for_each


@for_each(
    "percent, agree, verdict",
    [
        (0, True, "close"),
        (59, True, "close"),
        (59, False, "close"),
        (59, None, "close"),
        (60, True, "reservations"),
        (60, None, "reservations"),
        (79, True, "reservations"),
        (79, False, "reservations"),
        (80, True, "firm"),
        (80, False, "reservations"),
        (100, True, "firm"),
        (100, False, "reservations"),
        (80, None, "untold"),
        (None, True, None),
        (None, None, None),
    ],
)
def test_repetitions_and_methods_decide_the_level(
    percent: int | None, agree: bool | None, verdict: str | None
) -> None:
    assert level(percent, methods_agree=agree) == verdict


@for_each("agree, verdict", [(True, "firm"), (False, "reservations"), (None, None)])
def test_of_very_many_ballots_the_methods_decide_alone(agree: bool | None, verdict: str | None) -> None:
    assert level(None, methods_agree=agree, without_repetitions=True) == verdict


@for_each("percent", range(101))
def test_the_lowest_of_ten_has_the_same_level(percent: int) -> None:
    """In rounds of totals the public reads tens alone, and the same verdict as everybody else."""
    for agree in (True, False):
        assert level(percent, methods_agree=agree) == level(percent // 10 * 10, methods_agree=agree)


def test_the_page_about_firmness_names_the_thresholds_as_they_are() -> None:
    page = (resource("templates").parent / "docs" / "methods" / "firmness.md").read_text("utf-8")
    assert f"fewer than {firmness.CLOSE_BELOW} of every hundred repetitions" in page
    assert f"at least {firmness.FIRM_FROM} of every hundred repetitions" in page

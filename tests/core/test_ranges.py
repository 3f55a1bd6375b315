"""The range of each figure, written out: another one would refuse bundles that were taken, or take others."""

import pytest

from consulta.core.problems import Problem
from consulta.core.ranges import RANGES, check_range
from tests.cases import for_each

WRITTEN = {
    "themes": (2, 1000),
    "max_ranks": (1, 1000),
    "max_objectives": (0, 23),
    "max_endorsements": (0, 1000),
    "objective_share": (0, 1000),
    "spread": (0, 1000),
    "memory": (0, 1000),
    "reserves": (0, 4),
    "topics": (1, 1000),
    "categories": (1, 500),
    "base": (1, 1_000_000),
    "recent": (0, 1000),
    "support": (0, 10_000),
    "size": (1, 1000),
    "people": (0, 1_000_000),
    "at_most": (1, 1_000_000),
    "share": (0, 1000),
    "resamples": (0, 1_000_000),
    "max_ballot": (1, 1000),
    "support_min": (1, 1_000_000),
}


@pytest.mark.gate
def test_every_figure_has_a_range():
    assert set(RANGES) == set(WRITTEN), (
        "write a figure of consulta/core/ranges.py into WRITTEN of tests/core/test_ranges.py"
    )


@for_each("kind", WRITTEN)
def test_a_figure_is_taken_at_both_ends_and_refused_one_beside(kind):
    least, most = WRITTEN[kind]
    check_range(least, kind, "here")
    check_range(most, kind, "here")
    for figure in (least - 1, most + 1):
        with pytest.raises(Problem) as refused:
            check_range(figure, kind, "here")
        assert (refused.value.code, refused.value.params) == (
            "rules.range",
            {"path": "here", "least": least, "most": most},
        )

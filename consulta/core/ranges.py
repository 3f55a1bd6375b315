"""The range of every figure that a file or a form may give; outside it stands `rules.range`."""

from collections.abc import Mapping

from consulta.core.problems import Problem

THOUSAND = 1000
MOST = 1_000_000

RANGES: Mapping[str, tuple[int, int]] = {
    "themes": (2, THOUSAND),  # every pair of them is counted and written
    "max_ranks": (1, THOUSAND),
    "max_objectives": (0, 23),
    "max_endorsements": (0, THOUSAND),
    "objective_share": (0, THOUSAND),
    "spread": (0, THOUSAND),
    "topics": (1, THOUSAND),
    "max_ballot": (1, THOUSAND),
    "support_min": (1, MOST),
    "categories": (1, 500),  # balanced ones and countries, together: time grows with their third power
    "base": (1, MOST),
    "recent": (0, THOUSAND),
    "support": (0, 10_000),
    "size": (1, THOUSAND),
    "people": (0, MOST),
    "at_most": (1, MOST),
    "share": (0, THOUSAND),
    "memory": (0, THOUSAND),
    "reserves": (0, 4),
    "resamples": (0, MOST),
}
"""Smallest and largest value, by what it is a figure of."""


def check_range(figure: int, kind: str, path: str) -> None:
    """Raise Problem `rules.range` if a figure is outside the range of its kind."""
    least, most = RANGES[kind]
    if not least <= figure <= most:
        raise Problem("rules.range", path=path, least=least, most=most)

"""The changes of the follow-up, the newest first, as entries of a feed.

An entry stands for a recommendation or for an answer, and keeps its address for good. What is withdrawn
changes its entry: a program that reads feeds then shows the new words in place of the old ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from consulta.sessions.follow_up.values import Followed, RecommendationView, ReportView, Standing

MOST = 100  # entries of a feed


@dataclass(frozen=True, slots=True)
class Entry:
    """A recommendation as it stands, or an answer (`report`) with the addressee for which it was given."""

    place: str  # of its page: "text" or "report-12"
    recommendation: RecommendationView
    published_at: datetime
    updated_at: datetime
    standing: Standing | None = None
    report: ReportView | None = None


def entries(found: Iterable[Followed]) -> list[Entry]:
    """Return the last changes of these recommendations, the newest first, at most `MOST`."""
    changes = [entry for each in found for entry in _entries(each)]
    return sorted(changes, key=lambda entry: (entry.updated_at, entry.place), reverse=True)[:MOST]


def _entries(found: Followed) -> Iterator[Entry]:
    one = found.recommendation
    if one.published_at is not None:
        yield Entry("text", one, one.published_at, found.changed_at or one.published_at)
    for standing in found.standings:
        for each in standing.history:
            updated = each.withdrawn.at if each.withdrawn else each.entered_at
            yield Entry(f"report-{each.id}", one, each.entered_at, updated, standing, each)

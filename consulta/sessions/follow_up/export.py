"""The follow-up as files for programs, and its changes, the newest first, as entries of a feed.

An entry stands for a recommendation or for an answer, and keeps its address for good. What is withdrawn
changes its entry: a program that reads feeds then shows the new words in place of the old ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.platform.deadlines import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from consulta.core.texts import Text
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


FORMAT = "consulta-follow-up/1"
COLUMNS = (
    "reference",
    "kind",
    "text",
    "mechanism",
    "session",
    "session_title",
    "session_date",
    "published",
    "topic",
    "objectives",
    "addressed_to",
    "addressee",
    "addressee_name",
    "status_reported",
    "date_reported",
    "actions_reported",
    "source_reported",
    "evidence_reported",
    "status_seen",
    "date_seen",
    "actions_seen",
    "source_seen",
    "withdrawn",
    "reason",
    "address",
)


def rows(
    found: Iterable[Followed],
    *,
    mechanism: str,
    say: Callable[[Text], str],
    address: Callable[[str], str],
    evidence: Callable[[ReportView], str],
    source: Callable[[ReportView], str],
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the file, in the order of `COLUMNS`; what is said in words is said by the callers."""
    for each in found:
        one = each.recommendation
        whole: dict[str, str] = {
            "reference": one.reference,
            "kind": one.kind,
            "text": say(one.text),
            "mechanism": mechanism,
            "session": one.session.key,
            "session_title": say(one.session.title),
            "session_date": one.session.day,
            "published": one.published_at.date().isoformat() if one.published_at else "",
            "topic": say(one.topic_title),
            "objectives": ";".join(map(str, one.objectives)),
            "addressed_to": ";".join(one.addressed),
            "withdrawn": one.withdrawn_at.date().isoformat() if one.withdrawn_at else "",
            "reason": say(one.reason),
            "address": address(one.reference),
        }
        for standing in each.standings or (None,):
            said = whole | (_standing(standing, say, evidence, source) if standing else {})
            yield tuple(said.get(column, "") for column in COLUMNS)


def _standing(
    standing: Standing,
    say: Callable[[Text], str],
    evidence: Callable[[ReportView], str],
    source: Callable[[ReportView], str],
) -> dict[str, str]:
    told = {"addressee": standing.addressee, "addressee_name": say(standing.name)}
    if standing.reported:
        last = standing.reported
        told |= {
            "status_reported": last.step,
            "date_reported": last.day,
            "actions_reported": last.text,
            "source_reported": source(last),
            "evidence_reported": " ".join(filter(None, (last.link, evidence(last)))),
        }
    if standing.seen:
        told |= {
            "status_seen": ";".join(standing.steps_seen),
            "date_seen": max(each.day for each in standing.seen),
            "actions_seen": " | ".join(each.text for each in standing.seen),
            "source_seen": " | ".join(source(each) for each in standing.seen),
        }
    return told


def document(
    found: Sequence[Followed],
    *,
    mechanism: str,
    address: Callable[[str], str],
    evidence: Callable[[ReportView], str],
) -> dict[str, Any]:
    """Return everything that is public of the follow-up, with the whole history, as one document."""
    return {
        "format": FORMAT,
        "mechanism": mechanism,
        "recommendations": [
            {
                "reference": one.reference,
                "kind": one.kind,
                "text": core.kept(one.text),
                "language": one.language,
                "session": {
                    "round": one.session.key,
                    "title": core.kept(one.session.title),
                    "date": one.session.day,
                    "example": one.session.example,
                },
                "topic": {"theme": one.topic, "title": core.kept(one.topic_title)},
                "objectives": list(one.objectives),
                "addressed_to": list(one.addressed),
                "published_at": as_text(one.published_at) if one.published_at else None,
                "withdrawn_at": as_text(one.withdrawn_at) if one.withdrawn_at else None,
                "reason": core.kept(one.reason),
                "address": address(one.reference),
                "texts": [
                    {"version": text.version, "factsheet": text.factsheet, "text": core.kept(text.text)}
                    for text in each.texts
                ],
                "standings": [_standing_document(standing, evidence) for standing in each.standings],
                "waiting": list(each.waiting),
            }
            for each in found
            for one in [each.recommendation]
        ],
    }


def _standing_document(standing: Standing, evidence: Callable[[ReportView], str]) -> dict[str, Any]:
    return {
        "addressee": standing.addressee,
        "name": dict(standing.name),
        "status_reported": standing.reported.step if standing.reported else None,
        "status_seen": list(standing.steps_seen),
        "reports": [
            {
                "id": each.id,
                "side": each.side,
                "version": each.version,
                "step": each.step if each.counts else None,
                "day": each.day,
                "text": each.text,
                "language": each.language,
                "link": each.link,
                "evidence": {
                    "address": evidence(each),
                    "name": each.evidence.name,
                    "media_type": each.evidence.media,
                    "sha256": each.evidence.sha256,
                    "bytes": each.evidence.size,
                }
                if each.evidence
                else None,
                "entered_by": each.entered,
                "received": each.received,
                "institution": each.institution,
                "organisation": each.organisation,
                "entered_at": as_text(each.entered_at),
                "withdrawn": {
                    "what": each.withdrawn.what,
                    "at": as_text(each.withdrawn.at),
                    "reason": core.kept(each.withdrawn.reason),
                }
                if each.withdrawn
                else None,
            }
            for each in reversed(standing.history)
        ],
    }

"""The rows of a session's recommendations and of what was reported of them, as their pages show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.sessions.follow_up.values import Followed, ReportView, Standing

Rows = list[dict[str, Any]]


def rows(key: str, found: Sequence[Followed], base_url: str) -> dict[str, Rows]:
    """Return the rows of each table of `schemas.RECOMMENDATIONS`, by the table's name."""
    return {
        "recommendations": [_recommendation(key, each) for each in found],
        "recommendation_objectives": [
            {"recommendation": each.recommendation.reference, "objective": number}
            for each in found
            for number in sorted(each.recommendation.objectives)
        ],
        "recommendation_versions": [
            {
                "recommendation": each.recommendation.reference,
                "version": text.version,
                "text": text.text,
                "factsheet_version": text.factsheet,
                "published_at": text.published_at,
            }
            for each in found
            for text in each.texts
        ],
        "reports": sorted(
            (row for each in found for row in _reports(each, base_url)), key=lambda row: row["report"]
        ),
    }


def _recommendation(key: str, found: Followed) -> dict[str, Any]:
    one = found.recommendation
    return {
        "session": key,
        "recommendation": one.reference,
        "kind": one.kind,
        "text": one.text,
        "language": one.language,
        "topic_key": one.topic,
        "objectives": sorted(one.objectives),
        "addressed_to": one.addressed,
        "published_at": one.published_at,
        "withdrawn_at": one.withdrawn_at,
        "withdrawn_because": one.reason,
    }


def _reports(found: Followed, base_url: str) -> Iterator[dict[str, Any]]:
    for standing in found.standings:
        newest = {each.id for each in (standing.reported, *standing.seen) if each is not None}
        for each in standing.history:
            yield {
                **_report(each, base_url),
                "recommendation": found.recommendation.reference,
                "newest": each.id in newest,
                **_addressee(standing),
            }


def _addressee(standing: Standing) -> dict[str, Any]:
    return {"addressee": standing.addressee, "addressee_label": standing.name}


def _report(each: ReportView, base_url: str) -> dict[str, Any]:
    evidence = each.evidence
    return {
        "report": each.id,
        "side": each.side,
        "step": each.step if each.counts else None,
        "day": each.day,
        "text": each.text,
        "language": each.language,
        "link": each.link,
        "evidence_name": evidence.name if evidence else None,
        "evidence_sha256": evidence.sha256 if evidence else None,
        "evidence_address": f"{base_url}/follow-up/evidence/{evidence.id}" if evidence else None,
        "entered_by": each.entered,
        "received_by": each.received,
        "institution": each.institution,
        "organisation": each.organisation,
        "entered_at": each.entered_at,
        "withdrawn": each.withdrawn.what if each.withdrawn else None,
        "withdrawn_at": each.withdrawn.at if each.withdrawn else None,
        "withdrawn_because": each.withdrawn.reason if each.withdrawn else Text(),
    }

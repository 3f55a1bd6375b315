"""The small document that pages read of a count; see `core.summary`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting.summary import Summary
from consulta.core.problems import or_problem
from consulta.platform import documents, seen
from consulta.results import tallying
from consulta.rounds import public_rounds

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.counting.result import Result
    from consulta.core.texts import Text
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work

KIND = "summary"
ACT = "rounds.summarised"


def keep(work: Work, found: Round, result: Result, kept: Document) -> None:
    """Keep the summary of a result that was counted and kept just now.

    Its digest is in a row of the log of its own, which is not public: with little unknown, the support of
    nominees could be tried until it fits.
    """
    text = tallying.summary(work, found, result, kept.sha256).to_json().decode()
    summary = documents.keep(work.session, found.id, KIND, text, work.now)
    work.record(ACT, f"round:{found.id}", {"version": summary.version, "summary_sha256": summary.sha256})


def find(work: Work, found: Round) -> Summary | None:
    """Return the summary of the newest count; None where the round is not counted."""
    kept = documents.find(work.session, found.id, KIND)
    if kept is not None:
        seen.note(work, found)
    return Summary.parse(kept.content.encode()) if kept else None


def of(work: Work, found: Round) -> Summary:
    """Return the summary of the newest count. Problem: `result.uncounted`."""
    return or_problem(find(work, found), "result.uncounted")


def of_published(work: Work, *, example: bool, until: datetime | None) -> list[tuple[int, Summary]]:
    """Return the newest summary of each published round closed by `until`, after its round's id."""
    kept = documents.of_published(work.session, KIND, example=example, until=until)
    return [(round_id, Summary.parse(content.encode())) for round_id, content in kept]


def titles_of_published(work: Work) -> dict[str, tuple[Text, ...]]:
    """Return the titles of the topics of each published round, by the key of the round."""
    known = public_rounds.theme_titles(work.session)
    found = {}
    for round_id, content in documents.of_published(work.session, KIND):
        key, titles = known[round_id]
        topics = Summary.parse(content.encode()).topics
        found[key] = tuple(titles[topic.key] for topic in topics)
    return found


def topics_of(work: Work, found: Round) -> tuple[str, ...]:
    """Return the keys of the topics of the newest count; none where the round is not counted."""
    summary = find(work, found)
    return tuple(topic.key for topic in summary.topics) if summary else ()

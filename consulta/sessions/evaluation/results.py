"""What came of an evaluation: at the desk once it is over, for everybody once the secretariat publishes it.

Every answer counts once. What is told follows the rules of a round's questions for votes without names
(`questions.figures`); of their figures only the unweighted ones are kept. Nothing is told while answers are
taken: from two looks the answers of the person between them could be read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.trust import record
from consulta.panel.dialogues import service as dialogues
from consulta.platform.access import require
from consulta.platform.settings import SMALL_CELL
from consulta.rounds import public
from consulta.rounds import service as rounds
from consulta.sessions.evaluation import kept, queries, questionnaire
from consulta.sessions.evaluation.values import PublishedEvaluation, ResultsDesk
from consulta.vote.questions import figures as core

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.platform.models import Evaluation, Round
    from consulta.platform.work import Work
    from consulta.sessions.evaluation.values import Figures
    from consulta.vote.questions.values import Question

FORMAT = "consulta-evaluation/1"
NOWHERE = {"subregion": "", "country": "", "sector": ""}  # answers belong to no group


def desk(work: Work, key: str, small_cell: int = SMALL_CELL) -> ResultsDesk:
    """Return the answers for the secretariat, with what would be published of them.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.not_over`.
    """
    require(work, "evaluation.read")
    found, sizes = rounds.sized(work, key)
    row = _over(work, found)
    return ResultsDesk(
        round=rounds.line_of(found, sizes, work.now),
        desk=_figures(work, row, small_cell, desk=True),
        public=_published(row) if row.figures else _figures(work, row, small_cell, desk=False),
        published_at=row.published_at,
        refusals=tuple(_refusals(found, row, queries.answered(work.session, row.id), small_cell)),
    )


def publish(work: Work, key: str, small_cell: int = SMALL_CELL) -> None:
    """Publish the evaluation as it is; it is made once.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.not_over`, those of `_refusals`.
    """
    require(work, "rounds.publish")
    found = rounds.hold(work, key)
    row = _over(work, found, hold=True)
    for problem in _refusals(found, row, queries.answered(work.session, row.id), small_cell):
        raise problem
    content = {"format": FORMAT, "round": found.key, **_stored(work, row, small_cell, desk=False)}
    row.figures = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    row.sha256, row.published_at = record.digest(row.figures.encode()), work.now
    work.session.flush()
    work.record("evaluation.published", rounds.subject(found), {"sha256": row.sha256})


def published(work: Work, key: str) -> PublishedEvaluation:
    """Return the evaluation as it was published. Problem: `evaluation.unpublished`."""
    require(work, "published.read")
    found = public.opened(work, key)
    row = queries.of_round(work.session, found.id)
    if row is None or row.figures is None or row.published_at is None:
        raise Problem("evaluation.unpublished")
    dialogue = dialogues.written(work, found)
    return PublishedEvaluation(
        public.card_of(work, found),
        dialogue.title,
        dialogue.starts_at,
        dialogue.zone,
        _published(row),
        row.published_at,
    )


def is_public(work: Work, key: str) -> bool:
    """Return whether the evaluation of a round's session is public."""
    require(work, "published.read")
    return queries.published(work.session, key)


def _over(work: Work, found: Round, *, hold: bool = False) -> Evaluation:
    row = or_problem(queries.of_round(work.session, found.id, hold=hold), "evaluation.unprepared")
    if row.closes_at is None or work.now < row.closes_at:
        raise Problem("evaluation.not_over")
    return row


def _refusals(found: Round, row: Evaluation, answered: int, small_cell: int) -> Iterator[Problem]:
    if row.published_at is not None:
        yield Problem("evaluation.published")
    if found.state != State.PUBLISHED.value:
        yield Problem("evaluation.round")
    if answered < 2 * max(small_cell, 1):
        yield Problem("evaluation.few", least=2 * max(small_cell, 1), count=answered)


def _published(row: Evaluation) -> Figures:
    return kept.read(row.figures or "")


def _figures(work: Work, row: Evaluation, small_cell: int, *, desk: bool) -> Figures:
    return kept.read(_stored(work, row, small_cell, desk=desk))


def _stored(work: Work, row: Evaluation, small_cell: int, *, desk: bool) -> dict[str, Any]:
    """Return what would be kept of an evaluation."""
    sheets = queries.sheets(work.session, row.id)
    asked = sum(each.written_at is not None for each in queries.people(work.session, row.id))
    questions = questionnaire.read(row.questions)
    least = max(small_cell, 1)
    return {
        "asked": asked,
        "answered": len(sheets),
        "small_cell": least,
        "questions": questionnaire.stored(questions),
        "facts": told(questions, sheets, least, desk=desk),
    }


def told(
    questions: Sequence[Question], sheets: Sequence[dict[str, Any]], least: int, *, desk: bool
) -> dict[str, Any]:
    """Return what is told of these answers, each of which counts once."""
    voters = [core.Voter(1, 0, NOWHERE, said) for said in sheets]
    made = core.figures(questions, voters, len(sheets), [], core.Rules(least, coarse=not desk, desk=desk))
    return {"voted": made["voted"], "questions": [_unweighted(each) for each in made["questions"]]}


def _unweighted(one: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a question without those by weight, which say the same."""
    plain: dict[str, Any] = {
        name: one[name] for name in ("key", "kind", "answered", "told", "texts") if name in one
    }
    if "rows" in one:
        plain["rows"] = [{name: row[name] for name in ("code", "count", "percent")} for row in one["rows"]]
    if "mean" in one:
        plain["mean"] = one["mean"]["plain"]
    if one.get("quantiles"):
        plain["quantiles"] = one["quantiles"]["plain"]
    return plain

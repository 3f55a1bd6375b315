"""Writing to those who took part: the evaluation with its link, and one reminder to who has not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.panel.dialogues import service as dialogues
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.door import service as door
from consulta.platform.door.service import Given
from consulta.platform.mailer.outbox import PlainLetter, queue_plain
from consulta.platform.mailer.readers import TOLD
from consulta.rounds import service as rounds
from consulta.rounds.letters import plain
from consulta.rounds.letters.mass_mail import Readers, Recipient
from consulta.sessions.evaluation import mails, queries, service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consulta.platform.models import Evaluation, EvaluationPerson, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview

INVITATION, REMINDER = "evaluation_invitation", "evaluation_reminder"
ANSWERED = "evaluated"  # why a person is not reminded


def asking(work: Work, found: Round) -> Readers:
    """Return who would be asked to evaluate the session now: those listed who were not written to."""
    row = queries.of_round(work.session, found.id)
    people = queries.people(work.session, row.id) if row else []
    told = [(TOLD, each.name) for each in people if each.written_at is not None]
    fresh = [_recipient(each) for each in people if each.written_at is None]
    return Readers(INVITATION, fresh, told, _preview)


def reminding(work: Work, found: Round) -> Readers:
    """Return who would be reminded now: those who were written to, have not answered, and had no reminder."""
    row = queries.of_round(work.session, found.id)
    if row is None:
        return Readers(REMINDER, ())
    people = [each for each in queries.people(work.session, row.id) if each.written_at is not None]
    silent = [each for each in people if not each.answered and each.reminded_at is None]
    left_out = [(ANSWERED if each.answered else TOLD, each.name) for each in people if each not in silent]
    return Readers(REMINDER, [_recipient(each) for each in silent], left_out, _preview)


def ask(work: Work, key: str, day: str = "") -> int:
    """Write to those listed who were not written to; return how many.

    The first time the questions are fixed, and answers are taken until the end of `day`.

    Problems: `round.unknown`, `dialogue.unknown`, those of `service.refusals`, of `service.end_of`,
    `evaluation.over`, `evaluation.no_one`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found)
    row = queries.of_round(work.session, found.id, hold=True)
    people = queries.people(work.session, row.id) if row else []
    for problem in service.refusals(work, dialogue, row, people):
        raise problem
    if row is None:
        raise Problem("evaluation.unprepared")
    first = row.opened_at is None
    if first:
        row.closes_at, row.opened_at = service.end_of(work, dialogue, day), work.now
    _require_open(row, work.now)
    fresh = [each for each in people if each.written_at is None]
    if not fresh:
        raise Problem("evaluation.no_one")
    for each in fresh:
        each.written_at = work.now
    _queue(work, INVITATION, fresh)
    details = {"count": len(fresh), "until": _until(row)}
    work.record("evaluation.opened" if first else "evaluation.sent", rounds.subject(found), details)
    return len(fresh)


def remind(work: Work, key: str) -> int:
    """Remind, once, those who have not answered; return how many.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.unsent`, `evaluation.over`,
    `evaluation.no_one`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = service.held(work, found)
    if row.opened_at is None:
        raise Problem("evaluation.unsent")
    _require_open(row, work.now)
    silent = [
        each
        for each in queries.people(work.session, row.id)
        if each.written_at is not None and not each.answered and each.reminded_at is None
    ]
    if not silent:
        raise Problem("evaluation.no_one")
    for each in silent:
        each.reminded_at = work.now
    _queue(work, REMINDER, silent)
    work.record("evaluation.reminded", rounds.subject(found), {"count": len(silent)})
    return len(silent)


def _require_open(row: Evaluation, now: datetime) -> None:
    if row.published_at is not None or row.closes_at is None or row.closes_at <= now:
        raise Problem("evaluation.over")


def _until(row: Evaluation) -> str:
    return deadlines.as_text(row.closes_at) if row.closes_at else ""


def _queue(work: Work, kind: str, people: Sequence[EvaluationPerson]) -> None:
    tokens = door.give(work, service.EVALUATE, [Given(each.id) for each in people], work.now + service.LIFE)
    queue_plain(
        work,
        [
            PlainLetter(
                kind,
                person.name,
                person.organisation,
                "",
                person.email,
                person.language,
                f"{kind}:{person.id}",
                token,
                {"person": person.id},
            )
            for person, token in zip(people, tokens, strict=True)
        ],
    )


def _recipient(each: EvaluationPerson) -> Recipient:
    return Recipient(each.id, each.name, each.organisation, each.email, each.language, "")


def _preview(
    work: Work,
    round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return the mail as a person on the list would get it. Problem: `mail.unknown` if there is none."""
    del texts
    person = or_problem(queries.person(work.session, reader or 0), "mail.unknown")
    said = mails.words(work, rounds.known(work, round_key), person.evaluation)
    return plain.shown(work, kind, language, post, (person.name, person.organisation), said)

"""The evaluation of a session: prepared by the secretariat, sent to those who took part, answered once.

It decides when it may be sent, who is proposed for the list, and that answers belong to no person: they are
stored under a number of chance, without an hour, and the person's row says only that it answered. With each
answer all of them are written anew, so that the database does not tell either which came with whom. So they
cannot be changed once they are sent, and the log does not tell of them.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.core.invitations import Invited
from consulta.core.problems import Problem, or_problem
from consulta.panel.dialogues import service as dialogues
from consulta.panel.invitations import service as invitations
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data.folding import fold
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.mailer.outbox import hindrance
from consulta.platform.models import Evaluation, EvaluationPerson
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import address, line
from consulta.platform.work import Actor
from consulta.rounds import service as rounds
from consulta.rounds.queries import rounds as round_queries
from consulta.sessions import attendance
from consulta.sessions.evaluation import queries, questionnaire
from consulta.sessions.evaluation.values import (
    EvaluationDesk,
    OwnEvaluation,
    PersonCommand,
    PersonLine,
    Standing,
)
from consulta.vote.questions import rules
from consulta.vote.questions.service import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from consulta.platform.models import Dialogue, Link, Round
    from consulta.platform.work import Work
    from consulta.sessions.evaluation.values import State
    from consulta.vote.questions.values import Question

EVALUATE = "evaluate"  # the purpose of links; their subject is the person who is asked
WAY = "e"
LIFE = timedelta(days=365)  # of a link: after the last day it tells that answers are not taken any more
MOST_PEOPLE = 1000
NAME_MAX = 200
NUMBERS = 2**31 - 1  # among so many the number of an answer is drawn
chance = secrets.SystemRandom()
COMING = {Invited.ACCEPTED, Invited.ATTENDED}


# -- at the desk


def desk_page(work: Work, key: str) -> EvaluationDesk:
    """Return the evaluation of a round's session; the ready-made questions while none is prepared.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "evaluation.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    row = queries.of_round(work.session, found.id)
    people = queries.people(work.session, row.id) if row else []
    return EvaluationDesk(
        round=rounds.line_of(found, sizes, work.now),
        dialogue=dialogues.view_of(work, found, dialogue),
        state=state_of(row, work.now),
        version=row.version if row else 0,
        questions=questionnaire.read(row.questions) if row else questionnaire.ready_made(work.languages),
        people=tuple(line_of(each) for each in people),
        answered=queries.answered(work.session, row.id) if row else 0,
        closes_at=row.closes_at if row else None,
        opened_at=row.opened_at if row else None,
        published_at=row.published_at if row else None,
        refusals=tuple(refusals(work, dialogue, row, people)),
        remindable=sum(
            each.written_at is not None and not each.answered and each.reminded_at is None for each in people
        ),
    )


def standing(work: Work, key: str) -> Standing:
    """Return how far the evaluation of a round's session is. Problem: `round.unknown`."""
    require(work, "evaluation.read")
    row = queries.of_round(work.session, rounds.round_line(work, key).id)
    people = queries.people(work.session, row.id) if row else []
    return Standing(
        state=state_of(row, work.now),
        written=sum(each.written_at is not None for each in people),
        answered=queries.answered(work.session, row.id) if row else 0,
        closes_at=row.closes_at if row else None,
    )


def last_days(work: Work) -> list[tuple[str, datetime]]:
    """Return the last moment of each evaluation that was sent, with the key of its round."""
    require(work, "evaluation.read")
    return queries.last_days(work.session)


def state_of(row: Evaluation | None, now: datetime) -> State:
    """Return how far an evaluation is."""
    if row is None:
        return "none"
    if row.opened_at is None or row.closes_at is None:
        return "draft"
    if row.published_at is not None:
        return "published"
    return "open" if now < row.closes_at else "over"


def line_of(row: EvaluationPerson) -> PersonLine:
    """Return a person as the desk sees it."""
    return copied(PersonLine, row, number=row.id)


def refusals(
    work: Work, dialogue: Dialogue, row: Evaluation | None, people: Sequence[EvaluationPerson]
) -> Iterator[Problem]:
    """Yield what prevents that the evaluation is sent for the first time."""
    if dialogue.cancelled:
        yield Problem("evaluation.cancelled")
    elif dialogue.ends_at > work.now:
        yield Problem("evaluation.future")
    if row is None:
        yield Problem("evaluation.unprepared")
        return
    if not row.questions:
        yield Problem("evaluation.questions")
    if not people:
        yield Problem("evaluation.people")


def prepare(work: Work, key: str) -> None:
    """Take the ready-made questions as a draft, and list who took part; nothing where that was done before.

    Problems: `round.unknown`, `dialogue.unknown`, `evaluation.cancelled`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    if dialogues.written(work, found).cancelled:
        raise Problem("evaluation.cancelled")
    if queries.of_round(work.session, found.id) is not None:
        return
    row = Evaluation(
        round_id=found.id,
        questions=questionnaire.stored(questionnaire.ready_made(work.languages)),
        version=1,
        created_at=work.now,
    )
    queries.add(work.session, row)
    work.record("evaluation.prepared", rounds.subject(found), {"questions": len(row.questions)})
    _gather(work, found, row)


def save_question(work: Work, key: str, question: Question) -> None:
    """Add a question at the end, or replace the one of its key.

    Problems: those of `_draft` and of `questionnaire.saved`.
    """
    found, row = _draft(work, key)
    some = questionnaire.saved(work, questionnaire.read(row.questions), question)
    _write(work, found, row, some)


def delete_question(work: Work, key: str, question: str) -> None:
    """Take a question out. Problems: those of `_draft`, `question.unknown`."""
    found, row = _draft(work, key)
    _write(work, found, row, questionnaire.without(questionnaire.read(row.questions), question))


def move_question(work: Work, key: str, question: str, step: int) -> None:
    """Move a question a place up (-1) or down (1). Problems: those of `_draft`, `question.unknown`."""
    found, row = _draft(work, key)
    _write(work, found, row, questionnaire.moved(questionnaire.read(row.questions), question, step))


def _draft(work: Work, key: str) -> tuple[Round, Evaluation]:
    """Return the evaluation of a round's session while its questions may change.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.frozen`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = held(work, found)
    if row.opened_at is not None:
        raise Problem("evaluation.frozen")
    return found, row


def held(work: Work, found: Round) -> Evaluation:
    """Return the evaluation of a round's session, locked. Problem: `evaluation.unprepared`."""
    return or_problem(queries.of_round(work.session, found.id, hold=True), "evaluation.unprepared")


def _write(work: Work, found: Round, row: Evaluation, some: Sequence[Question]) -> None:
    kept = questionnaire.stored(some)
    if kept == row.questions:
        return
    row.questions = kept
    row.version += 1
    work.session.flush()
    work.record("evaluation.edited", rounds.subject(found), {"questions": len(kept)})


def move_end(work: Work, key: str, day: str) -> None:
    """Let answers be taken until the end of another day, by the clocks of the session.

    Problems: `round.unknown`, `dialogue.unknown`, `evaluation.unprepared`, `evaluation.unsent`,
    `evaluation.published`, `evaluation.read` (the last day is over, and the desk could read answers), those
    of `end_of`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = held(work, found)
    if row.opened_at is None:
        raise Problem("evaluation.unsent")
    if row.published_at is not None:
        raise Problem("evaluation.published")
    if not _takes(row, work.now) and queries.answered(work.session, row.id):
        raise Problem("evaluation.read")
    row.closes_at = end_of(work, dialogues.written(work, found), day)
    work.session.flush()
    work.record("evaluation.moved", rounds.subject(found), {"until": deadlines.as_text(row.closes_at)})


def end_of(work: Work, dialogue: Dialogue, day: str) -> datetime:
    """Return the end of a day by the clocks of the session. Problems: `evaluation.day`, `evaluation.past`."""
    if not day:
        raise Problem("evaluation.day")
    end = deadlines.resolve(f"{day}T23:59", dialogue.zone)
    if end <= work.now:
        raise Problem("evaluation.past")
    return end


# -- who is asked


def gather(work: Work, key: str) -> int:
    """List who took part and has an address, without those listed already; return how many are new.

    Problems: `round.unknown`, `dialogue.unknown`, `evaluation.unprepared`, `evaluation.over`,
    `evaluation.many`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    return _gather(work, found, _listing(work, found))


def add_people(work: Work, key: str, people: Sequence[PersonCommand]) -> int:
    """Add people by hand; return how many are new. Those who are listed already stay as they are.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.over`, `evaluation.many`,
    `evaluation.name`, `evaluation.email`, `evaluation.language`, `evaluation.no_one`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = _listing(work, found)
    if not people:
        raise Problem("evaluation.no_one")
    return _add(work, found, row, [checked(work, each) for each in people])


def checked(work: Work, person: PersonCommand) -> PersonCommand:
    """Return a person in the form in which it is stored.

    Problems: `evaluation.name`, `evaluation.email`, `evaluation.language`.
    """
    name, organisation, email = line(person.name), line(person.organisation), address(person.email)
    if not 1 <= len(name) <= NAME_MAX or len(organisation) > NAME_MAX:
        raise Problem("evaluation.name", most=NAME_MAX)
    if email is None:
        raise Problem("evaluation.email", text=person.email.strip())
    if person.language not in work.languages:
        raise Problem("evaluation.language", text=person.language, codes=", ".join(work.languages))
    return PersonCommand(name, organisation, email.lower(), person.language, person.source)


def remove_person(work: Work, key: str, number: int) -> None:
    """Take a person off the list who was not written to yet.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.person`, `evaluation.written`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = held(work, found)
    person = queries.person(work.session, number, hold=True)
    if person is None or person.evaluation_id != row.id:
        raise Problem("evaluation.person")
    if person.written_at is not None:
        raise Problem("evaluation.written")
    queries.remove(work.session, person)
    work.record("evaluation.listed", rounds.subject(found), {"added": 0, "removed": 1})


def _listing(work: Work, found: Round) -> Evaluation:
    row = held(work, found)
    if row.published_at is not None or (row.closes_at is not None and row.closes_at <= work.now):
        raise Problem("evaluation.over")
    return row


def _gather(work: Work, found: Round, row: Evaluation) -> int:
    return _add(work, found, row, [*_of_panel(work, found), *_of_members(work, found)])


def _add(work: Work, found: Round, row: Evaluation, people: Sequence[PersonCommand]) -> int:
    listed = {each.email for each in queries.people(work.session, row.id)}
    fresh = {each.email: each for each in reversed(people) if each.email not in listed}
    if len(listed) + len(fresh) > MOST_PEOPLE:
        raise Problem("evaluation.many", most=MOST_PEOPLE)
    for each in reversed(fresh.values()):
        queries.add(
            work.session,
            EvaluationPerson(
                evaluation_id=row.id,
                **{name: getattr(each, name) for name in PersonCommand.__slots__},
            ),
        )
    if fresh:
        work.record("evaluation.listed", rounds.subject(found), {"added": len(fresh), "removed": 0})
    return len(fresh)


def _of_panel(work: Work, found: Round) -> Iterator[PersonCommand]:
    """Yield those of the panel who took part and agreed to be written to.

    They are those who accepted, as long as it is written of none that it took part.
    """
    guests = invitations.page(work, found.key).guests
    came = [each for each in guests if each.state is Invited.ATTENDED]
    for each in came or [one for one in guests if one.state in COMING]:
        email = address(each.email) if each.agrees else None
        if email is not None:
            language = work.language(each.language)
            yield PersonCommand(each.name, each.institution, email.lower(), language, "panel")


def _of_members(work: Work, found: Round) -> Iterator[PersonCommand]:
    """Yield the contacts of members that stand on the list of who took part, by name and country."""
    entries = attendance.list_people(work, found.key).entries
    there = {(fold(each.answers.organisation), each.answers.country) for each in entries}
    for member in round_queries.electorate(work.session):
        if (fold(member.name), member.country) not in there:
            continue
        for each in member.contacts:
            if each.may_vote and hindrance(each) is None:
                language = work.language(each.language)
                yield PersonCommand(each.name, member.name, each.email.lower(), language, "member")


# -- by the link


def _participant(work: Work, link: Link) -> Actor | None:
    """Return the person of a link; None where it is not on the list any more."""
    row = queries.person(work.session, link.subject_id)
    if row is None or row.written_at is None or link.created_at < row.written_at:
        return None
    return Actor("participant", row.id, row.name)


PURPOSES = (
    Purpose(
        EVALUATE,
        way=WAY,
        subject=EvaluationPerson,
        role="participant",
        page="evaluation.own",
        texts="evaluation/door.html",
        reader=_participant,
        life=LIFE,
    ),
)


def own(work: Work, least: int = SMALL_CELL) -> OwnEvaluation:
    """Return the evaluation for the person of the session. Problem: `evaluation.person`."""
    require(work, "evaluation.answer")
    return _shown(work, _own(work), least)


def answer(work: Work, raw: Mapping[str, Sequence[str]], asked: str) -> None:
    """Take the answers of the person of the session, once; `asked` names the questions of the form.

    Problems: `evaluation.person`, `evaluation.over`, `evaluation.answered`, `answers.foreign`,
    `evaluation.empty`, the first fault of an answer.
    """
    require(work, "evaluation.answer")
    queries.hold_of(work.session, work.actor.id or 0)  # before the person: the desk takes them in this order
    row = _own(work, hold=True)
    evaluation = row.evaluation
    if not _takes(evaluation, work.now):
        raise Problem("evaluation.over")
    if row.answered:
        raise Problem("evaluation.answered")
    questions = questionnaire.read(evaluation.questions)
    if asked != digest(questions):
        raise Problem("answers.foreign")
    found = rules.read(questions, raw)
    for problem in found.faults.values():
        raise problem
    if not found.said:
        raise Problem("evaluation.empty")
    row.answered = True
    _keep(work, evaluation, dict(found.said))


def _keep(work: Work, evaluation: Evaluation, said: dict[str, Any]) -> None:
    """Store answers so that nothing tells whose they are: all sheets of the evaluation are written anew.

    The database itself remembers which rows one transaction wrote, and in which order they came. So each
    answer writes all answers again, in an order and under numbers of chance: those of before and this one.
    """
    found = [*queries.take_sheets(work.session, evaluation.id), said]
    taken, fresh = queries.numbers(work.session), set[int]()
    while len(fresh) < len(found):
        number = chance.randrange(NUMBERS) + 1
        fresh |= {number} - taken
    chance.shuffle(found)
    order = list(fresh)
    chance.shuffle(order)
    queries.keep_sheets(work.session, evaluation.id, list(zip(order, found, strict=True)))


def hand_out(work: Work, key: str, email: str) -> str:
    """Return a link for a person who was written to, for a demonstration and for tests.

    Problem: `evaluation.person`.
    """
    require(work, "links.hand_out")
    row = queries.of_round(work.session, rounds.known(work, key).id)
    for each in queries.people(work.session, row.id) if row else []:
        if each.email == email and each.written_at is not None:
            (token,) = door.give(work, EVALUATE, [door.Given(each.id)])
            return token
    raise Problem("evaluation.person")


def _own(work: Work, *, hold: bool = False) -> EvaluationPerson:
    return or_problem(queries.person(work.session, work.actor.id or 0, hold=hold), "evaluation.person")


def _takes(row: Evaluation, now: datetime) -> bool:
    return row.opened_at is not None and row.closes_at is not None and now < row.closes_at


def _shown(work: Work, person: EvaluationPerson, least: int) -> OwnEvaluation:
    row = person.evaluation
    found = queries.round_of(work.session, row)
    if found is None or row.closes_at is None:
        raise Problem("evaluation.person")
    return imagined(work, found, row, person.name, answered=person.answered, least=least)


def imagined(
    work: Work, found: Round, row: Evaluation | None, name: str, *, answered: bool = False, least: int
) -> OwnEvaluation:
    """Return the evaluation as a person of this name sees it; it may be a draft."""
    dialogue = dialogues.written(work, found)
    questions = questionnaire.read(row.questions) if row else questionnaire.ready_made(work.languages)
    return OwnEvaluation(
        round_key=found.key,
        session=dialogue.title,
        starts_at=dialogue.starts_at,
        zone=dialogue.zone,
        person=name,
        questions=questions,
        digest=digest(questions),
        closes_at=(row.closes_at if row else None) or work.now,
        takes_answers=row is None or row.opened_at is None or _takes(row, work.now),
        answered=answered,
        least=max(least, 1),
        example=found.example,
    )


def previewed(work: Work, key: str, name: str, least: int) -> OwnEvaluation:
    """Return the evaluation for an invented person. Problems: `round.unknown`, `dialogue.unknown`."""
    require(work, "evaluation.read")
    found = rounds.known(work, key)
    row = queries.of_round(work.session, found.id)
    return replace(imagined(work, found, row, name, least=least), takes_answers=True)

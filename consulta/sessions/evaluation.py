"""The evaluation of a session as pages show it: frozen values, no rows."""

from __future__ import annotations

import json
import secrets
import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any, Literal

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import joinedload

from consulta.core.invitations import Invited
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State as rounds_State
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.core.typed import from_stored
from consulta.panel import dialogues, invitations
from consulta.platform import deadlines, door
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain
from consulta.platform.mailer.readers import TOLD
from consulta.platform.messages import N_
from consulta.platform.models import Evaluation, EvaluationPerson, EvaluationSheet, Round
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import address, line
from consulta.platform.work import Actor
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds
from consulta.rounds.letters import plain
from consulta.rounds.letters.mass_mail import Readers, Recipient
from consulta.rounds.queries import rounds as round_queries
from consulta.sessions import attendance
from consulta.vote import answers as answers_acts
from consulta.vote import questions as questions_acts
from consulta.vote.questions import MOST_QUESTIONS, Question, digest, faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.reading import Node
    from consulta.panel.dialogues import DialogueView
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Dialogue, Link, Message
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview
    from consulta.rounds.values import RoundCard, RoundLine


State = Literal["none", "draft", "open", "over", "published"]
Source = Literal["panel", "member", "hand"]


@dataclass(frozen=True, slots=True)
class PersonCommand:
    """A person who is to be asked; `email` in any form."""

    name: str
    organisation: str
    email: str
    language: str
    source: Source = "hand"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person who is asked, or will be; whether it answered is told nowhere but in sums."""

    number: int
    name: str
    organisation: str
    email: str
    language: str
    source: Source
    written_at: datetime | None
    reminded_at: datetime | None


@dataclass(frozen=True, slots=True)
class EvaluationDesk:
    """The evaluation of a session at the desk; `questions` are the ready-made ones while none is prepared."""

    round: RoundLine
    dialogue: DialogueView
    state: State
    version: int
    questions: tuple[Question, ...]
    people: tuple[PersonLine, ...]
    answered: int
    closes_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    refusals: tuple[Problem, ...]  # why it cannot be sent now
    remindable: int  # how many were written to, have not answered, and were not reminded

    @property
    def written(self) -> int:
        """Return how many people were written to."""
        return sum(each.written_at is not None for each in self.people)

    @property
    def unwritten(self) -> int:
        """Return how many people were not written to yet."""
        return len(self.people) - self.written

    @property
    def may_send(self) -> bool:
        """Return whether it can be sent now: to all, or to those who were added."""
        return self.unwritten > 0 if self.state == "open" else self.state == "draft" and not self.refusals


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an evaluation is: how many were written to, how many answered, and until when they can."""

    state: State
    written: int
    answered: int
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnEvaluation:
    """The evaluation as a person who is asked sees it."""

    round_key: str
    session: Text
    starts_at: datetime
    zone: str
    person: str
    questions: tuple[Question, ...]
    digest: str
    closes_at: datetime
    takes_answers: bool
    answered: bool
    least: int  # fewer answers than that are not told
    example: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What is told of the answers to a question; None is what is not told, or what its kind does not have."""

    key: str
    kind: str
    answered: int | None
    told: bool
    rows: tuple[answers_acts.Row, ...] = ()
    mean: answers_acts.Figure = None
    quantiles: answers_acts.Parts = answers_acts.NO_PARTS
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told of the answers: `asked` people were written to, `answered` of them answered."""

    questions: tuple[Question, ...]
    asked: int
    answered: int
    least: int
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class ResultsDesk:
    """The answers at the desk, once none is taken any more, and what would be published of them."""

    round: RoundLine
    desk: Figures
    public: Figures
    published_at: datetime | None
    refusals: tuple[Problem, ...]  # why it cannot be published now


@dataclass(frozen=True, slots=True)
class PublishedEvaluation:
    """The evaluation of a session as it was published."""

    card: RoundCard
    session: Text
    starts_at: datetime
    zone: str
    figures: Figures
    published_at: datetime


def _questions(node: Node) -> tuple[Question, ...]:
    return read_questionnaire([each.value for each in node.items()])


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of the answers: `voted` people answered."""

    voted: int
    questions: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    questions: Annotated[tuple[Question, ...], _questions]
    asked: int
    answered: int
    small_cell: int
    facts: Facts


def read_kept(stored: str | Mapping[str, Any]) -> Figures:
    """Return the value of a kept evaluation, or of what would be kept."""
    kept = from_stored(_Kept, stored)
    return Figures(kept.questions, kept.asked, kept.answered, kept.small_cell, kept.facts.questions)


def answers(facts: Mapping[str, Any]) -> tuple[Answered, ...]:
    """Return what is told of the answers to each question."""
    return from_stored(Facts, facts).questions


QUESTION_KINDS = ("one", "several", "scale", "number", "text")


@cache
def _file() -> list[dict[str, Any]]:
    path = resources.files("consulta.platform.data") / "evaluation.toml"
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return found


def ready_made(languages: Sequence[str]) -> tuple[Question, ...]:
    """Return the ready-made questions, in the languages of the installation."""

    def spoken(value: Any) -> Any:
        if isinstance(value, list):
            return [spoken(each) for each in value]
        if isinstance(value, dict):
            return Text({code: value[code] for code in languages if code in value})
        return value

    return tuple(
        questions_acts.of_plain({name: spoken(value) for name, value in each.items()}) for each in _file()
    )


def read_questionnaire(kept: Sequence[Any]) -> tuple[Question, ...]:
    """Return the stored questions."""
    return tuple(questions_acts.of_plain(each) for each in kept)


def stored(some: Sequence[Question]) -> list[Any]:
    """Return questions as they are stored."""
    return [questions_acts.plain(each) for each in some]


def saved(work: Work, some: Sequence[Question], question: Question) -> tuple[Question, ...]:
    """Return the questions with one more at the end, or with that of its key replaced.

    Problems: `question.kind` (governments are asked about with a vote), `question.unknown`,
    `questions.many`, those of `questions.rules.faults`.
    """
    said = questions_acts.tidied(question)
    if said.kind not in QUESTION_KINDS:
        raise Problem("question.kind")
    for problem in faults(said, work.languages):
        raise problem
    if question.key:
        place(some, question.key)
        return tuple(said if each.key == question.key else each for each in some)
    if len(some) >= MOST_QUESTIONS:
        raise Problem("questions.many", most=MOST_QUESTIONS)
    taken = {each.key for each in some}
    key = next(f"e{number}" for number in range(1, 1000) if f"e{number}" not in taken)
    return (*some, replace(said, key=key))


def without(some: Sequence[Question], key: str) -> tuple[Question, ...]:
    """Return the questions without one. Problem: `question.unknown`."""
    place(some, key)
    return tuple(each for each in some if each.key != key)


def moved(some: Sequence[Question], key: str, step: int) -> tuple[Question, ...]:
    """Return the questions with one a place up (-1) or down (1). Problem: `question.unknown`."""
    here = place(some, key)
    there = min(max(here + step, 0), len(some) - 1)
    found = list(some)
    found.insert(there, found.pop(here))
    return tuple(found)


def place(some: Sequence[Question], key: str) -> int:
    """Return where a question stands. Problem: `question.unknown`."""
    for number, each in enumerate(some):
        if each.key == key:
            return number
    raise Problem("question.unknown", key=key)


def of_round(session: Session, round_id: int, *, hold: bool = False) -> Evaluation | None:
    """Return the evaluation of a round's session, or None; with `hold` other writers of it wait."""
    query = select(Evaluation).where(Evaluation.round_id == round_id)
    return session.scalars(query.with_for_update() if hold else query).first()


def last_day_rows(session: Session) -> list[tuple[str, datetime]]:
    """Return the key of the round and the last moment of each evaluation that was sent."""
    query = select(Round.key, Evaluation.closes_at).join(Round, Round.id == Evaluation.round_id)
    sent = query.where(Evaluation.opened_at.is_not(None))
    rows = session.execute(sent.order_by(Evaluation.id))
    return [(key, closes_at) for key, closes_at in rows if closes_at is not None]


def hold_of(session: Session, number: int) -> None:
    """Let other writers of the evaluation of a person wait, those who answer it too."""
    of_person = select(EvaluationPerson.evaluation_id).where(EvaluationPerson.id == number)
    session.scalar(select(Evaluation.id).where(Evaluation.id.in_(of_person)).with_for_update())


def people_rows(session: Session, evaluation_id: int) -> list[EvaluationPerson]:
    """Return who is asked, in the order in which they were listed."""
    query = select(EvaluationPerson).where(EvaluationPerson.evaluation_id == evaluation_id)
    return list(session.scalars(query.order_by(EvaluationPerson.id)))


def person_row(session: Session, number: int, *, hold: bool = False) -> EvaluationPerson | None:
    """Return a person who is asked, with the evaluation, or None; with `hold` other writers of it wait."""
    query = select(EvaluationPerson).where(EvaluationPerson.id == number)
    query = query.options(joinedload(EvaluationPerson.evaluation))
    return session.scalars(query.with_for_update(of=EvaluationPerson) if hold else query).first()


def round_of(session: Session, evaluation: Evaluation) -> Round | None:
    """Return the round of an evaluation."""
    return session.get(Round, evaluation.round_id)


def add(session: Session, row: Evaluation | EvaluationPerson) -> None:
    """Store a new row."""
    session.add(row)
    session.flush()


def remove(session: Session, row: EvaluationPerson) -> None:
    """Take a person off the list."""
    session.delete(row)
    session.flush()


def take_sheets(session: Session, evaluation_id: int) -> list[dict[str, Any]]:
    """Return all answers of an evaluation, and delete their rows, to be written again."""
    found = sheet_rows(session, evaluation_id)
    session.execute(delete(EvaluationSheet).where(EvaluationSheet.evaluation_id == evaluation_id))
    return found


def numbers(session: Session) -> set[int]:
    """Return which numbers of answers are taken."""
    return set(session.scalars(select(EvaluationSheet.id)))


def keep_sheets(session: Session, evaluation_id: int, rows: list[tuple[int, dict[str, Any]]]) -> None:
    """Write answers under their numbers, in this order."""
    found = [{"id": number, "evaluation_id": evaluation_id, "said": said} for number, said in rows]
    session.execute(insert(EvaluationSheet), found)


def sheet_rows(session: Session, evaluation_id: int) -> list[dict[str, Any]]:
    """Return all answers, in the order of their numbers, which is one of chance."""
    query = select(EvaluationSheet.said).where(EvaluationSheet.evaluation_id == evaluation_id)
    return list(session.scalars(query.order_by(EvaluationSheet.id)))


def answered(session: Session, evaluation_id: int) -> int:
    """Return how many answered."""
    query = select(func.count()).where(EvaluationSheet.evaluation_id == evaluation_id)
    return session.scalar(query) or 0


def published_rows(session: Session, round_key: str) -> bool:
    """Return whether the evaluation of a round's session is public."""
    query = (
        select(Evaluation.id)
        .join(Round, Round.id == Evaluation.round_id)
        .where(Round.key == round_key, Evaluation.published_at.is_not(None))
    )
    return session.scalar(query) is not None


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
        refusals=tuple(_refusals(found, row, answered(work.session, row.id), small_cell)),
    )


def publish(work: Work, key: str, small_cell: int = SMALL_CELL) -> None:
    """Publish the evaluation as it is; it is made once.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.not_over`, those of `_refusals`.
    """
    require(work, "rounds.publish")
    found = rounds.hold(work, key)
    row = _over(work, found, hold=True)
    for problem in _refusals(found, row, answered(work.session, row.id), small_cell):
        raise problem
    content = {"format": FORMAT, "round": found.key, **_stored(work, row, small_cell, desk=False)}
    row.figures = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    row.sha256, row.published_at = record.digest(row.figures.encode()), work.now
    work.session.flush()
    work.record("evaluation.published", rounds.subject(found), {"sha256": row.sha256})


def published(work: Work, key: str) -> PublishedEvaluation:
    """Return the evaluation as it was published. Problem: `evaluation.unpublished`."""
    require(work, "published.read")
    found = public_rounds.opened(work, key)
    row = of_round(work.session, found.id)
    if row is None or row.figures is None or row.published_at is None:
        raise Problem("evaluation.unpublished")
    dialogue = dialogues.written(work, found)
    return PublishedEvaluation(
        public_rounds.card_of(work, found),
        dialogue.title,
        dialogue.starts_at,
        dialogue.zone,
        _published(row),
        row.published_at,
    )


def is_public(work: Work, key: str) -> bool:
    """Return whether the evaluation of a round's session is public."""
    require(work, "published.read")
    return published_rows(work.session, key)


def _over(work: Work, found: Round, *, hold: bool = False) -> Evaluation:
    row = or_problem(of_round(work.session, found.id, hold=hold), "evaluation.unprepared")
    if row.closes_at is None or work.now < row.closes_at:
        raise Problem("evaluation.not_over")
    return row


def _refusals(found: Round, row: Evaluation, answered: int, small_cell: int) -> Iterator[Problem]:
    if row.published_at is not None:
        yield Problem("evaluation.published")
    if found.state != rounds_State.PUBLISHED.value:
        yield Problem("evaluation.round")
    if answered < 2 * max(small_cell, 1):
        yield Problem("evaluation.few", least=2 * max(small_cell, 1), count=answered)


def _published(row: Evaluation) -> Figures:
    return read_kept(row.figures or "")


def _figures(work: Work, row: Evaluation, small_cell: int, *, desk: bool) -> Figures:
    return read_kept(_stored(work, row, small_cell, desk=desk))


def _stored(work: Work, row: Evaluation, small_cell: int, *, desk: bool) -> dict[str, Any]:
    """Return what would be kept of an evaluation."""
    sheets = sheet_rows(work.session, row.id)
    asked = sum(each.written_at is not None for each in people_rows(work.session, row.id))
    questions = read_questionnaire(row.questions)
    least = max(small_cell, 1)
    return {
        "asked": asked,
        "answered": len(sheets),
        "small_cell": least,
        "questions": stored(questions),
        "facts": told(questions, sheets, least, desk=desk),
    }


def told(
    questions: Sequence[Question], sheets: Sequence[dict[str, Any]], least: int, *, desk: bool
) -> dict[str, Any]:
    """Return what is told of these answers, each of which counts once."""
    voters = [answers_acts.Voter(1, 0, NOWHERE, said) for said in sheets]
    made = answers_acts.figures(
        questions, voters, len(sheets), [], answers_acts.Rules(least, coarse=not desk, desk=desk)
    )
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
    row = of_round(work.session, found.id)
    people = people_rows(work.session, row.id) if row else []
    return EvaluationDesk(
        round=rounds.line_of(found, sizes, work.now),
        dialogue=dialogues.view_of(work, found, dialogue),
        state=state_of(row, work.now),
        version=row.version if row else 0,
        questions=read_questionnaire(row.questions) if row else ready_made(work.languages),
        people=tuple(line_of(each) for each in people),
        answered=answered(work.session, row.id) if row else 0,
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
    row = of_round(work.session, rounds.round_line(work, key).id)
    people = people_rows(work.session, row.id) if row else []
    return Standing(
        state=state_of(row, work.now),
        written=sum(each.written_at is not None for each in people),
        answered=answered(work.session, row.id) if row else 0,
        closes_at=row.closes_at if row else None,
    )


def last_days(work: Work) -> list[tuple[str, datetime]]:
    """Return the last moment of each evaluation that was sent, with the key of its round."""
    require(work, "evaluation.read")
    return last_day_rows(work.session)


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
    if of_round(work.session, found.id) is not None:
        return
    row = Evaluation(
        round_id=found.id,
        questions=stored(ready_made(work.languages)),
        version=1,
        created_at=work.now,
    )
    add(work.session, row)
    work.record("evaluation.prepared", rounds.subject(found), {"questions": len(row.questions)})
    _gather(work, found, row)


def save_question(work: Work, key: str, question: Question) -> None:
    """Add a question at the end, or replace the one of its key.

    Problems: those of `_draft` and of `questionnaire.saved`.
    """
    found, row = _draft(work, key)
    some = saved(work, read_questionnaire(row.questions), question)
    _write(work, found, row, some)


def delete_question(work: Work, key: str, question: str) -> None:
    """Take a question out. Problems: those of `_draft`, `question.unknown`."""
    found, row = _draft(work, key)
    _write(work, found, row, without(read_questionnaire(row.questions), question))


def move_question(work: Work, key: str, question: str, step: int) -> None:
    """Move a question a place up (-1) or down (1). Problems: those of `_draft`, `question.unknown`."""
    found, row = _draft(work, key)
    _write(work, found, row, moved(read_questionnaire(row.questions), question, step))


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
    return or_problem(of_round(work.session, found.id, hold=True), "evaluation.unprepared")


def _write(work: Work, found: Round, row: Evaluation, some: Sequence[Question]) -> None:
    kept = stored(some)
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
    if not _takes(row, work.now) and answered(work.session, row.id):
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
    person = person_row(work.session, number, hold=True)
    if person is None or person.evaluation_id != row.id:
        raise Problem("evaluation.person")
    if person.written_at is not None:
        raise Problem("evaluation.written")
    remove(work.session, person)
    work.record("evaluation.listed", rounds.subject(found), {"added": 0, "removed": 1})


def _listing(work: Work, found: Round) -> Evaluation:
    row = held(work, found)
    if row.published_at is not None or (row.closes_at is not None and row.closes_at <= work.now):
        raise Problem("evaluation.over")
    return row


def _gather(work: Work, found: Round, row: Evaluation) -> int:
    return _add(work, found, row, [*_of_panel(work, found), *_of_members(work, found)])


def _add(work: Work, found: Round, row: Evaluation, people: Sequence[PersonCommand]) -> int:
    listed = {each.email for each in people_rows(work.session, row.id)}
    fresh = {each.email: each for each in reversed(people) if each.email not in listed}
    if len(listed) + len(fresh) > MOST_PEOPLE:
        raise Problem("evaluation.many", most=MOST_PEOPLE)
    for each in reversed(fresh.values()):
        add(
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
    came = [each for each in guests if each.state == Invited.ATTENDED.value]
    for each in came or [one for one in guests if Invited(one.state) in COMING]:
        person = each.nominee
        email = address(person.email) if person.consent_contact else None
        if email is not None:
            language = work.language(person.language)
            yield PersonCommand(person.name, person.organisation, email.lower(), language, "panel")


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
    row = person_row(work.session, link.subject_id)
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
    hold_of(work.session, work.actor.id or 0)  # before the person: the desk takes them in this order
    row = _own(work, hold=True)
    evaluation = row.evaluation
    if not _takes(evaluation, work.now):
        raise Problem("evaluation.over")
    if row.answered:
        raise Problem("evaluation.answered")
    questions = read_questionnaire(evaluation.questions)
    if asked != digest(questions):
        raise Problem("answers.foreign")
    found = questions_acts.read(questions, raw)
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
    found = [*take_sheets(work.session, evaluation.id), said]
    taken, fresh = numbers(work.session), set[int]()
    while len(fresh) < len(found):
        number = chance.randrange(NUMBERS) + 1
        fresh |= {number} - taken
    chance.shuffle(found)
    order = list(fresh)
    chance.shuffle(order)
    keep_sheets(work.session, evaluation.id, list(zip(order, found, strict=True)))


def hand_out(work: Work, key: str, email: str) -> str:
    """Return a link for a person who was written to, for a demonstration and for tests.

    Problem: `evaluation.person`.
    """
    require(work, "links.hand_out")
    row = of_round(work.session, rounds.known(work, key).id)
    for each in people_rows(work.session, row.id) if row else []:
        if each.email == email and each.written_at is not None:
            (token,) = door.give(work, EVALUATE, [door.Given(each.id)])
            return token
    raise Problem("evaluation.person")


def _own(work: Work, *, hold: bool = False) -> EvaluationPerson:
    return or_problem(person_row(work.session, work.actor.id or 0, hold=hold), "evaluation.person")


def _takes(row: Evaluation, now: datetime) -> bool:
    return row.opened_at is not None and row.closes_at is not None and now < row.closes_at


def _shown(work: Work, person: EvaluationPerson, least: int) -> OwnEvaluation:
    row = person.evaluation
    found = round_of(work.session, row)
    if found is None or row.closes_at is None:
        raise Problem("evaluation.person")
    return imagined(work, found, row, person.name, answered=person.answered, least=least)


def imagined(
    work: Work, found: Round, row: Evaluation | None, name: str, *, answered: bool = False, least: int
) -> OwnEvaluation:
    """Return the evaluation as a person of this name sees it; it may be a draft."""
    dialogue = dialogues.written(work, found)
    questions = read_questionnaire(row.questions) if row else ready_made(work.languages)
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
    row = of_round(work.session, found.id)
    return replace(imagined(work, found, row, name, least=least), takes_answers=True)


INVITATION, REMINDER = "evaluation_invitation", "evaluation_reminder"
ANSWERED = "evaluated"  # why a person is not reminded


def asking(work: Work, found: Round) -> Readers:
    """Return who would be asked to evaluate the session now: those listed who were not written to."""
    row = of_round(work.session, found.id)
    people = people_rows(work.session, row.id) if row else []
    told = [(TOLD, each.name) for each in people if each.written_at is not None]
    fresh = [_recipient(each) for each in people if each.written_at is None]
    return Readers(INVITATION, fresh, told, _preview)


def reminding(work: Work, found: Round) -> Readers:
    """Return who would be reminded now: those who were written to, have not answered, and had no reminder."""
    row = of_round(work.session, found.id)
    if row is None:
        return Readers(REMINDER, ())
    people = [each for each in people_rows(work.session, row.id) if each.written_at is not None]
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
    row = of_round(work.session, found.id, hold=True)
    people = people_rows(work.session, row.id) if row else []
    for problem in refusals(work, dialogue, row, people):
        raise problem
    if row is None:
        raise Problem("evaluation.unprepared")
    first = row.opened_at is None
    if first:
        row.closes_at, row.opened_at = end_of(work, dialogue, day), work.now
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
    row = held(work, found)
    if row.opened_at is None:
        raise Problem("evaluation.unsent")
    _require_open(row, work.now)
    silent = [
        each
        for each in people_rows(work.session, row.id)
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
    tokens = door.give(work, EVALUATE, [Given(each.id) for each in people], work.now + LIFE)
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
    person = or_problem(person_row(work.session, reader or 0), "mail.unknown")
    said = words(work, rounds.known(work, round_key), person.evaluation)
    return plain.shown(work, kind, language, post, (person.name, person.organisation), said)


def words(work: Work, found: Round, row: Evaluation) -> Words:
    """Return what a mail about the evaluation of a session says of it."""
    session = dialogues.written(work, found)
    return {
        language: {
            "session": work.best(session.title, language),
            "open_until": "\n".join(moments.everywhere(row.closes_at, (session.zone,), language))
            if row.closes_at
            else catalogue.mail_words(language)["no_date"].capitalize(),
        }
        for language in work.languages
    }


def _said(work: Work, message: Message, _reader: Reader) -> Words:
    person = person_row(work.session, message.facts["person"])
    found = round_of(work.session, person.evaluation) if person else None
    return words(work, found, person.evaluation) if person and found else {}


def _overtaken(work: Work, message: Message) -> str | None:
    """Return why nothing is sent: the person has answered, or no answers are taken any more."""
    person = person_row(work.session, message.facts["person"])
    if person is None or person.answered:
        return "mail.over"
    end = person.evaluation.closes_at
    return "mail.over" if end is None or end <= work.now else None


KINDS = (
    MailKind(
        "evaluation_invitation",
        N_("Evaluation of the session"),
        N_("When you send the evaluation of a session to those who took part."),
        places=("session", "open_until", "link"),
        needed=("link",),
        readers="others",
        overtaken=_overtaken,
        opens=(EVALUATE,),
        words=_said,
        asked_on=("secretariat.send_evaluation",),
    ),
    MailKind(
        "evaluation_reminder",
        N_("Reminder of the evaluation"),
        N_("When you remind those who have not answered, once."),
        places=("session", "open_until", "link"),
        needed=("link",),
        readers="others",
        overtaken=_overtaken,
        opens=(EVALUATE,),
        words=_said,
        asked_on=("secretariat.remind_evaluation",),
    ),
)

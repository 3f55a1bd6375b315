"""The evaluation of a session: questions and people at the desk, answers by a link, figures without names.

The desk gets rows. What an answer says is kept apart from who answered: no row leads from one to the other.
"""

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
from consulta.core.rounds import State as RoundState
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.core.typed import from_stored
from consulta.panel import dialogues, invitations
from consulta.platform import deadlines, door
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain
from consulta.platform.mailer.readers import TOLD
from consulta.platform.messages import N_
from consulta.platform.models import Evaluation, EvaluationPerson, EvaluationSheet, Round
from consulta.platform.parts import Part, uses
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
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Dialogue, Link, Message
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview
    from consulta.rounds.values import RoundCard, RoundLine


State = Literal["none", "draft", "open", "over", "published"]

FORMAT = "consulta-evaluation/1"
QUESTION_KINDS = ("one", "several", "scale", "number", "text")
NOWHERE = {"subregion": "", "country": "", "sector": ""}  # answers belong to no group
EVALUATE = "evaluate"  # the purpose of links; their subject is the person who is asked
LIFE = timedelta(days=365)  # of a link: after the last day it tells that answers are not taken any more
MOST_PEOPLE = 1000
NAME_MAX = 200
NUMBERS = 2**31 - 1  # among so many the number of an answer is drawn
INVITATION, REMINDER = "evaluation_invitation", "evaluation_reminder"
ANSWERED = "evaluated"  # why a person is not reminded
chance = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class PersonCommand:
    """A person who is to be asked; `email` in any form, `source` is `panel`, `member` or `hand`."""

    name: str
    organisation: str
    email: str
    language: str
    source: str = "hand"


@dataclass(frozen=True, slots=True)
class EvaluationDesk:
    """The evaluation of a session at the desk; while none is prepared, `row` is a new one, not stored.

    `people` tell whether they answered: a page shows that in sums only.
    """

    round: RoundLine
    zone: str
    row: Evaluation
    state: State
    questions: tuple[Question, ...]
    people: Sequence[EvaluationPerson]
    answered: int
    refusals: tuple[Problem, ...]  # why it cannot be sent for the first time

    @property
    def written(self) -> int:
        """Return how many people were written to."""
        return sum(each.written_at is not None for each in self.people)

    @property
    def may_send(self) -> bool:
        """Return whether it can be sent now: to all, or to those who were added."""
        added = self.written < len(self.people)
        return added if self.state == "open" else self.state == "draft" and not self.refusals

    @property
    def may_remind(self) -> bool:
        """Return whether there is anybody to remind."""
        return self.state == "open" and any(map(_is_silent, self.people))


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
class Facts:
    """What is told of the answers: `voted` people answered."""

    voted: int
    questions: tuple[Answered, ...]


def _questions(node: Node) -> tuple[Question, ...]:
    plain: list[Any] = [each.value for each in node.items()]
    return tuple(map(questions_acts.of_plain, plain))


@dataclass(frozen=True, slots=True)
class Figures:
    """An evaluation as it is kept: `asked` people were written to, `answered` of them answered."""

    questions: Annotated[tuple[Question, ...], _questions]
    asked: int
    answered: int
    small_cell: int
    facts: Facts


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


def _of_round(session: Session, round_id: int, *, hold: bool = False) -> Evaluation | None:
    """Return the evaluation of a round's session, or None; with `hold` other writers of it wait."""
    query = select(Evaluation).where(Evaluation.round_id == round_id)
    return session.scalars(query.with_for_update() if hold else query).first()


def _held(work: Work, found: Round) -> Evaluation:
    """Return the evaluation of a round's session, locked. Problem: `evaluation.unprepared`."""
    return or_problem(_of_round(work.session, found.id, hold=True), "evaluation.unprepared")


def _asked(row: Evaluation) -> tuple[Question, ...]:
    return tuple(map(questions_acts.of_plain, row.questions))


def _people(session: Session, row: Evaluation | None) -> Sequence[EvaluationPerson]:
    """Return who is asked, in the order in which they were listed; nobody where nothing is prepared."""
    query = select(EvaluationPerson).where(EvaluationPerson.evaluation_id == (row.id if row else None))
    return session.scalars(query.order_by(EvaluationPerson.id)).all()


def _person(session: Session, number: int | None, *, hold: bool = False) -> EvaluationPerson | None:
    """Return a person who is asked, with the evaluation, or None; with `hold` other writers of it wait."""
    query = select(EvaluationPerson).where(EvaluationPerson.id == number)
    query = query.options(joinedload(EvaluationPerson.evaluation))
    return session.scalars(query.with_for_update(of=EvaluationPerson) if hold else query).first()


def _sheets(session: Session, row: Evaluation) -> list[dict[str, Any]]:
    """Return all answers, in the order of their numbers, which is one of chance."""
    query = select(EvaluationSheet.said).where(EvaluationSheet.evaluation_id == row.id)
    return list(session.scalars(query.order_by(EvaluationSheet.id)))


def _answered(session: Session, row: Evaluation) -> int:
    """Return how many answered."""
    query = select(func.count()).where(EvaluationSheet.evaluation_id == row.id)
    return session.scalar(query) or 0


def _is_silent(person: EvaluationPerson) -> bool:
    """Return whether a person was written to, has not answered, and was not reminded."""
    return person.written_at is not None and not person.answered and person.reminded_at is None


# -- at the desk


def desk_page(work: Work, key: str) -> EvaluationDesk:
    """Return the evaluation of a round's session; the ready-made questions while none is prepared.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "evaluation.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    row = _of_round(work.session, found.id)
    people = _people(work.session, row)
    return EvaluationDesk(
        round=rounds.line_of(found, sizes, work.now),
        zone=dialogue.zone,
        row=row or Evaluation(version=0),
        state=_state_of(row, work.now),
        questions=_asked(row) if row else ready_made(work.languages),
        people=people,
        answered=_answered(work.session, row) if row else 0,
        refusals=tuple(_hindrances(work, dialogue, row, people)),
    )


def last_days(work: Work) -> list[tuple[str, datetime]]:
    """Return the last moment of each evaluation that was sent, with the key of its round."""
    require(work, "evaluation.read")
    query = select(Round.key, Evaluation.closes_at).join(Round, Round.id == Evaluation.round_id)
    sent = query.where(Evaluation.opened_at.is_not(None)).order_by(Evaluation.id)
    return [(key, closes_at) for key, closes_at in work.session.execute(sent) if closes_at is not None]


def _state_of(row: Evaluation | None, now: datetime) -> State:
    if row is None:
        return "none"
    if row.opened_at is None or row.closes_at is None:
        return "draft"
    if row.published_at is not None:
        return "published"
    return "open" if now < row.closes_at else "over"


def _hindrances(
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
    if _of_round(work.session, found.id) is not None:
        return
    questions = [questions_acts.plain(each) for each in ready_made(work.languages)]
    row = Evaluation(round_id=found.id, questions=questions, version=1, created_at=work.now)
    work.session.add(row)
    work.session.flush()
    work.record("evaluation.prepared", rounds.subject(found), {"questions": len(questions)})
    _gather(work, found, row)


def save_question(work: Work, key: str, question: Question) -> None:
    """Add a question at the end, or replace the one of its key.

    Problems: those of `_draft`, `question.kind` (governments are asked about with a vote),
    `question.unknown`, `questions.many`, those of `vote.questions.faults`.
    """
    found, row = _draft(work, key)
    kept = _asked(row)
    question = questions_acts.tidied(question)
    if question.kind not in QUESTION_KINDS:
        raise Problem("question.kind")
    for problem in faults(question, work.languages):
        raise problem
    if question.key:
        place(kept, question.key)
        _write(work, found, row, [question if each.key == question.key else each for each in kept])
        return
    if len(kept) >= MOST_QUESTIONS:
        raise Problem("questions.many", most=MOST_QUESTIONS)
    taken = {each.key for each in kept}
    fresh = next(f"e{number}" for number in range(1, 1000) if f"e{number}" not in taken)
    _write(work, found, row, [*kept, replace(question, key=fresh)])


def delete_question(work: Work, key: str, question: str) -> None:
    """Take a question out. Problems: those of `_draft`, `question.unknown`."""
    found, row = _draft(work, key)
    kept = list(_asked(row))
    del kept[place(kept, question)]
    _write(work, found, row, kept)


def move_question(work: Work, key: str, question: str, step: int) -> None:
    """Move a question a place up (-1) or down (1). Problems: those of `_draft`, `question.unknown`."""
    found, row = _draft(work, key)
    kept = list(_asked(row))
    here = place(kept, question)
    there = min(max(here + step, 0), len(kept) - 1)
    kept.insert(there, kept.pop(here))
    _write(work, found, row, kept)


def place(questions: Sequence[Question], key: str) -> int:
    """Return where a question stands. Problem: `question.unknown`."""
    for number, each in enumerate(questions):
        if each.key == key:
            return number
    raise Problem("question.unknown", key=key)


def _draft(work: Work, key: str) -> tuple[Round, Evaluation]:
    """Return the evaluation of a round's session while its questions may change.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.frozen`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = _held(work, found)
    if row.opened_at is not None:
        raise Problem("evaluation.frozen")
    return found, row


def _write(work: Work, found: Round, row: Evaluation, questions: Sequence[Question]) -> None:
    kept = [questions_acts.plain(each) for each in questions]
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
    of `_end_of`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = _held(work, found)
    if row.opened_at is None:
        raise Problem("evaluation.unsent")
    if row.published_at is not None:
        raise Problem("evaluation.published")
    if not _takes(row, work.now) and _answered(work.session, row):
        raise Problem("evaluation.read")
    row.closes_at = _end_of(work, dialogues.written(work, found), day)
    work.session.flush()
    work.record("evaluation.moved", rounds.subject(found), {"until": deadlines.as_text(row.closes_at)})


def _end_of(work: Work, dialogue: Dialogue, day: str) -> datetime:
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
    row = _held(work, found)
    person = _person(work.session, number, hold=True)
    if person is None or person.evaluation_id != row.id:
        raise Problem("evaluation.person")
    if person.written_at is not None:
        raise Problem("evaluation.written")
    work.session.delete(person)
    work.session.flush()
    work.record("evaluation.listed", rounds.subject(found), {"added": 0, "removed": 1})


def _listing(work: Work, found: Round) -> Evaluation:
    """Return the evaluation of which people may be listed."""
    row = _held(work, found)
    if row.published_at is not None or (row.closes_at is not None and row.closes_at <= work.now):
        raise Problem("evaluation.over")
    return row


def _gather(work: Work, found: Round, row: Evaluation) -> int:
    return _add(work, found, row, [*_of_panel(work, found), *_of_members(work, found)])


def _add(work: Work, found: Round, row: Evaluation, people: Sequence[PersonCommand]) -> int:
    listed = {each.email for each in _people(work.session, row)}
    fresh = {each.email: each for each in reversed(people) if each.email not in listed}
    if len(listed) + len(fresh) > MOST_PEOPLE:
        raise Problem("evaluation.many", most=MOST_PEOPLE)
    for each in reversed(fresh.values()):
        values = {name: getattr(each, name) for name in PersonCommand.__slots__}
        work.session.add(EvaluationPerson(evaluation_id=row.id, **values))
        work.session.flush()  # one by one: their numbers keep this order
    if fresh:
        work.record("evaluation.listed", rounds.subject(found), {"added": len(fresh), "removed": 0})
    return len(fresh)


def _of_panel(work: Work, found: Round) -> Iterator[PersonCommand]:
    """Yield those of the panel who took part and agreed to be written to.

    They are those who accepted, as long as it is written of none that it took part.
    """
    guests = invitations.page(work, found.key).guests
    came = [each for each in guests if each.state == Invited.ATTENDED.value]
    for each in came or [one for one in guests if Invited(one.state) is Invited.ACCEPTED]:
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
    row = _person(work.session, link.subject_id)
    if row is None or row.written_at is None or link.created_at < row.written_at:
        return None
    return Actor("participant", row.id, row.name)


PURPOSES = (
    Purpose(
        EVALUATE,
        way="e",
        subject=EvaluationPerson,
        role="participant",
        page="evaluation.own",
        texts="evaluation/door.html",
        reader=_participant,
        life=LIFE,
        part="evaluation",
    ),
)


def own(work: Work, least: int = SMALL_CELL) -> OwnEvaluation:
    """Return the evaluation for the person of the session. Problem: `evaluation.person`."""
    require(work, "evaluation.answer")
    person = or_problem(_person(work.session, work.actor.id), "evaluation.person")
    row = person.evaluation
    found = or_problem(work.session.get(Round, row.round_id), "evaluation.person")
    if row.closes_at is None:
        raise Problem("evaluation.person")
    return _seen_by(work, found, row, person.name, answered=person.answered, least=least)


def previewed(work: Work, key: str, name: str, least: int) -> OwnEvaluation:
    """Return the evaluation for an invented person. Problems: `round.unknown`, `dialogue.unknown`."""
    require(work, "evaluation.read")
    found = rounds.known(work, key)
    row = _of_round(work.session, found.id)
    return replace(_seen_by(work, found, row, name, least=least), takes_answers=True)


def _seen_by(
    work: Work, found: Round, row: Evaluation | None, name: str, *, answered: bool = False, least: int
) -> OwnEvaluation:
    """Return the evaluation as a person of this name sees it; it may be a draft."""
    dialogue = dialogues.written(work, found)
    questions = _asked(row) if row else ready_made(work.languages)
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


def answer(work: Work, raw: Mapping[str, Sequence[str]], asked: str) -> None:
    """Take the answers of the person of the session, once; `asked` names the questions of the form.

    Problems: `evaluation.person`, `evaluation.over`, `evaluation.answered`, `answers.foreign`,
    `evaluation.empty`, the first fault of an answer.
    """
    require(work, "evaluation.answer")
    # The evaluation is locked before the person: the desk takes them in this order.
    of_person = select(EvaluationPerson.evaluation_id).where(EvaluationPerson.id == work.actor.id)
    work.session.scalar(select(Evaluation.id).where(Evaluation.id.in_(of_person)).with_for_update())
    person = or_problem(_person(work.session, work.actor.id, hold=True), "evaluation.person")
    row = person.evaluation
    if not _takes(row, work.now):
        raise Problem("evaluation.over")
    if person.answered:
        raise Problem("evaluation.answered")
    questions = _asked(row)
    if asked != digest(questions):
        raise Problem("answers.foreign")
    found = questions_acts.read(questions, raw)
    for problem in found.faults.values():
        raise problem
    if not found.said:
        raise Problem("evaluation.empty")
    person.answered = True
    _keep(work.session, row, dict(found.said))


def _keep(session: Session, row: Evaluation, said: dict[str, Any]) -> None:
    """Store answers so that nothing tells whose they are: all sheets of the evaluation are written anew.

    The database itself remembers which rows one transaction wrote, and in which order they came. So each
    answer writes all answers again, in an order and under numbers of chance: those of before and this one.
    """
    found = [*_sheets(session, row), said]
    session.execute(delete(EvaluationSheet).where(EvaluationSheet.evaluation_id == row.id))
    taken, fresh = set(session.scalars(select(EvaluationSheet.id))), set[int]()
    while len(fresh) < len(found):
        number = chance.randrange(NUMBERS) + 1
        fresh |= {number} - taken
    chance.shuffle(found)
    order = list(fresh)
    chance.shuffle(order)
    sheets = zip(order, found, strict=True)
    session.execute(
        insert(EvaluationSheet),
        [{"id": number, "evaluation_id": row.id, "said": each} for number, each in sheets],
    )


def hand_out(work: Work, key: str, email: str) -> str:
    """Return a link for a person who was written to, for a demonstration and for tests.

    Problem: `evaluation.person`.
    """
    require(work, "links.hand_out")
    row = _of_round(work.session, rounds.known(work, key).id)
    for each in _people(work.session, row):
        if each.email == email and each.written_at is not None:
            (token,) = door.give(work, EVALUATE, [Given(each.id)])
            return token
    raise Problem("evaluation.person")


def _takes(row: Evaluation, now: datetime) -> bool:
    return row.opened_at is not None and row.closes_at is not None and now < row.closes_at


# -- the mails


def asking(work: Work, found: Round) -> Readers:
    """Return who would be asked to evaluate the session now: those listed who were not written to."""
    people = _people(work.session, _of_round(work.session, found.id))
    left_out = [(TOLD, each.name) for each in people if each.written_at is not None]
    fresh = [_recipient(each) for each in people if each.written_at is None]
    return Readers(INVITATION, fresh, left_out, _preview)


def reminding(work: Work, found: Round) -> Readers:
    """Return who would be reminded now: those who were written to, have not answered, and had no reminder."""
    people = _people(work.session, _of_round(work.session, found.id))
    silent = [_recipient(each) for each in people if _is_silent(each)]
    left_out = [
        (ANSWERED if each.answered else TOLD, each.name)
        for each in people
        if each.written_at is not None and not _is_silent(each)
    ]
    return Readers(REMINDER, silent, left_out, _preview)


def ask(work: Work, key: str, day: str = "") -> int:
    """Write to those listed who were not written to; return how many.

    The first time the questions are fixed, and answers are taken until the end of `day`.

    Problems: `round.unknown`, `dialogue.unknown`, those of `_hindrances`, of `_end_of`, `evaluation.over`,
    `evaluation.no_one`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found)
    row = _of_round(work.session, found.id, hold=True)
    people = _people(work.session, row)
    for problem in _hindrances(work, dialogue, row, people):
        raise problem
    row = or_problem(row, "evaluation.unprepared")
    first = row.opened_at is None
    if first:
        row.closes_at, row.opened_at = _end_of(work, dialogue, day), work.now
    fresh = [each for each in people if each.written_at is None]
    _queue(work, row, INVITATION, fresh)
    for each in fresh:
        each.written_at = work.now
    details = {"count": len(fresh), "until": deadlines.as_text(row.closes_at) if row.closes_at else ""}
    work.record("evaluation.opened" if first else "evaluation.sent", rounds.subject(found), details)
    return len(fresh)


def remind(work: Work, key: str) -> int:
    """Remind, once, those who have not answered; return how many.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.unsent`, `evaluation.over`,
    `evaluation.no_one`.
    """
    require(work, "evaluation.write")
    found = rounds.hold(work, key)
    row = _held(work, found)
    if row.opened_at is None:
        raise Problem("evaluation.unsent")
    silent = list(filter(_is_silent, _people(work.session, row)))
    _queue(work, row, REMINDER, silent)
    for each in silent:
        each.reminded_at = work.now
    work.record("evaluation.reminded", rounds.subject(found), {"count": len(silent)})
    return len(silent)


def _queue(work: Work, row: Evaluation, kind: str, people: Sequence[EvaluationPerson]) -> None:
    """Queue a mail with a link to each of these people. Problems: `evaluation.over`, `evaluation.no_one`."""
    if row.published_at is not None or row.closes_at is None or row.closes_at <= work.now:
        raise Problem("evaluation.over")
    if not people:
        raise Problem("evaluation.no_one")
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
    person = or_problem(_person(work.session, reader), "mail.unknown")
    words = _words(work, rounds.known(work, round_key), person.evaluation)
    return plain.shown(work, kind, language, post, (person.name, person.organisation), words)


def _words(work: Work, found: Round, row: Evaluation) -> Words:
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


def _message_words(work: Work, message: Message, _reader: Reader) -> Words:
    person = _person(work.session, message.facts["person"])
    found = work.session.get(Round, person.evaluation.round_id) if person else None
    return _words(work, found, person.evaluation) if person and found else {}


def _overtaken(work: Work, message: Message) -> str | None:
    """Return why nothing is sent: the person has answered, or no answers are taken any more."""
    person = _person(work.session, message.facts["person"])
    if person is None or person.answered:
        return "mail.over"
    end = person.evaluation.closes_at
    return "mail.over" if end is None or end <= work.now else None


def _mail(name: str, title: str, when: str, asked_on: str) -> MailKind:
    return MailKind(
        name,
        title,
        when,
        places=("session", "open_until", "link"),
        needed=("link",),
        readers="others",
        overtaken=_overtaken,
        opens=(EVALUATE,),
        words=_message_words,
        asked_on=(asked_on,),
        part="evaluation",
    )


KINDS = (
    _mail(
        INVITATION,
        N_("Evaluation of the session"),
        N_("When you send the evaluation of a session to those who took part."),
        "secretariat.send_evaluation",
    ),
    _mail(
        REMINDER,
        N_("Reminder of the evaluation"),
        N_("When you remind those who have not answered (once only)."),
        "secretariat.remind_evaluation",
    ),
)


# -- what came of it


def results_page(work: Work, key: str, small_cell: int = SMALL_CELL) -> ResultsDesk:
    """Return the answers for the secretariat, with what would be published of them.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.not_over`.
    """
    require(work, "evaluation.read")
    found, sizes = rounds.sized(work, key)
    row = _over(work, found)
    public = row.figures or _stored(work, row, small_cell, desk=False)
    return ResultsDesk(
        round=rounds.line_of(found, sizes, work.now),
        desk=from_stored(Figures, _stored(work, row, small_cell, desk=True)),
        public=from_stored(Figures, public),
        published_at=row.published_at,
        refusals=tuple(_refusals(work, found, row, small_cell)),
    )


def publish(work: Work, key: str, small_cell: int = SMALL_CELL) -> None:
    """Publish the evaluation as it is; it is made once.

    Problems: `round.unknown`, `evaluation.unprepared`, `evaluation.not_over`, those of `_refusals`.
    """
    require(work, "rounds.publish")
    found = rounds.hold(work, key)
    row = _over(work, found, hold=True)
    for problem in _refusals(work, found, row, small_cell):
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
    row = _of_round(work.session, found.id)
    if row is None or row.figures is None or row.published_at is None:
        raise Problem("evaluation.unpublished")
    dialogue = dialogues.written(work, found)
    return PublishedEvaluation(
        card=public_rounds.card_of(work, found),
        session=dialogue.title,
        starts_at=dialogue.starts_at,
        zone=dialogue.zone,
        figures=from_stored(Figures, row.figures),
        published_at=row.published_at,
    )


def is_public(work: Work, key: str) -> bool:
    """Return whether the evaluation of a round's session is public."""
    require(work, "published.read")
    query = select(Evaluation.id).join(Round, Round.id == Evaluation.round_id)
    query = query.where(Round.key == key, Evaluation.published_at.is_not(None))
    return uses(work, "evaluation") and work.session.scalar(query) is not None


def _over(work: Work, found: Round, *, hold: bool = False) -> Evaluation:
    row = or_problem(_of_round(work.session, found.id, hold=hold), "evaluation.unprepared")
    if row.closes_at is None or work.now < row.closes_at:
        raise Problem("evaluation.not_over")
    return row


def _refusals(work: Work, found: Round, row: Evaluation, small_cell: int) -> Iterator[Problem]:
    """Yield what prevents a publication."""
    if row.published_at is not None:
        yield Problem("evaluation.published")
    if found.state != RoundState.PUBLISHED.value:
        yield Problem("evaluation.round")
    answered, least = _answered(work.session, row), 2 * max(small_cell, 1)
    if answered < least:
        yield Problem("evaluation.few", least=least, count=answered)


def _stored(work: Work, row: Evaluation, small_cell: int, *, desk: bool) -> dict[str, Any]:
    """Return what would be kept of an evaluation; `Figures` reads it."""
    sheets, questions = _sheets(work.session, row), _asked(row)
    least = max(small_cell, 1)
    return {
        "asked": sum(each.written_at is not None for each in _people(work.session, row)),
        "answered": len(sheets),
        "small_cell": least,
        "questions": [questions_acts.plain(each) for each in questions],
        "facts": told(questions, sheets, least, desk=desk),
    }


def told(
    questions: Sequence[Question], sheets: Sequence[dict[str, Any]], least: int, *, desk: bool
) -> dict[str, Any]:
    """Return what is told of these answers, each of which counts once; `Facts` reads it."""
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


def _running(work: Work) -> Sequence[Text]:
    """Return the titles of the rounds whose session people evaluate now."""
    query = select(Round.title).join(Evaluation, Evaluation.round_id == Round.id)
    query = query.where(Evaluation.opened_at.is_not(None), Evaluation.closes_at > work.now)
    return work.session.scalars(query).all()


PARTS = (
    Part(
        "evaluation",
        "after",
        N_("Evaluation"),
        N_("Those who took part answer a few questions about the session."),
        running=_running,
    ),
)

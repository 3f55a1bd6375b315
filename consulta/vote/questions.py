"""Questions of a round and answers to them: frozen values, no rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

from sqlalchemy import bindparam, func, select

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import NOTHING, Text
from consulta.core.trust import record
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.messages import N_
from consulta.platform.models import (
    AnswerSheet,
    Ballot,
    CurrentBallot,
    LocalGovernment,
    QuestionFigures,
    Round,
    Seat,
)
from consulta.platform.models import Question as Row
from consulta.platform.models import Question as models_Question
from consulta.platform.models.conditions import still_counts
from consulta.platform.parts import Part
from consulta.platform.texts import line, paragraphs
from consulta.rounds.service import draft, known, line_of, sized, subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundCard, RoundLine
    from consulta.vote.answers import Facts


Kind = Literal["one", "several", "scale", "number", "text", "governments"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Answer = Any
"""The number of an option, several of them, a step, a number as text with a point, words, or governments."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question; its kind says which of the fields after `required` are meant.

    `most`: of how many options, or how many characters, an answer has at most. `shown`: what is written is
    published, without the name of the organisation.
    """

    key: str
    kind: Kind
    text: Text
    help: Text = NOTHING
    required: bool = False
    options: tuple[Text, ...] = ()
    most: int = 0
    steps: int = 0
    low: Text = NOTHING
    high: Text = NOTHING
    least: int = 0
    greatest: int = 0
    decimals: int = 0
    unit: Text = NOTHING
    shown: bool = False


@dataclass(frozen=True, slots=True)
class QuestionsView:
    """The questions of a round at the desk."""

    round: RoundLine
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class GovernmentLine:
    """A local government; `spellings` are other ones of it, `alike` those that may be the same."""

    number: int
    name: str
    country: str | None
    spellings: tuple[str, ...] = ()
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The questions of a round for one organisation, with its answers so far.

    `digest` names the questions as they are: a form that was made of others is refused. `voted`: the
    organisation has a vote that counts, without which nothing is asked.
    """

    round_key: str
    round_title: Text
    secrecy: str
    example: bool
    seat: str
    organisation: str
    here: str
    zone: str
    closes_at: datetime
    takes_answers: bool
    voted: bool
    questions: tuple[Question, ...]
    digest: str
    said: Mapping[str, Answer] = field(default_factory=dict)
    version: int = 0
    answered_at: datetime | None = None
    unread: bool = False  # the reader could not vote yet when the answers were sent: they are not shown
    themes: tuple[tuple[str, Text], ...] = ()  # for which governments are asked
    governments: Mapping[int, GovernmentLine] = field(default_factory=dict)  # that can be chosen


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The answers of a counted round at the desk; `facts`: what `figures` made."""

    round: RoundLine
    secrecy: str
    questions: tuple[Question, ...]
    facts: Facts
    themes: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class PublishedAnswers:
    """The answers of a published round, as they were published."""

    card: RoundCard
    secrecy: str
    questions: tuple[Question, ...]
    facts: Facts
    themes: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class NamedGovernment:
    """A government that organisations named for a topic; figures are None where too few did.

    `code`: of the State, or of the country of a local government where it is known.
    """

    kind: str  # n: national, l: local
    code: str | None
    name: str  # of a local government
    count: int | None
    weighted: float | None
    number: int | None = None  # of a local government in the list

    @property
    def key(self) -> str:
        """Return what a nominee of this government has as its government."""
        return str(self.number) if self.number is not None else self.code or ""


@dataclass(frozen=True, slots=True)
class Read:
    """Answers as they were read from a form, and what is wrong with some of them, by the question's key."""

    said: Mapping[str, Answer]
    faults: Mapping[str, Problem]


MOST_QUESTIONS = 12
TEXT_MAX, HELP_MAX, OPTION_MAX, END_MAX, UNIT_MAX = 300, 500, 200, 60, 40
MOST_OPTIONS = 30
STEPS = (3, 10)
FURTHEST = 1_000_000_000
DECIMALS = (0, 1, 2)
LENGTHS = (20, 1000)


def options_of(lines: Mapping[str, str], languages: Sequence[str]) -> tuple[Text, ...]:
    """Return the options that are written one a line in each language; the first language has them all.

    Problem: `question.uneven` where another language has some, but not as many.
    """
    said = {language: [each for row in lines.get(language, "").splitlines() if (each := line(row))]
            for language in languages}  # fmt: skip
    first = said[languages[0]]
    for language in languages[1:]:
        if said[language] and len(said[language]) != len(first):
            raise Problem("question.uneven", language=language, have=len(said[language]), want=len(first))
    columns = (said[language] for language in languages)
    return tuple(Text(zip(languages, row, strict=True)) for row in zip_longest(*columns, fillvalue=""))


def faults(question: Question, languages: Sequence[str]) -> Iterator[Problem]:
    """Yield what keeps a question from being asked.

    Problems: `question.kind`, `.text`, `.long`, `.few`, `.many`, `.twice`, `.most`, `.steps`, `.ends`,
    `.range`, `.decimals`, `.length`.
    """
    if question.kind not in KINDS:
        yield Problem("question.kind")
        return
    if not question.text.into(languages[0]):
        yield Problem("question.text")
    yield from _too_long(question)
    yield from OF_KIND[question.kind](question, languages)


def _too_long(question: Question) -> Iterator[Problem]:
    limits = [(question.text, TEXT_MAX), (question.help, HELP_MAX), (question.unit, UNIT_MAX)]
    limits += [(end, END_MAX) for end in (question.low, question.high)]
    limits += [(option, OPTION_MAX) for option in question.options]
    for text, most in limits:
        if any(len(said) > most for said in text.values()):
            yield Problem("question.long", most=most)


def _of_scale(question: Question, languages: Sequence[str]) -> Iterator[Problem]:
    if not STEPS[0] <= question.steps <= STEPS[1]:
        yield Problem("question.steps", least=STEPS[0], most=STEPS[1])
    if not (question.low.into(languages[0]) and question.high.into(languages[0])):
        yield Problem("question.ends")


def _of_number(question: Question, _languages: Sequence[str]) -> Iterator[Problem]:
    if not -FURTHEST <= question.least < question.greatest <= FURTHEST:
        yield Problem("question.range")
    if question.decimals not in DECIMALS:
        yield Problem("question.decimals")


def _of_text(question: Question, _languages: Sequence[str]) -> Iterator[Problem]:
    if not LENGTHS[0] <= question.most <= LENGTHS[1]:
        yield Problem("question.length", least=LENGTHS[0], most=LENGTHS[1])


def _of_options(question: Question, languages: Sequence[str]) -> Iterator[Problem]:
    count = len(question.options)
    if count < 2:  # noqa: PLR2004 - one option is no choice
        yield Problem("question.few")
    if count > MOST_OPTIONS:
        yield Problem("question.many", most=MOST_OPTIONS)
    for language in languages:
        seen: set[str] = set()
        for option in question.options:
            said = option.into(language)
            if said and (fold(said) or said) in seen:
                yield Problem("question.twice", text=said)
                break
            seen.add(fold(said) or said)
    if question.kind == "several" and not 2 <= question.most <= max(count, 2):  # noqa: PLR2004 - or it is `one`
        yield Problem("question.most", count=count)


OF_KIND: dict[str, Callable[[Question, Sequence[str]], Iterator[Problem]]] = {
    "one": _of_options,
    "several": _of_options,
    "scale": _of_scale,
    "number": _of_number,
    "text": _of_text,
    "governments": lambda _question, _languages: iter(()),
}


# -- answers


def read(questions: Sequence[Question], raw: Mapping[str, Sequence[str]], themes: Sequence[str] = ()) -> Read:
    """Return the answers in the fields of a form, by the key of the question, and what is wrong with them.

    `themes`: those for which governments are asked. Problems: `answers.required`, those of `answer` and of
    `naming.read`.
    """
    said: dict[str, Answer] = {}
    wrong: dict[str, Problem] = {}
    for question in questions:
        try:
            if question.kind == "governments":
                found = read_naming(question.key, raw, themes) or None
            else:
                found = answer(question, raw.get(question.key, ()))
        except Problem as problem:
            wrong[question.key] = problem
            continue
        if found is not None:
            said[question.key] = found
        elif question.required:
            wrong[question.key] = Problem("answers.required")
    return Read(said, wrong)


def answer(question: Question, raw: Sequence[str]) -> Answer | None:
    """Return the answer that a form's values give; None where there is none.

    Problems: `answers.option`, `answers.most`, those of `number`, `answers.long`.
    """
    given = [each for each in raw if each.strip()]
    if not given:
        return None
    match question.kind:
        case "one":
            return _option(given[0], len(question.options))
        case "scale":
            return _option(given[0], question.steps)
        case "several":
            found = sorted({_option(each, len(question.options)) for each in given})
            if len(found) > question.most:
                raise Problem("answers.most", most=question.most, count=len(found))
            return found
        case "number":
            return _number(question, given[0])
        case _:
            text = paragraphs(given[0])
            if len(text) > question.most:
                raise Problem("answers.long", most=question.most, count=len(text))
            return text or None


def _option(text: str, count: int) -> int:
    said = text.strip()
    number = int(said) if said.isascii() and said.isdecimal() and len(said) <= 3 else 0  # noqa: PLR2004
    if not 1 <= number <= count:
        raise Problem("answers.option")
    return number


_PLAIN = re.compile(r"-?\d+(?:[.,]\d+)?", re.ASCII)
_GROUPED = re.compile(r"-?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?", re.ASCII)


def number(text: str, decimals: int) -> Decimal:
    """Return the number that a person wrote, in the way of either side of the region.

    "1.000,5", "1,000.5", "1 000,5" and "1000.5" are one number. Of one sign before three figures ("1.000") it
    is not known whether it parts thousands or decimals: it parts thousands where no decimals are asked for.
    Problems: `answers.number`, `answers.ambiguous`, `answers.decimals`.
    """
    said = re.sub(r"(?<=\d)[\s'\u2019](?=\d{3}(?!\d))", "", line(text).replace("\N{MINUS SIGN}", "-"))
    signs = re.sub(r"[^.,]", "", said)
    if _GROUPED.fullmatch(said) and (len(signs) > 1 or not decimals):
        thousands = signs[0]
        plain = said.replace(thousands, "").replace(",", ".")
    elif _GROUPED.fullmatch(said):
        raise Problem("answers.ambiguous", plain=said.replace(signs, ""), part=said.replace(signs, ".") + "0")
    elif _PLAIN.fullmatch(said):
        plain = said.replace(",", ".")
    else:
        raise Problem("answers.number")
    if len(plain) > 20:  # noqa: PLR2004 - longer than any number that a question allows
        raise Problem("answers.number")
    found = Decimal(plain).normalize()
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        raise Problem("answers.decimals" if decimals else "answers.whole", decimals=decimals)
    return found


def _number(question: Question, text: str) -> str:
    found = number(text, question.decimals)
    if not question.least <= found <= question.greatest:
        raise Problem("answers.range", least=question.least, greatest=question.greatest)
    return f"{found:f}"


_COUNTS = (still_counts(CurrentBallot.ballot_id), Ballot.abstains.is_(False))


_ASKED = select(func.count()).where(models_Question.round_id == bindparam("round"))


class Said(NamedTuple):
    """The answers of a seat whose vote counts, with what its weight depends on."""

    organisation: str
    country: str
    categories: dict[str, str]
    base: int
    said: dict[str, Any]
    ranking: list[Any]


def question_rows(session: Session, round_id: int) -> list[models_Question]:
    """Return the questions of a round in their order."""
    query = (
        select(models_Question)
        .where(models_Question.round_id == round_id)
        .order_by(models_Question.position, models_Question.id)
    )
    return list(session.scalars(query))


def asked(session: Session, round_id: int) -> int:
    """Return how many questions a round asks."""
    return session.scalar(_ASKED, {"round": round_id}) or 0


def add(session: Session, row: models_Question | AnswerSheet | QuestionFigures | LocalGovernment) -> None:
    """Store a new row."""
    session.add(row)
    session.flush()


def remove(session: Session, row: models_Question) -> None:
    """Delete a question."""
    session.delete(row)
    session.flush()


def sheet(session: Session, seat_id: int) -> AnswerSheet | None:
    """Return the answers of a seat, or None."""
    return session.scalars(select(AnswerSheet).where(AnswerSheet.seat_id == seat_id)).first()


def sheets(session: Session, round_id: int) -> list[Said]:
    """Return the answers of every seat whose vote counts, by the name of its organisation."""
    query = (
        select(Seat.name, Seat.country, Seat.categories, Seat.base, AnswerSheet.said, Ballot.ranking)
        .select_from(AnswerSheet)
        .join(Seat, Seat.id == AnswerSheet.seat_id)
        .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(AnswerSheet.round_id == round_id, *_COUNTS)
        .order_by(Seat.name, Seat.id)
    )
    return [Said(*row) for row in session.execute(query)]


def ballots(session: Session, round_id: int) -> int:
    """Return how many votes of a round count."""
    query = (
        select(func.count())
        .select_from(CurrentBallot)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Ballot.round_id == round_id, *_COUNTS)
    )
    return session.scalar(query) or 0


def local_governments(session: Session) -> list[LocalGovernment]:
    """Return every local government that was written, in the order of arrival."""
    return list(session.scalars(select(LocalGovernment).order_by(LocalGovernment.id)))


def open_since(session: Session) -> datetime | None:
    """Return when the first of the rounds opened that are open now; None where none is."""
    return session.scalar(select(func.min(Round.opened_at)).where(Round.state == "open"))


def figures(session: Session, round_id: int) -> QuestionFigures | None:
    """Return what was published of the answers of a round, or None."""
    return session.scalars(select(QuestionFigures).where(QuestionFigures.round_id == round_id)).first()


def keep_figures(session: Session, round_id: int, content: str, sha256: str, at: datetime) -> None:
    """Store what is published of the answers of a round."""
    add(session, QuestionFigures(round_id=round_id, content=content, sha256=sha256, created_at=at))


NATIONAL, LOCAL = "n", "l"
MOST = 3  # of each, for a theme
NAME_MAX = 120
_WITH_COUNTRY = re.compile(r"(.+?)\s*(?:\(([^()]+)\)|,\s*([^,]+))$")
Named = dict[str, dict[str, list[str]]]


class Place(NamedTuple):
    """A local government: its name, and its country where that was written."""

    name: str
    country: str | None

    @property
    def key(self) -> str:
        """Return what makes two of them the same."""
        return f"{fold(self.name)}|{self.country or ''}"


def state(text: str) -> str | None:
    """Return the code of the State that a text means in any language, or None."""
    said = fold(text)
    if not said:
        return None
    names = _names()
    if said in names:
        return names[said]
    begun = {code for name, code in names.items() if name.startswith(said) and len(said) > 3}  # noqa: PLR2004 - shorter ones begin many names
    return begun.pop() if len(begun) == 1 else None


@cache
def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for country in catalogue.countries():
        for name in (*country.name.values(), *country.aliases, country.iso2):
            found[fold(name)] = country.iso2
    return found


def place(text: str) -> Place:
    """Return the local government that a text names: "Tapachula (México)", "Tapachula, México" or the name.

    Problems: `answers.place`.
    """
    said = line(text)
    if not fold(said) or len(said) > NAME_MAX:
        raise Problem("answers.place", most=NAME_MAX)
    found = _WITH_COUNTRY.fullmatch(said)
    country = state(found[2] or found[3]) if found else None
    return Place(found[1], country) if found and country else Place(said, None)


def read_naming(key: str, raw: Mapping[str, Sequence[str]], themes: Iterable[str]) -> Named:
    """Return the governments that a form names for each theme: codes of States, and local ones as written.

    Problems: `answers.state`, `answers.place`, `answers.most`.
    """
    found: Named = {}
    for theme in themes:
        states = [_state(each) for each in raw.get(f"{key}:{theme}:{NATIONAL}", ()) if each.strip()]
        places: dict[str, str] = {}
        for each in raw.get(f"{key}:{theme}:{LOCAL}", ()):
            if each.strip():
                places.setdefault(place(each).key, line(each))
        named = {NATIONAL: list(dict.fromkeys(states)), LOCAL: list(places.values())}
        if max(map(len, named.values())) > MOST:
            raise Problem("answers.most", most=MOST, count=max(map(len, named.values())))
        if any(named.values()):
            found[theme] = named
    return found


def _state(text: str) -> str:
    return or_problem(state(text), "answers.state", text=line(text)[:60])


NUMBERS = ("most", "steps", "least", "greatest", "decimals")
ENDS = ("low", "high", "unit")


def list_questions(work: Work, round_key: str) -> QuestionsView:
    """Return the questions of a round in their order. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = sized(work, round_key)
    return QuestionsView(line_of(found, sizes, work.now), of_round(work, found))


def of_round(work: Work, found: Round) -> tuple[Question, ...]:
    """Return the questions of a round in their order."""
    return tuple(question_of(row) for row in question_rows(work.session, found.id))


def save_question(work: Work, round_key: str, question: Question) -> str:
    """Add a question at the end, or replace the one of its key; return the key.

    Problems: `round.unknown`, `round.frozen`, `question.unknown`, `questions.many`, `questions.governments`
    (it is asked once), those of `faults`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    said = tidied(question)
    for problem in faults(said, work.languages):
        raise problem
    rows = question_rows(work.session, found.id)
    if said.kind == "governments" and any(r.kind == said.kind and r.key != question.key for r in rows):
        raise Problem("questions.governments")
    if question.key:
        row = _find(rows, question.key)
    else:
        if len(rows) >= MOST_QUESTIONS:
            raise Problem("questions.many", most=MOST_QUESTIONS)
        taken = {row.key for row in rows}
        key = next(f"p{number}" for number in range(1, 1000) if f"p{number}" not in taken)
        row = Row(round_id=found.id, key=key, position=len(rows) + 1, kind=said.kind)
    _fill(row, said)
    if not question.key:
        add(work.session, row)
    work.session.flush()
    action = "questions.edited" if question.key else "questions.added"
    work.record(action, subject(found), {"question": row.key, "kind": row.kind})
    return row.key


def delete_question(work: Work, round_key: str, key: str) -> None:
    """Delete a question of a draft. Problems: `round.unknown`, `round.frozen`, `question.unknown`."""
    require(work, "rounds.write")
    found = draft(work, round_key)
    rows = question_rows(work.session, found.id)
    row = _find(rows, key)
    rows.remove(row)
    remove(work.session, row)
    _question_number(rows)
    work.record("questions.deleted", subject(found), {"question": key})


def move_question(work: Work, round_key: str, key: str, step: Literal[-1, 1]) -> None:
    """Move a question one place up (-1) or down (1); at the end of the list it stays.

    Problems: `round.unknown`, `round.frozen`, `question.unknown`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    rows = question_rows(work.session, found.id)
    row = _find(rows, key)
    here = rows.index(row)
    there = min(max(here + step, 0), len(rows) - 1)
    if there == here:
        return
    rows.insert(there, rows.pop(here))
    _question_number(rows)
    work.record("questions.moved", subject(found), {"question": key})


def copy_questions(work: Work, round_key: str, source_key: str) -> int:
    """Copy the questions of another round into a draft that has none; return how many there are.

    Problems: `round.unknown`, `round.frozen`, `questions.present`.
    """
    require(work, "rounds.write")
    found, source = draft(work, round_key), known(work, source_key)
    if question_rows(work.session, found.id):
        raise Problem("questions.present")
    copied = of_round(work, source)
    for place, question in enumerate(copied, start=1):
        row = Row(round_id=found.id, key=f"p{place}", position=place, kind=question.kind)
        _fill(row, question)
        add(work.session, row)
    work.record("questions.copied", subject(found), {"count": len(copied), "source": source_key})
    return len(copied)


def freeze(work: Work, found: Round) -> None:
    """Record in the log the digest of the questions with which a round opens; nothing where it asks none."""
    questions = of_round(work, found)
    if questions:
        work.record(
            "questions.frozen",
            subject(found),
            {"count": len(questions), "questions_sha256": digest(questions)},
        )


def digest(questions: Sequence[Question]) -> str:
    """Return the digest of questions with all their words."""
    return record.digest(record.canonical([plain(each) for each in questions]))


def missing_words(work: Work, questions: Sequence[Question], language: str) -> list[str]:
    """Return the questions that lack some of their words in a language, each as it is called in another."""
    return [
        work.best(each.text, work.languages[0])
        for each in questions
        if any(text and not text.into(language) for text in _texts(each))
    ]


def plain(question: Question) -> dict[str, Any]:
    """Return a question as plain values, each text by language."""
    return {
        "key": question.key,
        "kind": question.kind,
        "text": dict(question.text),
        "help": dict(question.help),
        "required": question.required,
        **_details(question),
    }


def question_of(row: Row) -> Question:
    """Return a stored question."""
    facts = {name: getattr(row, name) for name in ("key", "kind", "text", "help", "required")}
    return of_plain({**row.details, **facts})


def of_plain(kept: Mapping[str, Any]) -> Question:
    """Return a question from plain values, as `plain` makes them."""
    more: dict[str, Any] = {name: Text(kept.get(name, {})) for name in ENDS}
    more |= {name: int(kept.get(name, 0)) for name in NUMBERS}
    return Question(
        key=kept["key"],
        kind=cast("Kind", kept["kind"]),
        text=Text(kept["text"]),
        help=Text(kept.get("help", {})),
        required=bool(kept.get("required")),
        options=tuple(Text(each) for each in kept.get("options", ())),
        shown=bool(kept.get("shown")),
        **more,
    )


def tidied(question: Question) -> Question:
    """Return a question with its words made fit to be kept, and nothing that its kind does not need."""
    said = replace(question, text=question.text.map(line), help=question.help.map(paragraphs))
    needed = {
        "one": ("options",),
        "several": ("options", "most"),
        "scale": ("steps", "low", "high"),
        "number": ("least", "greatest", "decimals", "unit"),
        "text": ("most", "shown"),
    }.get(said.kind, ())
    nothing = Question("", said.kind, said.text)
    dropped = {
        name: getattr(nothing, name) for name in ("options", "shown", *ENDS, *NUMBERS) if name not in needed
    }
    kept = {name: getattr(said, name).map(line) for name in ENDS if name in needed}
    return replace(said, **{**dropped, **kept})


def _details(question: Question) -> dict[str, Any]:
    ends = {name: dict(text) for name in ENDS if (text := getattr(question, name))}
    numbers = {name: value for name in NUMBERS if (value := getattr(question, name))}
    options = {"options": [dict(each) for each in question.options]} if question.options else {}
    return {**options, **ends, **numbers, **({"shown": True} if question.shown else {})}


def _fill(row: Row, question: Question) -> None:
    row.kind, row.text, row.help = question.kind, question.text, question.help
    row.required, row.details = question.required, _details(question)


def _texts(question: Question) -> tuple[Text, ...]:
    return (question.text, question.help, *question.options, question.low, question.high, question.unit)


def _find(rows: Sequence[Row], key: str) -> Row:
    for row in rows:
        if row.key == key:
            return row
    raise Problem("question.unknown", key=key)


def _question_number(rows: Sequence[Row]) -> None:
    for place, row in enumerate(rows, start=1):
        row.position = place


def _running(work: Work) -> Sequence[Text]:
    """Return the titles of the rounds that ask questions, or are about to, before they have closed."""
    asks = models_Question.round_id == Round.id
    query = select(Round.title).where(
        Round.state.in_(("draft", "open")), select(models_Question.id).where(asks).exists()
    )
    return work.session.scalars(query).all()


PARTS = (
    Part(
        "questions",
        "voting",
        N_("Questions of your own"),
        N_("Besides ranking themes, members answer questions: scales, options or text."),
        running=_running,
    ),
)

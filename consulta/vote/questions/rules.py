"""What a question must say to be asked, and what of a form is an answer to it.

It looks at one question at a time, and does not know who asks or answers.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform.data.folding import fold
from consulta.platform.texts import line, paragraphs
from consulta.vote.questions import naming
from consulta.vote.questions.values import KINDS, Read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from consulta.vote.questions.values import Answer, Question

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
                found = naming.read(question.key, raw, themes) or None
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

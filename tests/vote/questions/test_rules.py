"""What a question must say, and what of a form is an answer; numbers as the region writes them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulta.core.problems import Problem
from consulta.core.texts import NOTHING, Text
from consulta.vote import questions
from tests.asking import ALL, NUMBER, ONE, SCALE, SEVERAL, TEXT, words
from tests.cases import for_each

if TYPE_CHECKING:
    from consulta.vote.questions import Question

LANGUAGES = ("es", "en", "pt")


def codes(question: Question) -> list[str]:
    return [problem.code for problem in questions.faults(question, LANGUAGES)]


@for_each("question", ALL)
def test_a_whole_question_of_each_kind_can_be_asked(question: Question) -> None:
    assert codes(question) == []


@for_each(
    "question, code",
    [
        (replace(ONE, text=Text({"en": "Only in English"})), "question.text"),
        (replace(ONE, text=words("x" * 301)), "question.long"),
        (replace(ONE, options=(words("Sí"),)), "question.few"),
        (replace(ONE, options=()), "question.few"),
        (replace(ONE, options=(words("Sí"), words("SI"))), "question.twice"),
        (replace(ONE, options=tuple(words(f"opción {each}") for each in range(31))), "question.many"),
        (replace(SEVERAL, most=1), "question.most"),
        (replace(SEVERAL, most=5), "question.most"),
        (replace(SCALE, low=NOTHING), "question.ends"),
        (replace(SCALE, high=Text({"en": "a lot"})), "question.ends"),
        (replace(SCALE, steps=2), "question.steps"),
        (replace(SCALE, steps=11), "question.steps"),
        (replace(NUMBER, least=5, greatest=5), "question.range"),
        (replace(NUMBER, greatest=10**10), "question.range"),
        (replace(NUMBER, decimals=3), "question.decimals"),
        (replace(TEXT, most=19), "question.length"),
        (replace(TEXT, most=1001), "question.length"),
        (replace(ONE, kind="essay"), "question.kind"),
    ],
)
def test_what_a_question_lacks_is_named(question: Question, code: str) -> None:
    assert codes(question) == [code]


def test_options_are_lines_as_many_in_each_language() -> None:
    found = questions.options_of({"es": " Sí \n\nNo", "en": "Yes\nNo", "pt": ""}, LANGUAGES)
    assert [dict(each) for each in found] == [{"es": "Sí", "en": "Yes"}, {"es": "No", "en": "No"}]
    with pytest.raises(Problem) as refused:
        questions.options_of({"es": "Sí\nNo", "en": "Yes"}, LANGUAGES)
    assert refused.value.code == "question.uneven"


@for_each(
    "text, decimals, value",
    [
        ("1000", 0, "1000"),
        ("1.000", 0, "1000"),
        ("1,000", 0, "1000"),
        ("1 000", 0, "1000"),
        ("1\u00a0000", 0, "1000"),
        ("1'000", 0, "1000"),
        ("1.000.000", 0, "1000000"),
        ("1.000,5", 1, "1000.5"),
        ("1,000.5", 1, "1000.5"),
        ("1 000,5", 1, "1000.5"),
        ("1000.5", 1, "1000.5"),
        ("1000,50", 1, "1000.5"),
        ("2,5", 1, "2.5"),
        ("2.0", 0, "2"),
        ("-3", 0, "-3"),
        ("\u22123", 0, "-3"),
        ("0", 0, "0"),
        ("007", 0, "7"),
    ],
)
def test_a_number_is_read_as_either_side_of_the_region_writes_it(
    text: str, decimals: int, value: str
) -> None:
    assert questions.number(text, decimals) == Decimal(value)


@for_each(
    "text, decimals, code",
    [
        ("1.000", 1, "answers.ambiguous"),
        ("12,345", 2, "answers.ambiguous"),
        ("mil", 0, "answers.number"),
        ("1,2,3", 2, "answers.number"),
        ("1..5", 2, "answers.number"),
        ("1e6", 0, "answers.number"),
        ("9" * 60, 0, "answers.number"),
        ("٣", 0, "answers.number"),
        ("2,5", 0, "answers.whole"),
        ("2,55", 1, "answers.decimals"),
    ],
)
def test_what_is_no_number_or_could_be_two_is_refused(text: str, decimals: int, code: str) -> None:
    with pytest.raises(Problem) as refused:
        questions.number(text, decimals)
    assert refused.value.code == code


@given(st.integers(-(10**9), 10**9), st.sampled_from([".", ",", " ", ""]), st.integers(0, 99))
def test_every_number_comes_back_however_it_is_grouped(whole: int, sign: str, rest: int) -> None:
    grouped = f"{whole:,}".replace(",", sign)
    mark = {".": ",", ",": ".", " ": ",", "": "."}[sign]
    assert questions.number(f"{grouped}{mark}{rest:02d}", 2) == Decimal(f"{whole}.{rest:02d}")
    assert questions.number(grouped, 0) == whole


@for_each(
    "question, raw, answer",
    [
        (ONE, ["2"], 2),
        (ONE, [""], None),
        (SEVERAL, ["3", "1", "3"], [1, 3]),
        (SEVERAL, [], None),
        (SCALE, ["5"], 5),
        (NUMBER, ["1.000,5"], "1000.5"),
        (NUMBER, ["  "], None),
        (TEXT, [" Falta\x00  apoyo\r\n<b>ya</b> "], "Falta apoyo\n<b>ya</b>"),
        (TEXT, ["\x00"], None),
    ],
)
def test_an_answer_is_read_from_its_fields(question: Question, raw: list[str], answer: Any) -> None:
    assert questions.answer(question, raw) == answer


@for_each(
    "question, raw, code",
    [
        (ONE, ["4"], "answers.option"),
        (ONE, ["0"], "answers.option"),
        (ONE, ["x" * 50_000], "answers.option"),
        (SEVERAL, ["1", "2", "3"], "answers.most"),
        (SCALE, ["6"], "answers.option"),
        (NUMBER, ["1000001"], "answers.range"),
        (NUMBER, ["-1"], "answers.range"),
        (TEXT, ["x" * 50_000], "answers.long"),
    ],
)
def test_what_is_no_answer_is_refused_by_name(question: Question, raw: list[str], code: str) -> None:
    with pytest.raises(Problem) as refused:
        questions.answer(question, raw)
    assert refused.value.code == code


def test_only_what_is_needed_must_be_answered() -> None:
    asked = (replace(ONE, required=True), SCALE)
    found = questions.read(asked, {"p3": ["1"], "p9": ["of another page"]})
    assert dict(found.said) == {"p3": 1}
    assert {key: problem.code for key, problem in found.faults.items()} == {"p1": "answers.required"}

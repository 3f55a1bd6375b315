"""Public figures of a session replaced with a reason: what can stand beside former ones, and what is read."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consulta.core.problems import Problem
from consulta.platform.log import chain
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.sessions import attendance, factsheets
from consulta.sessions.attendance import Answers
from consulta.sessions.figures import beside, figures, left_out
from tests.closed import counted, mixed
from tests.deep import examples
from tests.factories import moment
from tests.held_sessions import ATTENDED, WORDS, publish, session_over, write
from tests.texts import both

if TYPE_CHECKING:
    from tests.benches import Visitor

KEY = "2027-1"
LEAST = 5
WHY = both("La lista de una delegación se cargó dos veces.", "One list was read twice.")
MORE = Answers("Ministerio", "PE", "gov_national", "woman")
PAGE = f"/es/secretariat/rounds/{KEY}/factsheet/figures"

PEOPLE = st.lists(
    st.builds(
        Answers,
        st.just("Red"),
        st.sampled_from(["PE", "MX", "JM", ""]),
        st.sampled_from(["ngo", "gov_national", "migrant_org"]),
        st.sampled_from(["woman", "man", "no_answer", None]),
    ),
    min_size=LEAST,
    max_size=60,
)


def over(bench: Bench) -> None:
    """A published factsheet."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",))
    write(bench, KEY)
    publish(bench, KEY)


def add(bench: Bench, answers: Answers, people: int) -> None:
    with bench.work(COMMAND, moment()) as work:
        attendance.add(work, KEY, answers, people)


def change(bench: Bench) -> int:
    with bench.work(COMMAND, moment()) as work:
        return factsheets.replace_figures(work, KEY, WHY)


def public(bench: Bench) -> factsheets.Factsheet:
    with bench.read(ANONYMOUS, moment()) as work:
        return factsheets.published(work, KEY)


def by_keys(lines: list[dict[str, Any]]) -> dict[tuple[str, ...], int]:
    return {tuple(line["keys"]): line["people"] for line in lines}


@settings(max_examples=examples(100))
@given(PEOPLE, PEOPLE, st.integers(0, 60))
def test_no_number_of_two_versions_differs_by_fewer_than_five(
    old: list[Answers], new: list[Answers], kept: int
) -> None:
    """`new` shares a part with `old`, so that small differences come about."""
    new = [*old[:kept], *new[: max(LEAST, 60 - kept)]]
    before, fresh = figures(old, LEAST), figures(new, LEAST)
    assert before is not None
    assert fresh is not None
    told = beside(fresh, [before], LEAST)
    difference = abs(len(new) - len(old))
    if 0 < difference < LEAST:
        assert told is None
        return
    assert told is not None
    lists = [(told["by_country"], before["by_country"]), (told["groups"], before["groups"])]
    lists += [
        (line["sectors"], each["sectors"])
        for line in told["groups"]
        for each in before["groups"]
        if line["keys"] == each["keys"]
    ]
    for now, then in lists:
        for mine, others in ((by_keys(now), by_keys(then)), (by_keys(then), by_keys(now))):
            for keys, number in mine.items() if now and then else ():
                apart = abs(number - others.get(keys, 0))
                assert apart == 0 or apart >= LEAST
    if told["gender"] and before["gender"] and told["gender"] != before["gender"]:
        change = Counter(by_keys(told["gender"]["lines"]))
        change.subtract(by_keys(before["gender"]["lines"]))
        assert abs(change[("woman",)]) >= LEAST
        assert abs(change[("man",)]) >= LEAST
    assert beside(fresh, [before, fresh], LEAST) == told, "again beside itself it is the same"
    assert set(left_out(fresh, told)) <= {"by_country", "groups", "sectors", "gender"}


def test_of_people_who_are_all_of_one_answer_gender_is_not_told() -> None:
    old = figures([person for person, number in ATTENDED.items() for _ in range(number)])
    new = figures([person for person, number in {**ATTENDED, MORE: 15}.items() for _ in range(number)])
    assert old is not None
    assert new is not None
    assert new["gender"]
    told = beside(new, [old])
    assert told is not None
    assert told["gender"] is None, "six more women of one ministry: each would be told"
    assert left_out(new, told) == ("gender",)
    assert by_keys(told["by_country"])[("PE",)] == by_keys(old["by_country"])[("PE",)] + 6


def test_figures_are_replaced_with_a_reason_and_the_words_stay(bench: Bench) -> None:
    over(bench)
    before = public(bench).figures
    write(bench, KEY, replace(WORDS, number=8))
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"figures\.unchanged"):
        factsheets.replace_figures(work, KEY, WHY)
    add(bench, MORE, 3)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"figures\.few"):
        factsheets.replace_figures(work, KEY, WHY)
    add(bench, MORE, 3)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"replaced\.reason"):
        factsheets.replace_figures(work, KEY, both("", "Only English."))
    assert change(bench) == 2
    sheet = public(bench)
    assert sheet.words.number == 7, "a draft of the words is not published with it"
    assert before is not None
    assert sheet.figures is not None
    assert (before.people, sheet.figures.people) == (48, 54)
    assert publish(bench, KEY) == 3
    assert public(bench).figures == sheet.figures, "later words keep the present figures"


def test_the_former_figures_stay_readable_with_the_reason(bench: Bench, visitor: Visitor) -> None:
    over(bench)
    add(bench, MORE, 6)
    change(bench)
    page = visitor.get(f"/en/rounds/{KEY}/factsheet").text
    assert WHY["en"] in page
    former = visitor.get(f"/en/rounds/{KEY}/factsheet/versions/1")
    assert former.status_code == 200
    assert "<dd>48</dd>" in former.text
    assert WHY["en"] in former.text
    assert "They met." not in former.text, "words of a former version are not handed out"
    for version in (2, 9):
        assert visitor.get(f"/en/rounds/{KEY}/factsheet/versions/{version}").status_code == 404
    with bench.read(COMMAND, moment()) as work:
        rows = [
            json.loads(each.details) for each in chain.acts(work.session, "round:1", "factsheet.published")
        ]
        assert [row.get("replaces") for row in rows] == [None, 1]
        assert "reason" not in json.dumps(rows)
        series = factsheets.of_round(work, KEY)
    assert series is not None
    assert series.people == 54


def test_the_desk_shows_both_and_what_is_left_out_before_it_asks_for_the_reason(
    bench: Bench, staff_visitor: Visitor
) -> None:
    over(bench)
    assert "es la base de las cifras que ya son públicas" in staff_visitor.get(PAGE).text
    add(bench, MORE, 2)
    assert "no se pueden publicar junto a las públicas" in staff_visitor.get(PAGE).text
    assert "factsheet/figures" in staff_visitor.get(PAGE.replace("/figures", "")).text
    add(bench, MORE, 4)
    page = staff_visitor.get(PAGE).text
    assert "las respuestas a la pregunta de género" in page
    refused = staff_visitor.submit(PAGE, {"typed": KEY, "reason_en": "A slip."})
    assert refused.status_code == 422
    assert "A slip." in refused.text
    assert staff_visitor.submit(PAGE, {"typed": KEY, "reason_es": "Un error."}).status_code == 303
    assert public(bench).version == 2

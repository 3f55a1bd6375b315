"""What is told of answers: the weights of the vote, a slow second version, small groups, files read back."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.models import AnswerSheet, Document, QuestionFigures, Round, Seat
from consulta.platform.web.language import speaking
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from consulta.vote import answers, answers_export
from consulta.vote.answers import Rules, Standing, Voter
from consulta.vote.pages import question_pictures
from tests.asking import ALL, KEY, ONE, SCALE, SEVERAL, TEXT, ask
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.deep import examples
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from consulta.platform.work import Bench, Work
    from tests.benches import Visitor

DESK = f"/es/secretariat/rounds/{KEY}/answers"
PUBLIC = f"/es/rounds/{KEY}/answers"


def said_by(number: int) -> dict[str, Any]:
    """Answers by a fixed rule; some organisations leave some out."""
    said: dict[str, Any] = {
        "p1": number % 3 + 1,
        "p2": sorted({number % 4 + 1, number % 2 + 1}),
        "p3": number * 7 % 5 + 1,
        "p4": f"{number * 137 % 1000}.5",
        "p5": f"Texto {number}; escriba a ana{number}@example.org o al +502 5555 1234",
    }
    return {key: value for key, value in said.items() if (number + len(key + str(value))) % 7}


def asked_round(bench: Bench, secrecy: str = "aggregate", size: int = 60, *, publish: bool = True) -> None:
    """A counted round whose organisations answered, published or not."""
    counted(bench, KEY, mixed(size, ("t1", "t2"), ("t2",), ("t3", "t1")), publish=False, secrecy=secrecy)
    ask(bench)
    with bench.work(COMMAND, moment()) as work:
        for number, seat in enumerate(work.session.scalars(select(Seat).order_by(Seat.position))):
            work.session.add(
                AnswerSheet(
                    round_id=seat.round_id, seat_id=seat.id, said=said_by(number), answered_at=moment()
                )
            )
    if publish:
        with bench.work(COMMAND, moment()) as work:
            results.publish(work, KEY)


def of_desk(bench: Bench) -> dict[str, Any]:
    with bench.read(COMMAND, moment()) as work:
        return {each.key: asdict(each) for each in answers.desk(work, KEY).facts.questions}


def of_public(bench: Bench) -> dict[str, Any]:
    with bench.read(ANONYMOUS, moment()) as work:
        return {each.key: asdict(each) for each in answers.published(work, KEY).facts.questions}


def by_hand(work: Work) -> list[tuple[Fraction, dict[str, Any]]]:
    """Weight and answers of each organisation, from bundle and result alone."""
    kept = {each.kind: json.loads(each.content) for each in work.session.scalars(select(Document))}
    micro = {
        tuple(sorted(cell["categories"].items())): cell["micro"]
        for cell in kept["result"]["weights"]["cells"]
    }
    dimensions = kept["result"]["weights"]["cells"][0]["categories"]
    voted = {ballot["seat"] for ballot in kept["bundle"]["ballots"]}
    sheets = dict(
        work.session.execute(
            select(Seat.pseudonym, AnswerSheet.said).join(AnswerSheet, AnswerSheet.seat_id == Seat.id)
        ).all()
    )
    return [
        (
            Fraction(
                seat["base"] * micro[tuple((name, seat["categories"][name]) for name in sorted(dimensions))]
            ),
            sheets[seat["seat"]],
        )
        for seat in kept["bundle"]["seats"]
        if seat["seat"] in voted
    ]


@pytest.mark.deep
def test_shares_are_weighted_as_the_votes_are(bench: Bench) -> None:
    asked_round(bench, publish=False)
    told = of_desk(bench)
    with bench.read(COMMAND, moment()) as work:
        voters = by_hand(work)
    for question in (ONE, SEVERAL, SCALE):
        some = [(weight, said[question.key]) for weight, said in voters if question.key in said]
        assert told[question.key]["answered"] == len(some)
        total = sum(weight for weight, _ in some)
        for row in told[question.key]["rows"]:
            chose = [
                weight for weight, said in some if row["code"] in (said if isinstance(said, list) else [said])
            ]
            assert row["count"] == len(chose)
            assert row["percent"] == pytest.approx(100 * len(chose) / len(some), abs=0.051)
            assert row["weighted"] == pytest.approx(float(100 * sum(chose) / total), abs=0.051)
    numbers = [(weight, float(said["p4"])) for weight, said in voters if "p4" in said]
    mean = sum(float(weight) * value for weight, value in numbers) / float(sum(w for w, _ in numbers))
    assert told["p4"]["mean"]["weighted"] == pytest.approx(mean)
    assert (
        told["p4"]["quantiles"]["plain"]["middle"] == sorted(v for _, v in numbers)[(len(numbers) - 1) // 2]
    )


@pytest.mark.deep
def test_bases_are_cells_of_their_own(bench: Bench) -> None:
    votes = [
        vote._replace(base=1 + number % 3) for number, vote in enumerate(mixed(60, ("t1", "t2"), ("t2",)))
    ]
    counted(bench, KEY, votes, {}, publish=False)
    ask(bench, [ONE])
    with bench.work(COMMAND, moment()) as work:
        for number, seat in enumerate(work.session.scalars(select(Seat).order_by(Seat.position))):
            said = {"p1": number % 3 + 1}
            work.session.add(
                AnswerSheet(round_id=seat.round_id, seat_id=seat.id, said=said, answered_at=moment())
            )
    with bench.read(COMMAND, moment()) as work:
        document = work.session.scalars(select(Document).where(Document.kind == "result")).one()
        cells = json.loads(document.content)["weights"]["cells"]
        micro = {(*sorted(cell["categories"].items()), cell["each"]): cell["micro"] for cell in cells}
        found = work.session.scalars(select(Round)).one()
        for voter, said in answers.answers_of(work, found):
            places = {name: said.categories[name] for name in cells[0]["categories"]}
            assert voter.weight == said.base * micro[(*sorted(places.items()), said.base)]


@pytest.mark.deep
def test_the_bundle_and_the_result_are_the_same_with_answers(bench: Bench) -> None:
    counted(bench, KEY, mixed(60, ("t1", "t2"), ("t2",)), publish=False, secrecy="aggregate")
    with bench.read(COMMAND, moment()) as work:
        before = {each.kind: each.content for each in work.session.scalars(select(Document))}
    ask(bench)
    with bench.work(COMMAND, moment()) as work:
        seat = work.session.scalars(select(Seat)).first()
        assert seat is not None
        work.session.add(
            AnswerSheet(round_id=seat.round_id, seat_id=seat.id, said={"p1": 1}, answered_at=moment())
        )
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        after = {each.kind: each.content for each in work.session.scalars(select(Document))}
    assert {kind: after[kind] for kind in before} == before
    assert "p1" not in {key for kind in after for key in re.findall(r'"(p1)"', after[kind])}


@pytest.mark.deep
def test_what_is_published_is_kept_and_no_later_change_is_seen(bench: Bench) -> None:
    asked_round(bench)
    told = of_public(bench)
    with bench.work(COMMAND, moment()) as work:
        row = work.session.scalars(select(QuestionFigures)).one()
        assert told == {each.key: asdict(each) for each in answers.read(row.content).questions}
        sheet = work.session.scalars(select(AnswerSheet)).first()
        assert sheet is not None
        sheet.said = {}
    assert of_public(bench) == told


@pytest.mark.deep
def test_a_round_without_questions_publishes_nothing_of_them(bench: Bench, visitor: Visitor) -> None:
    counted(bench, KEY, mixed(20, ("t1", "t2")), secrecy="open")
    assert visitor.get(PUBLIC).status_code == 404
    assert "/answers" not in visitor.get(f"/es/rounds/{KEY}/result").text


def test_before_the_count_there_are_no_figures(bench: Bench) -> None:
    counted(bench, KEY, mixed(20, ("t1",)), publish=False)
    ask(bench)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        found.state = "open"
    with bench.read(COMMAND, moment()) as work, pytest.raises(Problem) as refused:
        answers.desk(work, KEY)
    assert refused.value.code == "round.not_closed"


# -- what may be told


def voters_of(said: Sequence[tuple[int, str, dict[str, Any]]]) -> list[Voter]:
    return [
        Voter(
            weight,
            place,
            {"subregion": catalogue.subregion_of(country), "country": country, "sector": "ngo"},
            one,
        )
        for place, (weight, country, one) in enumerate(said)
    ]


def told_of(voters: list[Voter], question: Any, rules: Rules) -> dict[str, Any]:
    roll = [Standing(voter.categories, 2) for voter in voters]
    (one,) = answers.figures([question], voters, len(voters), roll, rules)["questions"]
    return dict(one)


def test_of_few_answers_nothing_is_told_but_beside_names() -> None:
    few = voters_of([(10, "PE", {"p1": 1})] * 4)
    assert told_of(few, ONE, Rules(5, coarse=False)) == {
        "key": "p1",
        "kind": "one",
        "answered": None,
        "told": False,
    }
    assert told_of(few, ONE, Rules(5, coarse=False, named=True))["told"]
    nine = voters_of([(10, "PE", {"p1": 1})] * 9)
    assert not told_of(nine, ONE, Rules(5, coarse=True))["told"]


def test_texts_are_without_addresses_and_in_an_order_of_their_own() -> None:
    texts = ["Zeta", "ana@example.org llama al +502 5555-1234", "Árbol", "beta", "https://x.example/y"]
    some = voters_of([(10, "PE", {"p5": text}) for text in texts])
    told = told_of(some, TEXT, Rules(5, coarse=True, named=True))["texts"]
    assert told == ["[…] llama al […]", "Árbol", "beta", "[…]", "Zeta"]
    assert len(told_of(some, TEXT, Rules(5, coarse=False, desk=True))["texts"]) == 5


def test_where_only_totals_are_public_small_counts_and_their_partners_are_hidden() -> None:
    said = [1] * 30 + [2] * 2 + [3] * 12
    some = voters_of([(10, "PE", {"p1": each}) for each in said])
    rows = {row["code"]: row for row in told_of(some, ONE, Rules(5, coarse=True))["rows"]}
    assert rows[2]["count"] is rows[2]["weighted"] is None
    assert rows[3]["count"] is None  # or the two would follow from all
    assert rows[1]["count"] == 30
    assert all(row["error"] is None for row in rows.values())


def test_where_few_did_not_answer_no_sum_and_no_share_tells_how_many(bench: Bench) -> None:
    """Of 60 votes 57 answered: what is published fits 56 and 58 as well."""
    said = [1] * 20 + [2] * 19 + [3] * 18
    places = ["PE", "CO", "MX", "GT", "JM", "HT"]
    some = voters_of([(10, places[n % 6], {"p1": each}) for n, each in enumerate(said)])
    roll = [Standing(voter.categories, 2) for voter in some]
    (told,) = answers.figures([ONE], some, 60, roll, Rules(5, coarse=True))["questions"]
    assert told["answered"] is None
    assert all(row["count"] is None and row["percent"] is not None for row in told["rows"])
    assert told["groups"]
    assert all(group["answered"] is None for group in told["groups"])


def test_without_names_the_weight_of_one_is_told_neither_to_the_public_nor_at_the_desk() -> None:
    """Weights and cells are public, or known at the desk: the share of one says which one it is."""
    said = [1] * 30 + [2] * 29 + [3]
    some = voters_of([(10 + n, "PE", {"p1": each}) for n, each in enumerate(said)])
    for rules in (Rules(5, coarse=True), Rules(5, coarse=False, desk=True)):
        rows = {row["code"]: row for row in told_of(some, ONE, rules)["rows"]}
        assert rows[3]["weighted"] is rows[3]["count"] is rows[3]["error"] is None
        assert rows[2]["weighted"] is rows[2]["count"] is None
    open_rows = told_of(some, ONE, Rules(5, coarse=False, named=True))["rows"]
    assert [row["count"] for row in open_rows] == [30, 29, 1]


def test_what_is_public_of_a_round_without_names_is_coarse(bench: Bench) -> None:
    asked_round(bench, "pseudonymous")
    told = of_public(bench)
    assert all(row["error"] is None for row in told["p1"]["rows"])
    assert all(
        row["weighted"] is None or row["weighted"] == int(row["weighted"]) for row in told["p1"]["rows"]
    )


@for_each("desk", [False, True])
def test_no_message_says_most_often_where_a_hidden_answer_was(app: Flask, desk: bool) -> None:
    said = [[1]] * 57 + [[1, 2]] * 2 + [[2]]
    said = [each if n % 3 else sorted({*each, 2}) for n, each in enumerate(said)]
    some = voters_of([(10, "PE", {"p2": each}) for each in said])
    roll = [Standing(voter.categories, 2) for voter in some]
    facts = answers.figures([SEVERAL], some, 60, roll, Rules(5, coarse=not desk, desk=desk))
    assert facts["questions"][0]["rows"][0]["weighted"] is None or not desk
    with app.test_request_context("/es/"):
        (one,) = question_pictures.shown([SEVERAL], answers.read(facts), {})
    assert SEVERAL.options[1]["es"] not in one.message


tables = st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=5)


@given(tables, st.booleans())
def test_no_hidden_cell_follows_from_its_row_or_column(counts: list[list[int]], rows: bool) -> None:
    shown = [[cell >= 5 for cell in row] for row in counts]
    answers.hide_partners(shown, counts, rows=rows)
    lines = [list(column) for column in zip(*shown, strict=True)] + (shown if rows else [])
    assert all(line.count(False) != 1 for line in lines)
    assert all(
        not flag
        for row, line in zip(counts, shown, strict=True)
        for cell, flag in zip(row, line, strict=True)
        if cell < 5
    )


people = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["PE", "CO", "MX", "GT", "JM", "HT"]), st.integers(1, 3)),
    min_size=12,
    max_size=80,
)


@settings(max_examples=examples(50))
@given(people, st.booleans())
def test_a_group_tells_only_what_five_chose_and_five_did_not(
    some: list[tuple[int, str, int]],
    coarse: bool,
) -> None:
    voters = voters_of([(weight, country, {"p1": option}) for weight, country, option in some])
    told = told_of(voters, ONE, Rules(5, coarse=coarse))
    for group in told.get("groups", ()):
        inside = [v for v in voters if v.categories[group["dimension"]] in group["categories"]]
        assert group["answered"] == len(inside) >= 5
        for code, share in enumerate(group["weighted"], start=1):
            chose = [voter for voter in inside if voter.said["p1"] == code]
            if share is not None:
                assert 5 <= len(chose) <= len(inside) - 5
                exact = 100 * sum(v.weight for v in chose) / sum(v.weight for v in inside)
                assert abs(share - exact) <= (5.001 if coarse else 0.501)
    if coarse and "rows" in told:
        hidden = [row for row in told["rows"] if row["count"] is None]
        assert len(hidden) != 1
        for row in told["rows"]:
            if row["weighted"] is not None:
                assert row["weighted"] == int(row["weighted"])


# -- pages and files


@pytest.mark.parametrize("secrecy", ["open", "pseudonymous", "aggregate"])
def test_desk_and_public_show_every_question(bench: Bench, staff_visitor: Visitor, secrecy: str) -> None:
    asked_round(bench, secrecy)
    desk = staff_visitor.get(DESK).text
    assert all(question.text["es"] in desk for question in ALL)
    page = staff_visitor.get(PUBLIC).text
    assert all(question.text["es"] in page for question in ALL)
    assert "example.org o al" not in page
    assert "5555" not in page
    assert PUBLIC in staff_visitor.get(f"/es/rounds/{KEY}/result").text
    picture = staff_visitor.get(f"{PUBLIC}/p1.svg")
    assert picture.mimetype == "image/svg+xml"
    assert staff_visitor.get(f"{PUBLIC}/p1.csv").status_code == 200
    assert staff_visitor.get(f"{PUBLIC}/p9.svg").status_code == 404
    assert (staff_visitor.get(f"{DESK}/answers.csv").status_code == 200) == (secrecy != "aggregate")


@pytest.mark.deep
@pytest.mark.parametrize("lang", ["es", "en"])
def test_what_a_message_says_is_what_the_figures_are(bench: Bench, staff_visitor: Visitor, lang: str) -> None:
    asked_round(bench, "open")
    told = of_public(bench)
    page = staff_visitor.get(f"/{lang}/rounds/{KEY}/answers").text
    best = max(told["p1"]["rows"], key=lambda row: row["weighted"])
    assert ONE.options[best["code"] - 1][lang] in page
    mean = f"{told['p3']['mean']['weighted']:.1f}"
    assert f" {mean.replace('.', ',') if lang == 'es' else mean}," in page


def taken(bench: Bench, kind: str) -> answers_export.Table:
    with bench.work(COMMAND, moment()) as work:
        return answers_export.table(work, KEY, kind, "es", 5)


def test_a_file_of_answers_is_read_back_with_its_labels_and_weights(bench: Bench) -> None:
    asked_round(bench, "open", publish=False)
    table = taken(bench, "answers")
    with zipfile.ZipFile(io.BytesIO(answers_export.zipped(table, "x"))) as container:
        data, r_text, spss = (container.read(f"x.{end}").decode("utf-8-sig") for end in ("csv", "R", "sps"))
    rows = list(csv.DictReader(io.StringIO(data)))
    assert tuple(rows[0]) == table.headings
    by_spss = _spss(spss)
    assert list(by_spss.names) == list(table.headings)
    assert by_spss.weight == "weight"
    assert by_spss.labels["p1"] == ONE.text["es"]
    assert by_spss.values["p1"] == {1: "Sí", 2: "No", 3: "Compartida"}
    assert by_spss.values["p2_1"] == {0: "no", 1: "yes"}
    assert by_spss.values["p3"][5] == "5 (mucho)"
    assert 'levels = c(1, 2, 3), labels = c("Sí", "No", "Compartida")' in r_text
    assert 'read.csv("x.csv"' in r_text
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        whole = answers.answers_of(work, found)
    assert len(rows) == len(whole)
    named = {said.organisation: (voter, said.said) for voter, said in whole}
    for row in rows:
        voter, said = named[row["organisation"]]
        assert float(row["weight"]) == pytest.approx(voter.weight / 1e6)
        assert row["p1"] == str(said.get("p1", ""))
        assert row["p4"] == (str(float(said["p4"])) if "p4" in said else "")
        assert row["p2_1"] == (str(int(1 in said["p2"])) if "p2" in said else "")
    told = of_desk(bench)["p1"]["rows"][0]
    some = [(float(row["weight"]), row["p1"]) for row in rows if row["p1"]]
    share = sum(weight for weight, said in some if said == "1") / sum(weight for weight, _ in some)
    assert told["weighted"] == pytest.approx(100 * share, abs=0.051)


def test_without_names_nothing_in_a_file_names_or_orders_organisations(bench: Bench) -> None:
    asked_round(bench, "pseudonymous", publish=False)
    table = taken(bench, "answers")
    assert not {"organisation", "country", "p5"} & set(table.headings)
    assert list(table.rows) == sorted(table.rows, key=lambda row: [(cell is None, str(cell)) for cell in row])


@settings(max_examples=examples(50))
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(["a", "b"]), st.sampled_from("xyz")),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 6),
)
def test_marks_beside_an_answer_are_those_of_enough_organisations(
    cells: list[tuple[int, str, str]], least: int
) -> None:
    """The weight stands for its cell, so it goes with the marks; what has none is enough, or all."""
    some = [
        Voter(weight, weight, {"subregion": subregion, "country": "PE", "sector": sector}, {})
        for weight, subregion, sector in cells
    ]
    told = answers_export.marked(some, least)
    marks = [
        (voter.weight, voter.categories["subregion"], voter.categories["sector"]) if mark else None
        for voter, mark in zip(some, told, strict=True)
    ]
    for mark in set(marks):
        assert marks.count(mark) >= least or len(set(marks)) == 1


def test_in_a_file_without_names_an_organisation_alone_in_its_cell_has_no_marks(bench: Bench) -> None:
    asked_round(bench, "pseudonymous", size=12, publish=False)
    table = taken(bench, "answers")
    marks = [row[:3] for row in table.rows]
    assert table.headings[:3] == ("subregion", "sector", "weight")
    assert all(marks.count(mark) >= 5 for mark in marks)
    assert (None, None, None) in marks


@pytest.mark.deep
def test_where_only_totals_are_public_there_are_only_tables(bench: Bench) -> None:
    asked_round(bench, "aggregate", publish=False)
    with pytest.raises(Problem) as refused:
        taken(bench, "answers")
    assert refused.value.code == "answers.totals"
    table = taken(bench, "tables")
    told = of_desk(bench)["p1"]["rows"][0]
    row = next(row for row in table.rows if row[0] == "p1" and row[3] == "Sí" and not row[2])
    assert row[5:8] == (told["count"], told["percent"], told["weighted"])


def test_a_workbook_is_read_back(bench: Bench, staff_visitor: Visitor) -> None:
    asked_round(bench, "open", publish=False)
    answer = staff_visitor.get(f"{DESK}/answers.xlsx")
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"
    assert staff_visitor.get(f"{DESK}/other.csv").status_code == 404


class _Spss:
    """What the syntax of SPSS says: names, labels, labels of values, weight."""

    def __init__(self, text: str) -> None:
        self.names: list[str] = []
        self.labels: dict[str, str] = {}
        self.values: dict[str, dict[int, str]] = {}
        self.weight = re.search(r"^WEIGHT BY (\w+)\.$", text, re.MULTILINE)[1] if "WEIGHT BY" in text else ""  # type: ignore[index]
        part, name = "", ""
        for line in text.splitlines():
            if line.startswith(("GET DATA", "VARIABLE LABELS", "VALUE LABELS", "WEIGHT")):
                part = line
            elif found := re.fullmatch(r"  (\w+) [AF][\d.]+", line):
                self.names.append(found[1])
            elif found := re.fullmatch(r"  (\w+) '((?:[^']|'')*)'", line):
                self.labels[found[1]] = found[2].replace("''", "'")
            elif part == "VALUE LABELS" and (found := re.fullmatch(r"  /?(\w+)", line)):
                name = found[1]
                self.values[name] = {}
            elif found := re.fullmatch(r"    (\d+) '((?:[^']|'')*)'", line):
                self.values[name][int(found[1])] = found[2].replace("''", "'")


def _spss(text: str) -> _Spss:
    return _Spss(text)


def test_figures_that_are_compared_are_told_to_the_same_digit(app: Flask) -> None:
    with app.test_request_context(), speaking("es"):
        assert question_pictures.alike(2.84, 2.8) == ["2,84", "2,80"]
        assert question_pictures.alike(2.0, 3.0) == ["2", "3"]
        assert question_pictures.alike(99.5, 100.25) == ["100", "100"]
        assert question_pictures.alike(None, 2.5) == [question_pictures.UNTOLD, "2,50"]

"""Priority governments: written, joined, counted with the weights, and shown beside candidates."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.panel import candidates
from consulta.platform.models import AnswerSheet, LocalGovernment, Round, Seat
from consulta.platform.work import COMMAND, Actor
from consulta.results import service as results
from consulta.vote import answers, questions
from consulta.vote.questions import Question
from tests.asking import KEY, ask, send, vote
from tests.benches import voter_visitor
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.factories import build_nominee, build_round, moment
from tests.polling import open_round
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

STAFF = Actor("secretariat", None, "Mariana")
GOVERNMENTS = Question("p1", "governments", both("¿Con qué gobiernos?", "With which governments?"))
LIST = "/es/secretariat/local-governments"


@for_each(
    "text, code",
    [
        ("México", "MX"),
        ("mexico", "MX"),
        ("Brazil", "BR"),
        ("BRASIL", "BR"),
        ("pe", "PE"),
        ("Guat", "GT"),
        ("Francia", None),
        ("", None),
        ("San", None),
    ],
)
def test_a_state_is_known_in_any_language(text: str, code: str | None) -> None:
    assert questions.state(text) == code


@for_each(
    "text, place",
    [
        ("Tapachula (México)", ("Tapachula", "MX")),
        ("Tapachula, Mexico", ("Tapachula", "MX")),
        ("  Tapachula  ", ("Tapachula", None)),
        ("San José, centro", ("San José, centro", None)),
        ("<b>Lima</b> (PE)", ("<b>Lima</b>", "PE")),
    ],
)
def test_a_local_government_is_a_name_and_perhaps_a_country(text: str, place: tuple[str, str | None]) -> None:
    assert questions.place(text) == place


@for_each("text", ["...", "x" * 50_000])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        questions.place(text)
    assert refused.value.code == "answers.place"


def answered(bench: Bench, raw: dict[str, list[str]]) -> dict[str, Any]:
    voter, _ = open_round(bench)
    ask(bench, [GOVERNMENTS])
    vote(bench, voter, entries=Entries({"t2": 1, "t1": 2}))
    send(bench, voter, raw)
    with bench.read(voter.actor, moment()) as work:
        return dict(answers.own(work, KEY).said)


def test_only_themes_of_the_vote_are_asked_and_the_list_grows(either: Bench) -> None:
    raw = {
        "p1:t2:n": ["México", "mexico", ""],
        "p1:t2:l": ["Tapachula (México)", "TAPACHULA, México", "Tapachula"],
        "p1:t5:n": ["Chile"],
    }
    said = answered(either, raw)
    assert said == {"p1": {"t2": {"n": ["MX"], "l": [1]}}}
    with either.read(COMMAND, moment()) as work:
        assert [row.name for row in work.session.scalars(select(LocalGovernment))] == ["Tapachula"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"p1:t1:n": ["Francia"]}, "answers.state"),
        ({"p1:t1:n": ["Chile", "Peru", "Cuba", "Haiti"]}, "answers.most"),
        ({"p1:t1:l": ["x" * 50_000]}, "answers.place"),
    ],
)
def test_what_cannot_be_read_is_refused(bench: Bench, raw: dict[str, list[str]], code: str) -> None:
    with pytest.raises(Problem) as refused:
        answered(bench, raw)
    assert refused.value.code == code


def test_it_is_asked_once_in_a_round(bench: Bench) -> None:
    with bench.work(STAFF, moment()) as work:
        build_round(work.session, KEY)
        new = Question("", "governments", GOVERNMENTS.text)
        questions.save_question(work, KEY, new)
        with pytest.raises(Problem) as refused:
            questions.save_question(work, KEY, new)
    assert refused.value.code == "questions.governments"


def test_a_page_of_governments_is_filled_in_and_shown_again(app: Flask, bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench, [GOVERNMENTS])
    vote(bench, voter)
    visitor = voter_visitor(app, voter.token)
    page = f"/es/ballot/{KEY}/questions"
    first = visitor.get(page)
    assert 'name="a-p1:t1:n"' in first.text
    assert 'name="a-p1:t3:n"' not in first.text
    asked = {"asked": questions.digest((GOVERNMENTS,)), "seen": "0"}
    wrong = visitor.submit(page, {**asked, "a-p1:t1:n": ["Francia"], "a-p1:t1:l": ["<i>Cúcuta</i>"]})
    assert wrong.status_code == 422
    assert "Francia" in wrong.text
    assert "&lt;i&gt;Cúcuta" in wrong.text
    right = {**asked, "a-p1:t1:n": ["Perú", "Chile"], "a-p1:t2:l": ["Cúcuta (Colombia)"]}
    assert visitor.submit(page, right).status_code == 303
    again = visitor.get(page).text
    assert 'value="Perú"' in again
    assert 'value="Cúcuta (Colombia)"' in again


def test_staff_are_asked_for_every_theme_and_learn_no_order(bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench, [GOVERNMENTS])
    vote(bench, voter)
    with bench.read(STAFF, moment()) as work:
        view = answers.for_seat(work, KEY, voter.seat)
    assert [theme for theme, _title in view.themes] == ["t1", "t2", "t3", "t4", "t5", "t6"]


def test_spellings_are_pointed_out_joined_and_parted(bench: Bench, staff_visitor: Visitor) -> None:
    names = (
        "Tapachula (México)",
        "Municipio de Tapachula (México)",
        "Cúcuta (Colombia)",
        "Cucúta (Colombia)",
    )
    with bench.work(STAFF, moment()) as work:
        kept = answers.keep(work, {"t1": {"n": [], "l": list(names[:3])}, "t2": {"n": [], "l": [names[3]]}})
        assert kept["t2"]["l"] == [3]  # folded, it is the same
        lines = {line.name: line for line in answers.listed(work)}
    assert lines["Tapachula"].alike == (2,)
    assert lines["Cúcuta"].alike == ()
    assert "Tapachula" in staff_visitor.get(LIST).text
    first, second = (marked(staff_visitor, name) for name in ("Tapachula (México)", "Municipio de Tapachula"))
    assert staff_visitor.submit(LIST, {"into": first}, to=f"{LIST}/{second}").status_code == 303
    with bench.read(STAFF, moment()) as work:
        assert answers.roots(work)[2].name == "Tapachula"
        assert answers.listed(work)[1].spellings == ("Municipio de Tapachula",)
    assert staff_visitor.submit(LIST, {}, to=f"{LIST}/{second}").status_code == 303
    with bench.read(STAFF, moment()) as work:
        assert answers.roots(work)[2].number == 2
    for number, into in ((1, 1), (1, 99), (99, 1)):
        with bench.work(STAFF, moment()) as work, pytest.raises(Problem):
            answers.join(work, number, into)


def marked(staff_visitor: Visitor, name: str) -> str:
    """How the page calls a local government."""
    page = staff_visitor.get(LIST).text
    return re.findall(rf'<option value="(\d+)">{re.escape(name)}', page)[0]


def test_nothing_on_the_page_tells_in_which_order_they_came(bench: Bench, staff_visitor: Visitor) -> None:
    """Staff see when organisations vote; answers follow a vote, so numbers would say whose each is."""
    with bench.work(STAFF, moment()) as work:
        names = ["Zapala (Argentina)", "Cúcuta (Colombia)", "Arica (Chile)", "Municipio de Arica (Chile)"]
        answers.keep(work, {"t1": {"n": [], "l": names[:3]}, "t2": {"n": [], "l": names[3:]}})
    page = staff_visitor.get(LIST).text
    values = {name: re.findall(rf'<option value="(\d+)">{re.escape(name)}', page)[0] for name in names}
    assert len(set(values.values())) == 4
    assert not {"1", "2", "3", "4"} & set(values.values())
    assert not re.search(r"local-governments/[1-4]\"", page)


def asked_round(bench: Bench, secrecy: str = "aggregate") -> None:
    """A counted round; half name Mexico and Tapachula for its topic, a third Guatemala, one Chile."""
    counted(bench, KEY, mixed(60, ("t1", "t2"), ("t1",), ("t1", "t3")), publish=False, secrecy=secrecy)
    ask(bench, [GOVERNMENTS])
    with bench.work(COMMAND, moment()) as work:
        answers.keep(work, {"t1": {"n": [], "l": ["Tapachula (México)", "Alcaldía de Tapachula (México)"]}})
        answers.join(work, 2, 1)
        found = work.session.scalars(select(Round)).one()
        build_nominee(work.session, found, "n01", role="gov_national", country="GT", name="Ana")
        for number, seat in enumerate(work.session.scalars(select(Seat).order_by(Seat.position))):
            states = ["MX"] if number % 2 else (["GT"] if number % 3 else ["CL"] if number == 0 else [])
            said = {"p1": {"t1": {"n": states, "l": [number % 2 + 1]}, "t6": {"n": ["CU"], "l": []}}}
            work.session.add(AnswerSheet(round_id=found.id, seat_id=seat.id, said=said, answered_at=moment()))


@pytest.mark.deep
def test_they_are_counted_by_theme_with_weights_and_spellings_together(bench: Bench) -> None:
    asked_round(bench)
    with bench.read(COMMAND, moment()) as work:
        (told,) = answers.desk(work, KEY).facts.questions
        found = work.session.scalars(select(Round)).one()
        voters = [voter for voter, _said in answers.answers_of(work, found)]
    (theme,) = told.themes  # nobody placed the other
    assert theme.theme == "t1"
    total = sum(voter.weight for voter in voters)
    for row in theme.n.rows:
        named = [voter for voter in voters if row.name in voter.said["p1"]["t1"]["n"]]
        assert row.count == len(named)
        assert row.weighted == pytest.approx(100 * sum(v.weight for v in named) / total, abs=0.051)
    assert theme.n.others == ("CL",)
    assert [(row.name, row.count) for row in theme.l.rows] == [(1, 60)]


def test_those_without_a_candidate_are_told_and_lead_to_an_invitation(
    bench: Bench, staff_visitor: Visitor
) -> None:
    asked_round(bench)
    with bench.read(COMMAND, moment()) as work:
        wanted = {each.named.code: each for each in candidates.wanted(work, KEY) if each.named.kind == "n"}
    assert wanted["GT"].candidates == ("Ana",)
    assert wanted["MX"].candidates == ()
    assert (wanted["CL"].named.count, wanted["CL"].named.weighted) == (None, None)
    page = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/panel/candidates").text
    assert "Tapachula (México)" in page
    form = staff_visitor.get(
        f"/es/secretariat/rounds/{KEY}/new-nominee?government=gov_national&country=MX&name=Gobierno+de+México"
    ).text
    assert 'value="Gobierno de México"' in form
    assert '<option selected value="MX">' in form
    other = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/new-nominee?government=other&name=Gobierno")
    assert 'value="Gobierno"' not in other.text


def test_the_public_reads_how_many_others_there_are_and_not_which(bench: Bench, visitor: Visitor) -> None:
    asked_round(bench)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    page = visitor.get(f"/es/rounds/{KEY}/answers").text
    assert "México" in page
    assert "Tapachula" in page
    assert "Chile" not in page


def test_what_is_written_while_voting_is_open_is_told_to_no_one_else(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """Neither another member nor staff, who see who votes, learn of it before voting has ended."""
    one, other = open_round(bench)
    ask(bench, [GOVERNMENTS])
    for voter in (one, other):
        vote(bench, voter)
    with bench.work(STAFF, moment() - timedelta(days=300)) as work:
        answers.keep(work, {"t1": {"n": [], "l": ["Iquique (Chile)"]}})
    send(bench, one, {"p1:t1:l": ["Cúcuta (Colombia)"]})
    send(bench, other, {"p1:t1:l": ["cucuta"]})
    pages = [voter_visitor(app, each.token).get(f"/es/ballot/{KEY}/questions").text for each in (one, other)]
    assert "Cúcuta (Colombia)" in pages[0]
    assert "Cúcuta" not in pages[1]
    assert "Colombia)" not in pages[1]
    assert all("Iquique (Chile)" in page for page in pages)
    assert "ccuta" not in staff_visitor.get(LIST).text.lower().replace("ú", "").replace("u", "")
    assisted = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/seats/{one.seat}/questions")
    assert assisted.status_code == 200
    assert "Cúcuta" not in assisted.text
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Round)).one().state = "closed"
    assert "Cúcuta" in staff_visitor.get(LIST).text


@pytest.mark.deep
@pytest.mark.parametrize("secrecy", ["aggregate", "pseudonymous"])
def test_what_each_or_nearly_each_named_is_told_without_a_figure(bench: Bench, secrecy: str) -> None:
    asked_round(bench, secrecy)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    with bench.read(COMMAND, moment()) as work:
        facts = answers.published(work, KEY).facts
    (theme,) = facts.questions[0].themes
    assert [(row.name, row.count, row.weighted) for row in theme.l.rows] == [(1, None, None)]
    assert facts.places == {"1": ("Tapachula", "MX")}

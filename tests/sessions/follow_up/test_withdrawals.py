"""Answers that the desk withdraws: out of sight with a public reason, stored as they were, never counted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform.models import Evidence, LogEntry, Report
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.sessions.follow_up import export, service, writing
from consulta.sessions.follow_up.values import REPORTED, Answer, Source
from tests.factories import moment
from tests.operations.open_data.made import files, renew, tables
from tests.sessions.follow_up.held import KEY, followed_session
from tests.sessions.follow_up.test_evidence import PDF
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from consulta.sessions.follow_up.values import Followed
    from tests.benches import Visitor

REASON = "Nombra a una persona que corre peligro."
HARM = "https://example.org/dano"


def answered(bench: Bench) -> tuple[int, int, int]:
    """Peru reports twice, the second time with a link and a file; the recommendation and both reports."""
    _all, few = followed_session(bench)
    numbers = []
    for seen, step, link, file in ((0, "preparing", "", None), (1, "done", HARM, ("ley.pdf", PDF))):
        day = (moment() - timedelta(days=1)).date().isoformat()
        said = Answer(step, day, f"Texto {step}.", "es", link, file)
        with bench.work(COMMAND, moment()) as work:
            numbers.append(service.report(work, few, REPORTED, "PE", said, Source("staff", "letter"), seen))
    with bench.read(COMMAND, moment()) as work:
        return work.session.get_one(Report, numbers[0]).recommendation_id, numbers[0], numbers[1]


def followed(bench: Bench) -> Followed:
    with bench.read(ANONYMOUS, moment()) as work:
        return service.followed(work, "2027-R2")


def withdraw(bench: Bench, number: int, report: int, what: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        writing.withdraw_answer(work, KEY, number, report, what, both(REASON, "It names a person."))


def test_a_link_and_a_file_go_out_of_sight_and_the_answer_stays(bench: Bench, visitor: Visitor) -> None:
    number, _first, last = answered(bench)
    renew(bench)
    file = f"/es/follow-up/evidence/{followed(bench).standings[0].history[0].evidence.id}"  # type: ignore[union-attr]
    assert visitor.get(file).status_code == 200
    withdraw(bench, number, last, "evidence")
    page = visitor.get("/es/follow-up/2027-R2").text
    assert HARM not in page
    assert "ley.pdf" not in page
    assert "Texto done." in page
    assert REASON in page
    answer = visitor.get(file)
    assert (answer.status_code, REASON in answer.text) == (410, True)
    assert followed(bench).standings[0].reported.step == "done"  # type: ignore[union-attr]
    assert [each[2] for each in renew(bench)] == [2]
    row = tables(files(bench, "recommendations"))["reports"][-1]
    assert (row["link"], row["evidence_name"], row["withdrawn"]) == (None, None, "evidence")
    assert row["withdrawn_because_es"] == REASON
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.scalars(select(Evidence)).one()
        query = select(LogEntry.details).where(LogEntry.action == "report.evidence_withdrawn")
        assert kept.content == PDF
        assert kept.sha256 in work.session.scalars(query).one()


def test_a_withdrawn_answer_counts_no_more_and_the_one_before_it_does(bench: Bench, visitor: Visitor) -> None:
    number, _first, last = answered(bench)
    withdraw(bench, number, last, "answer")
    now = followed(bench)
    assert now.standings[0].reported.step == "preparing"  # type: ignore[union-attr]
    page = visitor.get("/es/follow-up/2027-R2").text
    assert "Texto done." not in page
    assert HARM not in page
    assert REASON in page
    told = export.document([now], mechanism="", address=str, evidence=str)
    reports = told["recommendations"][0]["standings"][0]["reports"]
    assert [each["step"] for each in reports] == ["preparing", None]
    with bench.read(ANONYMOUS, moment()) as work:
        assert service.briefs(work)[1].begun is False
    said = Answer("done", (moment() - timedelta(days=1)).date().isoformat(), "De nuevo.", "es")
    with bench.work(COMMAND, moment()) as work:  # its version stays used: the next one follows it
        with pytest.raises(Problem, match=r"report\.stale"):
            service.report(work, "2027-R2", REPORTED, "PE", said, Source("staff", "letter"), 1)
        service.report(work, "2027-R2", REPORTED, "PE", said, Source("staff", "letter"), 2)
    assert followed(bench).standings[0].reported.step == "done"  # type: ignore[union-attr]


def test_what_cannot_be_withdrawn_is_said(bench: Bench) -> None:
    number, first, last = answered(bench)
    wrong = ((first, "evidence", "bare"), (last + 9, "answer", "unknown"), (last, "x", "unknown"))
    for report, what, code in wrong:
        with pytest.raises(Problem, match=f"report.{code}"):
            withdraw(bench, number, report, what)
    withdraw(bench, number, last, "evidence")
    with pytest.raises(Problem, match=r"report\.gone"):
        withdraw(bench, number, last, "evidence")
    withdraw(bench, number, last, "answer")
    with pytest.raises(Problem, match=r"report\.gone"):
        withdraw(bench, number, last, "evidence")
    with bench.read(ANONYMOUS, moment()) as work, pytest.raises(Problem, match=r"access\.denied"):
        writing.withdraw_answer(work, KEY, number, first, "answer", both("x", "x"))


def test_the_desk_withdraws_by_a_page_that_keeps_what_was_typed(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    number, _first, last = answered(bench)
    address = f"/es/secretariat/rounds/{KEY}/recommendations/{number}"
    assert f"{address}/answers/{last}" in staff_visitor.get(address).text
    refused = staff_visitor.submit(f"{address}/answers/{last}", {"what": "answer", "reason_en": "It harms."})
    assert refused.status_code == 422
    assert "It harms." in refused.text
    done = staff_visitor.submit(f"{address}/answers/{last}", {"what": "answer", "reason_es": REASON})
    assert done.status_code == 303
    assert REASON in visitor.get("/es/follow-up/2027-R2").text


def test_where_all_answers_of_a_side_were_withdrawn_the_page_does_not_say_that_none_came(
    bench: Bench, visitor: Visitor
) -> None:
    number, first, last = answered(bench)
    assert visitor.get("/es/follow-up/2027-R2").text.count("No ha respondido.") == 0
    withdraw(bench, number, last, "answer")
    assert [each.id for each in followed(bench).standings[0].gone] == [], "an earlier one stands again"
    withdraw(bench, number, first, "answer")
    assert {each.id for each in followed(bench).standings[0].gone} == {first, last}
    page = visitor.get("/es/follow-up/2027-R2").text
    assert page.count("No ha respondido.") == 0
    assert page.count("Respuesta retirada el ") == page.count(REASON) == 2
    assert "respuesta anterior" not in page

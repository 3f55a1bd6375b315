"""Answers by the links of a call: for their own State or institution alone, kept, and told to the address."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from consulta.core.problems import Problem
from consulta.desk.mail import finish
from consulta.people import new_link
from consulta.platform.models import (
    Contact,
    FocalPoint,
    FollowUpAnswer,
    Institution,
    Recommendation,
    Report,
)
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Actor
from consulta.rounds.letters.service import Needless, Post
from consulta.sessions.follow_up import asking
from tests.benches import Visitor
from tests.factories import moment
from tests.polling import faults
from tests.queued import messages
from tests.sessions.follow_up.called import (
    AGENCY,
    ALL,
    FEW,
    LIMA,
    POINT,
    STATE,
    call,
    enter,
    made,
    session,
    token,
)

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

SEEN, REPORTED = "/es/follow-up-answers/seen", "/es/follow-up-answers/reported"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"
RUNS = b"%PDF-1.4\n1 0 obj\n<</S/JavaScript/JS(app.alert(1))>>\nendobj\n%%EOF\n"
TEXT = "La ley se discute en el Congreso; ñandú & <b>voz</b>."


def said(**values: Any) -> dict[str, Any]:
    day = (moment() - timedelta(days=3)).date().isoformat()
    known = {"step": "preparing", "text": TEXT, "language": "es", "day": day}
    return known | {"link": "", "seen": "0", "held": ""} | values


def called(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    call(bench, start)


def reports(bench: Bench) -> list[Report]:
    with bench.read(COMMAND, moment()) as work:
        found = list(work.session.scalars(select(Report).order_by(Report.id)))
        work.session.expunge_all()
        return found


def test_several_answers_one_after_the_other_each_with_its_receipt(app: Flask, bench: Bench) -> None:
    called(bench)
    visitor = enter(app, token(bench, LIMA))
    page = visitor.get(f"{SEEN}/")
    assert ALL in page.text
    assert FEW in page.text
    assert "Red de Lima" in page.text
    assert "l…@example.org" in page.text
    for reference in (ALL, FEW):
        sent = visitor.submit(f"{SEEN}/{reference}", said())
        assert (sent.status_code, sent.location) == (303, f"{SEEN}/{reference}/sent")
        receipt = visitor.get(sent.location)
        assert html.escape(TEXT) in receipt.text.replace("&#39;", "'")
        assert "Contacto de Red de Lima" in receipt.text, "to whom the link went"
    assert f"{SEEN}/{ALL}/sent" not in receipt.text
    found = reports(bench)
    assert [(each.side, each.addressee, each.entered) for each in found] == [
        ("seen", "PE", "organisation")
    ] * 2
    with bench.read(COMMAND, moment()) as work:
        assert work.session.query(FollowUpAnswer).count() == 2
        told = [each for each in faults(work) if not each.startswith("ballot ")]  # votes were made by rows
        assert told == []


def test_a_focal_point_and_an_institution_answer_too(app: Flask, bench: Bench) -> None:
    called(bench)
    point = enter(app, token(bench, POINT))
    assert FEW not in point.get(f"{SEEN}/").text, "it is addressed to Peru"
    assert point.submit(f"{SEEN}/{ALL}", said()).status_code == 303
    state = enter(app, token(bench, STATE), "reported")
    assert state.submit(f"{REPORTED}/{FEW}", said(step="done")).status_code == 303
    agency = enter(app, token(bench, AGENCY), "reported")
    assert agency.submit(f"{REPORTED}/{FEW}", said()).status_code == 303
    found = [(each.side, each.addressee[:1], each.voice[:1], each.entered) for each in reports(bench)]
    assert found == [
        ("seen", "E", "O", "focal_point"),
        ("reported", "P", "", "institution"),
        ("reported", "I", "", "institution"),
    ]


def test_a_link_forwarded_to_another_country_answers_only_for_its_own(app: Flask, bench: Bench) -> None:
    """Each holder of the link answers for Ecuador; and Ecuador's address is told."""
    called(bench)
    elsewhere = enter(app, token(bench, POINT))
    assert elsewhere.get(f"{SEEN}/{FEW}").status_code == 404, "of another country"
    assert elsewhere.submit(f"{SEEN}/", said(), to=f"{SEEN}/{FEW}").status_code == 404
    assert reports(bench) == []
    page = elsewhere.get(f"{SEEN}/{ALL}")
    assert "Ecuador" in page.text
    assert "Red de Quito" in page.text
    forged = said() | {"addressee": "PE", "side": "reported", "organisation_id": "1"}
    assert elsewhere.submit(f"{SEEN}/{ALL}", forged).status_code == 303
    (report,) = reports(bench)
    assert (report.side, report.addressee) == ("seen", "EC")
    (told,) = messages(bench, "follow_up_received")
    assert told.address == POINT
    text = made(bench, told.id, moment() + timedelta(hours=1)).mail.halves[0].text
    assert "Ecuador" in text
    assert "under preparation" in text


def test_the_mail_that_confirms_tells_of_several_answers_once(app: Flask, bench: Bench) -> None:
    called(bench)
    visitor = enter(app, token(bench, LIMA))
    for reference in (ALL, FEW):
        visitor.submit(f"{SEEN}/{reference}", said())
    later = moment() + timedelta(hours=1)
    first, second = messages(bench, "follow_up_received")
    assert first.due_at > first.queued_at
    with bench.read(WORKER, later) as work:
        assert finish(work, first.id, Post("http://localhost")) == Needless("mail.overtaken")
    text = made(bench, second.id, later).mail.halves[0].text
    assert text.count(ALL) == text.count(FEW) == 1


@pytest.mark.deep
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(app: Flask, bench: Bench) -> None:
    called(bench)
    visitor = enter(app, token(bench, LIMA))
    wrong_ones: tuple[dict[str, Any], ...] = (
        {"step": ""},
        {"step": "finished"},
        {"text": ""},
        {"text": "x" * 3001},
        {"day": ""},
        {"day": "ayer"},
        {"day": "2099-01-01"},
        {"link": "javascript:alert(1)"},
        {"link": "mi página"},
        {"file": (io.BytesIO(b"MZ\x90"), "virus.exe")},
        {"file": (io.BytesIO(RUNS), "informe.pdf")},
        {"file": (io.BytesIO(b"<script>1</script>"), "informe.html")},
        {"file": (io.BytesIO(b""), "vacio.pdf")},
    )
    for wrong in wrong_ones:
        answer = visitor.submit(f"{SEEN}/{FEW}", said(link="https://example.org/ley") | wrong)
        assert answer.status_code == 422, wrong
        if "text" not in wrong:
            assert html.escape(TEXT) in answer.text.replace("&#39;", "'"), wrong
        if "link" not in wrong:
            assert "https://example.org/ley" in answer.text, wrong
    assert reports(bench) == []


def test_a_file_that_was_chosen_is_kept_while_something_else_is_wrong(app: Flask, bench: Bench) -> None:
    called(bench)
    visitor = enter(app, token(bench, LIMA))
    wrong = visitor.submit(f"{SEEN}/{FEW}", said(day="2099-01-01", file=(io.BytesIO(PDF), "ley.pdf")))
    assert wrong.status_code == 422
    assert "ley.pdf" in wrong.text
    held = re.search(r'name="held" value="(\w+)"', wrong.text)
    assert held is not None
    other = enter(app, token(bench, POINT))
    assert other.submit(f"{SEEN}/{ALL}", said(held=held[1])).status_code == 303
    assert reports(bench)[-1].evidence_id is None, "of another link"
    assert visitor.submit(f"{SEEN}/{FEW}", said(held=held[1])).status_code == 303
    assert reports(bench)[-1].evidence_id is not None


def test_of_two_answers_at_once_the_second_sees_the_first(app: Flask, bench: Bench) -> None:
    called(bench)
    one, two = enter(app, token(bench, LIMA)), enter(app, token(bench, LIMA))
    assert one.submit(f"{SEEN}/{FEW}", said(text="La primera respuesta.")).status_code == 303
    stale = two.submit(f"{SEEN}/{FEW}", said(text="La segunda respuesta.", step="mostly"))
    assert stale.status_code == 422
    assert "La primera respuesta." in stale.text
    assert "La segunda respuesta." in stale.text
    seen = re.search(r'name="seen" value="(\d+)"', stale.text)
    assert seen is not None
    assert two.submit(f"{SEEN}/{FEW}", said(text="La segunda respuesta.", seen=seen[1])).status_code == 303
    assert [(each.version, each.text) for each in reports(bench)] == [
        (1, "La primera respuesta."),
        (2, "La segunda respuesta."),
    ]
    page = two.get(f"{SEEN}/{FEW}")
    assert "La primera respuesta." in page.text, "in the history"


def test_a_recommendation_withdrawn_meanwhile_keeps_the_text(app: Flask, bench: Bench) -> None:
    called(bench)
    visitor = enter(app, token(bench, LIMA))
    visitor.get(f"{SEEN}/{FEW}")
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(
            update(Recommendation).where(Recommendation.reference == FEW).values(withdrawn_at=moment())
        )
    answer = visitor.submit(f"{SEEN}/", said(), to=f"{SEEN}/{FEW}")
    assert answer.status_code == 422
    assert html.escape(TEXT) in answer.text.replace("&#39;", "'")
    assert reports(bench) == []


def test_who_answers_no_more_comes_in_no_more(app: Flask, bench: Bench) -> None:
    called(bench)
    for place, side, email, change in (
        (SEEN, "seen", POINT, update(FocalPoint).values(ends="2020-12-31")),
        (SEEN, "seen", LIMA, update(Contact).where(Contact.email == LIMA).values(email="x@example.org")),
        (REPORTED, "reported", STATE, update(Institution).values(email="otra@example.org")),
    ):
        secret = token(bench, email)
        visitor = enter(app, secret, side)
        assert visitor.get(f"{place}/").status_code == 200
        with bench.work(COMMAND, moment()) as work:
            work.session.execute(change)
        assert visitor.get(f"{place}/").status_code == 403, email
        assert Visitor(app.test_client()).post(f"/es/s/{secret}").status_code == 404


def test_another_link_is_sent_to_who_was_asked_and_to_no_one_else(app: Flask, bench: Bench) -> None:
    called(bench)
    pages = set()
    for email in (LIMA, "nadie@example.org", STATE):
        sent = Visitor(app.test_client()).submit("/es/follow-up-link", {"email": email})
        pages.add((sent.status_code, sent.location))
    assert len(pages) == 1
    with bench.work(WORKER, moment()) as work:
        for number in new_link.due(work):
            new_link.answer(work, number, follow_up=asking.ask_link)
    assert {each.address for each in messages(bench, "follow_up_link")} == {LIMA, STATE}
    enter(app, token(bench, LIMA, "follow_up_link"))
    enter(app, token(bench, LIMA)), "the earlier one goes on working"


def test_no_other_role_answers_by_these_pages(bench: Bench) -> None:
    called(bench)
    for actor in (ANONYMOUS, COMMAND, Actor("member", 1), Actor("voter", 1)):
        with bench.read(actor, moment()) as work, pytest.raises(Problem, match=r"access\.denied"):
            asking.own(work)

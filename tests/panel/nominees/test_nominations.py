"""Members' proposals in the browser: from the ballot to the receipt, and the desk that decides."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.platform.models import Nomination, ProposingPhase, Round
from consulta.platform.work import COMMAND
from tests.benches import Visitor, voter_visitor
from tests.cases import for_each
from tests.factories import (
    build_link,
    build_nominee,
    build_organisation,
    build_phase,
    build_round,
    build_seat,
    moment,
    open_now,
)
from tests.queued import messages

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

KEY = "2027-1"
OWN = f"/es/ballot/{KEY}/nominations"
DESK = f"/es/secretariat/rounds/{KEY}/nominations"
FILLED = {
    "kind": "person",
    "name": "Rosa Quispe",
    "organisation": "Ministerio de Prueba",
    "role": "gov_national",
    "country": "PE",
    "sector": "gov_national",
    "language": "es",
    "email": "rosa@example.org",
}


@pytest.fixture
def token(bench: Bench) -> str:
    """An open round that takes proposals, with one nominee; the token of a contact's link."""
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session))
        build_phase(work.session, a_round)
        build_nominee(work.session, a_round, name="Rosa Quispe", organisation="Ministerio de Prueba")
        organisation = build_organisation(work.session)
        seat = build_seat(work.session, a_round, organisation)
        return build_link(work.session, seat, organisation.contacts[0])


def end(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(ProposingPhase)).one().closes_at = moment() - timedelta(minutes=1)


def kept(bench: Bench) -> list[int]:
    """The numbers of all proposals."""
    with bench.read(COMMAND, moment()) as work:
        return list(work.session.scalars(select(Nomination.id).order_by(Nomination.id)))


def ways(page: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', page)


def test_ballot_and_public_page_lead_there_while_proposals_are_taken(
    app: Flask, bench: Bench, token: str
) -> None:
    voter = voter_visitor(app, token)
    assert OWN in ways(voter.get(f"/es/ballot/{KEY}").text)
    assert "las organizaciones pueden proponer" in voter.get(f"/es/rounds/{KEY}").text
    end(bench)
    assert OWN not in ways(voter.get(f"/es/ballot/{KEY}").text)
    assert "las organizaciones pueden proponer" not in voter.get(f"/es/rounds/{KEY}").text
    assert "El plazo para proponer terminó" in voter.get(OWN).text


@for_each("lang", ["es", "en"])
def test_a_member_proposes_sees_it_received_and_withdraws(
    app: Flask, bench: Bench, token: str, lang: str
) -> None:
    voter = voter_visitor(app, token, lang)
    own = f"/{lang}/ballot/{KEY}/nominations"
    form = voter.get(f"{own}/new").text
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', form)
    assert len(boxes) > len(("consent", "consent", "consent", "agreed"))
    assert not [box for box in boxes if "checked" in box]  # nothing is agreed to beforehand
    answer = voter.submit(f"{own}/new", FILLED)
    assert answer.status_code == 303
    page = voter.get(answer.headers["Location"]).text
    assert {"es": "Quedó registrada la propuesta de «Rosa Quispe»", "en": "is recorded"}[lang] in page
    assert {"es": "Perú (América del Sur)", "en": "Peru (South America)"}[lang] in page
    (number,) = kept(bench)
    assert voter.submit(own, to=f"{own}/{number}/withdraw").status_code == 303
    assert kept(bench) == []


def test_what_is_wrong_is_said_at_its_place_and_nothing_typed_is_lost(
    app: Flask, bench: Bench, token: str
) -> None:
    for lang, values, said in [
        ("es", {"country": ""}, "Elija un país: con él se equilibra el panel."),
        ("en", {"country": ""}, "Choose a country: the panel is balanced by it."),
        ("es", {"consent_listed": "y"}, "nadie puede aceptar por otra persona"),
        ("en", {"consent_listed": "y"}, "no one can agree on someone else"),
        ("es", {"organisation": ""}, "Escriba la organización"),
        ("es", {"email": "rosa"}, "«rosa»"),
    ]:
        voter = voter_visitor(app, token, lang)
        answer = voter.submit(
            f"/{lang}/ballot/{KEY}/nominations/new", FILLED | {"address_form": "Sra. Ministra"} | values
        )
        assert answer.status_code == 422
        assert said in answer.text
        assert 'id="error-summary"' in answer.text
        assert 'value="Rosa Quispe"' in answer.text
        assert 'value="Sra. Ministra"' in answer.text
        assert kept(bench) == []


def test_what_is_sent_after_the_end_is_shown_and_not_recorded(app: Flask, bench: Bench, token: str) -> None:
    voter = voter_visitor(app, token)
    form = voter.token(voter.get(f"{OWN}/new"))
    end(bench)
    answer = voter.post(f"{OWN}/new", FILLED | {"csrf_token": form, "topics": "t2", "gender": "woman"})
    assert answer.status_code == 409
    for text in ("Rosa Quispe", "Ministerio de Prueba", "Perú", "Tema 2", "Mujer", "rosa@example.org"):
        assert text in answer.text
    assert kept(bench) == []
    assert voter.get(f"{OWN}/new").status_code == 303


def test_what_is_sent_without_a_session_is_shown_and_not_recorded(
    bench: Bench, token: str, visitor: Visitor
) -> None:
    assert visitor.get(OWN).status_code == 403
    answer = visitor.post(f"{OWN}/new", FILLED)
    assert answer.status_code == 403
    assert "Rosa Quispe" in answer.text
    assert "Abra de nuevo su enlace" in answer.text
    assert kept(bench) == []


def proposed(app: Flask, bench: Bench, token: str, **values: Any) -> int:
    voter = voter_visitor(app, token)
    assert voter.submit(f"{OWN}/new", FILLED | values).status_code == 303
    return kept(bench)[-1]


def test_the_desk_declines_takes_it_back_and_joins(
    app: Flask, bench: Bench, token: str, staff_visitor: Visitor
) -> None:
    number = proposed(app, bench, token)
    one = f"{DESK}/{number}"
    refused = staff_visitor.submit(one, {"act": "decline", "reason": ""})
    assert refused.status_code == 422
    assert "Escriba el motivo" in refused.text
    assert staff_visitor.submit(one, {"act": "decline", "reason": "Sin cupo"}).status_code == 303
    assert "Sin cupo" in voter_visitor(app, token).get(OWN).text
    assert staff_visitor.submit(one, {"act": "reconsider"}).status_code == 303
    assert staff_visitor.submit(one, {"act": "merge", "into": ""}).status_code == 422
    assert staff_visitor.submit(one, {"act": "merge", "into": "n01"}).status_code == 303
    assert "Se unió a la postulación «Rosa Quispe»" in voter_visitor(app, token).get(OWN).text
    log = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/log").text
    for told in (
        "propuso para el panel a Rosa Quispe",
        "no admitió la propuesta «Rosa Quispe». Motivo: Sin cupo",
        "dejó otra vez en espera la propuesta «Rosa Quispe»",
        "unió la propuesta «Rosa Quispe» con «Rosa Quispe»: son la misma",
    ):
        assert told in log


def test_the_desk_joins_nominees_that_mean_the_same(
    app: Flask, bench: Bench, token: str, staff_visitor: Visitor
) -> None:
    number = proposed(app, bench, token)
    assert staff_visitor.submit(f"{DESK}/{number}", {"act": "admit", "distinct": "y"}).status_code == 303
    listed = f"/es/secretariat/rounds/{KEY}/nominees"
    assert "Quizá es la misma que Rosa Quispe" in staff_visitor.get(listed).text
    answer = staff_visitor.submit(f"{listed}/n02/join", {"into": ""})
    assert (answer.status_code, "Elija de la lista" in answer.text) == (422, True)
    assert staff_visitor.get(f"{listed}/n01/join").status_code == 409  # it stands on the ballot
    assert staff_visitor.submit(f"{listed}/n02/join", {"into": "n01"}).status_code == 303
    page = staff_visitor.get(listed).text
    assert page.count("Rosa Quispe<br>") == 1
    assert "Propuesta por: Red Andina" in page
    assert (
        "unió la postulación «n02» con «Rosa Quispe»: son la misma"
        in staff_visitor.get(f"/es/secretariat/rounds/{KEY}/log").text
    )


def test_who_was_written_to_is_told_that_a_draft_is_cancelled(bench: Bench, staff_visitor: Visitor) -> None:
    here = f"/es/secretariat/rounds/{KEY}"
    with bench.work(COMMAND, moment()) as work:
        build_round(work.session)
        told = build_organisation(work.session).contacts[0].id
    assert "No se ha escrito a ninguna organización" in staff_visitor.get(f"{here}/cancel").text
    with bench.work(COMMAND, moment()) as work:
        build_phase(work.session, work.session.scalars(select(Round)).one(), opened_at=None)
    assert staff_visitor.submit(f"{here}/proposing/open").status_code == 303
    assert 'data-count="1"' in staff_visitor.get(f"{here}/cancel").text
    sent = {"typed": KEY, "reason": "Se aplaza la sesión."}
    assert staff_visitor.submit(f"{here}/cancel", sent).status_code == 303
    cancelled = [each for each in messages(bench) if each.kind == "cancelled"]
    assert [(each.contact_id, each.facts) for each in cancelled] == [
        (told, {"reason": "Se aplaza la sesión."})
    ]

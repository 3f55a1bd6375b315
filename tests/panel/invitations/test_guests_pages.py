"""The answer page of people who are invited, and the desk's pages of invitations."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import icalendar
import pytest
from sqlalchemy import func, select, update

from consulta.core.invitations import Invited
from consulta.panel import dialogues, invitations
from consulta.platform.models import InvitationEvent, Message, SignedIn
from consulta.platform.web import letters
from consulta.platform.work import COMMAND
from tests.benches import Visitor
from tests.factories import moment
from tests.invited import KEY, invited, number_of, panelled, session_command, states
from tests.pdf import unfolded
from tests.platform.mailer.desk import messages

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

DESK = f"/es/secretariat/rounds/{KEY}/invitations"
OWN = "/es/invitation"
AGAIN = "Se puede enviar otro recordatorio a partir del"
NEXT = re.compile(r'<section class="notice next".*?</section>', re.DOTALL)
WAY = re.compile(r'(?:action|href)="([^"]+)"')
NO = {"said": "declined", "note": "Estoy de viaje", "colleague": "Rosa Pérez", "colleague_contact": "555"}


def token_of(bench: Bench, key: str) -> str:
    number = number_of(bench, key)
    return next(str(m.token) for m in reversed(messages(bench)) if m.invitation_id == number)


def guest_visitor(app: Flask, token: str, lang: str = "es") -> Visitor:
    """A browser that came by an answer link and pressed its button."""
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/{lang}/a/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{lang}/invitation")
    return visitor


def counts(bench: Bench) -> tuple[int, int]:
    """How many steps and sessions there are."""
    with bench.read(COMMAND, moment()) as work:
        steps = work.session.scalar(select(func.count()).select_from(InvitationEvent)) or 0
        sessions = select(func.count(SignedIn.link_id)).where(SignedIn.ended_at.is_(None))
        return steps, work.session.scalar(sessions) or 0


def test_the_link_tells_nothing_and_changes_nothing_until_its_button(
    app: Flask, bench: Bench, visitor: Visitor
) -> None:
    """SE-1, SE-2: the same page for every token, valid, unknown or of a person replaced."""
    invited(bench)
    with bench.work(COMMAND, moment()) as work:
        found = invitations.find(work.session, number_of(bench, "n08"), hold=True)
        assert found is not None
        invitations.take(work, found, Invited.REPLACED)
    before = counts(bench)
    tokens = [token_of(bench, "n04"), token_of(bench, "n08"), "x" * 43, "abc"]
    pages = [visitor.get(f"/es/a/{token}") for token in tokens]
    assert {(page.status_code, page.data) for page in pages} == {(200, pages[0].data)}
    assert all("Set-Cookie" not in page.headers for page in pages)
    assert all(visitor.client.head(f"/es/a/{token}").status_code == 200 for token in tokens)
    assert "Persona" not in pages[0].text
    assert 'content="noindex"' in pages[0].text
    assert counts(bench) == before
    for token in ("x" * 43, "abc"):
        refused = visitor.post(f"/es/a/{token}")
        assert refused.status_code == 404
        assert "Este enlace no abre ninguna invitación" in refused.text
    assert visitor.get(OWN).status_code == 403


def test_a_pasted_link_opens_too(app: Flask, bench: Bench, visitor: Visitor) -> None:
    invited(bench)
    token = token_of(bench, "n04")
    broken = f"Responda: http://localhost/es/a/{token[:20]}=\r\n {token[20:]}\r\n\r\nEl enlace"
    assert visitor.post("/es/a/", {"link": broken}).status_code == 303
    assert "Persona n04" in visitor.get(OWN).text


def test_yes_then_no_with_somebody_else(app: Flask, bench: Bench) -> None:
    invited(bench)
    visitor = guest_visitor(app, token_of(bench, "n04"))
    page = visitor.get(OWN)
    assert "Conversatorio sobre trabajo" in page.text
    assert "Sala virtual" not in page.text, "how to join is for those who come"
    assert visitor.submit(OWN, {"said": "accepted"}).status_code == 303
    page = visitor.get(OWN)
    assert "Su respuesta quedó registrada" in page.text
    assert "Usted aceptó" in page.text
    assert "Sala virtual" in page.text
    assert visitor.submit(OWN, NO).status_code == 303
    assert states(bench)["n04"] == "declined"
    with bench.read(COMMAND, moment()) as work:
        view = invitations.guest(work, KEY, number_of(bench, "n04"))
    words = view.guest.events[-1].words
    assert words is not None
    assert (words.note, words.colleague) == ("Estoy de viaje", "Rosa Pérez")
    assert visitor.submit(OWN, {**NO, "said": "accepted", "note": "x" * 1001}).status_code == 422


@pytest.mark.parametrize(
    ("change", "said"),
    [("replaced", "otra persona ocupó este lugar"), ("cancelled", "La sesión está cancelada"),
     ("over", "La sesión ya empezó o terminó")],
)  # fmt: skip
def test_who_answers_too_late_is_told_why_and_loses_no_word(
    app: Flask, bench: Bench, change: str, said: str
) -> None:
    invited(bench)
    visitor = guest_visitor(app, token_of(bench, "n04"))
    token = Visitor.token(visitor.get(OWN))
    with bench.work(COMMAND, moment()) as work:
        if change == "replaced":
            found = invitations.find(work.session, number_of(bench, "n04"), hold=True)
            assert found is not None
            invitations.take(work, found, Invited.REPLACED)
        elif change == "cancelled":
            dialogues.save(work, KEY, session_command(cancelled=True))
        else:
            past = moment() - timedelta(days=2)
            dialogues.save(
                work,
                KEY,
                session_command(starts_local=f"{past:%Y-%m-%dT10:00}", ends_local=f"{past:%Y-%m-%dT11:00}"),
            )
    before = states(bench)
    answer = visitor.post(OWN, {"csrf_token": token, **NO})
    assert answer.status_code == 409
    assert said in answer.text
    assert "No se registró nada" in answer.text
    assert all(text in answer.text for text in ("Estoy de viaje", "Rosa Pérez"))
    assert states(bench) == before
    again = guest_visitor(app, token_of(bench, "n04")).get(OWN)
    assert 'name="said"' not in again.text
    assert states(bench) == before, "a link opened too late is no step"


def test_a_session_ends_and_what_was_written_is_shown(app: Flask, bench: Bench) -> None:
    invited(bench)
    visitor = guest_visitor(app, token_of(bench, "n04"))
    answer = visitor.post(OWN, {"csrf_token": "stale", **NO})
    assert answer.status_code == 403
    assert "Estoy de viaje" in answer.text
    token = visitor.token(visitor.get(OWN))
    visitor.post("/es/account/sign-out", {"csrf_token": token})
    assert visitor.get(OWN).status_code == 403
    assert counts(bench)[1] == 0


def test_one_guest_reaches_no_other_and_nothing_of_the_house(app: Flask, bench: Bench) -> None:
    invited(bench)
    visitor = guest_visitor(app, token_of(bench, "n04"))
    for url in (DESK, f"{DESK}/{number_of(bench, 'n08')}", f"/es/ballot/{KEY}"):
        assert visitor.get(url).status_code in {303, 403}
    guest_visitor(app, token_of(bench, "n08"))
    assert "Persona n04" in visitor.get(OWN).text


def test_a_guest_takes_the_session_and_the_letter_along(app: Flask, bench: Bench) -> None:
    invited(bench)
    visitor = guest_visitor(app, token_of(bench, "n02"), "en")
    answer = visitor.get("/en/invitation/session.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (entry,) = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(entry["SUMMARY"]) == "Dialogue on work"
    if letters.are_available():
        letter = visitor.get("/en/invitation/letter.pdf")
        assert letter.mimetype == "application/pdf"
        assert b"/Lang" in unfolded(letter.data)


def test_the_desk_goes_from_the_panel_to_the_answers(bench: Bench, staff_visitor: Visitor) -> None:
    panelled(bench, with_session=False)

    def next_url() -> str:
        """Where the next thing to do leads, as the page has it."""
        section = NEXT.search(staff_visitor.get(DESK).text)
        assert section is not None
        return WAY.findall(section[0])[-1]

    assert next_url().endswith("/take-over")
    assert staff_visitor.submit(DESK, to=f"{DESK}/take-over").status_code == 303
    assert next_url().endswith("/dialogue")
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(work, KEY, session_command())
    assert next_url().endswith("/invite")
    staff_visitor.submit(DESK, to=f"{DESK}/invite")
    assert len(messages(bench, "panel_invitation")) == 4
    number = number_of(bench, "n07")
    page = f"{DESK}/{number}"
    assert staff_visitor.submit(page, to=f"{page}/mark").status_code == 422
    answer = staff_visitor.submit(page, {"state": "declined", "note": "Llamó"}, to=f"{page}/mark")
    assert answer.status_code == 303
    assert "Llamó" in staff_visitor.get(page).text
    again = staff_visitor.submit(page, {"state": "no_answer", "note": "Otra vez"}, to=f"{page}/mark")
    said = html.unescape(again.text)
    assert "ya figura como «declinó»; por eso no se puede anotar «sin respuesta»" in said
    assert "Otra vez" in said, "what was typed"
    assert next_url() == page
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(work, KEY, session_command(cancelled=True))
    assert next_url().endswith("/tell")
    staff_visitor.submit(DESK, to=f"{DESK}/tell")
    assert len(messages(bench, "panel_session")) == 3


def test_people_who_agree_by_telephone_are_ticked_together_and_invited(
    bench: Bench, staff_visitor: Visitor
) -> None:
    panelled(bench, consent_contact=False)
    staff_visitor.submit(DESK, to=f"{DESK}/take-over")
    page = staff_visitor.get(DESK).text
    numbers = [number_of(bench, key) for key in ("n04", "n07")]
    assert all(f'name="number" id="agreed-{number}"' in page for number in numbers)
    assert staff_visitor.submit(DESK, {"number": ["999"]}, to=f"{DESK}/agreed").status_code == 404
    assert staff_visitor.submit(DESK, {"number": numbers}, to=f"{DESK}/agreed").status_code == 303
    assert f"{DESK}/invite" in staff_visitor.get(DESK).text
    staff_visitor.submit(DESK, to=f"{DESK}/invite")
    written = {message.invitation_id for message in messages(bench, "panel_invitation")}
    assert written == {*numbers}, "nobody who was not ticked is written to"


def test_no_reminder_is_offered_within_its_pause_and_the_desk_says_from_when(
    bench: Bench, staff_visitor: Visitor
) -> None:
    invited(bench)
    page = staff_visitor.get(DESK).text
    assert "/invitations/remind" not in page
    assert AGAIN in page
    assert AGAIN in staff_visitor.get(f"{DESK}/remind").text
    assert staff_visitor.submit(DESK, to=f"{DESK}/remind").status_code == 422
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Message).values(queued_at=moment() - invitations.PAUSE))
    page = staff_visitor.get(DESK).text
    assert "/invitations/remind" in page
    assert AGAIN not in page


def test_an_invitation_of_another_round_is_none_here(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    assert staff_visitor.get(f"{DESK}/999").status_code == 404
    assert staff_visitor.get("/es/secretariat/rounds/2026-9/invitations").status_code == 404

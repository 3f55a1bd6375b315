"""After the session: who came is written down, and an answer that comes too late is refused with its why."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.panel import dialogues
from consulta.platform.work import COMMAND
from tests.benches import Visitor
from tests.factories import moment
from tests.invited import KEY, invited, number_of, session_command, states
from tests.platform.mailer.desk import messages

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

DESK = f"/es/secretariat/rounds/{KEY}/invitations"


def page_of(bench: Bench, key: str) -> str:
    return f"/es/secretariat/rounds/{KEY}/invitations/{number_of(bench, key)}"


def over(bench: Bench, **values: Any) -> None:
    """Let the session have been two days ago, or change otherwise."""
    past = moment() - timedelta(days=2)
    times = {"starts_local": f"{past:%Y-%m-%dT10:00}", "ends_local": f"{past:%Y-%m-%dT11:00}"}
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(work, KEY, session_command(**(values or times)))


def test_after_the_session_who_came_is_written_down_at_once(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    page = page_of(bench, "n04")
    staff_visitor.submit(page, {"state": "accepted", "note": ""}, to=f"{page}/mark")
    numbers = [number_of(bench, key) for key in ("n04", "n07")]
    early = staff_visitor.submit(DESK, {"number": numbers}, to=f"{DESK}/attended")
    assert early.status_code == 422
    assert "La sesión no ha empezado" in early.text
    over(bench)
    text = staff_visitor.get(DESK).text
    assert re.findall(r'name="number" id="came-(\d+)"[^>]* checked', text) == [str(numbers[0])]
    assert "/remind" not in text, "nobody is asked after the session"
    assert staff_visitor.submit(DESK, {"number": [999]}, to=f"{DESK}/attended").status_code == 404
    assert staff_visitor.submit(DESK, {"number": numbers}, to=f"{DESK}/attended").status_code == 303
    assert {key: state for key, state in states(bench).items() if state == "attended"} == {
        "n04": "attended",
        "n07": "attended",
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "The session has begun or is over"), ({"cancelled": True}, "The session has been cancelled")],
)
def test_a_late_answer_by_the_link_is_refused_in_english_too(
    app: Flask, bench: Bench, values: dict[str, Any], said: str
) -> None:
    invited(bench)
    guest = Visitor(app.test_client())
    guest.post(f"/en/a/{messages(bench)[0].token}")
    token = Visitor.token(guest.get("/en/invitation"))
    before = states(bench)
    over(bench, **values)
    late = {"csrf_token": token, "said": "declined", "note": "Travelling"}
    refused = guest.post("/en/invitation", late)
    assert refused.status_code == 409
    assert said in refused.text
    assert "Travelling" in refused.text
    assert states(bench) == before


def test_a_decline_after_the_session_is_refused_and_attendance_is_not(
    bench: Bench, staff_visitor: Visitor
) -> None:
    invited(bench)
    token = Visitor.token(staff_visitor.get(DESK))
    over(bench)
    page = page_of(bench, "n04")
    data = {"csrf_token": token, "state": "declined", "note": "Llamó tarde"}
    refused = staff_visitor.post(f"{page}/mark", data)
    assert refused.status_code == 422
    assert "ya no se registran respuestas" in refused.text
    assert "Llamó tarde" in refused.text
    assert states(bench)["n04"] == "invited"
    assert staff_visitor.post(f"{page}/mark", {**data, "state": "attended"}).status_code == 303
    assert states(bench)["n04"] == "attended"

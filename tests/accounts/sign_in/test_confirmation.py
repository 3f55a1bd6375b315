"""The password asked again, or the session over: what was clicked is done and what was typed is kept."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import html5lib
import pytest
from flask import Response, request
from sqlalchemy import func, select

from consulta.accounts.pages import confirmation
from consulta.platform import access, accounts
from consulta.platform.models import Attempt, Dialogue, LogEntry, Message
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from tests import sessions_aged
from tests.benches import PASSWORD, STAFF, Visitor
from tests.deep import DEEP
from tests.factories import build_round, moment
from tests.polling import open_round
from tests.shell.site.test_access import address, furnished, rules
from tests.views import CONFIRMED, ROUTES, confirmed_acts
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings

__all__ = ["furnished"]
ROUND = "/es/secretariat/rounds/2027-1"
DEADLINE = f"{ROUND}/deadline"
# What a form may send: several values of one name, lines, quotes, blanks at the ends, an empty field.
TYPED: dict[str, Any] = {
    "reason": 'Huracán en «dos» países\r\n & "cortes" de luz <b>\r\n',
    "columns": ["name", "email", "name"],
    "typed": "2027-1 ",
    "empty": "",
}


def age(bench: Bench) -> None:
    """The password was given eleven minutes ago, however often it was given."""
    with bench.work(ANONYMOUS, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(minutes=11))


def expire(visitor: Visitor) -> None:
    """Nothing was done in the session for longer than it may rest."""
    with visitor.client.session_transaction() as session:
        session["staff_seen"] = 0


def hidden(answer: TestResponse) -> dict[str, list[str]]:
    """The hidden fields of the form in the page's main part, as a browser would send them."""
    main = html5lib.parse(answer.text, namespaceHTMLElements=False).find(".//main")
    assert main is not None
    found: dict[str, list[str]] = {}
    for field in main.iterfind(".//input[@type='hidden']"):
        found.setdefault(field.get("name", ""), []).append(field.get("value", "").replace("\n", "\r\n"))
    return found


FILE = ["lista «ñ».csv", "a,b\r\n1,2\n"]
CARRIED = {"csrf_token", confirmation.FILE}


def upload() -> tuple[BytesIO, str]:
    """A file that is sent with a form."""
    return BytesIO(FILE[1].encode()), FILE[0]


def lists(data: dict[str, Any]) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in data.items()}


@pytest.fixture
def runs(app: Flask) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Each run of a view: its endpoint, its address, and the form it was given."""
    seen: list[tuple[str, str, dict[str, list[str]]]] = []

    def recorder(endpoint: str) -> Any:
        def view(**_arguments: object) -> Response:
            form = request.form.to_dict(flat=False)
            assert request.values.to_dict(flat=False) == form | request.args.to_dict(flat=False)
            form.pop("csrf_token", None)
            form |= {name: [file.filename, file.read().decode()] for name, file in request.files.items()}
            seen.append((endpoint, request.full_path, form))
            return Response("done", mimetype="text/plain")

        return view

    for endpoint in ROUTES:
        if endpoint.startswith(("secretariat.", "scrutineer.", "staff.")):
            app.view_functions[endpoint] = recorder(endpoint)
    return seen


def may(endpoint: str, role: str) -> bool:
    return role in access.ACTIONS[ROUTES[endpoint]]


@pytest.fixture
def inside(app: Flask, bench: Bench, staff_visitor: Visitor) -> dict[str, Visitor]:
    """A browser of each role that has a password."""
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "ojo@example.org", "Ojo", PASSWORD, "scrutineer", organisation="Red")
    scrutineer = Visitor(app.test_client())
    scrutineer.submit("/es/account/sign-in", {"email": "ojo@example.org", "password": PASSWORD})
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "jefa@example.org", "Jefa", PASSWORD, "admin")
    admin = Visitor(app.test_client())
    admin.submit("/es/account/sign-in", {"email": "jefa@example.org", "password": PASSWORD})
    return {"secretariat": staff_visitor, "admin": admin, "scrutineer": scrutineer}


def asking(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and address of each request that asks for the password."""
    return [
        (rule.endpoint, method, address(app, rule))
        for rule, method in rules(app)
        if rule.endpoint in CONFIRMED or (rule.endpoint in confirmed_acts() and method == "POST")
    ]


def test_the_walk_reaches_every_endpoint_that_asks(app: Flask) -> None:
    assert {endpoint for endpoint, _method, _url in asking(app)} == CONFIRMED | confirmed_acts()


def test_what_was_asked_for_is_done_after_the_password_wherever_it_is_asked(
    app: Flask, bench: Bench, inside: dict[str, Visitor], furnished: str, runs: list[Any]
) -> None:
    asked_for = asking(app)
    for endpoint, method, url in asked_for if DEEP else asked_for[::3]:
        role = next(role for role in inside if may(endpoint, role))
        visitor = inside[role]
        token = visitor.token(visitor.get("/es/account/confirm"))
        age(bench)
        there = f"{url}?page=2&q=%C3%B1"
        if method == "GET":
            asked = visitor.get(there)
            assert asked.status_code == 303, there
            answer = visitor.submit(asked.headers["Location"], {"password": PASSWORD})
            assert answer.status_code == 303, there
            assert runs == [], there
            answer = visitor.get(answer.headers["Location"])
            expected: dict[str, list[str]] = {}
        else:
            asked = visitor.post(there, TYPED | {"csrf_token": token, "list": upload()})
            assert asked.status_code == 422, there
            assert runs == [], there
            kept = hidden(asked)
            assert {name: kept[name] for name in kept if name not in CARRIED} == lists(TYPED)
            expected = lists(TYPED) | {"list": FILE}
            answer = visitor.post(there, kept | {"confirm_password": PASSWORD})
        assert answer.text == "done", there
        assert runs == [(endpoint, there, expected)]
        runs.clear()


def test_a_form_whose_session_ended_is_sent_by_the_same_person_after_signing_in(
    app: Flask, inside: dict[str, Visitor], furnished: str, runs: list[Any]
) -> None:
    posts = [
        rule
        for rule, method in rules(app)
        if method == "POST" and rule.endpoint.startswith("secretariat.") and may(rule.endpoint, "secretariat")
    ]
    for rule in posts if DEEP else posts[::5]:
        visitor, url = inside["secretariat"], address(app, rule)
        token = visitor.token(visitor.get("/es/account/confirm"))
        expire(visitor)
        asked = visitor.post(url, TYPED | {"csrf_token": token, "password": "no se guarda", "list": upload()})
        assert (asked.status_code, runs) == (422, []), url
        assert "no se guarda" not in asked.text
        kept = hidden(asked)
        wrong = visitor.post(url, kept | {"confirm_email": STAFF, "confirm_password": "otra frase larga"})
        assert (wrong.status_code, runs) == (422, []), url
        again = hidden(wrong) | {"confirm_email": STAFF, "confirm_password": PASSWORD}
        assert visitor.post(url, again).text == "done", url
        assert runs == [(rule.endpoint, f"{url}?", lists(TYPED) | {"list": FILE})]
        runs.clear()


def test_failures_of_strangers_in_the_same_network_do_not_keep_a_known_browser_from_going_on(
    app: Flask, staff_visitor: Visitor, furnished: str, runs: list[Any]
) -> None:
    stranger = Visitor(app.test_client())
    for _ in range(accounts.FAILURES_FREE + 1):
        stranger.submit("/es/account/sign-in", {"email": STAFF, "password": "no es esta frase"})
    token = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    expire(staff_visitor)
    kept = hidden(staff_visitor.post(DEADLINE, TYPED | {"csrf_token": token}))
    signed = kept | {"confirm_email": STAFF, "confirm_password": PASSWORD}
    assert staff_visitor.post(DEADLINE, signed).text == "done"
    staff_visitor.client.delete_cookie("consulta_device")
    token = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    expire(staff_visitor)
    kept = hidden(staff_visitor.post(DEADLINE, TYPED | {"csrf_token": token}))
    waits = staff_visitor.post(DEADLINE, kept | {"confirm_email": STAFF, "confirm_password": PASSWORD})
    assert waits.status_code == 422
    assert "Su cuenta no está bloqueada" in Page(waits).text
    assert len(runs) == 1


def test_another_person_does_not_send_what_the_first_one_typed(
    bench: Bench, staff_visitor: Visitor, furnished: str, runs: list[Any]
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "otra@example.org", "Otra", PASSWORD, "secretariat")
    token = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    expire(staff_visitor)
    kept = hidden(staff_visitor.post(DEADLINE, TYPED | {"csrf_token": token}))
    answer = staff_visitor.post(
        DEADLINE, kept | {"confirm_email": "otra@example.org", "confirm_password": PASSWORD}
    )
    assert runs == []
    assert "no se envía en su nombre" in Page(answer).text
    stale = staff_visitor.post(DEADLINE, kept)
    assert (stale.status_code, runs) == (403, []), (
        "the first one's forms are void in the second one's session"
    )


def test_who_signs_in_from_the_page_of_a_form_is_told_like_at_the_front_door(
    bench: Bench, staff_visitor: Visitor, furnished: str
) -> None:
    """Else a colleague who knows a password would sign in unseen, from a form of their own."""
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "otra@example.org", "Otra", PASSWORD, "secretariat")
    token = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    expire(staff_visitor)
    kept = hidden(staff_visitor.post(DEADLINE, TYPED | {"csrf_token": token}))
    staff_visitor.post(DEADLINE, kept | {"confirm_email": "otra@example.org", "confirm_password": PASSWORD})
    with bench.read(COMMAND, moment()) as work:
        mails = work.session.scalars(select(Message).where(Message.address == "otra@example.org")).all()
        assert [each.facts["what"] for each in mails] == ["device"]


SESSION = f"{ROUND}/dialogue"
OF_SESSION: dict[str, Any] = {
    "title_es": "Diálogo «regional»",
    "starts": "2027-05-04T09:00",
    "ends": "2027-05-04T13:00",
    "zone": "America/Panama",
    "answer_by": "2027-04-20",
    "place_es": "Ciudad de Panamá",
    "agenda_es": "Bienvenida\r\nPausa",
    "state": "cancelled",
}
SIGN_IN = {"confirm_email": STAFF, "confirm_password": PASSWORD}


def entered(answer: TestResponse) -> dict[str, str]:
    """Return what the form of a session shows, of the fields in `OF_SESSION`."""
    main = html5lib.parse(answer.text, namespaceHTMLElements=False).find(".//main")
    assert main is not None
    found: dict[str, str] = {}
    for field in main.iter():
        name = field.get("name", "")
        if field.tag == "textarea":
            found[name] = "".join(field.itertext()).replace("\n", "\r\n")
        elif field.tag == "select":
            found[name] = next(
                each.get("value", "") for each in field.iter("option") if "selected" in each.attrib
            )
        elif field.tag == "input" and (field.get("type") != "radio" or "checked" in field.attrib):
            found[name] = field.get("value", "")
    return {name: found[name] for name in OF_SESSION}


def is_saved(bench: Bench) -> bool:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalars(select(Dialogue)).first() is not None


@pytest.mark.parametrize("how", ["signed out", "no cookies", "signed in elsewhere"])
def test_signing_in_again_leads_back_to_the_form_with_what_was_entered(
    bench: Bench, staff_visitor: Visitor, how: str
) -> None:
    """Dates and choices too. Nothing is saved before its person has seen it."""
    open_round(bench)
    token = staff_visitor.token(staff_visitor.get(SESSION))
    if how == "no cookies":
        staff_visitor.client.delete_cookie("consulta")
    else:
        staff_visitor.post("/es/account/sign-out", {"csrf_token": token})
    if how == "signed in elsewhere":
        staff_visitor.submit("/es/account/sign-in", {"email": STAFF, "password": PASSWORD})
    asked = staff_visitor.post(SESSION, OF_SESSION | {"csrf_token": token, "password": "secreta y larga"})
    assert asked.status_code == (422 if how == "signed out" else 403)
    assert "secreta y larga" not in asked.text
    assert ("confirm_password" in asked.text) is (how != "signed in elsewhere")
    assert "Pedir un enlace nuevo" not in asked.text
    sign_in = {} if how == "signed in elsewhere" else SIGN_IN
    shown = staff_visitor.post(SESSION, hidden(asked) | sign_in)
    assert shown.status_code == 200
    assert entered(shown) == OF_SESSION
    assert "Todavía no se ha guardado nada" in Page(shown).text
    assert not is_saved(bench)
    saved = staff_visitor.post(SESSION, OF_SESSION | {"csrf_token": staff_visitor.token(shown)})
    assert saved.status_code == 303
    assert is_saved(bench)


def test_what_only_acts_is_not_done_on_the_way_back(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    there = f"{ROUND}/mail/pause"
    token = staff_visitor.token(staff_visitor.get(f"{ROUND}/mail"))
    staff_visitor.client.delete_cookie("consulta")
    asked = staff_visitor.post(there, {"csrf_token": token, "paused": "yes"})
    answer = staff_visitor.post(there, hidden(asked) | SIGN_IN)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/es/secretariat/"
    with bench.read(COMMAND, moment()) as work:
        assert not any("pause" in each for each in work.session.scalars(select(LogEntry.action)))


def test_a_form_of_another_site_is_not_shown(staff_visitor: Visitor, furnished: str) -> None:
    data = TYPED | {"csrf_token": "viejo"}
    assert "Huracán" in staff_visitor.post(DEADLINE, data).text
    other = staff_visitor.post(DEADLINE, data, headers={"Sec-Fetch-Site": "cross-site"})
    assert other.status_code == 403
    assert "Huracán" not in other.text


def test_a_password_sent_with_a_form_is_neither_needed_nor_seen_while_the_last_one_is_fresh(
    staff_visitor: Visitor, furnished: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = staff_visitor.token(staff_visitor.get(DEADLINE))
    with caplog.at_level(logging.DEBUG):
        answer = staff_visitor.post(DEADLINE, {"csrf_token": token, "confirm_password": "una frase secreta"})
    assert answer.status_code == 422
    assert "una frase secreta" not in answer.text
    assert "una frase secreta" not in caplog.text


def test_a_file_waits_for_its_owner_alone_and_is_asked_for_where_it_is_gone(
    app: Flask, bench: Bench, staff_visitor: Visitor, settings: Settings, runs: list[Any]
) -> None:
    url = "/es/secretariat/organiser"  # where a file may be missing: its loss would not be seen
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "jefa@example.org", "Jefa", PASSWORD, "admin")
        accounts.add_staff(work, "otra@example.org", "Otra", PASSWORD, "admin")
    mine, other = Visitor(app.test_client()), Visitor(app.test_client())
    for visitor, email in ((mine, "jefa@example.org"), (other, "otra@example.org")):
        visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD})
    token = mine.token(mine.get("/es/account/confirm"))
    expire(mine)
    asked = hidden(mine.post(url, TYPED | {"csrf_token": token, "logo": upload()}))
    (path,) = (settings.data / confirmation.FOLDER).iterdir()
    assert path.stat().st_mode & 0o077 == 0
    token = other.token(other.get("/es/account/confirm"))
    stolen = other.post(url, {"csrf_token": token, confirmation.FILE: asked[confirmation.FILE]})
    assert (stolen.status_code, runs) == (422, [])
    assert path.exists()
    path.unlink()
    signed = {"confirm_email": "jefa@example.org", "confirm_password": PASSWORD}
    again = mine.post(url, asked | signed)
    assert (again.status_code, runs) == (422, [])
    assert "Elíjalo de nuevo" in Page(again).text
    assert 'name="logo"' in again.text
    assert "confirm_password" not in again.text, "it was given"
    assert mine.post(url, hidden(again) | {"logo": upload()}).text == "done"
    assert runs[0][2] == lists(TYPED) | {"logo": FILE}


def test_a_form_waits_while_its_person_confirms_in_another_tab(
    bench: Bench, staff_visitor: Visitor, furnished: str, runs: list[Any]
) -> None:
    token = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    age(bench)
    asked = staff_visitor.post(DEADLINE, TYPED | {"csrf_token": token})
    early = staff_visitor.post(DEADLINE, hidden(asked) | {"confirm_password": ""})
    assert "confirme antes de otra manera" in Page(early).text
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalar(select(func.count()).select_from(Attempt)) == 0, "no wrong password"
    apart = staff_visitor.submit("/es/account/confirm?apart=yes", {"password": PASSWORD})
    assert "Está confirmado" in staff_visitor.get(apart.headers["Location"]).text
    assert staff_visitor.post(DEADLINE, hidden(early) | {"confirm_password": ""}).text == "done"
    assert runs[0][2] == lists(TYPED)


@pytest.mark.parametrize("over", [False, True], ids=["password", "session"])
def test_what_was_typed_stays_while_other_passwords_are_compared(
    app: Flask, bench: Bench, staff_visitor: Visitor, runs: list[Any], over: bool
) -> None:
    """The lane of passwords is taken: the page comes again with the fields, and then the request runs."""
    with bench.work(COMMAND, moment()) as work:
        build_round(work.session)  # the page shows its stages
    token = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    age(bench)
    if over:
        expire(staff_visitor)
    url = f"{ROUND}/publish"
    given = {"confirm_password": PASSWORD, "confirm_email": STAFF} if over else {"confirm_password": PASSWORD}
    gate = app.extensions["consulta"].gate
    patience, gate.known.patience = gate.known.patience, 0.0
    with gate.known.entered() as room:
        assert room
        answer = staff_visitor.post(url, {"csrf_token": token, **TYPED, **given})
    gate.known.patience = patience
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert "Inténtelo de nuevo en unos segundos" in Page(answer).text
    fields = {name: values for name, values in hidden(answer).items() if name != "csrf_token"}
    assert fields == lists(TYPED)
    assert runs == []
    token = hidden(answer)["csrf_token"][0]
    assert staff_visitor.post(url, {"csrf_token": token, **fields, **given}).text == "done"
    assert runs[0][2] == lists(TYPED)

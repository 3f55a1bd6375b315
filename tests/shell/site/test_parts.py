"""What an installation does not use is nowhere: no address, link, mail, export; and nothing of it is lost."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select
from werkzeug.exceptions import HTTPException

from consulta.core.problems import Problem
from consulta.desk import copying
from consulta.operations import practice
from consulta.operations.open_data import service as open_data
from consulta.people import members, new_link, own_data
from consulta.people.members import OrganisationCommand
from consulta.platform import accounts, door, parts
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import Base, Contact, LogEntry, Message, Organisation, Practice, Question, Round
from consulta.platform.paths import resource
from consulta.platform.web.pages import VIEWS, View, part_of
from consulta.platform.work import COMMAND, WORKER, Actor
from consulta.rounds import service as rounds_acts
from consulta.shell.cli import main
from consulta.shell.site import create_web
from consulta.shell.worker.loop import Worker
from tests.apps import app_over
from tests.benches import PASSWORD, Visitor
from tests.browser.test_pages import DESK, PUBLIC
from tests.cases import for_each
from tests.deep import some
from tests.factories import moment
from tests.shell.site.test_access import address, rules
from tests.shell.worker.only import do_only

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo

PARTS = (
    *("admission", "focal_points", "own_data", "theme_proposals", "people_proposals", "questions", "reasons"),
    *("practice", "minutes", "follow_up", "evaluation", "open_data", "witnesses"),
)
# In the example people use these now: a round is open, another asks for themes, witnesses cosign.
RUNNING = {"theme_proposals", "people_proposals", "questions", "reasons", "practice", "witnesses"}
PAGE = "/en/secretariat/parts"
OURS = {"Sec-Fetch-Site": "same-origin"}


def leave_unused(bench: Bench, app: Flask, *names: str) -> None:
    """Let an installation use all parts but these, whatever goes on in them."""
    with bench.work(COMMAND, moment()) as work:
        parts.take_over(work, names)
    app.extensions["consulta"].kept.forget()


@pytest.fixture
def bench(demo: Demo, settings: Settings) -> Bench:
    return demo.bench(settings)


@pytest.fixture
def app(bench: Bench, settings: Settings) -> Flask:
    return app_over(settings, bench)


@pytest.fixture
def admin(app: Flask, bench: Bench) -> Visitor:
    """A browser in which an administrator of the example is signed in."""
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "esta@example.org", "Esta Cuenta", PASSWORD, "admin")
    visitor = Visitor(app.test_client())
    visitor.submit("/en/account/sign-in", {"email": "esta@example.org", "password": PASSWORD})
    return visitor


def test_every_part_is_declared_and_has_pages_of_its_own() -> None:
    assert set(parts.known()) == set(PARTS)
    assert {part for view in VIEWS.values() for part in view.part.split()} == set(PARTS)


@for_each("part", PARTS)
def test_no_address_of_a_part_answers_while_it_is_off(
    app: Flask, bench: Bench, admin: Visitor, part: str
) -> None:
    stranger = app.test_client()
    its = [(address(app, rule), method) for rule, method in rules(app) if part_of(rule.endpoint) == part]
    desk = [each for each in its if "/secretariat/" in each[0]]
    for where, method in desk:
        assert stranger.open(where, method=method, headers=OURS).status_code != 404, f"{where} is there"
    leave_unused(bench, app, part)
    for where, method in its:
        assert stranger.open(where, method=method, headers=OURS).status_code == 404, (where, method)
        assert admin.client.open(where, method=method, headers=OURS).status_code == 404, (where, method)
    for other in ("", "method", "rounds/ejemplo-1", "rounds/ejemplo-1/result", "secretariat/"):
        assert admin.get(f"/en/{other}").status_code == 200, other
    leave_unused(bench, app)
    for where, method in desk:
        assert stranger.open(where, method=method, headers=OURS).status_code != 404, f"{where} is there again"


def test_no_page_leads_to_a_part_that_is_off(app: Flask, bench: Bench, admin: Visitor) -> None:
    pages = [*(f"/en/{each}" for each in PUBLIC), *(f"/en/secretariat/{each}" for each in DESK)]
    pages = [each for each in some(pages, 3) if not part_of(endpoint_of(app, each))]
    found = {each: leading(app, admin.client.get(each).text) for each in pages}
    assert sum(map(bool, found.values())) > len(pages) / 2, "the foot alone leads to open data"
    leave_unused(bench, app, *PARTS)
    stranger = Visitor(app.test_client())
    for each in pages:
        visitor = admin if "/secretariat" in each else stranger
        answer = visitor.get(each)
        assert answer.status_code in {200, 303, 404}, each
        assert leading(app, answer.text) == [], each


@for_each("part", PARTS)
def test_no_menu_leads_to_the_one_part_that_is_off(
    app: Flask, bench: Bench, admin: Visitor, part: str
) -> None:
    leave_unused(bench, app, part)
    for name in ("", "members", "rounds/ejemplo-1", "rounds/ejemplo-2", "rounds/ejemplo-3", "calendar"):
        page = admin.get(f"/en/secretariat/{name}").text
        assert part not in {part_of(each) for each in endpoints(app, page)}, name
    for name in ("", "members", "log", "rounds/ejemplo-1", "rounds/ejemplo-1/result"):
        page = admin.get(f"/en/{name}").text
        assert part not in {part_of(each) for each in endpoints(app, page)}, name
    leave_unused(bench, app)


def leading(app: Flask, page: str) -> list[str]:
    return [each for each in endpoints(app, page) if part_of(each)]


def endpoints(app: Flask, page: str) -> list[str]:
    """Return to which endpoints the links and forms of a page lead."""
    found = re.findall(r'\s(?:href|action|formaction)="([^"#]+)', page.partition("<body")[2])
    return [endpoint_of(app, each, method) for each in found for method in ("GET", "POST")]


def endpoint_of(app: Flask, where: str, method: str = "GET") -> str:
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(where).path, method)[0])
    except HTTPException:
        return ""


def test_pages_say_nothing_of_what_is_off(app: Flask, bench: Bench, admin: Visitor) -> None:
    words = {
        "/en/": ["Follow-up to the recommendations", "Propose"],
        "/en/members": ["Focal points", "Apply", "Data of my organisation"],
        "/en/log": ["Becoming a witness", "No witness"],
        "/en/new-link": ["organisation&#39;s data"],
        "/en/rounds/ejemplo-1": ["Agreements reached", "evaluated", "What the organisations said"],
        "/en/rounds/ejemplo-2": ["earlier recommendations", "Themes proposed"],
        "/en/rounds/ejemplo-1/verify": ["witness organisations"],
        "/en/secretariat/": ["recommendations"],
        "/en/secretariat/administration": ["Practice", "witnesses"],
        "/en/secretariat/members": ["Applications", "Focal points"],
        "/en/secretariat/rounds/ejemplo-1": ["Minutes", "Evaluation", "Recommendations"],
        "/en/secretariat/rounds/ejemplo-5": ["Proposals", "Propose"],
        "/en/secretariat/checkpoints": ["Register a witness"],
        "/en/secretariat/mail/texts": [
            "focal point",
            "sponsor",
            "Evaluation of the session",
            "recommendation",
        ],
        "/en/secretariat/rounds/ejemplo-2/mail/texts": ["Invitation to propose", "Decisions on proposals"],
    }
    pages = {each: without_scripts(admin.get(each).text) for each in words}
    for where, said in words.items():
        assert [each for each in said if each not in pages[where]] in ([], said[:1], said[1:]), where
    leave_unused(bench, app, *PARTS)
    for where, said in words.items():
        page = without_scripts(admin.get(where).text)
        assert [each for each in said if each in page] == [], where


def without_scripts(page: str) -> str:
    """Return the body of a page without its scripts and the tokens of its forms."""
    return re.sub(r'<script.*?</script>|value="[^"]{60,}"', "", page.partition("<body")[2], flags=re.DOTALL)


def test_turned_off_and_on_again_everything_is_there(app: Flask, bench: Bench, admin: Visitor) -> None:
    pages = [f"/en/rounds/ejemplo-1/{each}" for each in ("minutes", "evaluation", "follow-up")]
    before, rows = [without_scripts(admin.get(each).text) for each in pages], contents(bench)
    kept = [each for each in PARTS if each not in {"minutes", "evaluation", "follow_up"}]
    assert "Nothing was deleted." in choose(admin, kept).text
    assert [admin.get(each).status_code for each in pages] == [404] * 3
    assert "10 of 13 in use" in admin.get(PAGE).text
    assert contents(bench) == rows
    choose(admin, PARTS)
    assert [without_scripts(admin.get(each).text) for each in pages] == before
    assert contents(bench) == rows
    with bench.read(COMMAND, moment()) as work:
        told = list(work.session.scalars(select(LogEntry).where(LogEntry.action == "organiser.parts_chosen")))
    assert [json.loads(each.details)["off"] for each in told] == [["evaluation", "follow_up", "minutes"], []]


def choose(admin: Visitor, used: Sequence[str]) -> TestResponse:
    return admin.sent(PAGE, {"csrf_token": admin.token(admin.get(PAGE)), "used": list(used)})


def contents(bench: Bench) -> dict[str, Any]:
    """Return the rows of all tables but those that any act or visit adds to."""
    others = {"log", "heads", "unused_parts", "signed_in", "attempts"}
    tables = [table for table in Base.metadata.sorted_tables if table.name not in others]
    with bench.engine.connect() as connection:
        return {each.name: sorted(map(repr, connection.execute(each.select()))) for each in tables}


@for_each("part", sorted(RUNNING))
def test_what_people_use_now_cannot_be_turned_off(
    app: Flask, bench: Bench, admin: Visitor, part: str
) -> None:
    page = admin.get(PAGE)
    token = admin.token(page)
    assert "In use now in" in page.text
    answer = admin.post(PAGE, {"csrf_token": token, "used": [each for each in PARTS if each != part]})
    assert answer.status_code == 422
    told = re.sub(r"\s+", " ", answer.text)
    assert re.search(r"“[^”]+” cannot be turned off now: it is in use in “[^”]+”", told)
    with bench.read(COMMAND, moment()) as work:
        assert parts.unused(work) == frozenset()


def test_what_waits_is_said_and_kept(admin: Visitor, app: Flask, bench: Bench) -> None:
    assert admin.get(PAGE).text.count("1 waits for you; it is kept while this is off.") == 3
    leave_unused(bench, app, "admission")
    assert admin.get("/en/secretariat/members/applications").status_code == 404
    leave_unused(bench, app)
    assert "1 to review" in admin.get("/en/secretariat/members").text


def test_only_administrators_choose(app: Flask, bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "otra@example.org", "Otra", PASSWORD, "secretariat")
    visitor = Visitor(app.test_client())
    visitor.submit("/en/account/sign-in", {"email": "otra@example.org", "password": PASSWORD})
    assert visitor.get(PAGE).status_code == 403
    assert "/secretariat/parts" not in visitor.get("/en/secretariat/").text


# -- mail and links


def test_no_mail_of_a_part_leaves_while_it_is_off(app: Flask, bench: Bench, settings: Settings) -> None:
    worker = Worker(bench, settings)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(delete(Message).where(Message.state == "queued"))
        asked = work.session.scalars(select(Contact).where(Contact.may_vote, Contact.active)).first()
        assert asked is not None
        mail = asked.email
    visitor = Visitor(app.test_client())
    visitor.submit("/en/own-data", {"email": mail})
    do_only(worker, "links")
    assert waiting(bench) == ["own_data_link"]
    leave_unused(bench, app, "own_data")
    worker.mail.send_due()
    with bench.read(COMMAND, moment()) as work:
        (left,) = work.session.scalars(select(Message).where(Message.reason == "mail.part_unused"))
        assert left.kind == "own_data_link"
        assert left.state != "sent"
    with bench.work(COMMAND, moment()) as work:
        new_link.ask(work, mail, "127.0.0.1", purpose="own")
    do_only(worker, "links")
    assert waiting(bench) == [], "none is made either"


def waiting(bench: Bench) -> list[str]:
    with bench.read(COMMAND, moment()) as work:
        return list(work.session.scalars(select(Message.kind).where(Message.state == "queued")))


def test_a_change_of_data_is_told_to_its_owners_whatever_is_off(
    app: Flask, bench: Bench, admin: Visitor
) -> None:
    leave_unused(bench, app, *PARTS)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(delete(Message).where(Message.state == "queued"))
    with bench.work(COMMAND, moment()) as work:
        member = work.session.get_one(Organisation, 1)
        command = OrganisationCommand(
            "Otro Nombre", member.country, dict(member.categories), base=member.base
        )
    with bench.work(Actor("admin", 1), moment()) as work:
        members.change_organisation(work, 1, command)
    assert set(waiting(bench)) == {"own_data_changed"}
    with bench.read(COMMAND, moment()) as work:
        message = work.session.scalars(select(Message).where(Message.kind == "own_data_changed")).first()
        assert message is not None
        assert mail_kinds.find(message.kind).outdated(work, message) is None
        token = message.token
    assert Visitor(app.test_client()).get(f"/en/r/{token}").status_code == 200
    assert admin.get("/en/secretariat/members/corrections").status_code == 200


def test_links_of_a_part_open_nothing_while_it_is_off(app: Flask, bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        token = own_data.hand_out(work, 1)
    leave_unused(bench, app, "own_data")
    visitor = Visitor(app.test_client())
    assert visitor.get(f"/en/m/{token}").status_code == 404
    assert visitor.post(f"/en/m/{token}").status_code == 404
    assert visitor.post("/en/m/", {"link": token}).status_code == 404
    leave_unused(bench, app)
    assert visitor.post(f"/en/m/{token}").status_code == 303
    assert "Focal points" in visitor.get("/en/own-organisation").text
    leave_unused(bench, app, "focal_points")
    assert "Focal points" not in visitor.get("/en/own-organisation").text
    leave_unused(bench, app, "own_data")
    assert visitor.get("/en/own-organisation").status_code == 404, "a session that is open neither"


def test_what_leads_to_a_part_belongs_to_it() -> None:
    for purpose in door.known():
        if purpose.session:
            assert purpose.part == part_of(purpose.page), purpose.name
    for kind in mail_kinds.kinds().values():
        # What asks before many are written to is off with the kind itself; what a link opens is on with it.
        assert {part_of(each) for each in kind.asked_on} <= {kind.part}, kind.name
        for name in kind.opens:
            purpose = door.find(name)
            if purpose is not None and purpose.part:
                assert set(kind.part.split()) <= set(purpose.part.split()), kind.name


# -- what others take away


def test_open_data_are_made_without_what_is_off(app: Flask, bench: Bench, settings: Settings) -> None:
    place = open_data.place_of(settings)
    with bench.read(COMMAND, moment()) as work:
        whole = open_data.build(work, place, "sessions", "ejemplo-1").files
        rounds = open_data.build(work, place, "rounds", "ejemplo-1").files
        assert {"recommendations"} <= {each.kind for each in open_data.packages(work)}
    assert {"agreements.csv", "evaluation.csv"} <= whole.keys()
    leave_unused(bench, app, "minutes", "evaluation", "follow_up", "reasons", "theme_proposals")
    with bench.read(COMMAND, moment()) as work:
        left = open_data.build(work, place, "sessions", "ejemplo-1").files
        said = open_data.build(work, place, "rounds", "ejemplo-1").files
        assert "recommendations" not in {each.kind for each in open_data.packages(work)}
        with pytest.raises(Problem, match=r"data\.unknown"):
            open_data.newest(work, "recommendations", "ejemplo-1")
        assert {each.kind for each in open_data.due(work, place)} == {"rounds", "sessions"}
    assert not {"agreements.csv", "evaluation.csv"} & left.keys()
    assert len(said) < len(rounds)
    leave_unused(bench, app, "open_data")
    with bench.read(WORKER, moment()) as work:
        assert open_data.due(work, place) == ()


def test_archives_stay_byte_for_byte(app: Flask, bench: Bench) -> None:
    visitor = app.test_client()
    pages = [f"/en/rounds/{key}/{each}" for key in ("ejemplo-1", "ejemplo-4") for each in ("archive.zip",)]
    before = [visitor.get(each).data for each in pages]
    leave_unused(bench, app, *PARTS)
    assert [visitor.get(each).data for each in pages] == before
    assert all(len(each) > 10_000 for each in before)


# -- new installations, practices, copies


def test_a_new_installation_begins_with_few_and_the_example_has_all(tmp_path: Path, bench: Bench) -> None:
    with bench.read(COMMAND, moment()) as work:
        assert parts.unused(work) == frozenset()
    environ = dict.fromkeys(("CONSULTA_SECRET", "CONSULTA_SECRET_FILE", "CONSULTA_DATABASE"))
    runner = CliRunner(env={**environ, "CONSULTA_DATA": str(tmp_path / "data")})
    for _ in range(2):
        assert runner.invoke(main, ["init"], catch_exceptions=False).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "data" / "consulta.sqlite3")) as connection:
        unused = {name for (name,) in connection.execute("SELECT name FROM unused_parts")}
        assert unused == set(PARTS) - {"own_data", "practice"}
        connection.execute("DELETE FROM unused_parts WHERE name = 'minutes'")
        connection.commit()
    assert runner.invoke(main, ["init"], catch_exceptions=False).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "data" / "consulta.sqlite3")) as connection:
        unused = {name for (name,) in connection.execute("SELECT name FROM unused_parts")}
    assert "minutes" not in unused, "what was chosen stays"


def test_a_copy_of_a_round_has_no_questions_while_they_are_off(app: Flask, bench: Bench) -> None:
    leave_unused(bench, app, "questions")
    with bench.work(COMMAND, moment()) as work:
        command = replace(
            rounds_acts.proposed(work, "ejemplo-2"), key="copia", closes_local="2099-03-05T17:00"
        )
        copying.create(work, command, "ejemplo-2", [copying.THEMES, copying.QUESTIONS])
        round_id = work.session.scalars(select(Round.id).where(Round.key == "copia")).one()
        assert work.session.scalars(select(Question).where(Question.round_id == round_id)).all() == []


def test_a_practice_uses_what_the_installation_uses(app: Flask, bench: Bench, settings: Settings) -> None:
    leave_unused(bench, app, "minutes", "questions")
    with bench.read(COMMAND, moment()) as work:
        key = work.session.scalars(select(Practice.key).where(Practice.state == "asked")).one()
    practice.make_filled(settings, bench, key, moment())
    with practice.opened(settings, key) as there, there.read(COMMAND, moment()) as work:
        assert parts.unused(work) == {"minutes", "questions"}
        assert work.session.scalars(select(Question)).all() == []
    practice.drop(settings, key)


# -- names


def test_a_name_that_no_part_has_fails(bench: Bench, settings: Settings, monkeypatch: Any) -> None:
    with bench.read(COMMAND, moment()) as work, pytest.raises(ValueError, match="minuts"):
        parts.uses(work, "minuts")
    monkeypatch.setattr("consulta.shell.site.VIEWS", {"typed.page": View("published.read", part="minuts")})
    with pytest.raises(ValueError, match="minuts"):
        create_web(bench, settings)
    for path in resource("templates").rglob("*.html"):
        for name in re.findall(r"uses\(\"(\w*)\"\)", path.read_text(encoding="utf-8")):
            parts.require_known(name)

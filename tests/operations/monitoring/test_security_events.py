"""What the server's log tells of attempts and refusals: each once, with the request and a cut network."""

from __future__ import annotations

import json
import logging
import re
import secrets
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from consulta.accounts import staff
from consulta.app import create_app
from consulta.core.problems import Problem
from consulta.people import new_link
from consulta.platform import accounts, counters, security
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Actor
from tests.benches import PASSWORD, Visitor
from tests.cases import for_each
from tests.factories import moment

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

FROM = {"REMOTE_ADDR": "198.51.100.77"}


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == "consulta.security"]


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    client = app.test_client()
    client.environ_base.update(FROM)
    return Visitor(client)


def test_a_failed_sign_in_and_the_wait_after_five_are_told(
    bench: Bench, stranger: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "secretariat")
    for _ in range(6):
        stranger.submit("/en/account/sign-in", {"email": "ana@example.org", "password": "another one"})
    network = "network=198.51.100.0/24"
    failed = f"sign_in.failed {network} known_device=False how=password"
    assert lines(caplog)[:5] == [failed] * 5
    assert re.fullmatch(rf"sign_in\.slowed {network} seconds=\d+", lines(caplog)[5])
    said = "".join(lines(caplog))
    assert "ana@" not in said
    assert "another one" not in said
    assert FROM["REMOTE_ADDR"] not in said


def test_refusals_of_pages_forms_and_links_are_told(
    app: Flask, stranger: Visitor, staff_visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    token = secrets.token_urlsafe(32)
    stranger.post(f"/es/v/{token}")
    stranger.post("/es/new-link", {"email": "ana@example.org"})
    stranger.client.post("/es/new-link", headers={"Sec-Fetch-Site": "cross-site"})
    refused = staff_visitor.get("/es/secretariat/staff")
    assert refused.status_code == 403
    network = "network=198.51.100.0/24"
    assert lines(caplog) == [
        f"link.unknown {network} way=v",
        f"csrf.refused {network} endpoint=public.new_link other_site=False",
        f"csrf.refused {network} endpoint=public.new_link other_site=True",
        "access.denied network=127.0.0.0/24 endpoint=secretariat.staff actor=secretariat:1",
    ]
    assert token[:8] not in "".join(lines(caplog))
    sums = app.extensions["consulta"].counters.sums()
    assert [sums["security", each] for each in ("link.unknown", "csrf.refused", "access.denied")] == [1, 2, 1]


def test_too_many_requests_for_links_are_told(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    start = moment()
    for _ in range(new_link.ADDRESS_MOST + 1):
        with bench.work(COMMAND, start) as work:
            new_link.is_within_limits(work, "new link", "ana@example.org", "192.0.2.1")
    assert lines(caplog) == ["rate.limited network= what=new_link"]


def test_changes_of_rights_are_told_when_they_are_stored_and_only_then(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    counted: list[tuple[str, str]] = []
    asked = security.Asked("0a1b2c3d4e5f", "192.0.2.0/24", lambda *name: counted.append(name))
    start = moment()
    with bench.work(COMMAND, start) as work:
        admin = accounts.add_staff(work, "eva@example.org", "Eva", PASSWORD, "admin").id
        person = accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "mail").id
    assert lines(caplog) == [], "a command is no request: its own output says what it did"
    eva = Actor("admin", admin, "Eva", confirmed_at=start)
    with security.answering(asked):
        with suppress(Problem), bench.work(eva, start) as work:
            staff.change_role(work, person, "secretariat", "New task")
            raise Problem("staff.reason", most=1)
        assert lines(caplog) == []
        with bench.work(eva, start) as work:
            staff.change_role(work, person, "secretariat", "New task")
            assert lines(caplog) == []
    assert lines(caplog) == [
        f"role.changed network=192.0.2.0/24 act=staff.role actor=admin:{admin} subject=staff:{person}"
    ]
    assert counted == [("security", "role.changed")]


def test_each_event_is_counted_and_written_in_one_place() -> None:
    assert set(security.ACTS.values()) <= set(counters.EVENTS)
    assert set(counters.EVENTS) >= security.QUIET


# -- lines


def unprepared(monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    """A process whose log nobody has set up, as under gunicorn, which keeps only loggers of its own."""
    root = logging.RootLogger(logging.WARNING)
    monkeypatch.setattr(logging, "root", root)
    monkeypatch.setattr(logging.getLogger("consulta"), "parent", root)
    return root


def test_under_another_server_the_log_is_set_up_with_the_application(
    settings: Settings, bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_log = unprepared(monkeypatch)
    app = create_app(replace(settings, log_format="json"), bench)
    create_app(replace(settings, log_format="json"), bench)
    assert len(own_log.handlers) == 1
    answer = app.test_client().post(f"/es/v/{secrets.token_urlsafe(32)}", environ_base=FROM)
    (line,) = [json.loads(each) for each in capsys.readouterr().err.splitlines()]
    assert line["request"] == answer.headers["X-Request-ID"]
    assert (line["event"], line["level"]) == ("link.unknown", "warning")
    assert line["facts"] == {"network": "198.51.100.0/24", "way": "v"}


@for_each("form", ["text", "json"])
def test_the_reference_on_the_page_of_an_error_is_the_request_in_the_log(
    settings: Settings,
    bench: Bench,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    form: security.Form,
) -> None:
    unprepared(monkeypatch)
    app = create_app(replace(settings, log_format=form), bench)
    token = secrets.token_urlsafe(32)

    def broken(**_: object) -> str:
        raise ValueError(f"/es/v/{token}")

    app.view_functions["public.home"] = broken
    answer = app.test_client().get("/en/")
    assert answer.status_code == 500
    number = answer.headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{12}", number)
    assert f"this reference: {number}" in answer.text
    said = capsys.readouterr().err
    assert token[:8] not in said
    if form == "json":
        line = json.loads(said)
        assert (line["request"], line["facts"]["reference"], line["event"]) == (number, number, "error")
        assert "ValueError: /es/v/-" in line["error"]
    else:
        assert f"error reference={number} endpoint=public.home request={number}" in said.splitlines()[0]

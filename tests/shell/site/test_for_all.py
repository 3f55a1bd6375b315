"""Which answers may be kept, and how long: public pages for readers without a cookie, nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from flask import template_rendered

from consulta.platform.web.pages import VIEWS
from consulta.shell.site import for_all
from tests.polling import open_round
from tests.shell.site.test_access import address, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.work import Bench
    from tests.benches import Visitor

A_MINUTE = "public, max-age=50"
PAGES = ("/es/", "/en/method", "/en/rounds/2027-1", "/es/members", "/es/log")


@pytest.fixture
def a_round(bench: Bench) -> str:
    """An open round; the token of somebody's link."""
    return open_round(bench)[0].token


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages be handed out again, as in an installation."""
    monkeypatch.setattr(for_all, "AGE", 10.0)


@pytest.fixture
def drawn(app: Flask) -> Iterator[list[str]]:
    """The templates that were drawn."""
    names: list[str] = []

    def note(_app: Flask, template: object, **_: object) -> None:
        names.append(getattr(template, "name", ""))

    with template_rendered.connected_to(note, app):
        yield names


def stranger(app: Flask, url: str, **headers: str) -> TestResponse:
    return app.test_client(use_cookies=False).get(url, headers={**headers})


def test_only_what_everybody_may_read_is_ever_kept(app: Flask, a_round: str) -> None:
    """Every address of the program, as a reader without a cookie asks for it."""
    public = set()
    for rule, method in rules(app):
        answer = app.test_client(use_cookies=False).open(address(app, rule), method=method)
        said = answer.headers["Cache-Control"]
        if said.startswith("public"):
            public.add(rule.endpoint)
            assert VIEWS[rule.endpoint].action == "published.read", rule.endpoint
            assert method == "GET", rule.endpoint
            assert "Set-Cookie" not in answer.headers, rule.endpoint
            assert "csrf_token" not in answer.text, rule.endpoint
        else:
            assert said == "no-store", rule.endpoint
        if said == A_MINUTE:
            assert answer.status_code == HTTPStatus.OK
            assert {"cookie"} <= {each.lower() for each in answer.vary}
    assert {"public.home", "public.round_page", "public.member_list", "public.method", "public.log"} <= public
    assert not public & {"monitoring.ready", "monitoring.live", "log.checkpoint", "public.demo"}


def test_with_a_cookie_nothing_is_kept(app: Flask, a_round: str) -> None:
    """Whatever the cookie is: what stands in it may be on the page."""
    client = app.test_client()
    client.set_cookie("other", "1")
    for rule, _method in rules(app):
        view = VIEWS[rule.endpoint]
        if view.session:
            answer = client.get(address(app, rule))
            said = answer.headers["Cache-Control"]
            assert said != A_MINUTE, rule.endpoint
            assert "ETag" not in answer.headers, rule.endpoint


@pytest.mark.usefixtures("kept", "a_round")
def test_a_page_of_one_reader_is_not_shown_to_another(app: Flask, staff_visitor: Visitor) -> None:
    before = [stranger(app, page).data for page in PAGES]
    own = [staff_visitor.get(page) for page in PAGES]
    after = [stranger(app, page).data for page in PAGES]
    assert before == after
    assert all(each.data != page for each, page in zip(own, before, strict=True)), (
        "its reader's name is on it"
    )
    assert {each.headers["Cache-Control"] for each in own} == {"no-store"}


@pytest.mark.usefixtures("kept", "a_round")
def test_who_has_the_page_already_costs_no_drawing(
    app: Flask, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for page in PAGES:
        first = stranger(app, page, **{"Accept-Encoding": "gzip"})
        assert (first.status_code, first.headers["Cache-Control"]) == (200, A_MINUTE), page
        tag = str(first.headers["ETag"])
        drawn.clear()
        same = stranger(app, page, **{"If-None-Match": tag, "Accept-Encoding": "gzip"})
        assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
        assert same.headers["Cache-Control"] == A_MINUTE
        again = stranger(app, page, **{"If-None-Match": '"another"', "Accept-Encoding": "gzip"})
        assert (again.status_code, again.data) == (200, first.data)
        assert again.headers["Content-Length"] == str(len(again.data))
        assert set(first.headers.keys()) <= set(again.headers.keys())
        assert drawn == []
        plain = stranger(app, page)
        assert "<main" in plain.text, "who does not read gzip gets none"
        head = app.test_client(use_cookies=False).head(page, headers={"Accept-Encoding": "gzip"})
        assert (head.data, head.headers["ETag"]) == (b"", tag)
    now = for_all.monotonic()
    monkeypatch.setattr(for_all, "monotonic", lambda: now + 11)
    drawn.clear()
    same = stranger(app, PAGES[1], **{"If-None-Match": tag_of(app, PAGES[1])})
    assert same.status_code == 304, "drawn anew, it is the same page"
    assert drawn != []


def tag_of(app: Flask, page: str) -> str:
    return str(stranger(app, page).headers["ETag"])


@pytest.mark.usefixtures("kept")
def test_what_is_published_at_the_desk_shows_at_once(app: Flask, staff_visitor: Visitor) -> None:
    before = stranger(app, "/es/members")
    page = "/es/secretariat/members/new"
    form = {"name": "Red Andina", "country": "PE", "sector": "ngo", "contacts-0-email": "ana@example.org"}
    answer = staff_visitor.submit(page, form)
    assert answer.status_code == 303
    after = stranger(app, "/es/members", **{"If-None-Match": str(before.headers["ETag"])})
    assert after.status_code == 200
    assert "Red Andina" in after.text
    assert "Red Andina" not in before.text


@pytest.mark.usefixtures("kept")
def test_a_process_keeps_so_many_pages_and_no_more(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(for_all, "MOST", 3)
    for number in range(10):
        assert stranger(app, f"/es/method?page={number}").status_code == 200
    assert 0 < len(app.extensions["consulta"].kept.pages) <= 3

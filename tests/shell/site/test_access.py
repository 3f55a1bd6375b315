"""Deny by default: every route is in the table, and the table is what happens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from werkzeug.routing import IntegerConverter

from consulta.app import create_app
from consulta.platform import access
from consulta.platform.web.assets import POLICY
from consulta.platform.work import COMMAND, Bench
from consulta.results import verifier
from consulta.shell.site import guards as security
from tests.benches import Visitor, voter_visitor
from tests.browser.test_pages import DESK, NOT_IN_THE_EXAMPLE
from tests.cases import for_each
from tests.deep import some
from tests.factories import (
    build_link,
    build_nominee,
    build_organisation,
    build_round,
    build_seat,
    moment,
    open_now,
)
from tests.shell.site import test_what_pages_read as what_pages_read
from tests.views import CONFIRMED, ROUTES, TWO_PERSONS, WITHOUT_SESSION, confirmed_acts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.routing import Rule

    from consulta.platform.settings import Settings

# What stands for each argument of an address; where an endpoint has others, the test says so.
ARGUMENTS = {
    "lang": "es",
    "language": "en",
    "key": "2027-1",
    "round_key": "2027-1",
    "theme_key": "t1",
    "question": "p1",
    "file": "tables.csv",
    "nominee_key": "n01",
    "kind": "invitation",
    "seat_key": "s001",
    "token": "x" * 43,
    "way": "v",
    "digest": "0" * 12,
    "name": "css/none.css",
    "notice": "about",
    "table": "members",
    "chart": "ranked",
    "ending": "svg",
    "file_kind": "csv",
    "reference": "2027-R1",
    "path": "nothing",
    "series": "rounds",
    "record": "staff",
}


# Steps of signing in: they lead back to its first one.
SIGNING_IN = {
    *("account.second", "account.answer_passkey"),
    *("account.ask_provider", "provider.answer"),
    *("staff.set_up", "staff.codes", "staff.make_passkey", "staff.keep_passkey"),
}

FILES = (".pdf", ".ics", ".tsq", "template", "<file>", "<any(svg, csv):ending>", "<any(svg, png):ending>")


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        yield from ((rule, method) for method in sorted((rule.methods or set()) & {"GET", "POST"}))


def address(app: Flask, rule: Rule) -> str:
    converters = rule._converters
    values = {
        name: 1 if isinstance(converters[name], IntegerConverter) else ARGUMENTS[name]
        for name in rule.arguments
    }
    with app.test_request_context():
        built = app.url_map.bind("localhost").build(rule.endpoint, values, method=None)
    return str(built)


@pytest.fixture
def furnished(bench: Bench) -> str:
    """An open round with a seat; the token of its contact's link."""
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session))
        build_nominee(work.session, a_round)
        organisation = build_organisation(work.session)
        seat = build_seat(work.session, a_round, organisation)
        return build_link(work.session, seat, organisation.contacts[0])


def is_sign_in(location: str | None) -> bool:
    return location is not None and "/account/sign-in" in location


def test_what_is_confirmed_is_of_people_with_a_password() -> None:
    """Routes of nobody with a password are admitted without a look at confirmations."""
    for endpoint in CONFIRMED | confirmed_acts() | TWO_PERSONS:
        assert access.ACTIONS[ROUTES[endpoint]] & access.SIGNED_IN, endpoint


@pytest.mark.gate
def test_every_route_is_in_the_table_and_the_table_has_no_others(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(ROUTES), "a view says who may open it: it joins a blueprint of `Pages`"
    for listed in (CONFIRMED, TWO_PERSONS, WITHOUT_SESSION):
        assert listed - set(ROUTES) == set(), "a view that is not of ROUTES is named"
    assert confirmed_acts() - set(ROUTES) == set(), "`asked_on` of a kind, in its mails.py, names no page"


@pytest.mark.gate
def test_every_parameter_of_an_address_has_a_value_in_the_tests(app: Flask) -> None:
    here = {
        name
        for rule, _method in rules(app)
        for name in rule.arguments
        if not isinstance(rule._converters[name], IntegerConverter)
    }
    assert here - set(ARGUMENTS) == set(), (
        "say in ARGUMENTS of tests/shell/site/test_access.py what stands for it"
    )
    asked = {name for rule in what_pages_read.pages(app) for name in rule.arguments}
    assert asked - what_pages_read.PARAMETERS == set(), (
        "say in WORDS of tests/shell/site/test_what_pages_read.py what stands for it, or in a list below that"
    )


@pytest.mark.gate
def test_every_action_of_a_route_is_an_action() -> None:
    assert set(ROUTES.values()) <= set(access.ACTIONS), (
        "say in ACTIONS of consulta/platform/access.py who may do it"
    )


def test_a_route_outside_the_table_is_closed(settings: Settings, bench: Bench) -> None:
    app = create_app(settings, bench)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert app.test_client().get("/forgotten").status_code == 403


def test_a_stranger_reaches_what_is_for_everybody_and_nothing_else(app: Flask, furnished: str) -> None:
    for rule, method in rules(app):
        visitor = Visitor(app.test_client())
        url = address(app, rule)
        allowed = access.ACTIONS[ROUTES[rule.endpoint]]
        answer = visitor.get(url) if method == "GET" else visitor.post(url)
        told = (method, url, answer.status_code)
        if "anonymous" in allowed:
            assert not is_sign_in(answer.headers.get("Location")) or rule.endpoint in SIGNING_IN, told
            assert answer.status_code != 403 or method == "POST", told
        elif allowed & access.SIGNED_IN:
            # Without its token a POST stops at 403 already; either way nothing opens.
            assert is_sign_in(answer.headers.get("Location")) or answer.status_code == 403, told
        else:
            assert answer.status_code == 403, told


def test_a_voter_reaches_no_page_of_the_secretariat(app: Flask, furnished: str) -> None:
    visitor = voter_visitor(app, furnished)
    for rule, method in rules(app):
        allowed = access.ACTIONS[ROUTES[rule.endpoint]]
        if "voter" in allowed:
            continue
        url = address(app, rule)
        answer = visitor.get(url) if method == "GET" else visitor.post(url)
        assert is_sign_in(answer.headers.get("Location")) or answer.status_code == 403, (method, url)


def test_staff_reach_no_ballot(app: Flask, staff_visitor: Visitor, furnished: str) -> None:
    for rule, method in rules(app):
        if access.ACTIONS[ROUTES[rule.endpoint]] == access.VOTERS:
            url = address(app, rule)
            answer = staff_visitor.get(url) if method == "GET" else staff_visitor.post(url)
            assert answer.status_code == 403, (method, url)


def test_every_post_without_its_token_is_refused(app: Flask, staff_visitor: Visitor, furnished: str) -> None:
    """The personal link needs none, its secret is in its address; nor does what only reads."""
    voter = voter_visitor(app, furnished)
    for rule, method in rules(app):
        if method != "POST" or rule.endpoint in {*WITHOUT_SESSION, "public.receipts"}:
            continue
        visitor = voter if access.ACTIONS[ROUTES[rule.endpoint]] == access.VOTERS else staff_visitor
        assert visitor.post(address(app, rule)).status_code == 403, rule.rule


def test_every_post_from_another_site_is_refused(app: Flask, staff_visitor: Visitor, furnished: str) -> None:
    for rule, method in rules(app):
        if method == "POST":
            for headers in (
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site"},
            ):
                answer = staff_visitor.post(address(app, rule), headers=headers)
                assert answer.status_code == 403, rule.rule


def test_another_sessions_token_is_refused(app: Flask, staff_visitor: Visitor, visitor: Visitor) -> None:
    token = visitor.token(visitor.get("/es/account/sign-in"))
    assert staff_visitor.post("/es/account/sign-out", {"csrf_token": token}).status_code == 403


def test_looking_at_a_page_changes_no_row(
    app: Flask, bench: Bench, staff_visitor: Visitor, furnished: str
) -> None:
    voter = voter_visitor(app, furnished)
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    event.listen(bench.engine, "before_cursor_execute", note)
    for rule, method in some(rules(app), 2):
        if method == "GET":
            url = address(app, rule)
            for visitor in (staff_visitor, voter):
                assert visitor.get(url).status_code < 500, url
            assert written == [], url


def test_headers_stand_on_every_answer(app: Flask, staff_visitor: Visitor, furnished: str) -> None:
    for rule, method in some(rules(app), 2, 1):
        url = address(app, rule)
        answer = staff_visitor.get(url) if method == "GET" else staff_visitor.post(url)
        opened = {"Cross-Origin-Resource-Policy": "cross-origin"} if url.startswith("/data") else {}
        if url.endswith("/verificar"):  # its scripts are in the page itself, allowed by their digests
            opened["Content-Security-Policy"] = verifier.policy()
        for name, value in {**security.HEADERS, **opened}.items():
            assert answer.headers.get(name) == value, (url, name)
        assert answer.headers.get("Cache-Control"), url
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "HttpOnly" in cookie, url
            assert "SameSite=Lax" in cookie, url
    lost = staff_visitor.get("/nowhere")
    assert lost.status_code == 404
    assert lost.headers["Content-Security-Policy"] == POLICY


@for_each("lang, other", [("es", "en"), ("en", "es")])
def test_a_page_that_is_not_there_speaks_the_language_of_its_address(
    visitor: Visitor, lang: str, other: str
) -> None:
    lost = visitor.get(f"/{lang}/nowhere", headers={"Accept-Language": other})
    assert lost.status_code == 404
    assert f'<html lang="{lang}">' in lost.text


def test_cookies_are_secure_where_pages_are(settings: Settings, bench: Bench) -> None:

    secure = create_app(replace(settings, base_url="https://consulta.example.org"), bench)
    answer = secure.test_client().get(
        "/es/account/sign-in",
        base_url="https://consulta.example.org",
        headers={"Host": "consulta.example.org"},
    )
    assert answer.headers["Strict-Transport-Security"] == security.HSTS
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-consulta=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_a_forged_host_is_refused(app: Flask) -> None:
    answer = app.test_client().get("/es/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.gate
def test_every_page_of_the_desk_is_visited_at_each_width(app: Flask) -> None:
    addresses = app.url_map.bind("localhost")
    visited = {
        addresses.match(f"/es/secretariat/{path.split('?')[0]}")[0] for path in DESK if ".." not in path
    }
    left_out = {f"secretariat.{name}" for name in NOT_IN_THE_EXAMPLE}
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("secretariat.") and "GET" in (rule.methods or ())
        if not rule.rule.endswith(FILES)
    }
    assert pages - visited - left_out == {"secretariat.seat_paper"}, (
        "add its address to DESK of tests/browser/test_pages.py, or its name to NOT_IN_THE_EXAMPLE there"
    )
    assert left_out - pages == set(), (
        "NOT_IN_THE_EXAMPLE of tests/browser/test_pages.py: there is no such page"
    )

"""Scrutineers: who appoints them, what they reach and what they take; and that it is nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting import bundle as core
from consulta.core.counting import count
from consulta.core.problems import Problem
from consulta.platform import access, accounts
from consulta.platform.log import chain
from consulta.platform.models import Message, Round, Seat, Staff
from consulta.platform.work import COMMAND, Actor
from consulta.results import checks
from consulta.results import service as results
from consulta.rounds import service as rounds
from tests import sessions_aged
from tests.accounts.sign_in.test_confirmation import hidden
from tests.benches import PASSWORD, STAFF, Visitor, voter_visitor
from tests.drafts import KEY, hand_out, make_open
from tests.factories import moment
from tests.rounds.test_secrecy import vote
from tests.shell.site.test_access import address, rules
from tests.texts import both
from tests.views import ROUTES

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.work import Bench

PERSON, ORGANISATION = "Elena Duarte", "Red de Escrutinio"
PAGE = f"/es/scrutiny/rounds/{KEY}"
DESK = f"/es/secretariat/rounds/{KEY}/scrutineers"


def account(bench: Bench, email: str = "elena@example.org", name: str = PERSON) -> int:
    with bench.work(COMMAND, moment()) as work:
        return accounts.add_staff(work, email, name, PASSWORD, "scrutineer", organisation=ORGANISATION).id


def appointed(bench: Bench, key: str = KEY) -> int:
    person = account(bench)
    with bench.work(COMMAND, moment()) as work:
        checks.appoint(work, key, person)
    return person


def signed_in(app: Flask, email: str = "elena@example.org", lang: str = "es") -> Visitor:
    visitor = Visitor(app.test_client())
    answer = visitor.submit(f"/{lang}/account/sign-in", {"email": email, "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/{lang}/scrutiny/"
    return visitor


def closed(bench: Bench, *, published: bool = False) -> None:
    vote(bench, "s001", "s002", "s003")
    with bench.read(COMMAND, moment()) as work:
        ended = work.session.scalars(select(Round.closed_at).where(Round.key == KEY)).one()
    assert ended is not None
    with bench.work(COMMAND, ended) as work:
        results.count(work, KEY)
        if published:
            results.publish(work, KEY)


def take(visitor: Visitor, kind: str, page: str = PAGE) -> TestResponse:
    return visitor.submit(page, {"kind": kind}, to=f"{page}/document")


def acts(bench: Bench) -> list[tuple[str, str, dict[str, object]]]:
    with bench.read(COMMAND, moment()) as work:
        return [(row.actor, row.action, json.loads(row.details)) for row in chain.entries(work.session)]


def test_the_secretariat_appoints_and_dismisses_and_the_public_reads_who(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    make_open(bench)
    person = account(bench)
    page = staff_visitor.get(DESK)
    assert PERSON in page.text
    assert PERSON not in visitor.get(f"/es/rounds/{KEY}").text
    assert staff_visitor.submit(DESK, to=f"{DESK}/{person}/appoint").status_code == 303
    public = visitor.get(f"/es/rounds/{KEY}").text
    assert PERSON in public
    assert ORGANISATION in public
    assert "elena@example.org" not in public
    assert staff_visitor.submit(DESK, to=f"{DESK}/{person}/dismiss").status_code == 303
    assert PERSON not in visitor.get(f"/es/rounds/{KEY}").text
    done = [(action, details) for _, action, details in acts(bench) if action.startswith("scrutineers.")]
    assert done == [
        ("scrutineers.dismissed", {"staff": person}),
        ("scrutineers.appointed", {"staff": person}),
    ]
    told = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/log").text.partition("<tbody")[2]
    assert "scrutineers." not in told, "each act has its words"
    with bench.read(COMMAND, moment()) as work:
        mails = work.session.scalars(select(Message).where(Message.kind == "staff_notice"))
        heard = {(each.facts["what"], each.address) for each in mails}
    both = ("elena@example.org", STAFF)
    assert heard == {
        (what, each) for what in ("scrutineer_appointed", "scrutineer_dismissed") for each in both
    }, "a thief of a password ends no appointment unheard"


def test_nobody_else_can_be_appointed(bench: Bench, staff_visitor: Visitor) -> None:
    make_open(bench)
    person = account(bench)
    with bench.work(COMMAND, moment()) as work:
        other = work.session.scalars(select(Staff).where(Staff.role == "secretariat")).one().id
        accounts.disable_staff(work, "elena@example.org")
    for staff_id in (other, person, 999):
        with pytest.raises(Problem, match=r"scrutineer\.unknown"), bench.work(COMMAND, moment()) as work:
            checks.appoint(work, KEY, staff_id)
    with bench.work(COMMAND, moment()) as work:
        rounds.cancel_round(work, KEY, "no more")
    with pytest.raises(Problem, match=r"round\.cancelled"), bench.work(COMMAND, moment()) as work:
        checks.appoint(work, KEY, person)


def test_a_scrutineer_sees_their_rounds_and_no_others(bench: Bench, app: Flask) -> None:
    lang = "en"
    make_open(bench)
    with bench.work(COMMAND, moment()) as work:
        other = work.session.scalars(select(Round)).one()
        work.session.add(
            Round(
                key="2027-9",
                title=both("Otra"),
                zone=other.zone,
                closes_local=other.closes_local,
                closes_at=other.closes_at,
                rules=other.rules,
                panel_rules=other.panel_rules,
                state="closed",
                closed_at=moment(),
                opened_at=moment(),
                created_at=moment(),
            )
        )
    appointed(bench)
    visitor = signed_in(app, lang=lang)
    start = visitor.get(f"/{lang}/scrutiny/")
    assert f"/{lang}/scrutiny/rounds/{KEY}" in start.text
    assert "2027-9" not in start.text
    assert visitor.get(f"/{lang}/scrutiny/rounds/{KEY}").status_code == 200
    for page in ("", "/result"):
        assert visitor.get(f"/{lang}/scrutiny/rounds/2027-9{page}").status_code == 404
    for kind in ("bundle", "result", "archive"):
        answer = visitor.submit(
            f"/{lang}/scrutiny/", {"kind": kind}, to=f"/{lang}/scrutiny/rounds/2027-9/document"
        )
        assert answer.status_code == 404


def test_before_closing_only_how_many_have_voted(bench: Bench, app: Flask) -> None:
    make_open(bench, "PE", "MX", "JM")
    hand_out(bench, KEY)
    appointed(bench)
    visitor = signed_in(app)
    page = visitor.get(PAGE)
    assert "0 de 3" in page.text
    with bench.read(COMMAND, moment()) as work:
        names = work.session.scalars(select(Seat.name)).all()
    assert not [name for name in names if name in page.text]
    assert "/document" not in page.text
    assert visitor.get(f"{PAGE}/result").status_code == 409
    for kind in ("bundle", "result", "archive"):
        assert take_closed(visitor, kind).status_code == 409
    assert not [action for _, action, _ in acts(bench) if action == "results.downloaded"]


def take_closed(visitor: Visitor, kind: str) -> TestResponse:
    return visitor.submit("/es/scrutiny/", {"kind": kind}, to=f"{PAGE}/document")


@pytest.mark.deep
def test_after_closing_the_result_and_a_bundle_that_counts_to_it(bench: Bench, app: Flask) -> None:
    make_open(bench)
    person = appointed(bench)
    closed(bench)
    visitor = signed_in(app)
    assert "Tema número 1" in visitor.get(f"{PAGE}/result").text
    bundle, result = take(visitor, "bundle"), take(visitor, "result")
    assert count.count(core.parse(bundle.data)).to_json() == result.data
    assert bundle.headers["Content-Disposition"] == f'attachment; filename="{KEY}-bundle.json"'
    assert 400 <= take(visitor, "archive").status_code < 500, "there is none before the publication"
    taken = [
        (actor, details["kind"]) for actor, action, details in acts(bench) if action == "results.downloaded"
    ]
    assert taken == [(f"scrutineer:{person}", "result"), (f"scrutineer:{person}", "bundle")]


def test_after_the_publication_the_complete_archive(bench: Bench, app: Flask, visitor: Visitor) -> None:
    make_open(bench)
    appointed(bench)
    closed(bench, published=True)
    answer = take(signed_in(app), "archive")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    assert b"bundle.json" in answer.data
    assert acts(bench)[0][1] == "results.downloaded"


def test_taking_something_asks_for_the_password_again(bench: Bench, app: Flask) -> None:
    make_open(bench)
    appointed(bench)
    closed(bench)
    visitor = signed_in(app)
    with bench.work(COMMAND, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(minutes=11))
    answer = take(visitor, "bundle")
    assert answer.status_code == 422
    kept = hidden(answer)
    assert kept["kind"] == ["bundle"]
    given = visitor.post(answer.request.path, kept | {"confirm_password": PASSWORD})
    assert (given.status_code, given.mimetype) == (200, "application/json"), "the click led to the file"


def test_dismissed_or_disabled_is_out_at_once(bench: Bench, app: Flask) -> None:
    make_open(bench)
    person = appointed(bench)
    visitor = signed_in(app)
    with bench.work(COMMAND, moment()) as work:
        checks.dismiss(work, KEY, person)
    assert visitor.get(PAGE).status_code == 404
    with bench.work(COMMAND, moment()) as work:
        accounts.disable_staff(work, "elena@example.org")
    assert "/account/sign-in" in visitor.get("/es/scrutiny/").headers["Location"]


def test_a_scrutineer_reaches_no_page_of_the_secretariat_and_no_ballot(bench: Bench, app: Flask) -> None:
    make_open(bench)
    appointed(bench)
    visitor = signed_in(app)
    closed_doors = 0
    for rule, method in rules(app):
        if "scrutineer" in access.ACTIONS[ROUTES[rule.endpoint]]:
            continue
        url = address(app, rule)
        answer = visitor.get(url) if method == "GET" else visitor.post(url)
        assert answer.status_code == 403, (method, url, answer.status_code)
        closed_doors += 1
    assert closed_doors > 40


def test_nobody_else_reaches_a_page_of_scrutiny(bench: Bench, app: Flask, staff_visitor: Visitor) -> None:
    make_open(bench)
    link = hand_out(bench, KEY)[0]
    voter = voter_visitor(app, link.url.rpartition("/")[2])
    stranger = Visitor(app.test_client())
    for rule, method in rules(app):
        if not rule.endpoint.startswith("scrutineer."):
            continue
        url = address(app, rule)
        for visitor in (staff_visitor, voter, stranger):
            answer = visitor.get(url) if method == "GET" else visitor.post(url)
            to_sign_in = "/account/sign-in" in answer.headers.get("Location", "")
            assert answer.status_code == 403 or to_sign_in, (method, url, answer.status_code)


def test_the_services_ask_too(bench: Bench) -> None:
    """Past the door: a scrutineer of another round, staff, and a person with no appointment."""
    make_open(bench)
    person = appointed(bench)
    closed(bench)
    other = account(bench, "otra@example.org", "Otra")
    strangers = [
        (Actor("scrutineer", other), "round.unknown"),
        (Actor("scrutineer"), "round.unknown"),
        (Actor("secretariat", person), "access.denied"),
        (Actor("voter", person), "access.denied"),
        (COMMAND, "access.denied"),
    ]
    for actor, code in strangers:
        for ask in (
            lambda work: checks.look(work, KEY),
            lambda work: checks.result(work, KEY),
            lambda work: checks.document(work, KEY, "bundle"),
            lambda work: checks.complete_archive(work, KEY),
        ):
            with pytest.raises(Problem) as refused, bench.work(actor, moment()) as work:
                ask(work)
            assert refused.value.code == code
    for act in (
        lambda work: checks.desk(work, KEY),
        lambda work: checks.appoint(work, KEY, other),
        lambda work: checks.dismiss(work, KEY, person),
        lambda work: results.document(work, KEY, "bundle"),
    ):
        with (
            pytest.raises(Problem, match=r"access\.denied"),
            bench.work(Actor("scrutineer", person), moment()) as work,
        ):
            act(work)

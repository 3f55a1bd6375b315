"""What a stranger, a clumsy hand or a machine may send: an answer of ours each time, nothing given away."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from sqlalchemy import delete, func, select, update

from consulta.app import create_app
from consulta.core.counting.choice import Entries
from consulta.core.panel.rules import parse_panel_rules
from consulta.panel import service as panels
from consulta.people import members
from consulta.platform import accounts
from consulta.platform.models import Ballot, Message, Staff
from consulta.platform.web import request as web_request
from consulta.platform.web.assets import asset
from consulta.platform.web.request import local_path
from consulta.platform.work import COMMAND
from consulta.results import service as results
from consulta.rounds import service as rounds
from consulta.vote import service as voting
from tests.benches import PASSWORD, STAFF, Visitor, voter_visitor
from tests.cases import for_each
from tests.changing import ASKED
from tests.deep import DEEP
from tests.factories import (
    build_link,
    build_nominee,
    build_organisation,
    build_round,
    build_seat,
    moment,
    open_now,
)
from tests.invited import confirm
from tests.markup import parsed
from tests.polling import open_round
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Actor, Bench, Work

HUGE = "9" * 40


@for_each(
    "target",
    [
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\x00/evil.example",
        "/\u2028/evil.example",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(staff_visitor: Visitor, target: str) -> None:
    assert local_path(target) is None
    if "\x00" not in target:
        page = f"/es/account/sign-in?next={quote(target)}"
        answer = staff_visitor.submit(page, {"email": STAFF, "password": PASSWORD})
        assert answer.headers["Location"] == "/es/secretariat/"


@for_each(
    "question",
    ["endpoint=x", "_scheme=javascript&_external=1", "_anchor=x", "_method=POST", "self=1", "a=%ff"],
)
@for_each("path", ["/es/", "/es/v/abc", "/es/method", "/es/account/sign-in"])
def test_no_question_in_an_address_breaks_a_page(visitor: Visitor, path: str, question: str) -> None:
    answer = visitor.get(f"{path}?{question}")
    assert answer.status_code == 200
    assert "javascript:" not in answer.text


@for_each(
    "path, status",
    [
        (f"/es/secretariat/members/{HUGE}", 404),
        (f"/es/secretariat/members/{2**31}", 404),
        (f"/es/secretariat/members/import/{HUGE}", 404),
        (f"/es/secretariat/members/1/contacts/{HUGE}", 404),
        (f"/es/secretariat/members?page={HUGE}", 200),
        ("/es/rounds/%00", 400),
        ("/es/v/%00", 400),
        ("/es/secretariat/members?text=%00", 400),
        ("/es/secretariat/members?%00=a", 400),
        ("/static/0/%00", 400),
        ("/static/0/" + "a" * 300, 404),
        ("/static/0/../../settings.py", 404),
        ("/static/0/..%2f..%2fsettings.py", 404),
        ("/es/rounds/" + "a" * 3000, 404),
        ("/%ff%fe", 404),
    ],
)
def test_odd_addresses_get_an_answer_of_ours(staff_visitor: Visitor, path: str, status: int) -> None:
    answer = staff_visitor.get(path)
    assert answer.status_code == status
    assert "Content-Security-Policy" in answer.headers


def test_a_static_file_has_one_name() -> None:
    """Else every other name for it would be one more copy in memory."""
    asset("favicon.svg")
    for name in ("./favicon.svg", "css/../favicon.svg", "css//consulta.css", "css"):
        with pytest.raises(FileNotFoundError):
            asset(name)


@for_each("origin", ["http://evil.example", "http://localhost.evil.example", "http://[bad", ""])
def test_an_origin_that_is_not_ours_is_refused(visitor: Visitor, origin: str) -> None:
    answer = visitor.client.post("/es/v/abc", headers={"Origin": origin})
    assert answer.status_code == 403


@for_each("origin", ["null", "http://localhost"])
def test_our_own_forms_come_through_browsers_that_say_little(visitor: Visitor, origin: str) -> None:
    """Without a referrer a browser names the origin `null`; the token in each form stands guard."""
    assert visitor.client.post("/es/v/abc", headers={"Origin": origin}).status_code == 404


# -- texts that want to be markup

WICKED = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*191}}%(x)s %s"


def wicked_round(bench: Bench) -> str:
    """An open round in which everything that people write is markup; the token of a link."""
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session, title=both(WICKED, WICKED)))
        a_round.question = both(WICKED, WICKED)
        for theme in a_round.themes:
            theme.title = theme.description = both(WICKED, WICKED)
        build_nominee(work.session, a_round, name=WICKED, organisation=WICKED, email="a@example.org")
        organisation = build_organisation(work.session, WICKED, tags=[WICKED])
        organisation.contacts[0].name = WICKED
        seat = build_seat(work.session, a_round, organisation)
        return build_link(work.session, seat, organisation.contacts[0])


def addresses(app: Flask) -> Iterator[str]:
    values = {
        "lang": "es",
        "way": "v",
        "key": "2027-1",
        "theme_key": "t1",
        "nominee_key": "n01",
        "member": 1,
        "contact": 1,
    }
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= values.keys():
            chosen = {name: values[name] for name in rule.arguments}
            with app.test_request_context():
                yield app.url_map.bind("localhost").build(rule.endpoint, chosen)


def elements(page: TestResponse, name: str) -> list[dict[str, str]]:
    return [dict(each.attrib) for each in parsed(page.text).iter(f"{{http://www.w3.org/1999/xhtml}}{name}")]


def is_ours(image: dict[str, str]) -> bool:
    """Whether an image is a picture of a result that the desk shows, with nothing else on it."""
    path = r"/es/secretariat/rounds/2027-1/result/(charts/)?[a-z0-9-]+\.svg"
    return bool(re.fullmatch(path, image["src"])) and (
        image.keys() <= {"src", "alt", "width", "height", "loading"}
    )


def look_everywhere(app: Flask, visitors: Iterable[Visitor]) -> Counter[int]:
    """Every page that these visitors can see is free of foreign markup; how many there were by status."""
    seen: Counter[int] = Counter()
    for address in addresses(app):
        for visitor in visitors:
            page = visitor.get(address)
            seen[page.status_code] += 1
            assert page.status_code < 500, address
            if page.mimetype == "text/html" and not address.endswith(("/verificar", "/verificar.html")):
                # The verifier is one file with its own script, and holds nothing that people write.
                assert [each for each in elements(page, "script") if "src" not in each] == [], address
                assert [each for each in elements(page, "img") if not is_ours(each)] == [], address
                assert "1337" not in page.text, address
    return seen


def pictures_hold_no_markup(staff_visitor: Visitor) -> None:
    pictures = elements(staff_visitor.get("/es/secretariat/rounds/2027-1/result/charts"), "img")
    assert pictures
    for each in pictures:
        picture = staff_visitor.get(each["src"])
        assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml"), each
        assert not re.search(r"<(script|img)", picture.text), each


def test_what_people_write_is_never_markup(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    token = wicked_round(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Staff).values(name=WICKED))
    voter, stranger = voter_visitor(app, token), Visitor(app.test_client())
    visitors = (staff_visitor, voter, stranger)
    page = voter.get("/es/ballot/2027-1")
    assert "&lt;script&gt;alert(1)" in page.text
    form = {"csrf_token": voter.token(page), "place-t1": "1", "objectives": "7", "endorsements": "n01"}
    review = voter.sent("/es/ballot/2027-1/review", form)
    assert "&lt;script&gt;" in review.text
    assert elements(review, "img") == []
    if DEEP:  # and in `make test` when all is published
        look_everywhere(app, visitors)
    cast = voter.post("/es/ballot/2027-1/cast", {**form, "key": "k", "confirm": "y"})
    assert cast.status_code == 303
    if DEEP:
        look_everywhere(app, visitors)
    with bench.work(COMMAND, moment()) as work:
        rounds.close_round(work, "2027-1", WICKED)
        results.count(work, "2027-1")
    with bench.work(COMMAND, moment()) as work:
        panels.choose(work, "2027-1", parse_panel_rules({"size": 1}))
        results.publish(work, "2027-1")
    confirm(bench, "2027-1")
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, "2027-1")
    # Who has voted sees what strangers see, and the own ballot.
    seen = look_everywhere(app, visitors if DEEP else (staff_visitor, voter))
    assert seen[200] > 30
    pictures_hold_no_markup(staff_visitor)
    assert "&lt;script&gt;alert(1)" in stranger.get("/es/rounds/2027-1/panel").text


# -- what nobody sees before the end


def test_while_votes_are_taken_no_page_and_no_file_tells_what_they_say(
    app: Flask,
    bench: Bench,
    staff_visitor: Visitor,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With one vote or another everything that the secretariat and the public get is the same."""
    voters = open_round(bench, seats=2, nominees=2)
    stopped, now = moment(), web_request.now  # a page that tells the minute must not differ for that
    for name, module in [*sys.modules.items()]:
        if name.startswith("consulta.") and getattr(module, "now", None) is now:
            monkeypatch.setattr(module, "now", lambda: stopped)
    files = [
        ("tables/participation", {"kind": "csv"}),
        ("bundle", {"kind": "bundle"}),
        ("bundle", {"kind": "result"}),
        ("bundle", {"kind": "panel"}),
        ("invitations", {}),
        ("result", {}),
        ("panel", {}),
    ]
    shown = []
    for theme in ("t3", "t1", "t6"):  # the first vote only makes replacements of the other two
        entries = Entries({theme: 1}, (7 if theme == "t1" else 21,), ("n01" if theme == "t1" else "n02",))
        with bench.work(voters[0].actor, stopped) as work:
            work.session.execute(delete(Message))  # how many votes were cast may be told, not what they say
            voting.cast(work, "2027-1", entries, f"key-{theme}")
        token = staff_visitor.token(staff_visitor.get("/es/secretariat/rounds/2027-1/participation"))
        pages = [
            re.sub(
                rb'value="[^"]{40,}"|<li>.*descarg\xc3\xb3 la tabla.*</li>\n',
                b"",
                visitor.client.get(address).data,
            )
            for address in (addresses(app) if theme != "t3" else ())
            # The log tells of the files below, so do the latest acts beside a round; figures count requests.
            if not address.endswith(("template", "/log", "/metrics"))
            for visitor in (staff_visitor, Visitor(app.test_client()))
        ]
        for path, data in files:
            answer = staff_visitor.post(
                f"/es/secretariat/rounds/2027-1/{path}", {"csrf_token": token, **data}
            )
            assert (answer.status_code == 200) == (path == "tables/participation"), path
            pages.append(re.sub(rb'value="[^"]{40,}"', b"", answer.data))
        shown.append(pages)
    assert shown[1] == shown[2]
    assert "t6" not in caplog.text
    assert "t6" not in staff_visitor.words("/es/secretariat/rounds/2027-1/log")


# -- hands that change


def test_a_new_address_ends_the_link_that_went_to_the_old_one(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """A person who reads the old mailbox neither votes nor sees the organisation's vote any more."""
    voter, other = open_round(bench)
    predecessor, neighbour = voter_visitor(app, voter.token), voter_visitor(app, other.token)
    page = f"/es/secretariat/members/1/contacts/{voter.contact_id}"
    form = {"name": "Sucesora", "email": "sucesora@example.org", "language": "es", "may_vote": "y"}
    answer = staff_visitor.submit(page, form | {"why": "Dejó la organización", "password": PASSWORD})
    assert answer.status_code == 303
    assert "podrá votar cuando termine el plazo" in staff_visitor.get(answer.headers["Location"]).text
    assert predecessor.get("/es/ballot/2027-1").status_code == 403
    assert Visitor(app.test_client()).post(f"/es/v/{voter.token}").status_code == 404
    assert neighbour.get("/es/ballot/2027-1").status_code == 200
    answer = staff_visitor.submit(page, {**form, "name": "Otro nombre"})
    assert "ha dejado de funcionar" not in staff_visitor.get(answer.headers["Location"]).text


def test_an_organisation_that_is_deactivated_keeps_its_seat_in_the_open_round(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        members.switch_organisation(work, 1, active=False)
    assert voter_visitor(app, voter.token).get("/es/ballot/2027-1").status_code == 200
    with bench.work(COMMAND, moment()) as work:
        members.switch_contact(work, 1, voter.contact_id, active=False, asked=ASKED)
    assert Visitor(app.test_client()).post(f"/es/v/{voter.token}").status_code == 404
    page = staff_visitor.get("/es/secretariat/rounds/2027-1/participation")
    assert voter.organisation in page.text


def test_what_a_browser_held_before_signing_in_is_worth_nothing_after(app: Flask, bench: Bench) -> None:
    """A token of a form that a person planted before does not live on in the session that follows."""
    voter, other = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    planted = visitor.token(visitor.get("/es/ballot/2027-1"))
    assert visitor.post(f"/es/v/{other.token}").status_code == 303
    form = {"csrf_token": planted, "key": "k", "confirm": "y", "place-t1": "1"}
    assert visitor.post("/es/ballot/2027-1/cast", form).status_code == 403
    assert other.organisation in visitor.get("/es/ballot/2027-1").text


def test_a_key_of_a_form_is_no_way_to_fill_the_disk(app: Flask, bench: Bench) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    token = visitor.token(visitor.get("/es/ballot/2027-1"))
    form = {"csrf_token": token, "key": "k" * 1000, "confirm": "y", "place-t1": "1"}
    assert visitor.post("/es/ballot/2027-1/cast", form).headers["Location"].endswith("/review")
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalar(select(func.count()).select_from(Ballot)) == 0


@for_each("minutes, status", [(29, 200), (31, 303)])
def test_a_desk_that_was_left_closes(staff_visitor: Visitor, minutes: int, status: int) -> None:
    left = moment() - timedelta(minutes=minutes)
    with staff_visitor.client.session_transaction() as session:
        session["staff_seen"] = int(left.timestamp())
    assert staff_visitor.get("/es/secretariat/").status_code == status


# -- proxies that nobody told us of


def test_a_forwarded_address_without_a_proxy_is_dropped_and_warned_of_once(
    app: Flask, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Made-up addresses count as one network, and the operator hears that a setting may be missing."""
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")
    wrong = {"email": STAFF, "password": "no es esta frase"}
    seen = []
    for number in range(accounts.FAILURES_FREE + 1):
        stranger = Visitor(app.test_client())
        headers = {"X-Forwarded-For": f"198.51.{number}.1", "X-Real-IP": "192.0.2.9"}
        seen.append(stranger.submit("/es/account/sign-in", wrong, headers=headers).status_code)
    assert seen == [422] * accounts.FAILURES_FREE + [429]
    warned = [each.getMessage() for each in caplog.records if "proxy.untrusted" in each.getMessage()]
    assert len(warned) == 1
    assert "CONSULTA_BEHIND_PROXY" in warned[0]
    assert "198.51" not in warned[0]


def test_behind_a_proxy_what_it_says_is_believed_and_nothing_is_warned_of(
    settings: Settings, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    proxied = create_app(replace(settings, behind_proxy=True), bench)
    wrong = {"email": STAFF, "password": "no es esta frase"}
    for number in range(accounts.FAILURES_FREE + 1):
        headers = {"X-Forwarded-For": f"198.51.{number}.1"}
        answer = Visitor(proxied.test_client()).submit("/es/account/sign-in", wrong, headers=headers)
        assert answer.status_code == 422
    assert "proxy.untrusted" not in caplog.text


# -- guessing links


@for_each("door", ["v", "a", "p"])
def test_a_link_that_is_unknown_is_looked_up_without_stopping_writers(
    visitor: Visitor, bench: Bench, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    """While a vote holds the one place to write in the database, a guess is answered at once."""
    wrote: list[str] = []
    work = bench.work

    def noted(actor: Actor, now: datetime) -> AbstractContextManager[Work]:
        wrote.append(str(actor))
        return work(actor, now)

    monkeypatch.setattr(visitor.client.application.extensions["consulta"].bench, "work", noted)
    assert visitor.post(f"/es/{door}/{'g' * 43}").status_code == 404
    assert visitor.post(f"/es/{door}/", {"link": f"https://x/es/{door}/{'g' * 43}"}).status_code == 404
    assert wrote == []


def test_a_number_of_any_number_of_digits_is_refused_at_its_field(staff_visitor: Visitor) -> None:
    """A library took it for a float, and the database for one of its own: the page for our faults came."""
    digits = "9" * 400
    fields = {"name": "Red", "country": "PE", "base": digits, "sector": "ngo"}
    answer = staff_visitor.submit("/en/secretariat/members/new", fields)
    assert answer.status_code == 422
    assert "Enter a whole number." in answer.text


def test_a_number_for_which_the_database_has_no_room_is_no_fault_of_ours(
    app: Flask, staff_visitor: Visitor
) -> None:
    def overflow() -> str:
        raise OverflowError

    app.view_functions["secretariat.calendar"] = overflow
    assert staff_visitor.get("/en/secretariat/calendar").status_code == 400

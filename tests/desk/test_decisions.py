"""A round in five decisions: from an empty desk to open in three pages, and what each decision does."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import html5lib
import pytest
from sqlalchemy import select

from consulta.app import create_app
from consulta.desk import moves, opening, planning
from consulta.platform import accounts
from consulta.platform.models import Message, Reminder, Round, Seat
from consulta.platform.work import COMMAND
from consulta.results import page as result_page
from consulta.results import service as results
from consulta.vote.changes import registrations
from tests.accounts.sign_in.test_confirmation import hidden
from tests.benches import PASSWORD, Visitor
from tests.desk.test_rounds import DESK, KEY, NEW_ROUND, ROUND, WHOLE, draft, kept, members
from tests.drafts import do_now
from tests.factories import build_organisation, moment
from tests.results.test_results import closed_round
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

UNSEEN = {"hidden", "submit", "password"}


def fields_of(answer: TestResponse) -> tuple[dict[str, Any], int]:
    """Return what a browser would send of the form that posts, untouched, and how many fields are in sight.

    Those in closed details are out of sight; each box or button of choice is one field.
    """
    tree = html5lib.parse(answer.text, namespaceHTMLElements=False)
    posting = tree.iterfind(".//main//form[@method='post']")
    form = next(each for each in posting if not each.get("action"))  # the other sends the sample to oneself
    closed = {id(each) for fold in form.iter("details") if fold.get("open") is None for each in fold.iter()}
    sent: dict[str, Any] = {}
    seen = 0
    for each in (one for one in form.iter() if one.tag in {"input", "textarea", "select"}):
        name, kind = each.get("name", ""), each.get("type", "text")
        seen += kind not in UNSEEN and id(each) not in closed
        if kind in {"radio", "checkbox"}:
            if each.get("checked") is not None:
                sent.setdefault(name, []).append(each.get("value", ""))
        elif each.tag == "select":
            chosen = [one for one in each.iter("option") if one.get("selected") is not None]
            sent[name] = (chosen or list(each.iter("option")))[0].get("value")
        else:
            sent[name] = (each.text or "") if each.tag == "textarea" else each.get("value", "")
    return sent, seen


def reminders(bench: Bench) -> list[str]:
    with bench.read(COMMAND, moment()) as work:
        return list(work.session.scalars(select(Reminder.local).order_by(Reminder.due_at)))


def test_from_nothing_to_open_only_a_title_and_a_key_are_typed(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    sent, seen = fields_of(staff_visitor.get(f"{DESK}/new-round"))
    assert seen <= 12
    answer = staff_visitor.post(f"{DESK}/new-round", {**sent, "title_es": "Temas", "key": KEY})
    assert (answer.status_code, answer.location) == (303, f"{ROUND}/open")
    sent, seen = fields_of(staff_visitor.get(answer.location))
    assert seen <= 2
    assert staff_visitor.post(f"{ROUND}/open", sent).status_code == 422, "the key is still asked for"
    answer = staff_visitor.post(f"{ROUND}/open", {**sent, "typed": KEY})
    assert (answer.status_code, answer.location) == (303, ROUND)
    found = kept(bench)
    assert found.state == "open"
    closes = moment() + timedelta(days=14)
    assert len(reminders(bench)) == 3
    assert abs(found.closes_at - closes) < timedelta(days=3)


@pytest.mark.parametrize("themes", ["ready", "ask", "own"])
def test_each_choice_of_themes_leads_to_what_is_left_to_do(
    bench: Bench, staff_visitor: Visitor, themes: str
) -> None:
    page = {"ready": "open", "ask": "proposing", "own": "themes"}[themes]
    answer = staff_visitor.submit(f"{DESK}/new-round", {**NEW_ROUND, "themes": themes})
    assert answer.location == f"{ROUND}/{page}"
    assert staff_visitor.get(answer.location).status_code == 200
    with bench.read(COMMAND, moment()) as work:
        assert len(work.session.scalars(select(Round)).one().themes) == (14 if themes == "ready" else 0)


def test_languages_that_themes_lack_are_said_on_the_first_page(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench)
    with bench.work(COMMAND, moment()) as work:
        for theme in work.session.scalars(select(Round)).one().themes[:2]:
            theme.title = type(theme.title)({"es": "Solo español"})
    page = Page(staff_visitor.get("/en/secretariat/new-round")).text
    assert "In English 2 titles are missing." in page
    own = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/edit").text
    assert own.partition('class="few-words"')[2].partition("</ol>")[0].count("missing") >= 2


# -- who votes


def test_only_the_chosen_groups_are_on_the_roll_and_written_to(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    members(bench, "PE", "MX", "JM", "PE")
    draft(bench)
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Sindicato", country="PE", sector="union", email="s@example.org")
    entered = {**WHOLE, "who": "some", "voters_subregion": ["south_america"], "voters_sector": ["ngo"]}
    assert staff_visitor.submit(f"{ROUND}/edit", entered).status_code == 303
    assert kept(bench).voters == {"sector": ["ngo"], "subregion": ["south_america"]}
    page = Page(staff_visitor.get(f"/en/secretariat/rounds/{KEY}/open")).text
    assert "Open and invite 2 people" in page
    assert staff_visitor.submit(f"{ROUND}/open", {"typed": KEY}).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        assert list(work.session.scalars(select(Seat.name).order_by(Seat.position))) == ["Red 001", "Red 004"]
        mails = work.session.scalars(select(Message).where(Message.kind == "invitation")).all()
        assert len(mails) == 2
        found = work.session.scalars(select(Round)).one()
        assert json.loads(found.frozen or "")["round"]["voters"] == found.voters
        late = registrations.candidates(work, KEY)
        assert late.candidates == (), "who is left out on purpose is no late registration"
    assert "Only these organisations vote: " in Page(visitor.get(f"/en/rounds/{KEY}")).text


def test_all_vote_again_once_all_is_chosen_whatever_was_ticked(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench, voters={"country": ["PE"]})
    for page, ticked in (("rounds/2027-1/edit", True), ("new-round?from=2027-1", True), ("new-round", False)):
        text = staff_visitor.get(f"{DESK}/{page}").text
        assert bool(re.search(r'<input checked[^>]*value="PE"', text)) is ticked, page
    assert staff_visitor.submit(f"{ROUND}/edit", {**WHOLE, "voters_country": ["PE"]}).status_code == 303
    assert kept(bench).voters == {}
    assert staff_visitor.submit(f"{ROUND}/open", {"typed": KEY}).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        assert len(work.session.scalars(select(Seat)).all()) == 3


def test_a_round_of_groups_that_nobody_is_in_does_not_open(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench, "PE", "MX")
    draft(bench, voters={"country": ["JM"]})
    assert staff_visitor.get(f"{ROUND}/edit").status_code == 200
    page = Page(staff_visitor.get(f"/en/secretariat/rounds/{KEY}/open")).text
    assert "contains no active organisation among those that vote in this consultation" in page
    assert staff_visitor.submit(f"{ROUND}/themes", {"typed": KEY}, to=f"{ROUND}/open").status_code == 422


# -- time to object


@pytest.mark.parametrize(("own", "hours"), [(5, 5), (0, 0), (None, 72)])
def test_a_round_has_its_own_time_to_object(
    bench: Bench, staff_visitor: Visitor, own: int | None, hours: int
) -> None:
    members(bench)
    draft(bench, objection_hours=own)
    do_now(bench, opening.open_round, KEY)
    if own is not None:  # else it is the time of this installation
        page = Page(staff_visitor.get(f"/en/secretariat/rounds/{KEY}/close")).text
        assert (f"can object for {hours} hours" if hours else "No period for objections is set") in page
    do_now(bench, moves.close, KEY, "Ya votaron.", 72)
    found = kept(bench)
    assert found.objections_until - found.closed_at == timedelta(hours=hours)  # type: ignore[operator]  # closed


# -- reminders


def test_no_reminder_is_planned_where_the_tick_is_taken_away(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench)
    assert 'id="remind"' in staff_visitor.get(f"{ROUND}/open").text
    assert staff_visitor.submit(f"{ROUND}/open", {"typed": KEY}).status_code == 303
    assert reminders(bench) == []


def test_an_opening_that_is_refused_plans_no_reminder(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench, 1)
    path = f"{ROUND}/themes"
    answer = staff_visitor.submit(path, {"typed": KEY, "remind": "y"}, to=f"{ROUND}/open")
    assert (answer.status_code, reminders(bench)) == (422, [])


def test_reminders_go_with_a_planned_opening_and_end_with_the_round(
    bench: Bench, staff_visitor: Visitor
) -> None:
    members(bench)
    draft(bench)
    plan = f"{ROUND}/open/plan"
    assert staff_visitor.submit(plan, {"at": "2037-02-01T10:00", "remind": "y"}).status_code == 303
    usual = ["2037-02-26T17:00", "2037-03-02T17:00", "2037-03-04T17:00"]
    assert reminders(bench) == usual
    assert "Recordatorios ya previstos" in Page(staff_visitor.get(f"{ROUND}/open")).text
    opens_at = kept(bench).opens_at
    assert opens_at is not None
    with bench.work(COMMAND, opens_at) as work:
        assert planning.open_as_planned(work, KEY)
    assert reminders(bench) == usual, "none twice"
    do_now(bench, moves.cancel, KEY, "No se hará.")
    assert "se canceló" in Page(staff_visitor.get(f"{ROUND}/mail/reminders")).text


# -- two persons


@pytest.fixture
def two(settings: Settings, bench: Bench) -> Flask:
    with bench.work(COMMAND, moment()) as work:
        for email in ("ana@example.org", "eva@example.org"):
            accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, "secretariat")
    return create_app(replace(settings, two_persons="auto"), bench)


def signed_in(app: Flask, name: str) -> Visitor:
    visitor = Visitor(app.test_client())
    entered = {"email": f"{name}@example.org", "password": PASSWORD}
    assert visitor.submit("/es/account/sign-in", entered).status_code == 303
    return visitor


def test_a_second_person_reads_in_order_what_an_opening_does_and_nothing_is_typed(
    two: Flask, bench: Bench
) -> None:
    ana, eva = signed_in(two, "ana"), signed_in(two, "eva")
    members(bench, "PE", "MX", "JM")
    draft(bench, objection_hours=72)
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Red muda", country="PE").contacts[0].may_vote = False
    page = ana.get(f"{ROUND}/open")
    sent, _seen = fields_of(page)
    assert "typed" not in sent
    assert sent["remind"], "ticked"
    there = ana.post(f"{ROUND}/open", sent).location
    assert kept(bench).state == "draft"
    assert reminders(bench) == [], "asking plans nothing"
    home = Page(eva.get("/en/secretariat/")).text
    assert "A second person has yet to confirm" in home
    assert "Check and open the consultation" not in home, "in each language the request stands in its place"
    asked = eva.get(there.replace("/es/", "/en/"))
    told = [html.unescape(each) for each in re.findall(r"<li><span>(.*?)</span></li>", asked.text)]
    assert told[0].startswith("3 people of 3 organisations get their links to vote by mail")
    assert "1 organisation gets none" in told[0]
    assert "Reminders to those that have not voted: " in told[1]
    assert told[1].count(";") == 2, "three"
    assert "6 themes, 1 nominee, the rules and the roll of 4 organisations from 3 countries" in told[2]
    assert "72 hours" in told[4]
    assert "Tema número 1" in Page(asked).text or "Theme number 1" in Page(asked).text
    tree = html5lib.parse(asked.text, namespaceHTMLElements=False)
    form = next(each for each in tree.iter("form") if (each.get("action") or "").endswith("/open"))
    fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    assert eva.post(f"{ROUND}/open", fields).status_code == 303
    assert kept(bench).state == "open"
    assert len(reminders(bench)) == 3


def test_a_second_person_reads_which_topic_becomes_public(two: Flask, bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        results.count(work, KEY)
    ana, eva = signed_in(two, "ana"), signed_in(two, "eva")
    fields = {name: value[0] for name, value in hidden(ana.get(f"{ROUND}/publish")).items()}
    there = ana.post(f"{ROUND}/publish", fields).location
    page = eva.get(there.replace("/es/", "/en/"))
    asked = Page(page).text
    with bench.read(COMMAND, moment()) as work:
        (topic,) = result_page.staff_page(work, KEY).topics  # type: ignore[union-attr]
    assert topic.theme.title["en"] in asked
    assert "Firm, with reservations" in asked
    assert kept(bench).state == "closed"
    fields = {name: value[0] for name, value in hidden(page).items()}
    assert eva.post(f"{ROUND}/publish", fields).status_code == 303
    assert kept(bench).state == "published", "without a panel too"


def test_who_asks_cannot_confirm_by_sending_the_number(two: Flask, bench: Bench) -> None:
    """Without a key to type, the number of the request is all that a form has."""
    ana = signed_in(two, "ana")
    members(bench)
    draft(bench)
    sent, _seen = fields_of(ana.get(f"{ROUND}/open"))
    number = ana.post(f"{ROUND}/open", sent).location.rpartition("/")[2]
    for given in (number, "999"):
        assert ana.post(f"{ROUND}/open", {**sent, "confirmed_act": given}).status_code in {403, 404, 422}
        assert kept(bench).state == "draft"

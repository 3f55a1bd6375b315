"""The voter's pages as the server gives them: nothing told by a look, nothing lost, one seat."""

from __future__ import annotations

import gzip
import logging
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import event, select

from consulta.core.counting.choice import Entries
from consulta.platform.models import Ballot, Link, SignedIn, Theme
from consulta.platform.web import request as web_request
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.vote.pages import marks
from consulta.vote.public import vote as views
from tests import weights
from tests.apps import app_over
from tests.benches import Visitor, voter_visitor
from tests.factories import moment
from tests.markup import parsed
from tests.polling import Voter, change_round, close, open_round
from tests.texts import both

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings

BALLOT = "/es/ballot/2027-1"
REVIEW, CAST, RECEIPT = f"{BALLOT}/review", f"{BALLOT}/cast", f"{BALLOT}/receipt"
HTML = "{http://www.w3.org/1999/xhtml}"


class Page:
    """A page read as a browser reads it: its fields with their values, its text."""

    targets: list[str]

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.root: Element = parsed(response.text)
        self.main: Element = self.root.find(f".//{HTML}main")
        assert len(self.ids()) == response.text.count(' id="'), "no id is there twice"

    @property
    def text(self) -> str:
        return " ".join("".join(self.main.itertext()).split())

    @property
    def ranking(self) -> list[str]:
        """The titles of the first ranking shown."""
        found = self.main.find(f".//{HTML}ol[@class='ranking']")
        return [] if found is None else ["".join(item.itertext()).strip() for item in found]

    def form(self, marker: str = "ballot") -> dict[str, list[str]]:
        """What pressing the button of the form with this id would send."""
        form = self.main.find(f".//{HTML}form[@id='{marker}']")
        assert form is not None
        sent: dict[str, list[str]] = {}
        for field in form.iter():
            name = field.get("name")
            if not name or (field.get("type") == "checkbox" and field.get("checked") is None):
                continue
            if field.tag == f"{HTML}select":
                chosen = [option for option in field if option.get("selected") is not None]
                value = (chosen or list(field))[0].get("value", "")
            else:
                value = field.get("value", "")
            sent.setdefault(name, []).append(value)
        return sent

    def links(self) -> list[str]:
        """Where its content leads, and at the desk the rail of the round beside it."""
        parts = [*self.root.findall(f".//{HTML}nav[@id='rail']"), self.main]
        return [link.get("href", "") for part in parts for link in part.iter(f"{HTML}a")]

    def in_spanish(self) -> list[str]:
        """What is marked as Spanish inside the page's content."""
        found = (e for e in self.main.iter() if e.get("lang") == "es")
        return ["".join(element.itertext()).strip() for element in found]

    def ids(self) -> set[str]:
        return {found for element in self.root.iter() if (found := element.get("id"))}


def places(**given: int) -> dict[str, str]:
    return {f"place-{key}": str(place) for key, place in given.items()}


def vote(visitor: Visitor, **given: int) -> TestResponse:
    """From the ballot over the review to the cast."""
    entered = Page(visitor.get(BALLOT)).form() | places(**given)
    reviewed = Page(visitor.sent(REVIEW, entered))
    assert reviewed.status == 200
    return visitor.post(CAST, reviewed.form() | {"confirm": "y"})


def ballots(bench: Bench) -> list[tuple[int, list[list[str]]]]:
    with bench.read(ANONYMOUS, moment()) as work:
        rows = work.session.execute(select(Ballot.seat_id, Ballot.ranking).order_by(Ballot.id))
        return [(seat, ranking) for seat, ranking in rows]


# -- the personal link


def spoilt_tokens(bench: Bench, voters: list[Voter]) -> dict[str, str]:
    """A token of each kind, all of one length."""
    with bench.work(ANONYMOUS, moment()) as work:
        links = {link.contact_id: link for link in work.session.scalars(select(Link))}
        links[voters[1].contact_id].revoked_at = moment()
        links[voters[2].contact_id].expires_at = moment() - timedelta(days=1)
    return {
        "valid": voters[0].token,
        "revoked": voters[1].token,
        "expired": voters[2].token,
        "unknown": "A" * len(voters[0].token),
    }


@pytest.mark.parametrize("lang", ["es", "en"])
def test_looking_at_a_link_tells_nothing(bench: Bench, app: Flask, lang: str) -> None:
    tokens = spoilt_tokens(bench, open_round(bench, seats=3))
    seen: list[str] = []
    event.listen(bench.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    for method in ("get", "head"):
        answers = [
            getattr(app.test_client(), method)(f"/{lang}/v/{token}", headers={"Accept-Encoding": "gzip"})
            for token in [*tokens.values(), "short", "%C3%B1"]
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.data for answer in answers}) == 1
        for answer in answers:
            answer.headers.pop("X-Request-ID")  # drawn by chance
        assert len({str(sorted(answer.headers)) for answer in answers}) == 1
        assert not any("Set-Cookie" in answer.headers for answer in answers)
    every_page = re.compile("FROM (organiser|unused_parts|settings)")  # which every page reads
    read = [each for each in seen if each.startswith("SELECT")]
    assert [each for each in read if not every_page.search(each)] == [], "no row of a link is even read"


def test_the_page_of_a_link_is_for_everybody(bench: Bench, visitor: Visitor) -> None:
    voters = open_round(bench)
    answer = visitor.get(f"/es/v/{voters[0].token}")
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex">' in answer.text
    assert '<meta property="og:title" content="consulta">' in answer.text
    for told in (voters[0].token, voters[0].organisation, voters[0].name, "2027-1", "csrf_token"):
        assert told not in answer.text
    assert "://" not in answer.text.replace("http://www.w3.org", "")


def test_the_page_of_a_link_offers_the_other_languages(bench: Bench, visitor: Visitor) -> None:
    voter, _ = open_round(bench)
    offer = Page(visitor.get(f"/es/v/{voter.token}")).root.find(f".//{HTML}button[@name='lang']")
    assert offer is not None
    assert (offer.get("value"), offer.get("lang"), (offer.text or "").strip()) == ("en", "en", "English")
    led = visitor.get(f"/es/v/{voter.token}?lang=en")
    assert (led.status_code, led.headers["Location"]) == (303, f"/en/v/{voter.token}")
    assert "Your personal voting link" in visitor.get(led.headers["Location"]).text
    for other in ("xx", "", "//evil.example"):
        assert visitor.get(f"/es/v/{voter.token}?lang={other}").status_code == 200


def test_the_button_opens_a_session_and_leads_to_an_address_without_the_token(
    bench: Bench, visitor: Visitor
) -> None:
    voter, _ = open_round(bench)
    for _ in range(3):
        answer = visitor.post(f"/es/v/{voter.token}")
        assert answer.status_code == 303
        assert answer.headers["Location"] == BALLOT
    assert voter.organisation in Page(visitor.get(BALLOT)).text


@pytest.mark.parametrize("tail", [".", ",", ";", ")", ">", "%20", ").", ">,", "%0A"])
def test_what_sticks_to_a_link_does_not_spoil_it(bench: Bench, visitor: Visitor, tail: str) -> None:
    voter, _ = open_round(bench)
    assert visitor.post(f"/es/v/{voter.token}{tail}").status_code == 303


def test_a_link_that_is_no_good_gets_one_and_the_same_answer(bench: Bench, app: Flask) -> None:
    tokens = spoilt_tokens(bench, open_round(bench, seats=3))
    tokens["cut"] = tokens.pop("valid")[:-4]
    answers = [Visitor(app.test_client()).post(f"/es/v/{token}") for token in tokens.values()]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_another_site_cannot_press_the_button(bench: Bench, visitor: Visitor) -> None:
    voter, _ = open_round(bench)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    ):
        assert visitor.post(f"/es/v/{voter.token}", headers=headers).status_code == 403
    with bench.read(ANONYMOUS, moment()) as work:
        assert list(work.session.scalars(select(SignedIn.id))) == []


def test_opening_the_same_link_again_keeps_the_open_ballot_alive(bench: Bench, visitor: Visitor) -> None:
    ana, other = open_round(bench)
    visitor.post(f"/es/v/{ana.token}")
    page = Page(visitor.get(BALLOT)).form()
    visitor.post(f"/es/v/{ana.token}")
    assert visitor.sent(REVIEW, page | places(t1=1)).status_code == 200
    visitor.post(f"/es/v/{other.token}")
    refused = visitor.post(REVIEW, page | places(t1=1))
    assert refused.status_code == 403, "a ballot opened for one seat is never cast for another"
    assert Page(refused).ranking == ["Tema 1"]
    assert ballots(bench) == []


# -- the whole way


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_vote_from_the_link_to_the_receipt(bench: Bench, app: Flask, lang: str) -> None:
    voter, _ = open_round(bench, nominees=3)
    visitor = voter_visitor(app, voter.token, lang)
    base = f"/{lang}/ballot/2027-1"
    theme = {"es": "Tema", "en": "Theme"}[lang]
    ballot = Page(visitor.get(base))
    assert voter.organisation in ballot.text
    assert "UTC" in ballot.text
    empty = ballot.form()
    assert [value for name, value in empty.items() if name.startswith("place-")] == [[""]] * 6
    entered = empty | places(t2=1, t5=2) | {"objectives": ["7", "10"], "endorsements": ["n02"]}
    reviewed = Page(visitor.sent(f"{base}/review", entered))
    assert reviewed.ranking == [f"{theme} 2", f"{theme} 5"]
    for left in (1, 3, 4, 6):
        assert f"{theme} {left}" in reviewed.text
    for told in (voter.organisation, "Persona n02", "UTC\N{MINUS SIGN}5"):
        assert told in reviewed.text
    told = {
        "es": ("4 temas sin lugar, todos al final:", "Puede cambiarlo hasta el", "este es el voto de «"),
        "en": (
            "4 themes without a place, tied for last:",
            "You can change it until",
            "this is the vote of “",
        ),
    }
    assert [part for part in told[lang] if part not in reviewed.text] == []
    box = reviewed.main.find(f".//{HTML}input[@id='confirm']")
    assert box is not None
    assert (box.get("required"), box.get("checked")) == ("", None)
    sent = reviewed.form()
    assert "confirm" not in sent, "the box is not ticked"
    answer = visitor.post(f"{base}/cast", sent | {"confirm": "y"})
    assert answer.status_code == 303
    receipt = Page(visitor.get(answer.headers["Location"]))
    assert receipt.ranking == reviewed.ranking
    assert re.search(r"\w{4}-\w{4}-\w{4}", receipt.text)
    assert "Persona n02" in receipt.text
    assert re.search(r"UTC\N{MINUS SIGN}5\).*\(.*UTC\)", receipt.text, re.DOTALL), "here and everywhere"
    assert ballots(bench) == [(voter.seat_id, [["t2"], ["t5"]])]


def test_the_end_is_said_here_where_the_secretariat_is_and_in_universal_time(
    bench: Bench, app: Flask
) -> None:
    *_, mexican = open_round(bench, seats=3)
    ends = datetime(2036, 12, 5, 4, 59, tzinfo=UTC)
    change_round(bench, closes_at=ends)
    hours = (
        "4 de diciembre de 2036, 22:59 (hora de Ciudad de México, UTC\N{MINUS SIGN}6)",
        "4 de diciembre de 2036, 23:59 (hora de Lima, UTC\N{MINUS SIGN}5)",
        "5 de diciembre de 2036, 04:59 UTC",
    )
    visitor = voter_visitor(app, mexican.token)
    page = Page(visitor.get(BALLOT))
    reviewed = Page(visitor.sent(REVIEW, page.form() | places(t1=1)))
    receipt = Page(visitor.get(visitor.post(CAST, reviewed.form() | {"confirm": "y"}).headers["Location"]))
    close(bench, ends)
    for told in (page, reviewed, receipt, Page(visitor.get(BALLOT))):
        assert [hour for hour in hours if hour not in told.text] == []


def test_before_voting_it_is_said_who_sees_what_weighs_and_what_is_last(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, "en")
    for secrecy, sentence in (
        ("aggregate", "The public sees only totals."),
        ("pseudonymous", "it can be identified in a small group."),
        ("open", "everyone, with the organisation's name."),
    ):
        change_round(bench, secrecy=secrecy)
        page = Page(visitor.get(BALLOT.replace("es", "en", 1)))
        assert sentence in page.text
        assert "Themes you leave out count as tied, after those you chose" in page.text
        assert "Each vote is weighted so that every subregion and sector has the say" in page.text
        assert "/en/method" in page.links()


def test_what_has_no_english_is_shown_in_spanish_and_says_so(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        theme = work.session.scalars(select(Theme).where(Theme.key == "t2")).one()
        theme.title, theme.description = (both(text["es"]) for text in (theme.title, theme.description))
    visitor = voter_visitor(app, voter.token, "en")
    base = "/en/ballot/2027-1"
    ballot = Page(visitor.get(base))
    assert [told for told in ballot.in_spanish() if "tema" in told] == ["De qué trata el tema 2."]
    assert "Tema 2" in ballot.in_spanish()
    assert "Texts not available in this language are shown in another one." in ballot.text
    reviewed = Page(visitor.sent(f"{base}/review", ballot.form() | places(t1=1, t2=2)))
    assert reviewed.ranking == ["Theme 1", "Tema 2"]
    assert reviewed.in_spanish() == ["Tema 2"]
    info = Page(visitor.get("/en/rounds/2027-1"))
    assert {"Tema 2", "De qué trata el tema 2."} <= set(info.in_spanish())
    spanish = Page(visitor.get(BALLOT))
    assert spanish.in_spanish() == []
    assert "no están en este idioma" not in spanish.text


@pytest.mark.parametrize("seed", range(6))
def test_the_ballot_says_so_exactly_where_a_text_is_shown_in_another_language(
    bench: Bench, app: Flask, seed: int
) -> None:
    voter, _ = open_round(bench)
    chance = np.random.default_rng(seed)
    with bench.work(COMMAND, moment()) as work:
        for theme in work.session.scalars(select(Theme)):
            for name in ("title", "description"):
                if chance.random() < seed / 20:  # none for the first seed
                    setattr(theme, name, both("Solo así") if chance.random() < 0.5 else both("", "Only so"))
    for lang in ("es", "en"):
        page = Page(voter_visitor(app, voter.token, lang).get(f"/{lang}/ballot/2027-1"))
        foreign = [each for each in page.main.iter() if each.get("lang") not in {None, lang}]
        notice = {"es": "no están en este idioma", "en": "Texts not available in this language"}[lang]
        assert (notice in page.text) == bool(foreign)
        assert seed or not foreign


def test_a_gap_is_closed_up_and_said(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, "en")
    base = "/en/ballot/2027-1"
    entered = Page(visitor.get(base)).form() | places(t1=4, t2=1, t3=3)
    page = Page(visitor.sent(f"{base}/review", entered))
    assert page.ranking == ["Theme 2", "Theme 3", "Theme 1"]
    assert "Some places were left empty" in page.text
    assert [page.form()[f"place-{key}"] for key in ("t2", "t3", "t1")] == [["1"], ["2"], ["3"]]
    whole = Page(visitor.sent(f"{base}/review", entered | places(t1=2, t2=1, t3=3)))
    assert "Some places were left empty" not in whole.text


# -- what is refused is kept


def refused(visitor: Visitor, entered: dict[str, object]) -> Page:
    """The page of a refusal, with a summary that takes the focus and links that lead somewhere."""
    response = visitor.sent(REVIEW, Page(visitor.get(BALLOT)).form() | entered)
    page = Page(response)
    assert page.status == 422
    summary = page.main.find(f".//{HTML}div[@id='error-summary']")
    assert summary is not None
    assert summary.get("role") == "alert"
    assert summary.get("autofocus") is not None
    assert summary.get("tabindex") == "-1"
    targets = [link.get("href", "").removeprefix("#") for link in summary.iter(f"{HTML}a")]
    assert targets
    assert set(targets) <= page.ids()
    page.targets = targets
    return page


def test_a_place_given_twice_is_refused_by_name(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    page = refused(voter_visitor(app, voter.token), places(t2=1, t4=1, t6=3) | {"objectives": ["7"]})
    assert sorted(page.targets) == ["place-t2", "place-t4"]
    for key, place in (("t2", "1"), ("t4", "1"), ("t6", "3"), ("t1", "")):
        assert page.form()[f"place-{key}"] == [place]
    assert page.form()["objectives"] == ["7"]
    for key in ("t2", "t4"):
        field = page.main.find(f".//{HTML}select[@id='place-{key}']")
        assert field is not None
        assert field.get("aria-invalid") == "true"
        assert field.get("aria-describedby") in page.ids()
    assert "Tema 2:" in page.text
    assert ballots(bench) == []


def test_more_than_there_are_places_is_refused_and_kept(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    page = refused(voter_visitor(app, voter.token), places(t1=1, t2=2, t3=3, t4=4, t5=5, t6=6))
    assert page.targets == ["themes", "place-t6"]
    assert [page.form()[f"place-t{number}"] for number in range(1, 7)] == [[str(n)] for n in range(1, 7)]


def test_an_empty_ballot_is_refused(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    assert refused(voter_visitor(app, voter.token), {"objectives": ["1"]}).targets == ["themes"]


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "99999", "\N{ARABIC-INDIC DIGIT ONE}", "0"])
def test_a_place_that_is_none_is_refused(bench: Bench, app: Flask, value: str) -> None:
    voter, _ = open_round(bench)
    assert refused(voter_visitor(app, voter.token), {"place-t1": value}).targets == ["place-t1"]


def test_boxes_over_their_limit_are_refused_and_kept(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench, nominees=7)
    people = [f"n{number:02d}" for number in range(1, 7)]
    entered = places(t1=1) | {"objectives": [str(n) for n in range(3, 9)], "endorsements": people}
    page = refused(voter_visitor(app, voter.token), entered)
    assert page.targets == ["objectives", "endorsements"]
    assert sorted(page.form()["objectives"]) == entered["objectives"]
    assert sorted(page.form()["endorsements"]) == people
    folds = [
        fold.get("open")
        for fold in page.main.iter(f"{HTML}details")
        if fold.find(f".//{HTML}fieldset") is not None
    ]
    assert len(folds) == 2
    assert None not in folds, "what is to be put right is not folded away"


def test_the_box_must_be_ticked(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    reviewed = Page(visitor.sent(REVIEW, Page(visitor.get(BALLOT)).form() | places(t3=1, t1=2)))
    again = Page(visitor.sent(CAST, reviewed.form()))
    assert again.status == 422
    assert again.ranking == ["Tema 3", "Tema 1"]
    for name in ("place-t3", "place-t1"):
        assert again.form()[name] == reviewed.form()[name]
    assert ballots(bench) == []


def test_one_goes_back_from_the_review_with_all_that_was_entered(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench, nominees=2)
    visitor = voter_visitor(app, voter.token)
    entered = Page(visitor.get(BALLOT)).form() | places(t3=1, t1=2)
    entered |= {"objectives": ["9"], "endorsements": ["n02"]}
    reviewed = Page(visitor.sent(REVIEW, entered))
    buttons = [b.get("formaction") for b in reviewed.main.iter(f"{HTML}button") if b.get("formaction")]
    assert buttons == [BALLOT]
    changed = Page(visitor.sent(BALLOT, reviewed.form()))
    for name in ("place-t3", "place-t1", "objectives", "endorsements"):
        assert changed.form()[name] == ([entered[name]] if isinstance(entered[name], str) else entered[name])


@pytest.mark.parametrize("path", ["", "/review"])
def test_the_other_language_is_a_button_that_takes_the_entries_along(
    bench: Bench, app: Flask, path: str
) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    page = Page(visitor.sent(REVIEW, Page(visitor.get(BALLOT)).form() | places(t3=1)))
    if not path:
        page = Page(visitor.sent(BALLOT, page.form()))
    (button,) = (b for b in page.root.iter(f"{HTML}button") if b.get("lang") == "en")
    assert button.get("form") == "ballot"
    assert button.get("formaction") == f"/en/ballot/2027-1{path}"
    other = Page(visitor.sent(f"/en/ballot/2027-1{path}", page.form()))
    assert other.status == 200
    assert other.form()["place-t3"] == ["1"]
    assert "Theme 3" in other.text


# -- once and no more


def test_a_vote_sent_twice_is_one_vote(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    reviewed = Page(visitor.sent(REVIEW, Page(visitor.get(BALLOT)).form() | places(t1=1))).form()
    places_led_to = {visitor.post(CAST, reviewed | {"confirm": "y"}).headers["Location"] for _ in range(3)}
    assert places_led_to == {f"{RECEIPT}?version=1"}
    assert len(ballots(bench)) == 1


def test_back_and_send_again_is_the_same_vote(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    first = vote(visitor, t1=1, t2=2)
    again = vote(visitor, t1=1, t2=2)
    assert first.headers["Location"] == again.headers["Location"]
    changed = vote(visitor, t1=2, t2=1)
    assert changed.headers["Location"] == f"{RECEIPT}?version=2"


def test_an_answer_that_never_arrived_is_made_good_by_sending_again(
    bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    reviewed = Page(visitor.sent(REVIEW, Page(visitor.get(BALLOT)).form() | places(t1=1))).form()
    with monkeypatch.context() as broken:
        broken.setattr(views, "redirect", lambda *_: 1 / 0)
        assert visitor.post(CAST, reviewed | {"confirm": "y"}).status_code == 500
    answer = visitor.post(CAST, reviewed | {"confirm": "y"})
    assert answer.headers["Location"] == f"{RECEIPT}?version=1"
    assert len(ballots(bench)) == 1


def test_a_form_without_its_key_still_votes_once(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    sent = Page(visitor.sent(REVIEW, Page(visitor.get(BALLOT)).form() | places(t1=1))).form()
    del sent["key"]
    for _ in range(2):
        assert visitor.post(CAST, sent | {"confirm": "y"}).status_code == 303
    assert len(ballots(bench)) == 1


# -- several hands


def test_a_second_contact_sees_what_counts_and_who_sent_it(bench: Bench, app: Flask) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    vote(voter_visitor(app, ana.token), t4=1, t1=2)
    visitor = voter_visitor(app, eva.token)
    page = Page(visitor.get(BALLOT))
    assert ana.name in page.text
    assert page.form()["place-t4"] == ["1"]
    assert page.form()["place-t1"] == ["2"]
    reviewed = Page(visitor.sent(REVIEW, page.form() | places(t4=3, t2=1)))
    assert ana.name in reviewed.text, "it says whose vote is replaced"
    answer = visitor.post(CAST, reviewed.form() | {"confirm": "y"})
    assert answer.headers["Location"] == f"{RECEIPT}?version=2"
    replaced = Page(voter_visitor(app, ana.token).get(f"{RECEIPT}?version=1"))
    assert eva.name in replaced.text
    assert replaced.ranking == ["Tema 4", "Tema 1"]
    assert Page(visitor.get(RECEIPT)).ranking == ["Tema 2", "Tema 1", "Tema 4"]


def test_what_confirms_at_the_desk_means_nothing_in_a_vote(bench: Bench, app: Flask) -> None:
    """Such a field had kept a vote from being taken: a file was asked for that nobody had sent."""
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    entered = Page(visitor.get(BALLOT)).form() | places(t2=1)
    sent = Page(visitor.sent(REVIEW, entered)).form() | {"confirm": "y"}
    desk = {"confirm_password": "x", "confirm_email": "", "confirm_file": "file:none", "confirmed_act": "1"}
    assert visitor.post(CAST, sent | desk).headers["Location"].endswith(f"{RECEIPT}?version=1")
    assert [ranking for _seat, ranking in ballots(bench)] == [[["t2"]]]


@pytest.mark.parametrize("form", ["by name", "with a field that is not known"])
def test_what_was_entered_before_an_upgrade_is_there_after_it(bench: Bench, app: Flask, form: str) -> None:
    voter, _ = open_round(bench, nominees=2)
    visitor = voter_visitor(app, voter.token)
    entered = Page(visitor.get(BALLOT)).form() | places(t3=1, t1=2)
    entered |= {"objectives": ["7", "10"], "endorsements": ["n02"]}
    assert visitor.post(REVIEW, entered).status_code == 303
    with visitor.client.session_transaction() as session:
        whose, said = session[web_request.ENTERED]
        told = {"places": {"t1": 2, "t3": 1}, "objectives": [7, 10], "endorsements": ["n02"], "seen": 0}
        assert {name: said[name] for name in told} == told
        assert said.keys() == {each.name for each in fields(Entries)} | {"seen"}
        if form != "by name":
            said["comment"] = "of a version after this one"
        session[web_request.ENTERED] = [whose, said]
    reviewed = Page(visitor.get(REVIEW))
    assert reviewed.status == 200
    assert reviewed.ranking == ["Tema 3", "Tema 1"]
    assert "Persona n02" in reviewed.text
    sent = reviewed.form() | {"confirm": "y"}
    assert (sent["objectives"], sent["seen"]) == (["7", "10"], ["0"])
    assert visitor.post(CAST, sent).status_code == 303
    assert [ranking for _seat, ranking in ballots(bench)] == [[["t3"], ["t1"]]]


# -- another round


@pytest.mark.parametrize("ticked", [True, False])
@pytest.mark.parametrize("page", ["cast", "abstain"])
def test_a_form_sent_to_another_round_is_refused_and_nothing_of_it_is_kept(
    bench: Bench, app: Flask, page: str, *, ticked: bool
) -> None:
    voter, _ = open_round(bench)
    open_round(bench, "2028-1")
    visitor = voter_visitor(app, voter.token)
    entered = Page(visitor.get(BALLOT)).form() | places(t2=1)
    sent = Page(visitor.sent(REVIEW, entered)).form() | ({"confirm": "y"} if ticked else {})
    answer = visitor.post(f"/es/ballot/2028-1/{page}", sent)
    assert answer.status_code == 403
    assert "otra consulta" in answer.text
    assert ballots(bench) == []
    held = Page(visitor.get(f"{BALLOT}?entered=1")).form()
    assert held["place-t2"] == ["1"], "what is entered for its own round stays"
    assert visitor.post(CAST, sent | {"confirm": "y"}).status_code == 303


# -- too late


def test_a_round_that_closed_meanwhile_loses_nothing(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench, nominees=2)
    visitor = voter_visitor(app, voter.token, "en")
    base = "/en/ballot/2027-1"
    entered = Page(visitor.get(base)).form() | places(t3=1, t1=2) | {"endorsements": ["n02"]}
    reviewed = Page(visitor.sent(f"{base}/review", entered)).form()
    close(bench, moment().replace(hour=17, minute=3))
    for path, sent in (("", entered), ("/review", entered), ("/cast", reviewed | {"confirm": "y"})):
        page = Page(visitor.sent(base + path, sent))
        assert page.status == 409
        assert page.ranking == ["Theme 3", "Theme 1"]
        assert "Persona n02" in page.text
        assert "17:03 UTC" in page.text
        assert "they are not lost" in page.text
        assert f"No vote by {voter.organisation} was recorded" in page.text
    assert ballots(bench) == []


def test_what_is_recorded_is_never_called_lost(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, "en")
    base = "/en/ballot/2027-1"
    entered = Page(visitor.get(base)).form() | places(t3=1)
    reviewed = Page(visitor.sent(f"{base}/review", entered)).form() | {"confirm": "y"}
    assert visitor.post(f"{base}/cast", reviewed).status_code == 303
    close(bench)
    page = Page(visitor.sent(f"{base}/review", entered))
    assert page.status == 409
    assert "not recorded" not in page.text
    assert page.ranking == ["Theme 3"]
    assert visitor.post(f"{base}/cast", reviewed).status_code == 303, "a retry still gets its receipt"


def test_after_the_close_the_recorded_vote_is_shown(bench: Bench, app: Flask) -> None:
    voter, other = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t2=1)
    change_round(bench, closes_at=moment())
    for values in ({}, {"state": "closed", "closed_at": moment()}, {"state": "published"}):
        change_round(bench, **values)
        page = Page(visitor.get(BALLOT))
        assert page.status == 200
        assert page.ranking == ["Tema 2"]
        assert page.main.find(f".//{HTML}form") is None
    assert "/es/rounds/2027-1/result" in page.links()
    assert Page(voter_visitor(app, other.token).get(BALLOT)).ranking == []
    assert Page(visitor.get(RECEIPT)).ranking == ["Tema 2"]


def test_a_cancelled_round_says_so(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, "en")
    change_round(bench, state="cancelled")
    page = Page(visitor.get("/en/ballot/2027-1"))
    assert "The consultation was cancelled" in page.text
    assert page.links() == []
    sent = Page(visitor.sent("/en/ballot/2027-1/review", {}))
    assert sent.status == 403, "without its token even that is refused"


# -- one seat


def test_the_seat_is_the_session_s_whatever_the_form_says(bench: Bench, app: Flask) -> None:
    ana, eva = open_round(bench)
    vote(voter_visitor(app, eva.token), t6=1)
    visitor = voter_visitor(app, ana.token)
    page = Page(visitor.get(BALLOT))
    assert eva.organisation not in page.text
    extra = {"seat": eva.seat, "seat_id": str(eva.seat_id), "contact_id": str(eva.contact_id)}
    reviewed = Page(visitor.sent(REVIEW, page.form() | places(t1=1) | extra))
    visitor.post(CAST, reviewed.form() | extra | {"confirm": "y"})
    assert ballots(bench) == [(eva.seat_id, [["t6"]]), (ana.seat_id, [["t1"]])]
    assert Page(visitor.get(RECEIPT)).ranking == ["Tema 1"]
    for version in ("2", "0", "-1", "x"):
        answer = visitor.get(f"{RECEIPT}?version={version}")
        assert "Tema 6" not in answer.text


def test_a_session_of_another_round_gets_nowhere(bench: Bench, app: Flask) -> None:
    open_round(bench)
    there, _ = open_round(bench, "2028-1")
    visitor = voter_visitor(app, there.token)
    token = Page(visitor.get("/es/ballot/2028-1")).form()["csrf_token"]
    assert visitor.get(BALLOT).status_code == visitor.get(RECEIPT).status_code == 403
    for path in (BALLOT, REVIEW, CAST):
        sent = {"csrf_token": token, "confirm": "y", "key": "k"} | places(t1=1)
        assert visitor.post(path, sent).status_code == 403
    assert ballots(bench) == []


def test_without_a_session_the_pages_ask_for_the_link(bench: Bench, visitor: Visitor) -> None:
    open_round(bench)
    for path in (BALLOT, RECEIPT, "/es/ballot/none"):
        assert visitor.get(path).status_code == 403


def test_a_session_that_ended_meanwhile_shows_what_was_entered(
    bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    entered = Page(visitor.get(BALLOT)).form() | places(t5=1, t2=2) | {"place-zz": "3"}
    monkeypatch.setitem(web_request.IDLE, "voter", timedelta(seconds=-1))
    page = Page(visitor.sent(REVIEW, entered))
    assert page.status == 403
    assert page.ranking == ["Tema 5", "Tema 2"]


ENDED = {
    "es": ("Lo que indicó no se registró", "Había marcado también a 2 personas"),
    "en": ("Your choices were not recorded", "You had also ticked 2 people"),
    "pt": ("O que você indicou não foi registrado", "Você também tinha marcado 2 pessoas"),
}


@pytest.mark.parametrize("lang", [*ENDED])
def test_a_session_that_ended_meanwhile_loses_no_entry(
    bench: Bench, settings: Settings, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without script the form is all there is: order, objectives and people come back in words."""
    voter, _ = open_round(bench, nominees=3)
    visitor = voter_visitor(app_over(replace(settings, languages=(*ENDED,)), bench), voter.token, lang)
    base, ways = f"/{lang}/ballot/2027-1", ("", "/people", "/review")
    entered = Page(visitor.get(base)).form() | places(t5=1, t2=2)
    entered |= {"objectives": ["7", "10"], "endorsements": ["n01", "n03"]}
    forms = [Page(visitor.sent(base + way, entered)).form() for way in ways]
    monkeypatch.setitem(web_request.IDLE, "voter", timedelta(seconds=-1))
    recorded, unnamed = ENDED[lang]
    for form in forms:
        for way in (*ways, "/cast"):
            page = Page(visitor.sent(base + way, form))
            assert (page.status, len(page.ranking)) == (403, 2)
            assert page.ranking[0].endswith("5")
            for told in (recorded, "Persona n01", "Persona n03"):
                assert told in page.text, told
            lists = ["".join(each.itertext()) for each in page.main.iter(f"{HTML}ul")]
            assert [said.split()[0] for said in lists] == ["7", "Persona"]
            assert "10 " in lists[0]
            assert "Persona n02" not in page.text
            assert unnamed not in page.text
    for mark in ("", "x" * 43, "ñ", of_another_round(visitor)):
        page = Page(visitor.sent(f"{base}/review", forms[0] | {"of_voter": mark}))
        assert "Persona" not in page.text, "who is on the ballot is not public"
        assert unnamed in page.text
        assert page.ranking[0].endswith("5")
    assert ballots(bench) == []


def of_another_round(visitor: Visitor) -> str:
    """The mark of a form of another round."""
    with visitor.client.application.test_request_context():
        return marks.of_voter("2028-1")


def test_objectives_alone_are_not_lost_when_voting_closes(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, "en")
    entered = Page(visitor.get("/en/ballot/2027-1")).form() | {"objectives": ["7"]}
    close(bench)
    page = Page(visitor.sent("/en/ballot/2027-1/review", entered))
    assert (page.status, page.ranking) == (409, [])
    assert "they are not lost" in page.text
    assert "Most urgent objectives 7 " in page.text


def test_a_receipt_lets_one_finish_on_a_shared_device(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    visitor.submit(RECEIPT, to="/es/account/sign-out")
    assert visitor.get(BALLOT).status_code == 403


def test_no_receipt_before_a_vote(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    assert voter_visitor(app, voter.token).get(RECEIPT).status_code == 404


# -- what is written down, and what it weighs


def test_the_program_s_log_names_no_token_and_no_ranking(
    bench: Bench, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1, t4=2)
    visitor.post(f"/es/v/{voter.token[:-1]}")
    visitor.get("/es/ballot/none")
    with visitor.client.session_transaction() as session:
        held = str(session["voter"])
    assert caplog.records
    for secret in (voter.token, voter.token[:-1], held, "place-", "Tema", voter.organisation, voter.name):
        assert secret not in caplog.text


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_ballot_is_light(bench: Bench, app: Flask, lang: str) -> None:
    voter, _ = open_round(bench, real=True, nominees=20, example=True)
    visitor = voter_visitor(app, voter.token, lang)
    page = visitor.client.get(f"/{lang}/ballot/2027-1", headers={"Accept-Encoding": "gzip"}).data
    files = ["css/consulta.css", "js/ballot.js", "favicon.svg"]
    sizes = [weights.served(name) for name in files]
    assert len(page) <= 10_000
    assert sizes[0] <= 6_144
    assert sizes[1] <= weights.SCRIPT
    assert len(page) + sum(sizes) <= 20_000
    asked = re.findall(r'(?:src|href)="(/static/[^"]+)"', gzip.decompress(page).decode())
    assert sorted(path.split("/", 3)[3] for path in asked) == sorted(files), "four requests with the page"


# -- back, and what others did meanwhile


def test_every_page_of_a_vote_can_be_asked_for_again(bench: Bench, app: Flask) -> None:
    """Back asks for a page again and sends no form: whatever was sent, its answer leads elsewhere."""
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    assert visitor.get(REVIEW).headers["Location"] == BALLOT, "nothing was entered yet"
    form = Page(visitor.get(BALLOT)).form()
    for path, sent, to in (
        (BALLOT, form | places(t3=1), f"{BALLOT}?entered=1"),
        (REVIEW, form | places(t3=1, t1=1), REVIEW),
        (REVIEW, form | places(t3=1), REVIEW),
        (CAST, form | places(t3=1), f"{REVIEW}?unsent=1"),
    ):
        answer = visitor.post(path, sent)
        assert (answer.status_code, answer.headers["Location"]) == (303, to)
        assert Page(visitor.get(to)).form()["place-t3"] == ["1"]
    assert "Marque esta casilla" in Page(visitor.get(f"{REVIEW}?unsent=1")).text
    assert visitor.post(CAST, form | places(t3=1) | {"confirm": "y"}).status_code == 303
    assert visitor.get(REVIEW).headers["Location"] == BALLOT, "what was sent is not offered again"


def test_entries_that_no_cookie_holds_are_shown_all_the_same(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    many = {"endorsements": [f"person-{number:04d}" for number in range(200)]}
    answer = visitor.post(REVIEW, Page(visitor.get(BALLOT)).form() | places(t2=1) | many)
    assert answer.status_code == 422
    assert Page(answer).form()["place-t2"] == ["1"]
    assert len(answer.headers.get("Set-Cookie", "")) < 1_000


def test_what_one_person_entered_is_never_shown_to_another(bench: Bench, app: Flask) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    visitor = voter_visitor(app, ana.token)
    visitor.post(BALLOT, Page(visitor.get(BALLOT)).form() | places(t5=1))
    assert Page(visitor.get(f"{BALLOT}?entered=1")).form()["place-t5"] == ["1"]
    visitor.post(f"/es/v/{eva.token}")
    assert Page(visitor.get(f"{BALLOT}?entered=1")).form()["place-t5"] == [""]
    assert visitor.get(REVIEW).headers["Location"] == BALLOT


@pytest.mark.parametrize("on", ["ballot", "review"])
def test_a_vote_of_a_colleague_is_shown_before_it_is_replaced(bench: Bench, app: Flask, on: str) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    visitor = voter_visitor(app, ana.token, "en")
    base = "/en/ballot/2027-1"
    form = Page(visitor.get(base)).form() | places(t1=1)
    if on == "review":
        form = Page(visitor.sent(f"{base}/review", form)).form()
    vote(voter_visitor(app, eva.token), t6=1, t2=2)
    path, more = ("/review", {}) if on == "ballot" else ("/cast", {"confirm": "y"})
    page = Page(visitor.sent(base + path, form | more))
    assert "Another vote of your organisation has since been recorded" in page.text
    for told in (eva.name, "Theme 6", "Theme 2"):
        assert told in page.text
    assert page.ranking == ["Theme 1"]
    assert [ranking for _seat, ranking in ballots(bench)] == [[["t6"], ["t2"]]], "nothing was replaced yet"
    assert visitor.post(f"{base}/cast", page.form() | {"confirm": "y"}).status_code == 303
    assert [ranking for _seat, ranking in ballots(bench)] == [[["t6"], ["t2"]], [["t1"]]]


def test_the_share_of_the_objectives_is_said_beside_them_and_on_the_review(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, "en")
    base = "/en/ballot/2027-1"
    ballot = Page(visitor.get(base))
    heading = ballot.main.find(f".//{HTML}details[@class='fold']/{HTML}summary")
    assert heading is not None
    assert heading.text == "Most urgent objectives: 25% of the score"
    assert "They make up 25% of each theme's score." in ballot.text
    left = Page(visitor.sent(f"{base}/review", ballot.form() | places(t1=1)))
    assert "You have not ticked any objectives. They make up 25%" in left.text
    assert [b for b in left.main.iter(f"{HTML}button") if b.get("formaction") == f"{base}#objectives"]
    whole = Page(visitor.sent(f"{base}/review", ballot.form() | places(t1=1) | {"objectives": ["7"]}))
    assert "You have not ticked any objectives" not in whole.text
    assert "The objectives make up 25% of each theme's score." in whole.text
    spanish = voter_visitor(app, voter.token, "es").get("/es/ballot/2027-1").text
    assert "25\N{NO-BREAK SPACE}% del puntaje" in spanish


def test_the_review_says_that_no_one_is_marked_and_leads_to_the_people(bench: Bench, app: Flask) -> None:
    """A hurried member presses "Review" and never sees the people below: 42 votes marked no one."""
    voter, _ = open_round(bench, nominees=3)
    visitor = voter_visitor(app, voter.token, "en")
    base = "/en/ballot/2027-1"
    ballot = Page(visitor.get(base))
    review = Page(visitor.sent(f"{base}/review", ballot.form() | places(t1=1)))
    assert "You have ticked no one for the panel." in review.text
    ways = [each.get("formaction") for each in review.main.iter(f"{HTML}button")]
    assert f"{base}/people" in ways
    people = Page(visitor.sent(f"{base}/people", review.form()))
    assert people.form()["place-t1"] == ["1"], "what was entered comes along"
    marked = Page(visitor.sent(f"{base}/review", people.form() | {"endorsements": ["n02"]}))
    assert "You have ticked no one" not in marked.text
    assert marked.ranking == ["Theme 1"]


def test_a_ballot_without_people_asks_for_none(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, "en")
    base = "/en/ballot/2027-1"
    review = visitor.sent(f"{base}/review", Page(visitor.get(base)).form() | places(t1=1))
    assert "You have ticked no one" not in review.text

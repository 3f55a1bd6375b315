"""Ballots on paper: whose, in which order, in both languages, and with nothing on them that opens a door."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.platform import paths
from consulta.platform.formats import document
from consulta.platform.models import Contact, Link
from consulta.platform.web import letters
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.vote import service as voting
from consulta.vote.pages.paper import PART, STYLE
from tests.cases import for_each
from tests.factories import moment
from tests.pdf import unfolded
from tests.polling import Voter, change_round, close, open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

ROUND = "/es/secretariat/rounds/2027-1"
ALL, ONE = f"{ROUND}/paper", f"{ROUND}/seats/s001/paper"
SHEET = re.compile(r'<article class="sheet( begins)?" lang="(es|en)">(.*?)</article>', re.DOTALL)


def sheets(visitor: Visitor, url: str) -> list[tuple[bool, str, str]]:
    """Whether a ballot begins there, its language, its HTML."""
    return [(bool(begins), lang, html) for begins, lang, html in SHEET.findall(visitor.get(url).text)]


def order(bench: Bench, voter: Voter, lang: str) -> list[str]:
    """The titles as the organisation's own ballot has them."""
    with bench.read(voter.actor, moment()) as work:
        return [theme.title.into(lang) for theme in voting.ballot(work, "2027-1").themes]


def speak_english(bench: Bench, voter: Voter) -> None:
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Contact, voter.contact_id).language = "en"


def test_each_organisation_has_its_own_ballot_in_both_languages(bench: Bench, staff_visitor: Visitor) -> None:
    voters = open_round(bench, seats=3, real=True)
    speak_english(bench, voters[1])
    found = sheets(staff_visitor, ALL)
    assert [(begins, lang) for begins, lang, _ in found] == [
        (True, "es"), (False, "en"), (True, "en"), (False, "es"), (True, "es"), (False, "en"),
    ]  # fmt: skip
    for number, (_, lang, html) in enumerate(found):
        voter = voters[number // 2]
        assert voter.organisation in html
        titles = re.findall(r'<span class="box wide"></span><strong>(.*?)</strong>', html)
        assert titles == order(bench, voter, lang)
    assert order(bench, voters[0], "es") != order(bench, voters[1], "es")


def test_one_organisations_ballot_alone(bench: Bench, staff_visitor: Visitor) -> None:
    voters = open_round(bench, seats=3)
    found = sheets(staff_visitor, ONE)
    assert [lang for _, lang, _ in found] == ["es", "en"]
    assert all(voters[0].organisation in html for _, _, html in found)
    assert staff_visitor.get(f"{ROUND}/seats/s009/paper").status_code == 404


def test_everything_is_on_it_that_is_needed_to_vote_and_to_return_it(
    bench: Bench, staff_visitor: Visitor
) -> None:
    open_round(bench, seats=1, nominees=3, real=True)
    change_round(bench, closes_at=datetime(2027, 3, 5, 22, 0, tzinfo=UTC))
    (_, _, spanish), (_, _, english) = sheets(staff_visitor, ONE)
    assert spanish.count('class="box wide"') == 14
    assert spanish.count('class="box"') == 23 + 3
    for said in (
        "Escriba 1 en la casilla",
        "hasta 5",
        "5 de marzo de 2027, 17:00 (hora de Lima, UTC\N{MINUS SIGN}5)",
        "5 de marzo de 2027, 22:00 UTC",
        "Persona n01, Institución n01",
        "Cómo devolverla",
        "http://localhost/es/rounds/2027-1",
    ):
        assert said in spanish, said
    for said in ("Write 1 in the box", "5 March 2027, 22:00 UTC", "How to return it"):
        assert said in english, said
    numbers = [int(number) for number in re.findall(r'class="box"></span><span>(\d+) ', spanish)]
    assert numbers == list(range(1, 24))


def test_no_link_no_address_and_no_vote_is_on_it(bench: Bench, staff_visitor: Visitor) -> None:
    (voter,) = open_round(bench, seats=1)
    with bench.work(voter.actor, moment()) as work:
        cast = voting.cast(work, "2027-1", Entries({"t3": 1}), "form-1")
    with bench.read(ANONYMOUS, moment()) as work:
        email, name = work.session.execute(select(Contact.email, Contact.name)).one()
        digest = work.session.scalars(select(Link.token_sha256)).one()
    html = staff_visitor.get(ONE).text
    for secret in (voter.token, digest, "/v/", email, name, cast.receipt):  # type: ignore[union-attr]
        assert secret not in html


@pytest.mark.parametrize("end", ["close", "draft"])
def test_only_an_open_round_has_ballots(bench: Bench, staff_visitor: Visitor, end: str) -> None:
    open_round(bench)
    if end == "close":
        close(bench)
    else:
        change_round(bench, state="draft")
    for url in (ALL, ONE):
        assert staff_visitor.get(url).status_code == 409
    assert ALL not in staff_visitor.get(ROUND).text


@pytest.mark.skipif(not letters.are_available(), reason="WeasyPrint finds no Pango")
def test_as_documents(bench: Bench, staff_visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    open_round(bench, seats=2, real=True)
    assert f"{ALL}.pdf" in staff_visitor.get(ALL).text
    for url, pages in ((f"{ALL}.pdf?part=9", 4), (f"{ONE}.pdf", 2)):
        answer = staff_visitor.get(url)
        assert answer.mimetype == "application/pdf", f"{answer.status}: {caplog.text or answer.text}"
        content = unfolded(answer.data)
        counts = [int(each) for each in re.findall(rb"/Count (\d+)", content)]
        assert pages in counts, f"one A4 side for each language: {pages} and not {max(counts)} pages of {url}"
        assert b"pdfuaid" in content


@pytest.mark.skipif(not letters.are_available(), reason="WeasyPrint finds no Pango")
@for_each("boxes", ["<p>Sí {} no {}</p>", '<ul class="boxes"><li>{} a</li><li>{} b</li></ul>'])
def test_a_box_to_tick_stands_in_a_sentence_as_in_a_list(boxes: str) -> None:
    style = (paths.PACKAGE / "platform" / "web" / "static" / STYLE).read_text("utf-8")
    body = boxes.replace("{}", '<span class="box"></span>')
    page = f'<!doctype html><html lang="es"><head><title>.</title></head><body>{body}</body></html>'
    assert document.to_pdf(page, style, "").startswith(b"%PDF")


def test_without_the_extra_there_is_the_page_alone(
    bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_round(bench)
    monkeypatch.setattr("consulta.platform.formats.document.is_available", lambda: False)
    page = staff_visitor.get(ONE)
    assert page.status_code == 200
    assert ".pdf" not in page.text
    assert staff_visitor.get(f"{ONE}.pdf").status_code == 501


def test_many_organisations_are_as_many_documents_as_somebody_waits_for(
    bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consulta.vote.pages.paper.PART", 2)
    monkeypatch.setattr("consulta.platform.formats.document.is_available", lambda: True)
    open_round(bench, seats=5)
    html = staff_visitor.get(ALL).text
    assert re.findall(r"paper.pdf\?part=(\d)", html) == ["1", "2", "3"]
    assert "Organizaciones 3 a 4" in html
    assert "Organización 5" in html


def test_who_finds_documents_being_made_is_asked_to_come_back(bench: Bench, staff_visitor: Visitor) -> None:
    """Every thread that waits is one less for those who vote."""
    open_round(bench)
    taken = [document._LINE.acquire(blocking=False) for _ in range(document.IN_LINE)]
    try:
        answer = staff_visitor.get(f"{ONE}.pdf")
    finally:
        for _ in taken:
            document._LINE.release()
    assert all(taken)
    assert answer.status_code == 503
    assert "Vuelva a intentarlo en medio minuto" in answer.text
    assert staff_visitor.get(f"{ONE}.pdf").status_code in {200, 501}, "the places are free again"


def test_a_page_holds_some_organisations_and_the_first_page_one(
    bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consulta.vote.pages.paper.PART", 2)
    names = [voter.organisation for voter in open_round(bench, seats=5)]

    def shown(part: str) -> list[str]:
        return [
            next(name for name in names if f" {name} <" in html)
            for begins, _, html in sheets(staff_visitor, f"{ALL}{part}")
            if begins
        ]

    assert shown("") == names[:1], "an example; the parts are pages of their own"
    assert [shown(f"?part={part}") for part in (1, 2, 3, 9)] == [names[:2], names[2:4], names[4:], names[4:]]
    html = staff_visitor.get(f"{ALL}?part=2").text
    assert re.findall(r"paper\?part=(\d)", html) == ["1", "3"], "it leads to the others"
    assert f"{names[2]}</span> \N{EN DASH} <span>{names[3]}" in html


def test_a_page_of_ballots_is_light(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench, seats=PART + 1, nominees=62, real=True)
    assert len(staff_visitor.get(ALL).data) < 80_000
    assert len(gzip.compress(staff_visitor.get(f"{ALL}?part=1").data)) < 80_000

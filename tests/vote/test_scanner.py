"""A scanner of a mail filter on every page that a link of a mail can lead to, whole or cut (SE-4).

With a script and by clicks it goes through the ballot in `tests/browser/test_vote.py`; here, everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
from sqlalchemy import func, select

from consulta.platform.models import Ballot, LinkRequest, Message, SignedIn
from consulta.platform.work import ANONYMOUS
from tests.benches import Visitor
from tests.factories import moment
from tests.invited import invited, number_of, states
from tests.platform.mailer.desk import messages
from tests.polling import open_round

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.work import Bench

OTHER = "2027-2"
DEPTH = 3
HTML = "{http://www.w3.org/1999/xhtml}"
TRACES = (Ballot, LinkRequest, Message, SignedIn)


def sendings(form: Element) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where and what a form sends as it is served: as it stands, and by each of its buttons."""
    served: dict[str, Any] = {}
    for field in form.iter():
        name = field.get("name")
        if field.tag == f"{HTML}select" and name:
            chosen = [one for one in field.iter(f"{HTML}option") if one.get("selected") is not None]
            served[name] = (chosen or list(field.iter(f"{HTML}option")))[0].get("value", "")
        elif field.tag in {f"{HTML}input", f"{HTML}textarea"} and name:
            ticked = field.get("checked") is not None
            if field.get("type") not in {"checkbox", "radio", "submit"} or ticked:
                served[name] = field.get("value", "") or (field.text or "")
    yield form.get("action", ""), served
    for button in form.iter(f"{HTML}button"):
        own = {button.get("name", ""): button.get("value", "")} if button.get("name") else {}
        yield button.get("formaction") or form.get("action", ""), served | own


class Scanner:
    """It opens, follows and sends whatever is there, so many pages far, and remembers where it was."""

    def __init__(self, app: Flask, **also: str) -> None:
        self.visitor = Visitor(app.test_client())
        self.also = also  # what it fills in of itself, as none does
        self.seen: set[str] = set()
        self.sent: set[str] = set()

    def open(self, url: str, depth: int = DEPTH) -> None:
        self.visitor.client.head(url)
        self._read(url, self.visitor.get(url), depth)

    def _read(self, url: str, page: TestResponse, depth: int) -> None:
        if page.location:
            url = urljoin(url, page.location)
            page = self.visitor.get(url)
        self.seen.add(urlsplit(url).path)
        if not depth or page.mimetype != "text/html":
            return
        root = html5lib.parse(page.text)
        for link in root.iter(f"{HTML}a"):
            target = urlsplit(urljoin(url, link.get("href", "")))
            if target.path not in self.seen and target.scheme in {"", "http"}:
                self._read(target.path, self.visitor.get(target.path), depth - 1)
        for form in root.iter(f"{HTML}form"):
            for to, data in sendings(form):
                target_url, mark = urljoin(url, to), f"{urljoin(url, to)} {sorted(data)}"
                if form.get("method") == "post" and mark not in self.sent:
                    self.sent.add(mark)
                    self._read(target_url, self.visitor.post(target_url, data | self.also), depth - 1)


def traces(bench: Bench) -> list[int]:
    with bench.read(ANONYMOUS, moment()) as work:
        return [work.session.scalar(select(func.count()).select_from(model)) or 0 for model in TRACES]


def guest_token(bench: Bench) -> str:
    number = number_of(bench, "n04")
    return next(str(m.token) for m in messages(bench) if m.invitation_id == number)


def test_a_whole_link_of_a_ballot_is_walked_as_far_as_it_goes_and_casts_nothing(
    bench: Bench, app: Flask
) -> None:
    voter, _ = open_round(bench)
    before = traces(bench)
    scanner = Scanner(app)
    scanner.open(f"/es/v/{voter.token}", depth=4)
    assert {"/es/ballot/2027-1", "/es/ballot/2027-1/review"} <= scanner.seen
    now = traces(bench)
    assert now[:3] == before[:3], "no vote, nobody asked for a link, no mail"


@pytest.mark.parametrize("way", ["v", "a"])
def test_a_piece_of_a_link_leads_nowhere_wherever_it_was_cut(bench: Bench, app: Flask, way: str) -> None:
    invited(bench)
    (voter,) = open_round(bench, OTHER, seats=1)
    token = voter.token if way == "v" else guest_token(bench)
    before = traces(bench)
    for cut in (1, 20, 42):
        scanner = Scanner(app)
        scanner.open(f"/es/{way}/{token[:cut]}", depth=2)
        assert f"/es/{way}/" in scanner.seen | {urlsplit(mark.split()[0]).path for mark in scanner.sent}, (
            "the box for the pieces is there"
        )
    Scanner(app).open(f"/es/{way}/", depth=2)
    assert traces(bench) == before
    assert states(bench)["n04"] == "invited"


@pytest.mark.parametrize("path", ["new-link", "new-link/asked", "invitation", f"ballot/{OTHER}", ""])
def test_the_pages_beside_do_nothing_for_a_scanner_either(bench: Bench, app: Flask, path: str) -> None:
    invited(bench)
    open_round(bench, OTHER)
    before = traces(bench)
    Scanner(app).open(f"/es/{path}", depth=2)
    assert traces(bench) == before


def test_the_link_of_an_invitation_is_opened_and_not_answered(bench: Bench, app: Flask) -> None:
    invited(bench)
    before = traces(bench)
    scanner = Scanner(app)
    scanner.open(f"/es/a/{guest_token(bench)}")
    assert "/es/invitation" in scanner.seen
    assert states(bench)["n04"] == "opened"
    assert traces(bench)[:3] == before[:3]


def test_a_scanner_that_ticks_would_be_found(bench: Bench, app: Flask) -> None:
    """What it sends is really taken: with an answer chosen, the same walk answers."""
    invited(bench)
    Scanner(app, said="accepted").open(f"/es/a/{guest_token(bench)}")
    assert states(bench)["n04"] == "accepted"

"""What a hostile or a clumsy hand sends by the forms of people without an account: never a 500, nothing lost.

Each form is read from its page and sent with every attack. The answer says at which field what is wrong, and
has each field as it was sent.
"""

from __future__ import annotations

import gc
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, urlencode

import pytest

from tests.benches import Visitor
from tests.deep import deep
from tests.factories import moment
from tests.invited import invited
from tests.markup import HTML, parsed
from tests.panel.conftest import asked
from tests.panel.invitations.test_guests_pages import guest_visitor, token_of
from tests.panel.nominees.test_nominations import FILLED
from tests.panel.proposals.test_nomination_links import proposer
from tests.people.admission.applying import FORM, sponsors
from tests.people.focal_points.test_focal_points import NAMING, day, member
from tests.people.focal_points.test_focal_points import enter as enter_own
from tests.sessions.evaluation import evaluating
from tests.sessions.follow_up import called

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.work import Bench

__all__ = ["asked"]
LONG = "palabra " * 4000
TYPED = frozenset({"text", "email", "tel", "url", "search", "date", "datetime-local", "number", "textarea"})
Sent = list[tuple[str, str]]


@dataclass(frozen=True)
class Place:
    """A form: who comes to it, where it is, and what is filled in by one who means well."""

    name: str
    enter: Callable[[Flask, Bench], tuple[Visitor, str]]
    filled: dict[str, Any] = field(default_factory=dict)


def _public(app: Flask, bench: Bench) -> tuple[Visitor, str]:
    sponsors(bench)
    return Visitor(app.test_client()), "/es/apply"


def _own(way: str) -> Callable[[Flask, Bench], tuple[Visitor, str]]:
    return lambda app, bench: (enter_own(app, bench, member(bench)), f"/es/own-organisation/{way}")


def _evaluation(app: Flask, bench: Bench) -> tuple[Visitor, str]:
    evaluating.sent(bench, 1)
    return evaluating.participant(app, bench), "/es/evaluation"


def _answers(app: Flask, bench: Bench) -> tuple[Visitor, str]:
    called.session(bench, moment())
    called.call(bench, moment())
    visitor = called.enter(app, called.token(bench, called.LIMA))
    return visitor, f"/es/follow-up-answers/seen/{called.ALL}"


def _guest(app: Flask, bench: Bench) -> tuple[Visitor, str]:
    invited(bench)
    return guest_visitor(app, token_of(bench, "n04")), "/es/invitation"


PERSON = {"name": "Rosa Quispe", "email": "rosa@example.org", "phone": "+51 1 5550101", "language": "es"}
PLACES = [
    Place("application", _public, FORM),
    Place("details", _own("details"), {"name": "Red Sur", "web": "https://sur.example.org"}),
    Place("contact", _own("contacts/1"), PERSON),
    Place("new contact", _own("contacts/new"), PERSON),
    Place("categories", _own("categories"), {"country": "PE", "sector": "ngo"}),
    Place("focal point", _own("focal-points/new"), {**NAMING, "starts": day(1), "ends": day(200)}),
    Place("evaluation", _evaluation, evaluating.fields(evaluating.said_by(1))),
    Place("evidence", _answers, {"step": "preparing", "text": "La ley se discute.", "language": "es"}),
    Place("guest", _guest, {"said": "declined", "note": "Estoy de viaje", "colleague": "Rosa Pérez"}),
    Place("nominee", lambda _app, _bench: (None, ""), FILLED),  # type: ignore[arg-type,return-value]
]


def controls(page: TestResponse) -> Iterator[tuple[str, str, Element]]:
    """Yield name, kind and element of each control of a page's forms that a person fills in."""
    for tag in ("input", "select", "textarea"):
        for each in parsed(page.text).iter(HTML + tag):
            kind = each.get("type", "text") if tag == "input" else tag
            if each.get("name") and each.get("readonly") is None and kind not in {"submit", "button"}:
                yield each.get("name", ""), kind, each


def shown(page: TestResponse) -> dict[str, list[str]]:
    """Return what stands in the fields in which one types, by name."""
    found: dict[str, list[str]] = {}
    for name, kind, each in controls(page):
        if kind in TYPED:
            value = "".join(each.itertext()).removeprefix("\n") if kind == "textarea" else each.get("value")
            found.setdefault(name, []).append(value or "")
    return found


def base(place: Place, page: TestResponse) -> Sent:
    """Return what one who means well sends: what the page has, and what is filled in."""
    sent: Sent = []
    for name, kind, each in controls(page):
        if kind == "hidden":
            sent.append((name, each.get("value", "")))
    names = {name for name, _kind, _each in controls(page)}
    for name, value in place.filled.items():
        if name in names and name not in dict(sent):
            sent += [(name, each) for each in (value if isinstance(value, list) else [value])]
    return sent


def attacked(how: str, sent: Sent, page: TestResponse) -> Sent:
    """Return what is sent for an attack."""
    kinds = {name: kind for name, kind, _each in controls(page)}
    typed = {name for name, kind in kinds.items() if kind in TYPED}
    chosen = {name for name, kind in kinds.items() if kind in {"select", "radio", "checkbox"}}
    hidden = [(name, value) for name, value in sent if kinds.get(name) == "hidden"]
    known = dict(sent)
    match how:
        case "empty":
            return hidden + [(name, "") for name in kinds if kinds[name] != "hidden" and name not in chosen]
        case "too long":
            return [each for each in sent if each[0] not in typed] + [(name, LONG) for name in sorted(typed)]
        case "foreign":
            wrong = [(name, "9" * 30) for name in sorted(chosen)]
            return [each for each in sent if each[0] not in chosen] + wrong
        case "foreign words":
            wrong = [(name, "<b>no-such</b> ñ '; --") for name in sorted(chosen)]
            return [each for each in sent if each[0] not in chosen] + wrong
        case "doubled":
            rest = [(name, f"{known.get(name, '')} otra") for name in sorted(typed)]
            return sent + rest + [(name, value) for name, value in sent if name in chosen]
    return sent


TAKEN: frozenset[tuple[str, str]] = frozenset()
ATTACKS = ("empty", "too long", "foreign", "foreign words")


@pytest.fixture
def opened(app: Flask, bench: Bench, request: pytest.FixtureRequest) -> tuple[Place, Visitor, str]:
    place: Place = request.param
    if place.name == "nominee":
        token = request.getfixturevalue("asked")
        return place, proposer(app, token), "/es/proposing/2027-1/people/new"
    return place, *place.enter(app, bench)


@pytest.mark.parametrize("opened", PLACES, indirect=True, ids=lambda place: place.name)
def test_a_form_answers_whatever_it_is_sent(opened: tuple[Place, Visitor, str]) -> None:
    place, visitor, path = opened
    for how in ATTACKS:
        page = visitor.get(path)
        assert page.status_code == 200
        sent = attacked(how, base(place, page), page)
        if sent == base(place, page):
            continue  # the form has nothing of that kind
        answer = visitor.post(path, grouped(sent))
        assert answer.status_code in {303, 400, 409, 422}, (place.name, how, answer.status_code)
        if answer.status_code == 303:
            assert (place.name, how) in TAKEN, (place.name, how, "was taken")
            continue
        assert_kept(answer, sent, (place.name, how))
        assert_named(answer, (place.name, how))
    for raw, statuses in ((b"a b\x00c", {400}), (b"\xff\xfe\xed\xa0\x80", {303, 409, 422})):
        page = visitor.get(path)
        typed = list(shown(page))
        rest = [each for each in base(place, page) if each[0] not in typed]
        body = urlencode(rest) + "".join(f"&{name}={quote_from_bytes(raw)}" for name in typed)
        answer = sent_raw(visitor, path, body)
        assert not typed or answer.status_code in statuses, (place.name, raw, answer.status_code)
        assert answer.status_code != 400 or "a bc" in answer.text, "what was typed, to be copied"
    page = visitor.get(path)
    if not shown(page):
        return  # it was taken, and is answered once
    doubled = grouped(attacked("doubled", base(place, page), page))
    assert visitor.post(path, doubled).status_code in {303, 409, 422}


def grouped(sent: Sent) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in sent:
        found.setdefault(name, []).append(value)
    return found


def sent_raw(visitor: Visitor, path: str, body: str) -> TestResponse:
    return visitor.client.post(
        path,
        data=body.encode(),
        content_type="application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"},
    )


def assert_kept(answer: TestResponse, sent: Sent, where: tuple[str, str]) -> None:
    """Each field in which one types has what was sent, as a browser shows it."""
    there = shown(answer)
    for name, values in grouped(sent).items():
        if name in there:
            assert there[name][0].split() == values[0].split(), (*where, name)


def assert_named(answer: TestResponse, where: tuple[str, str]) -> None:
    """The summary leads to fields of the page; where it is about none of them, it says a sentence."""
    tree = parsed(answer.text)
    (summary,) = (each for each in tree.iter() if each.get("id") == "error-summary")
    ids = {each.get("id") for each in tree.iter()}
    ways = [each.get("href", "") for each in summary.iter(HTML + "a")]
    assert ways or list(summary.iter(HTML + "p")), where
    assert {each.removeprefix("#") for each in ways} <= ids, (*where, ways)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vacío.pdf", b""),
        ("falso.pdf", b"MZ" + b"\x00" * 100),
        ("\x00\x01.pdf", b"\x00"),
        ("largo" * 200 + ".pdf", b"%PDF-1.4"),
        ("", b"sin nombre"),
        deep("enorme.pdf", b"%PDF-1.7\n" + b"0" * 40_000_000),
        ("grande.pdf", b"%PDF-1.7\n" + b"0" * 6_000_000),
    ],
    ids=["empty", "other kind", "nul", "long name", "no name", "huge", "big"],
)
def test_a_file_of_evidence_that_is_wrong_loses_nothing(
    app: Flask, bench: Bench, name: str, content: bytes
) -> None:
    visitor, path = _answers(app, bench)
    text = "Esto escribí con mucho cuidado."
    page = visitor.get(path)
    sent = grouped([*base(PLACES[7], page), ("text", text), ("link", "")])
    sent["text"] = [text]
    answer = visitor.post(
        path, {**sent, "file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )
    assert answer.status_code in {303, 400, 413, 422}, answer.status_code
    if answer.status_code != 303:
        assert text in answer.text
    gc.collect()  # a file that was left open is told of this test, and not of a later one

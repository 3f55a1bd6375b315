"""One door for all purposes: no link opens what another's does, and a new purpose is one entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import render_template_string
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import func, select, text, update

from consulta.core.problems import Problem
from consulta.platform import access, door
from consulta.platform.door import Given, Purpose
from consulta.platform.models import Link, Seat, SignedIn
from consulta.platform.web.pages import VIEWS, View
from consulta.platform.web.request import actor
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.results import checks
from consulta.shell.site import create_web
from consulta.vote import service as voting
from tests.benches import Visitor
from tests.cases import for_each
from tests.factories import moment
from tests.platform.door.given import made, of, way_of
from tests.polling import open_round

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work

NAMES = (
    *("vote", "propose", "answer", "access", "objection"),
    *("propose_themes", "apply", "sponsor", "own_data", "own_objection", "focal_point", "your_vote"),
    *("join", "evaluate", "contact_address"),
    *("follow_up_seen", "follow_up_reported"),
)


@pytest.fixture
def tokens(bench: Bench) -> dict[str, str]:
    return made(bench)


def others(name: str) -> list[str]:
    return [other for other in NAMES if other != name]


def sessions(bench: Bench) -> int:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(SignedIn)) or 0


@pytest.mark.gate
def test_every_purpose_is_tested_here(tokens: dict[str, str]) -> None:
    assert set(door._entries()) == set(NAMES), (
        "name the purpose in NAMES of tests/platform/door/test_purposes.py"
    )
    assert set(tokens) == set(NAMES), "make a link of each purpose in tests/platform/door/given.py"


@for_each("name", NAMES)
def test_a_link_opens_nothing_at_the_address_of_another_purpose(
    app: Flask, bench: Bench, tokens: dict[str, str], name: str
) -> None:
    with bench.work(ANONYMOUS, moment()) as work:
        mine = door.find_visitor(work, way_of(name), tokens[name])
        assert mine is not None
        assert mine.purpose.name == name
        for other in others(name):
            assert not door.works(work, tokens[name], other)
        for way in {way_of(other) for other in NAMES} - {way_of(name)}:
            assert door.find_visitor(work, way, tokens[name]) is None
            assert door.enter(work, way, tokens[name]) is None
    for way in sorted({way_of(other) for other in NAMES} - {way_of(name)}):
        page = Visitor(app.test_client()).post(f"/es/{way}/{tokens[name]}")
        unknown = Visitor(app.test_client()).post(f"/es/{way}/{'x' * 43}")
        assert (page.status_code, page.data) == (unknown.status_code, unknown.data)
        assert page.status_code == 404
    assert sessions(bench) == 0


@for_each("name", NAMES)
def test_a_link_works_until_it_is_withdrawn(bench: Bench, tokens: dict[str, str], name: str) -> None:
    with bench.read(COMMAND, moment()) as work:
        assert door.works(work, tokens[name], name)
        assert not door.works(work, "x" * 43, name)
    with bench.engine.begin() as connection:
        withdrawn = update(Link).where(Link.token_sha256 == of(tokens[name])).values(revoked_at=moment())
        connection.execute(withdrawn)
    with bench.read(COMMAND, moment()) as work:
        assert not door.works(work, tokens[name], name)


@for_each("name", NAMES)
def test_a_session_is_of_its_purpose_alone(bench: Bench, tokens: dict[str, str], name: str) -> None:
    """Also where its token stands under the name of another in the cookie."""
    with bench.work(ANONYMOUS, moment()) as work:
        entrance = door.enter(work, way_of(name), tokens[name])
    found = door.find(name)
    assert found is not None
    assert (entrance is not None) == found.session
    if entrance is None:
        return
    with bench.read(ANONYMOUS, moment()) as work:
        assert door.resume(work, found.role, entrance.token) == entrance.actor
        for other in others(name):
            rival = door.find(other)
            assert rival is not None
            assert door.resume(work, rival.role, entrance.token) is None, other
    if found.role != "voter":
        with bench.work(entrance.actor, moment()) as work, pytest.raises(Problem, match=r"access\.denied"):
            voting.ballot(work, "2027-1")


@for_each("name", NAMES)
def test_a_link_whose_purpose_was_changed_in_the_table_is_named(
    bench: Bench, tokens: dict[str, str], name: str
) -> None:
    statement = text("UPDATE links SET purpose = :purpose WHERE token_sha256 = :digest")
    for purpose in (name, *others(name), name):
        with bench.engine.begin() as connection:
            connection.execute(statement, {"purpose": purpose, "digest": of(tokens[name])})
        with bench.read(COMMAND, moment()) as work:
            assert bool(list(checks.sealed(work))) == (purpose != name), purpose


@for_each("name", NAMES)
@for_each("how", ["withdrawn", "expired"])
def test_a_link_that_ended_opens_nothing_nor_its_session(
    bench: Bench, tokens: dict[str, str], name: str, how: str
) -> None:
    later = moment() + timedelta(hours=1)
    with bench.work(ANONYMOUS, moment()) as work:
        entrance = door.enter(work, way_of(name), tokens[name])
    with bench.work(COMMAND, moment()) as work:
        mine = Link.token_sha256 == of(tokens[name])
        if how == "withdrawn":
            assert door.end(work.session, moment(), mine) == (name == "vote")
        else:
            work.session.execute(update(Link).where(mine).values(expires_at=later))
    with bench.work(ANONYMOUS, later) as work:
        assert door.find_visitor(work, way_of(name), tokens[name]) is None
        assert door.enter(work, way_of(name), tokens[name]) is None
        if entrance is not None:
            assert door.resume(work, entrance.actor.role, entrance.token) is None


def test_a_link_to_nothing_opens_nothing(app: Flask, bench: Bench, tokens: dict[str, str]) -> None:
    """A row that is gone is answered like a link that never was, not with an error; `check` names it."""
    with bench.read(COMMAND, moment()) as work:
        assert list(checks.links(work)) == []
        numbers = {row.id: row.purpose for row in work.session.scalars(select(Link))}
    with bench.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE links SET subject_id = 4711")
    with bench.read(COMMAND, moment()) as work:
        lost = list(checks.links(work))
    assert sorted(lost) == sorted(
        f"link {number} ({name}): what it is about is not there" for number, name in numbers.items()
    )
    for name in ("vote", "propose", "answer"):
        assert Visitor(app.test_client()).post(f"/es/{way_of(name)}/{tokens[name]}").status_code == 404


def test_only_digests_are_kept(bench: Bench, tokens: dict[str, str]) -> None:
    with bench.read(COMMAND, moment()) as work:
        kept = set(work.session.scalars(select(Link.token_sha256)))
    assert {of(token) for token in tokens.values()} <= kept
    with bench.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert not any(token in dump for token in tokens.values())


# -- a further purpose


WORDS = """\
{% extends "links/door.html" %}
{% set words = {"title": "T", "card": "C", "heading": "Practise here", "whose": "W", "button": "B",
"nothing": "N", "elsewhere": "%(language)s", "refused": "No practice", "why": "It was cut.", "help": "H"} %}
"""


def _pupil(_work: Work, link: Link) -> Actor | None:
    return Actor("pupil", link.id, link.contact.name) if link.contact else None  # type: ignore[arg-type]


ENTRY = Purpose(
    "practice",
    way="x",
    subject=Seat,
    role="pupil",  # type: ignore[arg-type]
    page="practice",
    texts="practice/door.html",
    reader=_pupil,
    life=timedelta(days=2),
    place=lambda work, link: {"seat": work.session.get_one(Seat, link.subject_id).key},
)


@pytest.fixture
def practice(bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application with one more purpose: an entry, its words, and its page."""
    door.register(ENTRY)
    monkeypatch.setitem(access.ACTIONS, "practice.read", frozenset({"pupil"}))
    monkeypatch.setitem(VIEWS, "practice", View("practice.read"))
    app = create_web(bench, settings)
    app.jinja_env.loader = ChoiceLoader(
        [DictLoader({"practice/door.html": WORDS}), *filter(None, [app.jinja_env.loader])]
    )
    app.add_url_rule(
        "/<any(es, en):lang>/practice/<seat>",
        "practice",
        lambda seat: render_template_string(
            "<!doctype html><title>Practice</title><p>{{ name }}, {{ seat }}</p>",
            name=actor().name,
            seat=seat,
        ),
    )
    yield app
    door._entries().pop(ENTRY.name)


def test_a_new_purpose_is_one_entry_its_words_and_its_page(practice: Flask, bench: Bench) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        (token,) = door.give(work, ENTRY.name, [Given(voter.seat_id, voter.contact_id)])
    visitor = Visitor(practice.test_client())
    assert "Practise here" in visitor.get(f"/es/x/{token}").text
    assert visitor.get(f"/es/practice/{voter.seat}").status_code == 403, "looking at it opens nothing"
    assert visitor.post(f"/es/v/{token}").status_code == 404, "it opens no ballot"
    refused = visitor.post(f"/es/x/{voter.token}")
    assert (refused.status_code, "No practice" in refused.text) == (404, True), "nor does a ballot's open it"
    answer = visitor.post(
        "/es/x/", {"link": f"Hola: http://localhost/es/x/{token[:9]}\n {token[9:]} Saludos"}
    )
    assert (answer.status_code, answer.location) == (303, f"/es/practice/{voter.seat}")
    assert f"<p>{voter.name}, {voter.seat}</p>" in visitor.get(answer.location).text
    assert visitor.get("/es/ballot/2027-1").status_code == 403
    with bench.read(COMMAND, moment()) as work:
        assert list(checks.sealed(work)) == []
    with bench.work(COMMAND, moment()) as work:
        assert door.end(work.session, moment(), Link.contact_id == voter.contact_id) == 1, "to vote"
    with bench.read(COMMAND, moment()) as work:
        assert list(checks.sealed(work)) == []
    assert visitor.get(answer.location).status_code == 403, "the session ends with its link"
    assert visitor.post(f"/es/x/{token}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        "expires_at = created_at",
        "revoked_at = created_at",
        "subject_id = 2",
        "contact_id = 2",
        "choice = 'no'",
    ],
)
def test_links_of_a_new_purpose_are_sealed(practice: Flask, bench: Bench, change: str) -> None:
    del practice
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        door.give(work, ENTRY.name, [Given(voter.seat_id, voter.contact_id)])
    with bench.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE links SET {change} WHERE purpose = 'practice'")  # noqa: S608
    with bench.read(COMMAND, moment()) as work:
        (fault,) = checks.sealed(work)
    assert fault.startswith("a link is not as the log tells")


def test_a_purpose_that_this_program_does_not_know_opens_nothing(practice: Flask, bench: Bench) -> None:
    """As after an extension was taken out: its links and sessions are refused, and stay."""
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        (token,) = door.give(work, ENTRY.name, [Given(voter.seat_id, voter.contact_id)])
    visitor = Visitor(practice.test_client())
    assert visitor.post(f"/es/x/{token}").status_code == 303
    with visitor.client.session_transaction() as cookie:
        held = cookie["pupil"]
    del door._entries()[ENTRY.name]
    try:
        with bench.read(ANONYMOUS, moment()) as work:
            assert door.resume(work, "pupil", held) is None
            assert door.find_visitor(work, "x", token) is None
        with bench.work(COMMAND, moment()) as work, pytest.raises(ValueError, match="no purpose"):
            door.give(work, ENTRY.name, [Given(1)])
    finally:
        door.register(ENTRY)


@for_each(
    "change, said",
    [
        ({"name": "vote"}, "registered twice"),
        ({"name": "other", "role": "voter"}, "role of another purpose"),
        ({"name": "other", "role": "addressee"}, "role of another purpose"),
        ({"name": "other", "role": "voter", "session": False}, "role of another purpose"),
        ({"name": "other", "way": "xy"}, "a single letter"),
        ({"name": "other", "way": "ñ"}, "a single letter"),
    ],
)
def test_an_entry_that_would_open_too_much_is_refused(change: dict[str, object], said: str) -> None:
    before = set(door._entries())
    with pytest.raises(ValueError, match=said):
        door.register(replace(ENTRY, **change))  # type: ignore[arg-type]
    assert set(door._entries()) == before


def test_a_reader_in_the_role_of_another_purpose_is_an_error(
    bench: Bench, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in an entry stops its links, and lets nobody in as another person."""
    entry = door.find("propose")
    assert entry is not None
    wrong = replace(entry, reader=lambda _work, _link: Actor("voter", 1, "Ana", seat_id=1))
    monkeypatch.setitem(door._entries(), "propose", wrong)
    with bench.work(ANONYMOUS, moment()) as work, pytest.raises(RuntimeError, match="role of another"):
        door.enter(work, "p", tokens["propose"])


def test_a_link_that_is_given_no_other_end_works_for_90_days(bench: Bench, tokens: dict[str, str]) -> None:
    given = moment()
    for name, days in (("vote", 90), ("join", 3)):
        with bench.work(COMMAND, given) as work:
            of_it = select(Link.subject_id, Link.contact_id).where(Link.purpose == name)
            subject, contact = work.session.execute(of_it.order_by(Link.contact_id)).first() or (0, None)
            (token,) = door.give(work, name, [Given(subject, contact)])
        for left, works in ((timedelta(seconds=1), True), (timedelta(0), False)):
            with bench.read(ANONYMOUS, given + timedelta(days=days) - left) as work:
                assert door.works(work, token, name) is works, name


def test_a_number_is_that_of_a_link_of_this_purpose(bench: Bench, tokens: dict[str, str]) -> None:
    """Who begins an account is known by the number of the link alone: no other link's number begins one."""
    with bench.read(COMMAND, moment()) as work:
        numbers = {each.purpose: each.id for each in work.session.scalars(select(Link))}
        for name in ("join", "vote", "your_vote"):
            assert door.numbered(work, name, numbers[name]) is not None
            other = door.numbered(work, name, numbers["answer"])
            assert other is None or other.purpose == name

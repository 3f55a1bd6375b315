"""One door for all purposes: no link opens what another's does, and a new purpose is one entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text, update

from consulta.core.problems import Problem
from consulta.platform import door
from consulta.platform.door import Given
from consulta.platform.models import Link, SignedIn
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.results import checks
from consulta.vote import service as voting
from tests.benches import Visitor
from tests.cases import for_each
from tests.factories import moment
from tests.platform.door.given import made, of, way_of

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

NAMES = (
    *("vote", "propose", "answer", "access", "objection"),
    *("apply", "sponsor", "own_data", "own_objection", "focal_point", "your_vote"),
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


def test_a_purpose_that_this_program_does_not_know_opens_nothing(
    bench: Bench, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of another version of the program: its links and sessions are refused, and stay."""
    with bench.work(ANONYMOUS, moment()) as work:
        entrance = door.enter(work, "p", tokens["propose"])
        assert entrance is not None
    monkeypatch.delitem(door._entries(), "propose")
    with bench.read(ANONYMOUS, moment()) as work:
        assert door.resume(work, "proposer", entrance.token) is None
        assert door.find_visitor(work, "p", tokens["propose"]) is None
    with bench.work(COMMAND, moment()) as work, pytest.raises(ValueError, match="no purpose"):
        door.give(work, "propose", [Given(1)])


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
    known = next(each for each in door.known() if each.name == "propose")
    entry = replace(known, name="practice", role="pupil")  # type: ignore[arg-type]
    before = dict(door._entries())
    with pytest.raises(ValueError, match=said):
        door._add(before, replace(entry, **change))  # type: ignore[arg-type]
    assert before == door._entries()


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

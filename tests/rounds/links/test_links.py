"""Personal links: for whom, in which language, how they end, and that no token is kept anywhere."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform import accounts, door
from consulta.platform.models import Contact, Link, LogEntry, Organisation, Seat
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds import links
from consulta.rounds import service as rounds
from tests.drafts import (
    BASE,
    KEY,
    NOW,
    do,
    hand_out,
    make_draft,
    make_open,
    reading,
    refuses,
    writing,
)
from tests.factories import moment, put_on_file

if TYPE_CHECKING:
    from consulta.platform.work import Bench

URL = re.compile(re.escape(BASE) + r"/(es|en)/v/([A-Za-z0-9_-]{43})")


def token(url: str) -> str:
    found = URL.fullmatch(url)
    assert found is not None, url
    return found[2]


def enters(bench: Bench, url: str) -> bool:
    with bench.work(ANONYMOUS, NOW) as work:
        return door.enter(work, "v", token(url)) is not None


def test_every_contact_who_may_vote_gets_a_link_in_their_language(bench: Bench) -> None:
    make_open(bench, "MX", "PE", "JM")
    with writing(bench) as work:
        organisation = work.session.scalars(select(Organisation).where(Organisation.name == "Red 001")).one()
        for name, values in {
            "Second": {"language": "en"},
            "Mute": {"may_vote": False},
            "Gone": {"active": False},
        }.items():
            work.session.add(
                Contact(
                    organisation_id=organisation.id,
                    name=name,
                    email=f"{name}@example.org",
                    created_at=moment(),
                    **values,
                )
            )
        seat = work.session.scalars(select(Seat).where(Seat.organisation_id == organisation.id)).one()
        late = select(Contact).where(Contact.name.in_(("Second", "Gone")))
        for contact in work.session.scalars(late):  # after the wait; before it, one gets none
            put_on_file(work.session, seat, contact, at_opening=False)
    issued = hand_out(bench, KEY)
    assert [(link.organisation, link.contact, link.language) for link in issued] == [
        ("Red 003", "Contacto de Red 003", "es"),
        ("Red 001", "Contacto de Red 001", "es"),
        ("Red 001", "Second", "en"),
        ("Red 002", "Contacto de Red 002", "es"),
    ]
    assert all(URL.fullmatch(link.url) and URL.fullmatch(link.url)[1] == link.language for link in issued)
    assert all(enters(bench, link.url) for link in issued)


def test_a_link_fits_into_a_line_of_mail() -> None:
    assert links.URL_MAX == 76, "of the 78 signs that a line of mail should have, with an angle on each side"
    assert links.url_length("https://voto.example.org") <= links.URL_MAX
    assert links.url_length("https://consulta.mecanismo.example.org") > links.URL_MAX


def test_no_token_is_kept(bench: Bench) -> None:
    make_open(bench)
    tokens = [token(link.url) for link in hand_out(bench, KEY)]
    with writing(bench) as work:
        contact = work.session.scalars(select(Contact)).first()
        assert contact is not None
        tokens.append(token(links.issue_link(work, KEY, contact.id, BASE).url))
    with bench.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        dump = "\n".join(driver.iterdump())
    assert "links" in dump
    for each in tokens:
        assert each not in dump
        assert accounts.digest(each) in dump


def test_making_links_anew_needs_to_be_said_and_ends_the_earlier_ones(bench: Bench) -> None:
    make_open(bench)
    first = hand_out(bench, KEY)
    with pytest.raises(Problem) as refused:
        hand_out(bench, KEY, revoke=False)
    assert (refused.value.code, refused.value.params) == ("links.present", {"count": 3})
    with writing(bench) as work, pytest.raises(Problem, match=r"links\.present"):
        links.issue_links(work, KEY, BASE)  # nothing is said: nothing ends
    assert all(enters(bench, link.url) for link in first)
    second = hand_out(bench, KEY, revoke=True)
    assert not any(enters(bench, link.url) for link in first)
    assert all(enters(bench, link.url) for link in second)
    with reading(bench) as work:
        page = links.links_page(work, KEY)
    assert page.working == len(page.lines) == 3


def test_one_contact_gets_a_new_link_or_none_and_the_others_keep_theirs(bench: Bench) -> None:
    make_open(bench)
    first = hand_out(bench, KEY)
    with writing(bench) as work:
        contacts = {each.email: each for each in work.session.scalars(select(Contact))}
        new = links.issue_link(work, KEY, contacts[first[0].email].id, BASE)
        muted = contacts[first[1].email]
        muted.may_vote = False
    assert new.organisation == first[0].organisation
    for contact_id in (muted.id, 9999):
        refuses(bench, "contact.unknown", links.issue_link, KEY, contact_id, BASE)
    assert [enters(bench, link.url) for link in (*first, new)] == [False, False, True, True]
    assert len(hand_out(bench, KEY, revoke=True)) == 2
    with reading(bench) as work:
        working = work.session.scalars(select(Link).where(Link.revoked_at.is_(None))).all()
        assert len(working) == 2, "that of the contact who left ended with the others"


def test_the_page_has_the_links_that_work(bench: Bench) -> None:
    make_open(bench)
    made = hand_out(bench, KEY)
    with reading(bench) as work:
        end = work.session.scalars(select(Link.expires_at)).all()[0]
        assert {line.issued_at for line in links.links_page(work, KEY).lines} == {NOW}
    for now, working in ((end - timedelta(seconds=1), len(made)), (end, 0)):
        with bench.read(COMMAND, now) as work:
            page = links.links_page(work, KEY)
        assert (page.working, sum(line.issued_at is not None for line in page.lines)) == (working, working)


def test_the_log_tells_how_many_links_were_made_ended_and_shown(bench: Bench) -> None:
    make_open(bench)
    hand_out(bench, KEY, revoke=False)
    hand_out(bench, KEY, revoke=True)
    with writing(bench) as work:
        assert all(URL.fullmatch(each.url) for each in links.further_links(work, KEY, BASE))
        contact = work.session.scalars(select(Contact.id)).all()[0]
        links.issue_link(work, KEY, contact, BASE)
        rows = select(LogEntry).where(LogEntry.action.startswith("links.")).order_by(LogEntry.seq)
        told = [(row.action, json.loads(row.details)) for row in work.session.scalars(rows)]
    assert told[-4:] == [
        ("links.issued", {"count": 3, "revoked": 0, "file": True}),
        ("links.issued", {"count": 3, "revoked": 6, "file": True}),
        ("links.issued", {"count": 3, "revoked": 0, "shown": True}),
        ("links.reissued", {"contact": contact}),
    ]


def test_only_an_open_round_has_links(bench: Bench) -> None:
    make_draft(bench)
    for act in (
        lambda work: links.links_page(work, KEY),
        lambda work: links.issue_links(work, KEY, BASE),
        lambda work: links.issue_link(work, KEY, 1, BASE),
        lambda work: links.further_links(work, KEY, BASE),
    ):
        refuses(bench, "round.not_open", act)
    do(bench, rounds.cancel_round, KEY, "Fue una prueba.")
    with pytest.raises(Problem, match=r"round\.not_open"):
        hand_out(bench, KEY)

"""Who is told of what: a row of the outbox for each, written with the act itself and never twice."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.desk import moves, opening
from consulta.platform import accounts, door
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import Ballot, Contact, Link, LogEntry, Message, Round, Seat
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds import addresses, links, notices
from consulta.rounds.ballots import closing_mails, objections_end
from consulta.vote import service as voting
from tests.drafts import KEY, NOW, Counted, do, join_members, make_draft, make_open, reading, writing
from tests.factories import build_organisation, moment
from tests.polling import open_round
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench, Work
    from tests.polling import Voter


def messages(bench: Bench, kind: str = "") -> list[Message]:
    with reading(bench) as work:
        query = select(Message).order_by(Message.id)
        found = list(work.session.scalars(query.where(Message.kind == kind) if kind else query))
        work.session.expunge_all()
        return found


def change(bench: Bench, number: int, **values: Any) -> None:
    """Set columns of the contact with this number in the members' list."""
    with writing(bench) as work:
        contact = work.session.scalars(select(Contact).order_by(Contact.id)).all()[number]
        for name, value in values.items():
            setattr(contact, name, value)


def vote(bench: Bench, voter: Voter, *themes: str) -> None:
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, "2027-1", Entries(dict(zip(themes, range(1, 6), strict=False))), "".join(themes))


def test_opening_invites_everybody_who_may_vote_with_a_link_that_opens(bench: Bench) -> None:
    join_members(bench, "PE", "MX", "JM")
    change(bench, 1, language="en")
    make_draft(bench)
    do(bench, opening.open_round, KEY)
    found = messages(bench)
    assert {(m.kind, m.state, m.address, m.language) for m in found} == {
        ("invitation", "queued", "c1@example.org", "es"),
        ("invitation", "queued", "c2@example.org", "en"),
        ("invitation", "queued", "c3@example.org", "es"),
    }
    assert len({m.message_id for m in found}) == len({m.once for m in found}) == 3
    for each in found:
        with bench.work(ANONYMOUS, NOW) as work:
            entrance = door.enter(work, "v", str(each.token))
        assert entrance is not None
        assert (entrance.actor.id, entrance.actor.seat_id) == (each.contact_id, each.seat_id)


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"paused": True}, "mail.paused"), ({"bounced_at": NOW, "bounce_reason": "550"}, "mail.bounced")],
)
def test_whom_mail_does_not_reach_gets_none_and_no_link(
    bench: Bench, values: dict[str, Any], reason: str
) -> None:
    join_members(bench, "PE", "MX")
    change(bench, 0, **values)
    make_draft(bench)
    do(bench, opening.open_round, KEY)
    found = {m.address: m for m in messages(bench)}
    kept, sent = found["c1@example.org"], found["c2@example.org"]
    assert (kept.state, kept.reason, kept.token, kept.left_at) == ("cancelled", reason, None, NOW)
    assert (sent.state, sent.reason) == ("queued", None)
    with reading(bench) as work:
        assert work.session.scalars(select(Link.contact_id)).all() == [sent.contact_id]


def test_a_refused_opening_invites_nobody(bench: Bench) -> None:
    make_draft(bench)
    with pytest.raises(Exception, match="opening"), writing(bench) as work:
        opening.open_round(work, KEY)
    assert messages(bench) == []


def test_an_opening_that_is_undone_has_invited_nobody(bench: Bench) -> None:
    """ML-1: the change and its mail commit together or not at all."""
    join_members(bench, "PE", "MX")
    make_draft(bench)

    def open_and_break(work: Work) -> None:
        opening.open_round(work, KEY)
        raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError), writing(bench) as work:
        open_and_break(work)
    assert messages(bench) == []
    with reading(bench) as work:
        assert work.session.scalars(select(Link)).all() == []
        assert work.session.scalars(select(Round.state)).all() == ["draft"]


def test_all_contacts_of_a_seat_are_told_of_a_vote_and_nobody_else(bench: Bench) -> None:
    first, second, other, _ = open_round(bench, seats=2, contacts=2)
    vote(bench, first, "t1")
    found = messages(bench)
    assert {(m.kind, m.contact_id) for m in found} == {
        ("receipt", first.contact_id),
        ("receipt", second.contact_id),
    }
    assert other.contact_id not in {m.contact_id for m in found}
    assert all(m.token is None and m.facts["ballot"] for m in found)


def test_a_vote_that_replaces_another_is_told_once_to_each(bench: Bench) -> None:
    first, second = open_round(bench, seats=1, contacts=2)
    vote(bench, first, "t1")
    vote(bench, second, "t2")
    assert {(m.kind, m.contact_id) for m in messages(bench, "replacement")} == {
        ("replacement", first.contact_id),
        ("replacement", second.contact_id),
    }
    assert len(messages(bench)) == 4
    with reading(bench) as work:
        versions = work.session.scalars(select(Ballot).order_by(Ballot.version)).all()
        assert [outbox.receipts_of(work.session, each) for each in versions] == [2, 2], (
            "each theme a different place"
        )


def test_readers_of_a_round_are_found_by_number_by_words_and_in_the_order_of_the_roll(bench: Bench) -> None:
    one, two, three, four = open_round(bench, seats=2, contacts=2)
    vote(bench, three, "t1")
    with reading(bench) as work:
        (number,) = work.session.scalars(select(Round.id))

        def found(**wanted: Any) -> list[int]:
            return [each[0] for each in outbox.readers(work.session, number, **wanted)]

        assert found() == [each.contact_id for each in (one, two, three, four)]
        assert found(chosen=three.contact_id) == [each.contact_id for each in (three, one, two, four)]
        assert found(chosen=three.contact_id, most=1) == [three.contact_id]
        assert found(chosen=0, most=1) == [one.contact_id], "no such person"
        assert found(text=f"{two.organisation} 2") == [two.contact_id]
        assert outbox.readers(work.session, number, chosen=four.contact_id, most=1) == [
            (four.contact_id, four.organisation, four.name, work.session.get_one(Seat, four.seat_id).country)
        ]
        people = outbox.people(work.session, number, three.seat_id)
        assert [(each.id, voted) for _, each, voted in people] == [
            (three.contact_id, True),
            (four.contact_id, True),
        ]
        of_one = [outbox.counted(work.session, number, each.seat_id) for each in (one, three)]
        assert of_one == [set(), {three.seat_id}]
        assert outbox.counted(work.session, number) == {three.seat_id}
        assert outbox.text_of(work.session, number, "receipt", "es") is None


def test_the_same_vote_sent_again_tells_nobody_again(bench: Bench) -> None:
    (voter,) = open_round(bench, seats=1)
    vote(bench, voter, "t1", "t2")
    vote(bench, voter, "t1", "t2")
    assert [m.kind for m in messages(bench)] == ["receipt"]


def test_the_result_brings_a_link_to_what_the_vote_did_to_those_alone_whose_vote_counts(bench: Bench) -> None:
    first, second, *silent = open_round(bench, seats=2, contacts=2)
    vote(bench, first, "t1")
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Contact, second.contact_id).bounced_at = work.now
        notices.result_published(work, work.session.scalars(select(Round)).one())
    given = {m.contact_id: bool(m.token) for m in messages(bench, "published")}
    assert given == {
        first.contact_id: True,
        second.contact_id: False,
        **{each.contact_id: False for each in silent},
    }


def test_one_thing_is_told_once(bench: Bench) -> None:
    make_open(bench, "PE", "MX")
    for _ in range(2):
        with writing(bench) as work:
            found = work.session.scalars(select(Round)).one()
            notices.result_published(work, found)
            notices.deadline_moved(work, found, NOW)
    kinds = [m.kind for m in messages(bench)]
    assert sorted(kinds) == sorted(["invitation", "published", "extension"] * 2)


def test_each_act_tells_everybody_and_the_log_says_how_many_links_it_gave(bench: Bench) -> None:
    make_open(bench, "PE", "MX")
    with writing(bench) as work:
        found = work.session.scalars(select(Round)).one()
        notices.voting_reopened(work, found, NOW, "Por error.")
        notices.seat_registered(work, found, found.seats[1], both("Faltaba.", "It was missing."))
        assert notices.round_cancelled(work, found, "Ya no hace falta.") == 2
    told = Counter(m.kind for m in messages(bench))
    assert told == {"invitation": 2, "reopened": 2, "registered": 1, "cancelled": 2}
    with reading(bench) as work:
        query = select(LogEntry.details).where(LogEntry.action == "links.issued").order_by(LogEntry.seq)
        given = [json.loads(each) for each in work.session.scalars(query)]
    assert given == [{"count": count, "revoked": 0} for count in (2, 2, 1)]


def test_that_a_seat_was_registered_is_told_to_its_own_contacts_alone(bench: Bench) -> None:
    *_, three, four = open_round(bench, seats=2, contacts=2)
    with bench.work(COMMAND, moment()) as work:
        found, seat = work.session.scalars(select(Round)).one(), work.session.get_one(Seat, three.seat_id)
        notices.seat_registered(work, found, seat, both("Faltaba.", "It was missing."))
    told = {m.contact_id for m in messages(bench, "registered")}
    assert told == {three.contact_id, four.contact_id}


def test_a_link_to_object_shows_what_became_of_it_for_ninety_days_more(bench: Bench) -> None:
    make_open(bench, "PE")
    with writing(bench) as work:
        moves.close(work, KEY, "Ya votaron", 72)
        found = work.session.scalars(select(Round)).one()
        (reader,) = addresses.told(work, found.id)
        token = notices.link_to_object(work, found, reader)
        assert token is not None
        until = objections_end(found, closing_mails(work.session, found.id), NOW)
        link = work.session.scalars(select(Link).where(Link.token_sha256 == accounts.digest(token))).one()
        assert until is not None
        assert link.expires_at - until == timedelta(days=90)


def test_a_new_link_is_told_to_its_contact(bench: Bench) -> None:
    make_open(bench, "PE", "MX")
    with writing(bench) as work:
        seat, contact = work.session.execute(
            select(Seat, Contact).join(Contact, Contact.organisation_id == Seat.organisation_id)
        ).first() or pytest.fail("nobody on the roll")
        (token,) = links.give(work, [(seat, contact)])
        notices.new_link(work, seat, contact, token)
    (made,) = messages(bench, "new_link")
    assert (made.contact_id, made.token, made.state) == (contact.id, token, "queued")
    assert accounts.digest(token) in made.once
    assert made.facts == {}, "nobody asked for it"


def test_only_seats_that_voted_are_thanked(bench: Bench) -> None:
    first, second, *_ = open_round(bench, seats=2, contacts=2)
    vote(bench, first, "t1")
    with bench.work(COMMAND, moment()) as work:
        assert notices.thank(work, work.session.scalars(select(Round)).one()) == 2
    assert {m.contact_id for m in messages(bench, "thanks")} == {first.contact_id, second.contact_id}
    with bench.work(COMMAND, moment()) as work:
        assert notices.thank(work, work.session.scalars(select(Round)).one()) == 0, "once each"


def test_telling_many_takes_as_many_statements_as_telling_few(bench: Bench) -> None:
    counted, costs = Counted(bench), []
    for key, number in (("pocas", 2), ("muchas", 40)):
        with writing(bench) as work:
            for each in range(number):
                build_organisation(work.session, f"{key} {each}")
        make_draft(bench, key=key)
        with writing(bench) as work:
            opening.open_round(work, key)
            found = work.session.scalars(select(Round).where(Round.key == key)).one()
            counted.since()
            notices.deadline_moved(work, found, NOW)
            costs.append(counted.since())
    assert costs[0] == costs[1]

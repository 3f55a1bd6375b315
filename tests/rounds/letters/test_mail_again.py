"""Mail that failed, sent again: the same thing once more, and never twice what has arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.people import member_changes, members
from consulta.platform import door
from consulta.platform.mailer import outbox
from consulta.platform.mailer.transport import Outcome
from consulta.platform.work import ANONYMOUS
from consulta.rounds import notices
from consulta.rounds import service as rounds
from consulta.rounds.letters import again as mail_again
from tests.changing import ASKED, confirm_all
from tests.drafts import KEY, NOW, do, reading, writing
from tests.platform.mailer.desk import (
    Clock,
    change_contacts,
    change_round,
    messages,
    open_round,
    worker_at,
    working,
)
from tests.rounds.letters.test_letters import vote
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

SPAM = "554 5.7.1 spam"  # of this mail, not of its address


def send(bench: Bench, settings: Settings, *refused: str, clock: Clock | None = None) -> Box:
    box = Box(rcpt=lambda address, _: SPAM if address in refused else None)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        worker.look()
    return box


def again(bench: Bench, number: int | None = None) -> int:
    return do(bench, mail_again.send_again, KEY, number)


def ready(bench: Bench) -> list[int]:
    with reading(bench) as work:
        return [each.message.id for each in mail_again.again_page(work, KEY).ready]


def ready_in_all(bench: Bench) -> int:
    with reading(bench) as work:
        return mail_again.count_ready(work, rounds.hold(work, KEY))


def hindrances(bench: Bench) -> list[str | None]:
    with reading(bench) as work:
        return [each.hindrance for each in mail_again.again_page(work, KEY).failed]


def test_what_failed_goes_again_with_a_link_that_opens_and_only_once(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 3)
    send(bench, settings, "c1.1@example.org", "c2.1@example.org")
    assert ready_in_all(bench) == 2
    assert again(bench) == 2
    assert ready_in_all(bench) == 0
    first, _, _, *fresh = messages(bench, "invitation")
    assert {m.message_id for m in fresh}.isdisjoint({first.message_id})
    tokens = [str(m.token) for m in fresh]
    assert ready(bench) == []
    with pytest.raises(Problem, match=r"mail\.nothing_again"):
        again(bench)
    box = send(bench, settings)
    assert sorted(box.addresses) == ["c1.1@example.org", "c2.1@example.org"]
    for token, mail in zip(tokens, box.messages, strict=True):
        assert token in str(mail)
        with bench.work(ANONYMOUS, NOW) as work:
            assert door.enter(work, "v", token) is not None
    assert ready(bench) == []


def test_a_receipt_says_the_same_again_and_to_nobody_else(bench: Bench, settings: Settings) -> None:
    open_round(bench, 2, contacts=2)
    token = str(messages(bench)[0].token)
    send(bench, settings)
    vote(bench, token)
    send(bench, settings, "c1.2@example.org")
    (number,) = ready(bench)
    assert again(bench, number) == 1
    box = send(bench, settings)
    assert box.addresses == ["c1.2@example.org"]
    taken, failed, anew = messages(bench, "receipt")
    assert (failed.body, anew.body is not None, anew.token) == (None, True, None)
    said = [str(each.body).replace("Contacto de Red 001", "Otra 2") for each in (anew, taken)]
    assert said[0] == said[1]


def test_a_receipt_of_a_vote_that_was_replaced_has_no_point(bench: Bench, settings: Settings) -> None:
    open_round(bench, 1)
    token = str(messages(bench)[0].token)
    send(bench, settings)
    vote(bench, token)
    send(bench, settings, "c1.1@example.org")
    assert len(ready(bench)) == 1
    vote(bench, token, "tema_numero_2")
    send(bench, settings)
    assert hindrances(bench) == ["mail.replaced"]
    with pytest.raises(Problem, match=r"mail\.nothing_again"):
        again(bench)


def test_a_later_mail_with_a_link_made_good_what_failed(bench: Bench, settings: Settings) -> None:
    open_round(bench, 1)
    send(bench, settings, "c1.1@example.org")
    (invitation,) = messages(bench)
    with writing(bench) as work:
        found = rounds.hold(work, KEY)
        assert notices.remind(work, found, NOW) == 1
    with pytest.raises(Problem, match=r"mail\.unknown"):
        again(bench, invitation.id)
    send(bench, settings)
    assert hindrances(bench) == []


@pytest.mark.deep
@pytest.mark.parametrize(
    ("contact", "a_round", "code"),
    [
        ({"paused": True}, {}, "mail.paused"),
        ({"bounced_at": NOW}, {}, "mail.bounced"),
        ({"may_vote": False}, {}, "mail.inactive"),
        ({}, {"closes_at": NOW}, "mail.over"),
    ],
)
def test_what_has_no_point_or_reaches_nobody_stays_and_says_why(
    bench: Bench, settings: Settings, contact: dict[str, object], a_round: dict[str, object], code: str
) -> None:
    open_round(bench, 1)
    send(bench, settings, "c1.1@example.org")
    assert len(ready(bench)) == 1
    change_contacts(bench, "c1.1@example.org", **contact)
    change_round(bench, **a_round)
    assert hindrances(bench) == [code]
    with pytest.raises(Problem, match=r"mail\.nothing_again"):
        again(bench)
    assert len(messages(bench)) == 1


def test_what_a_server_took_though_it_was_given_up_is_not_sent_twice(
    bench: Bench, settings: Settings
) -> None:
    """A worker hangs in the server's answer; another gives the message up; the first comes back: it went."""
    open_round(bench, 1)
    with working(bench) as work:
        number = outbox.claim(work, "first", None)
    assert number is not None
    late = NOW + outbox.LEASE + timedelta(minutes=1)
    with working(bench, late) as work:
        assert outbox.claim(work, "second", None) == number
        refused = Outcome("refused", 554, "5.7.1 spam")
        outbox.settle(work, number, "second", refused, None, 0.5)
    assert ready(bench) == [number]
    with working(bench, late) as work:
        sent = outbox.Sent("smtp", "c1.1@example.org", "s", "b")
        outbox.settle(work, number, "first", Outcome("sent", 250, "ok"), sent, 0.5)
    assert ready(bench) == []
    with pytest.raises(Problem, match=r"mail\.nothing_again"):
        again(bench)


def test_a_result_that_went_to_a_wrong_address_goes_to_the_right_one_by_itself_alone(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 1)
    change_round(bench, state="published")
    with writing(bench) as work:
        notices.result_published(work, rounds.hold(work, KEY))
    send(bench, settings)
    (went,) = messages(bench, "published")
    with pytest.raises(Problem, match=r"mail\.unknown"):
        again(bench, went.id)
    with writing(bench) as work:
        command = members.ContactCommand("Ana", "nueva@example.org")
        members.change_contact(work, 1, went.contact_id or 0, command)
    assert ready(bench) == []  # it did not fail: nobody sends all of these
    with reading(bench) as work:
        assert mail_again.ready(work, KEY) == {went.id}
    assert again(bench, went.id) == 1
    assert send(bench, settings).addresses == ["nueva@example.org"]
    with reading(bench) as work:
        assert mail_again.ready(work, KEY) == frozenset()


def test_a_corrected_address_gets_a_link_once_confirmed_and_only_where_votes_are_taken(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 2)
    old = str(messages(bench)[0].token)
    (contact, organisation) = (messages(bench)[0].contact_id, 1)
    assert contact is not None

    def change(email: str, name: str = "Ana") -> member_changes.Changed:
        with writing(bench) as work:
            command = members.ContactCommand(name, email)
            return member_changes.change_contact(work, organisation, contact, command, ASKED)

    assert change("c1.1@example.org", "Otro nombre") == member_changes.Changed(0, 0)
    assert change("ana@example.org") == member_changes.Changed(1, 0, 1)
    assert messages(bench, "new_link") == [], "not before everybody was told, or a second person confirmed"
    assert confirm_all(bench) == 1
    (link,) = messages(bench, "new_link")
    for token, opens in ((old, False), (str(link.token), True)):
        with bench.work(ANONYMOUS, NOW) as work:
            assert (door.enter(work, "v", token) is not None) is opens
    change_contacts(bench, "ana@example.org", paused=True)
    assert change("eva@example.org") == member_changes.Changed(1, 0, 1)
    change_contacts(bench, "eva@example.org", paused=False)
    change_round(bench, state="closed")
    assert change("ida@example.org").sent == 0
    assert len(messages(bench, "new_link")) == 1


def test_nobody_else_sends_again(bench: Bench) -> None:
    open_round(bench, 1)
    for act in (
        lambda work: mail_again.again_page(work, KEY),
        lambda work: mail_again.ready(work, KEY),
        lambda work: mail_again.send_again(work, KEY),
    ):
        with pytest.raises(Problem, match=r"access\.denied"), bench.work(ANONYMOUS, NOW) as work:
            act(work)

"""A member is told what became of each of its proposals: the contact who made it, once for each decision."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from consulta.infra.models import Contact, Message
from consulta.infra.work import WORKER
from consulta.letters import service as letters
from consulta.letters.service import Finished, Needless, Post
from consulta.nominees import proposals as nomination_desk
from consulta.proposals import service as nominating
from tests.drafts import KEY, NOW, reading, writing
from tests.mailer.desk import messages
from tests.proposing import propose, said, taking, voter

if TYPE_CHECKING:
    from consulta.infra.work import Bench

POST = Post("https://voto.example.org")


def told(bench: Bench) -> list[tuple[str, str]]:
    """Address and decision of each mail that goes out, as a worker finds it."""
    found = []
    for message in messages(bench, "proposal", state="queued"):
        with bench.read(WORKER, NOW) as work:
            made = letters.finish(work, message.id, POST)
        if isinstance(made, Finished):
            found.append((message.address, message.facts["decision"]))
        else:
            assert isinstance(made, Needless)
    return found


def send(bench: Bench) -> None:
    """Let what waits and still holds be sent, what does not be called off."""
    for message in messages(bench, "proposal", state="queued"):
        with bench.read(WORKER, NOW) as work:
            made = letters.finish(work, message.id, POST)
        state = "sent" if isinstance(made, Finished) else "cancelled"
        with writing(bench) as work:
            work.session.execute(update(Message).where(Message.id == message.id).values(state=state))


def text(bench: Bench, number: int = -1) -> str:
    message = messages(bench, "proposal")[number]
    with bench.read(WORKER, NOW) as work:
        made = letters.finish(work, message.id, POST)
    assert isinstance(made, Finished)
    return " ".join(made.kept.split())


def address(bench: Bench, country: str) -> str:
    with reading(bench) as work:
        return work.session.get_one(Contact, voter(bench, country).id).email


def test_who_proposed_is_told_and_nobody_else(either: Bench) -> None:
    taking(either, "PE", "MX")
    me, to = voter(either, "PE"), address(either, "PE")
    with writing(either) as work:
        mine = work.session.get_one(Contact, me.id)
        mine.organisation.contacts.append(
            Contact(name="Otra", email="otra@example.org", language="es", created_at=NOW)
        )
    number = propose(either, me)
    with writing(either) as work:
        nomination_desk.admit(work, KEY, number)
    assert told(either) == [(to, "admitted")]
    assert "Rosa Quispe" in text(either)
    assert "no figura en la papeleta" in text(either), "it was admitted beside the vote"
    assert "is not on the ballot" in text(either)


def test_a_reason_is_read_and_a_decision_repeated_is_told_once(either: Bench) -> None:
    taking(either, "PE")
    number = propose(either, voter(either))
    with writing(either) as work:
        nomination_desk.decline(work, KEY, number, "Ya participó dos veces.")
    assert "Motivo: Ya participó dos veces." in text(either)
    with pytest.raises(Exception, match="nomination"), writing(either) as work:
        nomination_desk.decline(work, KEY, number, "Otra razón")
    assert len(messages(either, "proposal")) == 1


def test_undoing_tells_again_where_the_decision_was_told(either: Bench) -> None:
    taking(either, "PE")
    number, to = propose(either, voter(either)), address(either, "PE")

    def act(name: str) -> None:
        with writing(either, NOW + timedelta(minutes=1)) as work:
            if name == "decline":
                nomination_desk.decline(work, KEY, number, "Ya participó.")
            else:
                nomination_desk.reconsider(work, KEY, number)

    act("decline")
    act("reconsider")
    assert told(either) == [], "nobody had read it: there is nothing to take back"
    act("decline")
    assert told(either) == [(to, "declined")]
    send(either)
    act("reconsider")
    assert told(either) == [(to, "waiting")]
    assert "está de nuevo en espera" in text(either)
    act("decline")
    assert told(either) == [], "what was read holds again"
    send(either)
    act("reconsider")
    send(either)
    act("decline")
    assert told(either) == [(to, "declined")]


def test_each_of_those_who_proposed_the_same_is_told_of_its_own(either: Bench) -> None:
    taking(either, "PE", "MX", "JM")
    first = propose(either, voter(either, "PE"))
    second = propose(either, voter(either, "MX"), said("R. Quispe"))
    with writing(either) as work:
        nomination_desk.merge(work, KEY, second, str(first))
    assert told(either) == [(address(either, "MX"), "merged")]
    assert "está en espera" in text(either)
    send(either)
    with writing(either) as work:
        nomination_desk.admit(work, KEY, first)
    assert sorted(told(either)) == sorted(
        [(address(either, "PE"), "admitted"), (address(either, "MX"), "merged")]
    )
    with writing(either) as work:
        for each in work.session.scalars(select(Message).where(Message.kind == "proposal")):
            assert each.token is None
    third = propose(either, voter(either, "JM"), said("Rosa Q."))
    with writing(either) as work:
        nomination_desk.merge(work, KEY, third, "n01")
    assert "con Rosa Quispe, que ya se considera" in text(either)


def test_withdrawing_tells_those_that_were_joined_with_it(either: Bench) -> None:
    taking(either, "PE", "MX")
    first = propose(either, voter(either, "PE"))
    second = propose(either, voter(either, "MX"), said("R. Quispe"))
    with writing(either) as work:
        nomination_desk.merge(work, KEY, second, str(first))
    send(either)
    with either.work(voter(either, "PE"), NOW) as work:
        nominating.withdraw(work, KEY, first)
    assert told(either) == [(address(either, "MX"), "waiting")]


def test_who_is_paused_or_unreachable_is_not_written_to_and_the_desk_knows(either: Bench) -> None:
    taking(either, "PE")
    number = propose(either, voter(either))
    with writing(either) as work:
        work.session.execute(update(Contact).values(bounced_at=NOW))
    with reading(either) as work:
        assert not nomination_desk.desk(work, KEY).proposals[0].told
    with writing(either) as work:
        nomination_desk.admit(work, KEY, number)
    assert messages(either, "proposal") == []

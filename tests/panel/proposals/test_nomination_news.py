"""Each organisation is told by one mail what became of its proposals, and again only what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from consulta.desk import proposing as telling
from consulta.panel import nominee_proposals
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import Contact, Message
from consulta.platform.work import WORKER
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Needless, Post
from tests.drafts import KEY, NOW, reading, writing
from tests.platform.mailer.desk import messages
from tests.proposing import propose, said, taking, voter

if TYPE_CHECKING:
    from consulta.platform.work import Bench

POST = Post("https://voto.example.org")
Told = list[tuple[str, list[str]]]


def tell(bench: Bench) -> int:
    with writing(bench, NOW + timedelta(minutes=1)) as work:
        return telling.tell(work, KEY)


def told(bench: Bench) -> Told:
    """Return address and decisions of each mail that goes out, as a worker finds it."""
    found = []
    for message in messages(bench, "proposals_decided", state="queued"):
        with bench.read(WORKER, NOW) as work:
            made = letters.finish(work, message.id, POST)
        if isinstance(made, Finished):
            found.append((message.address, [each["decision"] for each in message.facts["items"]]))
        else:
            assert isinstance(made, Needless)
    return sorted(found)


def send(bench: Bench) -> None:
    """Send what waits and still holds; the rest is called off."""
    for message in messages(bench, "proposals_decided", state="queued"):
        with bench.read(WORKER, NOW) as work:
            made = letters.finish(work, message.id, POST)
        state = "sent" if isinstance(made, Finished) else "cancelled"
        with writing(bench) as work:
            work.session.execute(update(Message).where(Message.id == message.id).values(state=state))


def text(bench: Bench, number: int = -1) -> str:
    message = messages(bench, "proposals_decided")[number]
    with bench.read(WORKER, NOW) as work:
        made = letters.finish(work, message.id, POST)
    assert isinstance(made, Finished)
    return " ".join(made.kept.split())


def address(bench: Bench, country: str) -> str:
    with reading(bench) as work:
        return work.session.get_one(Contact, voter(bench, country).id).email


def decline(bench: Bench, number: int, reason: str = "Ya participó.") -> None:
    with writing(bench, NOW + timedelta(minutes=1)) as work:
        nominee_proposals.decline(work, KEY, number, reason)


def reconsider(bench: Bench, number: int) -> None:
    with writing(bench) as work:
        nominee_proposals.reconsider(work, KEY, number)


def test_an_organisation_is_told_of_all_its_proposals_by_one_mail(either: Bench) -> None:
    taking(either, "PE", "MX")
    me, to = voter(either, "PE"), address(either, "PE")
    first, second = propose(either, me), propose(either, me, said("Juana Flores"))
    propose(either, me, said("Ana Ríos"))
    with writing(either) as work:
        mine = work.session.get_one(Contact, me.id).organisation
        mine.contacts.append(Contact(name="Otra", email="otra@example.org", language="es", created_at=NOW))
        nominee_proposals.admit(work, KEY, first)
    assert messages(either, "proposals_decided") == [], "a decision alone writes to no one"
    decline(either, second, "Ya participó dos veces.")
    assert tell(either) == 1
    assert told(either) == [(to, ["admitted", "declined"])], "what waits is not told"
    read = text(either)
    assert "Rosa Quispe: La secretaría admitió la propuesta." in read
    assert "no figura en la papeleta" in read, "it was admitted beside the vote"
    assert "Juana Flores: La secretaría no admitió la propuesta. Motivo: Ya participó dos veces." in read
    assert "Ana Ríos" not in read
    assert "is not on the ballot" in read


def test_nothing_is_told_twice_and_only_what_changed_is_told_again(either: Bench) -> None:
    taking(either, "PE")
    me, to = voter(either), address(either, "PE")
    first, second = propose(either, me), propose(either, me, said("Juana Flores"))
    decline(either, first)
    assert (tell(either), tell(either)) == (1, 0), "also while the mail waits"
    send(either)
    assert tell(either) == 0
    decline(either, second, "No trabaja en la región.")
    assert tell(either) == 1
    assert told(either) == [(to, ["declined"])]
    assert "Rosa Quispe" not in text(either)
    send(either)
    reconsider(either, first)
    decline(either, first, "Otra razón.")
    assert tell(either) == 1
    assert "Otra razón." in text(either)
    assert "Juana Flores" not in text(either)


def test_two_who_tell_at_once_write_one_mail(bench: Bench) -> None:
    """The second finds the row of the first by what must not be told twice."""
    taking(bench, "PE")
    decline(bench, propose(bench, voter(bench)))
    assert tell(bench) == 1
    (message,) = messages(bench, "proposals_decided")
    columns = {each.name: getattr(message, each.name) for each in Message.__table__.columns}
    with writing(bench) as work:
        outbox.add(work.session, [columns | {"id": None, "message_id": "another"}])
    assert len(messages(bench, "proposals_decided")) == 1


def test_what_a_mail_says_that_is_wrong_in_another_thing_counts_as_not_told(bench: Bench) -> None:
    """It is called off, and one that was right in the rest would never be told."""
    taking(bench, "PE")
    me = voter(bench)
    first, second = propose(bench, me), propose(bench, me, said("Juana Flores"))
    decline(bench, first)
    decline(bench, second)
    tell(bench)
    reconsider(bench, first)
    assert tell(bench) == 1
    assert told(bench) == [(address(bench, "PE"), ["declined"])], (
        "and of the first, which waits again, nothing"
    )


def test_taking_a_decision_back_is_told_where_the_decision_was_told(either: Bench) -> None:
    taking(either, "PE")
    number, to = propose(either, voter(either)), address(either, "PE")
    decline(either, number)
    reconsider(either, number)
    assert tell(either) == 0
    decline(either, number)
    tell(either)
    send(either)
    reconsider(either, number)
    tell(either)
    assert told(either) == [(to, ["waiting"])]
    assert "está de nuevo en espera" in text(either)
    decline(either, number)
    assert told(either) == [], "what was read holds again"
    assert tell(either) == 0


def test_each_of_those_who_proposed_the_same_is_told_of_its_own(either: Bench) -> None:
    taking(either, "PE", "MX", "JM")
    first = propose(either, voter(either, "PE"))
    second = propose(either, voter(either, "MX"), said("R. Quispe"))
    with writing(either) as work:
        nominee_proposals.merge(work, KEY, second, str(first))
    tell(either)
    assert told(either) == [(address(either, "MX"), ["merged"])]
    assert "está en espera" in text(either)
    send(either)
    with writing(either) as work:
        nominee_proposals.admit(work, KEY, first)
    tell(either)
    assert told(either) == sorted(
        [(address(either, "PE"), ["admitted"]), (address(either, "MX"), ["merged"])]
    )
    with writing(either) as work:
        for each in work.session.scalars(select(Message).where(Message.kind == "proposals_decided")):
            assert each.token is None
    third = propose(either, voter(either, "JM"), said("Rosa Q."))
    with writing(either) as work:
        nominee_proposals.merge(work, KEY, third, "n01")
    tell(either)
    assert "con Rosa Quispe, que ya se considera" in text(either)


def test_where_the_proposer_cannot_be_reached_another_contact_is_told_or_the_desk_knows(
    either: Bench,
) -> None:
    taking(either, "PE")
    me = voter(either)
    decline(either, propose(either, me))
    with writing(either) as work:
        work.session.execute(update(Contact).values(bounced_at=NOW))
    with reading(either) as work:
        view = telling.desk(work, KEY)
    assert (view.untold, view.out_of_reach) == (0, ("Red 001",))
    assert tell(either) == 0
    with writing(either) as work:
        mine = work.session.get_one(Contact, me.id).organisation
        mine.contacts.append(Contact(name="Otra", email="otra@example.org", language="es", created_at=NOW))
    assert tell(either) == 1
    assert told(either) == [("otra@example.org", ["declined"])]

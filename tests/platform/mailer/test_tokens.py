"""The link of a mail that waits: nothing in a copy of the database opens anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, text, update

from consulta.desk import mail
from consulta.platform import door
from consulta.platform.keyring import PREFIX, Keyring
from consulta.platform.mailer import outbox
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.models import Link, Message
from consulta.platform.work import COMMAND, WORKER, Bench
from consulta.rounds.letters import again
from consulta.rounds.letters.service import Finished, Needless, Post
from tests import benches
from tests.drafts import KEY
from tests.factories import moment
from tests.platform.mailer.desk import open_round
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stored() -> Iterator[None]:
    """Read what is stored, without the help that other tests have."""
    event.remove(Message, "load", benches.read_as_its_reader)
    yield
    event.listen(Message, "load", benches.read_as_its_reader)


def tokens(bench: Bench) -> list[str]:
    """The links of waiting mail, as a copy of the database has them."""
    with bench.engine.connect() as connection:
        query = text("SELECT token FROM messages WHERE token IS NOT NULL ORDER BY id")
        return [str(each) for each in connection.scalars(query)]


def finished(bench: Bench, number: int) -> Finished | Needless:
    with bench.read(WORKER, moment()) as work:
        return mail.finish(work, number, Post("https://voto.example.org"))


@pytest.mark.usefixtures("stored")
def test_a_copy_of_the_database_opens_no_ballot_and_the_mail_that_leaves_does(either: Bench) -> None:
    open_round(either, 2)
    kept = tokens(either)
    assert len(kept) == 2
    with either.read(COMMAND, moment()) as work:
        digests = set(work.session.scalars(select(Link.token_sha256)))
        numbers = list(work.session.scalars(select(Message.id).where(Message.token.is_not(None))))
        for each in kept:
            assert each.startswith(PREFIX)
            assert door.find_visitor(work, "v", each) is None
            assert door.digest(each) not in digests
    sent = finished(either, numbers[0])
    assert isinstance(sent, Finished)
    (token,) = sent.secrets
    assert f"https://voto.example.org/es/v/{token}" in sent.mail.halves[0].text
    assert token not in sent.kept
    with either.read(COMMAND, moment()) as work:
        assert door.find_visitor(work, "v", token) is not None
    # Moved to another message, it opens nothing: the mail fails, and says why.
    with either.engine.begin() as connection:
        connection.execute(update(Message).where(Message.id == numbers[1]).values(token=kept[0]))
    assert finished(either, numbers[1]) == Needless(outbox.UNREADABLE)


@pytest.mark.usefixtures("stored")
def test_with_another_secret_the_mail_fails_and_is_sent_again_with_another_link(bench: Bench) -> None:
    open_round(bench, 1)
    lost = Bench(bench.engine, TWO, keyring=Keyring("another secret of the tests, long enough"))
    with lost.read(COMMAND, moment()) as work:
        start = work.session.scalars(select(Message.due_at)).one()
    with lost.work(WORKER, start) as work:
        number = outbox.claim(work, "w", None)
    assert number is not None
    assert finished(lost, number) == Needless(outbox.UNREADABLE)
    with lost.work(WORKER, start) as work:
        outbox.drop(work, number, "w", outbox.UNREADABLE)
        message = outbox_queries.message(work.session, number)
        assert message is not None
        assert (message.state, message.reason, message.token) == ("failed", outbox.UNREADABLE, None)
    with lost.work(COMMAND, start) as work:
        assert again.send_again(work, KEY) == 1
    with lost.read(COMMAND, start) as work:
        newest = work.session.scalars(select(Message.id).order_by(Message.id.desc())).first()
    assert isinstance(finished(lost, newest or 0), Finished)


@pytest.mark.usefixtures("stored")
def test_the_worker_encrypts_anew_what_waits_since_a_former_secret(bench: Bench) -> None:
    open_round(bench, 2)
    kept = tokens(bench)
    with bench.read(WORKER, moment()) as work:
        number = work.session.scalars(select(Message.id).order_by(Message.id)).first()
    before = finished(bench, number or 0)
    assert isinstance(before, Finished)
    newer = "another secret of the tests, long enough"
    both = Bench(bench.engine, TWO, keyring=Keyring(newer, (benches.SECRET,)))
    for expected in (2, 0):
        with both.work(WORKER, moment()) as work:
            assert outbox.encrypt_tokens(work) == expected
    alone = Bench(bench.engine, TWO, keyring=Keyring(newer))
    sent = finished(alone, number or 0)
    assert isinstance(sent, Finished)
    assert sent.secrets == before.secrets
    assert set(tokens(bench)).isdisjoint({*kept, *sent.secrets})

"""Who may vote, who is told of it, what was agreed to: changed in the tables alone, and named by `check`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.people import member_changes
from consulta.people.members import ContactCommand
from consulta.platform.mailer.queries import mail, outbox
from consulta.platform.models import Contact, Message
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.rounds import links
from consulta.shell.worker.loop import Worker
from consulta.vote.changes.values import Asked
from tests.deep import few
from tests.factories import moment
from tests.polling import NOT_FROZEN, open_round
from tests.results.checks import tampering

if TYPE_CHECKING:
    from consulta.platform.settings import Settings

KEY = "2027-1"
PEOPLE = "people, links and addresses"


def found(bench: Bench) -> dict[str, list[str]]:
    return {name: faults for name, faults in tampering.found(bench, NOT_FROZEN).items() if faults}


def tamper(bench: Bench, *statements: str) -> None:
    with bench.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def guarded(bench: Bench, settings: Settings) -> Bench:
    """An open round in which a contact's address was changed: it waits, and an address on file is told."""
    open_round(bench, KEY, seats=2, contacts=2, nominees=2, closes_at=moment() + timedelta(days=5))
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.get_one(Contact, 1)
        links.issue_link(work, KEY, 2, "http://localhost")
        links.issue_link(work, KEY, 2, "http://localhost")
        member_changes.change_contact(
            work,
            contact.organisation_id,
            1,
            ContactCommand("Eva", "eva@example.org"),
            Asked("Cambió de casa"),
        )
    Worker(bench, settings).mail.send_due()
    with bench.work(COMMAND, moment()) as work:
        member_changes.change_contact(
            work,
            contact.organisation_id,
            2,
            ContactCommand("Rosa", "rosa@example.org"),
            Asked("Otra persona"),
        )
    tampering.unguarded(bench)
    return bench


PLACES = {
    "waits": "(SELECT min(id) FROM messages WHERE state = 'queued')",
    "ended": "(SELECT min(id) FROM links WHERE revoked_at IS NOT NULL)",
    "works": "(SELECT max(id) FROM links WHERE revoked_at IS NULL AND purpose = 'vote')",
    "asked": "(SELECT min(id) FROM links WHERE purpose = 'access')",
}
SECOND_ADDRESS = """\
INSERT INTO seat_addresses (id, seat_id, contact_id, address, name, language, at_opening, votes, since)
SELECT 99, seat_id, contact_id, 'x@evil.example', name, language, at_opening, 1, since
FROM seat_addresses WHERE id = 1"""
FORGED = [
    (
        "UPDATE seat_addresses SET address = 'x@evil.example' WHERE id = 1",
        "address 1 on file for a seat: it is",
    ),
    ("UPDATE seat_addresses SET votes = 0 WHERE id = 2", "address 2 on file for a seat: it is not"),
    (SECOND_ADDRESS, "address 99 on file for a seat: the log does not tell that it was added"),
    (
        "UPDATE access_changes SET state = 'done', decided_how = 'wait' WHERE id = 1",
        "change 1 of who may vote",
    ),
    ("UPDATE access_changes SET due_at = asked_at, wait = 0 WHERE id = 1", "change 1 of who may vote"),
    ("UPDATE access_changes SET reason = 'Otra' WHERE id = 2", "change 2 of who may vote: it is not as"),
    (
        "DELETE FROM access_changes WHERE id = 2",
        "change 2 of who may vote: the log tells of it and it is not",
    ),
    (
        "UPDATE links SET used_at = created_at, choice = 'yes' WHERE id = {asked}",
        "of a notice: it is not as the log",
    ),
    ("UPDATE links SET seat_address_id = 4 WHERE id = {asked}", "of a notice: it is not as the log"),
    ("UPDATE links SET token_sha256 = 'ff' WHERE id = {asked}", "of a notice: it is not as the log"),
    ("DELETE FROM links WHERE id = {asked}", "of a notice: the log tells of it and it is not there"),
    ("UPDATE nominees SET consent_governments = 1 - consent_governments WHERE id = 1", "nominee 1: what was"),
    ("UPDATE nominees SET consent_listed = 1 - consent_listed WHERE id = 1", "nominee 1: what was agreed to"),
    ("UPDATE contacts SET name = 'Otra' WHERE id = 3", "contact 3: its name, language or pause is not"),
    ("UPDATE contacts SET paused = 1 WHERE id = 3", "contact 3: its name, language or pause is not"),
    (
        "UPDATE links SET revoked_at = NULL WHERE id = {ended}",
        "the log tells that it was ended, and it is not",
    ),
    (
        "UPDATE links SET revoked_at = created_at WHERE id = {works}",
        "it is ended, and the log does not tell",
    ),
    ("DELETE FROM links WHERE id = {works}", "a personal link that the log tells of is not there"),
    (
        "UPDATE messages SET state = 'cancelled', token = NULL, reason = 'mail.paused' WHERE id = {waits}",
        "it is cancelled, and the log does not tell of that",
    ),
    ("DELETE FROM messages WHERE id = {waits}", "the log tells of it and it is not there"),
    ("UPDATE messages SET address = 'x@evil.example' WHERE id = {waits}", "what it is or to whom it goes"),
]


@pytest.mark.parametrize(("statement", "said"), few(FORGED))
def test_a_row_changed_in_the_table_alone_is_named(guarded: Bench, statement: str, said: str) -> None:
    assert found(guarded) == {}
    tamper(guarded, statement.format(**PLACES))
    faults = found(guarded)
    subjects = faults.pop("what links are about", [])
    assert bool(subjects) == statement.startswith("DELETE FROM access_changes"), subjects
    assert list(faults) == [PEOPLE], faults
    (fault,) = faults[PEOPLE]
    assert said in fault


def test_a_message_that_was_called_off_and_is_sent_after_all_is_found(guarded: Bench) -> None:
    with guarded.work(COMMAND, moment()) as work:
        called_off = mail.cancel_waiting(work.session, 1, work.now, "mail.paused", owed=True)
    assert called_off
    assert found(guarded) == {}
    tamper(guarded, "UPDATE messages SET state = 'queued' WHERE state = 'cancelled'")
    assert len(found(guarded)[PEOPLE]) == called_off
    assert all("it was cancelled, and it is not" in each for each in found(guarded)[PEOPLE])


def test_a_message_that_comes_twice_keeps_its_first_seal(guarded: Bench) -> None:
    with guarded.work(COMMAND, moment()) as work:
        first = work.session.get_one(Message, 1)
        row = {each.name: getattr(first, each.name) for each in Message.__table__.columns}
        row |= {"message_id": "another", "address": "otra@example.org"}
        outbox.add(work.session, [{name: value for name, value in row.items() if name != "id"}])
    assert found(guarded) == {}


def test_seals_that_are_begun_again_over_changed_rows_are_told(guarded: Bench) -> None:
    """A person who makes the program seal the changed row as it stands leaves a second beginning."""
    again = "seals: they were begun again, so that what was changed before cannot be told"
    for _time in range(2):
        tamper(guarded, "DELETE FROM keys", "UPDATE contacts SET name = name || '!' WHERE id = 3")
        with guarded.work(COMMAND, moment()) as work:
            checks.seal_all(work)
        assert found(guarded)[PEOPLE][0] == again

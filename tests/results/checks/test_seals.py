"""What is done to people, links, addresses and mail in the database alone, and the check that finds it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from consulta.core.counting.choice import Entries
from consulta.people import member_changes
from consulta.people.members import ContactCommand
from consulta.platform import accounts
from consulta.platform.log import seals
from consulta.platform.mailer import outbox
from consulta.platform.models import (
    Contact,
    Delivery,
    Key,
    LogEntry,
    Message,
    Passkey,
    RecoveryCode,
    Staff,
)
from consulta.platform.work import COMMAND, WORKER, Bench
from consulta.results import checks
from consulta.rounds import links
from consulta.sessions import attendance
from consulta.sessions.attendance import Answers
from consulta.shell.cli import main
from consulta.shell.worker.heads import TELLING
from consulta.shell.worker.loop import Worker
from consulta.vote import service as voting
from consulta.vote.changes import registrations
from consulta.vote.changes.values import Asked
from tests import registering
from tests.benches import PASSWORD
from tests.deep import few
from tests.drafts import KEY as DRAFTED
from tests.factories import moment
from tests.invited import KEY, invited
from tests.lived import once
from tests.platform.mailer.desk import Clock
from tests.polling import open_round
from tests.registering import WAIT, WHY, one_left_out
from tests.results.checks.tampering import found, unguarded

if TYPE_CHECKING:
    from consulta.platform.settings import Settings

PEOPLE, INVITED, MAIL = "people, links and addresses", "invitations", "mail"


@once
def _lived(bench: Bench) -> None:
    invited(bench)
    with bench.work(COMMAND, moment()) as work:
        attendance.add(work, KEY, Answers("Red de Prueba", "PE", "ngo", None), 3)
        accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "secretariat")
        elena = accounts.add_staff(work, "elena@example.org", "Elena", PASSWORD, "scrutineer")
        accounts.add_staff(work, "luis@example.org", "Luis", PASSWORD, "scrutineer")
        checks.appoint(work, KEY, elena.id)
        luis = work.session.scalars(select(Staff).where(Staff.email == "luis@example.org")).one()
        luis.second_factor = "B" * 32
        luis.passkeys.append(
            Passkey(name="1", credential_id="own", credential="own", counter=0, created_at=moment())
        )
        accounts.replace_recovery(work.session, luis.id, ["aa", "bb"], moment())
        work.session.flush()
        for used in work.session.scalars(select(RecoveryCode).where(RecoveryCode.code_sha256 == "aa")):
            used.used_at = moment()
        accounts.start_session(work, staff_id=luis.id)
    voters = open_round(bench, "2027-2")
    for voter in voters:
        with bench.work(voter.actor, moment()) as work:
            voting.cast(work, "2027-2", Entries({"t1": 1}), f"key {voter.seat}")


@pytest.fixture
def house(bench: Bench, settings: Settings) -> Bench:
    """Votes and mail, a panel with answers, attendance, staff and a scrutineer, all through the program."""
    _lived(bench)
    Worker(bench, settings).mail.send_due()
    return unguarded(bench)


def tamper(bench: Bench, statement: str) -> None:
    with bench.engine.begin() as connection:
        connection.exec_driver_sql(statement)


CONTACT = """\
INSERT INTO contacts (organisation_id, name, email, language, may_vote, active, paused, created_at)
SELECT organisation_id, 'X', 'x@evil.example', 'es', 1, 1, 0, created_at FROM contacts WHERE id = 1"""
LINK = """\
INSERT INTO links (purpose, subject_id, contact_id, token_sha256, created_at, expires_at)
SELECT purpose, subject_id, contact_id, 'ff', created_at, expires_at FROM links
WHERE purpose = 'vote' LIMIT 1"""
ANSWERING = """\
UPDATE links SET token_sha256 = 'ff' WHERE id = (SELECT min(id) FROM links WHERE purpose = 'answer')"""
SWAPPED = """\
UPDATE staff SET password_hash = (SELECT password_hash FROM staff WHERE email = 'luis@example.org')
WHERE email = 'ana@example.org'"""
APPOINTED = """\
INSERT INTO scrutineers (round_id, staff_id, appointed_at)
SELECT round_id, (SELECT id FROM staff WHERE email = 'luis@example.org'), appointed_at FROM scrutineers"""
CODES = "UPDATE staff SET second_factor = 'AAAA' WHERE email = 'ana@example.org'"
PASSKEY = """\
INSERT INTO passkeys (staff_id, name, credential_id, credential, counter, created_at)
SELECT id, 'X', 'evil', 'evil', 0, created_at FROM staff WHERE email = 'ana@example.org'"""
ANOTHERS = "UPDATE passkeys SET credential = 'evil'"
RECOVERY = """\
INSERT INTO recovery_codes (staff_id, code_sha256, created_at)
SELECT id, 'ff', created_at FROM staff WHERE email = 'ana@example.org'"""
SESSION = """\
INSERT INTO sessions (token_sha256, staff_id, created_at, confirmed_at, expires_at, factor)
SELECT 'ff', staff_id, created_at, confirmed_at, expires_at, factor FROM sessions"""
ANOTHERS_SESSION = "UPDATE sessions SET staff_id = 1"
SENT_UNSENT = "DELETE FROM deliveries WHERE message_id = (SELECT min(id) FROM messages WHERE state = 'sent')"
UNREADABLE = "UPDATE messages SET state = 'failed', reason = 'mail.unreadable'"
NOTICES = "UPDATE messages SET {} WHERE kind = 'staff_notice'"
TAMPERED = [
    (PEOPLE, "UPDATE contacts SET email = 'x@evil.example' WHERE id = 1", "contact 1: its address is not"),
    (PEOPLE, CONTACT, "the log does not tell that it was added"),
    (PEOPLE, "UPDATE contacts SET may_vote = 0 WHERE id = 2", "contact 2: whether it may vote"),
    (PEOPLE, LINK, "a personal link that the log does not tell of"),
    (PEOPLE, "UPDATE links SET contact_id = 2 WHERE contact_id <> 2", "it is not the one that the log tells"),
    (PEOPLE, ANSWERING, "a link of an invitation that"),
    (PEOPLE, "UPDATE staff SET role = 'admin' WHERE email = 'ana@example.org'", "staff 1: the role"),
    (PEOPLE, SWAPPED, "staff 1: the password is not the one"),
    (PEOPLE, "UPDATE staff SET email = 'x@evil.example' WHERE id = 1", "staff 1: the address is not"),
    (PEOPLE, CODES, "staff 1: the second step by codes is not the one"),
    (PEOPLE, PASSKEY, "passkey 2: the log does not tell that it was added"),
    (PEOPLE, ANOTHERS, "passkey 1: it is not the one that the log tells of"),
    (PEOPLE, "DELETE FROM passkeys", "passkey 1: the log tells of it and it is not there"),
    (PEOPLE, RECOVERY, "a recovery code that the log does not tell of"),
    (PEOPLE, "UPDATE recovery_codes SET used_at = NULL", "a recovery code is not as the log tells"),
    (PEOPLE, SESSION, "session 2: the log does not tell that it was opened"),
    (PEOPLE, ANOTHERS_SESSION, "session 1: whose it is, how it was opened or until when is not what the log"),
    (PEOPLE, APPOINTED, "scrutineer 1:3: the log tells of no such appointment"),
    (PEOPLE, "DELETE FROM scrutineers", "the log tells of the appointment and it is not there"),
    (PEOPLE, "DELETE FROM attendances", "who took part is not what the log tells"),
    (PEOPLE, "DELETE FROM attendances WHERE id = 1", "who took part is not what the log tells"),
    (PEOPLE, "UPDATE attendances SET sector = 'union' WHERE id = 1", "who took part is not what the log"),
    (PEOPLE, "UPDATE nominees SET email = 'x@evil.example' WHERE key = 'n02'", "its address is not the one"),
    (PEOPLE, "DELETE FROM keys", "the key that they are made with is not there"),
    (INVITED, "UPDATE invitations SET state = 'accepted' WHERE id = 1", "by its last step it is invited"),
    (MAIL, SENT_UNSENT, "it is sent, and no attempt to send it says so"),
    (MAIL, "UPDATE deliveries SET outcome = 'later'", "it is sent, and no attempt to send it says so"),
    (MAIL, "UPDATE messages SET left_at = queued_at", "when it left is not what the attempts to send it say"),
    (MAIL, "UPDATE messages SET left_at = NULL", "when it left is not what the attempts to send it say"),
    (
        MAIL,
        "UPDATE messages SET state = 'queued'",
        "it is queued, and an attempt to send it says that",
    ),
    (MAIL, "UPDATE messages SET state = 'failed'", "it is failed, and no attempt to send it says so"),
    (MAIL, UNREADABLE, "it is failed, and an attempt to send it says that it was sent"),
]

SEALED = (PEOPLE, INVITED, MAIL, "what links are about", "acts of two persons", "texts of mails")


@pytest.mark.parametrize(("check", "statement", "said"), few(TAMPERED))
def test_what_was_changed_in_the_table_alone_is_found(
    house: Bench, check: str, statement: str, said: str
) -> None:
    before = found(house)
    assert before[check] == []
    tamper(house, statement)
    after = found(house)
    assert any(said in fault for fault in after[check]), after[check]
    assert {**after, check: []} == before, "no other check says more"


@pytest.mark.parametrize("change", ["left_at = '2021-01-01 00:00:00.000000'", "state = 'failed'"])
def test_a_wait_that_is_shortened_by_its_notice_is_found(bench: Bench, change: str) -> None:
    """A late registration is due a wait after its notices left: by a notice that says so alone, at once."""
    organisation = one_left_out(bench, moment())
    with bench.work(COMMAND, moment()) as work:
        number = registrations.ask(work, DRAFTED, organisation, Asked(WHY, WAIT))
    registering.told(bench, moment() + WAIT)
    assert found(bench)[MAIL] == []
    later = moment() + WAIT + timedelta(hours=1)
    with bench.read(WORKER, later) as work:
        assert registrations.due(work) == ()
    tamper(bench, NOTICES.format(change))
    with bench.read(WORKER, later) as work:
        assert registrations.due(work) == ((str(number),) if change.startswith("left_at") else ())
    (fault,) = found(bench)[MAIL]
    assert "say" in fault


def test_a_notice_that_could_not_be_sent_for_its_link_is_no_fault(bench: Bench) -> None:
    """No secret opens the token of its link: it fails without any attempt."""
    voter, _ = open_round(bench)
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, "2027-1", Entries({"t1": 1}), "key")
    with bench.work(WORKER, moment()) as work:
        number = outbox.claim(work, "worker", None)
        assert number is not None
        outbox.drop(work, number, "worker", outbox.UNREADABLE)
    assert found(bench)[MAIL] == []


def test_an_answer_with_a_forged_step_is_found_by_the_log(house: Bench) -> None:
    tamper(house, "UPDATE invitations SET state = 'accepted' WHERE id = 1")
    step = "INSERT INTO invitation_events (invitation_id, state, at, actor) SELECT 1, 'accepted', at, actor"
    tamper(house, f"{step} FROM invitation_events LIMIT 1")
    assert found(house)[INVITED] == ["invitation 1: it is accepted; by the log it is invited"]


@pytest.mark.deep
def test_what_the_program_does_is_never_a_fault(house: Bench) -> None:
    """Every way in which a sealed row changes: by hand, in one statement, taken away."""
    with house.work(COMMAND, moment()) as work:
        contact = work.session.get_one(Contact, 1)
        command = ContactCommand("Eva", "eva@example.org", "es", may_vote=True)
        member_changes.change_contact(work, contact.organisation_id, 1, command)
        member_changes.replace_contact(
            work, contact.organisation_id, 1, ContactCommand("Rosa", "rosa@example.org", "en")
        )
        links.issue_links(work, "2027-2", "http://localhost", revoke=True)
        accounts.give_password(work, accounts.person(work, 1), "otra frase bastante larga")
        accounts.disable_staff(work, "ana@example.org")
        checks.dismiss(work, KEY, 2)
        attendance.remove(work, KEY, 1)
    told = found(house)
    assert {name: told[name] for name in SEALED} == {name: [] for name in SEALED}
    with house.work(COMMAND, moment()) as work:
        work.session.execute(delete(Contact).where(Contact.id.not_in(select(Message.contact_id))))
        work.session.execute(delete(Delivery).where(Delivery.id < 0))
        attendance.remove(work, KEY, 2)
        attendance.remove(work, KEY, 3)
    assert found(house)[PEOPLE] == []


def test_a_database_from_before_is_sealed_with_its_first_change_and_raises_no_alarm(house: Bench) -> None:
    tamper(house, "DELETE FROM keys")
    tamper(house, "DELETE FROM log WHERE action LIKE 'seals.%'")
    assert found(house)[PEOPLE] == []
    with house.work(COMMAND, moment()) as work:
        checks.seal_all(work)
        checks.seal_all(work)
        began = work.session.scalars(select(LogEntry).where(LogEntry.action == seals.BEGAN)).all()
    assert len(began) == 1
    assert found(house)[PEOPLE] == []
    tamper(house, "UPDATE contacts SET email = 'x@evil.example' WHERE id = 1")
    assert len(found(house)[PEOPLE]) == 1


def test_a_seal_tells_nothing_of_an_address(house: Bench) -> None:
    """Neither the address nor a digest of it that any person could compute stands in the log."""
    with house.read(COMMAND, moment()) as work:
        key = work.session.get_one(Key, "seals").value
        said = "".join(work.session.scalars(select(LogEntry.details)))
        addresses = [each.email for each in work.session.scalars(select(Contact))]
        hashes = list(work.session.scalars(select(Staff.password_hash)))
    assert key not in said
    assert not any(each in said for each in (*addresses, *hashes))
    assert "contact.address" in said


def test_a_vote_seals_its_receipts_and_nothing_else(bench: Bench) -> None:
    voter, _ = open_round(bench)
    with bench.read(COMMAND, moment()) as work:
        before = len(work.session.scalars(select(LogEntry)).all())
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, "2027-1", Entries({"t1": 1}), "key")
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.execute(select(LogEntry.action, LogEntry.details).order_by(LogEntry.seq)).all()
    told = rows[before:]
    assert "ballot.cast" in [action for action, _ in told]
    (sealed,) = [details for action, details in told if action.startswith("seals.")]
    assert list(json.loads(sealed)) == ["mail"]


# -- the end of the log, cut off

LAST_VOTE = [
    "DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE facts LIKE '%ballot%')",
    "DELETE FROM messages WHERE kind IN ('receipt', 'replacement')",
    "DELETE FROM current_ballots WHERE ballot_id = (SELECT max(id) FROM ballots)",
    "DELETE FROM receipt_heads WHERE ballot_id = (SELECT max(id) FROM ballots)",
    "DELETE FROM ballots WHERE id = (SELECT max(id) FROM ballots)",
    "DELETE FROM log WHERE seq >= (SELECT max(seq) FROM log WHERE action = 'ballot.cast')",
]


def test_the_last_vote_cut_off_with_its_rows_is_found_by_a_head_kept_elsewhere(
    house: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the database nothing is left that could tell; so a head outside must."""
    monkeypatch.setenv("CONSULTA_DATABASE", str(house.engine.url))
    monkeypatch.setenv("CONSULTA_SECRET", "a secret of the tests, long enough and varied")
    with house.read(COMMAND, moment()) as work:
        size, root = checks.standing_head(work)
        cast = work.session.scalars(select(LogEntry.seq).where(LogEntry.action == "ballot.cast")).all()[-1]
    done = CliRunner().invoke(main, ["check", "--head", f"{size}:{root}"])
    assert f"ok     the head of {size} rows that was kept elsewhere" in done.stdout
    assert f"head {size}:{root}" in done.stdout
    for statement in LAST_VOTE:
        tamper(house, statement)
    done = CliRunner().invoke(main, ["check", "--head", f"{size}:{root}"])
    assert done.exit_code == 1
    assert f"the head kept elsewhere is of {size} rows, and the log has {cast - 1}" in done.stderr
    other = CliRunner().invoke(main, ["check", "--head", f"3:{root}"])
    assert "the log's first 3 rows are not those of the head kept elsewhere" in other.stderr
    assert CliRunner().invoke(main, ["check", "--head", "nonsense"]).exit_code == 2


def test_the_worker_says_the_head_once_an_hour_while_a_round_is_open(
    bench: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The line is outside of the database: what is in the server's log cannot be changed with it."""
    caplog.set_level("INFO")
    clock = Clock(moment())
    worker = Worker(bench, settings, clock=clock)

    def lines() -> list[str]:
        return [each.getMessage() for each in caplog.records if each.getMessage().startswith("log.head ")]

    worker.look()
    assert lines() == []
    open_round(bench, closes_at=moment() + timedelta(days=3))
    worker.look()
    worker.look()
    assert len(lines()) == 1
    clock.now += TELLING
    worker.look()
    assert len(lines()) == 2
    with bench.read(WORKER, moment()) as work:
        size, _, root = lines()[-1].removeprefix("log.head ").partition(":")
        assert list(checks.against(work, int(size), root)) == []


def test_seals_hold_on_both_databases(either: Bench) -> None:
    """What is written in single rows, in one statement and taken away, on SQLite and on PostgreSQL."""
    with either.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "secretariat")
        elena = accounts.add_staff(work, "elena@example.org", "Elena", PASSWORD, "scrutineer")
    open_round(either)
    with either.work(COMMAND, moment()) as work:
        links.issue_links(work, "2027-1", "http://localhost", revoke=True)
        checks.appoint(work, "2027-1", elena.id)
        accounts.give_password(work, accounts.person(work, 1), "otra frase bastante larga")
    with either.read(COMMAND, moment()) as work:
        assert list(checks.sealed(work)) == []
    tamper(either, "UPDATE staff SET role = 'admin' WHERE email = 'ana@example.org'")
    tamper(either, "UPDATE contacts SET email = 'x@evil.example' WHERE id = 1")
    tamper(either, "DELETE FROM scrutineers")
    with either.read(COMMAND, moment()) as work:
        assert [fault.partition(":")[0] for fault in checks.sealed(work)] == [
            "contact 1",
            "staff 1",
            "scrutineer 1",
        ]

"""What was changed in the table alone, and what the program does with it afterwards: a mark stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from sqlalchemy import select, text

from consulta.accounts import staff
from consulta.people import members, new_link
from consulta.platform import accounts
from consulta.platform.log import seals
from consulta.platform.models import Contact, LogEntry, Message, Passkey, Staff
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.results import checks
from tests.benches import PASSWORD
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench

ADMIN, READER = "ana@example.org", "luis@example.org"
ON_FILE = """\
INSERT INTO seat_addresses (seat_id, contact_id, address, name, language, at_opening, votes, since)
SELECT seat_id, contact_id, 'thief@evil.example', name, language, at_opening, votes, since
FROM seat_addresses WHERE contact_id = :id"""
THIEFS = "quince gatos cruzan lentos"


def people(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, ADMIN, "Ana", PASSWORD, "admin")
        accounts.add_staff(work, READER, "Luis", PASSWORD, "reader")


def tamper(bench: Bench, statement: str, **values: object) -> None:
    with bench.engine.begin() as connection:
        connection.execute(text(statement), values)


def faults(bench: Bench) -> list[str]:
    with bench.read(COMMAND, moment()) as work:
        return list(checks.sealed(work))


def sign_in(bench: Bench, email: str, password: str) -> str | None:
    now = moment()
    with bench.read(ANONYMOUS, now) as work:
        tried = accounts.try_password(work, email, password, "192.0.2.1")
    with bench.work(ANONYMOUS, now) as work:
        return accounts.sign_in(work, tried)


def test_a_password_that_was_swapped_for_an_hour_leaves_its_mark(bench: Bench) -> None:
    """The thief's hash is of weaker kind: the program would renew it, and seal the renewed one as right."""
    people(bench)
    with bench.engine.connect() as connection:
        before = connection.scalar(text("SELECT password_hash FROM staff WHERE email = :who"), {"who": ADMIN})
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(THIEFS)
    tamper(bench, "UPDATE staff SET password_hash = :weak WHERE email = :who", weak=weak, who=ADMIN)
    assert sign_in(bench, ADMIN, THIEFS) is not None
    assert "staff 1: the password is not the one that the log tells of" in faults(bench), "it was not renewed"
    tamper(bench, "UPDATE staff SET password_hash = :before WHERE email = :who", before=before, who=ADMIN)
    (left,) = faults(bench)
    assert left.endswith("staff:1 signed in with what the log did not tell of (staff.password)")


def test_a_role_that_was_raised_for_an_hour_opens_no_session_that_is_open_and_leaves_its_mark(
    bench: Bench,
) -> None:
    people(bench)
    token = sign_in(bench, READER, PASSWORD)
    assert token is not None
    tamper(bench, "UPDATE staff SET role = 'admin' WHERE email = :who", who=READER)
    with bench.read(ANONYMOUS, moment()) as work:
        assert accounts.resume(work, token) is None
    assert sign_in(bench, READER, PASSWORD) is not None
    tamper(bench, "UPDATE staff SET role = 'reader' WHERE email = :who", who=READER)
    assert [each.partition(": ")[2] for each in faults(bench)] == [
        "staff:2 signed in with what the log did not tell of (staff.role)"
    ]


def test_a_recovery_code_written_beside_the_program_leaves_its_mark_when_used_and_when_another_is_made(
    bench: Bench,
) -> None:
    people(bench)
    with bench.work(COMMAND, moment()) as work:
        accounts.replace_recovery(work.session, 1, ["aa", "bb"], moment())
        accounts.replace_recovery(work.session, 2, ["cc"], moment())
        work.session.get_one(Staff, 1).second_factor = work.keys.encrypt("A" * 32, "codes of 1")
    assert faults(bench) == []
    forged = accounts.digest("recovery thief")
    tamper(
        bench,
        "INSERT INTO recovery_codes (staff_id, code_sha256, created_at)"
        " SELECT id, :code, created_at FROM staff WHERE id = 1",
        code=forged,
    )
    with bench.work(COMMAND, moment()) as work:
        accounts.replace_recovery(work.session, 2, ["dd"], moment())
    assert len(faults(bench)) == 1, "codes of another person seal nothing of these"
    token = sign_in(bench, ADMIN, PASSWORD)
    assert token is not None
    with bench.work(ANONYMOUS, moment()) as work:
        assert accounts.try_code(work, token, "thief", "192.0.2.1")
    tamper(bench, "DELETE FROM recovery_codes WHERE code_sha256 = :code", code=forged)
    assert [each.partition(": ")[2] for each in faults(bench)] == [
        "staff:1 signed in with what the log did not tell of (recovery)"
    ]


def test_to_begin_an_account_anew_leaves_nothing_that_looks_changed(bench: Bench) -> None:
    """All second steps taken away, and a link in the place of another link."""
    people(bench)
    with bench.work(COMMAND, moment()) as work:
        person = work.session.get_one(Staff, 1)
        person.second_factor = work.keys.encrypt("A" * 32, "codes of 1")
        person.passkeys.append(
            Passkey(name="1", credential_id="own", credential="own", counter=0, created_at=moment())
        )
        accounts.replace_recovery(work.session, 1, ["aa", "bb"], moment())
    for _ in range(2):
        with bench.work(COMMAND, moment()) as work:
            staff.hand_out_link(work, ADMIN, anew=True)
        assert faults(bench) == []


def test_contacts_that_an_import_takes_away_seal_no_others(bench: Bench) -> None:
    open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        added = Contact(
            organisation_id=1, name="Eva", email="eva@example.org", language="es", created_at=moment()
        )
        work.session.add(added)
        work.session.flush()
        number = added.id
    assert faults(bench) == []
    tamper(bench, "UPDATE contacts SET email = 'x@evil.example' WHERE id = 1")
    with bench.work(COMMAND, moment()) as work:
        members.delete_contacts(work.session, [number])
    assert faults(bench) == ["contact 1: its address is not the one that the log tells of"]


def test_no_link_goes_to_an_address_that_was_written_beside_the_program_and_a_mark_stays(
    bench: Bench,
) -> None:
    """The theft of a vote by an address that is put on file, and put back within the hour."""
    voter, other = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        before = work.session.get_one(Contact, voter.contact_id).email
        others = work.session.get_one(Contact, other.contact_id).email
    tamper(bench, "UPDATE contacts SET email = 'thief@evil.example' WHERE id = :id", id=voter.contact_id)
    tamper(bench, ON_FILE, id=voter.contact_id)
    for email in ("thief@evil.example", others):
        with bench.work(ANONYMOUS, moment()) as work:
            new_link.ask(work, email, "192.0.2.1")
    with bench.read(WORKER, moment()) as work:
        waiting = new_link.due(work)
    for number in waiting:
        with bench.work(WORKER, moment()) as work:
            new_link.answer(work, number)
    tamper(bench, "UPDATE contacts SET email = :email WHERE id = :id", email=before, id=voter.contact_id)
    with bench.read(COMMAND, moment()) as work:
        asked = work.session.scalars(select(Message.contact_id).where(Message.kind == "new_link")).all()
        told = select(LogEntry.details).where(LogEntry.action == new_link.WITHHELD)
        assert asked == [other.contact_id]
        assert len(work.session.scalars(told).all()) == 1
    left, on_file = faults(bench)
    assert "on file for a seat: the log does not tell that it was added" in on_file
    assert left.endswith("no link was sent to contact 1, whose row the log did not tell of (contact.address)")


def test_what_the_log_tells_of_a_person_is_found_by_an_index(either: Bench) -> None:
    """A sign-in compares at once however long the log is; and reads the same as all rows together tell."""
    people(either)
    open_round(either)
    with either.read(COMMAND, moment()) as work:
        session = work.session
        told = seals.told(session)
        assert told is not None
        key = seals._key(session)
        for table in (Contact, Staff):
            for row in session.scalars(select(table)):
                for kind, each in seals.WATCHED.items():
                    if each.table is table:
                        assert kind in seals.OF_PEOPLE
                        assert seals._told_of(session, key, kind, row) == told[kind][str(row.id)]
        sqlite = session.get_bind().dialect.name == "sqlite"
        if not sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        query = seals._of_people("contact.address", "1").compile(
            session.get_bind(), compile_kwargs={"literal_binds": True}
        )
        explained = session.execute(
            text(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}" + str(query).replace(":", "\\:"))
        )
        assert "ix_log_seals_of_people" in " ".join(str(row) for row in explained)

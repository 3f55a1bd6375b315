"""Keys of codes by time in the database: encrypted, of another secret, and written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyotp
from sqlalchemy import select, text, update

from consulta.app import create_app
from consulta.operations import monitoring
from consulta.platform import accounts
from consulta.platform.keyring import Keyring
from consulta.platform.models import Challenge, LogEntry, SignedIn, Staff
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Bench
from tests.accounts.staff.test_second_step import DESK, SECOND, SIGN_IN, STEP, add, half, try_code, with_codes
from tests.benches import PASSWORD, SECRET, STAFF, TWO, Visitor
from tests.factories import moment
from tests.results.checks.test_laundering import faults

if TYPE_CHECKING:
    from consulta.platform.settings import Settings

NEW = "another secret of the tests, long and varied"


def stored(bench: Bench) -> str:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalars(select(Staff.second_factor)).one() or ""


def write(bench: Bench, key: str) -> None:
    """Write a key into the table, beside the program."""
    with bench.engine.begin() as connection:
        connection.execute(text("UPDATE staff SET second_factor = :key"), {"key": key})


def encrypt(bench: Bench) -> int:
    with bench.work(WORKER, moment()) as work:
        return accounts.encrypt_keys(work)


def test_neither_a_key_nor_one_that_is_offered_stands_in_the_clear(bench: Bench) -> None:
    add(bench)
    now = moment()
    token = half(bench, now)
    with bench.work(ANONYMOUS, now) as work:
        key, asked = accounts.offer_codes(work, token)
    with bench.read(ANONYMOUS, now) as work:
        assert key not in str(work.session.scalars(select(Challenge)).one().state)
        assert accounts.offered_key(work, asked) == key
    with bench.work(ANONYMOUS, now) as work:
        accounts.accept_codes(work, token, asked, pyotp.TOTP(key).at(now))
    assert key not in stored(bench)


def test_a_key_written_beside_the_program_opens_nothing_and_is_named(bench: Bench) -> None:
    add(bench)
    now = moment() + STEP
    with_codes(bench, moment())
    forged = pyotp.TOTP(pyotp.random_base32())
    write(bench, forged.secret)
    assert encrypt(bench) == 0
    assert not try_code(bench, half(bench, now), forged.at(now), now)
    assert "staff 1: the second step by codes is not the one that the log tells of" in faults(bench)


def test_another_secret_takes_over_the_keys_and_the_former_one_can_go(bench: Bench) -> None:
    add(bench)
    now = moment() + STEP
    made, _ = with_codes(bench, moment())
    both = Bench(bench.engine, TWO, keyring=Keyring(NEW, (SECRET,)))
    assert try_code(both, half(both, now), made.at(now), now)
    assert encrypt(both) == 1
    assert encrypt(both) == 0, "once, and told of once"
    with bench.read(COMMAND, now) as work:
        told = select(LogEntry.action).where(LogEntry.action == "staff.keys_encrypted")
        assert len(work.session.scalars(told).all()) == 1
    alone, later = Bench(bench.engine, TWO, keyring=Keyring(NEW)), now + STEP
    assert try_code(alone, half(alone, later), made.at(later), later)
    assert faults(alone) == []


def test_where_the_secret_is_lost_the_page_says_so_and_a_recovery_code_opens(
    settings: Settings, bench: Bench
) -> None:
    add(bench)
    made, recovery = with_codes(bench, moment() - 10 * STEP)
    lost = replace(settings, secret=NEW, second_factor="required")
    app = create_app(lost, Bench(bench.engine, TWO, keyring=Keyring.of(lost)))
    visitor = Visitor(app.test_client())
    visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD})
    assert "El sitio no puede comprobar ahora los códigos de su teléfono" in visitor.get(SECOND).text
    assert visitor.submit(SECOND, {"code": made.now()}).status_code == 422
    assert visitor.submit(SECOND, {"code": recovery[0]}).status_code == 303
    assert visitor.get(DESK).status_code == 200
    assert "vuelva a configurar" in visitor.get("/es/account/").text
    with Bench(bench.engine, TWO, keyring=Keyring.of(lost)).read(COMMAND, moment()) as work:
        said = [each.told for each in monitoring.findings(work, lost) if each.subject == "people"]
    assert any("does not open the keys for codes of accounts 1" in each for each in said)


def test_a_session_written_or_changed_beside_the_program_opens_nothing(bench: Bench) -> None:
    """The thief of a weak account, who can write to the database, makes of its session one of another."""
    with bench.work(COMMAND, moment()) as work:
        ana = accounts.add_staff(work, STAFF, "Ana", PASSWORD, "admin")
        luis = accounts.add_staff(work, "luis@example.org", "Luis", PASSWORD, "reader")
        token = accounts.start_session(work, staff_id=luis.id)

    def holds(token: str) -> bool:
        with bench.read(COMMAND, moment()) as work:
            return accounts.resume(work, token) is not None

    assert holds(token)
    changes: list[dict[str, Any]] = [
        {"staff_id": ana.id},
        {"expires_at": moment() + timedelta(days=99)},
        {"confirmed_at": moment() + timedelta(hours=1)},
        {"factor": "passkey"},
        {"signature": ""},
    ]
    for change in changes:
        with bench.engine.begin() as connection:
            connection.execute(update(SignedIn).values(change))
        assert not holds(token), change
        with bench.work(COMMAND, moment()) as work:
            token = accounts.start_session(work, staff_id=luis.id)
    with bench.work(COMMAND, moment()) as work:
        accounts.end_session(work, token)
    with bench.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sessions SET ended_at = NULL")
    assert not holds(token), "what has ended is not begun again"

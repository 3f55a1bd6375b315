"""What a password costs in an installation, whatever it costs in the other tests."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.platform import accounts
from consulta.platform.models import Staff
from consulta.platform.work import COMMAND
from tests.benches import COSTLY, PASSWORD, STAFF
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

OWASP = "$argon2id$v=19$m=19456,t=2,p=1$"
SIGN_IN = "/es/account/sign-in"


def stored(bench: Bench) -> str:
    with bench.read(COMMAND, moment()) as work:
        return str(work.session.scalars(select(Staff.password_hash)).one())


def add(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Secretaría de prueba", PASSWORD, "secretariat")


@pytest.mark.usefixtures("costly_passwords")
def test_an_installation_hashes_as_is_recommended(bench: Bench) -> None:
    add(bench)
    assert stored(bench).startswith(OWASP)
    assert COSTLY.unknown.startswith(OWASP), "an unknown address costs as much"


def test_no_environment_makes_it_cheaper() -> None:
    code = "from consulta.platform import accounts; print(accounts.hashing.hasher.hash('x'))"
    pretended = {"CONSULTA_TESTING": "1", "PYTEST_CURRENT_TEST": "x", "FLASK_DEBUG": "1", "CI": "true"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **pretended, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith(OWASP)


def test_a_cheap_hash_is_renewed_at_the_next_sign_in(
    bench: Bench, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(bench)
    assert not stored(bench).startswith(OWASP)
    monkeypatch.setattr(accounts, "hashing", COSTLY)
    assert visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD}).status_code == 303
    assert stored(bench).startswith(OWASP)


@pytest.mark.usefixtures("costly_passwords")
def test_a_costly_hash_opens_with_its_password_alone(bench: Bench, visitor: Visitor) -> None:
    add(bench)
    assert visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD + "x"}).status_code == 422
    assert visitor.submit(SIGN_IN, {"email": STAFF, "password": PASSWORD}).status_code == 303

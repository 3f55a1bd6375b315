"""Second steps at their edges: the last moment of a question, each answered once, what the log says of it."""

from __future__ import annotations

import pytest
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform import accounts
from consulta.platform.accounts import UNLIKE
from consulta.platform.keyring import Keyring
from consulta.platform.models import LogEntry, Staff
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from tests.accounts.staff.test_passkeys import SITE, Device, register, sign_in
from tests.accounts.staff.test_second_step import add, half
from tests.benches import SECRET, TWO
from tests.factories import moment
from tests.results.checks.test_laundering import tamper

pytestmark = pytest.mark.usefixtures("one_moment")


def said_of(bench: Bench, subject: str = "staff:1") -> list[tuple[str, str]]:
    """What the log says of an account: each act with its details."""
    with bench.read(COMMAND, moment()) as work:
        query = select(LogEntry.action, LogEntry.details).where(LogEntry.subject == subject)
        return [(action, details or "") for action, details in work.session.execute(query)]


def test_a_passkey_is_of_its_key_and_what_is_asked_is_answered_once(bench: Bench) -> None:
    add(bench)
    device, token = Device(), half(bench, moment())
    with bench.work(ANONYMOUS, moment()) as work:
        asked, options = accounts.registration(work, token, SITE)
        assert options["publicKey"]["user"]["displayName"] == "Ana"
    answer = device.made(options)
    with bench.work(ANONYMOUS, moment()) as work:
        accounts.register(work, token, asked, answer, "", SITE)
    with bench.work(ANONYMOUS, moment()) as work, pytest.raises(Problem, match=r"factor\.late"):
        accounts.register(work, token, asked, answer, "", SITE)
    stranger = Device(device.name)
    stranger.handle = device.handle
    assert sign_in(bench, stranger) is None, "the name of the passkey and of the person, and another key"
    assert sign_in(bench, device)
    assert all(act != UNLIKE for act, _ in said_of(bench))
    theirs = AttestedCredentialData.create(
        b"\0" * 16, device.name, ES256.from_cryptography_key(stranger.key.public_key())
    )
    tamper(bench, "UPDATE passkeys SET credential = :evil", evil=websafe_encode(bytes(theirs)))
    assert sign_in(bench, stranger), "written beside the program"
    assert (UNLIKE, '{"kinds":["passkey"]}') in said_of(bench), "and that leaves its mark"
    register(bench, token, Device(b"second"))
    with bench.work(ANONYMOUS, moment()) as work:
        accounts.remove_passkey(work, token, 1, required=True)
        assert [each.id for each in accounts.of(work, 1).passkeys] == [2]
    assert said_of(bench)[-1] == ("staff.factor_removed", '{"factor":"passkey"}')


def test_one_key_that_cannot_be_read_does_not_keep_others_from_being_encrypted(bench: Bench) -> None:
    for name in ("ana", "eva"):
        add(bench, f"{name}@example.org")
    with bench.work(COMMAND, moment()) as work:
        first, second = work.session.scalars(select(Staff).order_by(Staff.id))
        first.second_factor = work.keys.encrypt("A", "another row")
        second.second_factor = work.keys.encrypt("JBSWY3DPEHPK3PXP", f"codes of {second.id}")
        before, former = first.second_factor, second.second_factor
    newer = Bench(bench.engine, TWO, keyring=Keyring("a newer secret, long enough", (SECRET,)))
    with newer.work(COMMAND, moment()) as work:
        assert accounts.encrypt_keys(work) == 1
        first, second = work.session.scalars(select(Staff).order_by(Staff.id))
        assert first.second_factor == before
        assert second.second_factor != former
        assert work.keys.is_current(second.second_factor, f"codes of {second.id}")
    assert said_of(bench, "staff") == [("staff.keys_encrypted", '{"count":1}')]

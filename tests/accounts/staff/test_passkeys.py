"""Passkeys without a browser: a device made of a key pair answers what the program asks."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform import accounts
from consulta.platform.accounts import Site
from consulta.platform.models import Challenge, LogEntry, Passkey, Staff
from consulta.platform.work import ANONYMOUS, COMMAND
from tests.accounts.staff.test_second_step import add, half
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench, Work

pytestmark = pytest.mark.usefixtures("one_moment")
SITE = Site("voto.example.org", "https://voto.example.org", "Consulta")
SECOND = timedelta(seconds=1)
SEEN = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Device:
    """A device with one key pair, as a telephone with a fingerprint has it."""

    def __init__(self, name: bytes = b"a device's name") -> None:
        self.key, self.name, self.counter, self.handle = ec.generate_private_key(ec.SECP256R1()), name, 0, ""

    def _data(self, flags: AuthenticatorData.FLAG, credential: bytes = b"") -> AuthenticatorData:
        host = hashlib.sha256(SITE.host.encode()).digest()
        return AuthenticatorData.create(host, flags, self.counter, credential)

    def _said(self, **response: bytes | str) -> str:
        told = {
            name: each if isinstance(each, str) else websafe_encode(each) for name, each in response.items()
        }
        return json.dumps(
            {
                "id": websafe_encode(self.name),
                "rawId": websafe_encode(self.name),
                "response": told,
                "type": "public-key",
            }
        )

    def made(self, options: dict[str, Any], origin: str = SITE.origin) -> str:
        """The answer to the question for a new passkey."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        client = CollectedClientData.create("webauthn.create", asked["challenge"], origin)
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.name, public)
        data = self._data(SEEN | AuthenticatorData.FLAG.AT, credential)
        return self._said(clientDataJSON=client, attestationObject=AttestationObject.create("none", data, {}))

    def answer(self, options: dict[str, Any], **changed: str) -> str:
        """The answer to the question of a sign-in; each use is counted."""
        client = CollectedClientData.create("webauthn.get", options["publicKey"]["challenge"], SITE.origin)
        data = self._data(SEEN)
        signature = self.key.sign(data + client.hash, ec.ECDSA(SHA256()))
        said = {"userHandle": self.handle} | changed
        return self._said(clientDataJSON=client, authenticatorData=data, signature=signature, **said)


def register(bench: Bench, token: str, device: Device, name: str = "", **said: str) -> tuple[str, ...]:
    with bench.work(ANONYMOUS, moment()) as work:
        asked, options = accounts.registration(work, token, SITE)
    with bench.work(ANONYMOUS, moment()) as work:
        return accounts.register(work, token, asked, device.made(options, **said), name, SITE)


def challenge(work: Work, token: str) -> Challenge:
    found = accounts.challenge_row(work.session, "passkey", accounts.digest(token))
    assert found is not None
    return found


def sign_in(bench: Bench, device: Device, **changed: str) -> str | None:
    with bench.work(ANONYMOUS, moment()) as work:
        asked, options = accounts.authentication(work, SITE)
    answer = device.answer(options, **changed)
    with bench.work(ANONYMOUS, moment()) as work:
        return accounts.sign_in_by_factor(work, asked, answer, SITE, "192.0.2.1", "Firefox")


def test_a_passkey_is_made_opens_and_confirms(bench: Bench) -> None:
    add(bench)
    device, token = Device(), half(bench, moment())
    recovery = register(bench, token, device, "  My   telephone ")
    assert len(recovery) == accounts.CODES
    with bench.read(ANONYMOUS, moment()) as work:
        assert accounts.session_of(work, token), "the session that waited is open"
        assert accounts.of(work, 1).passkeys[0].name == "My telephone"
    opened = sign_in(bench, device)
    assert opened
    later = moment() + 5 * SECOND
    with bench.work(ANONYMOUS, later) as work:
        signed = accounts.session_of(work, opened)
        assert signed is not None
        assert (signed.factor, signed.network, signed.browser) == ("passkey", "192.0.2.0/24", "Firefox")
        asked, options = accounts.authentication(work, SITE)
        actor = accounts.resume(work, opened)
    assert actor is not None
    with bench.work(actor, later) as work:
        answer = device.answer(options)
        assert accounts.confirm_by_factor(work, opened, asked, answer, SITE)
        assert not accounts.confirm_by_factor(work, opened, asked, answer, SITE), "once"
        signed = accounts.session_of(work, opened)
        assert signed is not None
        used = work.session.scalars(select(Passkey.used_at)).one()
        assert signed.confirmed_at == used == later
        query = select(LogEntry.action).where(LogEntry.subject == "staff:1").order_by(LogEntry.seq)
        assert work.session.scalars(query).all() == [
            *("staff.added", "staff.factor_added", "account.signed_in", "account.signed_in"),
        ]


def test_a_passkey_of_another_person_or_site_or_of_a_closed_account_opens_nothing(bench: Bench) -> None:
    add(bench)
    add(bench, "eva@example.org")
    mine, hers = Device(), Device(b"hers")
    with pytest.raises(Problem, match=r"factor\.passkey"):
        register(bench, half(bench, moment()), mine, origin="https://voto.example.com")
    register(bench, half(bench, moment()), mine)
    register(bench, half(bench, moment(), "eva@example.org"), hers)
    assert sign_in(bench, Device(mine.name)) is None, "another key"
    assert sign_in(bench, mine, userHandle=hers.handle) is None, "another person's name for it"
    assert sign_in(bench, mine)
    token = sign_in(bench, hers)
    assert token
    with bench.work(ANONYMOUS, moment()) as work:
        asked, options = accounts.authentication(work, SITE)
        actor = accounts.resume(work, token)
    assert actor is not None
    with bench.work(actor, moment()) as work:
        assert not accounts.confirm_by_factor(work, token, asked, mine.answer(options), SITE), (
            "not who is signed in"
        )
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Staff, 1).active = False
    assert sign_in(bench, mine) is None


def test_one_that_counts_its_uses_and_tells_a_number_again_is_a_copy(bench: Bench) -> None:
    add(bench)
    device = Device()
    register(bench, half(bench, moment()), device)
    for counter, opens in ((0, True), (7, True), (7, False), (6, False), (0, False), (8, True)):
        device.counter = counter
        assert (sign_in(bench, device) is not None) is opens, counter
    with bench.read(COMMAND, moment()) as work:
        query = select(LogEntry.details).where(LogEntry.action == "staff.copied_passkey")
        assert work.session.scalars(query).all() == ['{"passkey":1}'] * 3
        assert work.session.scalars(select(Passkey.counter)).one() == 8


def test_an_account_has_ten_passkeys_each_once_named_by_its_number_unless_told(bench: Bench) -> None:
    add(bench)
    token, first, last = half(bench, moment()), Device(b"\0"), Device(b"last")
    assert len(register(bench, token, first)) == accounts.CODES
    with pytest.raises(Problem, match=r"factor\.known"):
        register(bench, token, first)
    with bench.work(ANONYMOUS, moment()) as work:
        asked, options = accounts.registration(work, token, SITE)
        late, _ = accounts.registration(work, token, SITE)
        assert [each["id"] for each in options["publicKey"]["excludeCredentials"]] == [websafe_encode(b"\0")]
        work.session.flush()
        state = challenge(work, asked).state
        assert websafe_decode(options["publicKey"]["user"]["id"]) == (1).to_bytes(8, "big")
    with bench.work(COMMAND, moment()) as work:
        one = work.session.scalars(select(Passkey)).one()
        for number in range(2, 10):
            known = {"credential_id": f"c{number}", "credential": one.credential, "created_at": work.now}
            work.session.add(Passkey(staff_id=1, name=str(number), counter=0, **known))
    with bench.work(ANONYMOUS, moment()) as work:
        assert accounts.register(work, token, asked, last.made(options), "x" * 61, SITE) == ()
    with pytest.raises(Problem, match=r"factor\.many"), bench.work(ANONYMOUS, moment()) as work:
        accounts.registration(work, token, SITE)
    with bench.work(ANONYMOUS, moment()) as work:  # asked for while there were fewer
        challenge(work, late).state = state
    with pytest.raises(Problem, match=r"factor\.many"), bench.work(ANONYMOUS, moment()) as work:
        accounts.register(work, token, late, Device().made(options), "", SITE)
    with bench.read(ANONYMOUS, moment()) as work:
        names = [each.name for each in accounts.of(work, 1).passkeys]
    assert names == [*(str(number) for number in range(1, 10)), "x" * 60]


def test_a_practice_names_accounts_otherwise(bench: Bench) -> None:
    """So that no device puts a passkey of the practice in the place of that of the installation."""
    with bench.read(ANONYMOUS, moment()) as work:
        assert accounts._handle(work, 258) == b"\0\0\0\0\0\0\x01\x02"
    bench.practice = True
    with bench.read(ANONYMOUS, moment()) as work:
        assert accounts._handle(work, 1) == b"practice" + b"\0" * 7 + b"\x01"

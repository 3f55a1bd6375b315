"""Keys that are derived from the installation's secret: what they encrypt and sign stands in the database.

The secret is not in the database. So a person who only reads the database reads none of what is encrypted,
and a person who only writes to it makes nothing that is signed. Former secrets (`CONSULTA_OLD_SECRETS`)
still open and confirm; what is written from now on takes the present one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from consulta.core.trust.record import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.settings import Settings

PREFIX = "encrypted:1:"  # of what is encrypted, and in which way
NONCE = 12  # bytes
SIGNED = 32  # signs of a signature: 128 bits


class UnreadableError(Exception):
    """What is stored was not encrypted with any secret of this installation, or was changed since."""


class Keyring:
    """The keys of an installation; a practice (`place`) has others, of the same secret."""

    def __init__(self, secret: str, former: Sequence[str] = (), place: str = "") -> None:
        self._ciphers = [AESGCM(_derived(each, f"encrypt {place}")) for each in (secret, *former)]
        self._signing = [_derived(each, f"sign {place}") for each in (secret, *former)]

    @classmethod
    def of(cls, settings: Settings) -> Keyring:
        """Return the keys of the installation, or of the practice, that these settings are of."""
        place = settings.data.name if settings.practice else ""
        return cls(settings.secret, settings.old_secrets, place)

    def encrypt(self, text: str, about: str) -> str:
        """Return a text encrypted; it opens again only for what it is `about`."""
        nonce = secrets.token_bytes(NONCE)
        sealed = self._ciphers[0].encrypt(nonce, text.encode(), about.encode())
        return PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()

    def decrypt(self, stored: str, about: str) -> str:
        """Return what was encrypted. Raise UnreadableError where no key opens it."""
        return self._opened(stored, about)[0]

    def is_current(self, stored: str, about: str) -> bool:
        """Return whether the present secret opens this, so that no former one is needed for it."""
        try:
            return self._opened(stored, about)[1] == 0
        except UnreadableError:
            return False

    def _opened(self, stored: str, about: str) -> tuple[str, int]:
        if not stored.startswith(PREFIX):
            raise UnreadableError
        try:
            content = base64.urlsafe_b64decode(stored.removeprefix(PREFIX))
        except (binascii.Error, ValueError) as error:
            raise UnreadableError from error
        for number, cipher in enumerate(self._ciphers):
            try:
                found = cipher.decrypt(content[:NONCE], content[NONCE:], about.encode())
            except (InvalidTag, ValueError):
                continue
            return found.decode(), number
        raise UnreadableError

    def sign(self, about: str, *values: object) -> str:
        """Return a signature of values, with the present secret."""
        return _signature(self._signing[0], about, values)

    def confirms(self, signature: str, about: str, *values: object) -> bool:
        """Return whether a secret of this installation has signed these values."""
        return any(
            hmac.compare_digest(signature.encode(), _signature(key, about, values).encode())
            for key in self._signing
        )


def _derived(secret: str, what: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"consulta {what}".encode()).derive(secret.encode())


def _signature(key: bytes, about: str, values: Sequence[object]) -> str:
    said = [about, *map(_plain, values)]
    return hmac.digest(key, canonical(said), "sha256").hex()[:SIGNED]


def _plain(value: object) -> object:
    """Return a value in the form in which it is signed; a moment becomes text in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value

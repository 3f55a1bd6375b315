"""A time stamp authority of this process, for the demonstration and tests: it answers at any time wanted.

Its answers have the form of RFC 3161 and are signed. No network is used; its keys are gone with the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

LONG = 128  # bytes from which on the size itself takes more than one
SHA256 = bytes.fromhex("300d06096086480165030402010500")
ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")


def der(tag: int, *parts: bytes) -> bytes:
    """A value by DER."""
    content = b"".join(parts)
    if len(content) < LONG:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(size)]) + size + content


def number(value: int) -> bytes:
    """A whole number by DER."""
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


class Authority:
    """An authority with a root of its own, whose certificates hold around a moment."""

    def __init__(self, name: str, around: datetime) -> None:
        self.name, self.around = name, around
        root, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate(root, f"{name} root", root, ca=True)
        self.own = self._certificate(self.key, name, root, ca=False)

    def _certificate(
        self, key: ec.EllipticCurvePrivateKey, subject: str, by: ec.EllipticCurvePrivateKey, *, ca: bool
    ) -> x509.Certificate:
        def named(words: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])

        builder = (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named(f"{self.name} root"))
            .public_key(key.public_key())
            .serial_number(7 if ca else 8)
            .not_valid_before(self.around - timedelta(days=4000))
            .not_valid_after(self.around + timedelta(days=4000))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(by, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        """The root's certificate."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def answer(self, signed: bytes, at: datetime) -> bytes:
        """The answer to a request about these bytes, given at this time."""
        own = self.own.public_bytes(serialization.Encoding.DER)
        time = der(0x18, at.strftime("%Y%m%d%H%M%SZ").encode())
        imprint = der(0x30, SHA256, der(4, sha256(signed).digest()))
        info = der(0x30, number(1), bytes.fromhex("06042a030401"), imprint, number(4711), time)
        certified = der(0x30, der(0x30, der(0x30, der(4, sha256(own).digest()))))
        attributes = b"".join(
            sorted(
                (
                    der(0x30, CONTENT_TYPE, der(0x31, TST_INFO)),
                    der(0x30, MESSAGE_DIGEST, der(0x31, der(4, sha256(info).digest()))),
                    der(0x30, SIGNING_CERTIFICATE, der(0x31, certified)),
                )
            )
        )
        signature = self.key.sign(der(0x31, attributes), ec.ECDSA(hashes.SHA256()))
        issuer = der(0x30, self.own.issuer.public_bytes(), number(self.own.serial_number))
        signer = der(0x30, number(1), issuer, SHA256, der(0xA0, attributes), ECDSA, der(4, signature))
        content = der(0x30, TST_INFO, der(0xA0, der(4, info)))
        data = der(0x30, number(3), der(0x31, SHA256), content, der(0xA0, own), der(0x31, signer))
        token = der(0x30, SIGNED_DATA, der(0xA0, data))
        return der(0x30, der(0x30, number(0)), token)


@dataclass(frozen=True, slots=True)
class Stamper:
    """A time stamp authority, and the data folder of the installation that trusts it."""

    authority: Authority
    folder: Path

"""Time stamps by RFC 3161: a request, the answer of an authority, and what is refused; without a network."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from consulta.core.problems import Problem
from consulta.platform.log import stamping
from consulta.platform.work import COMMAND
from consulta.rounds import witnesses
from tests.factories import moment
from tests.rounds.witnesses.watched import STAFF, Watched, begin

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl stands for the authority")
CONFIG = """
[tsa]
default_tsa = here
[here]
dir = {folder}
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/tsa.pem
certs = $dir/tsa.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ordering = yes
ess_cert_id_alg = sha256
"""


@pytest.fixture
def watched(bench: Bench, settings: Settings) -> Watched:
    return begin(bench, settings)


def authority(folder: Path, name: str) -> None:
    """A time stamp authority of openssl: its root in `root.pem`, its own certificate, key and settings."""
    folder.mkdir()
    now = moment()

    def certificate(
        key: ec.EllipticCurvePrivateKey,
        subject: str,
        by: ec.EllipticCurvePrivateKey,
        issuer: str,
        *,
        ca: bool,
    ) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (folder / "root.pem").write_bytes(certificate(root, f"{name} root", root, f"{name} root", ca=True))
    (folder / "tsa.pem").write_bytes(certificate(own, name, root, f"{name} root", ca=False))
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "tsa.key").write_bytes(own.private_bytes(*kinds))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))


def answer(folder: Path, request: bytes) -> bytes:
    (folder / "q.tsq").write_bytes(request)
    command = [
        "openssl",
        "ts",
        "-reply",
        "-queryfile",
        "q.tsq",
        "-config",
        "tsa.cnf",
        "-section",
        "here",
        "-out",
        "q.tsr",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "q.tsr").read_bytes()


def request_of(watched: Watched, size: int) -> bytes:
    with watched.bench.read(STAFF, watched.at) as work:
        return witnesses.request_of(work, size)


def take(watched: Watched, size: int, content: bytes) -> str:
    with watched.bench.work(STAFF, watched.at) as work:
        return witnesses.take_stamp(work, size, content, watched.settings.data)


@needs_openssl
def test_a_time_stamp_is_asked_brought_and_kept(watched: Watched, tmp_path: Path) -> None:
    first, second = watched.hour(), watched.hour()
    authority(tmp_path / "a", "TSA de prueba")
    authority(tmp_path / "b", "Otra TSA")
    content = answer(tmp_path / "a", request_of(watched, second))
    with pytest.raises(Problem, match=r"stamp\.no_certificates"):
        take(watched, second, content)
    trusted = watched.settings.data / "tsa"
    trusted.mkdir()
    shutil.copy(tmp_path / "b" / "root.pem", trusted / "b.pem")
    with pytest.raises(Problem, match=r"stamp\.untrusted"):
        take(watched, second, content)
    shutil.copy(tmp_path / "a" / "root.pem", trusted / "a.pem")
    with pytest.raises(Problem, match=r"stamp\.another"):
        take(watched, first, content)
    assert take(watched, second, content) == "TSA de prueba"
    with pytest.raises(Problem, match=r"stamp\.twice"):
        take(watched, second, content)
    with watched.bench.read(COMMAND, watched.at) as work:
        line = witnesses.view(work).checkpoints[0]
        assert [each.authority for each in line.stamps] == ["TSA de prueba"]
        assert witnesses.response(work, line.stamps[0].id) == content


def test_what_is_no_answer_is_refused(watched: Watched) -> None:
    size = watched.hour()
    for content in (b"", b"nonsense", bytes(70_000)):
        with pytest.raises(Problem, match=r"stamp\.unreadable"):
            take(watched, size, content)
    with pytest.raises(Problem, match=r"checkpoint\.unknown"):
        take(watched, size + 1, b"")


def test_without_the_package_it_is_said_how_to_add_it(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = watched.hour()
    monkeypatch.setattr(stamping, "client", None)
    with pytest.raises(Problem, match=r"stamp\.missing"):
        request_of(watched, size)
    with pytest.raises(Problem, match=r"stamp\.missing"):
        take(watched, size, b"x")

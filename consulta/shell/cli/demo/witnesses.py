"""The demonstration's witnesses: two invented organisations that keep and sign the seals of its log.

An invented authority stamps the time of the seals of closings.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consulta.platform.log.notes import WITNESS, Note, Verifier, cosign
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds import witnesses
from consulta.shell.cli.demo.authority import Authority, Stamper

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from consulta.platform.log.notes import Signer
    from consulta.shell.cli.demo.desk import Desk

WITNESSES = (
    ("red-escrutadora-sur", "Red Escrutadora del Sur (EJEMPLO)"),
    ("observatorio-del-istmo", "Observatorio del Istmo (EJEMPLO)"),
)


STAMPER = "Autoridad de sellos de tiempo (EJEMPLO)"


def trusted(folder: Path | None, around: datetime) -> Stamper | None:
    """Make an authority whose certificate is in a data folder; None where no answer can be checked."""
    if folder is None or not witnesses.IS_HERE:
        return None
    authority = Authority(STAMPER, around)
    path = folder / witnesses.FOLDER / "ejemplo.pem"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(authority.pem)
    return Stamper(authority, folder)


def stamp(desk: Desk, at: datetime) -> None:
    """Let the authority stamp the newest seal at a moment; the desk keeps its answer five minutes later."""
    if desk.signer is None or desk.stamper is None:
        return
    with desk.read(ANONYMOUS, at) as work:
        size = witnesses.view(work, 1).checkpoints[0].size
        signed = Note.parse(witnesses.note(work, size)).body.encode()
    answer = desk.stamper.authority.answer(signed, at)
    desk.do(at + timedelta(minutes=5), witnesses.take_stamp, size, answer, desk.stamper.folder)


def start(desk: Desk, at: datetime, signer: Signer) -> None:
    """Let the log be signed with a key from a moment on, and register the two witnesses."""
    with desk.work(COMMAND, at) as work:
        witnesses.begin_key(work, signer)
    with desk.work(desk.actor, at + timedelta(minutes=5)) as work:
        for name, organisation in WITNESSES:
            key = Verifier(name, WITNESS, _private(name).public_key().public_bytes_raw())
            witnesses.register(work, str(key), organisation)


def look(desk: Desk, at: datetime) -> None:
    """Take the head of the hour where it is due, sign what waits, and let both witnesses cosign it."""
    if desk.signer is None:
        return
    with desk.work(COMMAND, at) as work:
        witnesses.take_hourly(work)
    with desk.work(COMMAND, at) as work:
        signed = witnesses.sign(work, desk.signer)
    if not signed:
        return
    with desk.work(ANONYMOUS, at) as work:
        note = Note.parse(witnesses.note(work))
        for name, _ in WITNESSES:
            line = cosign(name, _private(name), note.body, int(at.timestamp()))
            witnesses.take(work, f"{note.body}\n{line}")


def _private(name: str) -> Ed25519PrivateKey:
    """Return the key of a witness: everybody can know it, as everything of the demonstration is invented."""
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")[:32])

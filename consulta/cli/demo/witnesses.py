"""The demonstration's witnesses: two invented organisations that keep and sign the seals of its log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consulta.infra.log.notes import WITNESS, Note, Verifier, cosign
from consulta.infra.work import ANONYMOUS, COMMAND
from consulta.witnesses import service as witnesses

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.cli.demo.desk import Desk
    from consulta.infra.log.notes import Signer
    from consulta.infra.work import Actor, Bench

WITNESSES = (
    ("red-escrutadora-sur", "Red Escrutadora del Sur (EJEMPLO)"),
    ("observatorio-del-istmo", "Observatorio del Istmo (EJEMPLO)"),
)


def start(bench: Bench, actor: Actor, at: datetime, signer: Signer) -> None:
    """Let the log be signed with a key from a moment on, and register the two witnesses."""
    with bench.work(COMMAND, at) as work:
        witnesses.begin_key(work, signer)
    with bench.work(actor, at + timedelta(minutes=5)) as work:
        for name, organisation in WITNESSES:
            key = Verifier(name, WITNESS, _private(name).public_key().public_bytes_raw())
            witnesses.register(work, str(key), organisation)


def look(desk: Desk, at: datetime) -> None:
    """Take the head of the hour where it is due, sign what waits, and let both witnesses cosign it."""
    if desk.signer is None:
        return
    with desk.bench.work(COMMAND, at) as work:
        witnesses.take_hourly(work)
    with desk.bench.work(COMMAND, at) as work:
        signed = witnesses.sign(work, desk.signer)
    if not signed:
        return
    later = min(at + timedelta(minutes=4), max(at, desk.now))
    with desk.bench.work(ANONYMOUS, later) as work:
        note = Note.parse(witnesses.note(work))
        for name, _ in WITNESSES:
            line = cosign(name, _private(name), note.body, int(later.timestamp()))
            witnesses.take(work, f"{note.body}\n{line}")


def _private(name: str) -> Ed25519PrivateKey:
    """Return the key of a witness: everybody can know it, as everything of the demonstration is invented."""
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")[:32])

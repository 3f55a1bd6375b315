"""A member's receipt proves that its vote is in the log that others hold: the file, and how it is checked."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consulta.core.counting.choice import Choice
from consulta.core.problems import Problem
from consulta.platform.log import notes, signing
from consulta.platform.work import COMMAND, Bench
from consulta.rounds import witnesses
from consulta.vote import service as voting
from tests.drafts import KEY, NOW, do, hand_out, make_open
from tests.results.checks.published import STAFF, Voted, vote
from tests.rounds.witnesses.watched import TESTIGO, run

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS = notes.Verifier("red-andina", notes.WITNESS, PRIVATE.public_key().public_bytes_raw())
AT = NOW + timedelta(hours=5)


@pytest.fixture
def voted(bench: Bench, settings: Settings) -> Voted:
    """An organisation that voted in an open round, in an installation with a key and a witness."""
    do(bench, witnesses.make_first, settings)
    with bench.work(STAFF, NOW) as work:
        witnesses.register(work, str(WITNESS), "Red Andina")
    make_open(bench)
    link = hand_out(bench, KEY)[0]
    return vote(bench, KEY, link, Choice(("tema_numero_1",)), NOW + timedelta(hours=3))


def sign(bench: Bench, settings: Settings) -> None:
    with bench.work(COMMAND, AT) as work:
        witnesses.take_hourly(work)
    with bench.work(COMMAND, AT) as work:
        signer = signing.signer_of(settings.data, witnesses.verifiers(work))
        assert signer is not None
        assert witnesses.sign(work, signer)


def cosign(bench: Bench) -> None:
    with bench.work(COMMAND, AT) as work:
        note = notes.Note.parse(witnesses.note(work))
        line = notes.cosign(WITNESS.name, PRIVATE, note.body, int(AT.timestamp()))
        witnesses.take(work, f"{note.body}\n{line}")


def proof(bench: Bench, voted: Voted) -> str:
    with bench.read(voted.actor, AT) as work:
        return voting.proof(work, KEY, voted.cast.version)


def log_key(bench: Bench) -> str:
    with bench.read(COMMAND, AT) as work:
        return witnesses.keys(work).strip()


def test_a_receipt_is_proved_to_be_in_a_signed_head(
    bench: Bench, settings: Settings, voted: Voted, tmp_path: Path
) -> None:
    with bench.read(voted.actor, AT) as work:
        assert voting.inclusion(work, KEY, 1) is None
        assert voting.proof_comes(work)
        with pytest.raises(Problem, match=r"vote\.unproved"):
            voting.proof(work, KEY, 1)
    sign(bench, settings)
    with bench.read(voted.actor, AT) as work:
        found = voting.inclusion(work, KEY, 1)
    assert found is not None
    assert (found.holders, found.size % 16) == ((), 0)
    cosign(bench)
    with bench.read(voted.actor, AT) as work:
        found = voting.inclusion(work, KEY, 1)
    assert found is not None
    assert found.holders == ("Red Andina",)
    text = proof(bench, voted)
    path = tmp_path / "mine.tlog-proof"
    path.write_text(text, "utf-8")
    done = run(tmp_path, "receipt", str(path), "--key", log_key(bench), "--witness", str(WITNESS))
    assert done.status == 0, done.said
    assert f"The receipt {voted.cast.receipt} is in row {found.row}" in done.said
    assert "cosigned by: red-andina" in done.said
    alone = run(tmp_path, "receipt", str(path), lang="es")
    assert (alone.status, "No se comprobó la firma" in alone.said) == (0, True), alone.said
    assert "tema_numero_1" not in base64.b64decode(text.split("\n")[1].split(" ")[1]).decode()


def changed(text: str, what: str) -> str:
    lines = text.split("\n")
    extra: dict[str, Any] = json.loads(base64.b64decode(lines[1].split(" ")[1]))
    if what == "record":
        extra["outside"] = extra["outside"].replace('"record_sha256":"', '"record_sha256":"0')
    elif what == "digest":
        extra["digest"] = "0" * 64
    elif what == "row":
        extra["seq"] += 1
    elif what == "index":
        lines[2] = "index 1"
    elif what == "hash":
        lines[3] = base64.b64encode(bytes(32)).decode()
    elif what == "root":
        at = lines.index("", 3)
        lines[at + 3] = base64.b64encode(bytes(32)).decode()
    elif what == "form":
        lines[0] = "another/form"
    coded = base64.b64encode(json.dumps(extra, separators=(",", ":"), sort_keys=True).encode()).decode()
    lines[1] = f"extra {coded}"
    return "\n".join(lines)


def test_a_changed_proof_does_not_hold(
    bench: Bench, settings: Settings, voted: Voted, tmp_path: Path
) -> None:
    sign(bench, settings)
    text = proof(bench, voted)
    path = tmp_path / "forged.tlog-proof"
    for what in ("record", "digest", "row", "index", "hash", "root", "form"):
        path.write_text(changed(text, what), "utf-8")
        done = run(tmp_path, "receipt", str(path), "--key", log_key(bench))
        assert (done.status, "does not hold" in done.said) == (1, True), (what, done.said)
    other = Ed25519PrivateKey.from_private_bytes(b"x" * 32).public_key().public_bytes_raw()
    path.write_text(text, "utf-8")
    stranger = TESTIGO.key_line("localhost/log", TESTIGO.LOG, other)
    assert "not signed with the key" in run(tmp_path, "receipt", str(path), "--key", stranger).said


def test_nobody_gets_the_proof_of_another_seat(bench: Bench, settings: Settings, voted: Voted) -> None:
    sign(bench, settings)
    with bench.read(COMMAND, AT) as work, pytest.raises(Problem, match=r"access\.denied"):
        voting.proof(work, KEY, 1)
    with bench.read(voted.actor, AT) as work, pytest.raises(Problem, match=r"vote\.unknown"):
        voting.proof(work, KEY, 7)

"""Checkpoints for everybody, cosignatures from witnesses, and the desk's list of witnesses.

This module decides which cosignature is accepted: of the very text that this log signed, by the key of a
registered witness, at a time that fits. What cannot be accepted is refused with a code that says why.
"""

from __future__ import annotations

import base64
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.trust import proofs
from consulta.platform.access import require
from consulta.platform.log import checkpoints, trees
from consulta.platform.log.notes import WITNESS, Checkpoint, MalformedError, Note, Verifier, cosigned
from consulta.platform.texts import line
from consulta.rounds.witnesses import queries, telling
from consulta.rounds.witnesses.values import (
    CheckpointLine,
    Cosigner,
    KeyLine,
    LogView,
    StampLine,
    WitnessLine,
)

if TYPE_CHECKING:
    from consulta.platform.log.notes import Cosigned, Signer
    from consulta.platform.models import Checkpoint as CheckpointRow
    from consulta.platform.models import Witness
    from consulta.platform.work import Work

SHOWN = 30  # checkpoints on a page
CLOCKS = timedelta(minutes=5)  # by which the clock of a witness may differ
NAME_MAX = 200
MOST_WITNESSES = 50


# -- for everybody


def view(work: Work, most: int = SHOWN) -> LogView:
    """Return the keys, the newest checkpoints and the witnesses of this log."""
    require(work, "published.read")
    keys = checkpoints.keys(work.session)
    found = checkpoints.latest(work.session, most)
    numbers = [checkpoint.id for checkpoint, _ in found]
    by = checkpoints.cosigners(work.session, numbers)
    stamps = queries.stamps(work.session, numbers)
    newest = queries.newest_of_witnesses(work.session)
    return LogView(
        origin=keys[-1].origin if keys else "",
        keys=tuple(KeyLine(each.key, each.at) for each in keys),
        checkpoints=tuple(
            CheckpointLine(
                head.size,
                head.root,
                head.reason,
                head.at,
                tuple(Cosigner(each.name, each.organisation, at) for each, at in by.get(checkpoint.id, ())),
                tuple(
                    StampLine(each.id, each.authority, each.time) for each in stamps.get(checkpoint.id, ())
                ),
            )
            for checkpoint, head in found
        ),
        witnesses=tuple(
            WitnessLine(
                each.id,
                each.name,
                each.organisation,
                each.key,
                each.registered_at,
                each.ended_at,
                *newest.get(each.id, (None, None)),
            )
            for each in checkpoints.witnesses(work.session)
        ),
        example=queries.is_example(work.session),
    )


def note(work: Work, size: int | None = None) -> str:
    """Return the newest checkpoint, or that over `size` rows, with its cosignatures.

    Problem: `checkpoint.unknown`.
    """
    require(work, "published.read")
    found = or_problem(
        checkpoints.newest(work.session) if size is None else checkpoints.of_size(work.session, size),
        "checkpoint.unknown",
        size=size or 0,
    )
    return checkpoints.whole_note(work.session, found)


def keys(work: Work) -> str:
    """Return the public keys of the log, a line each, the newest last."""
    require(work, "published.read")
    return "".join(f"{each.key}\n" for each in checkpoints.keys(work.session))


def consistency(work: Work, old: int, new: int) -> str:
    """Return the proof that the log of `new` rows begins with that of `old`: a line of base64 for each hash.

    Both are sizes of checkpoints. Problem: `checkpoint.unknown`.
    """
    require(work, "published.read")
    for size in (old, new):
        if checkpoints.of_size(work.session, size) is None:
            raise Problem("checkpoint.unknown", size=size)
    if old > new:
        raise Problem("checkpoint.unknown", size=old)
    proof = proofs.consistency(old, new, trees.root_over(work.session))
    return "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)


# -- cosignatures


def take(work: Work, text: str) -> int:
    """Keep the cosignature that a witness sends with a checkpoint; return how many rows that is over.

    Sent again, it changes nothing. Problems: `cosignature.malformed`, `cosignature.another_log`,
    `cosignature.another_head`, `cosignature.ahead`, `cosignature.unknown_key`, `cosignature.wrong`,
    `cosignature.early`, `cosignature.late`.
    """
    checkpoint, given = _checked(work, text)
    for witness, cosignature in given:
        checkpoints.add(work.session, work.now, checkpoint, witness, cosignature)
    return checkpoint.size


def look(work: Work, text: str) -> tuple[int, bool]:
    """Return over how many rows a cosignature is that is right, and whether it is not kept yet.

    Nothing is written: strangers, and what is sent again, never wait for those who write. Problems: those
    of `take`.
    """
    checkpoint, given = _checked(work, text)
    by = checkpoints.cosigners(work.session, [checkpoint.id]).get(checkpoint.id, ())
    known = {witness.id for witness, _at in by}
    return checkpoint.size, any(witness.id not in known for witness, _cosignature in given)


def _checked(work: Work, text: str) -> tuple[CheckpointRow, list[tuple[Witness, Cosigned]]]:
    """Return the checkpoint of a note, and the cosignatures of registered witnesses on it, each verified."""
    require(work, "cosignatures.send")
    try:
        sent = Note.parse(text)
        said = Checkpoint.parse(sent.body)
    except MalformedError:
        raise Problem("cosignature.malformed") from None
    checkpoint = _checkpoint(work, sent, said)
    known = [
        (witness, Verifier.parse(witness.key, WITNESS))
        for name in {each.name for each in sent.signatures}
        for witness in checkpoints.active(work.session, name)
    ]
    named = [(witness, key) for witness, key in known if any(each.is_of(key) for each in sent.signatures)]
    if not named:
        raise Problem("cosignature.unknown_key")
    right = []
    for witness, key in named:
        given = or_problem(cosigned(sent, key), "cosignature.wrong", name=key.name)
        taken = queries.taken_at(work.session, checkpoint).astimezone(UTC)
        if given.time < (taken - CLOCKS).timestamp():
            raise Problem("cosignature.early", name=key.name)
        if given.time > (work.now + CLOCKS).timestamp():
            raise Problem("cosignature.late", name=key.name)
        right.append((witness, given))
    return checkpoint, right


def _checkpoint(work: Work, sent: Note, said: Checkpoint) -> CheckpointRow:
    """Return the checkpoint of this log that a note is, to the last character of what is signed."""
    own = checkpoints.keys(work.session)
    if not own or said.origin != own[-1].origin:
        raise Problem("cosignature.another_log", origin=said.origin)
    newest = checkpoints.newest(work.session)
    if newest is None or said.size > newest.size:
        raise Problem("cosignature.ahead", size=said.size)
    found = checkpoints.of_size(work.session, said.size)
    if found is None or Note.parse(found.note).body != sent.body:
        raise Problem("cosignature.another_head", size=said.size)
    return found


# -- the desk


def register(work: Work, text: str, organisation: str) -> str:
    """Register a witness by its key, as `consulta witness` prints it; return its name.

    Problems: `witness.key`, `witness.organisation`, `witness.known`, `witness.name`, `witness.many`.
    """
    require(work, "witnesses.write")
    try:
        key = Verifier.parse(text, WITNESS)
    except MalformedError:
        raise Problem("witness.key") from None
    said = line(organisation)
    if not said or len(said) > NAME_MAX:
        raise Problem("witness.organisation")
    there = checkpoints.witnesses(work.session)
    if any(each.key == str(key) for each in there):
        raise Problem("witness.known")
    own = {each.origin for each in checkpoints.keys(work.session)}
    if key.name in own or any(each.name == key.name and each.ended_at is None for each in there):
        raise Problem("witness.name", name=key.name)
    if sum(each.ended_at is None for each in there) >= MOST_WITNESSES:
        raise Problem("witness.many", most=MOST_WITNESSES)
    checkpoints.register(work.session, work.now, key, said, str(work.actor))
    return key.name


def end(work: Work, witness_id: int) -> str:
    """Let a witness be none any more, and return its name. Problem: `witness.unknown`."""
    require(work, "witnesses.write")
    found = next((each for each in checkpoints.witnesses(work.session) if each.id == witness_id), None)
    if found is None or found.ended_at is not None:
        raise Problem("witness.unknown")
    checkpoints.end(work.session, work.now, found, str(work.actor))
    telling.ended(work, f"{found.name} ({found.organisation})")
    return found.name


# -- the key, and what the worker does


def verifiers(work: Work) -> list[Verifier]:
    """Return the public keys of the log, the newest last."""
    require(work, "checkpoints.read")
    return checkpoints.verifiers(work.session)


def begin_key(work: Work, signer: Signer) -> None:
    """Let a key sign from now on, the first one or another; the log says so."""
    require(work, "checkpoints.sign")
    checkpoints.begin_key(work.session, work.now, signer)


def is_due(work: Work) -> tuple[bool, bool]:
    """Return whether the head of the hour is due, and whether a head waits for its signature."""
    require(work, "checkpoints.sign")
    return checkpoints.is_hour_due(work.session, work.now), bool(checkpoints.unsigned(work.session))


def take_hourly(work: Work) -> None:
    """Take the head of this hour, where it is due."""
    require(work, "checkpoints.sign")
    checkpoints.take_hourly(work.session, work.now)


def sign(work: Work, signer: Signer) -> int:
    """Sign the heads that wait for it; return how many."""
    require(work, "checkpoints.sign")
    return checkpoints.sign(work.session, work.now, signer)

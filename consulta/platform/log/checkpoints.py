"""Checkpoints: heads of the log as signed notes, with the key's history, witnesses and their cosignatures.

A head is taken in the unit of work that it concludes. It is signed afterwards, by the process that has the
private key, which is a file beside the database and never in it. So votes are taken while the key is missing,
and heads that were taken meanwhile are signed once it is there again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from consulta.core.trust import record
from consulta.platform import models as m
from consulta.platform.log import chain, heads
from consulta.platform.log.notes import (
    LOG,
    WITNESS,
    Checkpoint,
    MalformedError,
    Note,
    Verifier,
    cosigned,
    is_signed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from consulta.platform.log.notes import Cosigned, Signer

KEY, REGISTERED, ENDED = "checkpoints.key", "witnesses.registered", "witnesses.ended"
STAMPED = "checkpoints.stamped"
SHOWN = (KEY, REGISTERED, ENDED)
"""Acts about the log that an archive with the part `checkpoints` shows."""

SIGNED = ("opening", "hourly", "closing", "publication")  # heads of these reasons become checkpoints
HOUR = timedelta(hours=1)
_COVERING = (
    select(m.Checkpoint).where(m.Checkpoint.size >= bindparam("seq")).order_by(m.Checkpoint.size).limit(1)
)


# -- keys


def keys(session: Session) -> list[m.CheckpointKey]:
    """Return the public keys of this log, the oldest first."""
    return list(session.scalars(select(m.CheckpointKey).order_by(m.CheckpointKey.id)))


def verifiers(session: Session) -> list[Verifier]:
    """Return all keys of this log, the newest last, as what verifies signatures."""
    return [Verifier.parse(each.key, LOG) for each in keys(session)]


def begin_key(session: Session, at: datetime, signer: Signer) -> None:
    """Let a key be the one with which checkpoints are signed from now on; the log says so."""
    known = keys(session)
    key = str(signer.verifier)
    session.add(m.CheckpointKey(origin=signer.name, key=key, at=at))
    details = {"key": key, "replaces": known[-1].key if known else None}
    chain.append(session, at, heads.HOUSE, KEY, heads.SUBJECT, details)


# -- checkpoints


def is_hour_due(session: Session, now: datetime) -> bool:
    """Return whether the hourly head is due: a round is open, and the last head of a checkpoint is old."""
    if not heads.are_public(session) or not heads.any_open(session):
        return False
    query = select(func.max(m.Head.at)).where(m.Head.reason.in_(SIGNED))
    last = session.scalar(query)
    return last is None or now - last.astimezone(UTC) >= HOUR


def take_hourly(session: Session, now: datetime) -> None:
    """Take the head of this hour, unless it was taken meanwhile."""
    heads.begin_day(session, now)
    chain.hold(session)
    if is_hour_due(session, now):
        heads.fill(session, now)
        heads.take(session, now, "hourly")


def unsigned(session: Session) -> list[m.Head]:
    """Return the heads that should be checkpoints and are not yet, the oldest first."""
    first = session.scalar(select(func.min(m.CheckpointKey.at)))
    if first is None:
        return []
    query = (
        select(m.Head)
        .outerjoin(m.Checkpoint, m.Checkpoint.head_id == m.Head.id)
        .where(m.Checkpoint.id.is_(None), m.Head.reason.in_(SIGNED), m.Head.at >= first)
        .order_by(m.Head.size)
    )
    return list(session.scalars(query))


def sign(session: Session, now: datetime, signer: Signer) -> int:
    """Sign the heads that are not signed yet; return how many. A key that is not the newest signs none."""
    due = unsigned(session)
    if not due:
        return 0
    chain.hold(session)
    key, size = keys(session)[-1], _log_size(session)
    if key.key != str(signer.verifier):
        return 0  # it was changed meanwhile: the next look signs with the new one
    due = unsigned(session)  # another process may have signed them meanwhile
    for head in due:
        note = signer.sign(Checkpoint(key.origin, head.size, head.root).body)
        session.add(
            m.Checkpoint(head_id=head.id, key_id=key.id, size=head.size, note=note, at=now, log_size=size)
        )
    session.flush()
    return len(due)


def newest(session: Session) -> m.Checkpoint | None:
    """Return the checkpoint over the most rows; None where there is none."""
    return session.scalars(select(m.Checkpoint).order_by(m.Checkpoint.size.desc()).limit(1)).first()


def of_size(session: Session, size: int) -> m.Checkpoint | None:
    """Return the checkpoint over so many rows, or None."""
    return session.scalars(select(m.Checkpoint).where(m.Checkpoint.size == size)).first()


def covering(session: Session, seq: int) -> m.Checkpoint | None:
    """Return the first checkpoint that covers a row, or None."""
    return session.scalars(_COVERING, {"seq": seq}).first()


def holders(session: Session, seq: int) -> list[m.Witness]:
    """Return the witnesses that cosigned any checkpoint that covers a row: they hold it."""
    query = (
        select(m.Witness)
        .where(
            m.Witness.id.in_(
                select(m.Cosignature.witness_id)
                .join(m.Checkpoint, m.Checkpoint.id == m.Cosignature.checkpoint_id)
                .where(m.Checkpoint.size >= seq)
            )
        )
        .order_by(m.Witness.id)
    )
    return list(session.scalars(query))


def unseen_by(session: Session, closing: m.LogEntry) -> list[m.Witness]:
    """Return the witnesses that there were at a closing, where none of them has cosigned its row since."""
    at = datetime.fromisoformat(closing.at)
    there = [
        each
        for each in witnesses(session)
        if each.registered_at < at and (each.ended_at is None or each.ended_at > at)
    ]
    seen = {each.id for each in holders(session, closing.seq)}
    return [] if any(each.id in seen for each in there) else there


def row(session: Session, seq: int) -> m.LogEntry:
    """Return a row of the log by its number."""
    return session.get_one(m.LogEntry, seq)


def latest(session: Session, most: int) -> list[tuple[m.Checkpoint, m.Head]]:
    """Return the newest checkpoints, each with its head, the newest first."""
    query = (
        select(m.Checkpoint, m.Head)
        .join(m.Head, m.Head.id == m.Checkpoint.head_id)
        .order_by(m.Checkpoint.size.desc())
        .limit(most)
    )
    return [(checkpoint, head) for checkpoint, head in session.execute(query)]


def whole_note(session: Session, checkpoint: m.Checkpoint) -> str:
    """Return a checkpoint with every cosignature that it has."""
    return checkpoint.note + "".join(each.line for each in _cosignatures(session, [checkpoint.id]))


# -- witnesses


def witnesses(session: Session) -> list[m.Witness]:
    """Return all witnesses that were ever registered, the oldest first."""
    return list(session.scalars(select(m.Witness).order_by(m.Witness.id)))


def register(session: Session, at: datetime, key: Verifier, organisation: str, by: str) -> m.Witness:
    """Register a witness by its key; the log says so."""
    found = m.Witness(name=key.name, organisation=organisation, key=str(key), registered_at=at)
    session.add(found)
    session.flush()
    details = {"key": str(key), "organisation": organisation}
    chain.append(session, at, by, REGISTERED, heads.SUBJECT, details)
    return found


def end(session: Session, at: datetime, witness: m.Witness, by: str) -> None:
    """Let a witness be none any more; what it cosigned stays."""
    witness.ended_at = at
    chain.append(session, at, by, ENDED, heads.SUBJECT, {"key": witness.key})


def active(session: Session, name: str) -> list[m.Witness]:
    """Return the witnesses of this name that cosign at present."""
    query = select(m.Witness).where(m.Witness.name == name, m.Witness.ended_at.is_(None))
    return list(session.scalars(query))


def add(
    session: Session, at: datetime, checkpoint: m.Checkpoint, witness: m.Witness, given: Cosigned
) -> bool:
    """Keep a cosignature that was checked; return False where the witness has cosigned this already."""
    chain.hold(session)
    query = select(m.Cosignature.id).where(
        m.Cosignature.checkpoint_id == checkpoint.id, m.Cosignature.witness_id == witness.id
    )
    if session.scalars(query).first() is not None:
        return False
    session.add(
        m.Cosignature(
            checkpoint_id=checkpoint.id,
            witness_id=witness.id,
            line=given.line,
            time=datetime.fromtimestamp(given.time, UTC),
            at=at,
            log_size=_log_size(session),
        )
    )
    session.flush()
    return True


def cosigners(session: Session, checkpoint_ids: Iterable[int]) -> dict[int, list[tuple[m.Witness, datetime]]]:
    """Return by checkpoint who cosigned it, and when by their clocks."""
    query = (
        select(m.Cosignature.checkpoint_id, m.Witness, m.Cosignature.time)
        .join(m.Witness, m.Witness.id == m.Cosignature.witness_id)
        .where(m.Cosignature.checkpoint_id.in_(list(checkpoint_ids)))
        .order_by(m.Witness.id)
    )
    found: dict[int, list[tuple[m.Witness, datetime]]] = {}
    for number, witness, time in session.execute(query):
        found.setdefault(number, []).append((witness, time))
    return found


def keep_stamp(
    session: Session,
    at: datetime,
    checkpoint: m.Checkpoint,
    authority: str,
    response: bytes,
    time: datetime,
    by: str,
) -> None:
    """Keep a time stamp that was checked; the log says so."""
    stamp = m.Timestamp(checkpoint_id=checkpoint.id, authority=authority, response=response, time=time, at=at)
    session.add(stamp)
    details = {"size": checkpoint.size, "authority": authority, "sha256": record.digest(response)}
    chain.append(session, at, by, STAMPED, heads.SUBJECT, details)


# -- what an archive has


def notes_for(session: Session, round_id: int, head: m.Head) -> list[str]:
    """Return the checkpoints of a round up to a head, as notes with their cosignatures, by size.

    They are those of its opening and its closing, and of each day (UTC) the last one with the most
    cosignatures; none that was signed, and no cosignature that came, after this head was taken.
    """
    opening = heads.first_of_round(session, round_id, "opening")
    if opening is None:
        return []
    query = (
        select(m.Checkpoint, m.Head)
        .join(m.Head, m.Head.id == m.Checkpoint.head_id)
        .where(
            m.Checkpoint.size >= opening.size,
            m.Checkpoint.size <= head.size,
            m.Checkpoint.log_size < head.size,
        )
        .order_by(m.Checkpoint.size)
    )
    found = [(checkpoint, taken) for checkpoint, taken in session.execute(query)]
    lines: dict[int, list[str]] = {}
    for each in _cosignatures(session, [checkpoint.id for checkpoint, _ in found], before=head.size):
        lines.setdefault(each.checkpoint_id, []).append(each.line)
    best: dict[object, m.Checkpoint] = {}
    for checkpoint, taken in found:
        own = taken.round_id == round_id and taken.reason in {"opening", "closing"}
        day: object = checkpoint.id if own else taken.at.astimezone(UTC).date()
        before = best.get(day)
        if before is None or len(lines.get(checkpoint.id, ())) >= len(lines.get(before.id, ())):
            best[day] = checkpoint
    return [
        checkpoint.note + "".join(lines.get(checkpoint.id, ()))
        for checkpoint in sorted(best.values(), key=lambda each: each.size)
    ]


def stamps_for(session: Session, round_id: int, before: int | None) -> list[tuple[int, m.Timestamp]]:
    """Return the time stamps of heads since a round's opening, each with its head's size, by size.

    Only those of which a row of the log before this one tells, or any row where none is given.
    """
    opening = heads.first_of_round(session, round_id, "opening")
    if opening is None:
        return []
    rows = chain.acts(session, heads.SUBJECT, STAMPED)
    told = {json.loads(row.details)["sha256"] for row in rows if before is None or row.seq < before}
    query = (
        select(m.Checkpoint.size, m.Timestamp)
        .join(m.Timestamp, m.Timestamp.checkpoint_id == m.Checkpoint.id)
        .where(m.Checkpoint.size >= opening.size)
        .order_by(m.Checkpoint.size, m.Timestamp.id)
    )
    found = [(size, stamp) for size, stamp in session.execute(query)]
    return [(size, stamp) for size, stamp in found if record.digest(stamp.response) in told]


def _cosignatures(
    session: Session, checkpoint_ids: list[int], before: int | None = None
) -> list[m.Cosignature]:
    query = select(m.Cosignature).where(m.Cosignature.checkpoint_id.in_(checkpoint_ids))
    if before is not None:
        query = query.where(m.Cosignature.log_size < before)
    return list(session.scalars(query.order_by(m.Cosignature.witness_id)))


def _log_size(session: Session) -> int:
    return session.scalars(select(m.LogEntry.seq).order_by(m.LogEntry.seq.desc()).limit(1)).first() or 0


# -- whether what is stored holds


def faults(session: Session) -> list[str]:
    """Return what is wrong with the checkpoints, keys, witnesses and cosignatures that are stored."""
    found = [*_told(session, KEY, [each.key for each in keys(session)], "key of checkpoints")]
    known = [each.key for each in witnesses(session)]
    found += _told(session, REGISTERED, known, "witness")
    signers = [found_key for each in keys(session) if (found_key := _parsed(each.key, LOG)) is not None]
    by_id = {each.id: each for each in witnesses(session)}
    for checkpoint, head in session.execute(
        select(m.Checkpoint, m.Head).join(m.Head, m.Head.id == m.Checkpoint.head_id)
    ).yield_per(200):
        found += _faults_of(checkpoint, head, signers)
        for each in _cosignatures(session, [checkpoint.id]):
            witness = _parsed(by_id[each.witness_id].key, WITNESS)
            if witness is None or not _is_cosigned(checkpoint.note + each.line, witness):
                name = by_id[each.witness_id].name
                found.append(f"the checkpoint of {checkpoint.size} rows: {name} did not cosign it")
    return found


def _faults_of(checkpoint: m.Checkpoint, head: m.Head, signers: list[Verifier]) -> list[str]:
    try:
        note = Note.parse(checkpoint.note)
        said = Checkpoint.parse(note.body)
    except MalformedError:
        return [f"the checkpoint of {checkpoint.size} rows: it is no signed note"]
    found = []
    if (said.size, said.root, checkpoint.size) != (head.size, head.root, head.size):
        found.append(f"the checkpoint of {checkpoint.size} rows: it is not that of its head")
    if not is_signed(note, signers):
        found.append(f"the checkpoint of {checkpoint.size} rows: no key of this log signed it")
    return found


def _is_cosigned(text: str, witness: Verifier) -> bool:
    try:
        return cosigned(Note.parse(text), witness) is not None
    except MalformedError:
        return False


def _parsed(text: str, kind: int) -> Verifier | None:
    try:
        return Verifier.parse(text, kind)
    except MalformedError:
        return None


def _told(session: Session, action: str, known: list[str], what: str) -> list[str]:
    told = [json.loads(row.details)["key"] for row in chain.acts(session, heads.SUBJECT, action)]
    return [f"{what} {key}: the log and the table do not agree" for key in {*told} ^ {*known}]

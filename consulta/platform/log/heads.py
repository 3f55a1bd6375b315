"""Heads of the log: taken when something ends or begins, kept for good; and roots of its parts, for proofs.

The log only grows, so a block of rows that is complete never changes: its root is remembered while the
process lives. A proof over a million rows reads a few hundred of them, once all blocks are known.
"""

from __future__ import annotations

from datetime import UTC
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, select

from consulta.core.rounds import State
from consulta.core.trust import proofs
from consulta.core.trust.record import Tree
from consulta.platform.log import chain
from consulta.platform.models import CheckpointKey, Head, LogEntry, ReceiptHead, Round

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from consulta.core.trust.proofs import Root


HOUSE = "house"  # the actor of these rows: not the person whose act led to a head, since votes are secret
TAKEN, SUBJECT = "heads.taken", "log"
FILLED = "log.filled"
_FOUND = "consulta.head"  # the newest head, for as long as a transaction that writes
_NEWEST = select(Head).order_by(Head.id.desc()).limit(1)
_LAST_VOTE = select(ReceiptHead).order_by(ReceiptHead.size.desc()).limit(1)
_AFTER_VOTE = select(ReceiptHead).where(ReceiptHead.ballot_id == bindparam("ballot"))
_ANY_KEY = select(CheckpointKey.id).limit(1)
_ANY_OPEN = select(Round.id).where(Round.state == State.OPEN.value).limit(1)
_LATER = select(LogEntry.digest).where(LogEntry.seq > bindparam("size")).order_by(LogEntry.seq)
STEP = 16  # the rows that a checkpoint is over while a round is open are a multiple of it


def newest(session: Session) -> Head | None:
    """Return the head taken last; None where there is none."""
    return session.scalars(_NEWEST).first()


def until(session: Session, last_id: int) -> list[Head]:
    """Return all heads up to the one with `last_id`, the oldest first."""
    return list(session.scalars(select(Head).where(Head.id <= last_id).order_by(Head.id)))


def by_size(session: Session) -> list[Head]:
    """Return all heads, those over the fewest rows first."""
    return list(session.scalars(select(Head).order_by(Head.size, Head.id)))


def of_round(session: Session, round_id: int, reason: str) -> Head | None:
    """Return the newest head taken for this reason in a round, or None."""
    query = select(Head).where(Head.round_id == round_id, Head.reason == reason)
    return session.scalars(query.order_by(Head.id.desc()).limit(1)).first()


def first_of_round(session: Session, round_id: int, reason: str) -> Head | None:
    """Return the first head taken for this reason in a round, or None; a reopening takes an opening's."""
    query = select(Head).where(Head.round_id == round_id, Head.reason == reason)
    return session.scalars(query.order_by(Head.id).limit(1)).first()


def take(session: Session, at: datetime, reason: str, round_id: int | None = None) -> Head:
    """Keep the head of the log as it stands in this transaction; only rows since the last one are read.

    The log's next row says so: no head can be changed later without changing every head after it.
    """
    session.flush()
    chain.hold(session)
    chain.show_when_on_disk(session)  # readers keep heads: a crash must not undo one
    grown = _grown(session, _tree(newest(session)))
    head = Head(
        size=grown.size, root=grown.root, peaks=list(grown.peaks), at=at, reason=reason, round_id=round_id
    )
    session.add(head)
    about = None if round_id is None else f"round:{round_id}"
    details = {"size": head.size, "root": head.root, "reason": reason, "about": about}
    chain.append(session, at, HOUSE, TAKEN, SUBJECT, details)
    chain.keep(session, _FOUND, head)
    return head


def keep_after_vote(session: Session, ballot_id: int) -> None:
    """Store the tree that ends with the row of this vote.

    That row is now the last of the log, with no other row after it. The tree grows from the one stored
    last, so that a vote reads only the few rows since the vote before.
    """
    session.flush()
    last = session.scalars(_LAST_VOTE).first()
    taken = chain.kept(session, _FOUND) or newest(session)
    start = last if taken is None or (last is not None and last.size > taken.size) else taken
    grown = _grown(session, _tree(start))
    session.add(ReceiptHead(ballot_id=ballot_id, size=grown.size, root=grown.root, peaks=list(grown.peaks)))


def after_vote(session: Session, ballot_id: int) -> ReceiptHead:
    """Return the tree stored after the row of a vote. Raise RuntimeError where none was kept."""
    row = session.scalars(_AFTER_VOTE, {"ballot": ballot_id}).first()
    if row is None:
        raise RuntimeError(f"no head was kept after ballot {ballot_id}")
    return row


def rows_under(session: Session, root: str) -> int | None:
    """Return how many rows the log had when this was its root, for a root that mail or a receipt told."""
    for kept in (Head, ReceiptHead):
        size = session.scalars(
            select(kept.size).where(kept.root == root).order_by(kept.size).limit(1)
        ).first()
        if size is not None:
            return size
    return None


def after_votes(session: Session) -> list[ReceiptHead]:
    """Return all trees stored after votes, the shortest first."""
    return list(session.scalars(select(ReceiptHead).order_by(ReceiptHead.size)))


def _tree(kept: Head | ReceiptHead | None) -> Tree:
    return Tree(kept.size, tuple(kept.peaks)) if kept else Tree()


def _grown(session: Session, tree: Tree) -> Tree:
    """Return the tree with every later row of the log added."""
    return tree.grown(session.scalars(_LATER, {"size": tree.size}))


def begin_day(session: Session, now: datetime) -> Head | None:
    """Return the newest head; if it is of an earlier day (UTC), first take the head of last midnight.

    The function is called before each row is written, so no row was written since midnight. None where
    no head was ever taken. Once a head of this day is found, a unit of work does not look for it again.
    """
    found = chain.kept(session, _FOUND) or newest(session)
    if found is None:
        return None
    if not _is_of_today(found, now):
        chain.hold(session)  # another writer may have taken it meanwhile
        found = newest(session)
    if _is_of_today(found, now):
        chain.keep(session, _FOUND, found)
        return found
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    fill(session, midnight)
    return take(session, midnight, "daily")


def fill(session: Session, at: datetime) -> None:
    """While a round is open, add rows that tell of nothing up to a multiple of `STEP`.

    Each hour the log's size is public (`checkpoints`). With these rows it does not tell how many voted in
    an hour, where they were few. Nothing is added in an installation without checkpoints.
    """
    if not are_public(session) or not any_open(session):
        return
    session.flush()
    chain.hold(session)
    last = session.scalars(select(LogEntry.seq).order_by(LogEntry.seq.desc()).limit(1)).first() or 0
    for _ in range(-last % STEP):
        chain.append(session, at, HOUSE, FILLED, SUBJECT, {})


def are_public(session: Session) -> bool:
    """Return whether heads are published while rounds are open: whether there is a key to sign them."""
    return session.scalar(_ANY_KEY) is not None


def any_open(session: Session) -> bool:
    """Return whether any round takes votes."""
    return session.scalar(_ANY_OPEN) is not None


def has_begun(session: Session, now: datetime) -> bool:
    """Return whether `begin_day` would take no head."""
    found = newest(session)
    return found is None or _is_of_today(found, now)


def _is_of_today(head: Head | None, now: datetime) -> bool:
    return head is not None and head.at.astimezone(UTC).date() >= now.astimezone(UTC).date()


def standing(session: Session) -> Tree:
    """Return the tree over the present log, without storing it."""
    return _grown(session, _tree(newest(session)))


BLOCK = 256  # rows
_known: WeakKeyDictionary[Engine, list[bytes]] = WeakKeyDictionary()
_lock = Lock()


def root_over(session: Session) -> Root:
    """Return the function that gives the root over the rows from one on, before another, counted from 0.

    The parts that a proof asks for begin at a multiple of their own size.
    """
    blocks = _blocks(session)

    def root(start: int, end: int) -> bytes:
        if start % BLOCK == 0 and end - start == BLOCK and start // BLOCK < len(blocks):
            return blocks[start // BLOCK]
        if end - start <= BLOCK:
            return _joined(_leaves(session, start, end))
        half = 1 << ((end - start - 1).bit_length() - 1)
        return proofs.node(root(start, start + half), root(start + half, end))

    return root


def _blocks(session: Session) -> list[bytes]:
    engine = session.get_bind().engine
    with _lock:
        blocks = _known.setdefault(engine, [])
        last = session.scalars(select(LogEntry.seq).order_by(LogEntry.seq.desc()).limit(1)).first() or 0
        whole = last // BLOCK
        query = (
            select(LogEntry.digest)
            .where(LogEntry.seq > len(blocks) * BLOCK, LogEntry.seq <= whole * BLOCK)
            .order_by(LogEntry.seq)
        )
        if len(blocks) < whole:
            found: list[bytes] = []
            for digest in session.scalars(query).yield_per(1000):
                found.append(proofs.leaf(bytes.fromhex(digest)))
                if len(found) == BLOCK:
                    blocks.append(_joined(found))
                    found = []
        return blocks


def _leaves(session: Session, start: int, end: int) -> list[bytes]:
    query = select(LogEntry.digest).where(LogEntry.seq > start, LogEntry.seq <= end).order_by(LogEntry.seq)
    return [proofs.leaf(bytes.fromhex(digest)) for digest in session.scalars(query)]


def _joined(leaves: list[bytes]) -> bytes:
    """Return the root over leaves: neighbours are paired, and an odd last one is carried up."""
    layer = leaves
    while len(layer) > 1:
        above = [proofs.node(layer[at], layer[at + 1]) for at in range(0, len(layer) - 1, 2)]
        layer = above + layer[len(layer) - len(layer) % 2 :]
    return layer[0]

"""Roots of parts of the log's tree, for proofs; whole blocks of rows are remembered while the process lives.

The log only grows, so a block that is complete never changes. A proof over a million rows reads a few
hundred of them, once all blocks are known.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import select

from consulta.core.trust import proofs
from consulta.platform.models import LogEntry

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from consulta.core.trust.proofs import Root

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

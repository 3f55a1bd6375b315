"""Proofs that the row of a vote is in the log that others hold.

A proof is a file of the form `tlog-proof` of C2SP: the row, its place, the hashes that lead from it to the
root, and the first signed head that covers it, with the cosignatures of witnesses. It tells the receipt's
code and not what was voted.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from consulta.core.trust import proofs, record
from consulta.platform.log import chain, checkpoints, heads, trees
from consulta.rounds.values import Inclusion

if TYPE_CHECKING:
    from consulta.platform.models import Ballot, Checkpoint
    from consulta.platform.work import Work

FORM = "c2sp.org/tlog-proof@v1"


def of_ballot(work: Work, ballot: Ballot) -> Inclusion | None:
    """Return which signed head covers the row of a vote, and who holds it or a later one; else None."""
    return of_row(work, heads.after_vote(work.session, ballot.id).size)


def of_row(work: Work, seq: int) -> Inclusion | None:
    """Return the same for a row of the log; None where no head that covers it is signed yet."""
    checkpoint = checkpoints.covering(work.session, seq)
    if checkpoint is None:
        return None
    holders = checkpoints.holders(work.session, seq)
    return Inclusion(seq, checkpoint.size, checkpoint.at, tuple(each.organisation for each in holders))


def proof(work: Work, ballot: Ballot) -> str | None:
    """Return the proof as a file; None where `of_ballot` is None."""
    found = _found(work, ballot)
    if found is None:
        return None
    seq, checkpoint = found
    hashes = proofs.inclusion(seq - 1, checkpoint.size, trees.root_over(work.session))
    lines = [FORM, f"extra {_coded(_row(work, seq))}", f"index {seq - 1}", *map(_coded, hashes), "", ""]
    return "\n".join(lines) + checkpoints.whole_note(work.session, checkpoint)


def comes(work: Work) -> bool:
    """Return whether heads of this log are signed while a round is open."""
    return heads.are_public(work.session)


def _found(work: Work, ballot: Ballot) -> tuple[int, Checkpoint] | None:
    seq = heads.after_vote(work.session, ballot.id).size
    checkpoint = checkpoints.covering(work.session, seq)
    return None if checkpoint is None else (seq, checkpoint)


def _row(work: Work, seq: int) -> bytes:
    """Return the row of a vote as an archive shows it: what stands outside of its hidden part."""
    entry = checkpoints.row(work.session, seq)
    row = chain.row_of(entry)
    links = {"seq": row.seq, "previous": entry.previous, "digest": entry.digest}
    return record.canonical(links | {"hidden_sha256": row.hidden_sha256, "outside": row.outside})


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()

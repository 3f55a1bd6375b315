"""Heads of the log: taken at each opening, closing and publication, and once for each day with acts.

This module decides when a head is taken; that of a day is the head of its midnight (UTC), taken before
the first act of the day. A person who keeps a head (from a receipt, a letter or the public page) can
tell later whether the log before it was changed: its root would be another.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal

from consulta.core.trust import proofs, record
from consulta.platform.log import chain, checkpoints, heads
from consulta.rounds.queries import rounds
from consulta.rounds.values import HeadView, Inclusion

if TYPE_CHECKING:
    from consulta.platform.models import Ballot, Checkpoint, Head, Round
    from consulta.platform.work import Work


Reason = Literal["opening", "daily", "hourly", "closing", "publication"]


def take_head(work: Work, reason: Reason, round_id: int | None = None) -> Head:
    """Keep the log's head as it stands in this work; `round_id` is what was opened, closed or published."""
    return heads.take(work.session, work.now, reason, round_id)


def fill(work: Work) -> None:
    """Let the log's size before a closing not tell how many votes came since the hour (`infra.log.heads`)."""
    heads.begin_day(work.session, work.now)
    heads.fill(work.session, work.now)


def after_vote(work: Work, ballot: Ballot) -> None:
    """Keep the log's head as it stands now that its last row tells of this vote, for the receipt."""
    heads.keep_after_vote(work.session, ballot.id)


def of_receipt(work: Work, ballot: Ballot) -> HeadView:
    """Return the head that the receipt of a ballot shows: that of just after the vote."""
    after = heads.after_vote(work.session, ballot.id)
    return HeadView(after.size, after.root, ballot.cast_at)


def announced(work: Work, found: Round) -> HeadView | None:
    """Return the newest head that a round's mails tell of; None if there is none.

    It is that of the publication, else of the closing, else of the opening; while a round is open again, that
    of the reopening.
    """
    reasons = ("opening",) if found.state == "open" else ("publication", "closing", "opening")
    for reason in reasons:
        if (head := heads.of_round(work.session, found.id, reason)) is not None:
            return view_of(head)
    return None


def begin_day(work: Work) -> None:
    """Take the log's head of last midnight where nothing happened since and some round ever opened."""
    heads.begin_day(work.session, work.now)


def day_has_begun(work: Work) -> bool:
    """Return whether `begin_day` would take no head: that of this day is taken, or none ever was.

    Asked before `begin_day`, which writes.
    """
    return heads.has_begun(work.session, work.now)


def view_of(head: Head) -> HeadView:
    """Return the view of a head for pages."""
    return HeadView(head.size, head.root, head.at)


def head_of_the_day(work: Work) -> Head:
    """Return the newest head, after taking that of this day (UTC) if it is missing.

    If no head was ever taken, one of this moment is taken.
    """
    return heads.begin_day(work.session, work.now) or take_head(work, "daily")


def current_size_and_root(work: Work) -> tuple[int, str] | None:
    """Return how many rows the log has now, and its root; None while no round is open.

    The database stores neither. Kept elsewhere, they show later whether the last rows were cut off.
    """
    if not rounds.any_open(work.session):
        return None
    tree = heads.standing(work.session)
    return tree.size, tree.root


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
    hashes = proofs.inclusion(seq - 1, checkpoint.size, heads.root_over(work.session))
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

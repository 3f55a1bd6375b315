"""Heads of the log: at each opening, closing and publication, and of each midnight before something happens.

It decides when a head is taken. Whoever keeps a head (on a receipt, in a letter, from the public page) can
tell later whether the log before it was changed: the root would be another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from consulta.infra import heads
from consulta.rounds.queries import rounds
from consulta.rounds.values import HeadView

if TYPE_CHECKING:
    from consulta.infra.models import Ballot, Head, Round
    from consulta.infra.work import Work

Reason = Literal["opening", "daily", "closing", "publication"]


def take_head(work: Work, reason: Reason, round_id: int | None = None) -> Head:
    """Keep the log's head as it stands in this work; `round_id` is what was opened, closed or published."""
    return heads.take(work.session, work.now, reason, round_id)


def after_vote(work: Work, ballot: Ballot) -> None:
    """Keep the log's head as it stands now that its last row tells of this vote, for the receipt."""
    heads.keep_after_vote(work.session, ballot.id)


def of_receipt(work: Work, ballot: Ballot) -> HeadView | None:
    """The head that the receipt of a ballot shows: after its vote.

    For votes from before these were kept it is that of the day's beginning.
    """
    after = heads.after_vote(work.session, ballot.id)
    if after is None:
        return kept(work, ballot.head)
    return HeadView(after.size, after.root, ballot.cast_at, after_vote=True)


def announced(work: Work, found: Round) -> HeadView | None:
    """The newest head that a round's mails tell of: of its publication, its closing or its opening."""
    for reason in ("publication", "closing", "opening"):
        if (head := heads.of_round(work.session, found.id, reason)) is not None:
            return view_of(head)
    return None


def begin_day(work: Work) -> None:
    """Take the log's head of last midnight where nothing happened since and some round ever opened."""
    heads.begin_day(work.session, work.now)


def day_has_begun(work: Work) -> bool:
    """Whether the head of this day was taken, or none ever; asked before `begin_day`, which writes."""
    return heads.has_begun(work.session, work.now)


def kept(work: Work, root: str | None) -> HeadView | None:
    """The head with this root, as it was first taken."""
    head = heads.of_root(work.session, root) if root else None
    return view_of(head) if head else None


def view_of(head: Head) -> HeadView:
    """A head as pages show it."""
    return HeadView(head.size, head.root, head.at)


def head_of_the_day(work: Work) -> Head:
    """The newest head, of this day (UTC) or, where none was taken yet, of this moment."""
    return heads.begin_day(work.session, work.now) or take_head(work, "daily")


def to_keep_elsewhere(work: Work) -> tuple[int, str] | None:
    """How many rows the log has now, and its root, while some round takes votes; None at other times.

    It is written nowhere in the database: kept elsewhere, it shows later whether the last rows were cut off.
    """
    if not rounds.any_open(work.session):
        return None
    tree = heads.standing(work.session)
    return tree.size, tree.root

"""Heads of the log: taken at each opening, closing and publication, and once for each day with acts.

This module decides when a head is taken; that of a day is the head of its midnight (UTC), taken before
the first act of the day. A person who keeps a head (from a receipt, a letter or the public page) can
tell later whether the log before it was changed: its root would be another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from consulta.platform.log import heads
from consulta.rounds.queries import rounds
from consulta.rounds.values import HeadView

if TYPE_CHECKING:
    from consulta.platform.models import Ballot, Head, Round
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

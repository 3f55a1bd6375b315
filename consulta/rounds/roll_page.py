"""The roll of a round as a page and as a file: who may read the names, and what others read instead."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.access import STAFF, require
from consulta.platform.data import dimensions
from consulta.rounds import acts, public_rounds, registered, roll
from consulta.rounds.queries import scrutineers
from consulta.rounds.values import Member, RollView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.platform.models import Round
    from consulta.platform.work import Work


def page(work: Work, key: str, small_cell: int) -> RollView:
    """Return the roll of a round as the reader may see it. Raise Problem `round.unknown` if none.

    If the names are protected, other readers see how many organisations each category has; categories of
    fewer than `small_cell` are shown together.
    """
    require(work, "published.read")
    found = public_rounds.opened(work, key)
    kinds = public_rounds.kinds(work.session, found.id)
    names = dimensions.in_order({name for categories, _ in kinds for name in categories})
    return RollView(
        card=public_rounds.card_of(work, found),
        shown=found.roll_shown,
        members=_members(work, found) if _may_read(work, found) else None,
        numbers=tuple((name, numbers(_sums(name, kinds), small_cell)) for name in names),
        sha256=_digest(work, found),
        registered=registered.registered_of(work, found),
    )


def _members(work: Work, found: Round) -> tuple[Member, ...]:
    return tuple(
        Member(name, {"country": country, **categories}, base)
        for name, country, categories, base in public_rounds.members(work.session, found.id)
    )


def _sums(dimension: str, kinds: Iterable[tuple[Mapping[str, str], int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for categories, number in kinds:
        sums[categories.get(dimension, "")] += number
    return sums


def download(work: Work, key: str) -> bytes:
    """Return the content of the roll's file.

    Raise Problem `round.unknown` if there is no such file, also for readers who may not see it.
    """
    require(work, "published.read")
    found = public_rounds.opened(work, key)
    if not _may_read(work, found):
        raise Problem("round.unknown", key=key)
    return roll.file(found, found.seats)


def _may_read(work: Work, found: Round) -> bool:
    """Return whether the reader may see the names on the roll.

    All readers may if they are public; otherwise staff, the round's voters and its scrutineers.
    """
    if found.roll_shown == "public" or work.actor.role in STAFF:
        return True
    if work.actor.role == "scrutineer" and work.actor.id is not None:
        return scrutineers.find(work.session, found.id, work.actor.id) is not None
    return work.actor.role == "voter" and public_rounds.is_on_roll(work.session, found.id, work.actor.seat_id)


def _digest(work: Work, found: Round) -> str | None:
    """Return the digest of the roll's file from the log's last row that tells it, or None."""
    rows = (acts.last(work, found, act, acts.Roll) for act in (acts.REGISTERED, acts.OPENED))
    return next((row.members_sha256 for row in rows if row and row.members_sha256), None)


def numbers(categories: Iterable[str] | Mapping[str, int], least: int) -> tuple[tuple[str, int], ...]:
    """Return the number of seats in each category, the largest first; small ones joined, last.

    Categories below `least` are joined under an empty key, with the smallest others if needed, so that
    the joined line has at least two categories and `least` seats.
    """
    counts = Counter(categories).most_common()
    shown = [each for each in counts if each[1] >= least]
    joined = counts[len(shown) :]
    while joined and shown and (len(joined) == 1 or sum(number for _, number in joined) < least):
        joined.append(shown.pop())
    return (*shown, *([("", sum(number for _, number in joined))] if joined else ()))

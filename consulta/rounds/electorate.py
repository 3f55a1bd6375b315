"""The published numbers of what happened to who could vote while a round was open: counts, and no names.

Who may see them by organisation reads `queries.changes.of_round`.
"""

from __future__ import annotations

from dataclasses import astuple
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.rounds.queries import electorate as queries
from consulta.rounds.values import ElectorateNumbers, MarkedVotes

if TYPE_CHECKING:
    from consulta.platform.models import Round
    from consulta.platform.work import Work

LAST = timedelta(hours=1)


def at_closing(work: Work, found: Round) -> dict[str, object]:
    """Return the numbers that the closing row binds: none by subregion, no ballot taken out yet."""
    told = numbers(work, found, 1, at_closing=True).told()
    return {name: value for name, value in told.items() if name != "by_subregion"}


def numbers(work: Work, found: Round, small_cell: int, *, at_closing: bool = False) -> ElectorateNumbers:
    """Return the numbers of a round that has closed; groups below `small_cell` are not told apart.

    With `at_closing`, ballots that were taken out since are among those that count.
    """
    changes = queries.changes(work.session, found.id)
    votes = queries.votes(work.session, found.id, at_closing=at_closing)
    end = found.closed_at or found.closes_at
    acts = queries.acts(work.session, f"round:{found.id}", ("access.ended", "links.reissued"))
    new = {"added", "replaced"}
    return ElectorateNumbers(
        assisted=sum(each.assisted for each in votes),
        young=sum(each.young for each in votes),
        objected=sum(each.objected for each in votes),
        contacts_added=sum(
            each.kind in new or (each.kind == "import" and not each.before) for each in changes
        ),
        contacts_changed=sum(
            each.kind in {"address", "switched_on"} or (each.kind == "import" and bool(each.before))
            for each in changes
        ),
        contacts_ended=acts["access.ended"],
        changes_objected=sum(each.objected for each in changes),
        changes_done=sum(each.state == "done" for each in changes),
        links_again=acts["links.reissued"],
        last_hour=queries.cast_between(work.session, found.id, end - LAST, end),
        links_shown=queries.links_shown(work.session, f"round:{found.id}"),
        by_subregion=_by_subregion(votes, queries.seats(work.session, found.id), max(small_cell, 1)),
    )


def _by_subregion(
    votes: list[queries.Vote], seats: dict[str, int], small_cell: int
) -> dict[str, MarkedVotes]:
    """Return the numbers of marked votes in each subregion, or nothing.

    All subregions are told or none, so that no group is found by subtraction: none if one of the numbers
    is from 1 to below `small_cell`. None also where fewer than `small_cell` organisations of a subregion
    have no marked vote: it would reveal of all organisations there that they voted.
    """
    told: dict[str, MarkedVotes] = {}
    for subregion in sorted(seats):
        here = [each for each in votes if each.subregion == subregion]
        marked = MarkedVotes(
            sum(each.assisted for each in here),
            sum(each.young for each in here),
            sum(each.objected for each in here),
        )
        silent = seats[subregion] - sum(each.assisted or each.young for each in here)
        if any(0 < count < small_cell for count in astuple(marked)) or (silent < small_cell > 1):
            return {}
        told[subregion] = marked
    return told

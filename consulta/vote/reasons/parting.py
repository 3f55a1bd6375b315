"""Separate reasons from their organisations for good, once a result is public.

Until then only the organisation itself sees its reasons: a person who watches the list of votes could
otherwise tell whose text is new. Once the result is public no ballot is taken out any more. Then the reasons
of the ballots that count are stored anew, numbered by lot, without seat, time or sender, with the marks of
`blocks`; an organisation that agreed to be named keeps its name. What was stored with the seats is deleted.

In a cancelled round everything is deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.rounds import service as rounds
from consulta.vote.reasons import blocks, queries
from consulta.vote.reasons.blocks import MARKS, Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from consulta.platform.models import SeatReason
    from consulta.platform.work import Work
    from consulta.vote.reasons.queries import SeatRow

ENDED = (State.PUBLISHED.value, State.CANCELLED.value)
LEAST = 5  # possible authors, where an installation has a smaller number for small groups


class Said(NamedTuple):
    """A reason of a ballot that counts: whose, of which theme (by number), and what was agreed to."""

    seat: int
    theme: int
    text: str
    consent: str


def due(work: Work) -> list[str]:
    """Return the keys of the rounds whose reasons are to be parted from their seats now."""
    return queries.to_part(work.session, ENDED)


def part(work: Work, key: str, small_cell: int, chance: Callable[[int], int]) -> int:
    """Part the reasons of a round from their seats, and return how many there are; again: nothing is done.

    `chance` draws a number below the one given. Problems: `round.unknown`, `reasons.early` (not ended).
    """
    found = rounds.hold(work, key)
    if found.state not in ENDED:
        raise Problem("reasons.early")
    if key not in due(work):
        return 0
    rows: list[dict[str, Any]] = []
    if found.state == State.PUBLISHED.value and not queries.any_parted(work.session, found.id):
        seats = {seat.id: seat for seat in queries.counted(work.session, found.id)}
        whole = rounds.whole(work, key)
        ids = {theme.key: theme.id for theme in whole.themes}
        said = list(_that_count(queries.of_round(work.session, found.id), seats, ids))
        least = max(small_cell, found.joined_below or 0, LEAST)
        rows = _numbered(_shown(said, seats, ids, least), found.id, chance)
    queries.forget(work.session, found.id)
    if rows:
        queries.add(work.session, rows)
    kept = json.dumps([[row["number"], row["text"], row["consent"]] for row in rows], ensure_ascii=False)
    work.record(
        "reasons.parted",
        rounds.subject(found),
        {"texts": len(rows), "sha256": hashlib.sha256(kept.encode()).hexdigest()},
    )
    return len(rows)


def _that_count(
    written: Sequence[SeatReason], seats: Mapping[int, SeatRow], ids: Mapping[str, int]
) -> list[Said]:
    """Return the reasons that came with the version that counts, for themes that it places."""
    placed = {seat.id: {ids[key] for tier in seat.ranking for key in tier} for seat in seats.values()}
    return [
        Said(row.seat_id, row.theme_id, row.text, row.consent)
        for row in written
        if row.seat_id in seats
        and row.version == seats[row.seat_id].version
        and row.theme_id in placed[row.seat_id]
    ]


def _shown(
    said: Sequence[Said], seats: Mapping[int, SeatRow], ids: Mapping[str, int], least: int
) -> list[dict[str, Any]]:
    """Return each reason as it is shown: its theme, its marks, its name where that was agreed to."""
    cells = {
        seat.id: Mark(**{name: seat.categories.get(name, "") for name in MARKS}) for seat in seats.values()
    }
    named = {(each.seat, each.theme) for each in said if each.consent == "named"}
    authors: dict[int, set[int]] = defaultdict(set)
    for seat in seats.values():
        for theme in (ids[key] for tier in seat.ranking for key in tier):
            if (seat.id, theme) not in named:
                authors[theme].add(seat.id)
    told = blocks.themes_told(authors, least)
    marks = {
        theme: blocks.marks({author: cells[author] for author in authors[theme]}, least) for theme in told
    }
    return [_row(each, seats, cells, marks) for each in said]


def _row(
    each: Said,
    seats: Mapping[int, SeatRow],
    cells: Mapping[int, Mark],
    marks: Mapping[int, Mapping[int, Mark]],
) -> dict[str, Any]:
    name, theme = "", each.theme if each.theme in marks else None
    mark = marks[theme][each.seat] if theme is not None and each.consent != "named" else Mark()
    if each.consent == "named":
        name, theme, mark = seats[each.seat].name, each.theme, cells[each.seat]
    return {
        "theme_id": theme,
        "text": each.text,
        "consent": each.consent,
        "name": name,
        **mark._asdict(),
    }


def _numbered(
    rows: list[dict[str, Any]], round_id: int, chance: Callable[[int], int]
) -> list[dict[str, Any]]:
    """Return the rows by theme and inside a theme by lot, numbered from 1."""
    drawn = sorted(rows, key=lambda row: row["text"])  # nothing of the order of seats comes in
    for place in range(len(drawn) - 1, 0, -1):
        other = chance(place + 1)
        drawn[place], drawn[other] = drawn[other], drawn[place]
    drawn.sort(key=lambda row: (row["theme_id"] is None, row["theme_id"] or 0))
    return [{"round_id": round_id, "number": number, **row} for number, row in enumerate(drawn, start=1)]

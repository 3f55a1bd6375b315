"""The list of local governments: it grows by what is written, and the secretariat joins spellings."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.data.folding import fold
from consulta.platform.models import LocalGovernment
from consulta.vote.questions import naming, queries
from consulta.vote.questions.values import GovernmentLine

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from consulta.platform.work import Work


_COMMON = frozenset(
    {
        "de",
        "del",
        "la",
        "las",
        "los",
        "el",
        "da",
        "do",
        "of",
        "the",
        "municipio",
        "municipalidad",
        "alcaldia",
        "ayuntamiento",
        "intendencia",
        "gobierno",
        "prefeitura",
        "municipality",
        "city",
        "government",
        "ciudad",
        "cidade",
        "gad",
        "distrito",
    }
)
"""Words that say nothing of which local government is meant."""

ALIKE = 0.86  # of the letters of two names, the part that they share in the same order


def keep(work: Work, named: naming.Named) -> dict[str, dict[str, list[str | int]]]:
    """Return what was named with local governments by their numbers; new ones are added to the list."""
    own: set[int] = set()
    return {
        theme: {
            naming.NATIONAL: list(kinds[naming.NATIONAL]),
            naming.LOCAL: list(dict.fromkeys(_number(work, each, own) for each in kinds[naming.LOCAL])),
        }
        for theme, kinds in named.items()
    }


def _number(work: Work, text: str, own: set[int]) -> int:
    """Return the number of a local government, and add it to `own`, what this answer names.

    A name without a country is that of the only one of this name, if people may be told of it: else the page,
    which shows it with its country, would say that another organisation wrote it.
    """
    place = naming.place(text)
    rows = queries.local_governments(work.session)
    found = next((row for row in rows if row.name_key == place.key), None)
    if found is None and place.country is None:
        known = {row.id for row in _told(work)} | own
        same = [row for row in rows if fold(row.name) == fold(place.name) and row.into_id is None]
        found = same[0] if len(same) == 1 and same[0].id in known else None
    if found is None:
        found = LocalGovernment(
            name=place.name, country=place.country, name_key=place.key, created_at=work.now
        )
        queries.add(work.session, found)
    own.add(found.id)
    return found.id


def _told(work: Work) -> list[LocalGovernment]:
    """Return the local governments of which people may be told that they were written.

    Those that came while a round is open wait for its end: members, and staff who see who votes, would
    else read what an organisation answers.
    """
    since = queries.open_since(work.session)
    return [row for row in queries.local_governments(work.session) if since is None or row.created_at < since]


def roots(work: Work) -> dict[int, GovernmentLine]:
    """Return by number each local government that was ever written, as the one with which it is joined."""
    rows = {row.id: row for row in queries.local_governments(work.session)}
    found: dict[int, GovernmentLine] = {}
    for number, row in rows.items():
        root = row
        while root.into_id is not None:
            root = rows[root.into_id]
        found[number] = GovernmentLine(root.id, root.name, root.country)
    return found


def listed(work: Work) -> tuple[GovernmentLine, ...]:
    """Return the local governments, each once, with those that may be the same."""
    require(work, "rounds.read")
    rows = _told(work)
    told = {row.id for row in rows}
    own = sorted((row for row in rows if row.into_id is None), key=lambda row: (fold(row.name), row.id))
    joined: dict[int, list[str]] = {}
    for number, root in roots(work).items():
        if number != root.number and number in told:
            joined.setdefault(root.number, []).append(next(row.name for row in rows if row.id == number))
    return tuple(
        GovernmentLine(
            row.id,
            row.name,
            row.country,
            tuple(sorted(joined.get(row.id, ()))),
            tuple(other.id for other in own if other.id != row.id and _alike(row, other)),
        )
        for row in own
    )


def joined(work: Work) -> tuple[tuple[int, str, str], ...]:
    """Return the spellings that are joined: number, how it was written, and with which one."""
    require(work, "rounds.read")
    found = roots(work)
    rows = [row for row in _told(work) if row.into_id is not None]
    rows.sort(key=lambda row: (fold(row.name), row.id))
    return tuple((row.id, row.name, found[row.id].name) for row in rows)


def _alike(one: LocalGovernment, other: LocalGovernment) -> bool:
    """Return whether two names may mean the same place: in one country, or where one has none."""
    if one.country and other.country and one.country != other.country:
        return False
    first, second = (set(fold(each.name).split()) - _COMMON for each in (one, other))
    return bool(first and second) and (
        first <= second or second <= first or _near(" ".join(sorted(first)), " ".join(sorted(second)))
    )


def _near(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def join(work: Work, number: int, into: int) -> None:
    """Let one local government be a spelling of another. Problem: `governments.unknown`."""
    require(work, "rounds.write")
    rows = {row.id: row for row in _told(work)}
    if number == into or number not in rows or into not in rows or rows[into].into_id is not None:
        raise Problem("governments.unknown")
    if rows[number].into_id is not None:
        raise Problem("governments.unknown")
    rows[number].into_id = into
    if rows[into].country is None:
        rows[into].country = rows[number].country
    work.session.flush()
    work.record("governments.joined", f"government:{number}", {"into": into})


def part(work: Work, number: int) -> None:
    """Let a spelling stand for itself again. Problem: `governments.unknown`."""
    require(work, "rounds.write")
    row = next((row for row in queries.local_governments(work.session) if row.id == number), None)
    if row is None or row.into_id is None:
        raise Problem("governments.unknown")
    row.into_id = None
    work.session.flush()
    work.record("governments.parted", f"government:{number}", {})


def names(work: Work, own: Collection[int] = ()) -> Mapping[int, GovernmentLine]:
    """Return the local governments as they are offered to be chosen, by number; also those that are `own`."""
    shown = {row.id for row in _told(work)} | set(own)
    return {number: line for number, line in roots(work).items() if number in shown}


def all_names(work: Work) -> Mapping[int, GovernmentLine]:
    """Return all local governments that were ever written, each once, by its number."""
    return {line.number: line for line in roots(work).values()}

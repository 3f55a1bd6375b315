"""Of which government a nominee is: one of the 33 States, or a local government of the list of all rounds.

The secretariat says it, and nothing sets it by itself; what institution and country suggest is only shown.
The rule of the panel about the governments most named rests on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.vote.questions import governments, naming

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.panel.nominees.values import NomineeRecord
    from consulta.platform.work import Work

NATIONAL, LOCAL = "gov_national", "gov_local"


class Choice(NamedTuple):
    """A government that can be chosen: `country` is its State, or that of a local one where it is known."""

    key: str  # code of the State, or number of the local government
    country: str | None
    name: str  # of a local government


def choices(work: Work, own: str = "") -> tuple[Choice, ...]:
    """Return the governments to choose from, States first; `own` is what a nominee has already."""
    require(work, "rounds.read")
    states = tuple(Choice(each.iso2, each.iso2, "") for each in catalogue.countries())
    lines = governments.names(work, {int(own)} if own.isdecimal() else ())
    places = {line.number: line for line in lines.values()}
    return (*states, *(Choice(str(each.number), each.country, each.name) for each in places.values()))


def every(work: Work) -> tuple[Choice, ...]:
    """Return every government that a nominee may have, also local ones that are not offered yet."""
    require(work, "rounds.read")
    states = tuple(Choice(each.iso2, each.iso2, "") for each in catalogue.countries())
    places = governments.roots(work).items()
    return (*states, *(Choice(str(number), line.country, line.name) for number, line in places))


def joined(work: Work) -> Mapping[str, str]:
    """Return each local government by its number as the one with which it is joined."""
    return {str(number): str(line.number) for number, line in governments.roots(work).items()}


def checked(work: Work, government: str, role: str, places: Mapping[str, str] | None = None) -> str:
    """Return a nominee's government as it is kept: a local one as that with which it is joined.

    `places`: what `joined` returns, where it is known already. Problems: `nominee.government` (not in the
    list), `nominee.government_role` (the nominee stands for another role than that of this government).
    """
    if not government:
        return ""
    if government in catalogue.countries_by_code():
        wanted, kept = NATIONAL, government
    else:
        wanted, kept = LOCAL, (joined(work) if places is None else places).get(government, "")
    if not kept:
        raise Problem("nominee.government", text=government)
    if role != wanted:
        raise Problem("nominee.government_role")
    return kept


def suggested(work: Work, nominee: NomineeRecord) -> Choice | None:
    """Return the government of which a nominee may be, by its country and the words of its institution.

    None where nothing suggests one, where several do, and where one is chosen already.
    """
    if nominee.government:
        return None
    here = [each for each in choices(work) if each.country == nominee.country]
    said = f" {fold(nominee.organisation)} {fold(nominee.name)} "
    if nominee.role == NATIONAL:
        found = [each for each in here if not each.name]
    elif nominee.role == LOCAL:
        found = [each for each in here if each.name and f" {fold(each.name)} " in said]
    else:
        return None
    return found[0] if len(found) == 1 else None


def spellings(work: Work) -> Mapping[str, str]:
    """Return by folded name the local governments that a file can name: with the country, and without.

    A name that two of them share is known only with its country.
    """
    require(work, "rounds.read")
    found: dict[str, str] = {}
    alone: dict[str, set[str]] = {}
    for each in choices(work):
        if each.name:
            found[naming.Place(each.name, each.country).key] = each.key
            alone.setdefault(naming.Place(each.name, None).key, set()).add(each.key)
    return found | {name: keys.copy().pop() for name, keys in alone.items() if len(keys) == 1}


def read(text: str, role: str, places: Mapping[str, str]) -> str:
    """Return the government that a cell of a file names, with `places` as `spellings` returns them.

    Problems: `nominee.government`, `nominee.government_role`.
    """
    if role == NATIONAL:
        country = catalogue.find_country(text)
        if country is not None:
            return country.iso2
    elif role == LOCAL:
        found = places.get(_key(text))
        if found is not None:
            return found
    else:
        raise Problem("nominee.government_role")
    raise Problem("nominee.government", text=text)


def _key(text: str) -> str:
    try:
        return naming.place(text).key
    except Problem:
        return ""

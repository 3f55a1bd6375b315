"""Parts that an installation uses or not: what is not used is kept, and shown nowhere.

A part is an entry in the `PARTS` of the module of acts that it is about. What belongs to it names it: a
module of pages by `BELONGS_TO`, a view, a kind of mail and a purpose of links by `part`. What belongs to
several parts names them all, with spaces, and is there where one is used. What says something of it
elsewhere asks `uses`. The database keeps which parts are not used, so that without any row all are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import func, select

from consulta.core.problems import Problem
from consulta.platform import declared
from consulta.platform.access import require
from consulta.platform.messages import N_
from consulta.platform.models import LogEntry, UnusedPart

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.work import Work

Stage = Literal["members", "voting", "after", "check"]
STAGES: Mapping[Stage, str] = {
    "members": N_("Members"),
    "voting": N_("Before and during the vote"),
    "after": N_("After the session"),
    "check": N_("For those who want to check"),
}
"""Under which headings the page of parts lists them."""

_UNUSED = "unused_parts"  # under which a session keeps what it has read


def _none(_work: Work) -> tuple[Text, ...]:
    return ()


def _zero(_work: Work) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the program: `label` and `says` (what it is, in a sentence) are msgids.

    `at_first`: a new installation uses it.
    """

    name: str
    stage: Stage
    label: str
    says: str
    at_first: bool = False
    running: Callable[[Work], Iterable[Text]] = _none
    """Return the titles of the rounds in which people use it now, or who does: it cannot be turned off."""
    waiting: Callable[[Work], int] = _zero
    """Return how many things of it wait for the secretariat."""


@cache
def known() -> Mapping[str, Part]:
    """Return all parts by name, by stage. Raise ValueError if two have the same name."""
    found: dict[str, Part] = {}
    for part in sorted(declared.entries("PARTS", Part), key=lambda part: list(STAGES).index(part.stage)):
        if part.name in found:
            raise ValueError(f"{part.name}: a part with this name is there already")
        found[part.name] = part
    return MappingProxyType(found)


def require_known(names: str) -> None:
    """Raise ValueError if no part has one of these names; "" stands for what belongs to none."""
    for name in names.split():
        if name not in known():
            raise ValueError(f"{name}: no part has this name")


def unused(work: Work) -> frozenset[str]:
    """Return the names of the parts that are not used."""
    return unused_of(work.session)


def unused_of(session: Session) -> frozenset[str]:
    """Return the names of the parts that are not used; read once in a session."""
    if _UNUSED not in session.info:
        session.info[_UNUSED] = frozenset(session.scalars(select(UnusedPart.name)))
    found: frozenset[str] = session.info[_UNUSED]
    return found


def take_as_known(work: Work, names: frozenset[str]) -> None:
    """Let a unit of work that only reads take it as known which parts are not used."""
    work.session.info[_UNUSED] = names


def uses(work: Work, names: str) -> bool:
    """Return whether a part is used, or one of several; true for "". Raise ValueError if one is unknown."""
    require_known(names)
    return is_used(names, unused(work))


def is_used(names: str, unused: Collection[str]) -> bool:
    """Return whether one of these parts is not among the `unused` ones; true for ""."""
    return not names or any(name not in unused for name in names.split())


# -- choosing


class Choice(NamedTuple):
    """A part as the page of parts shows it, with the titles of `Part.running` and the number of `waiting`."""

    part: Part
    used: bool
    running: tuple[Text, ...]
    waiting: int


def choices(work: Work) -> tuple[Choice, ...]:
    """Return every part, and what goes on in it."""
    require(work, "parts.write")
    _read_anew(work)
    return tuple(
        Choice(part, uses(work, part.name), tuple(part.running(work)), part.waiting(work))
        for part in known().values()
    )


def choose(work: Work, names: Collection[str]) -> bool:
    """Use these parts and no others; nothing is deleted. Return whether anything changed.

    Problem: `parts.running` where people use one now that is to be turned off.
    """
    require(work, "parts.write")
    before = _read_anew(work)
    after = frozenset(known()) - set(names)
    for name in sorted(after - before):
        for title in known()[name].running(work):
            raise Problem("parts.running", part_name=name, title=title)
    if before == after:
        return False
    _keep(work, after)
    work.record(
        "organiser.parts_chosen", "organiser", {"on": sorted(before - after), "off": sorted(after - before)}
    )
    return True


def _read_anew(work: Work) -> frozenset[str]:
    work.session.info.pop(_UNUSED, None)
    return unused(work)


def start_with_few(work: Work) -> None:
    """Let an installation without any row of the log begin with a few parts."""
    require(work, "parts.write")
    if not work.session.scalar(select(func.count()).select_from(LogEntry)):
        _keep(work, frozenset(part.name for part in known().values() if not part.at_first))


def use_all(work: Work) -> None:
    """Use all parts, as an example does."""
    require(work, "parts.write")
    _keep(work, frozenset())


def take_over(work: Work, names: Iterable[str]) -> None:
    """Use the parts that another installation uses; `names` are those that it does not."""
    require(work, "parts.write")
    _keep(work, frozenset(names) & set(known()))


def _keep(work: Work, names: frozenset[str]) -> None:
    for row in work.session.scalars(select(UnusedPart)):
        if row.name not in names:
            work.session.delete(row)
    work.session.add_all(UnusedPart(name=each, at=work.now) for each in sorted(names - unused(work)))
    work.session.flush()
    work.session.info[_UNUSED] = names

"""What scrutineers see of a round: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.rounds.values import RoundCard, RoundLine
    from consulta.vote.changes.values import ChangeView, RegistrationView
    from consulta.vote.objections.values import ObjectionLine
    from consulta.vote.values import TurnoutLine


@dataclass(frozen=True, slots=True)
class ScrutineerLine:
    """A person who is a scrutineer of a round, or could be."""

    staff_id: int
    name: str
    organisation: str
    email: str
    appointed: bool


@dataclass(frozen=True, slots=True)
class ScrutineersView:
    """Who is a scrutineer of a round, and who could be."""

    round: RoundLine
    people: tuple[ScrutineerLine, ...]


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """A round as its scrutineer sees it; of the organisations only how many have voted."""

    card: RoundCard
    secrecy: str
    joined_below: int | None  # countries of fewer ballots are joined; None: none is, or it is not yet open
    opened: bool
    voted: int
    turnout: tuple[tuple[str, tuple[TurnoutLine, ...]], ...]
    counted: bool
    archived: bool
    package_sha256: str
    commitment: str
    changes: tuple[ChangeView, ...] = ()  # of who may vote, organisation by organisation
    registrations: tuple[RegistrationView, ...] = ()  # of organisations, after the opening
    objections: tuple[ObjectionLine, ...] = ()
    objections_until: datetime | None = None
    objections_over: bool = False  # no objection can be made any more
    recounted: bool = False  # there is a count before the newest one

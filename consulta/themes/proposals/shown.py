"""What other members and the public see of proposed themes; nothing else decides it (decision 49).

Names of organisations are shown in rounds with names (`open`) alone. In the others no author is shown, and
who stands behind a proposal is told in numbers from `least` organisations on: of fewer only that they are
fewer, and of no subregion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.settings import SMALL_CELL
from consulta.rounds.service import known, whole
from consulta.themes.proposals import queries
from consulta.themes.proposals.reading import backing, lines, phase_view
from consulta.themes.proposals.values import OtherTheme, PublicThemes, Told

if TYPE_CHECKING:
    from consulta.platform.work import Work
    from consulta.themes.proposals.values import Backing, ThemeProposalLine

WITH_NAMES = "open"


def public(work: Work, round_key: str, least: int = SMALL_CELL) -> PublicThemes:
    """Return the proposals of a round for any reader, once the phase is over.

    Problems: `round.unknown`, also while the phase is not over or where there is none.
    """
    require(work, "published.read")
    found = whole(work, round_key)
    phase = phase_view(work, found)
    if phase is None or phase.stage != "over" or found.state == "cancelled":
        raise Problem("round.unknown", key=round_key)
    made = lines(work, found)
    everybody = backing(frozenset().union(*queries.backers(work.session, found.id).values()))
    proposed = {each.theme for each in made if each.theme is not None}
    return PublicThemes(
        round_key=found.key,
        round_title=found.title,
        example=found.example,
        zone=found.zone,
        secrecy=found.secrecy,
        phase=phase,
        proposals=tuple(as_seen(each, found.secrecy, least) for each in made),
        supporters=(everybody.organisations, everybody.subregions)
        if found.secrecy == WITH_NAMES or everybody.organisations >= least
        else None,
        own_themes=tuple(theme.title for theme in found.themes if theme.key not in proposed),
    )


def is_public(work: Work, round_key: str) -> bool:
    """Return whether the public page of the proposals of a round can be read. Problem: `round.unknown`."""
    require(work, "published.read")
    found = known(work, round_key)
    phase = phase_view(work, found)
    return phase is not None and phase.stage == "over" and found.state != "cancelled"


def as_seen(
    made: ThemeProposalLine, secrecy: str, least: int = SMALL_CELL, *, supported: bool = False
) -> OtherTheme:
    """Return a proposal for eyes that may not know its author, unless the round is one with names."""
    return copied(
        OtherTheme,
        made,
        told=told(made.backing, secrecy, least),
        authors=(made.organisation,) if secrecy == WITH_NAMES else (),
        supported=supported,
        mine=False,
    )


def told(behind: Backing, secrecy: str, least: int = SMALL_CELL) -> Told:
    """Return what is told of who stands behind a proposal in a round of this secrecy."""
    if secrecy == WITH_NAMES or behind.organisations >= least:
        return Told(behind.organisations, behind.subregions)
    return Told(None, None, least)

"""Nominees taken over from an earlier round, one by one.

Who they are and how to reach them is copied. What belongs to the earlier round is not: support, designation,
proposals. Neither are consents, which are given for one panel and asked for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.panel.nominees.service import join, list_nominees
from consulta.panel.proposals.rules import person
from consulta.panel.proposals.values import NomineeCommand
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.rounds.service import draft, list_rounds, subject

if TYPE_CHECKING:
    from collections.abc import Collection

    from consulta.panel.nominees.values import NomineeRecord
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class Earlier:
    """The nominees of an earlier round; `here`: the keys of those that the new round has already.

    `off_topic`: those that were proposed only for themes that the new round does not have. Copied without
    themes, they would be considered for every one, which was not meant.
    """

    round: RoundLine
    rounds: tuple[RoundLine, ...]  # those with nominees that can be chosen
    source: RoundLine | None
    nominees: tuple[NomineeRecord, ...]
    here: frozenset[str]
    off_topic: frozenset[str]

    @property
    def free(self) -> frozenset[str]:
        """Return the keys of those that can be copied."""
        return frozenset(each.key for each in self.nominees) - self.here - self.off_topic


def earlier(work: Work, round_key: str, source_key: str = "") -> Earlier:
    """Return the nominees of a round to copy from, by default of the newest other that has any.

    Problem: `round.unknown`.
    """
    require(work, "rounds.read")
    own = list_nominees(work, round_key)
    others = tuple(each for each in list_rounds(work) if each.key != round_key and each.nominees)
    chosen = next((each for each in others if each.key == source_key), others[0] if others else None)
    theirs = list_nominees(work, chosen.key).nominees if chosen else ()
    known = {person(each.name, each.organisation) for each in own.nominees}
    here = frozenset(each.key for each in theirs if person(each.name, each.organisation) in known)
    themes = {theme.key for theme in own.themes}
    off = frozenset(each.key for each in theirs if each.topics and themes.isdisjoint(each.topics))
    return Earlier(own.round, others, chosen, theirs, here, off)


def take_over(work: Work, round_key: str, source_key: str, keys: Collection[str] | None = None) -> int:
    """Copy these nominees of another round into a draft, or all of them; how many were not there already.

    Problems: `round.unknown`, `round.frozen`, `nominee.none` (none is chosen), those of `join`.
    """
    require(work, "nominees.write")
    found = draft(work, round_key)
    view = earlier(work, round_key, source_key)
    chosen = [each for each in view.nominees if each.key in view.free and (keys is None or each.key in keys)]
    if not chosen or view.source is None or view.source.key != source_key:
        raise Problem("nominee.none")
    themes = {theme.key for theme in found.themes}
    for each in chosen:
        command = copied(
            NomineeCommand,
            each,
            topics=tuple(topic for topic in each.topics if topic in themes),
            recent=None,
            support=None,
            consent_contact=False,
            consent_listed=False,
            consent_governments=False,
        )
        join(work, found, command, "secretariat", distinct=False)
    work.session.flush()
    work.record("nominees.copied", subject(found), {"count": len(chosen), "source": source_key})
    return len(chosen)

"""Candidates for a free place on the panel, and their effect on the rules.

This module reads the present panel (`docs/methods/panel.md`): people who accepted are held, people replaced
before are kept out, and others who are to leave still count as sitting until their place is filled.
Nothing is written here; `replacing` carries out the choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from consulta.core.counting import bundle as core
from consulta.core.invitations import COMING, WAITING, Invited
from consulta.core.panel import choose as choosing
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.problems import Problem
from consulta.panel import service as panels
from consulta.panel.documents import members_of
from consulta.panel.holds import REBALANCED
from consulta.panel.invitations import mails as guest_letters
from consulta.panel.invitations.standing import changes
from consulta.panel.invitations.values import Again, FreePlace, Substitute
from consulta.panel.reading import blocked
from consulta.platform import documents

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from consulta.core.counting.result import PanelResult
    from consulta.core.texts import Text
    from consulta.core.values import PanelRules
    from consulta.panel.service import Ground
    from consulta.platform.models import Document, Invitation, Nominee, Round
    from consulta.platform.work import Work

FREE = frozenset({Invited.DECLINED, Invited.NO_ANSWER})
"""States in which another person may take the place."""

Holding = Literal["asked", "accepted"]
HOLDINGS: tuple[Holding, ...] = ("asked", "accepted")
"""Whom a new choice holds: who accepted and who has been asked, or who accepted alone."""


@dataclass(frozen=True, slots=True)
class Seated:
    """A panel as it stands: who sits, the rules from now on, and how people answered."""

    version: int
    members: Sequence[str]
    rules: PanelRules
    states: Mapping[str, Invited]

    def is_free(self, key: str) -> bool:
        """Return whether a person is on the panel and is to leave it: declined or did not answer."""
        return key in self.members and self.states.get(key) in FREE

    def asked(self, states: Collection[Invited]) -> set[str]:
        """Return the keys of the panel's members whose invitation is in one of these states."""
        return {key for key in self.members if self.states.get(key) in states}

    def standing(self, leaving: Collection[str]) -> PanelRules:
        """Return the rules that hold when these have left: who accepted is held, who left is barred."""
        return choosing.after_declining(self.rules, leaving, self.asked(COMING))

    def for_one(self, key: str, instead: str) -> PanelRules:
        """Return the rules under which `instead` takes the place of `key`, and all others stay."""
        others = [each for each in (*self.members, instead) if each != key]
        return choosing.after_declining(self.rules, [key], others)

    def for_place(self, key: str) -> PanelRules:
        """Return the rules under which the place of `key` is free, and all others stay."""
        return choosing.after_declining(self.rules, [key], [each for each in self.members if each != key])

    def for_all(self, key: str, holding: Holding) -> tuple[list[str], PanelRules]:
        """Return who leaves for good when the panel is chosen again, and the rules of that choice.

        `key` leaves, with all who declined. `holding` says whether people who were asked are held too.
        """
        leaving = [each for each in self.members if each == key or self.states.get(each) is Invited.DECLINED]
        held = self.asked(COMING | WAITING if holding == "asked" else COMING) - {*leaving}
        return leaving, choosing.after_declining(self.rules, leaving, held)


@dataclass(frozen=True, slots=True)
class Grounds:
    """A round, and what its panels are chosen from."""

    found: Round
    base: Ground

    def solve(self, rules: PanelRules) -> tuple[PanelRules, PanelResult]:
        """Return `rules` with designated people held, and the panel under them; nothing is stored.

        Raise Problem `panel.designated` if the rules keep out a designated person.
        """
        rules = panels.adapted_rules(rules, self.found, self.base)
        return rules, panels.best(self.base, rules)

    def alternates(self, rules: PanelRules, members: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return who could take the place of each of `members`, by key, the best first."""
        rules = panels.adapted_rules(rules, self.found, self.base)
        nominees = self.base.nominees
        told = choosing.report_on_members(
            rules, nominees, self.base.support, self.base.topics, self.base.seed, members
        )
        return told.alternates


def newest(work: Work, found: Round) -> Document | None:
    """Return the newest panel that has members, or None.

    Rules that no panel meets leave the panel before in place.
    """
    kept = documents.find(work.session, found.id, "panel")
    if kept is None or members_of(kept.content):
        return kept
    every = documents.every(work.session, found.id, "panel")
    return next((each for each in reversed(every) if members_of(each.content)), None)


def seated(work: Work, found: Round, invited: Sequence[Invitation]) -> Seated | None:
    """Return the present panel; None if there is none."""
    kept = newest(work, found)
    if kept is None:
        return None
    return Seated(
        kept.version,
        members_of(kept.content),
        parse_panel_rules(found.panel_rules),
        {each.nominee.key: Invited(each.state) for each in invited},
    )


def free_places(
    work: Work, found: Round, invited: Sequence[Invitation], only: str | None = None
) -> tuple[FreePlace, ...]:
    """Return the free places with who could take each; with `only` one place, and new choices too."""
    panel = seated(work, found, invited)
    leaving = [each for each in invited if panel and panel.is_free(each.nominee.key)]
    wanted = [each for each in leaving if only is None or each.nominee.key == only]
    if panel is None or not wanted:
        return ()
    grounds = Grounds(found, panels.ground(work, found))
    people = {nominee.key: nominee for nominee in found.nominees}
    return tuple(
        FreePlace(
            number=each.id,
            key=each.nominee.key,
            name=each.nominee.name,
            role=each.nominee.role,
            reason="declined" if each.state == Invited.DECLINED.value else "no_answer",
            designated=each.nominee.outside is not None,
            others=sum(other is not each for other in leaving),
            substitutes=_substitutes(grounds, panel, each.nominee, people),
            again=() if only is None else _again(grounds, panel, each.nominee, people),
        )
        for each in wanted
    )


def fitting(grounds: Grounds, panel: Seated, key: str) -> tuple[str, ...]:
    """Return who could take the place of `key` alone, the best first."""
    rules = panel.standing([])
    sitting = replace(
        rules,
        locked=tuple(each for each in rules.locked if each != key),
        barred=tuple(each for each in rules.barred if each not in panel.members),
    )
    return grounds.alternates(sitting, panel.members).get(key, ())


def _substitutes(
    grounds: Grounds, panel: Seated, leaving: Nominee, people: Mapping[str, Nominee]
) -> tuple[Substitute, ...]:
    if leaving.outside is not None:
        return ()
    rules = panel.standing([leaving.key])
    nominees = grounds.base.nominees
    lines = panels.lines_of(grounds.found, grounds.base, rules)
    return tuple(
        Substitute(
            person=lines[key],
            changes=changes(rules, nominees, panel.members, {*panel.members, key} - {leaving.key}),
            reachable=guest_letters.may_be_written_to(people[key]),
        )
        for key in fitting(grounds, panel, leaving.key)
    )


def _again(
    grounds: Grounds, panel: Seated, leaving: Nominee, people: Mapping[str, Nominee]
) -> tuple[Again, ...]:
    """Return the outcomes of choosing the panel again, each once though other people are held.

    Empty if the person who leaves was designated.
    """
    if leaving.outside is not None:
        return ()
    found: dict[object, Again] = {}
    for holding in HOLDINGS:
        _, rules = panel.for_all(leaving.key, holding)
        outcome = _tried(grounds, panel, holding, rules, people)
        refused = outcome.refused and outcome.refused.code
        found.setdefault((outcome.came, outcome.left, outcome.blocked, refused), outcome)
    return tuple(found.values())


def _tried(
    grounds: Grounds,
    panel: Seated,
    holding: Holding,
    rules: PanelRules,
    people: Mapping[str, Nominee],
) -> Again:
    try:
        rules, chosen = grounds.solve(rules)
    except Problem as problem:
        return Again(holding, (), (), (), None, problem)
    if not chosen.feasible:
        return Again(holding, (), (), (), blocked(chosen, rules), None)
    left, came = choosing.changes(panel.members, chosen.members)
    return Again(
        holding,
        came=tuple(people[key].name for key in came),
        left=tuple(people[key].name for key in left),
        changes=changes(rules, grounds.base.nominees, panel.members, chosen.members),
        blocked=None,
        refused=None,
    )


def as_kept(panel: Seated, chosen: PanelResult, leaving: Mapping[str, str], said: Text) -> dict[str, object]:
    """Return a replacement in the form stored with a panel: who left and why, and who came.

    `said` is the public sentence.
    """
    left, came = choosing.changes(panel.members, chosen.members)
    return {
        "left": {key: leaving.get(key, REBALANCED) for key in left},
        "came": list(came),
        "said": core.kept(said),
    }

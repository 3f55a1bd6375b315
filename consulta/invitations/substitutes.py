"""Who could take a place on the panel that became free, and what that would do to the rules.

It looks at the panel as it stands (`counting.md` 5.5): who accepted is held, who was replaced before is kept
out, and whoever else is to leave still counts as sitting until somebody has their place. Nothing is written
here; `replacing` does what is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from consulta.core.counting import bundle as core
from consulta.core.invitations import COMING, WAITING, Invited
from consulta.core.panel import choose as choosing
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.problems import Problem
from consulta.infra import documents
from consulta.invitations import mails as guest_letters
from consulta.invitations.standing import changes
from consulta.invitations.values import Again, FreePlace, Substitute
from consulta.panel import service as panels
from consulta.panel.documents import members_of
from consulta.panel.holds import REBALANCED
from consulta.panel.reading import blocked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from consulta.core.counting.result import PanelResult
    from consulta.core.texts import Text
    from consulta.core.values import PanelRules
    from consulta.infra.models import Document, Invitation, Nominee, Round
    from consulta.infra.work import Work
    from consulta.panel.service import Ground

FREE = frozenset({Invited.DECLINED, Invited.NO_ANSWER})
"""Whose place somebody else may take."""

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
        """Whether somebody on the panel is to leave it."""
        return key in self.members and self.states.get(key) in FREE

    def asked(self, states: Collection[Invited]) -> set[str]:
        """Who of the panel has answered so."""
        return {key for key in self.members if self.states.get(key) in states}

    def standing(self, leaving: Collection[str]) -> PanelRules:
        """The rules that hold when these have left: who accepted is held, who left is barred."""
        return choosing.after_declining(self.rules, leaving, self.asked(COMING))

    def for_one(self, key: str, instead: str) -> PanelRules:
        """The rules under which `instead` takes the place of `key`, and everybody else stays."""
        others = [each for each in (*self.members, instead) if each != key]
        return choosing.after_declining(self.rules, [key], others)

    def for_place(self, key: str) -> PanelRules:
        """The rules under which the place of `key` is free, and everybody else stays."""
        return choosing.after_declining(self.rules, [key], [each for each in self.members if each != key])

    def for_all(self, key: str, holding: Holding) -> tuple[list[str], PanelRules]:
        """Who leaves for good when the panel is chosen again because of `key`, and under which rules."""
        leaving = [each for each in self.members if each == key or self.states.get(each) is Invited.DECLINED]
        held = self.asked(COMING | WAITING if holding == "asked" else COMING) - {*leaving}
        return leaving, choosing.after_declining(self.rules, leaving, held)


@dataclass(frozen=True, slots=True)
class Grounds:
    """A round, and what its panels are chosen from."""

    found: Round
    base: Ground

    def solve(self, rules: PanelRules) -> tuple[PanelRules, PanelResult]:
        """The panel under `rules`, which hold whom others sent; nothing is kept.

        Problem: `panel.designated`.
        """
        rules = panels.for_these(rules, self.found, self.base)
        return rules, panels.best(self.base, rules)

    def alternates(self, rules: PanelRules, members: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Who could take the place of each of `members`, by key, the best first."""
        rules = panels.for_these(rules, self.found, self.base)
        nominees = self.base.nominees
        told = choosing.as_they_sit(
            rules, nominees, self.base.support, self.base.topics, self.base.seed, members
        )
        return told.alternates


def newest(work: Work, found: Round) -> Document | None:
    """The newest panel on which somebody sits: rules that no panel meets leave the one before in place."""
    kept = documents.find(work.session, found.id, "panel")
    if kept is None or members_of(kept.content):
        return kept
    every = documents.every(work.session, found.id, "panel")
    return next((each for each in reversed(every) if members_of(each.content)), None)


def seated(work: Work, found: Round, invited: Sequence[Invitation]) -> Seated | None:
    """The panel as it stands, where there is one."""
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
    """The places that became free, each with who could take it; of `only` one, with a new choice too."""
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
            reason="declined" if each.state == Invited.DECLINED.value else "no_answer",
            designated=each.nominee.outside is not None,
            others=sum(other is not each for other in leaving),
            substitutes=_substitutes(grounds, panel, each.nominee, people),
            again=() if only is None else _again(grounds, panel, each.nominee, people),
        )
        for each in wanted
    )


def fitting(grounds: Grounds, panel: Seated, key: str) -> tuple[str, ...]:
    """Who could take the place of `key` alone, the best first."""
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
    """What a new choice would bring, for each way to make it that is not the same as the one before."""
    if leaving.outside is not None:
        return ()
    tried: list[PanelRules] = []
    found = []
    for holding in HOLDINGS:
        _, rules = panel.for_all(leaving.key, holding)
        if rules not in tried:
            tried.append(rules)
            found.append(_tried(grounds, panel, holding, rules, people))
    return tuple(found)


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
    """What a kept panel says of a replacement: who left and why, who came, and a sentence for everybody."""
    left, came = choosing.changes(panel.members, chosen.members)
    return {
        "left": {key: leaving.get(key, REBALANCED) for key in left},
        "came": list(came),
        "said": core.kept(said),
    }

"""Replacements on a panel, with time and reason, from its stored versions: for staff and the public.

In public, only people who are named on the public panel now are named: an invitation is the private
matter of the person who declined it. The role of each who left and the reason are always given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.core.invitations import Invited
from consulta.core.panel import choose as choosing
from consulta.core.panel.rules import panel_rules_to_dict
from consulta.core.problems import Problem, or_problem
from consulta.panel import invitation_mails, invitations
from consulta.panel import service as panels
from consulta.panel.documents import REBALANCED, Solver, answers_of, holds_of, members_of
from consulta.panel.invitations import (
    Grounds,
    Holding,
    ReplacementView,
    Seated,
    fitting,
    newest,
    replacements,
    seated,
)
from consulta.panel.public_panel import named_in_public
from consulta.panel.public_parts import without_names
from consulta.platform.access import require
from consulta.platform.texts import line
from consulta.results import service as results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.counting.result import PanelResult
    from consulta.core.texts import Text
    from consulta.core.values import PanelRules
    from consulta.platform.models import Invitation, Nominee, Round
    from consulta.platform.work import Work


def public_replacements(work: Work, key: str) -> tuple[ReplacementView, ...]:
    """Return the replacements up to the public panel; only people named on it are named.

    Raise Problem `panel.unknown` if the panel is not public.
    """
    require(work, "published.read")
    found, named = named_in_public(work, key)
    names = {nominee.name for nominee in found.nominees if nominee.key in named}
    return tuple(
        replace(
            each,
            left=tuple(replace(one, name="") for one in each.left),
            came=tuple(name for name in each.came if name in names),
            said=each.said.map(lambda words: without_names(words, found.nominees, named)),
            changes=(),
        )
        for each in replacements(work, found)
        if each.version <= (found.panel_version or 0)
    )


"""States in which another person may take the place."""

"""Whom a new choice holds: who accepted and who has been asked, or who accepted alone."""


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


REASONS = ("declined", "no_answer", "cannot", "other")
SENTENCE_MAX = 300


@dataclass(frozen=True, slots=True)
class ReplaceCommand:
    """How a place is filled: by one person, or by a new choice that holds some; the reason is public."""

    instead: str | None  # a nominee's key; none where the panel is chosen again
    holding: Holding
    reason: str
    said: Text
    version: int  # of the panel that was looked at


@dataclass(frozen=True, slots=True)
class Replaced:
    """Who came and who left, by name, and to how many of those who came an invitation is on its way."""

    came: tuple[str, ...]
    left: tuple[str, ...]
    written: int


def replace_guest(work: Work, key: str, number: int, command: ReplaceCommand) -> Replaced:
    """Replace a person who declined or did not answer, by one person or by a new choice.

    A single person named for the place is written to at once.
    Problems: `invitation.unknown`, `invitation.settled`, `invitation.moved_on`, `invitation.substitute`,
    `invitation.again`, `invitation.reason`, `invitation.sentence`, `invitation.why`, `invitation.over`,
    `invitation.cancelled`, `panel.designated`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    panel, leaving, said = _asked(work, found, number, command, hold=True)
    _decide(work, found, panel, leaving, command, said)
    return _carry_out(work, found, panel, command)


def check(work: Work, key: str, number: int, command: ReplaceCommand) -> None:
    """Raise the Problem that `replace_guest` would raise; nothing is changed."""
    require(work, "invitations.write")
    found = results.closed_round(work, key)
    panel, leaving, said = _asked(work, found, number, command)
    grounds, place = Grounds(found, panels.ground(work, found)), leaving.nominee.key
    _chosen(grounds, panel, leaving.nominee, command)
    _by_hand(work, grounds, panel, place, command, said)


def _asked(
    work: Work, found: Round, number: int, command: ReplaceCommand, *, hold: bool = False
) -> tuple[Seated, Invitation, Text]:
    """Return the present panel, the invitation of who leaves it, and the public sentence."""
    invitations.require_before(work, found)
    said = _said(work, command)
    invited = invitation_mails.of_round(work.session, found.id, hold=hold)
    leaving = or_problem(next((each for each in invited if each.id == number), None), "invitation.unknown")
    panel = seated(work, found, invited)
    if panel is None or not panel.is_free(leaving.nominee.key):
        raise Problem("invitation.settled", name=leaving.nominee.name)
    if panel.version != command.version:
        raise Problem("invitation.moved_on")
    return panel, leaving, said


def hold_answers(work: Work, key: str) -> None:
    """Let the panel's rules hold who accepted and bar who declined, before they are changed by hand.

    Problems: `panel.unknown`, `panel.designated`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    panel = or_problem(
        seated(work, found, invitation_mails.of_round(work.session, found.id)),
        "panel.unknown",
        key=key,
    )
    rules = panel.standing(sorted(panel.asked({Invited.DECLINED})))
    panels.holding(rules, found)  # whom others sent cannot be barred here
    found.panel_rules = panel_rules_to_dict(rules)
    work.record(
        "panel.answers_held",
        f"round:{found.id}",
        {"held": len(rules.locked), "barred": len(rules.barred)},
    )


def _decide(
    work: Work,
    found: Round,
    panel: Seated,
    leaving: Invitation,
    command: ReplaceCommand,
    said: Text,
) -> None:
    """Keep the panel in which the place is taken."""
    grounds = Grounds(found, panels.ground(work, found))
    place = leaving.nominee.key
    gone, (rules, chosen) = _chosen(grounds, panel, leaving.nominee, command)
    solve = Solver(lambda asked: panels.best(grounds.base, asked))
    holds = holds_of(
        found,
        rules,
        answers_of(work, found),
        invited={*panel.members} - {*panel.rules.locked},
        chosen=[command.instead] if command.instead else [],
        leaving=gone,
    )
    hand = _by_hand(work, grounds, panel, place, command, said)
    # Most places are held for this choice alone, and a held place has no alternates: the next rules tell.
    chosen = replace(chosen, alternates=grounds.alternates(panel.standing(gone), chosen.members))
    reasons = dict.fromkeys(gone, "declined") | {place: command.reason}
    kept = as_kept(panel, chosen, reasons, said)
    document = panels.keep(
        work,
        found,
        grounds.base,
        rules,
        chosen,
        holds=holds,
        solve=solve,
        hand=hand,
        exact=hand is None,
        standing=panel.standing(gone),
        replacement=kept,
    )
    work.record(
        "invitations.replaced",
        f"round:{found.id}",
        {"invitation": leaving.id, "version": document.version, "reason": command.reason},
    )


def _by_hand(
    work: Work, grounds: Grounds, panel: Seated, place: str, command: ReplaceCommand, said: Text
) -> Mapping[str, Any] | None:
    """Return the decision by hand if another person is picked than the rules give, else None.

    Raise Problem `invitation.why` if then no sentence says why.
    """
    if command.instead is None:
        return None
    found, (_, best) = grounds.found, grounds.solve(panel.for_place(place))
    if command.instead in best.members:
        return None
    fitter = sorted({*best.members} - {*panel.members})
    if not said:
        names = {nominee.key: nominee.name for nominee in found.nominees}
        name = ", ".join(names[key] for key in fitter)
        raise Problem("invitation.why", name=name, most=SENTENCE_MAX)
    hand = {"came": [command.instead], "left": fitter, "held": [], "kept_out": []}
    return panels.explained(work, hand, "\n".join(said.values()), "invitation.why")


def _chosen(
    grounds: Grounds, panel: Seated, leaving: Nominee, command: ReplaceCommand
) -> tuple[list[str], tuple[PanelRules, PanelResult]]:
    """Return who leaves for good, and the panel without them with the rules under which it was found.

    Problems: `invitation.substitute`, `invitation.again`, `panel.designated`.
    """
    if leaving.outside is not None:
        raise Problem("panel.designated", name=leaving.name)
    place = leaving.key
    if command.instead is not None:
        if command.instead not in fitting(grounds, panel, place):
            raise Problem("invitation.substitute")
        gone, rules = [place], panel.for_one(place, command.instead)
    else:
        gone, rules = panel.for_all(place, command.holding)
    solved = grounds.solve(rules)
    if not solved[1].feasible:
        raise Problem("invitation.again")
    return gone, solved


def _carry_out(work: Work, found: Round, panel: Seated, command: ReplaceCommand) -> Replaced:
    """Let the invitations follow, and write to the one person who was named."""
    names = {nominee.key: nominee.name for nominee in found.nominees}
    invitations.take_over(work, found.key)
    now = newest(work, found)
    members = members_of(now.content) if now else []
    came = [each for each in members if each not in panel.members]
    written = 0
    if command.instead is not None:
        (invitation,) = (
            each
            for each in invitation_mails.of_round(work.session, found.id)
            if each.nominee.key == command.instead
        )
        if invitation_mails.may_be_written_to(invitation.nominee):
            written = invitations.invite(work, found.key, invitation.id)
    return Replaced(
        came=tuple(names[each] for each in came),
        left=tuple(names[each] for each in panel.members if each not in members),
        written=written,
    )


def _said(work: Work, command: ReplaceCommand) -> Text:
    said = command.said.map(line)
    if command.reason not in REASONS:
        raise Problem("invitation.reason")
    first = said.into(work.languages[0])
    too_long = any(len(words) > SENTENCE_MAX for words in said.values())
    if too_long or (said and not first) or (command.reason == "other" and not said):
        raise Problem("invitation.sentence", most=SENTENCE_MAX)
    return said

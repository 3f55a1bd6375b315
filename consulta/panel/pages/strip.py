"""What all views of a panel's desk share: the rules in sight, the mean support, who consents to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask_babel import gettext as _

from consulta.panel.pages.pictures import rule_asked, rule_label
from consulta.platform.web.language import number, tongue

if TYPE_CHECKING:
    from consulta.panel.values import CandidateEffect, NomineeLine, PanelView, RuleRow

HUNDREDTHS = 100  # support is told in ten-thousandths


class Item(NamedTuple):
    """A rule in a few characters: its name, how many there are, how many there were, what it asks."""

    label: str
    have: str
    was: str  # empty where a change that is being tried does not touch it
    asked: str
    ok: bool
    wish: bool
    is_open: bool = False  # whether it is met is not known before people answer


class Strip(NamedTuple):
    """All rules of a panel, how many of them are met, and its mean support now and before the trial."""

    items: tuple[Item, ...]
    met: int
    mean: str
    was: str
    best: str  # of the best panel under the round's own rules; empty where it is not known


def strip_of(view: PanelView) -> Strip | None:
    """Return the rules of the panel that is shown; None where there is no panel."""
    shown = view.shown
    if shown is None:
        return None
    items = tuple(item_of(row) for row in shown.rows if row.have is not None)
    if not any(row.kind == "size" for row in shown.rows):
        people = str(len(shown.members))
        items += (Item(_("People"), people, "", _("%(size)s asked", size=shown.size), ok=True, wish=False),)
    before = view.decision if view.trial and view.decision and view.decision.feasible else None
    best = view.trial.best_support if view.trial else view.decision.compared.best if view.decision else None
    return Strip(
        items=items,
        met=sum(item.ok for item in items),
        mean=mean(shown.support, len(shown.members)),
        was=mean(before.support, len(before.members)) if before else "",
        best=mean(best, shown.size) if best is not None else "",
    )


def item_of(row: RuleRow, more: int = 0, *, is_open: bool = False) -> Item:
    """Return a rule as an item; `more` people may still count for it, and `is_open`: these may meet it."""
    moved = row.was is not None and row.was != row.have
    return Item(
        label=rule_label(row),
        have=f"{row.have}+{more}" if more else str(row.have),
        was=str(row.was) if moved else "",
        asked=rule_asked(row),
        ok=row.ok,
        wish=not row.hard,
        is_open=is_open,
    )


def mean(support: int, people: int) -> str:
    """Return the mean support of some people in per cent, with two decimals; `support` is their sum."""
    return f"{number(support / people / HUNDREDTHS if people else 0, '0.00')}{tongue().percent}"


def support_change(effect: CandidateEffect, view: PanelView) -> str:
    """Return how much a candidate changes the mean support, in points of a hundred with a sign."""
    shown = view.shown
    people = len(shown.members) if shown else 0
    before = shown.support / people if shown and people else 0
    change = round((effect.support / effect.size - before) / HUNDREDTHS, 2)
    return f"{'+' if change > 0 else chr(0x2212) if change < 0 else ''}{number(abs(change), '0.00')}"


def changes(view: PanelView, strip: Strip | None) -> list[list[str]]:
    """Return table rows of what the trial changes: rule, before, then, what is asked; support comes last."""
    if view.trial is None or strip is None:
        return []
    rows = [
        [rule_label(row), str(row.was), f"{row.have} {'✓' if row.ok else '▽'}", rule_asked(row)]
        for row in view.trial.rows
        if row.was is not None and row.was != row.have
    ]
    best = _("the most: %(best)s", best=strip.best) if strip.best else ""
    return [*rows, [_("Mean support"), strip.was, strip.mean, best]]


def consents(nominee: NomineeLine) -> str:
    """Return in two words to what a nominee has agreed: lists, and being named before governments."""
    if nominee.listed:
        return _("to everything") if nominee.to_governments else _("not before governments")
    return _("only before governments") if nominee.to_governments else _("not yet")

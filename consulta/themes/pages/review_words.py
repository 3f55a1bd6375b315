"""Proposed themes in words, as the pages of their review say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.platform.data import catalogue
from consulta.platform.web.language import current, local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.ballot_themes import Placed
    from consulta.themes.proposals.values import Backing
    from consulta.themes.review import Choice


TONES = {
    "submitted": "now",
    "returned": "now",
    "admitted": "met",
    "declined": "short",
    "merged": "plain",
    "split": "plain",
}
"""How the mark of each state is drawn."""


def states() -> Mapping[str, str]:
    """Return the states of a proposal in words."""
    return {
        "submitted": _("Pending"),
        "returned": _("Returned with a question"),
        "admitted": _("Accepted"),
        "declined": _("Declined"),
        "merged": _("Merged"),
        "split": _("Split"),
    }


def acts() -> Mapping[str, str]:
    """Return what each kind of step did, in words."""
    return {
        "submitted": _("proposed it"),
        "edited": _("changed it"),
        "withdrawn": _("took it back"),
        "answered": _("answered the question"),
        "returned": _("returned it with a question"),
        "admitted": _("admitted it"),
        "declined": _("declined it"),
        "merged": _("merged it"),
        "split": _("split it"),
        "made": _("made it by splitting another"),
        "translated": _("translated it"),
        "reworded": _("edited its words"),
        "undone": _("took the last step back"),
    }


def undoing() -> Mapping[str, str]:
    """Return the words of the button that takes each kind of step back."""
    return {
        "returned": _("Withdraw the question"),
        "admitted": _("Undo the admission"),
        "declined": _("Undo the refusal"),
        "merged": _("Undo the merge"),
        "split": _("Undo the split"),
        "translated": _("Undo the translation"),
        "reworded": _("Undo the edit"),
    }


def behind(backing: Backing | Placed) -> str:
    """Return from how many organisations of how many subregions something comes."""
    organisations: str = ngettext("%(num)s organisation", "%(num)s organisations", backing.organisations)
    subregions: str = ngettext("%(num)s subregion", "%(num)s subregions", backing.subregions)
    said: str = _(
        "from %(organisations)s of %(subregions)s", organisations=organisations, subregions=subregions
    )
    return said


def rule(choice: Choice) -> str:
    """Return by which rule themes go on the ballot."""
    if choice.rule == "secretariat":
        chosen: str = _(
            "The secretariat chooses up to %(most)s of the admitted proposals, and gives a reason for each "
            "that it does not take. This was fixed when members began to propose.",
            most=choice.themes,
        )
        return chosen
    counted: str = _(
        "The admitted proposals with most organisations behind them go on the ballot, up to %(most)s, "
        "if these organisations come from enough subregions (at least %(subregions)s). Where two have the "
        "same number of organisations, the one from more subregions goes first, and then the one that was "
        "proposed first. This was fixed when members began to propose.",
        most=choice.themes,
        subregions=choice.subregions,
    )
    return counted


def why(placed: Placed, choice: Choice) -> str:
    """Return why a candidate goes on the ballot, or does not."""
    said = {
        "taken": _("goes on the ballot"),
        "chosen": _("goes on the ballot"),
        "declined": _("not taken by the secretariat"),
        "spread": _(
            "does not go on: the rule asks for organisations of %(least)s subregions", least=choice.subregions
        ),
        "room": _(
            "does not go on: there is room for %(most)s, and those have more support", most=choice.themes
        ),
        "tie": _("does not go on: it has as much support as the last one, which was proposed earlier"),
    }
    return str(said[placed.why])


def objectives(numbers: tuple[int, ...]) -> str:
    """Return objectives with their short titles."""
    short = {each.number: each.short[current()] for each in catalogue.objectives()}
    return " · ".join(f"{number} {short[number]}" for number in numbers)


def language(code: str) -> str:
    """Return the name of a language in which a proposal can be written."""
    found = catalogue.languages_by_key().get(code)
    return local(found.name) if found else code

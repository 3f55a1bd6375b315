"""What pages say of proposed themes: names of objectives, countries, groups and states, numbers in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.platform.data import catalogue
from consulta.platform.web.language import current, local

if TYPE_CHECKING:
    from consulta.themes.proposals.values import OtherTheme, ThemeProposalLine, Told


KINDS = {
    "submitted": "now",
    "returned": "now",
    "admitted": "met",
    "declined": "short",
    "merged": "plain",
    "split": "plain",
    "withdrawn": "plain",
}


def objective(number: int) -> str:
    """Return the number and the short title of an objective."""
    found = catalogue.objectives_by_number()[number]
    return f"{number}. {found.short.best(current())}"


def country(code: str) -> str:
    """Return the name of a country."""
    return local(catalogue.countries_by_code()[code].name)


def population(key: str) -> str:
    """Return the name of a group of people; its key where the list has it no more."""
    found = catalogue.terms("populations").get(key)
    return local(found) if found is not None else key


def language(code: str) -> str:
    """Return the name of a language as it stands inside a sentence."""
    found = catalogue.languages_by_key().get(code)
    return local(found.name) if found is not None else code


def state(name: str, *, on_ballot: bool = False) -> tuple[str, str]:
    """Return the state of a proposal as a badge: kind and word."""
    said = {
        "submitted": _("In review"),
        "returned": _("Question asked"),
        "admitted": _("On the ballot") if on_ballot else _("Admitted"),
        "declined": _("Not admitted"),
        "merged": _("Merged"),
        "split": _("Split"),
        "withdrawn": _("Withdrawn"),
    }
    return KINDS[name], said[name]


def why_not(code: str) -> str:
    """Return why a proposal that was admitted is not on the ballot; "" where it is, or is not chosen yet."""
    said = {
        "spread": _(
            "It is not on the ballot: the organisations behind it are of fewer subregions than the rule asks"
            " for."
        ),
        "room": _("It is not on the ballot: other themes have more support."),
        "tie": _(
            "It is not on the ballot: it has as much support as the last theme that is, which was proposed"
            " earlier."
        ),
        "declined": _("The secretariat did not put it on the ballot."),
    }
    return said.get(code, "")


def behind(told: Told) -> str:
    """Return in words from how many organisations of how many subregions a proposal comes."""
    if told.organisations is None:
        fewer: str = _("from fewer than %(least)s organisations", least=told.fewer)
        return fewer
    organisations = ngettext("from %(num)s organisation", "from %(num)s organisations", told.organisations)
    subregions = ngettext("of %(num)s subregion", "of %(num)s subregions", told.subregions or 0)
    return f"{organisations} {subregions}"


def translated(each: OtherTheme | ThemeProposalLine) -> str:
    """Return from which language the words that the reader sees were translated; "" where they were not."""
    shown = each.title.language(current())
    if shown not in {one.language for one in each.translations}:
        return ""
    said: str = _("Translated by the secretariat; written in %(language)s.", language=language(each.language))
    return said

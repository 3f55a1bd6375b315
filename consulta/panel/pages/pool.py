"""The pool as a table: what the address of the panel's page filters, sorts and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import request
from flask_babel import gettext as _

from consulta.panel import candidates, governments, trials
from consulta.panel.pages.strip import consents
from consulta.platform.data import catalogue
from consulta.platform.web.language import alphabetical, local
from consulta.platform.web.table import Choice, Column, Search, Table, choice_among, handed_out
from consulta.rounds import service as rounds
from consulta.rounds.service import subject as subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.core.texts import Text
    from consulta.panel.values import CandidateEffect, NomineeLine, PanelView
    from consulta.platform.web.table import Listing
    from consulta.platform.work import Work

STATES = ("sitting", "free", "held", "barred", "other")


class Candidates(NamedTuple):
    """What the page of the candidates shows: the panel, in whose place, and what each row would change."""

    panel: PanelView
    place: NomineeLine | None
    effects: Mapping[str, CandidateEffect]
    fit: int | None  # how many keep every rule, where that was worked out
    invites: bool  # institutions can still be invited: the result is public, the session has not begun


@handed_out("pool")
def read(work: Work, key: str, *, whole: bool = False) -> tuple[Candidates, Listing]:
    """Return the panel of a round, and the table of its nominees with what those on the page would change.

    What all of them would change is worked out only where they are asked for in the place of one person, or
    those who keep every rule are.
    """
    view = trials.page(work, key)
    place = next((each for each in loose(view) if each.key == request.args.get("place")), None)
    every = [nominee.key for nominee in view.nominees]
    all_of_them = bool(place or request.args.get("fits"))
    found = candidates.effects_of(work, key, every, place.key if place else "") if all_of_them else {}
    line = rounds.round_line(work, key)
    listing = _table(view, place, found, subject_of(line)).over(
        sorted(view.nominees, key=lambda n: alphabetical(n.name)), whole=whole
    )
    if not all_of_them and not whole:
        found = candidates.effects_of(work, key, [nominee.key for nominee in listing.there.rows])
    fit = sum(not each.broken for each in found.values()) if all_of_them else None
    return Candidates(view, place, found, fit, governments.why_not_invited(work, key) is None), listing


def loose(view: PanelView) -> list[NomineeLine]:
    """Return the people on the panel who may leave it: not held, not designated."""
    members = view.shown.members if view.shown else ()
    return [each for each in members if each.key not in view.held and not each.designation]


def _table(
    view: PanelView, place: NomineeLine | None, effects: Mapping[str, CandidateEffect], subject: str
) -> Table:
    """Return the table of the nominees; gender is not in its file, only in the lists of the panel."""
    roles = [role.key for role in catalogue.roles()]
    words = state_words()
    choices: list[tuple[str, str, Callable[[NomineeLine], Text]]] = [
        ("role", _("Role"), lambda n: n.role_name),
        ("subregion", _("Subregion"), lambda n: n.subregion),
        ("country", _("Country"), lambda n: n.country),
        ("sector", _("Sector"), lambda n: n.sector),
    ]

    def among(key: str, label: str, of: Callable[[NomineeLine], Text]) -> Choice:
        return choice_among(key, label, view.nominees, lambda n: (n.codes[key], local(of(n))))

    def fits(nominee: NomineeLine) -> str:
        return "yes" if nominee.key in effects and not effects[nominee.key].broken else ""

    spoken = {language for n in view.nominees for language in n.languages}
    places = [
        Choice(
            "place",
            _("In the place of"),
            [(each.key, each.name) for each in loose(view)],
            lambda _n: place.key if place else "",
        ),
        Choice("fits", _("The rules"), [("yes", _("keeps every rule"))], fits),
    ]
    return Table(
        title=_("Nominees"),
        name="pool",
        endpoint="secretariat.panel_candidates",
        key=view.card.key,
        subject=subject,
        search=Search(_("Name or institution"), lambda n: f"{n.name} {n.organisation}"),
        choices=[
            *(places if view.shown else []),
            *(among(*each) for each in choices),
            Choice(
                "language",
                _("Language"),
                [(each.key, local(each.name)) for each in catalogue.languages() if each.key in spoken],
                lambda n: n.languages,
            ),
            Choice("state", _("State"), [(name, words[name]) for name in STATES], lambda n: _states(view, n)),
        ],
        columns=[
            Column("name", _("Name"), lambda n: n.name),
            Column("institution", _("Institution"), lambda n: n.organisation, only="file"),
            Column(
                "role",
                _("Role"),
                lambda n: local(n.role_name),
                lambda n: roles.index(n.codes["role"]),
                phone="under",
                flow=True,
            ),
            Column("country", _("Country"), lambda n: local(n.country), only="file"),
            Column("sector", _("Sector"), lambda n: local(n.sector), only="file"),
            Column(
                "support",
                _("Support"),
                lambda n: n.support / 10000,
                numeric=True,
                largest_first=True,
                phone="side",
            ),
            Column("effect", _("What changes"), sorts=False, only="page", flow=True),
            Column("recent", _("Recent panels"), lambda n: n.recent, only="file"),
            Column("consents", _("Agrees"), consents, sorts=False, flow=True),
            Column("state", _("State"), lambda n: words[state_of(view, n)], sorts=False, flow=True),
        ],
        sort="-support",
    )


def _states(view: PanelView, nominee: NomineeLine) -> set[str]:
    """Return the states of a nominee; one that is held is on the panel too."""
    return {state_of(view, nominee), *(["sitting"] if nominee.key in view.sitting else [])}


def state_of(view: PanelView, nominee: NomineeLine) -> str:
    """Return the state of a nominee: `barred`, `held`, `sitting`, `free`, or `other` (other themes)."""
    if nominee.key in view.barred:
        return "barred"
    if nominee.key in view.held:
        return "held"
    if nominee.key in view.sitting:
        return "sitting"
    return "free" if nominee.in_pool else "other"


def state_words() -> dict[str, str]:
    """Return the states of nominees in words."""
    return {
        "sitting": _("on the panel"),
        "free": _("in the pool"),
        "held": _("held"),
        "barred": _("kept out"),
        "other": _("other themes"),
    }

"""The pool as a table: what the address of the panel's page filters, sorts and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.data import catalogue
from consulta.infra.alphabet import spanish
from consulta.panel import trials
from consulta.rounds import service as rounds
from consulta.rounds.service import subject as subject_of
from consulta.web.language import local
from consulta.web.table import Choice, Column, Search, Table, choice_among, handed_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.core.texts import Text
    from consulta.infra.work import Work
    from consulta.panel.values import NomineeLine, PanelView
    from consulta.web.table import Listing

STATES = ("sitting", "free", "held", "barred", "other")


@handed_out("pool")
def read(work: Work, key: str, *, whole: bool = False) -> tuple[PanelView, Listing]:
    """Return the panel of a round, and the table of its nominees."""
    view = trials.page(work, key)
    return view, of(view, subject=subject_of(rounds.round_line(work, key)), whole=whole)


def of(view: PanelView, *, subject: str = "", whole: bool = False) -> Listing:
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

    spoken = {language for n in view.nominees for language in n.languages}
    table = Table(
        title=_("Nominees"),
        name="pool",
        endpoint="secretariat.panel",
        key=view.card.key,
        subject=subject,
        search=Search(_("Name or institution"), lambda n: f"{n.name} {n.organisation}"),
        choices=[
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
            ),
            Column("country", _("Country"), lambda n: local(n.country)),
            Column("sector", _("Sector"), lambda n: local(n.sector), only="file"),
            Column("gender", _("Gender"), lambda n: local(n.gender) if n.gender else "", only="page"),
            Column(
                "support",
                _("Support"),
                lambda n: n.support / 10000,
                numeric=True,
                largest_first=True,
                phone="side",
            ),
            Column("recent", _("Recent panels"), lambda n: n.recent, numeric=True),
            Column("state", _("State"), lambda n: words[state_of(view, n)], sorts=False, flow=True),
        ],
        sort="-support",
    )
    return table.over(sorted(view.nominees, key=lambda n: spanish(n.name)), whole=whole)


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

"""The pool as the address of the panel's page filters, sorts and pages it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request, url_for
from flask_babel import gettext as _

from consulta.data import catalogue
from consulta.data.folding import fold
from consulta.infra.alphabet import spanish
from consulta.web.language import local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from consulta.panel.values import NomineeLine, PanelView

A_PAGE = 50
FILTERS = ("name", "role", "subregion", "country", "sector", "language", "state")
STATES = ("sitting", "free", "held", "barred", "other")
SORTS: Mapping[str, Callable[[NomineeLine], Any]] = {
    "name": lambda n: spanish(n.name),
    "role": lambda n: [role.key for role in catalogue.roles()].index(n.codes["role"]),
    "country": lambda n: spanish(local(n.country)),
    "gender": lambda n: local(n.gender) if n.gender else "",
    "support": lambda n: n.support,
    "recent": lambda n: n.recent,
}
LARGEST_FIRST = {"support"}  # what one asks of these is who has most


class Pool(NamedTuple):
    """A page of the pool: its rows, how many there are, its headings, and what can be asked of it."""

    lines: list[NomineeLine]
    found: int
    headings: list[dict[str, Any]]
    choices: list[tuple[str, str, list[tuple[str, str]]]]
    wanted: dict[str, str]
    args: dict[str, Any]
    page: int
    pages: int


def kept() -> dict[str, Any]:
    """Return the filters and order of the pool in the address of this request.

    Addresses of trials keep them, so that the reader comes back to the same list.
    """
    return {name: value for name in (*FILTERS, "sort", "order") if (value := request.args.get(name, ""))}


def of(view: PanelView) -> Pool:
    """Return the page of the pool that this request asks for."""
    args = kept()
    wanted = {name: args.get(name, "") for name in FILTERS}
    sort = args.get("sort", "")
    sort = sort if sort in SORTS else "support"
    descending = (args.get("order") == "descending") if "sort" in args else sort in LARGEST_FIRST
    lines = [n for n in view.nominees if _fits(n, wanted, view)]
    lines.sort(key=lambda n: spanish(n.name))
    lines.sort(key=SORTS[sort], reverse=descending)
    pages = max(1, -(-len(lines) // A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return Pool(
        lines=lines[(page - 1) * A_PAGE : page * A_PAGE],
        found=len(lines),
        headings=[_heading(view, name, label, sort, descending=descending) for name, label in _labels()],
        choices=_choices(view.nominees),
        wanted=wanted,
        args=args,
        page=page,
        pages=pages,
    )


def state_of(view: PanelView, nominee: NomineeLine) -> str:
    """Return the state of a nominee: `barred`, `held`, `sitting`, `free`, or `other` (other themes)."""
    if nominee.key in view.barred:
        return "barred"
    if nominee.key in view.held:
        return "held"
    if nominee.key in view.sitting:
        return "sitting"
    return "free" if nominee.in_pool else "other"


def _fits(nominee: NomineeLine, wanted: Mapping[str, str], view: PanelView) -> bool:
    text = fold(f"{nominee.name} {nominee.organisation}")
    state = state_of(view, nominee)
    # Whoever is held sits on the panel too.
    states = {state, "sitting"} if nominee.key in view.sitting else {state}
    return (
        fold(wanted["name"]) in text
        and all(
            wanted[name] in {"", nominee.codes[name]} for name in ("role", "subregion", "country", "sector")
        )
        and (not wanted["language"] or wanted["language"] in nominee.languages)
        and (not wanted["state"] or wanted["state"] in states)
    )


def _labels() -> list[tuple[str, str]]:
    return [
        ("name", _("Name")),
        ("role", _("Role")),
        ("country", _("Country")),
        ("gender", _("Gender")),
        ("support", _("Support")),
        ("recent", _("Recent panels")),
    ]


def _heading(view: PanelView, name: str, label: str, sort: str, *, descending: bool) -> dict[str, Any]:
    """Return a column heading with the address that sorts by it.

    Where the table is already sorted by it, the address turns the order round.
    """
    turned = not descending if name == sort else name in LARGEST_FIRST
    asked = kept() | {"sort": name, "order": "descending" if turned else "ascending"}
    return {
        "name": name,
        "label": label,
        "url": url_for("secretariat.panel", key=view.card.key, _anchor="pool", **asked),
        "sort": ("descending" if descending else "ascending") if name == sort else None,
    }


def _choices(nominees: Iterable[NomineeLine]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the filters of the pool: name, label, and the values that occur in it."""
    nominees = list(nominees)
    countries = {n.codes["country"]: local(n.country) for n in nominees}
    spoken = {language for n in nominees for language in n.languages}

    def there(attribute: str, entries: Iterable[Any]) -> list[tuple[str, str]]:
        used = {n.codes[attribute] for n in nominees}
        return [(entry.key, local(entry.name)) for entry in entries if entry.key in used]

    return [
        ("role", _("Role"), there("role", catalogue.roles())),
        ("subregion", _("Subregion"), there("subregion", catalogue.subregions())),
        ("country", _("Country"), sorted(countries.items(), key=lambda pair: spanish(pair[1]))),
        ("sector", _("Sector"), there("sector", catalogue.sectors())),
        (
            "language",
            _("Language"),
            [(each.key, local(each.name)) for each in catalogue.languages() if each.key in spoken],
        ),
        ("state", _("State"), [(state, state_words()[state]) for state in STATES]),
    ]


def state_words() -> dict[str, str]:
    """Return the states of nominees in words."""
    return {
        "sitting": _("on the panel"),
        "free": _("in the pool"),
        "held": _("held"),
        "barred": _("kept out"),
        "other": _("other themes"),
    }

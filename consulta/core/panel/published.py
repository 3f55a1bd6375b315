"""A published panel as a file that everybody may read: its places and the rows of its rules, and no person.

The file (`consulta-published-panel/1`) has of each place the role and the subregion, which are public of
everybody on a panel. Rows about these are counted from the places. Of rows about country, organisation or
sector it says only whether they are met. Rows about anything else, such as gender, are left out, and only
their number is told.

It decides what the file says and what must hold in it. It does not know when a panel is published.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consulta.core.counting.result import PanelRow, first_difference
from consulta.core.panel.rows import Row, rows_of
from consulta.core.values import Nominee, PanelRules, Quota, Share

FORMAT = "consulta-published-panel/1"

OF_PLACES = ("role", "subregion")
"""What is told of each place, so that rows about it can be counted."""

JUDGED = ("country", "organisation", "sector")
"""What rows may be about of which the file tells only whether they are met."""


def content(
    about: Mapping[str, object],
    rules: PanelRules,
    rows: Sequence[PanelRow],
    members: Iterable[Nominee],
    *,
    decided: bool,
    held: bool,
    support: Mapping[str, object] | None,
    endorsed_by: Sequence[Mapping[str, object]] | None,
) -> dict[str, Any]:
    """Return what the file says of a panel with these members; `rows` are those of its document.

    `about` names the round, the version and the topics. `decided`: people decided the panel, so that rows
    may be missed. `held`: the choice was made around people held or kept out. `support` is what is told of
    the panel's support beside the most possible, `endorsed_by` whose voters see somebody they named; both are
    None where that is not told.
    """
    places = sorted(
        ({name: _category(each, name) for name in OF_PLACES} for each in members),
        key=lambda place: tuple(place.values()),
    )
    told = [_told(row, rules) for row in rows if row.kind != "locked" and row.attribute in {None, *_KNOWN}]
    written = {
        "format": FORMAT,
        **about,
        "size": rules.size,
        "places": places,
        "decided": decided,
        "held": held,
        "support": support,
        "memory": rules.memory,
        "endorsed_by": endorsed_by,
        "rows": told,
        "untold": sum(row.kind != "locked" and row.attribute not in {None, *_KNOWN} for row in rows),
    }
    for row, counted in zip((row for row in told if _is_counted(row)), _counted(written), strict=True):
        row.update(counted)
    missed = any(row["hard"] and not row["ok"] for row in told)
    return {**written, "decided": decided or missed}


_KNOWN = frozenset({*OF_PLACES, *JUDGED})


def _category(nominee: Nominee, name: str) -> str:
    return nominee.role if name == "role" else nominee.categories.get(name, "")


def _told(row: PanelRow, rules: PanelRules) -> dict[str, Any]:
    """Return a row as the file says it; what is counted of the places is filled in later."""
    share = next((each for i, each in enumerate(rules.shares) if row.row == f"shares[{i}]"), None)
    return {
        "row": row.row,
        "kind": row.kind,
        "attribute": row.attribute,
        "value": row.value,
        "asked": row.asked,
        **({"of": list(share.of)} if share else {}),
        "hard": row.hard,
        "met": None,
        "missing": None,
        "ok": row.ok,
    }


def _is_counted(row: Mapping[str, Any]) -> bool:
    return row["kind"] == "size" or row["attribute"] in OF_PLACES


def _counted(written: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the places meet of each row about them, in the order of the rows."""
    people = [
        Nominee(
            key=str(number),
            name="-",
            organisation="-",
            role=place["role"],
            country="-",
            categories={name: place[name] for name in OF_PLACES if name != "role"},
        )
        for number, place in enumerate(written["places"])
    ]
    everybody = frozenset(range(len(people)))
    return [
        {"met": row.counts(everybody), "missing": missing, "ok": not missing}
        for row in _rows(written, people)
        for missing in [row.missing(everybody)]
    ]


def _rows(written: Mapping[str, Any], people: Sequence[Nominee]) -> Iterable[Row]:
    """Yield the rows about places, each made of what is told of it."""
    for row in written["rows"]:
        if _is_counted(row):
            yield next(
                each for each in rows_of(_rule(row, written["size"]), people) if each.kind == row["kind"]
            )


def _rule(row: Mapping[str, Any], size: int) -> PanelRules:
    """Return rules that have one row beside the size: the one that is told."""
    low, _, high = row["asked"].rstrip("+").partition("-")
    match row["kind"]:
        case "role":
            return PanelRules(size=size, roles={row["value"]: (int(low), int(high))})
        case "quota":
            quota = Quota(row["attribute"], row["value"], int(low), int(high) if high else None)
            return PanelRules(size=size, quotas=(quota,))
        case "share":
            least = int(row["asked"].partition("/")[0])
            return PanelRules(
                size=size, shares=(Share(row["attribute"], row["value"], least, tuple(row["of"])),)
            )
        case "at_most":
            return PanelRules(size=size, at_most={row["attribute"]: int(high)})
        case "mixed":
            return PanelRules(size=size, mixed=(row["attribute"],))
        case _:
            return PanelRules(size=size)


def difference(told: Mapping[str, Any]) -> str | None:
    """Return the path of the first place of a file of `content` that a recount of its places contradicts.

    The file's own shape is that of `content`; what else must hold in it, the verifier of archives checks.
    """
    again = dict(told)
    counted = iter(_counted(told))
    again["rows"] = [{**row, **next(counted)} if _is_counted(row) else row for row in told["rows"]]
    return first_difference(again, told)

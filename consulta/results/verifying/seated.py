"""The panel that was published."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from consulta.core.panel import published as panels
from consulta.results.verifying.box import same_format
from consulta.results.verifying.values import is_whole, need, same

WHOLE = 100  # percent
THOUSAND = 1000
PLACE = ("role", "subregion")  # what is told of each place, so that rows about it can be counted
JUDGED = ("country", "organisation", "sector")  # of rows about these: only whether they are met
ROW = ("row", "kind", "attribute", "value", "asked", "hard", "met", "missing", "ok")
SEATED = (
    "format",
    "round",
    "version",
    "topics",
    "size",
    "places",
    "decided",
    "held",
    "support",
    "memory",
    "endorsed_by",
    "rows",
    "untold",
)

if TYPE_CHECKING:
    from consulta.results.verifying.box import Box, Note


def check_seated(box: Box) -> Note:
    """The panel is the one that the log tells of; rows about places are counted, the others held to bounds.

    Rows about unpublished categories are not in the file. That no other panel is better is not checked.
    """
    told = box.json("panel.json")
    published = [row for row in box.rows if row["action"] == "panel.published"]
    row, order = published[-1], [box.places["rounds.published"], published[0]["seq"]]
    fine = order == sorted(order)
    need(fine, "log.jsonl", "acts", "in the order rounds.published,panel.published", order)
    check_replaced([each["details"] for each in published])
    same(row["details"]["panel"], told, "panel.json")
    written = json.dumps(row["details"]["panel"], ensure_ascii=False, indent=1) + "\n"
    need(box.text("panel.json") == written, "panel.json", "(file)", "as in the log", "written otherwise")
    seated(sorted(told) == sorted(SEATED), "(file)", ", ".join(SEATED), sorted(told))
    same_format(box, "panel.json")
    seated(told["round"] == box.acts["rounds.opened"]["key"], "round", "that of the opening", told["round"])
    version = row["details"]["version"]
    seated(type(told["version"]) is int and told["version"] == version, "version", version, told["version"])
    complete = box.json("archive.json")["complete"]
    topics = [topic["key"] for topic in box.json("result.json" if complete else "public.json")["topics"]]
    seated(told["topics"] == topics, "topics", topics, told["topics"])
    places = told["places"]
    check_places(places)
    rows = checked_rows(told, len(places))
    differs = panels.difference(told)
    seated(differs is None, str(differs), "what these places meet", "another")
    check_backing(told)
    counted = sum(row["met"] is not None for row in rows)
    return "seated_ok", {
        "places": len(places),
        "counted": counted,
        "judged": len(rows) - counted,
        "untold": told["untold"],
    }


def check_replaced(published: Any) -> None:
    """A publication that says which version it replaces names the one that was public until then."""
    former = None
    for details in published:
        if "replaces" in details:
            before, version = details["replaces"], details["version"]
            seated(type(before) is int and before == former, "replaces", former, before)
            seated(type(version) is int and version > before, "version", f"later than {before}", version)
        former = details["version"]


def seated(condition: object, place: str, expected: object, found: object) -> None:
    """Raise DiffersError about the published panel unless a condition holds."""
    need(condition, "panel.json", place, expected, found)


def check_places(places: Any) -> None:
    """Of each place are told role and subregion, in order."""
    seated(isinstance(places, list) and places, "places", "a place", places)
    for number, place in enumerate(places):
        fits = isinstance(place, dict) and sorted(place) == sorted(PLACE)
        fits = fits and all(isinstance(value, str) for value in place.values())
        seated(fits, f"places[{number}]", ", ".join(PLACE), place)
    ordered = sorted(places, key=lambda place: [place[name] for name in PLACE])
    seated(places == ordered, "places", "by role and subregion", "another order")


def checked_rows(told: Any, places: int) -> Any:
    """Return the rows; each has its form, and is possible with so many places."""
    rows, size = told["rows"], told["size"]
    seated(is_whole(told["untold"]), "untold", "a whole number", told["untold"])
    seated(isinstance(rows, list) and all(isinstance(row, dict) for row in rows), "rows", "rows", rows)
    names = [row.get("row") for row in rows]
    for number, name in enumerate(names):
        seated(name not in names[:number], f"rows[{number}].row", "once", name)
    seated("size" in names, "rows", "the row size", "none")
    for number, row in enumerate(rows):
        place, share = f"rows[{number}]", ["of"] if row.get("kind") == "share" else []
        seated(sorted(row) == sorted([*ROW, *share]), place, ", ".join([*ROW, *share]), row)
        about = row["attribute"]
        of_size = row["kind"] == "size"
        seated(of_size or about in (*PLACE, *JUDGED), f"{place}.attribute", PLACE + JUDGED, about)
        for name in ("hard", "ok"):
            seated(isinstance(row[name], bool), f"{place}.{name}", "true or false", row[name])
        if of_size:
            seated(row["asked"] == str(size), f"{place}.asked", size, row["asked"])
        elif about in PLACE:
            limits(row["asked"], place)
        else:
            check_within(row, places, place)
        holds = row["ok"] or not row["hard"] or told["decided"] is True
        seated(holds, f"{place}.ok", "a hard row met, or people who decided otherwise", "not met")
    return rows


def limits(asked: Any, place: str) -> Any:
    """The figures of what a row asks: so many people at least, and at most; or a part of a thousand."""
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9})|\+|/1000)", str(asked))
    seated(found, f"{place}.asked", "so many people, or a part", asked)
    return (int(found[1]), None if found[2] is None else int(found[2])) if found else None


def check_within(row: Any, places: Any, place: str) -> None:
    """A row about what is not told of each place: it can be as it is said to be with so many places."""
    for name in ("met", "missing"):
        seated(row[name] is None, f"{place}.{name}", "null", row[name])
    least, most = limits(row["asked"], place)
    if row["kind"] in ("role", "quota"):
        seated(places >= least or not row["ok"], f"{place}.ok", f"not met by {places} places", "met")
        always = not least and (most is None or most >= places)
    elif row["kind"] == "share":
        always = not least
    elif row["kind"] == "at_most":
        always = most >= places
    else:
        seated(row["kind"] == "mixed", f"{place}.kind", "a kind of row", row["kind"])
        seated(places > 1 or not row["ok"], f"{place}.ok", "not met by one place", "met")
        always = False
    seated(row["ok"] or not always, f"{place}.ok", "met by any places", "not met")


def check_backing(told: Any) -> None:
    """Support is told as a part of that of the best panel, which none passes that keeps the rules."""
    for name, values in (("decided", (True, False)), ("held", (True, False, None))):
        fits = any(told[name] is value for value in values)
        seated(fits, name, "true, false or null", told[name])
    memory, part = told["memory"], told["support"]
    seated(is_whole(memory) and memory <= THOUSAND, "memory", "0 to 1000", memory)
    check_endorsed(told["endorsed_by"])
    if part is None:
        return
    seated(isinstance(part, dict) and sorted(part) == ["more", "percent"], "support", "percent, more", part)
    percent, more = part["percent"], part["more"]
    seated(isinstance(more, bool), "support.more", "true or false", more)
    fits = percent is None or (is_whole(percent) and percent <= 100)
    seated(fits, "support.percent", "0 to 100", percent)
    seated(not more or percent == WHOLE, "support.percent", WHOLE, percent)
    if not told["decided"] and told["held"] is False:
        # It is the best of the rules itself, which gives up no more support than they allow.
        least = (THOUSAND - memory) // 10
        fits = (percent is None or percent >= least) and not more
        seated(fits, "support.percent", f"{least} to 100", percent)


def check_endorsed(groups: Any) -> None:
    """Whose voters see somebody they named: groups, each once, in tens from 10 to 90; or not told."""
    if groups is None:
        return
    fine = isinstance(groups, list) and all(isinstance(group, dict) for group in groups)
    seated(fine, "endorsed_by", "groups", groups)
    seen: list[Any] = []
    for number, group in enumerate(groups):
        place = f"endorsed_by[{number}]"
        fields = ["category", "dimension", "percent"]
        seated(sorted(group) == fields, place, "dimension, category, percent", group)
        name = [group["dimension"], group["category"]]
        seated(name not in seen, place, "once", json.dumps(name))
        seen.append(name)
        percent = group["percent"]
        fits = percent in range(10, 100, 10)
        seated(fits, f"{place}.percent", "10 to 90, in tens", percent)

"""The count once more, by the core, and what of a result differs from it, the most meaningful first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as bundles
from consulta.core.counting import count
from consulta.results import public_figures
from consulta.results.verifying.log import roll_told
from consulta.results.verifying.values import DiffersError, First, need, same, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.results.verifying.box import Box, Note


def recounted(box: Box) -> dict[str, Any]:
    """Return the result of the bundle, counted once for all checks of a box."""
    return whole_recount(box)[0]


def whole_recount(box: Box) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Return result and robustness of the bundle, and which bound of the panel does not hold, if any."""
    if box.recount is None:
        result, robust, fails = count.recount(box.round.columns, _readable(box))
        box.recount = json.loads(result.to_json()), json.loads(robust.to_json()), fails
    return box.recount


def _readable(box: Box) -> dict[str, Any]:
    """Return the result, whose panel may be as good as ours; nothing where it cannot be read."""
    try:
        found: dict[str, Any] = box.json("result.json")
    except DiffersError:
        return {}
    return found


def check_weights(box: Box) -> Note:
    """Each group of organisations has the weight that the rules give it."""
    own, given = recounted(box)["weights"]["cells"], box.json("result.json")["weights"]["cells"]
    need(len(given) == len(own), "result.json", "weights.cells", f"{len(own)} cells", str(len(given)))
    for number, (mine, theirs) in enumerate(zip(own, given, strict=True)):
        place = f"weights.cells[{number}]"
        same(mine["categories"], theirs["categories"], "result.json", f"{place}.categories")
        if mine["micro"] != theirs["micro"]:
            raise DiffersError(
                "result.json",
                f"{place}.micro",
                short(mine["micro"]),
                short(theirs["micro"]),
                First("weight", {"cell": mine, "expected": mine["micro"], "found": theirs["micro"]}),
            )
    return "n_cells", {"n": len(own)}


def check_count(box: Box) -> Note:
    """Topics, places, scores and all else of the result but how firm it is and the panel."""
    own, given = recounted(box), box.json("result.json")
    wanted, told = ([topic["key"] for topic in each["topics"]] for each in (own, given))
    if wanted != told:
        first = First("topics", {"expected": wanted, "found": told})
        raise DiffersError("result.json", "topics", short(wanted), short(told), first)
    for name in ("place", "score_percent"):
        for number, (mine, theirs) in enumerate(zip(own["themes"], given["themes"], strict=False)):
            if mine[name] != theirs[name] and mine["key"] == theirs["key"]:
                values = {"theme": mine["key"], "expected": mine[name], "found": theirs[name]}
                first = First(name.partition("_")[0], values)
                place = f"themes[{number}].{name}"
                raise DiffersError("result.json", place, short(mine[name]), short(theirs[name]), first)
    same(_of_count(own), _of_count(given), "result.json")
    return "topic", {"theme": wanted}


def _of_count(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result without what other checks compare."""
    found = {name: value for name, value in result.items() if name not in {"firmness", "panel"}}
    without = (
        {name: value for name, value in theme.items() if name != "places"} for theme in found["themes"]
    )
    return {**found, "themes": [*without]}


def check_firmness(box: Box) -> Note:
    """How firm the topics are: what is left out, and the repetitions at random."""
    own, given = recounted(box), box.json("result.json")
    drawn, told = (each["firmness"].get("resampling") for each in (own, given))
    if drawn and told and drawn["percent"] != told["percent"]:
        values = {"expected": drawn["percent"], "found": told["percent"]}
        place = "firmness.resampling.percent"
        raise DiffersError(
            "result.json", place, short(drawn["percent"]), short(told["percent"]), First("percent", values)
        )
    same(own["firmness"], given["firmness"], "result.json", "firmness")
    for number, (mine, theirs) in enumerate(zip(own["themes"], given["themes"], strict=False)):
        same(mine["places"], theirs.get("places"), "result.json", f"themes[{number}].places")
    return ("percent", {"n": drawn["percent"]}) if drawn else (None, {})


def check_panel(box: Box) -> Note:
    """The panel is the one that the rules choose; where that is not proven, it keeps them."""
    own, given = recounted(box)["panel"], box.json("result.json").get("panel")
    same(own, given, "result.json", "panel")
    fails = whole_recount(box)[2]
    need(fails is None, "result.json", str(fails), "a bound that holds", "another")
    if not own["feasible"]:
        return "panel_none", {}
    return ("panel_best" if own["proven"] else "panel_found"), {}


def check_robustness(box: Box) -> Note:
    """The document about how few organisations could have changed the topic is that of the bundle."""
    own = whole_recount(box)[1]
    same(own, box.json("robustness.json"), "robustness.json")
    margin = own["margin"]
    if margin is None:
        return None, {}
    if margin["enough"] is None:
        return "margin_none", {}
    return "margin", {"a": margin["at_least"], "b": margin["enough"]}


def check_public(box: Box) -> Note:
    """Where only rounded figures are public: they are of this round, and of as many votes as the log says."""
    check_turnout(box)
    return "aggregate", {}


def check_turnout(box: Box) -> None:
    """What rounded figures say of the round itself is what the log says of it."""
    opened, told = roll_told(box), box.json("public.json")
    expected = {
        "format": public_figures.FORMAT,
        "round": opened["key"],
        "seats": opened["seats"],
        "ballots": box.acts["rounds.published"]["ballots"],
    }
    same(expected, {name: told.get(name) for name in expected}, "public.json")


def check_figures(box: Box) -> Note:
    """The rounded figures are those that follow from the ballots by the rules of what may be told."""
    check_turnout(box)
    told = box.json("public.json")
    least = told.get("small_cell")
    if type(least) is not int or least < 1:
        raise DiffersError("public.json", "small_cell", "a whole number", short(least))
    bundle = bundles.parse(box.files["bundle.json"])
    result, robustness = whole_recount(box)[:2]
    own = json.loads(public_figures.to_json(public_figures.figures(bundle, result, least, robustness)))
    same(own, told, "public.json")
    return ("topics_told" if own["detail"] == "topics" else "figures_told"), {}

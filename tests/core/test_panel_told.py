"""Panels that are not proven best: rows, figures, bounds are verified, no panel is asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting import count, files
from consulta.core.counting.result import Result, panel_of
from consulta.core.panel import exact, search
from consulta.core.panel.rules import panel_rules_to_dict
from consulta.core.trust import chance
from tests.cases import for_each
from tests.core.build import USUAL, encoded, sensible
from tests.core.test_panel_always import as_plain, split
from tests.core.test_panel_votes import network
from tests.core.usual import result_of, usual, usual_election


def unproven() -> tuple[bytes, dict[str, Any]]:
    """A bundle whose panel is not proven best at a small limit, and its result."""
    bundle = sensible()
    rules, people, support = split(2)
    bundle["nominees"] = [
        {**each, "name": "x", "topics": [], "categories": dict(each["categories"])}
        for each in as_plain(people, support)
    ]
    for ballot in bundle["ballots"]:
        ballot["endorsements"] = []
    bundle["rules"]["panel"] = panel_rules_to_dict(rules)
    data = encoded(usual(bundle))
    return data, json.loads(count.count(bundles.parse(data), 0).to_json())


@pytest.fixture(name="small")
def _a_small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "EFFORT", 20)
    monkeypatch.setattr(search, "NEXT_STAGE", 10)
    monkeypatch.setattr(exact, "NODES", 1)


@pytest.mark.usefixtures("small")
def test_what_is_not_proven_is_checked_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count.repetitions, "REPLICATES", 1)
    data, result = unproven()
    parsed = bundles.parse(data)
    panel = result["panel"]
    assert panel["proven"] is False
    own, fails = count._with_their_panel(parsed, count.count(parsed, 0), result)
    assert fails is None
    assert json.loads(own.to_json())["panel"] == panel
    too_low = {**panel, "bounds": {**panel["bounds"], "most_support": panel["most_support"] - 1}}
    _, fails = count._with_their_panel(parsed, own, {**result, "panel": too_low})
    assert fails == "panel.bounds.most_support"
    _, fails = count._with_their_panel(parsed, own, {**result, "panel": {**panel, "proven": True}})
    assert fails is None  # and the comparison says that this panel is not the one found here
    assert panel_of({name: value for name, value in panel.items() if name != "bounds"}) is None
    assert panel_of(None) is None


def test_a_panel_always_says_whether_it_is_proven() -> None:
    result = result_of(usual(sensible()))
    assert (result["panel"]["proven"], result["panel"]["bounds"]) == (True, None)
    assert result_of(usual_election([(1, "A B")]))["panel"] is None
    data = encoded(usual(sensible()))
    told = count.count(bundles.parse(data))
    assert Result.parse(told.to_json()) == told
    for field in ("proven", "bounds"):
        changed = json.loads(told.to_json())
        del changed["panel"][field]
        assert files.verify_files(data, json.dumps(changed).encode()) == f"panel.{field}"
    changed = json.loads(told.to_json())
    changed["panel"]["bounds"] = {"support": 1}
    assert files.verify_files(data, json.dumps(changed).encode()) == "panel.bounds"


@for_each("less, fails", [(0, None), (1, "panel.bounds.most_support")])
def test_of_a_panel_that_is_not_proven_the_bounds_are_looked_at(less: int, fails: str | None) -> None:
    """Its own support is 3,750: nobody may claim that none has as much."""
    bundle = bundles.parse(encoded(network(USUAL)))
    own = count.count(bundle, 0)
    assert own.panel is not None
    lots = chance.tie_number(own.seed, "panel", "n2")
    support, recent = own.panel.support - less, own.panel.recent
    bounds = {"shortfall": 0, "most_support": support, "recent": recent, "support": support, "lots": lots}
    own = replace(own, panel=replace(own.panel, proven=False, bounds=bounds))
    told, found = count._with_their_panel(bundle, own, json.loads(own.to_json()))
    assert told.panel is not None
    assert (told.panel.members, found) == (("n2",), fails)

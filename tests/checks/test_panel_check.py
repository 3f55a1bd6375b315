"""What the verifier says of a panel: right of the core's own, and where anything in it was altered."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from consulta.core.counting import bundle as bundles
from consulta.core.counting.count import count
from tests.checks.published import VERIFIER
from tests.core.build import sensible
from tests.core.elections import encoded, panel_bundles
from tests.depth import examples

if TYPE_CHECKING:
    from collections.abc import Callable

WITNESSED = {"max_examples": examples(40), "deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def counted(bundle: dict[str, Any]) -> dict[str, Any]:
    """The core's result, as its file says it."""
    result: dict[str, Any] = json.loads(count(bundles.parse(encoded(bundle)), resamples=0).to_json())
    return result


def checked(bundle: dict[str, Any], result: dict[str, Any]) -> str:
    """What the verifier says of the panel, after weights and count, which it needs for support and topics."""
    files = {"bundle.json": encoded(bundle), "result.json": json.dumps(result).encode()}
    box = VERIFIER.Box(files, None, "archive", "en")
    box.round = VERIFIER.Round(bundle)
    VERIFIER.check_weights(box)
    VERIFIER.check_count(box)
    note: str = VERIFIER.check_panel(box)[0]
    return note


@settings(**WITNESSED)
@given(panel_bundles())
def test_the_cores_panels_are_right(bundle: dict[str, Any]) -> None:
    result = counted(bundle)
    feasible = result["panel"]["feasible"]
    event(f"feasible: {feasible}, obstacle: {result['panel']['obstacle']}")
    assert checked(bundle, result) == ("panel_ok" if feasible else "panel_none")


def impossible() -> dict[str, Any]:
    bundle = sensible()
    bundle["rules"]["panel"]["quotas"][0] |= {"min": 3, "max": 4}
    return bundle


def set_to(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    def change(panel: dict[str, Any]) -> None:
        spot: Any = panel
        for step in path[:-1]:
            spot = spot[step]
        spot[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (set_to("support", value=1), "panel.support"),
        (set_to("alternates", "n1", value=[]), "panel.alternates.n1"),
        (set_to("alternates", "n2", value=["n3"]), "panel.alternates.n2"),
        (set_to("members", value=["n1", "n3"]), "panel.rows[1]"),
        (set_to("members", value=["n2", "n1"]), "panel.members"),
        (set_to("rows", 2, "met", value=5), "panel.rows[2].met"),
        (set_to("obstacle", value="rows"), "panel.obstacle"),
        (set_to("relaxation", value=[{}]), "panel.relaxation"),
    ],
)
def test_an_altered_panel_is_found(change: Callable[[dict[str, Any]], None], place: str) -> None:
    assert _place(sensible(), change).startswith(place)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (set_to("feasible", value=True), "panel.rows[0]"),
        (set_to("obstacle", value="pool"), "panel.obstacle"),
        (set_to("relaxation", 0, "by", value=9), "panel.relaxation[0].by"),
        (set_to("relaxation", value=[]), "panel.relaxation"),
        (set_to("relaxed_members", value=["n1"]), "panel.relaxation"),
        (set_to("relaxed_members", value=["n4"]), "panel.relaxed_members"),
        (set_to("rows", value=[]), "panel.rows"),
        (set_to("rows", 0, "asked", value="1"), "panel.rows[0].asked"),
    ],
)
def test_an_altered_answer_that_none_is_possible_is_found(
    change: Callable[[dict[str, Any]], None], place: str
) -> None:
    assert _place(impossible(), change).startswith(place)


def _place(bundle: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> str:
    result = counted(bundle)
    assert checked(bundle, copy.deepcopy(result))
    change(result["panel"])
    with pytest.raises(VERIFIER.Differs) as caught:
        checked(bundle, result)
    place: str = caught.value.place
    return place

"""The verifier's count and the program's: two programs that share no line, and one answer."""

from __future__ import annotations

import ast
import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings

from consulta.core.counting import bundle as core
from consulta.core.counting import count
from tests.checks.published import SCRIPT, VERIFIER
from tests.core.build import sensible
from tests.core.elections import bundles, encoded, panel_bundles
from tests.depth import COSTLY, examples

NETWORK = {
    "asyncio",
    "ftplib",
    "http",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "urllib",
    "webbrowser",
    "xmlrpc",
}
NEWER = {"bit_count", "pairwise", "batched", "is_junction", "cbrt", "exp2", "file_digest", "walk"}
"""Names of the standard library that Python 3.9 does not have, and that one might reach for here."""


def box_of(bundle: dict[str, Any], resamples: int) -> Any:
    """A verifier with a bundle and the result that the program counts from it, before it has looked."""
    data = encoded(bundle)
    parsed = core.parse(data)
    result = count.count(parsed, resamples).to_json()
    robustness = count.robustness_of_bundle(parsed, resamples).to_json()
    files = {"bundle.json": data, "result.json": result, "robustness.json": robustness}
    box = VERIFIER.Box(files, None, "archive", "en")
    box.round = VERIFIER.Round(box.json("bundle.json"))
    return box


def agrees(bundle: dict[str, Any], resamples: int = 0) -> Any:
    """Every field of the result is what the verifier finds; without draws, all but these."""
    box = box_of(bundle, resamples)
    VERIFIER.check_weights(box)
    VERIFIER.check_count(box)
    if resamples:
        VERIFIER.check_firmness(box)
    VERIFIER.check_robustness(box)
    if resamples:
        return box
    firm = box.json("result.json")["firmness"]
    assert VERIFIER.Recast(box).margin() == firm["margin"]
    assert VERIFIER.leave_one_out(box) == firm["leave_one_out"]
    return box


@given(bundles())
@settings(max_examples=examples(40), deadline=None, derandomize=True)
def test_they_agree(bundle: dict[str, Any]) -> None:
    agrees(bundle)


@pytest.mark.slow
@pytest.mark.deep  # the same law as before it, on more examples
@given(bundles())
@settings(max_examples=1000, deadline=None)
def test_they_agree_on_a_thousand_random_rounds(bundle: dict[str, Any]) -> None:
    agrees(bundle)


@pytest.mark.parametrize("bounds", [[0.9, 1.1], [0.99, 1.01]])
def test_they_agree_where_the_search_for_weights_went_in_a_circle(bounds: list[float]) -> None:
    """Four countries of very different size under narrow bounds: an honest round was refused."""
    bases = {"BB": [1] * 34 + [10**6] * 2, "CO": [10**6, 16003], "JM": [10**6], "MX": [10**6]}
    places = [(country, base) for country, several in bases.items() for base in several]
    seats = [
        {"seat": f"s{number}", "country": country, "categories": {}, "base": base}
        for number, (country, base) in enumerate(places)
    ]
    ballots = [
        {"seat": seat["seat"], "ranking": [["water"]], "objectives": [], "endorsements": []} for seat in seats
    ]
    rules = {"balance": {"country": "equal"}, "weight_bounds": bounds, "spread": {}}
    agrees({**sensible(), "rules": rules, "seats": seats, "ballots": ballots, "nominees": []})


@given(bundles())
@settings(max_examples=examples(6, few=COSTLY), deadline=None, derandomize=True)
def test_they_draw_the_same_lots(bundle: dict[str, Any]) -> None:
    agrees(bundle, VERIFIER.REPLICATES)


@given(panel_bundles())
@settings(max_examples=examples(40), deadline=None, derandomize=True)
def test_they_agree_about_a_panel(bundle: dict[str, Any]) -> None:
    VERIFIER.check_panel(agrees(bundle))


@given(panel_bundles())
@settings(max_examples=examples(15), deadline=None, derandomize=True)
def test_another_panel_is_found(bundle: dict[str, Any]) -> None:
    """One row, one sum or one member is another: each of them is seen."""
    box = agrees(bundle)
    whole = box.json("result.json")["panel"]
    changes: list[dict[str, Any]] = [{"pool": whole["pool"] + 1}, {"members": [*whole["members"], "nobody"]}]
    if whole["feasible"]:
        changes += [{name: whole[name] + 1} for name in ("support", "shortfall", "recent")]
        changes += [{"rows": [{**whole["rows"][0], "met": 99}, *whole["rows"][1:]]}, {"helps": {"x": []}}]
    for change in changes:
        box.json("result.json")["panel"] = json.loads(json.dumps({**whole, **change}))
        with pytest.raises((VERIFIER.Differs, *VERIFIER.UNREADABLE)):
            VERIFIER.check_panel(box)


def test_the_verifier_needs_python_3_9_and_nothing_else() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported, names = set(), set()
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Match | ast.TryStar)
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or ".").partition(".")[0])
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Call):
            asked = {keyword.arg for keyword in node.keywords}
            assert not (isinstance(node.func, ast.Name) and node.func.id == "zip" and "strict" in asked)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            assert not {"str", "int", "None"} & {
                part.id for part in (node.left, node.right) if isinstance(part, ast.Name)
            }
    assert imported <= set(sys.stdlib_module_names)
    assert not imported & NETWORK
    assert not names & NEWER
    assert "consulta" not in imported

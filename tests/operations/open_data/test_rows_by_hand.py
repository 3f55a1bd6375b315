"""Rows of open data out of values made by hand, of states that few rounds have."""

from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any

from consulta.core.texts import NOTHING
from consulta.operations.open_data import of_rounds

A, B, C = (Made(key=key) for key in "abc")


def test_what_the_topic_depends_on_is_told_where_it_is_public() -> None:
    depends = Made(themes_tried=4, targets_tried=2, alone_tried=True, themes=((A, (B,)),), alone=(C,))
    depends.targets = (({"sector": "sqrt", "country": "equal"}, (C, A)),)
    depends.ties = (Made(theme=A, objective=7, added=True, topics=(C,)),)
    firm = Made(differing=(Made(name="schulze", topics=(B,)),))
    view: Any = Made(depends=depends, several=None, rules=Made(support_min=3), balance=None, firmness=firm)
    told = {"cap": None, "support_min": 3, "without_theme_tried": 4, "other_targets_tried": 2}
    told["objectives_tried"] = True
    assert of_rounds._variants(view) == told
    view.several = Made(rule="heard", heard=0.5, other=(A, C), other_heard=0.4)
    more = {
        "topics_rule": "heard",
        "heard_share": 0.5,
        "topics_other_rule": ["a", "c"],
        "heard_share_other_rule": 0.4,
    }
    assert of_rounds._variants(view) == told | more
    assert list(of_rounds._depends(view)) == [
        {"line": 1, "on": "method", "method": "schulze", "topics": ["b"]},
        {"line": 2, "on": "themes", "without_theme": "a", "topics": ["b"]},
        {"line": 3, "on": "targets", "targets": ["sector=sqrt", "country=equal"], "topics": ["c", "a"]},
        {"line": 4, "on": "objectives", "topics": ["c"]},
        {"line": 5, "on": "objective_added", "tied_theme": "a", "tied_objective": 7, "topics": ["c"]},
    ]
    for cap in ("held", ""):
        view.balance = Made(cap=cap)
        assert of_rounds._variants(view)["cap"] == (cap or None)
    depends.alone, depends.ties, firm.differing = None, (), ()
    assert [row["on"] for row in of_rounds._depends(view)] == ["themes", "targets"]
    view.depends = None
    assert (of_rounds._variants(view), list(of_rounds._depends(view))) == ({}, [])


def test_support_of_which_nothing_is_told_has_no_row() -> None:
    nothing: dict[str, Any] = {"met": None, "supporting": None, "categories": (), "required": 2, "total": 4}
    support = [
        Made(dimension=name, **(nothing | told))
        for name, told in (
            ("a", {}),
            ("b", {"met": False}),
            ("c", {"supporting": 0}),
            ("d", {"categories": "yx"}),
        )
    ]
    theme: Any = Made(key="t1", support=support)
    rows = list(of_rounds._support(theme))
    assert [(row["dimension"], row["categories"]) for row in rows] == [
        ("b", []),
        ("c", []),
        ("d", ["x", "y"]),
    ]


def test_of_a_panel_places_and_what_is_of_everybody_are_told() -> None:
    seats = [Made(codes={"role": role, "subregion": "caribbean"}) for role in ("presenter", "listener")]
    rules = [
        Made(
            kind=kind, attribute=of, value=NOTHING, have=3, low=1, high=None, percent=None, hard=True, ok=True
        )
        for kind, of in (("size", ""), ("at_least", "role"), ("at_least", "sector"), ("at_most", "role"))
    ]
    panel: Any = Made(seats=seats, rows=[*rules, Made(**(vars(rules[0]) | {"kind": "mixed"}))])
    rows = of_rounds._panel(panel)
    assert [(row["place"], row["role"]) for row in rows["panel"]] == [(1, "listener"), (2, "presenter")]
    assert [(row["line"], row["have"]) for row in rows["panel_rules"]] == [
        *((1, 3), (2, 3), (3, None), (4, None), (5, None)),
    ]

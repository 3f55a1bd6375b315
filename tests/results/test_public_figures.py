"""What one figure of a round of totals would tell of another that is hidden, each rule on examples."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from consulta.core.disclosure.suppression import Block
from consulta.results import public_figures

if TYPE_CHECKING:
    from collections.abc import Iterable


def figures(monkeypatch: pytest.MonkeyPatch, **values: object) -> Any:
    """Figures with nothing but what one rule looks at; every figure by weight is blurred enough."""
    made = object.__new__(public_figures._Figures)
    made.step, made.count = 5, 40
    for name, value in values.items():
        monkeypatch.setattr(made, name, value, raising=False)
    monkeypatch.setattr(made, "_is_blurred", lambda *_given, **_options: True)
    return made


def hidden(themes: int, points: Iterable[int] = (), pairs: Iterable[tuple[int, int]] = ()) -> list[int]:
    """How many pairs of each theme are hidden in the end, of all themes against each other."""
    every = [(x, y) for x in range(themes) for y in range(x + 1, themes)]
    told: dict[tuple[int, int], int | None] = {pair: 51 + number for number, pair in enumerate(every)}
    told.update(dict.fromkeys(pairs))
    public_figures._hide_partners(told, frozenset(points))
    assert [told[pair] for pair in pairs] == [None] * len([*pairs]), "what was hidden stays so"
    return [sum(percent is None for pair, percent in told.items() if x in pair) for x in range(themes)]


def test_no_pair_is_left_hidden_alone() -> None:
    """The points of a theme are the mean of its pairs: one that is missing would follow from the others."""
    assert hidden(5) == [0] * 5
    for found in (hidden(5, pairs=[(0, 1)]), hidden(5, points=[2]), hidden(4, points=[0, 3])):
        assert 1 not in found
        assert sum(found) > 0
    assert hidden(5, points=[2])[2] >= 2


@pytest.mark.parametrize(
    ("unnamed", "needed", "met", "open_"),
    [
        (0, 0, True, True),  # nothing to find out
        (2, 2, True, False),  # both have to support it
        (2, 1, True, True),
        (2, 1, False, False),  # a single one would have been enough: none does
        (2, 2, False, True),
        (3, 2, False, True),
    ],
)
def test_support_of_unnamed_categories_stays_open(unnamed: int, needed: int, met: bool, open_: bool) -> None:
    assert public_figures._stays_open(unnamed, needed, met=met) is open_


def test_relevance_is_told_only_where_each_objective_of_the_theme_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = figures(monkeypatch, points_told=frozenset(), wins=[None], urgent={1: 40, 2: None})
    theme = {"score": "1/2", "points": "1/2", "relevance": "2/5"}
    assert made._scores(theme, [1], 0)["relevance_percent"] == 40
    assert made._scores(theme, [1, 2], 0)["relevance_percent"] is None


def test_whether_a_theme_reaches_far_is_told_where_no_dimension_hides_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a chosen theme it is said in any case, since the choice says it."""
    met: dict[str, bool | None] = {"sector": True, "subregion": None}
    made = figures(
        monkeypatch,
        bundle=SimpleNamespace(rules=SimpleNamespace(spread=met)),
        facts={"topics": [{"key": "chosen"}]},
        _in=lambda dimension, _theme: {"met": met[dimension]},
    )
    assert made._support({"key": "other", "spread_met": True})["spread_met"] is None
    assert made._support({"key": "chosen", "spread_met": True})["spread_met"] is True
    met["subregion"] = True
    assert made._support({"key": "other", "spread_met": True})["spread_met"] is True


def test_the_weighted_share_of_a_category_is_told_where_none_of_its_dimension_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All shares together are the whole: a hidden one would follow from the others."""
    alone, both = ("andes",), ("caribbean", "mexico")
    line = {"dimension": "subregion", "category": "andes", "weighted": "1/4"}

    def told(others: tuple[str, ...], *, balanced: bool = True, counted: bool = True) -> int | None:
        block = Block("subregion", alone, 20, 10)
        made = figures(
            monkeypatch,
            blocks=[block, Block("subregion", others, 40, 30), Block("sector", both, 60, 40)],
            bundle=SimpleNamespace(rules=SimpleNamespace(balance={"subregion": "equal"} if balanced else {})),
            facts={"voices": [line] if counted else []},
            _target=lambda _block: 25,
        )
        return cast("int | None", made._line(block)["weighted_percent"])

    assert told(("caribbean",)) == 25
    assert told(both) is None
    assert told(("caribbean",), balanced=False) is None
    assert told(("caribbean",), counted=False) is None

"""What may be told of a vote: each limit by hand, one below and one above it, without a round."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.platform.work import Actor
from consulta.results import your_vote
from consulta.results.your_vote import Change, PanelTelling, Reason, Telling, ToldPanel, _is_even
from tests.cases import for_each

TENTH, MORE = Fraction(1, 10), Fraction(11, 100)
ANDES = {"dimension": "subregion", "category": "andes"}
MEMBERS = ("n1", "n2")


def of(**values: Any) -> Any:
    return SimpleNamespace(**values)


def seat(name: str = "s1", base: int = 3, **categories: str) -> Any:
    return of(seat=name, base=base, country="PE", categories={"subregion": "andes"} | categories)


def public(**values: Any) -> dict[str, Any]:
    """Public figures in which the Andes stand by themselves, and no sector does."""
    participation = [
        {"dimension": "subregion", "categories": ["andes"], "share_percent": 40, "target_percent": 50},
        {"dimension": "sector", "categories": ["ngo", "media"], "share_percent": 100, "target_percent": 100},
    ]
    firmness = {"leave_one_out": [ANDES]}
    kept = {"detail": "figures", "small_cell": 5, "participation": participation, "firmness": firmness}
    return kept | {"order": {"points": ["a"]}} | values


def telling(told: dict[str, Any] | None, result: Any = None, **values: Any) -> Telling:
    """A round of three themes that is balanced by subregion; `values` in place of what it has of effects."""
    bundle = of(
        seats=[seat(sector="ngo"), seat("s2")],
        ballots=[None] * values.pop("ballots", 60),
        themes=[None] * 3,
        rules=of(
            balance=values.pop("balance", {"subregion": "equal"}),
            method="points",
            max_ranks=values.pop("ranks", 5),
        ),
    )
    many = {"crowd": lambda: of(ballots=60, heaviest=TENTH), "crowd_away": lambda *_given: None}
    return Telling(of(**{"bundle": bundle} | many | values), result, told)


@for_each(
    "say, side",
    [
        (Fraction(1, 2), "even"),
        (Fraction(1, 2) + Fraction(1, 201), "even"),
        (Fraction(1, 2) - Fraction(1, 201), "even"),
        (Fraction(1, 2) + Fraction(1, 200), "fewer"),
        (Fraction(1, 2) - Fraction(1, 200), "more"),
    ],
)
def test_parts_that_differ_by_less_than_half_a_per_cent_are_even(say: Fraction, side: str) -> None:
    assert your_vote._side(Fraction(1, 2), say) == side


@for_each(
    "weight, told",
    [(0, 250_000), (374_999, 250_000), (375_001, 500_000), (1_000_000, 1_000_000), (1_130_000, 1_250_000)],
)
def test_in_a_round_of_totals_a_weight_is_told_in_quarters_and_never_as_none(weight: int, told: int) -> None:
    reason = Reason("subregion", "andes", "fewer", None, None)
    assert telling(public())._weight(seat(), of(weight=weight)) == (told, (reason,))


def test_a_part_of_the_votes_that_rounds_to_none_is_one() -> None:
    shown = {"dimension": "subregion", "categories": ["andes"], "share_percent": 0, "target_percent": 1}
    assert telling(public(participation=[shown]))._reason("subregion", "andes").side == "fewer"


def test_a_seat_is_found_by_its_name() -> None:
    assert {name: found.base for name, found in telling(None).seats.items()} == {"s1": 3, "s2": 3}


def test_a_weight_is_hidden_where_a_category_of_it_is_not_shown_or_there_are_no_figures() -> None:
    hidden: tuple[None, tuple[()]] = None, ()
    two = {"subregion": "equal", "sector": "equal"}
    assert telling(public(), balance=two)._weight(seat(sector="ngo"), of(weight=7)) == hidden
    assert telling(public(detail="topics"))._weight(seat(), of(weight=7)) == hidden
    assert telling(public(), balance={"country": "equal"})._weight(seat(), of(weight=7)) == hidden


def test_where_ballots_are_public_a_weight_is_told_with_the_parts_of_each_balanced_dimension() -> None:
    lines = [
        of(dimension="country", category="PE", share=Fraction(1, 8), weighted=Fraction(1, 4)),
        of(dimension="subregion", category="caribbean", share=Fraction(1), weighted=Fraction(1)),
        of(dimension="subregion", category="andes", share=Fraction(1, 2), weighted=Fraction(1, 3)),
    ]
    found = telling(
        None, of(weights=of(margins=lines)), balance={"subregion": "equal", "country": "equal"}
    )._weight(seat(), of(weight=374_999))
    assert found == (
        374_999,
        (Reason("subregion", "andes", "more", 50, 33.33), Reason("country", "PE", "fewer", 12.5, 25)),
    )


def test_a_weight_at_its_bound_is_that_of_its_cell_and_its_base() -> None:
    cells = [
        of(categories={"subregion": "caribbean"}, each=3, at_bound="lower"),
        of(categories={"subregion": "andes"}, each=2, at_bound="upper"),
        of(categories={"subregion": "andes"}, each=3, at_bound="cap"),
        of(categories={"subregion": "andes"}, each=4, at_bound=None),
    ]
    result = of(weights=of(cells=cells))
    assert [telling(None, result)._bound(seat(base=base)) for base in (2, 3, 4, 5)] == [
        "upper",
        "cap",
        "",
        "",
    ]
    assert telling(None, result, balance={})._bound(seat(base=3)) == ""
    without_base = of(weights=of(cells=[of(categories={}, at_bound="lower")]))
    assert telling(None, without_base)._bound(seat()) == "lower"


@for_each(
    "ballots, heaviest, more, many",
    [
        (50, TENTH, 0, True),
        (49, TENTH, 0, False),
        (52, TENTH, 2, True),
        (51, TENTH, 2, False),
        (90, MORE, 0, False),
    ],
)
def test_many_are_fifty_ballots_of_which_none_has_more_than_a_tenth(
    ballots: int, heaviest: Fraction, more: int, many: bool
) -> None:
    crowd = of(ballots=ballots, heaviest=heaviest)
    assert telling(public(), crowd=lambda: crowd)._has_many(more) is many
    assert telling(public(detail="topics"), crowd=lambda: crowd)._has_many(more) is False
    assert telling(None, crowd=lambda: crowd)._has_many(more) is True


@for_each(
    "before, left, heaviest, many",
    [
        (59, 52, TENTH, True),
        (58, 52, TENTH, False),  # six of the category: five can be told apart, and two know of themselves
        (60, 51, TENTH, False),
        (70, 60, MORE, False),
        (70, None, TENTH, False),
    ],
)
def test_an_order_without_a_category_is_told_where_many_are_left_and_enough_are_gone(
    before: int, left: int | None, heaviest: Fraction, many: bool
) -> None:
    gone = None if left is None else of(ballots=left, heaviest=heaviest)
    effects = {"crowd": lambda: of(ballots=before, heaviest=TENTH), "crowd_away": lambda *_given: gone}
    assert telling(public(), **effects)._leaves_many(seat(), "subregion") is many
    assert telling(None, **effects)._leaves_many(seat(), "subregion") is True


@for_each("ranks, least", [(5, 13), (2, 16), (1, 29)])
def test_orders_are_told_where_they_say_less_than_half_of_what_the_ballots_say(
    ranks: int, least: int
) -> None:
    """Eight orders of three themes, of two that pool their pages, in bits: 20.7."""
    for ballots in (least - 1, least):
        assert telling(public(), ranks=ranks, ballots=ballots)._tells_orders() is (ballots == least)
    assert telling(None, ballots=3)._tells_orders() is True
    assert telling(public(order={"pairs": ["a"]}))._tells_orders() is False
    assert telling(public(order=None))._is_ordered() is False


def test_why_nothing_is_told_of_what_would_have_been() -> None:
    found = of(topics=("a",), order=("a", "b", "c"))
    few = {"crowd": lambda: of(ballots=49, heaviest=TENTH)}
    just = {"crowd": lambda: of(ballots=50, heaviest=TENTH)}
    left = {"crowd_away": lambda *_given: of(ballots=52, heaviest=TENTH)}
    at, caribbean = seat(), seat(subregion="caribbean")

    def told(change: Change) -> tuple[object, ...]:
        return change.topics, change.order, change.why

    assert told(telling(public())._change("without", None)) == (None, None, "nothing")
    assert told(telling(public(), **few)._change("without", found)) == (None, None, "few")
    assert told(telling(public())._change("without", found)) == (("a",), ("a", "b", "c"), "")
    assert told(telling(public(), ballots=12)._change("without", found)) == (("a",), None, "")
    for effects, whose, what, expected in (
        (few, at, found, (None, None, "few")),
        (left, caribbean, found, (None, None, "small")),
        (left, at, None, (None, None, "nothing")),
        (left, at, found, (("a",), ("a", "b", "c"), "")),
        ({}, at, found, (("a",), None, "")),
        (just, at, found, (("a",), None, "")),
        (left | {"ballots": 12}, at, found, (("a",), None, "")),
    ):
        change = telling(public(), **effects)._away(whose, "subregion", what)
        assert told(change) == expected
        assert (change.what, change.dimension) == ("away", "subregion")
    for effects in (few, left):
        assert told(telling(None, **effects)._away(caribbean, "subregion", found)) == (
            ("a",),
            found.order,
            "",
        )


@for_each("secrecy", ["open", "aggregate", "aggregate without an order"])
def test_a_page_has_the_official_order_where_that_is_public(secrecy: str) -> None:
    told = {"open": None, "aggregate": public()}.get(secrecy, public(order=None))
    changed = of(topics=("b",), order=("b", "a", "c"))
    effect = of(weight=500_000, pairs=2, kept=3, without=changed, average=None, away={"subregion": changed})
    result = of(weights=of(margins=[of(dimension="subregion", category="andes", share=TENTH, weighted=TENTH)],
                           cells=[of(categories={}, at_bound="cap")]))  # fmt: skip
    page = telling(
        told,
        result,
        official=of(topics=("a", "c"), order=("a", "c", "b")),
        of_seat=lambda name, dimensions: {("s2", ("subregion",)): effect}[name, dimensions],
        places_on=lambda name: {"a": 2, "b": 1, "c": None},
    ).of_seat(seat("s2"))
    ordered = secrecy != "aggregate without an order"
    assert (page.base, page.weight, page.rounded) == (3, 500_000, secrecy != "open")
    assert (page.bound, page.places) == ("cap" if secrecy == "open" else "", {"a": 2, "c": 0})
    assert (page.topics, page.order) == (("a", "c"), ("a", "c", "b") if ordered else None)
    assert (page.pairs, page.kept) == ((2, 3) if ordered else (None, None))
    assert [(each.what, each.why) for each in page.changes] == [
        ("without", ""),
        ("average", "nothing"),
        ("away", ""),
    ]


# -- of the panel


def panel_telling(**values: Any) -> PanelTelling:
    """A round of sixty ballots, 53 of which endorse people; without a category 40 and 46 are left."""
    effects = of(
        crowd=lambda: of(ballots=values.get("ballots", 67)),
        crowd_away=lambda *_given: values.get("away", of(ballots=53)),
        of_seat=lambda *_given: None,
    )
    panels = of(
        official=values.get("official", of(members=MEMBERS, proven=True)),
        is_endorsed=values.get("endorsed", True),
        behind=lambda: values.get("behind", of(ballots=59, heaviest=TENTH)),
        behind_away=lambda *_given: values.get("behind_away", of(ballots=52, heaviest=TENTH)),
        fewest=lambda: values.get("fewest", 7),
        of_seat=lambda *_given: of(without=None, average=None, away={"subregion": None}),
    )
    changes = [
        Change("without", "", "", None, None, "few"),
        Change("away", "subregion", "andes", None, None, ""),
    ]
    found: Any = of(effects=effects, of_seat=lambda _seat: of(changes=changes))
    return PanelTelling(found, panels, 5, 4)


@for_each(
    "found, even",
    [
        (None, False),
        (of(ballots=52, heaviest=TENTH), True),
        (of(ballots=51, heaviest=TENTH), False),
        (of(ballots=90, heaviest=MORE), False),
    ],
)
def test_many_endorse_people_where_it_is_fifty_beside_two_and_none_is_heavy(found: Any, even: bool) -> None:
    assert _is_even(found) is even


@for_each(
    "values, many",
    [
        ({}, True),
        ({"ballots": 59}, True),
        ({"ballots": 58}, False),  # so few more than endorse people that it would tell that all do
        ({"fewest": 6}, False),
        ({"behind": None}, False),
        ({"behind": of(ballots=51, heaviest=TENTH)}, False),
    ],
)
def test_a_panel_is_told_where_many_endorse_it_and_each_of_its_people(
    values: dict[str, Any], many: bool
) -> None:
    assert panel_telling(**values)._has_many() is many


@for_each(
    "values, large",
    [
        ({}, True),  # fourteen of the category, seven of which endorse people
        ({"ballots": 66}, False),
        ({"behind": of(ballots=58, heaviest=TENTH)}, False),
        ({"behind": None}, False),
        ({"away": None}, False),
        ({"behind_away": None}, False),
        ({"behind_away": of(ballots=51, heaviest=TENTH)}, False),
        ({"behind_away": of(ballots=52, heaviest=MORE)}, False),
    ],
)
def test_a_group_is_large_where_no_organisations_that_pool_tell_its_ballots_apart(
    values: dict[str, Any], large: bool
) -> None:
    assert panel_telling(**values)._is_large(seat(), "subregion") is large


def test_why_the_panel_is_not_told() -> None:
    same, other = of(members=("n3", "n2"), proven=True), of(members=(), proven=True)
    without, away = (Change(what, dimension, "", None, None, "") for what, dimension in
                     (("without", ""), ("away", "subregion")))  # type: ignore[arg-type]  # fmt: skip
    small = {"ballots": 66}
    for values, change, found, others, why in (
        ({}, Change("away", "", "", None, None, "small"), same, None, "small"),
        ({}, without, None, None, "nothing"),
        ({"fewest": 6}, without, same, None, "few"),
        ({"fewest": 6, "endorsed": False}, without, same, 1, ""),
        (small, without, same, 1, ""),
        (small, away, same, None, "small"),
        (small | {"endorsed": False}, away, same, 1, ""),
        ({}, away, same, 1, ""),
        ({}, away, other, None, "none"),
        ({}, away, of(members=("n3",), proven=False), None, "search"),
    ):
        told = panel_telling(**values)._places(seat(), change, found)  # type: ignore[arg-type]
        assert (told.others, told.why) == (others, why)
        assert (told.what, told.dimension) == (change.what, change.dimension)


def test_of_a_panel_that_is_none_or_not_proven_best_no_change_is_told() -> None:
    for official, why in (
        (of(members=(), proven=True), "none"),
        (of(members=MEMBERS, proven=False), "search"),
    ):
        told = panel_telling(official=official).of_seat(seat())
        assert told == ToldPanel(len(official.members), True, why, (), 4)  # type: ignore[arg-type]
    told = panel_telling().of_seat(seat())
    assert (told.size, told.endorsed, told.why, told.version) == (2, True, "", 4)
    assert [(each.what, each.why) for each in told.changes] == [("without", "few"), ("away", "nothing")]


# -- the page


def page_of(monkeypatch: pytest.MonkeyPatch, kept: Any = None, **values: Any) -> Any:
    """The page of a seat without a ballot in a published round whose panel is public in version 3."""
    usual = {
        "state": State.PUBLISHED,
        "panel_version": 3,
        "rules": None,
        "title": "",
        "themes": (),
        "example": False,
    }
    found = of(**{"id": 7, "key": "2027-1"} | usual | values)
    monkeypatch.setattr(your_vote.ballots, "seat", lambda *_given: of(id=4, name="Red", round=found))
    monkeypatch.setattr(your_vote.ballots, "current", lambda *_given: None)
    session = of(get=lambda *_given: kept)
    return your_vote.own(of(session=session, actor=Actor("vote_reader", 1, "Ana", seat_id=4)), "2027-1")


@for_each(
    "set_, balanced",
    [(None, True), ({}, True), ({"balance": {}}, False), ({"balance": {"subregion": "equal"}}, True)],
)
def test_a_page_says_whether_weights_were_balanced(
    monkeypatch: pytest.MonkeyPatch, set_: Any, balanced: bool
) -> None:
    page = page_of(monkeypatch, rules=set_)
    assert (page.balanced, page.state, page.told, page.panel) == (balanced, "silent", None, None)


def test_what_is_told_of_a_panel_keeps_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    told = telling(None, of(weights=of(margins=[], cells=[])), balance={}, official=of(topics=(), order=()),
                   of_seat=lambda *_given: of(weight=1, pairs=0, kept=0, without=None, average=None,
                                              away={"subregion": None}),
                   places_on=lambda _name: {}).of_seat(seat("s2")).to_text()  # fmt: skip
    kept = of(told=told, panel=ToldPanel(2, True, "", (), 2).to_text())
    page = page_of(monkeypatch, kept)
    assert (page.state, page.panel.version, page.panel_version) == ("told", 2, 3)
    assert page_of(monkeypatch, kept, panel_version=None).panel is None
    closed = page_of(monkeypatch, kept, state=State.CLOSED)
    assert [each.life for each in your_vote.PURPOSES] == [timedelta(days=365)]
    assert (closed.state, closed.told) == ("unpublished", None)
    with pytest.raises(Problem, match=r"vote\.elsewhere"):
        page_of(monkeypatch, key="2027-2")

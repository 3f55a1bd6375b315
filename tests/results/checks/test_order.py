"""What is published lets others ask whether standing early on the page helped, and tells of nobody's vote."""

from __future__ import annotations

import json
from collections import Counter
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.trust.ordering import theme_order
from consulta.platform.models import Ballot, Round, Seat, Theme
from consulta.platform.work import COMMAND
from consulta.results import archive
from tests.closed import counted, mixed
from tests.deep import examples
from tests.factories import moment
from tests.results.checks.forging import Files, chain_again, receipts_of, row_of, rows_of, tell
from tests.results.checks.published import archive_of, live, unpacked, verify
from tests.results.checks.test_tamper import RECEIPTS, refuses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consulta.platform.work import Bench
    from tests.benches import Visitor

FIRST, SECOND, THIRD = ("t1", "t2", "t3"), ("t3", "t1", "t4"), ("t5", "t2", "t1")


def published(files: Files) -> dict[str, object]:
    told: dict[str, object] = json.loads(row_of(rows_of(files), "rounds.published")["details"])
    return told


def by_hand(files: Files) -> tuple[list[int], dict[str, tuple[str, ...]]]:
    """From an archive that names the seats: the three numbers, and the order that each ballot showed."""
    package = json.loads(files["package.json"])
    commitment = json.loads(row_of(rows_of(files), "rounds.committed")["details"])["commitment"]
    keys = [theme["key"] for theme in package["themes"]]
    places = {seat["organisation"]: number for number, seat in enumerate(package["seats"], start=1)}
    thirds, shown = [0, 0, 0], {}
    for row in receipts_of(files):
        order = theme_order(keys, places[row["organisation"]], commitment)
        shown[row["code"]] = order
        thirds[order.index(row["ranking"].split(" > ")[0]) * 3 // len(order)] += 1
    return thirds, shown


@pytest.mark.parametrize(("secrecy", "complete"), [("open", False), ("open", True), ("aggregate", True)])
def test_where_ballots_have_names_the_order_of_each_follows_from_the_archive(
    bench: Bench, secrecy: str, complete: bool
) -> None:
    live(bench, secrecy)
    files = unpacked(archive_of(bench, complete=complete))
    thirds, shown = by_hand(files)
    with bench.read(COMMAND, moment()) as work:
        stored = {
            row.receipt: row.shown for row in work.session.execute(select(Ballot.receipt, Ballot.shown))
        }
    assert {code: list(order) for code, order in shown.items()}.items() <= stored.items()
    assert len(shown) == sum(thirds) == 10
    assert published(files).get("first_stood") == (thirds if secrecy == "open" else None)
    assert verify(files)[0] == 0


def test_numbers_that_do_not_follow_are_found(bench: Bench) -> None:
    live(bench, "open")
    files = unpacked(archive_of(bench))
    rows = rows_of(files)
    thirds, _shown = by_hand(files)
    tell(row_of(rows, "rounds.published"), first_stood=[thirds[0] + 1, thirds[1] - 1, thirds[2]])
    assert "first_stood" in refuses(chain_again(files, rows), RECEIPTS)


@pytest.mark.deep
@pytest.mark.parametrize("secrecy", ["pseudonymous", "aggregate"])
def test_a_small_round_without_names_tells_nothing(bench: Bench, secrecy: str) -> None:
    live(bench, secrecy)
    assert "first_stood" not in published(unpacked(archive_of(bench)))


@pytest.mark.deep
@pytest.mark.parametrize(
    ("lang", "said"), [("es", "primer, segundo y último tercio"), ("en", "first, middle and last")]
)
def test_a_large_one_tells_how_many_of_each_third_on_its_page(
    bench: Bench, visitor: Visitor, lang: str, said: str
) -> None:
    counted(bench, "totals", mixed(60, FIRST, SECOND, THIRD), publish=True)
    files = unpacked(archive_of(bench, "totals"))
    assert published(files)["first_stood"] == [20, 20, 20]
    page = visitor.get(f"/{lang}/rounds/totals/result/figures").text
    assert said in page
    assert "<dd>20 · 20 · 20</dd>" in page


@pytest.mark.deep
def test_a_third_that_few_ballots_make_up_hides_all_three(bench: Bench) -> None:
    counted(bench, "totals", [*mixed(56, FIRST, SECOND), *mixed(4, THIRD)])
    assert "first_stood" not in published(unpacked(archive_of(bench, "totals")))


def test_if_the_order_makes_no_difference_each_place_is_first_alike() -> None:
    assert archive.expected(14, 140) == [50, 50, 40]
    assert archive.expected(6, 61) == [20, 20, 20]
    assert archive.expected(3, 9) == [3, 3, 3]


def exchanged(groups: list[list[Ballot]]) -> Iterator[list[tuple[Ballot, Ballot]]]:
    """Every way to deal each group's ballots anew: whose page, and what was sent from it."""
    for dealt in product(*(permutations(group) for group in groups)):
        yield [
            pair
            for group, given in zip(groups, dealt, strict=True)
            for pair in zip(group, given, strict=True)
        ]


def thirds_of(pairs: Iterable[tuple[Ballot, Ballot]]) -> Counter[int]:
    return Counter(mine.shown.index(sent.ranking[0][0]) // 2 for mine, sent in pairs)


PAGE = ("t1", "t2", "t3", "t4", "t5", "t6")


def sent(first: str, *, backwards: bool = False) -> Ballot:
    """A ballot with one theme, from a page in the order of the keys or the other way round."""
    return Ballot(shown=PAGE[::-1] if backwards else PAGE, ranking=[[first]])


def told_of(ballots: list[Ballot], secrecy: str, least: int = 5) -> list[int] | None:
    """What is told of ballots of organisations that are all alike."""
    of_round = Round(themes=[Theme(key=key) for key in PAGE], secrecy=secrecy)
    people = [(Seat(country="PE", categories={"sector": "ngo"}, base=1), each) for each in ballots]
    return archive.first_stood(of_round, people, least)


def test_the_numbers_are_told_of_enough_ballots_with_enough_in_each_third() -> None:
    themes = [*(f"t{1 + number % 4}" for number in range(45)), *["t6"] * 5]
    ballots = [sent(theme) for theme in themes]
    assert told_of(ballots, "aggregate") == told_of(ballots, "pseudonymous") == [23, 22, 5]
    assert told_of([*ballots[:-1], sent("t1")], "aggregate") is None, "four in the last third"
    assert told_of(ballots[1:], "aggregate") is None, "49 ballots"
    assert told_of(ballots[-1:], "open") == [0, 0, 1]
    assert told_of([], "open") is None
    assert told_of([*ballots, sent("t7")], "open") is None, "a theme that was on no page"
    assert archive.first_stood(Round(themes=[Theme(key="t1")] * 2, secrecy="open"), [], 5) is None


def test_a_small_group_stays_open_where_exchanges_change_nothing_or_make_up_for_one_another() -> None:
    alike = [sent("t1"), sent("t1", backwards=True)]
    to_the_front = [sent("t6"), sent("t1", backwards=True)]  # exchanged, both first themes stand in front
    to_the_back = [sent("t1"), sent("t6", backwards=True)]

    def stays_open(*groups: list[Ballot], least: int = 3) -> bool:
        return archive._stays_open([archive._Group(len(group), group) for group in groups], least)

    assert stays_open(alike) is True
    assert stays_open(to_the_front) is stays_open(to_the_back) is False
    assert stays_open(to_the_front, to_the_front, alike) is False
    assert stays_open(to_the_front, to_the_back) is True
    assert stays_open(to_the_front, to_the_front, to_the_back) is True
    assert stays_open(to_the_front, least=2) is True, "a group that is not small"
    assert stays_open([*to_the_front, sent("t6")], alike, least=4) is False
    assert stays_open(to_the_front, [*to_the_back, sent("t1")]) is True, "made up for in a large one"


@settings(deadline=None, max_examples=examples(25))
@given(st.randoms(use_true_random=False), st.lists(st.integers(2, 3), min_size=1, max_size=3), st.booleans())
def test_without_names_any_two_of_a_small_group_could_have_each_others_ballot(
    luck: Any, sizes: list[int], twins: bool
) -> None:
    """Everything is known but who in a small group sent which ballot: try all, as a reader might."""
    keys = [f"t{number}" for number in range(1, 7)]
    themes = [Theme(key=key) for key in keys]
    groups = [
        [Ballot(shown=luck.sample(keys, 6), ranking=[[luck.choice(keys)]]) for _ in range(size)]
        for size in [*sizes, *[1] * 48]
    ]
    for one, other in (group for group in groups[: len(sizes)] if twins and len(group) == 2):
        twin = (one.shown, other.ranking), (other.shown, one.ranking)
        groups.insert(0, [Ballot(shown=shown, ranking=ranking) for shown, ranking in twin])
    people = [
        (Seat(country="PE", categories={"sector": f"s{number}"}, base=1), ballot)
        for number, group in enumerate(groups)
        for ballot in group
    ]
    small = [group for group in groups if len(group) > 1]
    told = archive.first_stood(Round(themes=themes, secrecy="pseudonymous"), people, 5)
    truth = thirds_of((ballot, ballot) for group in small for ballot in group)
    fitting = {
        (id(mine), id(sent))
        for pairs in exchanged(small)
        if thirds_of(pairs) == truth
        for mine, sent in pairs
    }
    everybody = {(id(mine), id(sent)) for group in small for mine, sent in product(group, group)}
    assert told in (None, archive.first_stood(Round(themes=themes, secrecy="open"), people, 5))
    assert told is None or fitting == everybody
    event("told" if told else "hidden")

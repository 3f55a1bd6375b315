"""Ballots in PrefLib's formats: the narrowest kind, counts and weights as in the published count."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulta.core.counting import bundle as bundles
from consulta.core.counting.files import Cell
from consulta.operations.open_data import preflib
from consulta.platform import documents
from consulta.platform.work import ANONYMOUS
from consulta.rounds import service as rounds
from tests.factories import moment
from tests.operations.open_data.made import KEY, files, round_of, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.work import Bench


def read(text: str) -> Iterator[tuple[int, preflib.Order]]:
    """Yield number and order of each line of such a file."""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        number, _, order = line.partition(": ")
        tiers = re.findall(r"\{[\d,]+\}|\d+", order)
        yield int(number), tuple(tuple(int(each) for each in tier.strip("{}").split(",")) for tier in tiers)


@given(
    st.dictionaries(
        st.permutations(range(1, 6)).flatmap(
            lambda order: st.lists(st.sampled_from([1, 2]), min_size=1, max_size=4).map(
                lambda sizes: tuple(
                    tuple(sorted(order[sum(sizes[:n]) : sum(sizes[: n + 1])]))
                    for n in range(len(sizes))
                    if sum(sizes[: n + 1]) <= 5
                )
            )
        ),
        st.integers(1, 10**9),
        max_size=8,
    )
)
def test_what_is_written_is_read(orders: dict[preflib.Order, int]) -> None:
    found = {order: number for order, number in orders.items() if order}
    lines = "".join(f"{number}: {preflib._written(order)}\n" for order, number in found.items())
    assert {order: number for number, order in read(lines)} == found


@pytest.mark.parametrize("secrecy", ["open", "pseudonymous"])
def test_counts_and_weights_are_those_of_the_count(bench: Bench, secrecy: str) -> None:
    round_of(bench, secrecy, 1, 60)
    found = files(bench)
    name = next(each for each in found if each.startswith("ballots."))
    (ballots,) = (each for each in found if each.startswith("ballots.") and not each.endswith(".csv"))
    weighted = ballots.replace("ballots.", "ballots-weighted.")
    rows = tables(found)["ballots"]
    plain, heavy = (list(read(found[each].decode())) for each in (ballots, weighted))
    assert name
    assert sum(number for number, _order in plain) == len(rows)
    assert sum(number for number, _order in heavy) == sum(row["weight_millionths"] for row in rows)
    head = found[ballots].decode()
    assert f"# NUMBER VOTERS: {len(rows)}\n" in head
    assert "# NUMBER ALTERNATIVES: 6\n" in head
    assert f"# DATA TYPE: {ballots.rpartition('.')[2]}\n" in head
    assert "# ALTERNATIVE NAME 1: Theme 1\n" in head
    keys = [f"t{number}" for number in range(1, 7)]
    first = dict.fromkeys(keys, 0)
    for number, order in plain:
        if len(order[0]) == 1:
            first[keys[order[0][0] - 1]] += number
    assert first == {row["theme"]: row["first"] for row in tables(found)["themes"]}


@pytest.mark.deep
def test_the_ballots_are_those_of_the_published_bundle(bench: Bench) -> None:
    round_of(bench, "pseudonymous", 1, 60)
    rows = {row["seat"]: row for row in tables(files(bench))["ballots"]}
    with bench.read(ANONYMOUS, moment()) as work:
        kept = documents.find(work.session, rounds.known(work, KEY).id, "bundle")
        assert kept is not None
        content = kept.content.encode()
    bundle = bundles.parse(content)
    seats = {seat.seat: seat for seat in bundle.seats}
    assert set(rows) == {ballot.seat for ballot in bundle.ballots}
    for ballot in bundle.ballots:
        row = rows[ballot.seat]
        assert row["ranking"] == " > ".join(" = ".join(sorted(tier)) for tier in ballot.ranking)
        assert row["country"] == seats[ballot.seat].country
        assert (row["objectives"] or "") == ";".join(map(str, ballot.objectives))
    assert not {"organisation", "name", "endorsements"} & set(next(iter(rows.values())))
    assert "ranking" in json.dumps(files(bench)["datapackage.json"].decode())


def test_a_ballot_counts_its_base_times_the_weight_of_its_cell() -> None:
    """A cell has a base; where nothing is balanced there is one cell of each base."""
    seat: Any = SimpleNamespace(base=3, country="PE", categories={"subregion": "andes", "sector": "ngo"})
    cells = [
        Cell({"subregion": "andes", "country": "PE"}, each=3, micro=5),
        Cell({"subregion": "andes", "country": "BO"}, each=3, micro=7),
    ]
    assert preflib._Weigh(cells).value(seat) == 15
    assert preflib._Weigh(cells[1:]).value(seat) == 0
    based = [replace(cells[0], each=base, micro=micro) for base, micro in ((2, 8), (3, 9))]
    assert preflib._Weigh([*based]).value(seat) == 27
    assert preflib._Weigh([Cell({}, each=3, micro=4)]).value(seat) == 12
    assert preflib._Weigh([]).value(seat) == 0
    seat.seat, seat.categories["size"], seat.categories["age"] = "s1", "small", "new"
    ballot: Any = SimpleNamespace(ranking=(("b", "a"), ("c",)), objectives=(3, 1))
    row = preflib._row(seat, ballot, 15)
    assert (row["subregion"], row["sector"], row["other_categories"]) == (
        "andes",
        "ngo",
        ["age=new", "size=small"],
    )
    assert (row["ranking"], row["objectives"], row["weight_millionths"]) == ("a = b > c", [1, 3], 15)

"""The threshold of small groups, at it and one below: half of it would publish what must stay hidden.

The attacks in `test_secrecy_attack` say that what is published is safe. These examples say which figures are
published at all, for thresholds of 4, 5 and 8: one with so many ballots is told, one with a ballot fewer is
not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from consulta.core.counting import bundle as core
from consulta.core.disclosure.blur import Figure
from consulta.core.disclosure.suppression import Cell, blocks
from consulta.platform import accounts
from consulta.platform.models import Ballot, Round, Seat, Theme
from consulta.platform.settings import SMALL_CELL, Settings
from consulta.platform.work import COMMAND
from consulta.results import archive, public_figures
from consulta.results import service as results
from consulta.rounds import electorate
from consulta.rounds.electorate import Vote
from consulta.rounds.roll import numbers
from consulta.sessions.figures import together
from tests.apps import app_over
from tests.benches import PASSWORD, STAFF, Visitor, signed_in
from tests.cases import for_each
from tests.core.build import election, encoded
from tests.factories import moment
from tests.results.elections import public_of
from tests.results.test_results import KEY, closed_round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.work import Bench
    from consulta.rounds.values import MarkedVotes

LEAST = [4, 5, 8]
PLACES = {"MX": "mesoamerica", "PE": "south_america", "JM": "caribbean"}


def public_figures_of(
    votes: Sequence[tuple[int, str, str]], least: int, bases: Sequence[int] = ()
) -> dict[str, Any]:
    """What the public reads of ballots `(number, ranking, country)`; half of each country did not vote."""
    made = election(
        [(number, ranking, _categories(country)) for number, ranking, country in votes], max_ranks=2
    )
    for seat, base in zip(made["seats"], bases, strict=False):
        seat["base"] = base
    silent = [{**seat, "seat": f"silent-{seat['seat']}"} for seat in made["seats"]]
    made["seats"] = [*made["seats"], *silent]
    return public_of(core.parse(encoded(made)), least)


def _categories(country: str) -> dict[str, str]:
    return {"country": country, "subregion": PLACES[country], "sector": "ngo"}


def alone(public: dict[str, Any], dimension: str) -> set[str]:
    """The categories of a dimension that are told by themselves."""
    lines = [line["categories"] for line in public["participation"] if line["dimension"] == dimension]
    return {names[0] for names in lines if len(names) == 1}


@for_each("least", LEAST)
def test_a_category_stands_alone_from_the_threshold_on(least: int) -> None:
    def told(ballots: int) -> set[str]:
        cells = [
            Cell("mesoamerica", "MX", "ngo", 60, 30),
            Cell("south_america", "PE", "ngo", 60, 20),
            Cell("caribbean", "JM", "ngo", 60, ballots),
        ]
        found = blocks(cells, least)
        assert all(block.ballots >= least for block in found)
        return {block.categories[0] for block in found if len(block.categories) == 1}

    assert {"JM", "caribbean"} <= told(least)
    assert not {"JM", "caribbean"} & told(least - 1)


@for_each("silent", [2, 1])
def test_a_category_in_which_all_but_one_voted_stands_not_alone(silent: int) -> None:
    """Where all voted, or all but one, the line gives nearly every organisation of it away."""
    cells = [
        Cell("mesoamerica", "MX", "ngo", 60, 30),
        Cell("south_america", "PE", "ngo", 60, 20),
        Cell("caribbean", "JM", "ngo", 20 + silent, 20),
    ]
    single = {block.categories[0] for block in blocks(cells, 5) if len(block.categories) == 1}
    assert ("JM" in single) is (silent == 2)


@for_each("least", LEAST)
def test_the_public_table_keeps_the_threshold_of_the_setting(least: int) -> None:
    def told(ballots: int) -> set[str]:
        votes = [(30, "A B C", "MX"), (20, "B C A", "PE"), (ballots, "C A B", "JM")]
        public = public_figures_of(votes, least)
        assert (public["detail"], public["small_cell"]) == ("figures", least)
        return alone(public, "country")

    assert "JM" in told(least)
    assert "JM" not in told(least - 1)


@pytest.mark.deep
@pytest.mark.parametrize("least", LEAST)
def test_what_is_kept_at_the_publication_has_the_threshold_that_was_given(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    """The figures have it, and so have the marked votes and the effect of the order in the log."""
    given = []
    for module, name in ((electorate, "numbers"), (archive, "first_stood")):
        made = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, made=made: given.append(args[2]) or made(*args))
    with bench.work(COMMAND, moment()) as work:
        found = closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
        results.publish(work, KEY, least)
        kept = public_figures.kept(work, found)
    assert kept is not None
    assert [kept["small_cell"], *given] == [least] * 3


def test_the_usual_threshold_is_five() -> None:
    """That of an installation that sets none, and of the use cases that are given none."""
    assert Settings(Path(), "", "").small_cell == SMALL_CELL == 5
    assert Settings.from_env({"CONSULTA_SECRET": "of this test: long and varied 0123456789"}).small_cell == 5


@pytest.mark.parametrize("least", [4, 9])
def test_the_desk_publishes_with_the_threshold_of_the_setting(
    bench: Bench, settings: Settings, least: int
) -> None:
    with bench.work(COMMAND, moment()) as work:
        found = closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
        accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")
    desk = Visitor(signed_in(app_over(replace(settings, small_cell=least), bench), bench))
    assert desk.submit(f"/es/secretariat/rounds/{KEY}/publish", {"typed": KEY}).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        kept = public_figures.kept(work, work.session.get_one(Round, found.id))
    assert kept is not None
    assert kept["small_cell"] == least


@for_each("least", LEAST)
def test_a_round_has_figures_from_twice_the_threshold_on(least: int) -> None:
    def detail(ballots: int) -> str:
        told: str = public_figures_of([(least, "A B", "MX"), (ballots - least, "B A", "PE")], least)["detail"]
        return told

    assert detail(2 * least) == "figures"
    assert detail(2 * least - 1) == "topics"


@for_each("base, detail", [(4, "figures"), (5, "topics")])
def test_a_ballot_of_more_than_a_quarter_of_all_leaves_the_topics_alone(base: int, detail: str) -> None:
    """Twelve ballots of base 1 and one of base 4: a quarter of sixteen; of base 5, five of seventeen."""
    public = public_figures_of([(7, "A B", "MX"), (6, "B A", "PE")], 5, [base])
    assert public["detail"] == detail


@pytest.mark.deep
@for_each("least", LEAST)
def test_first_places_and_mentions_are_told_from_the_threshold_on(least: int) -> None:
    """And only where as many ballots do not say it."""

    def told(number: int, field: str) -> int | None:
        votes = [(30, "A B", "MX"), (20, "B A", "MX"), (10, "C B", "PE"), (number, "D A", "PE")]
        themes = {theme["key"]: theme for theme in public_figures_of(votes, least)["themes"]}
        found: int | None = themes["D"][field]
        return found

    for field in ("first", "mentions"):
        assert told(least, field) == least
        assert told(least - 1, field) is None

    def all_but(number: int) -> int | None:
        votes = [(40, "A B", "MX"), (number, "B C", "PE")]
        themes = {theme["key"]: theme for theme in public_figures_of(votes, least)["themes"]}
        found: int | None = themes["A"]["mentions"]
        return found

    assert all_but(least) == 40
    assert all_but(least - 1) is None


@for_each("least", LEAST)
def test_a_duel_is_told_where_as_many_stand_on_each_side(least: int) -> None:
    """Of two themes, points and pair are the same figure: so many ballots for each, or it is not told."""

    def told(number: int) -> tuple[int | None, int | None]:
        public = public_figures_of([(5 * least, "A B", "MX"), (number, "B A", "PE")], least)
        return public["pairs"][0][1], public["themes"][0]["points_percent"]

    assert None not in told(least)
    assert told(least - 1) == (None, None)


@for_each("least", LEAST)
def test_a_small_group_of_heavy_ballots_hides_a_figure(least: int) -> None:
    """Each ballot of a group holds a tenth of all weight, and two of them change sides.

    Elsewhere only as many light ballots as the threshold, of a hundredth each, could change the other way:
    too few to make up for it. Of a group as large as the threshold that is not asked.
    """

    def is_blurred(group: int) -> bool:
        shares = np.array([0.1] * group + [0.01] * 50)
        part = np.array([1.0] * group + [1.0] * (50 - least) + [0.0] * least)
        cell = np.array([0] * group + [1] * 50)
        return Figure(shares, part, cell).is_blurred(1, least)

    assert is_blurred(least)
    assert not is_blurred(least - 1)


@for_each("least", LEAST)
def test_the_roll_in_numbers_keeps_the_threshold(least: int) -> None:
    def told(number: int) -> dict[str, int]:
        return dict(numbers(["a"] * 30 + ["b"] * 20 + ["c"] * number, least))

    assert told(least) == {"a": 30, "b": 20, "c": least}
    assert told(least - 1) == {"a": 30, "": 20 + least - 1}


@for_each("least", LEAST)
def test_the_factsheet_keeps_the_threshold(least: int) -> None:
    def told(number: int) -> list[list[str]]:
        return [line["keys"] for line in together({"a": 40, "b": 30, "c": number}, least)]

    assert told(least) == [["a"], ["b"], ["c"]]
    assert ["c"] not in told(least - 1)


@for_each("least", LEAST)
@for_each("mark", ["assisted", "young", "objected"])
def test_marked_votes_are_told_by_subregion_from_the_threshold_on(least: int, mark: str) -> None:
    def told(marked: int, seats: int = 100) -> dict[str, MarkedVotes]:
        marks = dict.fromkeys(("assisted", "young", "objected"), False)
        votes = [Vote("andes", **{**marks, mark: number < marked}) for number in range(40)]
        return electorate._by_subregion(votes, {"andes": seats}, least)

    assert getattr(told(least)["andes"], mark) == least
    assert told(least - 1) == {}
    assert getattr(told(0)["andes"], mark) == 0
    if mark != "objected":
        assert told(30, 30 + least), "so many of the subregion have no marked vote"
        assert told(30, 30 + least - 1) == {}


@for_each("least", LEAST)
def test_the_effect_of_the_order_is_told_from_the_threshold_on(least: int) -> None:
    """Of 60 ballots each third of the page has so many first themes, and from 50 ballots on."""

    def told(first: int, second: int, third: int, secrecy: str = "aggregate") -> list[int] | None:
        keys = ["a", "b", "c"]
        found = Round(secrecy=secrecy, themes=[Theme(key=key) for key in keys])
        chosen = [*"a" * first, *"b" * second, *"c" * third]
        counted = [(Seat(), Ballot(ranking=[[key]], shown=keys)) for key in chosen]
        return archive.first_stood(found, counted, least)

    assert told(30, 30 - least, least) == [30, 30 - least, least]
    assert told(30, 31 - least, least - 1) is None
    assert told(20, 20, 10) == [20, 20, 10]
    assert told(20, 20, 9) is None, "49 ballots are not many"
    assert told(3, 1, 0, "open") == [3, 1, 0]

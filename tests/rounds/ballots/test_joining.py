"""Countries that are joined where ballots are public without names: what is published, and what it hides."""

from __future__ import annotations

import json
import random  # noqa: TID251 - invented rolls, the same for one seed
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulta.core.counting import bundle as core
from consulta.core.counting import count as counting
from consulta.core.counting import parts
from consulta.core.counting.rules import parse_rules
from consulta.core.disclosure.countries import country_minimum
from consulta.core.problems import Problem
from consulta.core.trust import record
from consulta.core.values import Seat
from consulta.desk import opening
from consulta.platform import documents
from consulta.platform.data import catalogue
from consulta.platform.data.joined import CODES, SUBREGIONS, is_joined
from consulta.platform.labels import name_of
from consulta.platform.models import Round
from consulta.platform.work import COMMAND
from consulta.results import checks
from consulta.results import service as results
from consulta.results.verifying.bound import JOINED, check_joined, joined_below
from consulta.results.verifying.files import Box, DiffersError
from consulta.rounds import ballots as ballots_acts
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.secrecy import MODES
from tests.cases import for_each
from tests.closed import Vote, counted
from tests.deep import deep
from tests.drafts import KEY, join_members, make_draft, reading, writing
from tests.factories import moment
from tests.results.checks.published import OPENED, PUBLISHED, archive_of, live, unpacked, verify
from tests.results.elections import election

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.core.values import Bundle
    from consulta.platform.work import Bench
    from consulta.rounds.ballots import Group

LEAST = 5


def cells_of(seats: Iterable[Seat]) -> dict[Any, dict[str, list[Seat]]]:
    """The seats of a bundle by what is published beside each ballot: its cell, and in it its country."""
    cells: dict[Any, dict[str, list[Seat]]] = defaultdict(lambda: defaultdict(list))
    for seat in seats:
        cells[tuple(sorted(seat.categories.items())), seat.base][seat.country].append(seat)
    return cells


def require_hidden(bundle: Bundle, least: int) -> None:
    """Every group with a ballot has enough of them, or it is all of its cell."""
    voted = {ballot.seat for ballot in bundle.ballots}
    for (categories, _), countries in cells_of(bundle.seats).items():
        for country, seats in countries.items():
            ballots = sum(seat.seat in voted for seat in seats)
            whole = len(countries) == 1 and country == CODES[dict(categories)["subregion"]]
            assert whole or ballots >= least


def groups_of(bundle: Bundle) -> tuple[dict[str, Group], Counter[Group]]:
    groups = {
        seat.seat: ballots_acts.group_of(seat.categories, seat.base, seat.country) for seat in bundle.seats
    }
    return groups, Counter(groups[ballot.seat] for ballot in bundle.ballots)


def published(bundle: Bundle, least: int) -> Bundle:
    """A bundle as it is counted where countries are joined."""
    groups, ballots = groups_of(bundle)
    codes = ballots_acts.joined(groups.values(), ballots, least)
    seats = tuple(replace(seat, country=codes.get(groups[seat.seat], seat.country)) for seat in bundle.seats)
    return replace(bundle, seats=seats)


def test_countries_are_joined_only_where_ballots_are_public_without_names() -> None:
    sizes = {mode: [country_minimum(mode, least) for least in (1, 2, 5)] for mode in MODES}
    assert sizes == {"open": [None] * 3, "pseudonymous": [None, 2, 5], "aggregate": [None] * 3}
    by_country = {"country": "equal"}, {"country": 500}
    asked = [
        ballots_acts.asks_for_country(parse_rules({"balance": balance, "spread": spread}))
        for balance, spread in (({}, {}), (by_country[0], {}), ({}, by_country[1]))
    ]
    assert asked == [False, True, True]


kinds = st.builds(
    ballots_acts.group_of,
    st.fixed_dictionaries(
        {
            "subregion": st.sampled_from(["caribbean", "south_america"]),
            "sector": st.sampled_from(["ngo", "union"]),
        },
        optional={"size": st.sampled_from(["small", "large"])},
    ),
    st.sampled_from([1, 3]),
    st.sampled_from(["BB", "BR", "CO", "JM", "PE"]),
)
boxes = st.dictionaries(kinds, st.integers(0, 9), min_size=1, max_size=30)


def group(country: str) -> Group:
    return ballots_acts.group_of({"subregion": "south_america", "sector": "ngo"}, 1, country)


def test_a_country_with_exactly_enough_ballots_stands_alone_and_one_without_adds_nothing() -> None:
    enough = {group("CO"): LEAST, group("PE"): LEAST}
    assert ballots_acts.joined(enough, enough, LEAST) == {}
    silent = [group(country) for country in ("AR", "BO", "CL", "EC", "UY")]
    assert set(ballots_acts.joined([*silent, group("PE")], {group("PE"): LEAST}, LEAST)) == {
        *silent,
        group("PE"),
    }


def test_a_second_count_joins_by_the_ballots_that_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def counted_at(_work: object, _round_id: int, *, at_closing: bool) -> Any:
        ballots = {group("CO"): LEAST if at_closing else LEAST - 1, group("PE"): LEAST}
        return [*ballots], Counter(ballots)

    monkeypatch.setattr(ballots_acts, "_counted", counted_at)
    work: Any = None
    found = Round(id=1, joined_below=LEAST)
    assert ballots_acts.codes_of(work, found, at_closing=True) == {}
    assert set(ballots_acts.codes_of(work, found)) == {group("CO"), group("PE")}


@given(boxes, st.integers(2, 7))
def test_every_group_has_enough_ballots_or_is_its_whole_cell(ballots: dict[Group, int], least: int) -> None:
    codes = ballots_acts.joined(ballots, ballots, least)
    cells: dict[Any, Counter[str]] = defaultdict(Counter)
    for group, number in ballots.items():
        cells[group[:2]][codes.get(group, group.country)] += number
    for (categories, _base), told in cells.items():
        if set(told) != {CODES[dict(categories)["subregion"]]}:
            assert min(told.values()) >= least
    # As little as possible: without its largest country no joined group would have enough.
    for cell, told in cells.items():
        together = [ballots[group] for group in codes if group[:2] == cell]
        if len(told) > 1 and together and max(together) >= least:
            assert sum(together) - max(together) < least


@given(boxes, st.integers(2, 7), st.data())
def test_a_second_count_joins_more_and_never_otherwise(
    ballots: dict[Group, int], least: int, data: st.DataObject
) -> None:
    first = ballots_acts.joined(ballots, ballots, least)
    left = {group: data.draw(st.integers(max(number - 2, 0), number)) for group, number in ballots.items()}
    second = ballots_acts.joined(ballots, left, least, first)
    assert first.items() <= second.items()


@for_each("seed", range(8))
def test_what_is_published_of_a_random_round_hides_and_decides_the_same(seed: Any) -> None:
    luck = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    bundle = election(
        seed,
        luck.choice([8, 40, 160, 600]),
        luck.choice([0.2, 0.6, 1.0]),
        sectors=luck.choice([2, 10]),
        bases=luck.choice([(1,), (1, 1, 3)]),
    )
    told = published(bundle, LEAST)
    require_hidden(told, LEAST)
    before, after = (json.loads(counting.count(each, 20).to_json()) for each in (bundle, told))
    for result in (before, after):
        del (
            result["bundle_sha256"],
            result["order"]["country_equal"],
            result["firmness"]["country_equal"],
        )
        for place in ("voices", "margins"):
            lines = result["voices"] if place == "voices" else result["weights"]["margins"]
            lines[:] = [line for line in lines if line["dimension"] != "country"]
        firm = result["firmness"]
        firm["leave_one_out"] = [line for line in firm["leave_one_out"] if line["dimension"] != "country"]
    assert before == after


def test_some_random_round_joins_some_countries_and_not_all() -> None:
    found = published(election(3, 600, 1.0, sectors=2), LEAST)
    countries = {is_joined(seat.country) for seat in found.seats}
    assert countries == {True, False}


def test_codes_are_no_countries_and_every_subregion_has_one() -> None:
    assert set(CODES) >= {each.key for each in catalogue.subregions()}
    assert set(CODES) >= {catalogue.subregion_of(land.iso2) for land in catalogue.countries()}
    assert len(SUBREGIONS) == len(CODES)
    assert not set(SUBREGIONS) & {land.iso2 for land in catalogue.countries()}
    assert JOINED == CODES
    assert name_of("country", "XB")["en"] == "other countries of the Caribbean"
    assert name_of("country", "XB")["es"] == "otros países del Caribe"
    assert all(name_of("country", code)["es"].startswith("otros países") for code in SUBREGIONS)


# -- a round in the database


def random_votes(seed: int) -> list[Vote]:
    luck = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    return [
        Vote(
            luck.choice(["PE", "PE", "PE", "CO", "GT", "MX", "JM"]),
            luck.choice(["ngo", "academia"]),
            luck.choice([("t1", "t2"), ("t2", "t3"), ("t3", "t1"), ()]) if number else ("t1",),
            base=luck.choice([1, 1, 1, 2]),
        )
        for number in range(70)
    ]


@pytest.mark.parametrize("seed", [deep(0), 1])
def test_what_is_counted_from_the_database_is_the_joined_bundle(bench: Bench, seed: int) -> None:
    """The stored bundle hides, and the stored result is the count of it, digit for digit."""
    counted(bench, KEY, random_votes(seed), secrecy="pseudonymous", joined_below=LEAST, publish=False)
    with reading(bench, moment()) as work:
        found = rounds_queries.find(work.session, KEY)
        assert found is not None
        kept = {
            kind: documents.find(work.session, found.id, kind).content.encode()  # type: ignore[union-attr]
            for kind in ("bundle", "result")
        }
        assert core.to_json(results.assemble(work, KEY)) == kept["bundle"]
        real = {seat.pseudonym: seat.country for seat in found.seats}
    bundle = core.parse(kept["bundle"])
    require_hidden(bundle, LEAST)
    exact = replace(bundle, seats=tuple(replace(s, country=real[s.seat]) for s in bundle.seats))
    assert published(exact, LEAST) == bundle
    assert counting.count(bundle).to_json() == kept["result"]


def test_a_round_that_froze_nothing_keeps_its_countries(bench: Bench) -> None:
    counted(bench, KEY, random_votes(1), secrecy="pseudonymous", publish=False)
    with reading(bench, moment()) as work:
        assert not any(is_joined(seat.country) for seat in results.assemble(work, KEY).seats)


def test_the_number_is_frozen_at_the_opening(bench: Bench) -> None:
    for mode, setting, frozen in (
        ("pseudonymous", 7, 7),
        ("pseudonymous", 1, None),
        ("aggregate", 7, None),
        ("open", 7, None),
    ):
        key = f"2027-{mode}-{setting}"
        join_members(bench, "PE", "MX", "JM") if frozen else None
        make_draft(bench, key=key, secrecy=mode)
        with bench.work(COMMAND, OPENED) as work:
            opening.open_round(work, key, small_cell=setting)
        with reading(bench, OPENED) as work:
            found = rounds_queries.whole(work.session, key)
            assert found is not None
            assert found.joined_below == frozen
            assert json.loads(found.frozen or "")["round"].get("joined_below") == frozen


@pytest.mark.parametrize("rules", [{"balance": {"country": "equal"}}, {"spread": {"country": 500}}])
def test_rules_by_country_cannot_be_opened_where_countries_are_joined(
    bench: Bench, rules: dict[str, Any]
) -> None:
    join_members(bench, "PE", "MX", "JM")
    make_draft(bench, secrecy="pseudonymous", rules=rules)
    with reading(bench) as work:
        assert "opening.country_rules" in {each.code for each in opening.opening_report(work, KEY).refusals}
        assert opening.opening_report(work, KEY, small_cell=1).refusals == ()
    with writing(bench) as work, pytest.raises(Problem) as refused:
        opening.open_round(work, KEY)
    assert refused.value.code == "opening.country_rules"


# -- everything that is published of it, together


@pytest.mark.parametrize("complete", [False, True])
def test_the_archive_verifies_and_everything_holds_together(bench: Bench, *, complete: bool) -> None:
    live(bench)
    files = unpacked(archive_of(bench, complete=complete))
    assert verify(files)[0] == 0, verify(files)[1]
    bundle = core.parse(files["bundle.json"])
    require_hidden(bundle, LEAST)
    assert any(is_joined(seat.country) for seat in bundle.seats)
    with reading(bench, PUBLISHED) as work:
        assert [each for each in checks.whole(work) if each.faults] == []


def test_no_published_digest_lets_countries_be_tried(bench: Bench) -> None:
    """An attacker who guesses every seat's country right finds no digest that says so."""
    live(bench)
    files = unpacked(archive_of(bench))
    with reading(bench, PUBLISHED) as work:
        found = rounds_queries.whole(work.session, KEY)
        assert found is not None
        seats = sorted(
            (Seat(s.pseudonym, s.country, dict(s.categories), s.base) for s in found.seats),
            key=lambda seat: seat.seat,
        )
        rules = parse_rules(found.rules)
    guessed = core.parse(files["bundle.json"])
    guessed = replace(guessed, seats=tuple(seats))
    secret = bytes.fromhex(guessed.seed.secret)
    plain = parts.digests(rules, guessed.themes, seats)["roll_sha256"]
    tried = {
        plain,
        record.digest(core.to_json(guessed)),
        *(record.sealed(secret, label, plain) for label in ("roll", "roll exact", "seats")),
    }
    everything = b"".join(files.values()).decode(errors="replace")
    assert not [digest for digest in tried if digest in everything]


@pytest.mark.parametrize("where", ["country", "swap"])
def test_a_country_changed_after_the_closing_is_told(bench: Bench, where: str) -> None:
    live(bench)
    files = unpacked(archive_of(bench))
    bundle = json.loads(files["bundle.json"])
    seats = bundle["seats"]
    if where == "country":
        seats[0]["country"] = "PE" if seats[0]["country"] != "PE" else "CO"
    else:
        seats[0]["country"] = next(s["country"] for s in seats if s["country"] != seats[0]["country"])
    box = Box({**files, "bundle.json": json.dumps(bundle).encode()}, None, "archive", "en")
    with pytest.raises(DiffersError):
        check_joined(box.json("bundle.json"), joined_below(box), "bundle.json")


def test_after_a_ballot_is_taken_out_both_bundles_hide(bench: Bench) -> None:
    from tests.results.checks.test_excluded import live as taken_out  # noqa: PLC0415 - its fixtures stay its own

    taken_out(bench, "pseudonymous")
    files = unpacked(archive_of(bench))
    first, now = (core.parse(files[name]) for name in ("first-bundle.json", "bundle.json"))
    before = {seat.seat: seat.country for seat in first.seats}
    for bundle in (first, now):
        require_hidden(bundle, LEAST)
    for seat in now.seats:
        assert is_joined(seat.country) or seat.country == before[seat.seat]

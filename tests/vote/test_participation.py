"""Who has voted: figures against the roll, never how; and what leaves the house is logged."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.platform import door
from consulta.platform.alphabet import order
from consulta.platform.data import dimensions, tongues
from consulta.platform.listing import Wanted
from consulta.platform.models import Round, Seat
from consulta.platform.work import ANONYMOUS, Bench
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.rounds.queries.rounds import KindTurnout
from consulta.vote import participation
from consulta.vote import service as voting
from consulta.vote.values import ParticipationView, SeatLine
from tests.cases import for_each
from tests.drafts import KEY, NOW, Counted, hand_out, make_draft, make_open, reading, round_command, writing
from tests.factories import build_organisation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.listing import Found

LATER = NOW + timedelta(hours=1)


def cast(bench: Bench, key: str, *organisations: str) -> None:
    for link in hand_out(bench, key):
        if link.organisation in organisations:
            with bench.work(ANONYMOUS, LATER) as work:
                entrance = door.enter(work, "v", link.url.rpartition("/")[2])
            assert entrance is not None
            with bench.work(entrance.actor, LATER) as work:
                view = voting.ballot(work, key)
                voting.cast(work, key, Entries({view.paper.themes[0]: 1}), link.organisation)


def look(bench: Bench, key: str = KEY) -> ParticipationView:
    with reading(bench) as work:
        return participation.participation(work, key)


def listed(bench: Bench, wanted: Wanted | None = None, countries: Mapping[str, str] | None = None) -> Found:
    with reading(bench) as work:
        return participation.list_seats(work, KEY, wanted or Wanted(), _names(countries))


def _names(countries: Mapping[str, str] | None) -> dict[str, Mapping[str, str]]:
    return {name: (countries or {}) if name == "country" else {} for name in dimensions.columns()}


def test_turnout_stands_against_the_roll(either: Bench) -> None:
    bench = either
    make_open(bench, "PE", "PE", "MX", "JM")
    cast(bench, KEY, "Red 001", "Red 003")
    view = look(bench)
    assert (view.voted, view.seats) == (2, 4)
    seats = listed(bench).rows
    assert {seat.organisation for seat in seats if seat.voted_at == LATER} == {"Red 001", "Red 003"}
    turnout = {
        dimension: [(line.key, line.voted, line.seats) for line in lines] for dimension, lines in view.turnout
    }
    assert turnout["subregion"] == [("caribbean", 0, 1), ("south_america", 1, 2), ("mesoamerica", 1, 1)]
    assert turnout["country"] == [("JM", 0, 1), ("PE", 1, 2), ("MX", 1, 1)]
    assert turnout["sector"] == [("ngo", 2, 4)]
    people = {seat.organisation: [each.name for each in seat.people] for seat in seats}
    assert people == {f"Red 00{number}": [f"Contacto de Red 00{number}"] for number in (1, 2, 3, 4)}


def test_the_lowest_turnout_comes_first_then_more_seats_then_the_key_by_hand() -> None:
    kinds = [
        KindTurnout({"sector": key}, 1, seats, voted)
        for key, seats, voted in (("d", 4, 2), ("b", 2, 1), ("a", 2, 1), ("c", 2, 0), ("d", 2, 1))
    ]
    lines = [(line.key, line.seats, line.voted) for line in participation._lines("sector", kinds)]
    assert lines == [("c", 2, 0), ("d", 6, 3), ("a", 2, 1), ("b", 2, 1)]
    assert participation._dimensions(kinds) == ("sector",), "those of the roll"
    assert participation._dimensions([]) == dimensions.every()


def test_nothing_of_a_ballot_is_in_the_view() -> None:
    """RP-1: before closing nobody sees more than that an organisation voted."""
    names = {field.name for view in (ParticipationView, SeatLine) for field in fields(view)}
    assert not names & {"ranking", "objectives", "endorsements", "ballot", "themes", "receipt", "contact"}


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Wanted(), {"Red 001", "Red 002", "Red 003", "Red 004"}),
        (Wanted(chosen={"voted": "no"}), {"Red 002", "Red 004"}),
        (Wanted(chosen={"voted": "yes"}), {"Red 001", "Red 003"}),
        (Wanted(chosen={"voted": "no", "country": "PE"}), {"Red 002"}),
        (Wanted(chosen={"subregion": "caribbean"}), {"Red 004"}),
        (Wanted(chosen={"sector": "academia"}), set()),
    ],
)
def test_the_list_has_exactly_the_rows_asked_for(either: Bench, wanted: Wanted, kept: set[str]) -> None:
    make_open(either, "PE", "PE", "MX", "JM")
    cast(either, KEY, "Red 001", "Red 003")
    found = listed(either, wanted)
    assert {seat.organisation for seat in found.rows} == kept
    assert (found.found, found.whole) == (len(kept), 4)


@pytest.mark.parametrize("descending", [False, True])
def test_the_list_is_sorted_the_same_way_in_every_database(either: Bench, descending: bool) -> None:
    """In Spanish ñ after n, accents and case only among equals, numbers by value, votes by their moment."""
    make_open(either, "PE")
    names = ["Ñandú", "nube", "Ángel", "angel 10", "Angel 9", "Oso (Perú)", "oso & sol", "Zorro"]
    with writing(either) as work:
        round_id = work.session.scalars(select(Seat.round_id)).one()
        for place, name in enumerate(names):
            member = build_organisation(work.session, name)
            work.session.add(
                Seat(
                    round_id=round_id,
                    organisation_id=member.id,
                    key=f"z{place}",
                    pseudonym=f"z{place}",
                    position=50 + place,
                    name=name,
                    country="MX",
                    categories={"subregion": "mesoamerica", "sector": "ngo"},
                    base=1,
                )
            )
    for language in tongues.codes():
        wanted = Wanted(sort="organisation", descending=descending, language=language)
        shown = [seat.organisation for seat in listed(either, wanted).rows]
        assert shown == sorted(
            [*names, "Red 001"], key=lambda name: order(name, language), reverse=descending
        )
        is_apart = order("nube", language) < order("Ñandú", language)
        assert is_apart is (language == "es")
    by_country = Wanted(sort="country", descending=descending)
    shown = [seat.organisation for seat in listed(either, by_country, {"PE": "Perú", "MX": "México"}).rows]
    mexican = sorted(names, key=lambda name: order(name, "es"))
    assert shown == (["Red 001", *mexican] if descending else [*mexican, "Red 001"])
    for text, one in (
        ("NANDU", "Ñandú"),
        ("peru oso", "Oso (Perú)"),
        ("and sol", "oso & sol"),
        ("10", "angel 10"),
    ):
        assert [seat.organisation for seat in listed(either, Wanted(text=text)).rows] == [one]
    assert listed(either, Wanted(text="100%")).found == 0


def test_a_round_that_never_opened_has_no_roll(bench: Bench) -> None:
    make_draft(bench)
    with pytest.raises(Problem, match=r"round\.unopened"):
        look(bench)
    with reading(bench) as work, pytest.raises(Problem, match=r"round\.unopened"):
        participation.turnout(work, work.session.scalars(select(Round)).one())


def test_it_costs_the_same_number_of_queries_for_3_and_300_members(bench: Bench) -> None:
    counted = Counted(bench)
    costs = []
    for key, more in (("few", 3), ("many", 300)):
        with writing(bench) as work:
            for number in range(more):
                build_organisation(work.session, f"{key} {number}")
            rounds.create_round(work, round_command(key=key))
            themes.add_proposed_themes(work, key)
            opening.open_round(work, key)
        cast(bench, key, "few 1", "few 2")
        counted.since()
        look(bench, key)
        costs.append(counted.since())
    assert costs[0] == costs[1]
    assert costs[0] <= 10


@for_each(
    "state, is_read, told",
    [("open", False, False), ("closed", False, False), ("closed", True, True), ("published", False, True)],
)
def test_abstentions_are_told_once_the_result_was_read(state: str, is_read: bool, told: bool) -> None:
    found = Round(state=state, result_seen_at=NOW if is_read else None)
    assert participation._is_unread(found) is not told


def test_turnout_for_others_than_the_secretariat_has_no_countries(bench: Bench) -> None:
    make_open(bench, "PE", "MX")
    cast(bench, KEY, "Red 001")
    with reading(bench) as work:
        voted, lines = participation.turnout(work, work.session.scalars(select(Round)).one())
    assert voted == 1
    shown = [dimension for dimension, _lines in lines]
    assert "sector" in shown
    assert "country" not in shown

"""Opening a round: what stands in the way, what is only said, and what is frozen."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.trust import chance
from consulta.desk import opening
from consulta.panel import nominees
from consulta.platform.data import dimensions
from consulta.platform.messages import MESSAGES
from consulta.platform.models import Organisation, Round, Seat
from consulta.rounds import service as rounds
from consulta.rounds import themes
from tests.cases import for_each
from tests.deep import DEEP
from tests.drafts import (
    KEY,
    NOW,
    Counted,
    do,
    join_members,
    make_draft,
    make_open,
    nominee_command,
    reading,
    round_command,
    theme_command,
    writing,
)
from tests.factories import build_organisation
from tests.texts import both

if TYPE_CHECKING:
    from consulta.desk.opening import OpeningReport
    from consulta.platform.work import Bench


def report(bench: Bench, now: datetime = NOW) -> OpeningReport:
    with reading(bench, now) as work:
        return opening.opening_report(work, KEY)


def refusals(bench: Bench, now: datetime = NOW) -> list[str]:
    return [problem.code for problem in report(bench, now).refusals]


def warnings(bench: Bench, now: datetime = NOW) -> dict[str, dict[str, Any]]:
    return {problem.code: problem.params for problem in report(bench, now).warnings}


def refuses_to_open(bench: Bench, code: str, now: datetime = NOW) -> None:
    assert code in refusals(bench, now)
    with pytest.raises(Problem), writing(bench, now) as work:
        opening.open_round(work, KEY)
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        assert (found.state, found.frozen, found.secret, found.commitment) == ("draft", None, None, None)
        assert work.session.scalars(select(Seat)).all() == []


@for_each(
    "count, values, codes",
    [
        (6, {"question": both("", "Which?")}, ["opening.question"]),
        (6, {"rules": {"max_ranks": 7}}, ["opening.ranks"]),
        (6, {"rules": {"topics": 7}}, ["opening.topics"]),
        # Two themes are the fewest with which a round opens: the limits hold for them too.
        (2, {"rules": {"max_ranks": 3, "topics": 3}}, ["opening.ranks", "opening.topics"]),
        (1, {}, ["themes.few"]),
        (0, {}, ["themes.few"]),
    ],
    fresh=True,
)
def test_a_draft_that_is_not_ready_does_not_open(bench: Bench, count: int, values: Any, codes: Any) -> None:
    join_members(bench, "PE", "MX", "JM")
    make_draft(bench, count, **values)
    assert refusals(bench) == codes
    refuses_to_open(bench, codes[0])


def test_a_theme_described_only_in_english_keeps_the_round_shut(bench: Bench) -> None:
    join_members(bench, "PE", "MX", "JM")
    make_draft(bench, 6)
    key = do(bench, themes.save_theme, KEY, theme_command(8, description=both("", "")))
    assert refusals(bench) == [], "without any description it may open"
    do(bench, themes.save_theme, KEY, theme_command(8, description=both("", "Only English.")), key)
    refuses_to_open(bench, "opening.description")


def test_what_is_missing_in_english_is_said_and_forbids_nothing(bench: Bench) -> None:
    join_members(bench, "PE", "MX", "JM")
    make_draft(bench, 6, title=both("Título", ""), question=both("¿Cuál?", ""))
    only_spanish = {"title": both("Sin inglés", ""), "description": both("Solo español.", "")}
    do(bench, themes.save_theme, KEY, theme_command(8, **only_spanish))
    assert refusals(bench) == []
    said = {f"opening.{part}_other" for part in ("title", "question", "theme_title", "description")}
    with reading(bench) as work:
        assert said <= {problem.code for problem in opening.opening_report(work, KEY).warnings}
    do(bench, opening.open_round, KEY)


def test_a_round_without_members_does_not_open(bench: Bench) -> None:
    make_draft(bench)
    refuses_to_open(bench, "opening.nobody")
    with writing(bench) as work:
        build_organisation(work.session, "Dormida", active=False)
    refuses_to_open(bench, "opening.nobody")
    with writing(bench) as work:
        mute = build_organisation(work.session, "Muda")
        mute.contacts[0].may_vote = False
    refuses_to_open(bench, "opening.unreachable")


def test_a_round_that_is_ready_says_so_until_its_deadline_has_passed(bench: Bench) -> None:
    join_members(bench, "PE", "MX", "JM")
    make_draft(bench)
    do(bench, nominees.save_nominee, KEY, nominee_command())
    found = report(bench)
    assert (found.refusals, found.warnings) == ((), ())
    assert (found.seats, found.countries, found.reachable, found.contacts) == (3, 3, 3, 3)
    refuses_to_open(bench, "deadline.past", datetime(2027, 3, 5, 22, 0, tzinfo=UTC))


def test_members_who_cannot_vote_are_named(bench: Bench) -> None:
    join_members(bench, "PE", "PE", "MX", "JM")
    make_draft(bench)
    with writing(bench) as work:
        organisations = {o.name: o for o in work.session.scalars(select(Organisation))}
        organisations["Red 001"].contacts[0].active = False
        organisations["Red 004"].contacts[0].may_vote = False
    said = warnings(bench)
    assert said["opening.without_contact"] == {"count": 2, "names": "Red 001, Red 004"}
    names = said["opening.silent_subregion"]["names"]
    assert isinstance(names, Text)
    assert (names["es"], names["en"]) == ("Caribe", "Caribbean")
    assert "opening.absent" not in said


def test_subregions_without_members_and_mute_sectors_are_named(bench: Bench) -> None:
    make_draft(bench)
    with writing(bench) as work:
        build_organisation(work.session, "A", country="PE", sector="ngo")
        mute = build_organisation(work.session, "B", country="PE", sector="academia")
        mute.contacts[0].active = False
    said = warnings(bench)
    assert "Carib" in said["opening.absent"]["names"]["es"]
    assert "opening.silent_sector" in said
    assert "opening.silent_subregion" not in said


def test_addresses_of_two_organisations_are_flagged(bench: Bench) -> None:
    make_draft(bench)
    with writing(bench) as work:
        for name in ("Uno", "Dos"):
            build_organisation(work.session, name, email="misma@example.org")
    assert warnings(bench)["opening.shared_address"]["names"] == "misma@example.org (Dos, Uno)"


def test_invented_members_among_real_ones_are_counted_and_mark_the_round(bench: Bench) -> None:
    make_draft(bench)
    with writing(bench) as work:
        build_organisation(work.session, "Real")
        build_organisation(work.session, "Inventada", example=True)
    assert warnings(bench)["opening.examples"] == {"count": 1}
    do(bench, opening.open_round, KEY)
    with reading(bench) as work:
        assert rounds.round_line(work, KEY).example


@for_each(
    "values, code",
    [
        ({"closes_local": "2027-03-05T08:00"}, "deadline.hour"),
        ({"closes_local": "2027-03-05T23:30"}, "deadline.dates"),
        ({"rules": {"method": "schulze"}}, "opening.no_effect"),
        ({"rules": {"topics": 6}}, "opening.all_topics"),
        ({}, "opening.no_nominees"),
    ],
    fresh=True,
)
def test_what_is_odd_is_said_and_does_not_forbid(bench: Bench, values: Any, code: Any) -> None:
    join_members(bench, "PE", "MX", "JM", "BR")
    make_draft(bench, 6, **values)
    assert code in warnings(bench)
    assert refusals(bench) == []


@for_each(
    "rules_given, points",
    [
        ({}, None),
        ({"balance": {}}, None),
        ({"balance": {"subregion": "equal"}, "weight_bounds": [1, 1]}, 17),
        ({"balance": {"subregion": "equal", "country": "equal"}}, 7),
    ],
    fresh=True,
)
def test_rules_that_contradict_each_other_for_this_roll_are_told(
    bench: Bench, rules_given: Any, points: Any
) -> None:
    join_members(bench, "PE", "CO", "MX", "JM")
    make_draft(bench, rules=rules_given)
    with reading(bench) as work:
        found = opening.opening_report(work, KEY, foresee=True)
    said = {problem.code: problem.params for problem in found.warnings}
    assert said.get("opening.unmet", {}).get("points") == points


def test_a_deadline_on_two_dates_says_which_where(bench: Bench) -> None:
    join_members(bench, "PE", "BR")
    make_draft(bench, closes_local="2027-03-05T22:30", zone="America/Lima")
    dates = warnings(bench)["deadline.dates"]["dates"]
    assert dates["es"] == "2027-03-05: Perú; 2027-03-06: Brasil"
    assert dates["en"] == "2027-03-05: Peru; 2027-03-06: Brazil"


def test_little_time_and_many_themes_are_said(bench: Bench) -> None:
    join_members(bench, "PE", "MX", "JM")
    make_draft(bench, 15)
    said = warnings(bench, datetime(2027, 3, 5, 0, 0, tzinfo=UTC))
    assert "opening.soon" in said
    assert said["opening.long"] == {"count": 15}


# -- what is frozen


def test_the_roll_stands_by_country_and_name_with_its_categories(bench: Bench) -> None:
    make_draft(bench)
    with writing(bench) as work:
        build_organisation(work.session, "Zeta", country="PE")
        build_organisation(work.session, "Ábaco", country="PE", base=3, sector="academia")
        build_organisation(work.session, "Última", country="MX")
        build_organisation(work.session, "Apagada", country="MX", active=False)
        opening.open_round(work, KEY)
    with reading(bench) as work:
        seats = [
            (s.key, s.position, s.name, s.country, *s.categories.values(), s.base)
            for s in work.session.scalars(select(Seat).order_by(Seat.position))
        ]
    assert seats == [
        ("s001", 1, "Última", "MX", "mesoamerica", "ngo", 1),
        ("s002", 2, "Ábaco", "PE", "south_america", "academia", 3),
        ("s003", 3, "Zeta", "PE", "south_america", "ngo", 1),
    ]


def test_the_roll_does_not_follow_the_members_list(bench: Bench) -> None:
    make_open(bench, "PE", "MX")
    with writing(bench) as work:
        build_organisation(work.session, "Tardía", country="JM")
        for organisation in work.session.scalars(select(Organisation)):
            organisation.name += " (nueva)"
            organisation.categories = {"sector": "academia"}
    with reading(bench) as work:
        assert [(s.name, s.categories["sector"]) for s in work.session.scalars(select(Seat))] == [
            ("Red 002", "ngo"),
            ("Red 001", "ngo"),
        ]


def test_the_package_says_everything_and_its_digest_is_kept(bench: Bench) -> None:
    join_members(bench, "PE", "MX")
    make_draft(bench, rules={"max_ranks": 3, "spread": {}})
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command(gender="woman"))
        digest = opening.open_round(work, KEY)
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        frozen, secret, commitment = found.frozen, found.secret, found.commitment
        overview = rounds.round_overview(work, KEY)
    assert frozen is not None
    assert secret is not None
    assert digest == overview.package_sha256 == hashlib.sha256(frozen.encode()).hexdigest()
    assert overview.commitment == commitment == chance.commitment(bytes.fromhex(secret))
    assert len(secret) == 64
    package = json.loads(frozen)
    assert frozen == json.dumps(package, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert package["round"] == {
        "key": KEY,
        "title": {"es": "Consulta de prueba", "en": "Test consultation"},
        "question": {"es": "¿Qué temas?", "en": "Which themes?"},
        "closes_at": "2027-03-05T22:00:00Z",
        "closes_local": "2027-03-05T17:00",
        "zone": "America/Panama",
        "secrecy": "aggregate",
    }
    assert package["rules"]["max_ranks"] == 3
    assert package["rules"]["spread"] == {}
    assert len(package["themes"]) == 6
    assert [seat["seat"] for seat in package["seats"]] == ["s001", "s002"]
    assert package["nominees"][0]["categories"] == {"sector": "gov_national"}
    assert package["seed"] == {"commitment": commitment, "public": ""}
    assert secret not in frozen
    assert "@" not in frozen


def test_two_rounds_have_two_secrets(bench: Bench) -> None:
    make_open(bench)
    with writing(bench) as work:
        rounds.create_round(work, round_command(key="2027-2"))
        themes.add_proposed_themes(work, "2027-2")
        opening.open_round(work, "2027-2")
    with reading(bench) as work:
        assert len({found.secret for found in work.session.scalars(select(Round))}) == 2


def test_opening_costs_the_same_number_of_queries_for_few_and_many_members(bench: Bench) -> None:
    counted = Counted(bench)
    costs = []
    many = 300 if DEEP else 60
    for key, more in (("first", 3), ("few", 3), ("many", many)):  # the first one reads the log from its start
        with writing(bench) as work:
            for number in range(more):
                build_organisation(work.session, f"{key} {number}", country="PE")
            rounds.create_round(work, round_command(key=key))
            themes.add_proposed_themes(work, key)
        counted.since()
        with reading(bench) as work:
            opening.opening_report(work, key)
        looked = counted.since()
        do(bench, opening.open_round, key)
        costs.append((looked, counted.since()))
    assert costs[1] == costs[2]
    assert costs[1][0] <= 9


def test_opening_late_in_the_day_is_still_the_promise_that_was_made(bench: Bench) -> None:
    make_open(bench)
    with reading(bench, NOW + timedelta(days=1)) as work:
        overview = rounds.round_overview(work, KEY)
    assert overview.line.closes_at == datetime(2027, 3, 5, 22, 0, tzinfo=UTC)
    assert overview.opened_at == NOW


def test_every_code_that_is_put_together_has_its_words() -> None:
    texts = ("title", "question", "theme_title", "description")
    codes = [f"opening.{text}{place}" for text in texts for place in ("", "_other")]
    codes += [f"opening.silent_{dimension}" for dimension in dimensions.BUILT_IN]
    fields = ("name", "organisation", "role", "country", "sector", "gender", "language", "recent", "support")
    codes += [
        f"nominee.{field}" for field in (*fields, "email", "topic", "twin", "twin_row", "near", "whole")
    ]
    codes += [f"state.{state}" for state in State]
    assert [code for code in codes if code not in MESSAGES] == []

"""From closed ballots to a kept result, a kept panel and what the public may read of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.core.counting import bundle as core
from consulta.core.counting import count as counting
from consulta.core.counting.result import Result
from consulta.core.problems import Problem
from consulta.core.values import PanelRules, Quota, Share
from consulta.panel import public_panel
from consulta.panel import service as panels
from consulta.platform.log import chain, heads
from consulta.platform.models import Ballot, CurrentBallot, Round
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import page
from consulta.results import service as results
from tests.factories import build_nominee, build_organisation, build_round, build_seat, moment, open_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from consulta.platform.work import Bench

KEY = "2027-1"
COUNTRIES = ("PE", "CO", "PE", "CO", "PE", "MX", "GT", "MX", "JM")
SECTORS = ("ngo", "ngo", "ngo", "academia", "ngo", "ngo", "academia", "ngo", "ngo")
RULES = PanelRules(
    size=3,
    roles={"gov_national": (1, 2), "gov_local": (0, 1), "mechanism": (1, 2)},
    quotas=(Quota("subregion", "caribbean", 1, 3),),
    shares=(Share("gender", "woman", 500, ("woman", "man", "non_binary")),),
    at_most={"country": 1},
)


def closed_round(session: Session, ballots: int = 9) -> Round:
    """A closed round: the south prefers t1, the others t2; the Caribbean has one seat."""
    a_round = open_now(build_round(session, KEY))
    for number, (country, sector) in enumerate(zip(COUNTRIES, SECTORS, strict=True), start=1):
        organisation = build_organisation(session, f"Org {number}", country=country, sector=sector)
        seat = build_seat(session, a_round, organisation, number)
        if number > ballots:
            continue
        first, second = ("t1", "t2") if country in {"PE", "CO"} else ("t2", "t1")
        ballot = Ballot(
            round_id=a_round.id,
            seat_id=seat.id,
            version=1,
            ranking=[[first], [second], ["t3"]],
            objectives=[1, 7] if first == "t1" else [2],
            endorsements=["n01"] if number % 2 else ["n03"],
            shown=["t1", "t2", "t3", "t4", "t5", "t6"],
            content_sha256=f"c{number}",
            idempotency_key=f"k{number}",
            receipt=f"RECEIPT-{number}",
            head="h",
            cast_at=moment(),
        )
        session.add(ballot)
        session.flush()
        session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))
    people = (
        ("n01", "gov_national", "PE", "woman"),
        ("n02", "gov_national", "CO", "man"),
        ("n03", "mechanism", "JM", "woman"),
        ("n04", "mechanism", "MX", "man"),
        ("n05", "gov_local", "GT", None),
    )
    for key, role, country, gender in people:
        reached = {"email": f"{key}@example.org", "consent_contact": True}
        build_nominee(session, a_round, key, role=role, country=country, gender=gender, **reached)
    # A moment ago: a count refuses a clock that stands before the closing, be it by a second that just began.
    a_round.state, a_round.closed_at = "closed", moment() - timedelta(seconds=30)
    session.flush()
    heads.begin_day(session, moment())
    chain.append(
        session, moment(), "command", "rounds.closed", f"round:{a_round.id}", {"ballots": 0, "late": 0}
    )
    return a_round


@pytest.fixture
def counted(bench: Bench) -> Bench:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
    return bench


@pytest.mark.deep
def test_the_kept_result_is_what_the_core_counts_from_the_kept_bundle(counted: Bench) -> None:
    with counted.work(COMMAND, moment()) as work:
        bundle = core.parse(results.document(work, KEY, "bundle"))
        kept = results.document(work, KEY, "result")
        file = results.document(work, KEY, "bundle")
    assert core.to_json(bundle) == file, "a file written line by line is the file of the same bundle"
    assert counting.count(bundle).to_json() == kept
    assert [len(bundle.seats), len(bundle.ballots), len(bundle.themes)] == [9, 9, 6]
    assert Result.parse(kept).bundle_sha256 == core.digest(bundle)


def test_a_count_waits_while_the_clock_stands_before_the_closing(bench: Bench) -> None:
    """It would date from before its votes. How long it waits is said in minutes, rounded up."""
    with bench.work(COMMAND, moment()) as work:
        closed_at = closed_round(work.session).closed_at
    assert closed_at is not None
    for seconds, minutes in ((1, 1), (60, 1), (61, 2)):
        before = closed_at - timedelta(seconds=seconds)
        with pytest.raises(Problem) as refused, bench.work(COMMAND, before) as work:
            results.count(work, KEY)
        assert (refused.value.code, refused.value.params) == ("result.clock", {"minutes": minutes})
        with bench.work(COMMAND, before) as work:
            assert not results.count_after_closing(work, KEY)
    with bench.work(COMMAND, closed_at) as work:
        assert results.count_after_closing(work, KEY)


def test_the_page_says_what_was_chosen_and_what_the_weights_did(counted: Bench) -> None:
    with counted.read(COMMAND, moment()) as work:
        view = page.staff_page(work, KEY)
    assert view is not None
    assert (view.ballots, view.card.seats, view.countries_voting) == (9, 9, 5)
    # Five of nine prefer t1, but two of three subregions prefer t2.
    assert view.topics[0].key == "t2"
    assert min(view.themes, key=lambda theme: theme.unweighted_place).key == "t1"
    assert view.topics_changed
    assert view.order_changed
    subregions = dict(view.categories)["subregion"]
    assert {line.key: round(line.weighted, 3) for line in subregions} == {
        "south_america": 0.333,
        "mesoamerica": 0.333,
        "caribbean": 0.333,
    }
    assert all(line.target == pytest.approx(1 / 3) for line in subregions)
    assert view.pairs[0][0] is None
    assert view.pairs[0][1] == pytest.approx(1 - (view.pairs[1][0] or 0))
    assert view.objectives[0].number == 2


def test_nobody_reads_a_result_before_closing(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session).state = "open"
    with bench.work(COMMAND, moment()) as work:
        for ask in (page.staff_page, results.count, panels.panel_page, results.assemble):
            with pytest.raises(Problem, match=r"round\.not_closed"):
                ask(work, KEY)


def test_the_public_reads_only_what_is_published_and_what_the_mode_lets_it(counted: Bench) -> None:
    with counted.read(ANONYMOUS, moment()) as work, pytest.raises(Problem, match=r"result\.unknown"):
        page.published_page(work, KEY)
    with counted.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    with counted.read(ANONYMOUS, moment()) as work:
        view = page.published_page(work, KEY)
        with pytest.raises(Problem, match=r"access\.denied"):
            page.staff_page(work, KEY)
    # Nine ballots, one of which weighs a third of all, and nobody outside may read them.
    assert (view.few, view.ballots, view.card.seats) == (True, 9, 9)
    assert [topic.key for topic in view.topics] == ["t2"]
    assert not view.categories
    assert all(theme.score is None for theme in view.themes)
    assert view.result_sha256 is None


def test_a_published_result_is_not_published_again(counted: Bench) -> None:
    with counted.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    with counted.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"round\.already"):
        results.publish(work, KEY)


def test_a_round_without_ballots_cannot_be_counted(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session, ballots=0)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"ballots\.none"):
        results.count(work, KEY)


def test_rules_that_make_no_sense_change_nothing(counted: Bench) -> None:
    with counted.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.rule"):
        panels.choose(work, KEY, PanelRules(size=3, locked=("n99",)))
    with counted.read(COMMAND, moment()) as work:
        assert panels.panel_page(work, KEY).decision is None


def test_a_role_that_no_nominee_has_is_left_out_or_stands_in_the_way(counted: Bench) -> None:
    with counted.work(COMMAND, moment()) as work:
        assert panels.choose(work, KEY, PanelRules(size=2, roles={"observer": (0, 2)}))
        assert not panels.choose(work, KEY, PanelRules(size=2, roles={"observer": (1, 2)}))
    with counted.read(COMMAND, moment()) as work:
        decision = panels.panel_page(work, KEY).decision
    assert decision is not None
    (giving,) = decision.blocked.giving
    assert (giving.rule.kind, giving.rule.low, giving.possible, giving.by, giving.rule.pool) == (
        *("role", 1, 0, 1),
        0,
    )
    assert len(decision.relaxed_members) == 2


def test_a_panel_becomes_public_after_its_result_and_stays_as_it_was(counted: Bench) -> None:
    with counted.work(COMMAND, moment()) as work:
        panels.choose(work, KEY, RULES)
    with counted.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"round\.not_published"):
        panels.publish_panel(work, KEY)
    with counted.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        panels.publish_panel(work, KEY)
    with counted.work(COMMAND, moment()) as work:
        panels.choose(work, KEY, PanelRules(size=2))
    with counted.read(ANONYMOUS, moment()) as work:
        view = public_panel.published_panel(work, KEY)
    assert (view.version, len(view.seats)) == (1, 3)

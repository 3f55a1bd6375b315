"""A nominee who comes after the opening is on no ballot: not shown, not accepted, not frozen, not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import func, select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.panel import nominees
from consulta.platform.models import Ballot, Nominee, Round
from consulta.platform.work import COMMAND
from consulta.results import service as results
from consulta.rounds import frozen
from consulta.vote import service as voting
from tests.drafts import nominee_command
from tests.factories import moment
from tests.polling import close, open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.polling import Voter

KEY = "2027-1"
EARLY = ["n01", "n02"]


@pytest.fixture
def voter(bench: Bench) -> Voter:
    """A voter of an open round with two nominees on its ballot, and one who was added since."""
    voter, _ = open_round(bench, nominees=len(EARLY))
    with bench.work(COMMAND, moment()) as work:
        # By name the newcomer would be the first on the ballot.
        late = nominees.save_nominee(work, KEY, nominee_command(name="Aaa Tarde", country="BO"))
    assert late == "n03"
    return voter


def test_a_late_nominee_is_not_shown_on_the_ballot(bench: Bench, voter: Voter) -> None:
    with bench.read(voter.actor, moment()) as work:
        view = voting.ballot(work, KEY)
    assert sorted(each.key for each in view.nominees) == EARLY
    assert sorted(view.paper.nominees) == EARLY


def test_an_endorsement_of_a_late_nominee_is_refused_and_nothing_recorded(bench: Bench, voter: Voter) -> None:
    entries = Entries({"t1": 1}, (), ("n01", "n03"))
    with bench.read(voter.actor, moment()) as work:
        review = voting.review(work, KEY, entries)
    assert [fault.problem.code for fault in getattr(review, "faults", ())] == ["vote.nominee"]
    with pytest.raises(Problem, match=r"vote\.nominee"), bench.work(voter.actor, moment()) as work:
        voting.cast(work, KEY, entries, "form")
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalar(select(func.count()).select_from(Ballot)) == 0


def test_a_late_nominee_is_not_in_the_counted_bundle(bench: Bench, voter: Voter) -> None:
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, KEY, Entries({"t1": 1}, (), ("n02",)), "form")
    close(bench)
    with bench.read(COMMAND, moment()) as work:
        assert [each.key for each in results.assemble(work, KEY).nominees] == EARLY


def test_whether_a_nominee_is_on_the_ballot_depends_on_the_opening_alone(bench: Bench) -> None:
    """The same command in a draft, in an open and in a closed round."""
    open_round(bench)
    found = {}
    for state in ("draft", "open", "closed"):
        with bench.work(COMMAND, moment()) as work:
            a_round = work.session.scalars(select(Round)).one()
            a_round.state = state
            key = nominees.save_nominee(work, KEY, nominee_command(name=f"Persona {state}"))
            row = work.session.scalars(select(Nominee).where(Nominee.key == key)).one()
            found[state] = row.on_ballot
    assert found == {"draft": True, "open": False, "closed": False}


def test_the_package_that_is_frozen_names_the_ballots_nominees_alone(bench: Bench) -> None:
    open_round(bench, nominees=1)
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round)).one()
        nominees.save_nominee(work, KEY, nominee_command(name="Aaa Tarde", country="BO"))
        work.session.refresh(a_round)
        package = frozen.package(a_round, a_round.seats)
        keys = [each["key"] for each in cast("list[dict[str, str]]", package["nominees"])]
    assert keys == ["n01"]

"""Members propose: when, how many, what is refused, and what they see of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consulta.core.problems import Problem
from consulta.panel import nominee_proposals, proposals
from consulta.panel.proposals import MOST
from consulta.platform.work import Actor, Bench
from consulta.rounds import history, proposing
from consulta.rounds import service as rounds
from consulta.rounds.proposing import PhaseCommand
from tests.drafts import KEY, NOW, make_draft, make_open, reading, round_command, writing
from tests.proposing import let_propose, numbered, on_desk, propose, said, taking, voter


def test_a_proposal_is_kept_as_it_was_said_and_its_organisation_sees_it(either: Bench) -> None:
    taking(either)
    actor = voter(either)
    whole = said(
        " Rosa\tQuispe ",
        email="Rosa@Example.org",
        gender="woman",
        topics=("tema_numero_1",),
        languages=("es",),
        address_form="Sra. Ministra",
        consent_contact=True,
    )
    number = propose(either, actor, whole, agreed=True)
    with either.read(actor, NOW) as work:
        own = proposals.own(work, KEY)
    (kept,) = own.proposals
    assert (own.organisation, own.room, own.before_vote) == ("Red 001", MOST - 1, False)
    assert own.phase is not None
    assert own.phase.on
    assert (kept.number, kept.state, kept.contact) == (number, "waiting", "Contacto de Red 001")
    assert (kept.said.name, kept.said.email, kept.said.topics) == (
        "Rosa Quispe",
        "rosa@example.org",
        ["tema_numero_1"],
    )
    assert (kept.said.gender, kept.said.consent_contact, kept.said.consent_listed) == ("woman", True, False)
    with either.read(voter(either, "MX"), NOW) as work:
        assert proposals.own(work, KEY).proposals == ()


def test_an_institution_needs_no_second_name(bench: Bench) -> None:
    taking(bench)
    number = propose(bench, voter(bench), said("Municipalidad de Tacna", organisation="", kind="institution"))
    assert numbered(bench, number).said["organisation"] == "Municipalidad de Tacna"


def test_what_only_the_secretariat_knows_is_not_taken_from_a_member(bench: Bench) -> None:
    taking(bench)
    number = propose(bench, voter(bench), said(recent=3, support=9000))
    kept = numbered(bench, number).said
    assert (kept["recent"], kept["support"]) == (0, None)


def test_nobody_is_proposed_twice_by_one_organisation_but_by_two(bench: Bench) -> None:
    taking(bench)
    first = propose(bench, voter(bench))
    with pytest.raises(Problem) as refused:
        propose(bench, voter(bench), said("ROSA QUISPÉ"))
    assert refused.value.code == "nomination.twin"
    propose(bench, voter(bench, "MX"))
    with writing(bench) as work:
        nominee_proposals.decline(work, KEY, first, "No da para tanto")
    propose(bench, voter(bench))  # declined once, it may be said again


def test_an_organisation_proposes_so_many_and_no_more(bench: Bench) -> None:
    taking(bench)
    numbers = [propose(bench, voter(bench), said(f"Persona {number}")) for number in range(MOST)]
    with pytest.raises(Problem) as refused:
        propose(bench, voter(bench), said("Una más"))
    assert (refused.value.code, refused.value.params) == ("nomination.many", {"most": MOST})
    with bench.work(voter(bench), NOW) as work:
        proposals.withdraw(work, KEY, numbers[0])
    propose(bench, voter(bench), said("Una más"))
    propose(bench, voter(bench, "MX"), said("De otra organización"))


def test_proposals_are_taken_until_the_hour_and_while_members_vote(bench: Bench) -> None:
    make_open(bench)
    actor = voter(bench)
    with pytest.raises(Problem, match=r"proposing\.over"):
        propose(bench, actor)
    with writing(bench) as work:
        let_propose(work, KEY, "2027-02-02T12:00")  # 17:00 UTC
    end = NOW + timedelta(days=1, hours=2)
    propose(bench, actor, at=end - timedelta(seconds=1))
    with pytest.raises(Problem, match=r"proposing\.over"):
        propose(bench, actor, said("Tarde"), at=end)
    with writing(bench, end) as work:  # again, beside the vote
        let_propose(work, KEY, "2027-03-01T12:00")
    propose(bench, actor, said("Otra vez"), at=end)
    with writing(bench, end) as work:
        rounds.close_round(work, KEY, "Se acabó")
    with pytest.raises(Problem, match=r"proposing\.over"):
        propose(bench, actor, said("Cerrada"), at=end)


def test_themes_are_asked_for_before_the_vote_alone(bench: Bench) -> None:
    make_open(bench)
    with writing(bench) as work:
        with pytest.raises(Problem, match=r"proposing\.nothing"):
            proposing.plan(work, KEY, PhaseCommand("2027-02-20T17:00", for_people=False))
        let_propose(work, KEY, "2027-02-20T17:00", for_themes=True)
        phase = proposing.of_round(work, KEY)
    assert phase is not None
    assert (phase.stage, phase.for_themes, phase.for_people) == ("open", False, True)


def test_proposals_end_with_the_voting_at_the_latest(bench: Bench) -> None:
    """A draft whose end is brought forward after members were told a later hour."""
    make_draft(bench)
    with writing(bench) as work:
        let_propose(work, KEY, "2027-03-05T17:00")
        rounds.edit_round(work, KEY, round_command(closes_local="2027-02-25T17:00"))
    with reading(bench) as work:
        phase = proposing.of_round(work, KEY)
    assert phase is not None
    assert phase.closes_at == datetime(2027, 2, 25, 22, tzinfo=UTC)


def test_what_waits_can_be_withdrawn_by_its_organisation_alone_and_leaves_nothing(bench: Bench) -> None:
    taking(bench)
    number = propose(bench, voter(bench))
    other = propose(bench, voter(bench, "MX"))
    with writing(bench) as work:
        nominee_proposals.merge(work, KEY, other, str(number))
    with pytest.raises(Problem, match=r"nomination\.unknown"), bench.work(voter(bench, "MX"), NOW) as work:
        proposals.withdraw(work, KEY, number)
    with bench.work(voter(bench), NOW) as work:
        proposals.withdraw(work, KEY, number)
    (left,) = on_desk(bench).proposals
    assert (left.id, left.state, left.into_id) == (other, "waiting", None)
    with writing(bench) as work:
        nominee_proposals.admit(work, KEY, other)
    with pytest.raises(Problem, match=r"nomination\.decided"), bench.work(voter(bench, "MX"), NOW) as work:
        proposals.withdraw(work, KEY, other)


def test_the_way_of_one_round_leads_to_no_other_and_nobody_else_proposes(bench: Bench) -> None:
    taking(bench)
    with pytest.raises(Problem, match=r"nomination\.elsewhere"), bench.read(voter(bench), NOW) as work:
        proposals.own(work, "otra")
    for role in ("anonymous", "guest", "secretariat"):
        with pytest.raises(Problem, match=r"access\.denied"), bench.read(Actor(role, 1), NOW) as work:
            proposals.own(work, KEY)
    with pytest.raises(Problem, match=r"access\.denied"), bench.work(voter(bench), NOW) as work:
        nominee_proposals.decline(work, KEY, 1, "x")


def test_the_log_says_who_proposed_by_number_and_no_name(bench: Bench) -> None:
    taking(bench)
    number = propose(bench, voter(bench))
    with bench.work(voter(bench), NOW) as work:
        proposals.withdraw(work, KEY, number)
    with reading(bench) as work:
        lines = [line for line in history.round_log(work, KEY).rows if line.action.startswith("nominations.")]
    told = {line.action: line for line in lines}
    assert set(told) == {"nominations.proposed", "nominations.withdrawn"}
    assert told["nominations.proposed"].details["nomination"] == number
    assert "Rosa" not in str([line.details for line in lines])

"""Steps of proposed themes: which follow which, what each leaves behind, and who stands behind a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform.models import Organisation, Round, ThemeProposal, ThemeSupport
from consulta.platform.work import COMMAND, Bench
from consulta.themes import proposals
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Work


def _round(work: Work) -> Round:
    found = Round(
        key="r",
        zone="America/Panama",
        closes_local="2027-03-05T17:00",
        closes_at=moment(),
        rules={},
        panel_rules={},
        created_at=moment(),
    )
    work.session.add(found)
    work.session.flush()
    return found


def _organisation(work: Work, name: str, country: str) -> Organisation:
    made = Organisation(name=name, name_key=name, country=country, created_at=moment())
    work.session.add(made)
    work.session.flush()
    return made


def _proposal(work: Work, found: Round, by: Organisation) -> ThemeProposal:
    number = proposals.next_number(work.session, found.id)
    row = ThemeProposal(
        round_id=found.id,
        number=number,
        reference=f"T-{number}",
        organisation_id=by.id,
        language="es",
        title=Text({"es": f"Tema {number}"}),
        why=Text({"es": "Porque sí"}),
        objectives=[2],
        proposed_at=work.now,
        state="submitted",
    )
    work.session.add(row)
    work.session.flush()
    proposals.take_step(work, row, "submitted", after=proposals.content(row))
    return row


def test_backers_pass_through_merges_and_to_the_parts_of_a_split(either: Bench) -> None:
    with either.work(COMMAND, moment()) as work:
        found = _round(work)
        one, two, three, four = (
            _organisation(work, name, country)
            for name, country in (("a", "PA"), ("b", "CL"), ("c", "CL"), ("d", "MX"))
        )
        first, second, third = (_proposal(work, found, each) for each in (one, two, three))
        work.session.add(ThemeSupport(proposal_id=third.id, organisation_id=four.id, at=work.now))
        proposals.take_step(work, third, "merged", into=second.id)
        proposals.take_step(work, second, "merged", into=first.id)
        proposals.take_step(work, first, "split", parts=[])
        part = _proposal(work, found, one)
        part.part_of_id = first.id
        work.session.flush()
        shown = {each.proposal.number: each for each in proposals.reviewed(work, found)}
    assert shown[3].backing.organisations == 2
    assert shown[2].backing.organisations == 3
    assert (shown[1].backing.organisations, shown[1].backing.subregions) == (4, 2)
    assert shown[4].backing == shown[1].backing
    assert (shown[3].into, shown[2].into, shown[1].parts, shown[4].part_of) == (2, 1, (4,), 1)


def test_a_decided_proposal_takes_no_step_of_one_that_waits(either: Bench) -> None:
    with either.work(COMMAND, moment()) as work:
        found = _round(work)
        row = _proposal(work, found, _organisation(work, "a", "PA"))
        proposals.take_step(work, row, "declined", reason={"es": "Ya está"})
        assert row.decided_at == work.now
        for kind in ("edited", "withdrawn", "returned", "admitted", "answered"):
            with pytest.raises(Problem, match=r"theme_proposal\.decided"):
                proposals.take_step(work, row, kind)
        proposals.take_step(work, row, "undone", state="submitted", event=row.events[-1].id)
        assert (row.state, row.decided_at) == ("submitted", None)
        assert [each.kind for each in row.events] == ["submitted", "declined", "undone"]


def test_what_was_taken_back_is_not_shown(either: Bench) -> None:
    with either.work(COMMAND, moment()) as work:
        found = _round(work)
        row = _proposal(work, found, _organisation(work, "a", "PA"))
        assert proposals.reviewed(work, found)
        proposals.take_step(work, row, "withdrawn")
        assert not proposals.reviewed(work, found)

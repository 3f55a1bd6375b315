"""Two nominees that mean the same become one, with a trace; what stands on a ballot or a panel stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.panel import nominee_proposals, nominees
from consulta.panel.values import Designation
from consulta.results import checks
from consulta.rounds import history
from tests.drafts import KEY, join_members, make_draft, nominee_command, reading, writing
from tests.proposing import listed, numbered, on_desk, propose, said, taking, voter

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def add(bench: Bench, *names: str) -> None:
    with writing(bench) as work:
        for name in names:
            nominees.save_nominee(
                work, KEY, nominee_command(name=name, email="a@example.org", gender="woman")
            )


def join(bench: Bench, key: str, into: str) -> None:
    with writing(bench) as work:
        nominee_proposals.merge_nominees(work, KEY, key, into)


def test_in_a_draft_one_goes_and_what_was_written_of_it_is_kept(either: Bench) -> None:
    make_draft(either)
    add(either, "Rosa Quispe", "Rosa Quispe Mamani")
    join(either, "n01", "n02")
    assert [(each.key, each.name) for each in listed(either).nominees] == [("n02", "Rosa Quispe Mamani")]
    (trace,) = on_desk(either).proposals
    assert (trace.organisation, trace.state, trace.nominee.key) == (None, "merged", "n02")
    assert (trace.said["name"], trace.said["gender"]) == ("Rosa Quispe", "woman")
    assert not on_desk(either).reconsiderable
    with reading(either) as work:
        told = [line for line in history.round_log(work, KEY).rows if line.action == "nominees.merged"]
    assert [line.details for line in told] == [{"nominee": "n01", "into": "n02"}]
    with writing(either) as work:  # the trace goes with the nominee into whom it led
        nominees.delete_nominee(work, KEY, "n02")
    assert (listed(either).nominees, on_desk(either).proposals) == ((), ())


def test_who_proposed_either_is_counted_for_the_one_that_stays(bench: Bench) -> None:
    taking(bench)
    first = propose(bench, voter(bench), said("Rosa Quispe"))
    second = propose(bench, voter(bench, "MX"), said("R. Quispe"))
    with writing(bench) as work:
        nominee_proposals.admit(work, KEY, first)
        nominee_proposals.admit(work, KEY, second, distinct=True)
    join(bench, "n02", "n01")
    assert tuple(listed(bench).proposed_by["n01"]) == ("Red 001", "Red 002")
    assert len(on_desk(bench).proposals) == len((first, second))  # no trace beside what the member wrote
    with writing(bench) as work:
        nominee_proposals.reconsider(work, KEY, second)
    assert numbered(bench, second).state == "waiting"
    assert tuple(listed(bench).proposed_by["n01"]) == ("Red 001",)


def test_what_stands_on_a_ballot_never_goes_but_others_join_it(bench: Bench) -> None:
    join_members(bench, "PE", "MX", "JM")
    make_draft(bench)
    add(bench, "En la papeleta")
    with writing(bench) as work:
        opening.open_round(work, KEY)
    add(bench, "Después", "Más tarde")
    with pytest.raises(Problem, match=r"round\.frozen"):
        join(bench, "n01", "n02")
    join(bench, "n02", "n01")
    join(bench, "n03", "n01")
    assert [each.key for each in listed(bench).nominees] == ["n01"]
    with reading(bench) as work:
        assert checks.faults(work) == []


def test_whom_somebody_designated_stays(bench: Bench) -> None:
    make_draft(bench)
    add(bench, "Rosa", "Rosa Q")
    with writing(bench) as work:
        nominees.designate(work, KEY, "n01", Designation("El Mecanismo", "2027-01-20", "Acta 4"))
    with pytest.raises(Problem, match=r"nominee\.designated"):
        join(bench, "n01", "n02")
    join(bench, "n02", "n01")
    assert [each.key for each in listed(bench).nominees] == ["n01"]


def test_nobody_is_joined_with_who_is_not_there(bench: Bench) -> None:
    make_draft(bench)
    add(bench, "Rosa", "Ana")
    for key, into, code in [
        ("n01", "n01", "nomination.target"),
        ("n01", "n09", "nomination.target"),
        ("n09", "n01", "nominee.unknown"),
    ]:
        with pytest.raises(Problem) as refused:
            join(bench, key, into)
        assert refused.value.code == code
        assert len(listed(bench).nominees) == len(("Rosa", "Ana"))

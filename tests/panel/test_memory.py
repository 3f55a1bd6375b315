"""Who sat on earlier panels comes later among equals; sums over all panels are those of the panels."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.values import PanelRules
from consulta.panel import invitations, memory, nominees
from consulta.panel import service as panels
from consulta.panel.proposals import NomineeCommand
from consulta.platform.models import Dialogue, Nominee, Round
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from tests.closed import counted, mixed
from tests.factories import build_nominee, build_round, moment
from tests.texts import both

if TYPE_CHECKING:
    from consulta.panel.values import Heard
    from consulta.platform.work import Bench

MARTA = {"name": "Marta Lucía Peña", "organisation": "Red del Sur", "email": "marta@example.org"}


def panel_of(bench: Bench, key: str, days: int, *people: dict[str, Any]) -> None:
    """A counted round of so many days ago with all of these people on its panel, not public."""
    counted(bench, key, mixed(6, ("t1", "t2")), publish=False)
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round).where(Round.key == key)).one()
        a_round.closed_at = moment() - timedelta(days=days)
        for number, values in enumerate(people, start=1):
            build_nominee(work.session, a_round, f"n{number:02d}", **({"on_ballot": False} | values))
    with bench.work(COMMAND, moment()) as work:
        assert panels.choose(work, key, PanelRules(size=len(people)))


def proposed(bench: Bench, **values: Any) -> int:
    """What is remembered of a person proposed for a new round."""
    fields: dict[str, Any] = {"role": "mechanism", "country": "PE", "sector": "ngo", "language": "es"}
    with bench.work(COMMAND, moment()) as work:
        key = nominees.save_nominee(work, "next", NomineeCommand(**(fields | values)))
        query = select(Nominee.recent).join(Round).where(Round.key == "next", Nominee.key == key)
        return work.session.scalars(query).one()


@pytest.mark.deep
def test_the_last_two_panels_are_remembered_by_person_and_by_institution(bench: Bench) -> None:
    panel_of(bench, "old", 900, {**MARTA, "name": "Otra persona"})
    panel_of(bench, "middle", 500, {**MARTA, "organisation": "Casa anterior"})
    panel_of(bench, "newest", 100, MARTA)
    with bench.work(COMMAND, moment()) as work:
        build_round(work.session, "next")
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == "next")).one()
        kept = memory.Memory(work, found)
        same = kept.of("MARTA LUCIA PENA", "red del sur", "PE", "")
        by_address = kept.of("M. Peña", "Otra casa", "PE", "marta@example.org")
        elsewhere = kept.of("Luis Rey", "Red del Sur", "BB", "")
        colleague = kept.of("Luis Rey", "Red del Sur", "PE", "")
    assert not [each for each in (*same, *colleague) if each.took_part]
    assert [(each.key, each.same_person) for each in same] == [("newest", True)]
    assert [(each.key, each.same_person) for each in by_address] == [("newest", True), ("middle", True)]
    assert [(each.key, each.same_person) for each in colleague] == [("newest", False)]
    assert elsewhere == (), "an institution of the same name in another country is another"
    assert proposed(bench, **{**MARTA, "name": "Marta Lucía Peña"}) == 2
    assert proposed(bench, name="Luis Rey", organisation="Red del Sur", recent=0) == 0
    assert proposed(bench, name="Ana Sol", organisation="Red del Sur") == 1
    assert proposed(bench, name="Nadie", organisation="Ninguna") == 0


def test_an_institution_is_told_its_panels_newest_first_and_by_name(bench: Bench) -> None:
    panel_of(bench, "old", 900, MARTA, {"name": "Ana Sol", "organisation": "RED DEL SUR"})
    panel_of(bench, "newest", 100, {**MARTA, "name": "Luis Rey"}, {"organisation": "Otra"})
    with bench.read(COMMAND, moment()) as work:
        found = memory.of_institution(work, "Red del Súr", example=False)
        assert memory.of_institution(work, "Red", example=False) == ()
        assert memory.of_institution(work, "Red del Sur", example=True) == ()
    assert [(each.key, each.names, each.took_part) for each in found] == [
        ("newest", ("Luis Rey",), False),
        ("old", (MARTA["name"], "Ana Sol"), False),
    ]


def test_among_equals_the_panel_takes_who_has_not_sat(bench: Bench) -> None:
    """The third stage of `docs/methods/panel.md`, from what is remembered to who sits."""
    panel_of(bench, "old", 400, MARTA)
    counted(bench, "next2", mixed(6, ("t1", "t2")), publish=False)
    fields: dict[str, Any] = {"role": "mechanism", "country": "PE", "sector": "ngo", "language": "es"}
    with bench.work(COMMAND, moment()) as work:
        first = nominees.save_nominee(work, "next2", NomineeCommand(**fields, **MARTA))
        other = nominees.save_nominee(
            work, "next2", NomineeCommand(**fields, name="Nueva", organisation="Otra")
        )
        assert panels.choose(work, "next2", PanelRules(size=1))
    with bench.read(COMMAND, moment()) as work:
        decision = panels.panel_page(work, "next2").decision
    assert decision is not None
    assert [each.key for each in decision.members] == [other]
    assert first != other


def comes(bench: Bench, key: str, *who: str) -> None:
    """Write down of the panel of a round that these people took part in its session."""
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, key)
        for each in invitations.page(work, key).guests:
            invitations.mark(work, key, each.id, "accepted", "")
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        starts = moment() - timedelta(days=2)
        work.session.add(
            Dialogue(
                round_id=found.id,
                title=both("Sesión"),
                zone="America/Panama",
                starts_local="2020-01-01T10:00",
                starts_at=starts,
                ends_local="2020-01-01T12:00",
                ends_at=starts + timedelta(hours=2),
                uid=key,
                created_at=moment(),
            )
        )
    with bench.work(COMMAND, moment()) as work:
        lines = invitations.page(work, key).guests
        assert invitations.attended(work, key, [each.id for each in lines if each.nominee.key in who])


def test_who_never_came_is_not_remembered_as_heard(bench: Bench) -> None:
    """And nominees of a round in preparation follow, unless the secretariat wrote another figure."""
    panel_of(bench, "old", 400, MARTA, {"name": "Luis Rey", "organisation": "Casa"}, {"name": "Ana Sol"})
    with bench.work(COMMAND, moment()) as work:
        build_round(work.session, "next")
    assert proposed(bench, **MARTA) == 1, "on the panel, while nothing is written down"
    assert proposed(bench, name="Luis Rey", organisation="Casa") == 1
    assert proposed(bench, name="Ana Sol", organisation="Institución", recent=2) == 2
    before = heard(bench, public=False)
    assert ([each.key for each in before.expected], before.panels, before.people) == (["old"], (), 0)
    comes(bench, "old", "n02")
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == "next")).one()
        kept = memory.Memory(work, found)
        assert kept.of(MARTA["name"], MARTA["organisation"], "PE", "") == ()
        (told,) = kept.of("Luis Rey", "Casa", "PE", "")
        assert (told.same_person, told.took_part) == (True, True)
        assert {each.name: each.recent for each in found.nominees} == {
            "Marta Lucía Peña": 0,
            "Luis Rey": 1,
            "Ana Sol": 2,
        }
    view = heard(bench, public=False)
    assert ([each.people for each in view.panels], view.expected) == ([1], ())


def test_a_session_that_was_cancelled_is_remembered_of_nobody(bench: Bench) -> None:
    panel_of(bench, "old", 400, MARTA)
    comes(bench, "old", "n01")
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Dialogue)).one().cancelled = True
        build_round(work.session, "next")
    assert proposed(bench, **MARTA) == 0
    assert heard(bench, public=False).panels == ()


def test_who_is_not_named_in_public_is_counted_by_subregion_alone(bench: Bench) -> None:
    panel_of(bench, "old", 400, {**MARTA, "country": "PE"}, {"name": "Luis Rey", "country": "JM"})
    comes(bench, "old", "n01", "n02")
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Nominee).where(Nominee.key == "n01")).one().consent_governments = True
        results.publish(work, "old")
        panels.publish_panel(work, "old")
    told = heard(bench, public=True)
    assert (told.people, told.untold) == (2, 1)
    assert {key: n for key, n in told.sums("country").items() if n} == {"PE": 1}
    assert {key: n for key, n in told.sums("subregion").items() if n} == {"south_america": 1, "caribbean": 1}


def heard(bench: Bench, *, public: bool) -> Heard:
    with bench.read(ANONYMOUS if public else COMMAND, moment()) as work:
        return memory.publicly_heard(work) if public else memory.heard(work)


@pytest.mark.deep
def test_sums_are_those_of_the_panels_and_the_public_reads_what_is_public(bench: Bench) -> None:
    people = [
        {"name": "A", "organisation": "a", "country": "PE", "sector": "ngo", "gender": "woman"},
        {"name": "B", "organisation": "b", "country": "JM", "sector": "ngo", "gender": None},
    ]
    panel_of(bench, "old", 900, *people)
    panel_of(bench, "newest", 100, people[1])
    comes(bench, "old", "n01", "n02")
    comes(bench, "newest", "n01")
    assert heard(bench, public=True).panels == ()
    view = heard(bench, public=False)
    assert [(panel.key, panel.people) for panel in view.panels] == [("newest", 1), ("old", 2)]
    assert {key: n for key, n in view.sums("country").items() if n} == {"JM": 2, "PE": 1}
    assert {key: n for key, n in view.sums("subregion").items() if n} == {"south_america": 1, "caribbean": 2}
    assert {key: n for key, n in view.sums("gender").items() if n} == {"woman": 1, "no_answer": 2}
    for dimension in view.categories:
        assert sum(view.sums(dimension).values()) == view.people
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, "old")
        panels.publish_panel(work, "old")
    told = heard(bench, public=True)
    assert [panel.key for panel in told.panels] == ["old"]
    assert "gender" not in told.categories
    assert all("gender" not in panel.counts for panel in told.panels)

"""What everybody reads of a panel: a choice by hand stays told, and only who accepted and agreed is named."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.panel import invitations, nominees, public_panel, replacements
from consulta.panel import service as panels
from consulta.panel import trials as panel_trials
from consulta.panel.replacements import ReplaceCommand
from consulta.panel.trials import Change
from consulta.panel.values import Designation
from consulta.platform.log import chain
from consulta.platform.models import Dialogue, Nominee
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from tests.cases import for_each
from tests.factories import moment
from tests.invited import KEY, PANEL, confirm, number_of, panelled
from tests.texts import both

if TYPE_CHECKING:
    from consulta.core.texts import Text
    from consulta.panel.values import PublishedPanel
    from consulta.platform.work import Bench
    from tests.benches import Visitor

NOTHING = both("", "")
REASON = "Conoce de cerca el Caribe."


def public(bench: Bench) -> PublishedPanel:
    with bench.read(ANONYMOUS, moment()) as work:
        return public_panel.published_panel(work, KEY)


def publish(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        if results.closed_round(work, KEY).state != "published":
            results.publish(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY, reason=both("Cambió el panel.", "The panel changed."))


def by_hand(bench: Bench, leaves: str, comes: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        panel_trials.change(work, KEY, 1, Change("swap", leaves, comes))
        panel_trials.decide(work, KEY, 1, REASON)


def declines(bench: Bench, key: str, instead: str | None = None, said: Text = NOTHING) -> None:
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, key), "declined", "")
    take(bench, key, instead, said)


def take(bench: Bench, key: str, instead: str | None = None, said: Text = NOTHING) -> None:
    with bench.work(COMMAND, moment()) as work:
        version = invitations.page(work, KEY).panel_version or 0
        command = ReplaceCommand(instead, "accepted", "declined", said, version)
        replacements.replace_guest(work, KEY, number_of(bench, key), command)


def test_a_choice_by_hand_is_not_told_any_more_when_its_people_have_left(bench: Bench) -> None:
    panelled(bench, with_session=False)
    by_hand(bench, "n07", "n06")
    declines(bench, "n06")
    publish(bench)
    told = public(bench)
    assert told.choices == ()
    assert told.some_left


@for_each("ticked", [True, False], fresh=True)
def test_the_panel_is_published_with_the_result_where_it_is_ticked(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor, *, ticked: bool
) -> None:
    panelled(bench, with_session=False)
    publishing = f"/es/secretariat/rounds/{KEY}/publish"
    page = staff_visitor.get(publishing).text
    assert "Persona n02" in page, "what everybody will read is shown before"
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert seen
    sent = {"typed": KEY, "seen": seen[1]} | ({"panel": "y"} if ticked else {})
    assert staff_visitor.submit(publishing, sent).status_code == 303
    assert visitor.get(f"/es/rounds/{KEY}/result").status_code == 200
    assert visitor.get(f"/es/rounds/{KEY}/panel").status_code == (200 if ticked else 404)


def test_who_kept_a_place_while_another_was_filled_is_not_held_by_hand_afterwards(bench: Bench) -> None:
    panelled(bench, with_session=False)
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        invitations.invite(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, "n02"), "declined", "")
        version = invitations.page(work, KEY).panel_version or 0
        command = ReplaceCommand(None, "asked", "declined", NOTHING, version)
        replacements.replace_guest(work, KEY, number_of(bench, "n02"), command)
    with bench.read(COMMAND, moment()) as work:
        decision = panel_trials.page(work, KEY).decision
    assert decision is not None
    assert [each.key for each in decision.holds["invited"]] == ["n04", "n07", "n08"]
    assert decision.held == frozenset()
    with bench.work(COMMAND, moment()) as work:
        panel_trials.change(work, KEY, 2, Change("swap", "n07", "n05"))
        panel_trials.decide(work, KEY, 2, REASON)
        told = panel_trials.page(work, KEY).decision
    assert told is not None
    assert (told.holds["by_hand"], told.holds["invited"]) == ((), ())
    assert told.judgement is not None
    assert [each.key for each in told.judgement.came] == ["n05"]


def test_a_substitute_other_than_the_best_needs_a_sentence_and_stays_told(bench: Bench) -> None:
    panelled(bench, with_session=False)
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, "n07"), "declined", "")
        (place,) = invitations.page(work, KEY).free
    first, second, *_ = [each.person.key for each in place.substitutes]
    with pytest.raises(Problem, match=r"invitation\.why") as refused:
        take(bench, "n07", second)
    assert refused.value.params["name"] == f"Persona {first}"
    take(bench, "n07", second, both("Habla inglés.", "Speaks English."))
    publish(bench)
    (choice,) = public(bench).choices
    assert choice.reason == "Habla inglés.\nSpeaks English."
    assert public(bench).standing == "decided"


@pytest.mark.parametrize(
    ("state", "agreed", "named", "confirmed"),
    [
        ("accepted", True, True, True),
        ("accepted", False, False, True),
        ("declined", True, False, False),
        ("invited", True, False, False),
        ("no_answer", True, False, False),
        (None, True, False, False),
    ],
)
def test_only_who_accepted_and_agreed_is_named(
    bench: Bench, state: str | None, agreed: bool, named: bool, confirmed: bool
) -> None:
    panelled(bench, with_session=False, consent_governments=agreed)
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    if state is not None:
        with bench.work(COMMAND, moment()) as work:
            invitations.invite(work, KEY)
        if state != "invited":
            with bench.work(COMMAND, moment()) as work:
                invitations.mark(work, KEY, number_of(bench, PANEL[0]), state, "")
    publish(bench)
    with bench.read(COMMAND, moment()) as work:
        page = panels.publishing_page(work, KEY)
    told = (PANEL[0] in page.naming.named, PANEL[0] in page.naming.confirmed)
    assert told == (named, confirmed)
    assert next(each for each in page.members if each.key == PANEL[0]).to_governments is agreed
    seats = public(bench).seats
    assert [each.name for each in seats if each.name] == ["Persona n02"] * named
    assert sum(each.confirmed for each in seats) == confirmed
    hidden = [each for each in seats if not each.name]
    assert not [each for each in hidden if each.organisation or each.country or each.sector]


def test_who_was_designated_is_confirmed_unless_they_decline(bench: Bench) -> None:
    panelled(bench, with_session=False, consent_governments=True)
    with bench.work(COMMAND, moment()) as work:
        nominees.designate(work, KEY, "n04", Designation("Mecanismo", "2020-01-01", "acta 3"))
    publish(bench)
    seats = public(bench).seats
    assert [each.name for each in seats if each.name] == ["Persona n04"]
    assert [each.role for each in seats] == ["gov_national", *["mechanism"] * 3], "by role, and then by name"
    assert [each.number for each in seats if each.name] == [2]
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, "n04"), "declined", "")
    assert not [each.name for each in public(bench).seats if each.name]


def test_a_name_comes_with_a_publication_and_goes_by_itself(bench: Bench) -> None:
    panelled(bench, with_session=False)
    publish(bench)
    confirm(bench, KEY, "n02", "n04")
    assert not [each.name for each in public(bench).seats if each.name], "nobody has looked at the list"
    with bench.read(COMMAND, moment()) as work:
        assert panels.panel_page(work, KEY).newly_named == 2
        seen = panels.publishing_page(work, KEY).seen
    confirm(bench, KEY, "n07")
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.answers_changed"):
        panels.publish_panel(work, KEY, seen)
    publish(bench)
    assert {each.name for each in public(bench).seats if each.name} == {
        "Persona n02",
        "Persona n04",
        "Persona n07",
    }
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, "n04"), "declined", "")
        work.session.scalars(select(Nominee).where(Nominee.key == "n07")).one().consent_governments = False
    assert [each.name for each in public(bench).seats if each.name] == ["Persona n02"]


def test_the_public_row_of_the_log_names_nobody(bench: Bench) -> None:
    panelled(bench, with_session=False)
    confirm(bench, KEY)
    publish(bench)
    with bench.read(COMMAND, moment()) as work:
        (row,) = chain.acts(work.session, "round:1", "panel.published")
        told = json.loads(row.details)
        assert told["version"] == 1
        names = work.session.scalars(select(Nominee.name)).all()
        assert names
        assert [name for name in names if name in row.details] == []


def test_nobody_is_to_be_confirmed_once_the_session_has_begun(bench: Bench, visitor: Visitor) -> None:
    """Answers come no more then, and who comes without one is not on the list of the last publication."""
    panelled(bench)
    publish(bench)
    assert not public(bench).begun
    page = visitor.get(f"/es/rounds/{KEY}/panel").text
    assert page.count("<h4>Por confirmar</h4>") == len(public(bench).seats)
    with bench.work(COMMAND, moment()) as work:
        session = work.session.scalars(select(Dialogue)).one()
        session.starts_at, session.ends_at = moment() - timedelta(days=9), moment() - timedelta(days=8)
    assert public(bench).begun
    page = visitor.get(f"/es/rounds/{KEY}/panel").text
    assert "Por confirmar" not in page
    assert page.count("<h4>Sin nombre público</h4>") == len(public(bench).seats)


def test_nobody_reads_a_seat_of_a_person_who_declined(
    bench: Bench, visitor: Visitor, staff_visitor: Visitor
) -> None:
    panelled(bench)
    confirm(bench, KEY, "n02", "n04", "n08")
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        invitations.mark(work, KEY, number_of(bench, "n07"), "declined", "")
    preview = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/panel/publish").text
    assert "1 lugar de este panel está libre" in preview
    assert "Persona n07" in preview
    assert preview.count("nada: el lugar está libre") == 1
    publish(bench)
    told = public(bench)
    assert (len(told.seats), told.free, told.confirmed) == (3, 1, 3)
    page = visitor.get(f"/es/rounds/{KEY}/panel").text
    assert "1 lugar está libre." in page
    assert "Cumple todas las reglas<" not in page
    assert "Por confirmar" not in page
    assert "n07" not in page
    # Taken back, the place is theirs again.
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, "n07"), "accepted", "")
    assert (len(public(bench).seats), public(bench).free) == (4, 0)


def test_counts_of_a_panel_with_a_free_place_are_those_of_its_seats(bench: Bench) -> None:
    panelled(bench)
    confirm(bench, KEY, agreed=False)
    publish(bench)
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, PANEL[0]), "declined", "")
    told = public(bench)
    for row in told.rows:
        if row.have is not None:
            same = [seat for seat in told.seats if seat.codes.get(row.attribute) == row.code]
            assert row.have == (len(told.seats) if row.kind == "size" else len(same))
            assert row.ok == (row.low <= row.have <= (row.high or 99))

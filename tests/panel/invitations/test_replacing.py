"""A place on the panel that became free: taken by one person, by a new choice, or by nobody at first."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.invitations import Invited
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.problems import Problem
from consulta.panel import invitations, nominees, replacements
from consulta.panel import service as panels
from consulta.panel.documents import members_of
from consulta.panel.values import Designation
from consulta.platform import documents
from consulta.platform.models import Round
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.factories import moment
from tests.invited import KEY, invited, number_of, states
from tests.platform.mailer.desk import messages
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

DESK = f"/es/secretariat/rounds/{KEY}/invitations"
TAKES = re.compile(r'name="take" value="([^"]+)"')


def page_of(bench: Bench, key: str, lang: str = "es") -> str:
    return f"/{lang}/secretariat/rounds/{KEY}/invitations/{number_of(bench, key)}"


def declines(bench: Bench, visitor: Visitor, key: str, state: str = "declined") -> str:
    """Write down that a person declined; the page of their invitation."""
    page = page_of(bench, key)
    answer = visitor.submit(page, {"state": state, "note": "Está de viaje"}, to=f"{page}/mark")
    assert answer.status_code == 303
    return visitor.get(page).text


def take(bench: Bench, visitor: Visitor, key: str, way: str, **fields: Any) -> Any:
    """Press one of the buttons of a person's free place, and confirm what the next page says."""
    page = page_of(bench, key)
    text = visitor.get(page).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', text)
    data = {"reason": "declined", "version": version[1] if version else "1", "take": way, "sure": "1"}
    return visitor.submit(page, data | fields, to=f"{page}/replace")


def kept(bench: Bench) -> list[dict[str, Any]]:
    """Every panel that was kept."""
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        return [json.loads(each.content) for each in documents.every(work.session, found.id, "panel")]


def members(bench: Bench) -> list[str]:
    return sorted(members_of(kept(bench)[-1]))


def test_three_declines_in_a_row_by_hand_to_the_end(bench: Bench, staff_visitor: Visitor) -> None:
    """Two substitutes, then nobody who fits and no panel at all, then a colleague who was proposed."""
    invited(bench)
    text = declines(bench, staff_visitor, "n02")
    assert TAKES.findall(text)[:2] == ["nominee:n01", "nominee:n03"], "the best first, and only who fits"
    assert "Persona n01" in staff_visitor.get(DESK).text, "the list says it too"
    take(bench, staff_visitor, "n02", "nominee:n01", said_es="Tiene otro compromiso.")
    page = staff_visitor.get(DESK).text
    assert "La invitación va en camino" in page
    assert "Tiene otro compromiso." in page
    assert members(bench) == ["n01", "n04", "n07", "n08"]
    assert messages(bench, "panel_invitation")[-1].address == "n01@example.org"

    declines(bench, staff_visitor, "n01")
    assert take(bench, staff_visitor, "n01", "nominee:n03").status_code == 303
    assert members(bench) == ["n03", "n04", "n07", "n08"]

    text = declines(bench, staff_visitor, "n03")
    assert not TAKES.findall(text), "nobody of a national government is left"
    assert re.search(r"No es posible\..*Gobierno nacional", text, re.DOTALL)
    refused = take(bench, staff_visitor, "n03", "again:asked", said_es="Frase escrita")
    assert refused.status_code == 422
    assert "Ningún panel cumple las reglas" in refused.text
    assert "Frase escrita" in refused.text, "what was typed stays"
    assert len(kept(bench)) == 3, "an attempt that cannot be leaves no trace"

    add_rosa(bench, staff_visitor, text)
    assert take(bench, staff_visitor, "n03", "nominee:n09").status_code == 303
    assert members(bench) == ["n04", "n07", "n08", "n09"]
    replaced = dict.fromkeys(("n01", "n02", "n03"), "replaced")
    assert states(bench) == replaced | dict.fromkeys(("n04", "n07", "n08", "n09"), "invited")
    assert set(kept(bench)[-1]["rules"]["barred"]) == set(replaced)
    log = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/log").text.partition("<tbody")[2]
    assert log.count("reemplazó a") == 3


def add_rosa(bench: Bench, visitor: Visitor, text: str) -> None:
    """Add a person or institution to those considered by the way out that the page of n03's place shows."""
    form = f"/es/secretariat/rounds/{KEY}/new-nominee"
    assert form in text
    fields = {"kind": "person", "name": "Rosa Pérez", "organisation": "Cancillería", "role": "gov_national"}
    more = {"country": "BZ", "sector": "gov_national", "language": "es", "email": "rosa@example.org"}
    assert visitor.submit(form, {**fields, **more, "consent_contact": "y"}).status_code == 303
    assert TAKES.findall(visitor.get(page_of(bench, "n03")).text)[0] == "nominee:n09"


def test_a_new_choice_holds_who_accepted_and_bars_who_declined(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    page = page_of(bench, "n07")
    staff_visitor.submit(page, {"state": "accepted", "note": ""}, to=f"{page}/mark")
    declines(bench, staff_visitor, "n04")
    text = declines(bench, staff_visitor, "n02")
    ways = [way for way in TAKES.findall(text) if way.startswith("again")]
    assert ways == ["again:asked"], "whether those who were asked are held makes no difference here"
    assert "1 lugar más" in text
    asked = take(bench, staff_visitor, "n02", "again:asked", sure=[])
    assert asked.status_code == 200, "what it would mean is told first"
    assert len(kept(bench)) == 1
    for told in (
        "Persona n02",
        "No se escribe a nadie todavía",
        "avise usted a quienes ya se había consultado",
    ):
        assert told in asked.text
    assert take(bench, staff_visitor, "n02", "again:asked").status_code == 303
    assert members(bench) == ["n01", "n03", "n07", "n08"], "both places are filled, and nobody else moves"
    said = kept(bench)[-1]["replacement"]
    assert said["left"] == {"n02": "declined", "n04": "declined"}
    with bench.read(COMMAND, moment()) as work:
        rules = results.closed_round(work, KEY).panel_rules
    assert (set(rules["locked"]), set(rules["barred"])) == ({"n07"}, {"n02", "n04"})
    assert states(bench)["n03"] == "proposed", "whom a new choice brings is invited with one more click"
    with bench.read(COMMAND, moment()) as work:
        (told,) = invitations.page(work, KEY).replaced
    assert [(each.value["en"], each.was, each.have) for each in told.changes] == [
        ("National government", 1, 2),
        ("Representative of the Mechanism", 3, 2),
        ("Caribbean", 2, 1),
    ]


def test_where_nothing_fits_the_rules_are_changed_with_those_held_who_accepted(
    bench: Bench, staff_visitor: Visitor
) -> None:
    """The last way out, to its end: no national government is left, and the rules ask for none."""
    invited(bench)
    page = page_of(bench, "n08")
    staff_visitor.submit(page, {"state": "accepted", "note": ""}, to=f"{page}/mark")
    with bench.work(COMMAND, moment()) as work:
        for nominee in results.closed_round(work, KEY, hold=True).nominees:
            nominee.role = "gov_national" if nominee.key == "n02" else "mechanism"
    text = declines(bench, staff_visitor, "n02")
    assert not TAKES.findall(text)
    assert "Cambiar las reglas del panel" in text
    answer = staff_visitor.submit(page_of(bench, "n02"), to=f"{DESK}/hold")
    assert answer.headers["Location"].endswith("/panel/rules")
    with bench.read(COMMAND, moment()) as work:
        rules = parse_panel_rules(results.closed_round(work, KEY).panel_rules)
    assert (rules.locked, rules.barred) == (("n08",), ("n02",))
    with bench.work(COMMAND, moment()) as work:
        assert panels.choose(work, KEY, replace(rules, roles={"mechanism": (4, 4)}))
    assert staff_visitor.submit(DESK, to=f"{DESK}/take-over").status_code == 303
    assert "n08" in members(bench)
    assert "n02" not in members(bench)
    assert (states(bench)["n02"], states(bench)["n08"]) == ("replaced", "accepted")


def test_no_answer_frees_a_place_and_what_changes_is_said(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    text = declines(bench, staff_visitor, "n07", "no_answer")
    assert TAKES.findall(text)[0] == "nominee:n01"
    assert "Caribe: antes 2, después 1" in text
    assert re.search(r'<input checked[^>]*value="no_answer"', text), "the reason is there beforehand"


def test_what_cannot_be_is_said_and_changes_nothing(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    declines(bench, staff_visitor, "n02")
    page = page_of(bench, "n02")
    good = {"reason": "declined", "version": "1", "take": "nominee:n01"}
    bad = [
        ({"take": "nominee:n05"}, "ya no puede ocupar"),
        ({"take": "nominee:n99"}, "ya no puede ocupar"),
        ({"version": "7"}, "se decidió de nuevo"),
        ({"version": "x"}, "se decidió de nuevo"),
        ({"reason": "health"}, "Elija de la lista"),
        ({"reason": "other"}, "Escriba la frase"),
        ({"said_es": "x" * 301}, "Escriba la frase"),
        ({"said_en": "Only"}, "Escriba la frase"),
    ]
    for change, said in bad:
        answer = staff_visitor.submit(page, {**good, **change}, to=f"{page}/replace")
        assert (change, answer.status_code) == (change, 422)
        assert said in answer.text, change
    other = page_of(bench, "n04")
    answer = staff_visitor.submit(other, good, to=f"{other}/replace")
    assert answer.status_code == 422
    assert "no está libre" in answer.text
    assert len(kept(bench)) == 1


def test_a_colleague_who_was_proposed_comes_into_the_form(bench: Bench, staff_visitor: Visitor) -> None:

    invited(bench)
    number = number_of(bench, "n02")
    with bench.work(COMMAND, moment()) as work:
        found = invitations.find(work.session, number, hold=True)
        assert found is not None
        invitations.take(work, found, Invited.DECLINED, "", "Rosa Pérez", "rosa@example.org")
    form = f"/es/secretariat/rounds/{KEY}/new-nominee?invitation={number}"
    assert form in staff_visitor.get(page_of(bench, "n02")).text
    page = staff_visitor.get(form).text
    for value in ("Rosa Pérez", "rosa@example.org", "Institución n02"):
        assert f'value="{value}"' in page
    assert "checked" not in re.findall(r'<input[^>]*name="consent_[a-z]+"[^>]*>', page)[0]
    assert staff_visitor.submit(form, {"kind": "person", "name": "Rosa Pérez"}).status_code == 422


def test_the_public_reads_the_reason_and_no_personal_word(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    """RP-11: a person who left is told by role, with the reason; not by name, who declined."""
    invited(bench)
    for old, new in (("n02", "n01"), ("n01", "n03")):
        declines(bench, staff_visitor, old)
        if old == "n01":
            with bench.work(COMMAND, moment()) as work:
                results.publish(work, KEY)
                panels.publish_panel(work, KEY)
        take(
            bench,
            staff_visitor,
            old,
            f"nominee:{new}",
            said_es="Frase pública.",
            said_en="A public sentence.",
        )
    url = f"/en/rounds/{KEY}/panel"
    before = visitor.get(url).text
    assert "Persona n02" not in before
    assert "National government" in before
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY, reason=both("Un lugar cambió.", "A place changed."))
    page = visitor.get(url).text
    assert page.count("declined the invitation") == 2
    assert page.count("A public sentence.") == 2
    assert not re.search("Persona|Institución", page), "no person has accepted and agreed to be named"
    cards = page.split('<ul class="people">', 1)[1].split('<section aria-labelledby="decided"')[0]
    assert re.findall(r"<h4>(.*?)</h4>", cards) == ["To be confirmed"] * 4
    assert 'class="org"' not in cards
    assert "Está de viaje" not in page


def test_who_was_sent_from_outside_is_replaced_by_whoever_sent_them(
    bench: Bench, staff_visitor: Visitor
) -> None:

    invited(bench)
    with bench.work(COMMAND, moment()) as work:
        nominees.designate(work, KEY, "n04", Designation("Mecanismo", "2020-01-01", "acta 3"))
    text = declines(bench, staff_visitor, "n04")
    assert not TAKES.findall(text)
    assert "/nominees/n04/designation" in text
    command = replacements.ReplaceCommand(None, "asked", "declined", both("", ""), 1)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.designated"):
        replacements.replace_guest(work, KEY, number_of(bench, "n04"), command)


def test_only_people_who_can_be_written_to_are_proposed_and_each_outcome_once(
    bench: Bench, staff_visitor: Visitor
) -> None:
    invited(bench)
    with bench.work(COMMAND, moment()) as work:
        for nominee in results.closed_round(work, KEY, hold=True).nominees:
            if nominee.key == "n01":
                nominee.email = ""
    text = declines(bench, staff_visitor, "n07")
    ways = TAKES.findall(text)
    assert "nominee:n01" not in ways
    assert "nominee:n03" in ways
    assert f"/es/secretariat/rounds/{KEY}/nominees/n01" in text, "the way to write the address down"
    assert "otra función que Persona n07" in text
    # Nobody else was asked to leave: whoever is held, the panel that is chosen again is the same.
    outcomes = re.findall(r"<p>Incorporación al panel:.*?</p>", text)
    assert outcomes
    assert len(outcomes) == len(set(outcomes))

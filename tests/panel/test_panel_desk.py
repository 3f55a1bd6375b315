"""The panel at the desk and in public: changes tried by posting, a decision with its reason."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from consulta.panel import trials as panel_trials
from consulta.platform.models import Nominee
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.deep import DEEP
from tests.factories import moment
from tests.invited import confirm
from tests.markup import HTML, parsed
from tests.results.test_results import KEY, closed_round
from tests.results.test_results_pages import DESK, PANEL

if TYPE_CHECKING:
    from consulta.panel.values import PanelView
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PAGE = f"{DESK}/panel"
RULES = f"{DESK}/panel/rules"
CANDIDATES = f"{DESK}/panel/candidates"
ENGLISH = f"/en/secretariat/rounds/{KEY}/panel"
IMPOSSIBLE = PANEL | {"quotas-0-least": "2"}
REASON = "Solo una persona del Caribe puede viajar.\n<b>Acta 7</b>"


@pytest.fixture
def chosen(bench: Bench, staff_visitor: Visitor) -> Visitor:
    """A desk with a panel of three, chosen from five."""
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
    staff_visitor.submit(RULES, PANEL)
    return staff_visitor


def look(bench: Bench) -> PanelView:
    with bench.read(COMMAND, moment()) as work:
        return panel_trials.page(work, KEY)


def attempt(desk: Visitor, do: str, version: int = 1, page: str = PAGE, **more: str) -> str:
    """Try a change as the page's button does, and follow it."""
    answer = desk.submit(page, {"do": do, "version": str(version), **more}, to=f"{page}/try")
    assert answer.status_code == 303, answer.text
    return desk.get(page).text


def part(page: str, name: str) -> str:
    return html.unescape(page.split(f'id="{name}"')[1].split("</section>", maxsplit=1)[0])


def test_every_button_of_the_page_can_be_pressed(chosen: Visitor) -> None:
    page = html.unescape(chosen.get(PAGE).text + chosen.get(CANDIDATES).text)
    buttons = set(re.findall(r'name="do" value="([^"]+)"', page))
    assert {each.split(":")[0] for each in buttons} == {"add", "remove", "swap", "hold", "bar"}
    of_each_kind = {each.split(":")[0]: each for each in sorted(buttons)}
    for each in sorted(buttons) if DEEP else of_each_kind.values():
        attempt(chosen, each)
        attempt(chosen, "give_up")


def test_a_rule_gives_way_only_with_a_reason_and_what_was_tried_stays(bench: Bench, chosen: Visitor) -> None:
    attempt(chosen, "remove:n03")
    answer = chosen.submit(PAGE, {"version": "1", "reason": " "}, to=f"{PAGE}/decide")
    assert answer.status_code == 422
    told = html.unescape(answer.text)
    assert "Escriba por qué ceden estas reglas" in told
    assert "Caribe: al menos 1" in told.split('class="strip"')[0]
    assert look(bench).trial is not None
    long = "a" * (panel_trials.REASON_MAX + 1)
    answer = chosen.submit(PAGE, {"version": "1", "reason": long}, to=f"{PAGE}/decide")
    assert (answer.status_code, long in answer.text) == (422, True)


def test_the_public_reads_what_was_decided_which_rule_gave_way_and_why(
    chosen: Visitor, visitor: Visitor
) -> None:
    chosen.submit(RULES, IMPOSSIBLE)
    attempt(chosen, "try", version=2)
    assert chosen.submit(PAGE, {"version": "2", "reason": REASON}, to=f"{PAGE}/decide").status_code == 303
    chosen.submit(f"{DESK}/publish", {"typed": KEY})
    assert chosen.submit(f"{DESK}/panel/publish", {"typed": KEY}).status_code == 303
    page = visitor.get(f"/en/rounds/{KEY}/panel")
    told = part(page.text, "decided")
    assert "Caribbean: at least 2" in told
    assert "Rules that were set aside" in told
    assert "Solo una persona del Caribe puede viajar." in told
    assert "&lt;b&gt;Acta 7" in page.text


@pytest.mark.deep
@pytest.mark.parametrize("agreed", [True, False])
def test_who_came_by_hand_is_named_only_where_they_accepted_and_agreed(
    bench: Bench, chosen: Visitor, visitor: Visitor, agreed: bool
) -> None:
    """And a person who would have sat by the rules never is: they have agreed to nothing."""
    with bench.work(COMMAND, moment()) as work:
        for nominee in work.session.query(Nominee):
            nominee.consent_governments = True
    view = look(bench)
    assert view.decision is not None
    leaves, others = next((key, others) for key, others in view.decision.alternates.items() if others)
    comes = others[0].key
    attempt(chosen, f"swap:{leaves}:{comes}")
    answer = chosen.submit(PAGE, {"version": "1", "reason": " "}, to=f"{PAGE}/decide")
    assert answer.status_code == 422
    assert "según las reglas y el respaldo, el panel sería otro" in html.unescape(answer.text)
    why = f"Persona {leaves} lo sugirió."
    assert chosen.submit(PAGE, {"version": "1", "reason": why}, to=f"{PAGE}/decide").status_code == 303
    confirm(bench, KEY, agreed=agreed)
    chosen.submit(f"{DESK}/publish", {"typed": KEY})
    page = html.unescape(chosen.get(f"{DESK}/panel/publish").text)
    assert page.count(">accepted<") + page.count("aceptó") >= 3
    assert (
        page.count('<td role="cell" class="flow under" data-label="Lo que se publicará"><div>nombre') == 3
    ) is agreed
    chosen.submit(f"{DESK}/panel/publish", {"typed": KEY})
    whole = visitor.get(f"/en/rounds/{KEY}/panel").text
    told = part(whole, "decided")
    assert (f"Added by this decision: Persona {comes}." in told) is agreed
    assert f"Persona {leaves}" not in whole
    assert "[…] lo sugirió." in told


def test_where_a_rule_about_gender_gave_way_nobody_can_be_worked_out(
    bench: Bench, chosen: Visitor, visitor: Visitor
) -> None:
    with bench.work(COMMAND, moment()) as work:
        for nominee in work.session.query(Nominee):
            nominee.consent_governments = True
    wanted = {"n02", "n03", "n04"}  # one woman, where half of those who said so are to be women
    for key in sorted(look(bench).sitting - wanted):
        attempt(chosen, f"remove:{key}")
    for key in sorted(wanted - look(bench).sitting):
        page = attempt(chosen, f"add:{key}")
    assert "al menos 50 de cada 100" in html.unescape(page)
    chosen.submit(PAGE, {"version": "1", "reason": "Acuerdo del comité."}, to=f"{PAGE}/decide")
    chosen.submit(f"{DESK}/publish", {"typed": KEY})
    chosen.submit(f"{DESK}/panel/publish", {"typed": KEY})
    told = part(visitor.get(f"/en/rounds/{KEY}/panel").text, "decided")
    assert "a rule on gender" in told
    assert "Acuerdo del comité." in told
    assert "Persona" not in told
    assert "Women" not in told


def test_the_file_of_the_people_has_each_of_them_and_tells_no_gender(bench: Bench, chosen: Visitor) -> None:
    (to,) = re.findall(r'action="([^"]*/tables/panel)"', chosen.get(ENGLISH).text)
    lines = chosen.submit(ENGLISH, {"kind": "csv"}, to=to).data.decode("utf-8-sig").splitlines()
    shown = look(bench).shown
    assert shown
    assert len(lines) == 1 + len(shown.members)
    assert lines[0] == "Person,Institution,Role,Country,Sector,Support,Answer,Agrees"
    assert not re.search(r"\b(Woman|Man|Women|Men)\b", "\n".join(lines))
    publish = chosen.get(f"{ENGLISH}/publish").text
    assert publish.count('class="name flow"') == len(shown.members), "the institution is not cut from a name"


def test_the_drawer_changes_one_figure_and_keeps_every_other_rule(bench: Bench, chosen: Visitor) -> None:
    more = {"mixed": "gender", "per_organisation": "1", "shares-0-of": "woman,man", "locked": "n01"}
    soft = {name: value for name, value in PANEL.items() if name != "shares-0-hard"}
    chosen.submit(RULES, soft | more | {"reason": REASON})
    before = look(bench).rules
    assert (before.locked, before.mixed, before.at_most["country"]) == (("n01",), ("gender",), 1)
    drawer = chosen.get(PAGE).text.split('class="rule-figures"')[1].split("</form>")[0]
    sent: MultiDict[str, str] = MultiDict()
    for each in parsed(f"<!doctype html><title>-</title><form {drawer}</form>").iter(f"{HTML}input"):
        sent.add(each.get("name", ""), each.get("value", ""))
    sent["per_country"] = "2"
    answer = chosen.client.post(RULES, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert look(bench).rules == replace(before, at_most={**before.at_most, "country": 2})
    sent["size"] = "0"
    answer = chosen.client.post(RULES, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422, "the page of all the rules says what is wrong"
    assert 'id="size-error"' in answer.text


@pytest.mark.parametrize(
    ("supports", "said"),
    [
        ((0, 0, 0, 0, 0), "none of the people who could join the panel has support"),
        ((700, 700, 700, 700, 600), ""),
    ],
)
def test_where_support_is_equal_it_is_said_that_it_decided_nothing(
    bench: Bench, staff_visitor: Visitor, supports: tuple[int, ...], said: str
) -> None:
    """42 members voted and marked no one: "none has more support" was true of every panel, and misleading."""
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        nominees = work.session.scalars(select(Nominee).order_by(Nominee.key)).all()
        for nominee, support in zip(nominees, supports, strict=True):
            nominee.support = support
        work.session.flush()
        results.count(work, KEY)
    staff_visitor.submit(RULES, PANEL)
    compared = part(staff_visitor.get(ENGLISH).text, "compared")
    assert ("Support made no difference" in compared) == bool(said)
    assert said in compared
    assert ("Among all possible panels" in compared) == (not said)
    assert ("and finally by a draw" in compared) == bool(said)

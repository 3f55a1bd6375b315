"""A rule of the panel about the governments that organisations named most for the topic."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.app import create_app
from consulta.core.counting import bundle as bundles
from consulta.core.panel import choose as choosing
from consulta.core.problems import Problem
from consulta.core.values import Quota
from consulta.panel import candidates, nominees, public_panel, trials
from consulta.panel import service as panels
from consulta.panel.proposals import ContactCommand
from consulta.panel.trials import Change
from consulta.platform import documents
from consulta.platform.models import AnswerSheet, Round, Seat
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from consulta.vote import answers, questions
from consulta.vote.questions import Question
from tests.closed import counted, mixed
from tests.factories import build_nominee, moment
from tests.invited import PEOPLE, RULES, confirm
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

KEY = "2027-1"
DESK = f"/en/secretariat/rounds/{KEY}"
ATTRIBUTE = "most_named_5"
STATES = ["MX", "GT", "PE", "CL", "CO", "BR", "AR"]


def asking(least: int, *, hard: bool = True, attribute: str = ATTRIBUTE) -> Any:
    return replace(RULES, quotas=(*RULES.quotas, Quota(attribute, "yes", least, None, hard)))


def named_round(bench: Bench, said: dict[str, str] | None = None, *, ask: bool = True) -> None:
    """A counted round of sixty that named States in falling numbers, with eight nominees.

    `said`: of which government nominees are.
    """
    counted(bench, KEY, mixed(60, ("t1", "t2"), ("t1",), ("t1", "t3")), publish=False)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        for key, role, country, gender, language, _form in PEOPLE:
            build_nominee(
                work.session,
                found,
                key,
                name=f"Persona {key}",
                organisation=f"Institución {key}",
                role=role,
                country=country,
                gender=gender,
                language=language,
                sector="ngo",
                support=5000 - 100 * int(key[1:]),
                government=(said or {}).get(key, ""),
                email=f"{key}@example.org",
                consent_contact=True,
                on_ballot=False,
            )
        if not ask:
            return
        found.state = "draft"
        work.session.flush()
        questions.save_question(work, KEY, Question("", "governments", both("¿Con cuáles?", "Which?")))
        found.state = "closed"
        answers.keep(work, {"t1": {"n": [], "l": ["Tapachula (México)", "Alcaldía de Tapachula (México)"]}})
        answers.join(work, 2, 1)
        (question,) = questions.of_round(work, found)
        for number, seat in enumerate(work.session.scalars(select(Seat).order_by(Seat.position))):
            states = [state for place, state in enumerate(STATES[:6]) if number % 10 >= place + 2]
            states += ["AR"] if number == 0 else []
            kinds = {"n": states, "l": [number % 2 + 1] if number % 10 >= 5 else []}
            work.session.add(
                AnswerSheet(
                    round_id=found.id,
                    seat_id=seat.id,
                    said={question.key: {"t1": kinds}},
                    answered_at=moment(),
                )
            )


def chosen(bench: Bench, rules: Any) -> bool:
    with bench.work(COMMAND, moment()) as work:
        return panels.choose(work, KEY, rules)


def row_of(bench: Bench) -> Any:
    with bench.read(COMMAND, moment()) as work:
        shown = panels.panel_page(work, KEY).decision
    assert shown is not None
    return next((row for row in shown.rows if row.attribute == ATTRIBUTE), None)


def test_the_most_named_are_those_of_the_figures_that_the_desk_shows(bench: Bench) -> None:
    named_round(bench)
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        ranked = answers.most_named(work, found, ("t1",), 5)
        shown = {each.key: each.weighted for each in answers.named_for(work, found, ("t1",), 5)}
    assert shown["AR"] is None
    assert "AR" not in {key for each in ranked for key in each["keys"]}
    assert {each["code"] for each in ranked if each["kind"] == "n"} == {*STATES[:6]}
    for each in ranked:
        share = shown[each["keys"][0]]
        assert share is not None
        assert each["rank"] == 1 + sum(other > share for other in shown.values() if other is not None)
    (place,) = [each for each in ranked if each["kind"] == "l"]
    assert place["keys"] == ["1", "2"]


def test_a_rule_is_met_by_people_of_whom_the_government_was_said(bench: Bench) -> None:
    # n03 is of Mexico by country too, but n01, of Peru, is the one with more support.
    named_round(bench, {"n01": "CL", "n03": "MX"})
    assert chosen(bench, RULES)
    assert row_of(bench) is None
    assert chosen(bench, asking(2))
    row = row_of(bench)
    assert (row.have, row.low, row.ok, row.pool) == (2, 2, True, 2)
    assert set(row.who) == {"Persona n01", "Persona n03"}
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        kept = json.loads(documents.find(work.session, found.id, "panel").content)  # type: ignore[union-attr]
        assert kept["most_named"] == found.most_named
        assert kept["format"] == "consulta-panel/1"


def test_a_rule_that_cannot_be_met_says_by_how_many_it_gives_way(bench: Bench) -> None:
    named_round(bench, {"n03": "MX"})
    assert not chosen(bench, asking(2))
    with bench.read(COMMAND, moment()) as work:
        shown = panels.panel_page(work, KEY).decision
    assert shown is not None
    (giving,) = shown.blocked.giving
    assert (giving.rule.attribute, giving.possible, giving.by) == (ATTRIBUTE, 1, 1)
    assert chosen(bench, asking(2, hard=False))
    assert (row_of(bench).have, row_of(bench).ok) == (1, False)


@pytest.mark.deep
@pytest.mark.parametrize("ask", [False, True])
def test_a_round_without_figures_refuses_the_rule_and_offers_it_not(
    bench: Bench, staff_visitor: Visitor, ask: bool
) -> None:
    named_round(bench, ask=ask)
    page = staff_visitor.get(f"{DESK}/panel/rules").text
    assert ("most_named_10:yes" in page) is ask
    assert ('id="most-named"' in page) is ask
    if ask:
        return
    assert chosen(bench, RULES)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem) as refused:
        panels.choose(work, KEY, asking(1))
    assert refused.value.code == "panel.most_named"
    sent = {"size": "3", "quotas-0-what": "most_named_10:yes", "quotas-0-least": "1", "quotas-0-hard": "y"}
    sent |= {
        f"roles-{place}-{end}": "3" if end == "most" else "0"
        for place in range(3)
        for end in ("least", "most")
    }
    answer = staff_visitor.submit(f"{DESK}/panel/rules", sent)
    assert answer.status_code == 422
    assert "No governments are listed as most named" in html.unescape(answer.text)
    assert 'selected value="most_named_10:yes"' in answer.text


def test_the_list_stays_as_it_was_until_the_panel_is_chosen_again(bench: Bench) -> None:
    named_round(bench, {"n01": "CL", "n03": "MX"})
    assert chosen(bench, asking(2))
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        before = found.most_named
        for sheet in work.session.scalars(select(AnswerSheet)):
            sheet.said = {}
    with bench.work(COMMAND, moment()) as work:
        trials.change(work, KEY, 1, Change("remove", "n01"))
        tried = trials.page(work, KEY).trial
        assert tried is not None
        assert [row.attribute for row in tried.broken if row.attribute == ATTRIBUTE] == [ATTRIBUTE]
        assert work.session.scalars(select(Round)).one().most_named == before
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem) as refused:
        panels.choose(work, KEY, asking(2))
    assert refused.value.code == "panel.most_named"


def test_the_bundle_with_the_panel_gives_the_same_panel_and_the_public_one_has_no_trace(bench: Bench) -> None:
    named_round(bench, {"n01": "CL", "n03": "MX"})
    with bench.read(COMMAND, moment()) as work:
        before = results.assemble(work, KEY)
    assert chosen(bench, asking(2))
    with bench.read(COMMAND, moment()) as work:
        assert results.assemble(work, KEY) == before
        sitting = {each.key for each in panels.panel_page(work, KEY).decision.members}  # type: ignore[union-attr]
    with bench.work(COMMAND, moment()) as work:
        file = panels.bundle_with_panel(work, KEY)
    bundle = bundles.parse(file)
    assert {each.categories[ATTRIBUTE] for each in bundle.nominees} == {"yes", "no"}
    with bench.read(COMMAND, moment()) as work:
        base = panels.ground(work, work.session.scalars(select(Round)).one())
    again = choosing.choose(
        bundle.rules.panel, bundle.nominees, base.support, base.topics, base.seed, known_roles=RULES.roles
    )
    assert {*again.members} == sitting


@pytest.mark.parametrize(
    ("lang", "named", "met"), [("es", True, True), ("en", False, False), ("pt", True, False)]
)
def test_the_public_page_says_what_the_rule_means_and_whether_it_is_met(
    bench: Bench, settings: Settings, met: bool, named: bool, lang: str
) -> None:
    named_round(bench, {"n01": "CL", "n03": "MX"})
    assert chosen(bench, asking(2))
    if not met:
        with bench.work(COMMAND, moment()) as work:
            trials.change(work, KEY, 1, Change("swap", "n03", "n02"))
            trials.decide(work, KEY, 1, "Solo una persona puede viajar.")
    if named:
        confirm(bench, KEY)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY)
    with bench.read(ANONYMOUS, moment()) as work:
        (row,) = [
            each for each in public_panel.published_panel(work, KEY).rows if each.attribute == ATTRIBUTE
        ]
    assert row.ok is met
    assert row.have == ((2 if met else 1) if named else None)
    app = create_app(replace(settings, languages=("es", "en", "pt")), bench)
    page = re.sub(r"\s+", " ", html.unescape(app.test_client().get(f"/{lang}/rounds/{KEY}/panel").text))
    said = {
        "en": (
            "The panel meets this rule.",
            "The panel does not meet this rule.",
            "5 most-named governments",
            "at least 2",
        ),
        "es": (
            "El panel cumple esta regla.",
            "El panel no cumple esta regla.",
            "5 gobiernos más nombrados",
            "al menos 2",
        ),
        "pt": (
            "O painel cumpre esta regra.",
            "O painel não cumpre esta regra.",
            "5 governos mais citados",
            "pelo menos 2",
        ),
    }[lang]
    assert (said[0] in page, said[1] in page) == (met, not met)
    assert said[2] in page
    assert said[3] in page
    assert f"/rounds/{KEY}/answers" in page
    count = {
        "en": ("there is 1 person on the panel", "there are 2 people on the panel"),
        "es": ("hay 1 persona en el panel", "hay 2 personas en el panel"),
        "pt": ("há 1 pessoa no painel", "há 2 pessoas no painel"),
    }[lang][int(met)]
    assert (count in page) is named


def test_the_government_is_chosen_on_the_form_and_only_suggested(
    bench: Bench, staff_visitor: Visitor
) -> None:
    named_round(bench)
    page = f"{DESK}/nominees/n03"
    first = html.unescape(staff_visitor.get(page).text)
    assert "Judging by institution and country, it may be: Mexico." in first
    assert '<option selected value="">' in first.split('name="government"')[1].split("</select>")[0]
    with bench.work(COMMAND, moment()) as work:
        contact = ContactCommand(language="es", government="MX")
        nominees.correct_contact(work, KEY, "n03", contact)
        view = nominees.list_nominees(work, KEY)
        assert next(each for each in view.nominees if each.key == "n03").government == "MX"
        for key, wrong, code in (
            ("n03", "FR", "nominee.government"),
            ("n03", "99", "nominee.government"),
            ("n03", "1", "nominee.government_role"),
            ("n04", "MX", "nominee.government_role"),
        ):
            with pytest.raises(Problem) as refused:
                nominees.correct_contact(work, KEY, key, replace(contact, government=wrong))
            assert refused.value.code == code
    assert '<option selected value="MX">' in staff_visitor.get(page).text
    with bench.read(COMMAND, moment()) as work:
        wanted = {each.named.code: each for each in candidates.wanted(work, KEY) if each.named.kind == "n"}
        ranked = candidates.most_named(work, KEY)
    assert wanted["MX"].candidates == ("Persona n03",)
    assert [each.candidates for each in ranked if (each.code, each.name) == ("MX", "")] == [("Persona n03",)]

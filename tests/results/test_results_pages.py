"""Result and panel on their pages: counted, read, published, exported."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime

from consulta.core.panel.choose import MOST_SUPPORT
from consulta.panel.service import panel_page
from consulta.platform import documents
from consulta.platform.work import COMMAND
from consulta.rounds.queries import rounds
from tests.cases import for_each
from tests.invited import confirm
from tests.results.test_results import KEY, closed_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

from tests.factories import moment

DESK = f"/es/secretariat/rounds/{KEY}"
PANEL = {
    "size": "3",
    "roles-0-least": "1",
    "roles-0-most": "2",
    "roles-1-least": "0",
    "roles-1-most": "1",
    "roles-2-least": "1",
    "roles-2-most": "2",
    "quotas-0-what": "subregion:caribbean",
    "quotas-0-least": "1",
    "quotas-0-hard": "y",
    "shares-0-what": "gender:woman",
    "shares-0-percent": "50",
    "shares-0-of": "woman,man,non_binary",
    "shares-0-hard": "y",
    "per_country": "1",
    "memory": "5",
    "reserves": "3",
}


@pytest.fixture
def closed(bench: Bench) -> Bench:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
    return bench


@pytest.fixture
def counted(closed: Bench, staff_visitor: Visitor) -> Visitor:
    answer = staff_visitor.submit(f"{DESK}/result")
    assert answer.status_code == 303
    return staff_visitor


def test_a_round_without_ballots_says_so_and_stays(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session, ballots=0)
    answer = staff_visitor.submit(f"{DESK}/result")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_publishing_asks_for_the_key_and_makes_the_page_public(counted: Visitor, visitor: Visitor) -> None:
    assert visitor.get(f"/es/rounds/{KEY}/result").status_code == 404
    wrong = counted.submit(f"{DESK}/publish", {"typed": "2027-2"})
    assert wrong.status_code == 422
    assert 'value="2027-2"' in wrong.text
    assert visitor.get(f"/es/rounds/{KEY}/result").status_code == 404
    assert counted.submit(f"{DESK}/publish", {"typed": KEY}).status_code == 303
    page = visitor.get(f"/es/rounds/{KEY}/result")
    assert page.status_code == 200
    assert "s001" not in page.text
    assert "RECEIPT" not in page.text
    again = counted.submit(f"{DESK}/publish", {"typed": KEY})
    assert again.status_code == 422
    said = counted.get(f"{DESK}/publish")
    assert said.status_code == 200
    assert "Se publicó el " in said.text
    assert f'href="/es/rounds/{KEY}/result"' in said.text
    assert 'name="typed"' not in said.text


@for_each("lang", ["es", "en"])
@for_each(
    "change, kept, said",
    [
        ({"size": "0"}, 'value="0"', {"en": "from 1 to 1000", "es": "de 1 a 1000"}),
        ({"size": "muchas"}, "muchas", {"en": "Enter a whole number", "es": "Escriba un número entero"}),
        (
            {"roles-0-least": "3", "roles-0-most": "1"},
            'value="3"',
            {
                "en": "National government: at least 3, at most 1: it cannot be both",
                "es": "Gobierno nacional: al menos 3, como máximo 1: no puede ser a la vez",
            },
        ),
        (
            {"quotas-0-least": "3", "quotas-0-most": "2"},
            'value="3"',
            {"en": "Caribbean: at least 3, at most 2", "es": "Caribe: al menos 3, como máximo 2"},
        ),
        (
            {"quotas-0-least": "tres"},
            'value="tres"',
            {"en": "Caribbean: at least: Enter a whole", "es": "Caribe: al menos: Escriba un número entero"},
        ),
        (
            {"locked": ["n01"], "barred": ["n01", "n02"]},
            "checked",
            {
                "en": "Both on the panel in any case and kept out: Persona n01",
                "es": "A la vez con lugar asegurado y fuera del panel: Persona n01",
            },
        ),
    ],
)
def test_rules_that_contradict_each_other_are_shown_again_and_change_nothing(
    counted: Visitor, lang: str, change: dict[str, object], kept: str, said: dict[str, str]
) -> None:
    page = f"/{lang}/secretariat/rounds/{KEY}/panel/rules"
    answer = counted.submit(page, PANEL | change)
    assert answer.status_code == 422
    summary = html.unescape(answer.text.split('role="alert"')[1].split("</div>")[0])
    assert said[lang] in summary
    assert "{" not in summary
    assert kept in answer.text
    assert "Persona n03" not in counted.get(f"/{lang}/secretariat/rounds/{KEY}/panel").text


@for_each(
    "lang, change, said",
    [
        (
            "en",
            {"quotas-0-least": "2"},
            ["the rules require at least 2, and the pool has 1.", "concerns 1 person"],
        ),
        ("es", {"quotas-0-least": "2"}, ["las reglas piden al menos 2 y hay 1.", "abarca a 1 persona"]),
        ("en", {"size": "90"}, ["the panel requires 90."]),
        ("en", {"size": "1", "locked": ["n01", "n02"]}, ["than there are seats on the panel."]),
    ],
)
def test_an_impossible_panel_says_what_stands_in_the_way_and_the_smallest_change(
    counted: Visitor, lang: str, change: dict[str, object], said: list[str]
) -> None:
    assert counted.submit(f"{DESK}/panel/rules", PANEL | change).status_code == 303
    page = counted.get(f"/{lang}/secretariat/rounds/{KEY}/panel").text
    notice = page.split('id="rules"')[0]
    for words in said:
        assert words in notice


def test_support_is_said_as_a_part_of_the_vote(bench: Bench, counted: Visitor) -> None:
    with bench.read(COMMAND, moment()) as work:
        nominees = panel_page(work, KEY).nominees
    page = counted.get(f"/en/secretariat/rounds/{KEY}/panel/candidates").text.split('id="pool"')[1]
    assert any(0 < each.support < MOST_SUPPORT for each in nominees)
    told = [int(share) for share in re.findall(r"(\d+)%", page)]
    assert told == sorted((round(100 * each.support / MOST_SUPPORT) for each in nominees), reverse=True)


def test_bundle_and_result_come_as_they_were_kept(counted: Visitor) -> None:
    token = counted.token(counted.get(f"{DESK}/result"))
    bundle = counted.post(f"{DESK}/bundle", {"csrf_token": token, "kind": "bundle"})
    result = counted.post(f"{DESK}/bundle", {"csrf_token": token, "kind": "result"})
    assert json.loads(bundle.data)["format"] == "consulta-bundle/3"
    assert json.loads(result.data)["format"] == "consulta-result/3"


def test_the_public_panel_shows_names_and_no_gender(bench: Bench, counted: Visitor, visitor: Visitor) -> None:
    counted.submit(f"{DESK}/panel/rules", PANEL)
    confirm(bench, KEY)
    counted.submit(f"{DESK}/publish", {"typed": KEY})
    assert visitor.get(f"/en/rounds/{KEY}/panel").status_code == 404
    assert counted.submit(f"{DESK}/panel/publish", {"typed": KEY}).status_code == 303
    page = visitor.get(f"/en/rounds/{KEY}/panel")
    assert page.status_code == 200
    assert "Persona n03" in page.text
    assert "Women" not in page.text
    assert "woman" not in page.text


@pytest.mark.deep
@for_each("lang", ["es", "en"])
def test_the_public_panel_tells_how_chance_was_bound(
    counted: Visitor, visitor: Visitor, bench: Bench, lang: str
) -> None:
    counted.submit(f"{DESK}/panel/rules", PANEL)
    counted.submit(f"{DESK}/publish", {"typed": KEY})
    counted.submit(f"{DESK}/panel/publish", {"typed": KEY})
    with bench.read(COMMAND, moment()) as work:
        found = rounds.find(work.session, KEY)
        assert found
        result = documents.find(work.session, found.id, "result")
        assert result
        bound, opened = [found.commitment, json.loads(result.content)["seed"]], found.opened_at
        zone = ZoneInfo(found.zone)
    assert opened
    section = visitor.get(f"/{lang}/rounds/{KEY}/panel").text.split('id="chance"')[1].split("</section>")[0]
    assert re.findall(r'<dd class="code">([0-9a-f]{64})</dd>', section) == bound
    day = format_datetime(opened.astimezone(zone), {"es": "d 'de' MMMM", "en": "d MMMM"}[lang], locale=lang)
    assert f" {day} " in section


def test_who_came_to_a_published_panel_and_who_left_it_is_told(
    counted: Visitor, visitor: Visitor, bench: Bench
) -> None:
    """By name only who is on it, accepted and agreed; who left stands with role and subregion."""
    counted.submit(f"{DESK}/panel/rules", PANEL)
    confirm(bench, KEY)
    counted.submit(f"{DESK}/publish", {"typed": KEY})
    counted.submit(f"{DESK}/panel/publish", {"typed": KEY})
    first = members(bench)
    leaving = min(first)
    (only,) = publications(visitor)
    assert only == "Version 1 was published."
    barred = PANEL | {"barred": [leaving]}
    assert counted.submit(f"{DESK}/panel/rules", barred).status_code == 422, (
        "no person is kept out without a reason"
    )
    assert (
        counted.submit(f"{DESK}/panel/rules", barred | {"reason": "Lo pidió el comité."}).status_code == 303
    )
    second = members(bench)
    assert leaving not in second
    assert publications(visitor) == [only], "what is not published changes nothing"
    confirm(bench, KEY)
    counted.submit(f"{DESK}/panel/publish", {"typed": KEY, "reason_es": "Lo pidió el comité."})
    before, after = publications(visitor)
    assert before == only
    said = re.fullmatch(
        r"Version 2 was published and replaced version 1\."
        r" Left: (?P<left>.+)\. Joined: (?P<came>.+)\.",
        after,
    )
    assert said
    assert len(said["left"].split(", ")) == len(first.keys() - second.keys())
    assert "Persona" not in said["left"]
    assert set(said["came"].split(", ")) == {second[key] for key in second.keys() - first.keys()}


def members(bench: Bench) -> dict[str, str]:
    with bench.read(COMMAND, moment()) as work:
        decision = panel_page(work, KEY).decision
    assert decision
    assert decision.feasible
    return {member.key: member.name for member in decision.members}


def publications(visitor: Visitor) -> list[str]:
    section = visitor.get(f"/en/rounds/{KEY}/panel").text.split('class="events"')[1].split("</ol>")[0]
    found = re.findall(r"<p><b>(Version \d+ was published.*?\.)</b>(.*?)</p>", section, re.DOTALL)
    return [" ".join("".join(item).partition(" <a ")[0].split()) for item in found]

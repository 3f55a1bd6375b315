"""The pool on the panel's page: filtered, sorted and paged by its address, and fast for hundreds."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from consulta.platform.models import Nominee
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.factories import build_nominee, moment
from tests.results.test_results import KEY, closed_round
from tests.results.test_results_pages import DESK, PANEL

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PAGE = f"/en/secretariat/rounds/{KEY}/panel/candidates"
TRY = f"/en/secretariat/rounds/{KEY}/panel/try"


@pytest.fixture
def desk(bench: Bench, staff_visitor: Visitor) -> Visitor:
    """A desk with 65 nominees, 60 of them alike, and a panel of three chosen."""
    with bench.work(COMMAND, moment()) as work:
        a_round = closed_round(work.session)
        for number in range(60):
            build_nominee(work.session, a_round, f"x{number:02}", role="gov_local", country="CL", support=0)
        work.session.flush()
        work.session.query(Nominee).filter_by(key="n03").one().languages = ["ht"]
        work.session.query(Nominee).filter_by(key="n05").one().organisation = "Alcaldía de Cobán"
        results.count(work, KEY)
    staff_visitor.submit(f"{DESK}/panel/rules", PANEL)
    return staff_visitor


def rows(page: str) -> list[str]:
    return re.findall(r'class="name"><div>Persona (\w+)', page.split('id="pool"')[1])


@pytest.mark.deep
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("role=mechanism", {"n03", "n04"}),
        ("subregion=caribbean", {"n03"}),
        ("country=PE&role=gov_national", {"n01"}),
        ("role=mechanism&country=PE", set()),
        ("language=ht", {"n03"}),
        ("q=persona+N02", {"n02"}),
        ("q=coban", {"n05"}),
    ],
)
def test_the_address_filters(desk: Visitor, query: str, found: set[str]) -> None:
    page = desk.get(f"{PAGE}?{query}").text
    assert set(rows(page)) == found
    assert f"{len(found)} row{'s' * (len(found) != 1)}, out of 65:" in page


@pytest.mark.deep
def test_the_address_tells_who_sits_who_is_held_and_who_is_kept_out(desk: Visitor) -> None:
    # lots decide which of the 60 alike sits: the one kept out is chosen among those who do not
    outside = next(key for key in rows(desk.get(f"{PAGE}?state=free").text) if key.startswith("x"))
    for do in ("hold:n03", f"bar:{outside}"):
        desk.submit(PAGE, {"do": do, "version": "1"}, to=TRY)
    assert rows(desk.get(f"{PAGE}?state=held").text) == ["n03"]
    assert rows(desk.get(f"{PAGE}?state=barred").text) == [outside]
    sitting = rows(desk.get(f"{PAGE}?state=sitting").text)
    assert len(sitting) == 3
    assert "n03" in sitting
    assert not {"n03", outside, *sitting} & {*rows(desk.get(f"{PAGE}?state=free").text)}


@pytest.mark.deep
def test_a_change_comes_back_to_the_same_pool(desk: Visitor) -> None:
    here = f"{PAGE}?role=gov_local&sort=name"
    page = desk.get(here).text
    action = html.unescape(re.findall(r'action="([^"]+/try[^"]*)"', page)[-1])
    free = rows(desk.get(f"{here}&state=free").text)[0]  # lots decide who of those alike sits already
    answer = desk.submit(here, {"do": f"add:{free}", "version": "1", "at": "candidates"}, to=action)
    assert answer.status_code == 303
    assert "role=gov_local" in answer.headers["Location"]
    assert "sort=name" in answer.headers["Location"]

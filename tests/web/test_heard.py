"""The pages that say who was heard: every figure of a picture is in its table, and gender stays inside."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.data import catalogue
from consulta.services import guests, panels, results
from consulta.services.work import COMMAND
from tests.factories import moment
from tests.invited import KEY, confirm, panelled, starts_at

if TYPE_CHECKING:
    from consulta.services.work import Bench
    from tests.benches import Visitor

FIGURE = re.compile(r"<figure.*?</figure>", re.DOTALL)
LABELS = re.compile(r'<text class="value"[^>]*>([^<]+)</text>')
CELLS = re.compile(r'<td class="num">([^<]+)</td>')


@pytest.mark.parametrize(
    ("lang", "empty", "said", "waiting"),
    [("es", "Todavía no se ha publicado ningún panel", "A quién se escuchó", "En un panel, aún sin escuchar"),
     ("en", "No panel has been published yet", "Who was heard", "On a panel, not heard yet")],
)  # fmt: skip
def test_everybody_reads_who_sat_on_public_panels(
    bench: Bench, visitor: Visitor, staff_visitor: Visitor, lang: str, empty: str, said: str, waiting: str
) -> None:
    panelled(bench)
    assert empty in visitor.get(f"/{lang}/heard").text
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        panels.publish_panel(work, KEY)
    page = visitor.get(f"/{lang}/heard").text
    assert said in page
    assert waiting in page
    assert not FIGURE.findall(page), "nobody was heard by sitting on a panel"
    confirm(bench)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY)
    with bench.work(COMMAND, starts_at(bench) + timedelta(days=1)) as work:
        numbers = [each.number for each in guests.page(work, KEY).guests][:3]
        assert guests.attended(work, KEY, numbers) == 3
    page = visitor.get(f"/{lang}/heard").text
    assert waiting not in page
    figures = FIGURE.findall(page)
    assert len(figures) == 3
    for figure in figures:
        assert LABELS.findall(figure) == CELLS.findall(figure) != []
    words = [each.name[lang] for each in catalogue.genders()]
    assert not [word for word in words if f">{word}<" in page]
    assert f"/{lang}/heard" in visitor.get(f"/{lang}/rounds/{KEY}/panel").text
    desk = staff_visitor.get(f"/{lang}/secretariat/heard").text
    assert len(FIGURE.findall(desk)) == 4
    assert [word for word in words if f">{word}<" in desk]


def test_a_nominee_page_says_what_is_remembered(bench: Bench, staff_visitor: Visitor) -> None:
    panelled(bench)
    with bench.work(COMMAND, moment()) as work:
        from tests.factories import build_round  # noqa: PLC0415 - only here

        build_round(work.session, "2028-1")
    url = "/es/secretariat/rounds/2028-1/new-nominee"
    fields = {"kind": "person", "name": "Persona n04", "organisation": "Institución n04", "role": "mechanism"}
    more = {"country": "CO", "sector": "ngo", "language": "es"}
    assert staff_visitor.submit(url, {**fields, **more}).status_code == 303
    page = staff_visitor.get("/es/secretariat/rounds/2028-1/nominees/n01").text
    assert f"Estuvo en el panel de {KEY}." in page
    assert re.search(r'<input[^>]*name="recent"[^>]*value="1"', page)

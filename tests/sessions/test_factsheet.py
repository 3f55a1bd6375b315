"""The factsheet on the desk's pages, on the public one, and on paper."""

from __future__ import annotations

import csv
import gzip
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import html5lib
import numpy as np
import pytest

from consulta.core.texts import Text
from consulta.platform.work import COMMAND, Bench
from consulta.sessions import factsheets, minutes
from consulta.sessions.factsheets import Highlight
from tests.closed import counted, mixed
from tests.factories import moment
from tests.held_sessions import WORDS, publish, session_over, write
from tests.texts import both
from tests.vote.test_vote import HTML, Page

if TYPE_CHECKING:
    from tests.benches import Visitor

KEY = "2027-1"
ROUND = f"/es/secretariat/rounds/{KEY}"
DESK = f"{ROUND}/factsheet"
PUBLISH = f"{DESK}/publish"
PUBLIC = f"rounds/{KEY}/factsheet"
MOST_BYTES = 60_000


@pytest.fixture
def over(bench: Bench) -> Bench:
    """A published round whose session is over."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",))
    return bench


def sent(page: Page) -> dict[str, Any]:
    """What the form of the words would send as it stands."""
    found: dict[str, Any] = {}
    for field in page.main.iter():
        name = field.get("name")
        if not name or name in {"more", "csrf_token"}:
            continue
        if field.tag == f"{HTML}textarea":
            found[name] = "".join(field.itertext())
        elif field.tag == f"{HTML}select":
            chosen = [option for option in field if option.get("selected") is not None]
            found[name] = chosen[0].get("value") if chosen else ""
        else:
            found[name] = field.get("value", "")
    return found


def kept(bench: Bench) -> factsheets.Factsheet:
    with bench.read(COMMAND, moment()) as work:
        return factsheets.desk_page(work, KEY).sheet


def test_it_is_written_without_script_row_by_row(over: Bench, staff_visitor: Visitor) -> None:
    assert DESK in Page(staff_visitor.get(f"{ROUND}/dialogue")).links()
    page = Page(staff_visitor.get(DESK))
    rows = [name for name in sent(page) if re.fullmatch(r"lessons_\d_es", name)]
    assert len(rows) == 2
    said = sent(page) | {
        "lessons_1_es": "Primera",
        "lessons_2_es": "Segunda",
        "more": "lessons",
    }
    answer = staff_visitor.submit(DESK, said)
    assert answer.status_code == 303, Page(answer).text
    assert answer.location.endswith("?more=lessons#lessons")
    page = Page(staff_visitor.get(answer.location))
    assert [name for name in sent(page) if re.fullmatch(r"lessons_\d_es", name)][-1] == "lessons_7_es"
    assert "Los cambios se guardaron." in page.text
    assert [text["es"] for text in kept(over).words.lessons] == ["Primera", "Segunda"]
    # What stands in the form is what was kept: saving it again changes nothing, emptying a row removes it.
    assert staff_visitor.submit(DESK, sent(Page(staff_visitor.get(DESK)))).status_code == 303
    assert [text["es"] for text in kept(over).words.lessons] == ["Primera", "Segunda"]
    staff_visitor.submit(DESK, sent(Page(staff_visitor.get(DESK))) | {"lessons_1_es": ""})
    assert [text["es"] for text in kept(over).words.lessons] == ["Segunda"]


@pytest.mark.deep
def test_what_is_refused_stays_in_the_form(over: Bench, staff_visitor: Visitor) -> None:
    write(over, KEY)
    for wrong, told in (
        ({"number": "siete"}, "Número de la serie"),
        ({"links": "sin dirección"}, "dirección"),
        ({"lessons_2_es": "x" * 1501}, "Lección 2 en español"),
        ({"seen": "otra cosa"}, "otra persona guardó otros textos"),
    ):
        values = sent(Page(staff_visitor.get(DESK))) | {"lessons_1_es": "Algo que no se pierde"} | wrong
        refused = staff_visitor.submit(DESK, values)
        assert refused.status_code == 422, wrong
        page = Page(refused)
        assert told in page.text
        assert sent(page)["lessons_1_es"] == "Algo que no se pierde"
        assert kept(over).words == WORDS
    # Having been told, a person who saves again means it.
    assert staff_visitor.submit(DESK, sent(page)).status_code == 303
    assert kept(over).words.lessons[0]["es"] == "Algo que no se pierde"


def test_it_is_seen_whole_then_published_under_its_key(over: Bench, staff_visitor: Visitor) -> None:
    assert "Escriba el número de esta edición" in Page(staff_visitor.get(PUBLISH)).text
    write(over, KEY)
    page = Page(staff_visitor.get(PUBLISH))
    assert "Una ley nueva." in page.text
    assert "Avances destacados, 2" in page.text  # lacks English
    assert staff_visitor.submit(PUBLISH, {"typed": "otra"}).status_code == 422
    assert staff_visitor.get(f"/es/{PUBLIC}").status_code == 404
    assert staff_visitor.submit(PUBLISH, {"typed": KEY}).status_code == 303
    assert staff_visitor.get(f"/es/{PUBLIC}").status_code == 200
    assert "publicó los hitos y avances, versión 1" in Page(staff_visitor.get(f"{ROUND}/log")).text
    assert "No hay cambios desde la versión 1" in Page(staff_visitor.get(PUBLISH)).text
    refused = staff_visitor.post(
        PUBLISH, {"typed": KEY, "csrf_token": staff_visitor.token(staff_visitor.get(DESK))}
    )
    assert refused.status_code == 422


def test_factsheet_and_minutes_are_published_in_one_act(
    over: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    write(over, KEY)
    assert 'name="minutes"' not in staff_visitor.get(PUBLISH).text, "there are no agreements"
    with over.work(COMMAND, moment()) as work:
        minutes.save(work, KEY, both("Crear un grupo.", ""), "Cancillería", "")
    page = staff_visitor.get(PUBLISH).text
    assert 'name="minutes"' in page
    assert "Crear un grupo." in page
    assert staff_visitor.submit(PUBLISH, {"typed": KEY, "minutes": "y"}).status_code == 303
    assert visitor.get(f"/es/{PUBLIC}").status_code == 200
    assert "Crear un grupo." in visitor.get(f"/es/rounds/{KEY}/minutes").text


PARTS = {
    "es": (
        "Hitos clave y avances", "N.º 7", "Enero a junio", "Logros", "Se escucharon.",
        "Tema abordado", "La sesión en números", "48", "países", "Avances destacados", "Perú",
        "Toda la región", "Desafíos y lecciones aprendidas", "Trabajar en común.", "Recomendaciones",
        "Decir qué se hizo.", "Programa",
    ),
    "en": (
        "Key milestones and progress", "No. 7", "January to June", "Achievements", "They listened.",
        "Topic discussed", "The session in numbers", "48", "countries", "Highlights", "Peru",
        "The whole region", "Challenges and lessons learned", "Work together.", "Recommendations",
        "Tell what was done.", "it appears in another one",
    ),
}  # fmt: skip


def test_everybody_reads_all_its_parts(over: Bench, visitor: Visitor) -> None:
    write(over, KEY)
    publish(over, KEY)
    for lang, parts in PARTS.items():
        answer = visitor.get(f"/{lang}/{PUBLIC}")
        page = Page(answer)
        for part in parts:
            assert part in page.text, part
        assert ('lang="es">Más redes.' in answer.text) == (lang == "en")
        assert len(gzip.compress(answer.data)) < MOST_BYTES / 3
        for url in (f"/{lang}/", f"/{lang}/rounds/{KEY}"):
            assert f"/{lang}/{PUBLIC}" in Page(visitor.get(url)).links()
        assert "example.org/sala" not in answer.text


@pytest.mark.deep
@pytest.mark.parametrize("seed", [0, 4])
def test_it_says_so_exactly_where_a_text_is_shown_in_another_language(
    bench: Bench, visitor: Visitor, seed: int
) -> None:
    chance = np.random.default_rng(seed)

    def text(words: str) -> Text:
        return both(words, "" if chance.random() < seed / 12 else f"{words} (en)")  # none for the first seed

    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",), title=text("Sesión"), place=text("Lugar"))
    words = replace(
        WORDS,
        period=text("Enero"),
        achieved=text("Se reunieron."),
        highlights=(Highlight("PE", text("Una ley.")),),
        challenges=text("Los plazos."),
        lessons=(text("Trabajar."),),
        recommendations=(text("Escuchar."), Text()),
    )
    write(bench, KEY, words)
    publish(bench, KEY)
    for lang in ("es", "en"):
        page = Page(visitor.get(f"/{lang}/{PUBLIC}"))
        foreign = [each for each in page.main.iter() if each.get("lang") not in {None, lang}]
        notice = {
            "es": "Donde falta un texto en este idioma",
            "en": ("Where a text is missing in this language"),
        }[lang]
        assert (notice in page.text) == bool(foreign)
        assert seed or not foreign


def test_its_charts_can_be_taken_with_the_figures_of_the_page(over: Bench, visitor: Visitor) -> None:
    lang = "en"
    write(over, KEY)
    assert visitor.get(f"/{lang}/{PUBLIC}/charts/sectors.svg").status_code == 404
    publish(over, KEY)
    page = html5lib.parse(visitor.get(f"/{lang}/{PUBLIC}").text)
    tables = {
        link.rpartition("/")[2]: details
        for details in page.iter(f"{HTML}details")
        for link in (a.get("href") or "" for a in details.iter(f"{HTML}a"))
    }
    assert set(tables) == {
        f"{name}.{end}" for name in ("gender", "tiles", "sectors") for end in ("svg", "csv")
    }
    for name in ("gender", "tiles", "sectors"):
        rows = next(tables[f"{name}.csv"].iter(f"{HTML}tbody")).iter(f"{HTML}tr")
        cells = [["".join(cell.itertext()).strip() for cell in row] for row in rows]
        taken = visitor.get(f"/{lang}/{PUBLIC}/charts/{name}.csv").get_data().decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(taken)))[1:] == cells != []
        drawn = visitor.get(f"/{lang}/{PUBLIC}/charts/{name}.svg")
        assert drawn.mimetype == "image/svg+xml"
        assert all(f">{row[-1]}<" in drawn.text for row in cells if row[-1].isdigit() and name != "tiles")
        assert f"/{lang}/{PUBLIC}" in drawn.text
    assert visitor.get(f"/{lang}/{PUBLIC}/charts/nada.csv").status_code == 404


def test_a_session_that_was_written_down_before_the_result_takes_up_its_topics(
    bench: Bench, staff_visitor: Visitor
) -> None:
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ())  # none was ticked, as before the count
    page = staff_visitor.get(f"{ROUND}/dialogue").text
    (ticked,) = [
        box for box in re.findall(r"<input[^>]*>", page) if 'name="topics"' in box and "checked" in box
    ]
    assert 'value="t3"' in ticked
    assert "Están marcados los del resultado" in page or "Están marcadas las del resultado" in page
    whole = staff_visitor.get(PUBLISH).text
    assert "qué temas" not in whole, "nothing about topics keeps the factsheet from being published"

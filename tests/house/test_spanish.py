"""The Spanish of the region's organisations, wherever it stands: catalogue, templates, lists, mails, papers.

docs/translate.md says why and what to write instead.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.platform.paths import PACKAGE, resource
from tests.house.source import ROOT
from tools import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = PACKAGE / "platform" / "data"
MARKED = re.compile(r'<(\w+)[^>]*\slang="es"[^>]*>(.*?)</\1>', re.DOTALL)
MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]+>")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
FORBIDDEN = {
    "a slash or brackets for gender": re.compile(r"\w(/|\()(as?|os?|es)\b"),
    "@ for a vowel": re.compile(r"[^\W\d_]@s?(?![\w.-])"),
    "x or e for a vowel": re.compile(
        r"\b(tod|amig|miembr|elegid|votant|delegad|interesad|ciudadan)[xe]s\b", re.IGNORECASE
    ),
    "usuario": re.compile(r"\busuari[oa]s?\b", re.IGNORECASE),
    "inválido": re.compile(r"\binválid[oa]s?\b|\berror fatal\b", re.IGNORECASE),
    "an exclamation mark": re.compile(r"[¡!]"),
    "tú and not usted": re.compile(
        r"\b(tú|tu|tus|puedes|debes|quieres|tienes|has|ti|contigo)\b", re.IGNORECASE
    ),
    "por favor, haga clic, exitosamente": re.compile(
        r"\bpor favor\b|\bhaga clic\b|\bclic aquí\b|\bexitos[oa]\w*", re.IGNORECASE
    ),
    "another word for papeleta": re.compile(r"\b(boletas?|tarjetón|cédulas?)\b", re.IGNORECASE),
    "clave": re.compile(r"\b(las?|una|su|esta) claves?\b", re.IGNORECASE),
    "activar, desactivar": re.compile(r"\b(des)?activ(ar|ado|ada|ados|adas|ación|e|o)\b", re.IGNORECASE),
    "straight quotes": re.compile(r"\"|(?<!\w)'|“|”"),
    "the Compact by another name": re.compile(
        r"\bPacto (Global|de Migración|Migratorio|Mundial de)\b"
        r"|\bPacto Mundial (para|sobre) la Migración(?! Segura, Ordenada y Regular)",
        re.IGNORECASE,
    ),
    "Señorita": re.compile(r"\bseñorita\b|\bSrta\b", re.IGNORECASE),
    "the Spanish of Spain": re.compile(
        r"\b(vosotros|vuestr[oa]s?|ordenador|móvil|pinch(e|ar)|fichero)\b", re.IGNORECASE
    ),
    "a calque": re.compile(
        r"\b(aplicar a|remover|accesar|printear|chequear|clickear|e-?mail|mail|link|online|feedback)\b",
        re.IGNORECASE,
    ),
}
# What may stand where a pattern does not mean it.
ALLOWED = re.compile(r"\b(no |in)?\w+@\w+|&\w+;")


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every Spanish sentence of the program, with where it stands."""
    return tuple(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for message in strings.read(strings.catalogue("es"), "es"):
        if message.id:
            forms = (message.string,) if isinstance(message.string, str) else tuple(message.string)
            yield from (("catalogue", form) for form in forms)
    for path in sorted(resource("templates").rglob("*.html")):
        for _, inner in MARKED.findall(path.read_text("utf-8")):
            yield f"templates/{path.name}", MARKUP.sub("", inner)
    yield from _listed()
    for path in (*sorted(DATA.rglob("*.es.txt")), DATA / "verify" / "LEAME.txt"):
        yield path.name, path.read_text("utf-8")


def _listed() -> Iterator[tuple[str, str]]:
    for path in sorted(DATA.rglob("*.csv")):
        for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))):
            yield from ((path.name, text) for column, text in row.items() if _is_spanish(column) and text)
    for path in sorted({*DATA.rglob("*.toml")} - {DATA / "tongues.toml"}):  # patterns, no sentences
        yield from ((path.name, text) for text in _halves(tomllib.loads(path.read_text("utf-8"))))


def _is_spanish(column: str | None) -> bool:
    return bool(column) and str(column).endswith("_es")


def _halves(node: object) -> Iterator[str]:
    """The Spanish half of each text in two languages."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and (key == "es" or key.endswith("_es")):
                yield value
            elif key == "es" and isinstance(value, dict):
                yield from (text for text in value.values() if isinstance(text, str))
            else:
                yield from _halves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _halves(value)


def test_spanish_avoids() -> None:
    said = [(place, ALLOWED.sub("", PLACEHOLDER.sub("", text))) for place, text in texts()]
    assert {"catalogue", "LEAME.txt"} <= {*dict(said)}
    found = [
        f"{place}: {what}: {match.group()} in {text[:80]}"
        for what, pattern in FORBIDDEN.items()
        for place, text in said
        if (match := pattern.search(text))
    ]
    assert found == []


def test_the_objectives_keep_their_official_titles() -> None:
    """Some of each kind, as General Assembly resolution 73/195 has them in both languages."""
    official = {
        1: (
            "Recopilar y utilizar datos exactos y desglosados para formular políticas con base empírica",
            "Collect and utilize accurate and disaggregated data as a basis for evidence-based policies",
        ),
        5: (
            "Aumentar la disponibilidad y flexibilidad de las vías de migración regular",
            "Enhance availability and flexibility of pathways for regular migration",
        ),
        3: (
            "Proporcionar información exacta y oportuna en todas las etapas de la migración",
            "Provide accurate and timely information at all stages of migration",
        ),
        15: (
            "Proporcionar a los migrantes acceso a servicios básicos",
            "Provide access to basic services for migrants",
        ),
    }
    titles = catalogue.objectives_by_number()
    assert {
        number: (titles[number].title["es"], titles[number].title["en"]) for number in official
    } == official
    assert len(titles) == 23


def test_the_compact_has_its_whole_name_where_it_comes_first() -> None:
    whole = "Pacto Mundial para la Migración Segura, Ordenada y Regular"
    assert any(whole in text for place, text in texts() if place == "catalogue")
    assert whole in (ROOT / "docs" / "translate.md").read_text("utf-8")

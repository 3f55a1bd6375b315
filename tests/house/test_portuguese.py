"""The Portuguese of Brazil in lists, mails and what goes with an archive: whole, and in our words.

docs/translate.md says why and what to write instead.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.paths import PACKAGE
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = PACKAGE / "platform" / "data"
PLACEHOLDER = re.compile(r"\{\w+\}")
LANGUAGES = ("_es", "_en", "_pt")
MAILS = sorted((DATA / "mail").glob("*.es.txt"))
# Of an IOM translation; Portuguese is no official language of the United Nations.
TRANSLATED_BY_IOM = {
    1: "Coletar e utilizar dados precisos e desagregados como base para políticas baseadas em evidências",
    3: "Fornecer informações precisas e oportunas em todas as etapas da migração",
    5: "Aumentar a disponibilidade e a flexibilidade das vias para a migração regular",
    6: "Facilitar o recrutamento justo e ético e salvaguardar condições que garantam um trabalho decente",
    12: "Reforçar a segurança jurídica e previsibilidade nos procedimentos de migração para triagem,"
    " processamento e encaminhamento apropriados",
    15: "Fornecer acesso a serviços básicos para migrantes",
    16: "Empoderar os migrantes e as sociedades para a plena inclusão e coesão social",
    17: "Eliminar todas as formas de discriminação e promover uma narrativa pública baseada em evidências"
    " para formar percepções sobre a migração",
    18: "Investir no desenvolvimento de competências e facilitar o reconhecimento mútuo de habilidades,"
    " qualificações e competências",
}
FORBIDDEN = {
    "a slash or brackets for gender": re.compile(r"\w(/|\()(as?|os?|es)\b"),
    "@ for a vowel": re.compile(r"[^\W\d_]@s?(?![\w.-])"),
    "x or e for a vowel": re.compile(
        r"\b(tod|amig|membr|eleit|delegad|interessad|convidad)[xe]s\b", re.IGNORECASE
    ),
    "usuário": re.compile(r"\busuári[oa]s?\b", re.IGNORECASE),
    "inválido": re.compile(r"\binválid[oa]s?\b|\berro fatal\b", re.IGNORECASE),
    "an exclamation mark": re.compile(r"[¡!]"),
    "tu, o senhor": re.compile(r"\b(tu|teus?|tuas?|ti|contigo|senhora?|podes|queres|tens)\b", re.IGNORECASE),
    "por favor, clique, com sucesso": re.compile(
        r"\bpor favor\b|\bcli(que|car)\b|\bcom sucesso\b", re.IGNORECASE
    ),
    "another word for cédula": re.compile(r"\b(papeletas?|boletim|boletins)\b", re.IGNORECASE),
    "another quote": re.compile(r"\"|(?<!\w)'|«|»"),
    "the Compact by another name": re.compile(
        r"\bPacto (Mundial|de Migração|Migratório|Global de)\b"
        r"|\bPacto Global (para|sobre) (a )?Migração(?! Segura, Ordenada e Regular)",
        re.IGNORECASE,
    ),
    "the Portuguese of Portugal": re.compile(
        r"\b(ficheiros?|telemóve(l|is)|ecrãs?|registos?|contactos?|utilizador(es)?|connosco|sítio)\b",
        re.IGNORECASE,
    ),
    "Spanish": re.compile(
        r"(?<!-)\b(y|el|los|las|del|una|con|hasta|usted|correo|enlaces?|votación|organización|ronda|fecha|conversatori[oa]s?)\b"
        r"|[ñ¿]",
        re.IGNORECASE,
    ),
    "a calque": re.compile(r"(?<!-)\b(emails?|mails?|online|feedback|deletar|printar)\b(?!-)", re.IGNORECASE),
}
SPANISH_BY_NAME = re.compile(r"\bEl Salvador\b")


def texts() -> Iterator[tuple[str, str]]:
    """Every Portuguese sentence of the data, with where it stands."""
    for path in sorted(DATA.rglob("*.csv")):
        yield from ((path.name, text) for column, text in _cells(path) if column.endswith("_pt"))
    for path in sorted({*DATA.rglob("*.toml")} - {DATA / "tongues.toml"}):  # patterns, no sentences
        yield from ((path.name, text) for text in _thirds(tomllib.loads(path.read_text("utf-8"))))
    for path in (*sorted(DATA.rglob("*.pt.txt")), DATA / "verify" / "LEIAME.txt"):
        yield path.name, path.read_text("utf-8")


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))):
        yield from row.items()


def _thirds(node: object) -> Iterator[str]:
    """The Portuguese of each text in several languages."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "pt":
                yield from value.values() if isinstance(value, dict) else [value]
            else:
                yield from _thirds(value)
    elif isinstance(node, list):
        for value in node:
            yield from _thirds(value)


def _pairs(node: object) -> Iterator[dict[str, str]]:
    """Each text in several languages of a file of the demonstration."""
    if isinstance(node, dict):
        if isinstance(node.get("es"), str):
            yield node
        else:
            for value in node.values():
                yield from _pairs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _pairs(value)


def test_a_mail_has_the_places_of_its_sibling_each_on_a_line_of_its_own() -> None:
    for path in MAILS:
        spanish = path.read_text("utf-8")
        portuguese = path.with_name(path.name.replace(".es.", ".pt.")).read_text("utf-8")
        assert sorted(PLACEHOLDER.findall(portuguese)) == sorted(PLACEHOLDER.findall(spanish))
        assert _alone(portuguese) == _alone(spanish)
        assert portuguese.count("\n\n") == spanish.count("\n\n")
        assert PLACEHOLDER.findall(portuguese.partition("\n")[0]) == PLACEHOLDER.findall(
            spanish.partition("\n")[0]
        )


def _alone(text: str) -> list[str]:
    return [line for line in text.splitlines() if PLACEHOLDER.fullmatch(line)]


def test_there_is_no_mail_in_portuguese_alone() -> None:
    assert {path.name.replace(".pt.", ".es.") for path in (DATA / "mail").glob("*.pt.txt")} == {
        path.name for path in MAILS
    }


def test_the_words_around_mails_are_whole() -> None:
    spanish, portuguese = catalogue.mail_words("es"), catalogue.mail_words("pt")
    assert list(portuguese) == list(spanish)
    for key, text in spanish.items():
        assert portuguese[key].strip() != ""
        assert sorted(PLACEHOLDER.findall(portuguese[key])) == sorted(PLACEHOLDER.findall(text)), key
        assert portuguese[key].count("\n") == text.count("\n"), key


def test_what_a_list_says_in_spanish_it_says_in_portuguese() -> None:
    for path in sorted(DATA.rglob("*.csv")):
        for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))):
            for column in row:
                if column.endswith("_es"):
                    said = row[f"{column[:-3]}_pt"]
                    assert said.strip() == said != "", (column, row)


def test_the_demonstrations_factsheet_is_whole() -> None:
    found = [
        pair
        for name in ("factsheet", "follow_up")
        for pair in _pairs(tomllib.loads((DATA / "demo" / f"{name}.toml").read_text("utf-8")))
    ]
    assert len(found) == 16
    assert all(text["pt"].strip() and text["pt"].count("\n") == text["es"].count("\n") for text in found)


def test_the_readme_of_an_archive_names_the_files_that_its_siblings_name() -> None:
    names = re.compile(r"^  ([\w*.-]+\.\w+|SHA256SUMS) ", re.MULTILINE)
    ours, theirs = ((DATA / "verify" / f"{name}.txt").read_text("utf-8") for name in ("LEIAME", "LEAME"))
    assert names.findall(ours) == names.findall(theirs) != []
    assert max(map(len, ours.splitlines())) <= 120


@for_each(
    "name, key",
    [("countries", "iso2"), ("genders", "key"), ("languages", "key"), ("roles", "key"), ("sectors", "key")],
)
def test_no_name_in_portuguese_means_another_entry(name: str, key: str) -> None:
    rows = list(csv.DictReader(io.StringIO((DATA / f"{name}.csv").read_text("utf-8"))))
    meanings: dict[str, str] = {}
    for row in rows:
        named = [
            *row["aliases"].split(";"),
            *(text for column, text in row.items() if column.endswith(LANGUAGES)),
        ]
        for spelling in filter(None, map(fold, named)):
            assert meanings.setdefault(spelling, row[key]) == row[key], spelling


def test_the_translated_titles_of_objectives_are_not_ours_to_change() -> None:
    rows = csv.DictReader(io.StringIO((DATA / "objectives.csv").read_text("utf-8")))
    titles = {int(row["number"]): row["title_pt"] for row in rows}
    assert {number: titles[number] for number in TRANSLATED_BY_IOM} == TRANSLATED_BY_IOM
    assert len(set(titles.values())) == 23


def test_portuguese_avoids() -> None:
    said = [(place, SPANISH_BY_NAME.sub("", PLACEHOLDER.sub("", text))) for place, text in texts()]
    assert "LEIAME.txt" in dict(said)
    found = [
        f"{place}: {what}: {match.group()} in {text[:80]}"
        for what, pattern in FORBIDDEN.items()
        for place, text in said
        if (match := pattern.search(text))
    ]
    assert found == []

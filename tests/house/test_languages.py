"""A language is a line in a list: no other place names one, and each is complete for its readers."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from consulta.data import catalogue, tongues
from consulta.infra import programs
from consulta.infra.paths import PACKAGE, resource
from consulta.letters.texts import checked
from consulta.mailer import kinds as mail_kinds
from tests.house.source import ROOT, modules
from tools import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

CODES = tongues.codes()
NAMED = re.compile(rf"\w+_({'|'.join(CODES)})")
ANY_CODE = f"({'|'.join(CODES)})"
IN_TEMPLATES = re.compile(
    rf"[\"']{ANY_CODE}[\"']|\w_{ANY_CODE}\b|\.{ANY_CODE}\b|\blang (==|!=)|\bin Spanish\b"
)
# What is of one language or two for good: the bundle's first version, and what was stored.
ALLOWED = {
    "core/counting/bundle.py": "version 1 of the bundle is in Spanish and English",
    "infra/alphabet.py": "the order in which places of panels were numbered, for good",
    "cli/count.py": "commands answer in English",
    "open_data/packing.py": "libraries show the one description of a column that is English",
}


def places(path: str, tree: ast.AST) -> Iterator[str]:
    """Where a module names a language: by its code, or in a name that ends with one."""
    for node in ast.walk(tree):
        found = None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = node.value if node.value in CODES or NAMED.fullmatch(node.value) else None
        elif isinstance(node, ast.Attribute):
            found = node.attr if node.attr in CODES or NAMED.fullmatch(node.attr) else None
        elif isinstance(node, ast.keyword | ast.arg) and node.arg:
            found = node.arg if node.arg in CODES or NAMED.fullmatch(node.arg) else None
        elif isinstance(node, ast.Name):
            found = node.id if NAMED.fullmatch(node.id) else None
        if found is not None:
            yield f"{path}:{getattr(node, 'lineno', 0)} {found}"


def words_of(language: str) -> Iterator[str]:
    """The files of data that have words for a language: by their name, a column, a key or a table."""

    def keys(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from keys(each)

    for path in sorted((PACKAGE / "data").rglob("*.*")):
        name, text = path.relative_to(ROOT).as_posix(), ""
        if path.suffix in {".csv", ".toml"} and "/data/" in name:
            text = path.read_text("utf-8")
        if (
            path.name.endswith(f".{language}.txt")
            or (path.suffix == ".csv" and re.search(rf"^[^\n]*_{language}\b", text))
            or (path.suffix == ".toml" and language in {*keys(tomllib.loads(text))})
        ):
            yield name


def test_no_module_names_a_language() -> None:
    found = [
        place
        for path, tree in modules()
        if path not in ALLOWED and "migrations" not in path
        for place in places(path, tree)
    ]
    assert found == []


def test_no_template_names_a_language() -> None:
    found = [
        f"{path.name}:{number} {match.group()}"
        for path in sorted(resource("templates").rglob("*.html"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        for match in IN_TEMPLATES.finditer(line)
    ]
    assert found == []


@pytest.mark.parametrize("text", ['x = "es"', "row.title_en", "f(title_pt=1)", "pair.en", "name_es = 1"])
def test_a_place_that_names_one_would_be_found(text: str) -> None:
    assert list(places("x.py", ast.parse(text)))


@pytest.mark.parametrize("text", ['{% if lang == "es" %}', "form.title_en", "text.es", "lang='en'"])
def test_a_template_that_names_one_would_be_found(text: str) -> None:
    assert IN_TEMPLATES.search(text)


@pytest.mark.parametrize("language", CODES)
class TestEachLanguage:
    def test_says_how_it_is_written(self, language: str) -> None:
        tongue = tongues.of(language)
        missing = [each.name for each in fields(tongue) if getattr(tongue, each.name) == ""]
        assert missing == []
        assert set(tongue.files) == set(tongues.of(CODES[0]).files)
        assert tongue.direction in {"ltr", "rtl"}

    def test_has_a_name_in_the_list_of_languages(self, language: str) -> None:
        assert set(catalogue.tongue_name(language)) == set(CODES)

    def test_has_every_mail(self, language: str) -> None:
        for kind in mail_kinds.kinds():
            assert checked(kind, *catalogue.mail_text(kind, language))

    def test_has_all_words_of_mails_with_their_places(self, language: str) -> None:
        ours, first = catalogue.mail_words(language), catalogue.mail_words(CODES[0])
        assert ours.keys() == first.keys()
        place = re.compile(r"\{\w+\}")
        assert [
            name for name in first if set(place.findall(ours[name])) != set(place.findall(first[name]))
        ] == []

    @pytest.mark.parametrize("program", [programs.VERIFIER, programs.WITNESS], ids=lambda each: each.folder)
    def test_has_all_words_of_the_programs_that_run_alone(
        self, language: str, program: programs.Program
    ) -> None:
        """With the same places; English is what they write, each other language has a wording of its own."""
        place = re.compile(r"\{\w+\}|#")
        ours = programs.words(program)[language]
        (first,) = (said for code, said in programs.words(program).items() if code == strings.SOURCE_LANGUAGE)
        for said, english in ((ours.texts, first.texts), (ours.phrases, first.phrases)):
            assert said.keys() == english.keys()
            for name, text in said.items():
                assert sorted(place.findall(text)) == sorted(place.findall(english[name])), text
                signs_alone = not any(sign.islower() for sign in english[name])
                assert (text != english[name]) is (ours is not first) or signs_alone, text

    def test_stands_at_the_places_that_the_paper_names(self, language: str) -> None:
        """Who adds a language finds each place in the table of `docs/changing.md`, and no other."""
        section = (
            (ROOT / "docs/changing.md").read_text().partition("## A language\n")[2].partition("\n## ")[0]
        )
        named = set(re.findall(r"^\| `(consulta/[^`]+)` \|", section, re.MULTILINE))
        found = set()
        for path in words_of(language):
            places = [place for place in named if path == place or path.startswith(f"{place}/")]
            if path.endswith(".csv") and path.count("/") == 2:
                places.append("consulta/data/*.csv")
            assert places, path
            found.update(places)
        assert found == named

    def test_has_all_columns_of_the_lists(self, language: str) -> None:
        lacking = [
            f"{path.name} {column}"
            for path in sorted((PACKAGE / "data").rglob("*.csv"))
            for header in [path.read_text("utf-8").split("\n", 1)[0].split(",")]
            for column in header
            if NAMED.fullmatch(column) and f"{column.rpartition('_')[0]}_{language}" not in header
        ]
        assert lacking == []

    def test_has_no_empty_term(self, language: str) -> None:
        lists = {
            line.split(",")[0]
            for line in (PACKAGE / "data" / "terms.csv").read_text("utf-8").splitlines()[1:]
        }
        assert [
            name for name in lists for text in catalogue.terms(name).values() if not text.into(language)
        ] == []

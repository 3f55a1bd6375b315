"""A language is a line in a list: no other place names one, and each is complete for its readers."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from consulta.platform import programs
from consulta.platform.data import catalogue, tongues
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.messages import MESSAGES
from consulta.platform.paths import PACKAGE, resource
from consulta.rounds.letters.texts import checked
from tests.cases import for_each
from tests.house.source import ROOT, modules
from tools import strings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODES = tongues.codes()
NAMED = re.compile(rf"\w+_({'|'.join(CODES)})")
ANY_CODE = f"({'|'.join(CODES)})"
SEVERAL_CODES = rf"\b{ANY_CODE}, {ANY_CODE}\b"
IN_TEMPLATES = re.compile(
    rf"[\"']{ANY_CODE}[\"']|\w_{ANY_CODE}\b|\.{ANY_CODE}\b|\blang (==|!=)|\bin Spanish\b|{SEVERAL_CODES}"
)
# What is of one language or two for good: the bundle's first version, and what was stored.
ALLOWED = {
    "core/counting/bundle.py": "the bundle is in Spanish and English",
    "platform/alphabet.py": "the order in which places of panels were numbered, for good",
    "shell/cli/count.py": "commands answer in English",
    "operations/open_data/packing.py": "libraries show the one description of a column that is English",
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


def test_one_language_is_that_of_the_texts_in_the_code() -> None:
    assert [code for code in CODES if tongues.of(code).source] == [strings.SOURCE_LANGUAGE]


def test_no_sentence_names_the_codes_of_languages() -> None:
    found = [text for text in MESSAGES.values() if re.search(SEVERAL_CODES, text)]
    assert found == []


WORDS = (PACKAGE / "platform" / "data" / "verify" / "words.toml", programs.WITNESS.parts / "words.toml")
PARTS = ("texts", "phrases", "first")


@pytest.mark.parametrize("language", CODES)
class TestEachLanguage:
    def test_says_how_it_is_written(self, language: str) -> None:
        tongue = tongues.of(language)
        missing = [each.name for each in fields(tongue) if getattr(tongue, each.name) == ""]
        assert missing == []
        assert set(tongue.files) == set(tongues.of(CODES[0]).files)
        assert tongue.direction in {"ltr", "rtl"}

    def test_has_a_name_in_the_list_of_languages(self, language: str) -> None:
        rows = catalogue.languages_by_key()
        assert language in rows, f"consulta/platform/data/languages.csv has no row with the key {language}"
        nameless = [code for code in CODES if code in rows and not rows[code].name.into(language)]
        assert not nameless, (
            f"consulta/platform/data/languages.csv lacks name_{language} in the rows {nameless}"
        )

    def test_has_every_mail(self, language: str) -> None:
        files = [f"{kind}.{language}.txt" for kind in mail_kinds.kinds()]
        missing = [name for name in files if not (PACKAGE / "platform" / "data" / "mail" / name).is_file()]
        assert not missing, (
            f"consulta/platform/data/mail lacks {len(missing)} of {len(files)}: {', '.join(missing)}"
        )
        for kind in mail_kinds.kinds():
            assert checked(kind, *catalogue.mail_text(kind, language))

    def test_has_all_words_of_mails_with_their_places(self, language: str) -> None:
        words = tomllib.loads((PACKAGE / "platform" / "data" / "mail" / "words.toml").read_text("utf-8"))
        ours, first = words.get(language, {}), words[CODES[0]]
        unlike = sorted(ours.keys() ^ first.keys())
        assert not unlike, (
            f"[{language}] of consulta/platform/data/mail/words.toml lacks, or has alone: {unlike}"
        )
        place = re.compile(r"\{\w+\}")
        broken = [name for name in first if {*place.findall(ours[name])} != {*place.findall(first[name])}]
        assert not broken, (
            f"[{language}] of consulta/platform/data/mail/words.toml has other places in {broken}"
        )

    @for_each("path", WORDS)
    def test_has_all_words_of_what_checks_and_of_programs_that_run_alone(
        self, language: str, path: Path
    ) -> None:
        """With the same places. The catalogue has each, be its wording the English one or another."""
        place = re.compile(r"\{\w+\}|#")
        ours, first = (programs.words_in(path)[code] for code in (language, strings.SOURCE_LANGUAGE))
        texts = strings.read(strings.catalogue(language), language)
        context = tomllib.loads(path.read_text("utf-8"))["context"]
        empty, broken = [], []
        for said, english in ((getattr(each, part) for each in (ours, first)) for part in PARTS):
            assert said.keys() == english.keys()
            for name, text in said.items():
                found = texts.get(english[name], context)
                empty += [] if found and found.string else [name]
                same = sorted(place.findall(text)) == sorted(place.findall(english[name]))
                broken += [] if same else [name]
        where = f"context {context} of translations/{language}/LC_MESSAGES/messages.po"
        assert not empty, f"{where}: {len(empty)} texts are empty: {empty}"
        assert not broken, f"{where}: other places than the English has in {broken}"

    def test_has_all_columns_of_the_lists(self, language: str) -> None:
        lacking = {
            f"{path.relative_to(ROOT)} {column.rpartition('_')[0]}_{language}"
            for path in sorted((PACKAGE / "platform" / "data").rglob("*.csv"))
            for header in [path.read_text("utf-8").split("\n", 1)[0].split(",")]
            for column in header
            if NAMED.fullmatch(column) and f"{column.rpartition('_')[0]}_{language}" not in header
        }
        assert not lacking, f"{len(lacking)} columns are missing: {', '.join(sorted(lacking))}"

    def test_has_every_text_of_the_other_files(self, language: str) -> None:
        """The demonstration may say some things in one language alone."""

        def without(node: object) -> int:
            here = isinstance(node, dict) and CODES[0] in node and language not in node
            inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
            return here + sum(map(without, inside))

        lacking = [
            f"{path.relative_to(ROOT)} {count}"
            for path in sorted((PACKAGE / "platform" / "data").rglob("*.toml"))
            if path.name != "tongues.toml" and path.parent.name != "demo"
            for count in [without(tomllib.loads(path.read_text("utf-8")))]
            if count
        ]
        assert not lacking, f"texts or sections without {language}: {', '.join(lacking)}"

    def test_has_no_empty_term(self, language: str) -> None:
        lists = {
            line.split(",")[0]
            for line in (PACKAGE / "platform" / "data" / "terms.csv").read_text("utf-8").splitlines()[1:]
        }
        empty = [
            f"{name} {key}"
            for name in sorted(lists)
            for key, text in catalogue.terms(name).items()
            if not text.into(language)
        ]
        assert not empty, f"data/terms.csv: name_{language} is empty in {len(empty)} rows: {', '.join(empty)}"

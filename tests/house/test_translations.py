"""All catalogues are complete, in step with the program, and every code has its sentence."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from consulta.platform.messages import MESSAGES
from tests.house.source import calls, modules, nodes
from tools import strings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message

PLACEHOLDER = re.compile(r"(?<!%)%\((\w+)\)[a-z]")
BARE = re.compile(r"(?<!%)%(?![%(])")


@cache
def catalogue(language: str) -> Catalog:
    return strings.read(strings.catalogue(language), language)


def messages(texts: Catalog) -> list[Message]:
    return [text for text in texts if text.id]


def forms(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def keys(texts: Catalog) -> set[tuple[Any, ...]]:
    return {(forms(text.id), text.context) for text in messages(texts)}


@pytest.fixture(scope="module")
def said() -> Catalog:
    """What the program says now."""
    return strings.said_now()


def test_nothing_is_left_to_extract(said: Catalog) -> None:
    assert keys(said)
    assert keys(strings.read(strings.TEMPLATE)) == keys(said), "run make strings"


@pytest.mark.parametrize("language", strings.LANGUAGES)
class TestCatalogue:
    def test_has_exactly_what_is_said(self, said: Catalog, language: str) -> None:
        there = keys(catalogue(language))
        assert there <= keys(said), "run make strings"
        lacking = {(text[0] if len(text) == 1 else text, context) for text, context in keys(said) - there}
        assert lacking <= strings.may_lack(language), "run make strings"

    def test_is_complete(self, language: str) -> None:
        texts = messages(catalogue(language))
        empty = len(strings.untranslated(catalogue(language)))
        assert not empty, (
            f"{empty} of {len(texts)} texts of translations/{language}/LC_MESSAGES/messages.po are empty: "
            "`make strings` lists them by the file that says them"
        )

    def test_has_nothing_doubtful_or_left_over(self, language: str) -> None:
        texts = catalogue(language)
        assert [text.id for text in texts if text.fuzzy] == []
        assert list(texts.obsolete) == []

    def test_keeps_placeholders(self, language: str) -> None:
        assert list(_broken(catalogue(language))) == []

    def test_keeps_the_space_around(self, language: str) -> None:
        cut = [
            text.id
            for text in messages(catalogue(language))
            for form in forms(text.string or "")
            if form and (form[0].isspace(), form[-1].isspace()) != _spaces(text)
        ]
        assert cut == []

    def test_is_compiled_as_it_stands(self, language: str) -> None:
        source = strings.catalogue(language)
        assert source.with_suffix(".mo").stat().st_mtime >= source.stat().st_mtime


def _spaces(text: Message) -> tuple[bool, bool]:
    first = forms(text.id)[0]
    return first[0].isspace(), first[-1].isspace()


def _broken(texts: Catalog) -> Iterator[str]:
    """Translations that gettext refuses, or that name another set of placeholders than the English."""
    for text in messages(texts):
        yield from (f"{text.id!r}: {error}" for error in text.check(texts))
        wanted = [set(PLACEHOLDER.findall(form)) for form in forms(text.id)]
        for form in forms(text.string or ""):
            if form and set(PLACEHOLDER.findall(form)) not in wanted:
                yield f"{text.id!r}: {form!r}"
            if PLACEHOLDER.search(form) and BARE.search(form):
                yield f"{text.id!r}: a bare % in {form!r}"


def test_english_is_what_the_program_says() -> None:
    assert [text.id for text in messages(catalogue("en")) if forms(text.string) != forms(text.id)] == []


def test_no_text_writes_the_sign_of_a_percentage() -> None:
    """The filter `percent` writes it, with the space that the language of the reader has before it."""
    signed = [text.id for text in messages(catalogue("en")) if any("%%" in form for form in forms(text.id))]
    assert signed == []


def test_english_does_not_shout() -> None:
    assert [
        text.id for text in messages(catalogue("en")) if any("!" in form for form in forms(text.id))
    ] == []


# What raises a Problem, and the place of the code in it.
RAISED = {"Problem": 0, "or_problem": 1}


def test_every_problem_has_its_sentence() -> None:
    """Codes given to Problem, and codes handed to a function that hands them to Problem."""
    missing = [f"{path}: {code}" for path, code, _ in raised() if code not in MESSAGES]
    assert not missing


def test_every_placeholder_is_given() -> None:
    short = [
        f"{path}: {code} does not give {', '.join(sorted(lacking))}"
        for path, code, given in raised()
        if given is not None and (lacking := set(PLACEHOLDER.findall(MESSAGES.get(code, ""))) - given)
    ]
    assert not short


@cache
def raised() -> tuple[tuple[str, str, set[str] | None], ...]:
    return tuple(_raised())


def _raised() -> Iterator[tuple[str, str, set[str] | None]]:
    """Where a code is raised, which, and the parameters given; None where they are not written there."""
    for path, tree in modules():
        takers = {
            node.name: [argument.arg for argument in node.args.args].index("code")
            for node in nodes(tree)
            if isinstance(node, ast.FunctionDef)
            and any(argument.arg == "code" for argument in node.args.args)
        }
        for name, call in calls(tree):
            place = RAISED.get(name.rpartition(".")[2], takers.get(name))
            code = _literal(call, place)
            if code is None:
                continue
            named = [keyword.arg for keyword in call.keywords]
            known = name.rpartition(".")[2] in RAISED and None not in named
            yield path, code, {word for word in named if word} if known else None


def _literal(call: ast.Call, place: int | None) -> str | None:
    if place is None or len(call.args) <= place:
        return None
    argument = call.args[place]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def test_every_refusal_of_the_database_has_its_sentence() -> None:
    from consulta.platform.work import REFUSALS  # noqa: PLC0415  # the services are not needed to read catalogues

    assert set(REFUSALS.values()) <= MESSAGES.keys()


def test_a_sentence_needs_no_more_than_its_words() -> None:
    broken = [code for code, text in MESSAGES.items() if PLACEHOLDER.search(text) and BARE.search(text)]
    assert not broken


def test_broken_placeholders_are_found(tmp_path: Path) -> None:
    planted = tmp_path / "messages.po"
    planted.write_text(
        strings.HEADER.format(language="es", plural_forms="nplurals=2; plural=(n != 1);")
        + '#, python-format\nmsgid "%(count)s votes"\nmsgstr "%(cuenta)s votos"\n',
        "utf-8",
    )
    assert list(_broken(strings.read(planted, "es")))


def test_the_pages_of_the_desk_are_there() -> None:
    assert [place for place in strings.DESK if not (strings.ROOT / place).exists()] == []

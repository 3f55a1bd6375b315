"""What the documents name in backticks exists: files, functions, classes, macros, commands, settings, words.

A page that still speaks of an old name is found when the thing is moved or renamed. Records of decisions and
the change log are asked too: what they name as history stands in `HISTORY`.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consulta.infra.models import Base
from tests.house.source import ROOT, files
from tests.house.source import texts as texts_of_the_project
from tests.house.test_docs import FENCE, commands

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted(path for path in files() if path.suffix == ".md")
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?[\w*-]+(?:\.[\w*-]+)*(?:/[\w.*-]+)*/?")
SUFFIXES = (
    ".py",
    ".md",
    ".html",
    ".css",
    ".js",
    ".txt",
    ".toml",
    ".lock",
    ".csv",
    ".json",
    ".po",
    ".ini",
    ".xlsx",
)
NAME = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(\(.*\))?")
MACRO_CALL = re.compile(r"\b[a-z]\.(\w+)\(")
HOMES = ("", "consulta", "consulta/web/static", "docs", "docs/methods", "templates", "tests")
"""Where a path may begin."""

ELSEWHERE = {
    ".venv": "made by `make`",
    ".venv-bench": "made by `make bench`",
    "instance/": "made by the application",
    "head.txt": "a mail or a checkpoint that a reader saved",
}
"""Files that are spoken of and are not in the repository."""

FOREIGN = {
    "Rscript": "a program that the comparison runs where it is installed",
    "VmHWM": "of the system",
    "ru_maxrss": "of the system",
    "sha256sum": "of the system",
    "pg_dump": "of PostgreSQL",
    "sys.monitoring": "of Python",
    "limit_req": "of nginx",
    "includeSubDomains": "of a header",
    "noindex": "of a header",
    "pgettext": "of gettext",
    "roles.gov_local": "a row of a relaxation, made of its kind and its value",
}
"""Names that other programs gave to something, where nothing here uses them."""

HISTORY = {
    "closing_words": "a module before kinds of mail were entries (decision 41)",
    "access_words": "the same",
    "uv.lock": "not chosen (decision 6)",
    "pylock.toml": "not chosen (decision 6)",
}
"""What is named because it is no longer there, or was not chosen."""


def spans(path: Path) -> list[str]:
    """What a page has in backticks, without its longer examples."""
    return list(dict.fromkeys(SPAN.findall(FENCE.sub("", path.read_text("utf-8")))))


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the project but the documents and this one, which names what does not exist."""
    for path, text in texts_of_the_project():
        if not path.endswith(".md") and ROOT / path != Path(__file__):
            yield ROOT / path, text


@cache
def words() -> frozenset[str]:
    """Every word that a file of the project has, with its hyphens and without."""
    found: set[str] = set()
    for _, text in texts():
        found.update(re.findall(r"[\w-]+", text), re.findall(r"\w+", text))
    return frozenset(found)


@cache
def python() -> tuple[frozenset[str], frozenset[str]]:
    """What the Python files of the program say: their constant texts, and the names that they define.

    A text counts whole and by its first word: codes, acts, names of files. A name counts after the last parts
    of its module: `tally.spread`, `work.Work.record`. One pass, since keeping hundreds of trees is slow.
    """
    said: set[str] = set()
    names: set[str] = set()
    for path, text in texts():
        if path.suffix == ".py" and ROOT / "tests" not in path.parents:
            tree = ast.parse(text)
            said.update(_strings(tree))
            module = path.relative_to(ROOT).with_suffix("").parts
            module = module[:-1] if module[-1] == "__init__" else module
            for inside in ((), *_definitions(tree)):
                whole = (*module, *inside)
                names.update(".".join(whole[start:]) for start in range(len(whole)))
    return frozenset(said | {text.partition(" ")[0] for text in said}), frozenset(names)


def strings() -> frozenset[str]:
    return python()[0]


def defined() -> frozenset[str]:
    return python()[1]


def _strings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _definitions(tree: ast.Module | ast.ClassDef) -> Iterator[tuple[str, ...]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.name,)
        elif isinstance(node, ast.ClassDef):
            yield (node.name,)
            yield from ((node.name, *names) for names in _definitions(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (name for target in targets for name in ast.walk(target))
            yield from ((name.id,) for name in names if isinstance(name, ast.Name))


@cache
def macros() -> frozenset[str]:
    """The macros of the templates, after the name of their file and alone."""
    found: set[str] = set()
    for path, text in texts():
        if path.suffix == ".html":
            for name in re.findall(r"{%-?\s*macro (\w+)", text):
                found.update((name, f"{path.stem}.{name}"))
    return frozenset(found)


@cache
def called_names() -> frozenset[str]:
    """Every name that something calls."""
    return frozenset(name for _, text in texts() for name in re.findall(r"(\w+)\(", text))


@cache
def selectors() -> str:
    return "\n".join(text for path, text in texts() if path.suffix == ".css")


@cache
def columns() -> frozenset[str]:
    """Every column of the database: `messages.kind`."""
    tables = Base.metadata.tables.values()
    return frozenset(f"{table.name}.{column.name}" for table in tables for column in table.columns)


def exists(span: str) -> bool:
    """Whether what a page names is there."""
    if span in HISTORY:
        return True
    if span.startswith("consulta "):
        return _is_command(span)
    if span.startswith(("{{", "{%")):
        return all(name in macros() for name in MACRO_CALL.findall(span))
    if span.partition("::")[0].endswith(".py") or (PATH.fullmatch(span) and _looks_like_a_file(span)):
        return _is_file(span)
    name = NAME.fullmatch(span)
    if name is None:
        return True  # a sample of something else: a line of a shell, a value, an address
    return _is_name(name[1], called=name[2] is not None)


def _looks_like_a_file(span: str) -> bool:
    return span.endswith(SUFFIXES) or (
        "/" in span and bool(re.match(r"\w", span)) and not span.endswith("/2")
    )


def _is_command(span: str) -> bool:
    said = span.removeprefix("consulta ").split()
    known = [known_words.split() for known_words, _ in commands()]
    return any(said[: len(each)] == each for each in known)


def _is_file(span: str) -> bool:
    path, _, test = span.partition("::")
    if path in ELSEWHERE or (path in strings() and not test):
        return True
    found = [each for home in HOMES for each in (ROOT / home).glob(path)]
    found += [each for each in files() if "/" not in path and each.match(path)]
    return any(not test or f"def {test}(" in each.read_text("utf-8") for each in found)


def _is_name(name: str, *, called: bool) -> bool:
    if name in FOREIGN or name in defined() or name in macros() or name in strings():
        return True
    if "." in name:
        return name in columns() or name in selectors()  # or an element with a class, such as `ol.steps`
    return name in called_names() if called else name in words()


@pytest.mark.parametrize("paper", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_page_names_exists(paper: Path) -> None:
    assert [span for span in spans(paper) if not exists(span)] == []


@pytest.mark.parametrize(
    "span",
    [
        "consulta/core/tallies.py",
        "core/invitation.py",
        "test_tallies.py",
        "tests/core/test_tally.py::test_that_was_taken_away",
        "tally.spreads",
        "tally.spreads_of(theme)",
        "nothing_is_called_so()",
        "consulta counts",
        "{{ f.fieldd(form.name) }}",
        "CONSULTA_SMALL_CELLS",
        "templates/macros/nothing.html",
        "messages.kinds",
    ],
)
def test_what_does_not_exist_is_found(span: str) -> None:
    assert not exists(span)


@pytest.mark.parametrize(
    "span",
    [
        "consulta/core/counting/tally.py",
        "tally.required",
        "consulta count",
        "access.require",
        "messages.kind",
    ],
)
def test_what_exists_is_found(span: str) -> None:
    assert exists(span)


def test_what_is_excused_is_spoken_of() -> None:
    said = {span.split()[0] for page in PAGES for span in spans(page)}
    assert {*ELSEWHERE, *FOREIGN, *HISTORY} <= said

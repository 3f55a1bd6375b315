"""The programs that people keep and run alone: each one file, put together from its parts and its words.

A program is a folder `program` under `consulta/platform/data`. Its `__init__.py` has what stands on top of
the file and names the parts in their order; each part is a module that imports from those before it.
`words.toml` has what it says in English, the catalogues have the same in every other language of
`tongues.toml`. The same version of consulta always gives the same bytes (decision 90).
"""

from __future__ import annotations

import ast
import gettext
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from consulta.platform.data import tongues
from consulta.platform.paths import PACKAGE, resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

WORDS = "words"  # the part that is filled in
RULE = f"# {'-' * 64} "


@dataclass(frozen=True, slots=True)
class Program:
    """A program: its folder in `consulta/platform/data`, and the name of the file that people get."""

    folder: str
    file_name: str

    @property
    def parts(self) -> Path:
        """Return the folder of its parts."""
        return PACKAGE / "platform" / "data" / self.folder / "program"


WITNESS = Program("witness", "testigo.py")


@dataclass(frozen=True, slots=True)
class Words:
    """What a program says in a language: its title, its sentences by name, its phrases by their English.

    `first` has the sentences that say what a difference means, the most meaningful first.
    """

    title: str
    texts: Mapping[str, str]
    phrases: Mapping[str, str]
    first: Mapping[str, str]


@cache
def words(program: Program) -> Mapping[str, Words]:
    """Return what a program says, by language."""
    return words_in(program.parts / f"{WORDS}.toml")


@cache
def words_in(path: Path) -> Mapping[str, Words]:
    """Return what a file of English words says, by language."""
    english = tomllib.loads(path.read_text("utf-8"))
    return {code: _words(english, _translator(code, english["context"])) for code in tongues.codes()}


@cache
def source(program: Program) -> bytes:
    """Return a program as the one file that people get."""
    head = ast.parse((program.parts / "__init__.py").read_text("utf-8"))
    (order,) = (node.value for node in head.body if isinstance(node, ast.Assign))
    names = ast.literal_eval(order)
    texts = {name: (program.parts / f"{name}.py").read_text("utf-8") for name in names}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    bodies = {name: _body(texts[name], trees[name]) for name in names}
    bodies[WORDS] = _tables(program)
    parts = [f"{_section(name, trees[name])}\n\n{bodies[name]}" for name in names]
    top = [f'#!/usr/bin/env python3\n"""{_about(program, head)}"""', _imports([*trees.values()])]
    return "\n\n".join([*top, *parts]).encode()


def loaded(program: Program) -> Any:
    """Return a program as a module of this process, without a file."""
    module = ModuleType(program.file_name.partition(".")[0])
    module.__file__ = program.file_name
    exec(compile(source(program), program.file_name, "exec"), module.__dict__)  # noqa: S102 - our own program
    return module


def _words(english: Mapping[str, Any], said: Callable[[str], str]) -> Words:
    return Words(
        said(english["title"]),
        {name: said(text) for name, text in english["texts"].items()},
        {phrase: said(phrase) for phrase in english.get("phrases", ())},
        {name: said(text) for name, text in english.get("first", {}).items()},
    )


def _translator(code: str, context: str) -> Callable[[str], str]:
    folder, language = resource("translations"), tongues.of(code).language
    catalogue = gettext.translation("messages", folder, [language], fallback=True)
    return lambda text: catalogue.pgettext(context, text)


def _about(program: Program, head: ast.Module) -> str:
    """Return the docstring of a program, with its title in every language and their codes."""
    titles = " / ".join(each.title for each in words(program).values())
    told = ast.get_docstring(head, clean=False) or ""
    return told.replace("{title}", titles).replace("{languages}", "|".join(words(program)))


def _tables(program: Program) -> str:
    """Return the tables of words as Python; a phrase that a language says as the program does is left out."""
    texts = {code: said.texts for code, said in words(program).items()}
    phrases = {
        code: {phrase: text for phrase, text in said.phrases.items() if text != phrase}
        for code, said in words(program).items()
    }
    has_phrases = any(said.phrases for said in words(program).values())
    return _table("TEXTS", texts) + (_table("PHRASES", phrases) if has_phrases else "")


def _table(name: str, rows: Mapping[str, Mapping[str, str]]) -> str:
    written = json.dumps(rows, ensure_ascii=False, indent=4)  # which Python reads as it is
    return f"{name} = {written}\n"


def _section(name: str, tree: ast.Module) -> str:
    """Return the name of a part and what it is about, as comments."""
    told = (ast.get_docstring(tree) or "").splitlines()
    return "\n".join([f"{RULE}{name}", *(f"# {line}".rstrip() for line in told)])


def _body(text: str, tree: ast.Module) -> str:
    """Return what follows the imports of a part."""
    start = max((node.end_lineno or 0 for node in [*tree.body[:1], *_imported(tree)]), default=0)
    return "".join(text.splitlines(keepends=True)[start:]).strip("\n") + "\n"


def _imports(trees: list[ast.Module]) -> str:
    """Return the imports of all parts from other packages, each once."""
    plain: set[str] = set()
    named: dict[str, set[str]] = {}
    for node in (node for tree in trees for node in _imported(tree)):
        if isinstance(node, ast.Import):
            plain.update(alias.name for alias in node.names)
        elif not str(node.module).startswith(f"{__package__.partition('.')[0]}."):
            named.setdefault(str(node.module), set()).update(alias.name for alias in node.names)
    future = named.pop("__future__")
    lines = [f"import {name}" for name in sorted(plain)]
    lines += [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(named.items())]
    return "\n".join([f"from __future__ import {', '.join(future)}", "", *lines, ""])


def _imported(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    return (node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))

"""A stored document becomes a typed value as soon as it is read: who may read JSON themselves, and why.

Two lists: modules that call `json.loads`, and modules that take a part of a stored document by its name
(`told["reason"]`, `message.facts.get("ballot")`). The second finds columns of JSON, what `json.loads` gave,
and names that are annotated as a mapping to `Any` or `object`, with what is assigned from them.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.house.source import modules, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

READ_JSON = {
    "checks/service.py": "rows of the log, held against everything else",
    "rounds/acts.py": "rows of the log, as the files of an archive show them",
    "rounds/history.py": "rows of the log of every act, shown as they are",
    "checks/seals.py": "rows of the log",
    "rounds/binding.py": "parts of ballots, to write them canonically",
    "results/tallying.py": "parts of ballots, each once for all that say the same",
    "rounds/frozen.py": "the frozen package, of which parts are left out and the rest is written again",
    "panel/documents.py": "kept panels",
    "sessions/kept.py": "kept factsheets, which become a typed value there",
    "open_data/service.py": "kept descriptors",
    "results/kept.py": "public.json, of which your_vote takes a few figures",
    "results/public_figures.py": "public.json, which is made there",
    **{
        f"results/verifying/{name}.py": "files of an archive that somebody gave, of any form"
        for name in ("files", "log", "receipts", "recount", "values")
    },
}


READS = "the reader of its document, which hands out a value"
MAKES = "makes its document, out of parts that are no value yet"
FACTS = "facts of a message, in the module that writes them or says what the message tells"
RAW = "rows as they are stored, held against everything else"
COLUMN = "a column that the same module writes, and no other reads"
GIVEN = "what another server, a form or a caller gave: no stored document"
SHOWN = "shown as it is stored, whatever it has"

TAKES_PARTS = {
    "accounts/factors.py": (1, COLUMN),
    "admission/mails.py": (13, FACTS),
    "changes/mails.py": (8, FACTS),
    "checks/seals.py": (4, RAW),
    "checks/service.py": (13, RAW),
    "evaluation/mails.py": (2, FACTS),
    "evaluation/results.py": (6, MAKES),
    "focal_points/mails.py": (8, FACTS),
    "follow_up/asking.py": (1, FACTS),
    "follow_up/calls.py": (2, FACTS),
    "follow_up/mails.py": (5, FACTS),
    "importing/service.py": (1, COLUMN),
    "invitations/mails.py": (2, FACTS),
    "letters/again.py": (2, FACTS),
    "letters/plain.py": (3, GIVEN),
    "letters/service.py": (3, FACTS),
    "lifecycle/pages/acts.py": (3, SHOWN),
    "lifecycle/pages/results.py": (1, SHOWN),
    "mailer/news.py": (4, FACTS),
    "mailer/outbox.py": (1, FACTS),
    "members/importing.py": (5, GIVEN),
    "members/kept.py": (3, READS),
    "members/mails.py": (2, FACTS),
    "members/plan.py": (5, GIVEN),
    "nominees/mails.py": (12, FACTS),
    "objections/mails.py": (3, FACTS),
    "open_data/pages/public.py": (8, SHOWN),
    "open_data/tables.py": (10, GIVEN),
    "own_data/mails.py": (7, FACTS),
    "own_data/news.py": (2, COLUMN),
    "own_data/objecting.py": (1, COLUMN),
    "own_data/service.py": (9, COLUMN),
    "panel/documents.py": (29, READS),
    "panel/names.py": (2, READS),
    "panel/trials.py": (4, COLUMN),
    "practice/filling.py": (3, COLUMN),
    "practice/service.py": (2, COLUMN),
    "proposals/news.py": (2, FACTS),
    "proposals/service.py": (2, COLUMN),
    "questions/results.py": (1, MAKES),
    "questions/service.py": (7, READS),
    "reasons/parting.py": (3, MAKES),
    "results/public_figures.py": (38, MAKES),
    "results/verifying/acts.py": (3, RAW),
    "results/verifying/recount.py": (1, RAW),
    "rounds/frozen.py": (4, RAW),
    "rounds/history.py": (4, SHOWN),
    "sessions/attendance.py": (3, GIVEN),
    "sessions/kept.py": (1, READS),
    "sessions/service.py": (3, MAKES),
    "sessions/words.py": (12, READS),
    "sign_in/pages/provider.py": (7, GIVEN),
    "sign_in/provider.py": (15, GIVEN),
    "staff/acts.py": (9, COLUMN),
    "staff/mails.py": (13, FACTS),
    "staff/service.py": (3, FACTS),
    "synthesis/values.py": (2, READS),
    "theme_proposals/mails.py": (4, FACTS),
    "theme_review/mails.py": (9, FACTS),
    "voting/mails.py": (9, FACTS),
    "web/language.py": (1, GIVEN),
    "witnesses/mails.py": (4, FACTS),
    "your_vote/service.py": (1, COLUMN),
    "your_vote/telling.py": (2, "public figures, of which the tests by hand give a few"),
}
"""How many parts each module takes by name, and why. A number only ever becomes smaller."""

BELOW = {"cli", "core", "data", "formats", "infra"}
"""Folders in which no use case and no page is."""

LOOSE = re.compile(
    r"^(?:(?:Sequence|list|tuple|Iterable|Iterator)\[)?(?:Mapping|dict)\[str, (?:Any|object)\]"
    r"(?:, \.\.\.)?\]?(?: \| None)?$"
)
"""Annotations of a document whose parts have no type, or of several."""


def reads_json(tree: ast.AST) -> bool:
    """Whether a module calls `json.loads` or `json.load`."""
    return any(isinstance(node, ast.Attribute) and _is_json(node) for node in nodes(tree))


def _is_json(node: ast.Attribute) -> bool:
    return node.attr in {"load", "loads"} and isinstance(node.value, ast.Name) and node.value.id == "json"


@cache
def columns() -> frozenset[str]:
    """The names of the mapped columns of JSON; categories are words by words."""
    return frozenset(
        node.target.id
        for _, tree in modules("infra/models")
        for node in nodes(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and "dict[str, Any]" in ast.unparse(node.annotation)
    ) - {"categories"}


class Function:
    """A function, with the names in it that stand for a stored document or a part of one."""

    def __init__(self, tree: ast.FunctionDef, stored: frozenset[str]) -> None:
        self.tree, self.stored = tree, stored
        arguments = (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)
        self.names = {each.arg for each in arguments if each.annotation and _is_loose(each.annotation)}
        for node in nodes(tree):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self.names |= {node.target.id} if _is_loose(node.annotation) else set()
        before = -1
        while before != len(self.names):
            before = len(self.names)
            self.names |= {name for name, value in _assigned(tree) if self.is_document(value)}

    def is_document(self, node: ast.AST) -> bool:
        """Whether an expression is a stored document, or a part that was taken out of one."""
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            return node.attr in self.stored
        if isinstance(node, ast.Subscript):
            return self.is_document(node.value)
        if isinstance(node, ast.BoolOp):
            return any(map(self.is_document, node.values))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            taken = node.func.attr in {"get", "items", "values"} and self.is_document(node.func.value)
            return taken or _is_json(node.func)
        return False

    def parts(self) -> Iterator[tuple[int, str]]:
        """Yield each part that is taken out of a document by its name: the line, and how it is written."""
        for node in nodes(self.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                named, of = node.slice, node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                if node.func.attr not in {"get", "pop"}:
                    continue
                named, of = node.args[0], node.func.value
            else:
                continue
            is_name = isinstance(named, ast.Constant) and isinstance(named.value, str)
            if is_name and self.is_document(of):
                yield node.lineno, ast.unparse(node)


def _is_loose(annotation: ast.expr) -> bool:
    return LOOSE.fullmatch(ast.unparse(annotation)) is not None


def _assigned(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each name that is assigned, or that a loop gives, with what it is taken from."""
    for node in nodes(tree):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = list(zip(target.elts, value.elts, strict=False)) if both else [(target, value)]  # type: ignore[attr-defined]
        elif isinstance(node, (ast.comprehension, ast.For)):
            pairs = [(node.target, node.iter)]
        yield from ((target.id, value) for target, value in pairs if isinstance(target, ast.Name))


def parts_of(tree: ast.AST) -> set[tuple[int, str]]:
    """Return each part of a stored document that a module takes by its name."""
    stored = columns()
    functions = [node for node in nodes(tree) if isinstance(node, ast.FunctionDef)]
    return {part for each in functions for part in Function(each, stored).parts()}


def features() -> list[tuple[str, ast.Module]]:
    """Return the modules of use cases and pages."""
    return [
        (name, tree)
        for name, tree in modules()
        if name.split("/")[0] not in BELOW and "queries" not in name.removesuffix(".py").split("/")
    ]


def test_nobody_else_reads_json_in_use_cases_and_nobody_does_in_pages() -> None:
    read = {name for name, tree in features() if reads_json(tree)}
    assert read == {*READ_JSON}
    assert not {name for name in read if "/pages" in name or name.startswith(("web/", "site/"))}


def test_parts_of_stored_documents_are_taken_by_name_where_the_list_says_so() -> None:
    """Everywhere else a document is read into a value: `core.typed.from_stored` does that."""
    found = {name: parts for name, tree in features() if (parts := parts_of(tree))}
    numbers = {name: len(parts) for name, parts in found.items()}
    allowed = {name: number for name, (number, _why) in TAKES_PARTS.items()}
    more = [name for name, number in numbers.items() if number > allowed.get(name, 0)]
    assert not more, "\n".join(
        f"consulta/{name} takes {numbers[name]} parts by name, TAKES_PARTS of tests/house/test_typed.py says"
        f" {allowed.get(name, 0)}: read the new one into a frozen value where the document is read, or, of"
        f" facts of a message in its mails.py, write {numbers[name]} there: {sorted(found[name])}"
        for name in more
    )
    assert numbers == allowed, (
        "fewer than TAKES_PARTS of tests/house/test_typed.py says: make its number smaller"
    )


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("def f(told: Mapping[str, Any]): return told['reason']", ["told['reason']"]),
        ("def f(told: dict[str, object] | None): return (told or {}).get('x')", ["(told or {}).get('x')"]),
        ("def f(row): return row.details['before']", ["row.details['before']"]),
        ("def f(row): return json.loads(row.text)['a']", ["json.loads(row.text)['a']"]),
        ("def f(row):\n said = json.loads(row.text)\n return said.get('a')", ["said.get('a')"]),
        ("def f(some: list[dict[str, Any]]): return [each['key'] for each in some]", ["each['key']"]),
        ("def f(told: Mapping[str, str]): return told['reason']", []),
        ("def f(told: Mapping[str, Any], key: str): return told[key]", []),
        ("def f(found): return found.reason", []),
    ],
)
def test_a_part_taken_by_name_is_seen(code: str, parts: list[str]) -> None:
    assert [written for _line, written in sorted(parts_of(ast.parse(code)))] == parts

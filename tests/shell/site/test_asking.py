"""Each use case asks who may do it, before anything else, whatever page or command calls it.

`asks.txt` says which use case asks for which action. A use case that asks no more, for another action, or
after it has looked at something, is seen here. One that is not in the table is named with the line to add.
"""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, get_args

import pytest

from consulta.core.problems import Problem
from consulta.platform.access import ACTIONS
from consulta.platform.work import Role
from tests.house.source import modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE = Path(__file__).with_name("asks.txt")


def table() -> dict[str, dict[str, str]]:
    """Return for each module the action for which each of its use cases asks."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, action = line.split()
            module, _, function = name.rpartition(".")
            found[module][function] = action
    return dict(found)


ASKS = table()


def asking() -> Iterator[str]:
    """Yield a line of the table for each function of the program that begins by asking for an action."""
    for path, tree in modules(saying=r"require\(\s*work,"):
        for each in tree.body:
            if isinstance(each, ast.FunctionDef) and (action := first_asked(each)):
                yield f"{path.removesuffix('.py').replace('/', '.')}.{each.name} {action}"


def first_asked(function: ast.FunctionDef) -> str | None:
    """Return the action for which a function asks in its first statement; None where it does not."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    match body[0] if body else None:
        case ast.Expr(ast.Call(ast.Name("require"), [ast.Name("work"), ast.Constant(str(action))])):
            return action
    return None


@pytest.mark.gate
def test_the_table_names_each_use_case_that_asks() -> None:
    there = {f"{module}.{name} {action}" for module, names in ASKS.items() for name, action in names.items()}
    asked = set(asking())
    new, gone = "\n".join(sorted(asked - there)), "\n".join(sorted(there - asked))
    assert not new, f"add these lines to tests/shell/site/asks.txt:\n{new}"
    assert not gone, f"these of tests/shell/site/asks.txt ask no more, or for something else:\n{gone}"


def begin(function: Callable[..., object], work: object, given: dict[str, None]) -> None:
    """Call a function, and let one that yields what it makes come to its first line."""
    told = function(work, **given)
    if inspect.isgenerator(told):
        next(told)


@pytest.mark.parametrize("module", ASKS)
def test_a_use_case_asks_before_it_looks_at_anything(module: str) -> None:
    """Its unit of work has an actor and nothing else, and what else it is given is nothing."""
    found = import_module(f"consulta.{module}")
    for name, action in ASKS[module].items():
        function = inspect.unwrap(getattr(found, name))
        first, *others = inspect.signature(function).parameters.values()
        given = {
            each.name: None for each in others if each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
        }
        assert first.name == "work"
        for role in {*get_args(Role), "of nobody"} - ACTIONS[action]:
            work = SimpleNamespace(actor=SimpleNamespace(role=role), asked_by=None)
            with pytest.raises(Problem) as refused:
                begin(function, work, given)
            assert (refused.value.code, refused.value.params) == ("access.denied", {"action": action}), name

"""Each use case that asks who may do it asks before anything else, whatever page or command calls it."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, get_args

import pytest

from consulta.core.problems import Problem
from consulta.platform.access import ACTIONS, require
from consulta.platform.work import Actor, Role
from consulta.rounds import service as rounds
from tests.asked_first import NotAskedError
from tests.cases import for_each
from tests.factories import moment
from tests.house.source import modules

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from consulta.platform.work import Bench


def asking() -> dict[str, dict[str, str]]:
    """Return for each module the action for which each of its use cases asks in its first statement."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path, tree in modules(saying=r"require\(\s*work,"):
        for each in tree.body:
            if isinstance(each, ast.FunctionDef) and (action := first_asked(each)):
                found[path.removesuffix(".py").replace("/", ".")][each.name] = action
    return dict(found)


def first_asked(function: ast.FunctionDef) -> str | None:
    """Return the action for which a function asks in its first statement; None where it does not."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    match body[0] if body else None:
        case ast.Expr(ast.Call(ast.Name("require"), [ast.Name("work"), ast.Constant(str(action))])):
            return action
    return None


def begin(function: Callable[..., object], work: object, given: dict[str, None]) -> None:
    """Call a function, and let one that yields what it makes come to its first line."""
    told = function(work, **given)
    if inspect.isgenerator(told):
        next(told)


@for_each("module", ASKS := asking())
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


def test_a_page_that_reads_before_any_act_has_asked_fails(app: Flask, bench: Bench) -> None:
    with app.test_request_context(), bench.read(Actor("reader", 1), moment()) as work:
        with pytest.raises(NotAskedError):
            rounds.known(work, "none")
        require(work, "rounds.read")
        with pytest.raises(Problem, match=r"round\.unknown"):
            rounds.known(work, "none")

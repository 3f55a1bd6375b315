"""Small faults that are put into a module one at a time: which there are, and the module with one of them.

A mutation is one change of one node of the syntax tree. Annotations, decorators, documentation strings and
blocks that only type checkers read are left alone. Nothing here writes a file: a changed module is compiled
in memory.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
LEFT_ALONE = {"annotation", "returns", "type_params", "decorator_list"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: the line it is on, the lines of its statement, what it does, and how it is made.

    `inside` says whether it is in the body of a function, so that only calls of this function show it.
    """

    line: int
    lines: range
    what: str
    inside: bool
    source: str
    site: int
    new: ast.AST

    def code(self, filename: str) -> CodeType:
        """Return the changed module, compiled."""
        tree = ast.parse(self.source)
        _replace(tree, [*_sites(tree)][self.site][0], self.new)
        return compile(ast.fix_missing_locations(tree), filename, "exec")


def mutations(source: str) -> list[Mutation]:
    """Return every mutation of a module, in the order of its lines."""
    found = [
        Mutation(node.lineno, lines, f"{_text(node)}  ->  {what}", inside, source, site, new)  # type: ignore[attr-defined]
        for site, (node, lines, inside) in enumerate(_sites(ast.parse(source)))
        for what, new in _changes(node)
    ]
    return sorted(found, key=lambda each: (each.line, each.site))


def _sites(tree: ast.Module) -> Iterator[tuple[ast.AST, range, bool]]:
    """Return the nodes that may change, with the lines of their statement and whether a function has them."""
    waiting: list[tuple[ast.AST, range, bool]] = [(each, range(0), False) for each in reversed(tree.body)]
    while waiting:
        node, lines, inside = waiting.pop()
        if _is_for_type_checkers(node):
            continue
        if isinstance(node, ast.stmt):
            lines = _head(node)
        yield node, lines, inside
        body = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ()
        own = [node.body] if isinstance(node, ast.Lambda) else body
        waiting += [(child, lines, inside or child in own) for child in reversed([*_children(node)])]


def _head(statement: ast.stmt) -> range:
    """Return the lines of a statement, without those of the statements inside it."""
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name not in LEFT_ALONE:
            yield from (
                each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)
            )


def _is_for_type_checkers(node: ast.AST) -> bool:
    """Whether a node is for type checkers or readers, or asserts that two lengths are equal (`strict`)."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.Call(func=ast.Name(id="cast")):
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")) | ast.keyword(arg="strict"):
            return True
    return False


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Return what may become of a node."""
    yield from _of_statements(node)
    for new in (*_of_values(node), *_of_operators(node)):
        yield _text(new), new


def _of_values(node: ast.AST) -> Iterator[ast.AST]:
    """Return what may become of a constant, a name or a key to sort by."""
    match node:
        case ast.Constant(value=bool() as truth):
            yield ast.Constant(not truth)
        case ast.Constant(value=int() as number):
            yield from (ast.Constant(number + 1), ast.Constant(number - 1))
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield ast.Name(NAMES[name], ast.Load())
        case ast.Lambda(args=args, body=ast.Tuple(elts=[*before, _], ctx=ctx)) if before:
            yield ast.Lambda(args, ast.Tuple(before, ctx))


def _of_operators(node: ast.AST) -> Iterator[ast.AST]:
    """Return what may become of a comparison, a condition or a sum."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=right):
            for place, op in enumerate(ops):
                changed = [*ops]
                changed[place] = COMPARISONS[type(op)]()
                yield ast.Compare(left, changed, right)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(op)](), right)


def _of_statements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Return what may become of a statement: an act or a refusal is left out, nothing is returned."""
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign():
            yield "pass", ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return None", ast.Return(ast.Constant(None))
        case ast.Continue():
            yield "break", ast.Break()


def _text(node: ast.AST, most: int = 70) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _replace(tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
    """Put a node in the place of another."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list):
                for place, each in enumerate(value):
                    if each is old:
                        value[place] = new
                        return

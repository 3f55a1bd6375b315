"""The program as text: every module parsed once, every file of the project found once."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "consulta"


@cache
def modules(under: str = "", saying: str = "") -> tuple[tuple[str, ast.Module], ...]:
    """Each module below `under` whose text matches `saying`: its path inside the package, and its tree."""
    paths = sorted((PACKAGE / under).rglob("*.py"))
    texts = ((path, path.read_text("utf-8")) for path in paths)
    return tuple(
        (path.relative_to(PACKAGE).as_posix(), _parsed(path, text))
        for path, text in texts
        if re.search(saying, text)
    )


_trees: dict[Path, ast.Module] = {}


def _parsed(path: Path, text: str) -> ast.Module:
    if path not in _trees:
        _trees[path] = ast.parse(text)
    return _trees[path]


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Each node of `tree`, walked once for all tests."""
    return tuple(ast.walk(tree))


@cache
def calls(tree: ast.AST) -> tuple[tuple[str, ast.Call], ...]:
    """Each call in `tree` with what is called as it is written: `datetime.now`, `session.commit`, `open`."""
    return tuple((written(node.func), node) for node in nodes(tree) if isinstance(node, ast.Call))


def written(node: ast.AST) -> str:
    """Return what `ast.unparse` does, for names and their attributes in a tenth of the time."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
        return f"{written(node.value)}.{node.attr}"
    return ast.unparse(node)


@cache
def imports(tree: ast.AST) -> tuple[str, ...]:
    """Each module that `tree` imports, by its full name."""
    return tuple(_imports(tree))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # git is on the path
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Every committed file that is text: its path and what it says."""
    for path in files():
        data = path.read_bytes()
        if b"\0" not in data:
            yield path.relative_to(ROOT).as_posix(), data.decode("utf-8", errors="replace")

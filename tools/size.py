"""Print how much there is to read: lines of code, modules and folders. A picture, not a gate."""

from __future__ import annotations

import ast
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lines_of_code(path: Path) -> int:
    """Return the lines of a module that hold code: no blank lines, comments or docstrings."""
    with path.open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    nothing = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    nothing |= {tokenize.ENCODING, tokenize.ENDMARKER}
    code = {
        line
        for token in tokens
        if token.type not in nothing
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            code -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(code)


def main() -> None:
    """Print the figures."""
    for folder in ("consulta", "tests"):
        paths = list((ROOT / folder).rglob("*.py"))
        folders = [each for each in (ROOT / folder).iterdir() if (each / "__init__.py").exists()]
        size = sum(map(lines_of_code, paths))
        sys.stdout.write(f"{folder}: {size:,} lines of code, {len(paths)} modules, {len(folders)} folders\n")
    for name in ("pyproject.toml", "docs/changing.md"):
        sys.stdout.write(f"{name}: {len((ROOT / name).read_text('utf-8').splitlines())} lines\n")


if __name__ == "__main__":
    main()

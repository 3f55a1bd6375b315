"""Draw the features from their contract: docs/pictures/features.svg, and the folders in docs/architecture.md.

Run it as `python -m tools.rooms` after the contract or the first line of a feature's `__init__.py` changed.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "features.svg"
PAGE = ROOT / "docs" / "architecture.md"
CONTRACT = "Features"
BEGIN, END = "<!-- folders: made by tools/rooms.py -->", "<!-- end of folders -->"
WIDTH, HEIGHT, GAP, MARGIN = 150, 34, 12, 16  # of a box and around it, in pixels

BOX = 'rx="4" fill="#eef3f7" stroke="#31566f"'
LETTERS = 'font-family="sans-serif" font-size="14"'
WORD = 'text-anchor="middle" fill="#12222d"'


def layers() -> list[list[str]]:
    """Return the features as the contract has them, the highest layer first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    found = next(each for each in settings["contracts"] if each["name"] == CONTRACT)
    return [[name.strip(" ()") for name in re.split(r"[|:]", line)] for line in found["layers"]]


def picture(rows: list[list[str]]) -> str:
    """Return the layers as a drawing (SVG): a row of boxes for each, what uses others above what is used."""
    most = max(map(len, rows))
    width = 2 * MARGIN + most * WIDTH + (most - 1) * GAP
    height = 2 * MARGIN + len(rows) * HEIGHT + (len(rows) - 1) * GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {LETTERS}>',
        "<title>The features of consulta: each may use what stands below it</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for down, row in enumerate(rows):
        top = MARGIN + down * (HEIGHT + GAP)
        left = (width - len(row) * WIDTH - (len(row) - 1) * GAP) // 2
        for across, name in enumerate(row):
            x = left + across * (WIDTH + GAP)
            lines += [
                f'<rect x="{x}" y="{top}" width="{WIDTH}" height="{HEIGHT}" {BOX}/>',
                f'<text x="{x + WIDTH // 2}" y="{top + 22}" {WORD}>{name}</text>',
            ]
    return "\n".join([*lines, "</svg>", ""])


def what(name: str) -> str:
    """Return what a folder or module of the package is, in the first line of its documentation."""
    package = ROOT / "consulta" / name
    source = package / "__init__.py" if package.is_dir() else package.with_suffix(".py")
    said = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
    return said.partition("\n")[0]


def folders(rows: list[list[str]]) -> str:
    """Return the list of folders as a table in Markdown, the highest layer first."""
    lines = ["| `consulta/…` | what is there | tests |", "| --- | --- | --- |"]
    for name in (name for row in rows for name in row):
        tests = f"`tests/{name}/`" if (ROOT / "tests" / name).is_dir() else ""
        mark = "" if (ROOT / "consulta" / name).is_dir() else ".py"
        lines.append(f"| `{name}{mark or '/'}` | {what(name)} | {tests} |")
    return "\n".join(lines)


def page(text: str, rows: list[list[str]]) -> str:
    """Return the page with the list of folders brought up to date."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{folders(rows)}\n{END}{after}"


def main() -> None:
    """Write the picture and the list."""
    rows = layers()
    PICTURE.write_text(picture(rows), "utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8"), rows), "utf-8")


if __name__ == "__main__":
    main()

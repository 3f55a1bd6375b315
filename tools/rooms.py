"""Draw the wings from their contract in pyproject.toml: docs/pictures/features.svg.

Run it as `python -m tools.rooms` after the contract or the first line of a wing's `__init__.py` changed.
"""

from __future__ import annotations

import ast
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "features.svg"
CONTRACT = "Wings"
WIDTH, HEIGHT, GAP, MARGIN = 800, 34, 8, 16  # of a box and around it, in pixels

BOX = 'rx="4" fill="#f1ebdf" stroke="#0b5a5e"'
LETTERS = 'font-family="sans-serif" font-size="14" fill="#1d2521"'


def wings() -> list[str]:
    """Return the names of the wings as the contract has them, the highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contract = next(each for each in settings["contracts"] if each["name"] == CONTRACT)
    return list(contract["layers"])


def first_line(wing: str) -> str:
    """Return the first line of a wing's documentation."""
    source = ROOT / "consulta" / wing / "__init__.py"
    text = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
    return text.partition("\n")[0]


def picture(names: list[str]) -> str:
    """Return the wings as a drawing (SVG): a box each, with what is there in words."""
    width = 2 * MARGIN + WIDTH
    height = 2 * MARGIN + len(names) * (HEIGHT + GAP) - GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {LETTERS}>',
        "<title>The wings of consulta: each may use what stands below it</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, name in enumerate(names):
        top = MARGIN + number * (HEIGHT + GAP)
        lines += [
            f'<rect x="{MARGIN}" y="{top}" width="{WIDTH}" height="{HEIGHT}" {BOX}/>',
            f'<text x="{MARGIN + 12}" y="{top + 22}" font-weight="bold">{name}</text>',
            f'<text x="{MARGIN + 112}" y="{top + 22}">{escape(first_line(name))}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(picture(wings()), "utf-8")


if __name__ == "__main__":
    main()

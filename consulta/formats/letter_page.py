"""A letter on paper: its words as a page of HTML, from which `document` makes a tagged PDF.

Several letters make one page, each in its own language and on a sheet of its own. It does not know whom a
letter invites, nor to what.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter: where and when it was written, to whom, about what, and what it says."""

    language: str
    house: str
    dated: str
    to: tuple[str, ...]
    title: str
    text: str
    foot: str


def as_page(letters: Sequence[LetterPage], title: str) -> str:
    """Return the letters as one page of HTML, in the language of the first."""
    language = f' lang="{letters[0].language}"' if letters else ""
    return (
        f'<!doctype html>\n<html{language}>\n<head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body>\n"
        + "\n".join(_letter(letter) for letter in letters)
        + "\n</body>\n</html>\n"
    )


def _letter(letter: LetterPage) -> str:
    blocks = (block for block in letter.text.split("\n\n") if block.strip())
    return "\n".join(
        (
            f'<article lang="{letter.language}">',
            f'<p class="house">{escape(letter.house)}</p>',
            f'<p class="dated">{escape(letter.dated)}</p>',
            f'<p class="to">{"<br>".join(escape(line) for line in letter.to if line)}</p>',
            f"<h1>{escape(letter.title)}</h1>",
            *(f"<p>{'<br>'.join(escape(line) for line in block.splitlines())}</p>" for block in blocks),
            f'<p class="foot">{escape(letter.foot)}</p>',
            "</article>",
        )
    )

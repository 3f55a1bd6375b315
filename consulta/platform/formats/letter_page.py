"""A letter on paper: its words as a page of HTML, from which `document` makes a tagged PDF.

Several letters make one page, each in its own language and on a sheet of its own. It does not know whom a
letter invites, nor to what.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Picture(Protocol):
    """A picture and its kind, `image/png` or `image/jpeg`."""

    @property
    def content(self) -> bytes:
        """Return the picture as a file."""

    @property
    def kind(self) -> str:
        """Return the kind of that file."""


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter: where and when it was written, to whom, about what, and what it says."""

    language: str
    head: tuple[str, ...]  # who writes: the name, then further lines
    logo: Picture | None
    reference: str
    dated: str
    to: tuple[str, ...]
    title: str
    text: str
    signed: tuple[str, ...]
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
            f'<header>{_logo(letter.logo)}<p class="house">{escape(letter.head[0])}</p>',
            *(f'<p class="about">{escape(line)}</p>' for line in letter.head[1:] if line),
            "</header>",
            f'<p class="dated">{escape(letter.dated)}<br>{escape(letter.reference)}</p>',
            f'<p class="to">{_lines(letter.to)}</p>',
            f"<h1>{escape(letter.title)}</h1>",
            *(f"<p>{_lines(block.splitlines())}</p>" for block in blocks),
            *([f'<p class="signed">{_lines(letter.signed)}</p>'] if any(letter.signed) else []),
            f'<p class="foot">{escape(letter.foot)}</p>',
            "</article>",
        )
    )


def _logo(picture: Picture | None) -> str:
    """Return a picture that stands in the page itself; it says nothing that the name beside it does not."""
    if picture is None:
        return ""
    return f'<img class="logo" alt="" src="{address_within(picture)}">'


def address_within(picture: Picture) -> str:
    """Return an address that is the picture itself, so that a document asks for nothing else."""
    return f"data:{picture.kind};base64,{b64encode(picture.content).decode()}"


def _lines(lines: Iterable[str]) -> str:
    return "<br>".join(escape(line) for line in lines if line)

"""Sentences with the numbers of their sources, from what is typed and back again.

A line is a sentence that ends with its numbers in brackets: `Faltan albergues [3, 7].` Several sentences in
one line each have brackets of their own; one without them has no source, which a published synthesis refuses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SOURCES = re.compile(r"\s*\[\s*(\d{1,5}(?:\s*[,;y&]?\s*\d{1,5})*)\s*\]\s*([.!?…]*)")
_END = re.compile(r"(?<=[\w»”\"')][.!?…])\s+(?=[¿¡«“\"(]*[^\W\d_a-zñáéíóúâêôãõç])")
_SHORT = re.compile(  # an abbreviation
    r"(?:^|[\s(])(?i:[^\W\d_]|sra?|srta|sres|dra?|lic|ing|profa?|arts?|n[uú]m|ee|uu|ff|aa|ej|mrs?|ms|av|p[aá]g)\.$"
)


class Typed(NamedTuple):
    """A sentence as it was typed, and the numbers of its sources in order, each once."""

    words: str
    sources: tuple[int, ...]


def parse(text: str) -> tuple[Typed, ...]:
    """Return the sentences of a text, one a line or one before each pair of brackets."""
    return tuple(sentence for line in text.splitlines() for sentence in _of_line(" ".join(line.split())))


def written(sentences: Iterable[Typed]) -> str:
    """Return sentences as they are typed: one a line, with the numbers in brackets at its end."""
    return "\n".join(
        f"{each.words} [{', '.join(map(str, each.sources))}]" if each.sources else each.words
        for each in sentences
    )


def _of_line(line: str) -> Iterator[Typed]:
    place = 0
    for match in _SOURCES.finditer(line):
        before = line[place : match.start()].strip()
        place = match.end()
        *alone, last = _split(before) or [""]
        yield from (Typed(each, ()) for each in alone)
        numbers = tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", match[1])))
        if last:
            # The stop may stand before the brackets or behind them.
            yield Typed(last if last[-1] in ".!?…" else last + (match[2][:1] or ""), numbers)
    yield from (Typed(each, ()) for each in _split(line[place:].strip()))


def _split(text: str) -> list[str]:
    """Return the sentences of a text without brackets; a stop behind an abbreviation does not end one."""
    pieces: list[str] = []
    for piece in _END.split(text) if text else []:
        if pieces and _SHORT.search(pieces[-1]):
            pieces[-1] += f" {piece}"
        else:
            pieces.append(piece)
    return pieces

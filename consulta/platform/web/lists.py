"""Several things in one sentence, as each language lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import tongue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.platform.data.tongues import Joint


def listed(items: Iterable[object]) -> Markup:
    """Return the items as a sentence lists them: "7, 8 and 15"; text that is not markup is escaped."""
    texts = [escape(item) for item in items]
    said = Markup(", ").join(texts[:-1])
    last = texts[-1] if texts else Markup()
    return both(said, last) if said else last


def both(before: Markup, last: Markup) -> Markup:
    """Return two things as a sentence names both."""
    word = tongue().both.word(_heard(last.striptags()))
    return Markup("{} {} {}").format(before, word, last)


def either(items: Iterable[object]) -> str:
    """Return the items as a sentence offers them: "Peru, Chile or Mexico"."""
    return _joined(map(str, items), tongue().either)


def together(items: Iterable[object]) -> str:
    """Return the items as a sentence lists them, as `listed` does, as plain text."""
    return _joined(map(str, items), tongue().both)


def _joined(items: Iterable[str], joint: Joint) -> str:
    *before, last = items
    return f"{', '.join(before)} {joint.word(_heard(last))} {last}" if before else last


def quoted(items: Iterable[str]) -> str:
    """Return names, each in quotation marks, as a sentence lists them."""
    return together(_("“%(title)s”", title=item) for item in items)


def _heard(text: str) -> str:
    """Return the text without leading and trailing spaces and quotation marks.

    Its first sound decides the form of the word "and" or "or" before it.
    """
    return text.strip(' «“"')

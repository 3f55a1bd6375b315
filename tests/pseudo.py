"""A language that nobody speaks: every text of the program in other letters, bracketed, longer by two fifths.

Whatever is read on a page outside the brackets did not come through the catalogues.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from consulta.platform.paths import resource
from consulta.platform.web import language
from tests import apps
from tools import strings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OPEN, CLOSE = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}", "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OTHER = "àƀçđéƒğĥîĵķłɱñöþɋŕšŧûṽŵẋýžÀƁÇĐÉƑĞĤÎĴĶŁṀÑÖÞɊŔŠŦÛṼŴẊÝŽ"
_LETTERS = str.maketrans(_PLAIN, _OTHER)
_KEPT = re.compile(r"(%\(\w+\)[sd]|%%|%[sd]|<[^>]+>|\n)")
_LONGER = 0.4


def said(text: str) -> str:
    """A text as this language says it; placeholders stay, and stand outside the brackets."""
    parts = _KEPT.split(text)
    return "".join(part if at % 2 or not part.strip() else _chunk(part) for at, part in enumerate(parts))


def _chunk(text: str) -> str:
    inner = text.strip()
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if not any(sign.isalpha() for sign in inner):
        return text
    extra = math.ceil(len(inner) * _LONGER)
    padding = "".join(" " if at % 9 == 8 else "ø" for at in range(extra))
    return f"{before}{OPEN}{inner.translate(_LETTERS)}{padding}{CLOSE}{after}"


def speak(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an application made from now on speak it instead of both its languages."""
    texts = strings.read(strings.TEMPLATE)
    for name in strings.LANGUAGES:
        catalogue = Catalog(locale=name)
        for text in texts:
            if text.id:
                ids = (text.id,) if isinstance(text.id, str) else tuple(text.id)
                forms = tuple(said(one) for one in ids)
                catalogue.add(text.id, forms[0] if isinstance(text.id, str) else forms, context=text.context)
        target = folder / name / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(parents=True)
        with target.open("wb") as file:
            write_mo(file, catalogue)
    monkeypatch.setattr(apps, "_kept", {})
    for kept in ("_catalogue", "_words"):  # what was read before stays out, and this does not stay
        monkeypatch.setattr(language, kept, cache(getattr(language, kept).__wrapped__))
    monkeypatch.setattr(
        language, "resource", lambda asked: folder if asked == "translations" else resource(asked)
    )

"""What the pages of a panel say in sentences, one by one."""

from __future__ import annotations

from html import unescape
from typing import Any

from flask import current_app


def in_words(name: str, *given: Any) -> str:
    """Return what a macro of `panel/words.html` says, in the language of the request."""
    macros = current_app.jinja_env.get_template("panel/words.html").module
    return unescape(str(getattr(macros, name)(*given))).strip()

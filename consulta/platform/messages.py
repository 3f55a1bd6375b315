"""The sentences for all codes.

The layers below use codes (`ballot.theme`); their words are in `messages.toml` and nowhere else. The words
are English msgids; the caller that shows them passes in a translator.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib import resources


def N_(text: str) -> str:  # noqa: N802 - the mark that extraction looks for
    """Mark a text for translation and return it as it is."""
    return text


_TEXTS: dict[str, dict[str, str]] = tomllib.loads(
    (resources.files("consulta.platform") / "messages.toml").read_text(encoding="utf-8")
)
MESSAGES, REASONS = _TEXTS["messages"], _TEXTS["reasons"]


def sentence(code: str, params: Mapping[str, object], translate: Callable[[str], str] = N_) -> str:
    """Return the sentence of a problem, its reason (if it has one) put into words as well."""
    words = dict(params)
    if "reason" in words:
        words["reason"] = translate(REASONS[str(words["reason"])])
    return translate(MESSAGES[code]) % words

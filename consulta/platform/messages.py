"""The sentences for all codes.

Acts use codes (`ballot.theme`, `minutes.written`); the words of problems are in the `messages.toml` of
the wing that uses a code, in that of `platform` where several do; what the log tells of acts is in `log.toml`
of their wing. They are English msgids; the caller that shows them passes in a translator.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any


def N_(text: str) -> str:  # noqa: N802 - the mark that extraction looks for
    """Mark a text for translation and return it as it is."""
    return text


def _of_all_wings(name: str) -> dict[str, Any]:
    """Return what the files of a name in all wings hold, joined. Raise ValueError where two have a code."""
    found: dict[str, Any] = {}
    for wing in sorted(resources.files("consulta").iterdir(), key=lambda each: each.name):
        file = wing / name
        if not file.is_file():
            continue
        held = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := found.keys() & held:
            raise ValueError(f"{wing.name}/{name}: {sorted(twice)} is there already")
        found |= held
    return found


MESSAGES: dict[str, str] = _of_all_wings("messages.toml")
REASONS: dict[str, str] = _of_all_wings("reasons.toml")
ACTS: dict[str, str | dict[str, str]] = _of_all_wings("log.toml")
"""What the log tells of an act, without its subject; two sentences and the detail that is counted, or one."""


def sentence(code: str, params: Mapping[str, object], translate: Callable[[str], str] = N_) -> str:
    """Return the sentence of a problem, its reason (if it has one) put into words as well."""
    words = dict(params)
    if "reason" in words:
        words["reason"] = translate(REASONS[str(words["reason"])])
    return translate(MESSAGES[code]) % words

"""Governments as organisations name them: which State a word means, and how a local government is written.

It reads one name at a time and knows no rows.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem, or_problem
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.texts import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NATIONAL, LOCAL = "n", "l"
MOST = 3  # of each, for a theme
NAME_MAX = 120
_WITH_COUNTRY = re.compile(r"(.+?)\s*(?:\(([^()]+)\)|,\s*([^,]+))$")
Named = dict[str, dict[str, list[str]]]


class Place(NamedTuple):
    """A local government: its name, and its country where that was written."""

    name: str
    country: str | None

    @property
    def key(self) -> str:
        """Return what makes two of them the same."""
        return f"{fold(self.name)}|{self.country or ''}"


def state(text: str) -> str | None:
    """Return the code of the State that a text means in any language, or None."""
    said = fold(text)
    if not said:
        return None
    names = _names()
    if said in names:
        return names[said]
    begun = {code for name, code in names.items() if name.startswith(said) and len(said) > 3}  # noqa: PLR2004 - shorter ones begin many names
    return begun.pop() if len(begun) == 1 else None


@cache
def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for country in catalogue.countries():
        for name in (*country.name.values(), *country.aliases, country.iso2):
            found[fold(name)] = country.iso2
    return found


def place(text: str) -> Place:
    """Return the local government that a text names: "Tapachula (México)", "Tapachula, México" or the name.

    Problems: `answers.place`.
    """
    said = line(text)
    if not fold(said) or len(said) > NAME_MAX:
        raise Problem("answers.place", most=NAME_MAX)
    found = _WITH_COUNTRY.fullmatch(said)
    country = state(found[2] or found[3]) if found else None
    return Place(found[1], country) if found and country else Place(said, None)


def read(key: str, raw: Mapping[str, Sequence[str]], themes: Iterable[str]) -> Named:
    """Return the governments that a form names for each theme: codes of States, and local ones as written.

    Problems: `answers.state`, `answers.place`, `answers.most`.
    """
    found: Named = {}
    for theme in themes:
        states = [_state(each) for each in raw.get(f"{key}:{theme}:{NATIONAL}", ()) if each.strip()]
        places: dict[str, str] = {}
        for each in raw.get(f"{key}:{theme}:{LOCAL}", ()):
            if each.strip():
                places.setdefault(place(each).key, line(each))
        named = {NATIONAL: list(dict.fromkeys(states)), LOCAL: list(places.values())}
        if max(map(len, named.values())) > MOST:
            raise Problem("answers.most", most=MOST, count=max(map(len, named.values())))
        if any(named.values()):
            found[theme] = named
    return found


def _state(text: str) -> str:
    return or_problem(state(text), "answers.state", text=line(text)[:60])

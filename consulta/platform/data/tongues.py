"""The languages of the program, from `tongues.toml`, with all that depends on the language.

The languages that people on a panel speak are another list (`catalogue.languages`).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Joint:
    """A word such as "and", and what it becomes before words that begin with a sound (an expression)."""

    usual: str
    other: str = ""
    before: str = ""

    def word(self, following: str) -> str:
        """Return the word as it stands before `following`."""
        return self.other if self.before and re.match(self.before, following.casefold()) else self.usual


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language of the program, by its code (ISO 639-1); `tongues.toml` says what each field means."""

    code: str
    own: str
    locale: str
    desk: bool
    source: bool
    moment: str
    day: str
    brief: str
    hour: str
    day_brief: str
    there: str
    between: str
    thousands: str
    grouped: int
    decimal: str
    percent: str
    both: Joint
    either: Joint
    below: str
    short: tuple[str, ...]
    numbers: tuple[str, ...]
    feminine: Mapping[str, str] = field(hash=False)
    files: Mapping[str, str] = field(hash=False)
    cities: Mapping[str, str] = field(hash=False)
    of: Mapping[str, str] = field(hash=False)
    letters: Mapping[str, str] = field(hash=False)

    @property
    def language(self) -> str:
        """Return the language code of the locale, by which CLDR knows the words of the language."""
        return str(Locale.parse(self.locale).language)

    @property
    def direction(self) -> str:
        """Return the direction of writing, `ltr` or `rtl`, according to CLDR."""
        return _direction(self.locale)


@cache
def _direction(locale: str) -> str:
    return str(Locale.parse(locale).text_direction)


@cache
def by_code() -> Mapping[str, Tongue]:
    """Return code → language, in the order of the list."""
    text = (resources.files("consulta.platform.data") / "tongues.toml").read_text(encoding="utf-8")
    return {code: _tongue(code, row) for code, row in tomllib.loads(text).items()}


def codes() -> tuple[str, ...]:
    """Return the codes of all languages, in the order of the list."""
    return tuple(by_code())


def of(code: str) -> Tongue:
    """Return a language; KeyError where the program does not speak it."""
    return by_code()[code]


def source() -> Tongue:
    """Return the language in which the texts stand in the code."""
    return next(tongue for tongue in by_code().values() if tongue.source)


def with_desk(offered: Iterable[str]) -> tuple[str, ...]:
    """Return those of the languages `offered` in which there are pages of the secretariat."""
    return tuple(code for code in offered if of(code).desk)


def first_of(wanted: str, offered: tuple[str, ...]) -> str:
    """Return `wanted` where it is offered, else the first that is."""
    return wanted if wanted in offered else offered[0]


def _tongue(code: str, row: dict[str, Any]) -> Tongue:
    apart = {"and", "or", "desk", "source", "short", "numbers"}
    plain = {name: value for name, value in row.items() if name not in apart}
    return Tongue(
        code=code,
        desk=row.get("desk", False),
        source=row.get("source", False),
        short=tuple(row.get("short", ())),
        numbers=tuple(row["numbers"]),
        both=Joint(*row["and"]),
        either=Joint(*row["or"]),
        **{"feminine": {}, "files": {}, "cities": {}, "of": {}, "letters": {}, **plain},
    )

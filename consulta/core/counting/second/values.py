"""What only rounds of version 2 have: further rules, and titles in any languages, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from consulta.core.counting.second.tags import read_words
from consulta.core.values import Bundle, Moment, Name, Rules, Wholes

NUMBER = 2
"""The version, as rules name it."""

Words: TypeAlias = Annotated[Mapping[str, str], read_words]
TopicsRule: TypeAlias = Literal["shared", "order"]


@dataclass(frozen=True, slots=True)
class SecondRules(Rules):
    """The rules of section 1.1 with those that version 2 adds, and their defaults.

    `max_ballot`: thousandths of the whole that one ballot may be worth. `support_min`: how many ballots a
    category must have to be counted in support. `topics_rule`: how several topics are chosen.
    """

    version: int = NUMBER
    max_ballot: int = 30
    support_min: int = 3
    topics_rule: TopicsRule = "shared"


@dataclass(frozen=True, slots=True)
class SecondRound:
    """The round that is counted; `closed_at` is a moment with its zone, in ISO 8601."""

    key: Name
    title: Words
    closed_at: Moment


@dataclass(frozen=True, slots=True)
class SecondTheme:
    """A theme on the ballot, with the one to five objectives of the Compact that it stands for."""

    key: Name
    title: Words
    objectives: Wholes


@dataclass(frozen=True, slots=True)
class SecondBundle(Bundle):
    """A whole round of version 2."""

    round: SecondRound  # type: ignore[assignment]
    rules: SecondRules
    themes: tuple[SecondTheme, ...]  # type: ignore[assignment]

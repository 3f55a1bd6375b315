"""The members' list as pages show it: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from consulta.core.texts import Text
    from consulta.panel.values import InstitutionOnPanel


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact of an organisation."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    may_vote: bool
    active: bool


@dataclass(frozen=True, slots=True)
class MemberLine:
    """An organisation on the members' list; `voting`: how many of its contacts can vote for it."""

    id: int
    name: str
    country: str
    categories: Mapping[str, str]  # in every dimension, the country too
    names: Mapping[str, Text]  # of these categories
    base: int
    tags: tuple[str, ...]
    active: bool
    example: bool
    contacts: tuple[ContactView, ...]
    voting: int
    web: str = ""
    member_since: str | None = None


@dataclass(frozen=True, slots=True)
class PublicMember:
    """An organisation as any reader sees it; `since`: the day of its admission, where it is known."""

    name: str
    country: str
    sector: Text
    since: str | None
    web: str
    example: bool


@dataclass(frozen=True, slots=True)
class Namesake:
    """Another organisation that something looks like or is shared with."""

    id: int
    name: str
    country_name: Text


@dataclass(frozen=True, slots=True)
class MemberView:
    """An organisation with what should be known of it before it is changed."""

    line: MemberLine
    near: Namesake | None
    shared: tuple[tuple[str, tuple[Namesake, ...]], ...]  # addresses that other organisations have too
    open_rounds: tuple[Text, ...]  # open rounds that have it on their roll


@dataclass(frozen=True, slots=True)
class BulkDone:
    """An act on many organisations; `standing` are those in which nothing of it was changed since.

    `before` has what stood in each: whether it was active, its tags, or the key of its category.
    """

    number: int  # of its row in the log
    act: str
    value: str
    actor: str
    organisations: tuple[int, ...]
    standing: frozenset[int]
    before: Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class Votes:
    """The last rounds with a roll, the earliest first, and by organisation whether it voted in each.

    None stands for a round whose roll does not have it.
    """

    titles: tuple[Text, ...]
    of: Mapping[int, tuple[bool | None, ...]]


@dataclass(frozen=True, slots=True)
class RoundOfMember:
    """A round that has an organisation on its roll, under the key of its seat."""

    key: str
    title: Text
    seat: str
    voted: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class SessionOfMember:
    """A session in which people of an organisation took part."""

    key: str
    title: Text
    at: datetime
    zone: str
    people: int


@dataclass(frozen=True, slots=True)
class History:
    """What an organisation has taken part in, the newest first."""

    rounds: tuple[RoundOfMember, ...]
    panels: tuple[InstitutionOnPanel, ...]
    sessions: tuple[SessionOfMember, ...]

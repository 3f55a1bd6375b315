"""The members' list as pages show it: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.texts import Text


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact of an organisation."""

    id: int
    name: str
    email: str
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


@dataclass(frozen=True, slots=True)
class MembersView:
    """Members that match a search: one page of them, and the numbers of matches and of all."""

    lines: tuple[MemberLine, ...]
    found: int
    total: int
    silent: int  # active organisations on the whole list without a contact who may vote
    page: int
    pages: int
    open_lists: Mapping[str, tuple[str, ...]]  # by dimension with an open list, the categories there are


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
class MembersExport:
    """Organisations taken out of the list, with what a file of them says about itself."""

    lines: tuple[MemberLine, ...]
    made_at: datetime
    made_by: str

"""The members' list as pages show it: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.texts import Text


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

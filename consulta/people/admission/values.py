"""Applications as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.people.members.values import Namesake

ApplicationState = Literal[
    "unconfirmed", "sponsors", "review", "returned", "admitted", "declined", "withdrawn"
]


@dataclass(frozen=True, slots=True)
class PersonCommand:
    """A contact person of an organisation that applies."""

    name: str
    email: str
    phone: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationCommand:
    """What an organisation writes when it applies; the first person is the one who applies."""

    name: str
    country: str
    categories: Mapping[str, str]
    about: str
    people: tuple[PersonCommand, ...]
    sponsors: tuple[int, ...]  # ids of members
    language: str
    criteria: str  # those accepted, as they were shown
    other_names: str = ""
    web: str = ""
    accepts: bool = False
    consents: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that was found by a name; `exact`: the name is its own but for accents, case and spacing."""

    id: int
    name: str
    country: Text
    exact: bool


@dataclass(frozen=True, slots=True)
class SponsorView:
    """A member that is named as a sponsor, and what it answered."""

    number: int
    organisation_id: int
    organisation: str
    state: str
    active: bool
    who: str  # answered for it
    note: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application with all that was written, for the applicant and for the secretariat."""

    number: int
    version: int
    name: str
    other_names: str
    country: str
    names: Mapping[str, Text]  # of its categories, by dimension
    about: str
    web: str
    people: tuple[PersonCommand, ...]
    state: ApplicationState
    question: str
    answer: str
    reason: str
    admitted_on: str | None
    organisation_id: int | None
    made_at: datetime
    confirmed_at: datetime | None
    decided_at: datetime | None
    decided_by: str
    example: bool
    zone: str
    criteria: str
    sponsors: tuple[SponsorView, ...]  # those that count: not the replaced ones
    confirmed: int  # sponsors that confirmed and are members

    @property
    def over(self) -> bool:
        """Return whether there is nothing to be done any more by the applicant."""
        return self.state in {"admitted", "declined", "withdrawn"}


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of an application: what it was, to whom, and what became of it."""

    kind: str
    address: str
    state: str
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class DeskView:
    """An application as the secretariat decides on it."""

    application: ApplicationView
    near: tuple[Namesake, ...]  # members that may be the same
    twins: tuple[ApplicationView, ...]  # other applications that may be of the same organisation
    shared: tuple[tuple[str, str], ...]  # address, and the member of which it is a contact
    mails: tuple[SentMail, ...]
    may_undo: bool
    open_rounds: tuple[Text, ...]  # whose rolls are fixed: it does not vote in them


@dataclass(frozen=True, slots=True)
class SponsorDoor:
    """What a contact of a sponsor is asked."""

    application: ApplicationView
    sponsor: str
    reader: str
    state: str
    open: bool


@dataclass(frozen=True, slots=True)
class ContactDoor:
    """What a further contact of an admitted organisation is asked; `answered`: its choice, or empty."""

    organisation: str
    reader: str
    address: str
    answered: str
    votes: bool
    example: bool

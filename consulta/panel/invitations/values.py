"""What the desk and the person invited see of an invitation to the panel: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.invitations import Invited
    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.panel.dialogues.service import DialogueView
    from consulta.panel.values import BlockedPanel, NomineeLine, RuleRow
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of an invitation: its state, time, author and words.

    `who` is the name of a member of staff, else empty; `role` tells whether the person invited took the
    step.
    """

    state: Invited
    at: datetime
    role: str
    who: str
    note: str
    colleague: str
    colleague_contact: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person proposed in place of an invited one, with what may hold for both.

    Institution, role and language are those of the invited person.
    """

    name: str
    contact: str
    institution: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class GuestMail:
    """A mail to an invited person, with its state."""

    kind: str
    state: str
    at: datetime
    attempts: int
    reason: str | None
    said: str


@dataclass(frozen=True, slots=True)
class GuestLine:
    """An invited person: who it is, the state of the invitation and since when, and the newest mail."""

    number: int
    key: str
    name: str
    institution: str
    role: Text
    country: Text
    language: str
    email: str
    agrees: bool  # to be written to
    state: Invited
    since: datetime
    mail: GuestMail | None
    proposes: str  # whom they proposed in their place, where they did

    @property
    def reachable(self) -> bool:
        """Return whether mail may go to the person, and the newest mail is not known to have failed."""
        return bool(self.email) and self.agrees and (self.mail is None or self.mail.state != "failed")


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule of the panel and who keeps it: those who accepted, and those who have not said no."""

    rule: RuleRow
    waiting: int
    is_open: bool  # not met by those who accepted, and met if those who have not answered accept too


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who could take a place alone: what that does to the rules, and whether mail may go to them."""

    person: NomineeLine
    changes: tuple[RuleRow, ...]
    reachable: bool


@dataclass(frozen=True, slots=True)
class Again:
    """What choosing the panel again would bring: names that come and leave, or why it cannot be."""

    holding: str  # asked, accepted
    came: tuple[str, ...]
    left: tuple[str, ...]
    changes: tuple[RuleRow, ...]
    blocked: BlockedPanel | None
    refused: Problem | None

    @property
    def possible(self) -> bool:
        """Return whether there is such a panel."""
        return self.blocked is None and self.refused is None


@dataclass(frozen=True, slots=True)
class FreePlace:
    """A place on the panel whose person declined or did not answer, and who could take it, the best first."""

    number: int
    key: str
    name: str
    role: str  # of the person who leaves it
    reason: str  # declined, no_answer
    designated: bool  # outside of this tool, which names no substitute for them
    others: int  # how many more places are free
    substitutes: tuple[Substitute, ...]
    again: tuple[Again, ...]


@dataclass(frozen=True, slots=True)
class LeftView:
    """A person who left the panel, with the code of why; the name is empty if it was never public."""

    name: str
    role: Text
    reason: str


@dataclass(frozen=True, slots=True)
class ReplacementView:
    """People of the panel who were replaced: when, who left and why, who came, and what it changed."""

    version: int
    at: datetime
    left: tuple[LeftView, ...]
    came: tuple[str, ...]
    said: Text
    changes: tuple[RuleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class GuestsPage:
    """The invitations of a round: who is asked, how the panel stands, and what remains to be done."""

    round: RoundLine
    panel_version: int | None
    size: int
    topics: tuple[Text, ...]
    session: DialogueView | None
    guests: tuple[GuestLine, ...]
    standing: tuple[Standing, ...]
    come: tuple[str, ...]  # names on the decided panel that have no invitation yet
    leave: tuple[str, ...]  # names that are invited and not on it any more
    untold: int  # to how many the newest hours of the session have not been written
    unaware: int  # how many were not told that the published panel was replaced
    remindable: int  # how many have not answered and can be reminded now
    remind_from: datetime | None  # when the first of the others can be, who had a mail shortly before
    free: tuple[FreePlace, ...]
    replaced: tuple[ReplacementView, ...]  # the newest first
    over: bool  # the session has begun, or is cancelled
    example: bool

    @property
    def may_have_come(self) -> tuple[GuestLine, ...]:
        """Return the people of whom it can still be recorded that they took part.

        Empty before the session, and if it is cancelled.
        """
        held = self.over and self.session is not None and not self.session.cancelled
        states = {"accepted", "invited", "opened", "no_answer"}
        return tuple(guest for guest in self.guests if held and guest.state.value in states)

    @property
    def unasked(self) -> int:
        """Return how many people are proposed and can be written to."""
        return sum(guest.state.value == "proposed" and guest.reachable for guest in self.guests)

    def count(self, *states: str) -> int:
        """Return how many invitations are in one of these states."""
        return sum(guest.state.value in states for guest in self.guests)

    @property
    def unreached(self) -> tuple[GuestLine, ...]:
        """Return the people who are still to answer and whom mail cannot reach, or may not."""
        return tuple(
            guest
            for guest in self.guests
            if guest.state.value in {"proposed", "invited", "no_answer"} and not guest.reachable
        )


@dataclass(frozen=True, slots=True)
class GuestPage:
    """One invitation: its steps, its mails, and who could take the place."""

    round: RoundLine
    guest: GuestLine
    steps: tuple[StepView, ...]
    mails: tuple[GuestMail, ...]
    moves: tuple[Invited, ...]
    free: FreePlace | None
    panel_version: int | None
    over: bool  # the session has begun
    example: bool


@dataclass(frozen=True, slots=True)
class OwnInvitation:
    """An invitation as the person invited sees it."""

    number: int
    round_title: Text
    name: str
    person: str
    institution: str
    topics: tuple[Text, ...]
    session: DialogueView | None
    zone: str
    state: Invited
    since: datetime
    closed: str | None  # the code of why it takes no answer any more
    example: bool

"""What the secretariat sees of mail: frozen values, and never a personal link or a receipt code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.desk.reminders import PlannedReminder
    from consulta.platform.mailer.bounces import Step
    from consulta.rounds.letters.texts import MailTextView
    from consulta.rounds.letters.values import MailLine, MessageView
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many messages of one kind wait, were sent, failed, were not sent after all."""

    kind: str
    queued: int
    sent: int
    failed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class MailStatus:
    """How mail does in the whole house."""

    paused: bool
    held: bool  # since a backup was restored
    waiting: int
    stuck_since: datetime | None  # since when the mail server takes nothing, though it is tried
    last_attempt: datetime | None
    answered: bool  # the last attempt got an answer of the mail server
    last_said: str


@dataclass(frozen=True, slots=True)
class MailOverview:
    """The mail of one round."""

    status: MailStatus
    kinds: tuple[KindCount, ...]
    lost: tuple[Undelivered, ...]  # whom mail does not reach

    @property
    def refused(self) -> int:
        """Return the number of lost contacts to which no further attempt is made.

        The round's page shows this number as not delivered.
        """
        return sum(each.line.condition != "retrying" for each in self.lost)


@dataclass(frozen=True, slots=True)
class ContactMail:
    """All that was written to a contact in a round, the newest first."""

    line: MailLine
    paused: bool
    bounced_at: datetime | None
    bounce_reason: str
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A contact that mail does not reach: the code of the reason, and what can be done."""

    line: MailLine
    why: str
    steps: tuple[Step, ...]
    said: str
    since: datetime


# -- pages


@dataclass(frozen=True, slots=True)
class Ahead:
    """What happens without a click: `opening`, `reminder` or `closing`."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MailPage:
    """The mail of a round: what did not arrive, numbers, and what comes next."""

    round: RoundLine
    opened: bool
    overview: MailOverview
    lost: LostMail
    ahead: tuple[Ahead, ...]


@dataclass(frozen=True, slots=True)
class ContactPage:
    """All mail of a round to one contact, and whether votes are taken still."""

    round: RoundLine
    mail: ContactMail
    takes_votes: bool


@dataclass(frozen=True, slots=True)
class ThanksPage:
    """Whom thanks would go to: contacts of organisations that voted, less those who have theirs."""

    round: RoundLine
    organisations: int
    contacts: int
    sent: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A contact that mail does not reach; `alone` if no other contact of the organisation is reached."""

    mail: Undelivered
    alone: bool


@dataclass(frozen=True, slots=True)
class SilentSeat:
    """An organisation on the roll without a contact who may vote: no mail goes to it."""

    seat: str
    organisation_id: int
    organisation: str
    country_name: Text


@dataclass(frozen=True, slots=True)
class LostMail:
    """What did not arrive in a round, and who was not written to at all."""

    round: RoundLine
    takes_votes: bool
    lost: tuple[Missed, ...]
    unwritten: tuple[MailLine, ...]
    silent: tuple[SilentSeat, ...]
    again: int  # messages that failed and can be sent again as things stand


@dataclass(frozen=True, slots=True)
class Reported:
    """A contact that a pasted report names; `failed` where the report says that mail failed for good."""

    contact_id: int
    organisation: str
    contact: str
    email: str
    said: str
    failed: bool
    known: bool  # marked already


@dataclass(frozen=True, slots=True)
class ReportRead:
    """Content of a pasted report: the contacts in it, and how many addresses belong to no contact."""

    found: tuple[Reported, ...]
    strangers: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """A moment at which a reminder could be planned: days before the deadline, by the round's clocks."""

    days: int
    local: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RemindersPage:
    """The moments of reminding of a round, past and planned, and those that are proposed."""

    round: RoundLine
    planned: tuple[PlannedReminder, ...]
    proposed: tuple[Proposed, ...]
    may_plan: bool
    may_send: bool


@dataclass(frozen=True, slots=True)
class TextsPage:
    """The texts of a round's mails."""

    round: RoundLine
    texts: tuple[MailTextView, ...]
    readers: tuple[tuple[int, str, str], ...] = ()  # of one kind: contact's number, organisation and contact


@dataclass(frozen=True, slots=True)
class FileLine:
    """A mail that became a file."""

    number: int
    kind: str
    organisation: str
    contact: str
    email: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MailFile:
    """A mail as it lies in the data folder; `whole` where it is shown with its link, in an example."""

    round: RoundLine
    number: int
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    whole: bool

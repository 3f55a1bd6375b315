"""Whom an act would write to, before it is done: who, who not and why, and what the mail says.

It decides nothing: each act asks the same rows here that it will write to, so that the number on its page is
the number of messages that it queues. `MailKind.asked_on` names the pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.rounds import State
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer import readers as mail_readers
from consulta.platform.mailer.outbox import Holding, hindrance, holding, number_hindrance
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.readers import NO_CONTACT
from consulta.rounds import addresses
from consulta.rounds.letters import again as mail_again
from consulta.rounds.letters import service as letters
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.queries import rounds
from consulta.rounds.service import known

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import datetime

    from consulta.platform.models import Contact, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview

# Why nothing is sent, beside the codes of `mailer.readers`, `mailer.outbox.hindrance` and `letters.again`.
PROPOSED = "took_part"
OFFERED = 200  # people among whom one chooses whose mail is the sample


class Recipient(NamedTuple):
    """A person who would get a mail; `number` is that by which its preview is asked for."""

    number: int
    name: str
    organisation: str
    email: str
    language: str
    country: str  # "" where it is not known


class Readers(NamedTuple):
    """Who would be written to, and who not: pairs of a code of why, and a name."""

    kind: str
    people: Sequence[Recipient]
    left_out: Sequence[tuple[str, str]] = ()
    preview: Callable[..., Preview] = letters.preview
    again: datetime | None = None  # when the first of those left out can be written to, if that is known
    owed: int = 0  # how many of the people are written to at an address on file, also while mail is paused
    to_numbers: int = 0  # how many contacts get the link at their number too


Act = Callable[["Work", "Round"], Readers]
"""Whom an act would write to now."""


@dataclass(frozen=True, slots=True)
class MassMail:
    """What an act would write now; `languages` are those read first, with how many read each."""

    kind: str
    people: tuple[Recipient, ...]
    organisations: int
    languages: tuple[tuple[str, int], ...]  # the most read first
    first_readers: tuple[tuple[str, int], ...]  # of each of these languages, the number of who is first
    left_out: tuple[tuple[str, tuple[str, ...]], ...]  # code of why, names of organisations or people
    zones: tuple[str, ...]  # in which it is read
    reader: Recipient | None  # whose mail is the sample; None if the act writes to no one
    sample: Preview | None
    again: datetime | None = None  # when the first of those left out can be written to, if that is known
    holding: Holding = ""  # why mail waits now
    owed: int = 0  # how many would be written to while mail is paused
    to_numbers: int = 0  # how many contacts get the link at their number too

    @property
    def waits(self) -> int:
        """Return how many of the messages would wait, since mail is paused or held."""
        return self.count - self.owed if self.holding == "paused" else self.count if self.holding else 0

    @property
    def offered(self) -> tuple[Recipient, ...]:
        """Return the people whose mail can be chosen as the sample: the first of all, and the one chosen."""
        first = self.people[:OFFERED]
        return first if self.reader is None or self.reader in first else (self.reader, *first)

    @property
    def is_plain(self) -> bool:
        """Return whether the mail is about no round and has a text that can be changed."""
        return mail_texts.is_plain(mail_kinds.find(self.kind))

    @property
    def about_round(self) -> bool:
        """Return whether the mail is one of a round, whose text the round can change."""
        return mail_kinds.find(self.kind).readers != "others"

    @property
    def to_guests(self) -> bool:
        """Return whether it goes to people of the panel, and not to contacts of organisations."""
        return mail_kinds.find(self.kind).readers == "guests"

    @property
    def hours_entered(self) -> bool:
        """Return whether the mails have an hour that the form of the act asks for, and the sample has not."""
        return mail_kinds.find(self.kind).hours_entered

    @property
    def count(self) -> int:
        """Return how many messages the act would queue."""
        return len(self.people)


def foresee(
    work: Work,
    round_key: str,
    act: str | Act,
    post: Post,
    *,
    reader: int | None = None,
    language: str = "",
    alone: int | None = None,
) -> MassMail:
    """Return whom an act would write to now, whom not, and the mail as one of them would read it.

    `act` is a function or a key of `ACTS`, or the kind of a mail that goes to those on the roll, or `again`:
    `alone` is then the one message to send again (all failed ones if None). The sample is for the person with
    the number `reader`, else for the first who reads `language`, else for the first, in that person's
    language.

    Problems: `round.unknown`, `mail.unknown` (no such message to send again), those of `require_before`.
    """
    require(work, "mail.read")
    found = known(work, round_key)
    if act == "again":
        readers = _again(work, found, alone)
    else:
        readers = (act_named(act) if isinstance(act, str) else act)(work, found)
    return _foreseen(work, round_key, readers, post, reader, language)


def foresee_plain(
    work: Work,
    act: Callable[[Work], Readers],
    post: Post,
    *,
    reader: int | None = None,
    language: str = "",
) -> MassMail:
    """Return the same of an act that is about no round."""
    require(work, "mail.read")
    return _foreseen(work, "", act(work), post, reader, language)


def _foreseen(
    work: Work, round_key: str, readers: Readers, post: Post, reader: int | None, language: str
) -> MassMail:
    people = tuple(readers.people)
    languages = Counter(work.language(each.language) for each in people).most_common()
    firsts: dict[str, int] = {}
    for each in people:
        firsts.setdefault(work.language(each.language), each.number)
    numbers = (reader, firsts.get(language), *(each.number for each in people[:1]))
    by_number = {each.number: each for each in people}
    first = next((by_number[number] for number in numbers if number in by_number), None)
    left_out: dict[str, list[str]] = {}
    for why, name in readers.left_out:
        left_out.setdefault(why, []).append(name)
    countries = catalogue.countries_by_code()
    return MassMail(
        readers.kind,
        people,
        len({each.organisation for each in people}),
        tuple(languages),
        tuple((code, firsts[code]) for code, _count in languages),
        tuple((why, tuple(dict.fromkeys(names))) for why, names in left_out.items()),
        tuple(sorted({countries[each.country].zone for each in people if each.country in countries})),
        first,
        readers.preview(work, round_key, readers.kind, first.language, post, reader=first.number)
        if first
        else None,
        readers.again,
        holding(work),
        readers.owed,
        readers.to_numbers,
    )


Pair = tuple[str, str, "Contact"]
"""A contact with the name and the country of the organisation."""


def to_contacts(kind: str, chosen: Iterable[Pair], left_out: Iterable[tuple[str, str]] = ()) -> Readers:
    """Return the contacts who would get a mail; those whom mail cannot reach now are left out."""
    people, out, to_numbers = [], list(left_out), 0
    invites = mail_kinds.find(kind).invites
    for name, country, contact in chosen:
        why = hindrance(contact)
        to_numbers += invites and number_hindrance(contact) is None
        if why is None:
            people.append(Recipient(contact.id, contact.name, name, contact.email, contact.language, country))
        else:
            out.append((why, f"{contact.name} ({name})"))
    return Readers(kind, people, out, to_numbers=to_numbers)


def on_the_roll(kind: str) -> Act:
    """Return the act that writes to those on the roll to whom mails of this kind go (`mailer.readers`)."""

    def readers(work: Work, found: Round) -> Readers:
        chosen = mail_readers.on_the_roll(work, found, kind)
        out = mail_readers.left_out(work, found, kind, chosen)
        return to_contacts(kind, ((seat.name, seat.country, contact) for seat, contact in chosen), out)

    return readers


def _opening(work: Work, found: Round) -> Readers:
    return to_members(work, "invitation", addresses.never_decided(work.session), found.voters)


def to_members(
    work: Work,
    kind: str,
    held: Container[int] = (),
    voters: Mapping[str, Sequence[str]] = rounds.EVERYBODY,
) -> Readers:
    """Return the contacts of members who may vote, without those `held` until a change is decided.

    `voters` are those of a round that is about to open (`Round.voters`).
    """
    members = rounds.electorate(work.session, voters)
    chosen, out = [], []
    for member in members:
        voting = [each for each in member.contacts if each.active and each.may_vote]
        if not voting:
            out.append((NO_CONTACT, member.name))
        for each in voting:
            if each.id in held:
                out.append(("links.waiting", f"{each.name} ({member.name})"))
            else:
                chosen.append((member.name, member.country, each))
    return to_contacts(kind, chosen, out)


def _reminding(work: Work, found: Round) -> Readers:
    """Return who would be reminded now; of a draft, in which no organisation has voted, all."""
    if found.state == State.DRAFT.value:
        return to_members(work, "reminder", addresses.never_decided(work.session), found.voters)
    return on_the_roll("reminder")(work, found)


def _closing(work: Work, found: Round) -> Readers:
    """Return every address on file since the opening, also of contacts that were changed or deactivated."""
    people = [
        Recipient(each.contact_id, each.name, each.seat.name, each.address, each.language, each.seat.country)
        for each in addresses.told(work, found.id)
    ]
    return Readers("closing", people, owed=len(people))


def _again(work: Work, found: Round, alone: int | None = None) -> Readers:
    """Return the messages that can be sent again, and the others; the sample is of the first kind of them."""
    page = mail_again.again_page(work, found.key, alone)
    kind = page.ready[0].message.kind if page.ready else "invitation"
    return Readers(
        kind,
        [
            Recipient(to.id, to.name, each.seat.name, to.email, to.language, "")
            for each in page.ready
            for to in [each.contact]
        ],
        [
            (each.hindrance, f"{each.contact.name} ({each.seat.name})")
            for each in page.failed
            if each.hindrance
        ],
        owed=sum(each.message.to_address for each in page.ready),
    )


def _cancelling(work: Work, found: Round) -> Readers:
    """Return who is told that a round is cancelled: all who may vote; of a draft, who was written to."""
    if found.opened_at is not None:
        return on_the_roll("cancelled")(work, found)
    told = mail_queries.told(work.session, found.id)
    return to_contacts(
        "cancelled", [(each.organisation.name, each.organisation.country, each) for each in told]
    )


ACTS: Mapping[str, Act] = {
    "open": _opening,
    "remind": _reminding,
    "close": _closing,
    "cancel": _cancelling,
    "again": _again,
}


def act_named(name: str) -> Act:
    """Return the act with this name, or the one that writes mails of this kind to those on the roll."""
    return ACTS.get(name) or on_the_roll(mail_kinds.find(name).name)

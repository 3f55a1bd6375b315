"""Whom an act would write to, before it is done: how many, in which languages, and what the mail says.

It decides nothing: each act asks the same rows here that it will write to, so that the number on its page is
the number of messages that it queues. Who is held back, because mail to them is paused or did not arrive, is
counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from consulta.infra.access import require
from consulta.letters import again as mail_again
from consulta.letters import service as letters
from consulta.mailer.outbox import hindrance
from consulta.mailer.queries import mail as mail_queries
from consulta.mailer.queries import outbox as outbox_queries
from consulta.rounds.queries import rounds
from consulta.rounds.service import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.infra.models import Contact, Round
    from consulta.infra.work import Work
    from consulta.letters.service import Post, Preview


@dataclass(frozen=True, slots=True)
class MassMail:
    """What an act would write: `languages` are those read first, with how many read each."""

    kind: str
    count: int
    languages: tuple[tuple[str, int], ...]
    held_back: int  # paused, known not to be reached by mail, or without a consent to be written to
    sample: Preview | None  # None where nobody is written to


class Readers(NamedTuple):
    """Who would be written to: `first` is whose mail is the sample, and `preview` how that is made."""

    kind: str
    languages: list[str]
    held_back: int
    first: int | None
    preview: Callable[..., Preview] = letters.preview


Act = Callable[["Work", "Round"], Readers]
"""Whom an act would write to now."""


def foresee(
    work: Work, round_key: str, act: str | Act, post: Post, language: str = "", *, alone: int | None = None
) -> MassMail:
    """Return how many messages an act would queue now, in which languages, and a sample of the mail.

    `act` is a function or a key of `ACTS`, or `again`: `alone` is then the one message to send again
    (all failed ones if None). The sample has `language` first; it is None if there is no recipient.

    Problems: `round.unknown`, `mail.unknown` (no such message to send again), those of `require_before`.
    """
    require(work, "mail.read")
    found = known(work, round_key)
    readers = (
        _again(work, found, alone)
        if act == "again"
        else (ACTS[act] if isinstance(act, str) else act)(work, found)
    )
    sample = None
    if readers.languages:
        sample = readers.preview(work, round_key, readers.kind, language, post, reader=readers.first)
    return MassMail(
        readers.kind,
        len(readers.languages),
        tuple(sorted(Counter(readers.languages).items())),
        readers.held_back,
        sample,
    )


def _contacts(kind: str, contacts: Iterable[Contact]) -> Readers:
    chosen = list(contacts)
    reached = [each for each in chosen if hindrance(each) is None]
    return Readers(
        kind,
        [each.language for each in reached],
        len(chosen) - len(reached),
        reached[0].id if reached else None,
    )


def _on_the_roll(kind: str) -> Callable[[Work, Round], Readers]:
    def readers(work: Work, found: Round) -> Readers:
        return _contacts(kind, (who for _seat, who, _voted in outbox_queries.people(work.session, found.id)))

    return readers


def _opening(work: Work, _found: Round) -> Readers:
    return _contacts(
        "invitation",
        (
            contact
            for organisation in rounds.electorate(work.session)
            for contact in organisation.contacts
            if contact.active and contact.may_vote
        ),
    )


def _proposing(work: Work, found: Round) -> Readers:
    if found.state != "draft":  # beside the vote the ballot leads: nobody is written to
        return Readers("nomination", [], 0, None)
    return _contacts("nomination", mail_queries.unwritten(work.session, found.id, "nomination"))


def _thanking(work: Work, found: Round) -> Readers:
    thanked = mail_queries.newest_of_each(work.session, found.id, "thanks")
    people = outbox_queries.people(work.session, found.id)
    return _contacts("thanks", (who for _seat, who, voted in people if voted and who.id not in thanked))


def _again(work: Work, found: Round, alone: int | None = None) -> Readers:
    """Return the messages that can be sent again; the sample is of the first of them."""
    page = mail_again.again_page(work, found.key, alone)
    ready = page.ready
    return Readers(
        ready[0].kind if ready else "invitation",
        [each.language for each in ready],
        len(page.failed) - len(ready),
        ready[0].contact_id if ready else None,
    )


ACTS: Mapping[str, Act] = {
    "open": _opening,
    "extend": _on_the_roll("extension"),
    "publish": _on_the_roll("published"),
    "thank": _thanking,
    "propose": _proposing,
    "again": _again,
}

"""Whom an act would write to, before it is done: how many, in which languages, and what the mail says.

It decides nothing: each act asks the same rows here that it will write to, so that the number on its page is
the number of messages that it queues. Who is held back, because mail to them is paused or did not arrive, is
counted apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.services import guest_letters, guests, letters, mail_again, mail_kinds
from consulta.services.access import require
from consulta.services.outbox import hindrance
from consulta.store import mail as mail_rows
from consulta.store import nominations, rounds
from consulta.store import outbox as rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from consulta.services.letters import Post, Preview
    from consulta.services.work import Work
    from consulta.store.models import Contact, Invitation, Round


@dataclass(frozen=True, slots=True)
class MassMail:
    """What an act would write: `languages` are those read first, with how many read each."""

    kind: str
    count: int
    languages: tuple[tuple[str, int], ...]
    held_back: int  # paused, known not to be reached by mail, or without a consent to be written to
    sample: Preview | None  # None where nobody is written to


class _Readers(NamedTuple):
    kind: str
    languages: list[str]
    held_back: int
    first: int | None  # the contact or the invitation whose mail is the sample


def foresee(
    work: Work, round_key: str, act: str, post: Post, language: str = "", *, alone: int | None = None
) -> MassMail:
    """What `act`, a key of `ACTS`, would write now; the sample has `language` first.

    `alone` is the one message that is sent again. Problems: `round.unknown`, those of `require_before`.
    """
    require(work, "mail.read")
    found = rounds.find(work.session, round_key)
    if found is None:
        raise Problem("round.unknown", key=round_key)
    readers = _again(work, found, alone) if act == "again" else ACTS[act](work, found)
    sample = None
    if readers.languages:
        to_guests = mail_kinds.find(readers.kind).readers == "guests"
        preview = guest_letters.preview if to_guests else letters.preview
        sample = preview(work, round_key, readers.kind, language, post, reader=readers.first)
    return MassMail(
        readers.kind,
        len(readers.languages),
        tuple(sorted(Counter(readers.languages).items())),
        readers.held_back,
        sample,
    )


def _contacts(kind: str, contacts: Iterable[Contact]) -> _Readers:
    everybody = list(contacts)
    reached = [each for each in everybody if hindrance(each) is None]
    return _Readers(
        kind,
        [each.language for each in reached],
        len(everybody) - len(reached),
        reached[0].id if reached else None,
    )


def _guests(kind: str, invited: Iterable[Invitation]) -> _Readers:
    everybody = list(invited)
    reached = [each for each in everybody if guest_letters.may_be_written_to(each.nominee)]
    return _Readers(
        kind,
        [each.nominee.language for each in reached],
        len(everybody) - len(reached),
        reached[0].id if reached else None,
    )


def _on_the_roll(kind: str) -> Callable[[Work, Round], _Readers]:
    def readers(work: Work, found: Round) -> _Readers:
        return _contacts(kind, (who for _seat, who, _voted in rows.people(work.session, found.id)))

    return readers


def _opening(work: Work, _found: Round) -> _Readers:
    return _contacts(
        "invitation",
        (
            contact
            for organisation in rounds.electorate(work.session)
            for contact in organisation.contacts
            if contact.active and contact.may_vote
        ),
    )


def _proposing(work: Work, found: Round) -> _Readers:
    if found.state != "draft":  # beside the vote the ballot leads: nobody is written to
        return _Readers("nomination", [], 0, None)
    return _contacts("nomination", nominations.unwritten(work.session, found.id))


def _thanking(work: Work, found: Round) -> _Readers:
    thanked = mail_rows.newest_of_each(work.session, found.id, "thanks")
    people = rows.people(work.session, found.id)
    return _contacts("thanks", (who for _seat, who, voted in people if voted and who.id not in thanked))


def _inviting(work: Work, found: Round) -> _Readers:
    guests.require_before(work, found)
    return _guests("panel_invitation", guests.to_invite(work, found))


def _reminding(work: Work, found: Round) -> _Readers:
    guests.require_before(work, found)
    return _guests("panel_reminder", guests.to_remind(work, found))


def _again(work: Work, found: Round, alone: int | None = None) -> _Readers:
    """Of what failed, what goes out again; the sample is of the first kind of it."""
    page = mail_again.again_page(work, found.key, alone)
    ready = page.ready
    return _Readers(
        ready[0].kind if ready else "invitation",
        [each.language for each in ready],
        len(page.failed) - len(ready),
        ready[0].contact_id if ready else None,
    )


ACTS: Mapping[str, Callable[[Work, Round], _Readers]] = {
    "open": _opening,
    "extend": _on_the_roll("extension"),
    "publish": _on_the_roll("published"),
    "thank": _thanking,
    "propose": _proposing,
    "invite": _inviting,
    "remind_panel": _reminding,
    "tell_panel": lambda work, found: _guests("panel_session", guests.to_tell(work, found)),
    "again": _again,
}

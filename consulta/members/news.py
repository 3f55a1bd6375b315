"""What the contacts of a member are told of what staff do with it, and with who is reached there.

While a round has it open, the notices of `changes.service` tell of contacts. Between rounds nothing waits: so
the address that is given up, and the other contacts, read it at once, long before the next vote. An import
writes to no contact: its page and the log have what it changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.addresses.queries import changes
from consulta.mailer.outbox import PlainLetter, hindrance, queue_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.infra.models import Contact, Organisation
    from consulta.infra.work import Work

KIND = "own_data_changed"


def changed(work: Work, member: Organisation, contact: Contact, what: str, former: str = "") -> None:
    """Tell the other contacts, and an address that is given up, what staff did with a contact.

    `what` names a sentence (`own_...`) of the words of mails. A change by a contact is told by `own_data`.
    """
    if work.actor.staff_id is None or changes.open_seats(work.session, member.id):
        return
    letters = [_letter(work, each, each.email, what, contact.name) for each in _others(member, contact)]
    if former:
        letters.append(_letter(work, contact, former, what, contact.name))
    queue_plain(work, letters)


def of_member(work: Work, member: Organisation, what: str) -> None:
    """Tell the contacts of an organisation what staff did with it: it is on no later roll, or on it again.

    `what` is as in `changed`. It is told while a round is open too: no other notice tells of it.
    """
    if work.actor.staff_id is not None:
        readers = [each for each in member.contacts if hindrance(each) is None]
        queue_plain(work, [_letter(work, each, each.email, what, member.name) for each in readers])


def _others(member: Organisation, contact: Contact) -> Iterator[Contact]:
    return (each for each in member.contacts if each.id != contact.id and hindrance(each) is None)


def _letter(work: Work, reader: Contact, address: str, what: str, about: str) -> PlainLetter:
    """Return the mail to one address, which may have been given up."""
    member, when = reader.organisation, round(work.now.timestamp() * 1000)
    return PlainLetter(
        KIND,
        reader.name,
        member.name,
        member.country,
        address,
        reader.language,
        f"{KIND}:desk:{what}:{reader.id}:{address}:{when}",
        None,
        {"what": what, "desk": True, "about": about},
        reader if address == reader.email and reader.active else None,
    )

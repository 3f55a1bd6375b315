"""What in a members' file should be looked at twice, though it may well be right.

Decides which organisations may be one written twice, which addresses are shared, and who could not vote. A
remark leaves no row out and merges nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.platform.labels import name_of
from consulta.platform.likeness import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consulta.people.members.plan import Draft
    from consulta.platform.importing.cells import Notes
    from consulta.platform.models import Organisation

NAMED = 3  # how many organisations a sentence names


class _Owner(NamedTuple):
    """Who has a name: an organisation on the list (no row) or in the file."""

    name: str
    country: str
    row: str | None


def remark(drafts: Sequence[Draft], members: Sequence[Organisation], notes: Notes) -> None:
    """Note all that is remarkable about `drafts`, beside the organisations on the list."""
    _silent(drafts, notes)
    _look_alikes(drafts, members, notes)
    _shared_addresses(drafts, members, notes)


def _silent(drafts: Iterable[Draft], notes: Notes) -> None:
    for draft in drafts:
        if draft.existing is not None and not draft.existing.active:
            notes.warn(draft.row, "organisation", Problem("row.inactive"))
        elif not draft.can_vote():
            notes.warn(draft.row, "email", Problem("row.no_contact"))
        for contact in draft.contacts:
            if contact.existing is not None and not contact.existing.active:
                notes.warn(contact.row, "email", Problem("row.contact_inactive", email=contact.email))


def _look_alikes(drafts: Iterable[Draft], members: Iterable[Organisation], notes: Notes) -> None:
    new = [draft for draft in drafts if draft.existing is None]
    names: Names[_Owner] = Names()
    for member in members if new else ():
        names.add(member.name, member.country, _Owner(member.name, member.country, None))
    for draft in new:
        near = names.near(draft.name, draft.country)
        if near is not None:
            notes.warn(draft.row, "organisation", _near(near))
        elsewhere = names.elsewhere(draft.name, draft.country)
        if elsewhere is not None:
            notes.warn(draft.row, "organisation", _elsewhere(elsewhere))
        names.add(draft.name, draft.country, _Owner(draft.name, draft.country, draft.row))


def _near(owner: _Owner) -> Problem:
    if owner.row is None:
        return Problem("row.near_on_list", name=owner.name)
    return Problem("row.near_in_file", name=owner.name, other=owner.row)


def _elsewhere(owner: _Owner) -> Problem:
    country = name_of("country", owner.country)
    if owner.row is None:
        return Problem("row.elsewhere_on_list", country=country)
    return Problem("row.elsewhere_in_file", country=country, other=owner.row)


def _shared_addresses(drafts: Sequence[Draft], members: Iterable[Organisation], notes: Notes) -> None:
    owners: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for member in members:
        for known in member.contacts:
            if known.active:
                owners[known.email][member.name_key, member.country] = member.name
    drafted = [(draft, contact) for draft in drafts for contact in draft.contacts]
    for draft, contact in drafted:
        owners[contact.email][draft.key] = draft.name
    for draft, contact in drafted:
        others = [name for key, name in owners[contact.email].items() if key != draft.key]
        if others:
            notes.warn(contact.row, "email", _shared(contact.email, others))


def _shared(email: str, others: Sequence[str]) -> Problem:
    names = ", ".join(f"“{name}”" for name in others[:NAMED]) + (", …" if len(others) > NAMED else "")
    return Problem("row.address_shared", email=email, organisations=names)

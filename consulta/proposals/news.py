"""Mail to the contact who made a proposal: each decision about it once, and its reversal.

This module decides whether there is a decision to tell. The text is made when the mail is sent
(`letters`), unless the decision changed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.proposals import queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.infra.models import Nomination
    from consulta.infra.work import Work

KIND = "proposal"
SAID = ("decision", "reason", "into")  # what of the facts makes two mails the same


def is_told(row: Nomination) -> bool:
    """Return whether mail can be sent to the contact who made this proposal."""
    return row.contact is not None and row.contact.may_vote and hindrance(row.contact) is None


def tell(work: Work, decided: Iterable[Nomination]) -> int:
    """Queue mail on each decision to the contact who made the proposal; return how many.

    A decision that was told already is not told again; that a proposal waits again is told only if the
    decision was told.
    """
    rows_decided = list(decided)
    work.session.flush()
    for row in rows_decided:
        work.session.expire(row, ["nominee"])  # who it became was written as a number
    letters = [letter for row in rows_decided if (letter := _letter(work, row)) is not None]
    queue_for_members(work, letters)
    return len(letters)


def is_current(row: Nomination | None, facts: Mapping[str, Any]) -> bool:
    """Return whether a message about a proposal still says the present state."""
    return row is not None and _same(facts, _facts(row))


def _letter(work: Work, row: Nomination) -> MemberLetter | None:
    if row.contact is None or not is_told(row):
        return None
    before = [
        each
        for each in queries.told(work.session, row.round_id, row.contact.id, KIND)
        if each.facts["nomination"] == row.id
    ]
    facts = _facts(row)
    holding = [
        each
        for each in before
        if each.state == "sent" or (each.state == "queued" and _same(each.facts, facts))
    ]
    last = holding[-1].facts if holding else {"decision": "waiting", "reason": "", "into": ""}
    if _same(last, facts):
        return None
    once = f"{KIND}:{row.id}:{row.contact.id}:{len(before)}"
    return MemberLetter(KIND, row.round, row.contact, once, None, facts)


def _facts(row: Nomination) -> dict[str, Any]:
    return {
        "nomination": row.id,
        "decision": row.state,
        "reason": row.reason,
        "into": row.nominee.name if row.nominee and row.state == "merged" else "",
        "on_ballot": bool(row.nominee and row.nominee.on_ballot) and row.round.opened_at is None,
    }


def _same(told: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    return all(told[name] == facts[name] for name in SAID)

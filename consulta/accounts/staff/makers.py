"""Which accounts go back to one another: two such accounts are not two persons.

For seven days an account goes back to whoever invited it, gave it a role, enabled it or sent it a link, to
whoever confirmed that, and to those to whom these go back. Two accounts where one goes back to the other, or
both to the same one, do not confirm each other's acts, while there is a person beside them who does not go
back to the one who asks, or who was there before the newer of the two. So the first two accounts of an
installation can act together, and an account that one of two persons made takes nobody's place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.accounts.staff import queries, service
from consulta.core.problems import Problem
from consulta.platform import access
from consulta.platform.accounts import service as accounts

if TYPE_CHECKING:
    from consulta.platform.models import Staff
    from consulta.platform.work import Work

HELD = timedelta(days=7)  # after a person made an account, or ended another one's rights
ENDED = ("staff.disabled", "staff.role")
MADE = ("staff.added", "staff.enabled", "staff.role", "staff.link_sent")


def require_two(work: Work, asker: int | None, action: str, second: str = "") -> None:
    """Raise Problem `act.made` where the actor and who asked for an act do not count as two persons.

    `second` is the action of the confirming person, where it is another one. A command asks as nobody.
    """
    me = work.actor.staff_id
    if asker is not None and me is not None and are_one(work, asker, me, action, second):
        raise Problem("act.made", days=HELD.days)


def are_one(work: Work, asker: int, confirmer: int, action: str, second: str = "") -> bool:
    """Return whether two accounts do not count as two persons for an action: see the module."""
    made = queries.changes_of_accounts(work.session, MADE, work.now - HELD)
    back = _goes_back(made)
    if not back[asker] & back[confirmer]:
        return False
    if is_held(work, action):
        return True
    first = {subject: place for place, (_maker, subject) in reversed(list(enumerate(made, 1)))}
    newer = max(first.get(asker, 0), first.get(confirmer, 0))
    return any(
        not back[each.id] & back[asker] or first.get(each.id, 0) < newer
        for each in able(work, second or action)
        if each.id not in {asker, confirmer}
    )


def able(work: Work, action: str) -> list[Staff]:
    """Return the people who could do or confirm an act: active, begun, and allowed to do it."""
    roles = [role for role in ("mail", "secretariat", "admin") if role in access.ACTIONS.get(action, ())]
    return [each for each in queries.active(work.session, roles) if service.has_begun(each)]


def is_held(work: Work, action: str) -> bool:
    """Return whether a person took the right to an action from an account within the last days.

    As far as it is known: an account whose role changed may have had another one before.
    """
    roles = access.ACTIONS.get(action, frozenset())
    for what in ENDED:
        for _who, number in queries.changes_of_accounts(work.session, (what,), work.now - HELD):
            person = accounts.person(work, number)
            if (
                (person.role not in roles)
                if what == "staff.role"
                else (person.role in roles and not person.active)
            ):
                return True
    return False


class _GoesBack(dict[int, frozenset[int]]):
    """By account, itself and those to which it goes back: one that nobody made, to itself alone."""

    def __missing__(self, account: int) -> frozenset[int]:
        return frozenset({account})


def _goes_back(made: list[tuple[int, int]]) -> _GoesBack:
    """Return to which accounts each goes back, from pairs of a maker and the account that it made."""
    back = _GoesBack()
    changed = True
    while changed:
        changed = False
        for maker, subject in made:
            both = back[subject] | back[maker]
            changed = changed or both != back[subject]
            back[subject] = both
    return back

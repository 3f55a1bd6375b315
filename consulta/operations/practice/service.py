"""Practices as the desk asks for them: one at a time, made and deleted by the worker, in the log for ever.

This module decides what a practice may be made of, and when it can be entered or deleted. Rounds are never
touched here: there is no way from a round to these acts.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.operations.practice import queries
from consulta.operations.practice.values import Account, Choices, FoundMembers, PracticeView
from consulta.platform.access import require
from consulta.platform.data.folding import fold
from consulta.platform.models import Practice
from consulta.platform.texts import line
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from consulta.operations.practice.values import PracticeCommand
    from consulta.platform.models import Organisation, Staff
    from consulta.platform.work import Work

MOST = 8  # organisations beside the team
FEWEST = 2  # who vote
SHOWN = 20  # organisations that a search shows
TITLE_MAX = 120
KEY_BYTES = 10


def choices(work: Work) -> Choices:
    """Return what a practice can be made of."""
    require(work, "rounds.read")
    return Choices(
        rounds=tuple(
            (each.key, work.best(each.title, work.languages[0])) for each in rounds.list_rounds(work)
        ),
        staff=tuple((each.id, each.name or each.email) for each in queries.desk(work.session)),
    )


def find_members(work: Work, text: str, chosen: Collection[int]) -> FoundMembers:
    """Return the organisations with these numbers, and others whose name has all words of a text.

    These are `SHOWN` at most, and have a contact who can vote. Without a text none are found.
    """
    require(work, "rounds.read")
    words = fold(text).split()
    found = queries.voting(work.session, words, SHOWN + len(chosen) + 1) if words else []
    fresh = [each for each in found if each.id not in chosen]
    kept = queries.organisations(work.session, [*chosen][:SHOWN])
    return FoundMembers(
        tuple((each.id, written(each)) for each in kept),
        tuple((each.id, written(each)) for each in fresh[:SHOWN]),
        more=len(fresh) > SHOWN,
    )


def written(member: Organisation) -> str:
    """Return how an organisation is written where one is chosen: `Red del Sur (PE)`."""
    return f"{member.name} ({member.country})"


def look(work: Work) -> PracticeView | None:
    """Return the practice that there is, or None."""
    require(work, "rounds.read")
    row = queries.live(work.session)
    return None if row is None else _view(work, row)


def ask(work: Work, command: PracticeCommand, token_bytes: Callable[[int], bytes]) -> str:
    """Ask for a practice, which the worker makes within seconds, and return its key.

    Problems: `practice.exists`, `practice.title`, `practice.member` (an organisation cannot vote any more),
    `practice.many`, `practice.few`, `round.unknown`.
    """
    require(work, "rounds.write")
    if queries.live(work.session, hold=True) is not None:
        raise Problem("practice.exists")
    title = line(command.title)
    if not 1 <= len(title) <= TITLE_MAX:
        raise Problem("practice.title", most=TITLE_MAX)
    if command.source:
        rounds.known(work, command.source)
    members = _chosen(work, command.members)
    team = {each.id for each in queries.desk(work.session)} & set(command.staff)
    if len(members) + len(team) < FEWEST:
        raise Problem("practice.few", fewest=FEWEST)
    key = base64.b32encode(token_bytes(KEY_BYTES)).decode().lower()[:12]
    row = Practice(
        key=key,
        state="asked",
        live=True,
        title=title,
        asked={"source": command.source, "staff": sorted(team), "members": members},
        staff_id=work.actor.staff_id,
        made_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.record("practice.asked", _subject(row), {"team": len(team), "members": len(members)})
    return key


def delete(work: Work, key: str) -> None:
    """Delete a practice: from now on no address of it works, and the worker deletes its place.

    Problem: `practice.unknown` if there is none of this key.
    """
    require(work, "rounds.write")
    row = queries.live(work.session, hold=True)
    if row is None or row.key != key:
        raise Problem("practice.unknown")
    row.state, row.live, row.deleted_at = "deleted", None, work.now
    row.title, row.asked = "", {}
    work.record("practice.deleted", _subject(row))


def account(work: Work, key: str) -> Account:
    """Return the actor's account, for a practice that can be entered. Problem: `practice.unknown`."""
    require(work, "rounds.read")
    mine = next((each for each in queries.desk(work.session) if each.id == work.actor.staff_id), None)
    if mine is None or not queries.is_ready(work.session, key):
        raise Problem("practice.unknown")
    return account_of(mine)


def entered(work: Work, key: str) -> None:
    """Record that the actor went into a practice. Problem: `practice.unknown`."""
    require(work, "rounds.read")
    row = queries.live(work.session)
    if row is None or row.key != key:
        raise Problem("practice.unknown")
    work.record("practice.entered", _subject(row))


def account_of(person: Staff) -> Account:
    """Return an account as a practice takes it over."""
    return Account(person.email, person.name, person.role, person.language, person.password_hash)


# -- done by the worker


def waiting(work: Work) -> list[str]:
    """Return the keys of the practices that are to be made."""
    return [each.key for each in queries.in_state(work.session, "asked")]


def leaving(work: Work) -> list[str]:
    """Return the keys of the practices whose places are to be deleted."""
    return [each.key for each in queries.in_state(work.session, "deleted")]


def ready(work: Work) -> list[str]:
    """Return the keys of the practices that can be entered: one, or none."""
    return [each.key for each in queries.in_state(work.session, "ready")]


def is_ready(work: Work, key: str) -> bool:
    """Return whether the practice of this key can be entered."""
    return queries.is_ready(work.session, key)


def settle(work: Work, key: str, *, made: bool) -> bool:
    """Say that a practice was made or could not be; return whether it is still wanted."""
    row = queries.by_key(work.session, key)
    if row is None or row.state != "asked":
        return False
    row.state = "ready" if made else "failed"
    work.record("practice.made" if made else "practice.failed", _subject(row))
    return True


def gone(work: Work, key: str) -> None:
    """Say that the place of a deleted practice is deleted."""
    row = queries.by_key(work.session, key)
    if row is not None and row.state == "deleted":
        row.state = "gone"
        work.record("practice.gone", _subject(row))


def _subject(row: Practice) -> str:
    return f"practice:{row.id}"


def _chosen(work: Work, members: Sequence[int]) -> list[int]:
    """Return the numbers of organisations, each once, in the order in which they were chosen."""
    chosen = [*dict.fromkeys(members)]
    if len(chosen) > MOST:
        raise Problem("practice.many", most=MOST)
    known = {each.id: each for each in queries.organisations(work.session, chosen)}
    for each in chosen:
        member = known.get(each)
        if member is None or not queries.can_vote(member):
            raise Problem("practice.member", name=written(member) if member else str(each))
    return chosen


def _view(work: Work, row: Practice) -> PracticeView:
    members = queries.organisations(work.session, row.asked["members"])
    state = {"asked": "asked", "ready": "ready"}.get(row.state, "failed")
    return PracticeView(
        key=row.key,
        title=row.title,
        state=state,  # type: ignore[arg-type]  # one of the three
        by=row.staff.name if row.staff else "",
        made_at=row.made_at,
        staff=len(row.asked["staff"]),
        members=tuple(each.name for each in members),
    )

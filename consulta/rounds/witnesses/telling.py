"""Heads of the log for scrutineers by mail, so that others than the installation hold them.

A scrutineer is told at the opening, the closing and the publication of each round, and once a day while it is
open, with all heads taken since the last such mail; by the setting also each hour, or only at these acts, or
never. Each mail is written once, whichever worker finds it due.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from consulta.platform.access import require
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.mailer.outbox import queue_plain, to_staff
from consulta.rounds.witnesses import queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.models import Head, Staff
    from consulta.platform.settings import HeadMails
    from consulta.platform.work import Work

HOUR = 7  # of the secretariat's zone, from when on the mail of a day goes
RECENT = timedelta(days=3)  # heads of before are told no more: an upgrade does not write about old rounds
MOST = 30  # heads in one mail
KIND = "log_heads"
NOTICE = "staff_notice"  # of `staff`, whose words say it


class Due(NamedTuple):
    """A mail that is due: its name, why it is sent, of which round, to whom, up to which head."""

    once: str
    why: str
    round: str
    staff: Staff
    head: Head


def due(work: Work, rhythm: HeadMails) -> tuple[str, ...]:
    """Return the names of the mails that are due and not written yet."""
    require(work, "mail.send")
    if rhythm == "no":
        return ()
    found = [each.once for each in _due(work, rhythm)]
    written = queries.written(work.session, found)
    return tuple(name for name in dict.fromkeys(found) if name not in written)


def tell(work: Work, once: str, rhythm: HeadMails) -> bool:
    """Write the mail of this name, where it is still due; return whether it was written."""
    require(work, "mail.send")
    found = next((each for each in _due(work, rhythm) if each.once == once), None)
    if found is None or queries.written(work.session, [once]):
        return False
    before = queries.last_told(work.session, found.staff.id, KIND)
    heads = queries.heads_after(work.session, before, found.head.id, MOST)
    facts = {"why": found.why, "round": found.round, "heads": [each.id for each in heads]}
    queue_plain(work, [to_staff(work, KIND, found.staff, once, facts)])
    return True


def ended(work: Work, name: str) -> None:
    """Tell that a person ended a witness: to the scrutineers of all rounds and to the secretariat.

    With a stolen password it was another person than the one in whose name it was done, who is told too.
    """
    if work.actor.staff_id is None:
        return
    people = {each.id: each for each in queries.secretariat(work.session)}
    people |= {person.id: person for person, _rounds in queries.scrutineers(work.session)}
    facts = {"what": "witness_ended", "who": work.actor.name, "act": dict.fromkeys(work.languages, name)}
    when = round(work.now.timestamp() * 1000)
    queue_plain(
        work,
        [
            to_staff(work, NOTICE, person, f"{NOTICE}:{person.id}:{when}:witness_ended", facts)
            for person in people.values()
        ],
    )


def _due(work: Work, rhythm: HeadMails) -> Iterator[Due]:
    """Yield the mails of now, also those that are written: acts of the last days, then that of today."""
    scrutineers = queries.scrutineers(work.session)
    if not scrutineers:
        return
    for head, key in queries.heads_of_acts(work.session, work.now - RECENT):
        for person, rounds in scrutineers:
            if key in rounds:
                yield Due(f"{KIND}:{head.id}:{person.id}", head.reason, key, person, head)
    newest = queries.newest_head(work.session)
    part = _part(work, newest, rhythm) if newest is not None else ""
    if newest is None or not part:
        return
    opened = queries.open_rounds(work.session)
    for person, rounds in scrutineers:
        if key := next((key for key in opened if key in rounds), ""):
            yield Due(f"{KIND}:{part}:{person.id}", "open", key, person, newest)


def _part(work: Work, newest: Head, rhythm: HeadMails) -> str:
    """Return what names the mail of this day or hour while a round is open; empty where none is due."""
    there = work.now.astimezone(ZoneInfo(DEFAULT_ZONE))
    if rhythm == "acts" or newest.at < work.now - RECENT:
        return ""
    if rhythm == "hourly":
        return str(newest.id)
    return f"day:{there.date().isoformat()}" if there.hour >= HOUR else ""

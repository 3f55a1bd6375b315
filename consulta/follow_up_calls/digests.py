"""One mail a day with what changed, to those who follow it; a change is told once, in its last state.

Which reports a reader was told of is written in the transaction that writes the mail: a worker that is
killed leaves both or neither. Contacts who may vote follow their country, and institutions what is addressed
to them, until they end it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from consulta.focal_points.service import today
from consulta.follow_up import service as follow_up
from consulta.follow_up_calls import news, queries
from consulta.follow_up_calls.following import ERASED
from consulta.infra.access import require
from consulta.infra.deadlines import DEFAULT_ZONE
from consulta.infra.models import FollowUpDigest, FollowUpReader, FollowUpTold
from consulta.mailer.outbox import hindrance

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from consulta.infra.models import Report
    from consulta.infra.work import Work

HOUR = 7  # of the secretariat's zone, from when on digests go
DONE = "done:"
Voice = tuple[int, str, str, str]


@dataclass
class Follower:
    """An address, and since when it follows each thing."""

    email: str
    name: str = ""
    language: str = ""
    follows: dict[str, datetime] = field(default_factory=dict)

    def add(self, what: str, since: datetime) -> None:
        """Let it follow something since then."""
        self.follows[what] = min(since, self.follows.get(what, since))


def due(work: Work) -> tuple[str, ...]:
    """Return the addresses that are to be told today, and at last the mark that the day is done.

    Nothing before the hour of digests, and nothing once the day is done.
    """
    require(work, "mail.send")
    day = today(work)
    if work.now.astimezone(ZoneInfo(DEFAULT_ZONE)).hour < HOUR or queries.digest_of(work.session, day):
        return ()
    told = [each.email for each in _followers(work).values() if _changes(work, each)]
    return (*sorted(told), f"{DONE}{day}")


def tell(work: Work, key: str) -> int:
    """Write the digest of an address, or the mark that the day is done; return how many mails."""
    require(work, "mail.send")
    queries.hold(work.session)
    if key.startswith(DONE):
        _finish(work, key.removeprefix(DONE))
        return 0
    follower = _followers(work, key).get(key)
    day = today(work)
    if follower is None:
        return 0
    reader = queries.reader_at(work.session, key)
    if reader is None:
        language = work.language(follower.language)
        reader = FollowUpReader(email=key, name=follower.name, language=language, made_at=work.now)
        work.session.add(reader)
        work.session.flush()
    if reader.last_on >= day:
        return 0
    changes = _changes(work, follower)
    own = queries.answered_by(work.session, [each.id for each in changes])
    work.session.add_all(FollowUpTold(reader_id=reader.id, report_id=each.id) for each in changes)
    fresh = _newest(each for each in changes if own.get(each.id) != key)
    if fresh:
        reader.last_on = day
        news.digest(work, reader, day, {"reports": [each.id for each in fresh]})
    work.session.flush()
    return int(bool(fresh))


def _finish(work: Work, day: str) -> None:
    if queries.digest_of(work.session, day) is None:
        mails = sum(each.last_on == day for each in queries.readers(work.session))
        work.session.add(FollowUpDigest(day=day, mails=mails))
        if mails:
            work.record("follow_up.told", "follow_up", {"count": mails})


def _newest(reports: Iterable[Report]) -> list[Report]:
    """Return the last report of each voice about each recommendation, the oldest first."""
    found: dict[Voice, Report] = {}
    for each in reports:
        voice = (each.recommendation_id, each.side, each.addressee, each.voice)
        found.pop(voice, None)
        found[voice] = each
    return list(found.values())


def _followers(work: Work, only: str = "") -> dict[str, Follower]:
    """Return all who follow anything, by address in small letters; with `only` the one at that address."""
    found: dict[str, Follower] = {}
    readers = {each.email: each for each in queries.readers(work.session, only)}
    stopped = {each.email for each in readers.values() if each.stopped_at is not None}
    for contact in queries.followers_by_default(work.session, only):
        email = contact.email.lower()
        if email not in stopped and hindrance(contact) is None:
            one = found.setdefault(email, Follower(email, contact.name, contact.language))
            one.add(f"country:{contact.organisation.country}", contact.created_at)
    for row in queries.institutions(work.session):
        email = row.email.lower()
        if email and email not in stopped and only in {"", email}:
            one = found.setdefault(email, Follower(email, row.person or row.name, row.language))
            one.add(f"addressee:{follow_up.institution_view(row).addressee}", row.created_at)
    for email, reader in readers.items():
        for each in reader.follows:
            if each.confirmed_at is not None and each.ended_at is None and not email.startswith(ERASED):
                one = found.setdefault(email, Follower(email, reader.name, reader.language))
                one.add(each.what, each.confirmed_at)
    return found


def _changes(work: Work, follower: Follower) -> list[Report]:
    """Return what changed in what an address follows and it was not told of, the oldest first."""
    reader = queries.reader_at(work.session, follower.email)
    since = min(follower.follows.values())
    rows = queries.untold(work.session, reader.id if reader is not None else None, since)
    if not rows:
        return []
    things = _things(work, rows)
    return [
        each
        for each in rows
        if any(
            what in follower.follows and follower.follows[what] <= each.entered_at for what in things[each.id]
        )
    ]


def _things(work: Work, rows: list[Report]) -> dict[int, list[str]]:
    """Return by which things each report is followed."""
    about = queries.references(work.session, {each.recommendation_id for each in rows})
    countries = {f"I{each.id}": each.country for each in follow_up.institutions_of(work)}
    found: dict[int, list[str]] = defaultdict(list)
    for each in rows:
        recommendation = about[each.recommendation_id]
        found[each.id] = [
            f"recommendation:{recommendation.reference}",
            f"session:{recommendation.dialogue.round.key}",
            f"country:{countries.get(each.addressee, each.addressee)}",
            f"addressee:{each.addressee}",
        ]
    return found

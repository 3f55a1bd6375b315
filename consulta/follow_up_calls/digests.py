"""One mail a day with what changed, to those who follow it; a change is told once, in its last state.

A change is a report, or a withdrawal. Which of them a reader was told of is written in the transaction that
writes the mail: a worker that is killed leaves both or neither. Contacts who may vote follow their country,
and institutions what is addressed to them, until they end it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from consulta.focal_points.service import today
from consulta.follow_up import service as follow_up
from consulta.follow_up_calls import news, queries
from consulta.follow_up_calls.following import ERASED
from consulta.infra.access import require
from consulta.infra.deadlines import DEFAULT_ZONE
from consulta.infra.models import FollowUpDigest, FollowUpReader, FollowUpTold, FollowUpWithdrawalTold
from consulta.mailer.outbox import hindrance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from consulta.infra.models import Recommendation, Report, Withdrawal
    from consulta.infra.work import Work

HOUR = 7  # of the secretariat's zone, from when on digests go
DONE = "done:"
Voice = tuple[int, str, str, str]


class Changes(NamedTuple):
    """What changed in what an address follows, the oldest first."""

    reports: list[Report]
    withdrawals: list[Withdrawal]


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
    told = [each.email for each in _followers(work).values() if any(_changes(work, each))]
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
    numbers = [each.id for each in changes.reports]
    own, gone = (
        queries.answered_by(work.session, numbers),
        queries.withdrawn_answers(work.session, numbers),
    )
    before = queries.told_withdrawals(work.session, reader.id)
    work.session.add_all(FollowUpTold(reader_id=reader.id, report_id=number) for number in numbers)
    work.session.add_all(
        FollowUpWithdrawalTold(reader_id=reader.id, withdrawal_id=each.id) for each in changes.withdrawals
    )
    fresh = _newest(each for each in changes.reports if own.get(each.id) != key and each.id not in gone)
    ended = _last(changes.withdrawals, before)
    if fresh or ended:
        reader.last_on = day
        facts = {"reports": [each.id for each in fresh], "withdrawals": [each.id for each in ended]}
        news.digest(work, reader, day, facts)
    work.session.flush()
    return int(bool(fresh or ended))


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


def _last(withdrawals: Iterable[Withdrawal], before: Mapping[int, str]) -> list[Withdrawal]:
    """Return the last withdrawal of each recommendation and answer that leaves it other than was told before.

    One that was taken back before a reader was told of it is not told. `before` has what was told of each
    recommendation.
    """
    found: dict[tuple[int, int], Withdrawal] = {}
    for each in withdrawals:
        key = (each.recommendation_id, each.report_id or 0)
        found.pop(key, None)
        found[key] = each
    return [
        each
        for each in found.values()
        if each.report_id or each.what != before.get(each.recommendation_id, "restored")
    ]


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


def _changes(work: Work, follower: Follower) -> Changes:
    """Return what changed in what an address follows and it was not told of."""
    reader = queries.reader_at(work.session, follower.email)
    since, number = min(follower.follows.values()), reader.id if reader is not None else None
    rows = queries.untold(work.session, number, since)
    ended = queries.untold_withdrawals(work.session, number, since)
    if not rows and not ended:
        return Changes([], [])
    things = _Things(work, rows, ended)
    return Changes(
        [each for each in rows if _follows(follower, things.of_report(each), each.entered_at)],
        [each for each in ended if _follows(follower, things.of_withdrawal(each), each.at)],
    )


def _follows(follower: Follower, things: Iterable[str], at: datetime) -> bool:
    return any(what in follower.follows and follower.follows[what] <= at for what in things)


class _Things:
    """By which things reports and withdrawals are followed."""

    def __init__(self, work: Work, rows: list[Report], ended: list[Withdrawal]) -> None:
        numbers = {each.recommendation_id for each in rows} | {each.recommendation_id for each in ended}
        self.about = queries.references(work.session, numbers)
        self.institutions = follow_up.institutions_of(work)
        self.countries = {f"I{each.id}": each.country for each in self.institutions}
        reports = {each.report_id for each in ended if each.report_id}
        self.reports = {each.id: each for each in queries.reports(work.session, reports)} if reports else {}

    def of_report(self, report: Report) -> Iterator[str]:
        yield from _of(self.about[report.recommendation_id])
        yield f"country:{self.countries.get(report.addressee, report.addressee)}"
        yield f"addressee:{report.addressee}"

    def of_withdrawal(self, withdrawal: Withdrawal) -> Iterator[str]:
        """Yield those of the report; of a recommendation, all States and institutions that may answer."""
        if withdrawal.report_id:
            yield from self.of_report(self.reports[withdrawal.report_id])
            return
        row = self.about[withdrawal.recommendation_id]
        yield from _of(row)
        view = follow_up.view_of(row)
        for state in view.states():
            yield f"country:{state}"
            yield f"addressee:{state}"
        for each in self.institutions:
            if each.addressee in view.addressed or _KINDS.get(each.kind) in view.addressed:
                yield f"addressee:{each.addressee}"
                yield f"country:{each.country}"


_KINDS = {"local": "local", "agency": "agencies"}  # kind of an institution -> the group that names all of it


def _of(recommendation: Recommendation) -> Iterator[str]:
    yield f"recommendation:{recommendation.reference}"
    yield f"session:{recommendation.dialogue.round.key}"

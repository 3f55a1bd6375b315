"""Who follows recommendations by mail: asked for on a page, confirmed by the address, ended by one press.

Nothing is sent to an address before it has confirmed, but the mail that asks it. An address that no one
confirms in time, and one that ends its mails and is known for nothing else, is deleted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.data import catalogue
from consulta.door import service as door
from consulta.door.purposes import Purpose
from consulta.door.service import Given
from consulta.follow_up import service as follow_up
from consulta.follow_up_calls import news, queries
from consulta.follow_up_calls.news import (
    FOLLOW,
    FOLLOW_LIFE,
    FOLLOW_WAY,
    UNFOLLOW,
    UNFOLLOW_LIFE,
    UNFOLLOW_WAY,
)
from consulta.follow_up_calls.values import Followable, FollowDone
from consulta.infra.access import require
from consulta.infra.labels import name_of
from consulta.infra.models import Follow, FollowUpReader
from consulta.infra.texts import address
from consulta.infra.work import Actor
from consulta.new_link import service as link_requests

if TYPE_CHECKING:
    from consulta.infra.models import Link
    from consulta.infra.work import Work

KINDS = ("recommendation", "country", "session")
ERASED = "erased:"
DAY = timedelta(days=1)
CONFIRMED_MOST, UNCONFIRMED_MOST = 10, 3  # mails that ask an address to confirm, within a day


def followable(work: Work, what: str) -> Followable:
    """Return something that can be followed. Problem: `follow_up.unknown`."""
    require(work, "published.read")
    kind, _colon, key = what.partition(":")
    if kind == "country" and key in catalogue.countries_by_code():
        return Followable(what, kind, name_of("country", key))
    if kind == "recommendation":
        found = next(
            (
                each.recommendation
                for each in follow_up.published(work)
                if each.recommendation.reference == key
            ),
            None,
        )
        if found is not None:
            said = Text({code: f"{key}: {news.cut(words)}" for code, words in found.text.items()})
            return Followable(what, kind, said, found.session.example)
    if kind == "session":
        sessions = queries.sessions(work.session, key)
        if sessions:
            return Followable(what, kind, sessions[0].title, sessions[0].round.example)
    raise Problem("follow_up.unknown")


def ask(work: Work, what: str, email: str, language: str, source: str = "") -> None:
    """Send an address the link by which it confirms that it wants to follow something.

    The answer is the same for every address. Within an hour 3 are accepted for an address and 30 from the
    network of `source`; more are ignored. Within a day an address that confirmed nothing gets 3 mails, and
    one that follows something 10. Problems: `follow_up.unknown`, `follow_up.address`.
    """
    require(work, "follow_up.follow")
    thing = followable(work, what)
    wanted = (address(email) or "").lower()
    if not wanted:
        raise Problem("follow_up.address")
    if not link_requests.is_within_limits(work, "follow", wanted, source):
        return
    queries.hold(work.session)
    reader = queries.reader_at(work.session, wanted)
    follows = reader is not None and any(each.confirmed_at and not each.ended_at for each in reader.follows)
    sent = queries.count_asked(work.session, wanted, work.now - DAY)
    if sent >= (CONFIRMED_MOST if follows else UNCONFIRMED_MOST):
        return
    if reader is None:
        reader = FollowUpReader(email=wanted, language=work.language(language), made_at=work.now)
    follow = next((each for each in reader.follows if each.what == thing.what), None)
    if follow is None:
        follow = Follow(reader=reader, what=thing.what)
    follow.asked_at = work.now
    if not any(each.confirmed_at for each in reader.follows):
        reader.language = work.language(language)
    work.session.add_all([reader, follow])
    work.session.flush()
    news.confirm(work, follow, thing)


# -- by the links


def _follower(work: Work, link: Link) -> Actor | None:
    row = queries.follow(work.session, link.subject_id)
    if row is None or row.reader.email.startswith(ERASED):
        return None
    return Actor("addressee", link.id)


def _reader(work: Work, link: Link) -> Actor | None:
    row = queries.reader(work.session, link.subject_id)
    return Actor("addressee", link.id) if row is not None else None


PURPOSES = (
    Purpose(
        FOLLOW,
        way=FOLLOW_WAY,
        subject=Follow,
        role="addressee",
        page="consulta.follow_up_calls.pages.confirming",
        texts="follow_up_calls/confirm.html",
        reader=_follower,
        session=False,
        at_once=True,
        life=FOLLOW_LIFE,
    ),
    Purpose(
        UNFOLLOW,
        way=UNFOLLOW_WAY,
        subject=FollowUpReader,
        role="addressee",
        page="consulta.follow_up_calls.pages.stopping",
        texts="follow_up_calls/stop.html",
        reader=_reader,
        session=False,
        at_once=True,
        life=UNFOLLOW_LIFE,
    ),
)


def confirm(work: Work, link: Link) -> FollowDone:
    """Let an address follow what it asked for; pressed again, nothing changes.

    Where it ended all mails since, the link of before starts none again: it may have been forwarded.
    Problem: `follow_up.unknown`.
    """
    require(work, "replies.answer")
    queries.hold(work.session)
    row = or_problem(queries.follow(work.session, link.subject_id), "follow_up.unknown")
    if row.ended_at is not None and link.created_at < row.ended_at:
        return FollowDone("stopped")
    if row.confirmed_at is None or row.ended_at is not None:
        row.confirmed_at, row.ended_at = work.now, None
        work.record("follow_up.followed", f"follow:{row.id}", {"what": row.what})
    return FollowDone("confirmed", _followed(work, row.reader))


def stop(work: Work, link: Link) -> FollowDone:
    """End all digests to an address; pressed again, nothing changes."""
    require(work, "replies.answer")
    queries.hold(work.session)
    row = or_problem(queries.reader(work.session, link.subject_id), "follow_up.unknown")
    if row.stopped_at is None:
        work.record("follow_up.stopped", f"follow_reader:{row.id}")
    row.stopped_at = row.stopped_at or work.now
    for each in row.follows:
        each.ended_at = each.ended_at or work.now
    _erase_unless_known(work, row)
    return FollowDone("stopped")


def _followed(work: Work, reader: FollowUpReader) -> tuple[Followable, ...]:
    found = []
    for each in reader.follows:
        if each.confirmed_at is not None and each.ended_at is None:
            try:
                found.append(followable(work, each.what))
            except Problem:
                continue
    return tuple(found)


def _erase_unless_known(work: Work, reader: FollowUpReader) -> None:
    """Delete an address that is followed by nothing and is that of no contact and no institution.

    A contact's is kept with the moment at which it ended its mails: else it would get them again.
    """
    if not queries.is_known(work.session, reader.email):
        reader.email, reader.name = f"{ERASED}{reader.id}", ""


def hand_out(work: Work, email: str) -> str:
    """Return the token of a link that confirms what an address asked for last; for commands alone.

    Problem: `follow_up.unknown`.
    """
    require(work, "links.hand_out")
    reader = queries.reader_at(work.session, email)
    if reader is None or not reader.follows:
        raise Problem("follow_up.unknown")
    (token,) = door.give(work, FOLLOW, [Given(reader.follows[-1].id)])
    work.record("follow_up.handed_out", f"follow:{reader.follows[-1].id}")
    return token


# -- by the worker


def to_forget(work: Work) -> tuple[str, ...]:
    """Return the numbers of what was asked for and not confirmed in time."""
    require(work, "mail.send")
    return tuple(str(each.id) for each in queries.unconfirmed(work.session, work.now - FOLLOW_LIFE))


def forget(work: Work, number: str) -> bool:
    """End what was not confirmed in time, and delete an address that is known for nothing else.

    Return whether there was anything to end.
    """
    require(work, "mail.send")
    row = queries.follow(work.session, int(number))
    if row is None or row.confirmed_at is not None:
        return False
    row.ended_at = work.now
    others = [each for each in row.reader.follows if each.id != row.id and each.ended_at is None]
    if not others:
        _erase_unless_known(work, row.reader)
    return True

"""Reasons of an organisation for the themes that it placed, written once its vote is recorded.

They are no part of the vote: nothing here changes a ballot, a receipt or what is counted, and an error here
leaves the vote as it is. A reason goes with the version of the ballot that it was sent for; after another
vote its words wait to be sent again. The log says nothing of them: a row with a moment would say who wrote.

This module decides who may write and what is refused. `parting` decides what becomes of the texts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform.access import require
from consulta.platform.models import SeatReason
from consulta.platform.texts import paragraphs
from consulta.rounds.ballots.queries import ballots as ballots_queries
from consulta.vote import casting
from consulta.vote.reasons import personal, queries
from consulta.vote.reasons.values import CONSENTS, TEXT_MAX, Fault, OwnReasons, PlacedTheme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.models import Ballot, Seat, Theme
    from consulta.platform.work import Work
    from consulta.vote.reasons.values import Written


def own(work: Work, round_key: str) -> OwnReasons:
    """Return the reasons of the session's organisation.

    Problems: `vote.elsewhere`, `vote.unread` (the reader could not vote when the vote was sent).
    """
    require(work, "ballot.read_own")
    seat = _own_seat(work, round_key)
    return _view(work, seat, _readable_current(work, seat))


def keep(work: Work, round_key: str, written: Sequence[Written], version: int, seen: str) -> None:
    """Store the reasons of the session's organisation in place of those it had; an empty text is none.

    `version` is that of the vote that the writer saw, `seen` what was stored then.
    Problems: `vote.elsewhere`, `vote.unread`, `reasons.late`, `reasons.none`, `reasons.revoted`,
    `reasons.changed`, and the first fault of `faults`.
    """
    require(work, "ballot.cast")
    seat_id = _seat_id(work)
    ballots_queries.hold(work.session, seat_id)
    seat = _own_seat(work, round_key)
    view = _view(work, seat, _readable_current(work, seat))
    _refuse(view, version)
    if seen != view.seen and not _says_the_same(view, written):
        raise Problem("reasons.changed")
    _store(work, seat, view, written)


def for_assisted(
    work: Work, round_key: str, seat_key: str, version: int, entered: Sequence[str]
) -> OwnReasons:
    """Return the sheet of reasons for a vote that this member of staff entered, without what was written.

    It has the themes in `entered`, which the person knows; which ones the stored vote has is not told.
    Problems: `seat.unknown`, `assisted.unknown` (this person did not enter that version).
    """
    require(work, "ballot.assist")
    seat, current = _entered_by(work, round_key, seat_key, version)
    titles = {theme.key: theme.title for theme in seat.round.themes}
    sheet = tuple(
        PlacedTheme(key, titles[key], "", "read", earlier=False) for key in entered if key in titles
    )
    return replace(_view(work, seat, current), themes=sheet, seen="")


def keep_assisted(
    work: Work, round_key: str, seat_key: str, version: int, written: Sequence[Written]
) -> None:
    """Store the reasons that an organisation gives for a vote that this member of staff entered.

    Problems: `seat.unknown`, `assisted.unknown`, `reasons.late`, `reasons.revoted`, the first of `faults`.
    """
    require(work, "ballot.assist")
    seat_id = or_problem(ballots_queries.seat_id(work.session, round_key, seat_key), "seat.unknown")
    ballots_queries.hold(work.session, seat_id)
    seat, current = _entered_by(work, round_key, seat_key, version)
    view = _view(work, seat, current)
    _refuse(view, version)
    _store(work, seat, view, written)


def faults(written: Sequence[Written]) -> tuple[Fault, ...]:
    """Return what is wrong with texts, one for each of them at most.

    A text with a telephone number, an address or a long number is kept only to be read, and only where its
    writer says that it is to stay; one with the name of a person where its writer says so.
    """
    return tuple(fault for each in written if (fault := _fault(each)) is not None)


def _fault(each: Written) -> Fault | None:
    text = paragraphs(each.text)
    if len(text) > TEXT_MAX:
        return Fault(each.theme, Problem("reason.long", most=TEXT_MAX, count=len(text)))
    if each.consent not in CONSENTS:
        return Fault(each.theme, Problem("reason.consent"))
    found = personal.found(text)
    plain = tuple(finding for finding in found if finding.kind in personal.PLAIN)
    if plain and each.consent != "read":
        said = {"what": f"reason.what.{plain[0].kind}", "words": plain[0].words}
        return Fault(each.theme, Problem("reason.personal", **said))
    if found and not each.sure:
        said = {"what": f"reason.what.{found[0].kind}", "words": found[0].words}
        return Fault(each.theme, Problem("reason.sure", **said), can_stay=True)
    return None


def _refuse(view: OwnReasons, version: int) -> None:
    if not view.takes:
        raise Problem("reasons.late")
    if not view.voted:
        raise Problem("reasons.none")
    if version != view.version:
        raise Problem("reasons.revoted")


def _store(work: Work, seat: Seat, view: OwnReasons, written: Sequence[Written]) -> None:
    placed = {theme.key for theme in view.themes}
    said = [each for each in written if paragraphs(each.text)]
    if any(each.theme not in placed for each in said):
        raise Problem("reasons.not_placed")
    for fault in faults(said):
        raise fault.problem
    ids = {theme.key: theme.id for theme in seat.round.themes}
    stored = queries.of_seat(work.session, seat.id)
    words = {ids[each.theme]: each for each in said}
    # What was written for themes that are not placed any more goes: no count and no reader needs it.
    for theme_id in set(stored) - set(words):
        work.session.delete(stored[theme_id])
    for theme_id, each in words.items():
        row = stored.get(theme_id)
        if row is None:
            row = SeatReason(seat_id=seat.id, theme_id=theme_id)
            work.session.add(row)
        row.version, row.text, row.consent = view.version, paragraphs(each.text), each.consent
    work.session.flush()


def _says_the_same(view: OwnReasons, written: Sequence[Written]) -> bool:
    """Return whether what is sent is stored already: the same form sent again."""
    stored = {each.key: (each.text, each.consent) for each in view.themes if each.text and not each.earlier}
    sent = {each.theme: (paragraphs(each.text), each.consent) for each in written if paragraphs(each.text)}
    return stored == sent


def _readable_current(work: Work, seat: Seat) -> Ballot | None:
    """Return the vote of a seat that counts, or None. Problem: `vote.unread`."""
    current = ballots_queries.current(work.session, seat.id)
    if current is not None and not casting.may_read(work, current):
        raise Problem("vote.unread")
    return current


def _readable(work: Work, seat: Seat, stored: Mapping[int, SeatReason]) -> dict[int, SeatReason]:
    """Return the reasons that were sent for votes that the reader may read."""
    versions = {row.version for row in stored.values()}
    sent = {number: ballots_queries.version(work.session, seat.id, number) for number in versions}
    may_read = {number for number, found in sent.items() if found and casting.may_read(work, found)}
    return {theme: row for theme, row in stored.items() if row.version in may_read}


def _view(work: Work, seat: Seat, current: Ballot | None) -> OwnReasons:
    ballot = casting.view_of(work, seat, current)
    voted = current is not None and not current.abstains
    stored = queries.of_seat(work.session, seat.id)
    shown = _readable(work, seat, stored)
    version = current.version if current is not None else 0
    themes = {theme.key: theme for theme in seat.round.themes}
    placed = [key for tier in current.ranking for key in tier] if current is not None else []
    return OwnReasons(
        round_key=ballot.round_key,
        round_title=ballot.title,
        organisation=ballot.organisation,
        seat=ballot.seat,
        example=ballot.example,
        secrecy=ballot.secrecy,
        zone=ballot.zone,
        here=ballot.here,
        closes_at=ballot.closes_at,
        promised_at=ballot.promised_at,
        takes=ballot.takes_votes,
        parted=seat.round.state == State.PUBLISHED.value,
        voted=voted,
        version=version,
        themes=tuple(_placed(themes[key], shown.get(themes[key].id), version) for key in placed),
        seen=_mark(stored),
    )


def _placed(theme: Theme, row: SeatReason | None, version: int) -> PlacedTheme:
    if row is None:
        return PlacedTheme(theme.key, theme.title, "", "read", earlier=False)
    return PlacedTheme(theme.key, theme.title, row.text, row.consent, earlier=row.version != version)


def _mark(stored: Mapping[int, SeatReason]) -> str:
    """Return what stands for stored reasons, and is another one after each change."""
    said = sorted((row.theme_id, row.version, row.text, row.consent) for row in stored.values())
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _seat_id(work: Work) -> int:
    if work.actor.seat_id is None:
        raise Problem("vote.elsewhere")
    return work.actor.seat_id


def _own_seat(work: Work, round_key: str) -> Seat:
    seat = ballots_queries.seat(work.session, _seat_id(work))
    if seat is None or seat.round.key != round_key:
        raise Problem("vote.elsewhere")
    return seat


def _entered_by(work: Work, round_key: str, seat_key: str, version: int) -> tuple[Seat, Ballot]:
    """Return a seat and the ballot that counts. Problem unless this person entered `version`."""
    seat_id = ballots_queries.seat_id(work.session, round_key, seat_key)
    seat = or_problem(
        ballots_queries.seat(work.session, seat_id) if seat_id is not None else None, "seat.unknown"
    )
    entered = ballots_queries.version(work.session, seat.id, version)
    current = ballots_queries.current(work.session, seat.id)
    if (
        entered is None
        or current is None
        or entered.assistance is None
        or entered.assistance.staff_id != work.actor.id
    ):
        raise Problem("assisted.unknown")
    return seat, current

"""Answers to the questions of a round: from a contact after the vote, or entered by staff.

It decides when they are taken: after the vote, until the end of voting. Nothing here touches the vote. An
answer of a contact leaves no row in the log: whose words they are could be read from its hour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State, accepts_ballots
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.models import AnswerSheet
from consulta.rounds.addresses.queries import addresses
from consulta.rounds.ballots.queries import ballots
from consulta.vote.questions import governments, naming, queries
from consulta.vote.questions.rules import read
from consulta.vote.questions.service import digest, of_round
from consulta.vote.questions.values import Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.platform.models import Round, Seat
    from consulta.platform.work import Work
    from consulta.vote.questions.values import GovernmentLine, Question


def own(work: Work, round_key: str) -> Sheet:
    """Return the questions for the organisation of the session, with its answers.

    Raise Problem `answers.elsewhere` if its seat is of another round.
    """
    require(work, "answers.write")
    return _sheet(work, _own_seat(work, round_key))


def send(work: Work, round_key: str, raw: Mapping[str, Sequence[str]], asked: str, seen: int) -> int:
    """Store the answers of the organisation of the session, in place of those before; return their version.

    `asked` is the digest of the questions that the form showed, `seen` the version of the answers.
    Problems: `answers.elsewhere`, and those of `_store`.
    """
    require(work, "answers.write")
    seat = _own_seat(work, round_key)
    return _store(work, seat, raw, asked, seen)


def for_seat(work: Work, round_key: str, seat_key: str) -> Sheet:
    """Return the questions for a seat, to be filled in for it, without what it answered before.

    Problem: `seat.unknown`.
    """
    require(work, "ballot.assist")
    return _sheet(work, _seat(work, round_key, seat_key), hidden=True)


def enter(
    work: Work, round_key: str, seat_key: str, raw: Mapping[str, Sequence[str]], asked: str, seen: int
) -> int:
    """Store the answers that staff enter for a seat; the log says that they did, and not what.

    Problems: `seat.unknown`, and those of `_store`.
    """
    require(work, "ballot.assist")
    seat = _seat(work, round_key, seat_key)
    version = _store(work, seat, raw, asked, seen, assisted=True)
    work.record("answers.entered", f"seat:{seat.id}", {"version": version})
    return version


def _store(
    work: Work,
    seat: Seat,
    raw: Mapping[str, Sequence[str]],
    asked: str,
    seen: int,
    *,
    assisted: bool = False,
) -> int:
    """Store the answers of a seat, and return their version.

    Problems: `answers.none` (the round asks nothing), `answers.over`, `answers.unvoted`, `answers.foreign`
    (the form shows other questions), `answers.changed` (others were stored meanwhile), the first fault of an
    answer.
    """
    ballots.hold(work.session, seat.id)
    work.session.refresh(seat.round)
    questions = of_round(work, seat.round)
    if not questions:
        raise Problem("answers.none")
    if not takes_answers(work, seat.round):
        raise Problem("answers.over")
    if not _has_voted(work, seat):
        raise Problem("answers.unvoted")
    if asked != digest(questions):
        raise Problem("answers.foreign")
    every = assisted or not _could_vote(work, seat, _voted_at(work, seat))
    found = read(questions, raw, [key for key, _title in _themes(work, seat, every=every)])
    for problem in found.faults.values():
        raise problem
    said = {
        question.key: governments.keep(work, found.said[question.key])
        if question.kind == "governments"
        else found.said[question.key]
        for question in questions
        if question.key in found.said
    }
    kept = queries.sheet(work.session, seat.id)
    if seen != (kept.version if kept else 0):
        raise Problem("answers.changed")
    if kept is None:
        kept = AnswerSheet(
            round_id=seat.round_id,
            seat_id=seat.id,
            version=1,
            said=said,
            assisted=assisted,
            answered_at=work.now,
        )
        queries.add(work.session, kept)
        return 1
    kept.version, kept.said = kept.version + 1, said
    kept.assisted, kept.answered_at = assisted, work.now
    work.session.flush()
    return kept.version


def takes_answers(work: Work, found: Round) -> bool:
    """Return whether a round takes answers now."""
    return accepts_ballots(State(found.state)) and work.now < found.closes_at


def asks(work: Work, found: Round) -> int:
    """Return how many questions a round asks."""
    return queries.asked(work.session, found.id)


def asks_of_seat(work: Work, seat_id: int) -> int:
    """Return how many questions the round of a seat asks."""
    return queries.asked_of_seat(work.session, seat_id)


def imagined(work: Work, found: Round, organisation: str) -> Sheet:
    """Return the questions of a round as an organisation would see them; it may be a draft."""
    questions = of_round(work, found)
    themes = tuple((theme.key, theme.title) for theme in found.themes[:2])
    return _filled(
        found, questions, organisation, seat="", here=found.zone, themes=themes, named=_named(work, questions)
    )


def _named(
    work: Work, questions: Sequence[Question], kept: AnswerSheet | None = None
) -> Mapping[int, GovernmentLine]:
    """Return the local governments that can be chosen, and those in the answers that are kept.

    None where the round does not ask for any.
    """
    asked = [each.key for each in questions if each.kind == "governments"]
    said = [kept.said.get(key, {}) for key in asked] if kept else []
    own = {number for themes in said for kinds in themes.values() for number in kinds[naming.LOCAL]}
    return governments.names(work, own) if asked else {}


def _themes(work: Work, seat: Seat, *, every: bool) -> tuple[tuple[str, Text], ...]:
    """Return the themes for which a seat is asked: those that its vote places, in its order.

    With `every` all of the round: staff, and contacts of after the vote, do not see how it voted.
    """
    titles = {theme.key: theme.title for theme in seat.round.themes}
    if every:
        return tuple(titles.items())
    ballot = ballots.current(work.session, seat.id)
    placed = [key for tier in ballot.ranking for key in tier] if ballot else []
    return tuple((key, titles[key]) for key in placed)


def _sheet(work: Work, seat: Seat, *, hidden: bool = False) -> Sheet:
    kept = queries.sheet(work.session, seat.id)
    questions = of_round(work, seat.round)
    # Who could not vote yet when the vote, or the answers, were sent reads nothing of them.
    every = hidden or not _could_vote(work, seat, _voted_at(work, seat))
    unread = not hidden and kept is not None and (every or not _could_vote(work, seat, kept.answered_at))
    hidden = hidden or unread
    return _filled(
        seat.round,
        questions,
        seat.name,
        seat=seat.key,
        here=catalogue.countries_by_code()[seat.country].zone,
        takes=takes_answers(work, seat.round),
        voted=_has_voted(work, seat),
        kept=kept,
        hidden=hidden,
        unread=unread,
        themes=_themes(work, seat, every=every),
        named=_named(work, questions, None if hidden else kept),
    )


def _filled(
    found: Round,
    questions: tuple[Question, ...],
    organisation: str,
    *,
    seat: str,
    here: str,
    takes: bool = True,
    voted: bool = True,
    kept: AnswerSheet | None = None,
    hidden: bool = False,
    unread: bool = False,
    themes: tuple[tuple[str, Text], ...] = (),
    named: Mapping[int, GovernmentLine] | None = None,
) -> Sheet:
    return Sheet(
        round_key=found.key,
        round_title=found.title,
        secrecy=found.secrecy,
        example=found.example,
        seat=seat,
        organisation=organisation,
        here=here,
        zone=found.zone,
        closes_at=found.closes_at,
        takes_answers=takes,
        voted=voted,
        questions=questions,
        digest=digest(questions),
        said=dict(kept.said) if kept and not hidden else {},
        version=kept.version if kept else 0,
        answered_at=kept.answered_at if kept else None,
        unread=unread,
        themes=themes,
        governments=named or {},
    )


def _has_voted(work: Work, seat: Seat) -> bool:
    ballot = ballots.current(work.session, seat.id)
    return ballot is not None and not ballot.abstains


def _voted_at(work: Work, seat: Seat) -> datetime | None:
    ballot = ballots.current(work.session, seat.id)
    return ballot.cast_at if ballot is not None else None


def _could_vote(work: Work, seat: Seat, at: datetime | None) -> bool:
    """Return whether the voter of the session could vote at a moment already; True for None and for staff."""
    if at is None or work.actor.seat_id is None:
        return True
    return addresses.could_vote(work.session, seat.id, work.actor.id or 0, at)


def _own_seat(work: Work, round_key: str) -> Seat:
    seat = ballots.seat(work.session, work.actor.seat_id or 0)
    if seat is None or seat.round.key != round_key:
        raise Problem("answers.elsewhere")
    return seat


def _seat(work: Work, round_key: str, seat_key: str) -> Seat:
    number = ballots.seat_id(work.session, round_key, seat_key)
    return or_problem(ballots.seat(work.session, number) if number is not None else None, "seat.unknown")

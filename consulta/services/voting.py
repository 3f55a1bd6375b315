"""A member's vote: from the personal link, over the review, to the receipt.

It decides which link opens a session, when a vote is taken, and which version counts. The seat is always the
one of the session: nothing that a form says can lead to another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core import record
from consulta.core.bundle import LocalText, parse_rules
from consulta.core.choice import Choice, Entries, Paper, faults, has_gaps
from consulta.core.choice import choice as choice_of
from consulta.core.ordering import theme_order
from consulta.core.problems import Problem
from consulta.core.receipts import receipt_code
from consulta.core.rounds import State, accepts_ballots
from consulta.data import catalogue
from consulta.data.folding import fold
from consulta.services import accounts, heads, notices, receipts
from consulta.services.access import require
from consulta.services.public import theme_line
from consulta.services.views import BallotView, Candidate, CastBallot, Entrance, Late, Review, ThemeLine
from consulta.store import ballots as rows
from consulta.store.models import Ballot
from consulta.store.public import round_of

if TYPE_CHECKING:
    from consulta.services.trust_views import HeadView
    from consulta.services.work import Work
    from consulta.store.models import Seat


def enter(work: Work, token: str) -> Entrance | None:
    """A new session at the seat of a personal link, as often as it is opened; None where the link is no good.

    Unknown, revoked and expired links, and those of a contact who may not vote any more, all answer alike.
    """
    require(work, "ballot.open_link")
    link = rows.link(work.session, accounts.digest(token))
    if link is None or not accounts.link_works(link, work.now) or link.seat.round.state == State.DRAFT:
        return None
    session = accounts.start_session(work, link_id=link.id)
    work.record("ballot.entered", f"seat:{link.seat_id}", {"link": link.id})
    return Entrance(session, link.seat.round.key, link.contact_id, link.seat_id)


def ballot(work: Work, round_key: str) -> BallotView:
    """The ballot of the session's seat. Problem: `vote.elsewhere` (the seat is of another round)."""
    require(work, "ballot.read_own")
    seat = _seat(work, round_key)
    return _view(work, seat, rows.current(work.session, seat.id))


def review(work: Work, round_key: str, entries: Entries) -> Review | Late:
    """What the entries say, or what is wrong with them; nothing is recorded. Problem: `vote.elsewhere`."""
    view = ballot(work, round_key)
    if not view.takes_votes:
        return Late(view)
    return Review(view, choice_of(entries, view.paper), faults(entries, view.paper), has_gaps(entries))


def cast(work: Work, round_key: str, entries: Entries, idempotency_key: str) -> CastBallot | Late:
    """Record a vote as the version that counts; the same form sent again gives the same version.

    So does the vote that counts already, sent again by the same contact. `idempotency_key` is fresh for each
    review page and nobody else knows it. Problems: `vote.elsewhere`, and the first fault of the entries.
    """
    require(work, "ballot.cast")
    rows.hold(work.session, _seat_id(work))
    seat = _seat(work, round_key)
    current = rows.current(work.session, seat.id)
    view = _view(work, seat, current)
    choice = choice_of(entries, view.paper)
    content = record.digest(record.canonical(_content(choice)))
    sent = rows.sent_before(work.session, seat.id, idempotency_key, content)
    if sent is None and current and (current.content_sha256, current.contact_id) == (content, work.actor.id):
        sent = current
    if sent is not None:
        return _cast_view(sent, counts=sent is current)
    if not view.takes_votes:
        _record_late(work, seat)
        return Late(view)
    for fault in faults(entries, view.paper):
        raise fault.problem
    return _store(work, seat, view, choice, idempotency_key, content)


def refuse_late(work: Work, round_key: str) -> None:
    """Let the log say that somebody tried to vote after the end. Problem: `vote.elsewhere`."""
    require(work, "ballot.cast")
    _record_late(work, _seat(work, round_key))


def receipt(
    work: Work, round_key: str, version: int | None = None
) -> tuple[BallotView, CastBallot, HeadView | None]:
    """A version of the seat's ballot, the current one unless said; with the ballot as it stands.

    And the log's head of when it was sent, always the same for the same version.

    Problems: `vote.elsewhere`, `vote.unknown` (there is no such version).
    """
    require(work, "ballot.read_own")
    seat = _seat(work, round_key)
    current = rows.current(work.session, seat.id)
    found = current if version is None else rows.version(work.session, seat.id, version)
    if found is None:
        raise Problem("vote.unknown")
    return (
        _view(work, seat, current),
        _cast_view(found, counts=found is current),
        heads.kept(work, found.head),
    )


def themes_of(work: Work, round_key: str) -> tuple[ThemeLine, ...]:
    """The themes of a round that the public knows of; none where there is no such round."""
    require(work, "published.read")
    found = round_of(work.session, round_key)
    return tuple(theme_line(theme) for theme in found.themes) if found else ()


def _record_late(work: Work, seat: Seat) -> None:
    work.record("ballot.late", f"seat:{seat.id}", {"state": seat.round.state})


def _seat_id(work: Work) -> int:
    if work.actor.seat_id is None:
        raise Problem("vote.elsewhere")
    return work.actor.seat_id


def _seat(work: Work, round_key: str) -> Seat:
    """The session's seat; an address of another round leads nowhere."""
    seat = rows.seat(work.session, _seat_id(work))
    if seat is None or seat.round.key != round_key:
        raise Problem("vote.elsewhere")
    return seat


def _store(
    work: Work, seat: Seat, view: BallotView, choice: Choice, idempotency_key: str, content: str
) -> CastBallot:
    # The head is that of before this vote: what the receipt shows is fixed when the vote is sent.
    head = heads.head_of_the_day(work)
    made = Ballot(
        round_id=seat.round_id,
        seat_id=seat.id,
        version=rows.last_version(work.session, seat.id) + 1,
        contact_id=work.actor.id,
        **_content(choice),
        shown=list(view.paper.themes),
        content_sha256=content,
        idempotency_key=idempotency_key,
        head=head.root,
        cast_at=work.now,
    )
    covered = receipts.record_of(made, view.round_key, seat.pseudonym)
    made.receipt = receipt_code(covered)
    work.session.add(made)
    work.session.flush()
    rows.make_current(work.session, made)
    work.record(
        "ballot.cast",
        f"seat:{seat.id}",
        {
            "ballot": made.id,
            "version": made.version,
            "record_sha256": record.digest(record.canonical(covered)),
        },
    )
    notices.vote_cast(work, made, earlier=view.current is not None)
    return _cast_view(made, counts=True)


def _content(choice: Choice) -> dict[str, Any]:
    """What a version says, in the form in which it is stored and counted."""
    return {
        "ranking": [[key] for key in choice.ranking],
        "objectives": list(choice.objectives),
        "endorsements": sorted(choice.endorsements),
    }


def _cast_view(found: Ballot, *, counts: bool) -> CastBallot:
    return CastBallot(
        version=found.version,
        choice=Choice(
            tuple(key for tier in found.ranking for key in tier),
            tuple(found.objectives),
            tuple(found.endorsements),
        ),
        receipt=found.receipt,
        cast_at=found.cast_at,
        sent_by=found.contact.name if found.contact else "",
        counts=counts,
    )


def _view(work: Work, seat: Seat, current: Ballot | None) -> BallotView:
    found = seat.round
    paper = _paper(seat)
    themes = {theme.key: theme_line(theme) for theme in found.themes}
    nominees = {nominee.key: nominee for nominee in found.nominees}
    takes_votes = accepts_ballots(State(found.state)) and work.now < found.closes_at
    return BallotView(
        round_key=found.key,
        title=LocalText(found.title_es, found.title_en or found.title_es),
        question=LocalText(found.question_es, found.question_en or found.question_es),
        state=found.state,
        secrecy=found.secrecy,
        example=found.example,
        zone=found.zone,
        here=catalogue.countries_by_code()[seat.country].zone,
        closes_at=found.closes_at,
        ended_at=None
        if takes_votes or found.state == State.CANCELLED
        else found.closed_at or found.closes_at,
        takes_votes=takes_votes,
        seat=seat.key,
        organisation=seat.name,
        paper=paper,
        themes=tuple(themes[key] for key in paper.themes),
        nominees=tuple(
            Candidate(key, nominees[key].name, nominees[key].organisation) for key in paper.nominees
        ),
        current=_cast_view(current, counts=True) if current else None,
    )


def _paper(seat: Seat) -> Paper:
    """What this seat can choose, its themes in the seat's own order and the nominees by name."""
    rules = parse_rules(seat.round.rules)
    nominees = sorted(seat.round.nominees, key=lambda nominee: (fold(nominee.name), nominee.key))
    themes = (theme.key for theme in seat.round.themes)
    return Paper(
        themes=theme_order(themes, seat.position, seat.round.commitment or seat.round.key),
        max_ranks=rules.max_ranks,
        objectives=tuple(objective.number for objective in catalogue.objectives()),
        max_objectives=rules.max_objectives,
        nominees=tuple(nominee.key for nominee in nominees) if rules.max_endorsements else (),
        max_endorsements=rules.max_endorsements,
    )

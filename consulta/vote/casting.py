"""Versions of a seat's ballot: how they are shown, taken and stored, for every kind of sender.

This module decides when a vote is taken and which version counts. Its callers decide who may send one,
and for which seat: a contact with a session (`voting`), or staff on request (`assisted`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from consulta.core.counting.choice import Choice, Entries, Paper, faults, has_gaps
from consulta.core.counting.choice import choice as choice_of
from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.core.rounds import State, accepts_ballots
from consulta.core.trust import record
from consulta.core.trust.ordering import people_order, theme_order
from consulta.core.trust.receipts import receipt_code
from consulta.platform.copying import copied
from consulta.platform.data import ballot_fields, catalogue, dimensions
from consulta.platform.models import Assistance, Ballot
from consulta.rounds import addresses, ballots, heads, notices
from consulta.rounds.ballots import is_excluded, taken_out_after
from consulta.rounds.ending import ending_of, people_until
from consulta.rounds.public_rounds import theme_line
from consulta.vote import answers, queries
from consulta.vote.values import BallotView, Candidate, CastBallot, Late, ListedBallot, Review, SentBallot

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.values import Rules
    from consulta.platform.models import Round, Seat
    from consulta.platform.work import Work


def view_of(work: Work, seat: Seat, current: Ballot | None) -> BallotView:
    """Return the view of a seat's ballot, with `current`, the version that counts."""
    found = seat.round
    rules = _rules_of(found)
    paper = paper_of(seat, rules)
    themes = {theme.key: theme_line(theme) for theme in found.themes}
    nominees = {nominee.key: nominee for nominee in found.nominees}
    open_now = takes_votes(work, found.state, found.closes_at)
    return copied(
        BallotView,
        found,
        round_key=found.key,
        here=catalogue.countries_by_code()[seat.country].zone,
        ended_at=None
        if open_now or found.state == State.CANCELLED
        else min(found.closed_at or found.closes_at, found.closes_at),
        takes_votes=open_now,
        seat=seat.key,
        organisation=seat.name,
        paper=paper,
        balance=tuple(rules.balance),
        themes=tuple(themes[key] for key in paper.themes),
        nominees=tuple(copied(Candidate, nominees[key]) for key in paper.nominees),
        current=cast_view(work, current, counts=True) if current else None,
        excluded=current is not None and not open_now and is_excluded(work.session, current.id),
        restored=taken_out_after(work.session, current) if current is not None and not open_now else 0,
        nominations_until=people_until(found, work.now),
        objective_share=rules.objective_share if rules.method == "points" else 0,
        ending=ending_of(work, found),
        questions=answers.asks(work, found) if current else 0,
        alike=ballots.alike(work.session, seat, joined=found.joined_below is not None)
        if found.secrecy == "pseudonymous" and seat.id
        else None,
        fields=ballot_fields.of_round(found),
        added=dimensions.others(seat.categories if seat.id else dimensions.every()),
    )


def listed(found: Round, *, people: bool) -> ListedBallot:
    """Return what can be chosen in a round, of no seat; without the people on the ballot unless asked for."""
    whole = paper_of(queries.imagined(found, 0, "", "", None), _rules_of(found))
    paper = whole if people else replace(whole, nominees=())
    nominees = {nominee.key: nominee for nominee in found.nominees} if people else {}
    return ListedBallot(
        paper,
        tuple(theme_line(theme) for theme in found.themes),
        tuple(copied(Candidate, nominees[key]) for key in paper.nominees),
        ballot_fields.of_round(found),
    )


def _rules_of(found: Round) -> Rules:
    return parse_rules(found.rules)


def takes_votes(work: Work, state: str, closes_at: datetime) -> bool:
    """Return whether a round in this state, with this deadline, takes votes now."""
    return accepts_ballots(State(state)) and work.now < closes_at


def reviewed(view: BallotView, entries: Entries) -> Review | Late:
    """Return what the entries say with their faults, or Late if no vote is taken.

    Nothing is recorded.
    """
    if not view.takes_votes:
        return Late(view)
    return Review(view, choice_of(entries, view.paper), faults(entries, view.paper), has_gaps(entries))


def take(
    work: Work,
    seat: Seat,
    entries: Entries,
    idempotency_key: str,
    assistance: Assistance | None = None,
    *,
    seen: int | None = None,
) -> CastBallot | Late:
    """Record a vote as the version that counts; the seat must be held.

    The same form sent again gives the same version; so does the vote that counts already, sent again by the
    same contact. `seen`: the version that the sender knows to be replaced, 0 for none; not asked where None.
    Problems: `vote.changed` where another version counts by now, the first fault of the entries.
    """
    found, current = seat.round, ballots.current(work.session, seat.id)
    paper = paper_of(seat, _rules_of(found))
    choice = choice_of(entries, paper)
    content = record.digest(record.canonical(_content(choice)))
    sent = current and ballots.sent_before(work.session, seat.id, idempotency_key, content)
    if sent is None and current and assistance is None:
        is_same = (current.content_sha256, current.contact_id) == (content, work.actor.id)
        # A new address of the same contact must not learn by trying which vote was sent before.
        sent = current if is_same and may_read(work, current) else None
    if sent is not None:
        return _taken(sent, counts=sent is current)
    if not takes_votes(work, found.state, found.closes_at):
        record_late(work, seat)
        return Late(view_of(work, seat, current))
    if seen is not None and seen != (current.version if current else 0):
        raise Problem("vote.changed")
    for fault in faults(entries, paper):
        raise fault.problem
    made = _store(work, seat, current, paper, choice, idempotency_key, content, assistance)
    return _taken(made, counts=True)


def abstain(work: Work, seat: Seat, idempotency_key: str) -> CastBallot | Late:
    """Record that a seat abstains on purpose; the seat must be held. Doing so again gives the same version.

    A vote that is recorded is not taken back by it. Problem: `abstain.voted`.
    """
    found, current = seat.round, ballots.current(work.session, seat.id)
    if current is not None and current.abstains:
        return _taken(current, counts=True)
    if not takes_votes(work, found.state, found.closes_at):
        record_late(work, seat)
        return Late(view_of(work, seat, current))
    if current is not None:
        raise Problem("abstain.voted")
    paper, nothing = paper_of(seat, _rules_of(found)), Choice(())
    content = record.digest(record.canonical(_content(nothing)))
    made = _store(work, seat, None, paper, nothing, idempotency_key, content, abstains=True)
    return _taken(made, counts=True)


def record_late(work: Work, seat: Seat) -> None:
    """Let the log say that a vote for this seat came after the end."""
    work.record("ballot.late", f"seat:{seat.id}", {"state": seat.round.state})


def may_read(work: Work, found: Ballot) -> bool:
    """Return whether a voter may read what a version of a ballot says, and its receipt code.

    Only who could vote when it was sent may: a contact, or an address, of later reads that there is a vote
    and when. Staff, who are not asked for here, are shown no content by `assisted`.
    """
    if work.actor.seat_id is None:
        return True
    return addresses.could_vote(work.session, found.seat_id, work.actor.id or 0, found.cast_at)


def cast_view(work: Work, found: Ballot, *, counts: bool) -> SentBallot:
    """Return the view of a version of a ballot; `counts` tells whether it is the version that counts.

    It has no content and no receipt code where the voter may not read them.
    """
    asked = found.assistance.requester if found.assistance else ""
    readable = may_read(work, found)
    return copied(
        SentBallot,
        found,
        choice=_choice_of(found) if readable else Choice(()),
        receipt=found.receipt if readable else "",
        readable=readable,
        sent_by=asked if found.assistance else addresses.sender_of(work.session, found),
        counts=counts,
    )


def _taken(found: Ballot, *, counts: bool) -> CastBallot:
    return copied(CastBallot, found, choice=_choice_of(found), counts=counts)


def _choice_of(found: Ballot) -> Choice:
    """Return what a stored version says."""
    ranking = tuple(key for tier in found.ranking for key in tier)
    fields = found.fields | found.fields_sealed
    return Choice(ranking, tuple(found.objectives), tuple(found.endorsements), fields)


def paper_of(seat: Seat, rules: Rules) -> Paper:
    """Return what a seat can choose, themes and people in the seat's own order, people by their roles."""
    people: dict[str, list[str]] = {}
    for nominee in seat.round.nominees:
        if nominee.on_ballot and rules.max_endorsements:
            people.setdefault(nominee.role, []).append(nominee.key)
    told = seat.round.commitment or seat.round.key
    themes = [theme.key for theme in seat.round.themes]
    return Paper(
        themes=theme_order(themes, seat.position, told),
        max_ranks=rules.max_ranks,
        objectives=tuple(objective.number for objective in catalogue.objectives()),
        max_objectives=rules.max_objectives,
        nominees=people_order(people, seat.position, told),
        max_endorsements=rules.max_endorsements,
        fields=ballot_fields.options(ballot_fields.of_round(seat.round)),
    )


def _store(
    work: Work,
    seat: Seat,
    current: Ballot | None,
    paper: Paper,
    choice: Choice,
    idempotency_key: str,
    content: str,
    assistance: Assistance | None = None,
    *,
    abstains: bool = False,
) -> Ballot:
    if seat.withdrawn_at is not None:
        raise Problem("vote.withdrawn")
    # The seal needs a head of before this vote; the receipt shows that of after it, which covers the vote.
    head = heads.head_of_the_day(work)
    values: dict[str, Any] = {
        "round_id": seat.round_id,
        "seat_id": seat.id,
        "version": ballots.last_version(work.session, seat.id) + 1 if current else 1,
        "contact_id": None if assistance else work.actor.id,
        "assisted": assistance is not None,
        "young": assistance is None and addresses.is_young(work.session, seat.id, work.actor.id or 0),
        "abstains": abstains,
        **_content(choice),
        **_fields(seat.round, choice),
        "endorsements_sealed": seat.round.endorsements_apart,
        "shown": list(paper.themes),
        "content_sha256": content,
        "idempotency_key": idempotency_key,
        "head": head.root,
        "cast_at": work.now,
    }
    made = Ballot(**values)
    covered = ballots.record_of(made, seat.round.key, seat.pseudonym)
    made.receipt, made.assistance = receipt_code(covered), assistance
    ballots.store(work.session, made)
    ballots.make_current(work.session, made, first=current is None)
    details = {
        "ballot": made.id,
        "version": made.version,
        "record_sha256": record.digest(record.canonical(covered)),
    }
    marks = {name: True for name in ("assisted", "young") if getattr(made, name)}
    action = "ballot.abstained" if abstains else "ballot.cast"
    outside = {
        "act": action,
        "record_sha256": details["record_sha256"],
        "round": f"round:{seat.round_id}",
        "seat": seat.pseudonym,
    }
    work.record(action, f"seat:{seat.id}", details | marks, outside)
    heads.after_vote(work, made)
    notices.vote_cast(work, made, earlier=current is not None and not current.abstains)
    return made


def _content(choice: Choice) -> dict[str, Any]:
    """Return the content of a version in the form in which it is stored and counted."""
    return {
        "ranking": [[key] for key in choice.ranking],
        "objectives": list(choice.objectives),
        "endorsements": sorted(choice.endorsements),
        **({"fields": dict(choice.fields)} if choice.fields else {}),
    }


def _fields(found: Round, choice: Choice) -> dict[str, dict[str, str]]:
    """Return the answers in fields as they are stored: those to be published apart from the sealed ones."""
    sealed = {each["key"] for each in ballot_fields.of_round(found) if each["sealed"]}
    return {
        "fields": {key: option for key, option in choice.fields.items() if key not in sealed},
        "fields_sealed": {key: option for key, option in choice.fields.items() if key in sealed},
    }

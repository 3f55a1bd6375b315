"""A round from its first draft to its closing: texts, deadline and rules while it is a draft, then its moves.

It decides what a round needs to be kept as a draft, and that nothing but a draft can be changed. What opening
asks for is in `opening`; themes and nominees have modules of their own and come here for the draft.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from consulta.core.counting.rules import parse_rules, rules_to_dict
from consulta.core.problems import Problem
from consulta.core.rounds import State, accepts_edits, move
from consulta.core.texts import Text
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue, dimensions
from consulta.platform.models import Round
from consulta.platform.texts import line, paragraphs
from consulta.rounds import ballots, binding, heads, secrecy
from consulta.rounds.ballots import ClosingMails, awaits_objections, objections_end
from consulta.rounds.ending import phase_of
from consulta.rounds.queries import rounds as queries
from consulta.rounds.values import RoundLine, RoundOverview

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consulta.platform.work import Work
    from consulta.rounds.queries.rounds import Sizes

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
FEWEST_THEMES = 2
NO_SOURCE = Text()
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class RoundCommand:
    """What a draft is made of; `rules` is their JSON form (section 1.1), each one left out at its default."""

    key: str
    title: Text
    question: Text
    closes_local: str  # "2027-03-05T17:00", as promised in `zone`
    zone: str
    rules: Mapping[str, object] = field(default_factory=dict)
    secrecy: str = secrecy.USUAL
    public_source: Text = NO_SOURCE  # of a public value for the seed; empty: there is none
    public_local: str = ""  # from when on, in `zone`
    example: bool = False
    voters: Mapping[str, Sequence[str]] = field(default_factory=dict)  # dimension -> categories; empty: all
    objection_hours: int | None = None  # from the closing until publishing; None: as in the installation


def command_of(view: RoundOverview, **other: Any) -> RoundCommand:
    """Return the command that would leave a round as it is, with the `other` values in place of its own."""
    return copied(RoundCommand, view, view.line, **{"rules": rules_to_dict(view.rules), **other})


def proposed(work: Work, copied_from: str = "") -> RoundCommand:
    """Return what a new round is proposed to be: as the round `copied_from`, else with the last one's rules.

    The rules are of the newest version, whatever those of the other round are. Without any round before,
    they are the usual ones. The deadline is two weeks ahead, and the key
    the first of its year that is free. Nothing is announced of a public value, since that of before has
    passed. Problem: `round.unknown`.
    """
    require(work, "rounds.write")
    lines = list_rounds(work)
    fresh: dict[str, Any] = {
        "key": _free_key({each.key for each in lines}, work.now.year),
        "closes_local": deadlines.proposed(work.now),
        "public_source": NO_SOURCE,
        "public_local": "",
        "example": False,
        "objection_hours": None,
    }
    if copied_from:
        return command_of(round_overview(work, copied_from), **fresh)
    usual = catalogue.term("questions", "usual")
    before = next((each for each in lines if each.state != State.CANCELLED), None)
    if before is None:
        return RoundCommand(title=Text(), question=usual, zone=deadlines.DEFAULT_ZONE, **fresh)
    return command_of(round_overview(work, before.key), title=Text(), voters={}, **fresh)


def _free_key(taken: set[str], year: int) -> str:
    return next(key for number in count(1) if (key := f"{year}-{number}") not in taken)


def create_round(work: Work, command: RoundCommand) -> str:
    """Create a draft and return its key.

    Problems: `round.key`, `round.title`, `round.secrecy`, `round.duplicate`, those of
    `deadlines.resolve`, `deadline.past`, `plan.late` (its planned opening), those of rules,
    `rules.dimension`.
    """
    require(work, "rounds.write")
    found = Round(
        id=queries.unused_number(work.session),
        panel_rules=catalogue.presets()[0].panel,
        created_at=work.now,
        state="draft",
    )
    _write(work, found, command)
    work.session.add(found)
    work.session.flush()
    work.record("rounds.created", subject(found), {"key": found.key})
    return found.key


def edit_round(work: Work, round_key: str, command: RoundCommand) -> str:
    """Replace the texts, the deadline and the rules of a draft; the key (perhaps a new one) is returned.

    Problems: `round.unknown`, `round.frozen`, and those of `create_round`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    _write(work, found, command)
    work.session.flush()
    work.record("rounds.edited", subject(found), {"key": found.key})
    return found.key


def list_rounds(work: Work) -> tuple[RoundLine, ...]:
    """Return all rounds, the newest first, each with the next thing to do."""
    require(work, "rounds.read")
    return tuple(line_of(found, sizes, work.now) for found, sizes in queries.listed(work.session, work.now))


def round_line(work: Work, round_key: str) -> RoundLine:
    """Return one round as a line. Raise Problem `round.unknown` if there is no such round."""
    require(work, "rounds.read")
    return line_of(*sized(work, round_key), work.now)


def round_overview(work: Work, round_key: str) -> RoundOverview:
    """Return a round with its texts, its rules and its state. Problem: `round.unknown`."""
    require(work, "rounds.read")
    return overview_of(*sized(work, round_key), work.now)


def close_round(work: Work, round_key: str, reason: str = "", objection_hours: int = 0) -> None:
    """End the voting: votes cast so far count, and none is taken any more.

    Before the deadline this needs a reason, which is public. For `objection_hours` hours, or those
    of the round, organisations can object to how they appear, and no result is published. `moves.close`
    calls this function and sends the closing mails.
    Problems: `round.unknown`, `round.move`, `round.reason`.
    """
    require(work, "rounds.close")
    found = hold(work, round_key)
    found.state = move(State(found.state), State.CLOSED).value
    said = line(reason)
    if work.now < found.closes_at and not said:
        raise Problem("round.reason")
    cast = [cast_at for _, cast_at in queries.turnout(work.session, found.id) if cast_at is not None]
    # Closing may have waited while later votes came through: none that counts is after the end.
    found.closed_at = max([work.now, *cast])
    hours = objection_hours if found.objection_hours is None else found.objection_hours
    found.objections_until = found.closed_at + timedelta(hours=hours)
    details = {
        "ballots": ballots.ballots(work.session, found.id),
        "closes_at": deadlines.as_text(found.closes_at),
        "objections_until": deadlines.as_text(found.objections_until),
        "closed_at": deadlines.as_text(found.closed_at),
        **binding.at_closing(work, found),
    }
    heads.fill(work)
    work.record("rounds.closed", subject(found), details | ({"reason": said} if said else {}))
    heads.take_head(work, "closing", found.id)


def cancel_round(work: Work, round_key: str, reason: str) -> None:
    """Give a round up for good; the reason stays in the log.

    Problems: `round.unknown`, `round.move`, `round.reason`.
    """
    require(work, "rounds.close")
    found = hold(work, round_key)
    found.state = move(State(found.state), State.CANCELLED).value
    if not line(reason):
        raise Problem("round.reason")
    work.record("rounds.cancelled", subject(found), {"reason": line(reason)})


def is_kept(work: Work, round_key: str) -> bool:
    """Return whether a draft cannot be deleted, since others have heard of it. Problem: `round.unknown`."""
    require(work, "rounds.read")
    return queries.is_used(work.session, known(work, round_key).id)


def delete_draft(work: Work, round_key: str) -> None:
    """Delete a draft with all that belongs to it alone; that there was one stays in the log.

    Problems: `round.unknown`, `round.frozen`, `round.used` (mail was written, a member proposed a
    person or a theme, or a scrutineer was appointed: such a draft can be cancelled).
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    if queries.is_used(work.session, found.id):
        raise Problem("round.used")
    work.record("rounds.deleted", subject(found), {"key": found.key})
    queries.delete_draft(work.session, found)


# -- what the neighbouring modules share


def subject(found: Round | RoundLine) -> str:
    """Return the name of a round in the log."""
    return f"round:{found.id}"


def known(work: Work, round_key: str, *, hold: bool = False) -> Round:
    """Return a round; with `hold` locked until this unit of work ends. Problem: `round.unknown`."""
    return _there(queries.find(work.session, round_key, hold=hold), round_key)


def hold(work: Work, round_key: str) -> Round:
    """Return a round, locked until this unit of work ends. Problem: `round.unknown`."""
    return known(work, round_key, hold=True)


def takes_votes(found: Round, now: datetime) -> bool:
    """Return whether votes are taken in a round now."""
    return found.state == State.OPEN and now < found.closes_at


def require_voting(work: Work, found: Round) -> None:
    """Raise Problem `round.not_open` where a round takes no votes now."""
    if not takes_votes(found, work.now):
        raise Problem("round.not_open", key=found.key)


def whole(work: Work, round_key: str, *, hold: bool = False, roll: bool = False) -> Round:
    """Return a round with its themes and nominees, with `roll` also its seats. Problem: `round.unknown`.

    With `hold` it is locked until this unit of work ends.
    """
    return _there(queries.whole(work.session, round_key, hold=hold, roll=roll), round_key)


def draft(work: Work, round_key: str, *, to_change: bool = True) -> Round:
    """Return a draft, locked and loaded with its contents. Problems: `round.unknown`, `round.frozen`.

    It is about to be changed, unless `to_change` is off. Where two persons agreed that it opens by itself,
    one alone would change what they agreed on: so that opening is given up. What one asked for and no other
    has confirmed yet is withdrawn.
    """
    found = whole(work, round_key, hold=True)
    if not accepts_edits(State(found.state)):
        raise Problem("round.frozen", key=round_key)
    if to_change:
        give_up_agreement(work, found)
    return found


def give_up_agreement(work: Work, found: Round) -> None:
    """Give up what two persons agreed on about the opening of a draft, which one of the desk changes now."""
    if work.actor.staff_id is None or not accepts_edits(State(found.state)):
        return
    if found.opens_agreed and found.opens_at is not None:
        found.opens_at, found.opens_refused, found.opens_agreed = None, "plan.changed", False
        work.record("rounds.opening_unplanned", subject(found), {"why": "changed"})
    for number in queries.withdraw_openings(work.session, found.key, work.now):
        work.record("acts.withdrawn", f"act:{number}", {"why": "changed"})


def sized(work: Work, round_key: str, *, contents: bool = False) -> tuple[Round, Sizes]:
    """Return a round, and the numbers of its themes, nominees, seats, ballots, messages and so on.

    Problem: `round.unknown`.
    """
    return _there(queries.sized(work.session, round_key, work.now, contents=contents), round_key)


def _there(found: Found | None, round_key: str) -> Found:
    if found is None:
        raise Problem("round.unknown", key=round_key)
    return found


def line_of(found: Round, sizes: Sizes, now: datetime) -> RoundLine:
    """Return a round as a line."""
    phase, state = phase_of(found, now), found.state
    of_themes = phase_of(found, now, "for_themes")
    closed = state == State.CLOSED
    return copied(
        RoundLine,
        sizes,
        found,
        links=sizes.links if state == State.OPEN else 0,
        counted=sizes.results > 0,
        panel_chosen=sizes.panels > 0,
        panel_public=found.panel_version is not None and found.panel_version == sizes.panel_version,
        proposals=sizes.proposals if state != State.CANCELLED else 0,
        session_cancelled=sizes.session_ends is None and sizes.sessions_cancelled > 0,
        undelivered=sizes.undelivered if state in {State.OPEN, State.CLOSED} else 0,
        opens_at=found.opens_at if state == State.DRAFT else None,
        opens_agreed=state == State.DRAFT and found.opens_agreed and found.opens_at is not None,
        opening_refused=state == State.DRAFT and found.opens_refused is not None,
        objections_until=objections_end(found, _closing_mails(sizes), now) if closed else None,
        closing_waits=sizes.closing_waits if closed else 0,
        objections=sizes.objections if state in {State.CLOSED, State.PUBLISHED} else 0,
        stale=closed and sizes.excluded > found.left_out,
        panel_void=sizes.former_panels > 0 and sizes.panels == 0,
        panel_published=found.panel_version is not None,
        factsheet_public=sizes.factsheet is not None,
        proposing=phase.stage if phase else None,
        proposing_opens_at=phase.opens_at if phase and phase.stage == "planned" else None,
        proposing_closes_at=(phase.ended_at or phase.closes_at) if phase else None,
        proposes_people=phase is not None and phase.on and phase.for_people,
        asks_themes=of_themes is not None and of_themes.stage != "planned",
        theme_waiting=sizes.theme_waiting if state == State.DRAFT else 0,
        step=_step(found, sizes, now),
    )


def _closing_mails(sizes: Sizes) -> ClosingMails:
    return ClosingMails(sizes.closing_waits, sizes.closing_left)


def overview_of(found: Round, sizes: Sizes, now: datetime) -> RoundOverview:
    """Return a round for its own page."""
    return copied(
        RoundOverview,
        found,
        line=line_of(found, sizes, now),
        rules=parse_rules(found.rules),
        commitment=found.commitment or "",
        package_sha256=found.frozen_sha256 or "",
    )


def _move_plan(found: Round) -> None:
    """Keep a planned opening at its hour in the round's zone, before the deadline. Problem: `plan.late`."""
    if found.opens_at is not None and found.opens_local is not None:
        found.opens_at = deadlines.resolve(found.opens_local, found.zone)
        if found.opens_at >= found.closes_at:
            raise Problem("plan.late")


def _step(found: Round, sizes: Sizes, now: datetime) -> str:
    """Return the next thing to do with a round, as a word."""
    voting = _while_voting(sizes) if sizes.links else "links"
    count = "draw" if found.public_at is not None and not sizes.drawn else "count"
    steps = {
        State.DRAFT: _in_draft(found, sizes, now),
        State.OPEN: "close" if now >= found.closes_at else voting,
        State.CLOSED: _before_publishing(found, sizes, now) if sizes.results else count,
        State.PUBLISHED: _after(found, sizes, now),
        State.CANCELLED: "none",
    }
    return steps[State(found.state)]


def _before_publishing(found: Round, sizes: Sizes, now: datetime) -> str:
    """Return the next thing to do with a counted round that is not published, as a word.

    The panel is no part of it: the result can be published without one.
    """
    if sizes.excluded > found.left_out:
        return "recount"
    if sizes.undecided:
        return "objections"
    if found.result_seen_at is None:
        return "read_result"
    return "wait" if awaits_objections(found, _closing_mails(sizes), now) else "publish"


def _in_draft(found: Round, sizes: Sizes, now: datetime) -> str:
    """Return the next thing to do with a draft, as a word: members' themes come before its own."""
    phase = phase_of(found, now)
    if phase is not None and phase.stage != "over":
        return "proposing_opening" if phase.stage == "planned" else "proposing"
    if sizes.theme_waiting or sizes.proposals:
        return "decide"
    if sizes.themes < FEWEST_THEMES:
        return "themes"
    return "planned" if found.opens_at is not None else "open"


def _while_voting(sizes: Sizes) -> str:
    """Return the next thing to do with a round in which members vote, as a word."""
    if not sizes.reminders and sizes.ballots < sizes.seats:
        return "remind"
    return "decide" if sizes.proposals else "watch"


def _after(found: Round, sizes: Sizes, now: datetime) -> str:
    """Return the next thing to do with a published round, as a word."""
    if sizes.nominees and not sizes.panels:
        return "panel"
    if sizes.factsheet is not None:
        return "read"
    if sizes.session_ends is None:
        return "session"
    if now < sizes.session_ends:
        return _before_session(found, sizes)
    return "factsheet" if sizes.attended else "attendance"


def _before_session(found: Round, sizes: Sizes) -> str:
    """Return the next thing to do with the panel before a session that is to come, as a word."""
    if sizes.panels and (sizes.unasked or not sizes.guests):
        return "invite"
    if sizes.declined:
        return "replace"
    if sizes.accepted and not sizes.unanswered and found.panel_version != sizes.panel_version:
        return "show"
    return "await"


def _announced(work: Work, command: RoundCommand, closes_at: datetime) -> datetime | None:
    """Return the earliest moment at which a public value may date; None if none is announced.

    Problems: `public.incomplete`, `public.before`, those of `deadlines.resolve`.
    """
    said = [
        *(bool(line(command.public_source.into(each))) for each in work.languages),
        bool(command.public_local),
    ]
    if not any(said):
        return None
    if not all(said):
        raise Problem("public.incomplete")
    moment = deadlines.resolve(command.public_local, command.zone)
    if moment < closes_at:
        raise Problem("public.before")
    return moment


def _write(work: Work, found: Round, command: RoundCommand) -> None:
    """Put a command's values into a draft, or refuse it with the first problem."""
    if not KEY.fullmatch(command.key):
        raise Problem("round.key")
    if not line(command.title.into(work.languages[0])):
        raise Problem("round.title")
    closes_at = deadlines.resolve(command.closes_local, command.zone)
    if closes_at <= work.now:
        raise Problem("deadline.past")
    public_at = _announced(work, command, closes_at)
    rules = replace(parse_rules(command.rules), panel=None)
    for dimension in {**rules.balance, **rules.spread, **command.voters}:
        if dimension not in dimensions.every():
            raise Problem("rules.dimension", dimension=dimension)
    found.key = command.key
    found.title, found.question = command.title.map(line), command.question.map(paragraphs)
    found.closes_local, found.zone, found.closes_at = command.closes_local, command.zone, closes_at
    _move_plan(found)
    found.public_source = command.public_source.map(line)
    found.public_local, found.public_at = command.public_local, public_at
    found.rules = rules_to_dict(rules)
    found.secrecy = secrecy.as_mode(command.secrecy)
    found.example = command.example or work.practice
    found.voters = {name: sorted(keys) for name, keys in command.voters.items()}
    found.objection_hours = command.objection_hours

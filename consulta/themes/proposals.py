"""Themes that members propose: their rules, their steps, what members and the public see of them.

The states of a proposal:

- `submitted`: waits for the secretariat; its proposer may change it or take it back while the phase is on.
- `returned`: the secretariat asked a question (`question`); the proposer's answer (`answer`) puts it back to
  `submitted`, and may change its words.
- `admitted`: accepted as a candidate; on the ballot once `theme` is the key of a theme of the round.
- `declined`: not accepted, with a public `reason`.
- `merged`: joined with the proposal `into`, whose support then counts the organisations of both.
- `split`: replaced by its `parts`, which are proposals of their own with `part_of`.
- `withdrawn`: taken back by its proposer; shown to no one else, and its supports are free again.

The secretariat gets rows (`Reviewed`). What other members and the public see is decided by `as_seen` alone
(decision 49): names of organisations are shown in rounds with names (`open`) only; in the others no author is
shown, and who stands behind a proposal is told in numbers from `least` organisations on.

The log names a proposal and no organisation, since the log of a round may be published where votes have no
names; who did what is in the steps.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.core.ballot_themes import Placed
from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.core.trust.receipts import ALPHABET
from consulta.core.typed import from_stored
from consulta.core.wording import changes
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.messages import N_
from consulta.platform.models import (
    Organisation,
    Round,
    Theme,
    ThemeProposal,
    ThemeProposalEvent,
    ThemeSupport,
)
from consulta.platform.parts import Part, uses
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import line, paragraphs
from consulta.platform.work import Actor
from consulta.rounds import proposing
from consulta.rounds.ending import phase_of
from consulta.rounds.service import hold, known, subject, whole
from consulta.themes.likeness import alike, shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.reading import Node
    from consulta.core.wording import Piece
    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Contact, Message, ProposingPhase
    from consulta.platform.work import Work
    from consulta.rounds.values import Phase

TITLE_MAX = 120
WHY_MAX = 500
MOST_OBJECTIVES = 5
ANSWER_MAX = 1000
WITH_NAMES = "open"
RECEIVED = "theme_received"  # the kind of mail that confirms a proposal

WAITING = frozenset({"submitted", "returned"})
DECIDED = frozenset({"admitted", "declined", "merged", "split"})
# Step -> the states from which it may be taken, and the state to which it leads (None: the same one).
STEPS: dict[str, tuple[frozenset[str], str | None]] = {
    "submitted": (frozenset({"submitted"}), "submitted"),
    "made": (frozenset({"submitted"}), "submitted"),
    "edited": (WAITING, None),
    "answered": (frozenset({"returned"}), "submitted"),
    "withdrawn": (WAITING, "withdrawn"),
    "returned": (frozenset({"submitted"}), "returned"),
    "admitted": (WAITING, "admitted"),
    "declined": (WAITING, "declined"),
    "merged": (WAITING | {"admitted"}, "merged"),
    "split": (WAITING, "split"),
    "translated": (WAITING | {"admitted"}, None),
    "reworded": (WAITING | {"admitted"}, None),
}
BY_MEMBERS = frozenset({"submitted", "edited", "answered", "withdrawn"})


@dataclass(frozen=True, slots=True)
class ThemeProposalCommand:
    """A theme as a member proposes it, in one language."""

    language: str
    title: str
    why: str
    objectives: tuple[int, ...]
    countries: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Backing:
    """Who stands behind a proposal: its proposer and supporters, with those of what was merged into it."""

    organisations: int
    subregions: int
    by_subregion: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Translation:
    """Who translated the words of a proposal into a language, and when."""

    language: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """Words that the secretariat changed: what of title and reason is the same, taken out, and put in."""

    at: datetime
    by: str
    language: str
    title: tuple[Piece, ...]
    why: tuple[Piece, ...]
    objectives: tuple[tuple[int, ...], tuple[int, ...]]  # before and after


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A proposed theme for the secretariat, with what follows from the other proposals of its round.

    Countries and populations are those of what was merged into it, too. `end` is the number of the proposal
    in which its merges end. `why_not` is a code of why an admitted one is not on the ballot, once that is
    chosen (`core.ballot_themes.Why`).
    """

    proposal: ThemeProposal
    countries: tuple[str, ...]
    populations: tuple[str, ...]
    into: int | None  # the number of the proposal it was merged into
    part_of: int | None  # the number of the one that it is a part of
    parts: tuple[int, ...]
    merged: tuple[int, ...]  # numbers of those that end in it
    theme: str | None  # the key of its theme in the round
    end: int | None
    why_not: str
    changes: tuple[Change, ...]
    backing: Backing
    translations: tuple[Translation, ...]

    @property
    def version(self) -> int:
        """Return the id of its last step: a decision says which it saw."""
        return self.proposal.events[-1].id


@dataclass(frozen=True, slots=True)
class ShownBacking:
    """What is shown of who stands behind a proposal; `fewer` is set where exact numbers are not shown."""

    organisations: int | None
    subregions: int | None
    fewer: int | None = None  # the organisations are fewer than this


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTheme:
    """A proposal for eyes that may not know who proposed it: other members and the public."""

    number: int
    language: str
    title: Text
    why: Text
    objectives: tuple[int, ...]
    countries: tuple[str, ...]
    populations: tuple[str, ...]
    state: str
    reason: Text
    into: int | None
    part_of: int | None
    parts: tuple[int, ...]
    theme: str | None
    end: int | None
    why_not: str
    not_taken: Text  # the secretariat's reason where it chose
    changes: tuple[Change, ...]
    behind: ShownBacking
    authors: tuple[str, ...]  # names, in rounds with names alone
    translations: tuple[Translation, ...]
    supported: bool  # by the organisation that looks
    mine: bool  # of that organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTheme(OtherTheme):
    """A proposal for the organisation that made it."""

    reference: str
    contact: str
    question: str
    answer: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class OwnThemes:
    """What an organisation proposed and supports, and what it sees of others."""

    round_key: str
    round_title: Text
    organisation: str
    example: bool
    secrecy: str
    here: str  # the zone of the organisation's country
    phase: Phase
    room: int
    supports_left: int
    proposals: tuple[OwnTheme, ...]
    seen: bool  # whether the proposals of others are seen now
    others: tuple[OtherTheme, ...]
    draft: bool


@dataclass(frozen=True, slots=True)
class PublicThemes:
    """The proposals of a round as the public sees them, once the phase is over."""

    round_key: str
    round_title: Text
    example: bool
    zone: str
    secrecy: str
    phase: Phase
    proposals: tuple[OtherTheme, ...]
    supporters: tuple[int, int] | None  # organisations that proposed or supported, and their subregions
    own_themes: tuple[Text, ...]  # themes of the round that no member proposed: the secretariat's own


# -- rules


def cleaned(command: ThemeProposalCommand) -> ThemeProposalCommand:
    """Return the proposal as it is kept: texts without invisible signs, choices in order, each once."""
    return replace(
        command,
        title=line(command.title),
        why=paragraphs(command.why),
        objectives=tuple(sorted(set(command.objectives))),
        countries=tuple(sorted(set(command.countries))),
        populations=tuple(key for key in catalogue.terms("populations") if key in command.populations),
    )


def faults(command: ThemeProposalCommand) -> Iterator[Problem]:
    """Yield what a cleaned proposal lacks or has too much of."""
    if not 1 <= len(command.title) <= TITLE_MAX:
        yield Problem("theme_proposal.title", most=TITLE_MAX, count=len(command.title))
    if not 1 <= len(command.why) <= WHY_MAX:
        yield Problem("theme_proposal.why", most=WHY_MAX, count=len(command.why))
    known = set(catalogue.objectives_by_number())
    if not (1 <= len(command.objectives) <= MOST_OBJECTIVES and set(command.objectives) <= known):
        yield Problem("theme.choose")
    if not set(command.countries) <= set(catalogue.countries_by_code()):
        yield Problem("theme_proposal.countries")
    if command.language not in catalogue.languages_by_key():
        yield Problem("theme_proposal.language")


# -- steps


@dataclass(frozen=True, slots=True)
class StepDetails:
    """What the details of a step tell; what its kind does not tell is empty."""

    language: str = ""
    question: str = ""
    answer: str = ""
    event: int | None = None
    into: int | None = None
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a proposal in one language; its objectives where they were changed too."""

    title: str
    why: str
    objectives: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """What the details of a step `translated` or `reworded` tell."""

    language: str
    before: Wording
    after: Wording


def details_of(step: ThemeProposalEvent) -> StepDetails:
    """Return what a step tells beside the words that it changed."""
    return from_stored(StepDetails, step.details)


def worded(step: ThemeProposalEvent) -> Worded:
    """Return which words a step `translated` or `reworded` changed."""
    return from_stored(Worded, step.details)


def take_step(
    work: Work, row: ThemeProposal, kind: str, *, state: str | None = None, **details: Any
) -> ThemeProposalEvent:
    """Take a step: set the proposal's state, write the event, and return it.

    Other columns of the row (`reason`, words) are set by the caller; `into_id` is set here. `state` is
    needed for `undone` alone, which leads to any state but `merged`. Raise Problem
    `theme_proposal.decided` if the step cannot be taken in the present state.
    """
    if kind == "undone":
        after = state or row.state
    else:
        allowed, leads = STEPS[kind]
        if row.state not in allowed:
            raise Problem("theme_proposal.decided")
        after = leads or row.state
    if after != row.state:
        row.decided_at = work.now if after in DECIDED or after == "withdrawn" else None
    row.state = after
    if kind == "merged":
        row.into_id = details["into"]
    elif after != "merged":
        row.into_id = None
    event = ThemeProposalEvent(
        proposal=row,
        kind=kind,
        state=after,
        at=work.now,
        actor=str(work.actor),
        staff_id=work.actor.staff_id,
        contact_id=row.contact_id if kind in BY_MEMBERS else None,
        details=details,
    )
    work.session.add(event)
    work.session.flush()
    return event


def content(row: ThemeProposal) -> dict[str, Any]:
    """Return the words and choices of a proposal as events keep them."""
    return {
        "title": dict(row.title),
        "why": dict(row.why),
        "objectives": list(row.objectives),
        "countries": list(row.countries),
        "populations": list(row.populations),
    }


# -- rows


def rows_of(session: Session, round_id: int) -> list[ThemeProposal]:
    """Return all proposals of a round by number, also those that were taken back."""
    query = (
        select(ThemeProposal)
        .where(ThemeProposal.round_id == round_id)
        .options(
            joinedload(ThemeProposal.organisation),
            joinedload(ThemeProposal.contact),
            selectinload(ThemeProposal.events).joinedload(ThemeProposalEvent.staff),
            selectinload(ThemeProposal.events).joinedload(ThemeProposalEvent.contact),
            selectinload(ThemeProposal.supports).joinedload(ThemeSupport.organisation),
        )
        .order_by(ThemeProposal.number)
    )
    return list(session.scalars(query))


def find(session: Session, round_id: int, number: int) -> ThemeProposal | None:
    """Return one proposal by its number in its round, or None."""
    query = select(ThemeProposal).where(ThemeProposal.round_id == round_id, ThemeProposal.number == number)
    return session.scalars(query).first()


def with_id(session: Session, proposal_id: int) -> ThemeProposal | None:
    """Return one proposal by its id, or None."""
    return session.get(ThemeProposal, proposal_id)


def next_number(session: Session, round_id: int) -> int:
    """Return the number of the next proposal of a round; ask with the round locked."""
    query = select(func.max(ThemeProposal.number)).where(ThemeProposal.round_id == round_id)
    return (session.scalar(query) or 0) + 1


def backers(session: Session, round_id: int) -> Mapping[int, frozenset[tuple[int, str]]]:
    """Return for each proposal, by id, the organisations behind it with their countries.

    They are its proposer and its supporters, also those of the proposals merged into it, through further
    merges too. A part of a split proposal has those of the whole.
    """
    rows = session.execute(
        select(
            ThemeProposal.id,
            ThemeProposal.into_id,
            ThemeProposal.part_of_id,
            ThemeProposal.state,
            Organisation.id,
            Organisation.country,
        )
        .join(Organisation, Organisation.id == ThemeProposal.organisation_id)
        .where(ThemeProposal.round_id == round_id)
    ).all()
    own: dict[int, set[tuple[int, str]]] = {
        number: {(organisation, country)} if state != "withdrawn" else set()
        for number, _into, _part, state, organisation, country in rows
    }
    supports = (
        select(ThemeSupport.proposal_id, Organisation.id, Organisation.country)
        .join(Organisation, Organisation.id == ThemeSupport.organisation_id)
        .join(ThemeProposal, ThemeProposal.id == ThemeSupport.proposal_id)
        .where(ThemeProposal.round_id == round_id, ThemeProposal.state != "withdrawn")
    )
    for number, organisation, country in session.execute(supports):
        own[number].add((organisation, country))
    heirs: dict[int, list[int]] = defaultdict(list)  # proposal -> those that inherit its organisations
    for number, into, part, *_ in rows:
        if into is not None:
            heirs[number].append(into)
        if part is not None:
            heirs[part].append(number)
    gained = {number: set(organisations) for number, organisations in own.items()}
    for number, organisations in own.items():
        for heir in _reached(heirs, number):
            gained[heir] |= organisations
    return {number: frozenset(organisations) for number, organisations in gained.items()}


def _reached(heirs: Mapping[int, list[int]], start: int) -> set[int]:
    """Return what is reached from `start`, however far, without itself."""
    seen, waiting = {start}, [start]
    while waiting:
        fresh = [each for each in heirs.get(waiting.pop(), ()) if each not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return seen - {start}


def _placed(node: Node) -> tuple[Placed, ...]:
    return tuple(Placed(*cast("list[Any]", each.value)) for each in node.items())


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for the ballot, as the phase keeps it: when, and where each admitted proposal stood."""

    at: str = ""
    placed: Annotated[tuple[Placed, ...], _placed] = ()


def chosen(phase: ProposingPhase) -> Chosen:
    """Return what was chosen for the ballot; nothing yet where `at` is empty."""
    return from_stored(Chosen, phase.choice)


def reviewed(work: Work, found: Round) -> tuple[Reviewed, ...]:
    """Return the proposals of a round by number, without those that were taken back."""
    made = [row for row in rows_of(work.session, found.id) if row.state != "withdrawn"]
    numbers = {row.id: row.number for row in made}
    keys = select(Theme.id, Theme.key).where(Theme.round_id == found.id)
    themes = {row.id: row.key for row in work.session.execute(keys)}
    backers_of = backers(work.session, found.id)
    phase = proposing.themes_row(found)
    why = {each.number: each.why for each in chosen(phase).placed} if phase is not None else {}
    ends = _ends(made)
    merged: dict[int, list[ThemeProposal]] = defaultdict(list)
    for row in made:
        if row.id in ends:
            merged[ends[row.id].id].append(row)
    found_all = []
    for row in made:
        joined = [row, *merged[row.id]]
        standing = standing_steps(row)
        off = row.state == "admitted" and row.theme_id is None
        found_all.append(
            Reviewed(
                proposal=row,
                countries=tuple(sorted({code for each in joined for code in each.countries})),
                populations=tuple(dict.fromkeys(key for each in joined for key in each.populations)),
                into=numbers.get(row.into_id or 0),
                part_of=numbers.get(row.part_of_id or 0),
                parts=tuple(each.number for each in made if each.part_of_id == row.id),
                merged=tuple(each.number for each in merged[row.id]),
                theme=themes.get(row.theme_id or 0),
                end=ends[row.id].number if row.id in ends else None,
                why_not=why.get(row.number, "") if off else "",
                changes=tuple(_change(each) for each in standing if each.kind == "reworded"),
                backing=backing(backers_of[row.id]),
                translations=_translations(row, standing),
            )
        )
    return tuple(found_all)


def _ends(made: Collection[ThemeProposal]) -> dict[int, ThemeProposal]:
    """Return where the merges of each merged proposal end, by its id."""
    by_id = {row.id: row for row in made}
    ends = {}
    for row in made:
        into = row
        while into.into_id is not None:
            into = by_id[into.into_id]
        if into is not row:
            ends[row.id] = into
    return ends


def backing(organisations: Collection[tuple[int, str]]) -> Backing:
    """Return how many organisations these are, and of how many subregions; pairs of an id and a country."""
    by_subregion = Counter(catalogue.subregion_of(country) for _, country in organisations)
    return Backing(len(organisations), len(by_subregion), dict(sorted(by_subregion.items())))


def standing_steps(row: ThemeProposal) -> list[ThemeProposalEvent]:
    """Return the steps of a proposal that were not taken back, the oldest first."""
    undone = {details_of(each).event for each in row.events if each.kind == "undone"}
    return [each for each in row.events if each.kind != "undone" and each.id not in undone]


def _translations(row: ThemeProposal, steps: Collection[ThemeProposalEvent]) -> tuple[Translation, ...]:
    translated = {
        language: Translation(language, each.staff.name if each.staff else "", each.at)
        for each in steps
        if each.kind == "translated" and (language := details_of(each).language) in row.title
    }
    return tuple(translated.values())


def _change(step: ThemeProposalEvent) -> Change:
    said = worded(step)
    before, after = said.before, said.after
    return Change(
        at=step.at,
        by=step.staff.name if step.staff else "",
        language=said.language,
        title=changes(before.title, after.title),
        why=changes(before.why, after.why),
        objectives=(before.objectives or (), after.objectives or ()),
    )


# -- what others see


def public(work: Work, round_key: str, least: int = SMALL_CELL) -> PublicThemes:
    """Return the proposals of a round for any reader, once the phase is over.

    Problems: `round.unknown`, also while the phase is not over or where there is none.
    """
    require(work, "published.read")
    found = whole(work, round_key)
    phase = phase_of(found, work.now, "for_themes")
    if phase is None or phase.stage != "over" or found.state == "cancelled":
        raise Problem("round.unknown", key=round_key)
    made = reviewed(work, found)
    everybody = backing(frozenset().union(*backers(work.session, found.id).values()))
    proposed = {each.theme for each in made if each.theme is not None}
    return PublicThemes(
        round_key=found.key,
        round_title=found.title,
        example=found.example,
        zone=found.zone,
        secrecy=found.secrecy,
        phase=phase,
        proposals=tuple(as_seen(each, found.secrecy, least) for each in made),
        supporters=(everybody.organisations, everybody.subregions)
        if found.secrecy == WITH_NAMES or everybody.organisations >= least
        else None,
        own_themes=tuple(theme.title for theme in found.themes if theme.key not in proposed),
    )


def is_public(work: Work, round_key: str) -> bool:
    """Return whether the public page of the proposals of a round can be read. Problem: `round.unknown`."""
    require(work, "published.read")
    found = known(work, round_key)
    phase = phase_of(found, work.now, "for_themes")
    is_over = phase is not None and phase.stage == "over" and found.state != "cancelled"
    return is_over and uses(work, "theme_proposals")


def as_seen(made: Reviewed, secrecy: str, least: int = SMALL_CELL, *, supported: bool = False) -> OtherTheme:
    """Return a proposal for eyes that may not know its author, unless the round is one with names."""
    return copied(
        OtherTheme,
        made,
        made.proposal,
        behind=shown_backing(made.backing, secrecy, least),
        authors=(made.proposal.organisation.name,) if secrecy == WITH_NAMES else (),
        supported=supported,
        mine=False,
    )


def shown_backing(behind: Backing, secrecy: str, least: int = SMALL_CELL) -> ShownBacking:
    """Return what is shown of who stands behind a proposal in a round of this secrecy."""
    if secrecy == WITH_NAMES or behind.organisations >= least:
        return ShownBacking(behind.organisations, behind.subregions)
    return ShownBacking(None, None, least)


# -- what members do


class _Proposer(NamedTuple):
    """The round, the organisation and the contact of a link, with the phase."""

    round: Round
    organisation: Organisation
    contact: Contact
    phase: Phase


def own(work: Work, round_key: str, small_cell: int = SMALL_CELL) -> OwnThemes:
    """Return what the actor's organisation proposed and supports, and what it sees of others.

    Raise Problem `theme_proposal.elsewhere` if the link is of another round.
    """
    require(work, "theme_proposals.propose")
    me = _proposer(work, round_key)
    everything = reviewed(work, me.round)
    mine = [each for each in everything if each.proposal.organisation_id == me.organisation.id]
    supported = _supported_by(work, me)
    seen = me.phase.stage == "over" or me.phase.shown == "at_once"
    others: tuple[OtherTheme, ...] = ()
    if seen:
        others = tuple(
            as_seen(each, me.round.secrecy, small_cell, supported=each.proposal.id in supported)
            for each in everything
            if each.proposal.organisation_id != me.organisation.id
        )
    return OwnThemes(
        round_key=me.round.key,
        round_title=me.round.title,
        organisation=me.organisation.name,
        example=me.round.example,
        secrecy=me.round.secrecy,
        here=catalogue.countries_by_code()[me.organisation.country].zone,
        phase=me.phase,
        room=me.phase.most - sum(each.part_of is None for each in mine),
        supports_left=me.phase.supports - len(supported),
        proposals=tuple(_own_theme(each) for each in mine),
        seen=seen,
        others=others,
        draft=me.round.state == "draft",
    )


def _own_theme(made: Reviewed) -> OwnTheme:
    return copied(
        OwnTheme,
        made,
        made.proposal,
        contact=made.proposal.contact.name if made.proposal.contact else "",
        behind=shown_backing(made.backing, "aggregate"),
        authors=(),
        supported=False,
        mine=True,
        countries=tuple(made.proposal.countries),  # without those of what was merged into it
        populations=tuple(made.proposal.populations),
    )


def similar(work: Work, round_key: str, command: ThemeProposalCommand) -> tuple[OtherTheme, ...]:
    """Return the proposals that may mean the same as one that is being written, the most alike first.

    Of those of other organisations only such as the member sees.
    """
    require(work, "theme_proposals.propose")
    view = own(work, round_key)
    there = (*view.proposals, *view.others)
    shapes = [shape([*each.title.values()], [*each.why.values()], each.objectives) for each in there]
    written = shape([command.title], [command.why], command.objectives)
    return tuple(there[place] for place in alike(written, shapes))


def check(work: Work, round_key: str, command: ThemeProposalCommand) -> None:
    """Raise the Problem with which `propose` would refuse a proposal now; change nothing."""
    require(work, "theme_proposals.propose")
    me = _proposer(work, round_key)
    said, made = cleaned(command), _made(work, me)
    if _same(made, said) is None:
        _require_new(me, made, said)


def propose(work: Work, round_key: str, command: ThemeProposalCommand) -> int:
    """Propose a theme, and return its number. The same text sent twice is one proposal.

    Problems: `theme_proposal.elsewhere`, `proposing.over`, `theme_proposal.twin`, `theme_proposal.many`,
    those of `faults`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)  # so that two contacts of an organisation cannot pass its limit together
    me = _proposer(work, round_key)
    said = cleaned(command)
    made = _made(work, me)
    same = _same(made, said)
    if same is not None:
        return same.number
    _require_new(me, made, said)
    row = ThemeProposal(
        round_id=me.round.id,
        number=next_number(work.session, me.round.id),
        reference=new_reference(),
        organisation_id=me.organisation.id,
        contact_id=me.contact.id,
        language=said.language,
        proposed_at=work.now,
        state="submitted",
        question="",
        answer="",
        into_id=None,
    )
    _put(row, said)
    work.session.add(row)
    work.session.flush()
    take_step(work, row, "submitted", after=content(row))
    _record(work, "theme_proposals.proposed", me.round, row)
    _confirm(work, me, row)
    return row.number


def change(work: Work, round_key: str, number: int, command: ThemeProposalCommand, answer: str = "") -> None:
    """Change a proposal that waits, or answer what the secretariat asked about it.

    A proposal can be changed while the phase is on. One that was returned with a question can be answered,
    and changed with the answer, until the round opens.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown`, `theme_proposal.decided`,
    `proposing.over`, `theme_proposal.answer`, `theme_proposal.twin`, those of `faults`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me, row = _mine(work, round_key, number)
    said = cleaned(command)
    returned = row.state == "returned"
    if returned and me.round.state != "draft":
        raise Problem("proposing.over")
    if not returned:
        _require_on(me.phase)
    told = paragraphs(answer)
    if returned and not 1 <= len(told) <= ANSWER_MAX:
        raise Problem("theme_proposal.answer", most=ANSWER_MAX, count=len(told))
    _require_right(said)
    if any(_is_twin(each, said) for each in _made(work, me) if each is not row):
        raise Problem("theme_proposal.twin", title=said.title)
    before = content(row)
    if not returned and before == _content(said):
        return
    row.language = said.language
    _put(row, said)
    details: dict[str, Any] = {"before": before, "after": content(row)}
    if returned:
        row.answer = told
        take_step(work, row, "answered", question=row.question, answer=told, **details)
        _record(work, "theme_proposals.answered", me.round, row)
    else:
        take_step(work, row, "edited", **details)
        _record(work, "theme_proposals.edited", me.round, row)


def withdraw(work: Work, round_key: str, number: int) -> None:
    """Take back a proposal that waits; who supported it has that support again.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown`, `theme_proposal.decided`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me, row = _mine(work, round_key, number)
    take_step(work, row, "withdrawn")
    _record(work, "theme_proposals.withdrawn", me.round, row)


def support(work: Work, round_key: str, number: int) -> None:
    """Support a proposal of another organisation; a second time changes nothing.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown` (or it is not seen yet),
    `proposing.over`, `theme_proposal.own`, `theme_proposal.decided`, `theme_proposal.supports`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me = _proposer(work, round_key)
    _require_on(me.phase)
    row = find(work.session, me.round.id, number)
    if row is None or row.state == "withdrawn" or me.phase.shown != "at_once":
        raise Problem("theme_proposal.unknown")
    if row.organisation_id == me.organisation.id:
        raise Problem("theme_proposal.own")
    if _support(work, me, row) is not None:
        return
    if row.state not in {"submitted", "returned", "admitted"}:
        raise Problem("theme_proposal.decided")
    if len(_supported_by(work, me)) >= me.phase.supports:
        raise Problem("theme_proposal.supports", most=me.phase.supports)
    work.session.add(
        ThemeSupport(
            proposal_id=row.id, organisation_id=me.organisation.id, contact_id=me.contact.id, at=work.now
        )
    )
    work.session.flush()
    _record(work, "theme_proposals.supported", me.round, row)


def unsupport(work: Work, round_key: str, number: int) -> None:
    """Take back a support while the phase is on; where there is none, nothing changes.

    Problems: `theme_proposal.elsewhere`, `theme_proposal.unknown`, `proposing.over`.
    """
    require(work, "theme_proposals.propose")
    hold(work, round_key)
    me = _proposer(work, round_key)
    _require_on(me.phase)
    row = or_problem(find(work.session, me.round.id, number), "theme_proposal.unknown")
    found = _support(work, me, row)
    if found is not None:
        work.session.delete(found)
        work.session.flush()
        _record(work, "theme_proposals.unsupported", me.round, row)


# -- parts


def _proposer(work: Work, round_key: str) -> _Proposer:
    """Return who comes by the link. Raise Problem `theme_proposal.elsewhere` for another round's address."""
    found, contact = or_problem(proposing.proposer(work, round_key), "theme_proposal.elsewhere")
    phase = or_problem(phase_of(found, work.now, "for_themes"), "theme_proposal.elsewhere")
    return _Proposer(found, contact.organisation, contact, phase)


def _mine(work: Work, round_key: str, number: int) -> tuple[_Proposer, ThemeProposal]:
    me = _proposer(work, round_key)
    row = find(work.session, me.round.id, number)
    if row is None or row.organisation_id != me.organisation.id or row.state == "withdrawn":
        raise Problem("theme_proposal.unknown")
    if row.state not in WAITING:
        raise Problem("theme_proposal.decided")
    return me, row


def _made(work: Work, me: _Proposer) -> list[ThemeProposal]:
    """Return what the organisation proposed itself, without what it took back and parts of a split."""
    return [
        row
        for row in rows_of(work.session, me.round.id)
        if row.organisation_id == me.organisation.id and row.state != "withdrawn" and row.part_of_id is None
    ]


def _supported_by(work: Work, me: _Proposer) -> set[int]:
    """Return the ids of the proposals that the organisation supports and that were not taken back."""
    query = (
        select(ThemeSupport.proposal_id)
        .join(ThemeProposal, ThemeProposal.id == ThemeSupport.proposal_id)
        .where(
            ThemeProposal.round_id == me.round.id,
            ThemeSupport.organisation_id == me.organisation.id,
            ThemeProposal.state != "withdrawn",
        )
    )
    return set(work.session.scalars(query))


def _support(work: Work, me: _Proposer, row: ThemeProposal) -> ThemeSupport | None:
    query = select(ThemeSupport).where(
        ThemeSupport.proposal_id == row.id, ThemeSupport.organisation_id == me.organisation.id
    )
    return work.session.scalars(query).first()


def _require_on(phase: Phase) -> None:
    if not phase.on:
        raise Problem("proposing.over")


def _require_right(said: ThemeProposalCommand) -> None:
    for problem in faults(said):
        raise problem


def _require_new(me: _Proposer, made: list[ThemeProposal], said: ThemeProposalCommand) -> None:
    _require_on(me.phase)
    _require_right(said)
    if any(_is_twin(row, said) for row in made):
        raise Problem("theme_proposal.twin", title=said.title)
    if len(made) >= me.phase.most:
        raise Problem("theme_proposal.many", most=me.phase.most)


def _same(made: list[ThemeProposal], said: ThemeProposalCommand) -> ThemeProposal | None:
    """Return the proposal that says exactly this: the form was sent twice."""
    return next((row for row in made if _content(said) == content(row)), None)


def _is_twin(row: ThemeProposal, said: ThemeProposalCommand) -> bool:
    """Return whether a proposal has the same title, but for accents and the like."""
    return fold(said.title) in {fold(title) for title in row.title.values()}


def _content(said: ThemeProposalCommand) -> dict[str, Any]:
    return {
        "title": {said.language: said.title},
        "why": {said.language: said.why},
        "objectives": list(said.objectives),
        "countries": list(said.countries),
        "populations": list(said.populations),
    }


def _put(row: ThemeProposal, said: ThemeProposalCommand) -> None:
    """Write a proposal into its row: what was translated before no longer holds."""
    row.title, row.why = Text({said.language: said.title}), Text({said.language: said.why})
    row.objectives, row.countries = list(said.objectives), list(said.countries)
    row.populations = list(said.populations)


def new_reference() -> str:
    """Return a new reference, such as `T-7K3M-9QXR`: 40 random bits."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"T-{letters[:4]}-{letters[4:]}"


def _record(work: Work, action: str, found: Round, row: ThemeProposal) -> None:
    """Record an act without its author: only the step in the database tells who it was."""
    work = replace(work, actor=Actor("proposer"))
    work.record(action, subject(found), {"proposal": row.number})


def _confirm(work: Work, me: _Proposer, row: ThemeProposal) -> None:
    """Send the contact the reference of a proposal."""
    if hindrance(me.contact) is None:
        once = f"{RECEIVED}:{row.id}"
        letter = MemberLetter(RECEIVED, me.round, me.contact, once, None, {"proposal": row.number})
        queue_for_members(work, [letter])


# -- the mail that confirms a proposal


def _received(work: Work, message: Message, reader: Reader) -> Words:
    row = find(work.session, message.round_id, message.facts["proposal"])
    if row is None:
        raise RuntimeError("a mail about a proposal that is not there")
    return {
        language: {
            "theme": row.title.best(row.language),
            "reference": row.reference,
            "sent": moments.moment(row.proposed_at, reader.zone, language),
        }
        for language in work.languages
    }


def _sample_received(work: Work, sample: Sample) -> Words:
    return {
        language: {
            "theme": catalogue.mail_words(language)["sample_theme"],
            "reference": "T-7K3M-9PXR",
            "sent": moments.moment(work.now, sample.reader.zone, language),
        }
        for language in work.languages
    }


def _taken_back(work: Work, message: Message) -> str | None:
    row = find(work.session, message.round_id, message.facts["proposal"])
    return None if row is not None and row.state != "withdrawn" else "mail.overtaken"


def _waiting(work: Work) -> int:
    query = select(func.count()).select_from(ThemeProposal).join(Round, Round.id == ThemeProposal.round_id)
    query = query.where(ThemeProposal.state == "submitted", Round.state == "draft")
    return work.session.scalar(query) or 0


PARTS = (
    Part(
        "theme_proposals",
        "voting",
        N_("Theme proposals"),
        N_("Organisations propose themes and support those of others; you decide which go on the ballot."),
        running=lambda work: proposing.running(work, "for_themes"),
        waiting=_waiting,
    ),
)


KINDS = (
    MailKind(
        RECEIVED,
        N_("Theme proposal received"),
        N_("When a member proposes a theme, to the contact who proposed it."),
        places=("theme", "reference", "sent"),
        needed=("theme", "reference"),
        before_opening=True,
        told_of="proposal",
        urgent=True,
        overtaken=_taken_back,
        words=_received,
        sample=_sample_received,
        part="theme_proposals",
    ),
)

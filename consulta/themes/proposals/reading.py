"""The proposals of themes of a round as frozen values, with who stands behind each.

It knows who proposed and supported; what the public and other members are told of that is decided in `shown`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

from consulta.core.ballot_themes import Placed
from consulta.core.rounds import State as RoundState
from consulta.core.typed import from_stored
from consulta.core.wording import changes
from consulta.platform.data import catalogue
from consulta.themes.proposals import queries, trail
from consulta.themes.proposals.values import (
    Backing,
    Change,
    Step,
    ThemePhaseView,
    ThemeProposalLine,
    Translation,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from consulta.core.reading import Node
    from consulta.platform.models import Round, ThemePhase, ThemeProposal, ThemeProposalEvent
    from consulta.platform.work import Work
    from consulta.themes.proposals.values import Rule, Shown, Stage, State


def phase_view(work: Work, found: Round) -> ThemePhaseView | None:
    """Return the phase of a round as it stands now; None where it has none."""
    row = queries.phase(work.session, found.id)
    if row is None or (row.opened_at is None and found.state != RoundState.DRAFT.value):
        return None  # a phase that never opened is none once its round is no draft
    return ThemePhaseView(
        stage=stage_of(row, found, work.now),
        zone=row.zone,
        opens_at=row.opens_at,
        opens_local=row.opens_local,
        closes_at=row.closes_at,
        closes_local=row.closes_local,
        promised_at=row.promised_at,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        shown=cast("Shown", row.shown),
        supports=row.supports,
        most=row.most,
        rule=cast("Rule", row.rule),
        themes=row.themes,
        subregions=row.subregions,
    )


def stage_of(row: ThemePhase, found: Round, now: datetime) -> Stage:
    """Return whether a phase is planned, open or over: it is over when its hour or its draft is."""
    if row.opened_at is None:
        return "planned"
    on = row.ended_at is None and now < row.closes_at and found.state == RoundState.DRAFT.value
    return "open" if on else "over"


def _placed(node: Node) -> tuple[Placed, ...]:
    return tuple(Placed(*cast("list[Any]", each.value)) for each in node.items())


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for the ballot, as the phase keeps it: when, and where each admitted proposal stood."""

    at: str = ""
    placed: Annotated[tuple[Placed, ...], _placed] = ()


def chosen(phase: ThemePhase) -> Chosen:
    """Return what was chosen for the ballot; nothing yet where `at` is empty."""
    return from_stored(Chosen, phase.choice)


def lines(work: Work, found: Round) -> tuple[ThemeProposalLine, ...]:
    """Return the proposals of a round by number, without those that were taken back."""
    made = [row for row in queries.of_round(work.session, found.id) if row.state != "withdrawn"]
    numbers = {row.id: row.number for row in made}
    themes = queries.theme_keys(work.session, found.id)
    backers = queries.backers(work.session, found.id)
    phase = queries.phase(work.session, found.id)
    why = {each.number: each.why for each in chosen(phase).placed} if phase is not None else {}
    ends = _ends(made)
    merged: dict[int, list[ThemeProposal]] = {row.id: [row] for row in made}
    for row in made:
        into = ends.get(row.id)
        if into is not None:
            merged[into.id].append(row)
    return tuple(
        _line(
            row,
            made,
            numbers,
            themes,
            backing(backers[row.id]),
            merged[row.id],
            ends.get(row.id),
            why.get(row.number, ""),
        )
        for row in made
    )


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


def steps(row: ThemeProposal) -> tuple[Step, ...]:
    """Return the steps of a proposal, the oldest first; `by` is empty for a step of the program."""
    return tuple(
        Step(
            each.id,
            each.kind,
            cast("State", each.state),
            each.at,
            each.staff.name if each.staff else each.contact.name if each.contact else "",
            told.language,
            told.into,
            told.asked,
        )
        for each in row.events
        for told in [trail.told(each)]
    )


def _line(
    row: ThemeProposal,
    made: Collection[ThemeProposal],
    numbers: dict[int, int],
    themes: dict[int, str],
    behind: Backing,
    merged: Collection[ThemeProposal],
    end: ThemeProposal | None,
    why: str,
) -> ThemeProposalLine:
    undone = {trail.told(each).event for each in row.events if each.kind == "undone"}
    standing = [each for each in row.events if each.id not in undone]
    translated = {
        language: Translation(language, each.staff.name if each.staff else "", each.at)
        for each in standing
        if each.kind == "translated" and (language := trail.told(each).language) in row.title
    }
    return ThemeProposalLine(
        id=row.id,
        number=row.number,
        reference=row.reference,
        organisation_id=row.organisation_id,
        organisation=row.organisation.name,
        country=row.organisation.country,
        contact=row.contact.name if row.contact else "",
        language=row.language,
        title=row.title,
        why=row.why,
        objectives=tuple(row.objectives),
        countries=tuple(sorted({code for each in merged for code in each.countries})),
        populations=tuple(dict.fromkeys(key for each in merged for key in each.populations)),
        state=cast("State", row.state),
        reason=row.reason,
        question=row.question,
        answer=row.answer,
        into=numbers.get(row.into_id or 0),
        part_of=numbers.get(row.part_of_id or 0),
        parts=tuple(each.number for each in made if each.part_of_id == row.id),
        theme=themes.get(row.theme_id or 0),
        end=end.number if end is not None else None,
        why_not=why if row.state == "admitted" and row.theme_id is None else "",
        not_taken=row.not_taken,
        changes=tuple(_change(each) for each in standing if each.kind == "reworded"),
        backing=behind,
        translations=tuple(translated.values()),
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        reworded=any(each.kind == "reworded" for each in standing),
    )


def _change(step: ThemeProposalEvent) -> Change:
    said = trail.worded(step)
    before, after = said.before, said.after
    return Change(
        at=step.at,
        by=step.staff.name if step.staff else "",
        language=said.language,
        title=changes(before.title, after.title),
        why=changes(before.why, after.why),
        objectives=(before.objectives or (), after.objectives or ()),
    )

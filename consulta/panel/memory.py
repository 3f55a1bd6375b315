"""People heard so far: the panels of all rounds, for the choice of the next and for public reading.

Heard are those who took part. As soon as attendance of a session is written down, only these count: a
person who did not come is not remembered. Before that, a panel is told as people who are on it, not as
people who were heard; for the choice of the next panel, a seat on it counts all the same, unless the
person declined. A panel whose session was cancelled does not count.
This module decides who counts as the same person (by name and institution or by address, or another
person of the same institution, on one of the last two panels), and what may be told of the panels
together. Publicly, only panels that were made public count, and gender is not told: from one panel to
the next, the sums would tell it of people whose names are beside them. A person who is not named in
public counts by subregion, not by country or sector.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consulta.core.invitations import Invited
from consulta.panel.documents import members_of
from consulta.panel.proposals import person
from consulta.panel.public_panel import named_now
from consulta.panel.public_parts import who_spoke
from consulta.panel.values import Heard, HeardPanel, InstitutionOnPanel, Remembered
from consulta.platform.access import require
from consulta.platform.data import attributes, catalogue
from consulta.platform.data.folding import fold
from consulta.platform.labels import keys_of
from consulta.platform.models import Dialogue, Document, Invitation, Nominee, Round

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from consulta.platform.work import Work


def with_panel(session: Session, *, example: bool, but: int | None = None) -> list[Round]:
    """Return the rounds that have a stored panel, with their nominees, the last closed first.

    Only closed and published rounds count; `example` selects examples or real rounds; `but` is left out.
    """
    query = (
        select(Round)
        .where(
            Round.example == example,
            Round.state.in_(("closed", "published")),
            Round.id.in_(select(Document.round_id).where(Document.kind == "panel")),
        )
        .options(selectinload(Round.nominees))
        .order_by(Round.closed_at.desc(), Round.id.desc())
    )
    return list(session.scalars(query if but is None else query.where(Round.id != but)))


def panels(session: Session, round_ids: Sequence[int]) -> list[Document]:
    """Return every panel stored for these rounds, the newest of each round first."""
    query = select(Document).where(Document.kind == "panel", Document.round_id.in_(round_ids))
    return list(session.scalars(query.order_by(Document.round_id, Document.version.desc())))


def states(session: Session, round_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the states of invitations to these rounds' panels: round → nominee's key → state."""
    query = (
        select(Invitation.round_id, Nominee.key, Invitation.state)
        .join(Nominee, Nominee.id == Invitation.nominee_id)
        .where(Invitation.round_id.in_(round_ids))
    )
    found: dict[int, dict[str, str]] = {}
    for row in session.execute(query):
        found.setdefault(row.round_id, {})[row.key] = row.state
    return found


def cancelled(session: Session, round_ids: Sequence[int]) -> set[int]:
    """Return which of the rounds have a cancelled session."""
    query = select(Dialogue.round_id).where(Dialogue.round_id.in_(round_ids), Dialogue.cancelled)
    return set(session.scalars(query))


def drafts(session: Session, *, example: bool) -> list[Round]:
    """Return the rounds in preparation, with their nominees."""
    query = select(Round).where(Round.example == example, Round.state == "draft")
    return list(session.scalars(query.options(selectinload(Round.nominees)).order_by(Round.id)))


LAST = 2  # panels that lower a person's place (`docs/methods/panel.md`)
DIMENSIONS = ("subregion", "country", "sector")
WHOLE = "subregion"  # of everybody, named in public or not


@dataclass(frozen=True, slots=True)
class _Panel:
    """Who took part on the panel of a round, or who is on it where that is not written down yet."""

    found: Round
    people: Sequence[Nominee]
    attended: bool


def heard(work: Work) -> Heard:
    """Return who took part on all panels, with gender, for the secretariat."""
    require(work, "panel.read")
    return _heard(work, public=False)


def publicly_heard(work: Work) -> Heard:
    """Return who took part on the panels that were made public, for any reader."""
    require(work, "published.read")
    return _heard(work, public=True)


class Memory:
    """The last panels before a round's (at most two), and who sat on them."""

    def __init__(self, work: Work, found: Round) -> None:
        others = with_panel(work.session, example=found.example, but=found.id)
        end = found.closed_at
        earlier = [each for each in others if end is None or (each.closed_at and each.closed_at < end)]
        self._panels = [panel for panel in _panels(work, earlier, public=False) if panel.people][:LAST]

    def of(self, name: str, organisation: str, country: str, email: str) -> tuple[Remembered, ...]:
        """Return those of the panels on which a person, or another of the same institution, sat.

        Institutions of one name in two countries are two.
        """
        return tuple(
            Remembered(
                panel.found.key,
                panel.found.title,
                same_person=found,
                took_part=panel.attended,
            )
            for panel in self._panels
            if (found := _sat(panel.people, name, organisation, country, email)) is not None
        )


def _sat(people: Iterable[Nominee], name: str, organisation: str, country: str, email: str) -> bool | None:
    """Return True if the person sat, False if only another of the institution did, else None."""
    wanted, house = person(name, organisation), fold(organisation)
    if any(
        person(each.name, each.organisation) == wanted or (email and each.email == email) for each in people
    ):
        return True
    alike = (each for each in people if fold(each.organisation) == house and each.country == country)
    return False if any(alike) else None


def of_institution(work: Work, name: str, *, example: bool) -> tuple[InstitutionOnPanel, ...]:
    """Return the panels, the newest first, on which people of an institution of this name sat."""
    require(work, "panel.read")
    wanted = fold(name)
    found = []
    for panel in _panels(work, with_panel(work.session, example=example), public=False):
        names = tuple(each.name for each in panel.people if fold(each.organisation) == wanted)
        if names:
            found.append(InstitutionOnPanel(panel.found.key, panel.found.title, names, panel.attended))
    return tuple(found)


def recent_in_drafts(work: Work, *, example: bool) -> dict[int, int]:
    """Return how often each nominee of the draft rounds is remembered, by the nominee's number."""
    found = {}
    for draft in drafts(work.session, example=example):
        memory = Memory(work, draft)
        for each in draft.nominees:
            found[each.id] = len(memory.of(each.name, each.organisation, each.country, each.email))
    return found


def correct_drafts(work: Work, before: Mapping[int, int], *, example: bool) -> None:
    """Update the recent panels of nominees in draft rounds to the figures remembered now.

    Only figures equal to those remembered `before` are updated: corrections by the secretariat stay.
    """
    now = recent_in_drafts(work, example=example)
    for draft in drafts(work.session, example=example):
        for each in draft.nominees:
            if each.recent == before.get(each.id) != now[each.id]:
                each.recent = now[each.id]


def _panels(work: Work, found: Sequence[Round], *, public: bool) -> list[_Panel]:
    """Return the panel that counts for each round that has one and whose session is not cancelled.

    It consists of those who took part; if that is not written down, of those on the newest version who
    did not decline, or with `public` of all on the public version.
    """
    kept: dict[int, list[str]] = {}
    public_version = {each.id: each.panel_version for each in found}
    ids = [each.id for each in found]
    for document in panels(work.session, ids):
        wanted = document.version == public_version[document.round_id] if public else True
        members = members_of(document.content) if wanted and document.round_id not in kept else []
        if members:
            kept[document.round_id] = members
    answers, called_off = states(work.session, ids), cancelled(work.session, ids)
    return [
        _panel(each, kept[each.id], answers.get(each.id, {}), public=public)
        for each in found
        if each.id in kept and each.id not in called_off
    ]


def _panel(found: Round, members: Collection[str], states: Mapping[str, str], *, public: bool) -> _Panel:
    came = who_spoke(members if public else states, states)
    if not came and not public:
        # Everybody reads the panel as it is public: who declined since would be told by a smaller number.
        members = [key for key in members if states.get(key) != Invited.DECLINED.value]
    people = [nominee for nominee in found.nominees if nominee.key in (came or members)]
    return _Panel(found, people, attended=bool(came))


def _heard(work: Work, *, public: bool) -> Heard:
    real = _panels(work, with_panel(work.session, example=False), public=public)
    panels = real or _panels(work, with_panel(work.session, example=True), public=public)
    if public:
        panels = [panel for panel in panels if panel.found.state == "published"]
    dimensions = DIMENSIONS if public else (*DIMENSIONS, "gender", *attributes.added_by_key())
    told = [(_told(work, panel, dimensions, public=public), panel.attended) for panel in panels]
    return Heard(
        panels=tuple(panel for panel, attended in told if attended),
        expected=tuple(panel for panel, attended in told if not attended),
        categories={
            name: (*keys_of(name), *([attributes.NO_ANSWER] if name in attributes.added_by_key() else []))
            for name in dimensions
        },
        example=bool(panels) and not real,
    )


def _told(work: Work, panel: _Panel, dimensions: Sequence[str], *, public: bool) -> HeardPanel:
    named = named_now(work, panel.found) if public else {each.key for each in panel.people}
    shown = [each for each in panel.people if each.key in named]
    return HeardPanel(
        key=panel.found.key,
        title=panel.found.title,
        at=panel.found.closed_at or panel.found.created_at,
        public=panel.found.panel_version is not None,
        people=len(panel.people),
        counts={
            name: Counter(_of(each, name) for each in (panel.people if name == WHOLE else shown))
            for name in dimensions
        },
        untold=len(panel.people) - len(shown),
    )


def _of(nominee: Nominee, dimension: str) -> str:
    if dimension == "subregion":
        return catalogue.subregion_of(nominee.country)
    if dimension in attributes.added_by_key():
        return nominee.attributes.get(dimension) or attributes.NO_ANSWER
    value: str | None = getattr(nominee, dimension)
    return value or attributes.NO_ANSWER

"""The list of people to invite: what a mailing needs and no more. Gender and support are never on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.services import panels
from consulta.services.access import require
from consulta.services.labels import name_of
from consulta.services.results import closed_round

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.bundle import LocalText
    from consulta.services.work import Work


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody on the panel, with where and in which language to write to them."""

    name: str
    organisation: str
    role: LocalText
    country: LocalText
    subregion: LocalText
    language: Literal["es", "en"]
    email: str


@dataclass(frozen=True, slots=True)
class GuestList:
    """The people of the newest panel, with what a file of them says about itself."""

    round_key: str
    title: LocalText
    topics: tuple[LocalText, ...]
    panel_version: int
    guests: tuple[Guest, ...]
    made_at: datetime
    made_by: str
    example: bool


def guest_list(work: Work, key: str) -> GuestList:
    """The invitation list of a round's newest panel; the log keeps that it was taken out.

    Problems: `panel.unknown`, `panel.impossible`, and those of `panels.panel_page`.
    """
    require(work, "invitations.export")
    view = panels.panel_page(work, key)
    if view.decision is None:
        raise Problem("panel.unknown", key=key)
    if not view.decision.feasible:
        raise Problem("panel.impossible")
    found = closed_round(work, key)
    people = {nominee.key: nominee for nominee in found.nominees}
    guests = [people[member.key] for member in view.decision.members]
    work.record(
        "invitations.exported",
        f"round:{found.id}",
        {"version": view.decision.version, "guests": len(guests)},
    )
    return GuestList(
        round_key=key,
        title=view.card.title,
        topics=view.topics,
        panel_version=view.decision.version,
        guests=tuple(
            Guest(
                name=guest.name,
                organisation=guest.organisation,
                role=name_of("role", guest.role),
                country=name_of("country", guest.country),
                subregion=name_of("subregion", catalogue.subregion_of(guest.country)),
                language="en" if guest.language == "en" else "es",
                email=guest.email,
            )
            for guest in guests
        ),
        made_at=work.now,
        made_by=work.actor.name,
        example=view.card.example,
    )

"""A round in which votes are taken, with its seats and their links: what every test of voting stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.platform.data import catalogue
from consulta.platform.models import Contact, Round, Theme
from consulta.platform.work import COMMAND, Actor, Bench
from consulta.results import checks
from tests.factories import (
    build_link,
    build_nominee,
    build_organisation,
    build_round,
    build_seat,
    moment,
    open_now,
)
from tests.texts import both

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.platform.work import Work

NAMES = ("Red Andina de Migración", "Caribbean Migrants Forum", "Asociación Sin Fronteras", "Casa del Sur")
COUNTRIES = ("PE", "JM", "MX", "GT")


@dataclass(frozen=True)
class Voter:
    """A contact at a seat, with the personal link."""

    token: str = field(repr=False)
    organisation: str
    seat_id: int
    seat: str
    contact_id: int
    name: str

    @property
    def actor(self) -> Actor:
        return Actor("voter", self.contact_id, self.name, seat_id=self.seat_id)


def open_round(
    bench: Bench,
    key: str = "2027-1",
    *,
    seats: int = 2,
    contacts: int = 1,
    themes: int = 6,
    nominees: int = 0,
    real: bool = False,
    **values: Any,
) -> list[Voter]:
    """An open round with `seats` seats of `contacts` contacts each; `real` takes the themes of the demo."""
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session, key, 0 if real else themes, **values))
        if real:
            _add_real_themes(a_round)
        for number in range(1, nominees + 1):
            build_nominee(work.session, a_round, f"n{number:02d}")
        return [
            voter
            for number in range(1, seats + 1)
            for voter in _seat(work.session, a_round, number, contacts)
        ]


def _add_real_themes(a_round: Round) -> None:
    for position, theme in enumerate(catalogue.demo_themes(), 1):
        a_round.themes.append(
            Theme(
                key=theme.key,
                position=position,
                title=both(theme.title["es"], theme.title["en"]),
                description=both(theme.description["es"], theme.description["en"]),
                objectives=list(theme.objectives),
            )
        )


def _seat(session: Session, a_round: Round, number: int, contacts: int) -> list[Voter]:
    name = NAMES[number - 1] if number <= len(NAMES) else f"Organización {number}"
    name = name if a_round.key == "2027-1" else f"{name} ({a_round.key})"
    organisation = build_organisation(session, name, country=COUNTRIES[(number - 1) % len(COUNTRIES)])
    for extra in range(2, contacts + 1):
        organisation.contacts.append(
            Contact(name=f"Contacto {extra} de {name}", email=f"c{extra}@example.org", created_at=moment())
        )
    session.flush()
    seat = build_seat(session, a_round, organisation, number)
    return [
        Voter(build_link(session, seat, person), name, seat.id, seat.key, person.id, person.name)
        for person in organisation.contacts
    ]


def change_round(bench: Bench, key: str = "2027-1", **values: Any) -> None:
    """Set columns of a round: its state, its deadline."""
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        for name, value in values.items():
            setattr(found, name, value)


def close(bench: Bench, at: datetime | None = None, key: str = "2027-1") -> None:
    """End the voting, without the secretariat's service."""
    change_round(bench, key, state="closed", closed_at=at or moment())
    with bench.work(COMMAND, moment()) as work:
        closed = work.session.scalars(select(Round.id).where(Round.key == key)).one()
        work.record("rounds.closed", f"round:{closed}", {"ballots": 0, "late": 0})


NOT_FROZEN = ("what rounds froze", "what closings bound")
"""Checks that find a fault in each round of `open_round`: it froze nothing, so its closing binds nothing."""


def faults(work: Work) -> list[str]:
    """What the quick checks find, except those of `NOT_FROZEN`."""
    return [each for name, look in checks.QUICK.items() if name not in NOT_FROZEN for each in look(work)]

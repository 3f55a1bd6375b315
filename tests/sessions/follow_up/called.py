"""A session of four months ago with two recommendations, and the people who are asked about them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.desk.mail import finish
from consulta.platform.models import Contact, Dialogue, FocalPoint, Institution, Organisation
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds.letters.service import Finished, Post
from consulta.sessions.follow_up import asking
from tests.benches import Visitor
from tests.queued import messages
from tests.sessions.follow_up.held import followed_session

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Bench

KEY = "2027-1"
ALL, FEW = "2027-R1", "2027-R2"  # to all; to Peru and an agency
LIMA, POINT, AGENCY, STATE = "lima@example.org", "punto@example.org", "oim@example.org", "rree@example.org"


def session(bench: Bench, at: datetime) -> None:
    """A session of four months before, its recommendations, a focal point, and two institutions."""
    followed_session(bench)
    held, long_ago = at - timedelta(days=122), at - timedelta(days=900)
    with bench.work(COMMAND, at) as work:
        dialogue = work.session.scalars(select(Dialogue)).one()
        dialogue.starts_local, dialogue.starts_at = f"{held:%Y-%m-%d}T10:00", held
        dialogue.ends_local, dialogue.ends_at = f"{held:%Y-%m-%d}T12:00", held + timedelta(hours=2)
        named = {each.name: each for each in work.session.scalars(select(Organisation))}
        for organisation in named.values():
            organisation.active = organisation.name in {"Red de Lima", "Red de Quito"}
        for name, email, language in (
            ("Red de Lima", LIMA, "es"),
            ("Red de Quito", "quito@example.org", "en"),
        ):
            contact = Contact(name=f"Contacto de {name}", email=email, language=language, created_at=long_ago)
            named[name].contacts.append(contact)
        work.session.add(
            FocalPoint(
                organisation_id=named["Red de Quito"].id,
                kind="state",
                country="EC",
                territory="state:EC",
                name="Punto de Quito",
                email=POINT,
                language="en",
                starts="2020-01-01",
                ends="2099-12-31",
                state="accepted",
                named_at=long_ago,
            )
        )
        agency = work.session.scalars(select(Institution)).one()
        agency.email, agency.person, agency.created_at = AGENCY, "Ana de la OIM", long_ago
        work.session.add(
            Institution(
                kind="government",
                country="PE",
                name="Ministerio de Relaciones Exteriores",
                name_key="ministerio",
                person="Luis del Ministerio",
                email=STATE,
                language="es",
                created_at=long_ago,
            )
        )


def call(bench: Bench, at: datetime, number: int = 1) -> int:
    """Send a call; how many mails."""
    with bench.work(COMMAND, at) as work:
        return asking.send(work, KEY, number)


def token(bench: Bench, email: str, kind: str = "follow_up_call") -> str:
    """The token of the last mail of a kind to an address."""
    return next(str(each.token) for each in reversed(messages(bench, kind)) if each.address == email)


def made(bench: Bench, number: int, at: datetime) -> Finished:
    with bench.read(WORKER, at) as work:
        found = finish(work, number, Post("http://localhost"))
    assert isinstance(found, Finished)
    return found


def enter(app: Flask, secret: str, side: str = "seen") -> Visitor:
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/es/s/{secret}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/es/follow-up-answers/{side}/")
    return visitor

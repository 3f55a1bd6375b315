"""What tests of admission have in common: members that sponsor, an application, and its mails."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.desk import opening
from consulta.desk.mail import finish
from consulta.people import admission
from consulta.people.admission import ApplicationCommand
from consulta.people.members import ContactCommand
from consulta.platform.models import Application, Contact, Message, Organisation
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.rounds.letters.service import Finished, Needless, Post
from tests.benches import Visitor
from tests.drafts import KEY, round_command, theme_command
from tests.factories import build_organisation, moment

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Bench

EMAIL = "nueva@example.org"
POST = Post("http://localhost")
FORM = {
    "name": "Casa del Caminante",
    "other_names": "CDC",
    "country": "PE",
    "sector": "ngo",
    "about": "Acompañamos a personas en tránsito desde 2019.",
    "web": "casa.example.org",
    "person": "Rosa Quispe",
    "email": EMAIL,
    "phone": "+51 1 5550101",
    "language": "es",
    "sponsor_1": "Red Sur",
    "sponsor_2": "Pastoral del Norte",
    "accepted": "y",
    "consents": "y",
}


def sponsors(bench: Bench) -> tuple[int, int]:
    """Two members, and a third that nobody names; the ids of the two."""
    with bench.work(ANONYMOUS, moment()) as work:
        made = [
            build_organisation(work.session, name, country=country, email=email)
            for name, country, email in (
                ("Red Sur", "PE", "sur@example.org"),
                ("Pastoral del Norte", "MX", "norte@example.org"),
                ("Centro Caribe", "JM", "caribe@example.org"),
            )
        ]
        return made[0].id, made[1].id


def command(chosen: tuple[int, ...], **values: Any) -> ApplicationCommand:
    """An application of a house in Peru."""
    fields: dict[str, Any] = {
        "name": "Casa del Caminante",
        "country": "PE",
        "categories": {"sector": "ngo"},
        "about": "Acompañamos a personas en tránsito.",
        "people": (ContactCommand("Rosa Quispe", EMAIL, "es", phone="+51 1 5550101"),),
        "sponsors": chosen,
        "language": "es",
        "criteria": "Los criterios.",
        "accepts": True,
        "consents": True,
    }
    return ApplicationCommand(**(fields | values))


def apply(bench: Bench, chosen: tuple[int, ...], source: str = "192.0.2.1", **values: Any) -> None:
    with bench.work(ANONYMOUS, moment()) as work:
        admission.apply(work, command(chosen, **values), source)


def mails(bench: Bench, kind: str = "") -> list[Message]:
    """The mails about applications, the oldest first."""
    with bench.read(ANONYMOUS, moment()) as work:
        query = select(Message).where(Message.round_id.is_(None)).order_by(Message.id)
        return [each for each in work.session.scalars(query) if not kind or each.kind == kind]


def finished(bench: Bench, message: Message) -> Finished | Needless:
    with bench.read(WORKER, moment()) as work:
        return finish(work, message.id, POST)


def only(bench: Bench) -> Application:
    """The one application that there is."""
    with bench.read(ANONYMOUS, moment()) as work:
        row = work.session.scalars(select(Application)).one()
        _ = row.sponsorships
        return row


def applicant(app: Flask, token: str) -> Visitor:
    """A browser that came by the applicant's link and pressed its button."""
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/es/q/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/es/application")
    return visitor


def say(app: Flask, token: str, choice: str = "confirm", **more: str) -> int:
    """Answer as a sponsor's contact; the status of the page."""
    values = {"choice": choice, "sure": "y", "answer": "yes", **more}
    return Visitor(app.test_client()).post(f"/es/r/{token}", values).status_code


def to_review(app: Flask, bench: Bench, **values: Any) -> int:
    """An application that both sponsors confirmed; its number."""
    apply(bench, sponsors(bench), **values)
    applicant(app, str(mails(bench, "admission_confirm")[-1].token))
    for each in mails(bench, "admission_sponsor"):
        assert say(app, str(each.token)) == 200
    row = only(bench)
    assert row.state == "review"
    return row.id


def members(bench: Bench) -> dict[str, Organisation]:
    with bench.read(ANONYMOUS, moment()) as work:
        return {each.name: each for each in work.session.scalars(select(Organisation))}


def contacts(bench: Bench, organisation_id: int) -> list[Contact]:
    with bench.read(ANONYMOUS, moment()) as work:
        query = select(Contact).where(Contact.organisation_id == organisation_id).order_by(Contact.id)
        return list(work.session.scalars(query))


def open_a_round(bench: Bench, at: datetime | None = None) -> None:
    """Open a round with six themes, whose roll has all members."""
    closes = (moment() + timedelta(days=30)).strftime("%Y-%m-%dT17:00")
    with bench.work(COMMAND, at or moment()) as work:
        rounds.create_round(work, round_command(closes_local=closes))
        for number in range(1, 7):
            themes.save_theme(work, KEY, theme_command(number))
        opening.open_round(work, KEY)

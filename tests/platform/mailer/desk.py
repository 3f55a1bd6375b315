"""What tests of mail have in common: rounds whose mail waits, a worker over a mail server, a clock to set."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.desk import opening
from consulta.platform.mailer.transport import Smtp
from consulta.platform.models import Contact, Delivery, Message, Round
from consulta.platform.settings import MailSettings
from consulta.platform.work import WORKER, Bench
from consulta.shell.worker.loop import Worker
from tests.drafts import KEY, NOW, make_draft, reading, writing
from tests.factories import build_organisation
from tests.smtp import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from consulta.platform.mailer.transport import Transport
    from consulta.platform.settings import Settings
    from consulta.platform.work import Work

BASE = "https://voto.example.org"
MAIL = MailSettings(
    sender="voto@example.org",
    sender_name="Mecanismo",
    reply_to="secretaria@example.org",
    tls="none",
    rate=10_000,
)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


def open_round(bench: Bench, members: int = 3, contacts: int = 1, **values: Any) -> str:
    """An open round with its invitations in the queue: `Red 001` …, with `c1.1@example.org` …"""
    with writing(bench) as work:
        for number in range(1, members + 1):
            organisation = build_organisation(
                work.session, f"Red {number:03d}", email=f"c{number}.1@example.org"
            )
            for extra in range(2, contacts + 1):
                organisation.contacts.append(
                    Contact(name=f"Otra {extra}", email=f"c{number}.{extra}@example.org", created_at=NOW)
                )
    key = make_draft(bench, **values)
    with writing(bench) as work:
        opening.open_round(work, key)
    return key


def settings_for(settings: Settings, port: int = 0, **mail: Any) -> Settings:
    """Settings with a mail server at `port`; as files where it is 0."""
    host = {"host": HOST, "port": port} if port else {}
    return replace(settings, base_url=BASE, mail=replace(MAIL, **host, **mail))


@contextmanager
def worker_at(
    bench: Bench, settings: Settings, port: int = 0, clock: Clock | None = None, **mail: Any
) -> Iterator[Worker]:
    """A worker with a clock that stands, over a mail server or over files."""
    chosen = settings_for(settings, port, **mail)
    way: Transport | None = Smtp(chosen.mail, patience=5, talk_max=5) if port else None
    worker = Worker(bench, chosen, way, clock or Clock())
    try:
        yield worker
    finally:
        worker.way.close()


def messages(bench: Bench, kind: str = "", **values: Any) -> list[Message]:
    """The messages of the outbox, the oldest first."""
    with reading(bench) as work:
        query = select(Message).filter_by(**values).order_by(Message.id)
        found = list(work.session.scalars(query.where(Message.kind == kind) if kind else query))
        work.session.expunge_all()
        return found


def deliveries(bench: Bench) -> list[Delivery]:
    """All attempts, the first first."""
    with reading(bench) as work:
        found = list(work.session.scalars(select(Delivery).order_by(Delivery.id)))
        work.session.expunge_all()
        return found


def change_contacts(bench: Bench, email: str, **values: Any) -> None:
    """Set columns of the contacts with an address."""
    with writing(bench) as work:
        for contact in work.session.scalars(select(Contact).where(Contact.email == email)):
            for name, value in values.items():
                setattr(contact, name, value)


def change_round(bench: Bench, key: str = KEY, **values: Any) -> None:
    """Set columns of a round."""
    with writing(bench) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        for name, value in values.items():
            setattr(found, name, value)


def working(bench: Bench, now: datetime = NOW) -> AbstractContextManager[Work]:
    """A unit of work of the worker."""
    return bench.work(WORKER, now)

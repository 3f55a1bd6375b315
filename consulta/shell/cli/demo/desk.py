"""How the demonstration acts: by services alone, each act a unit of work at the moment when it happens.

Before each act the other stories go on until its moment.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from consulta.desk import mail
from consulta.platform import accounts, door
from consulta.platform.mailer import outbox
from consulta.platform.mailer.transport import Outcome
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.rounds import links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from consulta.platform.door import Opening
    from consulta.platform.log.notes import Signer
    from consulta.platform.work import Actor, Bench, Work
    from consulta.shell.cli.demo.authority import Stamper
    from consulta.shell.cli.demo.stories import Stories

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Desk:
    """The secretariat at work, at moments counted from `now`."""

    bench: Bench
    actor: Actor
    now: datetime
    base_url: str
    scrutineer: int
    stories: Stories
    signer: Signer | None = None  # of the log's heads; without it, none is signed
    second: Actor | None = None  # another person of the secretariat, who confirms
    stamper: Stamper | None = (
        None  # a time stamp authority, and where its certificate is; without it, none stamps
    )

    @contextmanager
    def work(self, actor: Actor, at: datetime) -> Iterator[Work]:
        """Yield a unit of work at the moment `at`."""
        self.stories.wait_until(at)
        with self.bench.work(actor, at) as work:
            yield work

    @contextmanager
    def read(self, actor: Actor, at: datetime) -> Iterator[Work]:
        """Yield a unit of work at the moment `at` that only reads."""
        self.stories.wait_until(at)
        with self.bench.read(actor, at) as work:
            yield work

    def do(self, at: datetime, act: Callable[..., Done], *given: Any, **named: Any) -> Done:
        """Run a use case as the secretariat at the moment `at`, and return its result."""
        with self.work(self.actor, at) as work:
            return act(work, *given, **named)

    def see(self, page: Callable[..., Done], *given: Any) -> Done:
        """Return what a use case that only reads gives to the secretariat at the present moment."""
        with self.bench.read(self.actor, self.stories.moment) as work:
            return page(work, *given)

    def drop_mail(self, at: datetime, key: str) -> None:
        """Drop the waiting mails of a round: what they are about is long over."""
        with self.work(COMMAND, at) as work:
            mail.drop_waiting(work, key)

    def let_mail_leave(self, at: datetime) -> None:
        """Let the mail leave that is due: what waits for notices to be sent goes on after it."""
        with self.work(WORKER, at) as work:
            while (number := outbox.claim(work, "demo", None)) is not None:
                outbox.settle(work, number, "demo", Outcome("sent"), None, 0.0)

    def day(self, days: int) -> datetime:
        """Return the moment `days` days from now, or before now where `days` is negative."""
        return self.now + timedelta(days=days)

    def url(self, way: str, token: str) -> str:
        """Return the address of a link, in the first language."""
        return links.url(self.base_url, self.bench.languages[0], token, way)

    @contextmanager
    def entered(self, url: str, at: datetime, minutes: int) -> Iterator[Work]:
        """Enter by a link as a browser does; yield a unit of work of its reader, some minutes later.

        Raise RuntimeError if the link does not work.
        """
        *_, way, token = url.split("/")
        with self.work(ANONYMOUS, at) as work:
            entrance = door.enter(work, way, token)
        if entrance is None:
            raise RuntimeError("a link that was just handed out opens nothing")
        with self.work(entrance.actor, at + timedelta(minutes=minutes)) as work:
            yield work
            accounts.end_session(work, entrance.token)

    @contextmanager
    def asked(self, token: str, at: datetime) -> Iterator[tuple[Work, Opening]]:
        """Yield a unit of work of the reader of a link that asks one question, with what the link opens.

        Raise RuntimeError if the link does not work.
        """
        with self.work(ANONYMOUS, at) as work:
            opened = door.find_visitor(work, "r", token, hold=True)
            if opened is None:
                raise RuntimeError("a link that was just handed out opens nothing")
            yield replace(work, actor=opened.actor), opened

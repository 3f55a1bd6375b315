"""How the demonstration acts: by services alone, each act a unit of work at the moment when it happens."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from consulta.accounts import service as accounts
from consulta.door import service as door
from consulta.infra.work import ANONYMOUS, COMMAND
from consulta.mail_desk import service as mail_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from consulta.cli.demo.authority import Stamper
    from consulta.infra.log.notes import Signer
    from consulta.infra.work import Actor, Bench, Work
    from consulta.links.values import IssuedLink

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Desk:
    """The secretariat at work, at moments counted from `now`."""

    bench: Bench
    actor: Actor
    now: datetime
    base_url: str
    scrutineer: int
    signer: Signer | None = None  # of the log's heads; without it, none is signed
    second: Actor | None = None  # another person of the secretariat, who confirms
    stamper: Stamper | None = (
        None  # a time stamp authority, and where its certificate is; without it, none stamps
    )

    def do(self, at: datetime, act: Callable[..., Done], *given: Any, **named: Any) -> Done:
        """Run a use case as the secretariat at the moment `at`, and return its result."""
        with self.bench.work(self.actor, at) as work:
            return act(work, *given, **named)

    def drop_mail(self, at: datetime, key: str) -> None:
        """Drop the waiting mails of a round: what they are about is long over."""
        with self.bench.work(COMMAND, at) as work:
            mail_desk.drop_waiting(work, key)

    def day(self, days: int) -> datetime:
        """Return the moment `days` days from now, or before now where `days` is negative."""
        return self.now + timedelta(days=days)

    @contextmanager
    def voter(self, link: IssuedLink, at: datetime, minutes: int) -> Iterator[Work]:
        """Enter by a link as a browser does; yield a unit of work of its reader, some minutes later.

        Raise RuntimeError if the link does not work.
        """
        with self.bench.work(ANONYMOUS, at) as work:
            entrance = door.enter(work, "v", link.url.rpartition("/")[2])
        if entrance is None:
            raise RuntimeError("a link that was just handed out opens nothing")
        with self.bench.work(entrance.actor, at + timedelta(minutes=minutes)) as work:
            yield work
            accounts.end_session(work, entrance.token)

"""Rounds that closed with time to object: votes, closing mails and their links."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.platform import accounts, door
from consulta.platform.models import Delivery, Message
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.vote import service as voting
from tests.drafts import KEY, NOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.platform.work import Bench
    from consulta.rounds.links import IssuedLink
    from consulta.vote.values import CastBallot

PASSWORD = "una frase bastante larga"


def vote_by(bench: Bench, link: IssuedLink | str, at: datetime, first: int = 1, key: str = KEY) -> CastBallot:
    """A vote by a personal link, that ranks theme `first` and the one after it."""
    token = link if isinstance(link, str) else link.url.rpartition("/")[2]
    with bench.work(ANONYMOUS, at) as work:
        entrance = door.enter(work, "v", token)
        voter = door.resume(work, "voter", entrance.token) if entrance else None
    assert voter is not None
    entries = Entries({f"tema_numero_{first}": 1, f"tema_numero_{first % 6 + 1}": 2})
    with bench.work(voter, at + timedelta(minutes=1)) as work:
        cast: Any = voting.cast(work, key, entries, secrets.token_urlsafe(16))
    return cast  # type: ignore[no-any-return]  # a vote that is in time


def closing_mails(bench: Bench, key: str = KEY) -> list[Message]:
    """The closing mails of a round, in the order of the roll."""
    with bench.read(COMMAND, NOW) as work:
        query = select(Message).where(Message.kind == "closing", Message.round.has(key=key))
        found = list(work.session.scalars(query.order_by(Message.id)))
        work.session.expunge_all()
        for message in found:
            message.token = message.token or message.facts.get("token")
        return found


def leave(bench: Bench, at: datetime, key: str = KEY, state: str = "sent") -> None:
    """Let the closing mails that wait leave, or fail; `closing_mails` still has their links."""
    with bench.work(COMMAND, at) as work:
        waiting = select(Message).where(Message.kind == "closing", Message.round.has(key=key))
        for message in work.session.scalars(waiting.where(Message.state == "queued")):
            message.facts = {**message.facts, "token": message.token}
            message.state, message.left_at, message.token = state, at, None
            outcome = "sent" if state == "sent" else "refused"
            work.session.add(Delivery(message_id=message.id, at=at, outcome=outcome, code=None, said=""))


def people(bench: Bench, *names: str) -> list[Actor]:
    """Accounts of the secretariat."""
    with bench.work(COMMAND, NOW) as work:
        made = [
            accounts.add_staff(work, f"{name.lower()}@secretaria.example.org", name, PASSWORD, "secretariat")
            for name in names
        ]
    return [Actor("secretariat", person.id, person.name) for person in made]


def by_link(bench: Bench, token: str | None, at: datetime, act: Any, *arguments: Any) -> Any:
    """Do something by the link of a mail, as the page behind it does."""
    with bench.work(ANONYMOUS, at) as work:
        found = door.find_visitor(work, "r", token or "", hold=True)
        assert found is not None
        return act(replace(work, actor=found.actor), found.link, *arguments)


def subjects(bench: Bench, kind: str) -> Sequence[str]:
    """To whom mails of a kind wait to go."""
    with bench.read(COMMAND, NOW) as work:
        query = select(Message.address).where(Message.kind == kind).order_by(Message.id)
        return list(work.session.scalars(query))

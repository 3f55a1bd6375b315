"""A change of who may vote while a round is open, and the second person who confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform import accounts
from consulta.platform.models import AccessChange, Delivery, Message, Staff
from consulta.platform.work import COMMAND, Actor
from consulta.vote.changes import service as access_changes
from consulta.vote.changes.values import CONFIRMED_WAIT, Asked
from tests.drafts import KEY, NOW

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Bench

ASKED = Asked("La persona anterior dejó la organización")
SECOND = "segunda@example.org"


def confirm_all(bench: Bench, key: str = KEY, now: datetime = NOW) -> int:
    """Confirm what waits in a round, two hours after its notices left, as a second person; how many."""
    with bench.work(COMMAND, now) as work:
        if work.session.scalars(select(Staff).where(Staff.email == SECOND)).first() is None:
            accounts.add_staff(work, SECOND, "Segunda persona", "una frase bastante larga", "secretariat")
    with bench.read(COMMAND, now) as work:
        person = work.session.scalars(select(Staff.id).where(Staff.email == SECOND)).one()
        waiting = work.session.scalars(select(AccessChange.id).where(AccessChange.state == "waiting")).all()
        before = now - CONFIRMED_WAIT
    with bench.work(COMMAND, now) as work:
        for change in work.session.scalars(select(AccessChange).where(AccessChange.id.in_(waiting))):
            change.asked_at = before
        notices = select(Message).where(Message.kind == "access_asked", Message.state == "queued")
        for message in work.session.scalars(notices):
            message.state, message.left_at, message.token = "sent", before, None
            work.session.add(Delivery(message_id=message.id, at=before, outcome="sent", code=None, said=""))
    for number in waiting:
        with bench.work(Actor("secretariat", person), now) as work:
            access_changes.confirm(work, key, number, "Se llamó a la organización")
    return len(waiting)

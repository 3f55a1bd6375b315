"""An organisation is registered after the opening: asked for, told to a scrutineer, and carried out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.desk import opening
from consulta.platform import accounts
from consulta.platform.models import Delivery, Message, Seat
from consulta.platform.work import COMMAND, WORKER
from consulta.results import checks
from consulta.vote.changes import registrations
from consulta.vote.changes.values import Asked
from tests.benches import PASSWORD
from tests.desk.test_rounds import draft, members
from tests.drafts import KEY
from tests.factories import build_organisation

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Bench

WAIT = timedelta(hours=24)
WHY = "Fue admitida en el Mecanismo después de la apertura"


def appointed(bench: Bench, at: datetime, key: str = KEY, name: str = "escruta") -> int:
    """The number of an account that is scrutineer of a round."""
    with bench.work(COMMAND, at) as work:
        person = accounts.add_staff(
            work, f"{name}@example.org", name.title(), PASSWORD, "scrutineer", organisation="Red de Mujeres"
        )
        checks.appoint(work, key, person.id)
        return person.id


def newcomer(bench: Bench, at: datetime, name: str = "Red Tardía", country: str = "CL", **more: Any) -> int:
    """The number of an organisation that has no seat, with a contact who may vote."""
    email = more.pop("email", f"{name.lower().replace(' ', '.')}@example.org".replace("í", "i"))
    with bench.work(COMMAND, at) as work:
        return build_organisation(work.session, name, country=country, email=email, **more).id


def one_left_out(bench: Bench, at: datetime) -> int:
    """An open round with staff and a scrutineer: the number of an organisation that has no seat in it."""
    members(bench, "PE", "MX")
    draft(bench)
    with bench.work(COMMAND, at) as work:
        opening.open_round(work, KEY)
        accounts.add_staff(work, "eva@example.org", "Eva", PASSWORD, "secretariat")
    appointed(bench, at)
    return newcomer(bench, at, country="PE")


def told(bench: Bench, at: datetime) -> None:
    """The notices to scrutineers leave."""
    with bench.work(COMMAND, at) as work:
        waiting = select(Message).where(Message.kind == "staff_notice", Message.state == "queued")
        for message in work.session.scalars(waiting):
            message.state, message.left_at = "sent", at
            work.session.add(Delivery(message_id=message.id, at=at, outcome="sent", code=None, said=""))


def registered(bench: Bench, at: datetime, organisation: int, key: str = KEY, why: str = WHY) -> str:
    """The key of the seat of an organisation: asked for, told, and made a day later."""
    with bench.work(COMMAND, at) as work:
        number = registrations.ask(work, key, organisation, Asked(why, WAIT))
    told(bench, at)
    with bench.work(WORKER, at + WAIT) as work:
        assert registrations.due(work) == (str(number),)
        assert registrations.carry_out(work, str(number))
    with bench.read(COMMAND, at + WAIT) as work:
        found = select(Seat.key).where(Seat.organisation_id == organisation, Seat.registered_at.is_not(None))
        return work.session.scalars(found).one()

"""A change of who may vote while a round is open, and the second person who confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.accounts import service as accounts
from consulta.changes import service as access_changes
from consulta.changes.values import Asked
from consulta.infra.models import AccessChange, Staff
from consulta.infra.work import COMMAND, Actor
from tests.drafts import KEY, NOW

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.infra.work import Bench

ASKED = Asked("La persona anterior dejó la organización")
SECOND = "segunda@example.org"


def confirm_all(bench: Bench, key: str = KEY, now: datetime = NOW) -> int:
    """Confirm what waits in a round, as a second person of the secretariat; how many."""
    with bench.work(COMMAND, now) as work:
        if work.session.scalars(select(Staff).where(Staff.email == SECOND)).first() is None:
            accounts.add_staff(work, SECOND, "Segunda persona", "una frase bastante larga", "secretariat")
    with bench.read(COMMAND, now) as work:
        person = work.session.scalars(select(Staff.id).where(Staff.email == SECOND)).one()
        waiting = work.session.scalars(select(AccessChange.id).where(AccessChange.state == "waiting")).all()
    for number in waiting:
        with bench.work(Actor("secretariat", person), now) as work:
            access_changes.confirm(work, key, number, "Se llamó a la organización")
    return len(waiting)

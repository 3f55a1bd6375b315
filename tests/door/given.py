"""A link for each purpose."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.door import purposes
from consulta.door import service as door
from consulta.door.service import Given
from consulta.infra.models import AccessChange, Contact, Invitation, Round, SeatAddress
from consulta.infra.work import COMMAND
from tests.factories import build_nominee, moment
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.infra.work import Bench


def made(bench: Bench) -> dict[str, str]:
    """A link for each purpose to the rows of number 1, so that a mix-up would find one: their tokens."""
    open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        nominee = build_nominee(work.session, work.session.get_one(Round, 1))
        work.session.add(
            Invitation(
                round_id=1, nominee_id=nominee.id, state="invited", changed_at=moment(), created_at=moment()
            )
        )
        work.session.flush()
        contact = work.session.scalars(select(Contact.id).order_by(Contact.id)).first()
        work.session.add(
            AccessChange(
                seat_id=1,
                contact_id=contact,
                kind="added",
                address="otra@example.org",
                before="",
                reason="Cambió de casa",
                asked_at=moment(),
                due_at=moment(),
                wait=0,
                state="waiting",
            )
        )
        work.session.flush()
        address = work.session.scalars(select(SeatAddress.id).order_by(SeatAddress.id)).first()
        given = {
            "vote": Given(1, contact),
            "propose": Given(1, contact),
            "answer": Given(1),
            "access": Given(1, seat_address_id=address),
            "objection": Given(1, seat_address_id=address),
        }
        return {name: door.give(work, name, [to])[0] for name, to in given.items()}


def way_of(name: str) -> str:
    found = purposes.find(name)
    assert found is not None
    return found.way


def of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Late registrations as the log tells them: organisations on the roll since after the opening, with reasons.

This module decides what the roll of a round was at the opening and is now, by the rows of the log; who may
register, and when, is decided in `changes.registrations`. The rows are public: they name no organisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Registration, Seat
from consulta.rounds import acts, frozen
from consulta.rounds.acts import REGISTERED, WITHDRAWN
from consulta.rounds.values import Registered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.models import Round
    from consulta.platform.work import Work


def number_of(found: Round, seat: Seat) -> int:
    """Return the number of the late registration that made a seat, counted from 1, as in the log."""
    late = sorted(each.position for each in found.seats if each.registered_at is not None)
    return late.index(seat.position) + 1


def registered_of(work: Work, found: Round) -> tuple[Registered, ...]:
    """Return the late registrations in a round, oldest first: when each took effect, and why."""
    late_ones = acts.told(work, found, REGISTERED, acts.Late)
    words = reasons(work.session, found.id) if late_ones else []
    gone = {late.number: at for at, late in acts.told(work, found, WITHDRAWN, acts.Late)}
    return tuple(
        Registered(
            late.number,
            at,
            said,
            *((gone[late.number], why) if late.number in gone else ()),
        )
        for (at, late), (said, why) in zip(late_ones, words, strict=True)
    )


def at_opening(seats: Iterable[Seat]) -> list[Seat]:
    """Return the seats that were on the roll at the opening."""
    return [seat for seat in seats if seat.registered_at is None]


def file_of(work: Work, found: Round, *, names: bool) -> dict[str, object]:
    """Return what an archive says of late registrations: the rows of those made and of those withdrawn.

    With `names` it also says whose seats they are.
    """
    late = {seat.position: seat for seat in found.seats if seat.registered_at is not None}
    named = [frozen.entry(late[position]) for position in sorted(late)] if names else []
    made = [
        acts.written(row) | ({"seat": named[number]} if named else {})
        for number, row in enumerate(acts.rows(work, found, REGISTERED))
    ]
    gone = [acts.written(row) for row in acts.rows(work, found, WITHDRAWN)]
    return {"format": "consulta-registered/1", "registered": made, "withdrawn": gone}


def reasons(session: Session, round_id: int) -> Sequence[tuple[Text, Text | None]]:
    """Return why each late seat was registered, and withdrawn if it was, by language, in the roll's order."""
    query = select(Registration.words, Registration.withdrawal).join(Seat, Seat.id == Registration.seat_id)
    ordered = query.where(Registration.round_id == round_id).order_by(Seat.position)
    return [(row.words, row.withdrawal) for row in session.execute(ordered)]

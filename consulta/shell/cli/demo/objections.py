"""An objection in the demonstration: an organisation believes that it voted; the log says that it did not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.desk import moves
from consulta.platform.work import COMMAND
from consulta.vote import objections

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.shell.cli.demo.desk import Desk

_SAID = (
    "Una compañera cree haber enviado el voto el último viernes, desde su teléfono."
    " No encontramos el comprobante."
)
_ANSWER = (
    "En el registro no hay ningún voto de la organización: no se emitió un comprobante ni llegó un envío"
    " después del cierre. Conversamos con su coordinación, que está de acuerdo."
)


def object_and_answer(desk: Desk, key: str, at: datetime) -> None:
    """Object for an organisation that did not vote, by its own link, and reject that a day later."""
    with desk.work(COMMAND, at) as work:
        silent = next(each for each in moves.hand_out(work, key) if not each.voted)
    with desk.asked(silent.token, at) as (work, opened):
        said = objections.Said("missing", silent.name, _SAID)
        number = objections.make(work, opened.link, said)
    desk.do(at + timedelta(days=1), objections.reject, key, number, _ANSWER)

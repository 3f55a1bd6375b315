"""How the end of a round was moved since it opened, as the log tells it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from consulta.ballots.queries import archive
from consulta.infra.deadlines import of_text
from consulta.rounds.service import subject
from consulta.rounds.values import DeadlineMove

if TYPE_CHECKING:
    from consulta.infra.models import Round
    from consulta.infra.work import Work


MOVED = "rounds.extended"


def moves_of(work: Work, found: Round) -> tuple[DeadlineMove, ...]:
    """Return the moves of a round's end of voting since it opened, oldest first; all are public."""
    if found.promised_at is None:
        return ()
    acts = [(row.at, json.loads(row.details)) for row in archive.acts(work.session, subject(found), MOVED)]
    return tuple(
        DeadlineMove(of_text(at), of_text(told["before"]), of_text(told["after"]), told["reason"])
        for at, told in acts
    )

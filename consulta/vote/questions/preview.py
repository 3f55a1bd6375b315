"""The page of questions as a member sees it, for the desk: before the opening too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.rounds.service import line_of, sized
from consulta.vote.questions import answering

if TYPE_CHECKING:
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.vote.questions.values import Sheet


def previewed(work: Work, round_key: str) -> tuple[RoundLine, Sheet]:
    """Return the questions of a round for an invented organisation. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = sized(work, round_key)
    name = catalogue.mail_words(work.languages[0])["sample_organisation"]
    return line_of(found, sizes, work.now), answering.imagined(work, found, name)

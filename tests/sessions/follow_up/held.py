"""A published session with recommendations, without a factsheet's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.models import (
    Dialogue,
    Institution,
    Organisation,
    Recommendation,
    RecommendationText,
)
from consulta.platform.work import COMMAND
from tests.closed import counted, mixed
from tests.factories import moment
from tests.held_sessions import session_over
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench

KEY = "2027-1"


def followed_session(bench: Bench) -> tuple[str, str]:
    """Return the references of two recommendations: to all, and to Peru and an agency."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",))
    with bench.work(COMMAND, moment()) as work:
        dialogue = work.session.query(Dialogue).one()
        agency = Institution(kind="agency", name="OIM", name_key="oim", language="es", created_at=work.now)
        work.session.add(agency)
        for name, country in (("Red de Lima", "PE"), ("Red de Quito", "EC")):
            work.session.add(
                Organisation(name=name, name_key=name.lower(), country=country, created_at=work.now)
            )
        work.session.flush()
        for number, addressed in ((1, ["all"]), (2, ["PE", f"I{agency.id}"])):
            text = both(f"Recomendación {number}.", f"Recommendation {number}.")
            row = Recommendation(
                dialogue_id=dialogue.id,
                kind="recommendation",
                position=number,
                reference=f"2027-R{number}",
                text=text,
                language="es",
                topic="t3",
                objectives=[7, 8],
                addressed=addressed,
                created_at=work.now,
                published_at=work.now,
            )
            work.session.add(row)
            work.session.flush()
            work.session.add(
                RecommendationText(
                    recommendation_id=row.id, version=1, text=text, factsheet=1, published_at=work.now
                )
            )
    return "2027-R1", "2027-R2"

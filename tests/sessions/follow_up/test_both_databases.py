"""The follow-up on SQLite and on PostgreSQL alike: locks, JSON, order, what is written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.sessions.follow_up import institutions, service, writing
from consulta.sessions.follow_up.institutions import InstitutionCommand
from consulta.sessions.follow_up.values import REPORTED, Source
from consulta.sessions.follow_up.writing import Written
from tests.closed import counted, mixed
from tests.factories import moment
from tests.held_sessions import publish, session_over, write
from tests.sessions.follow_up.held import KEY
from tests.sessions.follow_up.test_reports import answered
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def test_a_recommendation_from_its_draft_to_its_answers(either: Bench) -> None:
    now = moment()
    counted(either, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(either, KEY, ("t3",))
    write(either, KEY)
    with either.work(COMMAND, now) as work:
        body = institutions.add(work, InstitutionCommand("local", "PE", "Municipalidad", language="es"))
        number = writing.add(
            work, KEY, Written("recommendation", both("Abrir.", "Open."), addressed=("PE", f"I{body}"))
        )
        writing.move(work, KEY, number, -1)
    publish(either, KEY)
    with either.work(COMMAND, now) as work:
        row = next(one for one in writing.desk_page(work, KEY).rows if one.recommendation.id == number)
        reference = row.recommendation.reference
        assert reference.endswith("-R2")
        letter = Source("staff", "letter")
        service.report(work, reference, REPORTED, "PE", answered(), letter, 0)
        service.report(work, reference, REPORTED, f"I{body}", answered("done"), letter, 0)
        writing.withdraw(work, KEY, number, both("Se unió.", "Merged."), 1)
    with either.work(COMMAND, now) as work:
        try:
            service.report(work, reference, REPORTED, "PE", answered(), letter, 1)
        except Problem as problem:
            assert problem.code == "report.withdrawn"  # noqa: PT017 - the unit of work ends well
        writing.restore(work, KEY, number, 2)
    with either.read(ANONYMOUS, now) as work:
        found = service.followed(work, reference)
        assert {each.addressee: each.reported.step for each in found.standings if each.reported} == {
            "PE": "preparing",
            f"I{body}": "done",
        }
        assert len(service.published(work)) == 6
        assert {each.begun for each in service.briefs(work)} == {True, False}

"""What is reported of a recommendation: by whom, of which day, after which earlier report."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.platform.models import Institution, Organisation
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.sessions.follow_up import service
from consulta.sessions.follow_up.values import REPORTED, SEEN, Answer, Source
from tests.factories import moment
from tests.sessions.follow_up.held import followed_session

if TYPE_CHECKING:
    from datetime import datetime

LETTER = Source("staff", "letter")


def answered(step: str = "preparing", **values: Any) -> Answer:
    fields: dict[str, Any] = {
        "step": step,
        "day": (moment() - timedelta(days=1)).date().isoformat(),
        "text": "Se prepara una ley.",
        "language": "es",
    }
    return Answer(**(fields | values))


def report(bench: Bench, now: datetime, *given: Any, seen: int = 0, source: Source = LETTER) -> int:
    with bench.work(COMMAND, now) as work:
        reference, side, addressee, answer = given
        return service.report(work, reference, side, addressee, answer, source, seen)


def test_a_report_follows_the_one_that_its_author_saw(bench: Bench) -> None:
    now = moment()
    first, _ = followed_session(bench)
    report(bench, now, first, REPORTED, "PE", answered())
    with pytest.raises(Problem, match=r"report\.stale"):
        report(bench, now, first, REPORTED, "PE", answered("done"))
    report(bench, now, first, REPORTED, "PE", answered("mostly"), seen=1)
    with bench.read(ANONYMOUS, now) as work:
        (standing,) = service.followed(work, first).standings
    assert [(each.version, each.step) for each in standing.history] == [(2, "mostly"), (1, "preparing")]


def test_what_is_wrong_is_named(bench: Bench) -> None:
    first, _ = followed_session(bench)
    for values, code in (
        ({"step": "nearly"}, "report.step"),
        ({"day": "yesterday"}, "report.day"),
        ({"day": (moment() + timedelta(days=2)).date().isoformat()}, "report.future"),
        ({"text": " "}, "report.text"),
        ({"text": "x" * 3001}, "report.text"),
        ({"link": "javascript:alert(1)"}, "report.link"),
        ({"file": ("a.svg", b"<svg onload='x()'/>")}, "evidence.kind"),
    ):
        with pytest.raises(Problem, match=code.replace(".", r"\.")):
            report(bench, moment(), first, REPORTED, "PE", answered(**values))


def test_only_those_addressed_can_answer(bench: Bench) -> None:
    now = moment()
    _, second = followed_session(bench)  # to Peru and an agency
    with bench.work(COMMAND, now) as work:
        agency = work.session.query(Institution).filter_by(kind="agency").one().id
    report(bench, now, second, REPORTED, f"I{agency}", answered())
    for other in ("BR", "ES", "I999", "Ix", "all", ""):
        with pytest.raises(Problem, match=r"report\.addressee"):
            report(bench, now, second, REPORTED, other, answered())
    with bench.work(COMMAND, now) as work:
        other = work.session.query(Organisation).filter(Organisation.country != "PE").first()
        assert other is not None
        number = other.id
    with pytest.raises(Problem, match=r"report\.organisation"):
        report(
            bench, now, second, SEEN, "PE", answered(), source=Source("staff", "mail", organisation_id=number)
        )
    wrong = Source("staff", "letter", institution_id=agency)
    with pytest.raises(Problem, match=r"report\.institution"):
        report(bench, now, second, REPORTED, "PE", answered(), source=wrong)

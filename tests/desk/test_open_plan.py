"""Opening at a set hour by its page: planned, looked at, given up, and what is said of a plan that failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from consulta.app import create_app
from consulta.core.problems import Problem
from consulta.desk import planning
from consulta.platform.models import Round
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds import themes
from tests.benches import PASSWORD, STAFF, Visitor
from tests.cases import for_each
from tests.desk.test_rounds import DESK, KEY, ROUND, draft, kept
from tests.desk.test_rounds import members as join
from tests.drafts import theme_command
from tests.factories import moment
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

PLAN = f"{ROUND}/open/plan"
GIVE_UP = f"{PLAN}/give-up"
HOUR = "2037-02-10T08:00"  # in Panama: 13:00 UTC


def said(visitor: Visitor, url: str = PLAN) -> str:
    answer = visitor.get(url)
    assert answer.status_code == 200
    return Page(answer).text


def come_due(bench: Bench, ago: timedelta) -> None:
    """Let the planned moment have been so long ago."""
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(opens_at=moment() - ago))


def refuse(bench: Bench) -> None:
    """What a worker does that finds the opening refused."""
    with bench.work(WORKER, moment()) as work:
        try:
            planning.open_as_planned(work, KEY)
        except Problem as problem:
            planning.refuse_opening(work, KEY, problem)


def test_it_is_planned_seen_everywhere_and_given_up(bench: Bench, staff_visitor: Visitor) -> None:
    join(bench)
    draft(bench)
    assert PLAN in Page(staff_visitor.get(f"{ROUND}/open")).links()
    answer = staff_visitor.submit(PLAN, {"at": HOUR})
    assert (answer.status_code, answer.location) == (303, PLAN)
    for url in (PLAN, f"{ROUND}/open", ROUND, f"{DESK}/"):
        page = Page(staff_visitor.get(url))
        assert "se abre sola a la hora programada" in page.text, url
        assert url == PLAN or PLAN in page.links(), url
    assert "10 de febrero de 2037, 08:00 (hora de Panamá, UTC" in said(staff_visitor)
    assert "10 de febrero de 2037, 13:00 UTC" in said(staff_visitor)
    assert staff_visitor.submit(PLAN, to=GIVE_UP).location == f"{ROUND}/open"
    assert kept(bench).opens_local is None
    assert "se abre sola" not in said(staff_visitor, ROUND)


def test_what_makes_no_sense_is_said_beside_the_hour(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench)
    for hour in ("", "pronto", "2020-01-01T08:00", "2037-03-05T17:00"):
        answer = staff_visitor.submit(PLAN, {"at": hour})
        assert answer.status_code == 422, hour
        assert 'id="at-error"' in answer.text, hour
    assert kept(bench).opens_local is None


def test_a_plan_that_failed_says_why_until_that_is_mended(bench: Bench, staff_visitor: Visitor) -> None:
    join(bench)
    draft(bench, 1)
    staff_visitor.submit(PLAN, {"at": HOUR})
    assert "Como está ahora, no se abriría" in said(staff_visitor)
    come_due(bench, timedelta(seconds=10))
    refuse(bench)
    why = "Una consulta necesita al menos dos temas; esta tiene 1."
    page = said(staff_visitor)
    assert "no se abrió a la hora programada" in page
    assert "El 10 de febrero" not in page
    assert "Debía abrirse el 10 de febrero de 2037, 08:00" in page
    assert page.count(why) == 1
    for url in (ROUND, f"{DESK}/"):
        assert "no se abrió a la hora programada" in said(staff_visitor, url), url
        assert PLAN in Page(staff_visitor.get(url)).links(), url
    with bench.work(COMMAND, moment()) as work:
        themes.save_theme(work, KEY, theme_command(7))
    page = said(staff_visitor)
    assert why not in page
    assert "Lo que faltaba ya se corrigió" in page
    assert why in said(staff_visitor, f"{ROUND}/log")  # as it was said then
    staff_visitor.submit(PLAN, {"at": HOUR})
    assert "no se abrió" not in said(staff_visitor, ROUND)


def test_something_else_that_is_missing_since_is_not_said_to_have_been_why(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft(bench)
    staff_visitor.submit(PLAN, {"at": HOUR})
    come_due(bench, timedelta(seconds=10))
    refuse(bench)  # there is nobody to vote
    join(bench)
    with bench.work(COMMAND, moment()) as work:
        for theme in ("tema_numero_1", "tema_numero_2", "tema_numero_3", "tema_numero_4"):
            themes.delete_theme(work, KEY, theme)
    page = said(staff_visitor)
    assert "Lo que faltaba ya se corrigió" in page
    assert "Como está ahora, no se abriría" in page


def test_an_hour_that_passed_without_a_worker_says_so(bench: Bench, staff_visitor: Visitor) -> None:
    join(bench)
    draft(bench)
    staff_visitor.submit(PLAN, {"at": HOUR})
    come_due(bench, timedelta(minutes=1))
    assert "consulta worker" not in said(staff_visitor)
    come_due(bench, timedelta(minutes=6))
    assert "consulta worker" in said(staff_visitor)


def test_it_is_for_drafts_alone(bench: Bench, staff_visitor: Visitor) -> None:
    join(bench)
    draft(bench)
    staff_visitor.submit(PLAN, {"at": HOUR})
    token = staff_visitor.token(staff_visitor.get(PLAN))
    staff_visitor.submit(f"{ROUND}/open", {"typed": KEY})
    assert staff_visitor.get(PLAN).status_code == 409
    for url in (PLAN, GIVE_UP):
        assert staff_visitor.post(url, {"csrf_token": token, "at": HOUR}).status_code == 409, url


@for_each(
    "host, link_files, words",
    [
        ("mail.example.org", False, "las invitaciones ya van en camino"),
        ("", True, "generar los enlaces personales"),
        ("", False, "quedan como archivos en este equipo"),
    ],
    fresh=True,
)
def test_after_the_opening_is_said_how_the_links_travel_here(
    settings: Settings, bench: Bench, staff_visitor: Visitor, host: Any, link_files: Any, words: Any
) -> None:
    join(bench)
    draft(bench)
    here = replace(settings, link_files=link_files, mail=replace(settings.mail, host=host))
    app = create_app(here, bench)
    visitor = Visitor(app.test_client())
    visitor.submit("/es/account/sign-in", {"email": STAFF, "password": PASSWORD})
    assert visitor.submit(f"{ROUND}/open", {"typed": KEY}).status_code == 303
    assert words in said(visitor, ROUND)

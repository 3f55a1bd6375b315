"""The minutes of a session: agreements written, followed until done, published in versions, on paper."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform.models import Agreement, Dialogue, MinutesVersion
from consulta.platform.work import COMMAND
from consulta.sessions import minutes
from tests.closed import counted, mixed
from tests.factories import moment
from tests.held_sessions import session_over
from tests.texts import both
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

KEY = "2027-1"
DESK = f"/es/secretariat/rounds/{KEY}/minutes"
PUBLIC = f"/es/rounds/{KEY}/minutes"
TODAY = moment()
LATER = f"{TODAY + timedelta(days=30):%Y-%m-%d}"
YESTERDAY = f"{TODAY - timedelta(days=2):%Y-%m-%d}"
FORM = {"text_es": "Crear un grupo de trabajo.", "text_en": "Set up a working group.", "due": LATER}


@pytest.fixture
def over(bench: Bench) -> Bench:
    """A published round whose session is over."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",))
    return bench


def save(bench: Bench, text: str = "Crear un grupo.", due: str = "", who: str = "Cancillería") -> int:
    with bench.work(COMMAND, moment()) as work:
        return minutes.save(work, KEY, both(text, ""), who, due)


def desk(bench: Bench) -> Any:
    with bench.read(COMMAND, moment()) as work:
        return minutes.desk_page(work, KEY)


def test_agreements_are_written_changed_and_marked_as_done(over: Bench, staff_visitor: Visitor) -> None:
    assert DESK in Page(staff_visitor.get(DESK.replace("minutes", "dialogue"))).links()
    form = FORM | {"responsible": "Ministerio de Trabajo (EJEMPLO)"}
    assert staff_visitor.submit(DESK, form).status_code == 303
    (one,) = desk(over).agreements
    assert (one.number, one.text["en"], one.due) == (1, "Set up a working group.", LATER)
    page = staff_visitor.get(f"{DESK}/1")
    changed = form | {"text_es": "Crear dos grupos.", "seen": "1"}
    assert (
        staff_visitor.post(f"{DESK}/1", {"csrf_token": staff_visitor.token(page), **changed}).status_code
        == 303
    )
    # Two at once: the second is told, and what it wrote is kept.
    stale = staff_visitor.submit(f"{DESK}/1", form | {"text_es": "Mi versión", "seen": "1"})
    assert stale.status_code == 422
    assert "Mi versión" in stale.text
    assert "otra persona cambió este acuerdo" in Page(stale).text
    assert (
        staff_visitor.submit(
            f"{DESK}/1", {"day": f"{TODAY + timedelta(days=3):%Y-%m-%d}"}, to=f"{DESK}/1/done"
        ).status_code
        == 422
    )
    assert staff_visitor.submit(f"{DESK}/1", {"day": "2020-01-01"}, to=f"{DESK}/1/done").status_code == 422
    assert staff_visitor.submit(f"{DESK}/1", {"day": YESTERDAY}, to=f"{DESK}/1/done").status_code == 303
    assert desk(over).agreements[0].done_on == YESTERDAY
    assert staff_visitor.submit(f"{DESK}/1", {"undo": "1"}, to=f"{DESK}/1/done").status_code == 303
    assert desk(over).agreements[0].done_on is None


def test_bad_input_is_told_and_kept(over: Bench, staff_visitor: Visitor) -> None:
    for wrong in (
        {"text_es": ""},
        {"text_es": "x" * 1001},
        {"responsible": ""},
        {"due": "pronto"},
        {"due": "2020-01-01"},
    ):
        refused = staff_visitor.submit(DESK, FORM | {"responsible": "Red"} | wrong)
        assert refused.status_code == 422, wrong
        assert "Set up a working group." in refused.text
        assert 'aria-invalid="true"' in refused.text, wrong
    assert "No puede vencer antes de la sesión" in Page(refused).text
    assert not desk(over).agreements


def test_nothing_is_agreed_before_the_session_or_in_one_that_is_cancelled(over: Bench) -> None:
    with over.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Dialogue)).one()
        before, found.starts_at = found.starts_at, moment() + timedelta(days=1)
        found.ends_at = found.starts_at + timedelta(hours=1)
    with pytest.raises(Problem) as early:
        save(over)
    assert early.value.code == "minutes.future"
    with over.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Dialogue)).one()
        found.starts_at, found.cancelled = before, True
    with pytest.raises(Problem) as cancelled:
        save(over)
    assert cancelled.value.code == "minutes.cancelled"


def test_overdue_ones_are_shown_at_the_desk(over: Bench, staff_visitor: Visitor) -> None:
    save(over, "Vencido", YESTERDAY)
    save(over, "A tiempo", LATER)
    assert [*map(desk(over).is_overdue, desk(over).agreements)] == [True, False]
    assert "vencido" in Page(staff_visitor.get(DESK)).text
    assert (
        "1 acuerdo de la sesión está vencido" in Page(staff_visitor.get(DESK.removesuffix("/minutes"))).text
    )
    with over.work(COMMAND, moment()) as work:
        minutes.done(work, KEY, 1, YESTERDAY)
    assert desk(over).overdue == 0
    assert "está vencido" not in Page(staff_visitor.get(DESK.removesuffix("/minutes"))).text


def test_they_are_published_in_versions_and_followed(over: Bench, staff_visitor: Visitor) -> None:
    assert staff_visitor.get(PUBLIC).status_code == 404
    save(over, "Primero", LATER)
    save(over, "Segundo")
    assert staff_visitor.submit(f"{DESK}/publish", {"typed": "otra"}).status_code == 422
    assert staff_visitor.submit(f"{DESK}/publish", {"typed": KEY}).status_code == 303
    page = Page(staff_visitor.get(PUBLIC)).text
    assert "Primero" in page
    assert "2 acuerdos" in page
    assert PUBLIC in Page(staff_visitor.get(f"/es/rounds/{KEY}")).links()
    # What is done shows at once; the words of the public version stay until the next one.
    with over.work(COMMAND, moment()) as work:
        minutes.done(work, KEY, 1, YESTERDAY)
        minutes.remove(work, KEY, 2)
    page = Page(staff_visitor.get(PUBLIC)).text
    assert "cumplido el" in page
    assert "Segundo" in page
    assert desk(over).is_changed
    assert save(over, "Tercero") == 3, "numbers are not given again"
    with over.work(COMMAND, moment()) as work:
        assert minutes.publish(work, KEY) == 2
    page = Page(staff_visitor.get(PUBLIC)).text
    assert "Segundo" not in page
    assert "Tercero" in page
    with pytest.raises(Problem) as same, over.work(COMMAND, moment()) as work:
        minutes.publish(work, KEY)
    assert same.value.code == "minutes.unchanged"
    with over.read(COMMAND, moment()) as work:
        kept = [json.loads(each) for each in work.session.scalars(select(MinutesVersion.content))]
        assert [len(each["agreements"]) for each in kept] == [2, 2]
        assert work.session.scalars(select(Agreement.removed)).all() == [False, True, False]
    for lang in ("es", "en"):
        assert staff_visitor.get(PUBLIC.replace("/es/", f"/{lang}/")).status_code == 200

"""A panel of forty people: each of them stands on every page of it, and no page grows without end."""

from __future__ import annotations

import re
from itertools import cycle
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.core.values import PanelRules
from consulta.panel import invitations
from consulta.panel import service as panels
from consulta.platform.models import Round
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.closed import counted, mixed
from tests.factories import build_nominee, moment
from tests.invited import KEY, panelled
from tests.lived import once

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

SEATS, FIRST_PAGE = 40, 25
RULES = PanelRules(size=SEATS, roles={"gov_national": (10, 20), "mechanism": (20, 30)}, quotas=())
DESK = f"/en/secretariat/rounds/{KEY}"
NAME = re.compile(r"Persona n\d\d")


@once
def seated(bench: Bench) -> None:
    """Count a round and choose forty of 44 people, invite them and publish the panel."""
    counted(bench, KEY, mixed(6, ("t1", "t2"), ("t1", "t3")), publish=False)
    countries = cycle(("PE", "JM", "MX", "CO", "GT", "BB"))
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        for number in range(1, 45):
            state = number % 5 < 2
            build_nominee(
                work.session,
                a_round,
                f"n{number:02}",
                role="gov_national" if state else "mechanism",
                sector="gov_national" if state else "ngo",
                country=next(countries),
                email=f"n{number}@example.org",
                consent_contact=True,
                support=9000 - 100 * number,
                on_ballot=False,
            )
    with bench.work(COMMAND, moment()) as work:
        assert panels.choose(work, KEY, RULES)
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
        results.publish(work, KEY)
        panels.publish_panel(work, KEY)


def test_forty_people_stand_on_the_public_page_with_why_each_is_there(bench: Bench, visitor: Visitor) -> None:
    seated(bench)
    page = visitor.get(f"/en/rounds/{KEY}/panel").text
    assert page.count('<li class="person') == SEATS
    assert page.count('<details class="reason">') == SEATS, "of so many people, why each is there unfolds"
    assert '<div class="reason">' not in page


def test_of_few_people_the_public_page_says_at_once_why_each_is_there(bench: Bench, visitor: Visitor) -> None:
    panelled(bench, with_session=False)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        panels.publish_panel(work, KEY)
    page = visitor.get(f"/en/rounds/{KEY}/panel").text
    assert page.count('<div class="reason">') == page.count('<li class="person') == 4
    assert '<details class="reason">' not in page


def test_the_desk_has_the_same_forty_on_two_pages(bench: Bench, staff_visitor: Visitor) -> None:
    seated(bench)
    for place in ("panel", "invitations"):
        seen: list[set[str]] = []
        for number in (1, 2):
            page = staff_visitor.get(f"{DESK}/{place}?page={number}").text
            rows = page.partition('<table role="table" class="dense')[2].partition("</table>")[0]
            seen.append({*NAME.findall("".join(re.findall(r'<th scope="row".*?</th>', rows, re.DOTALL)))})
        assert [len(names) for names in seen] == [FIRST_PAGE, SEATS - FIRST_PAGE], place
        assert not seen[0] & seen[1], place

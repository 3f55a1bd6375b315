"""A request needs one connection to the database at a time.

One that held a second could wait for it for ever, where every request holds one and none is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import has_request_context, request
from sqlalchemy import event

from consulta.platform import accounts
from consulta.platform.work import COMMAND
from tests.apps import app_over
from tests.benches import PASSWORD, Visitor
from tests.browser.test_pages import DESK, PUBLIC
from tests.deep import some
from tests.factories import moment

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from consulta.platform.settings import Settings
    from tests.benches import Demo


def second_ones(engine: Engine) -> list[str]:
    """Return a list into which come from now on the requests that take a second connection."""
    held: set[object] = set()
    found: list[str] = []

    @event.listens_for(engine, "checkout")
    def taken(_driver: object, record: object, _proxy: object) -> None:
        if held and has_request_context():
            found.append(f"{request.method} {request.endpoint}")
        held.add(record)

    @event.listens_for(engine, "checkin")
    def given_back(_driver: object, record: object) -> None:
        held.discard(record)

    return found


def test_no_page_takes_a_second_connection(demo: Demo, settings: Settings) -> None:
    bench = demo.bench(settings)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "esta@example.org", "Esta Cuenta", PASSWORD, "admin")
    app = app_over(settings, bench)
    found = second_ones(bench.engine)
    visitor = Visitor(app.test_client())
    visitor.submit("/es/account/sign-in", {"email": "esta@example.org", "password": PASSWORD})
    pages = [*(f"/es/{each}" for each in PUBLIC), *(f"/es/secretariat/{each}" for each in DESK)]
    answers = [visitor.client.get(each).status_code for each in some(pages, 4)]
    assert answers.count(200) > len(answers) * 0.9
    assert found == []

"""Each link and each form that a page of the desk shows a role leads to something that the role may do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from bench import theft
from consulta.platform import accounts
from consulta.platform.access import ACTIONS
from consulta.platform.work import COMMAND
from tests.apps import app_over
from tests.benches import PASSWORD, Visitor
from tests.browser.test_pages import DESK
from tests.deep import some
from tests.factories import moment
from tests.views import ROUTES

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from tests.benches import Demo


@pytest.fixture(params=["reader", "mail", "secretariat"])
def role(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_a_page_shows_a_role_nothing_that_is_refused(
    demo: Demo, settings: Settings, role: str, tmp_path: Path
) -> None:
    bench = demo.bench(settings)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "esta@example.org", "Esta Cuenta", PASSWORD, role)  # type: ignore[arg-type]
    app = app_over(settings, bench)
    place = theft.Place(app, bench, tmp_path / "none")
    visitor = Visitor(app.test_client())
    visitor.submit("/es/account/sign-in", {"email": "esta@example.org", "password": PASSWORD})
    faults, sent, shown = [], set(), 0
    # Who may see what waits for a second person says the act that was asked for, not the address.
    names = some((name for name in DESK if not name.startswith("pending/")), 2, role == "reader")
    for path in (f"/es/secretariat/{name}" for name in names):
        answer = visitor.get(path)
        if answer.status_code == 403:
            allowed = role in ACTIONS[ROUTES[place.endpoint(urlsplit(path).path, "GET")]]
            faults += [f"{path} is refused"] * allowed
            continue
        links, forms = seen(place, answer, path)
        shown += len(links) + len(forms)
        faults += [
            f"{path} shows {link}" for link, endpoint in links if role not in ACTIONS[ROUTES[endpoint]]
        ]
        faults += [
            f"{path} sends {each.path}" for each in forms if role not in ACTIONS[ROUTES[each.endpoint]]
        ]
        for each in forms:
            if each.endpoint not in sent and role != "secretariat":
                sent.add(each.endpoint)
                if place._post(visitor.client, each, visitor.token(answer)).status_code == 403:
                    faults.append(f"{path} has a form to {each.path}, which is refused")
    assert faults == [], "; ".join(faults)
    assert shown > len(names)


def seen(
    place: theft.Place, answer: TestResponse, path: str
) -> tuple[list[tuple[str, str]], list[theft.Sheet]]:
    """Return the links of a page with their endpoints, and its forms, but for those to sign in and out."""
    found = list(theft.forms_of(place, answer, path))
    links = [
        (each, endpoint)
        for each in found
        if isinstance(each, str) and (endpoint := place.endpoint(urlsplit(each).path, "GET"))
    ]
    forms = [each for each in found if not isinstance(each, str) and each.endpoint]
    return (
        [each for each in links if each[1] not in theft.NEVER],
        [each for each in forms if each.endpoint not in theft.NEVER],
    )


def test_a_form_that_another_role_sends_says_who(demo: Demo, settings: Settings) -> None:
    bench = demo.bench(settings)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "esta@example.org", "Esta Cuenta", PASSWORD, "mail")
    visitor = Visitor(app_over(settings, bench).test_client())
    visitor.submit("/es/account/sign-in", {"email": "esta@example.org", "password": PASSWORD})
    page = visitor.get("/en/secretariat/members").text
    assert "Your account is for mail and participation" in page
    assert "The secretariat submits this form." in page, "names can be ticked there, and no button sends them"
    assert "New member" not in page

"""What a thief of a cookie, a second site or a cache between could do: tried on pages as they are served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import LogEntry
from consulta.platform.work import COMMAND
from tests.factories import moment
from tests.polling import open_round
from tests.shell.site.test_access import ARGUMENTS
from tests.views import WITHOUT_SESSION

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor


def acts(bench: Bench) -> int:
    with bench.read(COMMAND, moment()) as work:
        return len(work.session.scalars(select(LogEntry.seq)).all())


def test_no_cache_keeps_what_a_link_or_a_session_shows(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """A proxy that keeps pages would show one organisation's ballot to another."""
    (voter, *_) = open_round(bench)
    client = app.test_client()
    client.post(f"/es/v/{voter.token}")
    pages = [client.get("/es/ballot/2027-1"), staff_visitor.get("/es/secretariat/")]
    pages += [client.get(f"/es/v/{voter.token}"), staff_visitor.get("/es/account/")]
    for answer in pages:
        assert answer.status_code == 200
        said = answer.headers.get("Cache-Control", "")
        assert "no-store" in said or "private" in said, (answer.request.path, said)
        assert answer.headers.get("Referrer-Policy") in {"no-referrer", "same-origin"}


def test_a_form_of_before_the_sign_out_does_nothing_after_it(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """Neither with the cookie that was stolen before, nor with the token of its form."""
    page = "/es/secretariat/members/new"
    token = staff_visitor.token(staff_visitor.get(page))
    thief = app.test_client()
    with staff_visitor.client.session_transaction() as session:
        held = dict(session)
    with thief.session_transaction() as session:
        session.update(held)
    assert thief.get(page).status_code == 200, "the stolen cookie opens the desk until its owner signs out"
    out = staff_visitor.token(staff_visitor.get("/es/account/confirm"))
    assert staff_visitor.post("/es/account/sign-out", {"csrf_token": out}).status_code == 303
    before = acts(bench)
    said = {"csrf_token": token, "name": "Red Falsa", "country": "PE", "sector": "ngo"}
    answer = thief.post(page, data=said, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    assert 'type="password"' in answer.text, "it is kept, and who sent it is asked to sign in first"
    assert acts(bench) == before


def test_no_form_of_another_site_is_taken_by_any_page_with_a_session(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    before = acts(bench)
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in WITHOUT_SESSION:
            continue
        if not rule.endpoint.startswith(("secretariat.", "staff.")):
            continue
        values = {name: ARGUMENTS.get(name, "1") for name in rule.arguments}
        path = app.url_map.bind("localhost").build(rule.endpoint, values)
        for site in ("cross-site", "same-site"):
            answer = staff_visitor.client.post(path, headers={"Sec-Fetch-Site": site})
            assert answer.status_code == 403, (rule.endpoint, site, answer.status_code)
    assert acts(bench) == before

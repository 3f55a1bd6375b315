"""Nobody's author: no page of the desk or the public puts a reason beside the organisation that wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.platform.models import Reason, Seat
from consulta.platform.work import COMMAND, Bench
from consulta.results import synthesis
from consulta.results.synthesis import POOL
from tests.benches import Visitor
from tests.deep import deep, some
from tests.factories import moment
from tests.polling import close, open_round
from tests.results.synthesis.test_synthesis import KEY, STAFF
from tests.shell.site.test_access import address, rules
from tests.vote.reasons.test_reasons import fill, lot, part, publish

if TYPE_CHECKING:
    from flask import Flask

TELLS = ("/synthesis", "/said")
"""Pages that have texts; no other page may."""


def told(bench: Bench, seed: int, mode: str) -> dict[str, tuple[str, str, str]]:
    """A published round with planted reasons and a synthesis; text → organisation, theme, consent."""
    rng = lot(seed)
    said = fill(bench, open_round(bench, seats=14, secrecy=mode), rng)
    close(bench)
    publish(bench)
    part(bench, seed=seed)
    with bench.work(STAFF, moment()) as work:
        view = synthesis.desk_page(work, KEY)
        for theme in view.themes:
            numbers = [source.number for source in view.sources if source.theme == theme.key]
            line = f"Se pide esto [{', '.join(map(str, numbers))}]." if numbers else ""
            seen = synthesis.desk_page(work, KEY).seen
            synthesis.save(work, KEY, theme.key or POOL, {"es": line}, "es", {}, seen)
        synthesis.publish(work, KEY, synthesis.desk_page(work, KEY).seen)
    return said


@pytest.mark.parametrize(("seed", "mode"), [(1, "aggregate"), deep(2, "pseudonymous"), deep(3, "open")])
def test_no_page_tells_who_wrote_a_text(
    bench: Bench, app: Flask, staff_visitor: Visitor, seed: int, mode: str
) -> None:
    said = told(bench, seed, mode)
    with bench.read(COMMAND, moment()) as work:
        names = set(work.session.scalars(select(Seat.name)))
        agreed = list(work.session.scalars(select(Reason.text).where(Reason.consent == "named")))
    named = {said[text][0] for text in agreed}
    stranger = Visitor(app.test_client())
    with_texts = set()
    pages = [rule for rule, method in rules(app) if method == "GET"]
    tell = [rule for rule in pages if any(part in rule.rule for part in TELLS)]
    for rule in (*tell, *some((each for each in pages if each not in tell), 2)):
        url = address(app, rule)
        for visitor in (stranger, staff_visitor):
            page = visitor.get(url)
            if page.mimetype not in {"text/html", "text/csv", "text/plain"}:
                continue
            found = {text for text in said if text in page.text}
            if found:
                assert any(part in url for part in TELLS), url
                with_texts.add(rule.endpoint)
                there = {name for name in names if name in page.text}
                assert there <= named, (url, there - named)
            if visitor is stranger or rule.endpoint.startswith("public."):
                assert all(said[text][2] != "read" for text in found), url
            if found and visitor is stranger:
                assert rule.endpoint in {"public.said", "public.said_file"}
    assert {"public.said", "public.said_file", "secretariat.synthesis_desk"} <= with_texts

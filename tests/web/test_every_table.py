"""No table at the desk hides a row: each leads by its pages, or by a link to the whole, to all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import render_template_string

from consulta.infra.paths import resource
from consulta.infra.work import COMMAND, Bench
from consulta.members import service as members
from consulta.members.service import ContactCommand, OrganisationCommand
from consulta.web.table import Column, Table
from tests.factories import moment
from tests.house.source import calls, modules

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from flask import Flask

    from tests.benches import Visitor

DESK = "/en/secretariat"
MANY = 60
DRAWN = '{% import "web/listing.html" as listed with context %}{{ listed.listing(table) }}'


def declared() -> Iterator[tuple[str, dict[str, ast.expr]]]:
    """Each table that the program declares: where, and what it says of it."""
    for path, tree in modules(saying=r"from consulta\.web\.table import .*\bTable\b"):
        for name, call in calls(tree):
            if name == "Table":
                yield f"{path}:{call.lineno}", {each.arg or "": each.value for each in call.keywords}


def test_each_table_leads_to_all_its_rows(app: Flask) -> None:
    kinds: dict[frozenset[str], list[str]] = {}
    for where, says in declared():
        kinds.setdefault(frozenset(says.keys() & {"endpoint", "rest", "size"}), []).append(where)
    assert sum(map(len, kinds.values())) > 30
    for kind, where in kinds.items():
        says: dict[str, Any] = {"endpoint": "secretariat.members", "rest": "/whole", "size": 10}
        made = Table(
            title="Made up",
            columns=[Column("name", "Name", lambda row: row)],
            **{name: value for name, value in says.items() if name in kind},
        )
        page, seen = 1, set[str]()
        while page:
            with app.test_request_context(f"{DESK}/members?page={page}"):
                app.preprocess_request()
                listing = made.over(f"Red {number:02}" for number in range(MANY))
                drawn = render_template_string(DRAWN, table=listing)
            seen |= set(re.findall(r"Red \d\d", drawn))
            onward = re.search(r'rel="next" href="[^"]*[?;]page=(\d+)', drawn)
            page = int(onward[1]) if onward else 0
        assert len(seen) == MANY or "rest" in kind, where


def test_a_page_that_shows_the_first_rows_alone_links_to_all() -> None:
    cut = {where for where, says in declared() if "rest" in says}
    text = (resource("templates") / "mail_desk" / "mail.html").read_text("utf-8")
    assert [where.partition(":")[0] for where in cut] == ["mail_desk/pages/lost.py"]
    assert '<a href="{{ gaps.table.rest }}">' in text


def test_a_member_shows_each_of_its_contacts(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        member = members.add_organisation(work, OrganisationCommand("Red Andina", "PE", {"sector": "ngo"}))
        for number in range(30):
            members.add_contact(work, member, ContactCommand(f"Ana {number:02}", f"c{number}@example.org"))
    page, shown = f"{DESK}/members/{member}", set[str]()
    while page:
        text = staff_visitor.get(page).text
        shown |= set(re.findall(r">(Ana \d\d)<", text))
        onward = re.search(r'rel="next" href="([^"]+)"', text)
        page = onward[1].replace("&amp;", "&") if onward else ""
    assert len(shown) == 30

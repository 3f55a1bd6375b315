"""Every table at the desk: asked by its address, without script, and handed out as exactly what it shows."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select

from consulta.people import members
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.platform.models import LogEntry
from consulta.platform.web import language
from consulta.platform.web.table import Choice, Column, Search, Table
from consulta.platform.work import COMMAND, Bench
from tests.cases import for_each
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask import Flask

    from tests.benches import Visitor

DESK = "/en/secretariat"
ROWS = [
    {"name": "Ñandú", "country": "PE", "people": 3},
    {"name": "Nube", "country": "PE", "people": 12},
    {"name": "Árbol", "country": "MX", "people": None},
    {"name": "árbol 10", "country": "MX", "people": 7},
    {"name": "Árbol 9", "country": "CL", "people": 7},
]


@contextmanager
def asking(app: Flask, query: str) -> Iterator[None]:
    """A request in English for the members' page with this query."""
    with app.test_request_context(f"{DESK}/members?{query}"):
        app.preprocess_request()
        yield


def table(rows_of: Sequence[dict[str, Any]] = ROWS, sort: str = "") -> Table:
    """A table in memory, on the page of the members."""
    countries = sorted({row["country"] for row in rows_of})
    return Table(
        title="Members",
        endpoint="secretariat.members",
        search=Search("Name", lambda row: str(row["name"])),
        choices=[Choice("country", "Country", [(key, key) for key in countries], lambda row: row["country"])],
        columns=[
            Column("name", "Name", lambda row: row["name"]),
            Column("people", "People", lambda row: row["people"], largest_first=True),
            Column("secret", "Secret", lambda row: row["name"], only="file"),
            Column("plain", "Plain", lambda row: row["name"], sorts=False),
        ],
        sort=sort,
    )


@pytest.fixture
def names(app: Flask) -> Callable[[str], list[str]]:
    """The names of the rows that an address asks for."""

    def asked(query: str, *, whole: bool = False) -> list[str]:
        with asking(app, query):
            return [row["name"] for row in table().over(ROWS, whole=whole).there.rows]

    return asked


@for_each(
    "query, found",
    [
        ("", ["Ñandú", "Nube", "Árbol", "árbol 10", "Árbol 9"]),
        ("sort=name", ["Árbol", "Árbol 9", "árbol 10", "Ñandú", "Nube"]),
        ("sort=-name", ["Nube", "Ñandú", "árbol 10", "Árbol 9", "Árbol"]),
        ("sort=people", ["Árbol", "Ñandú", "árbol 10", "Árbol 9", "Nube"]),
        ("sort=-people", ["Nube", "árbol 10", "Árbol 9", "Ñandú", "Árbol"]),
        ("q=NANDU", ["Ñandú"]),
        ("q=arbol", ["Árbol", "árbol 10", "Árbol 9"]),
        ("q=arbol+10", ["árbol 10"]),
        ("country=PE&sort=name", ["Ñandú", "Nube"]),
        ("country=PE&q=arbol", []),
        ("page=99", ["Ñandú", "Nube", "Árbol", "árbol 10", "Árbol 9"]),
    ],
)
def test_the_address_sorts_both_ways_and_filters(
    names: Callable[[str], list[str]], query: str, found: list[str]
) -> None:
    assert names(query) == found


@for_each(
    "query",
    [
        "sort=nonsense",
        "sort=--name",
        "sort=secret",
        "sort=plain",
        "sort=name);DROP TABLE log;--",
        "country=XX",
        "country=%3Cscript%3E",
        "page=x",
        "page=-7",
        "page=99999999999999999999999999",
        "q=%20%09",
        "_external=1&endpoint=x&lang=xx&key=other&name=y&self=1",
    ],
)
def test_what_the_table_does_not_have_is_ignored(names: Callable[[str], list[str]], query: str) -> None:
    assert names(query) == names("")


def test_pages_have_so_many_rows_and_the_whole_has_all(app: Flask) -> None:
    many = [{"name": f"Red {number}", "country": "PE", "people": number} for number in range(120)]
    for query, first, last, told in (
        ("sort=people", 0, 24, "1 to 25 of 120"),
        ("sort=people&page=5", 100, 119, "101 to 120 of 120"),
        ("sort=people&page=6", 100, 119, "101 to 120 of 120"),
        ("sort=people&page=0", 0, 24, "1 to 25 of 120"),
    ):
        with asking(app, query):
            listing = table(many).over(many)
            rows = listing.there.rows
            assert (rows[0]["people"], rows[-1]["people"], listing.told) == (first, last, told)
            assert len(table(many).over(many, whole=True).there.rows) == 120
            assert listing.pages == 5


def test_a_heading_leads_to_the_other_direction_and_keeps_the_filter(app: Flask) -> None:
    with asking(app, "sort=name&q=a&page=2&country=PE"):
        listing = table().over(ROWS)
        name, people = listing.columns[:2]
        assert listing.sort_url(name) == f"{DESK}/members?q=a&country=PE&sort=-name#table"
        assert listing.sort_url(people) == f"{DESK}/members?q=a&country=PE&sort=-people#table"
        assert (listing.sorted(name), listing.sorted(people)) == ("ascending", None)
        assert listing.cleared_url == f"{DESK}/members?sort=name#table"


# -- a table of the database, through its pages


@pytest.fixture
def furnished(bench: Bench) -> Bench:
    """Organisations of two countries, one of them with a name that a spreadsheet would run."""
    with bench.work(COMMAND, moment()) as work:
        for number in range(60):
            member = members.add_organisation(
                work, OrganisationCommand(f"Red {number}", "PE", {"sector": "ngo"}, base=number + 1)
            )
            members.add_contact(work, member, ContactCommand("Ana", f"c{number}@example.org", "es"))
        members.add_organisation(work, OrganisationCommand("=1+1 Ñandú", "MX", {"sector": "media"}))
    return bench


@pytest.mark.deep
@pytest.mark.parametrize("query", ["country=PE&sort=-base", "q=nandu", "sort=contacts&page=2", "country=CL"])
def test_the_file_has_exactly_the_rows_of_all_pages_in_their_order(
    furnished: Bench, staff_visitor: Visitor, query: str
) -> None:
    here = f"{DESK}/members?{query}"
    shown: list[str] = []
    for number in (1, 2, 3):
        page = staff_visitor.get(re.sub(r"&page=\d", "", here) + f"&page={number}").text
        if f"Page {number} of" in page or number == 1:
            found = re.findall(
                r'<th scope="row" role="rowheader" class="name"><div><a [^>]*>([^<]+)</a>', page
            )
            shown += map(html.unescape, found)
    page = staff_visitor.get(here).text
    if not shown:
        assert "/tables/members" not in page
        return
    (address,) = map(html.unescape, re.findall(r'action="([^"]*/tables/members[^"]*)"', page))
    answers = {kind: staff_visitor.submit(here, {"kind": kind}, to=address) for kind in ("csv", "xlsx")}
    text = answers["csv"].data.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert [row[0].removeprefix("'") for row in lines[1:]] == shown
    assert not any(cell.startswith("=") for row in lines for cell in row)
    book = openpyxl.load_workbook(io.BytesIO(answers["xlsx"].data))
    assert [row[0] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == shown
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)
    about = {row[0]: row[1] for row in book.worksheets[-1].iter_rows(min_row=2, values_only=True)}
    assert about["Made by"] == "Secretaría de prueba"
    assert str(about["Generated"]).endswith("UTC")
    assert about["Filter"] == {"c": "Country: Peru", "q": "text “nandu”", "s": "all"}[query[0]]
    with furnished.read(COMMAND, moment()) as work:
        newest = select(LogEntry.action, LogEntry.subject, LogEntry.details).order_by(LogEntry.seq.desc())
        action, subject, details = work.session.execute(newest.limit(1)).one()
    assert (action, subject) == ("tables.exported", "members")
    asked = {"c": {"country": "PE"}, "q": {"q": True}, "s": {}}[query[0]]
    told = {"table": "members", "kind": "xlsx", "rows": len(shown), "filter": asked}
    assert json.loads(details) == told
    assert "nandu" not in details, "words may be a name"


@for_each(
    "at, said",
    [
        (datetime(2027, 3, 5, 22, tzinfo=UTC), "5 Mar, 17:00"),
        (datetime(2028, 1, 1, 4, 59, tzinfo=UTC), "31 Dec, 23:59"),
        (datetime(2028, 1, 1, 5, tzinfo=UTC), "1 Jan 2028, 00:00"),
        (datetime(2026, 3, 5, 22, tzinfo=UTC), "5 Mar 2026, 17:00"),
    ],
)
def test_a_moment_of_another_year_is_told_with_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, at: datetime, said: str
) -> None:
    monkeypatch.setattr(language, "now", lambda: datetime(2027, 6, 1, tzinfo=UTC))
    with app.test_request_context("/en/"):
        app.preprocess_request()
        assert language.brief(at, "America/Panama") == said

"""No table at the desk hides a row: each leads by its pages, or by a link to the whole, to all of them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from babel.support import Translations
from flask import render_template_string

from consulta.platform.formats.workbook import SHEET_NAME
from consulta.platform.paths import resource
from consulta.platform.web.table import Column, Table
from tests.cases import for_each
from tests.house.source import calls, modules, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


DESK = "/en/secretariat"
MANY = 60
SIMPLE = {
    "platform/importing/pages.py:What stays, and why": "what an undo leaves, with pages and no file",
    "platform/importing/pages.py:Rows are numbered as in your file.": "rows of a file that the reader has",
    "desk/pages/mail.py:Undelivered messages": "the first rows; `rest` has all",
    "desk/pages/mail.py:Messages waiting in the backup": "figures: a row for a kind of mail",
    "panel/pages/panels.py:Who is on this panel, and what everybody will read": "confirmed, so seen whole",
    "results/pages/synthesis.py:Reasons of the organisations": "their words, as their terms say",
    "vote/pages/calls.py:title": "a file alone: the page draws the call list",
}
"""Declared tables that have no pages or no file, and why."""

BY_HAND = {
    "evaluation/parts.html": "figures of a question: a row for an option of it",
    "lifecycle/parts.html": "a calendar",
    "mail_desk/mail.html": "figures: a row for a kind of mail",
    "settings/all.html": "what is set at the desk: a row for a setting",
    "panel/desk.html": "rules: at most those of a form",
    "panel/heard_macros.html": "figures by group",
    "panel/macros.html": "rules that would give way: at most those of a form",
    "panel/public_macros.html": "everybody's",
    "panel/rules.html": "the form of the rules, and what its rule by topic counts",
    "questions/results_parts.html": "figures of a question: a row for an option of it",
    "results/macros.html": "everybody's",
    "results/receipts.html": "everybody's",
    "rounds/roll.html": "everybody's",
    "sessions/figures.html": "figures before and after",
    "sessions/macros.html": "figures of a picture",
    "voting/paper_ballot.html": "paper",
    "web/charts.html": "figures of a picture",
    "web/listing.html": "the table itself",
    "web/tables.html": "the simple table itself",
}
"""Templates that draw a table otherwise than by `web/listing.html`, and why: its rows are the program's."""

DRAWN = '{% import "web/listing.html" as listed with context %}{{ listed.listing(table) }}'


def declared() -> Iterator[tuple[str, dict[str, ast.expr]]]:
    """Each table that the program declares: where, and what it says of it."""
    for path, tree in modules(
        saying=r"from consulta\.platform\.web\.table import (?:\([^)]*|[^\n]*)\bTable\b"
    ):
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


@for_each("language", ["es", "en", "pt"])
def test_no_sheet_of_a_file_has_a_name_that_is_cut(language: str) -> None:
    folder = resource("translations") / language / "LC_MESSAGES"
    words = Translations.load(str(folder.parent.parent), [language])
    names = {
        where: words.gettext(ast.literal_eval(given.args[0]))
        for where, says in declared()
        if "name" in says and isinstance(given := says.get("short", says["title"]), ast.Call)
    }
    assert len(names) > 20
    assert {where: name for where, name in names.items() if len(name) > SHEET_NAME} == {}


def test_a_page_that_shows_the_first_rows_alone_links_to_all() -> None:
    cut = {where for where, says in declared() if "rest" in says}
    text = (resource("templates") / "mail_desk" / "mail.html").read_text("utf-8")
    assert [where.partition(":")[0] for where in cut] == ["desk/pages/mail.py"]
    assert '<a href="{{ gaps.table.rest }}">' in text


def test_a_list_can_be_asked_and_taken_or_says_why_not() -> None:
    simple = {
        f"{where.partition(':')[0]}:{_title(says['title'])}"
        for where, says in declared()
        if not {"endpoint", "name"} <= says.keys()
    }
    assert sorted(simple ^ SIMPLE.keys()) == [], (
        "see docs/architecture.md: give it `endpoint` and `name`, or a reason here"
    )


def test_no_other_template_draws_a_table_by_hand() -> None:
    top = resource("templates")
    found = {
        path.relative_to(top).as_posix()
        for path in top.rglob("*.html")
        if re.search(r"<table\b|\bt\.table\(", path.read_text("utf-8"))
    }
    assert sorted(found ^ BY_HAND.keys()) == [], (
        "see docs/architecture.md: declare a `Table`, or give the reason here"
    )


def _title(node: ast.expr) -> str:
    return re.sub(r"""^_\(['"](.*)['"]\)$""", r"\1", written(node))

"""Templates keep the promise of the Content-Security-Policy: no style, script or handler inside a page."""

from __future__ import annotations

import re

import pytest

from consulta.infra.paths import resource

TEMPLATES = sorted(path for path in resource("templates").rglob("*.*") if path.is_file())
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script inside the page": re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE),
    "a handler attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "a script as an address": re.compile(r"javascript:", re.IGNORECASE),
    "a file from elsewhere": re.compile(
        r"\ssrc\s*=\s*[\"']?(https?:)?//|<link\b[^>]*href=[\"']?(https?:)?//", re.IGNORECASE
    ),
}


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what: str) -> None:
    found = []
    for path in TEMPLATES:
        html = JINJA.sub("x", path.read_text("utf-8"))
        found += [f"{path.name}: {match.group()!r}" for match in FORBIDDEN[what].finditer(html)]
    assert not found


@pytest.mark.parametrize(
    ("what", "html"),
    [
        ("a style attribute", '<p class="x" style="color: red">'),
        ("a style element", "<style>p {}</style>"),
        ("a script inside the page", "<script>go()</script>"),
        ("a handler attribute", '<a href="x" onclick="go()">'),
        ("a script as an address", '<a href="javascript:go()">'),
        ("a file from elsewhere", '<img alt="" src="//example.org/x.png">'),
    ],
)
def test_it_would_be_found(what: str, html: str) -> None:
    assert FORBIDDEN[what].search(JINJA.sub("x", html))


# -- tables of the desk

ELSEWHERE = {
    "web/listing.html": "the macro itself",
    "web/tables.html": "what pages show besides in rows and columns, public ones too",
    "web/charts.html": "the figures of a picture, and matrices that are pictures",
    "sessions/macros.html": "the figures of a factsheet, on paper too",
    "questions/results_parts.html": "the figures of answers, public ones too",
    "evaluation/parts.html": "the figures of an evaluation, public ones too",
    "voting/paper_ballot.html": "boxes to be filled in by hand",
    "lifecycle/parts.html": "weeks of a calendar",
}
"""Templates with a table of their own, each with its reason."""


def test_every_table_comes_from_the_one_macro() -> None:
    folder = resource("templates")
    pages = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.html")}
    found = {name for name, text in pages.items() if "<table" in text}
    assert found <= {*ELSEWHERE}, "draw it with a Table of consulta/web/table.py"
    assert found >= {"web/listing.html", "web/charts.html"}, "the walk finds what there is"


def test_what_has_a_table_of_its_own_exists() -> None:
    folder = resource("templates")
    for name in ELSEWHERE:
        assert not (folder / name).exists() or "<table" in (folder / name).read_text("utf-8"), name

"""Templates keep the promise of the Content-Security-Policy: no style, script or handler inside a page."""

from __future__ import annotations

import re

from consulta.platform.paths import resource

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


def test_no_template_has_what_the_policy_refuses() -> None:
    assert len(TEMPLATES) > 10
    found = []
    for path in TEMPLATES:
        html = JINJA.sub("x", path.read_text("utf-8"))
        for what, pattern in FORBIDDEN.items():
            found += [f"{path.name}: {what}: {match.group()!r}" for match in pattern.finditer(html)]
    assert not found


def test_what_the_policy_refuses_is_found() -> None:
    planted = {
        "a style attribute": '<p class="x" style="color: red">',
        "a style element": "<style>p {}</style>",
        "a script inside the page": "<script>go()</script>",
        "a handler attribute": '<a href="x" onclick="go()">',
        "a script as an address": '<a href="javascript:go()">',
        "a file from elsewhere": '<img alt="" src="//example.org/x.png">',
    }
    assert {what for what, html in planted.items() if FORBIDDEN[what].search(html)} == {*FORBIDDEN}


# -- tables of the desk

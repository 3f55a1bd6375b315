"""The page on how votes are counted says what each option of the rules does."""

from __future__ import annotations

from dataclasses import fields

import pytest

from consulta.core.values import Rules
from consulta.platform.paths import resource

SAID = {
    "max_ranks": "puts the themes that matter most to it in order",
    "max_objectives": "mark the objectives",
    "max_endorsements": "most support from the organisations",
    "balance": "has the share of the total that the rules give it",
    "weight_bounds": "With the usual limits, a fifth and five times the average",
    "method": "a round may take one of them as its own",
    "objective_share": "in the proportion that the rules fixed",
    "spread": "support in enough subregions and enough sectors",
    "topics": "where a session has several topics",
    "panel": "The rules say how many people",
    "max_ballot": "No vote is worth more than a part of the whole that the rules fix",
    "support_min": "Groups with very few votes, usually fewer than three, are not counted here",
    "topics_rule": "a vote that already has one of them among its first three themes counts half",
}
"""Option → words of the page that speak of it."""


@pytest.mark.gate
def test_the_page_of_rules_names_each_option() -> None:
    options = {part.name for part in fields(Rules)} - {"version"}
    assert options == {*SAID}, (
        "say in templates/rounds/method.html what a new option does, and write it into SAID of"
        " tests/rounds/test_method_page.py"
    )
    page = (resource("templates") / "rounds" / "method.html").read_text("utf-8")
    missing = [option for option, words in SAID.items() if words not in page]
    assert not missing, f"templates/rounds/method.html no more says, or in other words: {missing}"

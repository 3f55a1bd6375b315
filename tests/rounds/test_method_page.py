"""The page on how votes are counted says what each option of the rules does."""

from __future__ import annotations

from dataclasses import fields

import pytest

from consulta.core.values import Rules
from consulta.platform.paths import resource

SAID = {
    "max_ranks": "ranks the themes that matter most to it",
    "max_objectives": "tick the objectives",
    "max_endorsements": "most support from the organisations",
    "balance": "has the share of the total set by the rules",
    "weight_bounds": "With the usual limits (one fifth of the average and five times the average)",
    "method": "adopt one of them as its own",
    "objective_share": "in the proportion that the rules fixed",
    "spread": "support in enough subregions and sectors",
    "topics": "A session may have several topics",
    "panel": "The rules set how many people",
    "max_ballot": "No vote is worth more than a share of the total fixed by the rules",
    "support_min": "Groups with very few votes, usually fewer than three, are not considered here",
    "topics_rule": "then counts half for the next",
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

"""The table of what the thief of a password could change (`docs/theft.md`) names every form there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bench import theft
from consulta.platform import access
from tests.views import ROUTES

if TYPE_CHECKING:
    from flask import Flask

TABLE = (Path(__file__).parents[3] / "docs" / "theft.md").read_text("utf-8")


def rows() -> dict[str, list[str]]:
    """Return the rows of the table by what may be done."""
    cells = [line.strip("| ").split(" | ") for line in TABLE.splitlines() if line.startswith("| `")]
    return {line[0].strip("`"): line for line in cells}


def test_each_form_is_in_a_row_waits_for_another_person_or_is_named_as_not_tried(app: Flask) -> None:
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", TABLE))
    posted = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in theft.PARTS
    } - theft.NEVER
    new = {each for each in posted if each not in named and ROUTES[each] not in rows()}
    assert not new, "run python -m bench.theft --out docs/theft.md"


def test_who_is_named_in_a_row_may_do_it_and_each_row_has_a_mark() -> None:
    assert len(rows()) > 20
    for action, (_, who, _, _, acts, *_) in rows().items():
        roles = set(who.split(", ")) - {"link"}
        assert roles <= set(access.ACTIONS[action]), action
        assert acts.startswith("`"), f"{action} leaves no row of the log"
    assert "**Changed something and left no row of the log:** nothing." in TABLE

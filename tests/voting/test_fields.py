"""What a ballot says is the same in every place that names its fields, so one more is missed in none."""

from __future__ import annotations

from dataclasses import fields, replace
from html import unescape
from re import findall
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import MultiDict

from consulta.checks import service as checks
from consulta.core.counting.choice import Choice, Paper, choice, entries_of
from consulta.infra.models import Ballot
from consulta.voting import casting
from consulta.voting.forms.entries import read_entries

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.gate
FULL = Choice(("work",), (7,), ("ana",))
PAPER = Paper(("work", "ways"), 2, (7,), 1, ("ana",), 1)
NAMES = [each.name for each in fields(Choice)]


def without(name: str) -> Choice:
    """FULL with one field empty; FULL itself where its value here is empty already."""
    return replace(FULL, **{name: type(getattr(FULL, name))()})


@pytest.mark.parametrize("name", NAMES)
def test_each_field_is_in_the_digest_by_which_a_vote_sent_twice_is_known(name: str) -> None:
    assert without(name) != FULL, f"give {name} a value in FULL of tests/voting/test_fields.py"
    assert casting._content(without(name)) != casting._content(FULL), (
        f"say {name} in _content of consulta/voting/casting.py"
    )


@pytest.mark.parametrize("said", [FULL, *map(without, NAMES)], ids=["full", *NAMES])
def test_the_check_reads_from_the_row_what_was_digested(said: Choice) -> None:
    content = casting._content(said)
    assert checks._said(Ballot(**content)) == content, (
        "_said of consulta/checks/service.py and _content of consulta/voting/casting.py differ"
    )


def test_each_field_is_entered_again_as_it_was_chosen() -> None:
    assert choice(entries_of(FULL), PAPER) == FULL, (
        "say it in choice and entries_of of consulta/core/counting/choice.py"
    )


def test_each_field_goes_through_the_review(app: Flask) -> None:
    macros: Any = app.jinja_env.get_template("voting/parts.html").module
    shown = str(macros.entries(FULL))
    sent = [(name, unescape(value)) for name, value in findall(r'name="([^"]*)" value="([^"]*)"', shown)]
    assert read_entries(MultiDict(sent)) == entries_of(FULL), (
        "say it in the macro entries of templates/voting/parts.html, and in read_entries of"
        " consulta/voting/forms/entries.py"
    )

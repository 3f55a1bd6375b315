"""What every page asks for is kept for a moment, and outlives a database that is away."""

from __future__ import annotations

import pytest

from consulta.core.problems import Problem
from consulta.platform.web.kept import Kept


def away() -> str:
    raise Problem("store.unavailable")


def test_an_answer_is_asked_for_again_when_it_is_old_or_was_forgotten() -> None:
    kept = Kept()
    assert kept.get("name", lambda: "first") == "first"
    assert kept.get("name", lambda: "second") == "first"
    assert kept.get("other", lambda: "third") == "third"
    assert kept.get("name", lambda: "fourth", -1.0) == "fourth"
    kept.forget()
    assert kept.get("name", lambda: "fifth") == "fifth"


def test_where_the_database_is_away_the_last_answer_stays() -> None:
    kept = Kept()
    with pytest.raises(Problem, match=r"store\.unavailable"):
        kept.get("name", away)
    kept.get("name", lambda: "first")
    assert kept.get("name", away, -1.0) == "first"


def test_what_was_being_read_while_it_changed_is_not_kept() -> None:
    kept = Kept()

    def changed_meanwhile() -> str:
        kept.forget()
        return "before"

    assert kept.get("name", changed_meanwhile) == "before"
    assert kept.get("name", lambda: "after") == "after"

"""Pages of rounds whose countries are joined: they claim nothing of single countries that was not counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from consulta.platform import documents
from consulta.platform.data.joined import is_joined
from consulta.platform.work import COMMAND
from consulta.rounds.queries import rounds
from tests.closed import Vote, counted
from tests.factories import moment
from tests.results.test_result_page import FIRST, SECOND, read

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

LARGE = [Vote("PE", "ngo", FIRST if number % 3 else SECOND) for number in range(14)]
SMALL = [Vote(country, "ngo", FIRST) for country in ("CO", "CO", "MX", "GT", "JM", "JM")]


def countries(bench: Bench, key: str) -> set[str]:
    """The countries of the stored bundle."""
    with bench.read(COMMAND, moment()) as work:
        found = rounds.find(work.session, key)
        assert found is not None
        kept = documents.find(work.session, found.id, "bundle")
        assert kept is not None
        return {seat["country"] for seat in json.loads(kept.content)["seats"]}


@pytest.mark.parametrize(
    ("votes", "single"), [([*LARGE, *SMALL, *[Vote("CO", "ngo", FIRST)] * 3], True), (SMALL * 2, False)]
)
def test_a_result_says_that_countries_are_joined(
    bench: Bench, visitor: Visitor, votes: list[Vote], *, single: bool
) -> None:
    counted(bench, "joined", votes, secrecy="pseudonymous", joined_below=5)
    assert any(not is_joined(each) for each in countries(bench, "joined")) == single
    page = read(visitor, "joined")
    firm, who = page.section("firm"), page.section("who")
    assert "countries." not in who.split("organisations voted")[1][:20], "it is not told from how many"
    assert "Each State is a tile" not in who
    assert "If every country had the same voice" not in firm
    assert "All countries equal" not in firm
    if single:
        assert "Participation is not published by country" in who
        assert "every country and every group of countries had the same voice" in firm
        assert "All countries or groups of countries equal" in firm
    else:
        assert "No figures are published by country" in who
        assert "group of countries" not in firm
        assert "It cannot be determined what the choice would be if every country had the same voice" in firm
        assert "a country" not in firm

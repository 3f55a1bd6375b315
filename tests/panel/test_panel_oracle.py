"""The panel as an oracle: a better swap that was not taken tells nothing, since no support is public."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from consulta.core.counting import bundle as core
from consulta.core.counting import count as counting
from consulta.core.values import PanelRules, Share
from consulta.panel import service as panels
from consulta.platform.models import Nominee
from tests.drafts import KEY
from tests.factories import build_nominee
from tests.results.checks.published import PUBLISHED, STAFF, archive_of, live, unpacked, verify

if TYPE_CHECKING:
    from consulta.platform.work import Bench

PEOPLE = ("n1", "n2", "n3", "n4", "n5", "n6")
WOMEN = frozenset({"n5", "n6"})


def told(bundle: dict[str, Any], members: set[str]) -> set[tuple[str, str]]:
    """Return the swaps that a reader sees to have more support: the hidden rule must have stopped them."""
    support = {nominee["key"]: nominee.get("support") or 0 for nominee in bundle.get("nominees", [])}
    for ballot in bundle["ballots"]:
        for key in ballot.get("endorsements", []):
            support[key] = support.get(key, 0) + 1
    return {
        (member, other)
        for member in members
        for other in support.keys() - members
        if support[other] > support.get(member, 0)
    }


@pytest.mark.parametrize("secrecy", ["pseudonymous", "open"])
def test_what_is_public_tells_of_no_swap_that_a_hidden_rule_stopped(bench: Bench, secrecy: str) -> None:
    live(bench, secrecy, endorsed=PEOPLE[:4])
    rules = PanelRules(size=2, shares=(Share("gender", "woman", 500, ("woman", "man")),))
    with bench.work(STAFF, PUBLISHED) as work:
        a_round = panels.closed_round(work, KEY)
        for key in PEOPLE[4:]:
            build_nominee(work.session, a_round, key, role="mechanism", gender="woman", on_ballot=False)
        work.session.execute(update(Nominee).where(Nominee.key.in_(PEOPLE[:4])).values(gender="man"))
    with bench.work(STAFF, PUBLISHED) as work:
        work.session.expire_all()
        assert panels.choose(work, KEY, rules)
    with bench.work(STAFF, PUBLISHED) as work:
        members = {each.key for each in panels.panel_page(work, KEY).decision.members}  # type: ignore[union-attr]
        whole = core.parse(panels.bundle_with_panel(work, KEY))
    assert members & WOMEN
    files = unpacked(archive_of(bench))
    public = json.loads(files["bundle.json"])
    assert told(public, members) == set()
    assert all(not ballot["endorsements"] for ballot in public["ballots"])
    # The attack works on what staff have, and staff's bundle gives the same panel.
    assert told(json.loads(core.to_json(whole)), members)
    assert set(counting.count(whole, resamples=0).panel.members) == members  # type: ignore[union-attr]
    # What is public is still counted and checked by everybody.
    status, said = verify(files)
    assert status == 0, said

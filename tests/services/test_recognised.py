"""Where ballots are public without names, a ballot says whether its organisation can be recognised."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.services import accounts, links, opening, voting
from consulta.services.work import ANONYMOUS
from consulta.web import secrecy
from tests.drafts import BASE, KEY, NOW, make_draft
from tests.factories import build_organisation
from tests.trust.published import OPENED, STAFF

if TYPE_CHECKING:
    from flask import Flask

    from consulta.services.work import Bench

ALIKE = (1, 4, 5)


def told(bench: Bench, mode: str) -> dict[str, int | None]:
    """Open a round of groups of one, four and five; return by organisation what its ballot is told."""
    with bench.work(STAFF, NOW) as work:
        for group, (country, size) in enumerate(zip(("PE", "MX", "JM"), ALIKE, strict=True)):
            for number in range(size):
                name = f"Red {group} {number}"
                email = f"c{group}{number}@example.org"
                build_organisation(work.session, name, country=country, sector="ngo", base=1, email=email)
    make_draft(bench, 5, secrecy=mode)
    with bench.work(STAFF, OPENED) as work:
        opening.open_round(work, KEY)
        issued = links.issue_links(work, KEY, BASE, revoke=True)
    found = {}
    for link in issued:
        with bench.work(ANONYMOUS, OPENED) as work:
            entrance = voting.enter(work, link.url.rpartition("/")[2])
            voter = accounts.resume(work, entrance.token) if entrance else None
        assert voter is not None
        with bench.read(voter, OPENED + timedelta(minutes=1)) as work:
            view = voting.ballot(work, KEY)
        found[view.organisation] = view.alike
    return found


def test_a_ballot_knows_how_many_it_could_be_of(bench: Bench) -> None:
    assert set(told(bench, "pseudonymous").items()) == {
        (f"Red {group} {number}", size) for group, size in enumerate(ALIKE) for number in range(size)
    }


@pytest.mark.parametrize("mode", ["open", "aggregate"])
def test_elsewhere_it_is_not_asked(bench: Bench, mode: str) -> None:
    assert set(told(bench, mode).values()) == {None}


def test_what_is_said(app: Flask) -> None:
    with app.test_request_context():
        assert secrecy.recognised(None) == secrecy.recognised(5) == ""
        assert "única" in secrecy.recognised(1) or "only one" in secrecy.recognised(1)
        assert "4" in secrecy.recognised(4)

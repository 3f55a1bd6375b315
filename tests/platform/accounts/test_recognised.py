"""Where ballots are public without names, a ballot says whether its organisation can be recognised."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import g

from consulta.desk import opening
from consulta.platform import door
from consulta.platform.web import secrecy
from consulta.platform.web.language import speaking
from consulta.platform.web.request import house
from consulta.platform.work import ANONYMOUS
from consulta.rounds import links
from consulta.vote import service as voting
from tests.cases import for_each
from tests.drafts import BASE, KEY, NOW, make_draft
from tests.factories import build_organisation
from tests.results.checks.published import OPENED, STAFF

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.web.language import Lang
    from consulta.platform.work import Bench

ALIKE = (1, 4, 5)
GROUPS = (("PE",), ("MX", "GT"), ("JM",))


def told(bench: Bench, mode: str) -> dict[str, int | None]:
    """Open a round of groups of one, four (of two countries) and five; return what each ballot is told."""
    with bench.work(STAFF, NOW) as work:
        for group, (countries, size) in enumerate(zip(GROUPS, ALIKE, strict=True)):
            for number in range(size):
                name = f"Red {group} {number}"
                email = f"c{group}{number}@example.org"
                country = countries[number % len(countries)]
                build_organisation(work.session, name, country=country, sector="ngo", base=1, email=email)
    make_draft(bench, 5, secrecy=mode)
    with bench.work(STAFF, OPENED) as work:
        opening.open_round(work, KEY)
        issued = links.issue_links(work, KEY, BASE, revoke=True)
    found = {}
    for link in issued:
        with bench.work(ANONYMOUS, OPENED) as work:
            entrance = door.enter(work, "v", link.url.rpartition("/")[2])
            voter = door.resume(work, "voter", entrance.token) if entrance else None
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


def set_small_cell(app: Flask, number: int) -> None:
    """Let the installation call groups below this small."""
    settings = replace(house().settings, small_cell=number)
    app.extensions["consulta"] = replace(house(), machine=settings)
    g.pop("settings", None)


@for_each("language", ["es", "en"])
def test_what_is_said(app: Flask, language: Lang) -> None:
    """What each organisation is told follows from its number and the round's."""
    with app.test_request_context(), speaking(language):
        assert secrecy.recognised(None) == ""
        for least in (2, 5, 9):
            for alike in range(1, 12):
                said = secrecy.recognised(alike, least)
                assert ("única" in said or "only one" in said) == (alike == 1)
                assert said.startswith(("Contando la suya, solo", "Only")) == (1 < alike < least)
                if alike > 1:
                    assert str(alike) in said
                if alike >= least:
                    assert str(least) in said, "it depends on how many of them vote"
                assert "subregi" in said
        set_small_cell(app, 3)
        for alike, few in ((2, True), (3, False)):
            said = secrecy.recognised(alike)
            assert said.startswith(("Contando la suya, solo", "Only")) == few, (
                "by the setting, where nothing was frozen"
            )
            assert "country" in said or "país" in said

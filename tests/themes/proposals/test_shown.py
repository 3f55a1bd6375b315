"""What the public sees: every proposal and its fate; authors and small numbers only where names are open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.models import ProposingPhase, Theme, ThemeProposal
from consulta.platform.work import COMMAND
from consulta.themes import proposals
from consulta.themes.proposals import backing, shown_backing
from tests.drafts import KEY, writing
from tests.factories import moment
from tests.themes.proposals.story import OWN, PUBLIC, WORK, member, opened, send

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

COUNTRIES = sorted(catalogue.countries_by_code())
behind = st.sets(st.tuples(st.integers(1, 99), st.sampled_from(COUNTRIES)), min_size=1, max_size=30)


def over(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        past = moment() - timedelta(minutes=1)
        work.session.execute(update(ProposingPhase).values(closes_at=past, ended_at=past))


@given(behind, st.sampled_from(["open", "pseudonymous", "aggregate"]), st.integers(1, 10))
def test_small_numbers_are_told_in_rounds_with_names_alone(
    organisations: set[tuple[int, str]], secrecy: str, least: int
) -> None:
    said = shown_backing(backing(organisations), secrecy, least)
    subregions = {catalogue.subregion_of(country) for _, country in organisations}
    if secrecy == "open" or len(organisations) >= least:
        assert (said.organisations, said.subregions) == (len(organisations), len(subregions))
    else:
        assert (said.organisations, said.subregions, said.fewer) == (None, None, least)


@pytest.mark.parametrize("secrecy", ["open", "pseudonymous", "aggregate"])
def test_the_public_page_has_every_proposal_its_fate_and_reason(
    app: Flask, bench: Bench, visitor: Visitor, secrecy: str
) -> None:
    tokens = opened(bench, "PE", "MX", "JM", "CL", "BR", "PA", secrecy=secrecy)
    send(member(app, tokens[0]))
    send(member(app, tokens[1]), title="Niñez en tránsito", why="Viajan solos.")
    send(member(app, tokens[2]), title="Remesas", why="Cuestan mucho.")
    send(member(app, tokens[2]), title="Algo retirado", why="Fue un error.")
    member(app, tokens[2]).submit(OWN, to=f"{OWN}/4/withdraw")
    for token in tokens[1:]:
        member(app, token).submit(OWN, to=f"{OWN}/1/support")
    with writing(bench, moment()) as work:
        one, two, three, _gone = work.session.scalars(
            select(ThemeProposal).order_by(ThemeProposal.number)
        ).all()
        theme = Theme(round_id=one.round_id, key="t1", position=1, title=Text({"es": "x"}), objectives=[5])
        own = Theme(
            round_id=one.round_id, key="t2", position=2, title=Text({"es": "De la casa"}), objectives=[1]
        )
        work.session.add_all([theme, own])
        work.session.flush()
        one.theme_id = theme.id
        proposals.take_step(work, one, "admitted")
        two.reason = Text({"es": "No es de <este> proceso"})
        proposals.take_step(work, two, "declined", reason=dict(two.reason))
        proposals.take_step(work, three, "merged", into=one.id)
    assert visitor.get(PUBLIC).status_code == 404
    over(bench)
    page = visitor.get(PUBLIC).text
    for said in (WORK["title"], WORK["why"], "Niñez en tránsito", "No es de &lt;este&gt; proceso", "Remesas"):
        assert str(said) in page
    assert "de 6 organizaciones de 3 subregiones" in page
    assert "Algo retirado" not in page
    assert "De la casa" in page
    assert "En la papeleta" in page
    assert any(f"Red {number:03d}" in page for number in range(1, 7)) is (secrecy == "open")
    assert PUBLIC in member(app, tokens[0]).get(OWN).text
    assert ("de menos de 5 organizaciones" in page) is (secrecy != "open")


def test_there_is_no_public_page_without_a_phase(bench: Bench, visitor: Visitor) -> None:
    assert visitor.get(f"/es/rounds/{KEY}/themes-proposed").status_code == 404
    assert not bench.engine.url.query

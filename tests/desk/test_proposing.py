"""One phase, one mail, one link: members propose themes and people, and the desk decides several at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.desk.mail import finish
from consulta.panel import proposals as people
from consulta.platform.models import Nomination, ProposingPhase, ThemeProposal
from consulta.platform.work import COMMAND, WORKER, Actor
from consulta.rounds import proposing, themes
from consulta.rounds import service as rounds
from consulta.rounds.letters.service import Finished, Needless, Post
from consulta.rounds.proposing import PhaseCommand
from consulta.themes import review
from tests.drafts import KEY, join_members, round_command, theme_command, writing
from tests.factories import moment
from tests.panel.nominees.test_nominations import FILLED
from tests.platform.mailer.desk import messages
from tests.themes.proposals.story import WORK, days, member

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

DESK = f"/es/secretariat/rounds/{KEY}/proposing"
THEMES, PEOPLE = f"/es/proposing/{KEY}/themes", f"/es/proposing/{KEY}/people"
FORM = {
    "closes": days(9), "for_themes": "y", "for_people": "y", "shown": "at_once", "most": "3",
    "supports": "3", "rule": "support", "themes": "8", "subregions": "1",
}  # fmt: skip


def draft(bench: Bench, *countries: str) -> None:
    join_members(bench, *(countries or ("PE", "MX", "JM")))
    with writing(bench, moment()) as work:
        rounds.create_round(work, round_command(closes_local=days(40), secrecy="open"))


def asked(bench: Bench) -> list[str]:
    """A draft whose members can propose; the tokens of their links."""
    draft(bench)
    with writing(bench, moment()) as work:
        proposing.plan(work, KEY, PhaseCommand(days(9)))
        proposing.open_now(work, KEY)
    return [str(each.token) for each in messages(bench)]


def kinds(bench: Bench) -> list[str]:
    return [each.kind for each in messages(bench)]


def propose_theme(visitor: Visitor, **values: Any) -> None:
    assert visitor.submit(f"{THEMES}/new", {**WORK, **values, "step": "send"}).status_code == 303


def propose_person(visitor: Visitor, **values: Any) -> None:
    assert visitor.submit(f"{PEOPLE}/new", FILLED | values).status_code == 303


def picks(page: str) -> list[str]:
    return re.findall(r'name="pick" value="([\w-]+)"', page)


def text_of(bench: Bench, number: int) -> str:
    with bench.read(WORKER, moment()) as work:
        made = finish(work, number, Post("http://localhost"))
    assert isinstance(made, Finished)
    return made.mail.halves[0].text


def test_from_the_one_invitation_to_a_later_end(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench)
    assert "No se han pedido propuestas" in staff_visitor.get(DESK).text
    saved = staff_visitor.submit(f"{DESK}/phase", FORM)
    assert saved.headers["Location"] == f"{DESK}/open"
    assert 'data-count="3"' in staff_visitor.get(f"{DESK}/open").text
    assert staff_visitor.submit(f"{DESK}/open").status_code == 303
    assert kinds(bench) == ["proposing"] * 3
    first = messages(bench)[0]
    said = text_of(bench, first.id)
    assert said.count(str(first.token)) == 1
    for words in ("Temas: su organización puede proponer hasta 3", "Panel: su organización puede proponer"):
        assert words in said

    own = member(app, str(first.token))
    page = own.get(f"/es/proposing/{KEY}").text
    assert f'href="{THEMES}"' in page
    assert f'href="{PEOPLE}"' in page
    propose_theme(own)
    propose_person(own)
    assert own.get(f"/es/proposing/{KEY}").text.count("Su organización hizo 1 propuesta.") == 2
    propose_person(member(app, str(messages(bench)[1].token)), name="Juana Flores", email="")

    assert 'data-count="1"' in staff_visitor.get(f"{DESK}/reminder").text, "one organisation did nothing"
    assert staff_visitor.submit(f"{DESK}/reminder").status_code == 303
    assert [each.address for each in messages(bench, "proposing_reminder")] == ["c3@example.org"]
    assert staff_visitor.submit(f"{DESK}/extend", {"until": days(12)}).status_code == 303
    assert len(messages(bench, "proposing_extended")) == 3


def test_from_what_waits_to_the_one_answer(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    tokens = asked(bench)
    own = member(app, tokens[0])
    propose_theme(own)
    propose_person(own)
    propose_person(member(app, tokens[1]), name="Juana Flores", email="")
    page = staff_visitor.get(DESK)
    ticked = picks(page.text)
    assert [each.partition("-")[0] for each in ticked] == ["theme", "person", "person"]
    send = {"csrf_token": staff_visitor.token(page), "act": "admit", "pick": ticked[:2]}
    assert "Se admitieron 2 propuestas." in staff_visitor.sent(DESK, send).text
    decline = {"csrf_token": staff_visitor.token(page), "act": "decline", "pick": ticked[2:], "reason": ""}
    refused = staff_visitor.sent(DESK, decline)
    assert refused.status_code == 422
    assert f'value="{ticked[2]}" checked' in refused.text, "what was ticked stays so"
    declined = staff_visitor.sent(DESK, {**decline, "reason": "Ya participó."})
    assert "1 propuesta no se admitió." in declined.text
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(ThemeProposal.state)).one() == "admitted"
        assert list(work.session.scalars(select(Nomination.state).order_by(Nomination.id))) == [
            "admitted",
            "declined",
        ]

    assert 'data-count="2"' in staff_visitor.get(f"{DESK}/told").text
    assert staff_visitor.submit(f"{DESK}/told").status_code == 303
    answers = messages(bench, "proposals_decided")
    assert [each.address for each in answers] == ["c1@example.org", "c2@example.org"]
    both = text_of(bench, answers[0].id)
    assert str(WORK["title"]) in both
    assert "Rosa Quispe:\nLa secretaría admitió la propuesta." in both
    assert "Motivo: Ya participó." in text_of(bench, answers[1].id)
    staff_visitor.submit(f"{DESK}/told")  # a second time
    assert len(messages(bench, "proposals_decided")) == 2


def test_all_that_is_ticked_is_decided_or_nothing(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    tokens = asked(bench)
    own = member(app, tokens[0])
    propose_theme(own)
    propose_person(own)
    page = staff_visitor.get(DESK)
    nothing = staff_visitor.sent(DESK, {"csrf_token": staff_visitor.token(page), "act": "admit"})
    assert (nothing.status_code, "Marque al menos una propuesta" in nothing.text) == (422, True)
    theme, person = picks(page.text)
    own.submit(f"{THEMES}/1", {**WORK, "why": "Otra razón, que la secretaría no leyó"})
    send = {"csrf_token": staff_visitor.token(page), "act": "admit", "pick": [theme, person]}
    answer = staff_visitor.sent(DESK, send)
    assert answer.status_code == 422
    assert "Otra razón, que la secretaría no leyó" in answer.text
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(ThemeProposal.state)).one() == "submitted"
        assert work.session.scalars(select(Nomination.state)).one() == "waiting"


def test_likeness_is_said_beside_a_proposal(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    tokens = asked(bench)
    propose_theme(member(app, tokens[0]))
    propose_theme(member(app, tokens[1]), title="Regularización de quienes trabajan ya")
    propose_person(member(app, tokens[0]))
    propose_person(member(app, tokens[1]), name="Rosa Quispé")
    page = staff_visitor.get(DESK).text
    assert "Se parece a «Regularización de quienes trabajan ya»" in page
    assert re.search(r'theme-review/merge\?n=1&amp;n=2"', page)
    assert "Quizá es la misma que Rosa Quispé" in page


def test_an_early_end_is_told_with_its_reason_to_all_who_got_a_link(
    bench: Bench, staff_visitor: Visitor
) -> None:
    asked(bench)
    assert 'data-count="3"' in staff_visitor.get(f"{DESK}/end").text
    assert staff_visitor.submit(f"{DESK}/end", {"reason": " "}).status_code == 422
    assert staff_visitor.submit(f"{DESK}/end", {"reason": "Ya están todas"}).status_code == 303
    (first, *_) = told = messages(bench, "proposing_ended")
    assert len(told) == 3
    assert "Ya están todas" in text_of(bench, first.id)
    with bench.read(WORKER, moment()) as work:  # the invitations that still wait are not sent
        made = finish(work, messages(bench, "proposing")[0].id, Post("http://localhost"))
    assert made == Needless("mail.over")
    assert "Abrir otra vez las propuestas" in staff_visitor.get(DESK).text


def test_after_its_end_the_phase_opens_again_for_people_while_members_vote(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    tokens = asked(bench)
    propose_theme(member(app, tokens[0]))
    with writing(bench, moment()) as work:
        proposing.end(work, KEY, "Ya están todas")
    with writing(bench, moment()) as work:
        view = review.desk(work, KEY)
        review.admit(work, KEY, 1, view.proposals[0].version)
        for number in range(1, 7):
            themes.save_theme(work, KEY, theme_command(number))
    with writing(bench, moment()) as work:
        opening.open_round(work, KEY)
    form = staff_visitor.get(f"{DESK}/phase").text
    assert 'type="checkbox"' not in form, "only people can be asked for"
    assert staff_visitor.submit(f"{DESK}/phase", {**FORM, "closes": days(20)}).status_code == 303
    assert staff_visitor.submit(f"{DESK}/open").status_code == 303
    again = messages(bench, "proposing")[3:]
    assert len(again) == 3, "who had the first mail gets this one too"
    assert "Temas:" not in text_of(bench, again[0].id)
    visitor = member(app, str(again[0].token))
    propose_person(visitor)
    late = visitor.submit(THEMES, {**WORK, "title": "Otro", "step": "send"}, to=f"{THEMES}/new")
    assert late.status_code == 409
    with bench.read(COMMAND, moment()) as work:
        assert len(work.session.scalars(select(ThemeProposal)).all()) == 1
        phases = work.session.scalars(select(ProposingPhase).order_by(ProposingPhase.id))
        assert [(each.for_themes, each.for_people) for each in phases] == [(True, True), (False, True)]


def test_no_second_phase_for_themes_and_none_beside_another(bench: Bench) -> None:
    asked(bench)
    with writing(bench, moment()) as work, pytest.raises(Problem, match=r"proposing\.frozen"):
        proposing.plan(work, KEY, PhaseCommand(days(9)))
    with writing(bench, moment()) as work:
        proposing.end(work, KEY, "Ya están todas")
    with writing(bench, moment()) as work:
        with pytest.raises(Problem, match=r"proposing\.nothing"):
            proposing.plan(work, KEY, PhaseCommand(days(9), for_people=False))
        proposing.plan(work, KEY, PhaseCommand(days(9)))
        proposing.open_now(work, KEY)
    with bench.read(COMMAND, moment() + timedelta(minutes=1)) as work:
        found = rounds.known(work, KEY)
        assert [each.for_themes for each in found.phases] == [True, False]


def test_a_link_for_one_thing_leads_there_at_once(app: Flask, bench: Bench) -> None:
    draft(bench)
    with writing(bench, moment()) as work:
        proposing.plan(work, KEY, PhaseCommand(days(9), for_themes=False))
        proposing.open_now(work, KEY)
    visitor = member(app, str(messages(bench)[0].token))
    assert visitor.get(f"/es/proposing/{KEY}").headers["Location"] == PEOPLE
    assert visitor.get(THEMES).status_code == 403


def test_nobody_else_decides_or_reads_what_a_link_is_for(app: Flask, bench: Bench) -> None:
    tokens = asked(bench)
    visitor = member(app, tokens[0])
    assert visitor.get("/es/proposing/otra").status_code == 403
    assert visitor.get(DESK).status_code == 303, "a member is no staff"
    with bench.read(Actor("voter", 1), moment()) as work, pytest.raises(Problem, match=r"access\.denied"):
        proposing.own(work, KEY)
    with bench.read(Actor("proposer", 1), moment()) as work:
        assert people.own(work, KEY).proposals == ()

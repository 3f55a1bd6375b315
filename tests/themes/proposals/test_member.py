"""The member's pages: proposing, reviewing, changing, withdrawing, answering, supporting, by a link alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from consulta.app import create_app
from consulta.desk.mail import finish
from consulta.people import new_link
from consulta.platform.models import (
    Contact,
    LogEntry,
    Organisation,
    ProposingPhase,
    ThemeProposal,
    ThemeProposalEvent,
    ThemeSupport,
)
from consulta.platform.work import COMMAND, WORKER, Bench
from consulta.rounds import service as rounds
from consulta.rounds.letters.service import Finished, Post
from consulta.themes import proposals, review
from tests.drafts import KEY, do_now, round_command, writing
from tests.factories import moment
from tests.platform.mailer.desk import messages
from tests.themes.proposals.story import NEW, OWN, WORK, days, member, opened, send

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings


def count(bench: Bench, model: Any = ThemeProposal, *where: Any) -> int:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def first(bench: Bench) -> ThemeProposal:
    with bench.read(COMMAND, moment()) as work:
        row = work.session.scalars(select(ThemeProposal).order_by(ThemeProposal.id)).first()
        assert row is not None
        work.session.expunge(row)
        return row


def end(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(ProposingPhase).values(closes_at=moment() - timedelta(minutes=1)))


def returned(bench: Bench, question: str = "¿En qué países?") -> None:
    """What the desk does when it returns the first proposal with a question."""
    with bench.work(COMMAND, moment()) as work:
        row = work.session.scalars(select(ThemeProposal).order_by(ThemeProposal.id)).one()
        row.question = question
        proposals.take_step(work, row, "returned", question=question)


def test_a_member_proposes_a_theme_by_the_link_alone(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    assert "Proponer un tema" in visitor.get(OWN).text
    review = visitor.submit(NEW, {**WORK, "countries": ["PE"], "populations": ["workers"]})
    assert review.status_code == 200
    assert count(bench) == 0
    for said in (WORK["title"], WORK["why"], "Perú", "Personas trabajadoras migrantes"):
        assert str(said) in review.text
    sent = send(visitor, countries=["PE"], populations=["workers"])
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{OWN}?received=1")
    row = first(bench)
    assert row.reference in visitor.get(sent.headers["Location"]).text
    assert (dict(row.title), row.objectives, row.countries, row.populations, row.state) == (
        {"es": WORK["title"]},
        [5, 6],
        ["PE"],
        ["workers"],
        "submitted",
    )


def test_the_review_leads_back_to_the_form_with_all_that_was_written(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    why = "Primera línea\nsegunda «con comillas» & más"
    form = visitor.submit(NEW, {**WORK, "why": why, "step": "edit"})
    assert form.status_code == 200
    assert "segunda «con comillas» &amp; más" in form.text
    assert count(bench) == 0


def test_what_was_proposed_is_confirmed_by_mail_with_its_reference(app: Flask, bench: Bench) -> None:
    send(member(app, opened(bench)[0]))
    letter = messages(bench)[-1]
    assert (letter.kind, letter.address, letter.token) == ("theme_received", "c1@example.org", None)
    with bench.read(WORKER, moment()) as work:
        mail = finish(work, letter.id, Post("http://localhost"))
    assert isinstance(mail, Finished)
    for half in mail.mail.halves:
        assert first(bench).reference in half.text
        assert str(WORK["title"]) in half.text


@pytest.mark.parametrize("lang", ["es", "en", "pt"])
def test_every_page_is_there_in_each_language(settings: Settings, bench: Bench, lang: str) -> None:
    bench = Bench(bench.engine)
    app = create_app(replace(settings, languages=bench.languages), bench)
    tokens = opened(bench)
    send(member(app, tokens[1]), title="Otra cosa distinta", why="Por otras razones")
    visitor = member(app, tokens[0], lang)
    assert send(visitor, lang).status_code == 303
    for page in ("", "/new", "/others", "/2"):
        assert visitor.get(f"/{lang}/proposing/{KEY}/themes{page}").status_code == 200


def test_others_are_seen_at_once_and_supported_so_many_times(app: Flask, bench: Bench) -> None:
    tokens = opened(bench, supports=1)
    author = member(app, tokens[0])
    send(author)
    send(author, title="Niñez en tránsito", why="Viajan solos.", objectives=["7"])
    other = member(app, tokens[1])
    page = other.get(f"{OWN}/others")
    assert str(WORK["title"]) in page.text
    assert "Red 001" not in page.text  # in a round of totals no author is shown
    assert other.submit(f"{OWN}/others", to=f"{OWN}/1/support").status_code == 303
    assert other.submit(f"{OWN}/others", to=f"{OWN}/1/support").status_code == 303  # twice is once
    refused = other.submit(f"{OWN}/others", to=f"{OWN}/2/support")
    assert refused.status_code == 409
    assert "apoyos" in refused.text
    assert count(bench, ThemeSupport) == 1
    assert other.submit(f"{OWN}/others", {"support": "no"}, to=f"{OWN}/1/support").status_code == 303
    assert count(bench, ThemeSupport) == 0
    assert author.submit(OWN, to=f"{OWN}/1/support").status_code == 422  # its own
    other.submit(f"{OWN}/others", to=f"{OWN}/1/support")
    author.submit(OWN, to=f"{OWN}/1/withdraw")
    assert (
        other.submit(f"{OWN}/others", to=f"{OWN}/2/support").status_code == 303
    )  # its support is free again


def test_others_are_seen_when_the_phase_ends_where_it_was_set_so(app: Flask, bench: Bench) -> None:
    tokens = opened(bench, shown="at_end")
    send(member(app, tokens[0]))
    other = member(app, tokens[1])
    assert other.get(f"{OWN}/others").status_code == 303
    assert other.submit(OWN, to=f"{OWN}/1/support").status_code == 404
    review = other.submit(NEW, {**WORK, "title": "Regularización de quienes trabajan ya"})
    assert str(WORK["title"]) not in review.text  # the review shows nothing that is not seen yet
    end(bench)
    assert str(WORK["title"]) in other.get(f"{OWN}/others").text


def test_a_round_with_names_shows_who_proposed(app: Flask, bench: Bench) -> None:
    tokens = opened(bench, secrecy="open")
    send(member(app, tokens[0]))
    assert "Red 001" in member(app, tokens[1]).get(f"{OWN}/others").text


def test_a_proposal_is_changed_and_withdrawn_while_it_waits(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    send(visitor)
    assert visitor.submit(f"{OWN}/1", {**WORK, "title": "Un título mejor"}).status_code == 303
    assert dict(first(bench).title) == {"es": "Un título mejor"}
    with bench.read(COMMAND, moment()) as work:
        edited = work.session.scalars(
            select(ThemeProposalEvent).where(ThemeProposalEvent.kind == "edited")
        ).one()
        assert edited.details["before"]["title"] == {"es": WORK["title"]}
    assert visitor.submit(OWN, to=f"{OWN}/1/withdraw").status_code == 303
    assert first(bench).state == "withdrawn"
    assert visitor.submit(OWN, to=f"{OWN}/1/withdraw").status_code == 404
    assert send(visitor).status_code == 303  # its room and its title are free again


def test_a_question_is_answered_by_the_same_link_after_the_phase_too(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    send(visitor)
    returned(bench)
    end(bench)
    assert "¿En qué países?" in visitor.get(OWN).text
    empty = visitor.submit(f"{OWN}/1", WORK)
    assert empty.status_code == 422
    answered = visitor.submit(f"{OWN}/1", {**WORK, "countries": ["PE", "CL"], "answer": "En dos: PE y CL."})
    assert answered.status_code == 303
    row = first(bench)
    assert (row.state, row.answer, row.countries) == ("submitted", "En dos: PE y CL.", ["CL", "PE"])
    assert "En dos: PE y CL." in visitor.get(OWN).text


# -- bad input


def test_the_same_text_sent_twice_is_one_proposal(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    one, two = send(visitor), send(visitor)
    assert one.headers["Location"] == two.headers["Location"]
    assert (count(bench), [each.kind for each in messages(bench)].count("theme_received")) == (1, 1)
    twin = send(visitor, why="Otra razón", title="REGULARIZACION de quienes ya trabajan")
    assert twin.status_code == 422
    assert "ya propuso" in twin.text
    assert "Otra razón" in twin.text


def test_in_two_languages_the_second_is_pointed_out(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    send(visitor)
    review = visitor.submit(
        NEW,
        {
            "title": "Regularização de quem já trabalha",
            "why": "Milhares de pessoas trabalham sem permissão na colheita e não podem denunciar abusos.",
            "objectives": ["5", "6"],
            "language": "pt",
        },
    )
    assert review.status_code == 200
    assert str(WORK["title"]) in review.text
    assert "Enviarla de todos modos" in review.text


def test_a_similar_one_of_others_can_be_supported_in_its_place(app: Flask, bench: Bench) -> None:
    tokens = opened(bench)
    send(member(app, tokens[0]))
    other = member(app, tokens[1])
    review = other.submit(NEW, {**WORK, "title": "Regularizar a quienes ya trabajan"})
    assert "Apoyar esta en su lugar" in review.text
    assert other.submit(OWN, to=f"{OWN}/1/support").status_code == 303
    assert (count(bench), count(bench, ThemeSupport)) == (1, 1)


def test_markup_stays_text(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    send(visitor, title="<script>alert(1)</script>", why="<b>negrita</b> {{ 7*7 }} %(x)s")
    for page in (OWN, f"{OWN}/1"):
        text = visitor.get(page).text
        assert "&lt;b&gt;negrita&lt;/b&gt; {{ 7*7 }} %(x)s" in text
        assert "<script>alert" not in text
    assert "&lt;script&gt;" in member(app, opened_tokens(bench)[1]).get(f"{OWN}/others").text


def opened_tokens(bench: Bench) -> list[str]:
    return [str(each.token) for each in messages(bench) if each.kind == "proposing"]


def test_of_fifty_thousand_signs_none_is_lost_and_the_limit_is_named(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    long = "palabra " * 6250
    answer = send(visitor, why=long)
    assert answer.status_code == 422
    assert "500" in answer.text
    assert "49999" in answer.text.replace("\xa0", "").replace(".", "")
    assert long.strip() in answer.text
    assert count(bench) == 0


def test_after_the_phase_nothing_is_recorded_and_nothing_lost(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    visitor.get(NEW)
    token = visitor.token(visitor.get(NEW))
    end(bench)
    answer = visitor.post(NEW, {**WORK, "step": "send", "csrf_token": token})
    assert answer.status_code == 409
    assert str(WORK["why"]) in answer.text
    assert count(bench) == 0


def test_an_organisation_that_left_is_not_let_in_and_what_it_wrote_is_shown(app: Flask, bench: Bench) -> None:
    tokens = opened(bench)
    visitor = member(app, tokens[0])
    token = visitor.token(visitor.get(NEW))
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Organisation).where(Organisation.name == "Red 001").values(active=False))
    answer = visitor.post(NEW, {**WORK, "step": "send", "csrf_token": token})
    assert answer.status_code == 403
    assert str(WORK["why"]) in answer.text
    assert visitor.post(f"/es/p/{tokens[0]}").status_code == 404
    assert count(bench) == 0


def test_bidi_signs_are_taken_out_and_nul_is_refused(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    assert send(visitor, title="Traba\x00jo").status_code == 400
    assert count(bench) == 0
    send(visitor, title="Trabajo \u202edigno\u200b", why="Por\u2066qué\x07")
    row = first(bench)
    assert (dict(row.title), dict(row.why)) == ({"es": "Trabajo digno"}, {"es": "Porqué"})


FORGED: list[tuple[str, Any]] = [
    ("objectives", ["0"]),
    ("objectives", ["24"]),
    ("objectives", ["x"]),
    ("objectives", []),
    ("objectives", ["1", "2", "3", "4", "5", "6"]),
    ("objectives", ["9" * 40]),
    ("countries", ["XX"]),
    ("populations", ["all"]),
    ("language", "xx"),
    ("title", "\u200b \u2060"),
]


def test_forged_choices_are_refused_beside_their_field(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    for field, forged in FORGED:
        answer = send(visitor, **{field: forged})
        assert answer.status_code == 422, (field, forged)
        assert str(WORK["why"]) in answer.text, (field, forged)
        assert f'href="#{field}' in answer.text, (field, forged)
        assert count(bench) == 0, (field, forged)


def test_a_link_of_another_round_opens_only_its_own(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench)[0])
    with writing(bench, moment()) as work:
        rounds.create_round(work, round_command(key="2028-1", closes_local=days(80)))
    other = OWN.replace(KEY, "2028-1")
    for page in (other, f"{other}/new", f"{other}/others", f"{other}/1"):
        assert visitor.get(page).status_code == 403
    assert visitor.submit(OWN, to=f"{other}/1/support").status_code == 403
    for way in ("v", "a", "r", "q", "m"):
        assert visitor.post(f"/es/{way}/{opened_tokens(bench)[1]}").status_code == 404


def test_the_form_holds_what_the_member_wrote_and_not_what_was_merged_into_it(
    app: Flask, bench: Bench
) -> None:
    tokens = opened(bench)
    own = member(app, tokens[0])
    send(own, countries=["PE"], populations=["workers"])
    send(member(app, tokens[1]), title="Otra cosa distinta", countries=["MX"], populations=["women"])
    with writing(bench, moment()) as work:
        other = review.desk(work, KEY).find(2)
        assert other is not None
        review.merge(work, KEY, {2: other.version}, 1)
    form = own.get(f"{OWN}/1").text
    ticked = re.findall(r"<input[^>]* checked[^>]*>", form)
    assert re.findall(r'value="(\w+)"', " ".join(ticked)) == ["5", "6", "PE", "workers"]
    with writing(bench, moment()) as work:  # the merged one counts for the whole as before
        whole = review.desk(work, KEY).find(1)
        assert whole is not None
        assert whole.countries == ("MX", "PE")


def test_a_proposal_of_another_organisation_cannot_be_changed(app: Flask, bench: Bench) -> None:
    tokens = opened(bench)
    send(member(app, tokens[0]))
    other = member(app, tokens[1])
    assert other.get(f"{OWN}/1").status_code == 404
    assert other.submit(NEW, WORK, to=f"{OWN}/1").status_code == 404
    assert other.submit(OWN, to=f"{OWN}/1/withdraw").status_code == 404


def test_more_than_the_phase_allows_are_refused(app: Flask, bench: Bench) -> None:
    visitor = member(app, opened(bench, most=1)[0])
    token = visitor.token(visitor.get(NEW))
    send(visitor)
    answer = visitor.post(NEW, {**WORK, "title": "Otra", "step": "send", "csrf_token": token})
    assert answer.status_code == 422
    assert count(bench) == 1


def test_the_log_names_no_author(app: Flask, bench: Bench) -> None:
    tokens = opened(bench)
    send(member(app, tokens[0]))
    member(app, tokens[1]).submit(OWN, to=f"{OWN}/1/support")
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.scalars(
            select(LogEntry).where(LogEntry.action.startswith("theme_proposals."))
        ).all()
        assert {(each.actor, each.details) for each in rows} == {("proposer", '{"proposal":1}')}
        assert proposals.backers(work.session, 1).keys() == {1}


def test_a_new_link_is_asked_for_as_for_a_vote(bench: Bench) -> None:
    opened(bench)
    before = len(messages(bench))
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Contact).values(paused=True))
    do_now(bench, new_link.ask, "c1@example.org")
    with bench.work(WORKER, moment()) as work:
        assert new_link.answer(work, new_link.due(work)[0]) == 1
    assert [each.kind for each in messages(bench)[before:]] == ["proposing"]

"""A round copied from an earlier one, a draft deleted, and how a round will look before it opens."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.desk import copying, opening
from consulta.panel import nominees
from consulta.platform.listing import PAGE
from consulta.platform.models import (
    Agreement,
    Ballot,
    Base,
    Dialogue,
    Evaluation,
    LogEntry,
    Nominee,
    Recommendation,
    Round,
    Theme,
)
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds import service as rounds
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.queries import rounds as round_queries
from tests.desk.test_rounds import DESK, KEY, NEW_ROUND, ROUND, draft, members, opened, vote
from tests.drafts import do_now, nominee_command
from tests.factories import build_organisation, moment
from tests.proposing import let_propose
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

NEW = "2038-1"
COPY = f"{DESK}/new-round?from={KEY}"
PARTS = ("panel", "mail")


def earlier(bench: Bench) -> None:
    """A draft with themes, rules, a nominee for one theme, and a changed text."""
    draft(bench, rules={"topics": 2}, zone="America/Lima", secrecy="open")
    with bench.work(COMMAND, moment()) as work:
        nominees.save_nominee(
            work, KEY, nominee_command(name="Ana Torres", topics=("tema_numero_2",), consent_contact=True)
        )
        subject, body = mail_texts.text(work, KEY, "reminder", "es").subject, "Vote aquí:\n{link}\n{deadline}"
        mail_texts.save_text(work, KEY, "reminder", "es", subject, body)


def made(bench: Bench, key: str = NEW) -> Round:
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        assert found.themes is not None
        work.session.expunge_all()
        return found


def test_a_copy_takes_what_is_ticked_and_nothing_that_happened(bench: Bench, staff_visitor: Visitor) -> None:
    earlier(bench)
    page = staff_visitor.get(COPY).text
    assert re.findall(r'<input checked[^>]*name="parts"[^>]*value="([a-z]+)"', page) == [*PARTS]
    assert 'value="Consulta' in page, "the title is filled in, to be changed"
    for name, value in (("themes", "same"), ("secrecy", "open"), ("topics", "2")):
        assert re.search(rf'<input[^>]*(?=[^>]*name="{name}")(?=[^>]*value="{value}")', page), name
    copied = {"key": NEW, "themes": "same", "topics": "2", "secrecy": "open"}
    answer = staff_visitor.submit(COPY, {**NEW_ROUND, **copied, "parts": [*PARTS]})
    assert (answer.status_code, answer.location) == (303, f"{DESK}/rounds/{NEW}/open")
    found = made(bench)
    assert [theme.key for theme in found.themes] == [f"tema_numero_{number}" for number in range(1, 7)]
    assert (found.rules["topics"], found.secrecy, found.state) == (2, "open", "draft")
    with bench.read(COMMAND, moment()) as work:
        assert mail_texts.text(work, NEW, "reminder", "es").body.startswith("Vote aquí:")
        assert work.session.scalars(select(Nominee).where(Nominee.round_id == found.id)).all() == []


def test_all_nominees_of_an_earlier_round_are_copied_by_one_button(
    bench: Bench, staff_visitor: Visitor
) -> None:
    earlier(bench)
    there = staff_visitor.submit(
        COPY, {**NEW_ROUND, "key": NEW, "themes": "same", "parts": ["nominees"]}
    ).location
    page = staff_visitor.get(there).text
    assert 'name="all"' in page
    answer = staff_visitor.submit(there, {"all": "1"})
    assert answer.location == f"{DESK}/rounds/{NEW}/open", "the next step of making a round"
    with bench.read(COMMAND, moment()) as work:
        assert not nominees.earlier(work, NEW, KEY).free
    assert 'name="all"' not in staff_visitor.get(there).text


def test_who_was_proposed_for_a_theme_that_is_not_there_is_not_copied(bench: Bench) -> None:
    """Without any theme the person would be considered for all, which was not meant."""
    earlier(bench)
    with bench.work(COMMAND, moment()) as work:
        rounds.create_round(work, replace(rounds.proposed(work, KEY), key=NEW))
        view = nominees.earlier(work, NEW, KEY)
        (only,) = view.off_topic
        with pytest.raises(Problem, match=r"nominee\.none"):
            nominees.take_over(work, NEW, KEY, [only])


# -- a draft that is not wanted


def test_a_draft_is_deleted_whole_and_its_number_is_not_given_again(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft(bench)
    number = made(bench, KEY).id
    page = f"{ROUND}/delete"
    assert "6 temas" in staff_visitor.get(page).text
    refused = staff_visitor.submit(page, {"typed": NEW})
    assert (refused.status_code, f"es {KEY}" in refused.text) == (422, True), "another name deletes nothing"
    assert f'value="{NEW}"' in refused.text, "what was typed is still there"
    assert staff_visitor.submit(page, {"typed": KEY}).location == f"{DESK}/"
    with bench.work(COMMAND, moment()) as work:
        assert work.session.scalars(select(Round)).all() == []
        assert work.session.scalars(select(Theme)).all() == []
        assert "rounds.deleted" in set(work.session.scalars(select(LogEntry.action)))
    draft(bench, 0)
    assert made(bench, KEY).id > number, "the log of the deleted draft is not that of the new one"


def test_all_that_a_draft_has_goes_with_it_and_its_copy_stays(bench: Bench, staff_visitor: Visitor) -> None:
    earlier(bench)
    with bench.work(COMMAND, moment()) as work:
        key = copying.create(work, replace(rounds.proposed(work, KEY), key=NEW), KEY, ("themes", *PARTS))
        nominees.take_over(work, key, KEY, nominees.earlier(work, key, KEY).free)
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        sits = Dialogue(
            round_id=found.id,
            zone="America/Lima",
            starts_local="2020-01-01T10:00",
            starts_at=moment() - timedelta(days=2),
            ends_local="2020-01-01T12:00",
            ends_at=moment() - timedelta(days=1),
            uid="one",
            created_at=moment(),
        )
        work.session.add(sits)
        work.session.flush()
        work.session.add_all(
            [
                Evaluation(round_id=found.id, questions=[], created_at=moment()),
                Agreement(round_id=found.id, number=1, responsible="Ana", created_at=moment()),
                Recommendation(
                    dialogue_id=sits.id, kind="challenge", position=1, language="es", created_at=moment()
                ),
            ]
        )
    before = [(each.key, each.title) for each in made(bench).themes]
    assert staff_visitor.submit(f"{ROUND}/delete", {"typed": KEY}).status_code == 303
    assert [(each.key, each.title) for each in made(bench).themes] == before
    with bench.read(COMMAND, moment()) as work:
        for table in (Dialogue, Evaluation, Agreement, Recommendation):
            assert work.session.scalars(select(table)).all() == []
        assert {each.round.key for each in work.session.scalars(select(Nominee))} == {NEW}


def test_a_round_of_which_others_have_heard_is_kept(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench)
    form = staff_visitor.get(f"{ROUND}/delete")
    assert form.status_code == 200
    do_now(bench, let_propose, KEY, "2037-03-01T17:00")
    page = staff_visitor.get(f"{ROUND}/delete").text
    assert f"{ROUND}/cancel" in page
    assert 'name="typed"' not in page, "what cannot be done is not offered"
    refused = staff_visitor.post(f"{ROUND}/delete", {"typed": KEY, "csrf_token": staff_visitor.token(form)})
    assert refused.status_code == 422
    do_now(bench, opening.open_round, KEY)
    assert staff_visitor.get(f"{ROUND}/delete").status_code == 409


KEPT_FOR_GOOD = {  # of rounds that opened: no draft has such rows
    *("seats", "ballots", "reasons", "reason_codes", "syntheses", "synthesis_versions"),
    *("data_packages", "objections", "ballot_exclusions", "answer_sheets", "question_figures"),
    *("documents", "minutes_versions", "heads", "replaced_versions", "registrations"),
}


def test_each_table_about_a_round_is_known_where_a_draft_is_deleted() -> None:
    """A table that is added is deleted with a draft, or keeps it, or has no rows of drafts."""
    known = {each.__tablename__ for each in (*round_queries.REACHED, *round_queries.OF_A_DRAFT)}
    refers = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table.name == "rounds" for key in table.foreign_keys)
    }
    assert refers == known | KEPT_FOR_GOOD


# -- previews


def test_the_ballot_of_a_draft_is_seen_as_a_chosen_organisation_sees_it(
    bench: Bench, staff_visitor: Visitor
) -> None:
    members(bench)
    draft(bench)
    page = staff_visitor.get(f"{ROUND}/preview")
    assert page.status_code == 200
    assert "desde aquí no se envía nada" in page.text
    seats = re.findall(r'<option value="(p\d+)"[^>]*>([^<]+)', page.text)
    assert {name for _key, name in seats} == {"Red 001", "Red 002", "Red 003"}
    key, name = seats[1]
    other = staff_visitor.get(f"{ROUND}/preview?seat={key}")
    assert f"Papeleta de {name}" in Page(other).text
    assert "Tema número 4" in other.text


def test_a_preview_goes_as_far_as_the_review_and_records_nothing(
    bench: Bench, staff_visitor: Visitor
) -> None:
    for prepare in (lambda: (members(bench), draft(bench)), lambda: open_and_vote(bench)):
        prepare()
        page = staff_visitor.get(f"{ROUND}/preview")
        action = html.unescape(re.search(r'<form class="ballot stack"[^>]*action="([^"]+)"', page.text)[1])  # type: ignore[index]  # found
        assert action.startswith(f"{ROUND}/preview?")
        entries = {"csrf_token": staff_visitor.token(page), "place-tema_numero_1": "1"}
        review = staff_visitor.post(action, entries)
        assert review.status_code == 200
        assert "desde aquí no se envía nada" in review.text
        send = html.unescape(re.search(r'id="ballot" method="post" action="([^"]+)"', review.text)[1])  # type: ignore[index]  # found
        sent = staff_visitor.post(send, entries)
        assert sent.status_code == 303
        assert "el voto no se envió" in staff_visitor.get(sent.location).text
        assert staff_visitor.get(f"{ROUND}/preview?step=abstain").status_code == 303
        with bench.read(ANONYMOUS, moment()) as work:
            assert len(work.session.scalars(select(Ballot)).all()) == bool(work.session.scalar(OPEN))


OPEN = select(Round.id).where(Round.state == "open")


def open_and_vote(bench: Bench) -> None:
    do_now(bench, opening.open_round, KEY)
    vote(bench, "Red 001")


def test_each_mail_is_seen_in_each_language_before_the_opening(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench)
    check = staff_visitor.get(f"{ROUND}/preview/mail").text
    kinds = re.findall(
        r'<option value="([a-z_]+)"[^>]*>', check.partition('id="kind"')[2].partition("</select>")[0]
    )
    assert {"invitation", "reminder", "closing", "panel_letter"} <= set(kinds)
    for kind in kinds:
        for language in ("es", "en"):
            page = staff_visitor.get(f"{ROUND}/preview/mail?kind={kind}&language={language}")
            assert page.status_code == 200
            first = re.search(r'<pre lang="(..)"', page.text)
            assert first is not None
            assert first[1] == language, kind
    for kind in ("none", "admission_sponsor"):  # which is about no round
        assert kind not in kinds
        assert staff_visitor.get(f"{ROUND}/preview/mail?kind={kind}").status_code == 404


def test_previews_look_for_names_and_list_a_page_of_them(bench: Bench, staff_visitor: Visitor) -> None:
    def names(address: str) -> list[str]:
        chosen = staff_visitor.get(f"{ROUND}/{address}").text
        part = chosen.partition('name="seat"')[2] or chosen.partition('name="as"')[2]
        return re.findall(r"<option[^>]*>([^<]+)", part.partition("</select>")[0])

    with bench.work(COMMAND, moment()) as work:
        for number in range(1, PAGE + 3):
            build_organisation(work.session, f"Asociación {number:02}", email=f"a{number}@example.org")
    draft(bench)
    for state in ("draft", "open"):
        for address in ("preview?", "preview/mail?"):
            assert len(names(address)) == PAGE
            found = names(f"{address}q=asociacion+27")
            assert [name.rpartition(", ")[2] for name in found] == ["Asociación 27"]
            assert names(f"{address}q=such") == ["Ningún nombre coincide"]
            assert staff_visitor.get(f"{ROUND}/{address}q=such").status_code == 200
        assert "Papeleta de Asociación 27" in Page(staff_visitor.get(f"{ROUND}/preview?q=27")).text
        if state == "draft":
            do_now(bench, opening.open_round, KEY)


def test_previews_open_no_ballot(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = staff_visitor.get(f"{ROUND}/preview/mail?kind=invitation").text
    assert not re.search(r"/v/[A-Za-z0-9_-]{20,}", page)

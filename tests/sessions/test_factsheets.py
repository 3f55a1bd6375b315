"""A factsheet: kept as a draft, refused where something is missing, published in versions, figures once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.panel.dialogues import DialogueLink
from consulta.platform import documents
from consulta.platform.log import chain
from consulta.platform.models import Document
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.sessions import attendance, factsheets
from consulta.sessions.attendance import Answers
from consulta.sessions.factsheets import MOST_ROWS, Highlight, Words
from tests.closed import counted, mixed
from tests.factories import moment
from tests.held_sessions import WORDS, publish, session_over, write
from tests.texts import both

KEY = "2027-1"
BLANK = both(" ", "\u200b")


def over(bench: Bench, **values: Any) -> None:
    """A published round whose session is over, with a factsheet that is written."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",), **values)
    write(bench, KEY)


def desk(bench: Bench) -> factsheets.FactsheetDesk:
    with bench.read(COMMAND, moment()) as work:
        return factsheets.desk_page(work, KEY)


def public(bench: Bench) -> factsheets.Factsheet:
    with bench.read(ANONYMOUS, moment()) as work:
        return factsheets.published(work, KEY)


def codes(bench: Bench) -> set[str]:
    return {problem.code for problem in desk(bench).refusals}


def test_it_is_written_published_and_read(bench: Bench) -> None:
    over(bench)
    with pytest.raises(Problem, match=r"factsheet\.unknown"):
        public(bench)
    assert desk(bench).refusals == ()
    assert [problem.params for problem in desk(bench).untranslated] == [
        {"part": "factsheet.highlights", "number": 2, "language": "en"}
    ]
    assert publish(bench, KEY) == 1
    sheet = public(bench)
    assert sheet.words == WORDS
    assert [topic.title["es"] for topic in sheet.topics] == [desk(bench).topics[0].title["es"]]
    assert sheet.figures is not None
    assert (sheet.figures.people, sheet.figures.countries) == (48, 6)
    with bench.read(ANONYMOUS, moment()) as work:
        assert [(one.key, one.number) for one in factsheets.series(work)] == [(KEY, 7)]
        line = factsheets.of_round(work, KEY)
        assert line is not None
        assert factsheets.of_round(work, "otra") is None
    with bench.read(COMMAND, moment()) as work:
        document = work.session.query(Document).filter_by(kind="factsheet").one()
        acts = chain.acts(work.session, f"round:{document.round_id}", "factsheet.published")
        assert [json.loads(act.details) for act in acts] == [{"version": 1, "sha256": document.sha256}]


@pytest.mark.deep
def test_words_change_in_versions_and_figures_never(bench: Bench) -> None:
    over(bench)
    publish(bench, KEY)
    before = public(bench).figures
    with pytest.raises(Problem, match=r"factsheet\.unchanged"):
        publish(bench, KEY)
    with bench.work(COMMAND, moment()) as work:
        attendance.add(work, KEY, Answers("Red", "JM", "ngo", "non_binary"))
    assert desk(bench).has_other_people
    assert not desk(bench).is_changed
    write(bench, KEY, replace(WORDS, number=8))
    assert desk(bench).is_changed
    assert public(bench).words.number == 7
    assert publish(bench, KEY) == 2
    assert public(bench).words.number == 8
    assert public(bench).figures == before
    with bench.read(COMMAND, moment()) as work:
        kept = documents.every(work.session, 1, "factsheet")
        assert [json.loads(each.content)["words"]["number"] for each in kept] == [7, 8]


def test_nothing_is_published_but_what_was_looked_at(bench: Bench) -> None:
    """Else a second person would confirm words, people or recommendations that came after the request."""
    over(bench)
    write(bench, KEY)
    seen = desk(bench).content_seen
    write(bench, KEY, replace(WORDS, lessons=(both("Otra cosa.", "Another thing."),)))
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"factsheet\.changed"):
        factsheets.publish(work, KEY, seen=seen)
    with bench.work(COMMAND, moment()) as work:
        assert factsheets.publish(work, KEY, seen=factsheets.desk_page(work, KEY).content_seen) == 1


@pytest.mark.deep
def test_who_takes_the_people_away_changes_no_public_figure(bench: Bench) -> None:
    over(bench)
    publish(bench, KEY)
    before = public(bench).figures
    with bench.work(COMMAND, moment()) as work:
        for entry in attendance.list_people(work, KEY).entries:
            for _ in range(entry.people):
                found = attendance.list_people(work, KEY).entries
                attendance.remove(work, KEY, next(e.id for e in found if e.answers == entry.answers))
    assert desk(bench).people == 0
    assert desk(bench).refusals == ()
    write(bench, KEY, replace(WORDS, number=9))
    publish(bench, KEY)
    assert public(bench).figures == before


def test_what_lacks_spanish_is_kept_and_not_published(bench: Bench) -> None:
    over(bench)
    for words, code in (
        (Words(), "factsheet.number_missing"),
        (replace(WORDS, period=both("", "June")), "factsheet.first"),
        (replace(WORDS, achieved=BLANK), "factsheet.missing"),
        (replace(WORDS, challenges=both("", "Delays")), "factsheet.first"),
        (replace(WORDS, lessons=(both("", "Only English"),)), "factsheet.row_first"),
        (replace(WORDS, highlights=(Highlight("PE", both("", "Law")),)), "factsheet.row_first"),
    ):
        write(bench, KEY, words)
        assert code in codes(bench)
        with pytest.raises(Problem, match=r"factsheet\."):
            publish(bench, KEY)
    with pytest.raises(Problem, match=r"factsheet\.unknown"):
        public(bench)


def test_a_session_that_has_nothing_to_tell_has_no_factsheet(bench: Bench) -> None:
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")), publish=False)
    four = {Answers("Red", "JM", "ngo"): 4}
    for values, more in (
        ({"people": {}}, set()),
        ({"people": four}, set()),
        ({"people": {}, "cancelled": True}, {"factsheet.cancelled"}),
        ({"people": {}, "ends_local": "2099-01-01T10:00"}, {"factsheet.future"}),
    ):
        session_over(bench, KEY, **({"topics": ("t3",)} | values))
        write(bench, KEY)
        assert codes(bench) == {"factsheet.round", "factsheet.people"} | more
        with pytest.raises(Problem, match=r"factsheet\.round"):
            publish(bench, KEY)


def test_what_cannot_be_kept_is_said_and_nothing_is_lost(bench: Bench) -> None:
    over(bench)
    for words, code in (
        (replace(WORDS, number=0), "factsheet.number"),
        (replace(WORDS, lessons=(both("a", "b"),) * (MOST_ROWS + 1)), "factsheet.many"),
        (replace(WORDS, links=(DialogueLink("Mal", "javascript:alert(1)"),)), "dialogue.link"),
    ):
        with pytest.raises(Problem, match=code):
            write(bench, KEY, words)
    assert desk(bench).sheet.words == WORDS


def test_empty_rows_are_no_rows_and_somebody_elses_words_are_not_lost(bench: Bench) -> None:
    over(bench)
    seen = desk(bench).seen
    write(bench, KEY, replace(WORDS, lessons=(BLANK, both("  Una\nsola ", ""), BLANK)))
    assert desk(bench).sheet.words.lessons == (both("Una sola", ""),)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"factsheet\.stale"):
        factsheets.save(work, KEY, WORDS, seen)
    assert desk(bench).sheet.words.lessons == (both("Una sola", ""),)


def test_it_may_be_about_one_topic_of_the_session(bench: Bench) -> None:
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    with pytest.raises(Problem, match=r"dialogue\.unknown"):
        desk(bench)
    session_over(bench, KEY, ("t1", "t3"))
    write(bench, KEY)
    assert len(desk(bench).sheet.topics) == 2
    write(bench, KEY, replace(WORDS, topics=("t3", "nada")))
    assert [topic.title for topic in desk(bench).sheet.topics] == [desk(bench).topics[1].title]

"""Writing to organisations chosen in the members' list, through the page of all mass mails."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from consulta.platform.work import COMMAND
from tests.factories import build_organisation, build_round, moment, open_now
from tests.queued import messages

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

KEY = "2027-1"
SAID = {
    "subject_es": "Taller del jueves",
    "text_es": "El taller {link} empieza a las 9.",
    "subject_en": "",
    "text_en": "",
}


@pytest.fixture
def ids(bench: Bench) -> list[int]:
    """Three organisations: one whose contact is paused, in an installation with a draft and an open round."""
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session, KEY))
        build_round(work.session, "2028-1")
        made = [build_organisation(work.session, f"Red {number}") for number in (1, 2, 3)]
        made[2].contacts[0].paused = True
        return [each.id for each in made]


def page_of(ids: list[int]) -> str:
    return f"/es/secretariat/rounds/{KEY}/write?only=" + ".".join(map(str, ids))


def test_the_chosen_lead_to_the_page_of_an_open_round(staff_visitor: Visitor, ids: list[int]) -> None:
    answer = staff_visitor.get(f"/es/secretariat/members/bulk?act=write&o={ids[0]}&o={ids[2]}")
    assert answer.status_code == 303
    assert answer.location == page_of([ids[0], ids[2]])
    page = staff_visitor.get(answer.location).text
    assert 'data-count="1"' in page
    assert "Red 3" in page, "it is said who does not get it"


def test_it_is_seen_before_it_is_sent_and_nothing_typed_is_lost(
    bench: Bench, staff_visitor: Visitor, ids: list[int]
) -> None:
    seen = staff_visitor.submit(page_of(ids), {**SAID, "look": "1"})
    assert messages(bench) == []
    assert "El taller {link} empieza a las 9." in html.unescape(seen.text)
    sample = html.unescape(re.findall(r'class="letter-text"[^>]*>([^<]*)', seen.text)[0])
    assert "El taller {link} empieza a las 9." in sample, "braces are words of a person, no places"
    assert 'value="Taller del jueves"' in seen.text
    for lacks in ("subject_es", "text_es"):
        assert staff_visitor.submit(page_of(ids), {**SAID, lacks: " "}).status_code == 422
    assert messages(bench) == []
    assert staff_visitor.submit(page_of(ids), SAID).status_code == 303
    assert [each.kind for each in messages(bench)] == ["circular", "circular"], "to each who is reached"
    log = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/log").text
    assert "escribió a 2 contactos de organizaciones elegidas: «Taller del jueves»" in html.unescape(log)


def test_the_same_words_go_once_a_day_whoever_sends_them(
    bench: Bench, staff_visitor: Visitor, ids: list[int]
) -> None:
    """A form that is sent twice, or by two people, writes to nobody twice; other words do go."""
    assert staff_visitor.submit(page_of(ids[:1]), SAID).status_code == 303
    seen = staff_visitor.submit(page_of(ids), {**SAID, "look": "1"})
    assert 'data-count="1"' in seen.text
    assert staff_visitor.submit(page_of(ids), SAID).status_code == 303
    assert len(messages(bench)) == 2
    again = staff_visitor.submit(page_of(ids), SAID)
    assert again.status_code != 303
    assert "El taller {link} empieza a las 9." in html.unescape(again.text)
    assert len(messages(bench)) == 2
    assert staff_visitor.submit(page_of(ids), {**SAID, "subject_es": "Otro taller"}).status_code == 303
    assert len(messages(bench)) == 4


def test_controls_and_signs_that_turn_the_text_are_left_out(
    bench: Bench, staff_visitor: Visitor, ids: list[int]
) -> None:
    wild = {"subject_es": "Taller\r\nBcc: x@example.org \u202eseveuj", "text_es": "Uno\u202edos\n\ntres"}
    assert staff_visitor.submit(page_of(ids), {**SAID, **wild}).status_code == 303
    facts = messages(bench)[0].facts
    assert facts["subject"] == {"es": "Taller Bcc: x@example.org seveuj"}
    assert facts["text"] == {"es": "Unodos\n\ntres"}


def test_without_organisations_or_with_too_many_or_without_a_round_it_is_refused(
    bench: Bench, staff_visitor: Visitor
) -> None:
    with bench.work(COMMAND, moment()) as work:
        number = build_organisation(work.session).id
    answer = staff_visitor.get(f"/es/secretariat/members/bulk?act=write&o={number}")
    assert "Todavía no hay ninguna consulta" in answer.text
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session, KEY))
    for only in ("", "x", ".".join(map(str, range(1, 502)))):
        answer = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/write?only={only}")
        assert answer.status_code in {404, 409, 422}, only

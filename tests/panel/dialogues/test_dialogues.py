"""The session of a round: what it needs, what calendars are told, and that its id stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.panel import dialogues
from consulta.panel.dialogues import DialogueCommand, DialogueLink
from consulta.rounds import service as rounds
from tests.closed import counted, mixed
from tests.drafts import KEY, make_draft, make_open, reading, writing
from tests.texts import both

if TYPE_CHECKING:
    from consulta.panel.dialogues import DialogueView
    from consulta.platform.work import Bench

MEETING = DialogueLink("Sala virtual", "https://example.org/sala?x=1")


def command(**values: Any) -> DialogueCommand:
    """A session of a morning in Panama."""
    fields: dict[str, Any] = {
        "title": both("Primer conversatorio", "First dialogue"),
        "zone": "America/Panama",
        "starts_local": "2027-05-20T10:00",
        "ends_local": "2027-05-20T12:30",
        "place": both("En línea", "Online"),
        "links": (MEETING,),
        "agenda": both("10:00 Apertura\n10:15 Panel", ""),
        "topics": (),
    }
    return DialogueCommand(**(fields | values))


def save(bench: Bench, said: DialogueCommand, key: str = KEY) -> bool:
    with writing(bench) as work:
        return dialogues.save(work, key, said)


def view(bench: Bench, key: str = KEY) -> DialogueView:
    with reading(bench) as work:
        found = dialogues.of_round(work, key)
    assert found is not None
    return found


def test_calendars_hear_of_what_they_show_and_of_nothing_else(bench: Bench) -> None:
    make_open(bench)
    for change, rises in [
        ({}, False),
        ({"agenda": both("Otra", "Another")}, False),
        ({"links": ()}, False),
        ({"topics": ("tema_numero_3",)}, False),
        ({"title": both("Segundo conversatorio", "First dialogue")}, True),
        ({"starts_local": "2027-05-20T09:30"}, True),
        ({"ends_local": "2027-05-20T13:00"}, True),
        ({"place": both("Bogotá", "Bogotá")}, True),
        ({"zone": "America/Lima"}, True),  # the same hour, said by another place's clocks
        ({"cancelled": True}, True),
    ]:
        save(bench, command())
        before = view(bench)
        assert save(bench, command(**change)) is rises
        after = view(bench)
        assert after.uid == before.uid
        assert after.sequence == before.sequence + rises


def test_a_cancelled_session_may_take_place_again(bench: Bench) -> None:
    make_open(bench)
    for number, cancelled in enumerate((False, True, False)):
        save(bench, command(cancelled=cancelled))
        assert (view(bench).cancelled, view(bench).sequence) == (cancelled, number)


def test_what_is_wrong_is_said_and_nothing_is_kept(bench: Bench) -> None:
    make_open(bench)
    save(bench, command())
    for change, code in [
        ({"title": both(" ", "Only English")}, "dialogue.title"),
        ({"ends_local": "2027-05-20T10:00"}, "dialogue.ends"),
        ({"starts_local": "mañana"}, "deadline.form"),
        ({"zone": "Europe/Madrid"}, "deadline.zone"),
        ({"topics": ("nada",)}, "dialogue.topic"),
        ({"links": (DialogueLink("", "https://example.org"),)}, "dialogue.link"),
        ({"links": (DialogueLink("Sala", "javascript:alert(1)"),)}, "dialogue.link"),
        ({"links": (DialogueLink("Sala", "https://"),)}, "dialogue.link"),
        ({"links": (DialogueLink("Sala", "https://[nada"),)}, "dialogue.link"),
        ({"links": (MEETING,) * 11}, "dialogue.links"),
    ]:
        with pytest.raises(Problem, match=rf"^{code}"):
            save(bench, replace(command(title=both("Otro", "")), **change))
        assert view(bench).title["es"] == "Primer conversatorio"


def test_a_draft_has_no_topics_yet_and_a_cancelled_round_no_session(bench: Bench) -> None:
    make_draft(bench)
    with reading(bench) as work:
        assert dialogues.desk_page(work, KEY).themes == ()
    with pytest.raises(Problem, match=r"dialogue\.topic"):
        save(bench, command(topics=("tema_numero_1",)))
    with writing(bench) as work:
        rounds.cancel_round(work, KEY, "Por prueba")
    with pytest.raises(Problem, match=r"dialogue\.round"):
        save(bench, command())


def test_the_result_proposes_the_topics(bench: Bench) -> None:
    counted(bench, "2027-1", mixed(8, ("t3", "t1"), ("t3", "t2")))
    with reading(bench) as work:
        assert dialogues.desk_page(work, "2027-1").proposed == ("t3",)

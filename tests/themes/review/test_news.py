"""Each organisation is told by one mail what became of its proposed themes, and never the same twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from consulta.desk import proposing as telling
from consulta.platform.models import Message
from consulta.platform.work import WORKER
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Needless, Post
from consulta.themes import review
from tests.drafts import KEY, NOW, do, writing
from tests.platform.mailer.desk import messages
from tests.themes.review.story import admit, desk, merge, over, proposed, proposing, said, seen, undo

if TYPE_CHECKING:
    from consulta.platform.work import Bench

POST = Post("https://voto.example.org")


def tell(bench: Bench) -> int:
    with writing(bench, NOW + timedelta(minutes=2)) as work:
        return telling.tell(work, KEY)


def mails(bench: Bench, kind: str = "proposals_decided") -> dict[str, str]:
    """Return the text of each mail that goes out, by address."""
    found = {}
    for message in messages(bench, kind, state="queued"):
        with bench.read(WORKER, NOW) as work:
            made = letters.finish(work, message.id, POST)
        if isinstance(made, Finished):
            found[message.address] = " ".join(made.kept.split())
    return found


def send(bench: Bench) -> None:
    for message in messages(bench, "proposals_decided", state="queued"):
        with bench.read(WORKER, NOW) as work:
            made = letters.finish(work, message.id, POST)
        state = "cancelled" if isinstance(made, Needless) else "sent"
        with writing(bench) as work:
            work.session.execute(update(Message).where(Message.id == message.id).values(state=state))


def decline(bench: Bench, number: int, reason: str) -> None:
    version = seen(bench, number)
    do(bench, review.decline, KEY, number, version, said(reason))


def choose(bench: Bench) -> None:
    view = desk(bench).choice
    assert view is not None
    do(bench, review.choose, KEY, view.seen)


@pytest.mark.deep
def test_an_organisation_reads_of_all_its_themes_in_one_mail(either: Bench) -> None:
    proposing(either, "PE", "MX", "JM", themes=2, subregions=1)
    first = proposed(either, 0, "Niñez", (1, 2))
    second = proposed(either, 0, "Salud")
    third = proposed(either, 1, "Salud para todas las personas", (2,))
    fourth = proposed(either, 2, "Remesas")
    fifth = proposed(either, 2, "Vivienda")
    admit(either, first, third, fifth)
    merge(either, [second], third)
    decline(either, fourth, "Ya se trató en 2025.")
    over(either)
    choose(either)
    assert tell(either) == 3
    read = mails(either)
    assert len(read) == 3
    first_mail = read["c1@example.org"]
    assert "«Niñez»: Está en la papeleta" in first_mail
    assert (
        "«Salud»: La secretaría lo unió con «Salud para todas las personas», que suma el respaldo de las"
        " organizaciones de ambas propuestas. Está en la papeleta" in first_mail
    )
    third_mail = read["c3@example.org"]
    assert "«Remesas»: La secretaría no lo admitió. Motivo: Ya se trató en 2025." in third_mail
    assert "«Vivienda»: La secretaría lo admitió, pero no va a la papeleta: otros temas" in third_mail
    assert "“Vivienda”: The secretariat admitted it, but it does not go on the ballot" in third_mail


def test_the_same_news_is_told_once_and_later_only_what_changed(bench: Bench) -> None:
    proposing(bench, "PE", "MX", themes=2, subregions=1)
    first, second = proposed(bench, 0, "Niñez"), proposed(bench, 0, "Salud")
    admit(bench, first)
    decline(bench, second, "Ya se trató.")
    assert (tell(bench), tell(bench)) == (1, 0)
    send(bench)
    assert tell(bench) == 0
    over(bench)
    choose(bench)
    assert tell(bench) == 1
    (read,) = mails(bench).values()
    assert "«Niñez»: Está en la papeleta" in read
    assert "Salud" not in read
    do(bench, review.take_back, KEY)
    assert mails(bench) == {}, "what no longer holds is not sent"
    send(bench)
    undo(bench, second)
    assert tell(bench) == 1
    (read,) = mails(bench).values()
    assert "«Salud»: La secretaría todavía no decidió" in read
    assert "Niñez" not in read, "that it is admitted was told"


def test_what_became_of_the_one_into_which_it_was_merged_is_told_too(bench: Bench) -> None:
    proposing(bench, "PE", "MX")
    first, second = proposed(bench, 0, "Niñez"), proposed(bench, 1, "Infancia")
    merge(bench, [first], second)
    decline(bench, second, "Ya se trató.")
    assert tell(bench) == 2
    read = mails(bench)["c1@example.org"]
    assert "lo unió con «Infancia»" in read
    assert "no lo admitió. Motivo: Ya se trató." in read


def test_a_question_that_was_taken_back_or_answered_is_not_sent(bench: Bench) -> None:
    proposing(bench, "PE")
    number = proposed(bench, 0, "Niñez")
    version = seen(bench, number)
    do(bench, review.ask, KEY, number, version, "¿A qué países se refiere?")
    (read,) = mails(bench, "theme_question").values()
    assert "¿A qué países se refiere?" in read
    assert "Niñez" in read
    undo(bench, number)
    assert mails(bench, "theme_question") == {}
    assert tell(bench) == 0, "a question is no decision"

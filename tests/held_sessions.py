"""A session that is over: who took part in it, and the words of its factsheet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.panel import dialogues
from consulta.panel.dialogues import DialogueCommand, DialogueLink
from consulta.platform.work import COMMAND
from consulta.sessions import attendance, factsheets
from consulta.sessions.attendance import Answers
from consulta.sessions.factsheets import Highlight, Words
from consulta.sessions.follow_up import writing as recommendations
from consulta.sessions.follow_up.writing import Written
from tests.factories import moment
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.work import Bench

ATTENDED: Mapping[Answers, int] = {
    Answers("Ministerio", "PE", "gov_national", "woman"): 9,
    Answers("Ministerio", "MX", "gov_national", "man"): 8,
    Answers("Alcaldía", "MX", "gov_local", "man"): 6,
    Answers("Red", "JM", "ngo", "woman"): 7,
    Answers("Red", "BZ", "ngo", "woman"): 3,
    Answers("Red", "TT", "ngo", "non_binary"): 1,
    Answers("Asociación", "BB", "migrant_org", "no_answer"): 1,
    Answers("Asociación", "PE", "migrant_org", "woman"): 8,
    Answers("Agencia", "", "un_system", "man"): 5,
}
WORDS = Words(
    number=7,
    period=both("Enero a junio", "January to June"),
    achieved=both("Se reunieron.\n\nSe escucharon.", "They met.\n\nThey listened."),
    highlights=(
        Highlight("PE", both("Una ley nueva.", "A new law.")),
        Highlight("", both("Más redes.", "")),
    ),
    challenges=both("Los plazos.", "The delays."),
    lessons=(both("Trabajar en común.", "Work together."),),
    recommendations=(
        both("Escuchar primero.", "Listen first."),
        both("Decir qué se hizo.", "Tell what was done."),
    ),
    links=(DialogueLink("Programa", "https://example.org/programa"),),
)


def session_over(
    bench: Bench, key: str, topics: tuple[str, ...], people: Mapping[Answers, int] = ATTENDED, **values: Any
) -> None:
    """Write a session of three days ago down, and who took part."""
    held = moment() - timedelta(days=3)
    fields: dict[str, Any] = {
        "title": both("Conversatorio de prueba", "Test dialogue"),
        "zone": "America/Panama",
        "starts_local": f"{held:%Y-%m-%d}T10:00",
        "ends_local": f"{held:%Y-%m-%d}T12:00",
        "place": both("En línea", "Online"),
        "links": (DialogueLink("Sala", "https://example.org/sala"),),
        "agenda": both("", ""),
        "topics": topics,
    }
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(work, key, DialogueCommand(**(fields | values)))
        for answers, number in people.items():
            attendance.add(work, key, answers, number)


def write(bench: Bench, key: str, words: Words = WORDS) -> None:
    """Keep the words of its factsheet, with its recommendations, challenges and initiatives as rows."""
    with bench.work(COMMAND, moment()) as work:
        factsheets.save(work, key, words, factsheets.desk_page(work, key).seen)
        wanted = [Written("recommendation", text) for text in words.recommendations if text]
        wanted += [Written("challenge", text) for text in (words.challenges,) if text]
        wanted += [
            Written("initiative", each.text, addressed=(each.country or "all",)) for each in words.highlights
        ]
        there = list(recommendations.desk_page(work, key).rows)
        for each in wanted:
            alike = (row for row in there if row.recommendation.kind == each.kind)
            row = next((one for one in alike if not one.recommendation.withdrawn_at), None)
            if row is None:
                recommendations.add(work, key, each)
                continue
            there.remove(row)
            if row.recommendation.text != each.text:
                recommendations.change(work, key, row.recommendation.id, each, row.recommendation.version)
        for one in (row.recommendation for row in there if not row.recommendation.withdrawn_at):
            if one.reference:
                recommendations.withdraw(
                    work, key, one.id, both("Se retiró.", "It was withdrawn."), one.version
                )
            else:
                recommendations.delete(work, key, one.id, one.version)


def publish(bench: Bench, key: str) -> int:
    """Make its factsheet public."""
    with bench.work(COMMAND, moment()) as work:
        return factsheets.publish(work, key)

"""The words of a factsheet: what is written at the desk after a session, and what is still missing.

A draft may be incomplete. Where a published factsheet lacks a language, its readers see the first
language of the installation, and a note that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.panel.dialogues import DialogueLink, checked_links
from consulta.platform.data import catalogue
from consulta.platform.texts import line, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from consulta.platform.work import Work

MOST_ROWS = 40  # of one list
NUMBER_MAX = 9999
NOTHING = Text()


@dataclass(frozen=True, slots=True)
class Highlight:
    """What a country tells; without a country it is told of the whole region."""

    country: str
    text: Text


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a factsheet; highlights, challenges and recommendations are rows of `follow_up`."""

    number: int | None = None
    period: Text = NOTHING
    achieved: Text = NOTHING
    highlights: tuple[Highlight, ...] = ()
    challenges: Text = NOTHING
    lessons: tuple[Text, ...] = ()
    recommendations: tuple[Text, ...] = ()
    links: tuple[DialogueLink, ...] = ()
    topics: tuple[str, ...] = ()  # those of the session that it is about; none named: all

    def texts(self) -> Iterator[tuple[str, int, Text]]:
        """Yield each text as part, number and text; the number is the row of a list, else 0."""
        yield "period", 0, self.period
        yield "achieved", 0, self.achieved
        yield from (("highlights", n, each.text) for n, each in enumerate(self.highlights, start=1))
        yield "challenges", 0, self.challenges
        yield from (("lessons", n, text) for n, text in enumerate(self.lessons, start=1))
        yield from (("recommendations", n, text) for n, text in enumerate(self.recommendations, start=1))


def tidy(words: Words) -> Words:
    """Return the texts in the form in which they are stored, without empty rows.

    Problems: `factsheet.number`, `factsheet.many`, `attendance.country`, `dialogue.link`,
    `dialogue.links`.
    """
    if words.number is not None and not 1 <= words.number <= NUMBER_MAX:
        raise Problem("factsheet.number", most=NUMBER_MAX)
    for highlight in words.highlights:
        if highlight.country and highlight.country not in catalogue.countries_by_code():
            raise Problem("attendance.country", text=highlight.country)
    found = Words(
        number=words.number,
        period=words.period.map(line),
        achieved=words.achieved.map(paragraphs),
        highlights=tuple(
            Highlight(each.country, text) for each in words.highlights if (text := each.text.map(paragraphs))
        ),
        challenges=words.challenges.map(paragraphs),
        lessons=_rows(words.lessons),
        recommendations=_rows(words.recommendations),
        links=tuple(checked_links(words.links)),
        topics=tuple(dict.fromkeys(words.topics)),
    )
    if max(len(found.highlights), len(found.lessons), len(found.recommendations)) > MOST_ROWS:
        raise Problem("factsheet.many", most=MOST_ROWS)
    return found


def missing(work: Work, words: Words) -> Iterator[Problem]:
    """Yield a Problem for each thing without which a factsheet cannot be published.

    It needs a number, a period and what was achieved, and every text in the installation's first
    language.
    Problems: `factsheet.number_missing`, `factsheet.row_first`, `factsheet.first`, `factsheet.missing`.
    """
    first = work.languages[0]
    if words.number is None:
        yield Problem("factsheet.number_missing")
    for part, number, text in words.texts():
        named = {"part": f"factsheet.{part}"} | ({"number": number} if number else {})
        if text and not text.into(first):
            yield Problem("factsheet.row_first" if number else "factsheet.first", language=first, **named)
        elif part in {"period", "achieved"} and not text:
            yield Problem("factsheet.missing", language=first, **named)


def untranslated(work: Work, words: Words) -> tuple[Problem, ...]:
    """Return a Problem for each text that lacks words in another language than the first.

    Readers of that language see the first one instead. Problems: `factsheet.row_untranslated`,
    `factsheet.untranslated`.
    """
    return tuple(
        Problem("factsheet.row_untranslated", part=f"factsheet.{part}", number=number, language=language)
        if number
        else Problem("factsheet.untranslated", part=f"factsheet.{part}", language=language)
        for language in work.languages[1:]
        for part, number, text in words.texts()
        if text and not text.into(language)
    )


def as_dict(words: Words) -> dict[str, Any]:
    """Return the texts as a mapping, in the form in which they are stored."""
    return {
        "number": words.number,
        "period": core.kept(words.period),
        "achieved": core.kept(words.achieved),
        "highlights": [{"country": each.country, **core.kept(each.text)} for each in words.highlights],
        "challenges": core.kept(words.challenges),
        "lessons": [core.kept(text) for text in words.lessons],
        "recommendations": [core.kept(text) for text in words.recommendations],
        "links": [{"label": each.label, "url": each.url} for each in words.links],
        "topics": list(words.topics),
    }


def of_dict(kept: Mapping[str, Any]) -> Words:
    """Return the texts from their stored form; empty ones if nothing is stored."""
    if not kept:
        return Words()
    return Words(
        number=kept["number"],
        period=Text(kept["period"]),
        achieved=Text(kept["achieved"]),
        highlights=tuple(
            Highlight(each["country"], Text({k: v for k, v in each.items() if k != "country"}))
            for each in kept["highlights"]
        ),
        challenges=Text(kept["challenges"]),
        lessons=tuple(Text(each) for each in kept["lessons"]),
        recommendations=tuple(Text(each) for each in kept["recommendations"]),
        links=tuple(DialogueLink(each["label"], each["url"]) for each in kept["links"]),
        topics=tuple(kept["topics"]),
    )


def _rows(texts: Iterable[Text]) -> tuple[Text, ...]:
    return tuple(text for text in (each.map(line) for each in texts) if text)

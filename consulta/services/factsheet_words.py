"""The words of a factsheet: what is written at the desk after a session, and what of it is still missing.

Everything is a text in two languages. A draft may lack anything; where a published one lacks English, its
readers are shown the Spanish, and told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.bundle import LocalText
from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.services.dialogues import DialogueLink, checked_links
from consulta.services.texts import line, paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST_ROWS = 40  # of one list
NUMBER_MAX = 9999
NOTHING = LocalText("", "")


@dataclass(frozen=True, slots=True)
class Highlight:
    """What a country tells; without a country it is told of the whole region."""

    country: str
    text: LocalText


@dataclass(frozen=True, slots=True)
class Words:
    """All that people write of a factsheet."""

    number: int | None = None
    period: LocalText = NOTHING
    achieved: LocalText = NOTHING
    highlights: tuple[Highlight, ...] = ()
    challenges: LocalText = NOTHING
    lessons: tuple[LocalText, ...] = ()
    recommendations: tuple[LocalText, ...] = ()
    links: tuple[DialogueLink, ...] = ()
    topics: tuple[str, ...] = ()  # those of the session that it is about; none named: all

    @property
    def is_partly_spanish(self) -> bool:
        """Whether a text has no English half."""
        return any(text.es and not text.en for _, _, text in self.texts())

    def texts(self) -> Iterator[tuple[str, int, LocalText]]:
        """Every text with its part, and its number where the part is a list (else 0)."""
        yield "period", 0, self.period
        yield "achieved", 0, self.achieved
        yield from (("highlights", n, each.text) for n, each in enumerate(self.highlights, start=1))
        yield "challenges", 0, self.challenges
        yield from (("lessons", n, text) for n, text in enumerate(self.lessons, start=1))
        yield from (("recommendations", n, text) for n, text in enumerate(self.recommendations, start=1))


def tidy(words: Words) -> Words:
    """The words fit to be kept, without empty rows.

    Problems: `factsheet.number`, `factsheet.many`, `attendance.country`, `dialogue.link`, `dialogue.links`.
    """
    if words.number is not None and not 1 <= words.number <= NUMBER_MAX:
        raise Problem("factsheet.number", most=NUMBER_MAX)
    for highlight in words.highlights:
        if highlight.country and highlight.country not in catalogue.countries_by_code():
            raise Problem("attendance.country", text=highlight.country)
    found = Words(
        number=words.number,
        period=_both(words.period, line),
        achieved=_both(words.achieved, paragraphs),
        highlights=tuple(
            Highlight(each.country, text)
            for each in words.highlights
            if any(_halves(text := _both(each.text, paragraphs)))
        ),
        challenges=_both(words.challenges, paragraphs),
        lessons=_rows(words.lessons),
        recommendations=_rows(words.recommendations),
        links=tuple(checked_links(words.links)),
        topics=tuple(dict.fromkeys(words.topics)),
    )
    if max(len(found.highlights), len(found.lessons), len(found.recommendations)) > MOST_ROWS:
        raise Problem("factsheet.many", most=MOST_ROWS)
    return found


def missing(words: Words) -> Iterator[Problem]:
    """What a factsheet cannot be published without."""
    if words.number is None:
        yield Problem("factsheet.number_missing")
    for part, number, text in words.texts():
        named = {"part": f"factsheet.{part}"} | ({"number": number} if number else {})
        if text.en and not text.es:
            yield Problem("factsheet.row_spanish" if number else "factsheet.spanish", **named)
        elif part in {"period", "achieved"} and not text.es:
            yield Problem("factsheet.missing", **named)


def untranslated(words: Words) -> tuple[Problem, ...]:
    """What English readers will read in Spanish."""
    return tuple(
        Problem("factsheet.row_english", part=f"factsheet.{part}", number=number)
        if number
        else Problem("factsheet.english", part=f"factsheet.{part}")
        for part, number, text in words.texts()
        if text.es and not text.en
    )


def as_dict(words: Words) -> dict[str, Any]:
    """The words as they are kept."""
    return {
        "number": words.number,
        "period": _pair(words.period),
        "achieved": _pair(words.achieved),
        "highlights": [{"country": each.country, **_pair(each.text)} for each in words.highlights],
        "challenges": _pair(words.challenges),
        "lessons": [_pair(text) for text in words.lessons],
        "recommendations": [_pair(text) for text in words.recommendations],
        "links": [{"label": each.label, "url": each.url} for each in words.links],
        "topics": list(words.topics),
    }


def of_dict(kept: Mapping[str, Any]) -> Words:
    """The words as they were kept; none where nothing was."""
    if not kept:
        return Words()
    return Words(
        number=kept["number"],
        period=_text(kept["period"]),
        achieved=_text(kept["achieved"]),
        highlights=tuple(Highlight(each["country"], _text(each)) for each in kept["highlights"]),
        challenges=_text(kept["challenges"]),
        lessons=tuple(_text(each) for each in kept["lessons"]),
        recommendations=tuple(_text(each) for each in kept["recommendations"]),
        links=tuple(DialogueLink(each["label"], each["url"]) for each in kept["links"]),
        topics=tuple(kept["topics"]),
    )


def _rows(texts: Iterable[LocalText]) -> tuple[LocalText, ...]:
    return tuple(text for text in (_both(each, line) for each in texts) if any(_halves(text)))


def _halves(text: LocalText) -> tuple[str, str]:
    return text.es, text.en


def _both(text: LocalText, clean: Callable[[str], str]) -> LocalText:
    return LocalText(clean(text.es), clean(text.en))


def _pair(text: LocalText) -> dict[str, str]:
    return {"es": text.es, "en": text.en}


def _text(kept: Mapping[str, str]) -> LocalText:
    return LocalText(kept["es"], kept["en"])

"""The factsheet of a session: written at the desk, published in versions, each kept for good.

Its recommendations, challenges and initiatives are the rows of `follow_up`, as they are written when it is
published. It decides what a factsheet needs to become public, and that its figures are made once: a second
version with other figures would tell of those few people who came to the list or left it in between. So the
words may change as often as needed, the figures stay those of the first version.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.data import catalogue
from consulta.dialogues import service as dialogues
from consulta.follow_up import service as follow_up
from consulta.follow_up import writing as recommendations
from consulta.infra import deadlines, documents
from consulta.infra.access import require
from consulta.infra.settings import SMALL_CELL
from consulta.rounds import service as rounds
from consulta.rounds.queries import public as public_queries
from consulta.sessions import queries
from consulta.sessions.attendance_rows import Answers
from consulta.sessions.figures import figures
from consulta.sessions.words import Highlight, Words, as_dict, missing, of_dict, tidy, untranslated
from consulta.synthesis import service as synthesis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from consulta.dialogues.service import DialogueView
    from consulta.follow_up.values import RecommendationView
    from consulta.infra.models import Dialogue, Document, Round
    from consulta.infra.work import Work
    from consulta.rounds.values import RoundLine, ThemeLine
    from consulta.sessions.figures import Figures
    from consulta.synthesis.values import Sentence

KIND = "factsheet"
FORMAT = "consulta-factsheet/1"


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme that the session took up, with its objectives."""

    title: Text
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Factsheet:
    """A factsheet whole, published or as it would be."""

    key: str  # of the round
    round_title: Text
    example: bool
    title: Text
    starts_at: datetime
    zone: str
    place: Text
    topics: tuple[Topic, ...]
    words: Words
    figures: Figures | None
    version: int | None
    published_at: datetime | None
    references: Mapping[Text, str] = field(
        default_factory=dict
    )  # of recommendations, by their published text

    def texts(self) -> tuple[Text, ...]:
        """Return every text that its readers see."""
        titles = (topic.title for topic in self.topics)
        return (self.title, self.place, *titles, *(text for _, _, text in self.words.texts()))


@dataclass(frozen=True, slots=True)
class FactsheetLine:
    """A public factsheet as a line of the series."""

    key: str  # of the round
    number: int
    period: Text
    title: Text
    starts_at: datetime
    zone: str
    example: bool
    people: int | None = None  # who took part, and from how many countries, where that is public
    countries: int | None = None


@dataclass(frozen=True, slots=True)
class FactsheetDesk:
    """A factsheet as the desk writes it; `seen` stands for the words that are kept now."""

    round: RoundLine
    dialogue: DialogueView
    sheet: Factsheet
    seen: str
    content_seen: str  # stands for all that would be published now
    people: int  # on the list now
    public_version: int | None
    is_changed: bool  # since the published version
    has_other_people: bool  # the list says otherwise than the published figures
    refusals: tuple[Problem, ...]
    untranslated: tuple[Problem, ...]
    left_out: tuple[RecommendationView, ...] = ()  # published before, and withdrawn since
    challenges: int = 0


def desk_page(work: Work, key: str, least: int = SMALL_CELL) -> FactsheetDesk:
    """Return the factsheet of a round's session for editing, with what prevents its publication.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    view = dialogues.view_of(found, dialogue)
    people = _people(work, dialogue)
    fresh = figures(people, least)
    content = _content(work, found, dialogue, view, fresh)
    public = queries.published(work.session, found.id)
    is_changed = public is None or json.loads(public.content) != content
    return FactsheetDesk(
        round=rounds.line_of(found, sizes, work.now),
        dialogue=view,
        sheet=_sheet(found, content, None if is_changed else public),
        seen=_mark(dialogue),
        content_seen=_mark_of(content),
        people=len(people),
        public_version=dialogue.factsheet_version,
        is_changed=is_changed,
        has_other_people=public is not None and content["figures"] != fresh,
        refusals=tuple(_refusals(work, found, dialogue, content)),
        untranslated=untranslated(work, of_dict(content["words"])),
        left_out=recommendations.left_out(work, dialogue),
        challenges=sum(each.kind == "challenge" for each in recommendations.of_factsheet(work, dialogue)),
    )


def save(work: Work, key: str, words: Words, seen: str) -> None:
    """Keep what was written, complete or not; its lists of recommendations are written in `follow_up`.

    Problems: `round.unknown`, `dialogue.unknown`, `factsheet.stale`, those of `sessions.words.tidy`.
    """
    require(work, "dialogues.write")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found, hold=True)
    kept = as_dict(replace(tidy(words), highlights=(), challenges=Text(), recommendations=()))
    if seen != _mark(dialogue):
        raise Problem("factsheet.stale")
    if kept == dialogue.factsheet:
        return
    dialogue.factsheet = kept
    work.record("factsheet.written", rounds.subject(found))


def offered(work: Work, key: str) -> tuple[Sentence, ...]:
    """Return the sentences of the newest published synthesis of a round; none where there is none."""
    require(work, "rounds.read")
    if not synthesis.is_public(work, key):
        return ()
    view = synthesis.said(work, key)
    return tuple(sentence for section in view.sections for sentence in section.sentences)


def take_over(work: Work, key: str, challenges: Iterable[int], lessons: Iterable[int]) -> int:
    """Add sentences of the published synthesis to the words of a factsheet, and return how many there were.

    They are named by their places in `offered`. Each keeps the numbers of its texts, by which a reader finds
    the sources.
    Problems: `round.unknown`, `dialogue.unknown`, `factsheet.sentences`, those of `sessions.words`.
    """
    require(work, "dialogues.write")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found, hold=True)
    sentences = dict(enumerate(offered(work, key), start=1))
    hard = [_with_sources(sentences[each]) for each in challenges if each in sentences]
    learned = [_with_sources(sentences[each]) for each in lessons if each in sentences]
    if not hard and not learned:
        raise Problem("factsheet.sentences")
    for text in hard:
        recommendations.add(work, key, recommendations.Written("challenge", text))
    words = of_dict(dialogue.factsheet)
    dialogue.factsheet = as_dict(tidy(replace(words, lessons=(*words.lessons, *learned))))
    work.record("factsheet.written", rounds.subject(found))
    return len(hard) + len(learned)


def _with_sources(sentence: Sentence) -> Text:
    numbers = ", ".join(map(str, sentence.sources))
    return Text({code: f"{words} [{numbers}]" for code, words in sentence.text.items()})


def publish(work: Work, key: str, least: int = SMALL_CELL, seen: str | None = None) -> int:
    """Publish the stored texts as the next version of the factsheet, and return its number.

    `seen` is what the page said of its content. Problems: `round.unknown`, `dialogue.unknown`,
    `factsheet.changed`, `factsheet.unchanged`, and the refusals of `desk_page`. A round whose result is not
    public is refused with `factsheet.round`, not with `round.not_published`.
    """
    require(work, "rounds.publish")
    rounds.hold(work, key)
    found, _ = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found, hold=True)
    view = dialogues.view_of(found, dialogue)
    content = _content(work, found, dialogue, view, figures(_people(work, dialogue), least))
    if seen is not None and seen != _mark_of(content):
        raise Problem("factsheet.changed")
    for refusal in _refusals(work, found, dialogue, content):
        raise refusal
    public = queries.published(work.session, found.id)
    if public is not None and json.loads(public.content) == content:
        raise Problem("factsheet.unchanged")
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    kept = documents.keep(work.session, found.id, KIND, text, work.now)
    dialogue.factsheet_version = kept.version
    recommendations.were_published(work, dialogue, kept.version)
    work.record(
        "factsheet.published", rounds.subject(found), {"version": kept.version, "sha256": kept.sha256}
    )
    return kept.version


def published(work: Work, key: str) -> Factsheet:
    """Return the public factsheet of a round. Problem: `factsheet.unknown`."""
    require(work, "published.read")
    found = public_queries.round_of(work.session, key)
    kept = queries.published(work.session, found.id) if found else None
    if found is None or kept is None:
        raise Problem("factsheet.unknown")
    sheet = _sheet(found, json.loads(kept.content), kept)
    return replace(sheet, references=_references(work, key))


def _references(work: Work, key: str) -> dict[Text, str]:
    """Return the reference of each text that a factsheet of a round's session brought as a recommendation."""
    return {
        told.text: each.recommendation.reference
        for each in follow_up.published(work, key)
        for told in each.texts
        if each.recommendation.kind == "recommendation"
    }


def series(work: Work) -> tuple[FactsheetLine, ...]:
    """Return the line of each public factsheet, the newest session first."""
    require(work, "published.read")
    return tuple(_line(*row) for row in queries.published_factsheets(work.session))


def of_round(work: Work, key: str) -> FactsheetLine | None:
    """Return the line of a round's public factsheet; None if there is none."""
    require(work, "published.read")
    found = [_line(*row) for row in queries.published_factsheets(work.session, key)]
    return found[0] if found else None


def _line(key: str, example: bool, content: str) -> FactsheetLine:  # noqa: FBT001 - a plain fact
    kept = json.loads(content)
    figures = kept["figures"] or {}
    return FactsheetLine(
        key=key,
        number=kept["words"]["number"],
        period=Text(kept["words"]["period"]),
        title=Text(kept["session"]["title"]),
        starts_at=deadlines.of_text(kept["session"]["starts_at"]),
        zone=kept["session"]["zone"],
        example=example,
        people=figures.get("people"),
        countries=figures.get("countries"),
    )


def _people(work: Work, dialogue: Dialogue) -> list[Answers]:
    return [
        Answers(each.organisation, each.country, each.sector, each.gender)
        for each in queries.people(work.session, dialogue.id)
    ]


def _content(
    work: Work, found: Round, dialogue: Dialogue, view: DialogueView, fresh: Figures | None
) -> dict[str, Any]:
    """Return a factsheet in its stored form.

    The figures are those of the first version; `fresh` ones if there is none.
    """
    first = documents.find(work.session, found.id, KIND, 1)
    words = _words(work, dialogue)
    about = [theme for theme in view.topics if theme.key in words.topics] or view.topics
    return {
        "format": FORMAT,
        "session": {
            "title": core.kept(view.title),
            "starts_at": view.starts_at.isoformat(),
            "zone": view.zone,
            "place": core.kept(view.place),
        },
        "topics": [_topic(theme) for theme in about],
        "words": as_dict(words),
        "figures": json.loads(first.content)["figures"] if first else fresh,
    }


def _words(work: Work, dialogue: Dialogue) -> Words:
    """Return the words of a factsheet as they are now, with the rows that are not withdrawn."""
    rows = recommendations.of_factsheet(work, dialogue)
    hard = [each.text for each in rows if each.kind == "challenge"]
    codes = dict.fromkeys(code for text in hard for code in text)
    return replace(
        of_dict(dialogue.factsheet),
        recommendations=tuple(each.text for each in rows if each.kind == "recommendation"),
        highlights=tuple(
            Highlight(states[0] if len(states) == 1 else "", each.text)
            for each in rows
            if each.kind == "initiative"
            for states in [[one for one in each.addressed if one in catalogue.countries_by_code()]]
        ),
        challenges=Text(
            {code: "\n\n".join(filter(None, (text.into(code) for text in hard))) for code in codes}
        ),
    )


def _topic(theme: ThemeLine) -> dict[str, Any]:
    return {
        "title": core.kept(theme.title),
        "objectives": sorted(theme.objectives),
    }


def _refusals(work: Work, found: Round, dialogue: Dialogue, content: dict[str, Any]) -> Iterator[Problem]:
    """Yield a Problem for each thing that prevents a publication."""
    if found.state != State.PUBLISHED.value:
        yield Problem("factsheet.round")
    if dialogue.cancelled:
        yield Problem("factsheet.cancelled")
    elif dialogue.ends_at > work.now:
        yield Problem("factsheet.future")
    if not content["topics"]:
        yield Problem("factsheet.topics")
    if content["figures"] is None:
        yield Problem("factsheet.people")
    yield from missing(work, of_dict(content["words"]))
    yield from _missing_challenges(work, dialogue)


def _missing_challenges(work: Work, dialogue: Dialogue) -> Iterator[Problem]:
    """Yield a Problem for each challenge without words in the first language, if another one has them."""
    first = work.languages[0]
    hard = [each for each in recommendations.of_factsheet(work, dialogue) if each.kind == "challenge"]
    if any(each.text.into(first) for each in hard):
        for number, each in enumerate(hard, start=1):
            if not each.text.into(first):
                part = "factsheet.challenges"
                yield Problem("factsheet.row_first", part=part, number=number, language=first)


def _sheet(found: Round, content: dict[str, Any], kept: Document | None) -> Factsheet:
    session = content["session"]
    return Factsheet(
        key=found.key,
        round_title=found.title,
        example=found.example,
        title=Text(session["title"]),
        starts_at=deadlines.of_text(session["starts_at"]),
        zone=session["zone"],
        place=Text(session["place"]),
        topics=tuple(Topic(Text(each["title"]), tuple(each["objectives"])) for each in content["topics"]),
        words=of_dict(content["words"]),
        figures=content["figures"],
        version=kept.version if kept else None,
        published_at=kept.created_at if kept else None,
    )


def _mark(dialogue: Dialogue) -> str:
    """Return the SHA-256 of the stored texts, which is another one after every change."""
    return _mark_of(dialogue.factsheet)


def _mark_of(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

"""The factsheet of a session: written at the desk, published in versions, each kept for good.

Its recommendations, challenges and initiatives are the rows of `follow_up`, as they are written when it is
published. It decides what a factsheet needs to become public, and that its figures stay those of the first
version while its words change: other figures would tell of those few people who came to the list or left it.
Figures that were published with a mistake are replaced by an act of its own, with a public reason, as far as
they can stand beside the former ones (`figures.beside`); the former figures stay readable.

A draft may be incomplete. Where a published factsheet lacks a language, its readers see the first
language of the installation, and a note that says so.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any

from sqlalchemy import select

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.typed import from_stored
from consulta.panel import dialogues
from consulta.panel.dialogues import DialogueLink, checked_links
from consulta.platform import deadlines, documents
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.models import Dialogue, Document, Round
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import line, paragraphs
from consulta.results import synthesis
from consulta.rounds import acts, public_rounds
from consulta.rounds import service as rounds
from consulta.sessions import attendance
from consulta.sessions.figures import beside, figures, left_out
from consulta.sessions.follow_up import service as follow_up
from consulta.sessions.follow_up import writing as recommendations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.reading import Node
    from consulta.platform.models import Recommendation
    from consulta.platform.work import Work
    from consulta.results.synthesis import Sentence
    from consulta.rounds.acts import Replaced
    from consulta.rounds.values import RoundLine, ThemeLine
    from consulta.sessions.figures import Figures


KIND = "factsheet"
FORMAT = "consulta-factsheet/1"
MOST_ROWS = 40  # of one list
NUMBER_MAX = 9999
NOTHING = Text()


@dataclass(frozen=True, slots=True)
class Highlight:
    """What a country tells; without a country it is told of the whole region."""

    country: str
    text: Text


def _highlights(node: Node) -> tuple[Highlight, ...]:
    kept: list[Any] = [each.value for each in node.items()]
    return tuple(
        Highlight(each["country"], Text({code: words for code, words in each.items() if code != "country"}))
        for each in kept
    )


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a factsheet; highlights, challenges and recommendations are rows of `follow_up`."""

    number: int | None = None
    period: Text = NOTHING
    achieved: Text = NOTHING
    highlights: Annotated[tuple[Highlight, ...], _highlights] = ()
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


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme that the session took up, with its objectives."""

    title: Text
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Categories that are told together, with how many people; of a group, its sectors too."""

    keys: tuple[str, ...]
    people: int
    sectors: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers to the question of gender that are told together: how many people, or in per cent."""

    keys: tuple[str, ...]
    people: int | None = None
    percent: int | None = None

    @property
    def number(self) -> int:
        """Return the number of people, or of per cent."""
        return self.people if self.people is not None else self.percent or 0


@dataclass(frozen=True, slots=True)
class Gender:
    """What is told of gender; `unit` is `people` or `percent`, rounded to the nearest `step`."""

    unit: str
    lines: tuple[Answer, ...]
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of a session, as readers see them; `figures` makes them."""

    people: int
    countries: int | None
    gender: Gender | None
    groups: tuple[Line, ...]
    by_country: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Session:
    title: Text
    starts_at: str
    zone: str
    place: Text


@dataclass(frozen=True, slots=True)
class _Content:
    """What a factsheet says, kept or as it would be."""

    session: _Session
    topics: tuple[Topic, ...]
    words: Words
    figures: Told | None


@dataclass(frozen=True, slots=True)
class Factsheet:
    """A factsheet, published or as it would be: of which round, which version, and what it says."""

    key: str  # of the round
    round_title: Text
    example: bool
    title: Text
    starts_at: datetime
    zone: str
    place: Text
    topics: tuple[Topic, ...]
    words: Words
    figures: Told | None
    version: int | None = None
    published_at: datetime | None = None
    references: Mapping[Text, str] = field(default_factory=dict)  # of recommendations, by published text
    replaced: tuple[Replaced, ...] = ()  # versions whose figures were replaced

    @property
    def people(self) -> int | None:
        """Return how many people took part, where that is public."""
        return self.figures.people if self.figures else None

    @property
    def countries(self) -> int | None:
        """Return from how many countries they came, where that is public."""
        return self.figures.countries if self.figures else None

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
    people: int | None  # who took part, and from how many countries, where that is public
    countries: int | None


@dataclass(frozen=True, slots=True)
class FactsheetDesk:
    """A factsheet as the desk writes it; `seen` stands for the words that are kept now."""

    round: RoundLine
    topics: tuple[ThemeLine, ...]  # of the session
    sheet: Factsheet
    seen: str
    content_seen: str  # stands for all that would be published now
    people: int  # on the list now
    public_version: int | None
    is_changed: bool  # since the published version
    has_other_people: bool  # the list says otherwise than the published figures
    refusals: tuple[Problem, ...]
    untranslated: tuple[Problem, ...]
    left_out: Sequence[Recommendation]  # published before, and withdrawn since
    challenges: int


@dataclass(frozen=True, slots=True)
class FiguresDesk:
    """The public figures of a session, and those that could replace them.

    `told` is what of the figures of the list can stand beside all that were public; none where nothing can.
    """

    round: RoundLine
    version: int  # of the factsheet that is public
    public: Told | None
    people: int  # on the list now
    told: Told | None
    is_changed: bool
    seen: str
    left_out: tuple[str, ...]  # parts of the figures that cannot stand beside the former ones


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


def of_dict(kept: Mapping[str, Any]) -> Words:
    """Return the words from their stored form; empty ones if nothing is stored."""
    return from_stored(Words, kept)


def read_figures(figures: Figures) -> Told:
    """Return figures as readers see them."""
    return from_stored(Told, figures)


def _as_dict(words: Words) -> dict[str, Any]:
    """Return words in the form in which they are stored."""
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


def _drafted(words: Words) -> dict[str, Any]:
    """Return the words of a draft in the form in which they are stored, tidy and without empty rows.

    Problems: `factsheet.number`, `factsheet.many`, `dialogue.link`, `dialogue.links`.
    """
    if words.number is not None and not 1 <= words.number <= NUMBER_MAX:
        raise Problem("factsheet.number", most=NUMBER_MAX)
    lessons = tuple(filter(None, (each.map(line) for each in words.lessons)))
    if len(lessons) > MOST_ROWS:
        raise Problem("factsheet.many", most=MOST_ROWS)
    return _as_dict(
        Words(
            number=words.number,
            period=words.period.map(line),
            achieved=words.achieved.map(paragraphs),
            lessons=lessons,
            links=tuple(checked_links(words.links)),
            topics=tuple(dict.fromkeys(words.topics)),
        )
    )


def _written(content: Mapping[str, Any]) -> str:
    """Return the document of a factsheet in its stored form."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _figures_of(document: Document) -> Figures | None:
    """Return the figures of a kept factsheet in the form in which `figures` makes and compares them."""
    found: Figures | None = json.loads(document.content)["figures"]
    return found


def _public(session: Session, found: Round) -> Document | None:
    """Return the document of a round's public factsheet, or None."""
    query = select(Document).join(Dialogue, Dialogue.round_id == Document.round_id)
    newest = Document.version == Dialogue.factsheet_version
    return session.scalars(query.where(Document.round_id == found.id, Document.kind == KIND, newest)).first()


def desk_page(work: Work, key: str, least: int = SMALL_CELL) -> FactsheetDesk:
    """Return the factsheet of a round's session for editing, with what prevents its publication.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    people = attendance.people(work.session, dialogue)
    fresh = figures(people, least)
    public = _public(work.session, found)
    content = _content(work, found, dialogue, public, fresh)
    is_changed = public is None or json.loads(public.content) != content
    return FactsheetDesk(
        round=rounds.line_of(found, sizes, work.now),
        topics=dialogues.topics_of(work, found, dialogue),
        sheet=_sheet(found, content, None if is_changed else public),
        seen=_mark_of(dialogue.factsheet),
        content_seen=_mark_of(content),
        people=len(people),
        public_version=dialogue.factsheet_version,
        is_changed=is_changed,
        has_other_people=public is not None and _to_replace(work, found, public, fresh, least) is not None,
        refusals=tuple(_refusals(work, found, dialogue, content)),
        untranslated=untranslated(work, of_dict(content["words"])),
        left_out=recommendations.left_out(work, dialogue),
        challenges=len(_challenges(work, dialogue)),
    )


def save(work: Work, key: str, words: Words, seen: str) -> None:
    """Keep what was written, complete or not; its lists of recommendations are written in `follow_up`.

    Problems: `round.unknown`, `dialogue.unknown`, `factsheet.stale`, those of `_drafted`.
    """
    require(work, "dialogues.write")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found, hold=True)
    kept = _drafted(words)
    if seen != _mark_of(dialogue.factsheet):
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
    Problems: `round.unknown`, `dialogue.unknown`, `factsheet.sentences`, those of `_drafted`.
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
    dialogue.factsheet = _drafted(replace(words, lessons=(*words.lessons, *learned)))
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
    public = _public(work.session, found)
    fresh = figures(attendance.people(work.session, dialogue), least)
    content = _content(work, found, dialogue, public, fresh)
    if seen is not None and seen != _mark_of(content):
        raise Problem("factsheet.changed")
    for refusal in _refusals(work, found, dialogue, content):
        raise refusal
    if public is not None and json.loads(public.content) == content:
        raise Problem("factsheet.unchanged")
    kept = documents.keep(work.session, found.id, KIND, _written(content), work.now)
    dialogue.factsheet_version = kept.version
    recommendations.were_published(work, dialogue, kept.version)
    work.record(
        "factsheet.published", rounds.subject(found), {"version": kept.version, "sha256": kept.sha256}
    )
    return kept.version


def figures_page(work: Work, key: str, least: int = SMALL_CELL) -> FiguresDesk:
    """Return the public figures of a session beside those that could replace them.

    Problems: `round.unknown`, `dialogue.unknown`, `factsheet.unknown`.
    """
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    kept = or_problem(_public(work.session, found), "factsheet.unknown")
    people = attendance.people(work.session, dialogue)
    fresh = figures(people, least)
    told = _to_replace(work, found, kept, fresh, least)
    return FiguresDesk(
        round=rounds.line_of(found, sizes, work.now),
        version=kept.version,
        public=from_stored(_Content, kept.content).figures,
        people=len(people),
        told=read_figures(told) if told else None,
        is_changed=told is not None,
        seen=_mark_of(told),
        left_out=left_out(fresh, told) if fresh and told else (),
    )


def replace_figures(
    work: Work, key: str, reason: Text, least: int = SMALL_CELL, seen: str | None = None
) -> int:
    """Publish the figures of the list as it is now in the place of the public ones; return the version.

    The words stay those that are public. `seen` is what the page said of the figures.
    Problems: `round.unknown`, `dialogue.unknown`, `factsheet.unknown`, `figures.unchanged`, `figures.few`,
    `figures.changed`, `replaced.reason`.
    """
    require(work, "rounds.publish")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found, hold=True)
    kept = or_problem(_public(work.session, found), "factsheet.unknown")
    fresh = figures(attendance.people(work.session, dialogue), least)
    told = or_problem(_to_replace(work, found, kept, fresh, least), "figures.unchanged")
    if not told:
        raise Problem("figures.few", least=least)
    if seen is not None and seen != _mark_of(told):
        raise Problem("figures.changed")
    reason = acts.checked(work, reason)
    text = _written({**json.loads(kept.content), "figures": told})
    made = documents.keep(work.session, found.id, KIND, text, work.now)
    dialogue.factsheet_version = made.version
    acts.keep(work, found, "figures", kept.version, made.version, reason)
    details = {"version": made.version, "replaces": kept.version, "sha256": made.sha256}
    work.record("factsheet.published", rounds.subject(found), details)
    return made.version


def _to_replace(
    work: Work, found: Round, kept: Document, fresh: Figures | None, least: int
) -> Figures | None:
    """Return the figures that could replace the public ones: None if they are the same, empty if none can."""
    public = _figures_of(kept)
    if fresh == public:
        return None
    former = filter(None, map(_figures_of, documents.every(work.session, found.id, KIND)))
    told = beside(fresh, former, least) if fresh else None
    return None if told == public else told or {}


def published(work: Work, key: str) -> Factsheet:
    """Return the public factsheet of a round. Problem: `factsheet.unknown`."""
    found, kept = _published(work, key)
    references = {
        told.text: each.recommendation.reference
        for each in follow_up.published(work, key)
        for told in each.texts
        if each.recommendation.kind == "recommendation"
    }
    replaced = acts.of_round(work, found, "figures")
    return replace(_sheet(found, kept.content, kept), references=references, replaced=replaced)


def former_figures(work: Work, key: str, version: int) -> Factsheet:
    """Return a factsheet of which only the figures are to be shown: those that were public and were replaced.

    The words of a former version are not handed out: what was taken out of them has to stay out.
    Problem: `factsheet.unknown`.
    """
    found, present = _published(work, key)
    replaced = acts.of_round(work, found, "figures")
    kept = documents.find(work.session, found.id, KIND, version)
    if kept is None or version not in {each.version for each in replaced}:
        raise Problem("factsheet.unknown")
    former = from_stored(_Content, kept.content).figures
    return replace(_sheet(found, present.content, kept), figures=former, replaced=replaced)


def _published(work: Work, key: str) -> tuple[Round, Document]:
    require(work, "published.read")
    found = public_rounds.round_of(work.session, key)
    kept = _public(work.session, found) if found else None
    if found is None or kept is None:
        raise Problem("factsheet.unknown")
    return found, kept


def series(work: Work) -> tuple[FactsheetLine, ...]:
    """Return the line of each public factsheet, the newest session first."""
    require(work, "published.read")
    return tuple(_lines(work))


def of_round(work: Work, key: str) -> FactsheetLine | None:
    """Return the line of a round's public factsheet; None if there is none."""
    require(work, "published.read")
    return next(_lines(work, key), None)


def _lines(work: Work, key: str | None = None) -> Iterator[FactsheetLine]:
    query = (
        select(Round.key, Round.example, Document.content)
        .join(Dialogue, Dialogue.round_id == Round.id)
        .join(
            Document,
            (Document.round_id == Round.id)
            & (Document.kind == KIND)
            & (Document.version == Dialogue.factsheet_version),
        )
        .order_by(Dialogue.starts_at.desc(), Round.id.desc())
    )
    rows = work.session.execute(query if key is None else query.where(Round.key == key)).all()
    for round_key, example, document in rows:
        content = from_stored(_Content, document)
        yield FactsheetLine(
            key=round_key,
            number=content.words.number or 0,  # a published one always has it
            period=content.words.period,
            title=content.session.title,
            starts_at=deadlines.of_text(content.session.starts_at),
            zone=content.session.zone,
            example=example,
            people=content.figures.people if content.figures else None,
            countries=content.figures.countries if content.figures else None,
        )


def _content(
    work: Work, found: Round, dialogue: Dialogue, public: Document | None, fresh: Figures | None
) -> dict[str, Any]:
    """Return a factsheet in its stored form.

    The figures are those of the public version; `fresh` ones if there is none.
    """
    words = _words(work, dialogue)
    topics = dialogues.topics_of(work, found, dialogue)
    about = [theme for theme in topics if theme.key in words.topics] or topics
    return {
        "format": FORMAT,
        "session": {
            "title": core.kept(dialogue.title),
            "starts_at": dialogue.starts_at.isoformat(),
            "zone": dialogue.zone,
            "place": core.kept(dialogue.place),
        },
        "topics": [
            {"title": core.kept(theme.title), "objectives": sorted(theme.objectives)} for theme in about
        ],
        "words": _as_dict(words),
        "figures": _figures_of(public) if public else fresh,
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
    hard, first = _challenges(work, dialogue), work.languages[0]
    if any(each.text.into(first) for each in hard):
        for number, each in enumerate(hard, start=1):
            if not each.text.into(first):
                part = "factsheet.challenges"
                yield Problem("factsheet.row_first", part=part, number=number, language=first)


def _challenges(work: Work, dialogue: Dialogue) -> list[Recommendation]:
    return [each for each in recommendations.of_factsheet(work, dialogue) if each.kind == "challenge"]


def _sheet(found: Round, stored: str | Mapping[str, Any], kept: Document | None) -> Factsheet:
    content = from_stored(_Content, stored)
    return Factsheet(
        key=found.key,
        round_title=found.title,
        example=found.example,
        title=content.session.title,
        starts_at=deadlines.of_text(content.session.starts_at),
        zone=content.session.zone,
        place=content.session.place,
        topics=content.topics,
        words=content.words,
        figures=content.figures,
        version=kept.version if kept else None,
        published_at=kept.created_at if kept else None,
    )


def _mark_of(content: Any) -> str:
    """Return the SHA-256 of a stored form, which is another one after every change."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

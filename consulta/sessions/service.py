"""The factsheet of a session: written at the desk, published in versions, each kept for good.

Its recommendations, challenges and initiatives are the rows of `follow_up`, as they are written when it is
published. It decides what a factsheet needs to become public, and that its figures stay those of the first
version while its words change: other figures would tell of those few people who came to the list or left it.
Figures that were published with a mistake are replaced by an act of its own, with a public reason, as far as
they can stand beside the former ones (`figures.beside`); the former figures stay readable.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.panel import dialogues
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.settings import SMALL_CELL
from consulta.results import synthesis
from consulta.rounds import acts, public_rounds
from consulta.rounds import service as rounds
from consulta.sessions import kept as kept_factsheets
from consulta.sessions import queries
from consulta.sessions.attendance_rows import Answers
from consulta.sessions.figures import beside, figures, left_out
from consulta.sessions.follow_up import service as follow_up
from consulta.sessions.follow_up import writing as recommendations
from consulta.sessions.kept import Content
from consulta.sessions.words import Highlight, Words, as_dict, missing, of_dict, tidy, untranslated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from consulta.panel.dialogues import DialogueView
    from consulta.platform.models import Dialogue, Document, Recommendation, Round
    from consulta.platform.work import Work
    from consulta.results.synthesis import Sentence
    from consulta.rounds.acts import Replaced
    from consulta.rounds.values import RoundLine, ThemeLine
    from consulta.sessions.figures import Figures
    from consulta.sessions.kept import Told

KIND = "factsheet"
FORMAT = "consulta-factsheet/1"


@dataclass(frozen=True, slots=True)
class Factsheet(Content):
    """A factsheet whole, published or as it would be: its content, of which round and which version."""

    key: str  # of the round
    round_title: Text
    example: bool
    version: int | None
    published_at: datetime | None
    references: Mapping[Text, str] = field(
        default_factory=dict
    )  # of recommendations, by their published text
    replaced: tuple[Replaced, ...] = ()  # versions whose figures were replaced

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
    left_out: Sequence[Recommendation] = ()  # published before, and withdrawn since
    challenges: int = 0


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


def desk_page(work: Work, key: str, least: int = SMALL_CELL) -> FactsheetDesk:
    """Return the factsheet of a round's session for editing, with what prevents its publication.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    view = dialogues.view_of(work, found, dialogue)
    people = _people(work, dialogue)
    fresh = figures(people, least)
    content = _content(work, found, dialogue, view, fresh)
    public = queries.published(work.session, found.id)
    is_changed = public is None or not kept_factsheets.is_same(public.content, content)
    return FactsheetDesk(
        round=rounds.line_of(found, sizes, work.now),
        dialogue=view,
        sheet=_sheet(found, kept_factsheets.of_stored(content), None if is_changed else public),
        seen=_mark(dialogue),
        content_seen=_mark_of(content),
        people=len(people),
        public_version=dialogue.factsheet_version,
        is_changed=is_changed,
        has_other_people=public is not None and _to_replace(work, found, fresh, least) is not None,
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
    view = dialogues.view_of(work, found, dialogue)
    content = _content(work, found, dialogue, view, figures(_people(work, dialogue), least))
    if seen is not None and seen != _mark_of(content):
        raise Problem("factsheet.changed")
    for refusal in _refusals(work, found, dialogue, content):
        raise refusal
    public = queries.published(work.session, found.id)
    if public is not None and kept_factsheets.is_same(public.content, content):
        raise Problem("factsheet.unchanged")
    text = kept_factsheets.written(content)
    kept = documents.keep(work.session, found.id, KIND, text, work.now)
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
    kept = or_problem(queries.published(work.session, found.id), "factsheet.unknown")
    people = _people(work, dialogue)
    fresh = figures(people, least)
    told = _to_replace(work, found, fresh, least)
    return FiguresDesk(
        round=rounds.line_of(found, sizes, work.now),
        version=kept.version,
        public=kept_factsheets.of_stored(kept.content).figures,
        people=len(people),
        told=kept_factsheets.told(told) if told else None,
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
    kept = or_problem(queries.published(work.session, found.id), "factsheet.unknown")
    told = or_problem(
        _to_replace(work, found, figures(_people(work, dialogue), least), least), "figures.unchanged"
    )
    if not told:
        raise Problem("figures.few", least=least)
    if seen is not None and seen != _mark_of(told):
        raise Problem("figures.changed")
    said = acts.checked(work, reason)
    text = kept_factsheets.with_figures(kept.content, told)
    made = documents.keep(work.session, found.id, KIND, text, work.now)
    dialogue.factsheet_version = made.version
    acts.keep(work, found, "figures", kept.version, made.version, said)
    details = {"version": made.version, "replaces": kept.version, "sha256": made.sha256}
    work.record("factsheet.published", rounds.subject(found), details)
    return made.version


def _to_replace(work: Work, found: Round, fresh: Figures | None, least: int) -> Figures | None:
    """Return the figures that could replace the public ones: None if they are the same, empty if none can."""
    kept = queries.published(work.session, found.id)
    if kept is None:
        return None
    former = [told for each in documents.every(work.session, found.id, KIND) if (told := _figures_of(each))]
    public = _figures_of(kept)
    if fresh == public:
        return None
    told = beside(fresh, former, least) if fresh else None
    return None if told == public else told or {}


def _figures_of(document: Document) -> Figures | None:
    return kept_factsheets.figures_of(document.content)


def published(work: Work, key: str) -> Factsheet:
    """Return the public factsheet of a round. Problem: `factsheet.unknown`."""
    found, kept = _published(work, key)
    sheet = _sheet(found, kept_factsheets.of_stored(kept.content), kept)
    return replace(sheet, references=_references(work, key), replaced=acts.of_round(work, found, "figures"))


def former_figures(work: Work, key: str, version: int) -> Factsheet:
    """Return a factsheet of which only the figures are to be shown: those that were public and were replaced.

    The words of a former version are not handed out: what was taken out of them has to stay out.
    Problem: `factsheet.unknown`.
    """
    found, present = _published(work, key)
    told = acts.of_round(work, found, "figures")
    kept = documents.find(work.session, found.id, KIND, version)
    if kept is None or version not in {each.version for each in told}:
        raise Problem("factsheet.unknown")
    content = replace(
        kept_factsheets.of_stored(present.content), figures=kept_factsheets.of_stored(kept.content).figures
    )
    return replace(_sheet(found, content, kept), replaced=told)


def _published(work: Work, key: str) -> tuple[Round, Document]:
    require(work, "published.read")
    found = public_rounds.round_of(work.session, key)
    kept = queries.published(work.session, found.id) if found else None
    if found is None or kept is None:
        raise Problem("factsheet.unknown")
    return found, kept


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
    kept = kept_factsheets.of_stored(content)
    return FactsheetLine(
        key=key,
        number=kept.words.number or 0,  # a published one always has it
        period=kept.words.period,
        title=kept.title,
        starts_at=kept.starts_at,
        zone=kept.zone,
        example=example,
        people=kept.people,
        countries=kept.countries,
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

    The figures are those of the public version; `fresh` ones if there is none.
    """
    public = queries.published(work.session, found.id)
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
        "figures": kept_factsheets.figures_of(public.content) if public else fresh,
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


def _sheet(found: Round, content: Content, kept: Document | None) -> Factsheet:
    return copied(
        Factsheet,
        content,
        found,
        round_title=found.title,
        version=kept.version if kept else None,
        published_at=kept.created_at if kept else None,
        references={},
        replaced=(),
    )


def _mark(dialogue: Dialogue) -> str:
    """Return the SHA-256 of the stored texts, which is another one after every change."""
    return _mark_of(dialogue.factsheet)


def _mark_of(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

"""What the organisations said: their reasons with codes, and the synthesis that is written and published."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.typed import from_stored
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data.folding import fold
from consulta.platform.models import CodedReason, Reason, ReasonCode, Seat, Synthesis, SynthesisVersion
from consulta.platform.parts import uses
from consulta.platform.texts import line
from consulta.results import tallying
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds
from consulta.vote import reasons
from consulta.vote.reasons import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


POOL = ""
"""The key of the section of reasons that stand under no theme."""


@dataclass(frozen=True, slots=True)
class Source:
    """A reason as the desk reads it."""

    number: int
    theme: str  # its key, or `POOL`
    title: Text
    objectives: tuple[int, ...]
    text: str
    consent: str
    name: str
    subregion: str
    sector: str
    codes: tuple[tuple[int, str], ...] = ()
    used: bool = False  # in a sentence
    left_over: str = ""  # why it is in none

    @property
    def standing(self) -> str:
        """Return what became of it: `used`, `left` or `open`."""
        return "used" if self.used else "left" if self.left_over else "open"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the synthesis, in the languages in which it is there, with its sources."""

    text: Text
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of a theme: in which language it was written, and its sentences."""

    original: str
    sentences: tuple[Sentence, ...]

    def stored(self) -> dict[str, Any]:
        """Return the section in the form in which it is stored."""
        sentences = [{"text": core.kept(each.text), "sources": list(each.sources)} for each in self.sentences]
        return {"original": self.original, "sentences": sentences}


@dataclass(frozen=True, slots=True)
class Draft:
    """A synthesis as it is written so far."""

    sections: Mapping[str, Section] = field(default_factory=dict)
    left_over: Mapping[int, str] = field(default_factory=dict)

    def used(self) -> frozenset[int]:
        """Return the numbers of the sources that are in a sentence."""
        return frozenset(
            number
            for section in self.sections.values()
            for sentence in section.sentences
            for number in sentence.sources
        )

    def stored(self) -> dict[str, Any]:
        """Return the draft in the form in which it is stored."""
        return {
            "sections": {theme: section.stored() for theme, section in self.sections.items()},
            "left_over": {str(number): reason for number, reason in self.left_over.items()},
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Draft:
        """Return the draft that was stored; an empty one for None."""
        found = stored or {"sections": {}, "left_over": {}}
        return cls(
            {theme: from_stored(Section, section) for theme, section in found["sections"].items()},
            {int(number): reason for number, reason in found["left_over"].items()},
        )


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of the round, or what stands under none, with how many of its reasons are where."""

    key: str
    title: Text
    reasons: int
    open: int
    sentences: int


@dataclass(frozen=True, slots=True)
class SynthesisDesk:
    """The reasons of a round and its synthesis, for the secretariat."""

    round: RoundLine
    readable: bool  # the result is public, and the texts were parted from their organisations
    waiting: bool  # the result is public, and the worker has not parted them yet
    sources: tuple[Source, ...]
    themes: tuple[Theme, ...]
    codes: tuple[tuple[int, str, int], ...]  # id, name, how many texts have it
    draft: Draft
    seen: str  # stands for the draft as it is stored
    public_version: int | None
    published_at: datetime | None
    is_changed: bool
    refusals: tuple[Problem, ...]
    untranslated: tuple[str, ...]  # languages in which sentences are missing


@dataclass(frozen=True, slots=True)
class PublicSource:
    """A source as everybody reads it; `text` is empty where only the secretariat may read it."""

    number: int
    text: str
    name: str
    subregion: str
    sector: str


@dataclass(frozen=True, slots=True)
class PublicSection:
    """A theme of a published synthesis with its sentences and sources."""

    theme: str
    title: Text
    original: str
    sentences: tuple[Sentence, ...]
    sources: tuple[PublicSource, ...]


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A reason that is in no sentence, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Published:
    """A synthesis as it is kept."""

    sections: tuple[PublicSection, ...]
    left_over: tuple[LeftOver, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the organisations said, as it was published."""

    key: str
    round_title: Text
    example: bool
    zone: str
    version: int
    published_at: datetime
    sections: tuple[PublicSection, ...]
    left_over: tuple[LeftOver, ...]
    versions: tuple[tuple[int, datetime], ...]  # the newest first
    chosen: tuple[str, ...]  # the themes that the round chose

    @property
    def texts(self) -> int:
        """Return how many reasons were read."""
        return sum(len(section.sources) for section in self.sections)

    @property
    def texts_for_chosen(self) -> int:
        """Return how many of them are for a theme that was chosen."""
        return sum(len(section.sources) for section in self.sections if section.theme in self.chosen)

    def in_order(self) -> tuple[PublicSection, ...]:
        """Return the chosen themes, then those with most reasons; last what is under no theme."""
        place = {key: number for number, key in enumerate(self.chosen)}

        def order(section: PublicSection) -> tuple[int, bool, int]:
            return (place.get(section.theme, len(place)), section.theme == POOL, -len(section.sources))

        return tuple(sorted(self.sections, key=order))


QUOTED_WORDS = 40


def quotations(sections: Iterable[PublicSection]) -> dict[str, PublicSource]:
    """Return one text to quote for each theme, by its key; none where no text of a theme may be quoted.

    It is the longest of at most 40 words, else the shortest. A text of a subregion and a sector that were
    quoted less often on the page so far goes before any other.
    """
    quoted: Counter[tuple[str, str]] = Counter()
    found = {}
    for section in sections:
        texts = [source for source in section.sources if source.text]
        short = [source for source in texts if len(source.text.split()) <= QUOTED_WORDS]
        fitting = short or sorted(texts, key=lambda source: len(source.text))[:1]
        if not fitting:
            continue
        chosen = min(
            fitting,
            key=lambda source: (
                sum(quoted[name, getattr(source, name)] for name in MARKS),
                -len(source.text),
                source.number,
            ),
        )
        quoted.update((name, getattr(chosen, name)) for name in MARKS)
        found[section.theme] = chosen
    return found


def _reasons(session: Session, round_id: int) -> list[Reason]:
    """Return the reasons of a round by number, each with its theme."""
    query = select(Reason).where(Reason.round_id == round_id).options(joinedload(Reason.theme))
    return list(session.scalars(query.order_by(Reason.number)))


def _codes(session: Session, round_id: int) -> list[ReasonCode]:
    """Return the codes of a round by name."""
    query = select(ReasonCode).where(ReasonCode.round_id == round_id)
    return list(session.scalars(query.order_by(ReasonCode.name_key)))


def _coded(session: Session, round_id: int) -> dict[int, set[int]]:
    """Return a mapping from the number of a reason to its codes."""
    found: dict[int, set[int]] = defaultdict(set)
    query = select(CodedReason.number, CodedReason.code_id).where(CodedReason.round_id == round_id)
    for number, code_id in session.execute(query):
        found[number].add(code_id)
    return found


def _give(session: Session, round_id: int, code_id: int, numbers: Iterable[int]) -> None:
    """Give a code to reasons that do not have it."""
    have = {number for number, given in _coded(session, round_id).items() if code_id in given}
    session.add_all(
        CodedReason(round_id=round_id, number=number, code_id=code_id) for number in set(numbers) - have
    )
    session.flush()


def _versions(session: Session, round_id: int) -> list[SynthesisVersion]:
    """Return the published versions of a round, the newest first."""
    query = select(SynthesisVersion).where(SynthesisVersion.round_id == round_id)
    return list(session.scalars(query.order_by(SynthesisVersion.version.desc())))


RUN = 6  # words in a row that make a quotation
SHORTEST = 3  # words of a whole text that is shorter than a run


def quoted(sentence: str, texts: Mapping[int, str]) -> dict[int, str]:
    """Return the texts, by number, of which a sentence has a run of words, each with the first such run."""
    said = fold(sentence).split()
    found: dict[int, str] = {}
    for number, text in texts.items():
        run = _common(said, fold(text).split())
        if run:
            found[number] = " ".join(run)
    return found


def _common(said: list[str], words: list[str]) -> list[str]:
    size = min(RUN, len(words))
    if size < SHORTEST:
        return []
    runs = {tuple(words[place : place + size]) for place in range(len(words) - size + 1)}
    for place in range(len(said) - size + 1):
        run = tuple(said[place : place + size])
        if run in runs:
            return list(run)
    return []


def named(sentence: str, names: Mapping[str, str]) -> list[str]:
    """Return the organisations whose names stand in a sentence; `names`: folded name → name."""
    said = f" {fold(sentence)} "
    return [name for folded, name in names.items() if folded and f" {folded} " in said]


STEM = 7  # letters by which forms of a word are taken for one
SHORTEST_COMPARED = 5
SHARED, MOST = 2, 3  # words that two texts need in common; texts that are named
_PLAIN = frozenset(Path(__file__).with_name("common_words.txt").read_text("utf-8").split())


class Alike(NamedTuple):
    """A text that shares words with another one."""

    number: int
    words: tuple[str, ...]


def find_alike(texts: Mapping[int, str]) -> dict[int, tuple[Alike, ...]]:
    """Return for each text those that share most words with it, words of most texts left out."""
    words = {number: _words(text) for number, text in texts.items()}
    common = Counter(stem for each in words.values() for stem in each)
    usual = {stem for stem, count in common.items() if count > max(2, len(texts) // 3)}
    found: dict[int, tuple[Alike, ...]] = {}
    for number, mine in words.items():
        near = [
            Alike(other, tuple(sorted(mine[stem] for stem in shared)))
            for other, theirs in words.items()
            if other != number and len(shared := set(mine) & set(theirs) - usual) >= SHARED
        ]
        found[number] = tuple(sorted(near, key=lambda each: (-len(each.words), each.number))[:MOST])
    return found


def _words(text: str) -> dict[str, str]:
    """Return the words of a text that tell something, by the letters with which they begin."""
    found = {}
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        plain = fold(word)
        if len(plain) >= SHORTEST_COMPARED and plain not in _PLAIN:
            found[plain[:STEM]] = word
    return found


NAME_LETTERS = 6  # of a folded name that is looked for in sentences
SHOWN = 80  # letters of a sentence in a refusal


def refusals(draft: Draft, sources: Mapping[int, Source], names: Iterable[str]) -> Iterator[Problem]:
    """Yield a Problem for each thing that prevents a publication; `names` are those on the roll."""
    sentences = [each for section in draft.sections.values() for each in section.sentences]
    if not sentences:
        yield Problem("synthesis.empty")
    folded = {fold(name): name for name in names if len(fold(name)) >= NAME_LETTERS}
    for sentence in sentences:
        yield from _of_sources(sentence, sources)
        for words in sentence.text.values():
            yield from _of_words(words, sentence.sources, sources, folded)
    left = {number: reason for number, reason in draft.left_over.items() if number not in draft.used()}
    for reason in left.values():
        yield from _of_words(reason, (), sources, folded)
    open_ones = sorted(set(sources) - draft.used() - set(left))
    if open_ones:
        yield Problem("synthesis.open", count=len(open_ones), numbers=", ".join(map(str, open_ones)))


def _of_sources(sentence: Sentence, sources: Mapping[int, Source]) -> Iterator[Problem]:
    shown = next(iter(sentence.text.values()), "")[:SHOWN]
    if not sentence.sources:
        yield Problem("synthesis.unsourced", words=shown)
    for number in sentence.sources:
        if number not in sources:
            yield Problem("synthesis.unknown_source", number=number, words=shown)


def _of_words(
    words: str, cited: Iterable[int], sources: Mapping[int, Source], names: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield what words have that may not be published: quotations, names, what is about a person."""
    closed = {number: source.text for number, source in sources.items() if source.consent == "read"}
    for number, run in quoted(words, closed).items():
        yield Problem("synthesis.quoted", number=number, words=run)
    agreed = {sources[number].name for number in cited if number in sources}
    told = named(words, names)
    for name in told:
        if name not in agreed:
            yield Problem("synthesis.named", name=name)
    if told:
        nameless = {number: each.text for number, each in sources.items() if each.consent == "unnamed"}
        for number, run in quoted(words, nameless).items():
            yield Problem("synthesis.nameless", number=number, words=run, name=told[0])
    for finding in reasons.find_personal(words):
        if finding.kind in reasons.PLAIN:
            yield Problem("synthesis.personal", what=f"reason.what.{finding.kind}", words=finding.words)


_SOURCES = re.compile(r"\s*\[\s*(\d{1,5}(?:\s*[,;y&]?\s*\d{1,5})*)\s*\]\s*([.!?…]*)")
_END = re.compile(r"(?<=[\w»”\"')][.!?…])\s+(?=[¿¡«“\"(]*[^\W\d_a-zñáéíóúâêôãõç])")
_SHORT = re.compile(  # an abbreviation
    r"(?:^|[\s(])(?i:[^\W\d_]|sra?|srta|sres|dra?|lic|ing|profa?|arts?|n[uú]m|ee|uu|ff|aa|ej|mrs?|ms|av|p[aá]g)\.$"
)


class Typed(NamedTuple):
    """A sentence as it was typed, and the numbers of its sources in order, each once."""

    words: str
    sources: tuple[int, ...]


def parse(text: str) -> tuple[Typed, ...]:
    """Return the sentences of a text, one a line or one before each pair of brackets."""
    return tuple(sentence for line in text.splitlines() for sentence in _of_line(" ".join(line.split())))


def written(sentences: Iterable[Typed]) -> str:
    """Return sentences as they are typed: one a line, with the numbers in brackets at its end."""
    return "\n".join(
        f"{each.words} [{', '.join(map(str, each.sources))}]" if each.sources else each.words
        for each in sentences
    )


def _of_line(line: str) -> Iterator[Typed]:
    place = 0
    for match in _SOURCES.finditer(line):
        before = line[place : match.start()].strip()
        place = match.end()
        *alone, last = _split(before) or [""]
        yield from (Typed(each, ()) for each in alone)
        numbers = tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", match[1])))
        if last:
            # The stop may stand before the brackets or behind them.
            yield Typed(last if last[-1] in ".!?…" else last + (match[2][:1] or ""), numbers)
    yield from (Typed(each, ()) for each in _split(line[place:].strip()))


def _split(text: str) -> list[str]:
    """Return the sentences of a text without brackets; a stop behind an abbreviation does not end one."""
    pieces: list[str] = []
    for piece in _END.split(text) if text else []:
        if pieces and _SHORT.search(pieces[-1]):
            pieces[-1] += f" {piece}"
        else:
            pieces.append(piece)
    return pieces


FORMAT = "consulta-synthesis/1"
SENTENCE_MAX, LEFT_MAX, CODE_MAX = 600, 300, 60
MOST_SENTENCES, MOST_CODES = 60, 100


def desk_page(work: Work, key: str, *, audited: bool = False) -> SynthesisDesk:
    """Return the reasons of a round with their codes and its synthesis.

    `audited` asks what keeps it from being published, for which the names on the roll are read. Before the
    result is public there is nothing to read. Problem: `round.unknown`.
    """
    require(work, "reasons.read")
    found, sizes = rounds.sized(work, key, contents=True)
    public = found.state == State.PUBLISHED.value
    waiting = public and key in reasons.due(work)
    sources = _sources(work, found) if public and not waiting else ()
    draft = _draft(work, found)
    versions = _versions(work.session, found.id)
    newest = versions[0] if versions else None
    content = _content(found, draft, sources)
    counts = Counter(number for source in sources for number, _name in source.codes)
    names = select(Seat.name).where(Seat.round_id == found.id)
    by_number = {each.number: each for each in sources}
    return SynthesisDesk(
        round=rounds.line_of(found, sizes, work.now),
        readable=public and not waiting,
        waiting=waiting,
        sources=sources,
        themes=_themes(found, sources, draft),
        codes=tuple((code.id, code.name, counts[code.id]) for code in _codes(work.session, found.id)),
        draft=draft,
        seen=_mark(draft),
        public_version=newest.version if newest else None,
        published_at=newest.published_at if newest else None,
        is_changed=newest is None or newest.content != _text(content),
        refusals=tuple(refusals(draft, by_number, work.session.scalars(names).all())) if audited else (),
        untranslated=tuple(
            code
            for code in work.languages
            if any(
                not each.text.into(code) for section in draft.sections.values() for each in section.sentences
            )
        ),
    )


def alike(view: SynthesisDesk) -> dict[int, tuple[Alike, ...]]:
    """Return for each reason those that share words with it: a suggestion, asked for by who wants it."""
    return find_alike({source.number: source.text for source in view.sources})


# -- codes


def put_code(work: Work, key: str, numbers: Iterable[int], code: int | None, name: str = "") -> None:
    """Give reasons a code, one that is there or a new one of this name.

    Problems: `round.unknown`, `codes.none`, `codes.unknown`, `codes.name`, `codes.many`.
    """
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    known = {row.number for row in _reasons(work.session, found.id)}
    chosen = sorted(set(numbers) & known)
    if not chosen:
        raise Problem("codes.none")
    row = _new_code(work, found, name) if line(name) else _code(work, found, code)
    _give(work.session, found.id, row.id, chosen)
    work.record("synthesis.coded", rounds.subject(found), {"code": row.name, "texts": len(chosen)})


def take_code(work: Work, key: str, numbers: Iterable[int], code: int | None) -> None:
    """Take a code from reasons. Problems: `round.unknown`, `codes.none`, `codes.unknown`."""
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    row, chosen = _code(work, found, code), sorted(set(numbers))
    if not chosen:
        raise Problem("codes.none")
    taken = delete(CodedReason).where(CodedReason.code_id == row.id, CodedReason.number.in_(chosen))
    work.session.execute(taken)
    work.record("synthesis.uncoded", rounds.subject(found), {"code": row.name, "texts": len(chosen)})


def rename_code(work: Work, key: str, code: int | None, name: str) -> None:
    """Give a code another name; where another code has it, the two become one.

    Problems: `round.unknown`, `codes.unknown`, `codes.name`.
    """
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    row, said = _code(work, found, code), _code_name(name)
    before, twin = row.name, _code_named(work, found, said)
    if twin is not None and twin.id != row.id:
        numbers = [number for number, given in _coded(work.session, found.id).items() if row.id in given]
        _give(work.session, found.id, twin.id, numbers)
        _delete(work, row)
    else:
        row.name, row.name_key = said, fold(said)
    work.record("synthesis.renamed", rounds.subject(found), {"before": before, "code": said})


def remove_code(work: Work, key: str, code: int | None) -> None:
    """Take a code from all reasons and delete it. Problems: `round.unknown`, `codes.unknown`."""
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    row = _code(work, found, code)
    _delete(work, row)
    work.record("synthesis.removed", rounds.subject(found), {"code": row.name})


# -- writing


def save(
    work: Work,
    key: str,
    theme: str,
    typed: Mapping[str, str],
    original: str,
    left_over: Mapping[int, str],
    seen: str,
) -> None:
    """Keep what was written of a theme, complete or not; `typed` is by language, `original` its first one.

    `left_over` says of reasons why they are in no sentence, an empty text takes that back. Problems:
    `round.unknown`, `theme.unknown`, `synthesis.stale`, `synthesis.lines`, `synthesis.sources`,
    `synthesis.long`, `synthesis.many`, `synthesis.reason`.
    """
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    draft = _draft(work, found)
    if theme not in {POOL, *(each.key for each in rounds.whole(work, key).themes)}:
        raise Problem("theme.unknown", key=theme)
    section = _section(work, typed, original)
    reasons = {number: line(reason) for number, reason in left_over.items()}
    for number, reason in reasons.items():
        if len(reason) > LEFT_MAX:
            raise Problem("synthesis.reason", number=number, most=LEFT_MAX)
    if seen != _mark(draft):
        raise Problem("synthesis.stale")
    sections = {**draft.sections, theme: section}
    known = {row.number for row in _reasons(work.session, found.id)}
    kept = {**draft.left_over, **reasons}
    changed = Draft(
        {each: sections[each] for each in sections if sections[each].sentences},
        {number: kept[number] for number in sorted(kept) if kept[number] and number in known},
    )
    if changed == draft:
        return
    row = work.session.get(Synthesis, found.id)
    if row is None:
        work.session.add(Synthesis(round_id=found.id, content=changed.stored()))
    else:
        row.content = changed.stored()
    work.record("synthesis.written", rounds.subject(found))


def publish(work: Work, key: str, seen: str) -> int:
    """Publish the synthesis as it is stored as the next version, and return its number.

    Problems: `round.unknown`, `synthesis.early`, `synthesis.stale`, `synthesis.unchanged`, and the refusals
    of the desk's page.
    """
    require(work, "rounds.publish")
    rounds.hold(work, key)
    view = desk_page(work, key, audited=True)
    if not view.readable:
        raise Problem("synthesis.early")
    if seen != view.seen:
        raise Problem("synthesis.stale")
    for refusal in view.refusals:
        raise refusal
    if not view.is_changed:
        raise Problem("synthesis.unchanged")
    found = rounds.whole(work, key)
    text = _text(_content(found, view.draft, view.sources))
    version = (view.public_version or 0) + 1
    digest = hashlib.sha256(text.encode()).hexdigest()
    work.session.add(
        SynthesisVersion(
            round_id=found.id, version=version, content=text, sha256=digest, published_at=work.now
        )
    )
    work.record("synthesis.published", rounds.subject(found), {"version": version, "sha256": digest})
    return version


# -- what is public


def said(work: Work, key: str, version: int | None = None) -> Said:
    """Return what the organisations said, as it was published, by default the newest version.

    Problem: `synthesis.unknown`.
    """
    require(work, "published.read")
    found = public_rounds.round_of(work.session, key)
    kept = _versions(work.session, found.id) if found is not None else []
    wanted = [each for each in kept if version in {None, each.version}]
    if found is None or not wanted:
        raise Problem("synthesis.unknown")
    return copied(
        Said,
        wanted[0],
        from_stored(Published, wanted[0].content),
        found,
        key=found.key,
        round_title=found.title,
        versions=tuple((each.version, each.published_at) for each in kept),
        chosen=tallying.topics_of(work, found),
    )


def is_public(work: Work, key: str) -> bool:
    """Return whether a synthesis of a round is public."""
    require(work, "published.read")
    found = public_rounds.round_of(work.session, key)
    if found is None or not uses(work, "reasons"):
        return False
    query = select(SynthesisVersion.version).where(SynthesisVersion.round_id == found.id).limit(1)
    return work.session.scalar(query) is not None


# -- parts


def _sources(work: Work, found: Round) -> tuple[Source, ...]:
    names = {code.id: code.name for code in _codes(work.session, found.id)}
    coded, draft = _coded(work.session, found.id), _draft(work, found)
    used = draft.used()
    return tuple(
        copied(
            Source,
            row,
            theme=row.theme.key if row.theme else POOL,
            title=row.theme.title if row.theme else Text(),
            objectives=tuple(row.theme.objectives) if row.theme else (),
            codes=tuple((each, names[each]) for each in names if each in coded.get(row.number, ())),
            used=row.number in used,
            left_over=draft.left_over.get(row.number, ""),
        )
        for row in _reasons(work.session, found.id)
    )


def _themes(found: Round, sources: Sequence[Source], draft: Draft) -> tuple[Theme, ...]:
    """Return the themes that have reasons or sentences, in their order, and last what stands under none."""
    titles = {theme.key: theme.title for theme in found.themes} | {POOL: Text()}
    lines = []
    for key, title in titles.items():
        of = [source for source in sources if source.theme == key]
        section = draft.sections.get(key)
        sentences = len(section.sentences) if section else 0
        if of or sentences:
            waiting = sum(1 for source in of if source.standing == "open")
            lines.append(Theme(key, title, len(of), waiting, sentences))
    return tuple(lines)


def _draft(work: Work, found: Round) -> Draft:
    row = work.session.get(Synthesis, found.id)
    return Draft.of(row.content if row else None)


def _mark(draft: Draft) -> str:
    """Return what stands for a draft, and is another one after each change."""
    return hashlib.sha256(json.dumps(draft.stored(), sort_keys=True).encode()).hexdigest()[:16]


def _section(work: Work, typed: Mapping[str, str], original: str) -> Section:
    """Return the sentences that were typed, those of the translations beside those of the original."""
    first = original if original in work.languages else work.languages[0]
    written = {code: parse(typed.get(code, "")) for code in work.languages}
    sentences = written[first]
    if len(sentences) > MOST_SENTENCES:
        raise Problem("synthesis.many", most=MOST_SENTENCES)
    for code, others in written.items():
        _compare(code, first, others, sentences)
    for each in (sentence for group in written.values() for sentence in group):
        if len(each.words) > SENTENCE_MAX:
            raise Problem("synthesis.long", most=SENTENCE_MAX, words=each.words[:60])
    return Section(
        first,
        tuple(
            Sentence(
                Text({code: line(group[place].words) for code, group in written.items() if group}),
                sentence.sources,
            )
            for place, sentence in enumerate(sentences)
        ),
    )


def _compare(code: str, first: str, others: Sequence[Typed], sentences: Sequence[Typed]) -> None:
    """Refuse a translation that has other sentences, or other sources."""
    if code == first or not others:
        return
    if len(others) != len(sentences):
        raise Problem("synthesis.lines", language=code, have=len(others), want=len(sentences))
    for place, (other, sentence) in enumerate(zip(others, sentences, strict=True), start=1):
        if other.sources and set(other.sources) != set(sentence.sources):
            raise Problem("synthesis.sources", language=code, number=place)


def _content(found: Round, draft: Draft, sources: Sequence[Source]) -> dict[str, Any]:
    """Return what is published: all that its page shows, and no word that its author did not agree to."""
    titles = {theme.key: core.kept(theme.title) for theme in found.themes} | {POOL: {}}
    used = draft.used()
    return {
        "format": FORMAT,
        "sections": [
            {
                "theme": key,
                "title": title,
                **draft.sections.get(key, Section("", ())).stored(),
                "sources": [_shown(source) for source in sources if source.theme == key],
            }
            for key, title in titles.items()
            if key in draft.sections or any(source.theme == key for source in sources)
        ],
        "left_over": [
            {"number": number, "reason": reason}
            for number, reason in sorted(draft.left_over.items())
            if number not in used
        ],
    }


def _shown(source: Source) -> dict[str, Any]:
    """Return a source as everybody may read it."""
    if source.consent == "read":
        return {"number": source.number, "text": "", "name": "", **dict.fromkeys(MARKS, "")}
    return {
        "number": source.number,
        "text": source.text,
        "name": source.name if source.consent == "named" else "",
        **{name: getattr(source, name) for name in MARKS},
    }


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _code(work: Work, found: Round, number: int | None) -> ReasonCode:
    row = None if number is None else work.session.get(ReasonCode, number)
    return or_problem(row if row is not None and row.round_id == found.id else None, "codes.unknown")


def _code_named(work: Work, found: Round, name: str) -> ReasonCode | None:
    query = select(ReasonCode).where(ReasonCode.round_id == found.id, ReasonCode.name_key == fold(name))
    return work.session.scalars(query).first()


def _delete(work: Work, code: ReasonCode) -> None:
    """Delete a code, and take it from all reasons that have it."""
    work.session.execute(delete(CodedReason).where(CodedReason.code_id == code.id))
    work.session.delete(code)


def _code_name(name: str) -> str:
    said = line(name)
    if not fold(said) or len(said) > CODE_MAX:
        raise Problem("codes.name", most=CODE_MAX)
    return said


def _new_code(work: Work, found: Round, name: str) -> ReasonCode:
    """Return the code of this name, made where there is none."""
    said = _code_name(name)
    there = _code_named(work, found, said)
    if there is not None:
        return there
    if len(_codes(work.session, found.id)) >= MOST_CODES:
        raise Problem("codes.many", most=MOST_CODES)
    row = ReasonCode(round_id=found.id, name=said, name_key=fold(said))
    work.session.add(row)
    work.session.flush()
    return row

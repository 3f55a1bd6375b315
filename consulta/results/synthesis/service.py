"""Reasons read and coded at the desk, and the synthesis written of them.

It decides that reasons are read only once they were parted from their organisations, that codes and sentences
are the work of people, and what is published: a document that has all that its page shows, kept as it is.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.typed import from_stored
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data.folding import fold
from consulta.platform.models import ReasonCode, Synthesis, SynthesisVersion
from consulta.platform.texts import line
from consulta.results.synthesis import audit, likeness, queries
from consulta.results.synthesis.sentences import parse
from consulta.results.synthesis.values import (
    POOL,
    Draft,
    Published,
    Said,
    Section,
    Sentence,
    Source,
    SynthesisDesk,
    Theme,
)
from consulta.rounds import service as rounds
from consulta.rounds.queries import public as public_queries
from consulta.vote.reasons import parting
from consulta.vote.reasons.blocks import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.results.synthesis.likeness import Alike
    from consulta.results.synthesis.sentences import Typed

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
    waiting = public and key in parting.due(work)
    sources = _sources(work, found) if public and not waiting else ()
    draft = _draft(work, found)
    versions = queries.versions(work.session, found.id)
    newest = versions[0] if versions else None
    content = _content(found, draft, sources)
    counts = {code.id: 0 for code in queries.codes(work.session, found.id)}
    for source in sources:
        for number, _name in source.codes:
            counts[number] += 1
    return SynthesisDesk(
        round=rounds.line_of(found, sizes, work.now),
        readable=public and not waiting,
        waiting=waiting,
        sources=sources,
        themes=_themes(found, sources, draft),
        codes=tuple((code.id, code.name, counts[code.id]) for code in queries.codes(work.session, found.id)),
        draft=draft,
        seen=_mark(draft),
        public_version=newest.version if newest else None,
        published_at=newest.published_at if newest else None,
        is_changed=newest is None or newest.content != _text(content),
        refusals=_refusals(work, found, draft, sources) if audited else (),
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
    return likeness.alike({source.number: source.text for source in view.sources})


# -- codes


def put_code(work: Work, key: str, numbers: Iterable[int], code: int | None, name: str = "") -> None:
    """Give reasons a code, one that is there or a new one of this name.

    Problems: `round.unknown`, `codes.none`, `codes.unknown`, `codes.name`, `codes.many`.
    """
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    known = {row.number for row in queries.reasons(work.session, found.id)}
    chosen = sorted(set(numbers) & known)
    if not chosen:
        raise Problem("codes.none")
    row = _new_code(work, found, name) if line(name) else _code(work, found, code)
    queries.put_code(work.session, found.id, row.id, chosen)
    work.record("synthesis.coded", rounds.subject(found), {"code": row.name, "texts": len(chosen)})


def take_code(work: Work, key: str, numbers: Iterable[int], code: int | None) -> None:
    """Take a code from reasons. Problems: `round.unknown`, `codes.none`, `codes.unknown`."""
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    row, chosen = _code(work, found, code), sorted(set(numbers))
    if not chosen:
        raise Problem("codes.none")
    queries.take_code(work.session, found.id, row.id, chosen)
    work.record("synthesis.uncoded", rounds.subject(found), {"code": row.name, "texts": len(chosen)})


def rename_code(work: Work, key: str, code: int | None, name: str) -> None:
    """Give a code another name; where another code has it, the two become one.

    Problems: `round.unknown`, `codes.unknown`, `codes.name`.
    """
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    row, said = _code(work, found, code), _code_name(name)
    before, twin = row.name, queries.code_named(work.session, found.id, fold(said))
    if twin is not None and twin.id != row.id:
        numbers = [
            number for number, given in queries.coded(work.session, found.id).items() if row.id in given
        ]
        queries.put_code(work.session, found.id, twin.id, numbers)
        queries.take_code(work.session, found.id, row.id)
        queries.remove_code(work.session, row.id)
    else:
        row.name, row.name_key = said, fold(said)
    work.record("synthesis.renamed", rounds.subject(found), {"before": before, "code": said})


def remove_code(work: Work, key: str, code: int | None) -> None:
    """Take a code from all reasons and delete it. Problems: `round.unknown`, `codes.unknown`."""
    require(work, "reasons.write")
    found = rounds.hold(work, key)
    row = _code(work, found, code)
    queries.take_code(work.session, found.id, row.id)
    queries.remove_code(work.session, row.id)
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
    known = {row.number for row in queries.reasons(work.session, found.id)}
    kept = {**draft.left_over, **reasons}
    changed = Draft(
        {each: sections[each] for each in sections if sections[each].sentences},
        {number: kept[number] for number in sorted(kept) if kept[number] and number in known},
    )
    if changed == draft:
        return
    row = queries.draft(work.session, found.id)
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
    found = public_queries.round_of(work.session, key)
    kept = queries.versions(work.session, found.id) if found is not None else []
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
    )


def is_public(work: Work, key: str) -> bool:
    """Return whether a synthesis of a round is public."""
    require(work, "published.read")
    found = public_queries.round_of(work.session, key)
    return found is not None and queries.is_published(work.session, found.id)


# -- parts


def _sources(work: Work, found: Round) -> tuple[Source, ...]:
    names = {code.id: code.name for code in queries.codes(work.session, found.id)}
    coded, draft = queries.coded(work.session, found.id), _draft(work, found)
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
        for row in queries.reasons(work.session, found.id)
    )


def _refusals(work: Work, found: Round, draft: Draft, sources: Sequence[Source]) -> tuple[Problem, ...]:
    names = queries.names(work.session, found.id)
    return tuple(audit.refusals(draft, {each.number: each for each in sources}, names))


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
    row = queries.draft(work.session, found.id)
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
                "original": draft.sections[key].original if key in draft.sections else "",
                "sentences": [
                    {"text": core.kept(each.text), "sources": list(each.sources)}
                    for each in (draft.sections[key].sentences if key in draft.sections else ())
                ],
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
    return or_problem(
        queries.code(work.session, found.id, number) if number is not None else None, "codes.unknown"
    )


def _code_name(name: str) -> str:
    said = line(name)
    if not fold(said) or len(said) > CODE_MAX:
        raise Problem("codes.name", most=CODE_MAX)
    return said


def _new_code(work: Work, found: Round, name: str) -> ReasonCode:
    """Return the code of this name, made where there is none."""
    said = _code_name(name)
    there = queries.code_named(work.session, found.id, fold(said))
    if there is not None:
        return there
    if len(queries.codes(work.session, found.id)) >= MOST_CODES:
        raise Problem("codes.many", most=MOST_CODES)
    row = ReasonCode(round_id=found.id, name=said, name_key=fold(said))
    work.session.add(row)
    work.session.flush()
    return row

"""What keeps a synthesis from being published, found in its values alone.

Each sentence needs a source and each reason a place, and no words may stand there to which their author did
not agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.data.folding import fold
from consulta.results.synthesis import quotes
from consulta.vote.reasons import personal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from consulta.results.synthesis.values import Draft, Sentence, Source

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
    for number, run in quotes.quoted(words, closed).items():
        yield Problem("synthesis.quoted", number=number, words=run)
    agreed = {sources[number].name for number in cited if number in sources}
    told = quotes.named(words, names)
    for name in told:
        if name not in agreed:
            yield Problem("synthesis.named", name=name)
    if told:
        nameless = {number: each.text for number, each in sources.items() if each.consent == "unnamed"}
        for number, run in quotes.quoted(words, nameless).items():
            yield Problem("synthesis.nameless", number=number, words=run, name=told[0])
    for finding in personal.found(words):
        if finding.kind in personal.PLAIN:
            yield Problem("synthesis.personal", what=f"reason.what.{finding.kind}", words=finding.words)

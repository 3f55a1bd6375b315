"""The class `Text`: words in one or several languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ANY = ""
"""In place of a language, for what is the same in every one, such as a person's name."""


class Text(Mapping[str, str]):
    """Language code → words; immutable. A language without words is not in it."""

    __slots__ = ("_words",)
    _words: dict[str, str]

    def __init__(self, words: Mapping[str, str] | Iterable[tuple[str, str]] = (), /) -> None:
        self._words = {language: said for language, said in dict(words).items() if said}

    @classmethod
    def name(cls, words: str) -> Text:
        """Return a text that is the same in every language."""
        return cls({ANY: words})

    @classmethod
    def each(cls, languages: Iterable[str], say: Callable[[str], str]) -> Text:
        """Return what `say` says in each of `languages`."""
        return cls({language: say(language) for language in languages})

    def __getitem__(self, language: str) -> str:
        return self._words[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __hash__(self) -> int:
        return hash(frozenset(self._words.items()))

    def __repr__(self) -> str:
        return f"Text({self._words!r})"

    def language(self, *wanted: str) -> str | None:
        """Return the first of `wanted` in which the text has words, else any language that it has.

        Return `ANY` for a text that is the same in every language, and None for one without words.
        """
        if ANY in self._words:
            return ANY
        return next((each for each in wanted if each in self._words), next(iter(self._words), None))

    def best(self, *wanted: str) -> str:
        """Return the words in the language that `language` finds; empty where it has none."""
        found = self.language(*wanted)
        return "" if found is None else self._words[found]

    def into(self, language: str) -> str:
        """Return the words in exactly this language; empty where there are none."""
        return self._words.get(language, self._words.get(ANY, ""))

    def map(self, change: Callable[[str], str]) -> Text:
        """Return the text with the words of each language changed."""
        return Text({language: change(said) for language, said in self._words.items()})


NOTHING = Text()

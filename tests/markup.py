"""Whether a page is well formed: html5lib says it, and is not asked twice about the same nesting.

html5lib takes longer over a page than the application does. What it can find wrong is a tag that may not
stand where it stands, or a sign in a text that begins a tag or a reference. So a page is taken apart first:
where its tags are balanced, its texts have no such sign, and each of its elements has stood inside the same
elements in a page that html5lib has read in this process, it is well formed too. `make test-deep` asks
html5lib about every page.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import html5lib

from tests.depth import deep

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)((?:\s+[a-zA-Z][\w:.-]*(?:=\"[^\"<]*\")?)*)\s*(/?)>", re.IGNORECASE)
_NAME = re.compile(r"\s([a-zA-Z][\w:.-]*)(?:=\"[^\"]*\")?")
_START = "<!doctype html>"
_MARK = re.compile(r"<|&(?!(?:amp|lt|gt|quot|nbsp|#\d+|#x[0-9a-fA-F]+);)|\x00")
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_FOREIGN = frozenset({"svg", "math"})
Nested = tuple[str, tuple[str, ...], bool]
_known: set[Nested] = set()


@lru_cache(maxsize=4)
def parsed(text: str) -> Element:
    """Return the tree of a page. Raise a `ParseError` if the page is malformed.

    The tree is kept for the next who asks, so it must not be changed.
    """
    tree: Element = html5lib.HTMLParser(strict=True).parse(text)
    return tree


def check(text: str) -> None:
    """Raise a `ParseError` if a page is malformed."""
    if (found := None if deep() else nesting(text)) is None:
        parsed(text)
    elif not found <= _known:
        parsed(text)
        _known.update(found)


def nesting(text: str) -> set[Nested] | None:
    """Return each element with its path, its attributes and whether words stand before it.

    None where that does not tell whether the page is well formed.
    """
    if text[: len(_START)].lower() != _START:
        return None
    walk = _Walk()
    at = len(_START)
    for tag in _TAG.finditer(text):
        if not walk.goes_on(text[at : tag.start()], *tag.groups()):
            return None
        at = tag.end()
    return None if walk.inside or text[at:].strip() else walk.found


class _Walk:
    """Goes from tag to tag of a page as long as each is balanced."""

    def __init__(self) -> None:
        self.found: set[Nested] = set()
        self.inside: list[str] = []
        self.path = ""

    def goes_on(self, before: str, closing: str, name: str, attributes: str, alone: str) -> bool:
        """Take the next tag, with the text before it; return whether all is well so far."""
        if _MARK.search(before) or _MARK.search(attributes):
            return False
        words = bool(before.strip())
        if closing:
            self.found.add((self.path, ("/",), words))
            return self._leaves(name)
        names = tuple(_NAME.findall(attributes))
        self.found.add((f"{self.path}/{name}", names, words))
        if name not in _VOID and not alone:
            self.inside.append(name)
            self.path = f"{self.path}/{name}"
        return len(set(names)) == len(names) and (not alone or name in _VOID or self._is_foreign())

    def _leaves(self, name: str) -> bool:
        self.path = self.path.rpartition("/")[0]
        return bool(self.inside) and self.inside.pop() == name

    def _is_foreign(self) -> bool:
        return not _FOREIGN.isdisjoint(self.inside)

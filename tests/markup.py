"""Whether a page is well formed: html5lib says it, and is not asked twice about the same nesting.

html5lib takes longer over a page than the application does. What it can find wrong is a tag that may not stand
where it stands, or a sign in a text that begins a tag or a reference. So a page is taken apart first: where its
tags are balanced, its texts have no such sign, and each of its elements has stood inside the same elements in a
page that html5lib has read in this process, it is well formed too. `make test-deep` asks html5lib about every page.
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
    found: set[Nested] = set()
    path, at, foreign = "", len(_START), 0
    open_: list[str] = []
    for tag in _TAG.finditer(text):
        between = text[at : tag.start()]
        at = tag.end()
        closing, name, attributes, alone = tag.groups()
        if "<" in between or ("&" in between and _MARK.search(between)):
            return None
        if closing:
            if not open_ or open_.pop() != name:
                return None
            foreign -= name in _FOREIGN
            found.add((path, ("/",), bool(between.strip())))
            path = path[: -len(name) - 1]
            continue
        if "&" in attributes and _MARK.search(attributes):
            return None
        names = tuple(_NAME.findall(attributes))
        if len(set(names)) < len(names):
            return None
        found.add((f"{path}/{name}", names, bool(between.strip())))
        if alone and not foreign and name not in _VOID:
            return None
        if not alone and name not in _VOID:
            open_.append(name)
            path = f"{path}/{name}"
            foreign += name in _FOREIGN
    return None if open_ or text[at:].strip() else found

"""Whether a page is well formed: html5lib says it, and is not asked twice about the same nesting.

html5lib takes longer over a page than the application does. What it can find wrong is a tag that may not
stand where it stands, or a sign in a text that begins a tag or a reference. So a page is taken apart first:
where its tags are balanced, its texts have no such sign, and each of its elements has stood inside the same
elements in a page that html5lib has read in this process, it is well formed too. `make test-deep` asks
html5lib about every page.

The tree of such a page is made from its tags too, which takes a third of the time. It is compared with that
of html5lib each time html5lib reads a page.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from xml.etree.ElementTree import Element, SubElement

import html5lib

from tests.deep import DEEP

_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)((?:\s+[a-zA-Z][\w:.-]*(?:=\"[^\"<]*\")?)*)\s*(/?)>", re.IGNORECASE)
_NAME = re.compile(r"\s([a-zA-Z][\w:.-]*)(?:=\"[^\"]*\")?")
_ATTRIBUTE = re.compile(r"\s([a-zA-Z][\w:.-]*)(?:=\"([^\"]*)\")?")
_START = "<!doctype html>"
_MARK = re.compile(r"<|&(?!(?:amp|lt|gt|quot|nbsp|#\d+|#x[0-9a-fA-F]+);)|\x00")
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_FOREIGN = frozenset({"svg", "math"})
HTML = "{http://www.w3.org/1999/xhtml}"
_SPACES = {"svg": "{http://www.w3.org/2000/svg}", "math": "{http://www.w3.org/1998/Math/MathML}"}
_ELSEWHERE = {"table": {"tr", "td", "th", "col"}, "foreignObject": {"div", "p", "span", "body"}}
_RAW, _BOXES = frozenset({"script", "style"}), frozenset({"pre", "textarea", "listing"})
Nested = tuple[str, tuple[str, ...], bool]
_known: set[Nested] = set()


@lru_cache(maxsize=4)
def parsed(text: str) -> Element:
    """Return the tree of a page. Raise a `ParseError` if the page is malformed.

    The tree is kept for the next who asks, so it must not be changed.
    """
    check(text)
    grown = None if DEEP else tree(text)
    return _read(text) if grown is None else grown


def check(text: str) -> None:
    """Raise a `ParseError` if a page is malformed."""
    if (found := nesting(text)) is None:
        _read(text)
    elif DEEP or not found <= _known:
        read, grown = _read(text), tree(text)
        assert grown is None or _all_of(grown) == _all_of(read)
        _known.update(found)


@lru_cache(maxsize=4)
def _read(text: str) -> Element:
    root: Element = html5lib.HTMLParser(strict=True).parse(text)
    return root


def _all_of(root: Element) -> list[tuple[str, dict[str, str], str, str, int]]:
    return [
        (str(each.tag), dict(each.attrib), each.text or "", each.tail or "", len(each))
        for each in root.iter()
    ]


def tree(text: str) -> Element | None:
    """Return the tree of a page as html5lib makes it, or None where its tags alone do not tell it."""
    if nesting(text) is None:
        return None
    grown = _Tree()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    at = len(_START)
    for tag in _TAG.finditer(text, at):
        if not grown.goes_on(text[at : tag.start()], *tag.groups()):
            return None
        at = tag.end()
    return grown.whole(text[at:])


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


class _Tree:
    """Grows the tree of a page whose tags are balanced, from tag to tag."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.above: list[Element] = []

    def goes_on(self, before: str, closing: str, name: str, attributes: str, alone: str) -> bool:
        """Take the next tag, with the text before it; return whether html5lib would put it there too."""
        self._say(before)
        if closing:
            self.above.pop()
            return True
        given = {each: unescape(value or "") for each, value in _ATTRIBUTE.findall(attributes)}
        if self.root is None:
            self.root = Element(f"{HTML}{name}", given)
            self.above.append(self.root)
            return name == "html"
        if not self.above:
            return False
        parent = self.above[-1]
        space = _SPACES.get(name) or parent.tag.partition("}")[0] + "}"
        if name in _ELSEWHERE.get(parent.tag.rpartition("}")[2], ()) or (space != HTML and ":" in attributes):
            return False
        child = SubElement(parent, f"{space}{name}", given)
        if name not in _VOID and not alone:
            self.above.append(child)
        return True

    def whole(self, after: str) -> Element | None:
        """Return the root, where it has a head and a body, after the text that stands behind its last tag."""
        if self.root is None or [each.tag for each in self.root] != [f"{HTML}head", f"{HTML}body"]:
            return None
        body = self.root[1]
        self.above.append(body)
        self._say((body.tail or "") + after)
        body.tail = None
        return self.root

    def _say(self, text: str) -> None:
        if not text or not self.above:
            return
        parent = self.above[-1]
        name = parent.tag.rpartition("}")[2]
        text = text if name in _RAW else unescape(text)
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        elif name != "html":  # where a line that begins a text in a box, or stands before the head, is none
            parent.text = (parent.text or "") + (text.removeprefix("\n") if name in _BOXES else text)

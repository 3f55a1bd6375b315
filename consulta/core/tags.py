"""Words by language, as bundles have them: the languages are tags of BCP 47.

It decides which tags are well-formed, by the grammar of RFC 5646 (section 2.1). It does not ask whether a
subtag is registered.
"""

import re
from collections.abc import Mapping

from consulta.core.reading import Node

LANGUAGE = r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})"
SCRIPT, REGION = r"(?:-[a-z]{4})?", r"(?:-(?:[a-z]{2}|[0-9]{3}))?"
VARIANTS = r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
EXTENSIONS = r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
PRIVATE = r"x(?:-[a-z0-9]{1,8})+"
WELL_FORMED = re.compile(f"{LANGUAGE}{SCRIPT}{REGION}{VARIANTS}{EXTENSIONS}(?:-{PRIVATE})?|{PRIVATE}")
IRREGULAR = (
    *("en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo"),
    *("i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"),
)
"""Tags of before the grammar, which stay well-formed; the regular ones keep the grammar by chance."""


def is_well_formed(tag: str) -> bool:
    """Return whether a text is a well-formed language tag, in letters of either case."""
    lowered = tag.lower() if tag.isascii() else ""
    return lowered in IRREGULAR or WELL_FORMED.fullmatch(lowered) is not None


def read_words(node: Node) -> Mapping[str, str]:
    """Return language → words: at least one, the tags well-formed and different whatever their case."""
    entries = node.entries()
    if not entries:
        node.refuse("empty")
    seen: set[str] = set()
    for tag, words in entries.items():
        if not is_well_formed(tag) or tag.lower() in seen:
            words.refuse("language")
        seen.add(tag.lower())
        if not words.text():
            words.refuse("empty")
    return {tag: words.text() for tag, words in entries.items()}

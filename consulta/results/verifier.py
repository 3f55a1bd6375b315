"""The verifier as one HTML file, which a person opens on any device and gives an archive.

It is put together from the modules in `data/verify/page`, the words in `platform/data/verify/words.toml`,
which `consulta verify` has too, and those in `verifier.toml`, in every language of the program. The same
version of the program always gives the same bytes. What the file checks, it checks by its own code: nothing
of the program that counts.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.support import Translations

from consulta import __version__
from consulta.platform import programs
from consulta.platform.data import tongues
from consulta.platform.labels import keys_of, name_of
from consulta.platform.paths import PACKAGE, resource

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "verificar.html"
FOLDER = PACKAGE / "platform" / "data" / "verify"
PLACE_OF_DIGEST = "{verificar.html}"  # in the texts that go into archives
# Bytes: phones fetch it (95 kB over the wire), messages carry it. Its code stays as it can be read.
LONGEST, LONGEST_WORDS = 275_000, 21_000  # the latter a language

OF_TERMINALS = frozenset(
    {"cut", "large", "later", "no_anchor", "no_memory", "not_all", "round", "some", "unreadable"}
)
"""What `consulta verify` alone says."""

WORDS: Mapping[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""What the page alone says."""


@cache
def html() -> bytes:
    """Return the file: the same bytes wherever this version of the program runs."""
    program = "".join(path.read_text(encoding="utf-8") for path in _modules())
    program = re.sub(r"(?m)^(?:  )+", lambda found: "\t" * (len(found[0]) // 2), program)  # 8 kB less
    css = (FOLDER / "page" / "page.css").read_text(encoding="utf-8")
    first = tongues.codes()[0]
    said = words()
    told = {code: {**said[code].texts, **_first(said[code]), **_words(code)} for code in tongues.codes()}
    old = "".join(f'<p lang="{code}">{told[code].pop("old")}</p>' for code in tongues.codes())
    # English has no phrases of its own: they are what the program writes.
    others = [code for code in said if any(text != phrase for phrase, text in said[code].phrases.items())]
    data = {
        # Each name once, with what it is in every language of `names`: the file is to stay small.
        "words": {
            name: [told[code][name] for code in sorted(told)]
            for name in told[first]
            if name not in OF_TERMINALS
        },
        "phrases": {
            phrase: [said[code].phrases[phrase] for code in others] for phrase in said[first].phrases
        },
        "phrasesIn": {code: place for place, code in enumerate(others)},
        "names": {code: tongues.of(code).own for code in tongues.codes()},
        "locales": {code: tongues.of(code).locale.replace("_", "-") for code in tongues.codes()},
        "first": [*said[first].first],  # the most meaningful difference first
        "decimal": {code: tongues.of(code).decimal for code in tongues.codes()},
        "categories": {
            dimension: {
                key: [name_of(dimension, key).into(code) for code in sorted(told)]
                for key in keys_of(dimension)
            }
            for dimension in ("sector", "subregion")
        },
    }
    parts = {
        "lang": first,
        "title": told[first]["title"],
        "version": __version__,
        "script": _source(program),
        "style": _source(css),
        "css": css,
        "old": old,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace(
            "<", "\\u003c"
        ),
        "program": program,
    }
    template = (FOLDER / "page" / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{([a-z]+)\}", lambda found: parts[found[1]], template).encode()


@cache
def policy() -> str:
    """Return the policy that the file says of itself: its own script and style, and no network."""
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', html().decode())
    return found[1] if found else "default-src 'none'"


def digest() -> str:
    """Return the SHA-256 of the file, as it is published beside it."""
    return hashlib.sha256(html()).hexdigest()


def words() -> Mapping[str, programs.Words]:
    """Return what is said of the checks of an archive, by language: by the page and by `consulta verify`."""
    return programs.words_in(FOLDER / "words.toml")


def _first(said: programs.Words) -> dict[str, str]:
    """Return what differences mean, by names that no other text has."""
    return {f"first_{name}": text for name, text in said.first.items()}


def _modules() -> list[Path]:
    return sorted((FOLDER / "page").glob("*.js"), key=lambda path: int(path.name.partition("-")[0]))


def _source(content: str) -> str:
    """Return the name by which the file's own policy allows a script or a style: its digest."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _words(code: str) -> dict[str, str]:
    said = Translations.load(str(resource("translations")), [tongues.of(code).language])
    return {name: said.gettext(text) for name, text in WORDS.items()}

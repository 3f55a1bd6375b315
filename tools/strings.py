"""Keep the catalogues in step with the program: collect its texts, bring each catalogue up to date, compile.

English is what the program itself says, so its catalogue fills itself; the others wait for translators.
Which languages there are is in `consulta/platform/data/tongues.toml`. Run it as `make strings`;
tests/house/test_translations.py asks the same functions whether anything is left to do. A translation that is
sent as a file of its own is taken over by `make strings FROM=their.po`; its header says its language.
"""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po, write_po

from consulta.platform.data import tongues
from hatch_build import compile_catalogues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
TEMPLATE = TRANSLATIONS / "messages.pot"
SOURCE_LANGUAGE = tongues.source().code
LANGUAGES = tongues.codes()
# Pages of the secretariat alone, folders and files: a language without a desk need not have their texts.
DESK = (
    *(ROOT / "tools" / "desk.txt").read_text("utf-8").split(),
    *(f"consulta/{file.parent.name}/log.toml" for file in sorted((ROOT / "consulta").glob("*/log.toml"))),
)
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: consulta\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""
KEYWORDS = ("_l", "N_", "lazy_gettext", "lazy_ngettext:1,2", "lazy_pgettext:1c,2")


def catalogue(language: str) -> Path:
    """Where the catalogue of `language` is."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(path: Path, language: str | None = None) -> Catalog:
    """The catalogue in `path`; it stops at a line that gettext could not read."""
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def extract(target: Path, *, with_places: bool = False) -> Catalog:
    """Collect into `target` every text of the program that is to be translated, and where it is said."""
    keywords = [word for keyword in KEYWORDS for word in ("-k", keyword)]
    settings = [
        "-F",
        str(ROOT / "pyproject.toml"),
        *([] if with_places else ["--no-location"]),
        "--sort-output",
        "--omit-header",
        "--no-wrap",
    ]
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", *settings, *keywords, "-o", str(target), str(ROOT)]
    )
    return read(target)


def sentences(
    file: Iterable[bytes], _keywords: object, _tags: object, **_options: object
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield the sentences of a file of codes as Babel takes them: line, no function, text, no comments."""
    for number, line in enumerate(file, start=1):
        if line.startswith(b'"'):
            (told,) = tomllib.loads(line.decode()).values()
            for text in (told,) if isinstance(told, str) else (told["one"], told["several"]):
                yield number, None, text, []


def words(
    file: BinaryIO, _keywords: object, _tags: object, **_options: object
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield the words of a program that runs alone as Babel takes them, in the context that they name."""
    told = tomllib.load(file)
    sentences = (*told["texts"].values(), *told.get("first", {}).values())
    for text in (told["title"], *told.get("phrases", ()), *sentences):
        yield 1, "pgettext", (told["context"], text), []


def update(language: str, texts: Catalog, sent: tuple[Catalog, ...] = ()) -> None:
    """Bring the catalogue of `language` in step with `texts`: translations stay, what is no longer said goes.

    A text without translation takes the first that one of the catalogues `sent` has. One that only the desk
    says is left out of the catalogue of a language without a desk.
    """
    path = catalogue(language)
    known = (read(path, language), *sent) if path.is_file() else sent
    fresh = Catalog(locale=language)
    spared = may_lack(language)
    for text in texts:
        if text.id:
            string = text.id if language == SOURCE_LANGUAGE else _translation(text, known, fresh.num_plurals)
            if not any((string,) if isinstance(string, str) else string) and _key(text) in spared:
                continue
            fresh.add(
                text.id, string, flags=text.flags, auto_comments=text.auto_comments, context=text.context
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(language=language, plural_forms=fresh.plural_forms).encode())
        write_po(file, fresh, width=0, sort_output=True, omit_header=True)


def _translation(text: Message, known: tuple[Catalog, ...], plurals: int) -> str | tuple[str, ...]:
    for each in known:
        found = each.get(text.id, text.context)
        if found and not found.fuzzy and any(_forms(found)):
            return _forms(found) if text.pluralizable else _forms(found)[0]
    return ("",) * plurals if text.pluralizable else ""


def untranslated(texts: Catalog) -> list[Message]:
    """Return what has no translation, or only one of its plural forms."""
    return [text for text in texts if text.id and not (_forms(text) and all(_forms(text)))]


def lacking(texts: Catalog) -> Iterator[str]:
    """Yield lines on what has no translation: how many, and each under the first file that says it."""
    empty = untranslated(texts)
    if not empty:
        return
    yield f"translations/{texts.locale}: {len(empty)} of {len(texts)} texts are empty"
    places = {_key(text): text.locations[0][0].removeprefix(f"{ROOT}/") for text in said_now() if text.id}
    by_file: dict[str, list[Message]] = {}
    for text in empty:
        by_file.setdefault(places[_key(text)], []).append(text)
    for place, found in sorted(by_file.items()):
        yield f"{place}: {len(found)}"
        yield from (f"  {text.id!r}" for text in found)


def may_lack(language: str) -> frozenset[object]:
    """Return the texts that the catalogue of a language need not have."""
    return frozenset() if tongues.of(language).desk else of_the_desk()


@cache
def said_now() -> Catalog:
    """Return what the program says as this process began, with the places where it does."""
    with TemporaryDirectory() as folder:
        return extract(Path(folder) / "messages.pot", with_places=True)


@cache
def of_the_desk() -> frozenset[object]:
    """Return the texts that are said on pages of the secretariat alone."""
    return frozenset(
        _key(text)
        for text in said_now()
        if text.id and all(any(part in place for part in DESK) for place, _line in text.locations)
    )


def _key(text: Message) -> object:
    return (text.id if isinstance(text.id, str) else tuple(text.id), text.context)


def _forms(text: Message) -> tuple[str, ...]:
    return (text.string,) if isinstance(text.string, str) else tuple(text.string or ())


def main(files: list[str]) -> None:
    """Collect, update, compile, and say what each catalogue lacks and which text sent is of no use."""
    texts = extract(TEMPLATE)
    sent = tuple(read(Path(file)) for file in files)
    for language in LANGUAGES:
        update(language, texts, tuple(each for each in sent if _is_in(each, language)))
    compile_catalogues(TRANSLATIONS)
    for file, each in zip(files, sent, strict=True):
        for text in each:
            if text.id and not texts.get(text.id, text.context):
                print(f"{file}: nowhere said: {text.id!r}")  # noqa: T201  # this is the answer of the command
    for language in LANGUAGES:
        for line in lacking(read(catalogue(language), language)):
            print(line)  # noqa: T201  # this is the answer of the command


def _is_in(texts: Catalog, language: str) -> bool:
    return texts.locale is not None and texts.locale.language == language


if __name__ == "__main__":
    main(sys.argv[1:])

"""Which version of the rules a file is of, and the code that reads, counts and verifies that version.

This is the one place that knows the versions. A bundle and a result say theirs in `format`
(`consulta-bundle/1`), rules in `version`, which is 1 where it is absent. A new version is a new entry with
functions of its own: those of a version that rounds were counted by never change, so that every bundle is
counted and every result verified as on its first day. A file of a version that has no entry is refused.

Which archives there are is in `ARCHIVES`; their files say their own versions.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated, Any, BinaryIO, TypeAlias

from consulta.core import values
from consulta.core.counting import bundle, columns, count, result, robustness
from consulta.core.counting.rules import parse_rules, rules_to_dict
from consulta.core.counting.second import bundle as second_bundle
from consulta.core.counting.second import count as second_count
from consulta.core.counting.second import result as second_result
from consulta.core.counting.second import robustness as second_robustness
from consulta.core.counting.second import values as second_values
from consulta.core.reading import MOST_BYTES, Node, read_json
from consulta.core.texts import Text
from consulta.core.typed import from_stored, part

ARCHIVES = ("consulta-archive/1", "consulta-archive/2", "consulta-archive/3")
"""The formats of archives: the first is of rounds that closed before the log bound what was counted.

The third has `parts` in `archive.json`: what it has beyond the second, such as the published panel, or
checkpoints with the rows of votes in the log.
"""

FIRST_FIELD = re.compile(rb'\s*\{\s*"format"\s*:\s*"([\w./-]{1,80})"')
"""How files that this program wrote begin; in others `format` may stand anywhere."""

BEGINNING = 4096
"""How many bytes of a file are looked at for that."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the rules of the count: the names of its formats, and its functions.

    What a bundle and a result are in memory is the version's own affair: callers hand on what `read` and
    `count` return. Each function raises the problems of its version.
    """

    number: int
    bundle_format: str
    result_format: str
    robustness_format: str
    read: Callable[[bytes], Any]  # a bundle's file -> the bundle, checked
    write: Callable[[Any], bytes]  # a bundle -> its file
    bundle: Callable[..., Any]  # its parts -> a bundle
    round: Callable[[str, Text, str], Any]  # key, title and moment of closing -> the round of a bundle
    theme: Callable[[str, Text, tuple[int, ...]], Any]  # key, title and objectives -> a theme of a bundle
    written: Callable[[Any, Iterable[str], Iterable[str]], Iterator[str]]  # a bundle, the lines of its many
    count: Callable[[Any], Any]  # a bundle -> its result, which has `to_json()`
    count_columns: Callable[
        ..., Any
    ]  # an election, its ballots as columns -> result without panel, robustness
    read_result: Callable[[bytes], Any]
    verify: Callable[[Any, bytes], str | None]  # a bundle, a result's file -> where they differ first
    robustness: Callable[[Any, Any], Any]  # a bundle and its result -> how few could have changed the topic
    read_robustness: Callable[[bytes], Any]
    verify_robustness: Callable[[Any, bytes, bytes], str | None]  # a bundle, its result's file, the file
    shaped: columns.Shaped | None = None  # a bundle from the root of its file; None: files are read whole


FIRST = Version(
    number=1,
    bundle_format=bundle.FORMAT,
    result_format=result.FORMAT,
    robustness_format=robustness.FORMAT,
    read=bundle.parse,
    write=bundle.to_json,
    bundle=values.Bundle,
    round=bundle.round_of,
    theme=bundle.theme_of,
    written=bundle.written,
    count=count.count,
    count_columns=count.count_columns,
    read_result=result.Result.parse,
    verify=count.verify,
    robustness=count.robustness_of_bundle,
    read_robustness=robustness.Robustness.parse,
    verify_robustness=count.verify_robustness,
    shaped=bundle.shaped,
)

SECOND = Version(
    number=second_values.NUMBER,
    bundle_format=second_bundle.FORMAT,
    result_format=second_result.FORMAT,
    robustness_format=second_robustness.FORMAT,
    read=second_bundle.parse,
    write=second_bundle.to_json,
    bundle=second_values.SecondBundle,
    round=second_bundle.round_of,
    theme=second_bundle.theme_of,
    written=second_bundle.written,
    count=second_count.count,
    count_columns=second_count.count_columns,
    read_result=second_result.Result.parse,
    verify=second_count.verify,
    robustness=second_count.robustness_of_bundle,
    read_robustness=second_robustness.Robustness.parse,
    verify_robustness=second_count.verify_robustness,
    shaped=second_bundle.shaped,
)

NEWEST = SECOND.number
"""The version of the rules that new rounds have, and to which the desk lifts drafts."""

_VERSIONS: dict[int, Version] = {version.number: version for version in (FIRST, SECOND)}


def known() -> tuple[Version, ...]:
    """Return the versions that there are, the oldest first."""
    return tuple(_VERSIONS[number] for number in sorted(_VERSIONS))


def of_newest_version(mapping: Mapping[str, object]) -> dict[str, object]:
    """Return the JSON form of rules as those of the newest version, in full; what it adds is at its default.

    Rules of that version stay as they are. Problems: those of `parse_rules`.
    """
    return rules_to_dict(parse_rules({**mapping, "version": NEWEST}))


@contextmanager
def registered(version: Version) -> Iterator[Version]:
    """Let there be one more version until the end of the block. Raises ValueError for a number in use."""
    if version.number in _VERSIONS:
        raise ValueError(f"version {version.number} is there")
    _VERSIONS[version.number] = version
    try:
        yield version
    finally:
        del _VERSIONS[version.number]


def of_rules(rules: Mapping[str, Any]) -> Version:
    """Return the version of rules as they are stored; the first where they name none.

    Raise Problem `bundle.json` if the version is not known.
    """
    number = rules.get("version", FIRST.number)
    if not isinstance(number, int) or isinstance(number, bool) or number not in _VERSIONS:
        Node(number, "rules.version", "bundle.json").refuse("version")
    return _VERSIONS[number]


def of_bundle(data: bytes) -> Version:
    """Return the version of a bundle's file. Raise Problem `bundle.json` if it is not known.

    For a file that names no version it is the first, whose reader refuses the file.
    """
    return _of(data, "bundle", lambda version: version.bundle_format)


def of_result(data: bytes) -> Version:
    """Return the version of a result's file. Raise Problem `result.json` if it is not known.

    For a file that names no version it is the first, whose reader refuses the file.
    """
    return _of(data, "result", lambda version: version.result_format)


@dataclass(frozen=True, slots=True)
class Cell:
    """The weight of ballots of the same categories, in millionths; from version 2 on, of the same base."""

    categories: Mapping[str, str]
    micro: int
    each: int | None = None


@dataclass(frozen=True, slots=True)
class _Weights:
    cells: tuple[Annotated[Cell, part(Cell)], ...]


@dataclass(frozen=True, slots=True)
class _Weighted:
    weights: Annotated[_Weights, part(_Weights)]


def cells_of(result_file: str) -> tuple[Cell, ...]:
    """Return the weights of a stored result, of any version. Problem: `result.json`."""
    return from_stored(_Weighted, result_file, "result.json").weights.cells


def of_robustness(data: bytes) -> Version:
    """Return the version of a robustness file. Raise Problem `robustness.json` if it is not known.

    For a file that names no version it is the first, whose reader refuses the file.
    """
    return _of(data, "robustness", lambda version: version.robustness_format)


Source: TypeAlias = bytes | Callable[[], AbstractContextManager[BinaryIO]]
"""A file: what is in it, or what opens it, perhaps more than once."""


def count_file(source: Source) -> bytes:
    """Return the result's file of a bundle's file. Problems: those of its version."""
    version, parsed = _read(source)
    counted: bytes = version.count(parsed).to_json()
    return counted


def verify_files(bundle_file: Source, result_file: bytes, robustness_file: bytes | None = None) -> str | None:
    """Return the path of the first place where a new count of a bundle gives something else, if any.

    Problems: those of the bundle's version; `result.json` and `robustness.json` for a version not known.
    """
    begins = _begins(bundle_file, lambda version: version.bundle_format)
    if begins is not None and of_result(result_file) is not begins:
        return "format"
    version, parsed = _read(bundle_file)
    if of_result(result_file) is not version:
        return "format"
    difference = version.verify(parsed, result_file)
    if difference is not None or robustness_file is None:
        return difference
    if of_robustness(robustness_file) is not version:
        return "format"
    return version.verify_robustness(parsed, result_file, robustness_file)


def _opened(source: Source) -> AbstractContextManager[BinaryIO]:
    return BytesIO(source) if isinstance(source, bytes) else source()


def _read(source: Source) -> tuple[Version, Any]:
    """Return the version of a bundle's file, and the bundle: in columns, or as the version reads files."""
    found = _begins(source, lambda version: version.bundle_format)
    if found is None or found.shaped is not None:

        def shaped_by(root: Node) -> columns.Shaped:
            nonlocal found
            found = _said(root, "bundle", lambda version: version.bundle_format)
            if found.shaped is None:
                raise _WholeError
            return found.shaped

        with suppress(_WholeError), _opened(source) as file:
            counted = columns.read(file, shaped_by)
            if found is not None:
                return found, counted
    with _opened(source) as file:
        data = file.read(MOST_BYTES + 1)
    version = found or of_bundle(data)
    return version, version.read(data)


class _WholeError(Exception):
    """A file is of a version that reads its files whole."""


def _begins(source: Source, name: Callable[[Version], str]) -> Version | None:
    """Return the version that the first field of a file says; None where it says none that is known."""
    with _opened(source) as file:
        begins = FIRST_FIELD.match(file.read(BEGINNING))
    formats = {name(version): version for version in _VERSIONS.values()}
    return formats.get(begins[1].decode("ascii", "replace")) if begins else None


def _of(data: bytes, kind: str, name: Callable[[Version], str]) -> Version:
    """Return the version with this format; of a file that says none, the first, whose reader refuses it."""
    return _begins(data, name) or _said(read_json(data, f"{kind}.json"), kind, name)


def _said(root: Node, kind: str, name: Callable[[Version], str]) -> Version:
    """Return the version that the root of a file says, as `_of` does."""
    formats = {name(version): version for version in _VERSIONS.values()}
    said = root.value.get("format") if isinstance(root.value, Mapping) else None
    if not isinstance(said, str) or not said.startswith(f"consulta-{kind}/"):
        return FIRST
    if said not in formats:
        Node(said, "format", root.code).refuse("version")
    return formats[said]

"""From tables to the files of a data package: CSV, descriptor, card, digests.

The same tables give the same bytes. A descriptor follows Data Package and Table Schema, version 2.
Descriptions are English, which libraries show; `descriptions` has them in the languages of readers.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.operations.open_data import tables as words
from consulta.operations.open_data.tables import fill, to_csv
from consulta.operations.open_data.values import CARD, DESCRIPTOR
from consulta.platform.formats import zipped
from consulta.platform.formats.zipped import EARLIEST, READABLE, UNIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.operations.open_data.tables import Field, Filled, Table
    from consulta.operations.open_data.values import PackageLine


SCHEMA = "https://datapackage.org/profiles/2.0/"
ENGLISH = "en"


class About(NamedTuple):
    """What a package says of itself."""

    kind: str
    key: str
    title: Text
    example: bool
    secrecy: str  # of a round, else ""
    organiser: Text
    licence: str
    licence_title: str
    licence_link: str
    page: str  # the address of what it is about
    address: str  # of the package
    at: str  # ISO 8601: when the newest of it was published
    languages: tuple[str, ...]


def pack(
    about: About,
    tables: Sequence[Table],
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    others: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Return the files of a package, by name; tables without rows are left out, and the card says why.

    `others` are files that are no tables, such as ballots in PrefLib's format.
    """
    filled = [fill(table, rows.get(table.name, ()), about.languages) for table in tables]
    there = [each for each in filled if each.rows]
    files = {f"{each.table.name}.csv": to_csv(each) for each in there} | dict(others)
    absent = [each.table.name for each in filled if not each.rows]
    files[CARD] = _card(about, there, others, absent).encode()
    files[DESCRIPTOR] = _json(_descriptor(about, there, files, others))
    return files


def digest(files: Mapping[str, bytes]) -> str:
    """Return the digest that names a version of a package: that of its list of files."""
    return hashlib.sha256(zipped.sums(files)).hexdigest()


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


# -- the descriptor


def _descriptor(
    about: About, tables: Sequence[Filled], files: Mapping[str, bytes], others: Iterable[str]
) -> dict[str, Any]:
    there = {each.table.name for each in tables}
    said = words.card()[about.kind]
    return {
        "$schema": f"{SCHEMA}datapackage.json",
        "name": f"{about.kind}-{about.key}".lower(),
        "title": about.title.best(ENGLISH),
        "titles": _said(about.title, about.languages),
        "description": _fill(said, ENGLISH, about),
        "homepage": about.address,
        "created": about.at,
        "example": about.example,
        **({"secrecy": about.secrecy} if about.secrecy else {}),
        "licenses": [
            {"name": about.licence, "path": about.licence_link, "title": about.licence_title},
        ],
        "contributors": [{"title": about.organiser.best(*about.languages), "roles": ["publisher"]}],
        "sources": [{"title": about.title.best(ENGLISH), "path": about.page}],
        "resources": [
            *(_resource(each, files[f"{each.table.name}.csv"], there, about.languages) for each in tables),
            *(_other(name, files[name]) for name in others),
        ],
    }


def _resource(
    filled: Filled, content: bytes, there: Iterable[str], languages: tuple[str, ...]
) -> dict[str, Any]:
    table = filled.table
    said = words.table(table)
    return {
        "$schema": f"{SCHEMA}dataresource.json",
        "name": table.name.replace("_", "-"),
        "type": "table",
        "path": f"{table.name}.csv",
        "description": said.best(ENGLISH),
        "descriptions": _said(said, languages),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_size(content),
        "schema": {
            "$schema": f"{SCHEMA}tableschema.json",
            "fields": [
                _described(table, name, of, code, languages) for name, of, code in table.columns(languages)
            ],
            "missingValues": [""],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {
                    "fields": list(link.fields),
                    "reference": {"resource": link.table.replace("_", "-"), "fields": list(link.there)},
                }
                for link in table.links
                if link.table in there
            ],
        },
    }


def _described(table: Table, name: str, of: Field, code: str, languages: tuple[str, ...]) -> dict[str, Any]:
    said = words.column(table, of)
    limits: dict[str, Any] = {
        "required": of.required or None,
        "unique": of.unique or None,
        "enum": list(of.enum) or None,
        "minimum": of.least,
        "maximum": of.most,
    }
    kept = {key: value for key, value in limits.items() if value is not None}
    return {
        "name": name,
        "type": of.type,
        **({"format": "%Y-%m-%dT%H:%M:%SZ"} if of.type == "datetime" else {}),
        "description": f"{said.best(ENGLISH)} ({code})" if code else said.best(ENGLISH),
        "descriptions": _said(said, languages),
        **({"constraints": kept} if kept else {}),
    }


def _other(name: str, content: bytes) -> dict[str, Any]:
    said = words.card()["preflib"]
    return {
        "$schema": f"{SCHEMA}dataresource.json",
        "name": name.partition(".")[0] + "-preflib",
        "path": name,
        "description": said.best(ENGLISH),
        "format": name.rpartition(".")[2],
        "mediatype": "text/plain",
        "encoding": "utf-8",
        **_size(content),
    }


def _size(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}


def _said(text: Text, languages: Iterable[str]) -> dict[str, str]:
    return {code: text.best(code, ENGLISH) for code in languages}


# -- the card


def _fill(text: Text, code: str, about: About) -> str:
    return text.best(code, ENGLISH).format(
        title=about.title.best(code, *about.languages),
        organiser=about.organiser.best(code, *about.languages),
        address=about.page,
        licence=about.licence_title,
        link=about.licence_link,
    )


def _card(about: About, tables: Sequence[Filled], others: Iterable[str], absent: Sequence[str]) -> str:
    parts = [_in(code, about, tables, list(others), absent) for code in about.languages]
    return "\n\n---\n\n".join(parts) + "\n"


def _in(
    code: str, about: About, tables: Sequence[Filled], others: Sequence[str], absent: Sequence[str]
) -> str:
    """Return the card in one language."""
    said = words.card()

    def say(name: str) -> str:
        return _fill(said[name], code, about)

    out = [f"out_{about.secrecy or about.kind}", *(["out_people"] if about.secrecy else [])]
    return "\n\n".join(
        [
            f"# {about.title.best(code, *about.languages)}",
            *([f"**{say('example')}**"] if about.example else []),
            say(about.kind),
            f"## {say('how')}",
            say(f"how_{about.kind}"),
            f"## {say('out')}",
            *map(say, out),
            *(
                [
                    f"### {say('missing')}",
                    "\n".join(f"- `{name}`: {words.absent(name).best(code, ENGLISH)}" for name in absent),
                ]
                if absent
                else []
            ),
            f"## {say('files')}",
            say("read"),
            "\n".join(
                [
                    *(
                        f"- `{each.table.name}.csv`: {words.table(each.table).best(code, ENGLISH)}"
                        for each in tables
                    ),
                    *([f"- {', '.join(f'`{name}`' for name in others)}: {say('preflib')}"] if others else []),
                ]
            ),
            f"## {say('licence')}",
            say("terms"),
            cite(about.title, about.organiser, about.address, about.at[:4], code, about.languages),
            say("versions"),
        ]
    )


def cite(title: Text, organiser: Text, address: str, year: str, code: str, languages: tuple[str, ...]) -> str:
    """Return in one language how a package is cited."""
    return (
        words.card()["cite"]
        .best(code, ENGLISH)
        .format(
            title=title.best(code, *languages),
            organiser=organiser.best(code, *languages),
            address=address,
            year=year,
        )
    )


LIST = "packages.json"


class _Sink:
    """What a ZIP is written to: it keeps what was written since it was last emptied."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, content: bytes) -> int:
        self.written += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        found = bytes(self.written)
        self.written.clear()
        return found


def listed(lines: Sequence[PackageLine]) -> bytes:
    """Return the list of all packages with their digests: what changes when any of them does."""
    told = [
        {"package": f"{each.kind}/{each.key}", "version": each.version, "sha256": each.sha256}
        for each in lines
    ]
    return (json.dumps(told, indent=1) + "\n").encode()


def digest_of_all(lines: Sequence[PackageLine]) -> str:
    """Return what stands for the whole file."""
    return hashlib.sha256(listed(lines)).hexdigest()


def written(
    lines: Sequence[PackageLine],
    files: Callable[[PackageLine], Mapping[str, bytes]],
    languages: Sequence[str],
) -> Iterator[bytes]:
    """Yield the bytes of the file, package by package; `files` reads those of one."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as container:  # type: ignore[call-overload]  # only written to
        _put(container, CARD, _card_of_all(lines, languages))
        _put(container, LIST, listed(lines))
        for line in lines:
            found = files(line)
            for name in sorted(found):
                _put(container, f"{line.kind}/{line.key}/{name}", found[name])
                yield sink.taken()
    yield sink.taken()


def _put(container: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.create_system, entry.external_attr = UNIX, READABLE
    container.writestr(entry, content)


def _card_of_all(lines: Sequence[PackageLine], languages: Sequence[str]) -> bytes:
    said = words.card()["everything"]
    parts = [
        "\n".join(
            [
                said.best(code, ENGLISH),
                "",
                *(f"- `{each.kind}/{each.key}`: {each.title.best(code, *languages)}" for each in lines),
            ]
        )
        for code in languages
    ]
    return ("\n\n---\n\n".join(parts) + "\n").encode()

"""The lock of dependencies, read: which packages an installation needs, with their digests.

    python -m consulta.platform.formats.lockfile requirements.lock pyproject.toml [EXTRA…]

writes the part of the lock that an installation needs: without what only tests and tools use, and without
the extras that few need (`APART`) but those that are named.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

FIRST = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NAME = re.compile(r"[A-Za-z0-9._-]+")


APART = ("cluster",)
"""Extras that an installation does without unless it asks for them."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A package of the lock: its lines as they stand there, and which packages ask for it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    wanted_by: frozenset[str]
    lines: tuple[str, ...]


def read(text: str) -> list[Locked]:
    """Return the packages of a lock as `uv pip compile --generate-hashes` writes it."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if FIRST.match(line):
            blocks.append([])
        if blocks and line.strip():
            blocks[-1].append(line)
    return [_locked(block) for block in blocks]


def _locked(block: list[str]) -> Locked:
    first = FIRST.match(block[0])
    if first is None:
        raise ValueError(block[0])
    whole = "\n".join(block)
    _, _, by = whole.partition("# via")
    asked = {NAME.match(each.strip(" #\n")) for each in by.replace("\n    #", "\n").split("\n")}
    return Locked(
        first["name"],
        first["version"],
        tuple(HASH.findall(whole)),
        frozenset(each[0].lower() for each in asked if each),
        tuple(line for line in block if not line.lstrip().startswith("#")),
    )


def roots(project: dict[str, Any], *, build: bool = False) -> dict[str, str]:
    """Return the names that the project asks for, each with its extra ("" for none), from its pyproject.toml.

    With `build` also what builds the package.
    """
    found = {_name(each): "" for each in project["project"]["dependencies"]}
    for extra, wanted in project["project"]["optional-dependencies"].items():
        found |= {_name(each): extra for each in wanted if _name(each) not in found}
    if build:
        found |= {_name(each): "build" for each in project["build-system"]["requires"]}
    return found


def _name(wanted: str) -> str:
    found = NAME.match(wanted)
    return found[0].lower() if found else ""


def needed(packages: list[Locked], names: set[str]) -> list[Locked]:
    """Return the packages of these names and all that they need."""
    kept = {each.name.lower() for each in packages} & names
    while True:
        more = {each.name.lower() for each in packages if each.wanted_by & kept} - kept
        if not more:
            return [each for each in packages if each.name.lower() in kept]
        kept |= more


def installed(packages: list[Locked], project: dict[str, Any], also: Collection[str] = ()) -> list[Locked]:
    """Return the packages of a lock that an installation of the project gets, with the extras `also`."""
    without = {*APART} - {*also}
    return needed(
        packages, {name for name, extra in roots(project, build=True).items() if extra not in without}
    )


def main(arguments: list[str]) -> None:
    """Write the part of a lock that an installation needs."""
    lock, project = (Path(each).read_text("utf-8") for each in arguments[:2])
    for each in installed(read(lock), tomllib.loads(project), arguments[2:]):
        sys.stdout.write("".join(f"{line}\n" for line in each.lines))


if __name__ == "__main__":
    main(sys.argv[1:])

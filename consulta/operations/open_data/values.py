"""What pages show of data packages: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.texts import Text

Kind = Literal["rounds", "sessions", "recommendations"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The kinds of packages, as they stand in addresses. A further kind is a builder in `service.BUILDERS`."""

DESCRIPTOR, CARD = "datapackage.json", "README.md"


@dataclass(frozen=True, slots=True)
class Made:
    """A package as it was built: its files by name, and how lists call it."""

    kind: Kind
    key: str
    title: Text
    example: bool
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a package."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """When and why the desk withdrew a version."""

    at: datetime
    reason: Text


@dataclass(frozen=True, slots=True)
class PackageLine:
    """A version of a package; `sha256` is that of its list of files, by which it stays reachable."""

    kind: Kind
    key: str
    title: Text
    example: bool
    version: int
    sha256: str
    made_at: datetime
    files: tuple[FileLine, ...]
    withdrawn: Withdrawn | None = None

    @property
    def size(self) -> int:
        """Return how many bytes its files have."""
        return sum(each.size for each in self.files)

    def file(self, name: str) -> FileLine | None:
        """Return the file of this name, or None."""
        return next((each for each in self.files if each.name == name), None)


@dataclass(frozen=True, slots=True)
class PackageView:
    """A version of a package with what its descriptor says, and all its versions, the newest first.

    The descriptor of a version that was withdrawn is empty.
    """

    line: PackageLine
    descriptor: Mapping[str, Any]
    versions: tuple[PackageLine, ...]

    @property
    def is_newest(self) -> bool:
        """Return whether this is the newest version."""
        return self.line.version == self.versions[0].version

    def table_in(self, path: str) -> Mapping[str, Any] | None:
        """Return what the descriptor says of the table in this file, or None."""
        return next((each for each in self.tables() if each["path"] == path), None)

    def tables(self) -> tuple[Mapping[str, Any], ...]:
        """Return what the descriptor says of each table."""
        return tuple(each for each in self.descriptor["resources"] if "schema" in each)

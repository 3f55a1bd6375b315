"""The file of a backup: a ZIP of parts and a manifest, of which every byte is guarded, perhaps encrypted.

The comment at the end of the ZIP is the SHA-256 of all bytes before it: a file that was cut short or
changed in any place is refused before anything of it is used. Encryption is that of age, over the whole
file (`pyrage`, an extra).
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

from consulta.core.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FORMAT = 1
MANIFEST, NOTE = "manifest.json", "README.txt"
PIECE = 1 << 20
DIGEST = 64  # signs at the end of the file
ENCRYPTED = b"age-encryption.org/"
KEY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+")


class Writer:
    """A backup that is being written, part by part, into `file`."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.parts: dict[str, dict[str, Any]] = {}
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)

    def add(self, name: str, lines: Iterable[bytes]) -> None:
        """Add a part, and keep its digest, its size and the number of its lines."""
        digest, size, count = hashlib.sha256(), 0, 0
        try:
            with self._zip.open(name, "w", force_zip64=True) as part:
                for line in lines:
                    part.write(line)
                    digest.update(line)
                    size += len(line)
                    count += 1
        except BaseException:
            self._zip.fp = None  # what there is is thrown away: nothing may write to it once it is closed
            raise
        self.parts[name] = {"sha256": digest.hexdigest(), "bytes": size, "lines": count}

    def finish(self, about: dict[str, Any]) -> None:
        """Write the manifest, of what is `about` the backup and of its parts, and guard the file."""
        said = {"format": FORMAT, **about, "parts": self.parts}
        self._zip.writestr(MANIFEST, json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
        self._zip.comment = b"0" * DIGEST
        self._zip.close()
        size = self.file.seek(0, io.SEEK_END) - DIGEST
        digest = _digest(self.file, size)
        self.file.seek(size)
        self.file.write(digest)
        self.file.flush()
        self.file.seek(0)


class Reader:
    """A backup that is read from `file`; `path` is what its problems name.

    Raise Problem `backup.damaged` if it is not whole, `backup.newer` if its format is not known.
    """

    def __init__(self, file: BinaryIO, path: object) -> None:
        self.path = path
        size = file.seek(0, io.SEEK_END) - DIGEST
        if size <= 0 or _digest(file, size) != file.read(DIGEST):
            raise self._damaged()
        try:
            self._zip = zipfile.ZipFile(file)
            self.manifest: dict[str, Any] = json.loads(self._zip.read(MANIFEST))
            if self.manifest["format"] != FORMAT:
                raise Problem(
                    "backup.newer", version=self.manifest["version"], revision=self.manifest["revision"]
                )
            self._require_parts()
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
            raise self._damaged() from error

    def _damaged(self) -> Problem:
        return Problem("backup.damaged", path=self.path)

    def _require_parts(self) -> None:
        if set(self._zip.namelist()) != {*self.manifest["parts"], MANIFEST}:
            raise self._damaged()
        for name, told in self.manifest["parts"].items():
            digest = hashlib.sha256()
            for line in self.lines(name):
                digest.update(line)
            if digest.hexdigest() != told["sha256"]:
                raise self._damaged()

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a part."""
        with self._zip.open(name) as part:
            yield from part


def _digest(file: BinaryIO, size: int) -> bytes:
    """Return the SHA-256 of the first `size` bytes in hexadecimal signs; the file stands behind them then."""
    file.seek(0)
    digest, left = hashlib.sha256(), size
    while left and (piece := file.read(min(PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest().encode("ascii")


def _age() -> Any:
    try:
        import pyrage  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise Problem("backup.package") from error
    return pyrage


def encrypt(source: BinaryIO, target: BinaryIO, recipients: tuple[str, ...]) -> None:
    """Write `source` to `target`, so that only the keys of the recipients open it.

    Raise Problem `backup.package` without pyrage, `backup.recipient` for what is no recipient of age.
    """
    age = _age()
    try:
        to = [age.x25519.Recipient.from_str(each) for each in recipients]
    except age.RecipientError as error:
        raise Problem("backup.recipient") from error
    age.encrypt_io(source, target, to)


def decrypt(source: BinaryIO, target: BinaryIO, path: object, identity: Path | None) -> None:
    """Write to `target` what `source` holds in the clear; `identity` is a file of keys of age.

    What is not encrypted is copied. Problems: `backup.package`, `backup.locked` without a file of keys,
    `backup.identity` if it holds none, `backup.key` if none of them opens the backup, `backup.damaged`.
    """
    begin = source.read(len(ENCRYPTED))
    source.seek(0)
    if begin != ENCRYPTED:
        while piece := source.read(PIECE):
            target.write(piece)
        return
    if identity is None:
        raise Problem("backup.locked", path=path)
    age = _age()
    try:
        said = KEY.findall(identity.read_text(encoding="utf-8"))
        keys = [age.x25519.Identity.from_str(each) for each in said]
    except (OSError, UnicodeDecodeError, age.IdentityError) as error:
        raise Problem("backup.identity", path=identity) from error
    if not keys:
        raise Problem("backup.identity", path=identity)
    try:
        age.decrypt_io(source, target, keys)
    except age.DecryptError as error:
        code = "backup.key" if "No matching keys" in str(error) else "backup.damaged"
        raise Problem(code, path=path) from error
    except OSError as error:  # how pyrage tells of a piece that was changed or is missing
        raise Problem("backup.damaged", path=path) from error


def make_key() -> tuple[str, str]:
    """Return a new recipient and its key. Raise Problem `backup.package` without pyrage."""
    made = _age().x25519.Identity.generate()
    return str(made.to_public()), str(made)

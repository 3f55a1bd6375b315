"""The private key of checkpoints: a file in the data folder that only the owner of the process reads.

It is never in the database, so that a copy of the database cannot sign. Its name is that of the log.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consulta.platform.log.notes import Signer
from consulta.platform.paths import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from consulta.platform.log.notes import Verifier

FILE = "checkpoint-key.pem"
Key = Literal["none", "ready", "missing", "unreadable", "another"]
"""State of the key: never made; in use; its file is gone, no key, or another one than the log tells of."""


def path_in(folder: Path) -> Path:
    """Return where the key of an installation is."""
    return folder / FILE


def origin_of(base_url: str) -> str:
    """Return the name by which checkpoints call the log of the installation at an address."""
    return f"{urlsplit(base_url).netloc}/log"


def make(folder: Path, name: str, *, replace: bool = False) -> Signer:
    """Write a new key, and return it. Raise FileExistsError where there is one that is not to be replaced."""
    private = Ed25519PrivateKey.generate()
    content = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = path_in(folder)
    if path.exists() and not replace:
        raise FileExistsError(path)
    write_private(path, content)
    return Signer(name, private)


def read(folder: Path, name: str) -> Signer | None:
    """Return the key; None where there is no file.

    Raise ValueError where the file is no such key, and PermissionError where others can read it.
    """
    path = path_in(folder)
    if not path.is_file():
        return None
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise PermissionError(f"others can read {path}: chmod 600 {path}")
    try:
        found = serialization.load_pem_private_key(path.read_bytes(), None)
    except Exception as error:
        raise ValueError(f"{path} is no key") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError(f"{path} is no Ed25519 key")
    return Signer(name, found)


def state_of(folder: Path, keys: Sequence[Verifier]) -> Key:
    """Return the state of the key, given the keys that the log tells of, the newest last."""
    if not keys:
        return "none"
    try:
        found = read(folder, keys[-1].name)
    except (OSError, ValueError):
        return "unreadable"
    if found is None:
        return "missing"
    return "ready" if found.verifier == keys[-1] else "another"


def signer_of(folder: Path, keys: Sequence[Verifier]) -> Signer | None:
    """Return the key that the log tells of last; None where it is not there."""
    return read(folder, keys[-1].name) if state_of(folder, keys) == "ready" else None

"""Paths: the files that come with the program, and the folder for the data that it keeps.

The program may run from a checkout, from an installed wheel or from a tool's cache, in any current
folder. Its own files are found beside or inside the package; data are never kept in a folder that might
be emptied.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Return the folder `name`: inside the package when installed, beside it in a checkout.

    Raise FileNotFoundError if it is in neither place.
    """
    for folder in (PACKAGE / name, PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the folder {name!r} of consulta is missing: install consulta again")


def in_checkout() -> bool:
    """Return whether this is a checkout and not an installed copy."""
    return (PACKAGE.parent / "pyproject.toml").is_file()


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the data.

    It is `CONSULTA_DATA`; else `instance` in a checkout; else the user's own data folder. The function
    creates nothing. The folder is never that of the package, since an installed copy may lie in a cache.
    """
    if chosen := environ.get("CONSULTA_DATA"):
        return Path(chosen).expanduser().resolve()
    if in_checkout():
        return PACKAGE.parent / "instance"
    return _user_data(environ, sys.platform) / "consulta"


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all, in place of one that there is.

    What a process that died left of it is overwritten. There is one writer of a path at a time.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def stale_catalogues() -> tuple[Path, ...]:
    """Return catalogues of a checkout that are not compiled, or older than their sources.

    Without them every page would silently appear in English. An installed copy has them from its wheel.
    """
    if not in_checkout():
        return ()
    sources = sorted((PACKAGE.parent / "translations").glob("*/LC_MESSAGES/*.po"))
    return tuple(source for source in sources if not _is_fresh(source.with_suffix(".mo"), source))


def _is_fresh(built: Path, source: Path) -> bool:
    return built.is_file() and built.stat().st_mtime >= source.stat().st_mtime


def _user_data(environ: Mapping[str, str], platform: str) -> Path:
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")

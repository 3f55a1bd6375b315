"""The folder of backups: names, one writer at a time, each file whole or not there, old ones deleted."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from consulta.core.problems import Problem
from consulta.operations.backups import schedule
from consulta.operations.backups.values import Backup

try:
    import fcntl
except ImportError:  # not a POSIX system: two backups at once are two files
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = re.compile(r"consulta-(\d{8}T\d{6}Z)\.backup(\.age)?")
MOMENT = "%Y%m%dT%H%M%SZ"
PART, LOCK = ".part", ".lock"
NOT_COPIED = "not-copied"  # tells of the newest backup that the command of the installation did not take


def all_in(folder: Path) -> list[Backup]:
    """Return the backups in a folder, the newest first; none where there is no such folder.

    Files with other names are left out.
    """
    try:
        names = [path for path in folder.iterdir() if NAME.fullmatch(path.name)]
    except OSError:
        return []
    found = []
    for path in names:
        said = NAME.fullmatch(path.name)
        try:
            at = datetime.strptime(said[1] if said else "", MOMENT).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Backup(path, at))
    return sorted(found, key=lambda each: (each.at, each.path.name), reverse=True)


def newest_at(folder: Path, now: datetime) -> datetime | None:
    """Return when the newest backup in a folder was taken; None where there is none.

    One of later than `now` does not count: a clock that was ahead named it, which says not how old it is.
    """
    return next((each.at for each in all_in(folder) if each.at <= now), None)


def keep_copied(folder: Path, name: str, failure: str = "") -> None:
    """Keep that the command of the installation took a backup, or the `failure` that kept it from that."""
    with suppress(OSError):  # a full disk: the log tells of it
        if failure:
            (folder / NOT_COPIED).write_text(f"{name}: {failure}\n", "utf-8")
        else:
            (folder / NOT_COPIED).unlink(missing_ok=True)


def not_copied(folder: Path) -> str:
    """Return the name of the newest backup and what kept it from being copied; empty where nothing did."""
    try:
        return (folder / NOT_COPIED).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(
    folder: Path, now: datetime, fill: Callable[[BinaryIO], object], *, encrypted: bool, prune: bool
) -> Backup:
    """Write a backup of `now` by calling `fill`, whole or not at all.

    With `prune`, delete those that the schedule does not keep; those of later than `now` stay.

    Only the owner of the process can read it. Problems: those of `fill`; `backup.running` while another
    one is written, `backup.unwritable` if the folder cannot be written or its disk is full.
    """
    path = folder / f"consulta-{now.astimezone(UTC).strftime(MOMENT)}.backup{'.age' if encrypted else ''}"
    part = folder / f"{path.name}.{secrets.token_hex(4)}{PART}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(folder):
            try:
                _write_through(part, fill)
                part.replace(path)
                _keep_name(folder)
            finally:
                part.unlink(missing_ok=True)
            if prune:
                _delete_old(folder, now)
    except OSError as error:
        raise Problem("backup.unwritable", path=folder, cause=error.strerror or "?") from error
    return Backup(path, now)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other process or thread write into the folder; what a killed one left there is deleted."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Problem("backup.running", path=folder) from error
            for left in folder.glob(f"consulta-*{PART}"):
                left.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def _write_through(part: Path, fill: Callable[[BinaryIO], object]) -> None:
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())


def _keep_name(folder: Path) -> None:
    """Let the name of the new file survive a power cut, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _delete_old(folder: Path, now: datetime) -> None:
    found = [each for each in all_in(folder) if each.at <= now]
    keep = schedule.kept(each.at for each in found)
    for each in found:
        if each.at not in keep:
            each.path.unlink(missing_ok=True)

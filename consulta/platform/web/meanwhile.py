"""What another person saved while a form was open at the desk: noticed, and never overwritten unseen.

A form that is filled with stored values carries a digest of each of them (`FIELD`). When it is sent, these
are compared with what is stored by then (`fields.Form`). Forms that carry digests are saved one at a time, so
that nothing is saved between the comparison and the writing; what members and the worker change at that
same instant does not wait.
"""

from __future__ import annotations

import fcntl
import os
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING

from flask import g, request

from consulta.core.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

FIELD = "filled_with"  # the hidden entry of a form
LOCK = "edits.lock"  # a file of the data folder
PATIENCE, STEP = 10.0, 0.05  # seconds that a form waits for another one, and between two attempts
MOST = 500  # saved forms that are remembered
DIGITS = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that another person saved meanwhile, in words."""

    label: str
    yours: str
    saved: str
    is_kept: bool  # whether what this person entered stands in the form, else what was saved


@dataclass(frozen=True, slots=True)
class Saved:
    """Who saved a form last, when (UTC), and a digest of each value."""

    name: str
    at: datetime
    digests: Mapping[str, str]


@dataclass
class Edits:
    """The last saving of each form by this process, by its page; the oldest are forgotten."""

    _saved: OrderedDict[str, Saved] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, page: str, saved: Saved) -> None:
        """Remember who saved the form of a page."""
        with self._lock:
            self._saved[page] = saved
            self._saved.move_to_end(page)
            while len(self._saved) > MOST:
                self._saved.popitem(last=False)

    def find(self, page: str, stored: Mapping[str, str]) -> Saved | None:
        """Return who saved these digests on a page last; None where this process does not know."""
        with self._lock:
            saved = self._saved.get(page)
        return saved if saved and stored.items() <= saved.digests.items() else None


def page() -> str:
    """Return what names the page of this request, in whichever language it is shown."""
    values = {name: each for name, each in (request.view_args or {}).items() if name != "lang"}
    return f"{request.endpoint} {sorted(values.items())}"


def digest(value: object) -> str:
    """Return a digest of the value of a field; all empty values have the same one."""
    return sha256(_plain(value).encode()).hexdigest()[:DIGITS]


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return "\n".join(line.strip() for line in value.strip().splitlines())
    if isinstance(value, dict):
        return repr(sorted((str(name), _plain(each)) for name, each in value.items())) if value else ""
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_plain(each) for each in value]
        return repr(parts if isinstance(value, list | tuple) else sorted(parts)) if parts else ""
    return str(value)


def as_text(digests: Mapping[str, str]) -> str:
    """Return digests by field as one text without spaces."""
    return ",".join(f"{name}:{each}" for name, each in digests.items())


def from_text(text: str) -> dict[str, str]:
    """Return the digests that a form carried, by field."""
    return {name: each for name, found, each in (part.partition(":") for part in text.split(",")) if found}


def wait_for_turn(folder: Path) -> None:
    """Wait until no other form is being saved, if this request sends one that carries digests.

    `folder` is the data folder of the installation. Problem: `store.unavailable`, after `PATIENCE` seconds.
    """
    if request.method != "POST" or not any(name.endswith(FIELD) for name in request.form):
        return
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    for _attempt in range(int(PATIENCE / STEP)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(STEP)
        else:
            g.edit_turn = handle
            return
    os.close(handle)
    raise Problem("store.unavailable")


def end_turn(_error: BaseException | None = None) -> None:
    """Let the next form be saved."""
    if (handle := g.pop("edit_turn", None)) is not None:
        os.close(handle)

"""What the commands that run for long write of themselves: lines with a time, without personal links.

Our own events name no addresses of pages. Libraries do: waitress says which address was asked for when a
client goes away or something fails. So what follows a door of one letter, `/es/v/…`, is left out of every
line.
"""

from __future__ import annotations

import logging
import re

DOOR = re.compile(r"((?:/|%2[Ff])[A-Za-z](?:/|%2[Ff]))[^\s\"']+")


class Masked(logging.Formatter):
    """Lines, tracebacks included, without the secret part of personal links."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return DOOR.sub(r"\1-", super().format(record))


def set_up() -> None:
    """Write events to standard error from now on."""
    handler = logging.StreamHandler()
    handler.setFormatter(Masked("%(asctime)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])

"""The report of a mail server, as people paste it: which addresses it names and what it says of each.

Two kinds are read: the machine's part of a report (RFC 3464: `Final-Recipient`, `Action`, `Status`), and the
sentences that people see in their mail program. It does not know whose the addresses are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 100_000  # characters of a report that are read
SAID_MAX = 300
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_FIELD = re.compile(
    r"^(final-recipient|original-recipient|action|status|diagnostic-code)\s*:\s*(.*)$", re.IGNORECASE
)
_TYPE = re.compile(r"^\s*[\w.\-]+\s*;\s*")
_REFUSAL = re.compile(r"\b[45]\d\d[ \-]|\b[45]\.\d{1,3}\.\d{1,3}\b")
_LINK = re.compile(r"https?://\S+|\b[\w-]{43}\b")
NEAR = 6  # lines after an address in which a server's words are about it


@dataclass(frozen=True, slots=True)
class Named:
    """An address in a report; `failed` where the report says that mail to it has failed for good."""

    address: str
    failed: bool
    said: str


def read(text: str) -> tuple[Named, ...]:
    """Return the addresses that a report names, each once, in lower case, failed ones first."""
    lines = _unfolded(text[:LONGEST])
    told = _told_by_fields(lines)
    found = dict(told)
    for at, line in enumerate(lines):
        for address in _ADDRESS.findall(line):
            name = address.casefold()
            known = found.get(name)
            if known is None or (not known.said and name not in told):
                said = "" if told else _words_near(lines, at, name)
                found[name] = Named(name, failed=_is_final(said), said=said)
    return tuple(sorted(found.values(), key=lambda each: not each.failed))


def _unfolded(text: str) -> list[str]:
    """Return the lines of a text, with the continued lines of a field joined."""
    lines: list[str] = []
    for line in text.splitlines():
        if line[:1] in {" ", "\t"} and lines and _FIELD.match(lines[-1]):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return lines


def _told_by_fields(lines: list[str]) -> dict[str, Named]:
    """Return by address what the machine-readable part says: blocks of fields up to an empty line.

    A block names a recipient and what happened to the message.
    """
    found: dict[str, Named] = {}
    block: dict[str, str] = {}
    for line in [*lines, ""]:
        field = _FIELD.match(line)
        if field is not None:
            block.setdefault(field[1].casefold(), field[2])
        elif not line and block:
            _add(found, block)
            block = {}
    return found


def _add(found: dict[str, Named], block: dict[str, str]) -> None:
    said = _said(" ".join(_TYPE.sub("", block.get(name, "")) for name in ("diagnostic-code", "status")))
    failed = block.get("action", "failed").casefold().startswith("failed")
    for name in ("final-recipient", "original-recipient"):
        for address in _ADDRESS.findall(block.get(name, "")):
            key = address.casefold()
            found.setdefault(key, Named(key, failed=failed, said=said))


def _words_near(lines: list[str], at: int, address: str) -> str:
    """Return what a server said of an address in line `at`: in that line or a little below it.

    It is empty if no refusal is found within `NEAR` lines or before a line with another address.
    """
    for line in lines[at : at + NEAR]:
        others = {each.casefold() for each in _ADDRESS.findall(line)} - {address}
        if _REFUSAL.search(line):
            return _said(line)
        if others:
            break
    return ""


def _is_final(said: str) -> bool:
    found = _REFUSAL.search(said)
    return found is not None and found[0].startswith("5")


def _said(text: str) -> str:
    """Return a server's words on one line, without any link, since a link could be personal.

    At most `SAID_MAX` characters are kept.
    """
    return " ".join(_LINK.sub("", text).split())[:SAID_MAX]

"""Heads of the log that others kept, found in what they kept: a line, a mail, a signed checkpoint, a log.

A mail may be as it was sent (quoted-printable) or copied out of a mail program.
"""

from __future__ import annotations

import email
import re
from email import policy

from consulta.platform.log.notes import Checkpoint, MalformedError

HEAD = re.compile(r"(?<![0-9A-Za-z:])(\d{1,12}):([0-9a-f]{64})(?![0-9a-f])")
BODY = re.compile(
    r"^\S+\n\d{1,18}\n[A-Za-z0-9+/]{43}=\n", re.MULTILINE
)  # of a checkpoint, before who signed it
Heads = tuple[tuple[int, str], ...]


def written_in(text: str, *, whole: bool = False) -> Heads:
    """Return the heads written as `754:3f…` in a text; with `whole` the text must be one and nothing else."""
    if whole:
        found = HEAD.fullmatch(text)
        return ((int(found[1]), found[2]),) if found else ()
    return tuple(dict.fromkeys((int(size), root) for size, root in HEAD.findall(text)))


def in_file(content: bytes) -> Heads:
    """Return all heads in a file, each once, in their order; empty where there is none.

    Of a signed checkpoint only what it says is read: who signed it is for others to check.
    """
    texts = [content.decode("utf-8", "replace"), *_parts(content)]
    found: list[tuple[int, str]] = []
    for text in texts:
        plain = text.replace("\r\n", "\n")
        found += written_in(plain)
        for body in BODY.findall(plain):
            try:
                said = Checkpoint.parse(body)
            except MalformedError:
                continue
            found.append((said.size, said.root))
    return tuple(dict.fromkeys(found))


def _parts(content: bytes) -> list[str]:
    """Return the texts of a mail as its reader sees them; none where the file is no mail."""
    message = email.message_from_bytes(content, policy=policy.default)
    if "content-type" not in message:
        return []
    plain = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return [str(part.get_content()) for part in plain]

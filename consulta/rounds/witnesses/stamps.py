"""Time stamps of checkpoints by RFC 3161: a request to take away, and the answer, which is checked offline.

An authority signs that it saw a digest at a time. Nothing here uses a network: a person sends the request
and brings the answer. It is accepted where a certificate in the folder `tsa` of the installation stands
behind it. The package `rfc3161-client` reads and checks it (`pip install consulta[anchors]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.platform.access import require
from consulta.platform.log import checkpoints, stamping
from consulta.platform.log.notes import Note
from consulta.rounds.witnesses import queries

IS_HERE = stamping.IS_HERE

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.models import Checkpoint
    from consulta.platform.work import Work

FOLDER = "tsa"
MOST = stamping.MOST


def request_of(work: Work, size: int) -> bytes:
    """Return the request for a time stamp. Problems: `checkpoint.unknown`, `stamp.missing`."""
    require(work, "witnesses.write")
    found = _checkpoint(work, size)
    reader = stamping.reader()
    builder = reader.TimestampRequestBuilder().data(_signed(found))
    builder = builder.hash_algorithm(reader.HashAlgorithm.SHA256)
    content: bytes = builder.nonce(nonce=False).cert_request(cert_request=True).build().as_bytes()
    return content


def take(work: Work, size: int, content: bytes, folder: Path) -> str:
    """Keep the answer of an authority after checking it; return the name of the authority.

    Problems: `checkpoint.unknown`, `stamp.missing`, `stamp.unreadable`, `stamp.refused`, `stamp.another`,
    `stamp.untrusted`, `stamp.twice`.
    """
    require(work, "witnesses.write")
    found = _checkpoint(work, size)
    authority, time = stamping.checked(_signed(found), content, folder / FOLDER)
    if any(
        each.authority == authority for each in queries.stamps(work.session, [found.id]).get(found.id, ())
    ):
        raise Problem("stamp.twice", name=authority)
    checkpoints.keep_stamp(work.session, work.now, found, authority, content, time, str(work.actor))
    return authority


def response(work: Work, number: int) -> bytes:
    """Return the answer of an authority as it came. Problem: `stamp.unknown`."""
    require(work, "published.read")
    found = or_problem(queries.stamp(work.session, number), "stamp.unknown")
    return found.response


def _checkpoint(work: Work, size: int) -> Checkpoint:
    return or_problem(checkpoints.of_size(work.session, size), "checkpoint.unknown", size=size)


def _signed(found: Checkpoint) -> bytes:
    """Return the bytes that are stamped: the text of the checkpoint that its key signed."""
    return Note.parse(found.note).body.encode()

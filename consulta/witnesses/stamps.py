"""Time stamps of checkpoints by RFC 3161: a request to take away, and the answer, which is checked offline.

An authority signs that it saw a digest at a time. Nothing here uses a network: a person sends the request
and brings the answer. It is accepted where a certificate in the folder `tsa` of the installation stands
behind it. The package `rfc3161-client` reads and checks it (`pip install consulta[anchors]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from consulta.core.problems import Problem
from consulta.infra import checkpoints
from consulta.infra.access import require
from consulta.infra.notes import Note
from consulta.witnesses import queries

try:
    import rfc3161_client as client
except ImportError:  # the extra is not installed
    client = None  # type: ignore[assignment]

IS_HERE = client is not None

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from consulta.infra.models import Checkpoint
    from consulta.infra.work import Work

FOLDER = "tsa"
MOST = 65_536  # bytes of an answer


def request_of(work: Work, size: int) -> bytes:
    """Return the request for a time stamp. Problems: `checkpoint.unknown`, `stamp.missing`."""
    require(work, "witnesses.write")
    found = _checkpoint(work, size)
    reader = _client()
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
    authority, time = checked(_signed(found), content, folder / FOLDER)
    if any(
        each.authority == authority for each in queries.stamps(work.session, [found.id]).get(found.id, ())
    ):
        raise Problem("stamp.twice", name=authority)
    checkpoints.keep_stamp(work.session, work.now, found, authority, content, time, str(work.actor))
    return authority


def response(work: Work, number: int) -> bytes:
    """Return the answer of an authority as it came. Problem: `stamp.unknown`."""
    require(work, "published.read")
    found = queries.stamp(work.session, number)
    if found is None:
        raise Problem("stamp.unknown")
    return found.response


def checked(signed: bytes, content: bytes, folder: Path) -> tuple[str, datetime]:
    """Return the authority and the time of an answer about these bytes, by the certificates of a folder."""
    reader = _client()
    if len(content) > MOST:
        raise Problem("stamp.unreadable")
    try:
        answer = reader.decode_timestamp_response(content)
        granted = int(answer.status) in {0, 1}
        told = answer.tst_info if granted else None
    except Exception as error:  # the package raises ValueError and others on what is no answer
        raise Problem("stamp.unreadable") from error
    if told is None:
        raise Problem("stamp.refused")
    roots, others = _certificates(folder)
    if not roots:
        raise Problem("stamp.no_certificates", folder=folder)
    builder = reader.VerifierBuilder()
    for each in roots:
        builder = builder.add_root_certificate(each)
    for each in others:
        builder = builder.add_intermediate_certificate(each)
    try:
        builder.build().verify_message(answer, signed)
    except Exception as error:
        wrong = "hash" in str(error).lower() or "message" in str(error).lower()
        raise Problem("stamp.another" if wrong else "stamp.untrusted") from error
    return _name_of(answer), told.gen_time


def _name_of(answer: Any) -> str:
    certificates = [x509.load_der_x509_certificate(each) for each in answer.signed_data.certificates]
    serial = next(iter(answer.signed_data.signer_infos)).serial_number
    found = next((each for each in certificates if each.serial_number == serial), certificates[0])
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else found.subject.rfc4514_string()


def _certificates(folder: Path) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Return the certificates in a folder: those that signed themselves, and the others."""
    found: list[x509.Certificate] = []
    for path in sorted(folder.glob("*.pem")) if folder.is_dir() else ():
        try:
            found += x509.load_pem_x509_certificates(path.read_bytes())
        except ValueError as error:
            raise Problem("stamp.no_certificates", folder=path) from error
    roots = [each for each in found if each.issuer == each.subject]
    return roots, [each for each in found if each.issuer != each.subject]


def _checkpoint(work: Work, size: int) -> Checkpoint:
    found = checkpoints.of_size(work.session, size)
    if found is None:
        raise Problem("checkpoint.unknown", size=size)
    return found


def _signed(found: Checkpoint) -> bytes:
    """Return the bytes that are stamped: the text of the checkpoint that its key signed."""
    return Note.parse(found.note).body.encode()


def _client() -> Any:
    if client is None:
        raise Problem("stamp.missing")
    return client

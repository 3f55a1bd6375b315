"""Answers of time stamp authorities by RFC 3161, checked without a network against certificates in files.

The package `rfc3161-client` reads and checks them (`pip install consulta[anchors]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from consulta.core.problems import Problem

try:
    import rfc3161_client as client
except ImportError:  # the extra is not installed
    client = None  # type: ignore[assignment]

IS_HERE = client is not None

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

MOST = 65_536  # bytes of an answer


def reader() -> Any:
    """Return the package. Problem: `stamp.missing`."""
    if client is None:
        raise Problem("stamp.missing")
    return client


def checked(signed: bytes, content: bytes, folder: Path) -> tuple[str, datetime]:
    """Return the authority and the time of an answer about these bytes, by the certificates of a folder."""
    package = reader()
    if len(content) > MOST:
        raise Problem("stamp.unreadable")
    try:
        answer = package.decode_timestamp_response(content)
        granted = int(answer.status) in {0, 1}
        told = answer.tst_info if granted else None
    except Exception as error:  # the package raises ValueError and others on what is no answer
        raise Problem("stamp.unreadable") from error
    if told is None:
        raise Problem("stamp.refused")
    roots, others = certificates(folder)
    if not roots:
        raise Problem("stamp.no_certificates", folder=folder)
    builder = package.VerifierBuilder()
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
    known = [x509.load_der_x509_certificate(each) for each in answer.signed_data.certificates]
    serial = next(iter(answer.signed_data.signer_infos)).serial_number
    found = next((each for each in known if each.serial_number == serial), known[0])
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else found.subject.rfc4514_string()


def certificates(folder: Path) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Return the certificates in a folder or a file: those that signed themselves, and the others."""
    found: list[x509.Certificate] = []
    for path in sorted(folder.glob("*.pem")) if folder.is_dir() else [folder] if folder.is_file() else ():
        try:
            found += x509.load_pem_x509_certificates(path.read_bytes())
        except ValueError as error:
            raise Problem("stamp.no_certificates", folder=path) from error
    roots = [each for each in found if each.issuer == each.subject]
    return roots, [each for each in found if each.issuer != each.subject]

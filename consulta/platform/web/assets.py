"""The static files that pages name: each under an address with its digest."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import url_for

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


STATIC = Path(__file__).parent / "static"


@cache
def _assets() -> frozenset[str]:
    """Return the names of the static files; a request for another name never touches the disk."""
    return frozenset(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())


@cache
def asset(name: str) -> tuple[bytes, str]:
    """Return the content of a static file and its short digest.

    Raise FileNotFoundError if there is none.
    """
    if name not in _assets():
        raise FileNotFoundError(name)
    body = (STATIC / name).read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:12]


def static_url(name: str) -> str:
    """Return the address of a static file, with the digest of its content.

    So the file can be cached without limit.
    """
    return url_for("front.asset", digest=asset(name)[1], name=name)

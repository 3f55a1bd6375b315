"""The device cookie: this browser signed in to an account before, and its failures are counted apart.

The cookie gives no access. Failures of a browser that holds it are counted apart from those of unknown
browsers, as OWASP describes for device cookies. It is signed, names accounts only by digests, and is set
only at a successful sign-in.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from consulta.platform.accounts import service as accounts
from consulta.platform.web.request import house

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.settings import Settings

LIFE = 180 * 24 * 60 * 60  # seconds
ACCOUNTS_KEPT = 4  # on one device


def known(email: str) -> str:
    """Return the name of this browser for the account of an address; "" where it never signed in to it."""
    return _held().get(accounts.device_of(email), "")


def has_any() -> bool:
    """Return whether a person signed in with this browser before, to whichever account."""
    return bool(_held())


def give(response: Response, email: str, settings: Settings | None = None) -> None:
    """Put into the cookie that this browser signed in to the account of this address.

    `settings` are those of the place where it did, by default those of this request.
    """
    place = settings or house().settings
    account = accounts.device_of(email)
    held = _held(_cookie(place))
    name = held.pop(account, "") or secrets.token_urlsafe(16)
    kept = {**dict(list(held.items())[-(ACCOUNTS_KEPT - 1) :]), account: name}
    response.set_cookie(
        _cookie(place),
        _serializer().dumps(kept),
        max_age=LIFE,
        secure=place.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _held(cookie: str = "") -> dict[str, str]:
    said = request.cookies.get(cookie or _cookie(house().settings), "")
    try:
        held = _serializer().loads(said, max_age=LIFE)
    except BadSignature:
        return {}
    return dict(held)


def _cookie(settings: Settings) -> str:
    name = "__Host-consulta-device" if settings.secure else "consulta_device"
    return f"{name}-practice" if settings.practice else name


def _serializer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="consulta device")

"""The identity provider of the organisation, by OpenID Connect: asked by a browser, and its answer checked.

The authorization code flow with PKCE. What the provider says of itself (discovery) and its keys are kept for
an hour; while it does not answer it is asked again only every half minute, and by one request at a time, so
that a provider that is down holds no threads. Redirects are not followed, and only its own https is believed.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from consulta.accounts.provider import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.infra.settings import ProviderSettings

TIMEOUT = 5  # seconds for a connection, and for each part of an answer
PATIENCE = 2.0  # seconds to wait while another request asks the provider
KEPT, DOWN = timedelta(hours=1), timedelta(seconds=30)
LEEWAY = 60  # seconds by which the two clocks may differ
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SCOPE = "openid email"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Refused(Exception):  # noqa: N818 - what a page says, not a fault of this program
    """Why the provider opened nothing: `why` is `down`, `denied`, `token`, `unverified` or `old`.

    The text is for the log: what was wrong, without any secret.
    """

    def __init__(self, why: str, told: str = "") -> None:
        super().__init__(told or why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Known:
    """What the provider says of itself, its keys, and when that was asked."""

    at: datetime
    endpoints: Mapping[str, Any]
    keys: KeySet


@dataclass
class Provider:
    """A provider, and what is known of it in this process."""

    settings: ProviderSettings
    _lock: Lock = field(default_factory=Lock)
    _known: Known | None = None
    _down: datetime | None = None  # when it last did not answer

    def way(self, asked: Mapping[str, Any], token: str, back: str, now: datetime) -> str:
        """Return the address to which a browser goes, for the question that is kept under a token.

        `back` is where it comes back to. Raise Refused where the provider is down.
        """
        known = self._ask_of_itself(now)
        more = {"nonce": asked["nonce"]}
        if asked.get("again"):
            more |= {"prompt": "login", "max_age": "0"}
        if self.settings.acr:
            more["acr_values"] = " ".join(self.settings.acr)
        address, _state = self._client(known, back).create_authorization_url(
            known.endpoints["authorization_endpoint"],
            state=token,
            code_verifier=asked["verifier"],
            **more,
        )
        return str(address)

    def said(self, asked: Mapping[str, Any], answer: Mapping[str, str], back: str, now: datetime) -> Said:
        """Return what the provider says of a person, by the answer that the browser brought.

        Raise Refused where it is down, or where anything of it does not hold.
        """
        if "error" in answer or "code" not in answer:
            raise Refused("denied", answer.get("error", "no code")[:60])
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise Refused("token", "answer of another issuer")
        known = self._ask_of_itself(now)
        client = self._client(known, back)
        token = _tried(
            lambda: client.fetch_token(
                known.endpoints["token_endpoint"],
                grant_type="authorization_code",
                code=answer["code"],
                code_verifier=asked["verifier"],
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        )
        claims = self._checked(token, asked, known, now)
        if "email" not in claims and "userinfo_endpoint" in known.endpoints:
            claims = claims | self._more(client, claims, known)
        email = claims.get("email")
        if not email or claims.get("email_verified") is not True:
            raise Refused("unverified")
        if not isinstance(email, str) or unicodedata.normalize("NFKC", email) != email:
            # Signs that stand for others, such as wide letters, are another mailbox, and are folded here.
            raise Refused("unverified", "the address has signs that stand for others")
        return self._person(claims, asked, now)

    def way_out(self, home: str, now: datetime) -> str | None:
        """Return the address at which a person signs out of the provider too; None where there is none."""
        try:
            known = self._ask_of_itself(now)
        except Refused:
            return None
        address = known.endpoints.get("end_session_endpoint")
        if not address:
            return None
        asked = urlencode({"client_id": self.settings.client, "post_logout_redirect_uri": home})
        return f"{address}{'&' if '?' in address else '?'}{asked}"

    def _client(self, known: Known, back: str) -> OAuth2Session:
        methods = known.endpoints.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        by_secret = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Session(
            self.settings.client,
            self.settings.secret or None,
            token_endpoint_auth_method=by_secret if self.settings.secret else "none",
            scope=SCOPE,
            redirect_uri=back,
            leeway=0,  # of the life of its token, which is used at once
            code_challenge_method="S256",
        )

    def _ask_of_itself(self, now: datetime) -> Known:
        """Return what the provider says of itself, at most an hour old. Raise Refused where it is down."""
        known = self._known
        if known is not None and now - known.at < KEPT:
            return known
        if self._down is not None and now - self._down < DOWN:
            raise Refused("down", "it did not answer a moment ago")
        if not self._lock.acquire(timeout=PATIENCE):
            raise Refused("down", "another request waits for it")
        try:
            return self._renewed(now)
        finally:
            self._lock.release()

    def _renewed(self, now: datetime) -> Known:
        """Ask the provider for what it says of itself and for its keys; keep both."""
        if self._known is not None and now - self._known.at < KEPT:
            return self._known  # another request has asked meanwhile
        issuer = self.settings.issuer
        try:
            told = _read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if told.get("issuer") != issuer or not all(_is_safe(told.get(each)) for each in needed):
                raise Refused("token", "its discovery is of another issuer, or has an address without https")
            told = {
                name: value
                for name, value in told.items()
                if name not in {"userinfo_endpoint", "end_session_endpoint"} or _is_safe(value)
            }
            keys = _tried(lambda: KeySet.import_key_set(cast("Any", _read(told["jwks_uri"]))))
        except Refused:
            self._down = now
            raise
        self._known, self._down = Known(now, told, keys), None
        return self._known

    def _checked(
        self, token: Mapping[str, Any], asked: Mapping[str, Any], known: Known, now: datetime
    ) -> dict[str, Any]:
        """Return what the token says, signed by the provider, for us, now, and for this question."""
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise Refused("token", "no id_token")
        try:
            signed = jwt.decode(raw, known.keys, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            self._known = None  # its keys may have changed: they are asked for again, once
            signed = _tried(
                lambda: jwt.decode(raw, self._ask_of_itself(now).keys, algorithms=list(ALGORITHMS))
            )
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client},
                "nonce": {"essential": True, "value": asked["nonce"]},
            },
            params={
                "nonce": asked["nonce"],
                "client_id": self.settings.client,
                "access_token": token.get("access_token"),
            },
        )
        _tried(lambda: claims.validate(now=int(now.timestamp()), leeway=LEEWAY))
        return dict(claims)

    def _more(self, client: OAuth2Session, claims: Mapping[str, Any], known: Known) -> dict[str, Any]:
        """Return address and verification from the provider's page about the same person."""
        answer = _tried(
            lambda: client.get(
                known.endpoints["userinfo_endpoint"], timeout=TIMEOUT, allow_redirects=False
            ).json()
        )
        if not isinstance(answer, dict) or answer.get("sub") != claims["sub"]:
            raise Refused("token", "userinfo is of another person")
        return {name: answer[name] for name in ("email", "email_verified") if name in answer}

    def _person(self, claims: Mapping[str, Any], asked: Mapping[str, Any], now: datetime) -> Said:
        at = claims.get("auth_time")
        asked_at = datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None
        if asked_at is not None and asked_at > now + timedelta(seconds=LEEWAY):
            raise Refused("token", "auth_time is in the future")
        begun = datetime.fromtimestamp(asked["at"], UTC) - timedelta(seconds=LEEWAY)
        if asked.get("again") and (asked_at is None or asked_at < begun):
            raise Refused("old")
        return Said(
            str(claims["email"]),
            asked_at,
            two_steps="mfa" in (claims.get("amr") or ()) or claims.get("acr") in self.settings.acr,
        )


def outcome(ask: Callable[[], Any]) -> tuple[Any, Refused | None]:
    """Return what `ask` returns, or None and why it was refused."""
    try:
        return ask(), None
    except Refused as refused:
        return None, refused


def _is_safe(address: object) -> bool:
    """Return whether an address that the provider names may be asked: https, or a machine's own http."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


def _read(address: str) -> dict[str, Any]:
    """Return the JSON object at an address."""

    def read() -> Any:
        answer = requests.get(address, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        return answer.json()

    found = _tried(read)
    if not isinstance(found, dict):
        raise Refused("down", "its answer is no object")
    return found


def _tried(act: Callable[[], Any]) -> Any:
    """Return what `act` returns. Raise Refused where the provider does not answer, or its answer is wrong."""
    try:
        return act()
    except (requests.RequestException, OSError) as error:
        raise Refused("down", type(error).__name__) from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
        told = getattr(error, "error", "") or type(error).__name__
        raise Refused("token", f"{told} {getattr(error, 'claim', '')}".strip()) from error

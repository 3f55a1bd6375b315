"""The identity provider of the organisation, by OpenID Connect: asked by a browser, and its answer checked.

The authorization code flow with PKCE. What the provider says of itself (discovery) and its keys are kept for
an hour, and looked at anew before a browser is sent there, so that a provider that went down is said here;
while it does not answer it is asked again only every half minute. It is asked in threads of its own, few of
them, for which a page waits some seconds at most: a provider that is slow, or sends without end, holds no
threads of the pages. Redirects are not followed, and only its own https is believed.
"""

from __future__ import annotations

import unicodedata
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock, Semaphore, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests.adapters import HTTPAdapter

from consulta.core.problems import Problem
from consulta.platform import accounts
from consulta.platform.access import require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.settings import ProviderSettings
    from consulta.platform.work import Work

    Answer = TypeVar("Answer")
    Session = TypeVar("Session", bound=requests.Session)

TIMEOUT = 5  # seconds for a connection, for each part of an answer, and for all its parts
LIMIT = 8.0  # seconds that a page waits for all that it asks of the provider
PATIENCE = 2.0  # seconds to wait while other requests ask the provider
ASKERS = 2  # requests that ask it at once
MOST = 1_000_000  # bytes of an answer
KEPT, DOWN = timedelta(hours=1), timedelta(seconds=30)
SEEN = timedelta(minutes=1)  # since when it must have answered, to send a browser there
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
class Said:
    """What a provider said of a person: a verified address, since when, and whether in two steps."""

    email: str
    asked_at: datetime | None  # when it asked the person last, if it says so
    two_steps: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the provider says of itself, its keys, and when that was asked."""

    at: datetime
    endpoints: Mapping[str, Any]
    keys: KeySet


@dataclass
class Line:
    """Few threads that ask the provider, so that those of the pages wait no longer than a limit."""

    limit: float = LIMIT
    patience: float = PATIENCE
    _room: Semaphore = field(default_factory=lambda: Semaphore(ASKERS))

    def asked(self, act: Callable[[], Answer]) -> Answer:
        """Return what `act` returns, or raise what it raises. Raise Refused where that takes too long.

        What takes too long goes on, and keeps its place until it ends: however many ask, no more wait than
        there are places.
        """
        if not self._room.acquire(timeout=self.patience):
            raise Refused("down", "other requests wait for it")
        found: Future[Answer] = Future()

        def run() -> None:
            try:
                found.set_result(act())
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                found.set_exception(error)
            finally:
                self._room.release()

        Thread(target=run, name="provider", daemon=True).start()
        try:
            return found.result(self.limit)
        except TimeoutError as error:
            raise Refused("down", f"no whole answer within {self.limit:g} seconds") from error


@dataclass
class Provider:
    """A provider, and what is known of it in this process."""

    settings: ProviderSettings
    line: Line = field(default_factory=Line)
    _lock: Lock = field(default_factory=Lock)
    _known: Known | None = None
    _down: datetime | None = None  # when it last did not answer

    def way(self, asked: Mapping[str, Any], token: str, back: str, now: datetime) -> str:
        """Return the address to which a browser goes, for the question that is kept under a token.

        `back` is where it comes back to. Raise Refused where the provider is down.
        """
        known = self._in_line(lambda: self._ask_of_itself(now, SEEN), now)
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
        return self._in_line(lambda: self._asked(asked, answer["code"], back, now), now)

    def _asked(self, asked: Mapping[str, Any], code: str, back: str, now: datetime) -> Said:
        """Return what the provider says of a person, by a code of its own."""
        known = self._ask_of_itself(now)
        client = self._client(known, back)
        token = _tried(
            lambda: client.fetch_token(
                known.endpoints["token_endpoint"],
                grant_type="authorization_code",
                code=code,
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
            known = self._in_line(lambda: self._ask_of_itself(now, SEEN), now)
        except Refused:
            return None
        address = known.endpoints.get("end_session_endpoint")
        if not address:
            return None
        asked = urlencode({"client_id": self.settings.client, "post_logout_redirect_uri": home})
        return f"{address}{'&' if '?' in address else '?'}{asked}"

    def _in_line(self, act: Callable[[], Answer], now: datetime) -> Answer:
        """Return what `act` returns, within the limit; where the provider is down, keep since when."""
        if self._is_down(now):
            raise Refused("down", "it did not answer a moment ago")
        try:
            return self.line.asked(act)
        except Refused as refused:
            if refused.why == "down":
                self._down = now
            raise

    def _is_down(self, now: datetime) -> bool:
        return self._down is not None and abs(now - self._down) < DOWN

    def _client(self, known: Known, back: str) -> OAuth2Session:
        methods = known.endpoints.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        by_secret = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        client = OAuth2Session(
            self.settings.client,
            self.settings.secret or None,
            token_endpoint_auth_method=by_secret if self.settings.secret else "none",
            scope=SCOPE,
            redirect_uri=back,
            leeway=0,  # of the life of its token, which is used at once
            code_challenge_method="S256",
        )
        return _bounded(client)

    def _ask_of_itself(self, now: datetime, kept: timedelta = KEPT) -> Known:
        """Return what the provider says of itself, at most `kept` old. Raise Refused where it is down."""
        known = self._known
        if known is not None and now - known.at < kept:
            return known
        if not self._lock.acquire(timeout=PATIENCE):
            raise Refused("down", "another request waits for it")
        try:
            return self._renewed(now, kept)
        finally:
            self._lock.release()

    def _renewed(self, now: datetime, kept: timedelta) -> Known:
        """Ask the provider for what it says of itself and for its keys; keep both."""
        if self._known is not None and now - self._known.at < kept:
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


class _Bounded(HTTPAdapter):
    """Answers that come within `TIMEOUT` from their beginning, and are no longer than `MOST`."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Return the answer to a request, read whole. Raise ConnectionError where it is too slow or long."""
        answer = super().send(request, **{**options, "stream": True})
        end, found = monotonic() + TIMEOUT, bytearray()
        for piece in answer.iter_content(1 << 13):
            found += piece
            if len(found) > MOST or monotonic() > end:
                answer.close()
                raise requests.ConnectionError("its answer has no end")
        answer._content = bytes(found)  # noqa: SLF001 - which `content` returns from then on
        return answer


def _bounded(session: Session) -> Session:
    """Return a session that reads no answer without end."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Bounded())
    return session


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
        with _bounded(requests.Session()) as session:
            answer = session.get(address, timeout=TIMEOUT, allow_redirects=False)
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


CHALLENGE = "provider"  # the kind of challenge under which a question is kept
QUESTION_LIFE = timedelta(minutes=10)  # from the way out to the way back


def ask(work: Work, state: dict[str, Any]) -> str:
    """Keep what belongs to a question to the provider; return the token by which the answer finds it."""
    require(work, "account.sign_in")
    return accounts.keep_challenge(work, CHALLENGE, None, state, QUESTION_LIFE)


def answered(work: Work, token: str) -> dict[str, Any]:
    """Return what was kept under a token, which is used up; empty if it was used, or is too old."""
    require(work, "account.sign_in")
    try:
        asked = accounts.take_challenge(work, CHALLENGE, token)
    except Problem:
        return {}
    state = dict(asked.state)
    work.session.delete(asked)
    return state


def sign_in_by_provider(
    work: Work, said: Said, *, required: bool, source: str = "", browser: str = ""
) -> str | None:
    """Start a session for the person whom the provider names; None if that is no active account that began.

    The session waits for the second step, unless the provider has asked for one: where the account has one,
    or one is `required`.
    """
    require(work, "account.sign_in")
    person = accounts.begun(work, said.email)
    if person is None:
        return None
    needs = not said.two_steps and (required or accounts.of(work, person.id).any)
    token = accounts.start_session(
        work,
        staff_id=person.id,
        factor="waiting" if needs else "provider",
        source=source,
        browser=browser,
        confirmed=min(said.asked_at or accounts.LONG_AGO, work.now),
    )
    if not needs:
        work.record("account.signed_in", f"staff:{person.id}", {"factor": "provider"})
    return token


def confirm_by_provider(work: Work, token: str, said: Said) -> bool:
    """Return whether the provider names the person of a session, and since when.

    If so, the session counts as confirmed since then.
    """
    require(work, "account.confirm")
    signed, person = accounts.session_of(work, token), accounts.begun(work, said.email)
    if signed is None or person is None or signed.staff_id != person.id or said.asked_at is None:
        return False
    signed.confirmed_at = min(said.asked_at, work.now)
    accounts.sign(work, signed)
    return True

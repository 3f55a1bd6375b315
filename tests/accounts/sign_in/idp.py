"""A small identity provider over real HTTP: discovery, keys, codes with PKCE, signed tokens, userinfo."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, SECRET = "consulta", "a-secret-of-the-client"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


@dataclass
class Idp:
    """What the provider says next, and what it was asked."""

    address: str = ""
    key: RSAKey = field(default_factory=new_key)
    signs_with: RSAKey | None = None  # another key than the one it publishes
    claims: dict[str, Any] = field(default_factory=dict)  # in place of what a token would say; None: left out
    userinfo: dict[str, Any] = field(default_factory=dict)
    issuer: str = ""  # as discovery says it, where that is another
    down: bool = False
    nonsense: bytes = b""  # what it answers to every question of a program, in place of what is true
    dawdles: float = 0.0  # seconds before it answers, and between two pieces of an answer
    pieces: int = 0  # of nonsense, where it has many
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer or self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/out",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser of a person who is signed in here is sent back to."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "iss": self.address})
        return f"{asked['redirect_uri']}?{back}"

    def token(self, sent: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The token for a code; None where code, client or verifier do not fit."""
        asked = self.codes.pop(sent.get("code", ""), None)
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        made = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or (name, secret) != (CLIENT, SECRET)
            or made.decode().rstrip("=") != asked["code_challenge"]
            or sent.get("redirect_uri") != asked["redirect_uri"]
        ):
            return None
        now = int(time.time())
        said = {
            "iss": self.address,
            "sub": "24400320",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": asked["nonce"],
            **self.claims,
        }
        key = self.signs_with or self.key
        claims = {name: value for name, value in said.items() if value is not None}
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
        return {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": signed}


class Handler(BaseHTTPRequestHandler):
    """What a provider says over HTTP; its server has the provider as `idp`."""

    @property
    def idp(self) -> Idp:
        return self.server.idp  # type: ignore[attr-defined,no-any-return]

    def do_GET(self) -> None:
        idp, parts = self.idp, urlsplit(self.path)
        idp.asked.append(parts.path)
        if self._is_odd():
            return
        if idp.down:
            self.send_error(503)
        elif parts.path == "/authorize":
            self.send_response(302)
            asked = {name: value[0] for name, value in parse_qs(parts.query).items()}
            self.send_header("Location", idp.authorize(asked))
            self.end_headers()
        elif parts.path == "/keys":
            self._say({"keys": [idp.key.as_dict(private=False)]})
        elif parts.path == "/userinfo" and self.headers["Authorization"] == "Bearer at":
            self._say(idp.userinfo)
        else:
            self._say(idp.discovery())

    def do_POST(self) -> None:
        self.idp.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {name: value[0] for name, value in parse_qs(body).items()}
        if self._is_odd():
            return
        found = None if self.idp.down else self.idp.token(sent, self.headers.get("Authorization", ""))
        self._say(found or {"error": "invalid_grant"}, 200 if found else 400)

    def _is_odd(self) -> bool:
        """Say nonsense, late, where the provider does; whether it did."""
        idp = self.idp
        time.sleep(idp.dawdles)
        if idp.nonsense:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):  # nobody listens any more
                for _ in range(max(idp.pieces, 1)):
                    self.wfile.write(idp.nonsense)
                    time.sleep(idp.dawdles)
        return bool(idp.nonsense)

    def _say(self, said: Any, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        with suppress(OSError):  # nobody listens any more
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running() -> Iterator[Idp]:
    """A provider that answers on this machine while the block lasts."""
    idp = Idp()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.idp = idp  # type: ignore[attr-defined]
    idp.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

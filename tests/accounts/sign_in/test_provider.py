"""Signing in by OpenID Connect, at a real provider over HTTP: what opens, what does not, and what is said."""

from __future__ import annotations

import html
import logging
import re
import time
from dataclasses import replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from consulta.accounts.pages import provider as provider_pages
from consulta.accounts.provider import Line, Provider
from consulta.platform import accounts
from consulta.platform.models import Challenge, SignedIn, Staff
from consulta.platform.settings import ProviderSettings, Settings, SettingsError
from consulta.platform.work import COMMAND
from tests.accounts.sign_in import idp as provider
from tests.accounts.sign_in.test_confirmation import age
from tests.apps import app_over
from tests.benches import PASSWORD, Visitor
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.work import Bench
    from tests.accounts.sign_in.idp import Idp

ANA, EVA = "ana@example.org", "eva@example.org"
SIGN_IN, BUTTON, DESK = "/es/account/sign-in", "/es/account/provider", "/es/secretariat/"
PANEL = "/es/secretariat/staff/invite"  # asks who it is again


@pytest.fixture(scope="module")
def one_idp() -> Iterator[Idp]:
    with provider.running() as idp:
        yield idp


@pytest.fixture
def idp(one_idp: Idp) -> Idp:
    one_idp.claims, one_idp.userinfo = {"email": ANA, "email_verified": True, "amr": ["pwd", "mfa"]}, {}
    one_idp.down, one_idp.issuer, one_idp.signs_with = False, "", None
    one_idp.nonsense, one_idp.dawdles, one_idp.pieces = b"", 0.0, 0
    one_idp.asked.clear()
    return one_idp


@pytest.fixture
def site(settings: Settings, bench: Bench, idp: Idp) -> Flask:
    """An application with the provider, and two accounts."""
    with bench.work(COMMAND, moment()) as work:
        for email in (ANA, EVA):
            accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, "admin")
    known = ProviderSettings(idp.address, provider.CLIENT, provider.SECRET, "Red Andina")
    return app_over(replace(settings, second_factor="required", provider=known), bench)


def there(page: TestResponse) -> str:
    """The address at the provider to which a page leads."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def back(way: str) -> str:
    """Where the provider sends the browser after it was at `way`."""
    parts = urlsplit(way)
    connection = HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().headers["Location"]
    connection.close()
    return location.removeprefix("http://localhost")


def go(visitor: Visitor, start: str = SIGN_IN, at: str = BUTTON) -> TestResponse:
    """Press the button, and come back from the provider."""
    return visitor.get(back(there(visitor.submit(start, {}, to=at))))


def said(visitor: Visitor, answer: TestResponse) -> str:
    """What the page says to which a refused sign-in leads."""
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == SIGN_IN
    text = html.unescape(visitor.get(answer.headers["Location"]).text)
    assert visitor.get(DESK).status_code == 303, "nothing is open"
    return text


def test_a_person_signs_in_and_two_steps_at_the_provider_are_enough(site: Flask, bench: Bench) -> None:
    visitor = Visitor(site.test_client())
    assert "Red Andina" in visitor.get(SIGN_IN).text
    answer = go(visitor, at=f"{BUTTON}?next=/es/account/")
    assert answer.headers["Location"] in {"/es/account/", "/es/secretariat/first-steps"}
    assert visitor.get(DESK).status_code == 200
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(SignedIn.factor)).all() == ["provider"]
        assert work.session.scalars(select(Challenge)).all() == []
    out = visitor.submit("/es/account/", {}, to="/es/account/sign-out")
    assert "/out?client_id=consulta" in out.text
    assert visitor.get(DESK).status_code == 303


def test_without_a_second_step_there_it_is_asked_here(site: Flask, idp: Idp) -> None:
    idp.claims["amr"] = ["pwd"]
    visitor = Visitor(site.test_client())
    assert "/account/second" in go(visitor).headers["Location"]
    assert visitor.get(DESK).status_code == 303


def test_a_class_that_the_settings_name_is_asked_for_and_counts_as_two_steps(
    site: Flask, settings: Settings, bench: Bench, idp: Idp
) -> None:
    known = ProviderSettings(idp.address, provider.CLIENT, provider.SECRET, acr=("urn:two",))
    app = app_over(replace(settings, second_factor="required", provider=known), bench)
    idp.claims |= {"amr": None, "acr": "urn:two"}
    visitor = Visitor(app.test_client())
    way = there(visitor.submit(SIGN_IN, {}, to=BUTTON))
    assert parse_qs(urlsplit(way).query)["acr_values"] == ["urn:two"]
    visitor.get(back(way))
    assert visitor.get(DESK).status_code == 200


def test_an_address_that_only_userinfo_has_is_taken_from_there(site: Flask, idp: Idp) -> None:
    idp.claims |= {"email": None, "email_verified": None}
    idp.userinfo = {"sub": "24400320", "email": ANA.upper(), "email_verified": True}
    visitor = Visitor(site.test_client())
    go(visitor)
    assert visitor.get(DESK).status_code == 200
    idp.userinfo["sub"] = "another"
    other = Visitor(site.test_client())
    assert "no es válida" in said(other, go(other))


NOW = int(time.time())
WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"iss": "https://other.example"}, "no es válida"),
    ({"aud": "another client"}, "no es válida"),
    ({"aud": [provider.CLIENT, "another"], "azp": "another"}, "no es válida"),
    ({"exp": NOW - 3600}, "no es válida"),
    ({"nonce": "another"}, "no es válida"),
    ({"nonce": None}, "no es válida"),
    ({"auth_time": NOW + 7200}, "no es válida"),
    ({"email_verified": False}, "no ha verificado"),
    ({"email": ANA.replace("a", "\uff41", 1)}, "no ha verificado"),  # folded, it would be hers
    ({"email_verified": "true"}, "no ha verificado"),
    ({"email_verified": None}, "no ha verificado"),
    ({"email": "nadie@example.org"}, "ninguna cuenta"),
)


def test_what_does_not_hold_opens_nothing_and_is_said_and_logged(
    site: Flask, idp: Idp, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    right = dict(idp.claims)
    for claims, words in WRONG:
        idp.claims = right | claims
        visitor = Visitor(site.test_client())
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert words in said(visitor, go(visitor)), claims
        assert "sign_in.failed network=127.0.0.0/24 how=provider" in caplog.text
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(SignedIn)).all() == []
        assert len(work.session.scalars(select(Staff)).all()) == 2, "no account is made"


def test_another_key_opens_nothing_and_a_new_key_of_the_provider_does(site: Flask, idp: Idp) -> None:
    visitor = Visitor(site.test_client())
    idp.signs_with = provider.new_key()
    assert "no es válida" in said(visitor, go(visitor))
    idp.key, idp.signs_with = idp.signs_with, None
    go(visitor)
    assert visitor.get(DESK).status_code == 200


def test_an_answer_is_taken_once_and_only_from_the_browser_that_asked(site: Flask, bench: Bench) -> None:
    mine, other = Visitor(site.test_client()), Visitor(site.test_client())
    answer = back(there(mine.submit(SIGN_IN, {}, to=BUTTON)))
    assert "otro navegador" in said(other, other.get(answer))
    mine.get(answer)
    assert mine.get(DESK).status_code == 200
    mine.submit("/es/account/", {}, to="/es/account/sign-out")
    assert "otro navegador" in said(mine, mine.get(answer))
    # And with the cookie of before, as a thief of the browser's files would have it.
    late = back(there(mine.submit(SIGN_IN, {}, to=BUTTON)))
    with mine.client.session_transaction() as session:
        held = session["provider"]
    mine.get(late)
    mine.submit("/es/account/", {}, to="/es/account/sign-out")
    with mine.client.session_transaction() as session:
        session["provider"] = held
    assert "otro navegador" in said(mine, mine.get(late))


def test_refused_there_and_an_answer_of_another_issuer(site: Flask) -> None:
    visitor = Visitor(site.test_client())
    for more, words in (("&error=access_denied", "se canceló"), ("&code=x&iss=https://evil", "no es válida")):
        way = there(visitor.submit(SIGN_IN, {}, to=BUTTON))
        state = parse_qs(urlsplit(way).query)["state"][0]
        assert words in said(visitor, visitor.get(f"/account/provider?state={state}{more}"))


def test_a_provider_that_is_down_is_said_and_the_password_still_opens(
    site: Flask, idp: Idp, bench: Bench
) -> None:
    idp.down = True
    visitor = Visitor(site.test_client())
    assert "no responde" in said(visitor, visitor.submit(SIGN_IN, {}, to=BUTTON))
    before = len(idp.asked)
    assert "no responde" in said(visitor, visitor.submit(SIGN_IN, {}, to=BUTTON))
    assert len(idp.asked) == before, "it is not asked again at once"
    answer = visitor.submit(SIGN_IN, {"email": ANA, "password": PASSWORD})
    assert "/account/second" in answer.headers["Location"]


def waits_little(site: Flask) -> None:
    """Let the pages wait a tenth of a second for the provider, in place of eight."""
    site.extensions[provider_pages.NAME] = Provider(
        site.extensions["consulta"].settings.provider, Line(limit=0.1, patience=0.05)
    )


def test_a_provider_that_is_slow_keeps_no_more_than_its_few_threads(site: Flask, idp: Idp) -> None:
    waits_little(site)
    idp.dawdles = 5.0
    visitors = [Visitor(site.test_client()) for _ in range(6)]
    provider_of: Provider = site.extensions[provider_pages.NAME]
    for visitor in visitors:
        provider_of._down = None  # as if half a minute had passed
        began = time.monotonic()
        assert "no responde" in said(visitor, visitor.submit(SIGN_IN, {}, to=BUTTON))
        assert time.monotonic() - began < idp.dawdles
    assert len(idp.asked) <= 2, "no more ask than have a place"


def test_answers_that_are_nonsense_or_have_no_end_are_told_and_open_nothing(
    site: Flask, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consulta.accounts.provider.MOST", 1000)
    for nonsense, pieces, words in (
        (b"<html>mantenimiento</html>", 0, "no responde"),
        (b"[1, 2]", 0, "no responde"),
        (b"\xff\xfe", 0, "no responde"),
        (b" " * 400, 10, "no responde"),
    ):
        idp.nonsense, idp.pieces = nonsense, pieces
        visitor = Visitor(site.test_client())
        assert words in said(visitor, visitor.submit(SIGN_IN, {}, to=BUTTON)), nonsense
        site.extensions.pop(provider_pages.NAME)


def test_a_discovery_of_another_issuer_leads_nowhere(site: Flask, idp: Idp) -> None:
    idp.issuer = "https://evil.example"
    visitor = Visitor(site.test_client())
    assert "no es válida" in said(visitor, visitor.submit(SIGN_IN, {}, to=BUTTON))


def test_the_provider_confirms_again_who_is_here(site: Flask, idp: Idp, bench: Bench) -> None:
    visitor = Visitor(site.test_client())
    go(visitor)
    age(bench)
    asked = visitor.get(PANEL)
    confirm = asked.headers["Location"]
    button = f"{BUTTON}?{urlsplit(confirm).query}"
    way = there(visitor.submit(confirm, {}, to=button))
    query = parse_qs(urlsplit(way).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    idp.claims["auth_time"] = int(time.time()) - 3600
    assert visitor.get(back(way)).headers["Location"].startswith("/es/account/confirm"), (
        "it did not ask again"
    )
    idp.claims |= {"auth_time": int(time.time()), "email": EVA}
    go(visitor, confirm, button)
    assert visitor.get(PANEL).status_code == 303, "another person"
    idp.claims["email"] = ANA
    assert go(visitor, confirm, button).headers["Location"] == PANEL
    assert visitor.get(PANEL).status_code == 200


def test_an_old_sign_in_there_is_no_confirmation_here(site: Flask, idp: Idp) -> None:
    for auth_time in (int(time.time()) - 3600, None):
        idp.claims["auth_time"] = auth_time
        visitor = Visitor(site.test_client())
        go(visitor)
        assert visitor.get(DESK).status_code == 200
        assert "/account/confirm" in visitor.get(PANEL).headers["Location"]


def test_settings_of_the_provider(tmp_path: Path) -> None:
    whole = {"CONSULTA_OIDC_ISSUER": "https://login.example.org/red", "CONSULTA_OIDC_CLIENT": "c"}
    for wrong in (
        {"CONSULTA_OIDC_CLIENT": ""},
        {"CONSULTA_OIDC_ISSUER": "http://login.example.org"},
        {"CONSULTA_OIDC_ISSUER": "login.example.org"},
        {"CONSULTA_OIDC_SECRET_FILE": str(tmp_path / "none")},
    ):
        with pytest.raises(SettingsError, match="CONSULTA_OIDC_"):
            ProviderSettings.from_env(whole | wrong)
    secret = tmp_path / "secret"
    secret.write_text(" s3cret\n")
    secret.chmod(0o600)
    found = ProviderSettings.from_env(whole | {"CONSULTA_OIDC_SECRET_FILE": str(secret)})
    assert found is not None
    assert (found.issuer, found.secret) == ("https://login.example.org/red", "s3cret")
    assert "s3cret" not in repr(found)
    assert ProviderSettings.from_env({}) is None

"""Settings that are unsafe in themselves are refused where they are read, with the way out."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from consulta.platform.settings import Settings, SettingsError
from tests.cases import for_each

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, **values: str) -> Settings:
    strong = {"CONSULTA_SECRET": "a secret of the tests, long enough and varied"}
    return Settings.from_env({"CONSULTA_DATA": str(folder), **strong, **values})


@for_each(
    "secret",
    [
        "short",
        "x" * 64,
        "abcdefgh" * 5,
        "changeme" * 5,
        "0123456789abcdef" * 2,
        "abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingsError, match="the secret is too weak") as refused:
        read(tmp_path, CONSULTA_SECRET=secret)
    assert secret not in str(refused.value)


def test_secrets_that_programs_make_are_taken(tmp_path: Path) -> None:
    for secret in (secrets.token_hex(16), secrets.token_hex(32), secrets.token_urlsafe(48)):
        assert read(tmp_path, CONSULTA_SECRET=secret).secret == secret


def test_a_secret_that_others_can_read_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    environ = {"CONSULTA_DATA": str(tmp_path)}
    with pytest.raises(SettingsError, match="run `consulta init`"):
        Settings.from_env(environ)
    file.write_text(secrets.token_urlsafe(48))
    for mode in (0o644, 0o640, 0o604):
        file.chmod(mode)
        with pytest.raises(SettingsError, match="chmod 600"):
            Settings.from_env(environ)
    file.chmod(0o600)
    assert Settings.from_env(environ).secret == file.read_text()


@for_each("address", ["http://consulta.example.org", "http://192.0.2.1:8000", "ftp://localhost"])
def test_an_address_in_the_clear_is_refused_for_a_public_name(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="CONSULTA_BASE_URL must"):
        read(tmp_path, CONSULTA_BASE_URL=address)
    for fine in ("https://consulta.example.org", "http://127.0.0.1:8000", "http://localhost:8000"):
        assert read(tmp_path, CONSULTA_BASE_URL=fine).base_url == fine

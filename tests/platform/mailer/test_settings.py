"""The settings of mail: what they mean when they are left out, and which are refused at the start."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.platform.settings import MailSettings, Settings, SettingsError
from tests.cases import for_each

if TYPE_CHECKING:
    from pathlib import Path

SERVER = {"CONSULTA_SMTP_HOST": "mail.example.org", "CONSULTA_MAIL_SENDER": "Mecanismo <voto@example.org>"}


def read(**values: str) -> MailSettings:
    return MailSettings.from_env(values, "voto.example.org")


def test_without_a_server_nothing_needs_to_be_set() -> None:
    found = read()
    assert (found.host, found.sender, found.reply_to) == (
        "",
        "consulta@voto.example.org",
        "consulta@voto.example.org",
    )


@for_each("tls, port", [("", 587), ("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_encryption(tls: str, port: int) -> None:
    found = read(**SERVER, CONSULTA_SMTP_TLS=tls)
    assert (found.tls, found.port) == (tls or "starttls", port)
    assert read(**SERVER, CONSULTA_SMTP_TLS=tls, CONSULTA_SMTP_PORT="2525").port == 2525


def test_a_sender_has_a_name_and_answers_go_to_the_secretariat() -> None:
    found = read(**SERVER, CONSULTA_MAIL_REPLY_TO="secretaria@example.org", CONSULTA_MAIL_RATE="20")
    assert (found.sender_name, found.sender, found.reply_to, found.rate) == (
        "Mecanismo",
        "voto@example.org",
        "secretaria@example.org",
        20,
    )


def test_a_password_comes_from_a_file_that_nobody_else_reads_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("muy secreta\n", encoding="utf-8")
    file.chmod(0o600)
    values = {**SERVER, "CONSULTA_SMTP_USER": "voto", "CONSULTA_SMTP_PASSWORD_FILE": str(file)}
    assert read(**values).password == "muy secreta"
    assert "muy secreta" not in repr(read(**values))
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read(**values)


@for_each(
    "values, said",
    [
        ({"CONSULTA_SMTP_HOST": "mail.example.org"}, "CONSULTA_MAIL_SENDER"),
        ({**SERVER, "CONSULTA_SMTP_TLS": "ssl"}, "CONSULTA_SMTP_TLS"),
        ({**SERVER, "CONSULTA_SMTP_PORT": "70000"}, "CONSULTA_SMTP_PORT"),
        ({**SERVER, "CONSULTA_MAIL_RATE": "0"}, "CONSULTA_MAIL_RATE"),
        ({**SERVER, "CONSULTA_SMTP_USER": "voto"}, "go together"),
        ({**SERVER, "CONSULTA_SMTP_PASSWORD": "x"}, "go together"),
        (
            {**SERVER, "CONSULTA_SMTP_TLS": "none", "CONSULTA_SMTP_USER": "a", "CONSULTA_SMTP_PASSWORD": "b"},
            "in the clear",
        ),
        ({"CONSULTA_MAIL_SENDER": "nobody"}, "CONSULTA_MAIL_SENDER"),
        ({"CONSULTA_MAIL_TEST_ADDRESS": "a@b, c@d"}, "CONSULTA_MAIL_TEST_ADDRESS"),
        ({**SERVER, "CONSULTA_MAIL_REPLY_TO": "x\nBcc: a@b.org"}, "CONSULTA_MAIL_REPLY_TO"),
    ],
)
def test_what_cannot_work_or_is_not_safe_is_refused(values: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(**values)


@for_each("hours, wait", [("", 24), ("1", 1), ("48", 48), ("720", 720)])
def test_another_address_waits_a_day_unless_the_installation_says_otherwise(
    tmp_path: Path, hours: str, wait: int
) -> None:
    values = {"CONSULTA_DATA": str(tmp_path), "CONSULTA_SECRET": "a secret of the tests, long and varied"}
    found = Settings.from_env(values | {"CONSULTA_CHANGE_WAIT_HOURS": hours})
    assert found.change_wait == timedelta(hours=wait)
    for refused in ("0", "721", "un día"):
        with pytest.raises(SettingsError, match="CONSULTA_CHANGE_WAIT_HOURS"):
            Settings.from_env(values | {"CONSULTA_CHANGE_WAIT_HOURS": refused})

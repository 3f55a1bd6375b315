"""Settings: read once from the environment, frozen, and refused where they would be unsafe."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from consulta.paths import data_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE_URL = "http://127.0.0.1:8000"
SMALL_CELL = 5  # published breakdowns hide counts of people below this
SECRET_LENGTH = 32
SECRET_VARIETY = 8  # different characters
WEAK = frozenset({"secret", "changeme", "change-me", "development", "consulta", "password"})


class SettingsError(Exception):
    """A setting is missing or unsafe; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set from outside. `docs/operate.md` explains each variable."""

    data: Path
    database: str
    secret: str = field(repr=False)
    old_secrets: tuple[str, ...] = field(default=(), repr=False)
    base_url: str = BASE_URL
    behind_proxy: bool = False
    small_cell: int = SMALL_CELL

    @property
    def secure(self) -> bool:
        """Whether pages are reached over https, as the base address says."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def host(self) -> str:
        """The one host name that requests may name."""
        return urlsplit(self.base_url).hostname or ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Settings from variables named `CONSULTA_…`; SettingsError where one is missing or unsafe."""
        folder = data_dir(environ)
        secret = environ.get("CONSULTA_SECRET") or _read_secret(
            Path(environ.get("CONSULTA_SECRET_FILE") or folder / "secret")
        )
        _require_strong(secret)
        base_url = environ.get("CONSULTA_BASE_URL", BASE_URL).rstrip("/")
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise SettingsError(
                f"CONSULTA_BASE_URL must be like https://consulta.example.org, not {base_url!r}"
            )
        return cls(
            data=folder,
            database=environ.get("CONSULTA_DATABASE") or f"sqlite:///{folder / 'consulta.sqlite3'}",
            secret=secret,
            old_secrets=tuple(environ.get("CONSULTA_OLD_SECRETS", "").split()),
            base_url=base_url,
            behind_proxy=_flag(environ, "CONSULTA_BEHIND_PROXY"),
            small_cell=_whole(environ, "CONSULTA_SMALL_CELL", SMALL_CELL),
        )


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip().lower()
    if value not in {"", "0", "1", "no", "yes", "false", "true"}:
        raise SettingsError(f"{name} must be yes or no, not {value!r}")
    return value in {"1", "yes", "true"}


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal():
        raise SettingsError(f"{name} must be a whole number, not {value!r}")
    return int(value)


def _read_secret(path: Path) -> str:
    if not path.is_file():
        raise SettingsError(f"there is no secret: run `consulta init`, or set CONSULTA_SECRET or {path}")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"others can read {path}: run chmod 600 on it")
    return path.read_text(encoding="utf-8").strip()


def _require_strong(secret: str) -> None:
    if len(secret) < SECRET_LENGTH or secret.lower() in WEAK or len(set(secret)) < SECRET_VARIETY:
        raise SettingsError(f"the secret is too weak: it needs {SECRET_LENGTH} or more varied characters")

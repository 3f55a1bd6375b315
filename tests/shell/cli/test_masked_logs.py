"""Personal links stand in no log: not in ours, and not in those of the servers whose settings we hand out."""

from __future__ import annotations

import gc
import importlib.util
import logging
import re
import secrets
import shutil
import subprocess
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from waitress.utilities import logger as waitress_logger

from consulta.platform import door as door_acts
from consulta.platform import security
from consulta.shell.cli import serve
from tests.cases import for_each
from tests.house.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask

PROXY = ROOT / "docs" / "proxy"


def doors(app: Flask) -> Iterator[str]:
    """The address of every page that has a key in it, in each language, as the URL map has them."""
    found = [rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    assert [rule.endpoint for rule in found] == ["door.link"], "how is the key in the others masked?"
    assert set(door_acts.ways()) == set("yvparqmjse")
    for way in door_acts.ways():
        for lang in ("es", "en"):
            values = {"lang": lang, "way": way, "token": "TOKEN"}
            yield str(app.url_map.bind("localhost").build("door.link", values))


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """What may be asked for with a key in it, and the key."""
    for door in doors(app):
        token = secrets.token_urlsafe(32)
        for address in (
            door.replace("TOKEN", token),
            door.replace("TOKEN", f"{token}?x={token}"),
            door.replace("TOKEN", f"{token[:20]}%20{token[20:]}"),
            door.replace("TOKEN", token).replace("/", "//", 1),
            door.replace("TOKEN", token).replace("/", "%2F"),
            f"/es/account/sign-in?next={door.replace('TOKEN', token)}",
        ):
            yield address, token


def nginx_map() -> Callable[[str], str]:
    """The map of the sample, read as nginx reads it: the first expression that matches."""
    text = (PROXY / "nginx.conf").read_text("utf-8")
    block = re.search(r"map \$request_uri \$consulta_uri \{(.*?)\n\}", text, re.DOTALL)
    assert block
    lines = re.findall(r'"~(.*?)"\s+"\$\{(\w+)\}-";', block[1])
    assert len(lines) == 2

    def masked(address: str) -> str:
        for expression, name in lines:
            if found := re.search(expression.replace("(?<", "(?P<"), address):
                return f"{found[name]}-"
        return address

    return masked


def caddy_filter() -> Callable[[str], str]:
    text = (PROXY / "Caddyfile").read_text("utf-8")
    found = re.search(r'request>uri regexp "(.*?)" "\$\{1\}-"', text)
    assert found
    return lambda address: re.sub(found[1], r"\1-", address)


def gunicorn_settings(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The sample as gunicorn would load it, over a stand-in for the one class that it takes from gunicorn."""

    class Logger:
        error_log = logging.getLogger("consulta.tests.gunicorn")

        def setup(self, cfg: object) -> None:
            self.error_log.addHandler(logging.StreamHandler())

        def atoms(self, address: str) -> dict[str, object]:
            return {
                "r": f"GET {address} HTTP/1.1",
                "U": address,
                "f": f"https://x{address}",
                "s": "200",
                "B": 9,
            }

    glogging = ModuleType("gunicorn.glogging")
    glogging.Logger = Logger  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gunicorn", ModuleType("gunicorn"))
    monkeypatch.setitem(sys.modules, "gunicorn.glogging", glogging)
    spec = importlib.util.spec_from_file_location("gunicorn_conf", PROXY / "gunicorn.conf.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def pieces(token: str) -> Iterator[str]:
    """Eight signs in a row of a key are too many in a log."""
    return (token[start : start + 8] for start in range(len(token) - 7))


@for_each("server", ["nginx", "caddy", "gunicorn"])
def test_no_address_with_a_key_is_written_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    masks = {
        "nginx": nginx_map,
        "caddy": caddy_filter,
        "gunicorn": lambda: gunicorn_settings(monkeypatch).masked,
    }
    masked = masks[server]()
    for address, token in addresses(app):
        said = masked(address)
        assert not any(piece in said for piece in pieces(token)), said
    for address in (
        "/es/",
        "/es/rounds/2027-1/result",
        "/es/v/",
        "/es/ballot/2027-1",
        "/static/0a1b2c3d4e5f/x.css",
    ):
        assert masked(address) == address


def test_the_logger_of_gunicorn_masks_requests_and_errors(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = gunicorn_settings(monkeypatch).logger_class()
    logger.setup(SimpleNamespace())
    for address, token in addresses(app):
        atoms = logger.atoms(address)
        assert atoms["B"] == 9
        assert not any(piece in str(atoms) for piece in pieces(token))
        logger.error_log.error("Error handling request %s %s", "GET", address)
        assert not any(piece in capsys.readouterr().err for piece in pieces(token))


def test_what_the_server_says_of_a_lost_client_or_an_error_has_no_key(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """waitress names the address that was asked for; the handler of our commands leaves the key out."""
    root = logging.RootLogger(logging.INFO)
    monkeypatch.setattr(logging, "root", root)
    monkeypatch.setattr(waitress_logger, "parent", root)
    monkeypatch.setattr(waitress_logger, "disabled", False)
    security.set_up()
    for address, token in addresses(app):
        waitress_logger.warning("Client disconnected while serving %s", address)
        try:
            raise ValueError(address)
        except ValueError:
            waitress_logger.exception("Exception while serving")
        said = capsys.readouterr().err
        assert "Client disconnected while serving " in said
        assert not any(piece in said for piece in pieces(token)), said


NGINX = shutil.which("nginx") or ""


@pytest.mark.skipif(not NGINX, reason="nginx is not installed here")
def test_nginx_takes_the_sample(tmp_path: Path) -> None:
    """Where nginx is there, it reads the sample as it is, but for the places of its files."""
    key, certificate = tmp_path / "key.pem", tmp_path / "fullchain.pem"
    both = (ROOT / "tests" / "certificate.pem").read_text("utf-8")
    key.write_text(both, "utf-8")
    certificate.write_text(both, "utf-8")
    site = (PROXY / "nginx.conf").read_text("utf-8")
    site = site.replace("/etc/ssl/consulta", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    site = site.replace("/var/lib/nginx", str(tmp_path))
    site = site.replace("listen 443", "listen 127.0.0.1:8443").replace("listen [::]:443", "listen [::1]:8443")
    (tmp_path / "site.conf").write_text(site, "utf-8")
    paths = "".join(
        f"{name}_temp_path {tmp_path / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    http = f"http {{ {paths} include {tmp_path}/site.conf; }}"
    whole = f"pid {tmp_path / 'pid'}; error_log stderr; events {{}} {http}"
    (tmp_path / "nginx.conf").write_text(whole, "utf-8")
    done = subprocess.run(
        [NGINX, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@for_each("sample", ["nginx.conf", "Caddyfile"])
def test_where_the_application_does_not_answer_the_proxy_says_so_in_each_language(sample: str) -> None:
    """In words that hold whether or not a vote was taken before: it is sent again, and counts once."""
    said = (PROXY / sample).read_text("utf-8")
    for words in ("un voto que se envía dos veces", "um voto enviado duas vezes", "sent twice counts once"):
        assert said.count(words) == 1


def test_gunicorn_uses_memory_as_our_own_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    for name in ("collect", "freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *values, name=name: told.append((name, *values)))
    gunicorn_settings(monkeypatch).post_worker_init(None)
    assert told == [("collect",), ("freeze",), ("set_threshold", serve.YOUNG, serve.OLDER, serve.OLDEST)]

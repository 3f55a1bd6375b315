"""The link of the first administrator: printed over an empty folder, works once, never again afterwards."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pyotp
import pytest
from click.testing import CliRunner

from consulta.shell import cli
from consulta.shell.cli import serve
from tests.benches import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

LINK = re.compile(r"^http://localhost(/\S+/j/\S{43})$", re.MULTILINE)
WORDS = "quince gatos cruzan lentos"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that is not there yet."""
    for name in ("CONSULTA_SECRET", "CONSULTA_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONSULTA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CONSULTA_BASE_URL", "http://localhost")
    return tmp_path / "data"


def run(*words: str) -> str:
    return CliRunner().invoke(cli.main, words, catch_exceptions=False).output


def served(monkeypatch: pytest.MonkeyPatch, visit: Callable[[Flask], None] = lambda _app: None) -> str:
    """What `consulta serve` prints; `visit` is what happens while it serves."""
    monkeypatch.setattr(serve, "run", lambda app, _host, _port: visit(app))
    return run("serve", "--no-worker")


def begin(app: Flask, path: str, **more: str) -> Visitor:
    """Open a link and begin the account."""
    visitor = Visitor(app.test_client())
    page = visitor.post(path).headers["Location"]
    done = visitor.submit(page, {"name": "Ana Solís", "password": WORDS, **more})
    assert done.status_code == 303, done.text
    return visitor


def test_serve_over_an_empty_folder_prints_a_link_that_works_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = LINK.findall(served(monkeypatch))
    assert folder.stat().st_mode & 0o077 == 0
    again = served(monkeypatch)
    assert LINK.findall(again) == [], "one link at a time"
    assert "consulta init" in again
    assert path.rpartition("/")[2].encode() not in b"".join(
        each.read_bytes() for each in folder.glob("*.sq*")
    )

    def walk(app: Flask) -> None:
        visitor = Visitor(app.test_client())
        page = visitor.post(path).headers["Location"]
        for wrong in ("", "ana"):
            refused = visitor.submit(page, {"name": "Ana Solís", "password": WORDS, "email": wrong})
            assert refused.status_code == 422
            assert "Ana Solís" in refused.text, "nothing typed is lost"
        visitor = begin(app, path, email=" Ana@Example.org ")
        offered = visitor.submit("/es/account/second-step", to="/es/account/second-step/codes").text
        key = re.sub(r"\s", "", re.search(r'<code class="code">([A-Z2-7 ]+)<', offered)[1])  # type: ignore[index]
        asked = re.search(r'name="offered"[^>]*value="([^"]+)"', offered)[1]  # type: ignore[index]
        sent = {
            "csrf_token": re.search(r'name="csrf_token"[^>]*?value="([^"]+)"', offered)[1],  # type: ignore[index]
            "offered": asked,
            "code": pyotp.TOTP(key).now(),
        }
        assert visitor.post("/es/account/second-step/codes", sent).status_code == 200
        accounts = visitor.get("/es/secretariat/staff")
        assert accounts.status_code == 200, "she administers"
        assert "ana@example.org" in accounts.text
        assert Visitor(app.test_client()).post(path).status_code == 404, "it works once"

    served(monkeypatch, walk)
    for said in (served(monkeypatch), run("init")):
        assert LINK.findall(said) == []
        assert "another" not in said


def test_init_prints_another_link_and_the_former_one_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = LINK.findall(run("init", "--admin", "ana@exmaple.org"))
    (second,) = LINK.findall(run("init", "--admin", "ana@example.org", "--name", "Ana"))

    def walk(app: Flask) -> None:
        assert Visitor(app.test_client()).post(first).status_code == 404
        begin(app, second)

    assert folder.exists()
    assert LINK.findall(served(monkeypatch, walk)) == []
    assert "ana@example.org\tAna Solís\tadmin" in run("staff", "list")
    assert "exmaple" not in run("staff", "list")


def test_a_folder_with_something_in_it_is_not_set_up_by_serve(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that was moved away, as before a restore, is not replaced by an empty one."""
    run("init")
    for each in folder.glob("*.sqlite3*"):
        each.unlink()
    monkeypatch.setattr(serve, "run", lambda *_: pytest.fail("it serves"))
    assert CliRunner().invoke(cli.main, ["serve", "--no-worker"]).exit_code != 0
    with closing(sqlite3.connect(folder / "consulta.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)

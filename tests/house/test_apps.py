"""The application that tests share is, for each of them, as if it had just been built."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.platform import database as db
from consulta.platform.work import Bench
from tests.apps import app_over
from tests.cases import for_each
from tests.texts import TWO

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.web.request import House


def test_it_is_shared_and_its_data_are_not(
    settings: Settings, bench: Bench, app: Flask, tmp_path: Path, migrated: bytes
) -> None:
    before: House = app.extensions["consulta"]
    assert (before.bench, before.settings) == (bench, settings)
    path = tmp_path / "other.sqlite3"
    path.write_bytes(migrated)
    elsewhere = replace(settings, data=tmp_path / "other", database=f"sqlite:///{path}")
    other = Bench(db.connect(elsewhere.database), TWO)
    assert app_over(elsewhere, other) is app
    after: House = app.extensions["consulta"]
    assert (after.bench, after.settings) == (other, elsewhere)
    assert after.gate is not before.gate, "who waits in one test does not wait in the next"
    other.engine.dispose()


@for_each(
    "values",
    [
        {"base_url": "https://consulta.example.org"},
        {"behind_proxy": True},
        {"secret": "another secret of the tests, long enough"},
        {"old_secrets": ("a secret of before, long enough and varied",)},
        {"subdomains": True},
    ],
)
def test_other_settings_are_another_application(
    settings: Settings, bench: Bench, app: Flask, values: dict[str, object]
) -> None:
    assert app_over(replace(settings, **values), bench) is not app  # type: ignore[arg-type]


def test_what_a_test_leaves_in_it_is_taken_back(settings: Settings, bench: Bench, app: Flask) -> None:
    client = app.test_client()
    assert client.get("/salud").text == "ok\n"
    client.get("/es/", headers={"X-Forwarded-For": "192.0.2.1"})
    left = set(app.extensions)
    entrance = app.wsgi_app
    app.config["SECRET_KEY"] = "overwritten"
    app.config["LEFT"] = True
    app.view_functions["public.home"] = lambda lang: "left"
    app.jinja_env.globals["left"] = True
    app.jinja_env.filters["left"] = str
    again = app_over(settings, bench)
    assert again is app
    assert again.config["SECRET_KEY"] == settings.secret
    assert "LEFT" not in again.config
    assert again.test_client().get("/es/").text != "left"
    assert "left" not in again.jinja_env.globals
    assert "left" not in again.jinja_env.filters
    assert set(again.extensions) == left
    assert again.wsgi_app is not entrance, "it warned of a proxy, and is to warn again"


def test_refusals_do_not_change_it(settings: Settings, bench: Bench, app: Flask) -> None:
    for path in ("/es/nowhere", "/es/rounds/nowhere", "/es/secretariat/", "/es/v/nothing"):
        assert app.test_client().post(path).status_code >= 400
    assert app_over(settings, bench) is app


def test_one_that_was_changed_for_good_is_not_used_again(settings: Settings, bench: Bench) -> None:
    of_its_own = replace(settings, base_url="https://changed.example.org")
    app = app_over(of_its_own, bench)
    app.before_request_funcs.setdefault(None, []).append(lambda: "left")
    assert app_over(of_its_own, bench) is not app
    assert (
        app_over(of_its_own, bench).test_client().get("/es/", base_url="https://changed.example.org").text
        != "left"
    )

"""Things lie where paths.py says, on every system and however consulta was installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from consulta.platform import paths
from hatch_build import compile_catalogues
from tests.cases import for_each


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A package folder with nothing beside it, as an installed copy has."""
    package = tmp_path / "site-packages" / "consulta"
    package.mkdir(parents=True)
    monkeypatch.setattr(paths, "PACKAGE", package)
    return package


def test_a_checkout_keeps_its_data_beside_the_package() -> None:
    assert paths.data_dir({}) == paths.PACKAGE.parent / "instance"


def test_the_environment_decides_first(tmp_path: Path) -> None:
    assert paths.data_dir({"CONSULTA_DATA": str(tmp_path / "x" / ".." / "y")}) == tmp_path.resolve() / "y"
    assert paths.data_dir({"CONSULTA_DATA": "~/consulta"}) == Path.home().resolve() / "consulta"


@for_each(
    "platform, environ, folder",
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, Path("/data/consulta")),
        ("linux", {}, Path.home() / ".local" / "share" / "consulta"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, Path.home() / "Library" / "Application Support" / "consulta"),
        ("win32", {"LOCALAPPDATA": "/data"}, Path("/data/consulta")),
    ],
)
def test_an_installed_copy_uses_the_user_s_own_folder(
    installed: Path, monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], folder: Path
) -> None:
    monkeypatch.setattr(paths.sys, "platform", platform)
    assert paths.data_dir(environ) == folder
    assert installed not in folder.parents


def test_folders_are_found_inside_the_package_before_beside_it(installed: Path) -> None:
    beside = installed.parent / "templates"
    beside.mkdir()
    assert paths.resource("templates") == beside
    inside = installed / "templates"
    inside.mkdir()
    assert paths.resource("templates") == inside


def test_a_missing_folder_is_said(installed: Path) -> None:
    with pytest.raises(FileNotFoundError, match="translations"):
        paths.resource("translations")


def test_a_catalogue_is_stale_until_it_is_compiled(installed: Path) -> None:
    (installed.parent / "pyproject.toml").touch()
    source = installed.parent / "translations" / "es" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n', "utf-8")
    assert paths.stale_catalogues() == (source,)
    assert compile_catalogues(installed.parent / "translations") == [source.with_suffix(".mo")]
    assert paths.stale_catalogues() == ()
    os.utime(source.with_suffix(".mo"), (0, 0))
    assert paths.stale_catalogues() == (source,)


def test_an_installed_copy_has_its_catalogues_from_the_wheel(installed: Path) -> None:
    source = installed / "translations" / "es" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.touch()
    assert paths.stale_catalogues() == ()

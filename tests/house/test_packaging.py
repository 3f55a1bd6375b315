"""The wheel is whole: installed elsewhere and started from any folder, it serves both languages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.deep import deep
from tests.house.source import ROOT, files
from tools import strings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

VISIT = """
from consulta.platform import paths
from consulta.app import create_app
from consulta.platform.settings import Settings

assert not paths.in_checkout(), paths.PACKAGE
settings = Settings.from_env()
app = create_app(settings)
client = app.test_client()
for language in settings.languages:
    answer = client.get(f"/{language}/", base_url=settings.base_url)
    assert answer.status_code == 200, answer.status
    print(answer.text)
print(paths.data_dir({}))
"""


def run(*command: str | Path, cwd: Path, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of what is committed, as a clone has it: nothing compiled, nothing left over."""
    folder = tmp_path_factory.mktemp("source")
    for path in files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source archive as for a release."""
    dist = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "hatchling", "build", "-d", str(dist))
    run(*build, "-t", "sdist", cwd=source)
    (archive,) = dist.glob("*.tar.gz")
    unpacked = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(archive, unpacked, filter="data")
    (folder,) = unpacked.iterdir()
    run(*build, "-t", "wheel", cwd=folder)
    (made,) = dist.glob("*.whl")
    return made


def test_the_wheel_has_what_a_page_needs_and_no_more(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    committed = {path.relative_to(ROOT).as_posix() for path in files()}
    package = {name for name in committed if name.startswith("consulta/")}
    beside = {f"consulta/{name}" for name in committed if name.startswith(("templates/", "translations/"))}
    compiled = {f"consulta/translations/{language}/LC_MESSAGES/messages.mo" for language in strings.LANGUAGES}
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == package | beside | compiled


@pytest.mark.deep  # what is in the wheel stays
@pytest.mark.parametrize("what", ["wheel", deep("folder")])
def test_it_serves_every_language_from_anywhere(
    what: str, request: pytest.FixtureRequest, source: Path, tmp_path: Path
) -> None:
    python = environment(tmp_path)
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps")
    if what == "wheel":
        run(*pip, request.getfixturevalue("wheel"), cwd=tmp_path)
    else:
        run(*pip, "--no-build-isolation", source, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("CONSULTA_", "PYTHON"))
    }
    environ |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "kept")}
    run(python.with_name("consulta"), "init", cwd=elsewhere, environ=environ)
    said = run(python, "-c", VISIT, cwd=elsewhere, environ=environ)
    for language in strings.LANGUAGES:
        assert f'<html lang="{language}"' in said
        assert translation(language, "Skip to the content") in said
    assert (tmp_path / "kept" / "consulta").is_dir()
    assert list(elsewhere.iterdir()) == []


def environment(folder: Path) -> Path:
    """A new virtual environment that finds our dependencies, but not this checkout; nothing is fetched."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    # Paths named in a .pth file are searched, but the .pth files in them (our editable install) are not read.
    (folder / purelib / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return python


def translation(language: str, text: str) -> str:
    message = strings.read(strings.catalogue(language), language).get(text)
    assert message is not None
    assert isinstance(message.string, str)
    assert message.string
    return message.string

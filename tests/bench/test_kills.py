"""A run of kills that is ended early tells what it saw."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest

from tests.servers import PATIENCE

PROGRAM = "from bench import kills; kills.TOLD = 2; kills.main()"


@pytest.mark.deep
@pytest.mark.slow
def test_a_run_that_is_ended_looks_at_what_there_is_and_tells_it() -> None:
    """`timeout` ends it with SIGTERM: a run that was silent then had been for nothing."""
    command = [sys.executable, "-c", PROGRAM, "--kills", "10000"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stderr is not None
        told = running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=PATIENCE)
    assert told.startswith("2 kills, "), told
    found = re.search(r"sqlite: (\d+) kills in \d+ s, .* (\d+) votes acknowledged, .*amiss: 0\.\n$", said)
    assert found, said
    assert 2 <= int(found[1]) < 100
    assert int(found[2]) >= 2
    assert running.returncode == 0

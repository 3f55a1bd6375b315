"""A large round is published in little memory: in a process of its own that may take no more."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bench import publish, store
from consulta.platform import database as db
from consulta.platform import documents
from consulta.platform.models import Round
from consulta.platform.work import COMMAND, Bench
from tests.deep import deep
from tests.factories import moment

if TYPE_CHECKING:
    from pathlib import Path

LIMITED = """
import resource
most = {most} * 1_000_000
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on data holds for all memory on Linux only")
@pytest.mark.parametrize(("ballots", "most"), [(2_000, 350), deep(300_000, 1_000)])
def test_a_large_round_is_published_in_limited_memory(ballots: int, most: int, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/round.sqlite3"
    publish.prepare(address, ballots, "aggregate")
    for step in ("count", "publish"):
        done = subprocess.run(
            [sys.executable, "-c", LIMITED.format(most=most) + publish.CHILD, step, address, store.KEY],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        assert (done.returncode, done.stdout.strip().rpartition("|")[2]) == (0, step), done.stderr
    bench = Bench(db.connect(address))
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        noted = documents.find(work.session, found.id, "archive")
        assert found.state == "published"
        assert noted is not None
        assert '"sha256":' in noted.content
    bench.engine.dispose()

"""A change and the mail that tells of it are stored together or not at all, whenever power goes (ML-1)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from consulta.platform import database as db
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from tests.deep import DEEP
from tests.drafts import NOW, make_draft, make_open
from tests.factories import build_organisation
from tests.house.source import ROOT

MEMBERS = 3


def deaths(url: str, act: str, stride: int) -> list[dict[str, int]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.platform.mailer.dying", url, act, str(stride)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def furnish(bench: Bench, act: str) -> None:
    if act == "vote":
        make_open(bench, "PE")
        return
    with bench.work(COMMAND, NOW) as work:
        for number in range(MEMBERS):
            build_organisation(work.session, f"Red {number}", email=f"c{number}@example.org")
    make_draft(bench)


@pytest.mark.parametrize(("act", "told"), [("open", MEMBERS), ("vote", 1)])
def test_killed_at_any_statement_it_leaves_both_or_none(
    either: Bench, migrated_url: str, act: str, told: int
) -> None:
    furnish(either, act)
    with either.read(COMMAND, NOW) as work:
        rows = [len(each.faults) for each in checks.whole(work)]
    # A vote dies at each of its statements, and so does an opening in `make test-deep`.
    *died, last = deaths(migrated_url, act, 4 if not DEEP and act == "open" else 1)
    assert len(died) > 7, "it died at every one of its statements, and before its commit"
    assert {(each["done"], each["told"]) for each in died} == {(0, 0)}
    assert {each["log"] for each in died} == {died[0]["log"]}, "the log tells of nothing that did not happen"
    assert (last["done"], last["told"]) == (1, told)
    assert last["log"] > died[0]["log"]
    assert db.integrity(either.engine) == []
    with either.read(COMMAND, NOW) as work:
        assert [len(each.faults) for each in checks.whole(work)] == rows

"""The desk's page and the public one: the state of the key, witnesses registered and refused, in words."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from consulta.platform.log import checkpoints, signing
from consulta.platform.mailer import kinds
from consulta.platform.models import LogEntry, Message
from consulta.platform.work import COMMAND
from consulta.rounds import witnesses
from consulta.shell.worker.loop import Worker
from tests.rounds.witnesses.watched import Watched, begin, made

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PAGE = "/en/secretariat/checkpoints"


@pytest.fixture
def watched(bench: Bench, settings: Settings) -> Watched:
    return begin(bench, settings)


def test_a_witness_is_registered_and_ended(staff_visitor: Visitor, watched: Watched, tmp_path: Path) -> None:
    key = made(tmp_path / "w")
    page = staff_visitor.get(PAGE)
    assert "The signing key is in place" in page.text
    data = {"organisation": "Red Andina", "key": f"  {key} "}
    to = f"{PAGE}/witnesses"
    assert staff_visitor.submit(PAGE, data, to=to).status_code == 303
    assert "red-andina" in staff_visitor.get("/es/log").text
    again = staff_visitor.submit(PAGE, data, to=to)
    assert (again.status_code, "once, registered" in again.text) == (422, True)
    for wrong in ("nonsense", key.replace("red-andina", "red-sur"), watched_key(watched)):
        refused = staff_visitor.submit(PAGE, {"organisation": "Red", "key": wrong}, to=to)
        assert (refused.status_code, "not a witness key" in refused.text) == (422, True), wrong
        assert 'value="Red"' in refused.text, "what was typed is still there"
    twin = staff_visitor.submit(PAGE, {"organisation": "Red", "key": made(tmp_path / "v")}, to=to)
    assert "Another witness, or the log itself, is called" in twin.text
    assert staff_visitor.submit(PAGE, to=f"{PAGE}/witnesses/1/end").status_code == 303
    assert "ended" in staff_visitor.get(PAGE).text
    with watched.bench.read(COMMAND, watched.at) as work:
        told = list(work.session.scalars(select(Message).where(Message.kind == "staff_notice")))
        mails = [each for each in told if each.facts["what"] == "witness_ended"]
        assert len(mails) == 1, "the secretariat is one person here, and no round has a scrutineer"
        words = kinds.find("staff_notice").words(work, mails[0], None)  # type: ignore[arg-type]  # not asked
        assert "red-andina" in words["es"]["changed"]


def watched_key(watched: Watched) -> str:
    with watched.bench.read(COMMAND, watched.at) as work:
        return str(witnesses.verifiers(work)[-1])


def test_without_its_key_votes_are_taken_and_the_desk_says_what_to_do(
    staff_visitor: Visitor, watched: Watched, settings: Settings
) -> None:
    path = signing.path_in(settings.data)
    content = path.read_bytes()
    assert "the key is missing" not in staff_visitor.get("/en/secretariat/").text
    path.unlink()
    before = watched.note()
    assert watched.sign() == 0
    Worker(watched.bench, settings).look()
    assert watched.note() == before, "the worker takes the hour's head, and it waits"
    assert "the key is missing" in staff_visitor.get("/en/secretariat/").text
    assert "consulta key rotate" in staff_visitor.get(PAGE).text
    path.write_bytes(content)
    if os.name == "posix":
        path.chmod(0o644)
        assert "others can read it" in staff_visitor.get(PAGE).text
    path.chmod(0o600)
    Worker(watched.bench, settings).look()
    assert watched.note() != before, "what waited is signed"
    signing.make(settings.data, "localhost/log", replace=True)
    assert "a different key from the one in the log" in staff_visitor.get(PAGE).text


def test_the_worker_signs_each_hour_and_the_size_tells_little(watched: Watched, settings: Settings) -> None:
    """Rows are filled up: an hour with two votes looks like an hour without."""
    sizes = [watched.hour() for _ in range(4)]
    assert {size % 16 for size in sizes} == {0}
    assert {later - size for size, later in pairwise(sizes)} == {16}
    worker = Worker(watched.bench, settings)
    worker.look()
    with watched.bench.read(COMMAND, watched.at) as work:
        first = work.session.scalar(select(func.count()).select_from(LogEntry))
    worker.look()
    with watched.bench.read(COMMAND, watched.at) as work:
        assert work.session.scalar(select(func.count()).select_from(LogEntry)) == first, "once an hour"


def test_an_installation_of_before_gets_its_key_from_the_worker(bench: Bench, settings: Settings) -> None:
    worker = Worker(bench, settings)
    worker.look()
    with bench.read(COMMAND, worker.running.clock()) as work:
        assert witnesses.verifiers(work) == []
        assert witnesses.state(work, settings) == "none"
    worker.heads.begin_key()
    worker.heads.begin_key()
    with bench.read(COMMAND, worker.running.clock()) as work:
        assert len(witnesses.verifiers(work)) == 1
        assert witnesses.state(work, settings) == "ready"


def test_public_addresses_answer_in_plain_text(visitor: Visitor, watched: Watched) -> None:
    first, second = watched.hour(), watched.hour()
    assert visitor.get("/log/checkpoint").text == watched.note()
    assert visitor.get(f"/log/checkpoint/{first}").text == watched.note(first)
    proof = visitor.get(f"/log/consistency/{first}/{second}")
    assert (proof.status_code, proof.mimetype) == (200, "text/plain")
    assert proof.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = visitor.get(proof.request.path, headers={"If-None-Match": proof.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert visitor.get(f"/log/checkpoint/{first}").headers["Cache-Control"] == "no-store", "more cosign it"
    assert visitor.get("/log/key").text.startswith("localhost/log+")
    assert visitor.get("/log/testigo.py").data.startswith(b"#!/usr/bin/env python3")
    for unknown in (f"/log/checkpoint/{first + 1}", f"/log/consistency/{second}/{first}", "/log/stamp/1.tsr"):
        answer = visitor.get(unknown)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store"), unknown
    for lang in ("es", "en"):
        page = visitor.get(f"/{lang}/log")
        assert page.status_code == 200
        assert str(second) in page.text


CHANGED = {
    "UPDATE checkpoints SET note = replace(note, 'localhost', 'elsewhere')": "no key of this log",
    "UPDATE checkpoints SET note = 'x'": "it is no signed note",
    "UPDATE heads SET root = root || 'x' WHERE reason = 'hourly'": "is not that of its head",
    "UPDATE checkpoint_keys SET key = 'x'": "the log and the table do not agree",
    "UPDATE witnesses SET key = 'x'": "the log and the table do not agree",
}


@pytest.mark.parametrize("change", CHANGED)
def test_the_check_finds_what_was_changed_in_the_tables(
    watched: Watched, tmp_path: Path, change: str
) -> None:
    watched.register(made(tmp_path / "w"))
    watched.hour()
    with watched.bench.read(COMMAND, watched.at) as work:
        assert checkpoints.faults(work.session) == []
    table = next(name for name in ("checkpoint_keys", "checkpoints", "heads", "witnesses") if name in change)
    with watched.bench.engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        for act in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
        connection.execute(text(change))
    with watched.bench.read(COMMAND, watched.at) as work:
        found = checkpoints.faults(work.session)
    assert any(CHANGED[change] in fault for fault in found), found

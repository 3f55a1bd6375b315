"""Time stamps in the archive of a round: what each verifier checks of them, and what it refuses."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from consulta.platform import database as db
from consulta.platform.formats import zipped
from consulta.platform.log.notes import Note
from consulta.platform.models import Checkpoint
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Bench
from consulta.rounds import witnesses
from consulta.shell.cli import main
from consulta.shell.cli.demo.authority import Authority, der
from tests.cases import for_each
from tests.drafts import NOW
from tests.results.checks.forging import Files, chain_again, row_of, rows_of, sum_again, tell
from tests.results.checks.published import STAFF, archive_of, unpacked, verify
from tests.rounds.witnesses.test_archives import lived
from tests.texts import TWO
from tests.third import Third, agree
from tests.third import third as third  # noqa: PLC0414  # a fixture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRUSTED, OTHER = Authority("Autoridad de prueba", NOW), Authority("Otra autoridad", NOW)


def stamp_two(bench: Bench, folder: Path) -> None:
    """Let an authority, which the installation in a folder trusts, stamp two heads of the log."""
    (folder / "tsa").mkdir()
    (folder / "tsa" / "prueba.pem").write_bytes(TRUSTED.pem)
    with bench.read(COMMAND, NOW) as work:
        found = work.session.scalars(select(Checkpoint).order_by(Checkpoint.size))
        known = [(each.size, each.note, each.at) for each in found]
    for size, note, at in (known[1], known[-1]):
        answer = TRUSTED.answer(Note.parse(note).body.encode(), at + timedelta(minutes=2))
        with bench.work(STAFF, at + timedelta(minutes=3)) as work:
            assert witnesses.take_stamp(work, size, answer, folder) == TRUSTED.name


@pytest.fixture(scope="module")
def files(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder: Path = tmp_path_factory.mktemp("stamped")
    path = folder / "consulta.sqlite3"
    path.write_bytes(migrated)
    settings = Settings(data=folder, database=f"sqlite:///{path}", secret="s" * 40)
    bench = Bench(db.connect(settings.database), TWO)
    lived(bench, settings, lambda _: stamp_two(bench, folder))
    content = archive_of(bench)
    assert archive_of(bench) == content, "the same bytes again"
    bench.engine.dispose()
    return unpacked(content)


def stamps_of(files: Files) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files["stamps.json"])["stamps"]
    return found


def with_stamps(files: Files, changed: object) -> Files:
    """Other time stamps, and a log whose publication tells of them."""
    text = json.dumps({"format": "consulta-stamps/1", "stamps": changed}, ensure_ascii=False, indent=1) + "\n"
    rows = rows_of(files)
    tell(row_of(rows, "rounds.published"), stamps_sha256=hashlib.sha256(text.encode()).hexdigest())
    return chain_again({**files, "stamps.json": text.encode()}, rows)


def verified(tmp_path: Path, files: Files, *more: str) -> tuple[int, str]:
    """What `consulta verify` says of an archive."""
    path = tmp_path / "consulta-2027-1.zip"
    rest = {name: content for name, content in files.items() if name != zipped.SUMS}
    path.write_bytes(zipped.write(rest))
    done = CliRunner().invoke(main, ["verify", str(path), *more])
    return done.exit_code, done.output


def test_time_stamps_are_in_the_archive_and_checked(files: Files, third: Third, tmp_path: Path) -> None:
    status, said = verify(files)
    assert (status, "[yes] Time stamps: 2, each of a head of the log" in said) == (0, True), said
    assert agree(third.says(files), (status, said))
    (tmp_path / "root.pem").write_bytes(TRUSTED.pem)
    status, said = verified(tmp_path, files, "--tsa", str(tmp_path / "root.pem"))
    assert (status, said.count(f"rows: {TRUSTED.name}, 2027-")) == (0, 2), said
    status, said = verified(tmp_path, files)
    assert (status, "who signed them was not checked: --tsa" in said) == (0, True), said


def test_a_stamp_by_a_strange_authority_is_refused_by_its_certificates(files: Files, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(OTHER.pem)
    status, said = verified(tmp_path, files, "--tsa", str(tmp_path / "root.pem"))
    assert (status, "different: stamps.json stamps[0]: " in said) == (1, True), said
    (tmp_path / "none.pem").write_bytes(b"")
    status, said = verified(tmp_path, files, "--tsa", str(tmp_path / "none.pem"))
    assert (status, "error: stamp.no_certificates" in said) == (2, True), said


def other_bytes(found: list[dict[str, Any]], _: Files) -> None:
    found[0]["response"] = TRUSTED.answer(b"another log", NOW + timedelta(days=20)).hex()


def other_head(found: list[dict[str, Any]], _: Files) -> None:
    found[0]["response"] = found[1]["response"]


def no_head(found: list[dict[str, Any]], _: Files) -> None:
    found[0]["size"] += 1


def order(found: list[dict[str, Any]], _: Files) -> None:
    found.reverse()


def times(days: int) -> Callable[[list[dict[str, Any]], Files], None]:
    def change(found: list[dict[str, Any]], files: Files) -> None:
        note = next(
            each
            for each in json.loads(files["checkpoints.json"])["notes"]
            if each.split("\n")[1] == str(found[-1]["size"])
        )
        body = Note.parse(note).body.encode()
        found[-1]["response"] = TRUSTED.answer(body, NOW + timedelta(days=days)).hex()

    return change


def cut(found: list[dict[str, Any]], _: Files) -> None:
    found[0]["response"] = found[0]["response"][:-2]


def refused(found: list[dict[str, Any]], _: Files) -> None:
    found[0]["response"] = der(0x30, der(0x30, der(2, b"\x02"))).hex()


def a_word(found: list[dict[str, Any]], _: Files) -> None:
    found[0]["response"] = "x"


def none(found: list[dict[str, Any]], _: Files) -> None:
    found.clear()


def twice(found: list[dict[str, Any]], _: Files) -> None:
    found.insert(0, found[0])


FORGED: list[tuple[Callable[[list[dict[str, Any]], Files], object], str]] = [
    (other_bytes, "a stamp of the head of"),
    (other_head, "a stamp of the head of"),
    (no_head, "the size of a head"),
    (order, "rows or more"),
    (times(-900), "a time from"),
    (times(900), "a time from"),
    (cut, "an answer of RFC 3161"),
    (refused, "an answer of RFC 3161"),
    (a_word, "an answer of RFC 3161"),
    (none, "a time stamp"),
    (twice, "once"),
]


@for_each("change, reason", FORGED)
def test_forged_and_foreign_stamps(files: Files, third: Third, change: Any, reason: Any) -> None:
    found = stamps_of(files)
    change(found, files)
    forged = with_stamps(files, found)
    status, said = verify(forged)
    line = next(each for each in said.splitlines() if each.startswith("[NO] Time stamps"))
    assert (status, reason in line) == (1, True), said
    assert agree(third.says(forged), (status, said))


@pytest.mark.deep
def test_stamps_that_the_publication_does_not_tell_of(files: Files, third: Third) -> None:
    found = stamps_of(files)[:1]
    text = json.dumps({"format": "consulta-stamps/1", "stamps": found}, ensure_ascii=False, indent=1) + "\n"
    fewer = sum_again({**files, "stamps.json": text.encode()})
    rest = sum_again({name: content for name, content in files.items() if name != "stamps.json"})
    for forged in (fewer, rest):
        status, said = verify(forged)
        assert (status, "stamps.json" in said) == (1, True), said
        assert agree(third.says(forged), (status, said))

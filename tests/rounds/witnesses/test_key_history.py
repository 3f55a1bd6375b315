"""The key of the log is changed, and a witness ends, while a round is open: archives, true and forged."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from consulta.platform import database as db
from consulta.platform.formats import zipped
from consulta.platform.log import notes
from consulta.platform.log.signing import signer_of
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Bench
from consulta.rounds import witnesses
from consulta.shell.cli import main
from tests.cases import for_each
from tests.results.checks.forging import chain_again, row_of, rows_of, tell
from tests.results.checks.published import OPENED, STAFF, archive_of, live, unpacked, verify
from tests.rounds.witnesses.test_archives import NAMES, at_first, key_of, lived, notes_of, private, with_notes
from tests.texts import TWO
from tests.third import agree
from tests.third import third as third  # noqa: PLC0414  # a fixture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.results.checks.forging import Files
    from tests.third import Third

CHANGED = OPENED + timedelta(days=16, hours=1)
LATER = CHANGED + timedelta(hours=2)


def signer(bench: Bench, settings: Settings) -> notes.Signer:
    with bench.read(COMMAND, CHANGED) as work:
        found = signer_of(settings.data, witnesses.verifiers(work))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def lived_through(
    migrated: bytes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Files, notes.Signer, notes.Signer]:
    """The archive of such a round; and the keys, the former one first."""
    folder: Path = tmp_path_factory.mktemp("keys")
    (folder / "consulta.sqlite3").write_bytes(migrated)
    settings = Settings(data=folder, database=f"sqlite:///{folder / 'consulta.sqlite3'}", secret="s" * 40)
    bench, used = Bench(db.connect(settings.database), TWO), []

    def change(bench: Bench) -> None:
        used.append(signer(bench, settings))
        with bench.work(STAFF, CHANGED) as work:
            witnesses.end(
                work, next(each.id for each in witnesses.view(work).active if each.name == NAMES[1])
            )
        with bench.work(COMMAND, CHANGED) as work:
            witnesses.change(work, settings)
        used.append(signer(bench, settings))
        with bench.work(COMMAND, LATER) as work:
            witnesses.take_hourly(work)
        with bench.work(COMMAND, LATER) as work:
            assert witnesses.sign(work, used[0]) == 0, "a process that still had the former key signs nothing"
            assert witnesses.sign(work, used[1]) == 1

    lived(bench, settings, change)
    found = unpacked(archive_of(bench))
    bench.engine.dispose()
    return found, used[0], used[1]


@pytest.mark.deep
def test_the_history_of_the_key_is_in_the_archive_and_each_verifier_accepts_it(
    lived_through: tuple[Files, notes.Signer, notes.Signer], third: Third, tmp_path: Path
) -> None:
    files, former, present = lived_through
    told = [row["details"] for row in rows_of(files) if row.get("action") == "checkpoints.key"]
    assert str(former.verifier) in told[0]
    assert str(present.verifier) in told[1]
    assert str(former.verifier) in told[1], "it says which one it replaces"
    status, said = verify(files)
    assert (status, "[yes] Signed checkpoints" in said) == (0, True), said
    assert agree(third.says(files), (status, said))
    path = tmp_path / "consulta-2027-1.zip"
    path.write_bytes(zipped.write({name: text for name, text in files.items() if name != zipped.SUMS}))
    assert CliRunner().invoke(main, ["verify", str(path)]).exit_code == 0


def by_the_former_key(files: Files, former: notes.Signer) -> Files:
    """The last checkpoint as a thief of the key that was replaced would sign it."""
    *found, last = notes_of(files)
    return with_notes(files, [*found, former.sign(notes.Note.parse(last).body)])


def by_a_witness_that_ended(files: Files, _: notes.Signer) -> Files:
    *found, last = notes_of(files)
    body = notes.Note.parse(last).body
    return with_notes(files, [*found, last + notes.cosign(NAMES[1], private(NAMES[1]), body, 1_900_000_000)])


def of_no_witness(files: Files, _: notes.Signer) -> Files:
    """The log tells that a witness ended which there never was."""
    rows = rows_of(files)
    tell(row_of(rows, "witnesses.ended"), key=str(key_of("otra-red")))
    return chain_again(files, rows)


def of_another_key(files: Files, _: notes.Signer) -> Files:
    """The new key does not name the one that it replaced."""
    rows = rows_of(files)
    tell([row for row in rows if row.get("action") == "checkpoints.key"][1], replaces=None)
    return chain_again(files, rows)


def without_a_key(files: Files, _: notes.Signer) -> Files:
    rows = rows_of(files)
    row_of(rows, "witnesses.registered")["details"] = '{"organisation":"Red"}'
    return chain_again(files, rows)


FORGED: list[tuple[Callable[[Files, notes.Signer], Files], str]] = [
    (by_the_former_key, "rows, where this key ended"),
    (by_a_witness_that_ended, "rows, where this key ended"),
    (of_no_witness, "expected a key; found otra-red"),
    (of_another_key, "replaces: expected"),
    (without_a_key, "expected key, organisation"),
]


@for_each("change, reason", FORGED)
def test_a_key_that_ended_signs_no_more(
    lived_through: tuple[Files, notes.Signer, notes.Signer], third: Third, change: Any, reason: Any
) -> None:
    files, former, _ = lived_through
    forged = change(files, former)
    status, said = verify(forged)
    line = next(each for each in said.splitlines() if each.startswith("[NO] Signed checkpoints"))
    assert (status, reason in line) == (1, True), said
    assert agree(third.says(forged), (status, said))


def test_an_archive_from_which_all_checkpoints_were_taken_does_not_say_that_there_was_no_key(
    bench: Bench, settings: Settings, third: Third
) -> None:
    at_first(bench, settings)
    live(bench, "open")
    forged = with_notes(unpacked(archive_of(bench)), [])
    status, said = verify(forged)
    assert "none: the log had a key, and this archive has no head that it signed" in said
    assert agree(third.says(forged), (status, said))

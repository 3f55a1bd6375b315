"""A backup is taken and restored whole or not at all, from either database into either."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from consulta.core.problems import Problem
from consulta.operations import backups
from consulta.platform import database as db
from consulta.platform import dump
from consulta.platform.formats import backup as files
from consulta.platform.messages import sentence
from consulta.platform.models import LogEntry, Organisation
from consulta.platform.settings import BackupSettings
from consulta.platform.work import COMMAND, Bench
from tests.deep import DEEP, deep
from tests.desk.round_life import House

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.settings import Settings
    from tests.benches import Demo

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
PLAIN = BackupSettings()


def content(bench: Bench) -> dict[str, list[bytes]]:
    """Every row of a database, as a backup writes it; columns in one order."""
    with db.snapshot(bench.engine) as connection:
        return {table.name: list(dump.lines(connection, table)) for table in dump.tables(connection)}


def lived(bench: Bench, settings: Settings) -> House:
    """Return a house in which a round was held, with votes, mail and a change of contacts."""
    house = House(bench, settings)
    house.import_members(3)
    house.open()
    house.work_on_mail("sent")
    for number in range(3):
        house.vote(number, ("tema_numero_1", "tema_numero_2"), number + 1)
    return house


@pytest.fixture
def target(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Return the address of an empty database of a kind."""

    def made(kind: str) -> str:
        return request.getfixturevalue("postgres_url") if kind == "postgres" else str(tmp_path / "to.sqlite3")

    return made


def restored(address: str) -> Bench:
    return Bench(dump.engine_of(address))


def refused(code: str, path: Path, address: str, identity: Path | None = None) -> None:
    """Restoring is refused, and no file of a database comes of it."""
    there = Path(address).exists()
    with pytest.raises(Problem) as problem:
        backups.restore(path, address, NOW, identity)
    assert problem.value.code == code
    assert Path(address).exists() == there


@pytest.mark.deep
@pytest.mark.postgres
@pytest.mark.parametrize("into", ["the other", deep("its own")])
def test_either_database_is_restored_into_either_and_goes_on(
    either: Bench, settings: Settings, tmp_path: Path, target: Callable[[str], str], into: str
) -> None:
    own = either.engine.dialect.name == "postgresql"
    kind = "postgres" if own is (into == "its own") else "sqlite"
    house = lived(either, settings)
    made = backups.take(either, PLAIN, tmp_path / "kept", house.clock.now)
    before = content(either)
    house.vote(0, ("tema_numero_3",), 4)
    found = backups.restore(made.path, target(kind), house.clock.now)
    assert found.is_sound, [each.faults for each in found.checks]
    assert found.manifest.rows == sum(len(lines) - 1 for lines in before.values())
    again = restored(target(kind))
    after = content(again)
    assert after["log"][1 : len(before["log"])] == before["log"][1:]
    assert [b"backup.restored" in line for line in after.pop("log")[len(before.pop("log")) :]].count(
        True
    ) == 1
    assert len(after.pop("switches")) == 2 == len(before.pop("switches")) + 1
    assert {name: sorted(lines[1:]) for name, lines in after.items() if name != "heads"} == {
        name: sorted(lines[1:]) for name, lines in before.items() if name != "heads"
    }
    with again.work(COMMAND, house.clock.now) as work:  # the next numbers are free
        size = work.session.scalar(select(func.count()).select_from(Organisation))
        work.session.add(_another(work.session.scalars(select(Organisation)).first()))
        work.session.flush()
        assert work.session.scalar(select(func.count()).select_from(Organisation)) == (size or 0) + 1
    with (
        pytest.raises(Exception, match=r"written once|append|refuse|never"),
        again.engine.begin() as connection,
    ):
        connection.execute(text("DELETE FROM ballots"))
    again.engine.dispose()


def _another(one: Organisation | None) -> Organisation:
    assert one is not None
    names = [each.key for each in Organisation.__mapper__.column_attrs if each.key != "id"]
    return Organisation(**{**{name: getattr(one, name) for name in names}, "name_key": "another"})


@pytest.mark.deep  # tests/operations/backups/test_restored.py drills a backup of either database
def test_a_drill_counts_the_whole_demo_again_and_leaves_nothing(
    demo: Demo, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "drills"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    bench = demo.bench(settings)
    made = backups.take(bench, PLAIN, tmp_path / "kept", NOW)
    found = backups.drill(made.path, NOW)
    assert found.is_sound, [each.faults for each in found.checks]
    assert [each.name for each in found.checks][-2:] == ["results, counted again", "archives, built again"]
    assert list(place.iterdir()) == []
    bench.engine.dispose()


@pytest.mark.deep
def test_it_is_one_file_for_its_owner_with_a_manifest_and_a_note(bench: Bench, tmp_path: Path) -> None:
    made = backups.take(bench, PLAIN, tmp_path / "kept", NOW)
    assert made.path.name == "consulta-20260715T120000Z.backup"
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    with zipfile.ZipFile(made.path) as archive:
        said = json.loads(archive.read("manifest.json"))
        note = archive.read("README.txt").decode()
    with bench.read(COMMAND, NOW) as work:
        assert said["log"]["size"] == work.session.scalar(select(func.count()).select_from(LogEntry))
    assert said["parts"]["tables/log.jsonl"]["sha256"]
    assert "checkpoint-key.pem" in note
    assert "CONSULTA_SECRET" in note


@pytest.mark.deep
def test_a_changed_byte_and_a_cut_are_refused_wherever_they_are(bench: Bench, tmp_path: Path) -> None:
    whole = backups.take(bench, PLAIN, tmp_path / "kept", NOW).path.read_bytes()
    broken, to = tmp_path / "broken", str(tmp_path / "to.sqlite3")
    step = len(whole) // (40 if DEEP else 10)
    for place in [0, 1, *range(2, len(whole), step), len(whole) - 1]:
        broken.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        refused("backup.damaged", broken, to)
    for size in [0, 10, *range(64, len(whole), step), len(whole) - 1]:
        broken.write_bytes(whole[:size])
        refused("backup.damaged", broken, to)
    broken.write_bytes(whole + b"more")
    refused("backup.damaged", broken, to)


def test_what_is_encrypted_opens_with_its_key_alone(bench: Bench, tmp_path: Path) -> None:
    ours, others = (files.make_key() for _ in range(2))
    mine, wrong, none = (tmp_path / name for name in ("mine", "wrong", "none"))
    mine.write_text(f"# public key: {ours[0]}\n{ours[1]}\n")
    wrong.write_text(others[1])
    none.write_text("hello")
    made = backups.take(bench, BackupSettings(recipients=(ours[0],)), tmp_path / "kept", NOW)
    assert made.path.name.endswith(".backup.age")
    assert b"organisations" not in made.path.read_bytes()
    to = str(tmp_path / "elsewhere" / "to.sqlite3")
    refused("backup.locked", made.path, to)
    refused("backup.key", made.path, to, wrong)
    refused("backup.identity", made.path, to, none)
    refused("backup.identity", made.path, to, tmp_path / "no such file")
    assert not Path(to).parent.exists()
    assert backups.restore(made.path, to, NOW, mine).is_sound
    assert stat.S_IMODE(Path(to).parent.stat().st_mode) == 0o700, "a folder that was not there is its own"
    whole = made.path.read_bytes()
    for broken in (whole[:-20], whole[:90], whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]):
        made.path.write_bytes(broken)
        refused("backup.damaged", made.path, str(tmp_path / "another.sqlite3"), mine)


def rewritten(path: Path, change: Callable[[dict[str, list[bytes]], dict[str, object]], None]) -> Path:
    """A backup with other parts or another manifest, and digests that fit them."""
    with path.open("rb") as file:
        reader = files.Reader(file, path)
        said = dict(reader.manifest)
        parts = {name: list(reader.lines(name)) for name in said.pop("parts")}
    change(parts, said)
    made = path.with_name("rewritten")
    with made.open("w+b") as file:
        writer = files.Writer(file)
        for name, lines in parts.items():
            writer.add(name, lines)
        writer.finish(said)
    return made


def test_a_newer_backup_is_refused_with_its_version(bench: Bench, tmp_path: Path) -> None:
    made = backups.take(bench, PLAIN, tmp_path / "kept", NOW).path
    newer = rewritten(made, lambda _, said: said.update(revision="9999", version="7.0"))
    with pytest.raises(Problem) as problem:
        backups.restore(newer, str(tmp_path / "to.sqlite3"), NOW)
    assert (problem.value.code, problem.value.params["version"]) == ("backup.newer", "7.0")


def test_a_backup_that_contradicts_itself_is_not_restored(
    bench: Bench, tmp_path: Path, target: Callable[[str], str]
) -> None:
    made = backups.take(bench, PLAIN, tmp_path / "kept", NOW).path
    to = str(tmp_path / "to.sqlite3")
    changes: list[Callable[[dict[str, list[bytes]], dict[str, object]], None]] = [
        lambda parts, _: parts.pop("tables/ballots.jsonl") and None,
        lambda parts, _: parts["tables/log.jsonl"].append(parts["tables/log.jsonl"][0]),
        lambda parts, _: parts["tables/contacts.jsonl"].append(b"[1]\n"),
        lambda parts, _: parts["tables/contacts.jsonl"].append(b"{\n"),
        lambda parts, _: parts["tables/log.jsonl"].clear(),
        lambda _, said: said.update(log={"size": 1, "root": "0" * 64}),
    ]
    for change in changes:
        refused("backup.content", rewritten(made, change), to)


def test_a_living_installation_is_never_restored_over(either: Bench, tmp_path: Path) -> None:
    made = backups.take(either, PLAIN, tmp_path / "kept", NOW).path
    before = content(either)
    address = either.engine.url.render_as_string(hide_password=False)
    with pytest.raises(Problem) as problem:
        backups.restore(made, address, NOW)
    assert problem.value.code == "backup.not_empty"
    assert content(either) == before


def test_a_database_that_cannot_be_reached_or_is_none_is_told_with_the_cause(
    bench: Bench, tmp_path: Path
) -> None:
    made = backups.take(bench, PLAIN, tmp_path / "kept", NOW).path
    text = tmp_path / "notes.txt"
    text.write_text("no database, and longer than its head would be" * 9)
    for address, cause in (
        ("postgresql://postgres:topsecret@127.0.0.1:1/x", "refused"),
        (str(text), "not a database"),
        (str(tmp_path), "unable to open"),
    ):
        with pytest.raises(Problem) as problem:
            backups.restore(made, address, NOW)
        said = sentence(problem.value.code, problem.value.params)
        assert (problem.value.code, cause in said) == ("backup.unreachable", True), said
        assert "topsecret" not in said
    assert text.read_text().startswith("no database")


@pytest.mark.deep
def test_a_full_disk_leaves_nothing_and_the_backup_of_before(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "kept"
    before = backups.take(bench, PLAIN, place, NOW)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Problem) as problem:
        backups.take(bench, PLAIN, place, NOW + timedelta(hours=1))
    assert problem.value.code == "backup.unwritable"
    assert "space" in str(problem.value.params["cause"])
    assert [path.name for path in place.iterdir() if path.name != ".lock"] == [before.path.name]


def test_of_two_at_once_one_is_written_and_the_other_says_so(bench: Bench, tmp_path: Path) -> None:
    place, said = tmp_path / "kept", []

    def meanwhile(_file: object) -> None:
        with pytest.raises(Problem) as problem:
            backups.take(bench, PLAIN, place, NOW + timedelta(seconds=1))
        said.append(problem.value.code)

    backups.write_file(place, NOW, meanwhile, encrypted=False, prune=True)
    assert said == ["backup.running"]
    assert [each.at for each in backups.all_in(place)] == [NOW]
    backups.take(bench, PLAIN, place, NOW + timedelta(seconds=2))


def test_what_a_killed_one_left_is_deleted_and_other_files_stay(bench: Bench, tmp_path: Path) -> None:
    place = tmp_path / "kept"
    place.mkdir()
    (place / "consulta-20260715T110000Z.backup.0f0f.part").write_bytes(b"half")
    (place / "notes.txt").write_text("ours")
    first = backups.take(bench, PLAIN, place, NOW - timedelta(hours=30)).path
    for number in range(1, 29):
        at = NOW - timedelta(hours=30 - number)
        shutil.copy(first, place / f"consulta-{at:%Y%m%dT%H%M%SZ}.backup")
    backups.take(bench, BackupSettings(folder=place), place, NOW - timedelta(hours=1))
    assert (place / "notes.txt").exists()
    assert not list(place.glob("*.part"))
    assert len(backups.all_in(place)) == 24


def test_the_command_gets_the_path_and_no_shell(bench: Bench, tmp_path: Path) -> None:
    program, said = tmp_path / "copy", tmp_path / "said"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$#" "$1" > {said}\n')
    program.chmod(0o700)
    made = backups.take(bench, PLAIN, tmp_path / "a place; true", NOW)
    backups.hand_over(replace(PLAIN, command=str(program)), made)
    assert said.read_text() == f"1|{made.path}|"
    for body, limit in (("exit 3", 60.0), ("exec sleep 60", 0.2)):
        program.write_text(f"#!/bin/sh\n{body}\n")
        with pytest.raises(Problem) as problem:
            backups.hand_over(replace(PLAIN, command=str(program)), made, limit)
        assert problem.value.code == "backup.command"

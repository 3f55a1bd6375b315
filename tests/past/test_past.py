"""A database and archives of each release, as it left them, are read by the program of today."""

from __future__ import annotations

import hashlib
import tarfile
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import func, select, text

from consulta.app import create_app
from consulta.platform import database as db
from consulta.platform import dump
from consulta.platform.models import Base
from consulta.platform.settings import Settings
from consulta.shell.cli import main
from tests.browser.test_verifier import same_answer
from tests.past.make import HERE, SUMS
from tests.results.checks.published import run_script, unpacked
from tests.third import third as third  # noqa: PLC0414  # a fixture

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from tests.third import Third

RELEASES = sorted(path.parent for path in HERE.glob(f"*/{SUMS}"))
ARCHIVES = sorted(HERE.glob("*/*.zip"))

pytestmark = pytest.mark.slow


def named(path: Path) -> str:
    return path.relative_to(HERE).as_posix()


@pytest.fixture(params=RELEASES, ids=named)
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The data folder of a release's demo, as it was left."""
    with tarfile.open(request.param / "data.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path / "data"


def rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in dump.tables(connection)
    }


def step_by_step(engine: Engine) -> None:
    """Upgrade by one migration after the other, as somebody does who takes each release."""
    scripts = ScriptDirectory.from_config(db.alembic_config())
    with engine.connect() as connection:
        before = dump.revision(connection)
    for script in reversed([*scripts.iterate_revisions("head", before)]):
        db.upgrade(engine, script.revision)


@pytest.mark.parametrize("release", RELEASES, ids=named)
def test_what_a_release_left_behind_is_unchanged(release: Path) -> None:
    lines = (release / SUMS).read_text("ascii").splitlines()
    kept = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in release.iterdir()}
    del kept[SUMS]
    assert kept == {name: digest for digest, name in (line.split("  ") for line in lines)}


@pytest.mark.parametrize("archive", ARCHIVES, ids=named)
def test_an_archive_is_verified_by_the_command(archive: Path) -> None:
    status, said = run_script(str(archive))
    assert status == 0, said


@pytest.mark.browser
@pytest.mark.parametrize("archive", ARCHIVES, ids=named)
def test_an_archive_is_verified_by_the_page(third: Third, archive: Path) -> None:
    assert same_answer(third, unpacked(archive.read_bytes())) == 0


def test_a_database_is_upgraded_and_nothing_in_it_is_lost(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema is the one of today, each row is there, and all checks and all public pages succeed."""
    monkeypatch.setenv("CONSULTA_DATA", str(data))
    engine = db.connect(f"sqlite:///{data / 'consulta.sqlite3'}")
    with engine.connect() as connection:
        before = rows(connection)
    step_by_step(engine)
    with engine.connect() as connection:
        now = rows(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        published = connection.scalars(text("SELECT key FROM rounds WHERE state = 'published'")).all()
    engine.dispose()
    assert {name: now.get(name) for name in before} == before
    checked = CliRunner().invoke(main, ["check"])
    assert checked.exit_code == 0, checked.output
    assert len(published) > 1
    settings = Settings.from_env()
    client = create_app(settings).test_client()
    for key in published:
        for page in ("result", "result/figures", "verify", "archive.zip"):
            answer = client.get(f"/es/rounds/{key}/{page}", base_url=settings.base_url)
            assert answer.status_code == 200, (key, page)


@pytest.mark.postgres
def test_a_database_is_upgraded_on_postgresql(data: Path, postgres_url: str) -> None:
    """Rows are put into the schema of the release, which is then brought to the newest."""
    source, target = db.connect(f"sqlite:///{data / 'consulta.sqlite3'}"), db.connect(postgres_url)
    with source.connect() as connection:
        revision, before = dump.revision(connection), rows(connection)
        tables = {table.name: [*dump.lines(connection, table)] for table in dump.tables(connection)}
        root = dump.head(connection)
    dump.load(target, revision, set(tables), lambda name: tables[name], root)
    with target.connect() as connection:
        now = rows(connection)
        assert {name: now.get(name) for name in before} == before
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    source.dispose()
    target.dispose()

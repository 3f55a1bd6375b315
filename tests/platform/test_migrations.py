"""The migrations make the schema that the models say, and a later one has what it needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from consulta.platform import database as db
from consulta.platform.migrations import guards
from consulta.platform.models import Base
from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def checks(engine: Engine) -> dict[str, set[tuple[str, str]]]:
    """The conditions of each table, by their names: Alembic does not compare them."""
    read: Any = inspect(engine)
    return {
        name: {(each["name"], " ".join(each["sqltext"].split())) for each in read.get_check_constraints(name)}
        for name in read.get_table_names()
        if name != "alembic_version"
    }


def test_migrations_make_what_the_models_say(migrated_url: str) -> None:
    engine = db.connect(migrated_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_conditions_are_those_of_the_models(migrated_sqlite_url: str, tmp_path: Path) -> None:
    migrated, made = db.connect(migrated_sqlite_url), create_engine(f"sqlite:///{tmp_path / 'made.sqlite3'}")
    Base.metadata.create_all(made)
    found = checks(migrated)
    assert found == checks(made)
    assert sum(map(len, found.values())) > 100
    migrated.dispose()
    made.dispose()


def test_a_migration_can_write_a_table_once(migrated_url: str) -> None:
    engine = db.connect(migrated_url)
    with db.rebuilding(engine) as connection:
        with Operations.context(MigrationContext.configure(connection)):
            connection.execute(text("CREATE TABLE later (id INTEGER PRIMARY KEY, who TEXT, what TEXT)"))
            guards.guard("later", {"who": "''"}, ["id", "what"])
        connection.execute(text("INSERT INTO later VALUES (1, 'Ana', 'x')"))
    for statement in ("UPDATE later SET what = 'y'", "UPDATE later SET who = 'z'", "DELETE FROM later"):
        with pytest.raises(DBAPIError, match="written once"), db.rebuilding(engine) as connection:
            connection.execute(text(statement))
    with db.rebuilding(engine) as connection:
        assert connection.execute(text("UPDATE later SET who = ''")).rowcount == 1
    engine.dispose()


def test_a_migration_is_written_from_what_the_models_say_more(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from tools import migration;"
        " migration.write('Count the pages', pathlib.Path(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True
    )  # alone: tests keep what Alembic has read
    written = (tmp_path / "0002_count_the_pages.py").read_text("utf-8").replace("'", '"')
    assert 'revision = "0002"' in written
    assert 'down_revision = "0001"' in written
    assert "adjust! ###\n    pass\n" in written, "the models say nothing more than the newest migration"

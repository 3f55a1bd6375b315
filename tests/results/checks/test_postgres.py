"""What a check finds of PostgreSQL itself: tables, constraints, indexes, guards, and which server it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from consulta.platform import database as db
from consulta.platform.models import Base
from consulta.shell.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

pytestmark = pytest.mark.postgres
TAMPERED = [
    ("ALTER TABLE log DISABLE TRIGGER USER", "guard log."),
    ("ALTER TABLE seats ADD CONSTRAINT late CHECK (base < 9) NOT VALID", "constraint late: what was stored"),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_seats_round_id'::regclass",
        "index ix_seats_round_id: it is not valid",
    ),
    ("ALTER TABLE calls RENAME TO calls_gone", "table calls: it cannot be read ("),
]


@pytest.fixture
def engine(migrated_postgres_url: str) -> Iterator[Engine]:
    made = db.connect(migrated_postgres_url)
    yield made
    made.dispose()


def test_what_is_not_in_force_or_not_there_is_a_fault(engine: Engine) -> None:
    assert db.integrity(engine) == []
    for statement, _ in TAMPERED:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    found = db.integrity(engine)
    for _, fault in TAMPERED:
        assert any(each.startswith(fault) for each in found), found


def test_a_table_that_the_user_of_the_service_may_not_read_is_a_fault(
    engine: Engine, migrated_postgres_url: str
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS consulta_reader")
        connection.exec_driver_sql("CREATE ROLE consulta_reader")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO consulta_reader")
        connection.exec_driver_sql("REVOKE SELECT ON ballots FROM consulta_reader")
    mark = "&" if "?" in migrated_postgres_url else "?"
    reader = db.connect(f"{migrated_postgres_url}{mark}options=-crole%3Dconsulta_reader")
    try:
        (fault,) = db.integrity(reader)
    finally:
        reader.dispose()
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY consulta_reader")
            connection.exec_driver_sql("DROP ROLE consulta_reader")
    assert fault == "table ballots: it cannot be read (permission denied for table ballots)"


def test_the_command_says_what_it_looked_at(
    engine: Engine, migrated_postgres_url: str, tmp_path: Path
) -> None:
    environ = {
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
        "CONSULTA_DATABASE": migrated_postgres_url,
    }
    done = CliRunner().invoke(main, ["check"], env=environ)
    assert done.exit_code == 0, done.output
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one().split()[0]
    told = re.escape(f"ok     the database (PostgreSQL {version}, the first one, ")
    assert re.match(
        rf"{told}\d+ of \d+ connections: {len(Base.metadata.tables) + 1} tables read", done.output
    )

"""What the tests take for a database of the migrations is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import make_url

from consulta.infra import database as db
from tests import schemas


def of(address: str) -> tuple[str, ...]:
    engine = db.connect(address)
    with engine.connect() as connection:
        found = schemas.written(connection)
    engine.dispose()
    return found


@pytest.mark.parametrize("revision", ["0001", "0040", "head"])
def test_written_anew_it_is_what_the_migrations_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    calls = []

    def by_migrations(*given: object) -> None:
        calls.append(given)
        schemas.BY_MIGRATIONS(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(command, "upgrade", schemas.once(by_migrations))
    made = []
    for number in range(3):
        address = f"sqlite:///{tmp_path / str(number)}.sqlite3"
        engine = db.connect(address)
        db.upgrade(engine, revision)
        engine.dispose()
        assert Path(str(make_url(address).database)).exists()
        made.append(of(address))
    assert len(calls) == 1
    assert made[0] == made[1] == made[2]
    assert len(made[0]) > 5


def test_a_database_that_has_a_schema_goes_through_the_migrations(tmp_path: Path) -> None:
    engine = db.connect(f"sqlite:///{tmp_path / 'one.sqlite3'}")
    db.upgrade(engine, "0040")
    with engine.connect() as connection:
        before = schemas.written(connection)
    db.upgrade(engine)
    with engine.connect() as connection:
        assert schemas.written(connection) != before
    engine.dispose()
    other = db.connect(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    db.upgrade(other)
    other.dispose()

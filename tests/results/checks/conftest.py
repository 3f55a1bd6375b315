"""One published round for many tests: lived once, its archives as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.platform import database as db
from consulta.platform.work import Bench
from tests.results.checks.published import archive_of, live, unpacked
from tests.texts import TWO
from tests.third import the_page_too as the_page_too  # noqa: PLC0414  # a fixture
from tests.third import third as third  # noqa: PLC0414  # a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lived(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A database in which a pseudonymous round was lived to its publication. Only for reading."""
    path = tmp_path_factory.mktemp("trust") / "consulta.sqlite3"
    path.write_bytes(migrated)
    bench = Bench(db.connect(f"sqlite:///{path}"), TWO)
    live(bench)
    yield bench
    bench.engine.dispose()


@pytest.fixture(scope="session")
def archived(lived: Bench) -> bytes:
    """The public archive of that round."""
    return archive_of(lived)


@pytest.fixture
def files(archived: bytes) -> dict[str, bytes]:
    """Its files, to be tampered with."""
    return unpacked(archived)

"""One published round for many tests: lived once, its archives as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.infra import database as db
from consulta.infra.work import Bench
from tests.checks.published import ASKED, archive_of, live, unpacked
from tests.depth import DEPTH
from tests.texts import TWO
from tests.third import Third, agree
from tests.third import third as third  # noqa: PLC0414  # a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _ask_the_html_file_too(request: pytest.FixtureRequest) -> Iterator[None]:
    """In `make test-deep`: whatever `verificar.py` was asked in a test, the HTML file says the same of it."""
    if DEPTH != "deep":
        yield
        return
    other: Third = request.getfixturevalue("third")
    ASKED.clear()
    yield
    for each in ASKED:
        said = other.says(each.files, each.heads, each.sums)
        assert agree(each.said, said), f"{each.said[1]}\n\n{said[1]}"


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

"""One published round for many tests: lived once, its archives as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.results.checks.published import archive_of, live, opened, unpacked
from tests.third import the_page_too as the_page_too  # noqa: PLC0414  # a fixture
from tests.third import third as third  # noqa: PLC0414  # a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.work import Bench


@pytest.fixture(scope="session")
def lived(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A database in which a pseudonymous round was lived to its publication. Only for reading."""
    bench = opened(migrated, tmp_path_factory.mktemp("trust"))
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

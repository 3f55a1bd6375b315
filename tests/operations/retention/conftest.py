"""What the tests of what is erased share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operations.retention.rows_by_hand import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bare() -> Iterator[Rows]:
    """A database in memory in which no row is yet."""
    made = Rows()
    yield made
    made.close()

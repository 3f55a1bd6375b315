"""Values copied from rows: every field is filled, and none by a guess."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from consulta.platform.copying import copied


@dataclass(frozen=True)
class Line:
    key: str
    title: str
    seats: int = 0


def test_fields_are_given_or_attributes_of_the_first_source_that_has_them():
    row, sizes = SimpleNamespace(key="r1", title="Row", seats=5), SimpleNamespace(seats=7)
    assert copied(Line, sizes, row, title="Said") == Line("r1", "Said", 7)
    assert copied(Line, row, sizes) == Line("r1", "Row", 5)


def test_a_name_that_is_no_field_is_refused():
    with pytest.raises(TypeError, match="ballots"):
        copied(Line, SimpleNamespace(key="r1", title="Row", seats=1), ballots=1)

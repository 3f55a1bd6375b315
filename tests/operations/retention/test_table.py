"""The table of what is kept has every column of the database, and the papers are made from it."""

from __future__ import annotations

import pytest

from consulta.operations.pages import retention as retention_pages
from consulta.operations.retention.kinds import KINDS
from consulta.operations.retention.table import TABLE
from consulta.platform.models import Base
from consulta.platform.settings import KEPT
from tools import retention

pytestmark = pytest.mark.gate


def test_every_column_has_its_purpose_its_period_and_its_fate_once() -> None:
    said = {kept.name: sorted(kept.columns) for kept in TABLE}
    there = {
        name: sorted(column.name for column in table.columns) for name, table in Base.metadata.tables.items()
    }
    assert len(said) == len(TABLE)
    assert said == there, (
        "say in TABLE of consulta/operations/retention/table.py what the column is for and what becomes of it"
    )


def test_what_is_erased_has_a_kind_with_a_period_and_what_stays_a_reason() -> None:
    fates = [(kept.name, fate) for kept in TABLE for fate in kept.fates]
    assert all(bool(fate.kind) != bool(fate.until) for _name, fate in fates)
    used = {fate.kind for _name, fate in fates if fate.kind}
    assert used == set(KEPT) == {kind.name for kind in KINDS} == set(retention_pages.KINDS), (
        "a kind stands in KEPT of platform/settings.py, in KINDS of operations/retention/kinds.py and of"
        " operations/retention/pages/words.py, and in a fate of operations/retention/table.py"
    )
    assert list(KEPT) == [kind.name for kind in KINDS], (
        "KINDS of operations/retention/kinds.py, in the order of KEPT in platform/settings.py"
    )


def test_the_page_of_the_documents_is_up_to_date() -> None:
    assert retention.PAGE.read_text("utf-8") == retention.page(), (
        "run python -m tools.retention, which writes docs/retention.md"
    )

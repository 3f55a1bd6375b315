"""Every column says what becomes of it, and the papers are made from it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from consulta.operations.pages import retention as retention_pages
from consulta.operations.retention import KINDS
from consulta.platform.models import Base
from consulta.platform.models.base import NUMBER, Kept, goes, stays, tables
from consulta.platform.settings import KEPT
from tools import retention

pytestmark = pytest.mark.gate


def test_a_column_with_words_says_what_becomes_of_it() -> None:
    class Root(DeclarativeBase):
        pass

    class Person(Root):
        __tablename__ = "people"
        kept = Kept("Who is asked.", "people", stays(NUMBER))
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(info=goes("contacts"))

    assert [list(each.fates.values()) for each in tables(Root)] == [[["id"], ["email"]]]
    Person.__table__.c.email.info.clear()
    with pytest.raises(ValueError, match=r"people\.email: say what becomes of it"):
        tables(Root)
    assert len(tables(Base)) == len(Base.metadata.tables)


def test_what_is_erased_has_a_kind_with_a_period_and_what_stays_a_reason() -> None:
    fates = {fate for kept in tables(Base) for fate in kept.fates}
    assert all(bool(fate.kind) != bool(fate.until) for fate in fates)
    used = {fate.kind for fate in fates if fate.kind}
    assert (
        used == set(KEPT) == {kind for kind, steps in KINDS.items() if steps} == set(retention_pages.KINDS)
    ), (
        "a kind stands in KEPT of platform/settings.py, with what it erases in operations/retention.py, with"
        " its words in operations/pages/retention.py, and in the fate of a column"
    )


def test_the_page_of_the_documents_is_up_to_date() -> None:
    assert retention.PAGE.read_text("utf-8") == retention.page(), (
        "run python -m tools.retention, which writes docs/retention.md"
    )

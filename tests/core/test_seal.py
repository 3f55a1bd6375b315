"""What stands behind the seal of a ballot: marks are in it only where they hold, so that older seals stay."""

from __future__ import annotations

from dataclasses import replace

from consulta.core.trust import record
from consulta.core.trust.receipts import Sealed, seal

HIDDEN = Sealed(cast_at="2027-03-01T12:00:00.000000+00:00", key="k", shown=["t1", "t2"], version=1, head="h")


def test_without_marks_a_seal_is_what_it_was_before_there_were_any() -> None:
    before = {
        "cast_at": HIDDEN.cast_at,
        "head": "h",
        "key": "k",
        "shown": ["t1", "t2"],
        "version": 1,
    }
    assert seal(HIDDEN) == record.digest(record.canonical(before))


def test_each_mark_makes_another_seal() -> None:
    seals = {
        seal(replace(HIDDEN, assisted=assisted, young=young))
        for assisted in (False, True)
        for young in (False, True)
    }
    assert len(seals) == 4

"""Which counts a check makes again, and with which files: by hand, without a round."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.trust import record
from consulta.results import checks

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULT = record.digest(b"result")
NOT_TOLD = "round 2027-1: its result is not the one that the log tells of"


@pytest.mark.parametrize(
    ("told", "left_out", "said"),
    [
        ({"result_sha256": RESULT, "bundle_sha256": "b"}, 0, ["bundle result False"]),
        ({"result_sha256": "c", "bundle_sha256": "b"}, 0, [NOT_TOLD, "bundle result False"]),
        ({}, 0, [NOT_TOLD, "bundle result False"]),
        (
            {"result_sha256": RESULT, "bundle_sha256": "b"},
            2,
            ["bundle result False", "first bundle  True"],  # the first result is gone
        ),
    ],
)
def test_every_count_is_made_again(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], left_out: int, said: list[str]
) -> None:
    found = SimpleNamespace(id=7, key="2027-1", left_out=left_out)

    def count(_work: object, _found: object, bundle: bytes, result: bytes, *, first: bool) -> Iterator[str]:
        yield f"{bundle.decode()} {result.decode()} {first}"

    def first(_session: object, number: int, kind: str) -> Any:
        return SimpleNamespace(content=f"first {kind}") if (number, kind) == (7, "bundle") else None

    monkeypatch.setattr(checks, "_with", lambda _work, _kind: [found])
    monkeypatch.setattr(checks, "_bytes", lambda _work, _found, kind: kind.encode())
    monkeypatch.setattr(checks, "_told", lambda *_given: told)
    monkeypatch.setattr(checks, "_count", count)
    monkeypatch.setattr(checks.documents, "first", first)
    work: Any = SimpleNamespace(session=None)
    assert [*checks._counts(work)] == said

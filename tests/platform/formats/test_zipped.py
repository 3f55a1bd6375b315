"""A ZIP written in pieces is the one written at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from consulta.platform.formats import delimited, zipped

if TYPE_CHECKING:
    import pytest


def test_files_in_pieces_make_the_same_zip(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"b.txt": b"one\ntwo\n", "a.txt": b"", "LEAME.txt": b"x" * 100_000}
    whole = zipped.write(files)
    for most in (1, zipped.IN_MEMORY):
        monkeypatch.setattr(zipped, "IN_MEMORY", most)
        pieces = {"b.txt": [b"one\n", b"two\n"], "LEAME.txt": [b"x"] * 100_000}
        with ExitStack() as opened:
            given = {**files, **{name: zipped.spooled(each, opened) for name, each in pieces.items()}}
            with zipped.save(given) as file:
                assert file.read() == whole


def test_a_table_in_pieces_is_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(str(number), "=1") for number in range(7)]
    whole = delimited.write_csv(["a", "b"], rows)
    monkeypatch.setattr(delimited, "PIECE", 3)
    assert b"".join(delimited.csv_pieces(["a", "b"], rows)) == whole
    assert whole.count(b"\r\n") == 8

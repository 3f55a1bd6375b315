"""The rows of votes in an archive: shown where who voted is public, else told by a digest; and forged."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from consulta.core.trust import record
from consulta.core.trust.record import Tree
from consulta.results.verifying.files import Box, DiffersError
from consulta.results.verifying.log import SHOWN, check_chain, leaves, read_head, rows_in
from tests.cases import for_each
from tests.deep import DEEP
from tests.results.checks.forging import (
    Files,
    bind_again,
    chain_again,
    row_of,
    rows_of,
    sum_again,
    tell_outside,
)
from tests.results.checks.published import archive_of, live, opened, unpacked, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Rows = list[dict[str, Any]]

MODES = ("open", "pseudonymous", "aggregate")


@pytest.fixture(scope="module")
def archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The public and the complete archive of a round in each mode."""
    found = {}
    for secrecy in MODES:
        bench = opened(migrated, tmp_path_factory.mktemp(secrecy))
        live(bench, secrecy)
        found[secrecy] = unpacked(archive_of(bench))
        found[f"{secrecy} complete"] = unpacked(archive_of(bench, complete=True))
        bench.engine.dispose()
    return found


def cast(rows: Rows) -> Rows:
    return [row for row in rows if "outside" in row]


def test_each_archive_says_how_much_of_the_votes_it_shows(archives: dict[str, Files]) -> None:
    said = {name: json.loads(files["archive.json"])["cast"] for name, files in archives.items()}
    wanted = {"open": "outside", "pseudonymous": "hidden", "aggregate": "hidden"}
    assert said == wanted | {f"{mode} complete": "whole" for mode in MODES}
    for name, files in archives.items():
        status, told = verify(files)
        assert status == 0, (name, told)
        assert ("11 votes recorded; 1 were replaced" in told) == (said[name] != "hidden"), name


@for_each("mode", ["pseudonymous", "aggregate"])
def test_where_who_voted_is_not_public_no_row_tells_of_a_vote(archives: dict[str, Files], mode: str) -> None:
    """Neither which rows are votes nor of whom: in their order stands when each was cast."""
    whole = {row["seq"]: row for row in cast(rows_of(archives[f"{mode} complete"]))}
    assert len(whole) == 11
    rows = {row["seq"]: row for row in rows_of(archives[mode])}
    for number, row in whole.items():
        assert set(rows[number]) == {"seq", "previous", "digest"}
        told = json.loads(row["outside"])
        assert told["record_sha256"].encode() not in archives[mode]["log.jsonl"]
        assert told["seat"].encode() not in archives[mode]["log.jsonl"]


def test_what_stands_outside_tells_no_moment(archives: dict[str, Files]) -> None:
    rows = cast(rows_of(archives["open"]))
    assert len(rows) == 11
    for row in rows:
        assert set(row) == {"seq", "previous", "digest", "hidden_sha256", "outside"}
        assert set(json.loads(row["outside"])) == {"act", "record_sha256", "round", "seat"}


def exchange_seats(rows: Rows) -> None:
    one, other = cast(rows)[3], cast(rows)[4]
    seats = [json.loads(row["outside"])["seat"] for row in (one, other)]
    tell_outside(one, seat=seats[1])
    tell_outside(other, seat=seats[0])


def earlier_vote_last(rows: Rows) -> None:
    """The vote that was replaced stands after the one that replaced it."""
    by_seat: dict[str, Rows] = {}
    for row in cast(rows):
        by_seat.setdefault(json.loads(row["outside"])["seat"], []).append(row)
    first, second = next(each for each in by_seat.values() if len(each) == 2)
    first["outside"], second["outside"] = second["outside"], first["outside"]


def hide_a_vote(rows: Rows) -> None:
    row = cast(rows)[5]
    del row["outside"], row["hidden_sha256"]


def vote_after_the_closing(rows: Rows) -> None:
    row = cast(rows)[5]
    closed = rows.index(row_of(rows, "rounds.closed"))
    rows.insert(closed, rows.pop(rows.index(row)))


def of_another_round(rows: Rows) -> None:
    tell_outside(cast(rows)[0], round="round:99")


FORGED: list[tuple[Callable[[Rows], None], str]] = [
    (
        lambda rows: tell_outside(cast(rows)[3], record_sha256="0" * 64),
        "the last vote of its seat in the log",
    ),
    (exchange_seats, "the last vote of its seat in the log"),
    (earlier_vote_last, "the last vote of its seat in the log"),
    (hide_a_vote, "ballot.cast: expected 11 rows; found 10"),
    (vote_after_the_closing, "a vote between opening and closing"),
    (of_another_round, "outside: expected a vote of round:"),
    (lambda rows: tell_outside(cast(rows)[0], act="ballot.abstained"), "outside: expected a vote of round:"),
    (lambda rows: tell_outside(cast(rows)[0], at="2027-01-01"), "outside: expected"),
]


@for_each("change, reason", FORGED)
def test_forged_rows_of_votes(
    archives: dict[str, Files], change: Callable[[Rows], None], reason: str
) -> None:
    """With chain, heads and closing made to fit; and as they were, where the digests say no at once."""
    files = archives["open"]
    rows = rows_of(files)
    change(rows)
    bind_again(files, rows)
    status, said = verify(chain_again(files, rows))
    assert (status, reason in said) == (1, True), said
    rows = rows_of(files)
    change(rows)
    log = b"".join(record.canonical(row) + b"\n" for row in rows)
    status, said = verify(sum_again({**files, "log.jsonl": log}))
    assert (status, "[NO] Log: chain of fingerprints" in said or reason in said) == (1, True), said


def test_rows_that_are_not_those_of_the_closing(archives: dict[str, Files]) -> None:
    """Hidden parts that are others, for the same votes: the closing bound the rows themselves."""
    files = archives["open"]
    rows = rows_of(files)
    cast(rows)[0]["hidden_sha256"] = "0" * 64
    status, said = verify(chain_again(files, rows))
    assert (status, "rows of votes at closing" in said) == (1, True), said


def test_a_row_shown_in_part_where_none_may_be(archives: dict[str, Files]) -> None:
    for mode in ("pseudonymous", "aggregate"):
        files = archives[mode]
        whole = {row["seq"]: row for row in cast(rows_of(archives[f"{mode} complete"]))}
        rows = rows_of(files)
        for row in rows:
            if row["seq"] in whole:
                row["outside"] = whole[row["seq"]]["outside"]
                hidden = [whole[row["seq"]][name] for name in SHOWN]
                row["hidden_sha256"] = record.digest(record.canonical(hidden))
        status, said = verify(chain_again(files, rows))
        assert (status, "parts of rows: expected 0 rows; found 11" in said) == (1, True), said


def test_an_archive_that_passes_for_one_without_rows_of_votes(archives: dict[str, Files]) -> None:
    files = archives["open"]
    about = json.loads(files["archive.json"])
    del about["cast"], about["parts"]
    text = (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()
    rest = {name: content for name, content in files.items() if name != "checkpoints.json"}
    status, said = verify(sum_again({**rest, "archive.json": text}))
    assert (status, "SHA256SUMS checkpoints.json: expected listed" in said) == (1, True), said
    status, said = verify(sum_again({**files, "archive.json": text}))
    assert (status, "archive.json cast: expected outside" in said) == (1, True), said
    about["format"] = "consulta-archive/2"
    text = (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()
    status, said = verify(sum_again({**files, "archive.json": text}))
    assert (status, "does not know: consulta-archive/2" in said) == (1, True), said


def test_a_log_of_a_million_rows_needs_little_beside_its_file() -> None:
    """Chain and two heads, row by row: what is kept of a row is its digest."""
    number = 1_000_000 if DEEP else 40_000
    buffer, previous = io.BytesIO(), record.START
    for seq in range(1, number + 1):
        digest = record.digest(f"{seq}{previous}".encode())
        buffer.write(record.canonical({"digest": digest, "previous": previous, "seq": seq}) + b"\n")
        previous = digest
    box = Box({"log.jsonl": buffer.getvalue()}, None, "archive", "en")
    del buffer
    tracemalloc.start()
    check_chain(box)
    assert rows_in(box) == number
    box.growing, box.heads = (Tree(), leaves(box)), []
    with pytest.raises(DiffersError):
        read_head(box, "line 2", f"{number - 1} {'0' * 64} 2027-01-01 daily -")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 * number, "32 bytes a row, twice while the list grows, and not the rows themselves"

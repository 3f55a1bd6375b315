"""Archives of a round that was closed by mistake and opened again: true ones hold, forged ones do not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.desk import moves
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.results import service as results
from consulta.rounds import links
from consulta.rounds import service as rounds
from consulta.vote.changes.values import Asked
from tests.cases import for_each
from tests.drafts import BASE, KEY
from tests.results.checks.forging import Files, chain_again, edit_json, row_of, rows_of, sum_again, tell
from tests.results.checks.published import OPENED, STAFF, archive_of, live, opened, unpacked, verify, vote
from tests.results.checks.published import _choice as choice

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = ("open", "pseudonymous", "aggregate")
MISTAKE = OPENED + timedelta(days=12)
AGAIN = MISTAKE + timedelta(hours=5)


def closed_by_mistake(bench: Bench) -> None:
    """The round closes, is counted, is opened again, and one more organisation votes."""
    with bench.work(STAFF, MISTAKE) as work:
        rounds.close_round(work, KEY, "Se creyó que era el último día")
    with bench.work(STAFF, MISTAKE) as work:
        results.count(work, KEY)
    with bench.work(STAFF, AGAIN) as work:
        changed = Asked("Cambió entretanto", timedelta(hours=24))
        moves.reopen(work, KEY, "2027-03-05T17:00", "Se cerró antes de tiempo", changed)
    with bench.work(COMMAND, AGAIN) as work:
        issued = links.further_links(work, KEY, BASE)
    vote(bench, KEY, issued[10], choice(4), AGAIN + timedelta(hours=1))
    vote(bench, KEY, issued[2], choice(5), AGAIN + timedelta(hours=2))


@pytest.fixture(scope="module")
def archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The archives of reopened rounds, for the tests of this module."""
    return reopened_archives(migrated, tmp_path_factory)


def reopened_archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The public archive of a reopened round in each mode, and complete ones."""
    found: dict[str, Files] = {}
    for name in MODES:
        bench = opened(migrated, tmp_path_factory.mktemp(name))
        live(bench, name, meanwhile=closed_by_mistake)
        found[name] = unpacked(archive_of(bench))
        found[f"{name} complete"] = unpacked(archive_of(bench, complete=True))
        with bench.read(STAFF, AGAIN) as work:
            assert [each for each in checks.whole(work) if each.faults] == []
        bench.engine.dispose()
    return found


def acts_of(files: Files) -> list[str]:
    return [row["action"] for row in rows_of(files) if row.get("action", "").startswith("rounds.")]


@pytest.mark.deep
@for_each("name", MODES)
def test_a_reopened_round_verifies_and_the_log_tells_it(archives: dict[str, Files], name: str) -> None:
    for files in (archives[name], archives[f"{name} complete"]):
        status, said = verify(files)
        assert status == 0, said
        assert "times that voting was reopened after a closing: 1" in said
        (told,) = json.loads(files["reopened.json"])["reopened"]
        assert told["reason"] == "Se cerró antes de tiempo"
        assert "reopened" in json.loads(files["archive.json"])["parts"]
        assert acts_of(files).count("rounds.counted") <= 1, "no count that a reopening undid is shown"
    assert acts_of(archives[f"{name} complete"]).count("rounds.closed") == 2
    hidden = name != "open"
    assert acts_of(archives[name]).count("rounds.closed") == (1 if hidden else 2), (
        "its digests would tell which ballots came later"
    )


def at(action: str, number: int = 0) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    return lambda rows: [row for row in rows if row.get("action") == action][number]


def told_otherwise(action: str, number: int = 0, **told: object) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: tell(at(action, number)(rows), **told)


def moved_before(action: str, other: str) -> Callable[[list[dict[str, Any]]], None]:
    """Take the last row of an act out and put it before the first of another one."""

    def change(rows: list[dict[str, Any]]) -> None:
        row = at(action, -1)(rows)
        rows.remove(row)
        rows.insert(rows.index(at(other)(rows)), row)

    return change


def last_vote_into_the_gap(rows: list[dict[str, Any]]) -> None:
    """A vote of after the reopening stands between the closing and the reopening."""
    votes = [row for row in rows if row.get("action") == "ballot.cast"]
    rows.remove(votes[-1])
    rows.insert(rows.index(row_of(rows, "rounds.reopened")), votes[-1])


FORGED: dict[str, tuple[str, Callable[[list[dict[str, Any]]], None], str]] = {
    "no reason": ("aggregate", told_otherwise("rounds.reopened", reason=""), "reason"),
    "an earlier end": (
        "aggregate",
        told_otherwise("rounds.reopened", after="2027-03-04T22:00:00Z"),
        "after: ",
    ),
    "another end before": (
        "aggregate",
        told_otherwise("rounds.reopened", before="2027-03-04T22:00:00Z"),
        "before",
    ),
    "closed at another hour": (
        "aggregate",
        told_otherwise("rounds.reopened", closed_at="2027-02-01T00:00:00Z"),
        "closed_at",
    ),
    "no reopening": ("open", lambda rows: rows.remove(row_of(rows, "rounds.reopened")), ""),
    "a vote in the gap": ("open complete", last_vote_into_the_gap, "between opening and closing"),
    "votes lost by the first closing": (
        "open complete",
        told_otherwise("rounds.closed", cast=13, ballots=12),
        "cast",
    ),
    "reopened after the count": ("open", moved_before("rounds.counted", "rounds.reopened"), ""),
}


def forged(archives: dict[str, Files], name: str) -> tuple[Files, str]:
    """A forged archive in which everything else fits, and what is said of it."""
    kind, change, where = FORGED[name]
    rows = rows_of(archives[kind])
    change(rows)
    files = chain_again(archives[kind], rows)
    for row in rows_of(files):
        if row.get("action") == "rounds.reopened":
            told = {"at": row["at"], **dict(sorted(json.loads(row["details"]).items()))}
            files = edit_json(files, "reopened.json", lambda kept, told=told: kept.update(reopened=[told]))  # type: ignore[misc]
    return files, where


@pytest.mark.deep
@for_each("name", FORGED)
def test_what_is_forged_about_a_reopening_is_found(archives: dict[str, Files], name: str) -> None:
    files, where = forged(archives, name)
    status, said = verify(files)
    assert status == 1, said
    assert where in said, said


@pytest.mark.deep
def test_the_file_says_what_the_log_says(archives: dict[str, Files]) -> None:
    files = edit_json(
        archives["aggregate"], "reopened.json", lambda kept: kept["reopened"][0].update(reason="Otro")
    )
    assert verify(files)[0] == 1
    rest = {name: content for name, content in archives["aggregate"].items() if name != "reopened.json"}
    assert verify(sum_again(rest))[0] == 1

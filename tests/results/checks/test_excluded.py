"""The archive of a round of which a ballot was taken out: both counts, and what is hidden of the first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.trust import record
from consulta.platform.formats import zipped
from consulta.results import service as results
from tests.cases import for_each
from tests.lived import once
from tests.objecting import people
from tests.results.checks.forging import Files, chain_again, edit_json, edit_lines, rows_of, sum_again
from tests.results.checks.published import archive_of, opened, run_script, unpacked, verify
from tests.vote.objections.test_objections import COUNTRIES, OVER, acting, closed, made, upheld

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consulta.platform.work import Bench

MODES = ("open", "pseudonymous", "aggregate")
FIRST = {"excluded.csv", "first-bundle.json", "first-result.json"}


@pytest.fixture(scope="module")
def archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The public archive of a round in each mode, and the complete one of the round of totals."""
    found = {}
    for mode in MODES:
        bench = opened(migrated, tmp_path_factory.mktemp(mode))
        live(bench, mode)
        found[mode] = unpacked(archive_of(bench))
        if mode == "aggregate":
            found["complete"] = unpacked(archive_of(bench, complete=True))
        bench.engine.dispose()
    return found


@once
def live(bench: Bench, secrecy: str) -> None:
    """A published round of five ballots, of which one was taken out."""
    closed(bench, secrecy=secrecy)
    staff = people(bench, "Mariana", "Esteban")
    upheld(bench, made(bench, 2), staff)
    acting(bench, staff[0], results.count)
    acting(bench, staff[0], results.publish, at=OVER)


@for_each("name", [*MODES, "complete"])
def test_it_verifies_and_has_the_first_count_where_ballots_are_public(
    archives: dict[str, Files], name: str
) -> None:
    files = archives[name]
    status, said = verify(files)
    assert status == 0, said
    assert set(files) & FIRST == (set() if name == "aggregate" else FIRST)
    told = [row for row in rows_of(files) if row.get("action") == "ballots.excluded"]
    assert len(told) == 1, "everybody reads that one was taken out"
    wanted = ["assisted", "objection", "record_sha256", "restored", "young"]
    assert sorted(json.loads(told[0]["details"])) == wanted
    if name != "aggregate":
        first, now = (json.loads(files[file]) for file in ("first-bundle.json", "bundle.json"))
        assert (len(first["ballots"]), len(now["ballots"])) == (5, 4)


def test_nothing_of_the_first_count_is_public_where_ballots_are_not(archives: dict[str, Files]) -> None:
    """Two results that differ by a ballot tell what it said: not even the digest of one is there."""
    public, complete = archives["aggregate"], archives["complete"]
    (out,) = complete["excluded.csv"].decode("utf-8-sig").splitlines()[1:]
    code, seat, seal, *_ = out.split(",")
    whole = b"".join(content for name, content in public.items() if not name.endswith((".py", ".txt")))
    whole += public["log.jsonl"]
    for secret in (code, seat, seal):
        assert secret.encode() not in whole
    acts = {row["action"] for row in rows_of(public) if "action" in row}
    assert "rounds.counted" not in acts, "no digest of an exact result"
    told = json.loads(public["public.json"])
    assert told["ballots"] == 4, "the figures are those of the published count alone"
    for row in rows_of(public):
        assert len(COUNTRIES) not in json.loads(row.get("details", "{}")).get("objections", {}).values()


def edit_row(files: Files, action: str, change: Callable[[dict[str, Any]], object], number: int = 0) -> Files:
    rows = rows_of(files)
    row = [row for row in rows if row.get("action") == action][number]
    details = json.loads(row["details"])
    change(details)
    row["details"] = json.dumps(details, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return chain_again(files, rows)


def without(files: Files, *names: str) -> Files:
    return sum_again({name: content for name, content in files.items() if name not in names})


def objected(**values: int) -> Callable[[dict[str, Any]], object]:
    return lambda told: told["objections"].update(values)


FORGED: dict[str, tuple[str, Callable[[Files], Files]]] = {
    "the first count is left away": ("pseudonymous", lambda files: without(files, *FIRST)),
    "only the first result is left away": ("pseudonymous", lambda files: without(files, "first-result.json")),
    "another ballot is taken out too": (
        "pseudonymous",
        lambda files: edit_json(files, "bundle.json", lambda bundle: bundle["ballots"].pop()),
    ),
    "the excluded ballot said something else": (
        "pseudonymous",
        lambda files: edit_json(
            files, "first-bundle.json", lambda bundle: bundle["ballots"][1]["ranking"].reverse()
        ),
    ),
    "the list of excluded ballots is empty": (
        "pseudonymous",
        lambda files: edit_lines(files, "excluded.csv", lambda lines: lines.pop(1)),
    ),
    "the log tells of another ballot": (
        "pseudonymous",
        lambda files: edit_row(files, "ballots.excluded", lambda told: told.update(record_sha256="0" * 64)),
    ),
    "it was assisted": (
        "aggregate",
        lambda files: edit_row(files, "ballots.excluded", lambda told: told.update(assisted=True)),
    ),
    "it came from a contact added after the opening": (
        "aggregate",
        lambda files: edit_row(files, "ballots.excluded", lambda told: told.update(young=True)),
    ),
    "it is not said how it was sent": (
        "aggregate",
        lambda files: edit_row(files, "ballots.excluded", lambda told: told.pop("young")),
    ),
    "it is not said whether an earlier vote counts again": (
        "aggregate",
        lambda files: edit_row(files, "ballots.excluded", lambda told: told.pop("restored")),
    ),
    "it is not said how many one person upheld alone": (
        "aggregate",
        lambda files: edit_row(files, "rounds.published", lambda told: told["objections"].pop("alone")),
    ),
    "it is not said how many earlier votes count again": (
        "aggregate",
        lambda files: edit_row(files, "rounds.published", lambda told: told["objections"].pop("restored")),
    ),
    "the closing does not say until when was voted": (
        "aggregate",
        lambda files: edit_row(files, "rounds.closed", lambda told: told.pop("closes_at")),
    ),
    "fewer were taken out": (
        "aggregate",
        lambda files: edit_row(files, "rounds.published", objected(excluded=0)),
    ),
    "fewer objections were made": (
        "aggregate",
        lambda files: edit_row(files, "rounds.published", objected(made=0, upheld=0)),
    ),
    "one was undecided": (
        "aggregate",
        lambda files: edit_row(files, "rounds.published", objected(made=2, undecided=1)),
    ),
    "there was more time": (
        "aggregate",
        lambda files: edit_row(files, "rounds.published", objected(hours=96)),
    ),
    "it counts five": (
        "aggregate",
        lambda files: edit_row(files, "rounds.published", lambda told: told.update(ballots=5)),
    ),
    "it was published before its time": (
        "aggregate",
        lambda files: edit_row(
            files, "rounds.closed", lambda told: told.update(objections_until="2027-02-09T15:00:00Z")
        ),
    ),
    "the last count says that it left none out": (
        "pseudonymous",
        lambda files: edit_row(files, "rounds.counted", lambda told: told.update(excluded=0), 1),
    ),
}


@for_each("name", FORGED)
def test_forged_it_is_refused(archives: dict[str, Files], name: str) -> None:
    mode, forge = FORGED[name]
    status, said = verify(forge(dict(archives[mode])))
    assert status == 1, said


@for_each("name", ["pseudonymous", "complete"])
def test_the_first_result_follows_from_the_first_bundle(archives: dict[str, Files], name: str) -> None:
    """The log's row of the first count is after the closing: its digests alone bind nothing."""
    files = dict(archives[name])
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda result: result["firmness"]["resampling"].update(percent=1),
        lambda result: result["themes"][0].update(first=99),
        lambda result: result.update(seed="0" * 64),
    ]
    for change in changes:
        forged = edit_json(files, "first-result.json", change)
        digest = record.digest(forged["first-result.json"])
        forged = edit_row(forged, "rounds.counted", lambda told, new=digest: told.update(result_sha256=new))  # type: ignore[misc]
        status, said = verify(forged)
        assert (status, "first-result.json" in said) == (1, True), said


def test_the_marks_of_a_ballot_taken_out_are_those_of_its_vote(archives: dict[str, Files]) -> None:
    def swapped(told: dict[str, Any]) -> None:
        told.update(assisted=True)

    def fewer(told: dict[str, Any]) -> None:
        told["assisted"] = told["electorate"]["assisted"] = -1

    forged = edit_row(
        edit_row(dict(archives["complete"]), "ballots.excluded", swapped), "rounds.published", fewer
    )
    status, said = verify(forged)
    assert (status, "assisted, young: expected [false, false]" in said) == (1, True), said


@pytest.mark.deep
def test_without_the_excluded_row_the_numbers_do_not_fit(archives: dict[str, Files]) -> None:
    """The row is made a hidden one: what is left is a bare digest."""
    for mode in ("pseudonymous", "aggregate"):
        files = dict(archives[mode])
        rows = rows_of(files)
        for row in rows:
            if row.get("action") == "ballots.excluded":
                for name in ("at", "role", "seal", "action", "subject", "details"):
                    del row[name]
        status, said = verify(chain_again(files, rows))
        assert status == 1, said


def test_the_script_verifies_it_as_a_file_and_as_a_folder(archives: dict[str, Files], tmp_path: Path) -> None:
    files = archives["pseudonymous"]
    (tmp_path / "round.zip").write_bytes(zipped.write({k: v for k, v in files.items() if k != zipped.SUMS}))
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for path in (tmp_path / "round.zip", folder):
        status, said = run_script(str(path), "--lang", "en")
        assert status == 0, said
        assert "[yes] Votes taken out after an objection: 1; replaced by" in said

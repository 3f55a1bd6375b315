"""The archive: what it holds in each mode, that it is always the same, and that the verifier agrees."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform.formats import zipped
from consulta.platform.models import Nominee
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.results import archive, checks
from consulta.rounds import heads
from consulta.vote import assisted
from tests.deep import DEEP, deep
from tests.drafts import KEY, make_open
from tests.results.checks.published import (
    COUNTRIES,
    OPENED,
    PUBLISHED,
    STAFF,
    archive_of,
    live,
    run_script,
    unpacked,
    verify,
)
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPLETE = {
    "LEAME.txt",
    "README.txt",
    "SHA256SUMS",
    "archive.json",
    "bundle.json",
    "checkpoints.json",
    "heads.txt",
    "log.jsonl",
    "opening.json",
    "receipts.csv",
    "result.json",
    "robustness.json",
    "roll.csv",
}


@pytest.fixture
def bench(migrated: bytes, tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "consulta.sqlite3").write_bytes(migrated)
    bench = Bench(db.connect(f"sqlite:///{tmp_path / 'consulta.sqlite3'}"), TWO)
    yield bench
    bench.engine.dispose()


def codes(files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["receipts.csv"].decode("utf-8-sig"), newline="")))


def test_an_archive_agrees_with_itself_and_says_so(archived: bytes, tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(archived)
    status, said = run_script(str(path), "--lang", "en")
    assert (status, "Everything agrees." in said) == (0, True)
    status, said = run_script(str(path), "--lang", "es", "--sha256", _digest(archived))
    assert (status, "Todo concuerda." in said, "huella de archive.zip" in said) == (0, True, True)


def _digest(data: bytes) -> str:
    return archive.record.digest(data)


def test_the_same_round_gives_the_same_bytes(lived: Bench, archived: bytes) -> None:
    assert archive_of(lived) == archived
    with lived.read(STAFF, PUBLISHED) as work:
        facts = archive.facts(work, archive.published(work, KEY))
    assert (facts.archive_sha256, facts.archive_size) == (_digest(archived), len(archived))
    with zipfile.ZipFile(io.BytesIO(archived)) as container:
        entries = container.infolist()
    assert [entry.filename for entry in entries] == sorted(COMPLETE)
    assert {entry.date_time for entry in entries} == {zipped.EARLIEST}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}


BUILD = """
import sys
from datetime import UTC, datetime
from consulta.results import archive
from consulta.platform.work import ANONYMOUS, Bench
from consulta.platform import database as db
with Bench(db.connect(sys.argv[1]), ("es", "en")).read(ANONYMOUS, datetime.now(UTC)) as work:
    sys.stdout.buffer.write(archive.public_archive(work, sys.argv[2])[1].read())
"""


SURROUNDINGS = (("7", "Pacific/Kiritimati", "C.UTF-8"), ("1", "America/Lima", "C"))


@pytest.mark.deep
@pytest.mark.parametrize("secrecy", [deep("open"), "pseudonymous", deep("aggregate")])
def test_another_process_years_later_builds_the_same_bytes(bench: Bench, secrecy: str) -> None:
    """With another order of sets, in another zone, with another language of the machine."""
    live(bench, secrecy)
    before = archive_of(bench)
    for seed, zone, language in SURROUNDINGS[: None if DEEP else 1]:
        surroundings = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        built = subprocess.run(
            [sys.executable, "-c", BUILD, str(bench.engine.url), KEY],
            env=surroundings,
            capture_output=True,
            check=True,
        )
        assert built.stdout == before


def test_later_acts_and_heads_change_no_archive(bench: Bench) -> None:
    live(bench)
    before = archive_of(bench)
    with bench.work(STAFF, PUBLISHED) as work:
        work.record("members.changed", "organisation:1")
        heads.take_head(work, "daily")
    assert archive_of(bench) == before


@pytest.mark.parametrize("secrecy", ["pseudonymous", "aggregate"])
def test_votes_entered_for_organisations_are_counted_published_and_verified(
    bench: Bench, secrecy: str
) -> None:
    """Two telephone calls, the second of an organisation that had voted: its earlier vote gave way."""

    def calls(bench: Bench) -> None:
        with bench.work(COMMAND, OPENED + timedelta(days=12)) as work:
            for seat, theme in (("s012", "tema_numero_2"), ("s001", "tema_numero_5")):
                asked = assisted.Request("Rosa Quispe", "Sin conexión")
                assisted.cast(work, KEY, seat, Entries({theme: 1}), f"call {seat}", asked, by_two=True)

    live(bench, secrecy, meanwhile=calls)
    with bench.read(STAFF, PUBLISHED) as work:
        facts = archive.facts(work, archive.published(work, KEY))
        assert [fault for check in checks.whole(work) for fault in check.faults] == []
    assert (facts.ballots, facts.assisted, facts.replaced) == (11, 2, 2)
    for complete in (False, True):
        files = unpacked(archive_of(bench, complete=complete))
        assert verify(files)[0] == 0
        assert not any(b"Rosa Quispe" in content for content in files.values())


def test_the_log_shows_public_acts_and_of_the_rest_only_digests(files: dict[str, bytes]) -> None:
    rows = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    shown = [row for row in rows if "action" in row]
    assert [row["action"] for row in shown if row["action"] != "heads.taken"] == [
        "rounds.committed",
        "rounds.opened",
        "rounds.closed",
        "rounds.counted",
        "rounds.published",
    ]
    assert all(set(row) == {"seq", "previous", "digest"} for row in rows if row not in shown)
    assert {row["role"] for row in shown} == {"secretariat", "house"}
    assert {row["role"] for row in shown if row["action"] == "heads.taken"} == {"house"}
    daily = [row for row in shown if '"reason":"daily"' in row["details"]]
    assert daily
    assert all(row["at"].endswith("T00:00:00.000000+00:00") for row in daily), "no moment of a vote"
    assert b"secretariat:3" not in files["log.jsonl"]


def test_nothing_public_names_an_organisation_or_a_moment_of_a_vote(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        assert (b"Red 0" in content) == (name == "roll.csv"), name
        assert b"@example.org" not in content, name
    assert b"cast_at" not in files["receipts.csv"] + files["bundle.json"]


@pytest.mark.parametrize(
    ("secrecy", "more"),
    [("pseudonymous", set()), ("open", {"package.json"})],
)
def test_where_ballots_are_public_everybody_can_count(bench: Bench, secrecy: str, more: set[str]) -> None:
    voted = live(bench, secrecy)
    files = unpacked(archive_of(bench))
    assert set(files) == COMPLETE | more
    status, said = verify(files)
    assert status == 0, said
    listed = {row["code"]: row for row in codes(files)}
    assert len(listed) == len(voted)
    for one in voted:
        ranking = " > ".join(one.cast.choice.ranking)
        assert listed[one.cast.receipt]["ranking"] == ranking
    assert ("organisation" in next(iter(listed.values()))) == (secrecy == "open")


@pytest.mark.parametrize("secrecy", ["pseudonymous", "open"])
def test_who_stood_on_the_ballot_is_not_named_in_the_archive(bench: Bench, secrecy: str) -> None:
    """Nor is their support there; that they are as they were at the opening is still found out."""
    live(bench, secrecy, endorsed=("n1", "n2"))
    with bench.read(STAFF, PUBLISHED) as work:
        people = [
            name for each in work.session.scalars(select(Nominee)) for name in (each.name, each.organisation)
        ]
        assert checks.faults(work) == []
    assert len(people) == 4
    files = unpacked(archive_of(bench)) | unpacked(archive_of(bench, complete=True))
    status, said = verify(unpacked(archive_of(bench)))
    assert status == 0, said
    for name, content in files.items():
        assert not [each for each in people if each.encode() in content], name
    with bench.work(COMMAND, PUBLISHED) as work:
        work.session.execute(update(Nominee).where(Nominee.key == "n1").values(support=9999))
    with bench.read(STAFF, PUBLISHED) as work:
        assert any("in what it froze, nominees" in fault for fault in checks.faults(work))


def test_where_ballots_are_not_public_only_those_appointed_can_count(bench: Bench) -> None:
    voted = live(bench, "aggregate")
    public = unpacked(archive_of(bench))
    assert set(public) == (COMPLETE | {"public.json"}) - {
        "bundle.json",
        "receipts.csv",
        "result.json",
        "robustness.json",
    }
    status, said = verify(public)
    assert (status, "[--] Published figures: ballots are not public" in said) == (0, True), said
    # A person who has a code may ask for what its vote says: the codes are not given away.
    assert not [one for one in voted if one.cast.receipt.encode() in b"".join(public.values())]
    assert b"result_sha256" not in public["log.jsonl"]
    complete = unpacked(archive_of(bench, complete=True))
    status, said = verify(complete)
    assert status == 0, said
    assert {"bundle.json", "result.json", "public.json"} <= set(complete)


def test_what_a_receipt_shows_is_in_the_archive(lived: Bench, files: dict[str, bytes]) -> None:
    with lived.read(STAFF, PUBLISHED) as work:
        kept = [line.split()[1] for line in files["heads.txt"].decode().splitlines()[1:]]
        for code in codes(files):
            found = archive.ballots_acts.by_code(work.session, archive.published(work, KEY).id, code["code"])
            assert found is not None
            assert found[0].head in kept
    status, said = verify(files, heads=kept[:3])
    assert status == 0, said
    assert len(codes(files)) < len(COUNTRIES)


def test_there_is_no_archive_before_publication(bench: Bench) -> None:
    key = make_open(bench)
    with pytest.raises(Problem, match=r"archive\.unknown"), bench.work(ANONYMOUS, PUBLISHED) as work:
        archive.public_archive(work, key)
    with pytest.raises(Problem, match=r"access\.denied"), bench.work(ANONYMOUS, PUBLISHED) as work:
        archive.complete_archive(work, key)

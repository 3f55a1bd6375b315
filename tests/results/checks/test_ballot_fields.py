"""Fields that an installation adds to the ballot: archived and bound, and held by both verifiers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.trust import record
from consulta.core.trust.receipts import Choices, ballot_record, receipt_code
from consulta.platform.data import ballot_fields
from consulta.platform.formats import delimited
from consulta.platform.models import Ballot, CurrentBallot, Round, Seat
from consulta.platform.work import COMMAND
from consulta.results import checks
from tests.drafts import KEY
from tests.results.checks.published import PUBLISHED, archive_of, live, unpacked, verify
from tests.third import agree
from tests.vote.test_ballot_fields import ANSWERS, FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.third import Third

Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def settings(settings: Settings) -> Iterator[Settings]:
    """Settings of an installation that adds two fields: a box that is sealed, a list that is published."""
    found = ballot_fields.read(FILE)
    ballot_fields.use(found)
    yield replace(settings, ballot_fields=found)
    ballot_fields.use(())


def fields_by_seat(files: Files) -> dict[str, str]:
    rows = list(csv.DictReader(io.StringIO(files["receipts.csv"].decode("utf-8-sig"), newline="")))
    return {row["seat"]: row["fields"] for row in rows}


def archive(bench: Bench, secrecy: str) -> Files:
    live(bench, secrecy, fields=ANSWERS)
    with bench.read(COMMAND, PUBLISHED) as work:
        assert [fault for check in checks.whole(work) for fault in check.faults] == []
    return unpacked(archive_of(bench, complete=secrecy == "aggregate"))


def changed(files: Files, seat: str, said: str) -> Files:
    """The archive with another answer in the list of receipts, and nothing else."""
    rows = list(csv.reader(io.StringIO(files["receipts.csv"].decode("utf-8-sig"), newline="")))
    place = rows[0].index("fields")
    lines = [[*row[:place], said, *row[place + 1 :]] if row[1] == seat else row for row in rows[1:]]
    return {**files, "receipts.csv": delimited.write_csv(rows[0], lines)}


@pytest.mark.browser
@pytest.mark.parametrize("secrecy", ["open", "pseudonymous", "aggregate"])
def test_the_archive_has_what_is_not_sealed_and_both_verifiers_hold_it(
    bench: Bench, third: Third, secrecy: str
) -> None:
    files = archive(bench, secrecy)
    said = fields_by_seat(files)
    assert set(said.values()) == {"{}", '{"format":"online"}'}
    assert "attends" not in files["receipts.csv"].decode() + files["bundle.json"].decode()
    asked = json.loads(files["opening.json"])["fields"]
    assert [(each["key"], each["sealed"]) for each in asked] == [("attends", True), ("format", False)]
    status, words = verify(files)
    assert status == 0, words
    assert agree(third.says(files), (status, words))
    seat, silent = (
        next(seat for seat, each in said.items() if (each == "{}") == empty) for empty in (False, True)
    )
    for forged in (
        changed(files, seat, '{"format":"here"}'),
        changed(files, seat, "{}"),
        changed(files, silent, '{"format":"online"}'),
        changed(files, seat, '{"format":"elsewhere"}'),
        changed(files, seat, '{"format": "online"}'),
        changed(files, seat, "["),
    ):
        found = verify(forged)
        assert found[0] == 1
        assert "receipts.csv" in found[1]
        assert agree(third.says(forged), found), third.says(forged)


def test_the_receipt_covers_both_kinds_of_fields(bench: Bench) -> None:
    live(bench, fields=ANSWERS)
    with bench.read(COMMAND, PUBLISHED) as work:
        rows = work.session.execute(
            select(Ballot, Seat).join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id).join(Ballot.seat)
        ).all()
        for ballot, seat in rows:
            said = Choices(ballot.ranking, ballot.objectives, ballot.endorsements, ballot.fields)
            hidden = {
                "cast_at": ballot.cast_at.isoformat(timespec="microseconds"),
                "head": ballot.head,
                "key": ballot.idempotency_key,
                "shown": ballot.shown,
                "version": ballot.version,
                "endorsements": ballot.endorsements,
                **({"fields": {"attends": "yes"}} if ballot.fields else {}),
            }
            seal = record.digest(record.canonical(hidden))
            assert receipt_code(ballot_record(KEY, seat.pseudonym, said, seal)) == ballot.receipt
    assert {bool(ballot.fields) for ballot, _ in rows} == {True, False}


def test_the_checks_find_an_answer_that_was_changed_in_the_database(bench: Bench) -> None:
    live(bench, fields=ANSWERS)
    with bench.read(COMMAND, PUBLISHED) as work:
        ballots = work.session.scalars(select(Ballot)).all()
        ballot = next(each for each in ballots if each.fields)
    for name, other in (("fields", {"format": "here"}), ("fields", {}), ("fields_sealed", {})):
        kept = getattr(ballot, name)
        setattr(ballot, name, other)
        assert any("digest of its content" in each for each in checks._content(ballot)), name
        setattr(ballot, name, kept)
    assert [*checks._content(ballot)] == []


def test_a_round_without_fields_is_as_before(bench: Bench) -> None:
    ballot_fields.use(())
    live(bench)
    files = unpacked(archive_of(bench))
    assert "fields" not in json.loads(files["opening.json"])
    assert files["receipts.csv"].decode("utf-8-sig").startswith("code,seat,seal,ranking\r\n")
    with bench.read(COMMAND, PUBLISHED) as work:
        assert work.session.scalars(select(Round)).one().ballot_fields == []

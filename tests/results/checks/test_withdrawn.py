"""Archives of rounds with a withdrawn late registration: true ones hold, forged ones do not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.platform.models import Registration, Seat
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.rounds import links
from consulta.vote.changes import registrations
from consulta.vote.changes.values import Asked
from tests.drafts import BASE, KEY
from tests.registering import appointed, newcomer, registered
from tests.results.checks.forging import Files, edit_json, row_of, rows_of, sum_again, tell
from tests.results.checks.published import STAFF, archive_of, live, opened, unpacked, verify, vote
from tests.results.checks.published import _choice as choice
from tests.results.checks.test_registered import ASKED, at, fitting, told_again

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG = "Se confundió con otra red del mismo nombre"


def one_withdrawn(bench: Bench) -> None:
    """Of two late organisations the first is withdrawn before it votes, and the second votes."""
    appointed(bench, ASKED)
    first, second = newcomer(bench, ASKED), newcomer(bench, ASKED, "Foro Tardío", "MX", email="f@example.org")
    registered(bench, ASKED, first)
    with bench.work(STAFF, ASKED + timedelta(days=2)) as work:
        number = work.session.scalars(select(Registration.id)).one()
        registrations.withdraw_seat(work, KEY, number, Asked(WRONG))
    registered(bench, ASKED + timedelta(days=3), second)
    with bench.work(COMMAND, ASKED + timedelta(days=5)) as work:
        issued = links.further_links(work, KEY, BASE)
    assert "Red Tardía" not in {link.organisation for link in issued}
    (own,) = [link for link in issued if link.organisation == "Foro Tardío"]
    vote(bench, KEY, own, choice(4), ASKED + timedelta(days=6))


@pytest.fixture(scope="module")
def archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The archives of rounds with a withdrawn seat, for the tests of this module."""
    return withdrawn_archives(migrated, tmp_path_factory)


def withdrawn_archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The archive of a round with a withdrawn seat, with names and with pseudonyms."""
    found: dict[str, Files] = {}
    for name in ("open", "pseudonymous"):
        bench = opened(migrated, tmp_path_factory.mktemp(f"withdrawn-{name}"))
        live(bench, name, meanwhile=one_withdrawn)
        found[name] = unpacked(archive_of(bench))
        with bench.read(STAFF, ASKED) as work:
            assert [each for each in checks.whole(work) if each.faults] == []
            gone = work.session.scalars(select(Seat.pseudonym).where(Seat.withdrawn_at.is_not(None))).one()
        assert json.loads(found[name]["registered.json"])["withdrawn"][0]["seat"] == gone
        bench.engine.dispose()
    return found


@pytest.mark.deep
def test_a_round_with_a_withdrawn_seat_verifies_and_the_archive_tells_it(archives: dict[str, Files]) -> None:
    for files in archives.values():
        status, said = verify(files)
        assert status == 0, said
        assert "organisations registered after the opening: 2; withdrawn before a vote: 1" in said
        told = json.loads(files["registered.json"])
        assert told["format"] == "consulta-registered/1"
        ((number, reason),) = [(each["number"], each["reason"]) for each in told["withdrawn"]]
        assert (number, reason) == (1, WRONG)
        bundle = json.loads(files["bundle.json"])
        assert len(bundle["seats"]) == 14, "it stays on the roll that is counted"
        assert told["withdrawn"][0]["seat"] not in {each["seat"] for each in bundle["ballots"]}
        assert json.loads(row_of(rows_of(files), "rounds.closed")["details"])["withdrawn"] == 1


ROW = "rounds.seat_withdrawn"
Rows = list[dict[str, Any]]


def hidden(rows: Rows) -> None:
    """The row shows its digest alone, and the closing tells of no withdrawal."""
    row = at(ROW)(rows)
    rows[rows.index(row)] = {name: row[name] for name in ("digest", "previous", "seq")}
    without_number(rows)


def left_out(rows: Rows) -> None:
    """The row was never there, nor its head."""
    row = at(ROW)(rows)
    rows.remove(rows[rows.index(row) + 1])
    rows.remove(row)


def without_number(rows: Rows) -> None:
    row = at("rounds.closed", -1)(rows)
    told = json.loads(row["details"])
    row["details"] = json.dumps({name: value for name, value in told.items() if name != "withdrawn"})


def before_it_was_registered(rows: Rows) -> None:
    """The withdrawal, with its head, stands before the registration."""
    row = at(ROW)(rows)
    head = rows[rows.index(row) + 1]
    for each in (row, head):
        rows.remove(each)
    place = rows.index(at("rounds.registered")(rows))
    rows[place:place] = [row, head]


def twice(rows: Rows) -> None:
    """The same registration is withdrawn again, with a head of its own."""
    row = at(ROW)(rows)
    place = rows.index(row)
    rows[place + 2 : place + 2] = [dict(row), dict(rows[place + 1])]
    tell(at("rounds.closed", -1)(rows), withdrawn=2)


def told(**what: object) -> Callable[[Rows], None]:
    return lambda rows: tell(at(ROW)(rows), **what)


def of_a_seat_that_voted(files: Files) -> str:
    """The name in the bundle of a seat that has a ballot."""
    seat: str = json.loads(files["bundle.json"])["ballots"][0]["seat"]
    return seat


FORGED: dict[str, tuple[Callable[[Rows], None], str]] = {
    "hidden": (hidden, "opening"),
    "left out": (left_out, "withdrawn"),
    "not told by the closing": (without_number, "withdrawn"),
    "a number that is none": (lambda rows: tell(at("rounds.closed", -1)(rows), withdrawn=True), "withdrawn"),
    "twice": (twice, "each registration once"),
    "before it was registered": (before_it_was_registered, "a registration before it"),
    "of a registration that is none": (told(number=3), "a registration before it"),
    "without a reason": (told(reason=" "), "reason"),
    "another head before": (told(head="0" * 64), "head"),
    "of no seat": (told(seat="f" * 16), "a seat of the roll"),
}


def forged(archives: dict[str, Files], name: str) -> tuple[Files, str]:
    """A forged archive in which everything else fits, and what is said of it."""
    if name == "of a seat that voted":
        change, where = told(seat=of_a_seat_that_voted(archives["pseudonymous"])), "no vote of this seat"
    else:
        change, where = FORGED[name]
    rows = rows_of(archives["pseudonymous"])
    change(rows)
    files = fitting(archives["pseudonymous"], rows, heads=name != "another head before", also=ROW)
    return withdrawn_again(told_again(files)), where


def withdrawn_again(files: Files) -> Files:
    """Let the file say of withdrawals what the rows say."""
    acts = [row for row in rows_of(files) if row.get("action") == ROW]
    said = [{"at": row["at"], **dict(sorted(json.loads(row["details"]).items()))} for row in acts]

    def change(kept: dict[str, Any]) -> None:
        kept["withdrawn"] = said

    return edit_json(files, "registered.json", change)


def forged_files(archives: dict[str, Files]) -> dict[str, Files]:
    """Archives whose file does not say what the log says of the withdrawal, or whose bundle has its vote."""

    def with_a_vote(bundle: dict[str, Any]) -> None:
        gone = json.loads(archives["open"]["registered.json"])["withdrawn"][0]["seat"]
        bundle["ballots"].append({**bundle["ballots"][0], "seat": gone})

    rest = json.loads(archives["pseudonymous"]["registered.json"])
    first = {"format": "consulta-registered/1", "registered": rest["registered"]}
    return {
        "a file without the withdrawals": sum_again(
            {**archives["pseudonymous"], "registered.json": json.dumps(first, indent=1).encode() + b"\n"}
        ),
        "another reason": edit_json(
            archives["open"], "registered.json", lambda kept: kept["withdrawn"][0].update(reason="Otro")
        ),
        "a vote of it": edit_json(archives["open"], "bundle.json", with_a_vote),
    }


def all_forged(archives: dict[str, Files]) -> dict[str, tuple[Files, str]]:
    """Each forged archive of this module by name, with what is said of it."""
    of_rows = {name: forged(archives, name) for name in (*FORGED, "of a seat that voted")}
    return of_rows | {name: (files, "") for name, files in forged_files(archives).items()}


def test_what_is_forged_about_a_withdrawal_is_found(archives: dict[str, Files]) -> None:
    for name, (files, where) in all_forged(archives).items():
        status, said = verify(files)
        assert status == 1, (name, said)
        assert where in said, (name, said)


@pytest.mark.deep
def test_a_history_without_the_withdrawal_is_found_by_a_head_that_was_kept(
    archives: dict[str, Files],
) -> None:
    """Where the whole log was made anew, closing and all, a mail of the closing tells."""
    true = archives["pseudonymous"]
    rows = rows_of(true)
    left_out(rows)
    without_number(rows)
    files = withdrawn_again(told_again(fitting(true, rows)))
    closing = next(line for line in true["heads.txt"].decode().splitlines() if " closing " in line)
    assert verify(files)[0] == 0
    assert verify(true, heads=[closing.split(" ")[1]])[0] == 0
    assert verify(files, heads=[closing.split(" ")[1]])[0] == 1

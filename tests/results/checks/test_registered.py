"""Archives of rounds with late registrations: true ones hold, forged ones do not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.counting import files as counting
from consulta.core.trust import record
from consulta.desk import moves
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.results import service as results
from consulta.results.verifying.bound import digest_of, wholly_joined
from consulta.rounds import links
from consulta.rounds import service as rounds
from consulta.vote.changes.values import Asked
from tests.drafts import BASE, KEY
from tests.registering import WHY, appointed, newcomer, registered
from tests.results.checks.forging import (
    Files,
    chain_again,
    edit_json,
    edit_lines,
    row_of,
    rows_of,
    sum_again,
    tell,
)
from tests.results.checks.published import OPENED, STAFF, archive_of, live, opened, unpacked, verify, vote
from tests.results.checks.published import _choice as choice

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = ("open", "pseudonymous", "aggregate")
ASKED = OPENED + timedelta(days=10)
OTHER = "Su solicitud llegó a tiempo y se traspapeló"


def two_late(bench: Bench) -> None:
    """Two organisations are registered, one after the other; the first votes, the second does not."""
    appointed(bench, ASKED)
    first, second = newcomer(bench, ASKED), newcomer(bench, ASKED, "Foro Tardío", "MX", email="f@example.org")
    registered(bench, ASKED, first)
    with bench.work(COMMAND, ASKED + timedelta(days=2)) as work:
        issued = links.further_links(work, KEY, BASE)
    (own,) = [link for link in issued if link.organisation == "Red Tardía"]
    vote(bench, KEY, own, choice(4), ASKED + timedelta(days=3))
    registered(bench, ASKED + timedelta(days=4), second, why=OTHER)


def late_and_reopened(bench: Bench) -> None:
    """One is registered, the round is closed by mistake and opened again, and then another is registered."""
    appointed(bench, ASKED)
    registered(bench, ASKED, newcomer(bench, ASKED))
    closed = ASKED + timedelta(days=2)
    with bench.work(STAFF, closed) as work:
        rounds.close_round(work, KEY, "Se creyó que era el último día")
        results.count(work, KEY)
    with bench.work(STAFF, closed + timedelta(hours=2)) as work:
        changed = Asked("Cambió entretanto", timedelta(hours=24))
        moves.reopen(work, KEY, "2027-03-05T17:00", "Se cerró antes de tiempo", changed)
    later = closed + timedelta(days=1)
    registered(bench, later, newcomer(bench, later, "Foro Tardío", "MX", email="f@example.org"), why=OTHER)


@pytest.fixture(scope="module")
def archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The archives of rounds with late seats, for the tests of this module."""
    return late_archives(migrated, tmp_path_factory)


def late_archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The public and the complete archive of a round with late seats in each mode."""
    found: dict[str, Files] = {}
    for name in (*MODES, "reopened"):
        bench = opened(migrated, tmp_path_factory.mktemp(name))
        meanwhile = late_and_reopened if name == "reopened" else two_late
        mode = "open" if name == "reopened" else name
        live(bench, mode, meanwhile=meanwhile)
        found[name] = unpacked(archive_of(bench))
        found[f"{name} complete"] = unpacked(archive_of(bench, complete=True))
        with bench.read(STAFF, ASKED) as work:
            assert [each for each in checks.whole(work) if each.faults] == []
        bench.engine.dispose()
    return found


def test_rounds_with_late_seats_verify_and_the_archive_tells_them(archives: dict[str, Files]) -> None:
    for name, files in archives.items():
        status, said = verify(files)
        assert status == 0, (name, said)
        assert "organisations registered after the opening: 2" in said
        told = json.loads(files["registered.json"])["registered"]
        assert [(each["number"], each["reason"], each["seats"]) for each in told] == [
            (1, WHY, 13),
            (2, OTHER, 14),
        ]
        assert "registered" in json.loads(files["archive.json"])["parts"]
        named = "package.json" in files
        assert named is (name.startswith(("open", "reopened")) or name.endswith("complete"))
        assert all(("seat" in each) is named for each in told), "whose seat it is, is told where names are"
        assert len(files["roll.csv"].splitlines()) == 1 + 14
        if "bundle.json" in files:
            assert len(json.loads(files["bundle.json"])["seats"]) == 14


@pytest.mark.deep
def test_the_roll_of_the_opening_cannot_be_found_in_a_bundle_without_names(
    archives: dict[str, Files],
) -> None:
    """Else the seat that is left out for it would be the late one, and its secret vote with it."""
    for name in ("pseudonymous", "aggregate complete"):
        files = archives[name]
        seats = sorted(json.loads(files["bundle.json"])["seats"], key=lambda seat: seat["seat"])
        told = json.loads(row_of(rows_of(files), "rounds.opened")["details"])["roll_sha256"]
        for one in range(14):
            for other in range(one):
                left = [seat for place, seat in enumerate(seats) if place not in {one, other}]
                assert digest_of_roll(left, files) != told


def digest_of_roll(seats: list[dict[str, Any]], files: Files) -> str:
    """What the opening would tell of this roll."""
    joined = json.loads(files["opening.json"])["round"].get("joined_below") is not None
    told: str = digest_of(wholly_joined(seats) if joined else seats)
    return told


def at(action: str, number: int = 0) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    return lambda rows: [row for row in rows if row.get("action") == action][number]


def told_otherwise(which: int, **told: object) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: tell(at("rounds.registered", which)(rows), **told)


def without_row(rows: list[dict[str, Any]]) -> None:
    rows.remove(at("rounds.registered", -1)(rows))


def after_the_closing(rows: list[dict[str, Any]]) -> None:
    """The last registration, with its head, stands after the closing."""
    row = at("rounds.registered", -1)(rows)
    head = rows[rows.index(row) + 1]
    closed = rows.index(at("rounds.closed", -1)(rows)) + 2
    for each in (head, row):
        rows.insert(closed, each)
        rows.remove(each)


def at_an_hour_of_after_the_closing(rows: list[dict[str, Any]]) -> None:
    at("rounds.registered", -1)(rows)["at"] = "2027-04-01T00:00:00.000000+00:00"


FORGED: dict[str, tuple[str, Callable[[list[dict[str, Any]]], None], str]] = {
    "no reason": ("aggregate", told_otherwise(0, reason="  "), "reason"),
    "another number": ("pseudonymous", told_otherwise(1, number=3), "number"),
    "more seats": ("aggregate", told_otherwise(1, seats=15), "seats"),
    "another head before": ("pseudonymous", told_otherwise(0, head="0" * 64), "head"),
    "another roll": ("pseudonymous", told_otherwise(1, roll_sha256="0" * 64), "roll_sha256"),
    "another list of members": (
        "aggregate",
        told_otherwise(0, members_sha256="0" * 64),
        "without its last 1",
    ),
    "a seat without a row": ("pseudonymous", without_row, ""),
    "a named seat without a row": ("open", without_row, ""),
    "after the closing": ("open", after_the_closing, ""),
    "dated after the closing": ("aggregate", at_an_hour_of_after_the_closing, "before"),
}


def forged(archives: dict[str, Files], name: str) -> tuple[Files, str]:
    """A forged archive in which everything else fits, and what is said of it."""
    kind, change, where = FORGED[name]
    rows = rows_of(archives[kind])
    change(rows)
    return told_again(fitting(archives[kind], rows, heads=name != "another head before")), where


def fitting(files: Files, rows: list[dict[str, Any]], *, heads: bool = True, also: str = "") -> Files:
    """Write the log anew; with `heads`, each row about a late registration names the head before it.

    So does each row of the act `also`.
    """
    made = chain_again(files, rows)
    for row in [each for each in rows if each.get("action") in {"rounds.registered", also}] if heads else ():
        lines = [line.split(" ") for line in made["heads.txt"].decode().splitlines()[1:]]
        tell(row, head=[line[1] for line in lines if int(line[0]) < row["seq"]][-1])
        made = chain_again(files, rows)
    return made


def told_again(files: Files) -> Files:
    """Let the file about late registrations say what the rows say."""

    def change(kept: dict[str, Any]) -> None:
        acts = [row for row in rows_of(files) if row.get("action") == "rounds.registered"]
        seats = [each.get("seat") for each in kept["registered"]]
        kept["registered"] = [
            {"at": row["at"], **dict(sorted(json.loads(row["details"]).items()))}
            | ({"seat": seat} if seat else {})
            for row, seat in zip(acts, seats, strict=False)
        ]

    return edit_json(files, "registered.json", change)


def forged_files(archives: dict[str, Files]) -> dict[str, Files]:
    """Archives whose files about late registrations do not say what the log says."""
    pseudonymous, named = archives["pseudonymous"], archives["open"]
    rest = {name: content for name, content in pseudonymous.items() if name != "registered.json"}

    def set_of(number: int, **told: object) -> Callable[[dict[str, Any]], object]:
        return lambda kept: kept["registered"][number].update(told)

    def renamed(kept: dict[str, Any]) -> None:
        kept["registered"][0]["seat"]["organisation"] = "Red 001"

    def base_in_another_form(kept: dict[str, Any]) -> None:
        kept["registered"][0]["seat"]["base"] = 1.0

    def row_without_seat(kept: dict[str, Any]) -> None:
        del kept["registered"][1]

    def name_twice(lines: list[str]) -> None:
        lines[-2] = lines[1]

    return {
        "no file": sum_again(rest),
        "another reason": edit_json(pseudonymous, "registered.json", set_of(0, reason=OTHER)),
        "another organisation": edit_json(named, "registered.json", renamed),
        "a base value that is no whole number": edit_json(
            archives["aggregate complete"], "registered.json", base_in_another_form
        ),
        "a row without its seat": edit_json(named, "registered.json", row_without_seat),
        "an organisation twice on the roll": edit_lines(pseudonymous, "roll.csv", name_twice),
        "a late seat left out of the bundle": edit_json(
            named, "bundle.json", lambda bundle: bundle["seats"].pop()
        ),
    }


@pytest.mark.deep
def test_what_is_forged_about_late_registrations_is_found(archives: dict[str, Files]) -> None:
    for name in FORGED:
        files, where = forged(archives, name)
        status, said = verify(files)
        assert status == 1, (name, said)
        assert where in said, (name, said)
    for name, files in forged_files(archives).items():
        assert verify(files)[0] == 1, name


def test_the_same_organisation_cannot_be_registered_twice_in_an_archive(archives: dict[str, Files]) -> None:
    """A server that registers one twice, with every digest made to fit, is found by the names."""
    files = twice(archives)
    status, said = verify(files)
    assert status == 1
    assert "each organisation once" in said, said


def twice(archives: dict[str, Files]) -> Files:
    """The second late organisation has the name and country of the first, in every file and row."""
    files = archives["open"]
    rows, kept = rows_of(files), json.loads(files["registered.json"])["registered"]
    seat = {**kept[0]["seat"], "seat": kept[1]["seat"]["seat"]}
    tell(at("rounds.registered", 1)(rows), seat_sha256=record.digest(record.canonical(seat)))
    changed = edit_json(files, "registered.json", lambda told: told["registered"][1].update(seat=seat))
    return told_again(fitting(changed, rows))


@pytest.mark.deep
def test_late_seats_count_as_seats_of_the_opening_do(archives: dict[str, Files]) -> None:
    """On random rolls, two of whose seats are late: their place on the roll changes no count."""
    for name in ("open", "pseudonymous"):
        bundle = json.loads(archives[name]["bundle.json"])
        for number in range(4):
            seats = in_random_order(bundle["seats"], number)
            for seat, other in zip(seats[:2], seats[2:], strict=False):
                seat |= {"country": other["country"], "categories": other["categories"], "base": 1 + number}
            appended = {**bundle, "seats": [*seats[2:], *seats[:2]]}
            of_the_opening = {**bundle, "seats": sorted(seats, key=lambda seat: seat["seat"])}
            assert counted(appended) == counted(of_the_opening), (name, number)


def in_random_order(seats: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """These seats, each a copy, in an order that is another for each number."""
    return sorted(map(dict, seats), key=lambda seat: record.digest(f"{number}|{seat['seat']}".encode()))


def counted(bundle: dict[str, Any]) -> dict[str, Any]:
    """The result of a bundle, without the digest of its file."""
    told: dict[str, Any] = json.loads(counting.count_file(json.dumps(bundle).encode()))
    return {name: value for name, value in told.items() if name != "bundle_sha256"}

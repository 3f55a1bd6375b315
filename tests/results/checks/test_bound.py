"""Archives forged after the closing: each is told under the head of the closing, by the name of what differs.

The forger has the server: digests, chain, heads, sums, receipts and result are all made anew. With the rows
up to the closing as they were, something in the archive differs from what the closing bound, and the verifier
says what. With those rows made anew too, the archive agrees with itself, and not with the closing's head.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.trust import record
from consulta.desk import opening
from consulta.platform.formats import delimited
from consulta.results.verifying.bound import BALLOT_PARTS, sealed
from tests.cases import for_each
from tests.deep import DEEP, one_of_each
from tests.results.checks.forging import (
    Case,
    Files,
    chain_again,
    forge,
    row_of,
    rows_of,
    sum_again,
    tell,
    tell_outside,
)
from tests.results.checks.published import archive_of, live, opened, tree_root, unpacked, verify

if TYPE_CHECKING:
    from consulta.platform.work import Bench

Change = Callable[[Case], object]
NOMINEES = ("n1", "n2", "n3")


@pytest.fixture(scope="module")
def archives(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The archives of a round in each mode; of that of totals the public and the complete one."""
    found = {}
    for secrecy in ("pseudonymous", "open", "aggregate"):
        bench = opened(migrated, tmp_path_factory.mktemp(secrecy))
        live(bench, secrecy, endorsed=NOMINEES)
        found[secrecy] = unpacked(archive_of(bench))
        found[f"{secrecy} complete"] = unpacked(archive_of(bench, complete=True))
        bench.engine.dispose()
    return found


def closing_head(files: Files) -> str:
    lines = files["heads.txt"].decode().splitlines()
    return next(line.split(" ")[1] for line in lines if " closing " in line)


def first(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in case.bundle["ballots"] if len(each["ranking"]) > 1)
    return found


def silent(case: Case) -> list[str]:
    voted = {ballot["seat"] for ballot in case.bundle["ballots"]}
    return [seat["seat"] for seat in case.bundle["seats"] if seat["seat"] not in voted]


def nominee(field: str, value: object) -> Change:
    def change(case: Case) -> None:
        assert case.bundle["nominees"][0][field] != value
        case.bundle["nominees"][0][field] = value

    return change


def of_round(field: str, value: object) -> Change:
    return lambda case: case.bundle["round"].update({field: value})


def rule(field: str, value: object) -> Change:
    def change(case: Case) -> None:
        assert case.bundle["rules"][field] != value
        case.bundle["rules"][field] = value

    return change


def published(**told: object) -> Change:
    return lambda case: case.published.update(told)


def swap_ranks(case: Case) -> None:
    ranking = first(case)["ranking"]
    ranking[0], ranking[1] = ranking[1], ranking[0]


def add_rank(case: Case) -> None:
    ballot = first(case)
    named = [key for tier in ballot["ranking"] for key in tier]
    ballot["ranking"].append([next(t["key"] for t in case.bundle["themes"] if t["key"] not in named)])


def tie_ranks(case: Case) -> None:
    ballot = first(case)
    ballot["ranking"] = [[key for tier in ballot["ranking"] for key in tier]]


def drop_endorsement(case: Case) -> None:
    next(each for each in case.bundle["ballots"] if each["endorsements"])["endorsements"].pop()


def no_endorsements(case: Case) -> None:
    for ballot in case.bundle["ballots"]:
        ballot["endorsements"] = []


def swap_ballots(case: Case) -> None:
    one = first(case)
    two = next(ballot for ballot in case.bundle["ballots"] if ballot["ranking"] != one["ranking"])
    one["seat"], two["seat"] = two["seat"], one["seat"]
    case.bundle["ballots"].sort(key=lambda ballot: ballot["seat"])


def invent_all(case: Case) -> None:
    keys = [theme["key"] for theme in case.bundle["themes"]]
    for number, ballot in enumerate(case.bundle["ballots"]):
        ballot.update(ranking=[[keys[number % 2]], [keys[4]]], objectives=[1, 2])


def all_alike(case: Case) -> None:
    for ballot in case.bundle["ballots"]:
        ballot["ranking"] = [["tema_numero_1"]]


def drop_ballot_and_say_so(case: Case) -> None:
    """The number of those that count stays right, since another is stuffed."""
    case.bundle["ballots"].pop()
    stuff_one(case)


def stuff_one(case: Case) -> None:
    case.bundle["ballots"].append({**first(case), "seat": silent(case)[0]})
    case.bundle["ballots"].sort(key=lambda ballot: ballot["seat"])


def stuff_all(case: Case) -> None:
    case.bundle["ballots"] += [{**first(case), "seat": seat} for seat in silent(case)]
    case.bundle["ballots"].sort(key=lambda ballot: ballot["seat"])


def exchange_names(case: Case) -> None:
    one, two, *_ = case.bundle["nominees"]
    one["name"], two["name"] = two["name"], one["name"]


def name_that_looks_the_same(case: Case) -> None:
    case.bundle["nominees"][0]["name"] = case.bundle["nominees"][0]["name"].replace("a", "\u0430", 1)


def exchange_keys(case: Case) -> None:
    one, two, *_ = case.bundle["nominees"]
    one["key"], two["key"] = two["key"], one["key"]
    case.bundle["nominees"].sort(key=lambda each: each["key"])


def add_nominee(case: Case) -> None:
    case.bundle["nominees"].append({**case.bundle["nominees"][0], "key": "n9", "name": "Zoila"})


def drop_nominee(case: Case) -> None:
    gone = case.bundle["nominees"].pop()["key"]
    for ballot in case.bundle["ballots"]:
        ballot["endorsements"] = [key for key in ballot["endorsements"] if key != gone]


def seconds_later(case: Case) -> None:
    case.bundle["round"]["closed_at"] = case.bundle["round"]["closed_at"].replace(":00Z", ":09Z")


def theme_title(case: Case) -> None:
    case.bundle["themes"][0]["title"]["es"] += "."


def seat_sector(case: Case) -> None:
    seat = next(seat for seat in case.bundle["seats"] if seat["categories"]["sector"] != "union")
    seat["categories"]["sector"] = "union"


def seat_country(case: Case) -> None:
    seat = next(seat for seat in case.bundle["seats"] if seat["country"] in {"MX", "XD"})
    seat["country"] = "CU"


def seat_country_of_the_roll(case: Case) -> None:
    seat = next(
        seat
        for seat in case.bundle["seats"]
        if seat["country"] in {"BB", "XB"} and (seat["categories"]["sector"], seat["base"]) == ("ngo", 1)
    )
    seat["country"] = "BB" if seat["country"] == "XB" else "JM"


def seats_exchanged(case: Case) -> None:
    pairs = ({"AR", "XE"}, {"BB", "XB"})
    one, two = (next(s for s in case.bundle["seats"] if s["country"] in lands) for lands in pairs)
    one["seat"], two["seat"] = two["seat"], one["seat"]
    case.bundle["seats"].sort(key=lambda seat: seat["seat"])


def drop_silent_seat(case: Case) -> None:
    gone = silent(case)[0]
    case.bundle["seats"] = [seat for seat in case.bundle["seats"] if seat["seat"] != gone]


def question(case: Case) -> None:
    case.texts["round"]["question"]["es"] += " y también?"


def title_everywhere(case: Case) -> None:
    for part in (case.bundle or case.texts, case.texts):
        part["round"]["title"]["es"] = "Otra consulta"


def member_name(case: Case) -> None:
    case.roll[1][0] = "Red fantasma"


def member_sector(case: Case) -> None:
    case.roll[1][2] = "faith"


def members_exchanged(case: Case) -> None:
    case.roll[1][0], case.roll[2][0] = case.roll[2][0], case.roll[1][0]


# What is forged, and the name by which the verifier tells it.
FORGED: list[tuple[Change, str]] = [
    (swap_ranks, "ballots[].ranking at closing"),
    (lambda case: first(case)["ranking"].reverse(), "ballots[].ranking at closing"),
    (lambda case: first(case)["ranking"].pop(), "ballots[].ranking at closing"),
    (add_rank, "ballots[].ranking at closing"),
    (tie_ranks, "ballots[].ranking at closing"),
    (all_alike, "ballots[].ranking at closing"),
    (invent_all, "ballots[].ranking at closing"),
    (swap_ballots, "ballots[].ranking at closing"),
    (lambda case: first(case).update(objectives=[23]), "ballots[].objectives at closing"),
    (lambda case: first(case).update(objectives=[]), "ballots[].objectives at closing"),
    (drop_endorsement, "ballots[].endorsements at closing"),
    (no_endorsements, "ballots[].endorsements at closing"),
    (lambda case: case.bundle["ballots"].pop(), "rounds.published ballots"),
    (stuff_one, "rounds.published ballots"),
    (stuff_all, "rounds.published ballots"),
    (drop_ballot_and_say_so, "ballots[].ranking at closing"),
    (exchange_names, "nominees[].name at closing"),
    (name_that_looks_the_same, "nominees[].name at closing"),
    (exchange_keys, "nominees[].name at closing"),
    (add_nominee, "nominees[].name at closing"),
    (drop_nominee, "nominees[].name at closing"),
    (nominee("role", "government"), "nominees[].role at closing"),
    (nominee("country", "HT"), "nominees[].country at closing"),
    (nominee("organisation", "Otra"), "nominees[].organisation at closing"),
    (nominee("support", 9000), "nominees[].support at closing"),
    (nominee("recent", 3), "nominees[].recent at closing"),
    (nominee("topics", ["tema_numero_2"]), "nominees[].topics at closing"),
    (nominee("categories", {"subregion": "andean", "sector": "faith"}), "nominees[].categories at closing"),
    (of_round("title", {"es": "Otra consulta", "en": "Other"}), "bundle.json round.title"),
    (of_round("closed_at", "2027-03-05T23:59:59Z"), "bundle.json round.closed_at"),
    (seconds_later, "bundle.json round.closed_at"),
    (of_round("key", "2027-9"), "round.key"),
    (rule("objective_share", 500), "rules_sha256 at opening"),
    (rule("method", "schulze"), "rules_sha256 at opening"),
    (rule("topics", 1), "rules_sha256 at opening"),
    (rule("balance", {"subregion": "roll"}), "rules_sha256 at opening"),
    (rule("weight_bounds", [0.5, 2.0]), "rules_sha256 at opening"),
    (rule("max_ranks", 4), "rules_sha256 at opening"),
    (rule("spread", {"sector": 100}), "rules_sha256 at opening"),
    (theme_title, "themes_sha256 at opening"),
    (lambda case: case.bundle["themes"][0].update(objectives=[23]), "themes_sha256 at opening"),
    (lambda case: case.bundle["themes"].reverse(), "themes_sha256 at opening"),
    (lambda case: case.bundle["seats"][0].update(base=2), "roll.csv"),
    (seat_sector, "roll.csv"),
    (seat_country, "roll.csv"),
    (seat_country_of_the_roll, "seats at closing"),
    (seats_exchanged, "roll_sha256 at opening"),
    (lambda case: case.bundle["seats"].append({**case.bundle["seats"][0], "seat": "f" * 16}), "roll.csv"),
    (drop_silent_seat, "roll.csv"),
    (lambda case: case.seals.update({first(case)["seat"]: "1" * 64}), "receipts at closing"),
    (lambda case: case.seals.update(dict.fromkeys(case.seals, "2" * 64)), "receipts at closing"),
    (question, "texts at closing"),
    (lambda case: case.texts["themes"][0]["description"].update(es="Otra."), "texts at closing"),
    (title_everywhere, "texts at closing"),
    (lambda case: case.texts["round"].update(zone="America/Lima"), "texts at closing"),
    (member_name, "roll at closing"),
    (lambda case: case.roll.append(["Red fantasma", "PE", "ngo", "1"]), "roll at closing"),
    (lambda case: case.roll.pop(), "roll at closing"),
    (member_sector, "roll at closing"),
    (members_exchanged, "roll at closing"),
    (published(assisted=1), "rounds.published assisted"),
    (published(assisted=9999), "rounds.published assisted"),
    (published(replaced=0), "rounds.published replaced"),
    (published(replaced=9999), "rounds.published replaced"),
    (published(late=7), "rounds.published late"),
    (published(late=9999), "rounds.published late"),
    (published(late_since=9999), "rounds.published late_since"),
    (published(late_since=-1), "rounds.published late_since"),
    (published(example=True), "rounds.published example"),
]
# Where ballots are public, no bundle has nominees or endorsements: these are forged in a complete archive.
OF_PEOPLE = ("ballots[].endorsements", "nominees[]")
TOTALS_TOO = [case for case in FORGED if case[1] in {"texts at closing", "roll at closing"}]
TOTALS_TOO += [case for case in FORGED if case[1].startswith("rounds.published") and "ballots" not in case[1]]


@pytest.mark.deep
def test_the_controls_agree_under_the_closing_head(archives: dict[str, Files]) -> None:
    for name, files in archives.items():
        status, said = verify(files, heads=[closing_head(files)])
        assert status == 0, f"{name}: {said}"
        if "bundle.json" in files:
            again = forge(files, lambda case: None, closing_kept=True)
            assert verify(again, heads=[closing_head(files)])[0] == 0, name


@pytest.mark.deep
@for_each("change, name", one_of_each(lambda case: case[1], FORGED))
def test_forged_after_the_closing(archives: dict[str, Files], change: Change, name: str) -> None:
    files = archives["aggregate complete" if name.startswith(OF_PEOPLE) else "pseudonymous"]
    head = closing_head(files)
    forged = forge(files, change, closing_kept=True)
    assert forged != files
    assert closing_head(forged) == head
    status, said = verify(forged, heads=[head])
    assert status == 1
    assert name in said
    assert "[yes] What you already had" in said, "nothing before the closing was touched"
    anew = forge(files, change)
    status, said = verify(anew, heads=[head])
    assert status == 1
    assert "never had that head" in said or name in said


@pytest.mark.deep
@for_each("mode", ["open", "open complete", "pseudonymous complete", "aggregate complete"])
def test_so_it_is_in_every_archive_with_ballots(archives: dict[str, Files], mode: str) -> None:
    files = archives[mode]
    head = closing_head(files)
    forgeries = [case for case in FORGED if mode.startswith("aggregate") or not case[1].startswith(OF_PEOPLE)]
    for change, _ in forgeries[:: (2 if mode == "open" else 4) if DEEP else 16]:
        forged = forge(files, change, closing_kept=True)
        status, said = verify(forged, heads=[head])
        assert (status, "NO" in said or "[no]" in said) == (1, True), change


@for_each("change, name", one_of_each(lambda case: case[1], TOTALS_TOO))
def test_of_totals_the_public_can_tell_what_it_may_know(
    archives: dict[str, Files], change: Change, name: str
) -> None:
    files = archives["aggregate"]
    forged = forge(files, change, closing_kept=True)
    status, said = verify(forged, heads=[closing_head(files)])
    assert (status, name in said) == (1, True), said


def test_a_closing_row_without_what_it_bound_has_another_head(archives: dict[str, Files]) -> None:
    """A log written anew whose closing binds nothing: found without the head of the closing too."""
    files = archives["pseudonymous"]
    rows = rows_of(files)
    closed = row_of(rows, "rounds.closed")
    told = json.loads(closed["details"])
    closed["details"] = json.dumps({name: told[name] for name in ("ballots", "closes_at")})
    forged = chain_again(files, rows)
    status, said = verify(forged, heads=[closing_head(files)])
    assert (status, "never had that head" in said) == (1, True), said
    status, said = verify(forged)
    assert (status, "rounds.closed: expected what it bound; found nothing" in said) == (1, True), said


@pytest.mark.deep
@for_each("gone", ["roll.csv", "opening.json"])
def test_a_file_of_the_opening_that_is_gone(archives: dict[str, Files], gone: str) -> None:
    for files in archives.values():
        rest = {name: content for name, content in files.items() if name != gone}
        status, said = verify(sum_again(rest), heads=[closing_head(files)])
        assert (status, gone in said) == (1, True), said


def test_the_digests_of_totals_cannot_be_tried(archives: dict[str, Files]) -> None:
    """What the public reads of a round of totals is keyed: the secret is in no public file."""
    public, complete = archives["aggregate"], archives["aggregate complete"]
    secret = json.loads(complete["bundle.json"])["seed"]["secret"]
    assert not [name for name, content in public.items() if secret.encode() in content]
    told = json.loads(row_of(rows_of(public), "rounds.closed")["details"])["bound"]
    bundle = json.loads(complete["bundle.json"])
    plain = {
        record.digest(record.canonical(bundle["ballots"])),
        *(
            record.digest(record.canonical([[b["seat"], b[name]] for b in bundle["ballots"]]))
            for name in BALLOT_PARTS
        ),
    }
    keyed = {
        told["ballots"],
        told["receipts"],
        *(told[name] for name in BALLOT_PARTS),
        *told["nominees"].values(),
    }
    assert not plain & keyed
    assert len(keyed) == 13


@pytest.mark.parametrize("secrecy", ["pseudonymous", "aggregate"])
def test_where_members_are_protected_no_public_file_names_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, secrecy: str
) -> None:
    real = opening.open_round
    monkeypatch.setattr(opening, "open_round", lambda work, key: real(work, key, "members"))
    live(bench, secrecy, endorsed=NOMINEES)
    public, complete = (unpacked(archive_of(bench, complete=whole)) for whole in (False, True))
    assert not [name for name, content in public.items() if b"Red 00" in content]
    assert b"Red 001" in complete["roll.csv"]
    for files in (public, complete):
        status, said = verify(files, heads=[closing_head(files)])
        assert status == 0, said
    added = sum_again({**public, "roll.csv": complete["roll.csv"]})
    assert "roll.csv" in verify(added)[1]
    assert verify(added)[0] == 1


@pytest.mark.parametrize("secrecy", ["pseudonymous", "aggregate"])
def test_names_cannot_be_tried_until_a_public_digest_fits(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, secrecy: str
) -> None:
    """With every name guessed right and the secret of a public bundle, no public digest fits."""
    real = opening.open_round
    monkeypatch.setattr(opening, "open_round", lambda work, key: real(work, key, "members"))
    live(bench, secrecy, endorsed=NOMINEES)
    public, complete = (unpacked(archive_of(bench, complete=whole)) for whole in (False, True))
    secret = bytes.fromhex(json.loads(complete["bundle.json"])["seed"]["secret"])
    package = json.loads(complete["package.json"])
    assert len(bytes.fromhex(package["salt"])) >= 16
    guessed = {name: part for name, part in package.items() if name != "salt"}
    keys = [sealed(secret, "roll", seat["seat"].encode())[:32] for seat in package["seats"]]
    lines = [[*line[:4], key] for line, key in zip(read_roll(complete)[1:], keys, strict=True)]
    tried = {
        record.digest(record.canonical(guessed)),
        record.digest(delimited.write_csv(["organisation", "country", "sector", "base", "key"], lines)),
    }
    log = public["log.jsonl"].decode()
    assert not [digest for digest in tried if digest in log]
    assert record.digest(complete["package.json"]) in log
    assert record.digest(complete["roll.csv"]) in log
    assert package["salt"] not in "".join(content.decode() for content in public.values())


def electorate_of(files: Files) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(row_of(rows_of(files), "rounds.published")["details"])["electorate"]
    return told


@pytest.mark.deep
@for_each("mode", ["pseudonymous", "aggregate", "aggregate complete"])
def test_the_numbers_of_who_could_vote_are_those_of_the_closing(
    archives: dict[str, Files], mode: str
) -> None:
    files = archives[mode]
    head, told = closing_head(files), electorate_of(files)
    somewhere = {"caribbean": {"assisted": 7, "young": 0, "objected": 0}}
    wrong: list[tuple[str, dict[str, Any]]] = [
        (name, {**told, name: number + 1}) for name, number in told.items() if isinstance(number, int)
    ]
    assert len(wrong) == 11
    wrong += [("by_subregion", {**told, "by_subregion": somewhere}), ("", {}), ("", {**told, "more": 1})]
    for name, numbers in wrong:
        said = verify(forge(files, published(electorate=numbers), closing_kept=True), heads=[head])
        assert (said[0], f"rounds.published electorate {name}".strip() in said[1]) == (1, True), said[1]


# -- the votes in the log, for scrutineers


def test_scrutineers_see_that_counted_ballots_are_in_the_log(archives: dict[str, Files]) -> None:
    files = archives["aggregate complete"]
    status, said = verify(files)
    assert status == 0
    assert "Votes in the log: 11 votes recorded; 1 were replaced" in said
    for name in ("aggregate", "pseudonymous", "open"):
        assert not [row for row in rows_of(archives[name]) if row.get("action") == "ballot.cast"]


def test_a_ballot_whose_vote_is_not_in_the_log(archives: dict[str, Files]) -> None:
    """Everything made anew, the log's votes excepted: the ballot that was swapped has no row."""
    files = archives["aggregate complete"]
    status, said = verify(forge(files, swap_ranks))
    assert status == 1
    assert "the last vote of a seat in the log" in said
    rows = rows_of(files)
    cast = [row for row in rows if row.get("action") == "ballot.cast"][-1]
    tell(cast, record_sha256="0" * 64)
    status, said = verify(chain_again(files, rows))
    assert (status, "outside: expected 0000" in said) == (1, True), said
    tell_outside(cast, record_sha256="0" * 64)
    status, said = verify(chain_again(files, rows))
    assert (status, "the last vote of a seat in the log" in said) == (1, True), said
    rows = rows_of(files)
    hidden = next(row for row in rows if row.get("action") == "ballot.cast")
    for name in ("at", "role", "seal", "action", "subject", "details", "outside"):
        del hidden[name]
    status, said = verify(chain_again(files, rows))
    assert (status, "ballot.cast: expected 11 rows" in said) == (1, True), said


# -- heads at any row


def test_a_head_of_any_row_is_known_and_no_other(archives: dict[str, Files]) -> None:
    files = archives["pseudonymous"]
    digests = [row["digest"] for row in rows_of(files)]
    roots = [tree_root(digests[:size]) for size in range(1, len(digests) + 1)]
    status, said = verify(files, heads=roots)
    assert status == 0, said
    assert f"head of {len(roots)} rows" in said
    assert verify(files, heads=[tree_root(digests[1:5])])[0] == 1


def read_roll(files: Files) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files["roll.csv"].decode("utf-8-sig"), newline="")))


def test_the_public_roll_has_no_seat_and_no_contact(archives: dict[str, Files]) -> None:
    files = archives["pseudonymous"]
    first_line, *lines = read_roll(files)
    assert first_line == ["organisation", "country", "sector", "base"]
    assert len(lines) == 12
    pseudonyms = [seat["seat"] for seat in json.loads(files["bundle.json"])["seats"]]
    text = files["roll.csv"].decode()
    assert not [name for name in pseudonyms if name in text]
    assert "@" not in text
    assert lines == sorted(lines, key=lambda line: (line[1], line[0]))

"""An archive that was altered: the verifier says no, says where, and says it for the right reason.

In every case `SHA256SUMS` is made to fit too; one case shows what that list alone is worth.
Where the log and the whole count are made anew, too, everything fits: then only something from before helps.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.trust import record
from consulta.desk import moves
from consulta.platform.work import COMMAND
from consulta.results import archive
from consulta.results.verifying.checking import in_words
from consulta.results.verifying.files import Box
from tests.cases import for_each
from tests.drafts import KEY
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
from tests.results.checks.published import OPENED, PUBLISHED, archive_of, live, unpacked, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.work import Bench

# What each check is called in English.
FILES, CHAIN, HEADS, ACTS = "Files and their", "Log: chain", "Heads of", "Log: acts"
BUNDLE, SEED, RECEIPTS = "Bundle:", "Chance:", "Receipts and"
WEIGHTS, COUNT, FIRM = "Weights:", "Count:", "How firm"


def swap_ranks(bundle: dict[str, Any]) -> None:
    ranking = next(ballot["ranking"] for ballot in bundle["ballots"] if len(ballot["ranking"]) > 1)
    ranking[0], ranking[1] = ranking[1], ranking[0]


def drop_ballot(bundle: dict[str, Any]) -> None:
    bundle["ballots"].pop()


def add_ballot(bundle: dict[str, Any]) -> None:
    voted = {ballot["seat"] for ballot in bundle["ballots"]}
    silent = next(seat["seat"] for seat in bundle["seats"] if seat["seat"] not in voted)
    bundle["ballots"].append({**bundle["ballots"][0], "seat": silent})


def change_rule(bundle: dict[str, Any]) -> None:
    bundle["rules"]["objective_share"] += 1


def change_balance(bundle: dict[str, Any]) -> None:
    bundle["rules"]["balance"]["sector"] = "roll"


def change_base(bundle: dict[str, Any]) -> None:
    bundle["seats"][0]["base"] = 2


def move_seat(bundle: dict[str, Any]) -> None:
    seat = next(seat for seat in bundle["seats"] if seat["categories"]["sector"] != "union")
    seat["categories"]["sector"] = "union"


def change_theme(bundle: dict[str, Any]) -> None:
    bundle["themes"][0]["objectives"] = [23]


def swap_seed(bundle: dict[str, Any]) -> None:
    bundle["seed"]["secret"] = "ab" * 32


def swap_seed_and_commitment(bundle: dict[str, Any]) -> None:
    bundle["seed"]["secret"] = "00" * 32
    bundle["seed"]["commitment"] = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


def give_public_value(bundle: dict[str, Any]) -> None:
    bundle["seed"]["public"] = "4 2 6"


def add_field(bundle: dict[str, Any]) -> None:
    bundle["rules"]["metod"] = "schulze"


UNCOUNTED = "The file of the ballots cannot be counted as it is, or belongs to another consultation."
ROLL = "The list of organisations that was counted is not that of the opening."
RULES = "The rules by which the ballots were counted are not those of the opening."
SECRET = "The secret that decides ties is not the one that was fixed before the opening."
CODE = "[3-9A-Y]{4}(-[3-9A-Y]{4}){2}"

IN_BUNDLE = [
    (
        swap_ranks,
        [ACTS, BUNDLE, SEED, RECEIPTS, COUNT],
        f"A ballot was changed: the one with receipt {CODE}.",
    ),
    (drop_ballot, [ACTS, BUNDLE, SEED, RECEIPTS], f"A receipt has no ballot: {CODE}."),
    (add_ballot, [ACTS, BUNDLE, SEED, RECEIPTS], "A ballot has no receipt."),
    (lambda bundle: bundle["ballots"].append(bundle["ballots"][0]), [ACTS, BUNDLE], UNCOUNTED),
    (change_rule, [ACTS, BUNDLE, COUNT], RULES),
    (change_balance, [ACTS, BUNDLE, WEIGHTS], RULES),
    (change_base, [ACTS, BUNDLE], ROLL),
    (move_seat, [ACTS, BUNDLE], ROLL),
    (lambda bundle: bundle["seats"].append({**bundle["seats"][0], "seat": "ffff"}), [ACTS, BUNDLE], ROLL),
    (change_theme, [ACTS, BUNDLE, COUNT], "The themes that were counted are not those of the opening."),
    (swap_seed, [ACTS, BUNDLE], SECRET),
    (swap_seed_and_commitment, [ACTS, SEED], SECRET),
    (give_public_value, [ACTS, SEED], SECRET),
    (add_field, [ACTS, BUNDLE], UNCOUNTED),
]
"""What is changed, the checks that say no, and what a reader is told first."""


def refuses(files: Files, *reasons: str) -> str:
    """The verifier says no to these files, for these reasons among others; what it says."""
    status, said = verify(files)
    assert status == 1, said
    for reason in reasons:
        assert re.search(rf"^\[NO\] {re.escape(reason)}", said, re.MULTILINE), (reason, said)
    return said


@for_each("change, reasons, first", IN_BUNDLE)
def test_a_bundle_that_was_changed(
    files: Files, change: Callable[[dict[str, Any]], None], reasons: list[str], first: str
) -> None:
    said = refuses(edit_json(files, "bundle.json", change), *reasons)
    assert re.search(rf"^first: {first}$", said, re.MULTILINE), said


def micro(step: int) -> Callable[[dict[str, Any]], None]:
    def change(result: dict[str, Any]) -> None:
        result["weights"]["cells"][0]["micro"] += step

    return change


def test_one_weight_that_was_changed(files: Files) -> None:
    refuses(edit_json(files, "result.json", micro(2)), ACTS, WEIGHTS)
    refuses(edit_json(files, "result.json", micro(-1_000)), ACTS, WEIGHTS)
    # One unit more is allowed by the rules; then everything after it must fit, and nothing does.
    refuses(edit_json(files, "result.json", micro(1)), ACTS, COUNT)


FIGURES: list[tuple[str, Callable[[Any], object], str]] = [
    ("score", lambda r: r["themes"][1].update(score="1/2"), COUNT),
    ("points percent", lambda r: r["themes"][0].update(points_percent=1.0), COUNT),
    ("place", lambda r: r["themes"][0].update(place=9), COUNT),
    ("supported", lambda r: r["themes"][0]["supported"]["sector"].append("x"), COUNT),
    ("mean place", lambda r: r["themes"][0].update(mean_place="9/1"), COUNT),
    ("pairs", lambda r: r["pairs"][0].__setitem__(1, 0), COUNT),
    ("official order", lambda r: r["order"]["points"].reverse(), COUNT),
    ("another order", lambda r: r["order"]["schulze"].reverse(), COUNT),
    ("unweighted order", lambda r: r["order"]["unweighted"].reverse(), COUNT),
    ("by country", lambda r: r["order"]["country_equal"].reverse(), COUNT),
    ("winner", lambda r: r.update(condorcet_winner="tema_numero_9"), COUNT),
    ("topics", lambda r: r["topics"].reverse(), COUNT),
    ("focus", lambda r: r["topics"][0]["focus"].reverse(), COUNT),
    ("objective", lambda r: r["objectives"][0].update(share="1/1"), COUNT),
    ("run-off", lambda r: r["runoff"].pop(), COUNT),
    ("voices", lambda r: r["voices"][0].update(ballots=99), COUNT),
    ("target", lambda r: r["weights"]["margins"][0].update(target=0.9), COUNT),
    ("met", lambda r: r["weights"].update(met=not r["weights"]["met"]), COUNT),
    ("a whole number as true", lambda r: r["themes"][0].update(place=True), COUNT),
    ("another field", lambda r: r.update(comment="approved"), COUNT),
    ("margin", lambda r: r["firmness"].update(margin={}), FIRM),
    ("leave one out", lambda r: r["firmness"]["leave_one_out"].pop(0), FIRM),
    ("resampling", lambda r: r["firmness"]["resampling"].update(percent=12), FIRM),
    ("seed", lambda r: r.update(seed="0" * 64), SEED),
]


@for_each("change, reason", [case[1:] for case in FIGURES])
def test_a_figure_that_was_changed(files: Files, change: Callable[[Any], object], reason: str) -> None:
    refuses(edit_json(files, "result.json", change), ACTS, reason)


def swap_rows(lines: list[str]) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def cut_row(lines: list[str]) -> None:
    del lines[5]


def cut_end(lines: list[str]) -> None:
    del lines[-2]


def cut_start(lines: list[str]) -> None:
    del lines[0]


@for_each("change", [swap_rows, cut_row, cut_start])
def test_a_log_out_of_order_or_with_a_gap(files: Files, change: Callable[[list[str]], None]) -> None:
    refuses(edit_lines(files, "log.jsonl", change), CHAIN)


def test_a_log_cut_short(files: Files) -> None:
    refuses(edit_lines(files, "log.jsonl", cut_end), HEADS, ACTS)


def test_rows_in_another_order_with_a_chain_that_fits(files: Files) -> None:
    rows = rows_of(files)
    opened, committed = (row_of(rows, f"rounds.{act}") for act in ("opened", "committed"))
    at, to = rows.index(opened), rows.index(committed)
    rows[at], rows[to] = rows[to], rows[at]
    said = refuses(chain_again(files, rows), ACTS)
    order = "in the order rounds.committed,rounds.opened,rounds.closed"
    assert order in said
    assert in_words(Box({}, None, "archive", "es"), order).startswith("en el orden rounds.committed")


def test_a_log_written_anew_has_other_heads(files: Files) -> None:
    """Rows gone and everything fitted: what a receipt or a letter showed is no head any more."""
    kept = files["heads.txt"].decode().splitlines()[-1].split()[1]
    assert verify(files, heads=[kept])[0] == 0
    rows = rows_of(files)
    del rows[next(at for at, row in enumerate(rows) if at > 12 and "details" not in row)]
    forged = chain_again(files, rows)
    status, said = verify(forged)
    assert status == 0, said
    status, said = verify(forged, heads=[kept])
    assert status == 1
    assert "never had that head" in said


@for_each(
    "act, told",
    [
        ("rounds.opened", {"rules_sha256": "0" * 64}),
        ("rounds.opened", {"roll_sha256": "0" * 64}),
        ("rounds.opened", {"themes_sha256": "0" * 64}),
        ("rounds.opened", {"seats": 13}),
        ("rounds.counted", {"ballots_root": "0" * 64}),
        ("rounds.published", {"ballots": 9}),
        ("rounds.published", {"receipts_sha256": "0" * 64}),
        ("rounds.committed", {"commitment": "0" * 64}),
    ],
)
def test_an_act_that_tells_something_else(files: Files, act: str, told: dict[str, object]) -> None:
    rows = rows_of(files)
    tell(row_of(rows, act), **told)
    unchained = [json.dumps(row, ensure_ascii=False) for row in rows]
    log = "".join(f"{line}\n" for line in unchained).encode()
    refuses(sum_again({**files, "log.jsonl": log}), CHAIN)
    assert verify(chain_again(files, rows))[0] == 1


def extend(bench: Bench) -> None:
    """More time, twice."""
    for days, local in ((3, "2027-03-10T17:00"), (20, "2027-03-12T17:00")):
        with bench.work(COMMAND, OPENED + timedelta(days=days)) as work:
            moves.move_deadline(work, KEY, local, "Huracán en dos países")


def hide(rows: list[dict[str, Any]]) -> None:
    """The last move shown by its digests alone, as rows are that concern nobody."""
    row = [row for row in rows if row.get("action") == "rounds.extended"][-1]
    for name in ("at", "role", "seal", "action", "subject", "details"):
        del row[name]


def drop_moves(rows: list[dict[str, Any]]) -> None:
    rows[:] = [row for row in rows if row.get("action") != "rounds.extended"]


def swap_moves(rows: list[dict[str, Any]]) -> None:
    first, second = (at for at, row in enumerate(rows) if row.get("action") == "rounds.extended")
    rows[first], rows[second] = rows[second], rows[first]


def hide_promise(rows: list[dict[str, Any]]) -> None:
    """The opening without the end of voting that it promised."""
    opened = row_of(rows, "rounds.opened")
    told = json.loads(opened["details"])
    del told["closes_at"]
    opened["details"] = json.dumps(told)


def told_otherwise(action: str, **told: object) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: tell(row_of(rows, action), **told)


MOVES: list[tuple[Callable[[list[dict[str, Any]]], None], str]] = [
    (hide, "closes_at"),
    (drop_moves, "closes_at"),
    (hide_promise, "closes_at"),
    (swap_moves, "before"),
    (told_otherwise("rounds.extended", reason=""), "reason"),
    (told_otherwise("rounds.extended", before="2027-03-06T22:00:00Z"), "before"),
    (told_otherwise("rounds.extended", after="2027-03-01T22:00:00Z"), "later than"),
    (told_otherwise("rounds.opened", closes_at="2027-03-04T22:00:00Z"), "before"),
    (told_otherwise("rounds.closed", closes_at="2027-03-10T22:00:00Z"), "closes_at"),
    (told_otherwise("rounds.closed", reason=""), "a reason"),
]


@pytest.mark.deep
def test_more_time_is_in_the_archive_and_cannot_be_hidden(bench: Bench) -> None:
    """Each change is made by a person who could write the whole log anew, with a chain and heads that fit."""
    live(bench, meanwhile=extend, reason="Ya votaron todas")
    files = unpacked(archive_of(bench))
    assert verify(files)[0] == 0
    assert "Huracán en dos países" in files["log.jsonl"].decode()
    with bench.read(COMMAND, PUBLISHED) as work:
        assert len(archive.facts_of(work, KEY).moves) == 2
    for change, reason in MOVES:
        rows = rows_of(files)
        change(rows)
        assert reason in refuses(chain_again(files, rows), ACTS), change


def edit_head(lines: list[str]) -> None:
    size, root, rest = lines[1].split(" ", 2)
    lines[1] = f"{size} {root[::-1]} {rest}"


def drop_closing_head(lines: list[str]) -> None:
    lines[:] = [line for line in lines if " closing " not in line]


def drop_last_head(lines: list[str]) -> None:
    lines[:] = [line for line in lines if " publication " not in line]


def shrink_head(lines: list[str]) -> None:
    _, rest = lines[3].split(" ", 1)
    lines[3] = f"1 {rest}"


def date_head_back(lines: list[str]) -> None:
    lines[2] = lines[2].replace("2027-", "2026-")


def date_last_head_back(lines: list[str]) -> None:
    lines[-2] = lines[-2].replace("2027-", "2026-")


def call_head_another(lines: list[str]) -> None:
    lines[2] = lines[2].replace(" daily -", " opening round:1")


def give_away_head(lines: list[str]) -> None:
    lines[-2] = lines[-2].replace("round:1", "round:2")


HEAD_CHANGES = [
    edit_head,
    drop_closing_head,
    lambda lines: lines.remove(next(line for line in lines if " daily " in line)),
    drop_last_head,
    shrink_head,
    date_head_back,
    date_last_head_back,
    call_head_another,
    give_away_head,
]


@for_each("change", HEAD_CHANGES)
def test_heads_that_were_changed(files: Files, change: Callable[[list[str]], None]) -> None:
    refuses(edit_lines(files, "heads.txt", change), HEADS)


def edit_code(lines: list[str]) -> None:
    lines[1] = lines[1].replace(lines[1][:4], "3333", 1)


def edit_ranking(lines: list[str]) -> None:
    at = next(at for at, line in enumerate(lines) if " > " in line)
    lines[at] = lines[at].replace(" > ", " = ", 1)


def edit_seal(lines: list[str]) -> None:
    code, seat, seal, rest = lines[1].split(",", 3)
    lines[1] = ",".join([code, seat, "f" + seal[1:] if seal[0] != "f" else "0" + seal[1:], rest])


def drop_code(lines: list[str]) -> None:
    del lines[1]


def swap_seats(lines: list[str]) -> None:
    one, two = lines[1].split(","), lines[2].split(",")
    one[1], two[1] = two[1], one[1]
    lines[1], lines[2] = ",".join(one), ",".join(two)


@for_each("change", [edit_code, edit_ranking, edit_seal, drop_code, swap_seats])
def test_receipts_that_were_changed(files: Files, change: Callable[[list[str]], None]) -> None:
    refuses(edit_lines(files, "receipts.csv", change), RECEIPTS)


@for_each("act", ["rounds.opened", "rounds.closed", "rounds.published", "heads.taken"])
def test_a_row_of_which_the_contents_were_taken_away(files: Files, act: str) -> None:
    rows = rows_of(files)
    row = row_of(rows, act)
    for name in ("at", "role", "seal", "action", "subject", "details"):
        del row[name]
    log = b"".join(record.canonical(row) + b"\n" for row in rows)
    assert verify(sum_again({**files, "log.jsonl": log}))[0] == 1


def add_to_row(lines: list[str]) -> None:
    row = json.loads(lines[0])
    lines[0] = record.canonical({**row, "note": "approved"}).decode()


def space_row(lines: list[str]) -> None:
    lines[0] = lines[0].replace(",", ", ", 1)


@for_each("change", [add_to_row, space_row])
def test_a_row_with_something_more(files: Files, change: Callable[[list[str]], None]) -> None:
    refuses(edit_lines(files, "log.jsonl", change), CHAIN)


ABOUT: list[dict[str, object]] = [
    {"round": "2027-2"},
    {"subject": "round:2"},
    {"secrecy": "open"},
    {"complete": False},
    {"example": True},
    {"code": "9.9"},
    {"note": "approved"},
]


@for_each("told", ABOUT)
def test_an_archive_that_says_it_is_another(files: Files, told: dict[str, object]) -> None:
    changed = edit_json(files, "archive.json", lambda about: about.update(told))
    assert verify(changed)[0] == 1, told


@for_each("name", ["README.txt", "LEAME.txt"])
def test_texts_and_program_are_those_of_the_day(files: Files, name: str) -> None:
    said = refuses(sum_again({**files, name: files[name] + b"\n"}), ACTS)
    assert f"{name} sha256 in the log" in said


def test_a_file_more_or_a_list_written_otherwise(files: Files) -> None:
    refuses(sum_again({**files, "note.txt": b"approved"}), FILES)
    lines = files["SHA256SUMS"].decode().splitlines(keepends=True)
    refuses({**files, "SHA256SUMS": "".join(reversed(lines)).encode()}, FILES)


def test_ballots_hidden_as_if_they_were_not_public(files: Files) -> None:
    """A person who does not want a count takes the ballots out and calls it discretion."""
    taken = {"bundle.json", "result.json", "receipts.csv"}
    hidden = {**{name: files[name] for name in files if name not in taken}, "public.json": b"{}"}
    refuses(edit_json(hidden, "archive.json", lambda about: about.update(complete=False)), ACTS)


def test_the_list_of_digests_alone(files: Files) -> None:
    """Altered without making the list fit: named at once. List and file changed: found by the rest."""
    broken = {**files, "README.txt": files["README.txt"] + b"\n"}
    said = refuses(broken, FILES)
    assert "README.txt sha256" in said
    missing = {name: content for name, content in files.items() if name != "receipts.csv"}
    refuses(missing, FILES, RECEIPTS)
    refuses(sum_again(missing), FILES, RECEIPTS)
    altered = files["bundle.json"].replace(b'"es"', b'"fr"', 1)
    assert "Files and their fingerprints: 12 files" in refuses(
        sum_again({**files, "bundle.json": altered}), ACTS
    )


NUMBER = re.compile(rb": [0-9]+(\.[0-9]+)?")
TEXT = re.compile(rb': "[^"]+"')
HOSTILE: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("a key twice", lambda text: text.replace(b'"format"', b'"format": "x", "format"', 1)),
    ("NaN", lambda text: NUMBER.sub(b": NaN", text, count=1)),
    ("infinity", lambda text: NUMBER.sub(b": -Infinity", text, count=1)),
    ("a huge number", lambda text: NUMBER.sub(b": 1" + b"0" * 5000, text, count=1)),
    ("a text for a number", lambda text: NUMBER.sub(b': "7"', text)),
    ("null for a text", lambda text: TEXT.sub(b": null", text)),
    ("not JSON", lambda text: text[:-20]),
    ("not UTF-8", lambda text: text.replace(b'"', b'"\xff\xfe', 1)),
    ("a list", lambda text: b"[]"),
    ("nothing", lambda text: b""),
    ("very deep", lambda text: b"[" * 100_000),
]


@for_each("spoil", [case[1] for case in HOSTILE])
@for_each("name", ["bundle.json", "result.json"])
def test_files_that_are_no_files(files: Files, name: str, spoil: Callable[[bytes], bytes]) -> None:
    spoiled = spoil(files[name])
    assert spoiled != files[name]
    refuses(sum_again({**files, name: spoiled}), ACTS)

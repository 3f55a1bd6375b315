"""Of all that differs in a forged archive, what says most is told first, as a sentence for people."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from consulta.results import verifier
from consulta.results.verifying import checking
from consulta.results.verifying.files import Box
from tests.cases import for_each
from tests.results.checks.forging import Files, edit_json, sum_again
from tests.results.checks.published import verify
from tests.results.checks.test_tamper import drop_ballot, swap_ranks

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = "[3-9A-Y]{4}(-[3-9A-Y]{4}){2}"


def of_result(change: Callable[[Any], object]) -> Callable[[Files], Files]:
    return lambda files: edit_json(files, "result.json", change)


def in_file(name: str, line: int, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    """A line of a file is another, from 1; the list of fingerprints is made to fit."""

    def forged(files: Files) -> Files:
        lines = files[name].splitlines(keepends=True)
        lines[line - 1] = change(lines[line - 1])
        return sum_again({**files, name: b"".join(lines)})

    return forged


def all_at_once(files: Files) -> Files:
    """A ballot, a weight, the roll and a paper: whoever reads one sentence reads of the ballot."""
    forged = edit_json(files, "bundle.json", swap_ranks)
    forged = of_result(lambda result: result["weights"]["cells"][0].update(micro=1))(forged)
    return in_file("README.txt", 1, bytes.lower)(in_file("roll.csv", 2, bytes.upper)(forged))


def other_sector(line: bytes) -> bytes:
    return b",".join([*line.split(b",")[:2], b"media", *line.split(b",")[3:]])


FORGED: dict[str, tuple[Callable[[Files], Files], str]] = {
    "all at once": (all_at_once, rf"A ballot was changed: the one with receipt {CODE}\."),
    "topics": (
        of_result(lambda result: result["topics"].reverse()),
        r"The themes chosen are said to be: (.+); (.+)\. By the rules they are: \2; \1\.",
    ),
    "weight": (
        of_result(lambda result: result["weights"]["cells"][0].update(micro=1640000)),
        r"The weight of an organisation of Academia.*, Caribbean is 1\.64; under the rules \d\.\d\d\.",
    ),
    "place": (
        of_result(lambda result: result["themes"][0].update(place=9)),
        r"The theme Theme number 1 is in place 9; under the rules in place \d\.",
    ),
    "score": (
        of_result(lambda result: result["themes"][0].update(score_percent=99.5)),
        r"The theme Theme number 1 has 99\.50 of 100 points; under the rules \d+\.\d\d\.",
    ),
    "percent": (
        of_result(lambda result: result["firmness"]["resampling"].update(percent=101)),
        r"The choice is said to be the same in 101 of 100 repetitions; counted again, in \d+\.",
    ),
    "line of the roll": (
        in_file("roll.csv", 2, other_sector),
        r"Organisations of the sector Academia.+: \d+ on the roll, \d+ on the list that was counted\.",
    ),
    "name on the roll": (
        in_file("roll.csv", 2, lambda line: b"La " + line),
        r"The roll is not that of the closing\.",
    ),
    "code of a receipt": (
        in_file("receipts.csv", 2, lambda line: (b"4" if line[:1] == b"3" else b"3") + line[1:]),
        rf"The line of the receipt {CODE} is not that of its ballot\.",
    ),
    "ballot left out": (
        lambda files: edit_json(files, "bundle.json", drop_ballot),
        rf"A receipt has no ballot: {CODE}\.",
    ),
    "receipt left out": (in_file("receipts.csv", 2, lambda _line: b""), r"A ballot has no receipt\."),
    "root of the ballots in the result": (
        of_result(lambda result: result.update(ballots_root="ab" * 32)),
        r"The published result says that it was counted from other ballots than these\.",
    ),
    "row": (
        in_file("log.jsonl", 5, lambda line: line.replace(b'"digest":"', b'"digest":"0', 1)),
        r"Row 5 of the log was changed, removed or moved\.",
    ),
    "paper": (
        in_file("README.txt", 1, bytes.lower),
        r"A file is not the one that was published: README\.txt\.",
    ),
    "no paper": (
        lambda files: {name: content for name, content in files.items() if name != "README.txt"},
        r"A file is missing: README\.txt\.",
    ),
    "opening": (
        in_file("opening.json", 1, lambda line: line + b" "),
        r"A file is not the one that was published: opening\.json\.",
    ),
}


@for_each("name", FORGED)
def test_the_first_sentence_of_each_kind(files: Files, name: str) -> None:
    forge, first = FORGED[name]
    status, said = verify(forge(files))
    told = said.rpartition("first: ")[2].splitlines()[0]
    assert (status, bool(re.fullmatch(first, told))) == (1, True), said
    assert not re.search("[0-9a-f]{16}", told)


def test_what_a_reader_kept_is_told_where_nothing_else_differs(files: Files) -> None:
    kept = "The log seal that you kept is not one that this log had."
    assert f"first: {kept}" in verify(files, heads=["0" * 64])[1]
    assert "first: The fingerprint that you have is of no file of this archive." in verify(files, "0" * 64)[1]
    forged = edit_json(files, "bundle.json", swap_ranks)
    assert "first: A ballot was changed" in verify(forged, heads=["0" * 64])[1]


def test_each_check_has_its_sentence_in_each_language() -> None:
    titles = {
        title for title, _ in re.findall(r'\("([a-z]+)", (check_[a-z_]+)\)', CHECKING.read_text("utf-8"))
    } | {"weights", "count", "firmness"}
    for said in verifier.words().values():
        assert {f"step_{title}" for title in titles} <= {*said.first}


CHECKING = verifier.FOLDER.parents[2] / "results" / "verifying" / "checking.py"


@for_each("lang, title", [("pt", "Consulta de teste"), ("es", "Consulta"), ("en", "Consultation")])
def test_the_round_is_named_in_the_readers_language(lang: str, title: str) -> None:
    """Words in further languages stand apart from those that every opening has."""
    opening = {
        "round": {"title": {"es": "Consulta", "en": "Consultation"}},
        "translations": {"title": {"pt": "Consulta de teste"}},
    }
    files = {"archive.json": b'{"round": "2027-1"}', "opening.json": json.dumps(opening).encode()}
    assert checking.round_told(Box(files, None, "archive", lang)) == f"2027-1 ({title})"

"""Archives forged with care: what is left of the log fits, files are exchanged whole, containers are odd.

Where everything is made anew, and nothing but what a reader kept can tell, the test says so.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from consulta.core.counting import bundle as core
from consulta.core.trust import record
from consulta.platform.formats import zipped
from consulta.results.verifying import files as archives
from consulta.results.verifying.bundle import check_figures, read_round
from consulta.results.verifying.files import Box, DiffersError
from consulta.shell.cli import main
from tests.cases import for_each
from tests.deep import DEEP, deep, some
from tests.results.checks.containers import strange
from tests.results.checks.forging import (
    Files,
    chain_again,
    count_again,
    edit_json,
    edit_lines,
    row_of,
    rows_of,
    sum_again,
    tell,
)
from tests.results.checks.published import archive_of, live, opened, run_script, unpacked, verify
from tests.results.checks.test_tamper import (
    ACTS,
    BUNDLE,
    FILES,
    HEADS,
    RECEIPTS,
    SEED,
    WEIGHTS,
    drop_ballot,
    refuses,
)
from tests.results.elections import election, public_of, result_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consulta.core.values import Bundle
    from consulta.platform.work import Bench

FIGURES = "Published figures, against"


@pytest.fixture(scope="module")
def totals(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The public and the complete archive of a round of totals."""
    bench = opened(migrated, tmp_path_factory.mktemp("totals"))
    live(bench, "aggregate")
    found = {
        "public": unpacked(archive_of(bench)),
        "complete": unpacked(archive_of(bench, complete=True)),
    }
    bench.engine.dispose()
    return found


# -- files that do not belong there, and the same said in other bytes


@for_each("name", ["public.json", "package.json", "notes.json"])
@for_each("content", [b'{"topics": [{"key": "tema_numero_1"}]}', b"not even JSON"])
def test_a_file_that_no_archive_of_this_kind_has(files: Files, name: str, content: bytes) -> None:
    refuses(sum_again({**files, name: content}), FILES if name == "notes.json" else ACTS)


@for_each("name", ["bundle.json", "package.json", "result.json", "receipts.csv"])
def test_a_round_of_totals_shows_no_more_than_it_may(totals: dict[str, Files], name: str) -> None:
    content = totals["complete"].get(name, b"{}")
    said = refuses(sum_again({**totals["public"], name: content}), FILES)
    assert name in said


@for_each("form", ["000{}", "+{}", "{}_0", "²{}", "\N{ARABIC-INDIC DIGIT SEVEN}{}"])
def test_a_head_whose_size_is_written_oddly(files: Files, form: str) -> None:
    def change(lines: list[str]) -> None:
        size, rest = lines[1].split(" ", 1)
        lines[1] = f"{form.format(size)} {rest}"

    refuses(edit_lines(files, "heads.txt", change), HEADS)


@for_each("complete", ["yes", 1, [1], None])
def test_an_archive_is_complete_or_not(files: Files, complete: object) -> None:
    refuses(edit_json(files, "archive.json", lambda about: about.update(complete=complete)), ACTS)


def test_the_same_said_in_other_bytes(files: Files) -> None:
    for name in ("archive.json", "bundle.json", "result.json"):
        again = json.dumps(json.loads(files[name]), ensure_ascii=False).encode()
        refuses(sum_again({**files, name: again}), ACTS)
    for name in ("heads.txt", "log.jsonl", "receipts.csv"):
        end = b"\n" if name == "receipts.csv" else b"\r\n"
        again = files[name].replace(b"\r\n", b"\n").replace(b"\n", end)
        assert verify(sum_again({**files, name: again}))[0] == 1, name


@for_each("number", ["1" + "0" * 200, "-" + "9" * 20_000, "1e400", "-1e999999"])
def test_numbers_without_end(files: Files, number: str) -> None:
    for name, field in (("bundle.json", b'"objective_share": 250'), ("result.json", b'"place": 1')):
        name_of_field = field.partition(b":")[0]
        assert field in files[name]
        spoiled = files[name].replace(field, name_of_field + b": " + number.encode(), 1)
        refuses(sum_again({**files, name: spoiled}), ACTS)


# -- whole files of another round, or of another day


@pytest.fixture(scope="module")
def other(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The archive of another round of the same members."""
    bench = opened(migrated, tmp_path_factory.mktemp("other"))
    live(bench, objective_share=500)
    found = unpacked(archive_of(bench))
    bench.engine.dispose()
    return found


def test_a_whole_archive_of_another_round_is_known_by_what_one_kept(files: Files, other: Files) -> None:
    head = files["heads.txt"].decode().splitlines()[2].split(" ")[1]
    assert verify(other)[0] == 0
    assert verify(other, heads=[head])[0] == 1


# -- the log made to fit


@for_each("step", [1, -1, 250])
def test_no_weight_is_another(files: Files, step: int) -> None:
    """One millionth more or less is seen, and told of the organisations that have it."""
    result = json.loads(files["result.json"])
    result["weights"]["cells"][0]["micro"] += step
    content = (json.dumps(result, ensure_ascii=False, indent=1) + "\n").encode()
    rows = rows_of(files)
    tell(row_of(rows, "rounds.counted"), result_sha256=record.digest(content))
    said = refuses(chain_again({**files, "result.json": content}, rows), WEIGHTS)
    assert "weights.cells[0].micro" in said
    weight = r"first: The weight of an organisation of .* is [0-9.]+; under the rules [0-9.]+\."
    assert re.search(weight, said)


def exchange(bundle: dict[str, Any]) -> None:
    """Two organisations' votes, each with all it says, under each other's name."""
    one = bundle["ballots"][0]  # whose it is was drawn by lot
    two = next(ballot for ballot in bundle["ballots"] if ballot["ranking"] != one["ranking"])
    one["seat"], two["seat"] = two["seat"], one["seat"]
    bundle["ballots"].sort(key=lambda ballot: ballot["seat"])


def test_two_votes_exchanged_with_all_made_to_fit(files: Files) -> None:
    """Codes, log, heads, result: only what a person kept is another. Both find another code in the list."""
    forged = count_again(files, exchange)
    assert verify(forged)[0] == 0
    for line in files["heads.txt"].decode().splitlines()[-2:]:
        assert verify(forged, heads=[line.split(" ")[1]])[0] == 1
    before, after = (set(each["receipts.csv"].decode().split()) for each in (files, forged))
    assert len([line for line in before - after if line[4:5] == "-"]) >= 2


def add_to(name: str) -> Callable[[dict[str, Any]], None]:
    def change(bundle: dict[str, Any]) -> None:
        part = bundle[name]
        (part if isinstance(part, dict) else part[0])["note"] = "approved"

    return change


def alter_bundle(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    """A bundle changed where the count does not look, and its digest changed wherever it stands."""
    bundle = json.loads(files["bundle.json"])
    change(bundle)
    content = (json.dumps(bundle, ensure_ascii=False, indent=1) + "\n").encode()
    before, after = record.digest(files["bundle.json"]), record.digest(content)
    result = files["result.json"].replace(before.encode(), after.encode())
    rows = rows_of(files)
    tell(row_of(rows, "rounds.counted"), bundle_sha256=after, result_sha256=record.digest(result))
    tell(row_of(rows, "rounds.published"), bundle_sha256=after)
    return chain_again({**files, "bundle.json": content, "result.json": result}, rows)


@for_each("name", ["round", "ballots", "seed"])
def test_a_bundle_with_something_more(files: Files, name: str) -> None:
    said = refuses(alter_bundle(files, add_to(name)), BUNDLE)
    assert "is not a known field" in said


@for_each("name", ["themes", "seats", "rules"])
def test_what_was_fixed_at_the_opening_with_something_more(files: Files, name: str) -> None:
    refuses(alter_bundle(files, add_to(name)), BUNDLE)


def letter_that_looks_the_same(bundle: dict[str, Any]) -> None:
    title = bundle["themes"][0]["title"]
    title["es"] = title["es"].replace("e", "\u0435", 1)


def letter_in_two_signs(bundle: dict[str, Any]) -> None:
    title = bundle["themes"][0]["title"]
    title["es"] = title["es"].replace("ú", "u\u0301", 1)


def sign_that_is_not_seen(bundle: dict[str, Any]) -> None:
    bundle["themes"][0]["title"]["en"] += "\u200b"


def country_in_the_categories(bundle: dict[str, Any]) -> None:
    bundle["seats"][0]["categories"]["country"] = "XX"


def ended_earlier(bundle: dict[str, Any]) -> None:
    bundle["round"]["closed_at"] = "2020-01-01T00:00:00Z"


LOOKS = [
    (letter_that_looks_the_same, "themes_sha256"),
    (letter_in_two_signs, "themes_sha256"),
    (sign_that_is_not_seen, "themes_sha256"),
    (country_in_the_categories, "is not a known field"),
    (ended_earlier, "round.closed_at"),
]


@for_each("change, place", LOOKS)
def test_what_looks_the_same(files: Files, change: Callable[[dict[str, Any]], None], place: str) -> None:
    before = files["bundle.json"]
    assert place in refuses(alter_bundle(files, change), BUNDLE)
    assert files["bundle.json"] == before


def test_a_name_that_looks_the_same(bench: Bench) -> None:
    live(bench, "open")
    files = unpacked(archive_of(bench))
    for name in ("package.json", "receipts.csv"):
        assert b"Red 001" in files[name]
    looks = {
        name: files[name].replace(b"Red 001", "R\u0435d 001".encode())
        for name in ("package.json", "receipts.csv")
    }
    refuses(sum_again({**files, "receipts.csv": looks["receipts.csv"]}), RECEIPTS)
    said = refuses(sum_again({**files, **looks}), ACTS)
    assert "package.json sha256 in the log" in said


def test_nothing_from_an_archive_can_pass_for_what_the_verifier_says(files: Files, tmp_path: Path) -> None:
    """A name with signs that clear the screen, or start a line, and go on as if all were well."""

    def change(bundle: dict[str, Any]) -> None:
        bundle["ballots"][0]["seat"] = "\x1b[2J\r\n[yes] Everything agrees.\u202e\u2028"

    path = tmp_path / "forged.zip"
    packed(path, edit_json(files, "bundle.json", change))
    status, said = run_script(str(path), "--lang", "en")
    assert status == 1
    assert not [sign for sign in said if not sign.isprintable() and sign != "\n"]
    assert not [line for line in said.splitlines() if line.startswith(("[yes] Everything", "Everything"))]


# -- containers


def packed(path: Path, files: Files) -> None:
    path.write_bytes(zipped.pack(files))


@pytest.mark.attack("A7")
def test_a_file_that_is_two_archives_or_more_than_one_is_none(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a reader of ZIP files takes out of it; both programs refuse it, in the reader's language."""
    path, forged, said = tmp_path / "archive.zip", count_again(files, drop_ballot), set()
    packed(path, files)
    assert run_script(str(path))[0] == 0
    for what, content in strange(files, forged).items():
        path.write_bytes(content)
        assert run_script(str(path), "--lang", "en")[0] == 2, what
        refused = capsys.readouterr().err
        assert refused.count("\n") == 1, what
        done = CliRunner().invoke(main, ["verify", str(path), "--lang", "en"])
        assert (done.exit_code, done.stderr, done.stdout) == (2, refused, ""), what
        said.add(refused.partition(" is not ")[0])
    assert said == {"This ZIP file", "archive.zip"}, "laid out as the program writes it; a whole ZIP file"


NAMES = [
    "../bundle.json",
    "Bundle.json",
    "BUNDLE.JSON",
    "sub/bundle.json",
    "bundle.json ",
    "/etc/x",
    "__pycache__/",
]


@for_each("name", NAMES)
def test_a_container_with_a_strange_name(files: Files, tmp_path: Path, name: str) -> None:
    path = tmp_path / "strange.zip"
    packed(path, {**files, name: b""})
    assert run_script(str(path), "--lang", "en")[0] == 1
    packed(
        path,
        {**{key: value for key, value in files.items() if key != "bundle.json"}, name: files["bundle.json"]},
    )
    assert run_script(str(path), "--lang", "en")[0] == 1


def test_a_container_that_cannot_be_unpacked(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.zip"
    whole = zipped.pack(files)
    with zipfile.ZipFile(io.BytesIO(whole)) as container:
        largest = max(container.infolist(), key=lambda entry: entry.compress_size)
    middle = largest.header_offset + 60
    directory = whole.index(b"PK\x01\x02")
    odd = {
        "bytes overwritten": whole[:middle] + b"\xff" * 200 + whole[middle + 200 :],
        "cut short": whole[:-30],
        "said to be secret": whole[: directory + 8] + b"\x01" + whole[directory + 9 :],
        "said to be huge": whole[: directory + 24] + b"\xff\xff\xff\xfe" + whole[directory + 28 :],
        "another way of packing": whole[: directory + 10] + b"\x63" + whole[directory + 11 :],
        "nothing": b"",
    }
    for what, content in odd.items():
        path.write_bytes(content)
        status, _ = run_script(str(path))
        assert status == 2, what
        assert capsys.readouterr().err.count("\n") == 1, what


def test_a_folder_with_other_files_says_so_and_takes_none_for_the_archive(
    files: Files, tmp_path: Path
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert run_script(str(tmp_path), "--lang", "en")[0] == 0
    (tmp_path / "result-final.json").write_bytes(b"{}")
    status, said = run_script(str(tmp_path), "--lang", "en")
    assert (status, "no part of the archive: result-final.json" in said) == (0, True)
    digest = record.digest(b"{}")
    assert run_script(str(tmp_path), "--lang", "en", "--sha256", digest)[0] == 1


# -- the figures of a round of totals


def publish_again(files: Files, public: bytes) -> Files:
    """Other figures, and a log that says that these were published."""
    rows = rows_of(files)
    tell(row_of(rows, "rounds.published"), public_sha256=record.digest(public))
    return chain_again({**files, "public.json": public}, rows)


def test_figures_of_another_round_or_of_none(totals: dict[str, Files]) -> None:
    told = json.loads(totals["public"]["public.json"])
    for change in ({"round": "2027-2"}, {"ballots": 11}, {"seats": 99}, {"format": "x"}):
        public = json.dumps({**told, **change}).encode()
        refuses(publish_again(totals["public"], public), "Published figures")
        refuses(publish_again(totals["complete"], public), FIGURES)


def test_a_topic_that_did_not_win_is_found_by_whoever_has_the_ballots(totals: dict[str, Files]) -> None:
    """The public sees no ballot: nobody but the scrutineers can know, and their archive tells them."""
    told = json.loads(totals["public"]["public.json"])
    told["topics"].reverse()
    public = json.dumps(told).encode()
    status, said = verify(publish_again(totals["public"], public))
    assert status == 0, said
    assert "topics[0].key" in refuses(publish_again(totals["complete"], public), FIGURES)


@pytest.fixture(scope="module")
def judged() -> tuple[Any, dict[str, Any]]:
    """A verifier that has counted an invented round with many figures, and what the public reads of it."""
    bundle = election(7, 120, 0.7, 6, sectors=12)
    return judge(bundle), public_of(bundle)


def judge(bundle: Bundle) -> Any:
    files = {
        "bundle.json": core.to_json(bundle),
        "result.json": json.dumps(result_of(bundle)).encode(),
        "archive.json": b"{}",
    }
    box = Box(files, None, "archive", "en")
    box.round = read_round(box)
    box.acts = {
        "rounds.opened": {"key": bundle.round.key, "seats": len(bundle.seats)},
        "rounds.published": {"ballots": len(bundle.ballots)},
    }
    box.rows = []
    return box


def says(box: Any, public: object) -> str | None:
    """The place of the first figure that is not true, if any."""
    box.files = archives.Files({**box.files.given, "public.json": json.dumps(public).encode()})
    box.read.pop("public.json", None)
    try:
        check_figures(box)
    except DiffersError as found:
        return str(found.place)
    return None


@for_each(
    "seed, seats, themes, turnout",
    [
        (1, 20, 3, 0.9),
        (2, 40, 5, 0.6),
        deep(3, 75, 4, 0.8),
        deep(4, 200, 11, 0.8),
        (5, 6, 3, 1.0),
        deep(6, 150, 3, 0.4),
    ],
)
def test_what_the_program_publishes_is_true(seed: int, seats: int, themes: int, turnout: float) -> None:
    bundle = election(seed, seats, turnout, themes, bases=(1, 1, 3))
    assert says(judge(bundle), public_of(bundle)) is None


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in leaves(part, (*path, key))]
    if isinstance(value, list):
        return [leaf for key, part in enumerate(value) for leaf in leaves(part, (*path, key))]
    return [path]


def test_every_figure_that_is_told_must_be_true(judged: tuple[Any, dict[str, Any]]) -> None:
    box, public = judged
    assert says(box, public) is None
    changed = 0
    for path in some(leaves(public), 6):
        copy = json.loads(json.dumps(public))
        part = copy
        for key in path[:-1]:
            part = part[key]
        value = part[path[-1]]
        if value is None or path in {("small_cell",), ("step",)}:
            continue
        if path[0] == "participation" and path[2] == "weighted_percent":
            assert public["step"] is not None
        part[path[-1]] = {int: lambda v: v + 1, bool: lambda v: not v, str: lambda v: v + "x"}[type(value)](
            value
        )
        assert says(box, copy) is not None, path
        changed += 1
    assert changed > (200 if DEEP else 30)


def test_no_figure_may_be_left_out_or_added(judged: tuple[Any, dict[str, Any]]) -> None:
    box, public = judged
    themes = [{**public["themes"][0], "first": None, "points_percent": None}, *public["themes"][1:]]
    assert says(box, {**public, "themes": themes}) == "themes[0].points_percent"
    assert says(box, {**public, "comment": "approved"}) == "comment"
    without = [line for line in public["participation"] if line["dimension"] != "sector"]
    assert str(says(box, {**public, "participation": without})).startswith("participation")
    assert says(box, {**public, "topics": []}) is not None
    assert says(box, {**public, "pairs": public["pairs"][:-1]}) is not None


def test_the_seed_follows_from_the_ballots(files: Files) -> None:
    rows = rows_of(files)
    tell(row_of(rows, "rounds.committed"), commitment="0" * 64)
    refuses(chain_again(files, rows), SEED)


# -- with the program that counts, and with a verifier that was altered, too


def verify_with_consulta(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["verify", *arguments])
    return done.exit_code, done.stdout


def test_consulta_says_of_a_round_of_totals_what_it_could_check(
    totals: dict[str, Files], tmp_path: Path
) -> None:
    path = tmp_path / "totals.zip"
    packed(path, totals["public"])
    status, said = verify_with_consulta(str(path))
    assert (status, "cannot be checked with this archive" in said, "verified" in said) == (0, True, False)
    packed(path, totals["complete"])
    assert verify_with_consulta(str(path))[1].splitlines()[-1] == "verified"


# -- the public value


@pytest.fixture(scope="module")
def with_value(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The archive of a round that announced a public value."""
    bench = opened(migrated, tmp_path_factory.mktemp("value"))
    live(bench, drawn="4 2 6")
    found = unpacked(archive_of(bench))
    bench.engine.dispose()
    return found


def test_a_public_value_is_part_of_the_seed(with_value: Files) -> None:
    status, said = verify(with_value)
    assert status == 0, said
    assert json.loads(with_value["bundle.json"])["seed"]["public"] == "4 2 6"


OLD = [
    {"at": "2026-12-31T10:00:00Z"},  # before the commitment
    {"at": "2027-03-05T22:10:00Z"},  # before the moment announced
    {"at": "2027-03-05T22:40:00Z"},  # before voting ended
    {"at": "2027-03-06T10:00:00Z"},  # after it was entered
    {"value": "6 6 6"},
]


@pytest.mark.deep
@for_each("told", OLD)
def test_a_public_value_that_could_have_been_chosen(with_value: Files, told: dict[str, object]) -> None:
    rows = rows_of(with_value)
    tell(row_of(rows, "rounds.drawn"), **told)
    refuses(chain_again(with_value, rows), SEED if "value" in told else ACTS)


@pytest.mark.deep
def test_a_public_value_that_is_hidden_or_comes_too_late(with_value: Files) -> None:
    rows = rows_of(with_value)
    drawn, counted = (row_of(rows, f"rounds.{act}") for act in ("drawn", "counted"))
    at, to = rows.index(drawn), rows.index(counted)
    late = rows[:at] + rows[at + 1 : to + 1] + [drawn] + rows[to + 1 :]
    refuses(chain_again(with_value, late), ACTS)
    rows = rows_of(with_value)
    row = row_of(rows, "rounds.drawn")
    for name in ("at", "role", "seal", "action", "subject", "details"):
        del row[name]
    refuses(chain_again(with_value, rows), ACTS)


def test_a_public_value_that_nobody_announced(files: Files) -> None:
    """Chosen after the votes were known: it could be tried, with the secret, until a tie falls well."""
    forged = count_again(files, lambda bundle: bundle["seed"].update(public="4 2 6"))
    assert "seed.public" in refuses(forged, SEED)

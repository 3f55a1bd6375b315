"""Archives that the verifier cannot take on, said in the reader's language; large ones that are counted."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from consulta.cli import count as commands
from consulta.cli import main
from consulta.core.trust import record
from consulta.formats import zipped
from tests.checks.forging import Files, chain_again, row_of, rows_of, sum_again, tell
from tests.checks.published import VERIFIER, archive_of, live, run_script, unpacked, verify

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.infra.work import Bench

LANGUAGES = ("es", "en", "pt")


@pytest.fixture(name="files")
def a_round_of_version_two(bench: Bench) -> Files:
    live(bench, "open", version=2, topics=2, support_min=2)
    return unpacked(archive_of(bench))


def packed(path: Path, files: Files) -> bytes:
    content = zipped.write({name: content for name, content in files.items() if name != zipped.SUMS})
    path.write_bytes(content)
    return content


def said_of(path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `verificar.py` says of a file in each language, having refused it in one line."""
    found = []
    for lang in LANGUAGES:
        status, out = run_script(str(path), "--lang", lang)
        said = capsys.readouterr().err
        assert (status, out, said.count("\n")) == (2, "", 1)
        found.append(said)
    return found


def test_half_a_gigabyte_a_cut_and_no_archive_are_told_in_words(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "consulta-2027-1.zip"
    with path.open("wb") as file:
        file.truncate(VERIFIER.MOST_BYTES + 10**6)  # as it stands on the disk it takes no room
    for said, words in zip(said_of(path, capsys), ("lee hasta", "reads up to", "lê até"), strict=True):
        assert "4001 MB; " in said
        assert f"{words} 4000 MB" in said
    whole = packed(path, files)
    for content in (whole[: len(whole) // 2], b"", b"\x89PNG"):
        path.write_bytes(content)
        words = "no es un ZIP entero", "is not a whole ZIP file", "não é um ZIP inteiro"
        for said, sentence in zip(said_of(path, capsys), words, strict=True):
            assert sentence in said
    path.write_bytes(whole)
    monkeypatch.setattr(VERIFIER, "MOST_COUNTED", 1000)
    words = "más papeletas", "more ballots", "mais cédulas"
    for said, sentence in zip(said_of(path, capsys), words, strict=True):
        assert sentence in said
        assert "consulta verify" in said


def test_a_bundle_of_version_two_with_a_rule_of_version_three(files: Files, tmp_path: Path) -> None:
    bundle = json.loads(files["bundle.json"])
    bundle["rules"]["rounds_of_talks"] = 3
    content = (json.dumps(bundle, ensure_ascii=False, indent=1) + "\n").encode()
    digest, rows = record.digest(content), rows_of(files)
    tell(row_of(rows, "rounds.counted"), bundle_sha256=digest)
    tell(row_of(rows, "rounds.published"), bundle_sha256=digest)
    status, said = verify(chain_again({**files, "bundle.json": content}, rows))
    assert (status, "rounds_of_talks" in said) == (1, True), said
    (tmp_path / "bundle.json").write_bytes(content)
    done = CliRunner().invoke(main, ["count", str(tmp_path / "bundle.json")])
    assert done.stderr == "error: bundle.json: rules.rounds_of_talks: is not a known field\n"
    bundle["rules"] = {**bundle["rules"], "version": 3}
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))
    done = CliRunner().invoke(main, ["count", str(tmp_path / "bundle.json")])
    sentence = "rules.version: is of a version that this program does not know"
    assert (done.exit_code, done.stderr) == (2, f"error: bundle.json: {sentence}\n")


def test_an_archive_of_more_ballots_than_the_script_counts_is_verified_whole(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the script in all but how firm the result is, which the count that follows covers."""
    monkeypatch.setattr(commands, "_verifier", lambda: VERIFIER)
    path, folder = tmp_path / "consulta-2027-1.zip", tmp_path / "unpacked"
    content = packed(path, files)
    folder.mkdir()
    for name, each in files.items():
        (folder / name).write_bytes(each)
    kept = (
        "--sha256",
        record.digest(content),
        "--head",
        files["heads.txt"].decode().split("\n")[1].split(" ")[1],
    )
    whole = CliRunner().invoke(main, ["verify", str(path), *kept])
    monkeypatch.setattr(VERIFIER, "MOST_TWICE", 1000)
    many = CliRunner().invoke(main, ["verify", str(path), *kept])
    assert (whole.exit_code, many.exit_code) == (0, 0), many.output
    differ = [
        pair
        for pair in zip(whole.output.splitlines(), many.output.splitlines(), strict=True)
        if len({*pair}) > 1
    ]
    assert [other for _, other in differ] == [
        "[--] How firm the result is: 10 ballots; consulta counts it, below",
        "This agrees; what is marked -- follows.",
    ]
    assert CliRunner().invoke(main, ["verify", str(folder)]).output.endswith("\nverified\n")
    done = CliRunner().invoke(main, ["verify", str(path), "--sha256", "0" * 64])
    assert (done.exit_code, "no file has that fingerprint" in done.output) == (1, True)
    path.write_bytes(content[:-40])
    assert CliRunner().invoke(main, ["verify", str(path)]).exit_code == 2


@pytest.mark.parametrize("field", ["firmness", "themes", "pairs"])
def test_a_result_that_does_not_follow_from_very_many_ballots_is_told(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.setattr(commands, "_verifier", lambda: VERIFIER)
    monkeypatch.setattr(VERIFIER, "MOST_TWICE", 1000)
    result, rows = json.loads(files["result.json"]), rows_of(files)
    if field == "firmness":
        result["firmness"]["resampling_percent"] -= 1
    elif field == "themes":
        result["themes"][1]["mentions"] += 1
    else:
        result["pairs"][0][1] += 1
    content = (json.dumps(result, ensure_ascii=False, indent=1) + "\n").encode()
    tell(row_of(rows, "rounds.counted"), result_sha256=record.digest(content))
    path = tmp_path / "consulta-2027-1.zip"
    packed(path, chain_again({**files, "result.json": content}, rows))
    done = CliRunner().invoke(main, ["verify", str(path)])
    assert (
        done.exit_code,
        f"result.json {field}" in done.output or f"different: {field}" in done.output,
    ) == (1, True)


def test_long_files_are_read_alike_in_pieces_of_any_size(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is no JSON, has a name twice or another form is told as of a file that is read whole."""
    said = verify(files)
    content = files["bundle.json"]
    spoiled = [
        content[: len(content) // 2],
        content[:-2] + b',"ballots":[]}\n',
        content.replace(b'"seat"', b'"seat":"a","seat"', 1),
        content.replace(b'"ballots": [', b'"ballots": {"a": [', 1),
        content.replace(b'"seats": [', b'"seats": NaN, "more": [', 1),
        content.replace(b'"seat"', b'"\xff"', 1),
        b"[" + content + b"]",
    ]
    wanted = [verify(sum_again({**files, "bundle.json": each})) for each in spoiled]
    for size in (1, 7, 1000):
        monkeypatch.setattr(VERIFIER, "CHUNK", size)
        assert verify(files) == said
        assert [verify(sum_again({**files, "bundle.json": each})) for each in spoiled] == wanted


def test_what_lies_on_the_disk_is_closed_by_any_thread() -> None:
    """The collector of memory closes it, in the thread in which it happens to look."""
    disk = VERIFIER.on_disk("CREATE TABLE kept (line)")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(disk.close).result()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        disk.execute("SELECT 1")

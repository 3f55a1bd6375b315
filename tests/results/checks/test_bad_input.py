"""Archives that the verifier cannot take on, said in the reader's language; large ones that are counted."""

from __future__ import annotations

import ast
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from consulta.core.trust import record
from consulta.platform.formats import zipped
from consulta.results import verifier, verifying
from consulta.results.verifying import files as archives
from consulta.results.verifying.checking import NAMED, in_words
from consulta.results.verifying.files import MOST_BYTES, Box, on_disk
from consulta.shell.cli import main
from tests.cases import for_each
from tests.deep import some
from tests.results.checks.forging import Files, chain_again, edit_json, row_of, rows_of, sum_again, tell
from tests.results.checks.published import archive_of, live, run_script, unpacked, verify
from tests.rounds.witnesses.test_archives import (
    before_it_was,
    lived,
    notes_of,
    of_another_head,
    unknown_key,
    with_notes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

LANGUAGES = ("es", "en", "pt")


@pytest.fixture(name="files")
def a_round_of_two_topics(bench: Bench) -> Files:
    live(bench, "open", topics=2, support_min=2)
    return unpacked(archive_of(bench))


@pytest.fixture(name="signed")
def a_round_with_signed_heads(bench: Bench, settings: Settings) -> Files:
    lived(bench, settings)
    return unpacked(archive_of(bench))


def packed(path: Path, files: Files) -> bytes:
    content = zipped.write({name: content for name, content in files.items() if name != zipped.SUMS})
    path.write_bytes(content)
    return content


def said_of(path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `consulta verify` says of a file in each language, having refused it in one line."""
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
        file.truncate(MOST_BYTES + 10**6)  # as it stands on the disk it takes no room
    for said, words in zip(said_of(path, capsys), ("lee hasta", "reads up to", "lê até"), strict=True):
        assert "4001 MB; " in said
        assert f"{words} 4000 MB" in said
    whole = packed(path, files)
    for content in (whole[: len(whole) // 2], b"", b"\x89PNG"):
        path.write_bytes(content)
        words = "no es un ZIP entero", "is not a whole ZIP file", "não é um ZIP inteiro"
        for said, sentence in zip(said_of(path, capsys), words, strict=True):
            assert sentence in said


# -- what differs, in the reader's language

SENTENCES: dict[str, tuple[str, str, str]] = {
    "a signature by an unknown key": (
        "se esperaba una firma con una llave que conste en el registro",
        "expected a signature by a key that the log tells of",
        "esperava-se uma assinatura com uma chave que conste no registro",
    ),
    "a cosignature for another head": (
        "se esperaba la firma de este sello por el testigo; se encontró otra",
        "expected a cosignature of this checkpoint; found another",
        "esperava-se a assinatura deste selo pela testemunha; encontrou-se outra",
    ),
    "a clock before the checkpoint": (
        "se esperaba una hora de 2027-",
        "expected a time from 2027-",
        "esperava-se uma hora de 2027-",
    ),
    "a rule of version three": (
        "rules.rounds_of_talks",
        "rules.rounds_of_talks",
        "rules.rounds_of_talks",
    ),
    "a bundle of another round": (
        "bundle.json round.key: se esperaba 2027-1; se encontró 2028-2",
        "bundle.json round.key: expected 2027-1; found 2028-2",
        "bundle.json round.key: esperava-se 2027-1; encontrou-se 2028-2",
    ),
    "a head of another round": (
        "este registro nunca tuvo ese sello: es de otra consulta",
        "this log never had that head: it belongs to another consultation",
        "este registro nunca teve esse selo: é de outra consulta",
    ),
}


def bad_archives(files: Files) -> dict[str, tuple[Files, tuple[str, ...]]]:
    """Archives of which `SENTENCES` has what is said, and the heads that their reader kept."""
    found = notes_of(files)
    place = next(number for number, note in enumerate(found) if note.count("\u2014 ") == 3)
    changes = (unknown_key, of_another_head, before_it_was)
    spoiled = [
        with_notes(files, [*found[:place], change(found[place]), *found[place + 1 :]]) for change in changes
    ]
    another = edit_json(files, "bundle.json", lambda bundle: bundle["round"].update(key="2028-2"))
    made = [*spoiled, of_version_three(files), another]
    return {
        **{name: (each, ()) for name, each in zip(SENTENCES, made, strict=False)},
        "a head of another round": (files, ("0" * 64,)),
    }


def of_version_three(files: Files) -> Files:
    """A bundle with a rule of version 3, and all digests made to fit."""
    bundle = json.loads(files["bundle.json"])
    bundle["rules"]["rounds_of_talks"] = 3
    content = (json.dumps(bundle, ensure_ascii=False, indent=1) + "\n").encode()
    digest, rows = record.digest(content), rows_of(files)
    tell(row_of(rows, "rounds.counted"), bundle_sha256=digest)
    tell(row_of(rows, "rounds.published"), bundle_sha256=digest)
    return chain_again({**files, "bundle.json": content}, rows)


def test_what_differs_is_told_in_the_readers_language(signed: Files, tmp_path: Path) -> None:
    path = tmp_path / "consulta-2027-1.zip"
    for name, (bad, heads) in bad_archives(signed).items():
        packed(path, bad)
        kept = [f"--head={head}" for head in heads]
        told = [*zip(LANGUAGES, SENTENCES[name], strict=True)]
        for lang, sentence in some(told, len(told), len(name)):
            status, said = run_script(str(path), "--lang", lang, *kept)
            lines = said.splitlines()
            assert (status, any(sentence in line for line in lines)) == (1, True), f"{name}\n{said}"
            assert "2027-1 (" in lines[0], "of which round it is"
            assert (verifier.words()[lang].texts["later"] in lines) is (name == "a rule of version three")
    done = CliRunner().invoke(main, ["verify", str(path), str(path), "--lang", "es"])
    assert (done.exit_code, done.output.startswith("error: bundle.json: (file): no es")) == (2, True)
    done = CliRunner().invoke(main, ["verify", str(path), str(path), "--head", "1:" + "0" * 64])
    assert (done.exit_code, "are for an archive" in done.output) == (2, True)


AT = {"need": 3, "need_log": 2, "DiffersError": 2}  # where what was expected stands among the arguments


def phrases() -> Iterator[str]:
    """What the checks say was expected or found, with # for what changes."""

    def said(node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.IfExp):
            yield from (*said(node.body), *said(node.orelse))
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "1" for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value

    parts = sorted(Path(verifying.__file__).parent.glob("*.py"))
    for node in (each for path in parts for each in ast.walk(ast.parse(path.read_text("utf-8")))):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in AT:
            for each in (text for part in node.args[AT[name] : AT[name] + 2] for text in said(part)):
                yield NAMED.sub("#", each)


def test_everything_that_can_differ_has_words_in_each_language() -> None:
    same = {"", "#", "# MB", "# bytes", "JSON", "null"}
    told = {lang: verifier.words()[lang].phrases for lang in LANGUAGES}
    assert {*phrases()} - {*told["es"]} <= same
    for said in told.values():
        assert [phrase for phrase, text in said.items() if text.count("#") != phrase.count("#")] == []
    spanish, english = (Box({}, None, "archive", lang) for lang in ("es", "en"))
    assert in_words(spanish, "more than 12 rows") == "más de 12 filas"
    assert in_words(spanish, "# rows") == "# rows", "a text of a file"
    assert in_words(english, "none") == "none"


@for_each(
    "lang, unknown, version, missing",
    [
        (
            "es",
            "no es un campo conocido",
            "es de una versión que este programa no conoce",
            "No se puede leer {}.",
        ),
        (
            "en",
            "is not a known field",
            "has a version that this program does not know",
            "{} cannot be read.",
        ),
        (
            "pt",
            "não é um campo conhecido",
            "é de uma versão que este programa não conhece",
            "Não é possível ler {}.",
        ),
    ],
)
def test_a_bundle_of_version_two_with_a_rule_of_version_three(
    files: Files, tmp_path: Path, lang: str, unknown: str, version: str, missing: str
) -> None:
    """It is refused in the reader's language, by `count` and by `verify` of a bundle and its result."""
    content = of_version_three(files)["bundle.json"]
    path, none, result = tmp_path / "bundle.json", tmp_path / "none.json", tmp_path / "result.json"
    result.write_bytes(files["result.json"])
    commanded = (["count", str(path)], ["verify", str(path), str(result)])
    path.write_bytes(content)
    for command in commanded:
        done = CliRunner().invoke(main, [*command, "--lang", lang])
        assert (done.exit_code, done.stderr) == (2, f"error: bundle.json: rules.rounds_of_talks: {unknown}\n")
    bundle = json.loads(content)
    bundle["rules"] = {"version": 4}
    path.write_text(json.dumps(bundle))
    for command in commanded:
        done = CliRunner().invoke(main, [*command, "--lang", lang])
        assert (done.exit_code, done.stderr) == (2, f"error: bundle.json: rules.version: {version}\n")
    for command in (["count", str(none)], ["verify", str(none), str(result)]):
        done = CliRunner().invoke(main, [*command, "--lang", lang])
        assert (done.exit_code, done.stderr) == (2, f"error: file.unreadable: {missing.format(none)}\n")
    if lang == "en":
        done = CliRunner().invoke(main, ["count", str(path)])
        assert done.stderr == f"error: bundle.json: rules.version: {version}\n", "who asks for none"


def test_an_archive_and_its_folder_are_verified_with_what_a_reader_kept(files: Files, tmp_path: Path) -> None:
    path, folder = tmp_path / "consulta-2027-1.zip", tmp_path / "unpacked"
    content = packed(path, files)
    folder.mkdir()
    for name, each in files.items():
        (folder / name).write_bytes(each)
    head = files["heads.txt"].decode().split("\n")[1].split(" ")[1]
    kept = ("--sha256", record.digest(content), "--head", head)
    whole = CliRunner().invoke(main, ["verify", str(path), *kept])
    assert (whole.exit_code, whole.output.splitlines()[-1]) == (0, "verified"), whole.output
    assert CliRunner().invoke(main, ["verify", str(folder)]).output.endswith("\nverified\n")
    done = CliRunner().invoke(main, ["verify", str(path), "--sha256", "0" * 64])
    assert (done.exit_code, "no file has that fingerprint" in done.output) == (1, True)
    path.write_bytes(content[:-40])
    assert CliRunner().invoke(main, ["verify", str(path)]).exit_code == 2


@pytest.mark.deep
@for_each("field", ["firmness", "themes", "pairs"])
def test_a_result_that_does_not_follow_from_the_ballots_is_told(
    files: Files, tmp_path: Path, field: str
) -> None:
    result, rows = json.loads(files["result.json"]), rows_of(files)
    if field == "firmness":
        result["firmness"]["resampling"]["percent"] -= 1
    elif field == "themes":
        result["themes"][1]["mentions"] += 1
    else:
        result["pairs"][0][1] += 1
    content = (json.dumps(result, ensure_ascii=False, indent=1) + "\n").encode()
    tell(row_of(rows, "rounds.counted"), result_sha256=record.digest(content))
    path = tmp_path / "consulta-2027-1.zip"
    packed(path, chain_again({**files, "result.json": content}, rows))
    done = CliRunner().invoke(main, ["verify", str(path)])
    assert (done.exit_code, f"result.json {field}" in done.output) == (1, True), done.output


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
        monkeypatch.setattr(archives, "CHUNK", size)
        assert verify(files) == said
        assert [verify(sum_again({**files, "bundle.json": each})) for each in spoiled] == wanted


def test_what_lies_on_the_disk_is_closed_by_any_thread() -> None:
    """The collector of memory closes it, in the thread in which it happens to look."""
    disk = on_disk("CREATE TABLE kept (line)")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(disk.close).result()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        disk.execute("SELECT 1")

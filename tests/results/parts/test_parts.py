"""A round in parts: what is written, counted and refused, part by part."""

import gzip
import json
import pickle
import shutil
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from consulta.core.counting import bundle, columns, count, divided, repetitions, tables
from consulta.core.problems import Problem
from consulta.core.trust import chance, record
from consulta.platform.work import COMMAND
from consulta.results import service
from consulta.results.parts import counting, engines, files
from consulta.shell.cli import main
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.core.build import busy, encoded, sensible
from tests.core.elections import panel_bundles, usual_bundles
from tests.deep import examples
from tests.factories import moment

SIZE = 4


def written(folder, content, size=SIZE):
    return files.write(folder, *columns.cut(BytesIO(content)), size=size)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def written_out(manifest):
    return json.dumps(manifest, ensure_ascii=False).encode()


def apart(result):
    """A result but for the digest of the file that it was counted from."""
    return {name: part for name, part in json.loads(result).items() if name != "bundle_sha256"}


@given(st.one_of(usual_bundles(), panel_bundles()))
@settings(max_examples=examples(100, few=6))
def test_a_bundle_in_parts_counts_as_the_bundle(made):
    """Where its ballots are drawn from and where they are too many for that; panels too."""
    content = encoded(made)
    whole = apart(count.count(bundle.parse(content)).to_json())
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        folder = Path(place, "ballots")
        manifest = written(folder, content)
        assert apart(counting.count(folder, "here")) == whole
        assert manifest.root == whole["ballots_root"]
        assert [*counting.verify_parts(folder)] == [part.name for part in manifest.parts]
        patch.setattr(repetitions, "MOST_BALLOTS", 0)
        alone = apart(count.count(bundle.parse(content)).to_json())
        assert apart(counting.count(folder, "here")) == alone


@pytest.fixture(name="folder")
def a_round_in_six_parts(tmp_path, monkeypatch):
    """Of 24 ballots, as if they were too many to be drawn from."""
    monkeypatch.setattr(repetitions, "MOST_BALLOTS", 0)
    found = busy(4)
    found["nominees"] = sensible()["nominees"][:2]
    for nominee in found["nominees"]:
        nominee["topics"] = []
    for ballot in found["ballots"][::3]:
        ballot["endorsements"] = ["n2"]
    written(tmp_path / "ballots", encoded(found))
    return tmp_path / "ballots"


def refused(folder, code, path):
    """Both commands say the same line, and nothing is written."""
    out = folder.with_name("result.json")
    done = run("count", folder, "--engine", "here", "--out", out)
    also = run("verify", folder)
    assert done.exit_code == also.exit_code == 2
    assert done.stderr.startswith(f"error: {code}: {path}")
    assert also.stderr == done.stderr
    assert not out.exists()


@for_each("ending", [".npz", ".jsonl.gz"])
def test_a_part_that_is_not_the_one_named_is_refused_by_its_name(folder, ending):
    name = f"ballots-00003{ending}"
    file = folder / name
    content = file.read_bytes()
    for other in (None, content[:-7], (folder / f"ballots-00002{ending}").read_bytes()):
        file.unlink(missing_ok=True)
        if other is not None:
            file.write_bytes(other)
        done = run("verify", folder)
        assert done.exit_code == 2
        assert done.stdout.splitlines() == [f"ballots-0000{number}: ok" for number in range(3)]
        assert "ballots-00003" in done.stderr
        assert run("verify", folder, "--part", 3).exit_code == 2
        assert run("verify", folder, "--part", 4).output == "ballots-00004: ok\nverified\n"
        if ending == ".npz":
            refused(folder, "parts.digest", name)
    file.write_bytes(content)
    assert run("verify", folder).exit_code == 0


def changed(value, luck):
    """A value of the same kind that is another."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and len(value) == 64:
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    if isinstance(value, str):
        return value + "z"
    if isinstance(value, dict):
        key = luck.choice(sorted(value)) if value else "sector"
        return value | {key: changed(value.get(key, ""), luck)}
    if isinstance(value, list) and value:
        place = int(luck.integers(len(value)))
        return [*value[:place], changed(value[place], luck), *value[place + 1 :]]
    return None


@for_each("number", range(24))
def test_a_changed_manifest_contradicts_what_is_there(folder, number):
    """Whatever is changed but the head: that may say another round."""
    luck = np.random.default_rng(number)
    sound = (folder / files.MANIFEST).read_bytes()
    told = json.loads(sound)
    field = sorted({*told} - {"head"})[number % (len(told) - 1)]
    told[field] = changed(told[field], luck)
    (folder / files.MANIFEST).write_bytes(written_out(told))
    done = run("verify", folder)
    (folder / files.MANIFEST).write_bytes(sound)
    assert done.exit_code == 2, (field, done.output)


def test_what_a_manifest_cannot_say_is_refused_by_its_path(folder):
    told = json.loads((folder / files.MANIFEST).read_bytes())
    for field, value, code, path in [
        ("format", "consulta-parts/2", "parts.json", "format"),
        ("parts", [], "parts.json", "parts"),
        ("root", "0" * 64, "parts.json", "root"),
        ("ballots", 23, "parts.json", "ballots"),
        ("head", told["head"] | {"seats": []}, "parts.json", "head"),
        ("head", told["head"] | {"themes": told["head"]["themes"][:1]}, "themes.few", "A consultation needs"),
        (
            "head",
            told["head"] | {"rules": told["head"]["rules"] | {"spread": {"size": 500}}},
            "seat.category",
            "",
        ),
        ("parts", [told["parts"][0] | {"name": "../x"}, *told["parts"][1:]], "parts.json", "parts.name"),
    ]:
        (folder / files.MANIFEST).write_bytes(written_out(told | {field: value}))
        refused(folder, code, path)


def test_too_many_kinds_of_seats_are_refused(folder, monkeypatch):
    monkeypatch.setattr(divided, "MOST_KINDS", 1)
    refused(folder, "rules.range", "kinds")


@for_each("most", [0, 50_000])
def test_other_kinds_of_ballots_than_the_manifest_says_are_refused(folder, most, monkeypatch):
    """Whether they are counted in parts or at hand."""
    monkeypatch.setattr(repetitions, "MOST_BALLOTS", most)
    sound = (folder / files.MANIFEST).read_bytes()
    told = json.loads(sound)
    less = next(kind for kind in told["kinds"] if kind["seats"] > 1)
    more = next(kind for kind in told["kinds"] if kind is not less)
    for kind, change in ((less, -1), (more, 1)):
        kind["ballots"] += change
        kind["seats"] += change
    (folder / files.MANIFEST).write_bytes(written_out(told))
    done = run("count", folder, "--engine", "here")
    (folder / files.MANIFEST).write_bytes(sound)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: parts.sum: ")


@for_each(
    "change",
    [
        lambda line: line.replace('"base":', '"base": '),
        lambda line: line.replace('"country":"', '"country":"Q'),
        lambda line: "nonsense",
    ],
)
def test_a_forged_roll_is_found_although_the_manifest_agrees(folder, change):
    sound, content = (folder / files.MANIFEST).read_bytes(), (folder / "seats-00005.jsonl.gz").read_bytes()
    told = json.loads(sound)
    lines = gzip.decompress(content).decode().splitlines()
    forged = "".join(f"{line}\n" for line in [*lines[:-1], change(lines[-1])]).encode()
    (folder / "seats-00005.jsonl.gz").write_bytes(gzip.compress(forged))
    told["roll"][5]["jsonl_sha256"] = record.digest(forged)
    (folder / files.MANIFEST).write_bytes(written_out(told))
    done = run("verify", folder)
    (folder / files.MANIFEST).write_bytes(sound)
    (folder / "seats-00005.jsonl.gz").write_bytes(content)
    assert done.exit_code == 2
    assert "seats-00005" in done.stderr


def test_a_panel_is_chosen_from_parts(tmp_path, monkeypatch):
    """Whom ballots endorse is asked of the parts too."""
    content = encoded(sensible())
    written(tmp_path / "ballots", content, 1)
    for most in (50_000, 0):
        monkeypatch.setattr(repetitions, "MOST_BALLOTS", most)
        whole = apart(count.count(bundle.parse(content)).to_json())
        assert whole["panel"]["feasible"]
        assert apart(counting.count(tmp_path / "ballots", "here")) == whole


def rewritten(sound, folder, change):
    """Part 2 with other lines, and a manifest that agrees with them, as somebody who forges would write."""
    shutil.copytree(sound, folder)
    told = json.loads((folder / files.MANIFEST).read_bytes())
    part = told["parts"][2]
    lines = change(gzip.decompress((folder / "ballots-00002.jsonl.gz").read_bytes()).decode().splitlines())
    content = "".join(f"{line}\n" for line in lines).encode()
    (folder / "ballots-00002.jsonl.gz").write_bytes(gzip.compress(content))
    tree = record.Growing()
    for line in lines:
        tree.add(line.encode())
    part |= {"jsonl_sha256": record.digest(content), "root": tree.root()}
    told["root"] = divided.root_of([each["root"] for each in told["parts"]])
    (folder / files.MANIFEST).write_bytes(written_out(told))


@for_each(
    "change, said",
    [
        (lambda lines: [lines[0].replace(",", ", ", 1), *lines[1:]], "ballots-00002[0]"),
        (lambda lines: [lines[0].replace('"ranking":[', '"ranking":[ '), *lines[1:]], "ballots-00002[0]"),
        (lambda lines: [lines[0].replace('"seat":', '"seat": '), *lines[1:]], "ballots-00002[0]"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "ballots-00002[1]"),
        (lambda lines: [lines[0], *lines[:1], *lines[2:]], "is not in the order of names"),
        (lambda lines: [*lines[:3], lines[3].replace('"seat":"v', '"seat":"w')], "ballots-00002[3]"),
        (lambda lines: [*lines[:3], "nonsense"], "ballots-00002[3]"),
        (
            lambda lines: [lines[0].replace('"ranking":[', '"ranking":[["zz"],'), *lines[1:]],
            "ballots-00002[0]",
        ),
        (
            lambda lines: [lines[0].replace('"objectives":[', '"objectives":[24,'), *lines[1:]],
            "ballots-00002[0]",
        ),
        (lambda lines: [*lines[:2], lines[1].replace("v0009", "v0010"), *lines[3:]], "ballots-00002.npz"),
    ],
)
def test_forged_lines_are_found_although_the_manifest_agrees(folder, change, said, tmp_path_factory):
    sound, folder = folder, tmp_path_factory.mktemp("forged") / "ballots"
    rewritten(sound, folder, change)
    done = run("verify", folder)
    assert done.exit_code == 2
    assert said in done.stderr
    assert run("verify", folder, "--part", 2).stderr == done.stderr


def with_columns(folder, content):
    """Other columns of part 2, and a manifest that names them."""
    told = json.loads((folder / files.MANIFEST).read_bytes())
    (folder / "ballots-00002.npz").write_bytes(content)
    told["parts"][2]["columns_sha256"] = record.digest(content)
    (folder / files.MANIFEST).write_bytes(written_out(told))


def saved(**arrays):
    file = BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def test_columns_that_cannot_be_are_refused(folder):
    """Such as a stranger may send: other kinds of numbers, numbers out of range, gigabytes of nothing."""
    with np.load(folder / "ballots-00002.npz") as columns:
        sound = dict(columns)
    for change in (
        {"kind": sound["kind"] + 1000},
        {"kind": sound["kind"].astype(np.int64)},
        {"kind": sound["kind"][1:]},
        {"ranks": sound["ranks"] - 1},
        {"ranks": sound["ranks"][:, 1:]},
        {"endorsed": sound["endorsed"] + 2},
        {"endorsing": np.array([3, 0], dtype=np.int32), "endorsed": np.zeros(2, dtype=np.int32)},
        {"more": sound["kind"]},
    ):
        with_columns(folder, saved(**(sound | change)))
        refused_count(folder, "parts.json")
    for content in (
        b"no archive",
        saved(**(sound | {"kind": np.zeros(2**24, dtype=np.int32)})),
        saved(**(sound | {"kind": np.array([None] * 4)})),
    ):
        with_columns(folder, content)
        refused_count(folder, "parts.columns")
    with_columns(folder, saved(**(sound | {"objectives": sound["objectives"] ^ 1})))
    assert run("verify", folder).stderr.startswith("error: parts.columns: ballots-00002.npz")


def refused_count(folder, code):
    done = run("count", folder, "--engine", "here")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {code}: ballots-00002")


def test_parts_of_any_size_have_the_root_of_all_ballots(tmp_path):
    found = encoded(busy(2, 21))
    root = chance.ballots_root(bundle.parse(found).ballots)
    for size in (1, 2, 4, 8, 16, 32):
        manifest = written(tmp_path / str(size), found, size)
        assert manifest.root == root
        assert len(manifest.parts) == -(-21 // size)
        assert divided.parse((tmp_path / str(size) / files.MANIFEST).read_bytes())[0] == manifest


def test_names_of_every_kind_are_written_and_read(tmp_path):
    found = busy(6, 12)
    names = ['ñ"', "a\\b", ',"seat":"x"', "é,", " ", "~", "\x7f", "\u2028", "z"]
    for seat, ballot, name in zip(found["seats"], found["ballots"], names, strict=False):
        seat["seat"] = ballot["seat"] = name
    found["themes"][0]["key"] = old = '","ranking":'
    for ballot in found["ballots"]:
        ballot["ranking"] = [[old if key == "a" else key for key in tier] for tier in ballot["ranking"]]
    content = encoded(found)
    written(tmp_path / "ballots", content)
    assert len([*counting.verify_parts(tmp_path / "ballots")]) == 3
    assert apart(counting.count(tmp_path / "ballots", "here")) == apart(
        count.count(bundle.parse(content)).to_json()
    )


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    found = encoded(busy(2, 21))
    (tmp_path / "there.part").write_text("in the way")
    with pytest.raises(Problem, match=r"file\.unwritable"):
        written(tmp_path / "there", found)
    rest, seats, _ballots = columns.cut(BytesIO(found))
    with pytest.raises(Problem, match=r"ballots\.none"):
        files.write(tmp_path / "none", rest, seats, [])
    assert [each.name for each in tmp_path.iterdir()] == ["there.part"]


# -- engines


def test_every_part_is_counted_once(folder):
    found = files.open_folder(folder)
    names = [part.name for part in found.manifest.parts]
    assert engines.asking(engines.here, found)([tables.Plain()])[tables.Plain()].sums[:, 0].sum() == 24
    twice = engines.asking(lambda task, parts: engines.here(task, [*parts, parts[1]]), found)
    without = engines.asking(lambda task, parts: engines.here(task, parts[:-1]), found)
    for ask, name in ((twice, names[1]), (without, names[-1])):
        with pytest.raises(Problem, match=rf"parts\.sum path='{name}'"):
            ask([tables.Plain()])


def test_a_manifest_that_changed_since_is_not_counted(folder):
    found = files.open_folder(folder)
    with pytest.raises(Problem, match=r"parts\.digest path='manifest\.json'"):
        engines.answer(str(folder), "0" * 64, [tables.Plain()], found.manifest.parts[0])


def test_a_problem_travels_between_processes():
    there = pickle.loads(pickle.dumps(Problem("parts.digest", path="ballots-00001.npz")))  # noqa: S301
    assert (there.code, there.params) == ("parts.digest", {"path": "ballots-00001.npz"})


# -- commands


def test_the_commands_write_count_and_verify(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = encoded(busy(4))
    Path("bundle.json").write_bytes(content)
    done = run("parts", "bundle.json", "ballots")
    root = chance.ballots_root(bundle.parse(content).ballots)
    assert (done.exit_code, done.output) == (0, f"parts: 1, ballots: 24, root: {root}\n")
    assert (Path("ballots").stat().st_mode & 0o777) == 0o700
    assert run("parts", "bundle.json", "ballots").exit_code == 2
    assert run("count", "ballots", "--out", "result.json").exit_code == 0
    assert apart(Path("result.json").read_bytes()) == apart(count.count(bundle.parse(content)).to_json())
    assert run("verify", "ballots", "result.json").output == "ballots-00000: ok\nverified\n"
    told = json.loads(Path("result.json").read_bytes())
    told["themes"][0]["score"] = "1/2"
    Path("result.json").write_text(json.dumps(told))
    done = run("verify", "ballots", "result.json")
    assert (done.exit_code, done.stdout) == (1, "ballots-00000: ok\ndifferent: themes[0].score\n")


def test_what_is_for_parts_is_refused_elsewhere(tmp_path):
    (tmp_path / "bundle.json").write_bytes(encoded(busy(4)))
    assert run("count", tmp_path / "bundle.json", "--engine", "here").exit_code == 2
    assert run("verify", tmp_path / "bundle.json", "--part", 1).exit_code == 2
    done = run("count", tmp_path)
    assert done.stderr.startswith("error: file.unreadable: ")
    written(tmp_path / "ballots", encoded(busy(4)))
    done = run("verify", tmp_path / "ballots", "--part", 6)
    assert done.stderr == "error: parts.unknown: There is no part 6: the last one is 5.\n"


def test_a_closed_round_is_written_from_the_database(bench, tmp_path):
    """Its parts are those of its bundle's file, and count as it was counted."""
    counted(bench, "in-parts", mixed(19, ("t1", "t2"), ("t2",), ("t3", "t1"), silent=4), publish=False)
    with bench.read(COMMAND, moment()) as work:
        manifest = service.cut(work, "in-parts", tmp_path / "ballots")
        file = service.assemble(work, "in-parts")
    assert written(tmp_path / "others", bundle.to_json(file), divided.SIZE) == manifest
    with bench.work(COMMAND, moment()) as work:
        service.note_cut(work, "in-parts", record.digest(manifest.to_json()))
        kept = service.document(work, "in-parts", "result")
    assert apart(counting.count(tmp_path / "ballots")) == apart(kept)

"""Files made to hurt `consulta count` and `consulta verify`: one line, exit code 2, whatever they hold."""

import json

import pytest
from click.testing import CliRunner

from consulta.shell.cli import main
from tests.cases import for_each
from tests.core.build import encoded, sensible

ROUND = sensible()
ROUND["seats"][0]["base"] = 1
GOOD = encoded(ROUND)
FILES = {
    "nothing": (b"", "bundle.json: (file)"),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, "bundle.json: (file)"),
    "another encoding": (GOOD.decode().encode("utf-16"), "bundle.json: (file)"),
    "two values": (GOOD + b"1", "bundle.json: (file)"),
    "depth": (b"[" * 10_000 + b"]" * 10_000, "bundle.json: (file)"),
    "a lone surrogate in a name": (GOOD.replace(b'"water"', b'"\\ud800"'), "bundle.json: themes[0].key"),
    "a decomposed name": (GOOD.replace(b'"water"', b'"e\\u0301"'), "bundle.json: themes[0].key"),
    "a field like an escape": (GOOD.replace(b'"es"', b'"\\u001b[2J"', 1), "bundle.json: round.title["),
    "a key twice": (GOOD.replace(b'"base":', b'"base": 1, "base":', 1), "bundle.json: seats[0].base"),
    "true for one": (GOOD.replace(b'"base": 1', b'"base": true', 1), "bundle.json: seats[0].base"),
    "a fraction for one": (GOOD.replace(b'"base": 1', b'"base": 1.0', 1), "bundle.json: seats[0].base"),
    "no number": (GOOD.replace(b'"base": 1', b'"base": NaN', 1), "bundle.json: seats[0].base"),
    "a negative base": (GOOD.replace(b'"base": 1', b'"base": -1', 1), "rules.range: seats[0].base"),
    "a hundred digits": (
        GOOD.replace(b'"base": 1', b'"base": ' + b"9" * 100, 1),
        "rules.range: seats[0].base",
    ),
    "ten thousand digits": (
        GOOD.replace(b'"base": 1', b'"base": ' + b"9" * 10_000, 1),
        "bundle.json: (file)",
    ),
}


@pytest.fixture(name="run")
def a_runner(tmp_path):
    def run(command, *contents):
        files = [tmp_path / f"{number}.json" for number in range(len(contents))]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        return CliRunner().invoke(main, [command, *map(str, files)])

    return run


@for_each("name", FILES)
def test_a_hostile_bundle_is_one_line(run, name):
    data, start = FILES[name]
    assert data != GOOD
    done = run("count", data)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {start}")
    assert done.stderr.count("\n") == 1


@pytest.mark.deep
def test_more_themes_than_can_be_compared_are_refused(run):
    bundle = sensible()
    bundle["themes"] += [bundle["themes"][0] | {"key": f"t{number}"} for number in range(10_000)]
    done = run("count", encoded(bundle))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "error: rules.range: themes: must be from 2 to 1000.\n"


def test_a_name_from_the_file_neither_fills_nor_rules_the_screen(run):
    bundle = sensible()
    bundle["ballots"][0]["seat"] = "\x1b[2J" + "long" * 10_000
    done = run("count", encoded(bundle))
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "error: ballot.seat: ballots[0].seat: the roll contains no seat “\ufffd[2Jlong"
    )
    assert len(done.stderr) < 700


@pytest.mark.deep
@pytest.mark.parametrize("name", ["two\nlines", "\ud800", "\x1b[2J"])
def test_a_difference_is_one_line_whatever_it_is_called(run, name):
    result = json.loads(run("count", GOOD).stdout_bytes)
    done = run("verify", GOOD, json.dumps(result | {name: 1}).encode())
    assert (done.exit_code, done.stderr) == (1, "")
    assert done.stdout == f"different: [{json.dumps(name)}]\n"


@for_each("data", [b"", b"\xff", b"[" * 10_000, b'{"a": NaN}', b'{"a": 1, "a": 1}'])
def test_a_hostile_result_is_one_line(run, data):
    done = run("verify", GOOD, data)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: result.json: ")
    assert done.stderr.count("\n") == 1

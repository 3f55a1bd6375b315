"""`consulta count` and `consulta verify`, as a stranger runs them."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from consulta.core.counting.count import count
from consulta.platform.messages import REASONS
from consulta.shell.cli import main
from tests.core.build import encoded, parsed, sensible


@pytest.fixture(name="place")
def a_folder_with_a_bundle(tmp_path):
    (tmp_path / "bundle.json").write_bytes(encoded(sensible()))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_count_prints_the_result(place):
    done = run("count", place / "bundle.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout_bytes == count(parsed(sensible())).to_json()


def test_verify(place):
    run("count", place / "bundle.json", "--out", place / "result.json")
    done = run("verify", place / "bundle.json", place / "result.json")
    assert (done.exit_code, done.output) == (0, "verified\n")
    content = json.loads((place / "result.json").read_bytes())
    content["themes"][0]["score"] = "1/2"
    (place / "result.json").write_text(json.dumps(content))
    done = run("verify", place / "bundle.json", place / "result.json")
    assert (done.exit_code, done.output) == (1, "different: themes[0].score\n")


def test_a_bad_bundle_is_one_line_and_nothing_written(place):
    bundle = sensible()
    bundle["ballots"][1]["ranking"] = "water"
    (place / "bundle.json").write_bytes(encoded(bundle))
    done = run("count", place / "bundle.json", "--out", place / "result.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "error: bundle.json: ballots[1].ranking: must be a list\n"
    assert not (place / "result.json").exists()


def test_a_file_that_is_too_large_is_not_read(place):
    """As it stands on the disk this one takes no room; in memory it would take ten gigabytes."""
    with (place / "large.json").open("wb") as file:
        file.truncate(10**10)
    done = run("count", place / "large.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: bundle.json: (file): {REASONS['large']}\n"
    too_large = f"(file): {REASONS['size']}\n"
    done = run("verify", place / "bundle.json", place / "large.json")
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"error: result.json: {too_large}")


def test_a_text_with_a_line_break_stays_one_line(place):
    bundle = sensible()
    bundle["ballots"][0]["seat"] = "two\nlines"
    (place / "bundle.json").write_bytes(encoded(bundle))
    done = run("count", place / "bundle.json")
    assert done.stderr == "error: ballot.seat: ballots[0].seat: the roll contains no seat “two lines”.\n"


def test_a_bad_result(place):
    (place / "result.json").write_bytes(b"{")
    done = run("verify", place / "bundle.json", place / "result.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "error: result.json: (file): is not JSON, or is nested too deeply\n"


def test_files_that_cannot_be_read_or_written(place):
    done = run("count", place / "none.json")
    assert (done.exit_code, done.stderr) == (
        2,
        f"error: file.unreadable: {place}/none.json cannot be read.\n",
    )
    done = run("count", place / "bundle.json", "--out", place / "none" / "result.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: file.unwritable: {place}/none/result.json cannot be written.\n"
    done = run("count", place / "bundle.json", "--out", place)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sorted(path.name for path in place.iterdir()) == ["bundle.json"]


def test_a_recount_loads_no_web_framework(place):
    script = (
        "import sys; from consulta.shell.cli import main;"
        " main(['verify', *sys.argv[1:]], standalone_mode=False);"
        "sys.exit(3 if {'flask', 'sqlalchemy'} & set(sys.modules) else 0)"
    )
    run("count", place / "bundle.json", "--out", place / "result.json")
    files = [str(place / "bundle.json"), str(place / "result.json")]
    done = subprocess.run([sys.executable, "-c", script, *files], check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"verified\n", b"")

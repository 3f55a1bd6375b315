"""Versions of the rules are entries of one table: a new one counts beside the old, and others are refused."""

import json
from dataclasses import dataclass, replace

import pytest
from click.testing import CliRunner

from consulta.cli import main
from consulta.core.counting import versions
from consulta.core.counting.count import count
from consulta.core.counting.versions import FIRST, SECOND, Version
from consulta.core.problems import Problem
from tests.core.build import encoded, parsed, sensible


@dataclass(frozen=True)
class Shorter:
    """The result of the toy version: the theme that most ballots have first, and no more."""

    first: str

    def to_json(self):
        return json.dumps({"format": "consulta-result/9", "first": self.first}).encode()


def read(data):
    return json.loads(data)


def most_first(bundle):
    themes = [ballot["ranking"][0][0] for ballot in bundle["ballots"]]
    return Shorter(max(sorted(set(themes)), key=themes.count))


def compare(bundle, result):
    return None if json.loads(result)["first"] == most_first(bundle).first else "first"


TOY = Version(
    number=9,
    bundle_format="consulta-bundle/9",
    result_format="consulta-result/9",
    robustness_format="consulta-robustness/9",
    read=read,
    write=lambda bundle: json.dumps(bundle).encode(),
    bundle=dict,
    round=lambda *_: None,
    theme=lambda *_: None,
    written=lambda *_: iter(()),
    count=most_first,
    count_columns=lambda *_: None,
    read_result=read,
    verify=compare,
    robustness=lambda *_: None,
    read_robustness=read,
    verify_robustness=lambda *_: None,
)


def of_version(number):
    return encoded({**sensible(), "format": f"consulta-bundle/{number}"})


def refused(act, *arguments):
    with pytest.raises(Problem) as caught:
        act(*arguments)
    return caught.value.code, caught.value.params


@pytest.fixture(name="toy")
def a_further_version():
    with versions.registered(TOY) as version:
        yield version


@pytest.fixture(name="place")
def a_folder_with_bundles(tmp_path):
    for number in (1, 9, 10):
        (tmp_path / f"bundle-{number}.json").write_bytes(of_version(number))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_new_version_is_counted_by_its_own_code_and_the_old_one_as_before(toy):
    assert versions.known() == (FIRST, SECOND, toy)
    assert versions.of_bundle(of_version(9)) is toy
    assert json.loads(versions.count_file(of_version(9)))["first"] == most_first(sensible()).first
    assert versions.count_file(of_version(1)) == count(parsed(sensible())).to_json()


def test_commands_count_and_verify_both(toy, place):
    assert toy.number == 9
    for number in (1, 9):
        bundle, result = place / f"bundle-{number}.json", place / f"result-{number}.json"
        assert run("count", bundle, "--out", result).exit_code == 0
        assert run("verify", bundle, result).output == "verified\n"
    other = run("verify", place / "bundle-9.json", place / "result-1.json")
    assert (other.exit_code, other.output) == (1, "different: format\n")
    changed = json.loads((place / "result-9.json").read_bytes()) | {"first": "x"}
    (place / "result-9.json").write_text(json.dumps(changed))
    assert run("verify", place / "bundle-9.json", place / "result-9.json").output == "different: first\n"


def test_a_file_whose_format_stands_elsewhere_is_of_its_version_too(toy):
    """As one that another program wrote, or whose names were sorted."""
    for number in (1, toy.number):
        last = json.dumps(dict(reversed(json.loads(of_version(number)).items()))).encode()
        assert b'"format"' in last[-40:]
        assert versions.verify_files(last, versions.count_file(last)) is None
        other = versions.count_file(of_version(10 - number))
        assert versions.verify_files(last, other) == "format"


def test_what_could_have_changed_the_topic_is_verified_where_it_is_given(toy):
    bundle, result = of_version(1), versions.count_file(of_version(1))
    counted = parsed(sensible())
    known = FIRST.robustness(counted, count(counted)).to_json()
    assert versions.verify_files(bundle, result, known) is None
    changed = json.dumps(json.loads(known) | {"topic": "another"}).encode()
    assert versions.verify_files(bundle, result, changed) == "topic"
    other = json.dumps({"format": toy.robustness_format}).encode()
    assert versions.verify_files(bundle, result, other) == "format"
    another = json.dumps(json.loads(result) | {"seed": "00" * 32}).encode()
    assert versions.verify_files(bundle, another, known) is not None


def test_the_toy_is_gone_afterwards():
    assert versions.known() == (FIRST, SECOND)
    assert refused(versions.of_bundle, of_version(9)) == (
        "bundle.json",
        {"path": "format", "reason": "version"},
    )


def test_commands_refuse_a_version_that_is_not_known(place):
    sentence = "format: is of a version that this program does not know"
    done = run("count", place / "bundle-10.json", "--out", place / "result.json")
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"error: bundle.json: {sentence}\n")
    assert not (place / "result.json").exists()
    (place / "result-10.json").write_text('{"format": "consulta-result/10"}')
    done = run("verify", place / "bundle-1.json", place / "result-10.json")
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"error: result.json: {sentence}\n")


@pytest.mark.parametrize("said", [None, 7, "consulta-result/1", "bundle"])
def test_what_says_no_version_is_refused_by_the_first_reader_as_before(said):
    bundle = {**sensible(), "format": said}
    assert refused(versions.count_file, encoded(bundle)) == refused(FIRST.read, encoded(bundle))


def test_what_is_no_json_is_refused_as_that():
    for data in (b"{", b'{"format": "consulta-bundle/10", '):
        assert refused(versions.count_file, data)[1]["reason"] == "json"


def test_the_format_may_stand_anywhere():
    bundle = sensible()
    last = {**{name: part for name, part in bundle.items() if name != "format"}, "format": bundle["format"]}
    assert versions.of_bundle(json.dumps(last).encode()) is FIRST


def test_stored_rules_say_their_version(toy):
    assert versions.of_rules({}) is FIRST
    assert versions.of_rules({"version": 2}) is SECOND
    assert versions.of_rules({"version": 9}) is toy
    for number in (10, True, "2"):
        assert refused(versions.of_rules, {"version": number})[1]["path"] == "rules.version"


def test_a_number_is_taken_once():
    again = replace(TOY, number=1)
    with pytest.raises(ValueError, match="version 1"), versions.registered(again):
        pass
    assert versions.known() == (FIRST, SECOND)

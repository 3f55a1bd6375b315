"""The dossier is written whole, and no claim of it is without what it names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml
from click.testing import CliRunner

from consulta.platform.data import tongues
from consulta.platform.models import Base
from consulta.platform.models.base import tables
from consulta.shell.cli import dossier, main
from tests.cases import for_each

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


WHOSE = (
    *("--repository", "https://git.example.org/consulta.git"),
    *("--maintainer", "Ana Prueba <ana@example.org>"),
)
LEVELS = {"supports", "partially-supports", "not-applicable", "not-evaluated"}


def test_every_claim_has_its_test_or_file() -> None:
    assert len(dossier.claims()) > 20
    assert dossier.unfounded() == []
    public = dossier._read("publiccode.toml")
    assert {len(each["features"].splitlines()) for each in public["description"].values()} == {
        len(public["evidence"])
    }
    for each in dossier._read("indicators.toml")["indicators"]:
        held = any(dossier.TEST.fullmatch(one) for one in each["evidence"])
        assert held or each.get("owner"), f"no test holds {each['name']}"


@for_each("claim", ["tests/shell/cli/test_dossier.py::test_no_such", "docs/none.md", "tests/none.py::test_x"])
def test_a_claim_without_its_evidence_is_refused(
    claim: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossier, "claims", lambda: ["README.md", claim])
    done = CliRunner().invoke(main, ["dossier", str(tmp_path / "out"), *WHOSE])
    assert (done.exit_code, claim in done.output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_it_is_written_whole(tmp_path: Path) -> None:
    # Importing it compiles a grammar, in each process that collects the tests.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    done = CliRunner().invoke(main, ["dossier", str(tmp_path), *WHOSE, "--owner", "Red de Prueba"])
    assert done.exit_code == 0, done.output
    report = yaml.safe_load((tmp_path / "accessibility.yaml").read_text("utf-8"))
    criteria = [each for chapter in report["chapters"].values() for each in chapter["criteria"]]
    assert len(criteria) == len({each["num"] for each in criteria}) == 55, "levels A and AA of WCAG 2.2"
    told = {each["num"]: each["components"][0]["adherence"] for each in criteria}
    assert {each["level"] for each in told.values()} == LEVELS
    assert all(each["notes"] for each in told.values())
    held = ["Held by: tests/" in each["notes"] for each in told.values()]
    assert held == [each["level"] != "not-evaluated" for each in told.values()]
    assert sum(held) > 45
    assert {"title", "product", "author", "catalog"} <= report.keys()
    assert report["author"] == {"name": "Ana Prueba", "email": "ana@example.org"}
    text = (tmp_path / "sbom.cdx.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    spoilt = json.dumps(bill | {"components": [{"type": "library"}]})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(spoilt) is not None, "it looks"
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    assert (scopes["flask"], scopes["weasyprint"]) == ("required", "optional")
    assert "pytest" not in scopes
    _require_licences(bill)
    _require_tables(tmp_path)
    goods = (tmp_path / "digital-public-goods.md").read_text("utf-8")
    for part in (*(f"## {number}. " for number in range(1, 10)), "## 9a. ", "## 9b. ", "## 9c. "):
        assert goods.count(part) == 1
    assert "Owner: Red de Prueba." in goods
    assert goods.count("No evidence in the repository.") == 1, "who owns it"
    _require_publiccode(yaml.safe_load((tmp_path / "publiccode.yml").read_text("utf-8")))


def _require_licences(bill: dict[str, Any]) -> None:
    licences = {each["name"]: each["licenses"][0] for each in bill["components"]}
    assert (licences["flask"], licences["zxcvbn"]) == (
        {"expression": "BSD-3-Clause"},
        {"license": {"name": "MIT"}},
    )
    untold = [name for name, said in licences.items() if said == {"license": {"name": ""}}]
    assert untold == [], "read their file LICENSE, and name them in LICENCES of consulta/shell/cli/dossier.py"


def _require_tables(folder: Path) -> None:
    record = (folder / "record-of-processing.md").read_text("utf-8")
    assert all((f"## {each.name}:" in record) == bool(each.people) for each in tables(Base))
    assert "90 days after its last use (`CONSULTA_KEEP_MAIL_TEXTS`)" in record
    inputs = (folder / "impact-assessment.md").read_text("utf-8")
    assert all(each.people in inputs for each in tables(Base))
    assert inputs.count("tests/") > 50


def _require_publiccode(said: dict[str, Any]) -> None:
    """What version 0.4 of the standard requires, and its limits of length and its lists."""
    assert said["publiccodeYmlVersion"] == "0.4"
    assert said["url"] == "https://git.example.org/consulta.git"
    assert said["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert said["softwareType"] in {"standalone/web", "standalone/backend", "standalone/other"}
    assert said["name"]
    assert said["platforms"]
    assert set(said["intendedAudience"]["scope"]) <= {"foreign-affairs", "society"}
    assert set(said["categories"]) <= {"digital-citizenship", "data-collection", "event-management"}
    languages = set(tongues.codes())
    assert set(said["localisation"]["availableLanguages"]) == languages
    missing = languages ^ set(said["description"])
    assert not missing, (
        f"consulta/platform/data/dossier/publiccode.toml: no description in {missing}, or no language"
    )
    for each in said["description"].values():
        assert 0 < len(each["shortDescription"]) <= 150
        assert 150 <= len(each["longDescription"]) <= 10_000
        assert len(each["features"]) > 2
        assert all(len(one) <= 100 for one in each["features"])
    assert said["legal"] == {"license": "Apache-2.0", "mainCopyrightOwner": "Red de Prueba"}
    assert said["maintenance"]["type"] == "community"
    assert said["maintenance"]["contacts"] == [{"name": "Ana Prueba", "email": "ana@example.org"}]
    assert isinstance(said["localisation"]["localisationReady"], bool)


def test_the_accessibility_statement_names_what_is_not_held() -> None:
    statement = (dossier.ROOT / "docs" / "accessibility.md").read_text("utf-8")
    read = dossier._read("accessibility.toml")
    partly = {name for name, each in read["criteria"].items() if each["level"] == "partially-supports"}
    named = set(re.findall(r"\d\.\d\.\d+", statement))
    assert named == {*read["left"], *partly}, "docs/accessibility.md"


def test_the_one_of_the_repository_says_the_same() -> None:
    there = yaml.safe_load((dossier.ROOT / "publiccode.yml").read_text("utf-8"))
    made = json.loads(
        dossier.publiccode(dossier.Publisher("https://git.example.org/c", "Ana", "a@example.org"))
    )
    assert {"url", "maintenance", "legal"} <= there.keys()
    of_publisher = {"url", "maintenance", "legal", "softwareVersion", "releaseDate"}
    assert {name: value for name, value in there.items() if name not in of_publisher} == {
        name: value for name, value in made.items() if name not in of_publisher
    }, "write publiccode.yml anew: it says how"


@for_each(
    "given, code",
    [
        ([], "dossier.repository"),
        (["--repository", "git@example.org:consulta"], "dossier.repository"),
        (["--repository", "https://git.example.org/consulta.git"], "dossier.maintainer"),
        (
            ["--repository", "https://git.example.org/c", "--maintainer", "ana@example.org"],
            "dossier.maintainer",
        ),
    ],
)
def test_what_the_repository_cannot_know_is_asked_for(given: list[str], code: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["dossier", str(tmp_path / "out"), *given])
    assert (done.exit_code, code in done.output, "--" in done.output) == (2, True, True)
    assert not (tmp_path / "out").exists()

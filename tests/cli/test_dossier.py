"""The dossier is written whole, and no claim of it is without what it names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from consulta.cli import dossier, main
from consulta.retention.table import TABLE

if TYPE_CHECKING:
    from pathlib import Path


def test_every_claim_has_its_test_or_file() -> None:
    assert len(dossier.claims()) > 20
    assert dossier.unfounded() == []


@pytest.mark.parametrize(
    "claim", ["tests/cli/test_dossier.py::test_no_such", "docs/none.md", "tests/none.py::test_x"]
)
def test_a_claim_without_its_evidence_is_refused(
    claim: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossier, "claims", lambda: ["README.md", claim])
    done = CliRunner().invoke(main, ["dossier", str(tmp_path / "out")])
    assert (done.exit_code, claim in done.output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_it_is_written_whole(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["dossier", str(tmp_path)])
    assert done.exit_code == 0, done.output
    report = yaml.safe_load((tmp_path / "accessibility.yaml").read_text("utf-8"))
    criteria = [each for chapter in report["chapters"].values() for each in chapter["criteria"]]
    assert len(criteria) == len({each["num"] for each in criteria}) == 55, "levels A and AA of WCAG 2.2"
    told = {each["num"]: each["components"][0]["adherence"] for each in criteria}
    assert all((each["level"] == "not-evaluated") == (each["notes"] == "") for each in told.values())
    bill = json.loads((tmp_path / "sbom.cdx.json").read_text("utf-8"))
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    assert (scopes["flask"], scopes["weasyprint"]) == ("required", "optional")
    assert "pytest" not in scopes
    record = (tmp_path / "record-of-processing.md").read_text("utf-8")
    assert all((f"## {each.name}:" in record) == bool(each.people) for each in TABLE)
    inputs = (tmp_path / "impact-assessment.md").read_text("utf-8")
    assert all(each.people in inputs for each in TABLE)
    assert inputs.count("tests/") > 50
    assert "## 9. Do no harm" in (tmp_path / "digital-public-goods.md").read_text("utf-8")

"""The command that writes what an IT department asks for, from the repository itself."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from email.utils import parseaddr
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from consulta import __version__
from consulta.platform.data import tongues
from consulta.platform.formats import lockfile
from consulta.platform.models import Base
from consulta.platform.models.base import tables
from consulta.platform.paths import PACKAGE, in_checkout
from consulta.platform.settings import KEPT
from consulta.shell.cli.output import fail, now

ROOT = PACKAGE.parent
DATA = PACKAGE / "platform" / "data" / "dossier"
METHODS = (
    "Tests in a real browser (axe, keyboard, sizes, spacing), and of templates, styles and scripts."
    " No person with a disability and no screen reader took part."
)
RECORD = """\
# Record of processing

Made from consulta/platform/models. Periods are the defaults; each is a setting of the
installation, which stands beside it. No column is missing:
`tests/operations/retention/test_table.py::test_a_column_with_words_says_what_becomes_of_it`.
The worker erases:
`tests/operations/retention/test_periods.py::test_what_served_goes_after_its_notice_and_the_check_holds`.

## What the program cannot know

The body that runs it adds: its name and contact and that of its data protection officer, the legal basis, who
the processors are (the machine, the mail server, the place of backups), transfers to other countries, and who
reads the mailbox of answers. Nothing leaves the machine but mail, what is published, and backups where they
are copied. Measures of security: SECURITY.md and docs/operate.md.
"""
LICENCES = {"axe-playwright-python": "MIT License", "brotlicffi": "MIT License", "pyrage": "MIT License"}
"""What the file LICENSE of a package says whose metadata say nothing, or that CPython does not install."""
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")


@dataclass(frozen=True, slots=True)
class Publisher:
    """What the repository cannot say of itself: its address, who keeps it, and who owns it."""

    repository: str
    name: str
    email: str
    owner: str = ""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--repository", default="", metavar="URL", help="Public address of the repository: https://…")
@click.option("--maintainer", default="", metavar="MAILBOX", help='Who keeps it: "Name <name@example.org>".')
@click.option("--owner", default="", metavar="NAME", help="The legal owner, where there is one by now.")
def dossier(folder: Path, repository: str, maintainer: str, owner: str) -> None:
    """Write into FOLDER, from a checkout: accessibility, processing of data, components, indicators."""
    if not in_checkout():
        fail("dossier.checkout", "the dossier rests on the tests: run it in a checkout of consulta")
    publisher = _publisher(repository, maintainer, owner)
    missing = unfounded()
    if missing:
        fail("dossier.claim", f"not in this checkout: {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "accessibility.yaml": accessibility(publisher),
        "publiccode.yml": publiccode(publisher),
        "sbom.cdx.json": json.dumps(components(), indent=1) + "\n",
        "record-of-processing.md": processing(),
        "impact-assessment.md": assessment(),
        "digital-public-goods.md": indicators(publisher),
    }
    for name, content in parts.items():
        (folder / name).write_text(content, "utf-8")
        click.echo(folder / name)


def _publisher(repository: str, maintainer: str, owner: str) -> Publisher:
    """Return who publishes it; end the program where address or mailbox are missing or none."""
    parts = urlsplit(repository.strip())
    if parts.scheme != "https" or not parts.hostname or not parts.path.strip("/"):
        fail(
            "dossier.repository",
            "publiccode.yml names the public address of the repository, and nothing was written without it:"
            " --repository https://git.example.org/consulta.git",
        )
    name, email = parseaddr(maintainer)
    if not name.strip() or "@" not in email:
        fail(
            "dossier.maintainer",
            "publiccode.yml and the accessibility report name who keeps the program, and nothing was written"
            ' without it: --maintainer "Name <name@example.org>"',
        )
    return Publisher(repository.strip(), name.strip(), email, owner.strip())


def claims() -> list[str]:
    """Return all evidence that the dossier names: files, folders, and tests."""
    criteria = _read("accessibility.toml")["criteria"].values()
    named = [each for criterion in criteria for each in criterion["tests"]]
    named += _read("publiccode.toml")["evidence"]
    return named + [each for one in _read("indicators.toml")["indicators"] for each in one["evidence"]]


def unfounded() -> list[str]:
    """Return what is named as evidence and is not in this checkout."""
    return [each for each in claims() if not _is_there(each)]


def _is_there(evidence: str) -> bool:
    test = TEST.fullmatch(evidence)
    if test is None:
        return (ROOT / evidence).exists()
    file = ROOT / test[1]
    return file.is_file() and f"\ndef {test[2]}(" in file.read_text("utf-8")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text("utf-8"))


def accessibility(publisher: Publisher) -> str:
    """Return the conformance report in the form of OpenACR; JSON strings are YAML too."""
    read = _read("accessibility.toml")
    lines = [
        "title: consulta, accessibility conformance report",
        "catalog: 2.5-edition-wcag-2.2-en",
        f"product: {{name: consulta, version: {json.dumps(__version__)}}}",
        f"author: {{name: {json.dumps(publisher.name)}, email: {json.dumps(publisher.email)}}}",
        f"repository: {json.dumps(publisher.repository)}",
        "license: Apache-2.0",
        f"report_date: {json.dumps(now().date().isoformat())}",
        f"evaluation_methods_used: {json.dumps(METHODS)}",
        "chapters:",
    ]
    for level, chapter in (("A", "success_criteria_level_a"), ("AA", "success_criteria_level_aa")):
        lines += [f"  {chapter}:", "    criteria:"]
        for number in read["names"][level].split():
            found = read["criteria"].get(number)
            kept = found["level"] if found else "not-evaluated"
            notes = f"{found['says']} Held by: {', '.join(found['tests'])}" if found else read["left"][number]
            lines += [
                f"      - num: {json.dumps(number)}",
                "        components:",
                "          - name: web",
                f"            adherence: {{level: {kept}, notes: {json.dumps(notes)}}}",
            ]
    return "\n".join(lines) + "\n"


def components() -> dict[str, Any]:
    """Return the bill of materials of an installation, in the form of CycloneDX 1.6."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = lockfile.read((ROOT / "requirements.lock").read_text("utf-8"))
    roots = lockfile.roots(project)
    always = {
        each.name for each in lockfile.needed(packages, {name for name, extra in roots.items() if not extra})
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "consulta",
                "name": "consulta",
                "version": __version__,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": f"pkg:pypi/{each.name}@{each.version}",
                "name": each.name,
                "version": each.version,
                "purl": f"pkg:pypi/{each.name}@{each.version}",
                "licenses": [_licence(each.name)],
                "scope": "required" if each.name in always else "optional",
                "properties": [{"name": "consulta:sha256", "value": digest} for digest in each.hashes],
            }
            for each in lockfile.needed(packages, set(roots))
        ],
    }


def _licence(name: str) -> dict[str, Any]:
    """Return the licence of a package in the form of CycloneDX: an expression of SPDX, else words."""
    said = licence(name)
    return {"expression": said} if _about(name, "License-Expression") else {"license": {"name": said}}


def licence(name: str) -> str:
    """Return the licence that the metadata of an installed package name, as they name it."""
    short = [
        each for each in _about(name, "License-Expression") + _about(name, "License") if "\n" not in each
    ]
    marks = [each.rpartition(" :: ")[2] for each in _about(name, "Classifier") if each.startswith("License")]
    return LICENCES.get(name) or (short or ["; ".join(marks)])[0]


def _about(name: str, field: str) -> list[str]:
    try:
        return [str(each) for each in metadata(name).get_all(field) or ()]
    except PackageNotFoundError:
        return []


def publiccode(publisher: Publisher) -> str:
    """Return publiccode.yml, of version 0.4 of that standard; JSON is YAML too."""
    read = _read("publiccode.toml")
    said = {
        "publiccodeYmlVersion": "0.4",
        "name": "consulta",
        "url": publisher.repository,
        "softwareVersion": __version__,
        "releaseDate": now().date().isoformat(),
        "platforms": ["web"],
        "categories": read["categories"],
        "developmentStatus": read["status"],
        "softwareType": read["type"],
        "intendedAudience": {"scope": read["scope"]},
        "description": {
            language: {
                "shortDescription": each["short"],
                "longDescription": each["long"],
                "features": each["features"].splitlines(),
            }
            for language, each in read["description"].items()
        },
        "legal": {"license": "Apache-2.0"}
        | ({"mainCopyrightOwner": publisher.owner} if publisher.owner else {}),
        "maintenance": {
            "type": "community",
            "contacts": [{"name": publisher.name, "email": publisher.email}],
        },
        "localisation": {"localisationReady": True, "availableLanguages": list(tongues.codes())},
    }
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def processing() -> str:
    """Return the record of processing: each table that tells of people, with what becomes of its columns."""
    lines = [*RECORD.splitlines(), ""]
    for table in tables(Base):
        if not table.people:
            continue
        lines += [
            f"## {table.name}: {table.people}",
            "",
            table.purpose,
            "",
            "| columns | what becomes of them | when |",
        ]
        lines += ["| --- | --- | --- |"]
        for fate, columns in table.fates.items():
            setting = f"CONSULTA_KEEP_{fate.kind.upper()}"
            when = fate.until or f"{KEPT[fate.kind]} days after its last use (`{setting}`)"
            lines.append(f"| {', '.join(columns)} | {fate.fate} | {when} |")
        lines.append("")
    return "\n".join(lines)


def assessment() -> str:
    """Return inputs of an impact assessment: whose data, where, and what holds on which bad day."""
    lines = ["# Inputs of a data protection impact assessment", "", "## Whose data", ""]
    for people in sorted({table.people for table in tables(Base) if table.people}):
        named = ", ".join(table.name for table in tables(Base) if table.people == people)
        lines += [f"* {people}: {named}"]
    lines += ["", "What becomes of each column: record-of-processing.md.", "", "## What can go wrong", ""]
    days = (ROOT / "docs" / "bad-days.md").read_text("utf-8").splitlines()
    lines += [line for line in days if line.startswith("|")]
    left = "## For the body that runs it to say"
    lines += ["", left, "", "Legal basis, necessity, processors and transfers, and who was consulted.", ""]
    return "\n".join(lines)


def indicators(publisher: Publisher) -> str:
    """Return the indicators of the Digital Public Goods Standard, each with its evidence."""
    lines = ["# Digital Public Goods Standard", ""]
    for each in _read("indicators.toml")["indicators"]:
        owned = publisher.owner and each.get("owner")
        lines += [f"## {each['name']}", "", f"Owner: {publisher.owner}." if owned else each["says"], ""]
        lines += [f"* {one}" for one in each["evidence"]] or ["No evidence in the repository."]
        lines.append("")
    return "\n".join(lines)

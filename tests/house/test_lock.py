"""requirements.lock pins what pyproject.toml asks for, with a digest each, for every Python we promise."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.cases import for_each
from tests.house.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ENTRY = re.compile(
    r"^(?P<pin>[a-z0-9].+?) \\\n(?P<hashes>(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
PYTHONS = ("3.11", "3.13")


def pins(python: str) -> dict[str, str]:
    """Name and version of everything installed on Linux with this Python."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    found: dict[str, str] = {}
    for entry in ENTRY.finditer(LOCK):
        requirement = Requirement(entry["pin"])
        if requirement.marker is None or requirement.marker.evaluate(environment):
            assert canonicalize_name(requirement.name) not in found
            found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def asked() -> Iterator[Requirement]:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    lists = [project["dependencies"], *project["optional-dependencies"].values(), *groups.values()]
    lists.append(PROJECT["build-system"]["requires"])
    for each in lists:
        yield from (Requirement(line) for line in each if isinstance(line, str))


@for_each("python", PYTHONS)
def test_everything_asked_for_is_pinned(python: str) -> None:
    found = pins(python)
    wrong = [
        str(one) for one in asked() if not one.specifier.contains(found.get(canonicalize_name(one.name), "0"))
    ]
    assert wrong == [], "run make lock"


def test_every_pin_has_its_digests() -> None:
    entries = [line for line in LOCK.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(entries) == len(ENTRY.findall(LOCK)) > 50


def test_the_lock_names_no_address() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^-", LOCK, re.MULTILINE)

"""Who may import whom: each contract of pyproject.toml holds, and breaks for one forbidden import.

The forbidden imports are derived from the contracts themselves, and each is added alone to a copy of the
graph of all imports, those under `TYPE_CHECKING` included. A few are written into a copy of the
sources, to show that the linter sees there what it sees in the graph.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import grimp
import pytest
from importlinter import api
from importlinter.application import use_cases
from importlinter.domain.contract import registry

from tests.deep import DEEP
from tests.house.source import PACKAGE, ROOT, calls, modules
from tools.contracts import ALWAYS, ARROW, PublicModulesContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = ROOT / "pyproject.toml"
READ = api.read_configuration(str(SETTINGS))
CONTRACTS: dict[str, dict[str, Any]] = {each["name"]: each for each in READ["contracts_options"]}
READS = re.compile(r"(?:\w+\.)+session\.(?:get|get_one|scalar|scalars|execute|query|stream)")
TRIED = 3  # forbidden imports of a contract, at most, in `make test`
PUBLIC = "Features are reached by what they make public"
GROUND = {"addresses", "ballots", "door", "mailer", "rounds"}
"""Features whose queries use cases of all others may read (decision 42)."""

use_cases._register_built_in_contract_types()
registry.register(PublicModulesContract, "public_modules")


@cache
def graph() -> grimp.ImportGraph:
    """Return the graph of all imports of the program, made once."""
    return grimp.build_graph("consulta", include_external_packages=True, cache_dir=None)


def is_kept(contract: dict[str, Any], importer: str = "", imported: str = "") -> bool:
    """Return the linter's verdict on the program, with one more module, or with one more import."""
    changed = deepcopy(graph())
    if imported:
        changed.add_import(importer=importer, imported=imported)
    elif importer:
        changed.add_module(importer)
    made = registry.get_contract_class(contract["type"])(contract["name"], READ["session_options"], contract)
    return bool(made.check(changed, verbose=False).kept)


def matching(expression: str, *, as_packages: bool) -> list[str]:
    """Return the modules that an expression names, in order: `*` is one part, `**` any number."""
    steps = {"*": r"[^.]+", "**": r".+"}
    parts = [steps.get(part) or re.escape(part) for part in expression.split(".")]
    pattern = re.compile(r"\.".join(parts) + (r"(\..+)?" if as_packages else ""))
    return sorted(name for name in graph().modules if pattern.fullmatch(name))


def forbidden(contract: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield imports (importer, imported) that a contract forbids; a module alone lacks a layer."""
    kinds = {"layers": _upwards, "protected": _from_outside, "forbidden": _listed, "public_modules": _private}
    return kinds[contract["type"]](contract)


def _upwards(contract: dict[str, Any]) -> Iterator[tuple[str, str]]:
    (container,) = contract["containers"]
    above: list[str] = []
    for layer in contract["layers"]:
        names = [f"{container}.{name.strip()}" for name in re.split(r"[|:]", layer)]
        yield from ((name, above[0]) for name in names if above)
        if "|" in layer:
            yield from ((one, other) for one in names for other in names if one != other)
        above = names
    yield f"{container}.trespass", ""


def _from_outside(contract: dict[str, Any]) -> Iterator[tuple[str, str]]:
    as_packages = contract.get("as_packages", "True") == "True"
    inside: set[str] = set()
    for expression in contract["allowed_importers"] + contract["protected_modules"]:
        inside.update(matching(expression, as_packages=as_packages))
    outside: dict[str, str] = {}  # one module of each feature
    for name in sorted(graph().modules):
        if name.startswith("consulta.") and name not in inside:
            outside.setdefault(name.split(".")[1], name)
    listed = {tuple(each.split(" -> ")) for each in contract.get("ignore_imports", ())}
    for expression in contract["protected_modules"]:
        target = matching(expression, as_packages=False)[0]
        yield from ((name, target) for name in outside.values() if (name, target) not in listed)


def _listed(contract: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for source in contract["source_modules"]:
        for target in contract["forbidden_modules"]:
            found = matching(target, as_packages=False) or [target]
            yield matching(source, as_packages=False)[0], found[0]


def _private(contract: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield an import of each module that is public to none or to others; queries by `worker` too."""
    listed = dict(each.split(ARROW) for each in contract["public"])
    others = contract["not_features"]
    for name in sorted(graph().modules):
        _, _, module = name.partition("consulta.")
        feature, _, inner = module.partition(".")
        if not inner or feature in others or inner in ALWAYS or listed.get(module) == "*":
            continue
        who = "practice" if "practice" not in {feature, *listed.get(module, "").split(", ")} else "minutes"
        yield f"consulta.{who}", name
        if "queries" in inner.split("."):
            yield "consulta.worker", name


def some(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what `make test` tries of the imports that a contract forbids, evenly spread."""
    return pairs if DEEP else pairs[:: -(len(pairs) // TRIED + 1)]


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contract_holds_and_breaks_for_each_import_that_it_forbids(name: str) -> None:
    contract = CONTRACTS[name]
    assert is_kept(contract)
    tried = some(list(forbidden(contract)))
    assert any(imported for _, imported in tried)
    if name == PUBLIC:
        return  # `test_a_module_that_is_not_public_is_refused_with_the_list_that_names_it` tries all at once
    assert [pair for pair in tried if is_kept(contract, *pair)] == []


def test_each_feature_has_its_contracts() -> None:
    features = {
        path.parent.name for path in PACKAGE.glob("*/*") if path.stem in {"pages", "queries", "service"}
    }
    several = {name for name in features if len(graph().find_children(f"consulta.{name}")) > 1}
    assert {f"Inside {name}" for name in several} == {
        name for name in CONTRACTS if name.startswith("Inside ") and name != "Inside the core"
    }, "each feature of several modules has a contract `Inside …` of its layers in pyproject.toml"


ADDED = [
    ("sessions.service", "voting.casting"),
    ("follow_up.calls", "results.tallying"),
    ("follow_up.pages.calls", "results.pages.letter"),
    ("own_data.forms", "evaluation.forms"),
    ("own_data.service", "members.queries"),
    ("worker", "members.queries"),
]


def test_a_module_that_is_not_public_is_refused_with_the_list_that_names_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    added = [tuple(f"consulta.{each}" for each in pair) for pair in ADDED]
    added += forbidden(CONTRACTS[PUBLIC])
    changed = deepcopy(graph())
    for importer, imported in added:
        changed.add_import(importer=importer, imported=imported)
    contract = PublicModulesContract(PUBLIC, READ["session_options"], CONTRACTS[PUBLIC])
    check = contract.check(changed, verbose=False)
    assert not check.kept
    told = {" -> ".join(each.removeprefix("consulta.") for each in pair) for pair in added}
    assert {*check.metadata["unlisted"]} == told
    contract.render_broken_contract(check)
    said = " ".join(capsys.readouterr().out.split())
    assert all(f"- {importer} -> {imported}: not public" in said for importer, imported in ADDED)
    assert f"in `public` of the contract `{PUBLIC}` in pyproject.toml: `module <- feature`" in said
    more = [*CONTRACTS[PUBLIC]["public"], "voting.casting <- reasons, sessions", "members.plan <- voting"]
    opened = PublicModulesContract(PUBLIC, READ["session_options"], CONTRACTS[PUBLIC] | {"public": more})
    found = opened.check(changed, verbose=False).metadata
    assert "sessions.service -> voting.casting" not in found["unlisted"], "a line in the list allows it"
    assert found["stale"] == ["members.plan <- voting"], "and one that allows nothing is told"


def test_queries_are_open_to_whom_decision_42_names() -> None:
    listed = (each.split(ARROW) for each in CONTRACTS[PUBLIC]["public"])
    opened = {(module.partition(".")[0], who) for module, who in listed if ".queries" in module}
    assert {each for each in opened if each[0] not in GROUND} == {
        ("proposals", "nominees"),
        ("theme_proposals", "theme_review"),
    }, "docs/architecture.md and decision 42 say which queries others may read"


def test_rows_are_read_in_queries_alone() -> None:
    """The database is asked in queries, in `infra`, and where the contract of SQLAlchemy says so."""
    protected = CONTRACTS["SQLAlchemy is for queries and infra"]
    listed = {each.split(" -> ")[0] for each in protected["ignore_imports"]}
    found = set()
    for path, tree in modules():
        name = "consulta." + path.removesuffix(".py").replace("/", ".")
        if name.startswith("consulta.infra.") or "queries" in name.split("."):
            continue
        found |= {name for called, _ in calls(tree) if READS.fullmatch(called)}
    assert found <= listed, "move what reads rows into the queries of its feature"
    assert all(READS.fullmatch(f"work.session.{verb}") for verb in ("get", "scalars", "execute"))


IN_CORE = [
    ("trust.chance", "counting.bundle", "Inside the core"),
    ("disclosure.blur", "panel.rules", "Inside the core"),
    ("texts", "panel.choose", "Inside the core"),
    ("reading", "values", "Inside the core"),
    ("panel.rows", "counting.tally", "The panel knows the result of a count"),
    ("panel.choose", "counting.effects", "The panel knows the result of a count"),
    ("counting.tally", "panel.choose", "The count asks for a panel and checks its rules"),
    ("counting.count", "panel.votes", "The count asks for a panel and checks its rules"),
]


def test_folders_of_the_core_have_an_order() -> None:
    kept = [
        (a, b) for a, b, name in IN_CORE if is_kept(CONTRACTS[name], *(f"consulta.core.{x}" for x in (a, b)))
    ]
    assert kept == []


def circles(of: grimp.ImportGraph) -> list[str]:
    """Return a circle of imports; an empty list where there is none. Imports for types count."""
    try:
        TopologicalSorter({name: of.find_modules_directly_imported_by(name) for name in of.modules}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_there_is_no_import_circle_and_none_of_types() -> None:
    assert circles(graph()) == []


def test_a_circle_of_types_would_be_found() -> None:
    changed = deepcopy(graph())
    changed.add_import(importer="consulta.core.texts", imported="consulta.core.counting.bundle")
    assert "consulta.core.texts" in circles(changed)
    for_types = {"importer": "consulta.mailer.kinds", "imported": "consulta.infra.models"}
    run = grimp.build_graph("consulta", exclude_type_checking_imports=True, cache_dir=None)
    assert graph().direct_import_exists(**for_types)
    assert not run.direct_import_exists(**for_types)


# No contract sees a module that is named in a text.
BY_TEXT = {
    "cli/__init__.py": "a command is read when it is called, so that `--help` is quick",
    "door/purposes.py": "purposes of links stand in features above it, as kinds of mail do",
    "formats/document.py": "WeasyPrint is an extra that may be missing",
    "formats/document_child.py": "the same",
    "links/pages/door.py": "the page of a purpose is that of a feature above",
    "mailer/kinds.py": "kinds stand in features above the outbox, which asks for one by name (decision 41)",
}


def test_modules_named_in_a_text_are_listed() -> None:
    found = {
        path
        for path, tree in modules()
        for name, _ in calls(tree)
        if name.rpartition(".")[2] in {"import_module", "__import__"}
    }
    assert found == set(BY_TEXT)


TRESPASSES = [
    ("rounds/service.py", "if TYPE_CHECKING:\n    from consulta import voting", "Features"),
    ("voting/service.py", "from consulta.voting import pages", "Inside voting"),
    ("voting/service.py", "import sqlalchemy", "SQLAlchemy is for queries and infra"),
    ("sessions/service.py", "from consulta.voting import casting", PUBLIC),
    ("core/trespass.py", "from consulta import data", "The core knows no lists and no framework"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("place", "line", "contract"), TRESPASSES, ids=lambda value: value.replace(" ", "-"))
def test_the_linter_sees_it_in_the_sources(tmp_path: Path, place: str, line: str, contract: str) -> None:
    copy = tmp_path / "consulta"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
    target = copy / place
    before = target.read_text("utf-8") if target.exists() else ""
    target.write_text(f"{before}\n{line}\n", "utf-8")
    program = "from importlinter.cli import lint_imports_command as run; run()"
    linted = subprocess.run(
        [sys.executable, "-c", program, str(SETTINGS), "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode != 0
    assert any(contract in said and "BROKEN" in said for said in linted.stdout.splitlines()), linted.stdout

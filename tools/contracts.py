"""A contract of import-linter: a feature is reached by its service, its values and listed modules.

The list is `public` of the contract `Features are reached by what they make public` in `pyproject.toml`, one
line a module: `voting.casting <- reasons`. `*` on the right opens a module to all features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grimp import ImportGraph

ALWAYS = {"service", "values"}
"""Modules of a feature that all others may use."""
ROWS = "queries"
EVERYBODY = "*"
ARROW = " <- "


class PublicModulesContract(Contract):
    """Direct imports of one feature by another lead to its service, its values, or a listed module.

    Options:
        - `package`: the package whose folders are the features;
        - `not_features`: its other folders and modules, which are refused the queries of features alone;
        - `public`: the list.
    """

    package = fields.StringField()
    not_features = fields.ListField(subfield=fields.StringField())
    public = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - the linter's signature
        """Return which imports are not listed, and which lines of the list are not used."""
        package, others = str(self.package), set(cast("list[str]", self.not_features))
        listed: dict[str, set[str]] = {}
        for each in cast("list[str]", self.public):
            module, _, who = each.partition(ARROW)
            listed.setdefault(module, set()).update(who.split(", "))
        unlisted, used = [], set()
        for importer, imported in _between(graph, package, others):
            whose, allowed = importer.partition(".")[0], listed.get(imported, set())
            if imported.partition(".")[2] in ALWAYS:
                continue
            if allowed & {whose, EVERYBODY}:
                used |= {(imported, each) for each in allowed & {whose, EVERYBODY}}
            elif whose not in others or ROWS in imported.split("."):
                unlisted.append(f"{importer} -> {imported}")
        stale = sorted({(module, who) for module in listed for who in listed[module]} - used)
        return ContractCheck(
            kept=not unlisted and not stale,
            metadata={"unlisted": sorted(unlisted), "stale": [ARROW.join(each) for each in stale]},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what is wrong, and which list to edit."""
        for each in check.metadata["unlisted"]:
            output.print_error(f"- {each}: not public")
        for each in check.metadata["stale"]:
            output.print_error(f"- {each}: no such import any more, take it out of the list")
        output.new_line()
        output.print_error(
            "Use the feature's service or values. Where another module is meant for others, name who uses it"
            f" in `public` of the contract `{self.name}` in pyproject.toml: `module{ARROW}feature`.",
        )


def _between(graph: ImportGraph, root: str, others: set[str]) -> Iterator[tuple[str, str]]:
    """Yield importer and imported of each import that leads into another feature, without the package."""
    for name in graph.modules:
        package, _, importer = name.partition(".")
        if package != root or not importer:
            continue
        for each in graph.find_modules_directly_imported_by(name):
            package, _, imported = each.partition(".")
            feature, _, module = imported.partition(".")
            if package == root and module and feature not in {*others, importer.partition(".")[0]}:
                yield importer, imported

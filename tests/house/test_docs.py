"""What can be set, called and made is written down, and what is written down exists."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import click

from consulta.shell import cli
from tests.house.source import ROOT, files, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = re.compile(r"\bCONSULTA_[A-Z_]+\b")
FOR_TESTS = re.compile(r"\bCONSULTA_TEST_[A-Z_]+\b")
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)
PAGES = sorted(path for path in files() if path.suffix == ".md")
GUIDE = ROOT / "docs" / "operate.md"


def documentation() -> str:
    return "\n".join(path.read_text("utf-8") for path in PAGES)


def test_every_setting_is_explained_and_every_explained_setting_is_read() -> None:
    read = {
        name
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in VARIABLE.findall(node.value)
        if node.value == name and not name.endswith("_")  # not the beginning that names share
    }
    explained = set(VARIABLE.findall(GUIDE.read_text("utf-8"))) - set(
        FOR_TESTS.findall(GUIDE.read_text("utf-8"))
    )
    assert read
    assert explained == read


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it, groups opened."""
    context = click.Context(cli.main)
    for name in cli.main.list_commands(context):
        command = cli.main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {each}", command.commands[each]) for each in command.commands)
        else:
            yield name, command


def test_every_command_is_explained() -> None:
    said = documentation()
    assert [words for words, _ in commands() if f"consulta {words}" not in said] == []


def test_every_command_says_what_it_does() -> None:
    assert [words for words, command in commands() if not command.help] == []


def test_every_make_target_spoken_of_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    spoken = set(
        re.findall(r"`make ([a-z][a-z-]*)|^\s*(?:\$ )?make ([a-z][a-z-]*)$", documentation(), re.MULTILINE)
    )
    names = {one or other for one, other in spoken}
    assert {"demo", "test", "check"} <= names
    assert names <= targets


def test_links_between_pages_lead_somewhere() -> None:
    dead = []
    for path in PAGES:
        for target in LINK.findall(FENCE.sub("", path.read_text("utf-8"))):
            inside = "" if "://" in target or target.startswith("mailto:") else target.partition("#")[0]
            if inside and not (path.parent / inside).exists():
                dead.append(f"{path.relative_to(ROOT)}: {target}")
    assert dead == []


def test_the_list_of_bad_days_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "bad-days.md").read_text("utf-8"))
    assert named
    there = {
        (path, node.name)
        for path in {path for path, _ in named}
        for node in ast.parse((ROOT / path).read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert set(named) <= there

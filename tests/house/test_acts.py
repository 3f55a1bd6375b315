"""What the log of a round can hold, the desk can say: every act that the program records has its sentence."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from consulta.panel.nominees_import import IMPORTER as NOMINEES
from consulta.people.members_import import IMPORTER as MEMBERS
from consulta.platform import messages
from consulta.platform.messages import ACTS
from consulta.sessions.attendance import IMPORTER as ATTENDANCE
from tests.house.source import calls, modules, nodes, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPORTERS = tuple(each.key for each in (MEMBERS, NOMINEES, ATTENDANCE))
ACT = re.compile(r"[a-z_]+\.[a-z_]+")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# Acts that no round's log has: about people, organisations, seats, rules of the house, mail, the log itself.
ELSEWHERE = frozenset(
    {
        "account",
        "acts",
        "admission",
        "ballot",
        "clock",
        "contacts",
        "corrections",
        "focal_points",
        "institutions",
        "backup",
        "database",
        "practice",
        "members",
        "organiser",
        "people",
        "preset",
        "retention",
        "settings",
        "staff",
    }
)
OF_NO_ROUND = frozenset(
    {
        "mail.paused",
        "mail.resumed",
        "follow_up.handed_out",
    }
)


@cache
def recorded() -> tuple[tuple[str, str, frozenset[str] | None], ...]:
    """Each act with where it is recorded and the names of its details; None where no text names them all."""
    return tuple(_recorded())


def _recorded() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    for path, tree in modules():
        if all(name != "work.record" for name, _call in calls(tree)):
            continue
        for function in (each for each in nodes(tree) if isinstance(each, ast.FunctionDef)):
            for call in nodes(function):
                if isinstance(call, ast.Call) and written(call.func) == "work.record":
                    where = f"{path}:{call.lineno}"
                    acts = _acts(call.args[0], function, tree)
                    assert acts, f"{where}: which act?"
                    yield from ((act, where, _details(call)) for act in acts)


def _acts(named: ast.expr, function: ast.FunctionDef, tree: ast.Module) -> set[str]:
    """The acts that an expression can mean: written there, under its name, or given by a caller."""
    if not isinstance(named, ast.Name):
        return _texts(named)
    parameters = [each.arg for each in function.args.args]
    if named.id in parameters:
        place = parameters.index(named.id)
        given = [call.args[place] for name, call in calls(tree) if name == function.name]
        return {act for each in given for act in _acts(each, function, tree)}
    assigned = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
    assigned += [node for node in tree.body if isinstance(node, ast.Assign)]
    if not any(written(node.targets[0]) == named.id for node in assigned):  # imported
        assigned = [node for _, each in modules() for node in each.body if isinstance(node, ast.Assign)]
    values = [node.value for node in assigned if written(node.targets[0]) == named.id]
    return {act for value in values for act in _texts(value)}


def _texts(tree: ast.AST) -> set[str]:
    if isinstance(tree, ast.JoinedStr):  # an importer's own: f"{self.key}.uploaded"
        return {f"{key}{ast.literal_eval(tree.values[-1])}" for key in IMPORTERS}
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and ACT.fullmatch(value)}


def _details(call: ast.Call) -> frozenset[str] | None:
    if len(call.args) < 3:  # act, subject, details
        return frozenset()
    keys = call.args[2].keys if isinstance(call.args[2], ast.Dict) else [None]
    names = {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return frozenset(names) if len(names) == len(keys) else None


def test_every_act_of_a_round_has_its_sentence() -> None:
    found = {act for act, _, _ in recorded()}
    assert len(found) > 60, "the walk finds what the program records"
    of_rounds = {act for act in found if act.split(".")[0] not in ELSEWHERE} - OF_NO_ROUND
    assert of_rounds - set(ACTS) == set(), "no sentence in log.toml of a wing"
    assert set(ACTS) & found - of_rounds == set(), (
        "log.toml of a wing: a sentence for what is recorded, but of no round, says"
        " ELSEWHERE or OF_NO_ROUND of tests/house/test_acts.py: give an act about a round the name of another"
        " subject before its dot (`dialogue.reminded`)"
    )
    assert set(ACTS) - of_rounds == set(), "log.toml of a wing: a sentence for what is recorded nowhere"


def test_a_sentence_asks_only_for_what_is_recorded_with_it() -> None:
    missing = [
        f"{where}: {act} without {name}"
        for act, where, details in recorded()
        if details is not None and act in ACTS
        for name in PLACEHOLDER.findall(str(ACTS[act]))
        if name not in details
    ]
    assert missing == []


def test_a_code_that_two_wings_say_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for wing in ("one", "two"):
        (tmp_path / wing).mkdir()
        (tmp_path / wing / "log.toml").write_text('"minutes.written" = "wrote"\n')
    monkeypatch.setattr(messages.resources, "files", lambda _package: tmp_path)
    with pytest.raises(ValueError, match=r"two/log\.toml: \['minutes\.written'\]"):
        messages._of_all_wings("log.toml")

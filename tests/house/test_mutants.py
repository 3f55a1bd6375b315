"""The tool that breaks modules on purpose: which faults it makes, in which modules, with which tests."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tests import lived
from tests.house.source import ROOT
from tools.guarded import LEFT_OUT, NOT_YET_RUN, TESTS, modules, path_of
from tools.mutants import (
    Loop,
    Reach,
    _Inside,
    changed_code,
    empty,
    forget_stories,
    functions_of,
    keeping_of,
    key_of,
)
from tools.mutations import mutations

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SOURCE = '''
"""Documentation."""
MOST: int = 3

@decorated(frozen=True)
def chosen(a: list[1], b: int = 2) -> bool:
    """More of it."""
    if a < b and not b:
        raise ValueError
    note(a)
    return sorted(a, key=lambda x: (-x, b))
'''


def test_each_fault_is_one_change_and_types_are_left_alone() -> None:
    found = [mutation.what for mutation in mutations(SOURCE)]
    assert found == [
        "3  ->  4",
        "3  ->  2",
        "2  ->  3",
        "2  ->  1",
        "a < b and (not b)  ->  a < b or not b",
        "a < b  ->  a <= b",
        "not b  ->  b",
        "raise ValueError  ->  pass",
        "note(a)  ->  pass",
        "return sorted(a, key=lambda x: (-x, b))  ->  return None",
        "lambda x: (-x, b)  ->  lambda x: (-x,)",
        "-x  ->  x",
    ]


def test_a_fault_changes_what_the_module_does_and_nothing_else() -> None:
    source = "def least(a, b):\n    return min(a, b) + 1\n"
    answers = []
    for mutation in mutations(source):
        names: dict[str, object] = {}
        exec(mutation.code("made.py"), names)  # noqa: S102 - two lines of this test
        answers.append(names["least"](3, 5))  # type: ignore[operator]
    assert answers == [None, 2, 6, 5, 3]


def test_every_guarded_module_is_broken_or_left_out_with_a_reason() -> None:
    assert modules() - set(TESTS) - set(LEFT_OUT) == set(), (
        "tools/guarded.py: name the nearest tests in _NEAREST and the module in NOT_YET_RUN,"
        " or say in LEFT_OUT why not"
    )
    assert (set(TESTS) | set(LEFT_OUT)) - modules() == set(), (
        "_NEAREST or LEFT_OUT of tools/guarded.py: it is gone"
    )
    assert set(TESTS) & set(LEFT_OUT) == set()
    assert NOT_YET_RUN - set(TESTS) == set(), "NOT_YET_RUN of tools/guarded.py is of those in _NEAREST"
    assert all(LEFT_OUT.values())
    assert [
        path for paths in TESTS.values() for path in paths if not (ROOT / path.partition("::")[0]).exists()
    ] == []


def test_a_package_with_functions_is_a_module_too() -> None:
    """As `retention/queries/__init__.py`, which says what is due; most of them have a line of words alone."""
    assert path_of("retention.queries") == ROOT / "consulta" / "retention" / "queries" / "__init__.py"
    assert path_of("core.values") == ROOT / "consulta" / "core" / "values.py"
    assert "retention.queries" in modules()
    assert "retention" not in modules()


def test_the_modules_that_guard_votes_mail_and_publication_are_broken() -> None:
    guards = (
        "core.counting.tally",
        "core.disclosure.suppression",
        "voting.casting",
        "lifecycle.closing",
        "mailer.outbox",
        "changes.service",
        "links.service",
        "accounts.service",
        "results.public_figures",
        "rounds.secrecy",
    )
    assert set(guards) <= set(TESTS)


def test_what_a_function_has_is_told_from_what_runs_at_import() -> None:
    found = {mutation.what: mutation.inside for mutation in mutations(SOURCE)}
    assert [what for what, inside in found.items() if not inside] == [
        "3  ->  4",
        "3  ->  2",
        "2  ->  3",
        "2  ->  1",
    ]


def test_a_function_that_ran_is_found_and_takes_the_changed_code(tmp_path: Path) -> None:
    """One that has run is another object than its code compiled anew, and yet it is found."""
    path = str(tmp_path / "made.py")
    source = "def outer():\n    def least(a, b):\n        return min(a, b) + 1\n    return least\n"
    original = compile(source, path, "exec")
    names: dict[str, Any] = {}
    exec(original, names)  # noqa: S102 - a few lines of this test
    least = names["outer"]()
    answers = {least(3, 5) for _ in range(100)}
    usual = least.__code__
    functions = functions_of(path)
    for mutation in mutations(source):
        for old, new in changed_code(original, mutation.code(path)):
            for function in functions[key_of(old)]:
                function.__code__ = new
        answers.add(least(3, 5))
        least.__code__ = usual
    assert answers == {4, None, 6, 2, 5, 3}


def test_a_fault_that_no_test_comes_to_is_imported_anew(tmp_path: Path) -> None:
    """A function called while its module is imported has done its work before its code could be changed."""
    path = tmp_path / "made.py"
    path.write_text("def _doubled(number):\n    return number + number\n\nKEPT = _doubled(2)\n")
    names: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), names)  # noqa: S102 - four lines of this test
    no_session: Any = None
    broken = _Inside(path, no_session, Reach({}, {"a test": 1.0}), 20)
    found = [each for each in mutations(path.read_text()) if each.inside]
    assert names["KEPT"] == 4
    assert [each.what for each in found] == [
        "return number + number  ->  return None",
        "number + number  ->  number - number",
    ]
    assert broken.functions[key_of(names["_doubled"].__code__)] == [names["_doubled"]]
    assert [broken.outcome(each) for each in found] == [None, None]


def test_a_function_that_keeps_what_it_returned_is_found() -> None:
    @cache
    def kept() -> int:
        return 1

    others = cache(int), cache(dict)  # a class has no code
    assert len(others) == 2
    assert keeping_of(__file__) == [kept]
    assert kept() == kept.cache_info().currsize
    empty(keeping_of(__file__))
    assert kept.cache_info().currsize == 0


def test_no_story_of_before_a_fault_serves_a_test_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lived, "_kept", {("a story",): (0.0, b"", b"")})
    forget_stories()
    assert lived._kept == {}


class _Test:
    """A test as far as it is chosen by its mark."""

    def __init__(self, *marks: str) -> None:
        self.marks = marks

    def get_closest_marker(self, name: str) -> object:
        return name if name in self.marks else None


def test_a_test_of_both_databases_is_run_on_sqlite_whichever_has_its_turn() -> None:
    """What runs on PostgreSQL goes before `tests.depth` chooses, not after."""
    items: list[Any] = [one := _Test("postgres"), other := _Test()]
    hook: Any = Loop(print).pytest_collection_modifyitems
    hook(items)
    assert (items, one in items) == ([other], False)
    assert hook.pytest_impl["tryfirst"]


# -- what came of it


def rows_of_results() -> dict[str, dict[str, int]]:
    """The rows of the table of modules in `docs/mutants.md`, by module: numbers by the heads of columns."""
    lines = (ROOT / "docs" / "mutants.md").read_text("utf-8").splitlines()
    begin = lines.index(HEAD)
    rows: dict[str, dict[str, int]] = {}
    for line in lines[begin + 2 : lines.index("", begin)]:
        module, *cells = (each.strip() for each in line.strip("|").split("|"))
        assert module not in rows, f"{module} has two rows"
        rows[module.strip("`")] = dict(zip(COLUMNS, (number_of(each) for each in cells), strict=True))
    return rows


def number_of(told: str) -> int:
    """The number of a cell; a dash is none."""
    return int(told) if told.isdigit() else 0


COLUMNS = ("faults run", "of", "seen at first", "seen now", "change nothing", "open")
HEAD = f"| module | {' | '.join(COLUMNS)} |"


def test_the_summary_of_what_came_of_faults_is_the_sum_of_its_table() -> None:
    rows = rows_of_results()
    for module, row in rows.items():
        assert row["faults run"] == row["seen now"] + row["change nothing"] + row["open"], module
        assert row["seen at first"] <= row["seen now"], module
        assert row["of"] > 0, module
    sums = {column: sum(row[column] for row in rows.values()) for column in COLUMNS}
    assert set(TESTS) - set(rows) == NOT_YET_RUN, (
        "a row for it in docs/mutants.md, or its name in NOT_YET_RUN of tools/guarded.py; not both"
    )
    assert set(rows) - set(TESTS) == set(), "docs/mutants.md has a row of a module that is gone"
    page = (ROOT / "docs" / "mutants.md").read_text("utf-8")
    assert f"| modules run | {len(rows)} of {len(TESTS) - len(NOT_YET_RUN)}, " in page
    waiting = f"`NOT_YET_RUN` without a row here ({len(NOT_YET_RUN)} now)"
    assert waiting in " ".join(page.split()), f"docs/mutants.md: {waiting}"
    assert f"| faults run | {sums['faults run']:,} of some {round(sums['of'], -2):,} " in page
    assert (
        f"| seen by tests | {sums['seen now']:,}, of these {sums['seen at first']:,} at the first run |"
        in page
    )
    assert f"| nothing changes, or the line was taken out | {sums['change nothing']} |" in page
    assert f"| open, or not settled | {sums['open']:,} |" in page

"""The tool that breaks modules on purpose: which faults it makes, in which modules, with which tests."""

from __future__ import annotations

from tests.house.source import ROOT
from tools.guarded import LEFT_OUT, TESTS, modules
from tools.mutations import mutations

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
    assert set(TESTS) | set(LEFT_OUT) == modules()
    assert set(TESTS) & set(LEFT_OUT) == set()
    assert all(LEFT_OUT.values())
    assert [path for paths in TESTS.values() for path in paths if not (ROOT / path).exists()] == []


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

"""A dimension is data: a list that names some by hand leaves out those that an installation adds.

So each list, tuple or set with the sector or the subregion in it stands here with its reason.
What is balanced, shown, asked or protected comes from `consulta.data.dimensions`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

from consulta.data import dimensions
from consulta.infra.paths import resource
from tests.house.source import modules

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {dimensions.SUBREGION, dimensions.SECTOR}
IN_TEMPLATES = re.compile(r"[(\[,]\s*[\"'](?:subregion|sector)[\"']\s*[,)\]]")
PEOPLE = "of people, whose data are of the form of nominees"
AS_READ = "the formats as the verifier reads them"
# How many lists of a module name one, and why they may.
ALLOWED = {
    "core/counting/firmness.py": (1, "what a result leaves out, for good"),
    "core/disclosure/suppression.py": (3, "the fields of a cell; the others stand beside them"),
    "core/panel/published.py": (2, PEOPLE),
    "data/dimensions.py": (5, "the registry"),
    "results/verifier.py": (1, "those that a weight can name in a sentence of the page"),
    "results/verifying/bound.py": (1, AS_READ),
    "results/verifying/late.py": (1, AS_READ),
    "results/verifying/seated.py": (2, AS_READ),
    "results/verifying/values.py": (1, AS_READ),
    "infra/log/seals.py": (1, PEOPLE),
    "invitations/lists.py": (2, PEOPLE),
    "invitations/pages/nominees.py": (1, PEOPLE),
    "members/pages/members.py": (1, "only the order: the subregion stands before the country"),
    "nominees/importing.py": (1, PEOPLE),
    "nominees/rows.py": (1, PEOPLE),
    "open_data/of_sessions.py": (1, PEOPLE),
    "open_data/preflib.py": (1, "columns of their own; `other_categories` has all others"),
    "open_data/schemas.py": (1, PEOPLE),
    "own_data/pages/own.py": (1, "what a page shows in places of their own; the others follow"),
    "panel/balance.py": (2, PEOPLE),
    "panel/memory.py": (1, PEOPLE),
    "panel/pages/pool.py": (2, PEOPLE),
    "retention/pages/told.py": (1, PEOPLE),
    "retention/queries/__init__.py": (1, PEOPLE),
    "retention/queries/people.py": (1, PEOPLE),
    "rounds/pages/rule_words.py": (1, "the sentence of a round with the usual two"),
    "rounds/roll.py": (2, "the first columns of the file; the others follow"),
    "sessions/attendance_rows.py": (2, PEOPLE),
    "sessions/pages/attendance.py": (1, PEOPLE),
    "sessions/queries.py": (1, PEOPLE),
    "web/table.py": (1, "the width of columns"),
}
ALLOWED_TEMPLATES = {
    "lifecycle/rules.html": (1, "the usual two stand first; those that are added follow"),
    "members/upload.html": (1, "the columns that are named before all others"),
    "voting/participation.html": (2, "the two stand open, the others folded"),
}


def lists_in(tree: ast.AST) -> Iterator[int]:
    """The lines of lists, tuples and sets in which a dimension is named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            for each in node.elts:
                named = each.value if isinstance(each, ast.Constant) else ""
                named = each.id.lower() if isinstance(each, ast.Name) and each.id.isupper() else named
                if named in NAMES:
                    yield node.lineno
                    break


def test_no_other_list_of_a_module_names_a_dimension() -> None:
    found = {
        path: lines
        for path, tree in modules(saying="(?i)sector|subregion")
        if not path.startswith("infra/migrations/") and (lines := [*lists_in(tree)])
    }
    there = {path: len(lines) for path, lines in found.items()}
    allowed = {path: number for path, (number, _why) in ALLOWED.items()}
    assert there == allowed, {
        path: found.get(path) for path, _number in {*there.items()} ^ {*allowed.items()}
    }


def test_no_other_list_of_a_template_names_a_dimension() -> None:
    folder = resource("templates")
    found = Counter(
        {
            str(path.relative_to(folder)): len(IN_TEMPLATES.findall(path.read_text()))
            for path in folder.rglob("*.html")
        }
    )
    assert +found == {path: number for path, (number, _why) in ALLOWED_TEMPLATES.items()}


def test_a_list_by_hand_is_found() -> None:
    """The lists that stood in the code: each of these left out what an installation added."""
    for text in (
        'GROUPED = ("subregion", "sector")',
        'shown = [("sector", 1)]',
        "rows = {SECTOR, SUBREGION}",
    ):
        assert [*lists_in(ast.parse(text))], text
    assert IN_TEMPLATES.search('{% for each in ("subregion", "sector") %}')
    assert [*lists_in(ast.parse('found = name_of("sector", key)'))] == []

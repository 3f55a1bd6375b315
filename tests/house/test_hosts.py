"""Nothing committed depends on one machine, or names one: no package registry, no folder of a person's."""

from __future__ import annotations

import re

from tests.cases import for_each
from tests.house.source import texts

# Written so that this file does not name what it looks for.
FORBIDDEN = {
    "a package registry": r"[p]ypi\.(org|io)|[p]ythonhosted|[r]egistry\.npm|([d]eb|[s]ecurity)\.debian",
    "a folder of a machine": r"(?<![\w.:/<>}-])/(([w]ork|[f]arm|[r]oot)(?![\w-])|([h]ome|[U]sers|[t]mp)/\w)",
    "a folder beside the project": r"(?<![\w/])(\.\./)+[s]hared\b",
    "an index of packages": r"--([e]xtra-)?[i]ndex-url|--[f]ind-links|--[t]rusted-host",
}


@for_each("what", FORBIDDEN)
def test_no_committed_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    named = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not named


def test_the_patterns_find_what_they_look_for() -> None:
    planted = {
        "a package registry": ["https://files.python", "hosted.org/packages/"],
        "a folder of a machine": ['open("/', 'home/ana/consulta")'],
        "a folder beside the project": ["see ../", "shared/counting.md"],
        "an index of packages": ["pip install --index", "-url=x"],
    }
    assert planted.keys() == FORBIDDEN.keys()
    for what, pieces in planted.items():
        assert re.search(FORBIDDEN[what], "".join(pieces)), what


def test_no_lock_file_with_addresses_is_committed() -> None:
    assert not [
        path for path, _ in texts() if path.rpartition("/")[2] in {"uv.lock", "pylock.toml", "poetry.lock"}
    ]

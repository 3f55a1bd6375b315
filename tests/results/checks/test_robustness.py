"""How few could have changed the topic: in the archive, checked like the result, told by name if forged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from consulta.core.counting import count
from consulta.core.counting.bundle import parse
from consulta.core.trust import record
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.factories import moment
from tests.results.checks.forging import Files, chain_again, edit_json, row_of, rows_of, sum_again, tell
from tests.results.checks.published import archive_of, live, opened, unpacked, verify
from tests.results.checks.test_tamper import ACTS, refuses

if TYPE_CHECKING:
    from collections.abc import Callable


MARGIN = "How many organisations could have changed it"
NAME = "robustness.json"


@pytest.fixture(name="files", scope="module")
def of_one_topic(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The archive of a round of one topic: of several there is no margin."""
    bench = opened(migrated, tmp_path_factory.mktemp("margin"))
    live(bench, topics=1, support_min=2)
    found = unpacked(archive_of(bench))
    bench.engine.dispose()
    return found


def told_anew(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    """The document changed, and its digest in a log made anew: what the whole server could do."""
    forged = edit_json(files, NAME, change)
    rows = rows_of(forged)
    tell(row_of(rows, "rounds.counted"), robustness_sha256=record.digest(forged[NAME]))
    return chain_again(forged, rows)


def test_it_is_in_the_archive_and_worked_out_again(files: Files) -> None:
    status, said = verify(files)
    assert status == 0, said
    assert f"[yes] {MARGIN}" in said
    assert "number of ballots is known to be enough" in said or "it does not change; with" in said
    assert count.verify_robustness(parse(files["bundle.json"]), files[NAME]) is None


def raised(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["margin"].update({name: (content["margin"][name] or 0) + 1})


def other(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.update({name: value})


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "at_least": raised("at_least"),
    "enough": raised("enough"),
    "level": lambda content: content["margin"]["level"].update(ballots=1_000),
    "rival": lambda content: content["margin"]["level"].update(rival=content["topics"][0]),
    "topics": other("topics", ["tema_numero_9"]),
    "seed": other("seed", "0" * 64),
    "bundle": other("bundle_sha256", "0" * 64),
    "method": other("method", "runoff"),
    "more": other("note", "approved"),
    "places": lambda content: content["places"][0].update(worst=content["places"][0]["worst"] + 1),
}


@for_each("name", FORGERIES)
def test_a_figure_that_is_another_is_told_by_its_name(files: Files, name: str) -> None:
    refuses(edit_json(files, NAME, FORGERIES[name]), ACTS)  # the log has another digest
    said = refuses(told_anew(files, FORGERIES[name]), MARGIN)
    assert NAME in said
    forged = told_anew(files, FORGERIES[name])
    place = count.verify_robustness(parse(files["bundle.json"]), forged[NAME])
    assert place


def test_a_document_that_the_log_tells_of_cannot_be_left_out(files: Files) -> None:
    rest = {name: content for name, content in files.items() if name != NAME}
    assert NAME in refuses(sum_again(rest), ACTS)


def test_a_document_that_the_log_does_not_tell_of_is_none(files: Files) -> None:
    rows = rows_of(files)
    row = row_of(rows, "rounds.counted")
    details = json.loads(row["details"])
    del details["robustness_sha256"]
    row["details"] = record.canonical(details).decode()
    refuses(chain_again(files, rows), ACTS)
    rest = {name: content for name, content in files.items() if name != NAME}
    refuses(chain_again(rest, rows), ACTS)


# -- in the database


def forget(bench: Bench, key: str) -> None:
    """Take the document of a round away."""
    with bench.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER documents_no_delete"))
        connection.execute(
            text(
                "DELETE FROM documents WHERE kind = 'robustness'"
                " AND round_id = (SELECT id FROM rounds WHERE key = :key)"
            ),
            {"key": key},
        )


def test_the_house_checks_its_own(bench: Bench) -> None:
    counted(bench, "propia", mixed(12, ("t1", "t2"), ("t2",)), secrecy="open", publish=False)
    forget(bench, "propia")
    with bench.read(COMMAND, moment()) as work:
        found = list(checks._documents(work))
    assert any("robustness and it is not there" in line for line in found), found
